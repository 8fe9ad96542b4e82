"""A first plan of several years by greedy choice, year after year: what stands stays as it is."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Literal

import numpy as np

from h2plan.phases import Phasing
from h2plan.problem import Problem
from h2plan.solve.start import capex_cny, greedy

SizesAt = Mapping[str, tuple[str, ...]]


def greedy_years(
    years: Sequence[Problem], phasing: Phasing, sizes_at: Sequence[SizesAt], *, aim: Literal["coverage", "cost"]
) -> list[dict[str, str]]:
    """Return the new stations of every year, site id to size id, within counts and budgets; nothing is upgraded."""
    site_at = {name: n for n, name in enumerate(years[-1].sites.ids)}
    size_at = {name: n for n, name in enumerate(years[-1].sizes.ids)}
    chosen: dict[str, str] = {}
    found: list[dict[str, str]] = []
    whole = np.inf if years[-1].limits.budget_cny is None else years[-1].limits.budget_cny
    spent, left = 0.0, 0.0
    for t, (year, allowed) in enumerate(zip(years, sizes_at, strict=True)):
        left = min((left if phasing.carry_over else 0.0) + float(phasing.budget_cny[t]), whole - spent)
        before, decided = chosen, _decided(phasing, year.period)
        if decided is None:
            alone = standing(year, chosen, budget_cny=None if np.isinf(left) else left)
            free = {j: sizes for j, sizes in allowed.items() if j not in chosen}
            chosen = {**chosen, **greedy(alone, free, aim=aim)}
        else:
            chosen = decided
        worth = [sum(capex_cny(year, site_at[j], size_at[k]) for j, k in each.items()) for each in (before, chosen)]
        spent, left = spent + worth[1] - worth[0], left - worth[1] + worth[0]
        found.append(dict(chosen))
    return found


def _decided(phasing: Phasing, period: int) -> dict[str, str] | None:
    """Return the new stations that are decided for a period; None where it is not decided."""
    of_period = {j: size for (year, j), size in phasing.frozen.items() if year == period}
    return {j: size for j, size in of_period.items() if size} if of_period else None


def standing(year: Problem, chosen: Mapping[str, str], *, budget_cny: float | None) -> Problem:
    """Return a year as a problem of its own in which the stations chosen before stand already."""
    capacity = dict(zip(year.sizes.ids, year.sizes.capacity_kg_per_d.tolist(), strict=True))
    built = [
        capacity[chosen[j]] if j in chosen else kg
        for j, kg in zip(year.sites.ids, year.sites.built_kg_per_d, strict=True)
    ]
    sites = replace(year.sites, built_kg_per_d=np.array(built, dtype=np.float64))
    return replace(year, sites=sites, limits=replace(year.limits, budget_cny=budget_cny), earlier=(), phasing=None)
