"""What the best plan is, by listing every choice of stations and solving the transport problem of each."""

from __future__ import annotations

import itertools
from collections.abc import Iterator

import numpy as np
from scipy.optimize import linprog

from h2plan.problem import Problem

Choice = dict[int, int | None]
"""Site to size; None where a station stands."""


def choices(problem: Problem) -> Iterator[Choice]:
    """Yield every choice of stations within the limits on count, money and sites."""
    sites, sizes, limits = problem.sites, problem.sizes, problem.limits
    options: list[list[int | None]] = []
    for j in range(len(sites.ids)):
        if not np.isnan(sites.built_kg_per_d[j]):
            options.append([None])
            continue
        fitting = [k for k, c in enumerate(sizes.capacity_kg_per_d) if c <= sites.max_kg_per_d[j]]
        allowed: list[int | None] = [] if sites.forbidden[j] else list(fitting)
        options.append(allowed if sites.required[j] else [-1, *allowed])
    for picked in itertools.product(*options):
        chosen = {j: k for j, k in enumerate(picked) if k != -1}
        count = len(chosen) + limits.unplaced_built
        if limits.stations_max is not None and count > limits.stations_max:
            continue
        if limits.stations_min is not None and count < limits.stations_min:
            continue
        if limits.budget_cny is not None and _capex(problem, chosen) > limits.budget_cny:
            continue
        if any(a in chosen and b in chosen and not chosen[a] is chosen[b] is None for a, b in problem.conflicts):
            continue
        yield chosen


def _capex(problem: Problem, chosen: Choice) -> float:
    return float(sum(problem.sizes.capex_cny[k] for k in chosen.values() if k is not None))


def station_cost(problem: Problem, chosen: Choice) -> float:
    new = [(j, k) for j, k in chosen.items() if k is not None]
    return float(sum(problem.sizes.annual_cost_cny_per_yr[k] + problem.sites.land_cny_per_yr[j] for j, k in new))


def transport(
    problem: Problem, chosen: Choice, *, price_cny_per_kg: float, floor_kg: float
) -> tuple[float, float] | None:
    """Return (served kg/d, yearly cost of access less the price of what is served); None where the floor is missed."""
    pairs = problem.pairs
    use = [n for n in range(len(pairs.demand)) if pairs.site[n] in chosen]
    if not use:
        return (0.0, 0.0) if floor_kg <= 1e-9 else None
    kg = problem.demand_kg_per_d[pairs.demand[use]]
    cost = kg * problem.operating_d_per_yr * (pairs.access_cny_per_kg[use] - price_cny_per_kg) / 1e4
    rows, right = [], []
    for i in range(len(problem.demand_ids)):
        rows.append((pairs.demand[use] == i).astype(float))
        right.append(1.0)
    for j, k in chosen.items():
        rows.append(np.where(pairs.site[use] == j, kg, 0.0))
        capacity = problem.sites.built_kg_per_d[j] if k is None else problem.sizes.capacity_kg_per_d[k]
        right.append(problem.limits.utilisation_max * capacity)
    rows.append(-kg)
    right.append(-floor_kg)
    found = linprog(cost, A_ub=np.array(rows), b_ub=right, bounds=(0, 1), method="highs")
    return (float(kg @ found.x), float(found.fun) * 1e4) if found.status == 0 else None


def least_cost(problem: Problem, *, floor_kg: float) -> float | None:
    """Return the least annual cost of plans that serve at least `floor_kg`."""
    best: float | None = None
    base = problem.shortfall_cny_per_kg * problem.operating_d_per_yr * problem.total_kg_per_d
    for chosen in choices(problem):
        moved = transport(problem, chosen, price_cny_per_kg=problem.shortfall_cny_per_kg, floor_kg=floor_kg)
        if moved is not None:
            cost = station_cost(problem, chosen) + moved[1] + base
            best = cost if best is None else min(best, cost)
    return best


def most_served(problem: Problem) -> float | None:
    """Return the most kg/d that a plan can serve."""
    served = [
        moved[0]
        for chosen in choices(problem)
        if (moved := transport(problem, chosen, price_cny_per_kg=1e3, floor_kg=0.0)) is not None
    ]
    return max(served, default=None)


def covered(problem: Problem, chosen: Choice) -> float:
    """Return the kg/d in reach of a chosen site, capacities aside."""
    reached = {int(i) for i, j in zip(problem.pairs.demand, problem.pairs.site, strict=True) if int(j) in chosen}
    return float(sum(problem.demand_kg_per_d[i] for i in sorted(reached)))
