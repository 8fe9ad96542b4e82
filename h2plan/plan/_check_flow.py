"""The most hydrogen that can pass from where it comes from to where it is wanted: a largest flow, counted anew."""

from __future__ import annotations

import math
from collections.abc import Mapping

import numpy as np
from scipy.sparse import coo_array
from scipy.sparse.csgraph import maximum_flow

Node = tuple[str, ...]
Arcs = Mapping[tuple[Node, Node], float]
"""From node to node to the kg/d that may pass."""
FROM: Node = ("from",)
TO: Node = ("to",)
MOST_UNITS = 2_000_000_000
FINEST = 100_000
"""Units a kg at most; whole numbers of 32 bits count them, and parts of a unit are dropped."""


def most_kg_per_d(arcs: Arcs) -> float:
    """Return the largest flow from FROM to TO."""
    total = math.fsum(kg for (tail, _), kg in arcs.items() if tail == FROM)
    if total <= 0:
        return 0.0
    units = min(float(FINEST), MOST_UNITS / total)
    nodes = {node: n for n, node in enumerate(sorted({FROM, TO, *(node for arc in arcs for node in arc)}))}
    ends = [(nodes[a], nodes[b]) for a, b in arcs]
    limits = np.array([int(min(kg, total) * units) for kg in arcs.values()], dtype=np.int32)
    tails, heads = [a for a, _ in ends], [b for _, b in ends]
    graph = coo_array((limits, (tails, heads)), shape=(len(nodes), len(nodes))).tocsr()
    return float(maximum_flow(graph, nodes[FROM], nodes[TO]).flow_value) / units
