"""A first bound for nearest sites: Lagrangian multipliers on "each demand row is served once", by subgradients.

G. Cornuéjols, M. L. Fisher, G. L. Nemhauser, Location of bank accounts to optimize float, Management Science 23 (1977).
"""

from __future__ import annotations

import time
from dataclasses import dataclass

import numpy as np

from h2plan.solve.cuts.hot_lp import LpPoint
from h2plan.solve.cuts.lead import bound_over_sites
from h2plan.solve.interchange import NearLists, fill_median, nearest_open, swap_median
from h2plan.solve.rules import Bools, Floats, SiteRules

STEPS_MAX = 400
STALLED_STEPS = 15
STEP_LEAST = 0.02


@dataclass(frozen=True, kw_only=True, eq=False)
class Rough:
    """What the subgradients leave behind."""

    plan: Bools
    shares: Floats
    """How often, of late, each site was chosen."""
    point: LpPoint | None


def _relax(lists: NearLists, *, site_cost: Floats, price: Floats) -> tuple[Floats, Floats]:
    """Return the cost of each site with what it saves, and the width of the lists that matters."""
    per_km = price / np.maximum(lists.weight, 1e-300)
    width = int((lists.km < per_km[:, None]).sum(axis=1).max(initial=0))
    saving = np.minimum(lists.weight[:, None] * lists.km[:, :width] - price[:, None], 0.0)
    near = lists.site[:, :width]
    cost = site_cost + np.bincount(near.ravel(), weights=saving.ravel(), minlength=lists.sites)
    return cost, saving


def choose_sites(cost: Floats, rules: SiteRules) -> Bools | None:
    """Return the cheapest sites where the rules are bounds and at most one count; None where they are more."""
    chosen = rules.lower > 0.5
    if rules.matrix.shape[0] > 1 or (rules.matrix.shape[0] == 1 and not (rules.matrix.toarray() == 1.0).all()):
        return None
    at_most = int(rules.row_upper[0]) if rules.matrix.shape[0] and np.isfinite(rules.row_upper[0]) else len(cost)
    at_least = int(rules.row_lower[0]) if rules.matrix.shape[0] and np.isfinite(rules.row_lower[0]) else 0
    free = np.flatnonzero(~chosen & (rules.upper > 0.5))
    order = free[np.argsort(cost[free], kind="stable")]
    already = int(chosen.sum())
    wanted = min(max(int((cost[order] < 0).sum()), at_least - already), at_most - already)
    chosen[order[: max(0, wanted)]] = True
    return chosen


def subgradient(
    lists: NearLists, rules: SiteRules, *, site_cost: Floats, deadline: float, plan: Bools | None, threads: int
) -> Rough:
    """Improve multipliers for some hundred steps, and plans on the way."""
    if plan is None:
        plan = _first_plan(lists, rules, site_cost)
    plan = swap_median(lists, rules, is_open=plan, site_cost=site_cost, deadline=deadline)
    if choose_sites(site_cost, rules) is None:
        return Rough(plan=plan, shares=plan.astype(np.float64), point=None)
    cap = np.where(np.isfinite(lists.beyond), lists.weight * lists.beyond, np.inf)
    # A plan that leaves rows to nobody has no finite way; ten times the longest stands for it.
    longest = 10 * np.where(np.isfinite(lists.km), lists.km, 0.0).max(axis=1) + 1
    first = np.minimum(nearest_open(lists, plan, rank=1)[1], longest)
    value = float(lists.weight @ first + site_cost @ plan)
    second = np.minimum(nearest_open(lists, plan, rank=2)[1], 10 * np.maximum(first, 1))
    price = np.minimum(lists.weight * second, cap)
    best, best_price, direction = -np.inf, price, np.zeros(len(price))
    scale, stalled, shares = 1.0, 0, plan.astype(np.float64)
    for _ in range(STEPS_MAX):
        cost, saving = _relax(lists, site_cost=site_cost, price=price)
        chosen = choose_sites(cost, rules)
        assert chosen is not None
        bound = float(price.sum() + cost[chosen].sum())
        near = lists.site[:, : saving.shape[1]]
        served = (chosen[near] & (saving < 0)).sum(axis=1)
        stalled += 1
        if bound > best + 1e-4 * abs(value - best):
            stalled = 0
        if bound > best:
            best, best_price = bound, price
        if stalled > STALLED_STEPS:
            scale, stalled = scale / 2, 0
        shares = 0.9 * shares + 0.1 * chosen
        slope = 1.0 - served
        direction = slope + 0.6 * direction
        steep = float(direction @ direction)
        done = steep < 1e-12 or value - best <= 1e-9 * abs(value)
        if done or scale < STEP_LEAST or time.perf_counter() > deadline:
            break
        price = np.clip(price + scale * (1.02 * value - bound) / steep * direction, 0.0, cap)
    cost, _ = _relax(lists, site_cost=site_cost, price=best_price)
    point = bound_over_sites(cost, rules, constant=float(best_price.sum()), threads=threads)
    return Rough(plan=plan, shares=shares, point=point)


def _first_plan(lists: NearLists, rules: SiteRules, site_cost: Floats) -> Bools:
    return fill_median(lists, rules, is_open=rules.lower > 0.5, site_cost=site_cost)
