"""Minutes and km between spots, a block of sources at a time so that memory stays bounded."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from h2plan.geo.access import Connected, Gates
from h2plan.geo.crs import geodesic_km
from h2plan.geo.paths import ROUNDING, Arcs, Tree, gate_figures, grow, lay_arcs, open_gates, reach_of
from h2plan.geo.roads import Bools, Floats, Ints, Metric, opposite

CELLS = 1_500_000
"""Source-target cells worked on at once: about 150 MB."""
SOURCES = 500
"""Sources worked on at once at most: each adds a column to the search."""
SOURCES_WITHIN = 32
"""The same with a limit: few enough that neighbours see a small part of the network, enough to share finding it."""
PLANE_STRETCH = 1.1
"""The metric plane overstates distances by less than this up to 2,700 km from its meridian."""

ALONG_LINK, OFF_ROAD, NO_WAY = -1, -2, -3


@dataclass(frozen=True, kw_only=True, eq=False)
class Block:
    """Best ways from r sources to t targets, or back if the search was turned; arrays have the shape (r, t)."""

    rows: Ints
    """Positions of the r sources among the sources asked for."""
    columns: Ints
    """Positions of the t targets among the targets asked for: with a limit, those beyond it are left out."""
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
    connected: Connected,
    sources: Ints,
    *,
    targets: Ints,
    metric: Metric,
    closed: Collection[str],
    limit: float,
    turned: bool = False,
) -> Iterator[Block]:
    """Best ways from every source spot to every target spot; figures above `limit` may be missing or longer.

    Turned, the ways lead from the targets to the sources. Sources are taken in an order that keeps neighbours
    together, so that with a limit each block sees a small part of the network.
    """
    search = _Search(
        connected=connected,
        arcs=lay_arcs(connected.network, metric, closed, turned=turned),
        is_open=connected.network.open_links(closed),
        leaving=open_gates(connected.gates, connected.network, closed, way="in" if turned else "out"),
        coming=open_gates(connected.gates, connected.network, closed, way="out" if turned else "in"),
        metric=metric,
        limit=limit,
    )
    if np.isinf(limit):
        step = min(SOURCES, max(1, CELLS // max(2 * search.arcs.nodes, len(targets), 1)))
        for first in range(0, len(sources), step):
            rows = np.arange(first, min(first + step, len(sources)))
            yield search.block(rows, sources, targets=targets, near=None)
        return
    order = grid_order(connected.x_m[sources], connected.y_m[sources])
    most = min(SOURCES_WITHIN, max(1, CELLS // max(len(targets), 1)))
    for first in range(0, len(sources), most):
        rows = order[first : first + most]
        near = search.near(sources[rows])
        step = max(1, CELLS // max(2 * near.size, 1))
        for part in range(0, len(rows), step):
            yield search.block(rows[part : part + step], sources, targets=targets, near=near)


def table(
    connected: Connected,
    sources: Ints,
    *,
    targets: Ints,
    metric: Metric,
    closed: Collection[str],
) -> tuple[Floats, Floats]:
    """Cost and other figure from all sources to all targets, shape (sources, targets), without a limit."""
    turned = len(targets) < len(sources)
    rows, columns = (targets, sources) if turned else (sources, targets)
    cost, other = np.empty((len(rows), len(columns))), np.empty((len(rows), len(columns)))
    for block in blocks(connected, rows, targets=columns, metric=metric, closed=closed, limit=np.inf, turned=turned):
        cost[block.rows], other[block.rows] = block.cost, block.other
    return (cost.T, other.T) if turned else (cost, other)


def grid_order(x: Floats, y: Floats) -> Ints:
    """Positions ordered by Morton code on a grid of 1,024 x 1,024, so that neighbours stand together; shape (n,)."""
    if not x.size:
        return np.empty(0, dtype=np.intp)
    side = max(float(np.ptp(x)), float(np.ptp(y)), 1.0)
    column = ((x - x.min()) / side * 1023).astype(np.int64)
    row = ((y - y.min()) / side * 1023).astype(np.int64)
    code = np.zeros(x.size, dtype=np.int64)
    for bit in range(10):
        code |= ((column >> bit) & 1) << (2 * bit) | ((row >> bit) & 1) << (2 * bit + 1)
    return np.argsort(code, kind="stable")


@dataclass(frozen=True, kw_only=True, eq=False)
class _Search:
    """What the blocks of one question share."""

    connected: Connected
    arcs: Arcs
    is_open: Bools
    leaving: Bools
    """Gates through which the search may leave a source."""
    coming: Bools
    """Gates through which it may come to a target."""
    metric: Metric
    limit: float

    def near(self, spots: Ints) -> Ints:
        """Nodes within the limit of any of the spots."""
        return reach_of(
            self.arcs, self.connected.gates, spots=spots, usable=self.leaving, metric=self.metric, limit=self.limit
        )

    def block(self, rows: Ints, sources: Ints, *, targets: Ints, near: Ints | None) -> Block:
        connected, metric = self.connected, self.metric
        sources = sources[rows]
        tree = grow(
            self.arcs,
            connected.gates,
            spots=sources,
            usable=self.leaving,
            metric=metric,
            limit=self.limit,
            near=near,
        )
        columns = np.arange(len(targets))
        if near is not None:
            columns = columns[self._perhaps_within(tree, sources, targets)]
        block = _by_road(
            connected.gates,
            tree,
            rows=rows,
            sources=sources,
            columns=columns,
            targets=targets[columns],
            usable=self.coming,
            metric=metric,
        )
        _offer_along_link(block, connected, is_open=self.is_open, metric=metric, turned=self.arcs.turned)
        _offer_off_road(block, connected, metric=metric)
        return block

    def _perhaps_within(self, tree: Tree, sources: Ints, targets: Ints) -> Bools:
        """Targets that a way within the limit may lead to: by road, along a source's link, or straight across."""
        connected = self.connected
        gates = connected.gates
        enters = (tree.places(gates.node) >= 0) & self.coming
        reached = np.zeros(len(gates.start) - 1, dtype=bool)
        reached[gates.spot[enters]] = True
        on_link = np.zeros(len(connected.network.links) + 1, dtype=bool)
        on_link[connected.link[sources]] = True
        on_link[-1] = False
        reached |= on_link[connected.link]
        span_m = (connected.leg_km[sources].max() + connected.leg_km) * (1000 * PLANE_STRETCH) + 1
        x, y = connected.x_m, connected.y_m
        near_x = (x >= x[sources].min() - span_m) & (x <= x[sources].max() + span_m)
        near_y = (y >= y[sources].min() - span_m) & (y <= y[sources].max() + span_m)
        return np.asarray((reached | (near_x & near_y))[targets])


