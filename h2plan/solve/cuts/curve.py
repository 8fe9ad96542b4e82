"""One question at many counts or budgets: the linear program, its cuts and the plans go on from point to point.

What the points share is everything but the bounds of a few rows. Cuts hold at each of them, the basis of one is dual
feasible at the next, a plan of one is a start for the next, and what branching was worth is worth about as much there.
"""

from __future__ import annotations

import time
from collections.abc import Sequence
from dataclasses import replace
from typing import Protocol

import numpy as np

from h2plan.solve.cuts._cover import LARGE, LEAD_LEAST_S, CoverPlans, Purpose, lead_from, master_of, positive, prices_of
from h2plan.solve.cuts.corridor import CorridorSeparator
from h2plan.solve.cuts.coverage import CoverageSeparator
from h2plan.solve.cuts.engine import Carried, Master, Separator, branch_and_cut, carry
from h2plan.solve.cuts.lead import Lead, Multipliers
from h2plan.solve.cuts.median import MedianSeparator, median_master
from h2plan.solve.interchange import Families, NearLists
from h2plan.solve.rules import Bools, Floats, Found, Search, SiteRules


class Steps(Protocol):
    """What one kind of question says of its points."""

    def at(self, rules: SiteRules, deadline: float) -> tuple[Master, Separator]:
        """Return the master and the separator under these rules, until that moment (perf_counter)."""

    def lead(self, master: Master, separator: Separator, *, cold: bool, seconds: float) -> Lead | None:
        """Return a head start, before any linear program was solved (`cold`) or later."""


def solve_cover_curve(families: Families, steps: Sequence[SiteRules], *, search: Search) -> list[Found]:
    """Serve most under each of these rules, which differ in the bounds of their rows only; `limit_s` is for all.

    Raises:
        ValueError: rules that differ in more.
    """
    return [positive(found) for found in _along(steps, _CoverSteps(families, search.threads), search)]


def solve_median_curve(
    lists: NearLists, steps: Sequence[SiteRules], *, site_cost: Floats, search: Search
) -> list[Found]:
    """Find the least cost plus weighted way under each of these rules; as `solve_cover_curve` otherwise.

    Raises:
        ValueError: rules that differ in more than the bounds of their rows.
    """
    return _along(steps, _MedianSteps(lists, site_cost), search)


class _CoverSteps:
    """Points of a coverage curve. Prices of sets that one point found bound the next ones too, at next to no cost."""

    def __init__(self, families: Families, threads: int) -> None:
        self.families, self.threads = families, threads
        self.prices: Multipliers | None = None

    def at(self, rules: SiteRules, deadline: float) -> tuple[Master, CoverPlans]:
        kind: type[CoverPlans] = CoverageSeparator if self.families.single else CorridorSeparator
        purpose = Purpose(aim="most")
        separator = kind(families=self.families, rules=rules, purpose=purpose, deadline=deadline)
        return master_of(self.families, rules, purpose), separator

    def lead(self, master: Master, separator: Separator, *, cold: bool, seconds: float) -> Lead | None:
        assert isinstance(separator, CoverPlans)
        fresh = self.prices is None and cold and len(self.families.path) >= LARGE and seconds > LEAD_LEAST_S
        if fresh:
            self.prices = prices_of(separator, master, seconds, self.threads) or self.prices
        if self.prices is None:
            return None
        return lead_from(separator, master, self.prices, threads=self.threads, with_rows=fresh)


class _MedianSteps:
    """Points of a median curve."""

    def __init__(self, lists: NearLists, site_cost: Floats) -> None:
        self.lists, self.site_cost = lists, site_cost

    def at(self, rules: SiteRules, _: float) -> tuple[Master, MedianSeparator]:
        separator = _LastingSeparator(self.lists, rules, site_cost=self.site_cost)
        return median_master(separator, rules), separator

    def lead(self, *_: object, **__: object) -> Lead | None:
        """Return nothing: the first linear program is small."""
        return None


class _LastingSeparator(MedianSeparator):
    """Rows hold at the next point too: sites that one point closes for good stay in them."""

    def forget(self, closed: Bools) -> None:
        """Forget nothing."""


def _along(steps: Sequence[SiteRules], kind: Steps, search: Search) -> list[Found]:
    _refuse_unlike(steps)
    begun = time.perf_counter()
    carried: Carried | None = None
    found: list[Found] = []
    best: Bools | None = None
    for n, rules in enumerate(steps):
        at = time.perf_counter()
        share = replace(search, limit_s=_share_s(search.limit_s - (at - begun), n, len(steps)))
        master, separator = kind.at(rules, at + share.limit_s)
        carried = carry(master, search.threads) if carried is None else carried
        cold = not any(each.nodes for each in found)
        if not cold:
            carried.lp.drop_slack()
        kept = best if best is not None and rules.allows(best) else None
        more = separator.round(rules.lower if kept is None else kept.astype(np.float64))
        starts = tuple(plan for plan in (kept, more) if plan is not None)
        lead = kind.lead(master, separator, cold=cold, seconds=share.limit_s - (time.perf_counter() - at))
        ended = branch_and_cut(master, separator, search=share, starts=starts, lead=lead, begun=at, carried=carried)
        best = best if ended.open is None else np.isin(np.arange(rules.sites), ended.open)
        found.append(ended)
    return found


def _share_s(left_s: float, n: int, points: int) -> float:
    """Return the seconds of point n: half of all for the first, on which the others build, then twice an even share."""
    return left_s if n == points - 1 else left_s * (0.5 if n == 0 else min(0.5, 2 / (points - n)))


def _refuse_unlike(steps: Sequence[SiteRules]) -> None:
    """Refuse rules that differ in more than the bounds of their rows."""
    for rules in steps[1:]:
        first = steps[0]
        same = first.matrix.shape == rules.matrix.shape and (first.matrix != rules.matrix).nnz == 0
        if not (same and (first.lower == rules.lower).all() and (first.upper == rules.upper).all()):
            raise ValueError("the points of a curve may differ in counts and budgets only")
