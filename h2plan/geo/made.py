"""Sites made by rule: every so many km along named roads, and by the roads around given places.

A made site stands for a search area, not for a plot: its position error is the radius in which land is looked for.
"""

from __future__ import annotations

import difflib
import math
from collections.abc import Mapping, Sequence

import numpy as np
import shapely
from numpy.typing import NDArray
from shapely.geometry import LineString, MultiLineString, Point
from shapely.ops import linemerge

from h2plan.domain import Bank, Place, Site
from h2plan.domain_roads import RoadLink, RoadNode
from h2plan.errors import Fault, InputError
from h2plan.geo.crs import LocalPlane, local_plane

RING_POINTS = 4
"""Looked at on the circle around a place: north, east, south, west."""
CONTROLLED = frozenset({"motorway", "ramp"})
"""Roads without frontage: no greenfield site opens onto them."""
SOURCE = "made by rule (h2plan generate)"


def along_roads(
    nodes: Mapping[str, RoadNode],
    links: Sequence[RoadLink],
    *,
    roads: Sequence[str],
    every_km: float,
    precision_m: float,
    city: str,
) -> tuple[Site, ...]:
    """Make a site at every `every_km` of each unbroken stretch of the named roads, measured along their geometry.

    Raises:
        InputError: a road that no link carries.
    """
    _refuse_unknown(roads, {link.road for link in links})
    plane = _plane(nodes)
    sites: list[Site] = []
    for road in roads:
        own = [link for link in links if link.road == road]
        lines = [LineString(_xy(plane, nodes, link)) for link in own]
        for number, point in enumerate(_points(lines, every_km), start=1):
            nearest = int(np.argmin([line.distance(point) for line in lines]))
            sites.append(
                _made(
                    f"along-{road}-{number:03d}",
                    f"{road}第{number}处",
                    f"{road} no. {number}",
                    at=_degrees(plane, point),
                    bank=_bank(nodes, own[nearest]),
                    precision_m=precision_m,
                    city=city,
                    district="",
                    rule=f"every {every_km:g} km along {road}",
                )
            )
    return tuple(sites)


def _points(lines: Sequence[LineString], every_km: float) -> list[Point]:
    step_m = every_km * 1000
    return [
        stretch.interpolate(step_m * (step + 1))
        for stretch in _stretches(lines)
        for step in range(math.floor(stretch.length / step_m))
    ]


def around_places(
    nodes: Mapping[str, RoadNode],
    links: Sequence[RoadLink],
    *,
    places: Sequence[tuple[Place, str]],
    ring_km: float,
    precision_m: float,
    city: str,
) -> tuple[Site, ...]:
    """Make up to four sites around each (place, district): the points of a circle, moved onto the nearest open road.

    A point that no open road passes within `ring_km` is left out, and so is one on the other bank of the place.
    """
    plane = _plane(nodes)
    open_links = [link for link in links if link.road_class not in CONTROLLED]
    if not open_links or not places:
        return ()
    lines = np.array([LineString(_xy(plane, nodes, link)) for link in open_links], dtype=object)
    tree = shapely.STRtree(lines)
    sites: list[Site] = []
    for place, district in places:
        for number, wanted in enumerate(_ring(plane, place, ring_km), start=1):
            at = int(tree.nearest(wanted))
            found = lines[at].interpolate(lines[at].project(wanted))
            bank = _bank(nodes, open_links[at])
            over_the_river = "none" not in (bank, place.bank) and bank != place.bank
            if found.distance(wanted) > ring_km * 1000 or over_the_river:
                continue
            sites.append(
                _made(
                    f"around-{place.id}-{number}",
                    f"{place.name}周边第{number}处",
                    f"around {place.name_en or place.name} no. {number}",
                    at=_degrees(plane, found),
                    bank=bank if bank != "none" else place.bank,
                    precision_m=precision_m,
                    city=city,
                    district=district,
                    rule=f"by the road {ring_km:g} km around {place.name}",
                )
            )
    return tuple(sites)


def _ring(plane: LocalPlane, place: Place, ring_km: float) -> list[Point]:
    x_m, y_m = (float(value[0]) for value in plane.to_xy([place.lon], [place.lat]))
    angles = [2 * math.pi * number / RING_POINTS for number in range(RING_POINTS)]
    return [Point(x_m + ring_km * 1000 * math.sin(a), y_m + ring_km * 1000 * math.cos(a)) for a in angles]


def _degrees(plane: LocalPlane, point: Point) -> tuple[float, float]:
    lon, lat = plane.to_lonlat([point.x], [point.y])
    return round(float(lon[0]), 6), round(float(lat[0]), 6)


def _made(
    id_: str,
    name: str,
    name_en: str,
    *,
    at: tuple[float, float],
    bank: Bank,
    precision_m: float,
    city: str,
    district: str,
    rule: str,
) -> Site:
    return Site(
        id=id_,
        name=name,
        name_en=name_en,
        lon=at[0],
        lat=at[1],
        bank=bank,
        precision_m=precision_m,
        kind="greenfield",
        city=city,
        district=district,
        source=SOURCE,
        verified="no",
        note=f"made by rule: {rule}",
    )


def _stretches(lines: Sequence[LineString]) -> list[LineString]:
    merged = linemerge(MultiLineString(lines)) if len(lines) > 1 else lines[0]
    return list(merged.geoms) if hasattr(merged, "geoms") else [merged]


def _plane(nodes: Mapping[str, RoadNode]) -> LocalPlane:
    return local_plane([node.lon for node in nodes.values()], [node.lat for node in nodes.values()])


def _xy(plane: LocalPlane, nodes: Mapping[str, RoadNode], link: RoadLink) -> NDArray[np.float64]:
    start, end = nodes[link.from_node], nodes[link.to_node]
    degrees = [(start.lon, start.lat), *link.via, (end.lon, end.lat)]
    return np.column_stack(plane.to_xy(*zip(*degrees, strict=True)))


def _bank(nodes: Mapping[str, RoadNode], link: RoadLink) -> Bank:
    """The bank of a link: that of both its ends, or not known."""
    banks = {nodes[link.from_node].bank, nodes[link.to_node].bank}
    return banks.pop() if len(banks) == 1 else "none"


def _refuse_unknown(roads: Sequence[str], known: set[str]) -> None:
    faults = []
    for road in roads:
        if road not in known:
            near = difflib.get_close_matches(road, sorted(known), n=3, cutoff=0.4)
            hint = f"did you mean {', '.join(near)}?" if near else "names stand in the column `road` of the links"
            faults.append(Fault(where="sites", column="along", message=f"no link is part of '{road}'", hint=hint))
    if faults:
        raise InputError(faults)


def refuse_lost_ends(nodes: Mapping[str, RoadNode], links: Sequence[RoadLink], *, where: str) -> None:
    """Refuse links that end at nodes that are not there.

    Raises:
        InputError: every such link.
    """
    faults = [
        Fault(where=where, column=link.id, message=f"ends at the node '{end}', which is not in the table of nodes")
        for link in links
        for end in (link.from_node, link.to_node)
        if end not in nodes
    ]
    if faults:
        raise InputError(faults)
