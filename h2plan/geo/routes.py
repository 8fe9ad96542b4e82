"""Flows on the network: the fastest route of each, what a stop at a site adds to it, and the load of each link."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from h2plan.errors import Fault, InputError
from h2plan.geo.access import Connected
from h2plan.geo.blocks import ALONG_LINK, CELLS, Block, blocks, table
from h2plan.geo.paths import ROUNDING, Arcs, lay_arcs
from h2plan.geo.roads import Floats, Ints, Metric, RoadNetwork


class Trip(Protocol):
    """Anything with an id, an origin and a destination; a `Flow` is one."""

    @property
    def id(self) -> str: ...
    @property
    def origin(self) -> str: ...
    @property
    def destination(self) -> str: ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Route:
    """The best route of one trip. The first and last link may be driven in part; off the road there are none."""

    trip_id: str
    links: tuple[str, ...]
    minutes: float
    km: float


@dataclass(frozen=True, kw_only=True, eq=False)
class Detours:
    """Row n: trip_ids[trip[n]] can stop at site_ids[site[n]] for so many extra minutes and km; sorted by both."""

    trip_ids: tuple[str, ...]
    site_ids: tuple[str, ...]
    trip: Ints
    site: Ints
    minutes: Floats
    km: Floats
    """Of the fastest way with the stop, less the fastest way without; the figure not minimised may be negative."""


def trace(
    connected: Connected,
    trips: Sequence[Trip],
    *,
    metric: Metric = "min",
    closed: Collection[str] = frozenset(),
    where: str = "flows",
) -> tuple[Route, ...]:
    """The best route of each trip, in the order of the trips.

    Raises InputError naming both ends of every trip without a route.
    """
    origin = connected.spots([trip.origin for trip in trips])
    end = connected.spots([trip.destination for trip in trips])
    arcs = lay_arcs(connected.network, metric, closed)
    links: list[Sequence[int]] = [()] * len(trips)
    cost, other = np.full(len(trips), np.inf), np.full(len(trips), np.nan)
    for block, mine, row, column in _cells(connected, origin, end=end, metric=metric, closed=closed):
        cost[mine], other[mine] = block.cost[row, column], block.other[row, column]
        for n, route in zip(mine, _routes(connected, block, arcs=arcs, row=row, column=column), strict=True):
            links[n] = route
    _refuse_cut_off(connected, trips, np.isinf(cost), where)
    minutes, km = (cost, other) if metric == "min" else (other, cost)
    names = [link.id for link in connected.network.links]
    return tuple(
        Route(trip_id=trip.id, links=tuple(names[n] for n in route), minutes=float(m), km=float(length))
        for trip, route, m, length in zip(trips, links, minutes, km, strict=True)
    )


def detours(
    connected: Connected,
    trips: Sequence[Trip],
    *,
    sites: Sequence[str],
    limit: float,
    metric: Metric = "min",
    closed: Collection[str] = frozenset(),
    where: str = "flows",
) -> Detours:
    """What it adds to each trip to drive origin - site - destination, for all sites where that is at most `limit`.

    Both parts and the direct trip are best by `metric`, in whose unit the limit stands. Legs from the road to the
    site and back are part of it. Raises InputError naming both ends of every trip without a route.
    """
    origin = connected.spots([trip.origin for trip in trips])
    end = connected.spots([trip.destination for trip in trips])
    direct, direct_other = np.full(len(trips), np.inf), np.full(len(trips), np.nan)
    for block, mine, row, column in _cells(connected, origin, end=end, metric=metric, closed=closed):
        direct[mine], direct_other[mine] = block.cost[row, column], block.other[row, column]
    _refuse_cut_off(connected, trips, np.isinf(direct), where)
    there, back = _legs(connected, origin, end=end, sites=connected.spots(sites), metric=metric, closed=closed)
    none = np.empty(0, dtype=np.intp), np.empty(0, dtype=np.intp), np.empty(0), np.empty(0)
    parts = []
    step = max(1, CELLS // max(1, len(sites)))
    for first in range(0, len(trips), step):
        rows = np.arange(first, min(first + step, len(trips)))
        extra = _not_below_zero(there.cost[there.at[rows]] + back.cost[back.at[rows]] - direct[rows, None])
        row, column = np.nonzero(np.isfinite(extra) & (extra <= limit + ROUNDING))
        trip = rows[row]
        more = there.other[there.at[trip], column] + back.other[back.at[trip], column] - direct_other[trip]
        parts.append((trip, column, extra[row, column], np.where(np.abs(more) < ROUNDING, 0.0, more)))
    trip, site, *figures = (np.concatenate(column) for column in zip(none, *parts, strict=True))
    minutes, km = figures if metric == "min" else figures[::-1]
    return Detours(
        trip_ids=tuple(trip.id for trip in trips), site_ids=tuple(sites), trip=trip, site=site, minutes=minutes, km=km
    )


@dataclass(frozen=True, kw_only=True, eq=False)
class _Leg:
    """Ways between n terminals and s sites, shape (n, s), and the terminal of each trip."""

    cost: Floats
    other: Floats
    at: Ints


def _legs(
    connected: Connected, origin: Ints, *, end: Ints, sites: Ints, metric: Metric, closed: Collection[str]
) -> tuple[_Leg, _Leg]:
    """Ways from the origins to the sites, and from the sites to the ends; one search for both if no link is one-way."""
    if connected.is_directed:
        origins, at_origin = np.unique(origin, return_inverse=True)
        ends, at_end = np.unique(end, return_inverse=True)
        cost, other = table(connected, origins, targets=sites, metric=metric, closed=closed)
        there = _Leg(cost=cost, other=other, at=at_origin)
        cost, other = table(connected, sites, targets=ends, metric=metric, closed=closed)
        return there, _Leg(cost=cost.T, other=other.T, at=at_end)
    terminals, at = np.unique(np.concatenate([origin, end]), return_inverse=True)
    cost, other = table(connected, terminals, targets=sites, metric=metric, closed=closed)
    return _Leg(cost=cost, other=other, at=at[: len(origin)]), _Leg(cost=cost, other=other, at=at[len(origin) :])


def link_loads(network: RoadNetwork, routes: Sequence[Route], *, weights: Mapping[str, float]) -> Mapping[str, float]:
    """Sum of the weights (by trip id) of the routes that use each link, in whole or in part.

    Where a link repeats an expressway link, the load counts on the expressway link only, once for each route.
    """
    return loads_on_links(network, {route.trip_id: route.links for route in routes}, weights=weights)


def loads_on_links(
    network: RoadNetwork, links_of: Mapping[str, Collection[str]], *, weights: Mapping[str, float]
) -> Mapping[str, float]:
    """As `link_loads`, for routes given as the links of each trip id."""
    name = {link.id: link.along_link if link.along_link in network.link_index else link.id for link in network.links}
    loads: dict[str, float] = {}
    for trip, links in links_of.items():
        for link_id in {name[link_id] for link_id in links}:
            loads[link_id] = loads.get(link_id, 0.0) + weights[trip]
    return dict(sorted(loads.items()))


def _cells(
    connected: Connected, origin: Ints, *, end: Ints, metric: Metric, closed: Collection[str]
) -> Iterator[tuple[Block, Ints, Ints, Ints]]:
    """Blocks over all origins and ends, each with the trips that begin in it and their rows and columns."""
    origins, at_origin = np.unique(origin, return_inverse=True)
    ends, at_end = np.unique(end, return_inverse=True)
    for block in blocks(connected, origins, targets=ends, metric=metric, closed=closed, limit=np.inf):
        mine = np.flatnonzero((at_origin >= block.rows[0]) & (at_origin <= block.rows[-1]))
        yield block, mine, at_origin[mine] - block.rows[0], at_end[mine]


def _not_below_zero(extra: Floats) -> Floats:
    """Rounding aside, a stop never saves time, unless a short cut off the road is open to the parts only: then 0."""
    return np.where(extra < ROUNDING, 0.0, extra)


def _routes(connected: Connected, block: Block, *, arcs: Arcs, row: Ints, column: Ints) -> Iterator[Sequence[int]]:
    """Links in driving order, for each cell (row, column) of a block."""
    gates = connected.gates
    way = block.way[row, column]
    by_road = np.flatnonzero(way >= 0)
    gate = gates.start[block.targets[column[by_road]]] + way[by_road]
    whole = iter(_walk(block, arcs, row=row[by_road], node=gates.node[gate]))
    last = iter(gates.link[gate])
    for kind, first in zip(way, connected.link[block.sources[row]], strict=True):
        if kind >= 0:
            yield [int(link) for link in (first, *next(whole), next(last)) if link >= 0]
        else:
            yield [int(first)] if kind == ALONG_LINK else []


def _walk(block: Block, arcs: Arcs, *, row: Ints, node: Ints) -> list[list[int]]:
    """Whole links from the first road node to `node`, all paths one step back at a time."""
    pair = np.repeat(np.arange(arcs.nodes), np.diff(arcs.start)) * arcs.nodes + arcs.head
    backwards: list[tuple[Ints, Ints]] = []
    active, here = np.arange(len(row)), node
    while active.size:
        ahead: Ints = block.tree.before[row[active], here].astype(np.intp)
        moving = ahead < arcs.nodes
        active, here, ahead = active[moving], here[moving], ahead[moving]
        backwards.append((active, arcs.link[np.searchsorted(pair, ahead * arcs.nodes + here)]))
        here = ahead
    walked: list[list[int]] = [[] for _ in range(len(row))]
    for walkers, links in reversed(backwards):
        for n, link in zip(walkers, links, strict=True):
            walked[n].append(int(link))
    return walked


def _refuse_cut_off(connected: Connected, trips: Sequence[Trip], cut_off: NDArray[np.bool_], where: str) -> None:
    names = connected.names
    faults = []
    for trip in (trip for trip, lost in zip(trips, cut_off, strict=True) if lost):
        ends = f"{trip.origin} ({names[trip.origin]}) to {trip.destination} ({names[trip.destination]})"
        hint = "check the closed links around both ends"
        faults.append(
            Fault(where=where, value=trip.id, message=f"flow {trip.id}: no open road leads from {ends}", hint=hint)
        )
    if faults:
        raise InputError(faults)
