"""On which site to branch: what opening or closing each one lifted the bound by, so far (pseudo-costs)."""

from __future__ import annotations

import numpy as np

from h2plan.solve.cuts.hot_lp import LpPoint
from h2plan.solve.rules import WHOLE, Floats


class PseudoCosts:
    """How much the bound rose, a unit of share, when a site was closed (row 0) or opened (row 1)."""

    def __init__(self, sites: int) -> None:
        self.rise = np.zeros((2, sites))
        self.seen = np.zeros((2, sites))
        self.waiting: dict[int, tuple[int, float, float]] = {}

    def expect(self, order: int, site: int, share: float, objective: float) -> None:
        """Remember the branching that makes nodes `order` (closed) and `order + 1` (opened)."""
        self.waiting[order] = (site, share, objective)
        self.waiting[order + 1] = (site, 1.0 - share, objective)

    def learn(self, order: int, point: LpPoint) -> None:
        site, share, before = self.waiting.pop(order, (-1, 0.0, 0.0))
        if site >= 0 and point.status == "optimal":
            up = 1 - order % 2
            self.rise[up, site] += max(0.0, point.objective - before) / share
            self.seen[up, site] += 1

    def choose(self, y: Floats) -> int:
        """Return the site whose branching should lift both bounds most."""
        known = self.seen > 0
        mean = self.rise.sum(axis=1, keepdims=True) / np.maximum(self.seen.sum(axis=1, keepdims=True), 1)
        rate = np.where(known, self.rise / np.maximum(self.seen, 1), np.maximum(mean, 1e-9))
        split = (y > WHOLE) & (y < 1 - WHOLE)
        score = np.maximum(rate[0] * y, 1e-9) * np.maximum(rate[1] * (1 - y), 1e-9)
        return int(np.argmax(np.where(split, score, -1.0)))
