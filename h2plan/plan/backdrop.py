"""What the map draws under a plan: roads, rivers, seats, and the hydrogen that flows want on each road."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping
from dataclasses import replace

from h2plan.geo.roads import RoadNetwork
from h2plan.plan.outlines import read_outlines
from h2plan.plan.results import Backdrop, Line, Plan
from h2plan.plan.service_area import service_areas
from h2plan.prepare import Prepared
from h2plan.project import Project
from h2plan.tables.read import read_table
from h2plan.tables.rows import DistrictRow, RiverRow


def draw(prepared: Prepared, plan: Plan) -> Backdrop:
    """Gather the lines and names of the map from the inputs of a plan, and the service areas of its stations."""
    drawn = sketch(prepared.project, prepared.network, link_kg_per_d=prepared.link_kg_per_d)
    return replace(drawn, reached=service_areas(prepared.project, plan))


def sketch(project: Project, network: RoadNetwork, *, link_kg_per_d: Mapping[str, float]) -> Backdrop:
    """Gather the lines and names of a map from a scenario and its roads."""
    return Backdrop(
        roads=_roads(network),
        rivers=_rivers(project),
        seats=_seats(project),
        link_kg_per_d=link_kg_per_d,
        attribution=project.scenario.roads.attribution,
        own=_own(project),
    )


def _own(project: Project) -> dict[str, tuple[Line, ...]]:
    """The layers that the maps of a scenario ask for."""
    asked = [
        layer for entry in project.scenario.outputs if entry.use == "map" for layer in entry.options.get("layers", ())
    ]
    return {
        layer["file"]: read_outlines(
            project.path(layer["file"], where="outputs map layers"),
            where=layer["file"],
            crs=layer.get("crs", "wgs84"),
        )
        for layer in asked
    }


def _roads(network: RoadNetwork) -> tuple[Line, ...]:
    nodes = {node.id: (node.lon, node.lat) for node in network.nodes}
    return tuple(
        Line(
            id=link.id,
            name=link.bridge or link.road,
            kind=link.road_class,
            coords=(nodes[link.from_node], *link.via, nodes[link.to_node]),
        )
        for link in network.links
    )


def _rivers(project: Project) -> tuple[Line, ...]:
    file = project.scenario.roads.rivers
    if file is None:
        return ()
    points: dict[str, list[RiverRow]] = defaultdict(list)
    crs = project.scenario.roads.crs
    for row in read_table(project.path(file, where="roads.rivers"), RiverRow, root=project.root, crs=crs):
        points[row.river].append(row)
    return tuple(
        Line(
            id=river,
            name=rows[0].name,
            kind="river",
            coords=tuple((row.lon, row.lat) for row in sorted(rows, key=lambda row: row.seq)),
        )
        for river, rows in sorted(points.items())
    )


def _seats(project: Project) -> tuple[tuple[str, str, float, float], ...]:
    """Districts at their seats, from whichever source of demand names a table of districts."""
    tables = [entry.options for entry in project.scenario.demand if entry.use == "districts"]
    rows = [
        row
        for table in tables
        for row in read_table(
            project.path(table["file"], where="demand districts"), DistrictRow, root=project.root, crs=table["crs"]
        )
    ]
    return tuple((row.name, row.name_en, row.lon, row.lat) for row in rows)
