"""Search over stations alone: what they can serve and what the ways to them cost are rows, found where they are broken.

A siting program has few whole columns and very many shares of demand. HiGHS's own cuts cost seconds a round on all of
them and moments on the stations alone, where rounding also bites harder: a capacity row of stations is a knapsack. So
the shares are left out (J. F. Benders, Partitioning procedures for solving mixed-variables programming problems,
Numerische Mathematik 4, 1962): a small program over stations is solved, the best stations found there are priced by
the whole program, and the rows that they break are added, until the bound and the best plan meet. Every answer of the
small program is a bound of the whole one, every plan is one of the whole program.
"""

from __future__ import annotations

import time
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any, ClassVar

import numpy as np

from h2plan.problem import Floats
from h2plan.solve import highs
from h2plan.solve.exchange import Neighbourhood, improve
from h2plan.solve.highs import Hooks, Outcome, SolverOptions, Status
from h2plan.solve.known import Known
from h2plan.solve.program import Bools, Linear
from h2plan.solve.projection import Projection, least
from h2plan.solve.root import tighten
from h2plan.solve.search import INFEASIBLE
from h2plan.solve.service import Service
from h2plan.solve.service_rows import Row, is_tight
from h2plan.solve.station_prices import StationPrices

ROOT_SHARE = 0.4
"""Share of the time for the whole relaxation, whose prices give the first rows."""
CLOSED_WITHIN = 1e-7
"""A gap below this is none: the tolerance of the relaxations."""
BRIEF = {
    "mip_allow_restart": False,
    "mip_heuristic_run_rins": False,
    "mip_heuristic_run_rens": False,
    "mip_heuristic_run_root_reduced_cost": False,
}
"""A small program is one of many and soon solved: what HiGHS does to get ready for a long search halves its speed."""
ROUNDS_MAX = 10_000
IMPROVE_SHARE = 0.2
"""Share of the time left at most for a look around a new best plan."""
TRIES_MAX, START_TRIES_MAX = 120, 600
"""Changes looked at around it, and around the start: that of an earlier goal is large everywhere."""
LOOKED_AT = 6
"""Plans of each round that are priced."""
START_FROM_GAP = 0.05
"""A plan further from the bound than this only leads HiGHS astray."""
GAP_FIRST, GAP_PART = 0.001, 0.25
"""Each small program is solved to this part of the gap still open, or this gap at first."""


def nearly_all_is_asked(linear: Linear, services: Sequence[Service]) -> bool:
    """Say whether one year must serve nearly all it can reach: then whole stations round the relaxation up by much.

    Without such a floor the ways weigh more than rounding, and the whole program is the better one to search.
    """
    if len(services) > 1:
        return False
    others = np.ones(linear.shape[1], dtype=np.bool_)
    others[np.concatenate([service.column for service in services])] = False
    kept = [least(linear, service.served, others) for service in services]
    return all(is_tight(service, kg) for service, kg in zip(services, kept, strict=True))


def projected_search(
    linear: Linear,
    implied: Bools,
    services: Sequence[Service],
    *,
    options: SolverOptions,
    hooks: Hooks,
    start: Floats | None,
) -> Outcome:
    """Solve a siting program whose shares stand in no rows but those of `services`."""
    return StationSearch(linear, implied, services, options=options, hooks=hooks).solve(start)


