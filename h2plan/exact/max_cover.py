"""Maximal covering by branch and cut: merged groups, one row each when violated, then the least cost of as much."""

from __future__ import annotations

import time
from dataclasses import dataclass, replace

import numpy as np
from scipy import sparse

from h2plan.exact import Answer, Asked
from h2plan.models._parts import sizes_allowed
from h2plan.models.max_cover import Options
from h2plan.problem import Floats, Goal, Ints, Problem, StopReason
from h2plan.solve.cuts import Purpose, solve_coverage
from h2plan.solve.interchange import Families
from h2plan.solve.reduce import merge_demand
from h2plan.solve.rules import Found, Search, SiteRules, site_rules

PAIRS = 20_000
"""From so many pairs in reach on, building the Pyomo model takes longer than all of this search."""
KEEP_WITHIN = 1e-6
"""The second goal may worsen the first by this share, as in the solver of Pyomo models."""
STOPPED: dict[str, StopReason] = {"optimal": "optimal", "interrupted": "interrupted"}


@dataclass(frozen=True, kw_only=True, eq=False)
class _Case:
    """The part of a problem that new stations decide about."""

    sites: Ints
    """Positions, among the problem's sites, where a new station may stand."""
    families: Families
    covered: float
    """kg/d that stations cover which stand already."""
    rules: SiteRules
    cost_cny: Floats


def worth(problem: Problem) -> str | None:
    """Say why branch and cut suits this size; None where the Pyomo model is as quick."""
    pairs = len(problem.pairs.demand)
    return f"{pairs:,} pairs in reach, {PAIRS:,} or more" if pairs >= PAIRS else None


def answer(problem: Problem, options: Options, *, asked: Asked) -> Answer | None:
    """Solve both goals; None leaves it to the Pyomo model: backup or conflicts, nothing allowed, a floor missed."""
    if options.backup or len(problem.conflicts):
        return None  # neither is known to the cover search
    begun = time.monotonic()
    case = _case(problem, options)
    if case is None or not len(case.families.weight):
        return None
    search = Search(
        gap=asked.gap, limit_s=asked.limit_s / 2, threads=asked.threads, nodes_max=asked.nodes_max,
        cancelled=asked.should_stop, start=_start(problem, case, asked),
    )  # fmt: skip
    most = solve_coverage(case.families, case.rules, purpose=Purpose(aim="most"), search=search)
    if most.value is None or most.open is None or most.value + case.covered < _floor(problem):
        return None
    goals = [_goal("covered_kg_per_d", "max", most, offset=case.covered, value=most.value)]
    floor = most.value - KEEP_WITHIN * max(1.0, most.value + case.covered)
    left = max(0.1, asked.limit_s - (time.monotonic() - begun))
    cheapest = Purpose(aim="cheapest", floor=floor, site_cost=case.cost_cny)
    least = solve_coverage(
        case.families, case.rules, purpose=cheapest, search=replace(search, limit_s=left, start=most.open)
    )
    chosen = most.open if least.open is None or least.value is None else least.open
    is_open = np.isin(np.arange(len(case.sites)), chosen)
    member, weight = case.families.member, case.families.weight
    covered = float(weight @ case.families.served(member @ is_open.astype(np.float64)))
    goals[0] = _goal("covered_kg_per_d", "max", most, offset=case.covered, value=covered)
    goals.append(_goal("station_cost_cny", "min", least, offset=0.0, value=float(case.cost_cny @ is_open)))
    return Answer(
        stations={problem.sites.ids[case.sites[n]]: options.size_id for n in chosen},
        goals=tuple(goals),
        rows=max(most.rows, least.rows),
        columns=len(case.sites) + len(weight),
        nonzeros=int(member.nnz + len(weight)),
    )


def _case(problem: Problem, options: Options) -> _Case | None:
    if options.size_id not in problem.sizes.ids:
        return None
    allowed = {j for j, sizes in sizes_allowed(problem).items() if options.size_id in sizes}
    names = problem.sites.ids
    sites = np.array([n for n, j in enumerate(names) if j in allowed], dtype=np.intp)
    standing = ~np.isnan(problem.sites.built_kg_per_d)
    if (problem.sites.required & ~standing & ~np.isin(np.arange(len(names)), sites)).any():
        return None
    size = problem.sizes.ids.index(options.size_id)
    number = np.full(len(names), -1, dtype=np.intp)
    number[sites] = np.arange(len(sites))
    pairs, demand = problem.pairs, problem.demand_kg_per_d
    already = np.zeros(len(demand), dtype=np.bool_)
    already[pairs.demand[standing[pairs.site]]] = True
    use = (number[pairs.site] >= 0) & ~already[pairs.demand] & (demand[pairs.demand] > 0)
    at = (pairs.demand[use], number[pairs.site[use]])
    member = sparse.csr_array((np.ones(int(use.sum())), at), shape=(len(demand), len(sites)))
    limits, stand = problem.limits, int(standing.sum()) + problem.limits.unplaced_built
    cost = problem.sizes.annual_cost_cny_per_yr[size] + problem.sites.land_cny_per_yr[sites]
    rules = site_rules(
        len(sites),
        at_most=None if limits.stations_max is None else limits.stations_max - stand,
        at_least=None if limits.stations_min is None else max(0, limits.stations_min - stand),
        cost=np.full(len(sites), problem.sizes.capex_cny[size]),
        budget=limits.budget_cny,
        required=np.flatnonzero(problem.sites.required[sites]),
    )
    families = merge_demand(member, demand).families
    return _Case(sites=sites, families=families, covered=float(demand[already].sum()), rules=rules, cost_cny=cost)


def _start(problem: Problem, case: _Case, asked: Asked) -> Ints | None:
    if asked.start is None:
        return None
    return np.array([n for n, at in enumerate(case.sites) if problem.sites.ids[at] in asked.start], dtype=np.intp)


def _floor(problem: Problem) -> float:
    share = problem.limits.served_share_min
    return -np.inf if share is None else (share - 1e-9) * problem.total_kg_per_d


def _goal(name: str, sense: str, found: Found, *, offset: float, value: float) -> Goal:
    bound = None if found.bound is None else found.bound + offset
    total = value + (offset if sense == "max" else 0.0)
    gap = None if bound is None or total == 0 else abs(bound - total) / abs(total)
    if bound == total:
        gap = 0.0
    return Goal(
        name=name, sense="max" if sense == "max" else "min", value=total, bound=bound, gap=gap,
        stopped=STOPPED.get(found.stopped, "feasible_limit"), nodes=found.nodes,
    )  # fmt: skip
