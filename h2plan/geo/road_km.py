"""Where places lie along a named road: its unbroken stretches, and the km from the beginning of each."""

from __future__ import annotations

import difflib
from collections.abc import Collection, Mapping
from dataclasses import dataclass

import numpy as np
import shapely
from shapely.geometry import LineString, MultiLineString
from shapely.ops import linemerge

from h2plan.domain import Place
from h2plan.errors import Fault, InputError
from h2plan.geo.roads import RoadNetwork
from h2plan.geo.snap import link_lines

ROADS_BETWEEN = "/"
"""Written between the names of a link that belongs to several roads."""


@dataclass(frozen=True, kw_only=True)
class RoadStretch:
    """An unbroken piece of a road."""

    line: LineString
    """In the metric plane of the network."""
    is_ring: bool

    @property
    def length_km(self) -> float:
        return float(self.line.length) / 1000.0


@dataclass(frozen=True, kw_only=True)
class NamedRoad:
    """A road by name: its links and its stretches."""

    name: str
    links: frozenset[str]
    stretches: tuple[RoadStretch, ...]


def find_road(network: RoadNetwork, name: str, *, where: str) -> NamedRoad:
    """Return the road of that name.

    A stretch ends where the road ends, or where more than two of its links meet. Links that repeat an expressway stay
    out.

    Raises:
        InputError: no link carries the name.
    """
    own = [n for n, link in enumerate(network.links) if name in link.road.split(ROADS_BETWEEN) and not link.along_link]
    if not own:
        known = sorted({part for link in network.links for part in link.road.split(ROADS_BETWEEN) if part})
        near = difflib.get_close_matches(name, known, n=3, cutoff=0.4)
        hint = f"did you mean {', '.join(near)}?" if near else "names stand in the column `road` of the links"
        raise InputError(Fault(where=where, column="road", message=f"no link is part of '{name}'", hint=hint))
    lines = link_lines(network)[own]
    merged = linemerge(MultiLineString(list(lines))) if len(own) > 1 else lines[0]
    pieces = list(merged.geoms) if hasattr(merged, "geoms") else [merged]
    pieces.sort(key=lambda line: (-line.length, line.coords[0]))
    return NamedRoad(
        name=name,
        links=frozenset(network.links[n].id for n in own),
        stretches=tuple(RoadStretch(line=line, is_ring=bool(line.is_closed)) for line in pieces),
    )


def near_road(network: RoadNetwork, road: NamedRoad, places: Collection[Place], *, within_km: float) -> frozenset[str]:
    """Return the ids of the places within a straight-line distance of the road."""
    return frozenset(place for at in along(network, road, places, within_km=within_km) for place in at)


def along(
    network: RoadNetwork, road: NamedRoad, places: Collection[Place], *, within_km: float
) -> tuple[Mapping[str, float], ...]:
    """Return for each stretch the places within a straight-line distance of it: id to km from its beginning."""
    named = sorted(places, key=lambda place: place.id)
    x_m, y_m = network.plane.to_xy([place.lon for place in named], [place.lat for place in named])
    points = np.asarray(shapely.points(x_m, y_m), dtype=object)
    found = []
    for stretch in road.stretches:
        near = shapely.distance(stretch.line, points) <= within_km * 1000.0
        km = shapely.line_locate_point(stretch.line, points) / 1000.0
        found.append({place.id: float(km[n]) for n, place in enumerate(named) if near[n]})
    return tuple(found)