class StationSearch(Known):
    """One search."""

    extra: ClassVar[Mapping[str, Any]] = BRIEF
    """Options of HiGHS for a small program."""
    prices_all: ClassVar[bool] = False
    """Whether plans that break rows are priced too."""

    def __init__(
        self, linear: Linear, implied: Bools, services: Sequence[Service], *, options: SolverOptions, hooks: Hooks
    ) -> None:
        super().__init__(linear, options=options, hooks=hooks)
        self.implied, self.services = implied, services
        self.projection = Projection(linear, services)
        self.judge = StationPrices(linear, implied, options)
        self.rows: list[tuple[int, Row]] = [
            (t, row) for t, capacity in enumerate(self.projection.capacities) for row in capacity.first()
        ]
        self.around = _neighbourhood(services[0]) if len(services) == 1 else None

    def solve(self, start: Floats | None) -> Outcome:
        if start is not None and self._judge(start) is not None:
            self._improve(START_TRIES_MAX)
        self._root()
        for _ in range(ROUNDS_MAX):
            if self._is_over():
                break
            status = self._round()
            if status is not None:
                return self._outcome(status)
        return self._outcome(None)

    def _is_closed(self) -> bool:
        return self._gap() <= max(self.options.gap, CLOSED_WITHIN)

    def _gap(self) -> float:
        if self.best is None or not np.isfinite(self.bound):
            return np.inf
        if self.bound >= self.objective:
            return 0.0
        gap = highs.relative_gap(self.objective, self.bound)
        return np.inf if gap is None else gap

    # Rows

    def _root(self) -> None:
        """Take the prices of the whole relaxation, then the capacity rows that the small one breaks."""
        part = replace(self.allowance, ends=time.monotonic() + ROOT_SHARE * self.allowance.left_s)
        root = tighten(self.linear, self.implied, options=self.options, allowance=part, good_enough=lambda _: False)
        if root is not None:
            self._know(root.bound)
            self._add_ways(root.dual, root.values)
        while not self.allowance.is_over:
            lp = self.projection.program(self.rows).relaxed()
            found = highs.solve(lp, self._left())
            if found.values is None:
                return
            if found.status is Status.OPTIMAL and found.objective is not None:
                self._know(found.objective)
            if not self._add_broken(found.values):
                return

    def _add_broken(self, small: Floats) -> bool:
        """Add the capacity rows that a point breaks; say whether there were any."""
        values = self.projection.spread(small)
        fresh = [(t, row) for t, each in enumerate(self.projection.capacities) for row in each.broken(values)]
        self.rows += fresh
        return bool(fresh)

    def _add_ways(self, dual: Floats, values: Floats) -> list[tuple[int, Row]]:
        """Add the way row of each year for the prices of a relaxation."""
        fresh = []
        for t, (service, way) in enumerate(zip(self.services, self.projection.ways, strict=True)):
            if not way.free:
                price = np.maximum(-dual[service.all_row], 0.0)
                fresh.append((t, way.row(price, float(service.served_sign * dual[service.served_row]), values)))
        self.rows += fresh
        return fresh

    # Rounds

    def _round(self) -> Status | None:
        """Solve the small program and learn from its plans; a status where the search is over."""
        small = self._small()
        seen: list[Floats] = []
        found = highs.solve(
            small,
            self._round_options(),
            start=None if self.best is None or self._gap() > START_FROM_GAP else self.projection.gathered(self.best),
            hooks=Hooks(plan=seen.append, should_stop=self.hooks.should_stop),
            extra=self.extra,
        )
        self.nodes += found.nodes
        if found.status in INFEASIBLE and self._holds_for_all():
            self._know(self.objective)
            return Status.OPTIMAL if self.best is not None else found.status
        if found.bound is not None and self._holds_for_all():
            self._know(found.bound)
        if found.values is not None:
            seen.append(found.values)
        learnt = [self._learn(values) for values in _distinct(seen[-LOOKED_AT:], small.whole)]
        if self.allowance.is_over or self._is_closed() or any(learnt):
            return None
        return self._learnt_nothing(found)

    def _small(self) -> Linear:
        """Return the small program of a round."""
        return self.projection.program(self.rows)

    def _round_options(self) -> SolverOptions:
        return replace(self._left(), gap=max(self.options.gap / 2, min(GAP_FIRST, GAP_PART * self._gap())))

    def _holds_for_all(self) -> bool:
        """Say whether what the last small program proves holds for the whole one."""
        return True

    def _learnt_nothing(self, found: Outcome) -> Status | None:
        """Leave out a plan that is known and breaks no row; a status where there is none."""
        if found.values is None or not self.judge.is_sure:
            return Status.FEASIBLE_LIMIT if self.best is not None else Status.NO_SOLUTION_LIMIT
        self._exclude(found.values)
        return None

    def _learn(self, small: Floats) -> bool:
        """Price a plan of the small program and add the rows it breaks; say whether there were any."""
        if self.allowance.is_over:
            return False
        small = small.copy()
        whole = self.projection.base.whole
        small[whole] = np.round(small[whole])
        is_broken = self._add_broken(small)
        if is_broken and not self.prices_all:
            return True
        before = self.objective
        values = self._judge(self.projection.spread(small))
        if values is None:
            return is_broken
        if self.objective < before:
            self._improve(TRIES_MAX)
            self.judge.price(values, limit_s=self.allowance.left_s)
        fresh = self._add_ways(self.judge.dual, values)
        tolerance = 1e-7 * max(1.0, abs(self.objective))
        point = self.projection.spread(small)
        broken = [row.lacks(point, self.projection.theta(small, t)) > tolerance for t, row in fresh]
        return is_broken or any(broken)

    def _judge(self, wanted: Floats) -> Floats | None:
        """Price stations by the whole program, and keep them if they are the best so far."""
        values = self.judge.price(wanted, limit_s=self.allowance.left_s)
        if values is None:
            return None
        self._hold(values)
        return values

    def _improve(self, tries_max: int) -> None:
        """Look for better stations near the best ones: other sizes, and other sites in their place."""
        if self.around is None or self.best is None:
            return
        part = replace(self.allowance, ends=time.monotonic() + IMPROVE_SHARE * self.allowance.left_s)
        better = improve(
            self.linear, self.implied, self.best, around=self.around, options=self.options, allowance=part,
            tries_max=tries_max,
        )  # fmt: skip
        if self.linear.objective(better) < self.objective:
            self._judge(better)

    def _exclude(self, small: Floats) -> None:
        """Leave out stations whose worth is known: whatever else is better differs in one whole column."""
        whole = self.projection.base.whole
        columns = self.projection.columns[np.flatnonzero(whole)]
        there = np.round(small[whole])
        self.rows.append((0, Row(columns=columns, coefficients=1.0 - 2.0 * there, lower=1.0 - float(there.sum()))))

    def _left(self) -> SolverOptions:
        return replace(self.options, limit_s=max(0.1, self.allowance.left_s), nodes_max=None)


def _neighbourhood(service: Service) -> Neighbourhood:
    """Return the sizes of each site; other sites are the small program's business."""
    order = np.lexsort((service.adds_kg, service.adds_site))
    columns: dict[int, tuple[int, ...]] = {}
    for n in order.tolist():
        site = int(service.adds_site[n])
        columns[site] = (*columns.get(site, ()), int(service.adds_column[n]))
    return Neighbourhood(columns=columns, near={})


def _distinct(points: Sequence[Floats], whole: Bools) -> list[Floats]:
    """Return the points whose whole columns differ, the last first."""
    found: dict[bytes, Floats] = {}
    for point in reversed(points):
        found.setdefault(np.round(point[whole]).astype(np.int64).tobytes(), point)
    return list(found.values())
