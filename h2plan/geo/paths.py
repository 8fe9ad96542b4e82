"""Shortest paths from spots, or to them, over the open links, with the second figure summed along the same path."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import csr_array
from scipy.sparse.csgraph import dijkstra

from h2plan.geo.access import Gates
from h2plan.geo.roads import Floats, Ints, Metric, RoadNetwork

ROUNDING = 1e-9
"""Minutes or km within which a sum of road pieces equals the limit."""


@dataclass(frozen=True, kw_only=True, eq=False)
class Arcs:
    """Open links in the directions in which they may be driven, as a sparse matrix; rows by rising head.

    Of parallel links only the best stands here. Turned arcs run against the traffic: paths over them lead to the root.
    """

    nodes: int
    start: Ints
    head: Ints
    cost: Floats
    """The figure that paths minimise: minutes or km."""
    other: Floats
    """The other of the two figures."""
    link: Ints
    turned: bool = False


@dataclass(frozen=True, kw_only=True, eq=False)
class Tree:
    """Best paths between r spots and n nodes of the network, shape (r, n); inf where there is none in the limit."""

    cost: Floats
    other: Floats
    before: NDArray[np.int32]
    """The node before this one on the path; n or more where the path comes from the spot itself, negative if none."""
    nodes: Ints | None
    """Positions of the n nodes in the network, rising; None for all of them."""

    def places(self, nodes: Ints) -> Ints:
        """Column of each node, or -1 for nodes beyond the limit."""
        return nodes if self.nodes is None else _places(self.nodes, nodes)


def lay_arcs(network: RoadNetwork, metric: Metric, closed: Collection[str], *, turned: bool = False) -> Arcs:
    """Arcs of the open links, whose cost is `metric`; turned, they run against the traffic."""
    is_open = np.flatnonzero(network.open_links(closed))
    figures = network.link_min[is_open], network.link_km[is_open]
    cost, other = figures if metric == "min" else figures[::-1]
    both = np.flatnonzero(~network.oneway[is_open])
    rows = np.concatenate([np.arange(is_open.size), both])
    tail = np.concatenate([network.link_from[is_open], network.link_to[is_open[both]]])
    head = np.concatenate([network.link_to[is_open], network.link_from[is_open[both]]])
    if turned:
        tail, head = head, tail
    return arcs_of(
        len(network.nodes), tail, head=head, cost=cost[rows], other=other[rows], link=is_open[rows], turned=turned
    )


def arcs_of(
    count: int, tail: Ints, *, head: Ints, cost: Floats, other: Floats, link: Ints, turned: bool = False
) -> Arcs:
    """Lay out arcs between `count` nodes, given by arrays of shape (arcs,): the best of each pair of ends."""
    pair = tail * count + head
    order = np.lexsort((link, other, cost, pair))
    first = np.ones(order.size, dtype=bool)
    first[1:] = pair[order[1:]] != pair[order[:-1]]
    kept = order[first]
    start = np.searchsorted(tail[kept], np.arange(count + 1))
    return Arcs(
        nodes=count,
        start=start,
        head=head[kept],
        cost=cost[kept],
        other=other[kept],
        link=link[kept],
        turned=turned,
    )


def gate_figures(gates: Gates, metric: Metric) -> tuple[Floats, Floats]:
    """Cost and other figure of each gate."""
    return (gates.minutes, gates.km) if metric == "min" else (gates.km, gates.minutes)


def open_gates(
    gates: Gates, network: RoadNetwork, closed: Collection[str], *, way: Literal["out", "in"]
) -> NDArray[np.bool_]:
    """True for gates through which one may leave a spot ("out") or come to it ("in") over no closed link."""
    allowed = gates.outward if way == "out" else gates.inward
    return np.asarray(np.append(network.open_links(closed), True)[gates.link] & allowed)


def grow(
    arcs: Arcs, gates: Gates, *, spots: Ints, usable: NDArray[np.bool_], metric: Metric, limit: float, near: Ints | None
) -> Tree:
    """Best paths from each of the spots through its usable gates, up to `limit` of the metric.

    The spots are added to the graph with outgoing arcs only: nobody drives through a place. Where `near` is given
    (see `reach_of`), the search is done on these nodes only.
    """
    owner, rows = _rows_of(gates, spots, usable)
    gate_cost, gate_other = gate_figures(gates, metric)
    node = gates.node[rows]
    if near is not None:
        arcs = part_of(arcs, near)
        node = _places(near, node)
        owner, rows, node = owner[node >= 0], rows[node >= 0], node[node >= 0]
    found, other, before = search(
        arcs, owner, count=len(spots), node=node, cost=gate_cost[rows], other=gate_other[rows], limit=limit
    )
    return Tree(cost=found, other=other, before=before, nodes=near)


def reach_of(arcs: Arcs, gates: Gates, *, spots: Ints, usable: NDArray[np.bool_], metric: Metric, limit: float) -> Ints:
    """Nodes within the limit of any of the spots, rising."""
    _, rows = _rows_of(gates, spots, usable)
    return nodes_within(arcs, gates.node[rows], cost=gate_figures(gates, metric)[0][rows], limit=limit)


def nodes_within(arcs: Arcs, node: Ints, *, cost: Floats, limit: float) -> Ints:
    """Nodes within the limit of any of the roots, rising; a root is a node with what it costs to get there.

    Every best path up to the limit from any of the roots stays among them, so that the search may forget the others.
    """
    size = arcs.nodes + 1
    root_node, at = np.unique(node, return_inverse=True)
    root_cost = np.full(root_node.size, np.inf)
    np.minimum.at(root_cost, at, cost)
    start = np.append(arcs.start, arcs.start[-1] + root_node.size)
    graph = csr_array(
        (np.concatenate([arcs.cost, root_cost]), np.concatenate([arcs.head, root_node]), start), shape=(size, size)
    )
    found = dijkstra(graph, directed=True, indices=arcs.nodes, limit=limit + ROUNDING)
    return np.flatnonzero(np.isfinite(found[: arcs.nodes]))


def part_of(arcs: Arcs, nodes: Ints) -> Arcs:
    """The arcs between some nodes (rising), numbered by their places among them."""
    count = np.diff(arcs.start)[nodes]
    rows = np.repeat(arcs.start[nodes] - np.cumsum(count) + count, count) + np.arange(count.sum())
    place = np.full(arcs.nodes, -1, dtype=np.intp)
    place[nodes] = np.arange(nodes.size)
    head = place[arcs.head[rows]]
    kept = head >= 0
    rows, head, tail = rows[kept], head[kept], np.repeat(np.arange(nodes.size), count)[kept]
    return Arcs(
        nodes=nodes.size,
        start=np.searchsorted(tail, np.arange(nodes.size + 1)),
        head=head,
        cost=arcs.cost[rows],
        other=arcs.other[rows],
        link=arcs.link[rows],
        turned=arcs.turned,
    )


def _places(among: Ints, nodes: Ints) -> Ints:
    """Place of each node among others (rising), or -1."""
    if not among.size:
        return np.full(nodes.shape, -1, dtype=np.intp)
    at = np.minimum(np.searchsorted(among, nodes), among.size - 1)
    return np.where(among[at] == nodes, at, -1)


def _rows_of(gates: Gates, spots: Ints, usable: NDArray[np.bool_]) -> tuple[Ints, Ints]:
    """Usable gates of the spots: the place of each one's spot among the spots, and its row."""
    count = gates.start[spots + 1] - gates.start[spots]
    owner = np.repeat(np.arange(len(spots)), count)
    rows = np.repeat(gates.start[spots] - np.cumsum(count) + count, count) + np.arange(count.sum())
    kept = usable[rows]
    return owner[kept], rows[kept]


