"""Where a place joins the road: the nearest point of the network that it may use, on its own bank of the river."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
import shapely
from numpy.typing import NDArray

from h2plan.errors import Fault, InputError
from h2plan.geo.crs import geodesic_km
from h2plan.geo.roads import BANKS, Bools, Floats, Ints, RoadNetwork, opposite

NO_ACCESS_CLASSES = frozenset({"motorway", "ramp"})
"""Controlled-access roads: joined at interchanges and toll gates only."""
GATE_KINDS = frozenset({"interchange", "toll_gate"})
"""Nodes where a place off the road may enter a controlled-access road."""
SNAP_LIMIT_KM = 15.0
END_SHARE = 1e-9
"""A foot this close to a link's end (as a share of the link) is the end."""


@dataclass(frozen=True, kw_only=True, eq=False)
class Points:
    """Places to put on the road; every array has shape (points,)."""

    ids: tuple[str, ...]
    names: tuple[str, ...]
    lon: Floats
    lat: Floats
    bank: NDArray[np.int8]
    """Place of the bank in `roads.BANKS`."""
    on_road: Bools
    """True for places that stand on the network (service areas, interchanges, toll gates): any class will do."""


@dataclass(frozen=True, kw_only=True, eq=False)
class Snaps:
    """Where each point joins: on a link (`node` is -1) or at a node (`link` is -1)."""

    ids: tuple[str, ...]
    link: Ints
    """Position in `network.links`, or -1."""
    share: Floats
    """How far along the link from its from_node, 0..1; NaN at a node."""
    node: Ints
    """Position in `network.nodes`, or -1."""
    distance_m: Floats
    """Straight distance from the point to where it joins."""
    lon: Floats
    lat: Floats


def joined_roads(network: RoadNetwork, snaps: Snaps) -> tuple[tuple[str, float, str, str], ...]:
    """Id of each point, metres to where it joins, id of the link or node it joins, and the name of that road."""
    rows = zip(snaps.ids, snaps.distance_m, snaps.link, snaps.node, strict=True)
    return tuple(
        (name, float(metres), network.links[link].id, network.links[link].road)
        if link >= 0
        else (name, float(metres), network.nodes[node].id, network.nodes[node].name)
        for name, metres, link, node in rows
    )


@dataclass(frozen=True, eq=False)
class _Shapes:
    """What points may join: lines of links, then gate nodes, in the metric plane."""

    lines: NDArray[np.object_]
    gates: Ints
    """Positions of the gate nodes in `network.nodes`."""
    gate_points: NDArray[np.object_]


def snap(
    network: RoadNetwork,
    points: Points,
    *,
    limit_km: float = SNAP_LIMIT_KM,
    no_access_classes: frozenset[str] = NO_ACCESS_CLASSES,
    where: str = "places",
) -> Snaps:
    """Put each point on the nearest road it may join.

    A point never joins across the river: links and nodes with an end on the opposite bank are out. A place off the
    road joins neither a bridge nor a controlled-access road, which it may enter at interchanges and toll gates.
    Raises InputError naming every point farther than `limit_km` from any such road.
    """
    shapes = _shapes(network)
    x, y = network.plane.to_xy(points.lon, points.lat)
    positions = shapely.points(x, y)
    count = len(points.ids)
    link, node = np.full(count, -1, dtype=np.intp), np.full(count, -1, dtype=np.intp)
    for bank in range(len(BANKS)):
        for on_road in (False, True):
            chosen = np.flatnonzero((points.bank == bank) & (points.on_road == on_road))
            if chosen.size:
                classes = frozenset() if on_road else no_access_classes
                joinable = _joinable(network, shapes, bank, on_road, classes)
                link[chosen], node[chosen] = _nearest(shapes, joinable, positions[chosen])
    snaps = _measure(network, points, lines=shapes.lines, link=link, node=node)
    if faults := list(_too_far(network, points, snaps, limit_km, where)):
        raise InputError(faults)
    return snaps


def link_lines(network: RoadNetwork) -> NDArray[np.object_]:
    """The line of every link in the metric plane, from its from_node; shape (links,)."""
    ends = [(network.nodes[a], network.nodes[b]) for a, b in zip(network.link_from, network.link_to, strict=True)]
    corners = [((a.lon, a.lat), *link.via, (b.lon, b.lat)) for link, (a, b) in zip(network.links, ends, strict=True)]
    flat = np.array([corner for line in corners for corner in line])
    owner = np.repeat(np.arange(len(corners)), [len(line) for line in corners])
    x, y = network.plane.to_xy(flat[:, 0], flat[:, 1])
    return np.asarray(shapely.linestrings(np.column_stack([x, y]), indices=owner), dtype=object)


def _shapes(network: RoadNetwork) -> _Shapes:
    gates = np.array([n for n, node in enumerate(network.nodes) if node.kind in GATE_KINDS], dtype=np.intp)
    x, y = network.plane.to_xy(network.node_lon[gates], network.node_lat[gates])
    return _Shapes(link_lines(network), gates, np.asarray(shapely.points(x, y), dtype=object))


