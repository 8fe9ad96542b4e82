"""Cliques of a graph of near pairs: of each at most one site opens, which says more than a row for each pair."""

from __future__ import annotations

import numpy as np

from h2plan.solve.rules import Bools, Ints


def cliques(near: Bools) -> list[Ints]:
    """Return maximal cliques of the graph that together hold every edge of it."""
    left = np.triu(near, k=1)
    found: list[Ints] = []
    for a in range(len(near)):
        while left[a].any():
            clique = _grown([a, int(np.argmax(left[a]))], near, left)
            left[np.ix_(clique, clique)] = False
            found.append(clique)
    return found


def _grown(clique: list[int], near: Bools, left: Bools) -> Ints:
    """Add, one by one, a site near to all the others: the one that takes in most edges that no clique holds yet."""
    common = near[clique[0]] & near[clique[1]]
    news = (left | left.T).astype(np.int64)
    gain = news[clique].sum(axis=0)
    while common.any():
        candidates = np.flatnonzero(common)
        best = int(candidates[np.argmax(gain[candidates])])
        clique.append(best)
        common &= near[best]
        gain += news[best]
    return np.sort(np.array(clique, dtype=np.intp))
