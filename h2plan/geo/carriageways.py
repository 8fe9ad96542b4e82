"""Service areas as two half-sites, one on each carriageway."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np
import shapely
from numpy.typing import NDArray

from h2plan.domain import Site
from h2plan.geo.access import Heading
from h2plan.geo.roads import RoadNetwork, bank_codes
from h2plan.geo.snap import Points, Snaps, link_lines, snap

APART_M = 500.0
"""The other carriageway is looked for within this distance of the site. h2plan assumption, unverified."""
OPPOSITE_COSINE = -0.5
"""Carriageways whose directions differ by more than 120 degrees run against each other."""
STEP_M = 10.0
"""Halves on a centre line stand this far apart and from its ends: at a node a half would serve both directions."""
SIDES: tuple[tuple[str, Heading], ...] = (("a", "forward"), ("b", "backward"))

Lines = NDArray[np.object_]


def halves(
    network: RoadNetwork, sites: Sequence[Site], *, limit_km: float
) -> tuple[dict[str, tuple[Site, ...]], dict[str, Heading]]:
    """The half-sites of each site by its id, and the headings of those that stand on a centre line.

    On one-way links the halves stand on the nearest link and on the nearest one that runs against it; a site with
    one carriageway in reach stays whole. On a link that is driven both ways the halves stand side by side: -a serves
    the traffic from from_node to to_node, -b the other; who drives the other way turns at the next node.
    """
    if not sites:
        return {}, {}
    lines = link_lines(network)
    snaps = _snapped(network, sites, limit_km)
    found: dict[str, tuple[Site, ...]] = {}
    headings: dict[str, Heading] = {}
    for n, site in enumerate(sites):
        link, along_m = _stand(network, lines, snaps, n)
        if network.oneway[link]:
            found[site.id] = _on_carriageways(network, lines, site, link)
            continue
        around = min(max(along_m, STEP_M), max(float(lines[link].length) - STEP_M, STEP_M))
        places = [_place(network, lines, link, around + step) for step in (-STEP_M / 2, STEP_M / 2)]
        found[site.id] = _two(site, places)
        headings |= {f"{site.id}-{side}": heading for side, heading in SIDES}
    return found, headings


def _snapped(network: RoadNetwork, sites: Sequence[Site], limit_km: float) -> Snaps:
    points = Points(
        ids=tuple(site.id for site in sites),
        names=tuple(site.name for site in sites),
        lon=np.array([site.lon for site in sites]),
        lat=np.array([site.lat for site in sites]),
        bank=bank_codes(site.bank for site in sites),
        on_road=np.ones(len(sites), dtype=bool),
    )
    return snap(network, points, limit_km=limit_km, where="sites")


def _stand(network: RoadNetwork, lines: Lines, snaps: Snaps, n: int) -> tuple[int, float]:
    """The link on which a site stands and how far along its line, m; at a node the first link by id."""
    link = int(snaps.link[n])
    if link >= 0:
        return link, float(snaps.share[n]) * float(lines[link].length)
    node = int(snaps.node[n])
    link = int(np.flatnonzero((network.link_from == node) | (network.link_to == node))[0])
    length_m = float(lines[link].length)
    return link, 0.0 if network.link_from[link] == node else length_m


def _place(network: RoadNetwork, lines: Lines, link: int, along_m: float) -> tuple[float, float]:
    point = lines[link].interpolate(along_m)
    lon, lat = network.plane.to_lonlat(point.x, point.y)
    return float(lon), float(lat)


def _on_carriageways(network: RoadNetwork, lines: Lines, site: Site, link: int) -> tuple[Site, ...]:
    x_m, y_m = network.plane.to_xy(site.lon, site.lat)
    here = shapely.Point(float(x_m), float(y_m))
    ahead = _direction(lines[link], here)
    near = np.flatnonzero(network.oneway & (shapely.distance(lines, here) <= APART_M))
    against = [int(n) for n in near if float(_direction(lines[n], here) @ ahead) < OPPOSITE_COSINE]
    if not against:
        return (site,)
    away_m = shapely.distance(lines, here)
    other = min(against, key=lambda n: (float(away_m[n]), n))
    places = [_place(network, lines, n, float(lines[n].project(here))) for n in (link, other)]
    return _two(site, places)


def _two(site: Site, places: Sequence[tuple[float, float]]) -> tuple[Site, ...]:
    halves_of = zip(SIDES, places, strict=True)
    return tuple(
        replace(
            site,
            id=f"{site.id}-{side}",
            name=f"{site.name}({side.upper()}侧)",
            name_en=f"{site.name_en or site.name} (side {side.upper()})",
            lon=lon,
            lat=lat,
        )
        for (side, _), (lon, lat) in halves_of
    )


def _direction(line: shapely.LineString, here: shapely.Point) -> NDArray[np.float64]:
    """Unit vector of the line where it passes a point."""
    along = line.project(here)
    a, b = line.interpolate(max(0.0, along - 1)), line.interpolate(min(line.length, along + 1))
    step = np.array([b.x - a.x, b.y - a.y])
    return np.asarray(step / np.hypot(*step))
