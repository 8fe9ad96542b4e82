"""Maximal covering by branch and cut: merged groups, one row each when violated, then the least cost of as much."""

from __future__ import annotations

import time
from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
from scipy import sparse

from h2plan.exact import Answer, Asked, Point
from h2plan.exact._stations import (
    KEEP_WITHIN,
    Stations,
    along,
    goal,
    many_pairs,
    new_stations,
    search_for,
    served_floor,
)
from h2plan.models.max_cover import Options
from h2plan.problem import Limits, Problem
from h2plan.solve.cuts import Purpose, solve_cover_curve, solve_coverage
from h2plan.solve.interchange import Families
from h2plan.solve.reduce import merge_demand

worth = many_pairs


@dataclass(frozen=True, kw_only=True, eq=False)
class _Case:
    """The part of a problem that new stations decide about."""

    stations: Stations
    families: Families
    covered: float
    """kg/d that stations cover which stand already."""


def answer(problem: Problem, options: Options, *, asked: Asked) -> Answer | None:
    """Solve both goals; None leaves it to the Pyomo model: backup, nothing allowed, a floor missed."""
    begun = time.monotonic()
    case = _case(problem, options)
    if case is None:
        return None
    families, rules, cost = case.families, case.stations.rules, case.stations.cost_cny
    search = search_for(problem, case.stations, asked, limit_s=asked.limit_s / 2)
    most = solve_coverage(families, rules, purpose=Purpose(aim="most"), search=search)
    if most.value is None or most.open is None or most.value + case.covered < served_floor(problem):
        return None
    floor = most.value - KEEP_WITHIN * max(1.0, most.value + case.covered)
    left = max(0.1, asked.limit_s - (time.monotonic() - begun))
    cheapest = Purpose(aim="cheapest", floor=floor, site_cost=cost)
    least = solve_coverage(families, rules, purpose=cheapest, search=replace(search, limit_s=left, start=most.open))
    chosen = most.open if least.open is None else least.open
    is_open = np.isin(np.arange(rules.sites), chosen).astype(np.float64)
    covered = float(families.weight @ families.served(families.member @ is_open)) + case.covered
    return Answer(
        stations=case.stations.named(problem, chosen, options.size_id),
        goals=(
            goal("covered_kg_per_d", "max", most, value=covered, offset=case.covered),
            goal("station_cost_cny", "min", least, value=float(cost @ is_open)),
        ),
        rows=max(most.rows, least.rows),
        columns=rules.sites + len(families.weight),
        nonzeros=int(families.member.nnz + len(families.weight)),
    )


def curve(problem: Problem, options: Options, *, steps: Sequence[Limits], asked: Asked) -> list[Point] | None:
    """Cover most under each of these limits, the first goal only; None where `answer` would decline one of them."""
    case, rules = _case(problem, options), along(problem, options.size_id, steps)
    if case is None or rules is None:
        return None
    search = search_for(problem, case.stations, asked, limit_s=asked.limit_s)
    points = []
    for found in solve_cover_curve(case.families, rules, search=search):
        if found.value is None or found.open is None:
            return None
        told = goal("covered_kg_per_d", "max", found, value=found.value + case.covered, offset=case.covered)
        points.append(Point(stations=case.stations.named(problem, found.open, options.size_id), goal=told))
    return points


def _case(problem: Problem, options: Options) -> _Case | None:
    if options.backup:
        return None  # not known to the cover search
    stations = new_stations(problem, options.size_id)
    if stations is None:
        return None
    pairs, demand = problem.pairs, problem.demand_kg_per_d
    standing = ~np.isnan(problem.sites.built_kg_per_d)
    already = np.zeros(len(demand), dtype=np.bool_)
    already[pairs.demand[standing[pairs.site]]] = True
    use = (stations.column[pairs.site] >= 0) & ~already[pairs.demand] & (demand[pairs.demand] > 0)
    at = (pairs.demand[use], stations.column[pairs.site[use]])
    member = sparse.csr_array((np.ones(int(use.sum())), at), shape=(len(demand), stations.rules.sites))
    families = merge_demand(member, demand).families
    if not len(families.weight):
        return None
    return _Case(stations=stations, families=families, covered=float(demand[already].sum()))
