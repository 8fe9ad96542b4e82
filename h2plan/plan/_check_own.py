"""Sources with places of their own, read anew: depots, points, fuel stations, counted links."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping

from pydantic import Field

from h2plan.domain import Counted, Place, Range
from h2plan.errors import InputError
from h2plan.fields import Datum, Positive, Section
from h2plan.plan._check_case import Case
from h2plan.plan._check_fleet import DEPOTS, POINTS, base_kg, kg_each, operated
from h2plan.plan._check_wanted import ByYear, Lot, Wanted, Wanting, lots_of_fleet, of_year, over
from h2plan.tables.rows import FuelSalesRow, LinkCountRow, PointRow, RoadLinkRow, RoadNodeRow, SiteRow

FUEL_STATIONS, COUNTS = "fuel_stations", "counts"
DIESEL_OVER_HYDROGEN = 43.0 / 120.0
"""Net calorific values in MJ/kg: IPCC Guidelines 2006, volume 2, table 1.2, and hydrogen, rounded."""
DAYS_PER_YR = 365


class DepotOptions(Section):
    """Options of the source `depots`."""

    crs: Datum


class PointOptions(Section):
    """Options of the source `points`."""

    file: str
    crs: Datum
    counted: Counted = "beyond_target"


class FuelOptions(Section):
    """Options of the source `fuel_stations`."""

    file: str
    crs: Datum
    sales: str
    counted: Counted = "beyond_target"
    substitution: ByYear = Field(default_factory=dict)
    vehicle_class: str | None = None
    efficiency_ratio: Positive = 1.3


class CountOptions(Section):
    """Options of the source `counts`."""

    file: str
    crs: Datum
    counted: Counted = "in_target"
    hydrogen_share: Positive | None = None
    vehicle_class: str | None = None


def depots(case: Case) -> dict[str, Wanted]:
    """Each operator's vehicles at their depot; what the mix has for depots besides follows them."""
    rows = operated(case)
    known: dict[str, int] = {}
    for row in rows:
        known[row.vehicle_class] = known.get(row.vehicle_class, 0) + row.vehicles
    return {
        f"{DEPOTS}:{row.depot_id}:{row.vehicle_class}": Wanted(
            use=DEPOTS,
            vehicle_class=row.vehicle_class,
            part=row.vehicles / known[row.vehicle_class],
            place=row.to_place(),
            district=row.district,
            station_id=row.station_id,
            operator=row.operator,
        )
        for row in rows
    }


def points(case: Case, options: PointOptions) -> dict[str, Wanted]:
    """Vehicles as given, or the kilograms given over what one vehicle takes; in the target: scaled class by class."""
    rows = case.table(options.file, PointRow, in_region=True, crs=options.crs)
    each = kg_each(case)
    vehicles = {row.id: _vehicles(row, each) for row in rows}
    own = options.counted == "beyond_target"
    of_class = {
        name: math.fsum(vehicles[row.id] for row in rows if row.vehicle_class == name)
        for name in {row.vehicle_class for row in rows}
    }
    return {
        f"{POINTS}:{row.id}:{row.vehicle_class}": Wanted(
            use=POINTS,
            vehicle_class=row.vehicle_class,
            part=1.0 if own else vehicles[row.id] / (of_class[row.vehicle_class] or 1.0),
            own=vehicles[row.id] if own else None,
            place=row.to_place(),
            district=row.district,
            station_id=row.station_id,
            operator=row.operator,
        )
        for row in rows
    }


def _vehicles(row: PointRow, each: Mapping[str, Range]) -> float:
    if row.kg_per_d is None:
        return row.vehicles or 0.0
    return row.kg_per_d / base_kg(each, row.vehicle_class, where=f"demand points {row.id}")


def fuel_stations(case: Case, options: FuelOptions) -> dict[str, Wanted]:
    """Diesel sold x 43/120 / efficiency ratio x part replaced, at the stations that sell it; or the fleet by sales."""
    sites = {row.id: row for row in case.table(options.file, SiteRow, in_region=True, crs=options.crs)}
    rows = case.table(options.sales, FuelSalesRow)
    selling = [(sites[row.site_id], row) for row in rows if row.site_id in sites]
    places = [
        Wanting(place=site.to_site(), district=site.district, weight=row.diesel_t_per_yr)
        for site, row in selling
        if site.is_placed
    ]
    if options.counted == "in_target":
        return over(FUEL_STATIONS, places, lots_of_fleet(case, FUEL_STATIONS))
    name = _named(options.vehicle_class, where="demand fuel_stations.vehicle_class")
    sold_kg_per_d = math.fsum(row.diesel_t_per_yr for row in rows) * 1000 / DAYS_PER_YR
    part = of_year(case, options.substitution, where="demand fuel_stations.substitution")
    hydrogen_kg_per_d = sold_kg_per_d * DIESEL_OVER_HYDROGEN / options.efficiency_ratio * part
    vehicles = hydrogen_kg_per_d / base_kg(kg_each(case), name, where="demand fuel_stations")
    return over(FUEL_STATIONS, places, [Lot(name, vehicles)])


def _named(name: str | None, *, where: str) -> str:
    if name is None:
        raise InputError("is missing", where=where)
    return name


def counts(case: Case, options: CountOptions) -> dict[str, Wanted]:
    """The newest count of each link at its middle, by truck-kilometres."""
    newest = _newest_counts(case, options.file)
    section = case.scenario.roads
    links = {row.id: row for row in case.table(section.links, RoadLinkRow, in_region=True, crs=options.crs)}
    nodes = {row.id: row for row in case.table(section.nodes, RoadNodeRow, in_region=True, crs=options.crs)}
    known = {name: trucks for name, trucks in newest.items() if name in links}
    places = list(_middles(known, links, nodes))
    if options.counted == "in_target":
        return over(COUNTS, places, lots_of_fleet(case, COUNTS))
    name = _named(options.vehicle_class, where="demand counts.vehicle_class")
    driven = case.classes[name].km_per_d.base if name in case.classes else 0.0
    if driven <= 0 or options.hydrogen_share is None:
        raise InputError("a class that drives and hydrogen_share are needed", where="demand counts")
    truck_km = math.fsum(entry.weight for entry in places)
    return over(COUNTS, places, [Lot(name, truck_km * options.hydrogen_share / driven)])


def _newest_counts(case: Case, file: str) -> Mapping[str, float]:
    """Link to the trucks of its newest count."""
    rows = sorted(case.table(file, LinkCountRow), key=lambda row: row.period)
    return {row.link: row.trucks_per_d for row in rows}


def _middles(
    trucks: Mapping[str, float], links: Mapping[str, RoadLinkRow], nodes: Mapping[str, RoadNodeRow]
) -> Iterator[Wanting]:
    for name in sorted(trucks):
        link = links[name]
        if link.from_node not in nodes or link.to_node not in nodes:
            raise InputError(f"an end of the link {name} is no node", where="roads.links")
        start, end = nodes[link.from_node], nodes[link.to_node]
        place = Place(
            id=f"link-{name}",
            name=link.road or name,
            lon=(start.lon + end.lon) / 2,
            lat=(start.lat + end.lat) / 2,
            precision_m=link.length_km * 500,
        )
        yield Wanting(place=place, district="", weight=trucks[name] * link.length_km)
