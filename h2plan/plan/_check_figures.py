"""Figures: costs and every number of the summary, computed anew from stations, allocations, prices and roads."""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from h2plan.domain import Site
from h2plan.plan._check_capital import capital, stations_cost
from h2plan.plan._check_case import Case
from h2plan.plan._check_finding import Finding, equal, holds
from h2plan.plan._check_places import IMPRECISE_M, read_places
from h2plan.plan._check_supply_money import supply_figures, supply_money
from h2plan.plan._check_travel import Travel
from h2plan.plan.results import Allocation


@dataclass(frozen=True, slots=True, kw_only=True)
class Sums:
    """The totals of a plan, as this check adds them up."""

    wanted_kg_per_d: float
    served_kg_per_d: float
    unreached_kg_per_d: float
    capacity_kg_per_d: float
    station_cny_per_yr: float
    access_cny_per_yr: float
    shortfall_cny_per_yr: float
    supply_cny_per_yr: float
    """0 where supply is no part of the model."""

    @property
    def annual_cny_per_yr(self) -> float:
        return self.station_cny_per_yr + self.access_cny_per_yr + self.shortfall_cny_per_yr + self.supply_cny_per_yr


def add_up(case: Case, travel: Travel) -> Sums:
    """Add up hydrogen and money from the rows of the plan, the prices of the scenario and the minutes of the roads."""
    return case.once(("sums", case.plan.period), lambda: _add_up(case, travel))


def _add_up(case: Case, travel: Travel) -> Sums:
    plan, finance = case.plan, case.scenario.finance
    wanted = math.fsum(row.kg_per_d.base for row in plan.demand)
    served = math.fsum(row.kg_per_d for row in plan.allocations)
    reached = {demand for demand, _ in travel.within}
    days = finance.operating_d_per_yr
    supply = supply_money(case, travel)
    access = math.fsum(row.kg_per_d * _access_cny_per_kg(case, travel, row) for row in plan.allocations)
    return Sums(
        wanted_kg_per_d=wanted,
        served_kg_per_d=served,
        unreached_kg_per_d=math.fsum(row.kg_per_d.base for row in plan.demand if row.id not in reached),
        capacity_kg_per_d=math.fsum(station.capacity_kg_per_d for station in plan.stations),
        station_cny_per_yr=math.fsum(of.annual_cny_per_yr for of in capital(case).values()),
        access_cny_per_yr=days * access,
        shortfall_cny_per_yr=days * finance.shortfall_cny_per_kg * (wanted - served),
        supply_cny_per_yr=0.0 if supply is None else supply.cny_per_yr,
    )


def _sites(case: Case) -> Mapping[str, Site]:
    places = read_places(case, [verdict.site_id for verdict in case.plan.verdicts])
    return {name: rows[0] for name, rows in places.rows.items()}


def _access_cny_per_kg(case: Case, travel: Travel, row: Allocation) -> float:
    """Time of driver and vehicle for one fill, a kg: there and back for a point, the detour for a flow."""
    way, wanted = travel.way((row.demand_id, row.site_id)), case.demand.get(row.demand_id)
    vehicle = case.classes.get(wanted.vehicle_class) if wanted is not None else None
    if way is None or wanted is None or vehicle is None:
        return 0.0
    minutes = way[0] if wanted.origin else 2 * way[0]
    toll_cny = travel.toll_cny.get((row.demand_id, row.site_id), 0.0)
    return (minutes / 60 * case.scenario.finance.vehicle_time_cny_per_h + toll_cny) / vehicle.kg_per_fill


def figures_add_up(case: Case, travel: Travel) -> Iterator[Finding]:
    """Every figure of the summary, of each station and of each district equals what its parts add up to."""
    sums, figures = add_up(case, travel), case.plan.figures
    wanted, served = sums.wanted_kg_per_d, sums.served_kg_per_d
    price = case.scenario.finance.operating_d_per_yr * case.scenario.finance.shortfall_cny_per_kg
    unserved = wanted - sums.unreached_kg_per_d - served
    days = case.scenario.finance.operating_d_per_yr
    yield equal("demand_kg_per_d", figures.demand_kg_per_d, wanted)
    yield equal("served_kg_per_d", figures.served_kg_per_d, served)
    yield equal("unreached_kg_per_d", figures.unreached_kg_per_d, sums.unreached_kg_per_d)
    yield equal("unserved_kg_per_d", figures.unserved_kg_per_d, unserved, scale=wanted)
    yield equal("served_share", figures.served_share, _ratio(served, wanted))
    yield equal("capacity_kg_per_d", figures.capacity_kg_per_d, sums.capacity_kg_per_d)
    yield equal("utilisation", figures.utilisation, _ratio(served, sums.capacity_kg_per_d))
    yield equal("station_cost_cny_per_yr", figures.station_cost_cny_per_yr, sums.station_cny_per_yr)
    yield equal("access_cost_cny_per_yr", figures.access_cost_cny_per_yr, sums.access_cny_per_yr)
    yield equal(
        "shortfall_cost_cny_per_yr",
        figures.shortfall_cost_cny_per_yr,
        sums.shortfall_cny_per_yr,
        scale=price * wanted,
    )
    yield equal("annual_cost_cny_per_yr", figures.annual_cost_cny_per_yr, sums.annual_cny_per_yr)
    yield equal(
        "station_cost_cny_per_kg", figures.station_cost_cny_per_kg, _ratio(sums.station_cny_per_yr, served * days)
    )
    yield from supply_figures(case, travel, station_cny_per_yr=sums.station_cny_per_yr, served_kg_per_d=served)
    yield from _means(case, travel)
    yield from _each_station(case, travel)
    yield from _each_district(case)
    yield from _each_source(case)