def _by_road(
    gates: Gates, tree: Tree, *, rows: Ints, sources: Ints, columns: Ints, targets: Ints, usable: Bools, metric: Metric
) -> Block:
    """Ways over the network: the best of the gates of each target."""
    gate_cost, gate_other = gate_figures(gates, metric)
    shape = len(sources), len(targets)
    cost, other = np.full(shape, np.inf), np.full(shape, np.nan)
    way = np.full(shape, NO_WAY, dtype=np.int16)
    first, end = gates.start[targets], gates.start[targets + 1]
    for slot in range(int((end - first).max(initial=0))):
        at = np.flatnonzero(first + slot < end)
        gate = first[at] + slot
        place = tree.places(gates.node[gate])
        fit = usable[gate] & (place >= 0)
        at, gate, place = at[fit], gate[fit], place[fit]
        offered = tree.cost[:, place] + gate_cost[gate]
        better = offered < cost[:, at]
        cost[:, at] = np.where(better, offered, cost[:, at])
        other[:, at] = np.where(better, tree.other[:, place] + gate_other[gate], other[:, at])
        way[:, at] = np.where(better, np.int16(slot), way[:, at])
    return Block(
        rows=rows, columns=columns, sources=sources, targets=targets, tree=tree, cost=cost, other=other, way=way
    )


def _offer(block: Block, row: Ints, column: Ints, *, cost: Floats, other: Floats, way: int) -> None:
    """Take another way for the cells (row, column) where it is better."""
    better = cost < block.cost[row, column]
    cells = row[better], column[better]
    block.cost[cells], block.other[cells], block.way[cells] = cost[better], other[better], way


def _offer_along_link(block: Block, connected: Connected, *, is_open: Bools, metric: Metric, turned: bool) -> None:
    """Two spots on one open link need not go through its ends, if the way from one to the other is not against it."""
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
    ahead = connected.share[b] - connected.share[a] if not turned else connected.share[a] - connected.share[b]
    forward, backward = connected.forward[a] & connected.forward[b], connected.backward[a] & connected.backward[b]
    kept = (ahead == 0) | np.where(ahead > 0, forward, backward)
    row, column, a, b = row[kept], column[kept], a[kept], b[kept]
    part = np.abs(ahead[kept])
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
    same_bank &= ~opposite(connected.road_bank[a], connected.road_bank[b])
    km = access.detour_factor * straight_km
    kept = same_bank & (km <= leg_km[row, column] + ROUNDING)
    km, row, column = km[kept], row[kept], column[kept]
    minutes = km / access.off_road_km_per_h * 60
    cost, other = (minutes, km) if metric == "min" else (km, minutes)
    _offer(block, row, column, cost=cost, other=other, way=OFF_ROAD)
