"""Every node within a limit of each of many nodes: sparse pairs, for catchments and for benchmarks."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from h2plan.geo.blocks import CELLS, SOURCES_WITHIN, grid_order
from h2plan.geo.paths import Arcs, nodes_within, part_of, search
from h2plan.geo.roads import Floats, Ints

Places = NDArray[np.int32]
"""Half the memory of an index: there are millions of pairs."""


@dataclass(frozen=True, kw_only=True, eq=False)
class NodePairs:
    """Row n: node[n] lies cost[n] from (turned arcs: to) the source at place source[n]; sorted by both."""

    source: Places
    node: Places
    cost: Floats
    """The figure that the arcs minimise, minutes or km."""
    other: Floats
    """The other figure, along the same path."""


def pairs_within(arcs: Arcs, sources: Ints, *, limit: float, x: Floats, y: Floats) -> NodePairs:
    """Best paths up to the limit from each source node; x and y (m, shape (sources,)) tell which are neighbours.

    The coordinates decide the order of work only, never a figure.
    """
    parts = [(np.empty(0, dtype=np.int32), np.empty(0, dtype=np.int32), np.empty(0), np.empty(0))]
    order = grid_order(x, y)
    for first in range(0, len(sources), SOURCES_WITHIN):
        rows = order[first : first + SOURCES_WITHIN]
        near = nodes_within(arcs, sources[rows], cost=np.zeros(len(rows)), limit=limit)
        part = part_of(arcs, near)
        step = max(1, CELLS // max(2 * near.size, 1))
        for begin in range(0, len(rows), step):
            some = rows[begin : begin + step]
            parts.append(_one_part(part, near, rows=some, nodes=sources[some], limit=limit))
    source, node, cost, other = (np.concatenate(column) for column in zip(*parts, strict=True))
    sort = np.argsort(source, kind="stable")
    return NodePairs(source=source[sort], node=node[sort], cost=cost[sort], other=other[sort])


def _one_part(
    part: Arcs, near: Ints, *, rows: Ints, nodes: Ints, limit: float
) -> tuple[Places, Places, Floats, Floats]:
    none = np.zeros(len(rows))
    entry = np.searchsorted(near, nodes)
    found, other, _ = search(
        part, np.arange(len(rows)), count=len(rows), node=entry, cost=none, other=none, limit=limit
    )
    row, column = np.nonzero(np.isfinite(found))
    figures = found[row, column], other[row, column]
    return rows[row].astype(np.int32), near[column].astype(np.int32), *figures
