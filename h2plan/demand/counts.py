"""Trucks counted on links of the road network: the fleet stands where trucks drive."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from h2plan.demand._context import Context, Lot, WeightedPlace, lots_of_fleet, refuse_unknown, spread
from h2plan.demand._plausible import outliers
from h2plan.domain import Counted, Demand, Place
from h2plan.errors import InputError
from h2plan.fields import Datum, Positive, Section
from h2plan.tables.read import read_table
from h2plan.tables.region import region_of
from h2plan.tables.rows import LinkCountRow, RoadLinkRow, RoadNodeRow

USE = "counts"


class Options(Section):
    """The counts, and what part of the trucks runs on hydrogen."""

    file: str
    """CSV table of trucks a day by link."""
    crs: Datum
    """Datum of the road tables."""
    counted: Counted = "in_target"
    """in_target: the fleet's vehicles of the use `counts` are spread by truck-kilometres; beyond_target: a part of the
    counted truck-kilometres is driven on hydrogen by other vehicles."""
    hydrogen_share: Positive | None = None
    """Part of the trucks that run on hydrogen (beyond_target)."""
    vehicle_class: str | None = None
    """Their class (beyond_target)."""


def read(context: Context, options: Options) -> Demand:
    """Place demand in the middle of counted links by truck-kilometres.

    On top of the target: vehicles = trucks x link km x part on hydrogen / km a day of one vehicle.

    Raises:
        InputError: faults of the tables, links that are not in the network, a missing class or part.
    """
    places, km = _counted(context, options)
    notes = outliers({entry.place.name: entry.weight for entry in places}, where=options.file, column="trucks_per_d")
    lots = lots_of_fleet(context, USE) if options.counted == "in_target" else (_own(context, options, km),)
    return Demand(points=spread(context, USE, places, lots=lots), flows=(), terminals=(), notes=tuple(notes))


def _counted(context: Context, options: Options) -> tuple[Sequence[WeightedPlace], float]:
    """Return the counted links as places, and all truck-kilometres of a day."""
    project, section = context.project, context.project.scenario.roads
    region, root = region_of(project.scenario.region), project.root
    rows = list(read_table(project.path(options.file, where="demand counts"), LinkCountRow, root=root))
    link_rows = read_table(
        project.path(section.links, where="roads.links"), RoadLinkRow, root=root, region=region, crs=options.crs
    )
    node_rows = read_table(
        project.path(section.nodes, where="roads.nodes"), RoadNodeRow, root=root, region=region, crs=options.crs
    )
    links, nodes = {row.id: row for row in link_rows}, {row.id: row for row in node_rows}
    named = ((number, "link", row.link) for number, row in enumerate(rows, start=2))
    refuse_unknown(named, links, where=options.file, of=section.links)
    return list(_middles(rows, links, nodes, options.file)), sum(
        row.trucks_per_d * links[row.link].length_km for row in _newest(rows)
    )


def _newest(rows: Sequence[LinkCountRow]) -> list[LinkCountRow]:
    newest: dict[str, LinkCountRow] = {}
    for row in sorted(rows, key=lambda row: row.period):
        newest[row.link] = row
    return sorted(newest.values(), key=lambda row: row.link)


def _middles(
    rows: Sequence[LinkCountRow], links: dict[str, RoadLinkRow], nodes: dict[str, RoadNodeRow], file: str
) -> Iterator[WeightedPlace]:
    for row in _newest(rows):
        link = links[row.link]
        ends = nodes[link.from_node], nodes[link.to_node]
        place = Place(
            id=f"link-{link.id}",
            name=link.road or link.id,
            lon=(ends[0].lon + ends[1].lon) / 2,
            lat=(ends[0].lat + ends[1].lat) / 2,
            precision_m=link.length_km * 500,
        )
        yield WeightedPlace(
            place=place,
            kind=USE,
            district="",
            weight=row.trucks_per_d * link.length_km,
            source=row.source,
            verified=row.verified,
            by=f"truck-kilometres counted ({file})",
        )


def _own(context: Context, options: Options, truck_km_per_d: float) -> Lot:
    fleet, name, part = context.fleet, options.vehicle_class, options.hydrogen_share
    if name is None or part is None:
        raise InputError("beyond_target needs vehicle_class and hydrogen_share", where="demand counts")
    context.check_class(name, where="demand counts.vehicle_class")
    driven = fleet.classes[name].km_per_d.base
    if driven <= 0:
        raise InputError(f"{name} does not drive by the kilometre", where="demand counts.vehicle_class")
    return Lot(
        vehicle_class=name,
        vehicles=dict.fromkeys(fleet.periods, truck_km_per_d * part / driven),
        assumption=f"truck-kilometres counted x {part:g} on hydrogen / {driven:g} km a day of one vehicle",
        source="part on hydrogen: h2plan assumption, unverified",
        counted="beyond_target",
    )
