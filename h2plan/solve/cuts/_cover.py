"""What covering demand and opening corridors have in common: the linear program, values, starts and rounding."""

from __future__ import annotations

import time
from dataclasses import dataclass, replace
from typing import ClassVar, Literal

import numpy as np
from scipy import sparse

from h2plan.solve.cuts.engine import Master, branch_and_cut
from h2plan.solve.cuts.hot_lp import Rows
from h2plan.solve.cuts.lead import Lead, Multipliers, first_order_point, relax_cover
from h2plan.solve.interchange import Families, fill_cover, shed_cover, swap_cover
from h2plan.solve.rules import Bools, Floats, Found, Ints, Search, SiteRules

VIOLATED = 1e-6
LARGE = 1500
"""From so many sets on, a first-order method pays before the simplex."""
LEAD_LEAST_S = 1.0
"""With less time than this left, building the program for it is all that could be done."""
PRICED = 1e-3
"""Sets with a price above this share of the dearest are the first rows."""


@dataclass(frozen=True, kw_only=True, eq=False)
class Purpose:
    """Serve most within the rules, or serve `floor` (in the unit of the weights) at least cost of sites."""

    aim: Literal["most", "cheapest"]
    floor: float = 0.0
    site_cost: Floats | None = None


def master_of(families: Families, rules: SiteRules, purpose: Purpose) -> Master:
    """Write the linear program without its cuts: c in [0, 1], and the floor where there is one."""
    paths, sites = len(families.weight), rules.sites
    zero, one = np.zeros(paths), np.ones(paths)
    weights = families.weight
    if purpose.aim == "most":
        step = 1.0 if (weights == np.round(weights)).all() and weights.sum() < 2**40 else 0.0
        return Master(
            site_cost=np.zeros(sites), value_cost=-weights, value_lower=zero, value_upper=one, rules=rules, step=step
        )
    cost = _cost(purpose, sites)
    served = np.concatenate([np.zeros(sites), weights])[None, :]
    floor = Rows(matrix=sparse.csr_array(served), lower=np.array([purpose.floor]), upper=np.array([np.inf]))
    step = 1.0 if (cost == np.round(cost)).all() and np.abs(cost).sum() < 2**40 else 0.0
    return Master(
        site_cost=cost, value_cost=zero, value_lower=zero, value_upper=one, rules=rules, value_rows=floor, step=step
    )


def _cost(purpose: Purpose, sites: int) -> Floats:
    return np.ones(sites) if purpose.site_cost is None else purpose.site_cost


@dataclass(frozen=True, kw_only=True, eq=False)
class CoverPlans:
    """Values and local search of covering plans, for a separator to build on."""

    families: Families
    rules: SiteRules
    purpose: Purpose
    lead_tolerance: ClassVar[float] = 1e-4
    """Relative accuracy asked of the first-order method; so near, the bound alone often ends the search."""
    deadline: float = np.inf
    """The moment (perf_counter) at which greedy choice stops where it is."""

    @property
    def floor(self) -> float:
        """What counts as enough: the floor less rounding."""
        return self.purpose.floor - 1e-9 * max(1.0, abs(self.purpose.floor))

    def cut(self, y: Floats, v: Floats) -> Rows | None:
        """Return violated rows; a separator says how."""
        raise NotImplementedError

    def forget(self, closed: Bools) -> None:
        """Keep closed sites in the rows: their columns are fixed."""

    def settle(self, is_open: Bools) -> float:
        """Return minus the weight served, or the cost of the sites where enough is served."""
        hits = self.families.member @ is_open.astype(np.float64)
        weight = float(self.families.weight @ self.families.served(hits))
        if self.purpose.aim == "most":
            return -weight
        return float(_cost(self.purpose, self.rules.sites) @ is_open) if weight >= self.floor else np.inf

    def improve(self, is_open: Bools, deadline: float) -> Bools:
        """Fill and swap, or swap and shed."""
        if self.purpose.aim == "most":
            full = fill_cover(self.families, self.rules, is_open=is_open, deadline=deadline)
            return swap_cover(self.families, self.rules, is_open=full, deadline=deadline)
        swapped = swap_cover(self.families, self.rules, is_open=is_open, deadline=deadline)
        cost = _cost(self.purpose, self.rules.sites)
        shed = [
            shed_cover(self.families, self.rules, is_open=plan, cost=cost, floor=self.floor)
            for plan in (is_open, swapped)
        ]
        return min(shed, key=self.settle)

    def round(self, y: Floats) -> Bools | None:
        """Open sites in falling share while there is room; then what adds most."""
        is_open = self.rules.lower > 0.5
        enough = np.inf if self.purpose.aim == "most" else self.floor
        for j in np.argsort(-y, kind="stable")[: int((y > 1e-3).sum())]:
            if not is_open[j] and self.rules.room(is_open)[j]:
                is_open[j] = True
        return fill_cover(self.families, self.rules, is_open=is_open, floor=enough, deadline=self.deadline)


