"""The most hydrogen that can pass from where it comes from to where it is wanted: a largest flow, counted anew."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping

import numpy as np
from scipy.sparse import coo_array
from scipy.sparse.csgraph import maximum_flow

Node = tuple[str, ...]
Arcs = Mapping[tuple[Node, Node], float]
"""From node to node to the kg/d that may pass."""
FROM: Node = ("from",)
TO: Node = ("to",)
MOST_UNITS = 2_000_000_000
FINEST = 200_000
"""Units a kg at most; whole numbers of 32 bits count them."""


def most_kg_per_d(arcs: Arcs) -> float:
    """Return the largest flow from FROM to TO."""
    total = min(
        _sum(kg for (a, _), kg in arcs.items() if a == FROM), _sum(kg for (_, b), kg in arcs.items() if b == TO)
    )
    if total <= 0:
        return 0.0
    units = min(float(FINEST), MOST_UNITS / (2 * total))
    nodes = {node: n for n, node in enumerate(sorted({FROM, TO, *(node for arc in arcs for node in arc)}))}
    ends = [(nodes[a], nodes[b]) for a, b in arcs]
    limits = np.array([round(min(kg, total) * units) for kg in arcs.values()], dtype=np.int32)
    tails, heads = [a for a, _ in ends], [b for _, b in ends]
    graph = coo_array((limits, (tails, heads)), shape=(len(nodes), len(nodes))).tocsr()
    return float(maximum_flow(graph, nodes[FROM], nodes[TO]).flow_value) / units


def _sum(kg: Iterable[float]) -> float:
    return math.fsum(min(one, 1e12) for one in kg)