def _ratio(part: float, whole: float) -> float:
    return part / whole if whole else 0.0


def _means(case: Case, travel: Travel) -> Iterator[Finding]:
    figures = case.plan.figures
    flows = {row.id for row in case.plan.demand if row.origin}
    to_points = [row for row in case.plan.allocations if row.demand_id not in flows]
    to_flows = [row for row in case.plan.allocations if row.demand_id in flows]
    yield equal("mean_travel_min", figures.mean_travel_min, _mean_min(travel, to_points))
    yield equal("mean_detour_min", figures.mean_detour_min, _mean_min(travel, to_flows))
    presumed = {name for name, site in _sites(case).items() if site.precision_m > IMPRECISE_M or site.verified == "no"}
    kg = math.fsum(row.kg_per_d for row in case.plan.allocations if row.site_id in presumed)
    yield equal("kg_on_presumed_or_imprecise", figures.kg_on_presumed_or_imprecise, kg)


def _mean_min(travel: Travel, rows: Sequence[Allocation]) -> float:
    timed = [(row.kg_per_d, travel.way((row.demand_id, row.site_id))) for row in rows]
    weighted = math.fsum(kg * way[0] for kg, way in timed if way is not None)
    return _ratio(weighted, math.fsum(kg for kg, _ in timed))


def _each_station(case: Case, travel: Travel) -> Iterator[Finding]:
    supply = case.scenario.supply
    yield from stations_cost(case)
    for station in case.plan.stations:
        name = station.site_id
        km = travel.source_km.get(name)
        yield holds(f"{name}: nearest source", station.source_id == travel.source_of.get(name, ""))
        yield holds(f"{name}: source_km given", (station.source_km is None) == (km is None))
        yield holds(f"{name}: delivery given", (station.delivery_cny_per_kg is None) == (km is None))
        if km is None or supply is None or station.source_km is None or station.delivery_cny_per_kg is None:
            continue
        yield equal(f"{name}: source_km", station.source_km, km)
        price = supply.delivery_base_cny_per_kg + supply.delivery_cny_per_kg_km * km
        yield equal(f"{name}: delivery_cny_per_kg", station.delivery_cny_per_kg, price)
    spent = math.fsum(of.capex_cny for of in capital(case).values())
    yield equal("capex_cny", case.plan.figures.capex_cny, spent)


def _each_district(case: Case) -> Iterator[Finding]:
    plan = case.plan
    stations: dict[str, list[float]] = defaultdict(list)
    for station in plan.stations:
        stations[station.district].append(station.capacity_kg_per_d)
    demand: dict[str, list[float]] = defaultdict(list)
    served: dict[str, list[float]] = defaultdict(list)
    for row in plan.demand:
        demand[row.district].append(row.kg_per_d.base)
        served[row.district].append(row.served_kg_per_d)
    names = sorted(row.district for row in plan.districts)
    yield holds("districts: each once, none missing", names == sorted({*stations, *demand}))
    for district in plan.districts:
        name = district.district
        yield holds(f"district {name}: stations", district.stations == len(stations[name]))
        yield equal(f"district {name}: capacity", district.capacity_kg_per_d, math.fsum(stations[name]))
        yield equal(f"district {name}: demand", district.demand_kg_per_d, math.fsum(demand[name]))
        yield equal(f"district {name}: served", district.served_kg_per_d, math.fsum(served[name]))


def _each_source(case: Case) -> Iterator[Finding]:
    listed = {source.id: source for source in case.plan.sources}
    yield holds("sources: each once", len(listed) == len(case.plan.sources))
    tables = {source.id: source for source in case.sources}
    for name in sorted(set(listed) | set(tables)):
        yield holds(f"source {name}: as in the table", listed.get(name) == tables.get(name))
