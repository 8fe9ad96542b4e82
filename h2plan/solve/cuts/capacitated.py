"""Sites with capacities, demand shared out at least cost: one Benders row from multipliers on each demand row.

Minimise Σ_j f_j y_j + θ, where θ is the cost of the best transport from open sites. For any multipliers λ
    θ ≥ Σ_i λ_i + Σ_j g_j(λ) y_j,    g_j(λ) = min Σ_i (c_ij - λ_i) x_ij  with Σ_i d_i x_ij ≤ C_j, 0 ≤ x_ij ≤ 1,
and g_j is a continuous knapsack. The row holds the linking rows x_ij ≤ y_j without writing any of them. At a whole y
the multipliers come from the transport program and the row is exact; elsewhere a few subgradient steps find good ones.

M. Fischetti, I. Ljubić, M. Sinnl, Benders decomposition without separability: a computational study for capacitated
facility location problems, European Journal of Operational Research 253 (2016); multipliers as
in G. Cornuéjols, R. Sridharan, J. M. Thizy, European Journal of Operational Research 50 (1991).
"""

from __future__ import annotations

import time
from dataclasses import dataclass, replace

import numpy as np
from scipy import sparse

from h2plan.errors import Fault, InputError
from h2plan.solve.cuts.engine import Master, branch_and_cut, is_whole
from h2plan.solve.cuts.hot_lp import HotLp, Rows, stacked
from h2plan.solve.cuts.lead import Lead, bound_over_sites
from h2plan.solve.rules import Bools, Floats, Found, Ints, Search, SiteRules

FIRST_STEPS, STEPS = 400, 40
VIOLATED = 1e-7
WORTH_A_ROW = 2e-5
"""A split point gets a row only where that lifts the cost by this share."""
NEIGHBOURS = 6


@dataclass(frozen=True, kw_only=True, eq=False)
class Spared:
    """What each site would spare at some prices, and entry by entry which demand rows it would take in which share."""

    gains: Floats
    row: Ints
    site: Ints
    share: Floats

    def slope(self, y: Floats, rows: int) -> Floats:
        """Return 1 less how often each demand row is served, for these shares of sites."""
        served: Floats = np.bincount(self.row, weights=self.share * y[self.site], minlength=rows).astype(np.float64)
        return 1.0 - served


