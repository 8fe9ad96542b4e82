"""The pieces a network falls into: apart from the rest, or joined to it in one direction only."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import coo_array, csr_array
from scipy.sparse.csgraph import connected_components

Ints = NDArray[np.intp]


@dataclass(frozen=True, kw_only=True, eq=False)
class Piece:
    """Nodes that all reach each other."""

    kind: Literal["largest", "apart", "trap", "source"]
    """How it lies to the largest piece: no link leads there, one can enter it and not leave it, or leave it only."""
    nodes: Ints
    others: int
    """Nodes of the largest piece."""


def link_graph(count: int, link_from: Ints, *, link_to: Ints, oneway: NDArray[np.bool_]) -> csr_array:
    """Which node leads to which, shape (count, count); two-way links lead both ways."""
    back = ~oneway
    tail = np.concatenate([link_from, link_to[back]])
    head = np.concatenate([link_to, link_from[back]])
    return coo_array((np.ones(tail.size, dtype=np.int8), (tail, head)), shape=(count, count)).tocsr()


def pieces(graph: csr_array) -> list[Piece]:
    """The strongly connected pieces of a graph, the largest first, then by their first node."""
    number, strong = connected_components(graph, directed=True, connection="strong")
    sizes = np.bincount(strong, minlength=number)
    largest = int(sizes.argmax())
    order = np.argsort(strong, kind="stable")
    start = np.searchsorted(strong[order], np.arange(number + 1))
    members = [order[start[n] : start[n + 1]] for n in range(number)]
    found = [Piece(kind="largest", nodes=members[largest], others=int(sizes[largest]))]
    if number == 1:
        return found
    _, weak = connected_components(graph, directed=False)
    home = weak[members[largest][0]]
    entered = _reached(graph, int(members[largest][0]))
    others = sorted((nodes for n, nodes in enumerate(members) if n != largest), key=lambda nodes: int(nodes[0]))
    for nodes in _joined_apart(others, weak, home=int(home)):
        if weak[nodes[0]] != home:
            kind: Literal["apart", "trap", "source"] = "apart"
        else:
            kind = "trap" if entered[nodes[0]] else "source"
        found.append(Piece(kind=kind, nodes=nodes, others=int(sizes[largest])))
    return found


def _joined_apart(members: list[Ints], weak: NDArray[np.int32], *, home: int) -> list[Ints]:
    """Pieces that lie apart are told once, whatever their one-way links."""
    kept, apart = [], {int(weak[nodes[0]]) for nodes in members} - {home}
    for nodes in members:
        label = int(weak[nodes[0]])
        if label == home:
            kept.append(nodes)
        elif label in apart:
            apart.remove(label)
            kept.append(np.flatnonzero(weak == label))
    return kept


def _reached(graph: csr_array, root: int) -> NDArray[np.bool_]:
    from scipy.sparse.csgraph import breadth_first_order

    reached = np.zeros(graph.shape[0], dtype=bool)
    reached[breadth_first_order(graph, root, directed=True, return_predecessors=False)] = True
    return reached
