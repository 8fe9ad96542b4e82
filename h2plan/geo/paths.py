"""Shortest paths from spots over the open links, with the second figure summed along the same path."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass

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
    """Open links in both directions as a sparse matrix, the best of parallel links only; rows by rising head."""

    nodes: int
    start: Ints
    head: Ints
    cost: Floats
    """The figure that paths minimise: minutes or km."""
    other: Floats
    """The other of the two figures."""
    link: Ints


@dataclass(frozen=True, kw_only=True, eq=False)
class Tree:
    """Best paths from r spots to the n nodes of the network, shape (r, n); inf where there is none in the limit."""

    cost: Floats
    other: Floats
    before: NDArray[np.int32]
    """The node before this one on the path; n or more where the path comes from the spot itself, negative if none."""


def lay_arcs(network: RoadNetwork, metric: Metric, closed: Collection[str]) -> Arcs:
    """Arcs of the open links, whose cost is `metric`."""
    is_open = np.flatnonzero(network.open_links(closed))
    figures = network.link_min[is_open], network.link_km[is_open]
    cost, other = figures if metric == "min" else figures[::-1]
    count = len(network.nodes)
    tail = np.concatenate([network.link_from[is_open], network.link_to[is_open]])
    head = np.concatenate([network.link_to[is_open], network.link_from[is_open]])
    pair, cost, other, link = tail * count + head, np.tile(cost, 2), np.tile(other, 2), np.tile(is_open, 2)
    order = np.lexsort((link, other, cost, pair))
    _, best = np.unique(pair[order], return_index=True)
    kept = order[best]
    start = np.searchsorted(tail[kept], np.arange(count + 1))
    return Arcs(nodes=count, start=start, head=head[kept], cost=cost[kept], other=other[kept], link=link[kept])


def gate_figures(gates: Gates, metric: Metric) -> tuple[Floats, Floats]:
    """Cost and other figure of each gate."""
    return (gates.minutes, gates.km) if metric == "min" else (gates.km, gates.minutes)


def open_gates(gates: Gates, network: RoadNetwork, closed: Collection[str]) -> NDArray[np.bool_]:
    """True for gates that are not reached over a closed link."""
    return np.append(network.open_links(closed), True)[gates.link]


def grow(arcs: Arcs, gates: Gates, *, spots: Ints, usable: NDArray[np.bool_], metric: Metric, limit: float) -> Tree:
    """Best paths from each of the spots through its usable gates, up to `limit` of the metric.

    The spots are added to the graph with outgoing arcs only: nobody drives through a place.
    """
    chosen = [np.arange(gates.start[s], gates.start[s + 1])[usable[gates.start[s] : gates.start[s + 1]]] for s in spots]
    counts = np.array([len(rows) for rows in chosen], dtype=np.intp)
    rows = np.concatenate(chosen) if chosen else np.empty(0, dtype=np.intp)
    gate_cost, gate_other = gate_figures(gates, metric)
    size = arcs.nodes + len(spots)
    start = np.concatenate([arcs.start, arcs.start[-1] + np.cumsum(counts)])
    head = np.concatenate([arcs.head, gates.node[rows]])
    cost = np.concatenate([arcs.cost, gate_cost[rows]])
    graph = csr_array((cost, head, start), shape=(size, size))
    roots = np.arange(arcs.nodes, size)
    reach = limit + ROUNDING if np.isfinite(limit) else np.inf
    found, before = dijkstra(graph, directed=True, indices=roots, return_predecessors=True, limit=reach)
    tail = np.repeat(np.arange(size), np.diff(start))
    other = _sum_along(found, before, pair=tail * size + head, step=np.concatenate([arcs.other, gate_other[rows]]))
    kept = slice(0, arcs.nodes)
    return Tree(cost=found[:, kept], other=other[:, kept], before=before[:, kept])


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