def rows_at_most(families: Families, sets: Ints, paths: Ints) -> Rows:
    """Write c_q ≤ Σ_{j in set} y_j for these sets and their paths."""
    chosen = families.member[sets]
    unit = sparse.csr_array(
        (np.ones(len(sets)), (np.arange(len(sets)), paths)), shape=(len(sets), len(families.weight))
    )
    matrix = sparse.csr_array(sparse.hstack([-chosen, unit]))
    return Rows(matrix=matrix, lower=np.full(len(sets), -np.inf), upper=np.zeros(len(sets)))


def solve_cover(separator: CoverPlans, search: Search) -> Found:
    """Search from a greedy start, and from the start that is given; weights come back positive."""
    begun = time.perf_counter()
    rules = separator.rules
    starts = [] if search.start is None else [_opened(rules.sites, search.start)]
    greedy = separator.round(rules.lower)
    if greedy is not None:
        starts.append(greedy)
    master = master_of(separator.families, rules, separator.purpose)
    left_s = search.limit_s - (time.perf_counter() - begun)
    worth_it = len(separator.families.path) >= LARGE and left_s > LEAD_LEAST_S
    lead = _lead(separator, master, left_s, search.threads) if worth_it else None
    found = branch_and_cut(master, separator, search=search, starts=tuple(starts), lead=lead, begun=begun)
    return found if separator.purpose.aim == "cheapest" else positive(found)


def positive(found: Found) -> Found:
    """Turn the minus of what is served into what is served."""
    return replace(
        found,
        value=None if found.value is None else -found.value,
        bound=None if found.bound is None else -found.bound,
    )


def _lead(separator: CoverPlans, master: Master, seconds: float, threads: int) -> Lead | None:
    prices = prices_of(separator, master, seconds, threads)
    return None if prices is None else lead_from(separator, master, prices, threads=threads)


def prices_of(separator: CoverPlans, master: Master, seconds: float, threads: int) -> Multipliers | None:
    """Return rough prices of all sets, from a first-order method."""
    return first_order_point(
        separator.families,
        separator.rules,
        site_cost=master.site_cost,
        value_cost=master.value_cost,
        threads=threads,
        floor=separator.purpose.floor if separator.purpose.aim == "cheapest" else None,
        tolerance=separator.lead_tolerance,
        seconds=seconds / 2,
    )


def lead_from(
    separator: CoverPlans, master: Master, prices: Multipliers, *, threads: int, with_rows: bool = True
) -> Lead:
    """Return the bound that these prices prove under the rules of the separator, their shares, and the priced rows."""
    families = separator.families
    point = relax_cover(
        families,
        separator.rules,
        site_cost=master.site_cost,
        value_cost=master.value_cost,
        threads=threads,
        floor=separator.purpose.floor,
        prices=prices,
    )
    if not with_rows:
        return Lead(point=point)
    priced = np.flatnonzero(prices.by_set > PRICED * max(1.0, float(prices.by_set.max())))
    return Lead(point=point, shares=prices.shares, rows=rows_at_most(families, priced, families.path[priced]))


def _opened(sites: int, start: Ints) -> Bools:
    is_open = np.zeros(sites, dtype=np.bool_)
    is_open[start] = True
    return is_open
