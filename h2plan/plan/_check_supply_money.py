"""The money of supply computed anew: hydrogen bought and brought, centres, laid links, and what is new in a year."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from h2plan.plan._check_case import Case
from h2plan.plan._check_chain import ON_SITE, recovery
from h2plan.plan._check_finding import Finding, equal, holds
from h2plan.plan._check_supply import read_chain
from h2plan.plan._check_travel import Travel, measure_anew
from h2plan.plan.network_rows import Build

Key = tuple[str, ...]
"""A centre by id, or a link by origin, destination and mode."""


@dataclass(frozen=True, slots=True, kw_only=True)
class SupplyMoney:
    """What supply costs in one year."""

    cny_per_yr: float
    other_cny_per_yr: float | None
    """By the second fit of what delivery costs; None where no mode has one."""
    capex_cny: float
    trailers: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Laid:
    """A new centre, or a link with a capital cost, that is there in a year."""

    what: str
    site_id: str
    name: str
    name_en: str
    district: str
    size_after: str
    kg_per_d: float
    capex_cny: float


def supply_money(case: Case, travel: Travel) -> SupplyMoney | None:
    """Add up what supply costs a year; None where it is no part of the model."""
    return case.once(("supply", case.plan.period), lambda: _add_up(case, travel))


def _add_up(case: Case, travel: Travel) -> SupplyMoney | None:
    chain = read_chain(case)
    if chain is None:
        return None
    days, rate = case.scenario.finance.operating_d_per_yr, case.scenario.finance.discount_rate
    kept: list[float] = []
    moved, other, trailers = [], [], []
    for row in case.plan.deliveries:
        known = chain.priced(case, travel, row)
        source = chain.sells.get(row.origin)
        bought = 0.0 if source is None else row.kg_per_d * source.price_cny_per_kg
        if known is not None:
            _, terms = known
            moved.append(bought + row.kg_per_d * terms.cny_per_kg)
            other.append(bought + row.kg_per_d * terms.other_cny_per_kg)
            kept.append(terms.fixed_cny_per_yr)
            trailers.append(row.kg_per_d * terms.trailers_per_kg_per_d)
    for centre in case.plan.centres:
        place = chain.places.get(centre.site_id)
        if place is not None and place.built == "no":
            kept.append(place.capex_cny * recovery(rate, place.life_yr) + place.opex_cny_per_yr)
    return SupplyMoney(
        cny_per_yr=days * math.fsum(moved) + math.fsum(kept),
        other_cny_per_yr=days * math.fsum(other) + math.fsum(kept) if any(way.other for way in chain.ways) else None,
        capex_cny=math.fsum(entry.capex_cny for entry in laid(case).values()),
        trailers=math.fsum(trailers),
    )


def laid(case: Case) -> Mapping[Key, Laid]:
    """New centres, and links with a capital cost, that are there in the year of the case."""
    return case.once(("laid", case.plan.period), lambda: dict(_laid(case)))


def _laid(case: Case) -> Iterator[tuple[Key, Laid]]:
    chain = read_chain(case)
    if chain is None:
        return
    for centre in case.plan.centres:
        place = chain.places.get(centre.site_id)
        if place is not None and place.built == "no":
            yield (
                (place.id,),
                Laid(
                    what="centre",
                    site_id=place.id,
                    name=place.name,
                    name_en=place.name_en,
                    district=place.district,
                    size_after="",
                    kg_per_d=place.capacity_kg_per_d,
                    capex_cny=place.capex_cny,
                ),
            )
    for row in case.plan.deliveries:
        known = chain.priced(case, measure_anew(case), row)
        if known is not None and known[1].capex_cny > 0:
            name = row.destination if row.mode == ON_SITE else f"{row.origin} → {row.destination}"
            yield (
                (row.origin, row.destination, row.mode),
                Laid(
                    what="link",
                    site_id=row.destination,
                    name=name,
                    name_en=name,
                    district="",
                    size_after=row.mode,
                    kg_per_d=known[1].max_kg_per_d,
                    capex_cny=known[1].capex_cny,
                ),
            )


def new_in(case: Case) -> Mapping[Key, Laid]:
    """Those of them that were not there in any earlier year."""
    before = {key for year in case.whole.periods if year < case.plan.period for key in laid(case.in_year(year))}
    return {key: entry for key, entry in laid(case).items() if key not in before}


def supply_spent(case: Case) -> float:
    """New capital of supply in the year of the case."""
    return math.fsum(entry.capex_cny for entry in new_in(case).values())


def supply_builds_told(case: Case) -> Iterator[Finding]:
    """Each new centre and laid link is in the list of what is built in its first year, and nothing else is."""
    rows = [row for row in case.whole.builds if row.what in ("centre", "link") and row.period == case.plan.period]
    told = sorted((_told(row) for row in rows), key=str)
    wanted = sorted((_wanted(entry) for entry in new_in(case).values()), key=str)
    yield holds("centres and links built: as the deliveries say", [row[:2] for row in told] == [w[:2] for w in wanted])
    for (said, at, capex, kg), (named, _, capex_wanted, kg_wanted) in zip(told, wanted, strict=False):
        if said == named:
            yield equal(f"{at}: capex_cny", capex, capex_wanted)
            yield equal(f"{at}: capacity", kg, kg_wanted)


def _told(row: Build) -> tuple[tuple[str, ...], str, float, float]:
    said = (row.what, row.site_id, row.name, row.name_en, row.district, row.size_before, row.size_after)
    return said, row.site_id, row.capex_cny, row.capacity_added_kg_per_d


def _wanted(entry: Laid) -> tuple[tuple[str, ...], str, float, float]:
    said = (entry.what, entry.site_id, entry.name, entry.name_en, entry.district, "", entry.size_after)
    return said, entry.site_id, entry.capex_cny, entry.kg_per_d


def supply_figures(
    case: Case, travel: Travel, *, station_cny_per_yr: float, served_kg_per_d: float
) -> Iterator[Finding]:
    """The figures of supply; none where it is no part of the model."""
    figures, money = case.plan.figures, supply_money(case, travel)
    kg_per_yr = served_kg_per_d * case.scenario.finance.operating_d_per_yr
    cost = None if money is None else money.cny_per_yr
    per_kg = None if cost is None or not kg_per_yr else cost / kg_per_yr
    lcoh = None if cost is None or not kg_per_yr else (station_cny_per_yr + cost) / kg_per_yr
    wanted = {
        "supply_cost_cny_per_yr": (figures.supply_cost_cny_per_yr, cost),
        "supply_cost_other_cny_per_yr": (
            figures.supply_cost_other_cny_per_yr,
            None if money is None else money.other_cny_per_yr,
        ),
        "supply_capex_cny": (figures.supply_capex_cny, None if money is None else money.capex_cny),
        "supply_cost_cny_per_kg": (figures.supply_cost_cny_per_kg, per_kg),
        "lcoh_cny_per_kg": (figures.lcoh_cny_per_kg, lcoh),
        "trailers": (figures.trailers, None if money is None else money.trailers),
    }
    for name, (told, anew) in wanted.items():
        yield holds(f"{name}: given", (told is None) == (anew is None))
        if told is not None and anew is not None:
            yield equal(name, told, anew)