class TransportSeparator:
    """The cost of transport is no less than any multipliers say."""

    def __init__(
        self, cost: Floats, demand: Floats, *, capacity: Floats, site_cost: Floats, rules: SiteRules, threads: int
    ) -> None:
        self.cost, self.demand, self.capacity = cost, demand, capacity
        self.site_cost, self.rules, self.threads = site_cost, rules, threads
        self.price = np.sort(cost, axis=1)[:, min(2, cost.shape[1] - 1)].copy()
        self.known: dict[bytes, tuple[float, Floats]] = {}

    def forget(self, closed: Bools) -> None:
        """Closed sites have a column of their own; nothing to leave out."""

    def spare(self, price: Floats, among: Bools) -> Spared:
        """Solve the continuous knapsack of each of these sites."""
        sites = np.flatnonzero(among)
        worth = self.cost[:, sites] - price[:, None]
        column, row = np.nonzero(worth.T < 0)
        value = worth[row, column]
        order = np.lexsort((value / self.demand[row], column))
        column, row, value = column[order], row[order], value[order]
        load = self.demand[row]
        total = np.cumsum(load)
        start = np.searchsorted(column, np.arange(len(sites)))
        before = total - load - np.concatenate([[0.0], total])[start][column]
        share = np.clip((self.capacity[sites][column] - before) / load, 0.0, 1.0)
        gains = np.zeros(self.cost.shape[1])
        gains[sites] = np.bincount(column, weights=value * share, minlength=len(sites))
        return Spared(gains=gains, row=row, site=sites[column], share=share)

    def ascend(self, y: Floats, steps: int) -> float:
        """Improve the multipliers for these shares of sites; return the bound they give at y."""
        price = best_price = self.price
        best, scale, stalled, direction = -np.inf, 1.0, 0, np.zeros(len(price))
        for _ in range(steps):
            spared = self.spare(price, y > 0)
            bound = float(price.sum() + spared.gains @ y)
            stalled += 1
            if bound > best:
                stalled = 0 if bound > best + 1e-5 * abs(best) else stalled
                best, best_price = bound, price
            if stalled > 5:
                scale, stalled = scale / 2, 0
            direction = spared.slope(y, len(price)) + 0.5 * direction
            steep = float(direction @ direction)
            if steep < 1e-12 or scale < 1e-3:
                break
            price = price + scale * 0.02 * abs(best) / steep * direction
        self.price = best_price
        return best

    def cut(self, y: Floats, v: Floats) -> Rows | None:
        """Return the row of good multipliers, or of the exact ones where y is whole."""
        if is_whole(y):
            cost, self.price = self.transport(y > 0.5)
            if cost <= v[0] + VIOLATED * max(1.0, abs(cost)):
                return None
        elif self.ascend(y, STEPS) <= v[0] * (1 + WORTH_A_ROW):
            return None
        return self.row()

    def row(self) -> Rows:
        """Write θ - Σ_j g_j y_j ≥ Σ_i λ_i."""
        gains = self.spare(self.price, np.ones(self.cost.shape[1], dtype=np.bool_)).gains
        matrix = sparse.csr_array(np.concatenate([-gains, [1.0]])[None, :])
        return Rows(matrix=matrix, lower=np.array([self.price.sum()]), upper=np.array([np.inf]))

    def transport(self, is_open: Bools) -> tuple[float, Floats]:
        """Return the least cost of transport from these sites, and the price of each demand row."""
        key = np.packbits(is_open).tobytes()
        if key not in self.known:
            self.known[key] = _transport(
                self.cost, self.demand, capacity=self.capacity, is_open=is_open, threads=self.threads
            )
        return self.known[key]

    def first_value(self) -> float:
        """Return the cost of some plan, for the length of steps."""
        plan = self.round(np.clip(self.capacity / self.site_cost.clip(1e-9), 0, None))
        return self.settle(plan) if plan is not None else 2 * float(np.median(self.cost, axis=1).sum())

    def settle(self, is_open: Bools) -> float:
        """Return the cost of these sites and of the best transport from them."""
        if float(self.capacity @ is_open) < self.demand.sum() * (1 - 1e-12):
            return np.inf
        return self.transport(is_open)[0] + float(self.site_cost @ is_open)

    def improve(self, is_open: Bools, deadline: float) -> Bools:
        """Try the changes of one or two sites that the multipliers like best."""
        best, value = is_open, self.settle(is_open)
        while np.isfinite(value):
            self.price = self.transport(best)[1]
            gains = self.spare(self.price, self.rules.upper > 0.5).gains
            better = False
            for plan in self._neighbours(best, gains + self.site_cost):
                if time.perf_counter() > deadline:
                    return best
                other = self.settle(plan)
                if other < value * (1 - 1e-12):
                    best, value, better = plan, other, True
                    break
            if not better:
                break
        return best

    def _neighbours(self, is_open: Bools, worth: Floats) -> list[Bools]:
        opens = np.flatnonzero(is_open & (self.rules.lower < 0.5))
        shut = np.flatnonzero(~is_open & (self.rules.upper > 0.5))
        moves = [(i, j) for i in (-1, *opens) for j in (-1, *shut) if i >= 0 or j >= 0]
        moves.sort(key=lambda move: sum(sign * worth[n] for sign, n in zip((-1, 1), move, strict=True) if n >= 0))
        plans: list[Bools] = []
        for i, j in moves:
            plan = is_open.copy()
            if i >= 0:
                plan[i] = False
            if j >= 0:
                plan[j] = True
            if self.rules.allows(plan):
                plans.append(plan)
            if len(plans) >= NEIGHBOURS:
                break
        return plans

    def round(self, y: Floats) -> Bools | None:
        """Open sites in falling share until they can take all demand."""
        is_open = self.rules.lower > 0.5
        for j in np.argsort(-y, kind="stable"):
            if float(self.capacity @ is_open) >= self.demand.sum() and y[j] < 0.5:
                break
            if self.rules.room(is_open)[j]:
                is_open[j] = True
        return is_open if self.rules.allows(is_open) else None


def _transport(cost: Floats, demand: Floats, *, capacity: Floats, is_open: Bools, threads: int) -> tuple[float, Floats]:
    sites = np.flatnonzero(is_open)
    n, k = len(demand), len(sites)
    pairs = np.arange(n * k)
    i, j = np.repeat(np.arange(n), k), np.tile(np.arange(k), n)
    matrix = sparse.csr_array(
        (np.concatenate([np.ones(n * k), demand[i]]), (np.concatenate([i, n + j]), np.concatenate([pairs, pairs]))),
        shape=(n + k, n * k),
    )
    rows = Rows(
        matrix=matrix,
        lower=np.concatenate([np.ones(n), np.full(k, -np.inf)]),
        upper=np.concatenate([np.ones(n), capacity[sites]]),
    )
    lp = HotLp(cost[:, sites].ravel(), np.zeros(n * k), upper=np.full(n * k, np.inf), rows=rows, threads=threads)
    point = lp.solve(np.inf)
    return (point.objective, lp.prices()[:n]) if point.status == "optimal" else (np.inf, np.zeros(n))


