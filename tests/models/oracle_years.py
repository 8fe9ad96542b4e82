"""What the best plan of several years is: every build plan is listed, the transport problem of each year solved."""

from __future__ import annotations

import itertools
import math
from collections.abc import Iterator, Mapping, Sequence

import numpy as np
from scipy.optimize import linprog

from h2plan.problem import Problem

NOTHING = -1
Plan = tuple[tuple[int, ...], ...]
"""By site: the size that stands there in each year, NOTHING where none does. A site with a station has () instead, or
NOTHING while it stands as it did and then the sizes to which it is extended."""


def plans(problem: Problem) -> Iterator[Plan]:
    """Yield every build plan within counts, budgets, approvals and decisions."""
    yield from (plan for plan in itertools.product(*_sequences(problem)) if _is_allowed(problem, plan))


def count_plans(problem: Problem) -> int:
    """Return how many build plans there are before counts and budgets are looked at."""
    return math.prod(len(of_site) for of_site in _sequences(problem))


def _sequences(problem: Problem) -> list[list[tuple[int, ...]]]:
    sites, phasing, years = problem.sites, problem.phasing, problem.years
    assert phasing is not None
    found: list[list[tuple[int, ...]]] = []
    for j, name in enumerate(sites.ids):
        if not np.isnan(sites.built_kg_per_d[j]):
            found.append(_extensions(problem, j))
            continue
        fitting = [k for k, kg in enumerate(problem.sizes.capacity_kg_per_d) if kg <= sites.max_kg_per_d[j]]
        first = int(phasing.opens_from[j]) if len(phasing.opens_from) else 0
        each = [[NOTHING, *(fitting if t >= first and not sites.forbidden[j] else [])] for t in range(len(years))]
        rows = [row for row in itertools.product(*each) if _may_follow(problem, row)]
        decided = {t: phasing.frozen.get((year.period, name)) for t, year in enumerate(years)}
        names = ("", *problem.sizes.ids)
        rows = [row for row in rows if all(size is None or names[row[t] + 1] == size for t, size in decided.items())]
        found.append([row for row in rows if not sites.required[j] or row[-1] != NOTHING])
    return found


def _extensions(problem: Problem, j: int) -> list[tuple[int, ...]]:
    """What may become of a standing station: by year its size of the menu, NOTHING while it stands as it did."""
    largest, built = problem.sites.extends_to_kg_per_d, problem.sites.built_kg_per_d[j]
    assert problem.phasing is not None
    if largest is None:
        return [()]
    fitting = [k for k, kg in enumerate(problem.sizes.capacity_kg_per_d) if built < kg <= largest[j]]
    years = problem.years
    rows = list(itertools.product([NOTHING, *fitting], repeat=len(years)))
    decided = [problem.phasing.frozen.get((year.period, problem.sites.ids[j])) for year in years]
    names = ("", *problem.sizes.ids)
    return [
        row
        for row in rows
        if all(later >= before for before, later in itertools.pairwise(row))
        and all(size is None or names[k + 1] == size for k, size in zip(row, decided, strict=True))
    ]


def _stands(problem: Problem, j: int) -> bool:
    return not np.isnan(problem.sites.built_kg_per_d[j])


def _worth(problem: Problem, j: int, k: int, values: Sequence[float]) -> float:
    """What a size of the menu is worth; NOTHING at a standing station: on the line between sizes, from nothing at 0."""
    if k != NOTHING:
        return float(values[k])
    kg, at = problem.sizes.capacity_kg_per_d, float(problem.sites.built_kg_per_d[j])
    low = max((n for n in range(len(kg)) if kg[n] <= at), default=None)
    start, base = (0.0, 0.0) if low is None else (float(kg[low]), float(values[low]))
    high = 0 if low is None else min(low + 1, len(kg) - 1)
    if kg[high] <= at:
        return float(values[high])
    return base + (float(values[high]) - base) * (at - start) / (float(kg[high]) - start)