def search(
    arcs: Arcs, owner: Ints, *, count: int, node: Ints, cost: Floats, other: Floats, limit: float
) -> tuple[Floats, Floats, NDArray[np.int32]]:
    """Cost, other figure and node before, shape (count, nodes), from roots that enter at `node` for `cost`."""
    size = arcs.nodes + count
    start = np.concatenate([arcs.start, arcs.start[-1] + np.searchsorted(owner, np.arange(1, count + 1))])
    head = np.concatenate([arcs.head, node])
    graph = csr_array((np.concatenate([arcs.cost, cost]), head, start), shape=(size, size))
    roots = np.arange(arcs.nodes, size)
    reach = limit + ROUNDING if np.isfinite(limit) else np.inf
    found, before = dijkstra(graph, directed=True, indices=roots, return_predecessors=True, limit=reach)
    tail = np.repeat(np.arange(size), np.diff(start))
    summed = _sum_along(found, before, pair=tail * size + head, step=np.concatenate([arcs.other, other]))
    kept = slice(0, arcs.nodes)
    return found[:, kept], summed[:, kept], before[:, kept]


def _sum_along(found: Floats, before: NDArray[np.int32], *, pair: Ints, step: Floats) -> Floats:
    """Sum `step` along every path, all paths at once: each round doubles the stretch summed (pointer jumping).

    `pair` (tail x size + head, rising) names the arc of each step. Cells never reached stay NaN.
    """
    size = found.shape[1]
    flat = np.flatnonzero(np.isfinite(found))
    row, node = np.divmod(flat, size)
    ahead = before.ravel()[flat].astype(np.intp)
    moved = ahead >= 0
    total = np.zeros(flat.size)
    total[moved] = step[np.searchsorted(pair, ahead[moved] * size + node[moved])]
    cell = np.empty(found.size, dtype=np.int32)
    cell[flat] = np.arange(flat.size, dtype=np.int32)
    up = np.arange(flat.size, dtype=np.int32)
    up[moved] = cell[row[moved] * size + ahead[moved]]
    while True:
        total += total[up]
        higher = up[up]
        if np.array_equal(higher, up):
            break
        up = higher
    other = np.full(found.size, np.nan)
    other[flat] = total
    return other.reshape(found.shape)
