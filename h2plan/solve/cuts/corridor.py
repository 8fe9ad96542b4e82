"""Which sites let most trips be driven, or enough at least cost: for each path the arc-cover set that lacks most.

Maximise Σ_q f_q c_q, or minimise Σ_j f_j y_j so that Σ_q f_q c_q ≥ floor, where c_q ≤ Σ_{j in K} y_j for every
arc-cover set K of path q: the arc cover-path cover model of I. Capar, M. Kuby, V. J. Leon, Y.-J. Tsai, European Journal
of Operational Research 227 (2013); worst set after O. Arslan, O. E. Karaşan, Transportation Research B 93 (2016).
"""

from __future__ import annotations

import time
from typing import ClassVar

import numpy as np

from h2plan.solve.cuts._cover import VIOLATED, CoverPlans, Purpose, rows_at_most, solve_cover
from h2plan.solve.cuts.hot_lp import Rows
from h2plan.solve.interchange import Families
from h2plan.solve.rules import Floats, Found, Search, SiteRules


class CorridorSeparator(CoverPlans):
    """A path counts no more than the open sites of its worst arc-cover set add up to."""

    lead_tolerance: ClassVar[float] = 0.1
    """The root gap is percents here: a rough point names rows and shares as well as a fine one, much sooner."""

    def cut(self, y: Floats, v: Floats) -> Rows | None:
        """Return the row of the worst set of every path that counts more than that."""
        families = self.families
        in_set = families.member @ y
        least = families.least(in_set)
        short = v > least + VIOLATED
        worst = np.flatnonzero(short[families.path] & (in_set <= least[families.path]))
        paths, first = np.unique(families.path[worst], return_index=True)
        return rows_at_most(families, worst[first], paths) if len(paths) else None


def solve_corridor(families: Families, rules: SiteRules, *, purpose: Purpose, search: Search) -> Found:
    """Serve most trips, or enough at least cost. `families` are the arc-cover sets of each path and vehicle range.

    Returns the weight served (`most`) or the cost (`cheapest`).
    """
    deadline = time.perf_counter() + search.limit_s
    return solve_cover(CorridorSeparator(families=families, rules=rules, purpose=purpose, deadline=deadline), search)
