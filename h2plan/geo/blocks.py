"""Minutes and km between spots, a block of sources at a time so that memory stays bounded."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from h2plan.geo.access import Connected
from h2plan.geo.crs import geodesic_km
from h2plan.geo.paths import ROUNDING, Arcs, Tree, gate_figures, grow, lay_arcs, open_gates
from h2plan.geo.roads import Bools, Floats, Ints, Metric

CELLS = 1_500_000
"""Source-target cells worked on at once: about 150 MB."""
SOURCES = 500
"""Sources worked on at once at most: each adds a column to the search."""
PLANE_STRETCH = 1.1
"""The metric plane overstates distances by less than this up to 2,700 km from its meridian."""

ALONG_LINK, OFF_ROAD, NO_WAY = -1, -2, -3


@dataclass(frozen=True, kw_only=True, eq=False)
class Block:
    """Best ways from r sources to all t targets; arrays have the shape (r, t)."""

    rows: Ints
    """Positions of the r sources among the sources asked for."""
    sources: Ints
    targets: Ints
    """Spots."""
    tree: Tree
    cost: Floats
    """The minimised figure: inf where there is no way."""
    other: Floats
    way: NDArray[np.int16]
    """0, 1, …: through this gate of the target; else ALONG_LINK, OFF_ROAD or NO_WAY."""


def blocks(
    connected: Connected, sources: Ints, *, targets: Ints, metric: Metric, closed: Collection[str], limit: float
) -> Iterator[Block]:
    """Best ways from every source spot to every target spot; figures above `limit` may be missing or longer."""
    arcs = lay_arcs(connected.network, metric, closed)
    is_open = connected.network.open_links(closed)
    step = min(SOURCES, max(1, CELLS // max(2 * arcs.nodes, len(targets), 1)))
    usable = open_gates(connected.gates, connected.network, closed)
    for first in range(0, len(sources), step):
        rows = np.arange(first, min(first + step, len(sources)))
        block = _by_road(
            connected,
            arcs,
            rows=rows,
            sources=sources[rows],
            targets=targets,
            usable=usable,
            metric=metric,
            limit=limit,
        )
        _offer_along_link(block, connected, is_open=is_open, metric=metric)
        _offer_off_road(block, connected, metric=metric)
        yield block


def table(
    connected: Connected, sources: Ints, *, targets: Ints, metric: Metric, closed: Collection[str]
) -> tuple[Floats, Floats]:
    """Cost and other figure of all pairs, shape (sources, targets), without a limit; inf where there is no way."""
    turned = len(targets) < len(sources)
    rows, columns = (targets, sources) if turned else (sources, targets)
    cost, other = np.empty((len(rows), len(columns))), np.empty((len(rows), len(columns)))
    for block in blocks(connected, rows, targets=columns, metric=metric, closed=closed, limit=np.inf):
        cost[block.rows], other[block.rows] = block.cost, block.other
    return (cost.T, other.T) if turned else (cost, other)


def _by_road(
    connected: Connected,
    arcs: Arcs,
    *,
    rows: Ints,
    sources: Ints,
    targets: Ints,
    usable: Bools,
    metric: Metric,
    limit: float,
) -> Block:
    """Ways over the network: the best of the gates of each target."""
    gates = connected.gates
    tree = grow(arcs, gates, spots=sources, usable=usable, metric=metric, limit=limit)
    gate_cost, gate_other = gate_figures(gates, metric)
    shape = len(sources), len(targets)
    cost, other = np.full(shape, np.inf), np.full(shape, np.nan)
    way = np.full(shape, NO_WAY, dtype=np.int16)
    first, end = gates.start[targets], gates.start[targets + 1]
    for slot in range(int((end - first).max(initial=0))):
        columns = np.flatnonzero(first + slot < end)
        columns = columns[usable[first[columns] + slot]]
        gate = first[columns] + slot
        offered = tree.cost[:, gates.node[gate]] + gate_cost[gate]
        better = offered < cost[:, columns]
        cost[:, columns] = np.where(better, offered, cost[:, columns])
        other[:, columns] = np.where(better, tree.other[:, gates.node[gate]] + gate_other[gate], other[:, columns])
        way[:, columns] = np.where(better, np.int16(slot), way[:, columns])
    return Block(rows=rows, sources=sources, targets=targets, tree=tree, cost=cost, other=other, way=way)


def _offer(block: Block, row: Ints, column: Ints, *, cost: Floats, other: Floats, way: int) -> None:
    """Take another way for the cells (row, column) where it is better."""
    better = cost < block.cost[row, column]
    cells = row[better], column[better]
    block.cost[cells], block.other[cells], block.way[cells] = cost[better], other[better], way


def _offer_along_link(block: Block, connected: Connected, *, is_open: Bools, metric: Metric) -> None:
    """Two spots on one open link need not go through its ends."""
    link = connected.link
    source_link, target_link = link[block.sources], link[block.targets]
    on = np.flatnonzero((source_link >= 0) & np.append(is_open, False)[source_link])
    order = np.argsort(target_link, kind="stable")
    low = np.searchsorted(target_link[order], source_link[on], side="left")
    count = np.searchsorted(target_link[order], source_link[on], side="right") - low
    row = np.repeat(on, count)
    within = np.arange(row.size) - np.repeat(np.cumsum(count) - count, count)
    column = order[np.repeat(low, count) + within]
    a, b = block.sources[row], block.targets[column]
    part = np.abs(connected.share[a] - connected.share[b])
    minutes = connected.leg_min[a] + connected.leg_min[b] + part * connected.network.link_min[link[a]]
    km = connected.leg_km[a] + connected.leg_km[b] + part * connected.network.link_km[link[a]]
    cost, other = (minutes, km) if metric == "min" else (km, minutes)
    _offer(block, row, column, cost=cost, other=other, way=ALONG_LINK)


def _offer_off_road(block: Block, connected: Connected, *, metric: Metric) -> None:
    """Neighbours on one bank drive straight across if that is no longer than their two legs to the road."""
    access = connected.access
    leg_km = connected.leg_km[block.sources][:, None] + connected.leg_km[block.targets]
    apart_m = np.hypot(
        connected.x_m[block.sources][:, None] - connected.x_m[block.targets],
        connected.y_m[block.sources][:, None] - connected.y_m[block.targets],
    )
    row, column = np.nonzero(apart_m <= leg_km * (1000 * PLANE_STRETCH / access.detour_factor) + 1)
    a, b = block.sources[row], block.targets[column]
    straight_km = geodesic_km(connected.lon[a], connected.lat[a], connected.lon[b], connected.lat[b])
    bank_a, bank_b = connected.bank[a], connected.bank[b]
    same_bank = (bank_a == bank_b) | ((straight_km == 0) & ((bank_a == 0) | (bank_b == 0)))
    km = access.detour_factor * straight_km
    kept = same_bank & (km <= leg_km[row, column] + ROUNDING)
    km, row, column = km[kept], row[kept], column[kept]
    minutes = km / access.off_road_km_per_h * 60
    cost, other = (minutes, km) if metric == "min" else (km, minutes)
    _offer(block, row, column, cost=cost, other=other, way=OFF_ROAD)
