"""Which sites are nearest on average: for each demand row one cut from its sorted distances (p-median, fixed costs).

Minimise Σ_j f_j y_j + Σ_i w_i v_i, where v_i is the way from demand i to its nearest open site. For any distance D,
    v_i ≥ D - Σ_{j: d_ij < D} (D - d_ij) y_j,
and the D of the site at which the shares of nearer ones reach 1 gives the deepest such row.

C. Durán-Mateluna, Z. Alès, S. Elloumi, An efficient Benders decomposition for the p-median problem, European Journal
of Operational Research 308 (2023); with fixed costs M. Fischetti, I. Ljubić, M. Sinnl, Redesigning Benders
decomposition for large-scale facility location, Management Science 63 (2017).
"""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import replace

import numpy as np
from scipy import sparse

from h2plan.solve.cuts._median_lead import subgradient
from h2plan.solve.cuts.engine import Master, branch_and_cut
from h2plan.solve.cuts.hot_lp import Rows, stacked
from h2plan.solve.cuts.lead import Lead
from h2plan.solve.interchange import NearLists, fill_median, nearest_open, swap_median
from h2plan.solve.rules import WHOLE, Bools, Floats, Found, Search, SiteRules

VIOLATED = 1e-6
ENOUGH = 1e-6
"""Lists suffice when the gap is this small."""


class MedianSeparator:
    """A way is no shorter than the open shares allow."""

    def __init__(self, lists: NearLists, rules: SiteRules, *, site_cost: Floats) -> None:
        self.lists, self.rules, self.site_cost = lists, rules, site_cost
        self.usable = lists

    def forget(self, closed: Bools) -> None:
        """Leave sites that stay closed out of later rows."""
        self.usable = without(self.usable, closed)

    def cut(self, y: Floats, v: Floats) -> Rows | None:
        """Return the deepest row of every demand row whose way is too short."""
        lists = self.usable
        column, reach = _critical(lists, y)
        width = lists.site.shape[1]
        closed_off = (column == width) & ~np.isfinite(lists.beyond)
        at = np.where(column < width, lists.km[np.arange(len(column)), np.minimum(column, width - 1)], lists.beyond)
        at[closed_off] = 0.0
        rows = np.flatnonzero(np.isfinite(at))
        row, col = np.nonzero(np.arange(int(reach.max(initial=0)))[None, :] < column[rows][:, None])
        row = rows[row]
        km, site = lists.km[row, col], lists.site[row, col]
        nearer = km < at[row]
        row, km, site = row[nearer], km[nearer], site[nearer]
        saved = np.bincount(row, weights=(at[row] - km) * y[site], minlength=len(at))
        short = (at - saved > v + VIOLATED * (1.0 + np.abs(at))) & ~closed_off
        parts = [_rows(short, at, row=row, site=site, saving=at[row] - km, sites=lists.sites)] if short.any() else []
        if closed_off.any():
            parts.append(_must_open(lists, closed_off))
        return stacked(*parts) if parts else None

    def settle(self, is_open: Bools) -> float:
        """Return the cost of sites and of all ways; inf where a demand row finds no open site in its list."""
        column, km = nearest_open(self.lists, is_open, rank=1)
        if (column == self.lists.site.shape[1]).any():
            return np.inf
        return float(self.lists.weight @ km + self.site_cost @ is_open)

    def improve(self, is_open: Bools, deadline: float) -> Bools:
        """Swap, open and close while that helps."""
        return swap_median(self.lists, self.rules, is_open=is_open, site_cost=self.site_cost, deadline=deadline)

    def round(self, y: Floats) -> Bools | None:
        """Open sites in falling share while there is room, as many as the shares add up to."""
        is_open = self.rules.lower > 0.5
        wanted = int(np.round(y.sum()))
        for j in np.argsort(-y, kind="stable")[: int((y > 1e-3).sum())]:
            if is_open.sum() < wanted and not is_open[j] and self.rules.room(is_open)[j]:
                is_open[j] = True
        return fill_median(self.lists, self.rules, is_open=is_open, site_cost=self.site_cost)


def _critical(lists: NearLists, y: Floats) -> tuple[np.ndarray, np.ndarray]:
    """Return the column where the shares along each list reach 1 (the width where they never do)."""
    rows, width = lists.site.shape
    column = np.full(rows, width, dtype=np.intp)
    todo, begin, step, sums = np.arange(rows), 0, 32, np.zeros(rows)
    while begin < width and len(todo):
        block = y[lists.site[todo, begin : begin + step]]
        block[~np.isfinite(lists.km[todo, begin : begin + step])] = 0.0
        running = block.cumsum(axis=1) + sums[todo, None]
        hit = running[:, -1] >= 1 - WHOLE
        column[todo[hit]] = begin + np.argmax(running[hit] >= 1 - WHOLE, axis=1)
        sums[todo] = running[:, -1]
        todo, begin, step = todo[~hit], begin + step, step * 2
    return column, column


