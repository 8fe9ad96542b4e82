"""Which sites cover most, or cover enough at least cost: one row for each merged group of demand, when violated.

Maximise Σ_g w_g c_g, or minimise Σ_j f_j y_j so that Σ_g w_g c_g ≥ floor, where c_g ≤ Σ_{j in reach of g} y_j.

J.-F. Cordeau, F. Furini, I. Ljubić, Benders decomposition for very large scale partial set covering and maximal
covering location problems, European Journal of Operational Research 275 (2019), in its disaggregated form.
"""

from __future__ import annotations

import time

import numpy as np

from h2plan.solve.cuts._cover import VIOLATED, CoverPlans, Purpose, rows_at_most, solve_cover
from h2plan.solve.cuts.hot_lp import Rows
from h2plan.solve.interchange import Families
from h2plan.solve.rules import Floats, Found, Search, SiteRules


class CoverageSeparator(CoverPlans):
    """A group counts no more than the open sites in its reach add up to."""

    def cut(self, y: Floats, v: Floats) -> Rows | None:
        """Return the row of every group that counts more than that."""
        groups = np.flatnonzero(v > self.families.member @ y + VIOLATED)
        return rows_at_most(self.families, groups, groups) if len(groups) else None


def solve_coverage(families: Families, rules: SiteRules, *, purpose: Purpose, search: Search) -> Found:
    """Cover most, or enough at least cost. Every path of `families` has one set: the sites in reach.

    Returns the weight covered (`most`) or the cost (`cheapest`).
    """
    deadline = time.perf_counter() + search.limit_s
    return solve_cover(CoverageSeparator(families=families, rules=rules, purpose=purpose, deadline=deadline), search)