def _may_follow(problem: Problem, row: tuple[int, ...]) -> bool:
    assert problem.phasing is not None
    shrinks = any(later < before for before, later in itertools.pairwise(row))
    grows = any(later > before != NOTHING for before, later in itertools.pairwise(row))
    return (problem.phasing.closing or not shrinks) and (problem.phasing.upgrades or not grows)


def _is_allowed(problem: Problem, plan: Plan) -> bool:
    phasing = problem.phasing
    assert phasing is not None
    spent = [_spent(problem, plan, t) for t in range(len(problem.years))]
    whole = problem.limits.budget_cny
    if whole is not None and sum(spent) > whole + 1e-6:
        return False
    for t, year in enumerate(problem.years):
        count = sum(_stands(problem, j) or row[t] != NOTHING for j, row in enumerate(plan)) + year.limits.unplaced_built
        if not (year.limits.stations_min or 0) <= count <= (year.limits.stations_max or count):
            return False
        has, given = (
            (spent[: t + 1], phasing.budget_cny[: t + 1]) if phasing.carry_over else ([spent[t]], phasing.budget_cny[t])
        )
        if sum(has) > float(np.sum(given)) + 1e-6:
            return False
    return True


def _share(problem: Problem, j: int) -> float:
    return 1.0 if problem.sites.build_share is None else float(problem.sites.build_share[j])


def _spent(problem: Problem, plan: Plan, t: int) -> float:
    """New capital of one year: what opens, and (1 + premium) times the difference of what grows."""
    assert problem.phasing is not None
    capex, total = problem.sizes.capex_cny, 0.0
    for j, row in enumerate(plan):
        if not row or row[t] == NOTHING:
            continue
        before = row[t - 1] if t else NOTHING
        if _stands(problem, j):
            more = _worth(problem, j, row[t], capex) - _worth(problem, j, before, capex)
            total += _share(problem, j) * (1 + problem.phasing.upgrade_premium_share) * more
            continue
        if before == NOTHING:
            total += _share(problem, j) * capex[row[t]]
        elif row[t] > before:
            total += _share(problem, j) * (1 + problem.phasing.upgrade_premium_share) * (capex[row[t]] - capex[before])
    return total


def _stations_cny_per_yr(problem: Problem, plan: Plan, t: int) -> float:
    """Annuity, operation and land of what stands, and the annuity of the premium that its upgrades have cost."""
    assert problem.phasing is not None
    sizes, premium, total = problem.sizes, problem.phasing.upgrade_premium_share, 0.0
    annuity = sizes.annual_cost_cny_per_yr - sizes.opex_cny_per_yr
    for j, row in enumerate(plan):
        if not row or row[t] == NOTHING:
            continue
        if _stands(problem, j):
            more = _worth(problem, j, row[t], annuity) - _worth(problem, j, NOTHING, annuity)
            total += _share(problem, j) * (1 + premium) * more
            total += sizes.opex_cny_per_yr[row[t]] - _worth(problem, j, NOTHING, sizes.opex_cny_per_yr)
            continue
        steps = [(a, b) for a, b in itertools.pairwise(row[: t + 1]) if b > a != NOTHING]
        grown = sum(annuity[b] - annuity[a] for a, b in steps) if not problem.phasing.closing else 0.0
        total += _share(problem, j) * (annuity[row[t]] + premium * grown)
        total += sizes.opex_cny_per_yr[row[t]] + problem.sites.land_cny_per_yr[j]
    return float(total)


