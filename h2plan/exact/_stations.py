"""What the exact ways share: where new stations may stand and by which rules, and how a search's end is told."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np

from h2plan.errors import InputError
from h2plan.exact import Asked
from h2plan.models._parts import CNY_PER_UNIT, sizes_allowed
from h2plan.problem import Floats, Goal, Ints, Limits, Problem, StopReason
from h2plan.solve.highs import Outcome, SolverOptions, Status, relative_gap
from h2plan.solve.packing import cliques
from h2plan.solve.rules import Bools, Found, Search, SiteRules, site_rules
from h2plan.solve.sites_only import Solving

KEEP_WITHIN = 1e-6
"""The second goal may worsen the first by this share, as in the solver of Pyomo models."""
STOPPED: dict[str, StopReason] = {"optimal": "optimal", "interrupted": "interrupted"}


PAIRS = 20_000
"""From so many pairs in reach on, building the Pyomo model takes longer than all of a search."""


def many_pairs(problem: Problem) -> str | None:
    """Say why branch and cut suits this size; None where the Pyomo model is as quick."""
    pairs = len(problem.pairs.demand)
    return f"{pairs:,} pairs in reach, {PAIRS:,} or more" if pairs >= PAIRS else None


@dataclass(frozen=True, kw_only=True, eq=False)
class Stations:
    """New stations of one size: column n of a search is site `sites[n]` of the problem; columns beyond are open."""

    sites: Ints
    """Positions, among the problem's sites, where a new station may stand."""
    column: Ints
    """The column of each of the problem's sites; -1 where no new station may stand."""
    rules: SiteRules
    cost_cny: Floats
    """Annuity, operation and land, CNY/yr, by column."""
    capex_cny: Floats
    """By column."""

    def named(self, problem: Problem, chosen: Ints, size_id: str) -> dict[str, str]:
        """Return the chosen columns as site id to size id."""
        return {problem.sites.ids[self.sites[n]]: size_id for n in chosen if n < len(self.sites)}


def new_stations(problem: Problem, size_id: str, *, always: int = 0) -> Stations | None:
    """Return where the size may stand; None where nothing may, or where the limits contradict each other.

    `always` columns are added that are open whatever is chosen, cost nothing and count as no station.
    """
    if size_id not in problem.sizes.ids:
        return None
    allowed = {j for j, sizes in sizes_allowed(problem).items() if size_id in sizes}
    names = problem.sites.ids
    standing = ~np.isnan(problem.sites.built_kg_per_d)
    near = near_pairs(problem)
    sites = np.array([n for n, j in enumerate(names) if j in allowed], dtype=np.intp)
    if not len(sites) or (problem.sites.required & ~standing & ~np.isin(np.arange(len(names)), sites)).any():
        return None
    size = problem.sizes.ids.index(size_id)
    column = np.full(len(names), -1, dtype=np.intp)
    column[sites] = np.arange(len(sites))
    limits, stand = problem.limits, int(standing.sum()) + problem.limits.unplaced_built
    beyond = np.arange(len(sites), len(sites) + always)
    share = np.ones(len(sites)) if problem.sites.build_share is None else problem.sites.build_share[sites]
    capex = np.concatenate([share * problem.sizes.capex_cny[size], np.zeros(always)])
    try:
        rules = site_rules(
            len(sites) + always,
            at_most=None if limits.stations_max is None else limits.stations_max - stand + always,
            at_least=None if limits.stations_min is None else max(0, limits.stations_min - stand) + always,
            cost=capex / CNY_PER_UNIT,
            budget=None if limits.budget_cny is None else limits.budget_cny / CNY_PER_UNIT,
            required=np.concatenate([np.flatnonzero(problem.sites.required[sites]), beyond]),
            forbidden=np.flatnonzero(near[np.ix_(sites, np.flatnonzero(standing))].any(axis=1)),
            conflicts=cliques(near[np.ix_(sites, sites)]),
        )
    except InputError:
        return None  # the model says which limits contradict each other
    running = problem.sizes.opex_cny_per_yr[size]
    annuity = share * (problem.sizes.annual_cost_cny_per_yr[size] - running)
    cost = np.concatenate([annuity + running + problem.sites.land_cny_per_yr[sites], np.zeros(always)])
    return Stations(sites=sites, column=column, rules=rules, cost_cny=cost, capex_cny=capex)


def near_pairs(problem: Problem) -> Bools:
    """Return sites by sites, true for two that are too close for both to have a station."""
    near: Bools = np.zeros((len(problem.sites.ids),) * 2, dtype=np.bool_)
    for a, b in (problem.conflicts.T, problem.conflicts.T[::-1]):
        near[a, b] = True
    return near


def along(problem: Problem, size_id: str, steps: Sequence[Limits], *, always: int = 0) -> list[SiteRules] | None:
    """Return the rules under each of these limits; None where one of them allows nothing."""
    found = [new_stations(replace(problem, limits=limits), size_id, always=always) for limits in steps]
    rules = [stations.rules for stations in found if stations is not None]
    return rules if len(rules) == len(steps) else None


def search_for(
    problem: Problem, stations: Stations, asked: Asked, *, limit_s: float, start: Ints | None = None
) -> Search:
    """Return how to search, from these columns or else from the stations of the plan that is given to begin with."""
    begin = start
    if begin is None and asked.start is not None:
        known = [n for n, at in enumerate(stations.sites) if problem.sites.ids[at] in asked.start]
        begin = np.array([*known, *range(len(stations.sites), stations.rules.sites)], dtype=np.intp)
    return Search(
        gap=asked.gap, limit_s=limit_s, threads=asked.threads, nodes_max=asked.nodes_max,
        cancelled=asked.should_stop, start=begin,
    )  # fmt: skip


def solving_for(asked: Asked) -> Solving:
    """Return how to solve programs of sites alone."""
    options = SolverOptions(gap=asked.gap, limit_s=asked.limit_s, threads=asked.threads, nodes_max=asked.nodes_max)
    return Solving(options=options, should_stop=asked.should_stop)


def cost_goal(found: Outcome, *, value: float, unit: float, name: str = "station_cost_cny") -> Goal:
    """Tell how HiGHS ended on the least cost, or count, of sites; `unit` turns its figures into those of `value`."""
    bound = None if found.bound is None else min(value, found.bound * unit)
    if bound is not None and value - bound <= 1e-9 * abs(value):
        bound = value
    stopped: StopReason = "interrupted" if found.status is Status.INTERRUPTED else "feasible_limit"
    return Goal(
        name=name, sense="min", value=value, bound=bound, gap=relative_gap(value, bound),
        stopped="optimal" if found.status is Status.OPTIMAL else stopped, nodes=found.nodes,
    )  # fmt: skip


def served_floor(problem: Problem) -> float:
    """Return the kg/d that must be served, less rounding; -inf where there is no such limit."""
    share = problem.limits.served_share_min
    return -np.inf if share is None else (share - 1e-9) * problem.total_kg_per_d


def goal(name: str, sense: str, found: Found, *, value: float, offset: float = 0.0) -> Goal:
    """Tell how a search ended; `offset` is added to its bound. `value` is the whole."""
    bound = None if found.bound is None else found.bound + offset
    gap = None if bound is None or value == 0 else abs(bound - value) / abs(value)
    if bound == value:
        gap = 0.0
    return Goal(
        name=name, sense="max" if sense == "max" else "min", value=value, bound=bound, gap=gap,
        stopped=STOPPED.get(found.stopped, "feasible_limit"), nodes=found.nodes,
    )  # fmt: skip
