"""A search whose last rows are brought in only when a plan breaks them."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

import numpy as np

from h2plan.problem import Floats
from h2plan.solve import highs
from h2plan.solve.highs import Hooks, Outcome, SolverOptions, Status
from h2plan.solve.program import Bools, Linear
from h2plan.solve.search import completed

REPAIRS_MAX = 100
"""Rounds in which the shares of a plan are set anew before its stations are given up."""
REPAIR_S = 5.0
"""A repair may take this long however little time is left: without it no plan is held."""


@dataclass(frozen=True, kw_only=True)
class Cut:
    """A row that every plan keeps: row·v ≤ upper."""

    row: Floats
    upper: float


Separate = Callable[[Floats], Sequence[Cut]]
"""Return rows that a point breaks; none where it keeps all of them."""


def never(_values: Floats) -> Sequence[Cut]:
    """Say of every point that it breaks nothing."""
    return ()


@dataclass(frozen=True, kw_only=True)
class Remembered:
    """A separation that keeps every row it has named, for a later search of the same program."""

    separate: Separate
    cuts: list[Cut]

    def __call__(self, values: Floats) -> Sequence[Cut]:
        found = self.separate(values)
        self.cuts.extend(found)
        return found

    @property
    def is_asked(self) -> bool:
        """Whether any row may be brought in at all."""
        return self.separate is not never


def remembered(separate: Separate) -> Remembered:
    """Return a separation that begins with nothing named."""
    return Remembered(separate=separate, cuts=[])


Search = Callable[[Linear, Bools, SolverOptions, Hooks, Floats | None], Outcome]


@dataclass(frozen=True, kw_only=True)
class Grown:
    """A program with the rows that were brought in."""

    linear: Linear
    implied: Bools

    def with_cuts(self, cuts: Sequence[Cut]) -> Grown:
        if not cuts:
            return self
        linear = self.linear.with_rows([cut.row for cut in cuts], upper=[cut.upper for cut in cuts])
        return Grown(linear=linear, implied=np.append(self.implied, np.zeros(len(cuts), dtype=np.bool_)))


def kept(grown: Grown, wanted: Floats, options: SolverOptions, separate: Separate) -> tuple[Floats | None, Grown]:
    """Hold the whole columns at `wanted` and solve for the others until no row is broken.

    None where no such point is left, or none was found in time.
    """
    ends = time.monotonic() + max(REPAIR_S, options.limit_s)
    for _ in range(REPAIRS_MAX):
        if time.monotonic() > ends:
            break
        values = completed(grown.linear, wanted, options)
        cuts = [] if values is None else separate(values)
        if not cuts:
            return values, grown
        grown = grown.with_cuts(cuts)
    return None, grown


def search_lazily(
    grown: Grown,
    *,
    options: SolverOptions,
    hooks: Hooks,
    start: Floats | None,
    separate: Separate,
    search: Search,
) -> tuple[Outcome, Grown]:
    """Search, bring in the rows that what was found breaks, and search again, until it breaks none.

    Every search proves a bound, since rows only take plans away; a plan that breaks rows is repaired by serving
    differently from the same stations, so that a plan is held when time ends. `start` must break no row.
    """
    ends = time.monotonic() + options.limit_s
    held, nodes, bound = start, 0, -np.inf
    told = replace(hooks, plan=_only_kept(hooks, separate))
    while True:
        left = max(0.1, ends - time.monotonic())
        outcome = search(grown.linear, grown.implied, replace(options, limit_s=left), told, held)
        nodes += outcome.nodes
        bound = bound if outcome.bound is None else max(bound, outcome.bound)
        cuts = () if outcome.values is None else separate(outcome.values)
        if outcome.values is None or not cuts:
            return replace(outcome, nodes=nodes), grown
        grown = grown.with_cuts(cuts)
        repaired, grown = kept(grown, outcome.values, replace(options, limit_s=left), separate)
        held = _better(grown.linear, held, repaired)
        if held is not None and hooks.plan is not None:
            hooks.plan(held)
        over = time.monotonic() >= ends or hooks.should_stop() or outcome.status is not Status.OPTIMAL
        ended = _ended(grown.linear, held, bound, gap=options.gap, over=over, stop=hooks.should_stop())
        if ended is not None:
            return replace(ended, nodes=nodes), grown


def _better(linear: Linear, held: Floats | None, found: Floats | None) -> Floats | None:
    known = [values for values in (held, found) if values is not None]
    return min(known, key=linear.objective) if known else None


def _ended(linear: Linear, held: Floats | None, bound: float, *, gap: float, over: bool, stop: bool) -> Outcome | None:
    """Return how the search ends: within the gap, or because time is up; None where it goes on."""
    objective = None if held is None else linear.objective(held)
    within = highs.relative_gap(objective, bound)
    if within is not None and within <= gap:
        status = Status.OPTIMAL
    elif not over:
        return None
    elif held is None:
        status = Status.NO_SOLUTION_LIMIT
    else:
        status = Status.INTERRUPTED if stop else Status.FEASIBLE_LIMIT
    known = bound if np.isfinite(bound) else None
    return Outcome(status=status, values=held, objective=objective, bound=known, nodes=0, seconds=0.0)


def _only_kept(hooks: Hooks, separate: Separate) -> Callable[[Floats], None] | None:
    """Tell only of plans that break no row."""
    plan = hooks.plan
    if plan is None:
        return None
    return lambda values: None if separate(values) else plan(values)
