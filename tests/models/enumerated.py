"""What the best choice of stations is worth under each model, by listing them all."""

from __future__ import annotations

import itertools
from collections.abc import Iterable, Sequence

import numpy as np
from scipy.optimize import linprog

from h2plan.problem import Problem
from tests.models import oracle
from tests.models.oracle import Choice

Lexicographic = tuple[float, ...]


def best(values: Iterable[Lexicographic | None]) -> Lexicographic | None:
    """Return the least of several values, compared part by part with a tolerance; None where there is none."""
    found: Lexicographic | None = None
    for value in values:
        if value is not None and (found is None or _less(value, found)):
            found = value
    return found


def _less(left: Lexicographic, right: Lexicographic) -> bool:
    for a, b in zip(left, right, strict=True):
        if abs(a - b) > 1e-7 * max(1.0, abs(a), abs(b)):
            return a < b
    return False


def ways(problem: Problem, chosen: Choice) -> list[list[float]]:
    """Return for each demand row the minutes to every chosen site in its reach."""
    found: list[list[float]] = [[] for _ in problem.demand_ids]
    for i, j, minutes in zip(problem.pairs.demand, problem.pairs.site, problem.pairs.minutes, strict=True):
        if int(j) in chosen:
            found[i].append(float(minutes))
    return [found[i] for i in reachable(problem)]


def reachable(problem: Problem) -> list[int]:
    """Return the rows with a site in reach that may have a station: nobody can serve the others."""
    pairs = problem.pairs
    return sorted({int(i) for i, j in zip(pairs.demand, pairs.site, strict=True) if not problem.sites.forbidden[j]})


def covers_everyone(problem: Problem, chosen: Choice, copies: int) -> Lexicographic | None:
    """Return (new stations, their cost) where everyone has so many stations in reach."""
    if any(len(way) < copies for way in ways(problem, chosen)):
        return None
    return (float(sum(k is not None for k in chosen.values())), oracle.station_cost(problem, chosen))


def covered_twice(problem: Problem, chosen: Choice) -> Lexicographic:
    """Return (-covered, -covered twice, cost)."""
    kg, reach = problem.demand_kg_per_d[reachable(problem)], ways(problem, chosen)
    once = sum(kg[i] for i, way in enumerate(reach) if way)
    twice = sum(kg[i] for i, way in enumerate(reach) if len(way) > 1)
    return (-float(once), -float(twice), oracle.station_cost(problem, chosen))


def travel(problem: Problem, chosen: Choice, unserved_min: float | None = None) -> float | None:
    """Return kg min/d to the nearest station."""
    reach = ways(problem, chosen)
    if unserved_min is None and not all(reach):
        return None
    nearest = [min(way, default=unserved_min or 0.0) for way in reach]
    return float(problem.demand_kg_per_d[reachable(problem)] @ np.array(nearest))


def median(problem: Problem, chosen: Choice, unserved_min: float | None = None) -> Lexicographic | None:
    """Return (kg min/d, cost)."""
    way = travel(problem, chosen, unserved_min)
    return None if way is None else (way, oracle.station_cost(problem, chosen))


def center(problem: Problem, chosen: Choice) -> Lexicographic | None:
    """Return (longest way, kg min/d)."""
    way = travel(problem, chosen)
    return None if way is None else (max(min(each) for each in ways(problem, chosen)), way)


def dispersion(problem: Problem, chosen: Choice) -> Lexicographic | None:
    """Return (-least km between two stations of which one is new, cost), for exactly p stations."""
    if len(chosen) + problem.limits.unplaced_built != problem.limits.stations_max:
        return None
    assert problem.site_km is not None
    km = [
        problem.site_km[a, b]
        for a, b in itertools.combinations(sorted(chosen), 2)
        if chosen[a] is not None or chosen[b] is not None
    ]
    return (-float(min(km)), oracle.station_cost(problem, chosen))


def everyone_served(problem: Problem, chosen: Choice, *, single: bool, closest: bool) -> Lexicographic | None:
    """Return (annual cost,) of the cheapest way to serve everyone from these stations."""
    pairs, total = problem.pairs, float(problem.demand_kg_per_d[reachable(problem)].sum())
    shortfall = problem.shortfall_cny_per_kg * problem.operating_d_per_yr * (problem.total_kg_per_d - total)
    fixed = oracle.station_cost(problem, chosen) + shortfall
    options: list[list[int]] = [[] for _ in problem.demand_ids]
    for n, (i, j) in enumerate(zip(pairs.demand, pairs.site, strict=True)):
        if int(j) in chosen:
            options[i].append(n)
    options = [options[i] for i in reachable(problem)]
    if closest:
        options = [[n for n in ns if pairs.minutes[n] == min(pairs.minutes[ns])] for ns in options]
    if not all(options):
        return None
    way = _whole(problem, chosen, options) if single else _split(problem, chosen, options)
    return None if way is None else (fixed + way,)


def _usable_kg(problem: Problem, chosen: Choice) -> dict[int, float]:
    sites, sizes = problem.sites, problem.sizes
    u = problem.limits.utilisation_max
    return {
        j: u * float(sites.built_kg_per_d[j] if k is None else sizes.capacity_kg_per_d[k]) for j, k in chosen.items()
    }


def _cost(problem: Problem) -> np.ndarray:
    kg = problem.demand_kg_per_d[problem.pairs.demand]
    return np.asarray(kg * problem.pairs.access_cny_per_kg * problem.operating_d_per_yr)


def _whole(problem: Problem, chosen: Choice, options: Sequence[Sequence[int]]) -> float | None:
    room, cost, kg = _usable_kg(problem, chosen), _cost(problem), problem.demand_kg_per_d[reachable(problem)]
    found = []
    for picked in itertools.product(*options):
        load = dict.fromkeys(room, 0.0)
        for i, n in enumerate(picked):
            load[int(problem.pairs.site[n])] += float(kg[i])
        if all(load[j] <= room[j] + 1e-6 for j in room):
            found.append(float(cost[list(picked)].sum()))
    return min(found, default=None)


def _split(problem: Problem, chosen: Choice, options: Sequence[Sequence[int]]) -> float | None:
    use = [n for ns in options for n in ns]
    demand, site = problem.pairs.demand[use], problem.pairs.site[use]
    kg, room = problem.demand_kg_per_d, _usable_kg(problem, chosen)
    all_served = np.array([demand == i for i in reachable(problem)], dtype=float)
    loads = np.array([np.where(site == j, kg[demand], 0.0) for j in room])
    cost = _cost(problem)[use] / 1e4
    solved = linprog(
        cost, A_ub=loads, b_ub=list(room.values()), A_eq=all_served, b_eq=np.ones(len(options)), bounds=(0, 1)
    )
    return float(solved.fun) * 1e4 if solved.status == 0 else None