def _rows(short: Bools, at: Floats, *, row: np.ndarray, site: np.ndarray, saving: Floats, sites: int) -> Rows:
    number = np.cumsum(short) - 1
    keep = short[row]
    chosen = np.flatnonzero(short)
    index = (np.concatenate([number[row[keep]], number[chosen]]), np.concatenate([site[keep], sites + chosen]))
    data = np.concatenate([saving[keep], np.ones(len(chosen))])
    matrix = sparse.csr_array((data, index), shape=(len(chosen), sites + len(at)))
    return Rows(matrix=matrix, lower=at[chosen], upper=np.full(len(chosen), np.inf))


def _must_open(lists: NearLists, closed_off: Bools) -> Rows:
    """Write that one site of the list opens, for demand rows that none outside it can serve."""
    chosen = np.flatnonzero(closed_off)
    row, col = np.nonzero(np.isfinite(lists.km[chosen]))
    matrix = sparse.csr_array(
        (np.ones(len(row)), (row, lists.site[chosen[row], col])), shape=(len(chosen), lists.sites + len(closed_off))
    )
    return Rows(matrix=matrix, lower=np.ones(len(chosen)), upper=np.full(len(chosen), np.inf))


def without(lists: NearLists, closed: Bools) -> NearLists:
    """Return the lists without these sites."""
    gone = closed[lists.site] | ~np.isfinite(lists.km)
    order = np.argsort(gone, axis=1, kind="stable")
    width = max(1, int((~gone).sum(axis=1).max(initial=0)))
    order = order[:, :width]
    km = np.where(np.take_along_axis(gone, order, axis=1), np.inf, np.take_along_axis(lists.km, order, axis=1))
    return replace(lists, site=np.take_along_axis(lists.site, order, axis=1), km=km)


def solve_median(lists: NearLists, rules: SiteRules, *, site_cost: Floats, search: Search) -> Found:
    """Find the sites with the least cost plus weighted way. Lists may be the k nearest, see `NearLists.beyond`.

    With shortened lists the bound holds for the whole lists; a plan counts only where every demand row finds an open
    site in its list.
    """
    begun = time.perf_counter()
    separator = MedianSeparator(lists, rules, site_cost=site_cost)
    usable = without(lists, rules.upper < 0.5)
    separator.usable = usable
    master = median_master(separator, rules)
    starts: list[Bools] = []
    if search.start is not None:
        given = np.zeros(lists.sites, dtype=np.bool_)
        given[search.start] = True
        starts.append(given)
    deadline = begun + search.limit_s
    rough = subgradient(
        usable,
        rules,
        site_cost=site_cost,
        deadline=deadline,
        plan=starts[0] if starts else None,
        threads=search.threads,
    )
    starts += [rough.plan]
    first = [separator.cut(shares, master.value_lower) for shares in (rough.shares, rough.plan.astype(np.float64))]
    rows = [part for part in first if part is not None]
    lead = Lead(point=rough.point, shares=rough.shares, rows=stacked(*rows) if rows else None)
    return branch_and_cut(master, separator, search=search, starts=tuple(starts), lead=lead, begun=begun)


def median_master(separator: MedianSeparator, rules: SiteRules) -> Master:
    """Write the linear program without its cuts: no way is shorter than that to the nearest usable site."""
    lists, nearest = separator.lists, separator.usable.km[:, 0]
    return Master(
        site_cost=separator.site_cost,
        value_cost=lists.weight,
        value_lower=np.where(np.isfinite(nearest), nearest, 0.0),
        value_upper=np.full(len(lists.weight), np.inf),
        rules=rules,
        step=1.0 if _whole_numbers(lists, separator.site_cost) else 0.0,
    )


def _whole_numbers(lists: NearLists, site_cost: Floats) -> bool:
    km = lists.km[np.isfinite(lists.km)]
    columns = (km, lists.weight, site_cost)
    return all((column == np.round(column)).all() for column in columns) and float(km.max(initial=0)) < 2**30


def solve_near(
    nearest: Callable[[int], NearLists], rules: SiteRules, *, width: int, site_cost: Floats, search: Search
) -> Found:
    """Solve with the `width` nearest sites of each demand row, and again with twice as many where they do not suffice.

    They suffice where the best plan, which finds a site in every list, meets the bound, which holds for whole lists.
    """
    begun = time.perf_counter()
    while True:
        left = replace(search, limit_s=search.limit_s - (time.perf_counter() - begun))
        found = solve_median(nearest(width), rules, site_cost=site_cost, search=left)
        found = replace(found, seconds=time.perf_counter() - begun, note=f"lists of {min(width, rules.sites)}")
        proven = found.gap is not None and found.gap <= max(search.gap, ENOUGH)
        if proven or found.stopped not in {"optimal", "infeasible"} or width >= rules.sites:
            return found
        width *= 2
