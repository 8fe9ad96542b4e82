"""Search where ways weigh more than rounding: rows that round, then few sites at a time.

The relaxation is sharpened by rows that round whole stations (`flow_rows`). Its prices leave each site on its own: a
station costs what it costs less the best it can serve at these prices, a knapsack that sorting solves. What that is
above zero is lost to every plan with the station (G. Cornuéjols, R. Sridharan, J. M. Thizy, A comparison of heuristics
and relaxations for the capacitated plant location problem, European Journal of Operational Research 50, 1991). So

- how many stations there are of each size and in all is settled first, by branching on these counts: whatever stands
  where, a whole number of stations meets demand in few ways;
- the stations that the relaxation then opens, be it in part, are searched for a good plan (E. Angelelli, R. Mansini,
  M. G. Speranza, Kernel search, Computers & Operations Research 37, 2010);
- stations that lose more than the plan found is above the bound are in no better plan, and the last search does without
  them: its bound holds for all.

Why the price of a station is a bound: let π ≥ 0 (or ≤ 0, by the sense of each row) be the prices of all rows but the
capacity of a site and its links x_ij ≤ Σ y. Moving those rows into the objective leaves a sum over columns, and at a
site the least of Σ_c r_c y_c + Σ_i r_ij x_ij with Σ_i d_i x_ij ≤ Σ_c C_c y_c, x ≤ 1. With one column c at most this is
zero or v_c = r_c + min {Σ r_ij x_ij : Σ d_i x_ij ≤ C_c, 0 ≤ x ≤ 1}. The relaxation's own dual point says no more for
the site than that and no more than zero, so that its bound rises by v_c at least when c is held at 1.
"""

from __future__ import annotations

import heapq
import time
from collections.abc import Callable, Sequence
from dataclasses import replace

import numpy as np

from h2plan.problem import Floats
from h2plan.solve import highs
from h2plan.solve.highs import Hooks, Outcome, SolverOptions, Status
from h2plan.solve.known import Known
from h2plan.solve.program import Bools, Linear
from h2plan.solve.root import tighten
from h2plan.solve.search import INFEASIBLE
from h2plan.solve.service import Service
from h2plan.solve.sharp import Counts, Sharp

ROOT_SHARE = 0.4
"""Share of the time for the relaxation."""
ROUNDS_FIRST, ROUNDS_BRANCH, ROUNDS_LEAF = 3, 1, 2
"""Rounds of rows that round: at first, at each branch, and where all counts are whole."""
BRANCHES_MAX = 60
"""After so many branches, counts are left to the search of whole stations."""
KERNEL_FROM = 0.05
"""The first search takes in the stations that the relaxation opens to this part."""
KERNEL_SHARE = 0.4
"""Share of the time left for it."""


def fits(services: Sequence[Service]) -> bool:
    """Say whether the search knows the program: one year, at most one new station a site, and none joined to others."""
    return len(services) == 1 and not bool(services[0].joint.any())


def search_by_site(
    linear: Linear,
    implied: Bools,
    service: Service,
    *,
    options: SolverOptions,
    hooks: Hooks,
    start: Floats | None,
) -> Outcome:
    """Solve a siting program of one year whose shares stand in no rows but those of its service."""
    return _Search(linear, implied, service, options=options, hooks=hooks).solve(start)