def _joinable(
    network: RoadNetwork, shapes: _Shapes, bank: int, on_road: bool, no_access_classes: frozenset[str]
) -> tuple[Ints, Ints]:
    """Positions in `network.links` and in `shapes.gates` that points of this bank may join."""
    own = np.array(bank, dtype=np.int8)
    across = opposite(network.node_bank, own)
    allowed = ~(across[network.link_from] | across[network.link_to])
    allowed &= ~np.array([link.road_class in no_access_classes for link in network.links], dtype=bool)
    if not on_road:
        allowed &= ~network.crosses_river
    return np.flatnonzero(allowed), np.flatnonzero(~across[shapes.gates])


def _nearest(shapes: _Shapes, joinable: tuple[Ints, Ints], positions: NDArray[np.object_]) -> tuple[Ints, Ints]:
    """Nearest link or gate of each position; of equally near ones the first by id, links before gates."""
    links, gates = joinable
    near_link, link_m = _nearest_of(shapes.lines[links], positions)
    near_gate, gate_m = _nearest_of(shapes.gate_points[gates], positions)
    by_link = np.isfinite(link_m) & (link_m <= gate_m)
    by_gate = np.isfinite(gate_m) & ~by_link
    link, node = np.full(len(positions), -1, dtype=np.intp), np.full(len(positions), -1, dtype=np.intp)
    link[by_link] = links[near_link[by_link]]
    node[by_gate] = shapes.gates[gates[near_gate[by_gate]]]
    return link, node


def _nearest_of(shapes: NDArray[np.object_], positions: NDArray[np.object_]) -> tuple[Ints, Floats]:
    """First nearest shape of each position and its distance in m; -1 and inf if there are no shapes."""
    nearest, metres = np.full(len(positions), -1, dtype=np.intp), np.full(len(positions), np.inf)
    if len(shapes):
        (asked, found), distance_m = shapely.STRtree(shapes).query_nearest(positions, return_distance=True)
        order = np.lexsort((found, asked))
        first, at = np.unique(asked[order], return_index=True)
        nearest[first], metres[first] = found[order][at], distance_m[order][at]
    return nearest, metres


def _measure(network: RoadNetwork, points: Points, *, lines: NDArray[np.object_], link: Ints, node: Ints) -> Snaps:
    """Share along the link, foot and straight distance; a foot at a link's end becomes that node."""
    share, foot_x, foot_y = (np.full(len(link), np.nan) for _ in range(3))
    on = np.flatnonzero(link >= 0)
    x, y = network.plane.to_xy(points.lon[on], points.lat[on])
    share[on] = shapely.line_locate_point(lines[link[on]], shapely.points(x, y), normalized=True)
    foot = shapely.line_interpolate_point(lines[link[on]], share[on], normalized=True)
    foot_x[on], foot_y[on] = shapely.get_x(foot), shapely.get_y(foot)
    lon, lat = network.plane.to_lonlat(foot_x, foot_y)
    for end, near in ((network.link_from, share <= END_SHARE), (network.link_to, share >= 1 - END_SHARE)):
        node[near] = end[link[near]]
        link[near], share[near] = -1, np.nan
    at = np.flatnonzero(node >= 0)
    lon[at], lat[at] = network.node_lon[node[at]], network.node_lat[node[at]]
    joined = np.flatnonzero((link >= 0) | (node >= 0))
    distance_m = np.full(len(link), np.inf)
    distance_m[joined] = 1000 * geodesic_km(points.lon[joined], points.lat[joined], lon[joined], lat[joined])
    return Snaps(ids=points.ids, link=link, share=share, node=node, distance_m=distance_m, lon=lon, lat=lat)


def _too_far(network: RoadNetwork, points: Points, snaps: Snaps, limit_km: float, where: str) -> Iterator[Fault]:
    for n in np.flatnonzero(snaps.distance_m > limit_km * 1000):
        name = f"{points.ids[n]} ({points.names[n]})"
        if np.isinf(snaps.distance_m[n]):
            bank = BANKS[points.bank[n]]
            message, hint = (
                f"{name}: no road on the {bank} bank can be joined",
                "check its bank and the banks of the nodes",
            )
        else:
            road = _road_name(network, int(snaps.link[n]), int(snaps.node[n]))
            message = f"{name}: {snaps.distance_m[n] / 1000:.1f} km from {road}, the nearest road it may join"
            hint = f"the limit is {limit_km:g} km: correct its position or bank, or add the road"
        yield Fault(where=where, value=points.ids[n], message=message, hint=hint)


def _road_name(network: RoadNetwork, link: int, node: int) -> str:
    if link < 0:
        return f"node {network.nodes[node].id} {network.nodes[node].name}".rstrip()
    return f"link {network.links[link].id} {network.links[link].road}".rstrip()
