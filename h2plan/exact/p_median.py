"""The p-median by branch and cut: one row a demand row from its sorted ways, then the least cost of as short a way."""

from __future__ import annotations

import time
from collections.abc import Sequence
from dataclasses import replace

import numpy as np
from scipy import sparse

from h2plan.exact import Answer, Asked, Point
from h2plan.exact._stations import (
    KEEP_WITHIN,
    along,
    goal,
    many_pairs,
    search_for,
    served_floor,
)
from h2plan.exact._ways import Ways, ways_to_stations
from h2plan.models.p_median import Options
from h2plan.problem import Limits, Problem
from h2plan.solve.cuts import solve_median, solve_median_curve
from h2plan.solve.cuts.engine import Master, branch_and_cut
from h2plan.solve.cuts.hot_lp import Rows
from h2plan.solve.cuts.median import MedianSeparator, without
from h2plan.solve.rules import Bools, Found, Search

worth = many_pairs


def answer(problem: Problem, options: Options, *, asked: Asked) -> Answer | None:
    """Solve both goals; None leaves it to the Pyomo model: nothing allowed, not everyone or enough served.

    A floor of what is served is left to it too where rows may be left to nobody.
    """
    begun = time.monotonic()
    case = _case(problem, options)
    if case is None or case.served_kg < served_floor(problem):
        return None
    stations, lists = case.stations, case.lists
    search = search_for(problem, stations, asked, limit_s=asked.limit_s / 2)
    nearest = solve_median(lists, stations.rules, site_cost=np.zeros(stations.rules.sites), search=search)
    if nearest.value is None or nearest.open is None:
        return None
    left = max(0.1, asked.limit_s - (time.monotonic() - begun))
    most = nearest.value + KEEP_WITHIN * max(1.0, nearest.value)
    least = _cheapest(case, most=most, search=replace(search, limit_s=left, start=nearest.open))
    chosen = nearest.open if least.open is None else least.open
    is_open = np.isin(np.arange(stations.rules.sites), chosen)
    way = MedianSeparator(lists, stations.rules, site_cost=np.zeros(stations.rules.sites)).settle(is_open)
    return Answer(
        stations=stations.named(problem, chosen, options.size_id),
        goals=(
            goal("travel_kg_min_per_d", "min", nearest, value=way),
            goal("station_cost_cny", "min", least, value=float(stations.cost_cny @ is_open)),
        ),
        rows=max(nearest.rows, least.rows),
        columns=stations.rules.sites + len(lists.weight),
        nonzeros=int(np.isfinite(lists.km).sum()),
    )


def curve(problem: Problem, options: Options, *, steps: Sequence[Limits], asked: Asked) -> list[Point] | None:
    """Find the shortest way under each of these limits, the first goal only; None where `answer` would decline."""
    case, rules = _case(problem, options), along(problem, options.size_id, steps, always=1)
    if case is None or rules is None or case.served_kg < served_floor(problem):
        return None
    search = search_for(problem, case.stations, asked, limit_s=asked.limit_s)
    points = []
    for found in solve_median_curve(case.lists, rules, site_cost=np.zeros(rules[0].sites), search=search):
        if found.value is None or found.open is None:
            return None
        told = goal("travel_kg_min_per_d", "min", found, value=found.value)
        points.append(Point(stations=case.stations.named(problem, found.open, options.size_id), goal=told))
    return points


def _case(problem: Problem, options: Options) -> Ways | None:
    if options.unserved_min is not None and problem.limits.served_share_min is not None:
        return None  # not known to the search
    return ways_to_stations(problem, options.size_id, unserved_min=options.unserved_min)


class _Cheapest(MedianSeparator):
    """The cost of sites alone counts, for plans whose way is at most `most`."""

    def __init__(self, case: Ways, *, most: float) -> None:
        super().__init__(case.lists, case.stations.rules, site_cost=np.zeros(case.stations.rules.sites))
        self.cost, self.most = case.stations.cost_cny, most

    def settle(self, is_open: Bools) -> float:
        """Return the cost of the sites; inf where the way is longer than allowed."""
        return float(self.cost @ is_open) if super().settle(is_open) <= self.most else np.inf

    def improve(self, is_open: Bools, deadline: float) -> Bools:
        """Swap and open for a shorter way, then close the dearest sites that the way does not need."""
        plan = super().improve(is_open, deadline)
        shed = [self._shed(start, deadline) for start in (is_open, plan)]
        return min(shed, key=self.settle)

    def _shed(self, is_open: Bools, deadline: float) -> Bools:
        is_open = is_open.copy()
        for j in sorted(np.flatnonzero(is_open & (self.rules.lower < 0.5)), key=lambda j: -self.cost[j]):
            is_open[j] = False
            if time.perf_counter() > deadline or not self.rules.allows(is_open) or np.isinf(self.settle(is_open)):
                is_open[j] = True
        return is_open


def _cheapest(case: Ways, *, most: float, search: Search) -> Found:
    """Find the least cost of sites whose way is at most `most`: Σ_i w_i v_i ≤ most as a row of the master."""
    rules, lists, cost = case.stations.rules, case.lists, case.stations.cost_cny
    separator = _Cheapest(case, most=most)
    separator.usable = usable = without(lists, rules.upper < 0.5)
    way = sparse.csr_array(np.concatenate([np.zeros(rules.sites), lists.weight])[None, :])
    whole = bool((cost == np.round(cost)).all()) and float(np.abs(cost).sum()) < 2**40
    master = Master(
        site_cost=cost,
        value_cost=np.zeros(len(lists.weight)),
        value_lower=np.where(np.isfinite(usable.km[:, 0]), usable.km[:, 0], 0.0),
        value_upper=np.full(len(lists.weight), np.inf),
        rules=rules,
        value_rows=Rows(matrix=way, lower=np.array([-np.inf]), upper=np.array([most])),
        step=1.0 if whole else 0.0,
    )
    start = np.isin(np.arange(rules.sites), [] if search.start is None else search.start)
    return branch_and_cut(master, separator, search=search, starts=(start,))