class _Search(Known):
    """One search."""

    def __init__(
        self, linear: Linear, implied: Bools, service: Service, *, options: SolverOptions, hooks: Hooks
    ) -> None:
        super().__init__(linear, options=options, hooks=hooks)
        self.implied, self.service = implied, service
        self.ended: Status | None = None

    def solve(self, start: Floats | None) -> Outcome:
        if start is not None:
            self._hold(start)
        part = replace(self.allowance, ends=time.monotonic() + ROOT_SHARE * self.allowance.left_s)
        root = tighten(self.linear, self.implied, options=self.options, allowance=part, good_enough=lambda _: False)
        if root is None:
            everything = np.ones(self.linear.shape[1], dtype=np.bool_)
            self._know(self._last(self.linear.keeping_rows(~self.implied), everything))
            return self._outcome(self.ended if self.best is None else None)
        self._know(root.bound)
        sharp = Sharp(self.linear, self.implied, self.service, root)
        for _ in range(ROUNDS_FIRST):
            if not self._is_over() and sharp.step(self.allowance):
                self._know(sharp.bound)
        self._branch(sharp)
        return self._outcome(self.ended if self.best is None else None)

    def _branch(self, sharp: Sharp) -> None:
        """Branch on how many stations there are of each size and in all, the lowest bound first."""
        waiting: list[tuple[float, int, Counts]] = [(sharp.bound, 0, sharp.no_limits())]
        settled, branches = np.inf, 0
        while waiting and not self._is_over():
            bound, _, limits = heapq.heappop(waiting)
            if bound >= self.objective:
                self._know(min(settled, self.objective))
                return
            branches += 1
            lowest = self._relax(sharp, limits, floor=bound)
            is_early = branches <= BRANCHES_MAX and not self.allowance.is_over
            number = sharp.uneven() if is_early else None
            if lowest >= self.objective:
                pass
            elif is_early and waiting and lowest > waiting[0][0]:  # another is the lowest now
                heapq.heappush(waiting, (lowest, 2 * branches, limits))
            elif number is not None:
                for n, part in enumerate(sharp.halves(limits, number)):
                    heapq.heappush(waiting, (lowest, 2 * branches + n, part))
            else:
                settled = min(settled, self._leaf(sharp, limits, floor=lowest))
            self._know(min([settled, self.objective, *(each for each, _, _ in waiting)]))
        if self.best is None and not waiting and settled == np.inf and not self.allowance.is_over:
            self.ended = Status.INFEASIBLE_CONFIRMED

    def _relax(self, sharp: Sharp, limits: Counts, *, floor: float) -> float:
        """Return a bound within limits on the counts: inf where no plan is there."""
        sharp.hold(limits)
        if not sharp.solve(self.allowance):
            return np.inf if sharp.is_empty else floor
        for _ in range(ROUNDS_BRANCH if sharp.uneven() is not None else ROUNDS_LEAF):
            if sharp.bound >= self.objective or not sharp.step(self.allowance):
                break
        return np.inf if sharp.is_empty else max(floor, sharp.bound)

    def _leaf(self, sharp: Sharp, limits: Counts, *, floor: float) -> float:
        """Search within limits on the counts; return the bound there."""
        program = sharp.program(limits)
        if not self._is_near(floor):
            self._search_kernel(program, sharp)
        if self.allowance.is_over or self._is_near(floor):
            return floor
        slack = self.objective - sharp.bound + 1e-6 * max(1.0, abs(self.objective))
        return max(floor, self._last(program, self._columns(sharp.lost() <= slack)))

    def _search_kernel(self, program: Linear, sharp: Sharp) -> None:
        """Look for a plan among the stations that the relaxation opens, be it in part."""
        columns = self._columns(sharp.values[self.service.adds_column] >= KERNEL_FROM)
        limit_s = KERNEL_SHARE * self.allowance.left_s
        found = self._among(program, columns, limit_s=limit_s)
        if found.values is not None:
            self._hold(_spread(found.values, columns))

    def _last(self, program: Linear, columns: Bools) -> float:
        """Search among all columns that a better plan may need; return a bound for every plan of the program."""
        ceiling = self.objective
        found = self._among(program, columns, limit_s=max(0.1, self.allowance.left_s))
        self.ended = found.status
        if found.values is not None:
            self._hold(_spread(found.values, columns))
        if found.status in INFEASIBLE:
            return ceiling
        return -np.inf if found.bound is None else min(found.bound, ceiling)

    def _among(self, program: Linear, columns: Bools, *, limit_s: float) -> Outcome:
        """Search some columns, beginning from the best plan if it is among the plans of the program."""
        small = program.keeping_columns(columns)
        used = np.diff(small.matrix.indptr) > 0
        plan, news = self.hooks.plan, self.hooks.news
        told = Hooks(
            plan=None if plan is None else lambda values: plan(_spread(values, columns)),
            news=None if news is None else self._news(),
            should_stop=self.hooks.should_stop,
        )
        found = highs.solve(
            small.keeping_rows(used),
            replace(self.options, limit_s=limit_s),
            start=None if self.best is None else self.best[columns],
            hooks=told,
        )
        self.nodes += found.nodes
        return found

    def _news(self) -> Callable[[float | None, float | None], None]:
        """Return what tells the value of a part with the bound of the whole."""
        tell = self.hooks.news
        assert tell is not None

        def news(value: float | None, _: float | None) -> None:
            best = min(self.objective, np.inf if value is None else value)
            tell(best if np.isfinite(best) else None, min(self.bound, best) if np.isfinite(self.bound) else None)

        return news

    def _columns(self, stations: Bools) -> Bools:
        """Return the columns that need none but these stations, and those of the best plan."""
        service = self.service
        kept = np.ones(self.linear.shape[1], dtype=np.bool_)
        kept[service.adds_column] = False
        kept[service.adds_column[stations]] = True
        if self.best is not None:
            kept[service.adds_column] |= self.best[service.adds_column] > 0.5
        usable = service.standing_kg > 0
        usable[service.adds_site[kept[service.adds_column]]] = True
        kept[service.column] = usable[service.site]
        return kept

    def _is_closed(self) -> bool:
        if self.best is None or not np.isfinite(self.bound):
            return False
        return self._is_near(self.bound)

    def _is_near(self, bound: float) -> bool:
        """Say whether the best plan is within the gap of a bound."""
        gap = highs.relative_gap(self.objective, bound)
        is_within = gap is not None and gap <= self.options.gap
        return is_within or bound >= self.objective


def _spread(values: Floats, kept: Bools) -> Floats:
    everything = np.zeros(len(kept))
    everything[kept] = values
    return everything