def solve_capacitated(
    cost: Floats, demand: Floats, *, capacity: Floats, site_cost: Floats, rules: SiteRules, search: Search
) -> Found:
    """Find the cheapest sites with capacities; demand rows may be split. `cost` (rows × sites) serves a whole row.

    Raises:
        InputError: the sites together cannot take the demand.
    """
    begun = time.perf_counter()
    short = float(demand.sum() - capacity @ rules.upper)
    if short > 1e-9 * demand.sum():
        message = f"all sites together lack {short:,.6g} of the demand of {demand.sum():,.6g}"
        raise InputError(Fault(where="capacity", message=message, hint="add sites or larger sizes"))
    # Enough capacity in all, and the count that this takes even with the largest sites: both implied, both tighten.
    largest = np.cumsum(np.sort(capacity * rules.upper)[::-1])
    count = 1 + int(np.searchsorted(largest, demand.sum() * (1 - 1e-12)))
    enough = Rows(
        matrix=sparse.csr_array(np.vstack([capacity, np.ones(rules.sites)])),
        lower=np.array([demand.sum(), float(min(count, rules.sites))]),
        upper=np.full(2, np.inf),
    )
    held = stacked(Rows(matrix=rules.matrix, lower=rules.row_lower, upper=rules.row_upper), enough)
    rules = replace(rules, matrix=held.matrix, row_lower=held.lower, row_upper=held.upper)
    separator = TransportSeparator(
        cost, demand, capacity=capacity, site_cost=site_cost, rules=rules, threads=search.threads
    )
    rows, shares = _first_rows(separator, begun + search.limit_s / 2)
    gains = separator.spare(separator.price, rules.upper > 0.5).gains
    point = bound_over_sites(site_cost + gains, rules, constant=float(separator.price.sum()), threads=search.threads)
    master = Master(
        site_cost=site_cost, value_cost=np.ones(1), value_lower=np.zeros(1), value_upper=np.full(1, np.inf), rules=rules
    )
    starts: tuple[Bools, ...] = ()
    if search.start is not None:
        given: Ints = search.start
        starts = (np.isin(np.arange(rules.sites), given),)
    lead = Lead(point=point, shares=shares, rows=rows)
    return branch_and_cut(master, separator, search=search, starts=starts, lead=lead, begun=begun)


def _first_rows(separator: TransportSeparator, deadline: float) -> tuple[Rows, Floats]:
    """Ascend from multipliers over all sites, taking the sites that the bound takes; return rows found on the way."""
    rules, price = separator.rules, separator.price
    best, scale, stalled, direction = -np.inf, 1.0, 0, np.zeros(len(price))
    value = separator.first_value()
    rows: list[Rows] = []
    shares = np.zeros(rules.sites)
    best_price = price
    choose = HotLp(
        separator.site_cost, rules.lower, upper=rules.upper, threads=separator.threads,
        rows=Rows(matrix=rules.matrix, lower=rules.row_lower, upper=rules.row_upper),
    )  # fmt: skip
    for step in range(FIRST_STEPS):
        spared = separator.spare(price, rules.upper > 0.5)
        choose.set_costs(separator.site_cost + spared.gains)
        point = choose.solve(np.inf)
        if point.status != "optimal" or time.perf_counter() > deadline:
            break
        y = point.x
        bound = float(price.sum()) + point.objective
        stalled += 1
        if bound > best:
            stalled = 0 if bound > best + 1e-5 * abs(best) else stalled
            best, best_price = bound, price
        if stalled > 8:
            scale, stalled, price = scale / 2, 0, best_price
        if step % 10 == 9 and scale < 0.5:
            separator.price = price
            rows.append(separator.row())
        shares = 0.9 * shares + 0.1 * y
        direction = spared.slope(y, len(price)) + 0.5 * direction
        steep = float(direction @ direction)
        if steep < 1e-12 or scale < 2e-3:
            break
        price = price + scale * max(1.002 * value - bound, 1e-3 * value) / steep * direction
    separator.price = best_price
    rows.append(separator.row())
    return stacked(*rows), shares
