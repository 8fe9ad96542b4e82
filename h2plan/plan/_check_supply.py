"""Supply: every kilogram dispensed was delivered, every kilogram delivered was for sale, by ways that exist."""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise

import numpy as np

from h2plan.geo.layers import read_areas, signed_distances_m
from h2plan.plan._check_case import Case
from h2plan.plan._check_chain import (
    ON_SITE,
    Priced,
    Way,
    centres,
    chain_of,
    for_sale_kg_per_d,
    outputs,
    priced,
    recovery,
    ways,
)
from h2plan.plan._check_finding import Finding, at_least, at_most, equal, holds
from h2plan.plan._check_travel import Travel
from h2plan.plan._check_years import named
from h2plan.plan.network_rows import Centre, SupplyFlow
from h2plan.scenario_supply import ChainSection
from h2plan.tables.rows import SourceOutputRow, StorageCentreRow


@dataclass(frozen=True, kw_only=True)
class Chain:
    """The tables of supply as of one year, and what they say of each delivery of the plan."""

    section: ChainSection
    sells: Mapping[str, SourceOutputRow]
    places: Mapping[str, StorageCentreRow]
    ways: Sequence[Way]

    def sends(self, origin: str, mode: str) -> bool:
        """Whether a source can send so; a centre sends by any mode."""
        return origin in self.places or (origin in self.sells and mode in self.sells[origin].modes)

    def among_nearest(self, travel: Travel, origin: str, destination: str, mode: str) -> bool:
        """Only so many nearest origins a destination and mode are offered, where the scenario says how many."""
        most = self.section.nearest
        if most is None or mode == ON_SITE:
            return True
        to_centre = destination in self.places
        way = next((way for way in self.ways if way.mode.mode == mode and way.takes(to_centre=to_centre)), None)
        offered = sorted(
            (km, other)
            for (other, end), km in travel.chain_km.items()
            if end == destination != other
            and self.sends(other, mode)
            and not (to_centre and other in self.places)
            and way is not None
            and km <= way.mode.radius_km
        )
        return origin in {other for _, other in offered[:most]}

    def standing(self, case: Case, travel: Travel) -> Mapping[tuple[str, str, str], float]:
        """Every way between what stands that may carry hydrogen, laid where it must be, with the most it carries."""
        stations = [station.site_id for station in case.plan.stations]
        centres = {centre.site_id for centre in case.plan.centres}
        used = {(row.origin, row.destination, row.mode) for row in case.plan.deliveries}
        there = [(j, j, 0.0) for j in stations]
        road = [
            (a, b, km)
            for (a, b), km in travel.chain_km.items()
            if a != b and (a in centres or a not in self.places) and (b in centres or b in stations)
        ]
        found: dict[tuple[str, str, str], float] = {}
        for way in self.ways:
            mode = way.mode.mode
            for a, b, km in there if mode == ON_SITE else road:
                to_centre = b in self.places
                if not way.takes(to_centre=to_centre) or (mode != ON_SITE and not self.sends(a, mode)):
                    continue
                if km > way.mode.radius_km or (to_centre and a in self.places):
                    continue
                terms = priced(case, self.section, way, km=km, to_centre=to_centre)
                is_laid = terms.capex_cny <= 0 or (a, b, mode) in used
                if is_laid and self.among_nearest(travel, a, b, mode):
                    found[a, b, mode] = terms.max_kg_per_d
        return found

    def priced(self, case: Case, travel: Travel, row: SupplyFlow) -> tuple[float, Priced] | None:
        """Km of a delivery and what it may carry and costs; None where there is no such way."""
        to_centre = row.destination in self.places
        way = next((way for way in self.ways if way.mode.mode == row.mode and way.takes(to_centre=to_centre)), None)
        on_site = row.mode == ON_SITE and row.origin == row.destination
        km = 0.0 if on_site else travel.chain_km.get((row.origin, row.destination))
        if way is None or km is None:
            return None
        return km, priced(case, self.section, way, km=km, to_centre=to_centre)


def read_chain(case: Case) -> Chain | None:
    section = chain_of(case)
    if section is None:
        return None
    return Chain(section=section, sells=outputs(case, section), places=centres(case, section), ways=ways(case, section))


