"""What the best plan is where some vehicles need 70 MPa: every build plan and every choice of fitting, listed."""

from __future__ import annotations

import itertools
from collections.abc import Collection, Iterator, Mapping
from dataclasses import replace
from typing import Any

import numpy as np

from h2plan.problem import Problem
from tests.models import oracle_years as oracle
from tests.models.oracle_years import NOTHING, Plan

NEVER = 99
Fits = tuple[int, ...]
"""By site: the year from which its new station is fitted, NEVER where it is not."""


def with_pressure(
    problem: Problem,
    high: Collection[str],
    *,
    capex_cny: Mapping[str, float],
    yearly_cny: Mapping[str, float] | None = None,
    built: Collection[str] = (),
) -> Problem:
    """Return a problem in which some rows need 70 MPa; sizes that are not in `capex_cny` are never fitted."""
    yearly = {size: cny / 10 for size, cny in capex_cny.items()} if yearly_cny is None else yearly_cny
    sizes = replace(
        problem.sizes,
        fit_70_capex_cny=np.array([capex_cny.get(k, np.nan) for k in problem.sizes.ids]),
        fit_70_cny_per_yr=np.array([yearly.get(k, np.nan) for k in problem.sizes.ids]),
    )
    changes: dict[str, Any] = {"sizes": sizes}

    def of(year: Problem) -> Problem:
        return replace(
            year,
            sites=replace(year.sites, at_70_mpa=np.array([j in built for j in year.sites.ids])),
            at_70_mpa=np.array([i in high for i in year.demand_ids]),
            **changes,
        )

    return replace(of(problem), earlier=tuple(of(year) for year in problem.earlier))


def best(problem: Problem) -> tuple[float | None, float | None]:
    """Return the least present cost and the most kg/d served on average; None where nothing meets the limits."""
    assert problem.phasing is not None
    weights = problem.phasing.weight_yr
    least: float | None = None
    most: float | None = None
    known: dict[Any, Any] = {}
    for plan in oracle.plans(problem):
        for fits in _fits(problem, plan):
            if not _affordable(problem, plan, fits):
                continue
            cheap = [_moved(problem, plan, fits, t, known, priced=True) for t in range(len(problem.years))]
            full = [_moved(problem, plan, fits, t, known, priced=False) for t in range(len(problem.years))]
            if any(each is None for each in (*cheap, *full)):
                continue
            cost = sum(
                float(weights[t]) * (_fixed_cny(problem, plan, fits, t) + cheap[t][1]) for t in range(len(weights))
            )
            served = sum(float(w) * each[0] for w, each in zip(weights / weights.sum(), full, strict=True))
            least = cost if least is None else min(least, cost)
            most = served if most is None else max(most, served)
    return least, most


def _fits(problem: Problem, plan: Plan) -> Iterator[Fits]:
    price = problem.sizes.fit_70_capex_cny
    assert price is not None
    each = []
    for row in plan:
        first = next((t for t, k in enumerate(row) if k != NOTHING), NEVER)
        since = [t for t in range(first, len(row)) if not any(np.isnan(price[k]) for k in row[t:])] if row else []
        each.append([NEVER, *since])
    yield from itertools.product(*each)


def _spent(problem: Problem, plan: Plan, fits: Fits) -> list[float]:
    price = problem.sizes.fit_70_capex_cny
    assert price is not None
    found = []
    for t in range(len(problem.years)):
        more = 0.0
        for row, since in zip(plan, fits, strict=True):
            if t == since:
                more += price[row[t]]
            elif t > since:
                more += price[row[t]] - price[row[t - 1]]
        found.append(oracle._spent(problem, plan, t) + more)
    return found


def _affordable(problem: Problem, plan: Plan, fits: Fits) -> bool:
    assert problem.phasing is not None
    spent, budget = np.array(_spent(problem, plan, fits)), problem.phasing.budget_cny
    whole = problem.limits.budget_cny
    if whole is not None and spent.sum() > whole + 1e-6:
        return False
    if problem.phasing.carry_over:
        spent, budget = np.cumsum(spent), np.cumsum(budget)
    return bool((spent <= budget + 1e-6).all())


def _fixed_cny(problem: Problem, plan: Plan, fits: Fits, t: int) -> float:
    """Return stations, what is fitted, and the price of all demand."""
    yearly, year = problem.sizes.fit_70_cny_per_yr, problem.years[t]
    assert yearly is not None
    fitted = sum(float(yearly[row[t]]) for row, since in zip(plan, fits, strict=True) if since <= t)
    base = year.shortfall_cny_per_kg * year.operating_d_per_yr * year.total_kg_per_d
    return oracle._stations_cny_per_yr(problem, plan, t) + fitted + base


def _moved(
    problem: Problem, plan: Plan, fits: Fits, t: int, known: dict[Any, Any], *, priced: bool
) -> tuple[float, float] | None:
    year = problem.years[t]
    usable = oracle._usable_kg(problem, plan, t)
    built = year.sites.at_70_mpa
    assert built is not None
    assert year.at_70_mpa is not None
    gives = frozenset(j for j, since in enumerate(fits) if since <= t or (not plan[j] and built[j]))
    key = (t, tuple(usable.items()), gives, priced)
    if key not in known:
        pairs = year.pairs
        keep = np.array(
            [not year.at_70_mpa[i] or int(j) in gives for i, j in zip(pairs.demand, pairs.site, strict=True)]
        )
        names = ("demand", "site", "minutes", "km", "access_cny_per_kg")
        only = replace(pairs, **{name: getattr(pairs, name)[keep] for name in names})
        price = year.shortfall_cny_per_kg if priced else 1e3
        known[key] = oracle._transport(replace(year, pairs=only), usable, price_cny_per_kg=price)
    return known[key]
