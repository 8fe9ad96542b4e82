"""Search over the stations of several years: first prices from sites taken one by one, then programs over stations.

The whole relaxation of several years costs minutes, as each year brings all of its shares. Sites that choose their
course under prices (`by_course`) give its bound in seconds, and with it one row a year that says what stations can
serve and what the ways cost at these prices. A small program over stations with these rows is near the whole one from
the start. HiGHS solves it with all its heuristics; each plan found is priced by the whole program and adds the rows
that it breaks (`projected`). Where ways cost something, every other small program stays near the best plan, where its
rows are sharpest (M. Fischetti, A. Lodi, Local branching, Mathematical Programming 98, 2003).
"""

from __future__ import annotations

import time
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any, ClassVar

import numpy as np
from scipy import sparse

from h2plan.problem import Floats
from h2plan.solve import highs
from h2plan.solve.by_course import ByCourse, by_course
from h2plan.solve.highs import Hooks, Outcome, SolverOptions, Status
from h2plan.solve.program import Bools, Linear
from h2plan.solve.projected import StationSearch
from h2plan.solve.service import Service

PRICE_ROUNDS = 800
PRICE_SHARE = 0.3
"""Share of the time for prices at most."""
CUT_ROUNDS = 6
"""Rounds of capacity rows on the relaxation of the small program."""
ROUND_SHARE = 0.4
"""Share of the time left for one small program."""
LOCAL_CHANGES = 30
"""Whole columns that may change near the best plan."""
LOCAL_FROM_GAP = 0.003
"""Closer than this the small program as a whole does better."""


def years_search(
    linear: Linear,
    implied: Bools,
    services: Sequence[Service],
    *,
    options: SolverOptions,
    hooks: Hooks,
    start: Floats | None,
) -> Outcome | None:
    """Solve a siting program of several years; None where its sites cannot be taken one by one."""
    apart = by_course(linear, implied, services)
    if apart is None:
        return None
    return _YearsSearch(linear, implied, services, options=options, hooks=hooks, apart=apart).solve(start)


class _YearsSearch(StationSearch):
    extra: ClassVar[Mapping[str, Any]] = {}
    prices_all: ClassVar[bool] = True

    def __init__(
        self,
        linear: Linear,
        implied: Bools,
        services: Sequence[Service],
        *,
        options: SolverOptions,
        hooks: Hooks,
        apart: ByCourse,
    ) -> None:
        super().__init__(linear, implied, services, options=options, hooks=hooks)
        self.apart = apart
        self.around = None
        self.round_share = ROUND_SHARE
        self.is_local = False

    def _root(self) -> None:
        """Take the prices of sites one by one, then capacity rows that the small relaxation breaks."""
        ends = time.monotonic() + PRICE_SHARE * self.allowance.left_s
        part = replace(self.allowance, ends=ends)
        found = self.apart.raised(
            start=self.best,
            upper=self.objective,
            rounds=PRICE_ROUNDS,
            is_over=lambda bound: part.is_over or self._reaches(bound),
        )
        self._know(found.bound)
        values = np.zeros(self.linear.shape[1]) if self.best is None else self.best
        for t, way in enumerate(self.projection.ways):
            row = way.row(found.demand[t], float(found.served[t]), values)
            self.rows.append((t, replace(row, theta=0.0) if way.free else row))
        for _ in range(CUT_ROUNDS):
            relaxed = highs.solve(self.projection.program(self.rows).relaxed(), self._left())
            if relaxed.status is not Status.OPTIMAL or relaxed.values is None or relaxed.objective is None:
                return
            self._know(relaxed.objective)
            if self._is_over() or not self._add_broken(relaxed.values):
                return

    def _reaches(self, bound: float) -> bool:
        gap = highs.relative_gap(self.objective, bound) if self.best is not None else None
        return gap is not None and gap <= self.options.gap

    def _small(self) -> Linear:
        """Return the small program; every other time only what is near the best plan, where ways cost something."""
        small = super()._small()
        is_free = all(way.free for way in self.projection.ways)
        self.is_local = not self.is_local and not is_free and self.best is not None and self._gap() > LOCAL_FROM_GAP
        if not self.is_local or self.best is None:
            return small
        at = np.flatnonzero(small.whole)
        stands = self.projection.gathered(self.best)[at] > 0.5
        near = sparse.csr_array(
            (np.where(stands, -1.0, 1.0), (np.zeros(len(at), dtype=np.intp), at)), shape=(1, small.shape[1])
        )
        return replace(
            small,
            matrix=sparse.csr_array(sparse.vstack([small.matrix, near])),
            row_lower=np.append(small.row_lower, -np.inf),
            row_upper=np.append(small.row_upper, LOCAL_CHANGES - float(stands.sum())),
        )

    def _holds_for_all(self) -> bool:
        return not self.is_local

    def _learnt_nothing(self, found: Outcome) -> Status | None:
        """Give the next small program more time where this one had too little; else leave its plan out."""
        if self.is_local or found.status is Status.FEASIBLE_LIMIT or found.status is Status.NO_SOLUTION_LIMIT:
            self.round_share = min(1.0, 2 * self.round_share)
            return None
        return super()._learnt_nothing(found)

    def _round_options(self) -> SolverOptions:
        options = super()._round_options()
        return replace(options, limit_s=max(1.0, self.round_share * options.limit_s))
