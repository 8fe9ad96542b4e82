"""Our own links.csv, with the nodes.csv beside it, read for cleaning like any other road map."""

from __future__ import annotations

from pathlib import Path

from h2plan.errors import Fault, InputError
from h2plan.geo.raw_roads import RawRoads, Traits, Way
from h2plan.tables.read import read_table
from h2plan.tables.rows_roads import RoadLinkRow, RoadNodeRow

PLAIN = "junction"


def read_own_roads(path: Path, *, where: str) -> RawRoads:
    """Read links.csv and the nodes.csv of the same folder. Raises InputError with every fault of the two tables."""
    nodes = {row.id: row for row in read_table(path.with_name("nodes.csv"), RoadNodeRow)}
    rows = read_table(path, RoadLinkRow)
    lost = [
        Fault(where=where, column=column, value=name, message=f"link {row.id}: node {name!r} is not in nodes.csv")
        for row in rows
        for column, name in (("from_node", row.from_node), ("to_node", row.to_node))
        if name not in nodes
    ]
    if lost:
        raise InputError(lost)
    ways = tuple(
        Way(
            id=row.id,
            from_node=row.from_node,
            to_node=row.to_node,
            length_km=row.length_km,
            via=row.via,
            traits=_traits(row),
        )
        for row in rows
    )
    return RawRoads(
        positions={name: (row.lon, row.lat) for name, row in nodes.items()},
        ways=ways,
        kinds={name: row.kind for name, row in nodes.items() if row.kind != PLAIN},
        names={name: row.name for name, row in nodes.items() if row.name},
        banks={name: row.bank for name, row in nodes.items() if row.bank != "none"},
        source=rows[0].source,
    )


def _traits(row: RoadLinkRow) -> Traits:
    return Traits(
        road_class=row.road_class,
        road=row.road,
        oneway=row.oneway == "yes",
        speed_km_per_h=row.speed_km_per_h,
        bridge=row.bridge,
        tunnel=row.tunnel,
        toll=row.toll == "yes",
        opened_yr=row.opened_yr,
        river=row.river or "",
        along_link=row.along_link or "",
    )
