"""What the best plan is where stations give no more in their busiest hour than they can: every build plan, listed."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

import numpy as np
from scipy.optimize import linprog

from h2plan.problem import Problem
from tests.models import oracle_years as oracle
from tests.models.oracle_years import NOTHING, Plan


def with_hours(
    problem: Problem, share: Mapping[str, float], *, peak: Mapping[str, float], built: Mapping[str, float] | None = None
) -> Problem:
    """Return a problem in which row i takes `share[i]` of its day in its busiest hour; a size gives `peak[k]` kg/h."""
    sizes = replace(problem.sizes, peak_kg_per_h=np.array([peak[k] for k in problem.sizes.ids]))
    known = built or {}

    def of(year: Problem) -> Problem:
        return replace(
            year,
            sizes=sizes,
            sites=replace(year.sites, built_peak_kg_per_h=np.array([known.get(j, np.nan) for j in year.sites.ids])),
            peak_kg_per_h=year.demand_kg_per_d * np.array([share[i] for i in year.demand_ids]),
        )

    return replace(of(problem), earlier=tuple(of(year) for year in problem.earlier))


def best(problem: Problem) -> tuple[float | None, float | None]:
    """Return the least present cost and the most kg/d served on average; None where nothing meets the limits."""
    assert problem.phasing is not None
    weights = problem.phasing.weight_yr
    least: float | None = None
    most: float | None = None
    for plan in oracle.plans(problem):
        cheap = [_moved(problem, plan, t, priced=True) for t in range(len(problem.years))]
        full = [_moved(problem, plan, t, priced=False) for t in range(len(problem.years))]
        cost, served = 0.0, 0.0
        for t, year in enumerate(problem.years):
            one, other = cheap[t], full[t]
            if one is None or other is None:
                break
            base = year.shortfall_cny_per_kg * year.operating_d_per_yr * year.total_kg_per_d
            cost += float(weights[t]) * (oracle._stations_cny_per_yr(problem, plan, t) + one[1] + base)
            served += float(weights[t] / weights.sum()) * other[0]
        else:
            least = cost if least is None else min(least, cost)
            most = served if most is None else max(most, served)
    return least, most


def _moved(problem: Problem, plan: Plan, t: int, *, priced: bool) -> tuple[float, float] | None:
    year = problem.years[t]
    usable, pairs = oracle._usable_kg(problem, plan, t), year.pairs
    floor = (year.limits.served_share_min or 0.0) * year.total_kg_per_d
    use = [n for n in range(len(pairs.demand)) if pairs.site[n] in usable and year.demand_kg_per_d[pairs.demand[n]] > 0]
    if not use:
        return (0.0, 0.0) if floor <= 1e-9 else None
    assert year.peak_kg_per_h is not None
    kg, hour = year.demand_kg_per_d[pairs.demand[use]], year.peak_kg_per_h[pairs.demand[use]]
    price = year.shortfall_cny_per_kg if priced else 1e3
    cost = kg * year.operating_d_per_yr * (pairs.access_cny_per_kg[use] - price) / 1e4
    rows = [(pairs.demand[use] == i).astype(float) for i in range(len(year.demand_ids))]
    rows += [np.where(pairs.site[use] == j, kg, 0.0) for j in usable]
    rows += [np.where(pairs.site[use] == j, hour, 0.0) for j in usable]
    right = [*[1.0] * len(year.demand_ids), *usable.values(), *(_peak(year, plan, t, j) for j in usable), -floor]
    found = linprog(cost, A_ub=np.array([*rows, -kg]), b_ub=right, bounds=(0, 1), method="highs")
    return (float(kg @ found.x), float(found.fun) * 1e4) if found.status == 0 else None


def _peak(year: Problem, plan: Plan, t: int, site: int) -> float:
    assert year.sizes.peak_kg_per_h is not None
    assert year.sites.built_peak_kg_per_h is not None
    row = plan[site]
    if not row:
        return float(year.sites.built_peak_kg_per_h[site])
    return 0.0 if row[t] == NOTHING else float(year.sizes.peak_kg_per_h[row[t]])
