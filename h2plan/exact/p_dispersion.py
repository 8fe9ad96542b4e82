"""Dispersion by bisection: is there room for p stations at least so far apart, asked of one distance after another.

Whether p sites exist of which no two are nearer than D is a question about independent sets in the graph of near
pairs, see `h2plan.solve.packing`. Of the sites at the largest such distance the cheapest are chosen last.

D. Sayah, S. Irnich, A new compact formulation for the discrete p-dispersion problem, European Journal of Operational
Research 256 (2017), for the bisection; cliques after M. Padberg, On the facial structure of set packing polyhedra,
Mathematical Programming 5 (1973).
"""

from __future__ import annotations

import time
from dataclasses import dataclass

import numpy as np

from h2plan.exact import Answer, Asked
from h2plan.exact._stations import Stations, cost_goal, near_pairs, new_stations, solving_for
from h2plan.models._parts import CNY_PER_UNIT
from h2plan.models.p_dispersion import MILLIMETRES, Options
from h2plan.problem import Goal, Problem, StopReason
from h2plan.solve.highs import relative_gap
from h2plan.solve.packing import cliques
from h2plan.solve.rules import Bools, Floats, Ints, SiteRules, site_rules
from h2plan.solve.sites_only import Solving, cheapest_sites, room

SITES = 10
"""From so many sites on, bisection is quicker than the Pyomo model."""


@dataclass(frozen=True, kw_only=True, eq=False)
class _Case:
    """What new stations can join: distances, and what the limits bar at any distance."""

    stations: Stations
    km: Floats
    """Between new stations."""
    to_standing: Floats
    """From each new station to the nearest that stands; inf where none does."""
    apart: Bools
    """Pairs of new stations that the limits forbid."""
    closed: Bools
    """Sites where the limits allow none."""
    required: Bools
    count: int
    """New stations to choose, exactly."""
    budget_cny: float | None
    solving: Solving

    def pays_for(self, chosen: Ints | Bools) -> bool:
        """Say whether the budget pays for these stations."""
        return self.budget_cny is None or float(self.stations.capex_cny[chosen].sum()) <= self.budget_cny * (1 + 1e-12)

    def rules(self, km: float) -> SiteRules | None:
        """Return the rules of stations at least so far from each other; None where they contradict each other."""
        near = (self.km < km) | self.apart
        np.fill_diagonal(near, val=False)
        closed = self.closed | (self.to_standing < km)
        too_few = int((~closed).sum()) < self.count
        if too_few or (closed & self.required).any() or not self.pays_for(self.required):
            return None
        return site_rules(
            len(near), at_most=self.count, at_least=self.count, required=np.flatnonzero(self.required),
            forbidden=np.flatnonzero(closed), cost=self.stations.capex_cny / CNY_PER_UNIT,
            budget=None if self.budget_cny is None else self.budget_cny / CNY_PER_UNIT,
            conflicts=cliques(near & ~closed & ~closed[:, None]),
        )  # fmt: skip

    def room(self, km: float, *, ends: float) -> tuple[bool | None, Ints | None]:
        """Say whether there is room for stations so far from each other, and where; None: no answer in time."""
        rules = self.rules(km)
        if rules is None:
            return False, None
        left = ends - time.monotonic()
        return (None, None) if left <= 0 else room(rules, solving=self.solving, limit_s=left)

    def least_km(self, chosen: Ints) -> float:
        """Return the least distance between two stations of which one is new."""
        between = self.km[np.ix_(chosen, chosen)][np.triu_indices(len(chosen), k=1)]
        return float(min(between.min(initial=np.inf), self.to_standing[chosen].min(initial=np.inf)))


@dataclass(frozen=True, kw_only=True, eq=False)
class _Reached:
    """The largest distance with room found, and the largest that is not refuted."""

    chosen: Ints
    km: float
    at_most_km: float
    stopped: StopReason


def worth(problem: Problem) -> str | None:
    """Say why bisection suits this size; None where the Pyomo model is as quick."""
    sites = len(problem.sites.ids)
    return f"{sites:,} sites, {SITES:,} or more" if sites >= SITES else None


