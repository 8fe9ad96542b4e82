"""The relaxation at the root, for models too large to hand over whole: few of the implied rows, then a first plan.

Rows that whole points obey anyway only tighten the relaxation. They are brought in where the relaxation breaks them,
round by round from the last basis, and the others never reach the search: its answers stay exact, its matrix small
(cutting planes; G. Cornuéjols, R. Sridharan, J. M. Thizy, European Journal of Operational Research 50, 1991).
"""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any

import highspy
import numpy as np
from scipy import sparse

from h2plan.problem import Floats
from h2plan.solve.highs import SolverOptions, open_highs, run, set_option
from h2plan.solve.program import Bools, Linear

BROKEN_BY = 1e-4
"""A row counts as broken when the relaxation exceeds it by this much."""
WHOLE_WITHIN = 1e-6
ROUNDS_MAX = 60


@dataclass(frozen=True, kw_only=True)
class Root:
    """A solved relaxation."""

    highs: Any
    """The HiGHS object that holds it, with its basis."""
    values: Floats
    reduced_cost: Floats
    bound: float
    rows: Bools
    """Rows of the full program that are in it."""
    dual: Floats
    """Price of each row of the full program, 0 where it is not in it."""


@dataclass(frozen=True, kw_only=True)
class Allowance:
    """Until when to go on, and who may say stop."""

    ends: float
    """On time.monotonic()'s clock."""
    should_stop: Callable[[], bool]

    @property
    def left_s(self) -> float:
        return self.ends - time.monotonic()

    @property
    def is_over(self) -> bool:
        return self.left_s <= 0 or self.should_stop()


def tighten(
    linear: Linear,
    implied: Bools,
    *,
    options: SolverOptions,
    allowance: Allowance,
    good_enough: Callable[[float], bool],
) -> Root | None:
    """Solve the relaxation, adding broken implied rows until none is left; None where it has no solution in time.

    When the time ends between rounds, or a bound is `good_enough`, the last relaxation solved is a bound all the same.
    """
    rows = ~implied
    lp = linear.relaxed()
    highs = open_highs(lp.keeping_rows(rows), replace(options, nodes_max=None, limit_s=allowance.left_s))
    highs.cbSimplexInterrupt.subscribe(lambda event: event.interrupt() if allowance.should_stop() else None)
    root: Root | None = None
    order = np.flatnonzero(rows)
    for _ in range(ROUNDS_MAX):
        if not _solved(highs, allowance):
            return root
        solution = highs.getSolution()
        values, dual = np.array(solution.col_value), np.zeros(len(rows))
        dual[order] = solution.row_dual
        root = Root(
            highs=highs,
            values=values,
            reduced_cost=np.array(solution.col_dual),
            bound=float(highs.getInfo().objective_function_value),
            rows=rows.copy(),
            dual=dual,
        )
        broken = _broken(linear, values) & ~rows
        if not broken.any() or good_enough(root.bound):
            return root
        _add_rows(highs, linear.keeping_rows(broken))
        rows |= broken
        order = np.append(order, np.flatnonzero(broken))
    return root


def _solved(highs: Any, allowance: Allowance) -> bool:
    if allowance.is_over:
        return False
    set_option(highs, "time_limit", max(allowance.left_s, 0.05))
    run(highs)
    set_option(highs, "presolve", "off")  # from now on the last basis is the better start
    return bool(highs.getModelStatus() == highspy.HighsModelStatus.kOptimal)


def _broken(linear: Linear, values: Floats) -> Bools:
    activity = linear.matrix @ values
    return np.asarray((activity > linear.row_upper + BROKEN_BY) | (activity < linear.row_lower - BROKEN_BY))


def _add_rows(highs: Any, linear: Linear) -> None:
    matrix = sparse.csr_array(linear.matrix)
    starts, columns = matrix.indptr[:-1].astype(np.int32), matrix.indices.astype(np.int32)
    highs.addRows(matrix.shape[0], linear.row_lower, linear.row_upper, matrix.nnz, starts, columns, matrix.data)


def dive(root: Root, linear: Linear, *, allowance: Allowance) -> Floats | None:
    """Look for a whole point near the relaxation: settle what is whole, raise what is nearly so, solve again.

    Uses up the basis of `root`. Returns None where the dive ends without a point.
    """
    lower, upper = linear.lower.copy(), linear.upper.copy()
    columns = np.flatnonzero(linear.whole)
    values = root.values
    second_try = False
    for _ in range(2 * len(columns)):
        open_columns = columns[_fractional(values[columns])]
        if len(open_columns) == 0:
            return values
        before = lower.copy(), upper.copy()
        raised = _raise_bounds(values, columns, open_columns, lower)
        found = _resolve(root.highs, columns, lower, upper, allowance)
        if found is None and not second_try and not allowance.is_over:
            second_try = True
            lower, upper = before
            upper[raised] = np.floor(values[raised])
            found = _resolve(root.highs, columns, lower, upper, allowance)
        elif found is not None:
            second_try = False
        if found is None:
            return None
        values = found
    return None


def _fractional(values: Floats) -> Bools:
    return np.asarray(np.abs(values - np.round(values)) > WHOLE_WITHIN)


def _raise_bounds(values: Floats, columns: Any, open_columns: Any, lower: Floats) -> int:
    """Settle whole columns above zero and raise the most nearly whole fractional ones; returns the boldest raise."""
    settled = columns[~_fractional(values[columns]) & (values[columns] > 0.5)]
    lower[settled] = np.round(values[settled])
    parts = values[open_columns] - np.floor(values[open_columns])
    order = open_columns[np.argsort(-parts, kind="stable")]
    sure = order[: max(1, len(order) // 8)]
    sure = sure[(values[sure] - np.floor(values[sure]) > 0.8) | (sure == order[0])]
    lower[sure] = np.ceil(values[sure])
    return int(order[0])


def _resolve(highs: Any, columns: Any, lower: Floats, upper: Floats, allowance: Allowance) -> Floats | None:
    highs.changeColsBounds(len(columns), columns.astype(np.int32), lower[columns], upper[columns])
    return np.array(highs.getSolution().col_value) if _solved(highs, allowance) else None


def near(linear: Linear, root: Root, incumbent: Floats) -> Linear:
    """Return the program with every whole column settled where relaxation and incumbent agree.

    E. Danna, E. Rothberg, C. Le Pape, Exploring relaxation induced neighborhoods to improve MIP solutions,
    Mathematical Programming 102 (2005).
    """
    agreed = linear.whole & (np.abs(root.values - incumbent) <= WHOLE_WITHIN)
    settled = np.round(incumbent)
    return linear.within(lower=np.where(agreed, settled, linear.lower), upper=np.where(agreed, settled, linear.upper))


def settle_by_reduced_cost(linear: Linear, root: Root, objective: float) -> Linear:
    """Return the program without the whole columns whose change would cost more than the incumbent is above the bound.

    What is lost is no better than the incumbent (E. Balas, R. Martin, Pivot and complement, Management Science 26,
    1980).
    """
    slack = objective - root.bound + 1e-6 * max(1.0, abs(objective))
    at_lower = linear.whole & (root.values <= linear.lower + WHOLE_WITHIN) & (root.reduced_cost > slack)
    at_upper = linear.whole & (root.values >= linear.upper - WHOLE_WITHIN) & (root.reduced_cost < -slack)
    return linear.within(
        lower=np.where(at_upper, linear.upper, linear.lower), upper=np.where(at_lower, linear.lower, linear.upper)
    )