def _usable_kg(problem: Problem, plan: Plan, t: int) -> dict[int, float]:
    """What each site may dispense in a year: each part of its capacity by the years that it has stood."""
    assert problem.phasing is not None
    u, share = problem.years[t].limits.utilisation_max, problem.phasing.usable_share
    kg = (*problem.sizes.capacity_kg_per_d.tolist(), 0.0)
    found: dict[int, float] = {}
    for j, row in enumerate(plan):
        if _stands(problem, j):
            stood = float(problem.sites.built_kg_per_d[j])
            has = [0.0, *(0.0 if k == NOTHING else kg[k] - stood for k in row[: t + 1])]
            more = sum(u * float(share[at, t]) * (b - a) for at, (a, b) in enumerate(itertools.pairwise(has)))
            found[j] = u * problem.phasing.standing_share * stood + more
        elif row[t] != NOTHING:
            before = (NOTHING, *row[: t + 1])
            found[j] = sum(
                u * float(share[at, t]) * (kg[later] - kg[earlier])
                for at, (earlier, later) in enumerate(itertools.pairwise(before))
            )
    return found


def _transport(year: Problem, usable: Mapping[int, float], *, price_cny_per_kg: float) -> tuple[float, float] | None:
    """Return (served kg/d, yearly cost of the ways less the price of what is served); None where a floor is missed."""
    floor = (year.limits.served_share_min or 0.0) * year.total_kg_per_d
    pairs = year.pairs
    use = [n for n in range(len(pairs.demand)) if pairs.site[n] in usable and year.demand_kg_per_d[pairs.demand[n]] > 0]
    if not use:
        return (0.0, 0.0) if floor <= 1e-9 else None
    kg = year.demand_kg_per_d[pairs.demand[use]]
    cost = kg * year.operating_d_per_yr * (pairs.access_cny_per_kg[use] - price_cny_per_kg) / 1e4
    rows = [(pairs.demand[use] == i).astype(float) for i in range(len(year.demand_ids))]
    rows += [np.where(pairs.site[use] == j, kg, 0.0) for j in usable]
    right = [*[1.0] * len(year.demand_ids), *usable.values(), -floor]
    found = linprog(cost, A_ub=np.array([*rows, -kg]), b_ub=right, bounds=(0, 1), method="highs")
    return (float(kg @ found.x), float(found.fun) * 1e4) if found.status == 0 else None


class Years:
    """The transport problems of a problem's years, each solved once."""

    def __init__(self, problem: Problem, *, price_cny_per_kg: float) -> None:
        self._problem, self._price = problem, price_cny_per_kg
        self._known: dict[tuple[int, tuple[tuple[int, float], ...]], tuple[float, float] | None] = {}

    def moved(self, plan: Plan, t: int) -> tuple[float, float] | None:
        usable = _usable_kg(self._problem, plan, t)
        key = (t, tuple(usable.items()))
        if key not in self._known:
            self._known[key] = _transport(self._problem.years[t], usable, price_cny_per_kg=self._price)
        return self._known[key]


def least_present_cost(problem: Problem) -> float | None:
    """Return the least cost in the first year's money."""
    assert problem.phasing is not None
    years, weights = Years(problem, price_cny_per_kg=problem.shortfall_cny_per_kg), problem.phasing.weight_yr
    best: float | None = None
    for plan in plans(problem):
        moved = [years.moved(plan, t) for t in range(len(problem.years))]
        if any(of_year is None for of_year in moved):
            continue
        cost = 0.0
        for t, (year, of_year) in enumerate(zip(problem.years, moved, strict=True)):
            assert of_year is not None
            base = year.shortfall_cny_per_kg * year.operating_d_per_yr * year.total_kg_per_d
            cost += float(weights[t]) * (_stations_cny_per_yr(problem, plan, t) + of_year[1] + base)
        best = cost if best is None else min(best, cost)
    return best


def most_served(problem: Problem) -> float | None:
    """Return the most kg/d that a plan can serve, as the mean of the years weighted by how long they last."""
    assert problem.phasing is not None
    years, weights = Years(problem, price_cny_per_kg=1e3), problem.phasing.weight_yr / problem.phasing.weight_yr.sum()
    best: float | None = None
    for plan in plans(problem):
        moved = [years.moved(plan, t) for t in range(len(problem.years))]
        if all(of_year is not None for of_year in moved):
            served = sum(float(weight) * of_year[0] for weight, of_year in zip(weights, moved, strict=True) if of_year)
            best = served if best is None else max(best, served)
    return best