def supply_balanced(case: Case, travel: Travel) -> Iterator[Finding]:
    """Stations get what they dispense, centres hand on what they take, sources sell what they have, by real ways."""
    chain = read_chain(case)
    if chain is None:
        yield holds("deliveries: none, since the scenario has no supply chain", not case.plan.deliveries)
        yield holds("sources and centres in use: none", not case.plan.source_use and not case.plan.centres)
        return
    keys = [(row.origin, row.destination, row.mode) for row in case.plan.deliveries]
    yield holds("deliveries: each once", len(set(keys)) == len(keys))
    for row in case.plan.deliveries:
        yield from _delivery(case, travel, chain, row)
    yield from _stations_supplied(case)
    yield from _sources_hold(case, chain)
    yield from _centres_hold(case, chain)
    if chain.section.trailers_max is not None:
        busy = math.fsum(row.trailers for row in case.plan.deliveries)
        yield at_most("trailers_max", busy, chain.section.trailers_max)


def _delivery(case: Case, travel: Travel, chain: Chain, row: SupplyFlow) -> Iterator[Finding]:
    """A delivery runs from a seller to an open station or centre, by a mode of both, over the km of the roads."""
    at = f"{row.origin} to {row.destination} by {row.mode}"
    standing = {centre.site_id for centre in case.plan.centres}
    stations = {station.site_id for station in case.plan.stations}
    made_there = row.mode == ON_SITE and row.origin == row.destination and row.origin in stations
    sent = chain.sends(row.origin, row.mode) and (row.origin in standing or row.origin not in chain.places)
    yield holds(f"{at}: from a source that sends so, or a centre that stands", made_there or sent)
    to_station = row.destination in stations
    yield holds(f"{at}: to an open station or centre", to_station or row.destination in standing)
    yield holds(f"{at}: not from centre to centre", to_station or row.origin not in standing)
    yield at_least(f"{at}: kg/d", row.kg_per_d, 0.0)
    known = chain.priced(case, travel, row)
    yield holds(f"{at}: a way of that mode", known is not None)
    if known is None:
        return
    km, terms = known
    way = next(way for way in chain.ways if way.mode.mode == row.mode and way.takes(to_centre=not to_station))
    yield equal(f"{at}: km", row.km, km)
    yield at_most(f"{at}: within the radius of the mode", km, way.mode.radius_km)
    nearest = chain.among_nearest(travel, row.origin, row.destination, row.mode)
    yield holds(f"{at}: among the nearest", nearest)
    yield at_most(f"{at}: no more than the way carries", row.kg_per_d, terms.max_kg_per_d)
    yield equal(f"{at}: CNY/kg", row.cny_per_kg, terms.cny_per_kg)
    yield equal(f"{at}: fixed CNY/yr", row.fixed_cny_per_yr, terms.fixed_cny_per_yr)
    yield equal(f"{at}: trailers", row.trailers, row.kg_per_d * terms.trailers_per_kg_per_d)


def _stations_supplied(case: Case) -> Iterator[Finding]:
    arrives: defaultdict[str, list[float]] = defaultdict(list)
    for row in case.plan.deliveries:
        arrives[row.destination].append(row.kg_per_d)
    for station in case.plan.stations:
        name = station.site_id
        dispensed = math.fsum(row.kg_per_d for row in case.given.get(name, ()))
        yield equal(f"{name}: delivered what is dispensed", math.fsum(arrives[name]), dispensed)


def _sources_hold(case: Case, chain: Chain) -> Iterator[Finding]:
    told = {row.source_id: row for row in case.plan.source_use}
    sources = {source.id: source for source in case.sources}
    yield holds("sources in use: each once", len(told) == len(case.plan.source_use))
    for name in sorted(set(told) - set(chain.sells)):
        yield holds(f"{name}: a source with an output", False)
    for name, output in sorted(chain.sells.items()):
        out = [row for row in case.plan.deliveries if row.origin == name]
        sold, free = math.fsum(row.kg_per_d for row in out), for_sale_kg_per_d(chain.section, output)
        yield at_most(f"{name}: sells no more than it has", sold, free)
        if sold > 0:
            yield at_least(f"{name}: sells no less than its least", sold, output.smallest_kg_per_d or 0.0)
        row = told.get(name)
        if row is None:
            yield holds(f"{name}: in the list of sources, since it sells", sold == 0)
            continue
        yield equal(f"{name}: sold", row.sold_kg_per_d, sold)
        yield equal(f"{name}: for sale", row.available_kg_per_d, free)
        yield equal(f"{name}: price", row.price_cny_per_kg, output.price_cny_per_kg)
        yield holds(f"{name}: stations supplied", row.stations == len(_fed_by(case, chain, name)))
        if name in sources:
            source = sources[name]
            same = (row.name, row.name_en, row.verified) == (source.name, source.name_en, output.verified)
            yield holds(f"{name}: as in the tables", same)


