"""One question at many counts or budgets: the linear program, its cuts and the plans go on from point to point.

What the points share is everything but the bounds of a few rows. Cuts hold at each of them, the basis of one is dual
feasible at the next, a plan of one is a start for the next, and what branching was worth is worth about as much there.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from dataclasses import replace

import numpy as np

from h2plan.solve.cuts._cover import CoverPlans, Purpose, master_of, positive
from h2plan.solve.cuts.corridor import CorridorSeparator
from h2plan.solve.cuts.coverage import CoverageSeparator
from h2plan.solve.cuts.engine import Carried, Master, Separator, branch_and_cut, carry
from h2plan.solve.cuts.median import MedianSeparator, median_master
from h2plan.solve.interchange import Families, NearLists
from h2plan.solve.rules import Bools, Floats, Found, Search, SiteRules

Step = Callable[[SiteRules, float], tuple[Master, Separator]]
"""The master and the separator under these rules, until that moment (perf_counter)."""


def solve_cover_curve(families: Families, steps: Sequence[SiteRules], *, search: Search) -> list[Found]:
    """Serve most under each of these rules, which differ in the bounds of their rows only; `limit_s` is for all.

    Raises:
        ValueError: rules that differ in more.
    """
    kind: type[CoverPlans] = CoverageSeparator if families.single else CorridorSeparator
    purpose = Purpose(aim="most")

    def step(rules: SiteRules, deadline: float) -> tuple[Master, Separator]:
        separator = kind(families=families, rules=rules, purpose=purpose, deadline=deadline)
        return master_of(families, rules, purpose), separator

    return [positive(found) for found in _along(steps, step, search)]


def solve_median_curve(
    lists: NearLists, steps: Sequence[SiteRules], *, site_cost: Floats, search: Search
) -> list[Found]:
    """Find the least cost plus weighted way under each of these rules; as `solve_cover_curve` otherwise.

    Raises:
        ValueError: rules that differ in more than the bounds of their rows.
    """

    def step(rules: SiteRules, _: float) -> tuple[Master, Separator]:
        separator = _LastingSeparator(lists, rules, site_cost=site_cost)
        return median_master(separator, rules), separator

    return _along(steps, step, search)


class _LastingSeparator(MedianSeparator):
    """Rows hold at the next point too: sites that one point closes for good stay in them."""

    def forget(self, closed: Bools) -> None:
        """Forget nothing."""


def _along(steps: Sequence[SiteRules], step: Step, search: Search) -> list[Found]:
    _refuse_unlike(steps)
    begun = time.perf_counter()
    carried: Carried | None = None
    found: list[Found] = []
    best: Bools | None = None
    for n, rules in enumerate(steps):
        at = time.perf_counter()
        share = replace(search, limit_s=(search.limit_s - (at - begun)) / (len(steps) - n))
        master, separator = step(rules, at + share.limit_s)
        if carried is None:
            carried = carry(master, search.threads)
        else:
            carried.lp.drop_slack()
        kept = best if best is not None and rules.allows(best) else None
        more = separator.round(rules.lower if kept is None else kept.astype(np.float64))
        starts = tuple(plan for plan in (kept, more) if plan is not None)
        ended = branch_and_cut(master, separator, search=share, starts=starts, begun=at, carried=carried)
        best = best if ended.open is None else np.isin(np.arange(rules.sites), ended.open)
        found.append(ended)
    return found


def _refuse_unlike(steps: Sequence[SiteRules]) -> None:
    """Refuse rules that differ in more than the bounds of their rows."""
    for rules in steps[1:]:
        first = steps[0]
        same = first.matrix.shape == rules.matrix.shape and (first.matrix != rules.matrix).nnz == 0
        if not (same and (first.lower == rules.lower).all() and (first.upper == rules.upper).all()):
            raise ValueError("the points of a curve may differ in counts and budgets only")
