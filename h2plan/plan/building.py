"""What is built in each year of a plan, and its money: capital, annuities, budgets, present value."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Literal

from h2plan.costs import annuity
from h2plan.domain import SizeEquipment, StationSize
from h2plan.extending import Step, steps
from h2plan.phases import Phasing
from h2plan.plan.network_rows import Build, YearMoney
from h2plan.plan.results import YearPlan
from h2plan.prepare import Prepared
from h2plan.problem import BUILT, YearDecisions


@dataclass(frozen=True, slots=True, kw_only=True)
class SiteCapital:
    """What the new station of one site has cost up to some year."""

    opens: int
    """The year in which it opened."""
    opened_size: str
    size: str
    spent_cny: float
    """New capital of the year itself."""
    capex_cny: float
    """New capital of all years so far."""
    annual_cost_cny_per_yr: float
    """Annuity, operation and land, the annuity of an upgrade's premium and the cost of 70 MPa included."""
    fitted_yr: int | None
    """The year in which it was fitted for 70 MPa."""
    fit_cny: float
    """Capital of 70 MPa in all years so far; part of `capex_cny`."""


def capital_by_year(prepared: Prepared, decisions: Sequence[YearDecisions]) -> tuple[Mapping[str, SiteCapital], ...]:
    """Return for each year what every new station that stands has cost so far."""
    prices = _prices(prepared)
    grown = steps(prepared.problem)
    found: list[dict[str, SiteCapital]] = []
    for year in decisions:
        before = found[-1] if found else {}
        new = {j: size for j, size in year.open.items() if size != BUILT}
        found.append(
            {
                j: _extension(prices, grown, before.get(j), site=j, size=size, period=year.period)
                if (j, size) in grown
                else _one(prices, before.get(j), site=j, size=size, decisions=year)
                for j, size in new.items()
            }
        )
    return tuple(found)


def build_share(prepared: Prepared) -> Mapping[str, float]:
    """Return what a station costs at each site as a share of its size's capital cost."""
    sites = prepared.problem.sites
    if sites.build_share is None:
        return dict.fromkeys(sites.ids, 1.0)
    return dict(zip(sites.ids, sites.build_share.tolist(), strict=True))


@dataclass(frozen=True, slots=True, kw_only=True)
class _Prices:
    """What decides the cost of a new station."""

    sizes: Mapping[str, StationSize]
    annuity_cny_per_yr: Mapping[str, float]
    """By size."""
    land_cny_per_yr: Mapping[str, float]
    """By site."""
    share: Mapping[str, float]
    """By site."""
    premium: float
    equipment: Mapping[str, SizeEquipment]
    """By size; empty where pressure is set aside."""
    rate: float


def _prices(prepared: Prepared) -> _Prices:
    phasing = prepared.problem.phasing
    return _Prices(
        sizes={size.id: size for size in prepared.sizes},
        annuity_cny_per_yr={
            size.id: prepared.size_cost_cny_per_yr[size.id] - size.opex_cny_per_yr for size in prepared.sizes
        },
        land_cny_per_yr={site.id: site.land_cny_per_yr for site in prepared.screening.kept},
        share=build_share(prepared),
        premium=0.0 if phasing is None else phasing.upgrade_premium_share,
        equipment=prepared.equipment,
        rate=prepared.project.scenario.finance.discount_rate,
    )


def _one(prices: _Prices, before: SiteCapital | None, *, site: str, size: str, decisions: YearDecisions) -> SiteCapital:
    now = _capital(prices, before, site=site, size=size, period=decisions.period)
    return _fitted(prices, before, now, site=site, decisions=decisions)


def _capital(prices: _Prices, before: SiteCapital | None, *, site: str, size: str, period: int) -> SiteCapital:
    """Open a station, leave it as it is, or upgrade it at (1 + premium) times the difference in capital cost.

    A station that shrinks gives nothing back; what it costs a year follows what stands.
    """
    sizes, share, yearly = prices.sizes, prices.share[site], prices.annuity_cny_per_yr
    if before is None:
        opened, spent, so_far = size, share * sizes[size].capex_cny, 0.0
    else:
        opened, so_far = before.opened_size, before.capex_cny
        more = share * (sizes[size].capex_cny - sizes[before.size].capex_cny)
        spent = (1 + prices.premium) * max(0.0, more)
    running = sizes[size].opex_cny_per_yr + prices.land_cny_per_yr[site]
    grown = yearly[size] - yearly[opened]
    return SiteCapital(
        opens=period if before is None else before.opens,
        opened_size=opened,
        size=size,
        spent_cny=spent,
        capex_cny=so_far + spent,
        annual_cost_cny_per_yr=share * (yearly[size] + prices.premium * grown) + running,
        fitted_yr=None,
        fit_cny=0.0,
    )