def _fed_by(case: Case, chain: Chain, name: str) -> set[str]:
    """Stations that a source feeds, straight or through a centre."""
    flows = [(row.origin, row.destination) for row in case.plan.deliveries if row.kg_per_d > 0]
    first = {destination for origin, destination in flows if origin == name}
    second = {destination for origin, destination in flows if origin in first & set(chain.places)}
    return (first | second) - set(chain.places)


def _centres_hold(case: Case, chain: Chain) -> Iterator[Finding]:
    told = {row.site_id: row for row in case.plan.centres}
    yield holds("centres: each once", len(told) == len(case.plan.centres))
    for name, place in sorted(chain.places.items()):
        if place.built == "yes":
            yield holds(f"{name}: stands already and is in the plan", name in told)
        if place.status == "required" and case.plan.period == case.whole.period:
            yield holds(f"{name}: required and stands", name in told)
    for name, row in sorted(told.items()):
        place_of = chain.places.get(name)
        yield holds(f"{name}: a centre of the table that may stand", place_of is not None)
        if place_of is not None:
            yield from _centre(case, chain, row, place_of)


def _centre(case: Case, chain: Chain, row: Centre, place: StorageCentreRow) -> Iterator[Finding]:
    name, is_built = place.id, place.built == "yes"
    taken = math.fsum(flow.kg_per_d for flow in case.plan.deliveries if flow.destination == name)
    handed = math.fsum(flow.kg_per_d for flow in case.plan.deliveries if flow.origin == name)
    yield equal(f"{name}: hands on what it takes", taken, handed)
    yield at_most(f"{name}: no more than it can", handed, place.capacity_kg_per_d)
    yield equal(f"{name}: handled", row.handled_kg_per_d, handed)
    yield equal(f"{name}: capacity", row.capacity_kg_per_d, place.capacity_kg_per_d)
    yield equal(f"{name}: capex_cny", row.capex_cny, 0.0 if is_built else place.capex_cny)
    yearly = place.capex_cny * recovery(case.scenario.finance.discount_rate, place.life_yr) + place.opex_cny_per_yr
    yield equal(f"{name}: annual cost", row.annual_cost_cny_per_yr, 0.0 if is_built else yearly)
    said = (row.name, row.name_en, row.district, row.lon, row.lat, row.precision_m, row.built)
    table = (place.name, place.name_en, place.district, place.lon, place.lat, place.precision_m, is_built)
    yield holds(f"{name}: name and place as in the table", said == table)
    if not is_built:
        yield holds(f"{name}: inside an area for centres", _inside(case, chain, place))


def _inside(case: Case, chain: Chain, place: StorageCentreRow) -> bool:
    for file in chain.section.centre_areas:
        areas = read_areas(case.project.path(file, where="inputs"), where=file)
        if signed_distances_m(areas, np.array([place.lon]), np.array([place.lat]))[0] <= 0:
            return True
    return False


def centres_follow(years: Sequence[Case]) -> Iterator[Finding]:
    """A centre stays, and opens in the first year in which it stands."""
    opened: dict[str, int] = {}
    for case in years:
        for row in case.plan.centres:
            since = opened.setdefault(row.site_id, case.plan.period)
            wanted = case.plan.period if row.built else since
            yield from named(case, [holds(f"{row.site_id}: opens in {wanted}", row.opens == wanted)])
    for before, case in pairwise(years):
        for name in sorted({row.site_id for row in before.plan.centres}):
            stays = name in {row.site_id for row in case.plan.centres}
            yield from named(case, [holds(f"{name}: still there", stays)])
