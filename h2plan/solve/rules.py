"""Which sets of sites may be open: fixed sites, counts, a budget, pairs too close; and what a search found."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import NDArray
from scipy import sparse

from h2plan.errors import Fault, InputError

Floats = NDArray[np.float64]
Ints = NDArray[np.intp]
Bools = NDArray[np.bool_]
Stopped = Literal["optimal", "infeasible", "limit", "nodes", "interrupted"]
WHOLE = 1e-6
"""A site share this near to 0 or 1 counts as whole; HiGHS keeps rows to 1e-7."""


@dataclass(frozen=True, kw_only=True, eq=False)
class SiteRules:
    """Bounds 0 or 1 a site, and rows `row_lower <= matrix @ y <= row_upper` over all sites."""

    lower: Floats
    upper: Floats
    matrix: sparse.csr_array
    row_lower: Floats
    row_upper: Floats

    @property
    def sites(self) -> int:
        return len(self.lower)

    def allows(self, is_open: Bools) -> bool:
        """Say whether this set of open sites keeps every rule."""
        if (is_open < self.lower).any() or (is_open > self.upper).any():
            return False
        activity = self.matrix @ is_open.astype(np.float64)
        slack = 1e-9 * np.maximum(1.0, np.abs(activity))
        return bool((activity <= self.row_upper + slack).all() and (activity >= self.row_lower - slack).all())

    def room(self, is_open: Bools) -> Bools:
        """Return the closed sites that could open beside the open ones without breaking an upper limit."""
        free = ~is_open & (self.upper > 0)
        if self.matrix.shape[0]:
            slack = self.row_upper - self.matrix @ is_open.astype(np.float64)
            entry = self.matrix.tocoo()
            tight = entry.data > slack[entry.row] + 1e-9 * np.maximum(1.0, np.abs(entry.data))
            free[entry.col[tight]] = False
        return free


def never() -> bool:
    """Nobody cancels."""
    return False


@dataclass(frozen=True, kw_only=True, eq=False)
class Search:
    """How long and how hard to look; seconds are wall time."""

    limit_s: float = float("inf")
    gap: float = 0.0
    nodes_max: int | None = None
    threads: int = 1
    start: Ints | None = None
    """Open sites of a known plan, for instance of a similar problem."""
    cancelled: Callable[[], bool] = never
    """Asked before every node."""


@dataclass(frozen=True, kw_only=True, eq=False)
class Found:
    """The best set of sites found, and what is proven of it."""

    value: float | None
    """None where no allowed set of sites is known."""
    bound: float | None
    """No allowed set is better than this; None where nothing is proven."""
    open: Ints | None
    stopped: Stopped
    nodes: int
    seconds: float
    rows: int
    """Rows of the linear program at the end."""
    note: str = ""

    @property
    def gap(self) -> float | None:
        """|bound - value| / |value|; None where either is unknown."""
        if self.value is None or self.bound is None:
            return None
        return abs(self.bound - self.value) / max(abs(self.value), 1e-9)


def site_rules(
    sites: int,
    *,
    at_most: int | None = None,
    at_least: int | None = None,
    cost: Floats | None = None,
    budget: float | None = None,
    required: Sequence[int] | Ints = (),
    forbidden: Sequence[int] | Ints = (),
    conflicts: Sequence[Sequence[int] | Ints] = (),
) -> SiteRules:
    """Write the rules of opening sites. `at_most` counts the required sites too.

    Of the sites of each group in `conflicts`, pairs for instance, one may open: they are too close to each other.

    Raises:
        InputError: counts, budget or fixed sites that contradict each other.
    """
    lower, upper = np.zeros(sites), np.ones(sites)
    lower[np.asarray(required, dtype=np.intp)] = 1.0
    upper[np.asarray(forbidden, dtype=np.intp)] = 0.0
    _refuse_contradictions(lower, upper, at_most=at_most, at_least=at_least, cost=cost, budget=budget)
    rows: list[Floats] = []
    low: list[float] = []
    high: list[float] = []
    if at_most is not None or at_least is not None:
        rows.append(np.ones(sites))
        low.append(-np.inf if at_least is None else float(at_least))
        high.append(np.inf if at_most is None else float(at_most))
    if budget is not None and cost is not None:
        rows.append(np.asarray(cost, dtype=np.float64))
        low.append(-np.inf)
        high.append(budget)
    parts = [sparse.csr_array(np.vstack(rows))] if rows else []
    if len(conflicts):
        sizes = [len(group) for group in conflicts]
        at = (np.repeat(np.arange(len(sizes)), sizes), np.concatenate([np.asarray(group) for group in conflicts]))
        parts.append(sparse.csr_array((np.ones(sum(sizes)), at), shape=(len(sizes), sites)))
        low += [-np.inf] * len(sizes)
        high += [1.0] * len(sizes)
    matrix = sparse.csr_array(sparse.vstack(parts)) if parts else sparse.csr_array((0, sites))
    return SiteRules(lower=lower, upper=upper, matrix=matrix, row_lower=np.array(low), row_upper=np.array(high))


def _refuse_contradictions(
    lower: Floats,
    upper: Floats,
    *,
    at_most: int | None,
    at_least: int | None,
    cost: Floats | None,
    budget: float | None,
) -> None:
    required, usable = int(lower.sum()), int(upper.sum())
    faults = []
    if (lower > upper).any():
        where = ", ".join(str(n) for n in np.flatnonzero(lower > upper)[:5])
        faults.append(Fault(where="sites", value=where, message="both required and forbidden", hint="choose one"))
    if at_most is not None and at_most < required:
        message = f"{required} sites are required, but at most {at_most} may open"
        faults.append(Fault(where="limits", message=message, hint=f"allow {required} or more"))
    if at_least is not None and at_least > usable:
        message = f"at least {at_least} sites are to open, but only {usable} may"
        faults.append(Fault(where="limits", message=message, hint=f"ask for {usable} or fewer"))
    if budget is not None and cost is not None and float(cost @ lower) > budget * (1 + 1e-12):
        message = f"the required sites cost {float(cost @ lower):,.0f}, more than the budget {budget:,.0f}"
        faults.append(Fault(where="limits", message=message, hint=f"allow {float(cost @ lower):,.0f} or more"))
    if faults:
        raise InputError(faults)