def answer(problem: Problem, options: Options, *, asked: Asked) -> Answer | None:
    """Solve both goals; None leaves it to the Pyomo model: a floor on what is served, nothing to choose, no room."""
    ends = time.monotonic() + asked.limit_s
    case = _case(problem, options, asked)
    reached = None if case is None else _farthest(case, asked, ends=ends)
    if case is None or reached is None:
        return None
    cost = case.stations.cost_cny
    rules = case.rules(reached.km)
    assert rules is not None
    least = cheapest_sites(rules, cost / CNY_PER_UNIT, solving=case.solving, limit_s=ends - time.monotonic())
    chosen = reached.chosen if least.values is None else np.flatnonzero(least.values > 0.5)
    km = case.least_km(chosen)
    farthest = Goal(
        name="least_apart_km", sense="max", value=km, bound=max(km, reached.at_most_km),
        gap=relative_gap(km, max(km, reached.at_most_km)), stopped=reached.stopped, nodes=0,
    )  # fmt: skip
    return Answer(
        stations=case.stations.named(problem, chosen, options.size_id),
        goals=(farthest, cost_goal(least, value=float(cost[chosen].sum()), unit=CNY_PER_UNIT)),
        rows=rules.matrix.shape[0],
        columns=rules.sites,
        nonzeros=rules.matrix.nnz,
    )


def _case(problem: Problem, options: Options, asked: Asked) -> _Case | None:
    limits = problem.limits
    standing = np.flatnonzero(~np.isnan(problem.sites.built_kg_per_d))
    stations = new_stations(problem, options.size_id)
    if stations is None or problem.site_km is None or limits.stations_max is None:
        return None  # the model says what is missing
    count = limits.stations_max - len(standing) - limits.unplaced_built
    if count < 1 or count + len(standing) < 2 or limits.served_share_min is not None:
        return None
    km = np.round(problem.site_km, MILLIMETRES)
    new = stations.sites
    return _Case(
        stations=stations,
        km=km[np.ix_(new, new)],
        to_standing=km[np.ix_(new, standing)].min(axis=1, initial=np.inf),
        apart=near_pairs(problem)[np.ix_(new, new)],
        closed=stations.rules.upper < 0.5,
        required=stations.rules.lower > 0.5,
        count=count,
        budget_cny=limits.budget_cny,
        solving=solving_for(asked),
    )


def _farthest(case: _Case, asked: Asked, *, ends: float) -> _Reached | None:
    """Halve the distances left, again and again; None where not even the least leaves room, or no plan is known."""
    levels = np.unique(np.concatenate([case.km[np.triu_indices(len(case.km), k=1)], case.to_standing]))
    levels = levels[np.isfinite(levels)]
    low, high, chosen = 0, len(levels) - 1, _widest(case)
    if chosen is None:
        chosen = case.room(0.0, ends=ends)[1]
    if chosen is None:
        return None
    low = int(np.searchsorted(levels, case.least_km(chosen)))
    while low < high and levels[high] - levels[low] > asked.gap * levels[low]:
        middle = (low + high + 1) // 2
        has, sites = case.room(float(levels[middle]), ends=ends)
        if has is None:
            why: StopReason = "interrupted" if asked.should_stop() else "feasible_limit"
            return _Reached(chosen=chosen, km=float(levels[low]), at_most_km=float(levels[high]), stopped=why)
        if sites is None:
            high = middle - 1
        else:
            chosen, low = sites, int(np.searchsorted(levels, case.least_km(sites)))
    return _Reached(chosen=chosen, km=float(levels[low]), at_most_km=float(levels[high]), stopped="optimal")


def _widest(case: _Case) -> Ints | None:
    """Open the site farthest from all open ones, again and again; None where the limits leave too few."""
    chosen = [int(j) for j in np.flatnonzero(case.required)]
    gap = np.minimum(case.to_standing, case.km[chosen].min(axis=0, initial=np.inf))
    barred: Bools = case.closed | case.apart[chosen].any(axis=0)
    barred[chosen] = True
    while len(chosen) < case.count:
        if barred.all():
            return None
        j = int(np.argmax(np.where(barred, -1.0, gap)))
        chosen.append(j)
        barred |= case.apart[j]
        barred[j] = True
        gap = np.minimum(gap, case.km[j])
    plan = np.array(chosen, dtype=np.intp)
    lawful = len(plan) == case.count and not case.apart[np.ix_(plan, plan)].any()
    return plan if lawful and case.pays_for(plan) else None
