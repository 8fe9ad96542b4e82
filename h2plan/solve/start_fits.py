"""A first choice of stations fitted for 70 MPa: those with such demand in reach, as soon as money is left for it."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from itertools import pairwise

import numpy as np

from h2plan.phases import Phasing
from h2plan.problem import Floats, Problem

Stations = Mapping[str, str]
"""Site id to size id of the new stations of one year."""


def fitted(problem: Problem, stations: Sequence[Stations]) -> list[frozenset[str]]:
    """Return for each year the new stations to fit; a station that is fitted stays so.

    Each is fitted in the first year in which every budget from then on still holds, most kg/d in reach first.
    """
    years = problem.years
    phasing = problem.phasing or Phasing(weight_yr=np.ones(1), budget_cny=np.full(1, np.inf))
    spent = _spent_cny(problem, phasing, stations)
    since: dict[str, int] = {}
    for site in _in_order(years, stations):
        for t in range(len(years)):
            cost = _fitting_cny(problem, stations, site, since=t)
            if cost is not None and _is_allowed(years, phasing, site, t) and _keeps(problem, phasing, spent + cost):
                since[site] = t
                spent = spent + cost
                break
    return [frozenset(site for site, first in since.items() if first <= t) for t in range(len(years))]


def fits_for(year: Problem, sites: Collection[str]) -> Callable[[str, str], bool]:
    """Return what says whether a demand row can fill at a site, new stations being fitted at these sites."""
    assert year.at_70_mpa is not None
    assert year.sites.at_70_mpa is not None
    high = {i for i, is_so in zip(year.demand_ids, year.at_70_mpa, strict=True) if is_so}
    rows = zip(year.sites.ids, year.sites.at_70_mpa, year.sites.built_kg_per_d, strict=True)
    gives = {j for j, is_so, kg in rows if is_so and not np.isnan(kg)} | set(sites)
    return lambda row, site: row not in high or site in gives


def _in_order(years: Sequence[Problem], stations: Sequence[Stations]) -> list[str]:
    """Return the sites of new stations with demand that needs 70 MPa in reach, most of it first."""
    kg: dict[str, float] = {}
    for year, chosen in zip(years, stations, strict=True):
        assert year.at_70_mpa is not None
        wanted = np.where(year.at_70_mpa, year.demand_kg_per_d, 0.0)
        in_reach = np.bincount(year.pairs.site, wanted[year.pairs.demand], minlength=len(year.sites.ids))
        for site, amount in zip(year.sites.ids, in_reach, strict=True):
            if site in chosen and amount > 0:
                kg[site] = kg.get(site, 0.0) + float(amount)
    return sorted(kg, key=lambda site: (-kg[site], site))


def _is_allowed(years: Sequence[Problem], phasing: Phasing, site: str, since: int) -> bool:
    """Say whether years that are decided have the station fitted from this year on."""
    told = [phasing.fitted.get((year.period, site)) for year in years]
    return all(is_so is None or is_so == (t >= since) for t, is_so in enumerate(told))


def _fitting_cny(problem: Problem, stations: Sequence[Stations], site: str, *, since: int) -> Floats | None:
    """Return what fitting costs by year; None where the station does not stand yet or a size is never fitted."""
    assert problem.sizes.fit_70_capex_cny is not None
    price = dict(zip(problem.sizes.ids, problem.sizes.fit_70_capex_cny.tolist(), strict=True))
    so_far = [0.0] * since + [price[chosen[site]] if site in chosen else np.nan for chosen in stations[since:]]
    return None if np.isnan(so_far).any() else np.diff(so_far, prepend=0.0)


def _spent_cny(problem: Problem, phasing: Phasing, stations: Sequence[Stations]) -> Floats:
    """Return what the stations themselves cost by year, upgrades with their premium."""
    capex = dict(zip(problem.sizes.ids, problem.sizes.capex_cny.tolist(), strict=True))
    sites = problem.sites
    share = np.ones(len(sites.ids)) if sites.build_share is None else sites.build_share
    part = dict(zip(sites.ids, share.tolist(), strict=True))
    spent = []
    for before, now in pairwise([{}, *stations]):
        opened = sum(part[j] * capex[k] for j, k in now.items() if j not in before)
        grown = sum(part[j] * max(0.0, capex[k] - capex[before[j]]) for j, k in now.items() if j in before)
        spent.append(opened + (1 + phasing.upgrade_premium_share) * grown)
    return np.array(spent)


def _keeps(problem: Problem, phasing: Phasing, spent_cny: Floats) -> bool:
    """Say whether the budgets of all years hold."""
    whole = problem.limits.budget_cny
    if whole is not None and spent_cny.sum() > whole:
        return False
    if phasing.carry_over:
        return bool((np.cumsum(spent_cny) <= np.cumsum(phasing.budget_cny)).all())
    return bool((spent_cny <= phasing.budget_cny).all())
