"""One linear program that stays in HiGHS: rows come and go, bounds move, the dual simplex goes on from its basis."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Literal, cast

import numpy as np
from scipy import sparse

from h2plan.solve.rules import Floats, Ints


@dataclass(frozen=True, kw_only=True, eq=False)
class Rows:
    """Rows `lower <= matrix @ x <= upper` over all columns."""

    matrix: sparse.csr_array
    lower: Floats
    upper: Floats

    def __len__(self) -> int:
        return len(self.lower)


def stacked(*parts: Rows) -> Rows:
    """Put rows below each other."""
    return Rows(
        matrix=sparse.csr_array(sparse.vstack([part.matrix for part in parts])),
        lower=np.concatenate([part.lower for part in parts]),
        upper=np.concatenate([part.upper for part in parts]),
    )


@dataclass(frozen=True, kw_only=True, eq=False)
class LpPoint:
    """How one solve ended; `objective` bounds the optimum from below unless it stopped early."""

    status: Literal["optimal", "infeasible", "stopped"]
    objective: float
    x: Floats
    reduced_cost: Floats


@dataclass(frozen=True, kw_only=True, eq=False)
class Basis:
    """Where a solve ended; of use as long as no row goes."""

    held: Any
    rows: int
    drops: int


class HotLp:
    """Minimise `cost @ x` within bounds and rows. The first rows are the rules and stay; later ones are cuts."""

    def __init__(self, cost: Floats, lower: Floats, *, upper: Floats, rows: Rows, threads: int) -> None:
        import highspy

        self._highspy = highspy
        self._lower, self._upper = lower.copy(), upper.copy()
        self._rules = len(rows)
        self.rows = self._drops = 0
        self._h: Any = cast("Any", highspy.Highs)()
        options: dict[str, Any] = {"output_flag": False, "presolve": "off", "solver": "simplex", "threads": threads}
        for name, value in options.items():
            self._demand(self._h.setOptionValue(name, value), f"set {name}")
        lp = highspy.HighsLp()
        lp.num_col_, lp.num_row_ = len(cost), 0
        lp.col_cost_, lp.col_lower_, lp.col_upper_ = cost, lower, upper
        lp.a_matrix_.start_ = np.zeros(len(cost) + 1, dtype=np.int32)
        self._demand(self._h.passModel(lp), "take the columns")
        self.add(rows)

    def _demand(self, status: Any, what: str) -> None:
        if status == self._highspy.HighsStatus.kError:
            raise RuntimeError(f"HiGHS refused to {what}")

    def add(self, rows: Rows) -> None:
        """Add rows below the others; the basis stays."""
        if not len(rows):
            return
        m = rows.matrix
        arrays = (m.indptr[:-1].astype(np.int32), m.indices.astype(np.int32), m.data)
        self._demand(self._h.addRows(len(rows), rows.lower, rows.upper, m.nnz, *arrays), "take rows")
        self.rows += len(rows)

    def set_bounds(self, lower: Floats, upper: Floats) -> None:
        """Move the bounds of the first `len(lower)` columns."""
        n = len(lower)
        moved = np.flatnonzero((lower != self._lower[:n]) | (upper != self._upper[:n])).astype(np.int32)
        if len(moved):
            self._demand(self._h.changeColsBounds(len(moved), moved, lower[moved], upper[moved]), "move bounds")
            self._lower[moved], self._upper[moved] = lower[moved], upper[moved]

    def set_row_bounds(self, lower: Floats, upper: Floats) -> None:
        """Move the bounds of the rules, which are the first rows; the basis stays."""
        rows = np.arange(self._rules, dtype=np.int32)
        if self._rules:
            self._demand(self._h.changeRowsBounds(self._rules, rows, lower, upper), "move bounds of rows")

    def solve(self, seconds: float) -> LpPoint:
        """Solve from the basis at hand, for at most so many seconds."""
        if np.isfinite(seconds):
            limit = self._h.getRunTime() + max(seconds, 0.01)
            self._demand(self._h.setOptionValue("time_limit", limit), "set time_limit")
        self._h.run()
        kind = self._highspy.HighsModelStatus
        status = self._h.getModelStatus()
        if status == kind.kUnknown:  # rare trouble with the numbers: once more from no basis
            self._h.clearSolver()
            self._h.run()
            status = self._h.getModelStatus()
        solution = self._h.getSolution()
        x, reduced = np.array(solution.col_value), np.array(solution.col_dual)
        if status == kind.kOptimal:
            return LpPoint(status="optimal", objective=self._h.getObjectiveValue(), x=x, reduced_cost=reduced)
        if status == kind.kInfeasible:
            return LpPoint(status="infeasible", objective=np.inf, x=x, reduced_cost=reduced)
        return LpPoint(status="stopped", objective=-np.inf, x=x, reduced_cost=reduced)

    def basis(self) -> Basis:
        """Return the basis at hand."""
        return Basis(held=self._h.getBasis(), rows=self.rows, drops=self._drops)

    def go_back(self, basis: Basis) -> None:
        """Continue from a basis of before, rows added since then basic; from the one at hand where rows went since."""
        if basis.drops != self._drops:
            return
        held = self._highspy.HighsBasis()
        held.col_status = basis.held.col_status
        added = [self._highspy.HighsBasisStatus.kBasic] * (self.rows - basis.rows)
        held.row_status = [*basis.held.row_status, *added]
        held.valid = True
        self._demand(self._h.setBasis(held), "go back to a basis")

    def set_costs(self, cost: Floats) -> None:
        """Change what every column costs."""
        columns = np.arange(len(cost), dtype=np.int32)
        self._demand(self._h.changeColsCost(len(cost), columns, cost), "change costs")

    def prices(self) -> Floats:
        """Return the dual value of each row of the last solve."""
        return np.array(self._h.getSolution().row_dual)

    def drop_slack(self) -> int:
        """Remove the cuts that do not bind; the basis stays, for such a row is basic. Return how many went."""
        if self.rows == self._rules:
            return 0
        basic = self._highspy.HighsBasisStatus.kBasic
        slack = np.array([status == basic for status in self._h.getBasis().row_status])
        slack[: self._rules] = False
        gone: Ints = np.flatnonzero(slack)
        if len(gone):
            self._demand(self._h.deleteRows(len(gone), gone.astype(np.int32)), "drop rows")
            self.rows -= len(gone)
            self._drops += 1
        return len(gone)
