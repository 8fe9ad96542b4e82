"""The p-centre by bisection: do p stations reach everyone within so many minutes; then the shortest way of all.

Each question is a set covering program over the sites alone, reduced. At the shortest such time the ways that are
longer go, and what is left is a p-median.

S. Elloumi, M. Labbé, Y. Pochet, A new formulation and resolution method for the p-center problem, INFORMS Journal on
Computing 16 (2004).
"""

from __future__ import annotations

import time
from dataclasses import dataclass

import numpy as np
from scipy import sparse

from h2plan.exact import Answer, Asked
from h2plan.exact._stations import goal, many_pairs, search_for, served_floor, solving_for
from h2plan.exact._ways import Ways, ways_to_stations
from h2plan.models.p_center import Options
from h2plan.problem import Floats, Goal, Ints, Problem, StopReason
from h2plan.solve.cuts import solve_median
from h2plan.solve.cuts.median import MedianSeparator
from h2plan.solve.highs import relative_gap
from h2plan.solve.interchange import nearest_open
from h2plan.solve.reduce import merge_demand
from h2plan.solve.sites_only import Needs, Solving, implied_away, room

worth = many_pairs


@dataclass(frozen=True, kw_only=True, eq=False)
class _Reached:
    """The shortest time found, and the longest that is refuted."""

    chosen: Ints
    minutes: float
    at_least_min: float
    stopped: StopReason


def answer(problem: Problem, options: Options, *, asked: Asked) -> Answer | None:
    """Solve both goals; None leaves it to the Pyomo model: nothing allowed, not everyone reached in time."""
    ends = time.monotonic() + asked.limit_s
    ways = ways_to_stations(problem, options.size_id)
    if ways is None or ways.served_kg < served_floor(problem):
        return None
    begin_by = (time.monotonic() + ends) / 2
    reached = _shortest(ways, asked, ends=begin_by)
    if reached is None:
        return None
    rules, lists = ways.stations.rules, ways.within(reached.minutes)
    search = search_for(problem, ways.stations, asked, limit_s=max(0.1, ends - time.monotonic()), start=reached.chosen)
    nothing = np.zeros(rules.sites)
    nearest = solve_median(lists, rules, site_cost=nothing, search=search)
    chosen = reached.chosen if nearest.open is None else nearest.open
    is_open = np.isin(np.arange(rules.sites), chosen)
    longest = float(nearest_open(lists, is_open, rank=1)[1].max())
    return Answer(
        stations=ways.stations.named(problem, chosen, options.size_id),
        goals=(
            Goal(
                name="longest_min", sense="min", value=longest, bound=min(longest, reached.at_least_min),
                gap=relative_gap(longest, min(longest, reached.at_least_min)), stopped=reached.stopped, nodes=0,
            ),
            goal(
                "travel_kg_min_per_d", "min", nearest,
                value=MedianSeparator(lists, rules, site_cost=nothing).settle(is_open),
            ),
        ),
        rows=nearest.rows,
        columns=rules.sites + len(lists.weight),
        nonzeros=int(np.isfinite(lists.km).sum()),
    )  # fmt: skip


def _shortest(ways: Ways, asked: Asked, *, ends: float) -> _Reached | None:
    """Halve the times left, again and again; None where not even the longest reaches everyone, or time is over."""
    lists, solving = ways.lists, solving_for(asked)
    nearest = float(lists.km[:, 0].max())
    levels = np.unique(lists.km[np.isfinite(lists.km) & (lists.km >= nearest)])
    low, high = 0, len(levels) - 1
    chosen = _reaching(ways, np.inf, solving, ends=ends)[1]
    if chosen is None:
        return None
    high = _level(ways, chosen, levels)
    while low < high and levels[high] - levels[low] > asked.gap * levels[high]:
        middle = (low + high) // 2
        has, sites = _reaching(ways, float(levels[middle]), solving, ends=ends)
        if has is None:
            why: StopReason = "interrupted" if asked.should_stop() else "feasible_limit"
            return _Reached(chosen=chosen, minutes=float(levels[high]), at_least_min=float(levels[low]), stopped=why)
        if sites is None:
            low = middle + 1
        else:
            chosen, high = sites, _level(ways, sites, levels)
    return _Reached(chosen=chosen, minutes=float(levels[high]), at_least_min=float(levels[low]), stopped="optimal")


def _level(ways: Ways, chosen: Ints, levels: Floats) -> int:
    """Return the level of the longest way from these stations, counted from the least that anybody can have."""
    is_open = np.isin(np.arange(ways.stations.rules.sites), chosen)
    return int(np.searchsorted(levels, nearest_open(ways.lists, is_open, rank=1)[1].max()))


def _reaching(ways: Ways, minutes: float, solving: Solving, *, ends: float) -> tuple[bool | None, Ints | None]:
    """Say whether stations reach everyone within so many minutes, and which; None: no answer in time."""
    lists, rules = ways.lists, ways.stations.rules
    row, column = np.nonzero((lists.km <= minutes) & np.isfinite(lists.km))
    member = sparse.csr_array(
        (np.ones(len(row)), (row, lists.site[row, column])), shape=(len(lists.weight), lists.sites)
    )
    if (np.diff(member.indptr) == 0).any():
        return False, None
    merged = merge_demand(member, lists.weight).families.member
    needs = implied_away(Needs(member=merged, least=np.ones(merged.shape[0])))
    left = ends - time.monotonic()
    return (None, None) if left <= 0 else room(rules, needs=needs, solving=solving, limit_s=left)
