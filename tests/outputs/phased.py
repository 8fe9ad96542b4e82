"""The made-up plan of `sample.py` as a plan of three years, with supply, upgrades and service areas."""

from __future__ import annotations

import dataclasses
import math

from h2plan.domain import Range
from h2plan.plan.network_rows import Build, Centre, SourceUse, SupplyFlow
from h2plan.plan.results import Allocation, Backdrop, DemandRow, Line, Plan, Reached, Station, YearPlan
from tests.outputs.sample import CAPACITY, sample_backdrop, sample_plan

YEARS = (2026, 2028, 2030)
SHARE = {2026: 0.3, 2028: 0.6, 2030: 1.0}
"""Part of the last year's stations and demand that is there in each year."""
MODES = ("tube_trailer", "liquid", "pipeline")


def phased_plan(*, stations: int = 35, points: int = 130) -> Plan:
    """Stations open a third at a time; the second one of the first year grows in 2028; a centre opens in 2028."""
    last = sample_plan(stations=stations, points=points, candidates=max(80, 2 * stations))
    opens = {
        station.site_id: next(year for year in YEARS if place < math.ceil(SHARE[year] * len(last.stations)))
        for place, station in enumerate(last.stations)
    }
    grown = next(s for s in last.stations if opens[s.site_id] == YEARS[0] and not s.built and s.size_id == "S2000")
    years = {year: _year(last, year, opens, grown.site_id) for year in YEARS}
    builds = tuple(
        Build(
            period=year,
            what=what,
            site_id=grown.site_id,
            name=grown.name,
            name_en=grown.name_en,
            district=grown.district,
            size_before="S500" if what == "upgrade" else "",
            size_after="S2000" if what == "upgrade" else "S500",
            capacity_added_kg_per_d=1500.0 if what == "upgrade" else 500.0,
            capex_cny=1.2e7,
        )
        for year, what in ((2026, "open"), (2028, "upgrade"))
    )
    own = {field.name: getattr(years[2030], field.name) for field in dataclasses.fields(YearPlan)}
    return dataclasses.replace(last, **own, builds=builds, earlier=(years[2026], years[2028]))


def _year(last: Plan, year: int, opens: dict[str, int], grown: str) -> YearPlan:
    stations = tuple(_station(s, year, opens[s.site_id], grown) for s in last.stations if opens[s.site_id] <= year)
    there = {station.site_id for station in stations}
    allocations = tuple(_scaled(a, year) for a in last.allocations if a.site_id in there)
    served: dict[str, float] = {}
    for allocation in allocations:
        served[allocation.demand_id] = served.get(allocation.demand_id, 0.0) + allocation.kg_per_d
    demand = tuple(_row(row, year, served.get(row.id, 0.0)) for row in last.demand)
    wanted, got = sum(row.kg_per_d.base for row in demand), sum(row.served_kg_per_d for row in demand)
    figures = dataclasses.replace(
        last.figures,
        stations=len(stations),
        stations_built=sum(s.built for s in stations),
        stations_unplaced=0,
        stations_new=sum(not s.built for s in stations),
        demand_kg_per_d=wanted,
        served_kg_per_d=got,
        served_share=got / wanted,
        capacity_kg_per_d=sum(s.capacity_kg_per_d for s in stations),
    )
    centre = _centre(year)
    return YearPlan(
        period=year,
        stations=stations,
        demand=demand,
        allocations=allocations,
        districts=last.districts,
        figures=figures,
        deliveries=_deliveries(last, stations, centre),
        source_use=tuple(_use(source.id, source.name, source.name_en) for source in last.sources),
        centres=(centre,) if centre else (),
    )


def _station(station: Station, year: int, opens: int, grown: str) -> Station:
    small = station.site_id == grown and year < 2028
    size = "S500" if small else station.size_id
    used = station.dispensed_kg_per_d * SHARE[year] * (0.25 if small else 1)
    return dataclasses.replace(
        station,
        opens=station.opens if station.built else opens,
        size_id=size,
        capacity_kg_per_d=CAPACITY[size],
        dispensed_kg_per_d=used,
        utilisation=used / CAPACITY[size],
    )


def _scaled(allocation: Allocation, year: int) -> Allocation:
    return dataclasses.replace(allocation, kg_per_d=allocation.kg_per_d * SHARE[year])


def _row(row: DemandRow, year: int, served_kg: float) -> DemandRow:
    wanted = row.kg_per_d
    scaled = Range(*(kg * SHARE[year] for kg in (wanted.low, wanted.base, wanted.high)))
    return dataclasses.replace(row, kg_per_d=scaled, served_kg_per_d=served_kg)


def _centre(year: int) -> Centre | None:
    if year < 2028:
        return None
    return Centre(
        site_id="centre-1",
        name="白浒山储运中心",
        name_en="Baihushan storage centre",
        district="洪山区",
        lon=114.52,
        lat=30.58,
        precision_m=800.0,
        opens=2028,
        built=False,
        capacity_kg_per_d=12_000.0,
        handled_kg_per_d=5_200.0,
        capex_cny=6.0e7,
        annual_cost_cny_per_yr=7.5e6,
    )


def _deliveries(last: Plan, stations: tuple[Station, ...], centre: Centre | None) -> tuple[SupplyFlow, ...]:
    origins = [source.id for source in last.sources] + ([centre.site_id] if centre else [])
    return tuple(
        SupplyFlow(
            origin=origins[place % len(origins)],
            destination=station.site_id,
            mode=MODES[place % 3],  # type: ignore[arg-type]  # one of the modes
            kg_per_d=station.dispensed_kg_per_d,
            km=20.0 + place,
            cny_per_kg=4.5,
            fixed_cny_per_yr=0.0,
            trailers=0.4,
        )
        for place, station in enumerate(stations)
    )


def _use(id_: str, name: str, name_en: str) -> SourceUse:
    return SourceUse(
        source_id=id_,
        name=name,
        name_en=name_en,
        available_kg_per_d=9_000.0,
        sold_kg_per_d=3_100.0,
        price_cny_per_kg=24.0,
        stations=9,
        verified="partly",
    )


def phased_backdrop(plan: Plan) -> Backdrop:
    """The sample's roads with minutes that grow with the straight way to a station, and two layers of the user's."""
    drawn = sample_backdrop()
    rim = ((114.0, 30.4), (114.6, 30.4), (114.6, 30.8), (114.0, 30.8), (114.0, 30.4))
    zone = Line(id="zone", name="示范区", kind="area", coords=rim)
    own = {"data/zone.geojson": (zone, dataclasses.replace(zone, id="edge", name="", kind="line"))}
    return dataclasses.replace(drawn, own=own, reached={year: _reached(plan.at(year), drawn) for year in plan.periods})


def _reached(plan: Plan, drawn: Backdrop) -> Reached:
    links: dict[str, tuple[str, float]] = {}
    for road in drawn.roads:
        lon, lat = (sum(values) / len(road.coords) for values in zip(*road.coords, strict=True))
        near = min(plan.stations, key=lambda s: (math.hypot(s.lon - lon, s.lat - lat), s.site_id))
        links[road.id] = near.site_id, 180 * math.hypot(near.lon - lon, near.lat - lat)
    far = max(links, key=lambda link: math.hypot(links[link][1], 0))
    links.pop(far)
    return Reached(vehicle_class="tractor_49t", links=links)