def _fitted(
    prices: _Prices, before: SiteCapital | None, now: SiteCapital, *, site: str, decisions: YearDecisions
) -> SiteCapital:
    """Add what 70 MPa costs where a station is fitted: its capital once, the difference where the station grows."""
    if site not in decisions.at_70_mpa:
        return now
    of = prices.equipment[now.size]
    assert of.fit_70_capex_cny is not None
    assert of.fit_70_opex_cny_per_yr is not None
    paid = 0.0 if before is None else before.fit_cny
    more = of.fit_70_capex_cny - paid
    yearly = of.fit_70_capex_cny * annuity(prices.rate, prices.sizes[now.size].life_yr) + of.fit_70_opex_cny_per_yr
    return replace(
        now,
        spent_cny=now.spent_cny + more,
        capex_cny=now.capex_cny + more,
        annual_cost_cny_per_yr=now.annual_cost_cny_per_yr + yearly,
        fitted_yr=decisions.period if before is None or before.fitted_yr is None else before.fitted_yr,
        fit_cny=of.fit_70_capex_cny,
    )


def _extension(
    prices: _Prices,
    grown: Mapping[tuple[str, str], Step],
    before: SiteCapital | None,
    *,
    site: str,
    size: str,
    period: int,
) -> SiteCapital:
    """Extend a standing station, or leave it as extended before: (1 + premium) times the difference to what it had."""
    step = grown[site, size]
    had = 0.0 if before is None else grown[site, before.size].capex_cny
    spent = (1 + prices.premium) * max(0.0, step.capex_cny - had)
    return SiteCapital(
        opens=period,
        opened_size=BUILT,
        size=size,
        spent_cny=spent,
        capex_cny=spent + (0.0 if before is None else before.capex_cny),
        annual_cost_cny_per_yr=(1 + prices.premium) * step.annuity_cny_per_yr + step.opex_cny_per_yr,
        fitted_yr=None,
        fit_cny=0.0,
    )


def builds(prepared: Prepared, decisions: Sequence[YearDecisions]) -> tuple[Build, ...]:
    """Name everything that is opened, upgraded or closed, by year and site."""
    capital = capital_by_year(prepared, decisions)
    sites = {site.id: site for site in prepared.screening.kept}
    capacity = {size.id: size.capacity_kg_per_d for size in prepared.sizes}
    phasing = prepared.problem.phasing
    before: Mapping[str, SiteCapital] = {}
    rows: list[Build] = []
    for now, year in zip(capital, decisions, strict=True):
        for name in sorted(before.keys() | now.keys()):
            old, new = before.get(name), now.get(name)
            site = sites[name]
            stood = BUILT if site.is_built else ""
            old_size, new_size = stood if old is None else old.size, stood if new is None else new.size
            is_fitted = new is not None and new.fitted_yr == year.period
            if old_size == new_size and not is_fitted:
                continue
            had = capacity.get(old_size, 0.0) if old_size != BUILT else site.built_kg_per_d or 0.0
            added = capacity.get(new_size, 0.0) - had
            rows.append(
                Build(
                    period=year.period,
                    what="extend" if site.is_built else _what(old_size, new_size),
                    site_id=name,
                    name=site.name,
                    name_en=site.name_en,
                    district=site.district,
                    size_before=old_size,
                    size_after=new_size,
                    capacity_added_kg_per_d=added,
                    capex_cny=0.0 if new is None else new.spent_cny,
                    frozen=phasing is not None and (year.period, name) in phasing.frozen,
                )
            )
        before = now
    return tuple(rows)


def _what(before: str, after: str) -> Literal["open", "upgrade", "close", "fit"]:
    if not after:
        return "close"
    if before == after:
        return "fit"
    return "upgrade" if before else "open"


def money(prepared: Prepared, years: Sequence[YearPlan], built: Sequence[Build]) -> tuple[YearMoney, ...]:
    """Add up the money of every year: what it may spend, what it spends, what is left, and its cost today."""
    phasing = prepared.problem.phasing
    assert phasing is not None
    rows: list[YearMoney] = []
    left = 0.0
    for t, year in enumerate(years):
        spent = math.fsum(row.capex_cny for row in built if row.period == year.period)
        carried = left if phasing.carry_over else 0.0
        left, weight = carried + float(phasing.budget_cny[t]) - spent, float(phasing.weight_yr[t])
        rows.append(_money(phasing, t, year, carried=carried, spent=spent, left=left, weight=weight))
    return tuple(rows)


def _money(
    phasing: Phasing, t: int, year: YearPlan, *, carried: float, spent: float, left: float, weight: float
) -> YearMoney:
    is_limited = math.isfinite(left)
    annual = year.figures.annual_cost_cny_per_yr
    return YearMoney(
        period=year.period,
        budget_cny=float(phasing.budget_cny[t]) if is_limited else None,
        carried_cny=carried if is_limited else None,
        spent_cny=spent,
        left_cny=left if is_limited else None,
        annual_cost_cny_per_yr=annual,
        supply_cost_cny_per_yr=year.figures.supply_cost_cny_per_yr or 0.0,
        weight_yr=weight,
        present_value_cny=weight * annual,
    )
