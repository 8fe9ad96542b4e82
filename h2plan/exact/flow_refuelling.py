"""Flow refuelling by branch and cut: the arc-cover sets of the model itself, a row each when violated, then cost."""

from __future__ import annotations

import time
from dataclasses import dataclass, replace

import numpy as np
from scipy import sparse

from h2plan.exact import Answer, Asked
from h2plan.exact._stations import KEEP_WITHIN, Stations, goal, new_stations, search_for, served_floor
from h2plan.models import _parts as parts
from h2plan.models import _tours as tours
from h2plan.models.flow_refuelling import Options
from h2plan.problem import Goal, Ints, Problem
from h2plan.solve.cuts import Purpose, solve_corridor
from h2plan.solve.interchange import Families
from h2plan.solve.rules import Found, Search

STOPS = 20_000
"""From so many stops along all trips on `auto` cuts; an h2plan assumption, unverified, like that of `max_cover`."""
Needs = dict[str, list[tuple[str, ...]]]


@dataclass(frozen=True, kw_only=True, eq=False)
class _Case:
    stations: Stations
    families: Families
    """What new stations decide about, a path a group of rows with the same sets."""
    covered: float
    """kg/d that stations cover which stand already."""
    needs: Needs


def worth(problem: Problem) -> str | None:
    """Say why branch and cut suits this size; None where the Pyomo model is as quick."""
    stops = len(problem.trips.stop_trip)
    return f"{stops:,} stops along the trips, {STOPS:,} or more" if stops >= STOPS else None


def answer(problem: Problem, options: Options, *, asked: Asked) -> Answer | None:
    """Solve the goals of the model; None leaves it to the Pyomo model: nothing allowed, a floor missed."""
    cheapest = options.objective == "cheapest"
    if cheapest and problem.limits.served_share_min is None:
        return None  # the model says what is missing
    begun = time.monotonic()
    case = _case(problem, options)
    if case is None:
        return None
    left = max(0.1, asked.limit_s - (time.monotonic() - begun))
    search = search_for(problem, case.stations, asked, limit_s=left)
    ended = _cheapest_plan(problem, case, search) if cheapest else _most_plan(problem, case, search)
    if ended is None:
        return None
    chosen, goals, rows = ended
    usable = {problem.sites.ids[n] for n in case.stations.sites} | _standing(problem)
    families = case.families
    return Answer(
        stations=case.stations.named(problem, chosen, options.size_id),
        goals=goals,
        rows=rows,
        columns=case.stations.rules.sites + len(families.weight),
        nonzeros=int(families.member.nnz + len(families.path)),
        needs=case.needs,
        tours=tours.tours(problem, options, usable),
    )


def _most_plan(problem: Problem, case: _Case, search: Search) -> tuple[Ints, tuple[Goal, ...], int] | None:
    """Cover most, then at least cost; None where that is below the floor."""
    begun = time.monotonic()
    families, rules, cost = case.families, case.stations.rules, case.stations.cost_cny
    first = replace(search, limit_s=search.limit_s / 2)
    most = solve_corridor(families, rules, purpose=Purpose(aim="most"), search=first)
    if most.value is None or most.open is None or most.value + case.covered < served_floor(problem):
        return None
    floor = most.value - KEEP_WITHIN * max(1.0, most.value + case.covered)
    left = max(0.1, search.limit_s - (time.monotonic() - begun))
    least = solve_corridor(
        families,
        rules,
        purpose=Purpose(aim="cheapest", floor=floor, site_cost=cost),
        search=replace(search, limit_s=left, start=most.open),
    )
    chosen = most.open if least.open is None else least.open
    is_open = np.isin(np.arange(rules.sites), chosen).astype(np.float64)
    covered = float(families.weight @ families.served(families.member @ is_open)) + case.covered
    goals = (
        goal("covered_kg_per_d", "max", most, value=covered, offset=case.covered),
        _cost_goal(least, value=float(cost @ is_open)),
    )
    return chosen, goals, max(most.rows, least.rows)


def _cheapest_plan(problem: Problem, case: _Case, search: Search) -> tuple[Ints, tuple[Goal, ...], int] | None:
    """Cover the floor at least cost; None where no plan does."""
    purpose = Purpose(
        aim="cheapest", floor=max(0.0, served_floor(problem) - case.covered), site_cost=case.stations.cost_cny
    )
    least = solve_corridor(case.families, case.stations.rules, purpose=purpose, search=search)
    if least.value is None or least.open is None:
        return None
    return least.open, (_cost_goal(least, value=least.value),), least.rows


def _cost_goal(found: Found, *, value: float) -> Goal:
    return goal("station_cost_cny", "min", found, value=value)


def _case(problem: Problem, options: Options) -> _Case | None:
    stations = new_stations(problem, options.size_id)
    if stations is None:
        return None
    net = parts.network(parts.with_one_size(problem, options.size_id))
    needs = tours.needs_of(problem, options, net)
    groups = list(tours.merged_rows(net, needs).values())
    open_still = [(kg, sets) for kg, sets in groups if sets]
    if not open_still:
        return None
    number = {problem.sites.ids[at]: n for n, at in enumerate(stations.sites)}
    members = [[number[j] for j in sites] for _, sets in open_still for sites in sets]
    sizes = [len(columns) for columns in members]
    row = np.repeat(np.arange(len(members)), sizes)
    column = np.array([n for columns in members for n in columns], dtype=np.intp)
    families = Families(
        member=sparse.csr_array((np.ones(len(row)), (row, column)), shape=(len(members), stations.rules.sites)),
        path=np.repeat(np.arange(len(open_still)), [len(sets) for _, sets in open_still]),
        weight=np.array([kg for kg, _ in open_still], dtype=np.float64),
    )
    covered = float(sum(kg for kg, sets in groups if not sets))
    return _Case(stations=stations, families=families, covered=covered, needs=needs)


def _standing(problem: Problem) -> set[str]:
    rows = zip(problem.sites.ids, problem.sites.built_kg_per_d, strict=True)
    return {j for j, kg in rows if not np.isnan(kg)}
