"""What links the years of a plan: stations that stay and grow, budgets, ramp, years already decided.

Indices: t period in order, j site, k size in rising capacity. Each period is a block of the same variables and
constraints as a plan of one year; y_jkt says that a new station of size k stands at site j in period t.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import pairwise
from typing import Any

import numpy as np
import pyomo.environ as pyo

from h2plan.models._extend import added_kg, extension_annuity, extension_capital
from h2plan.models._parts import CNY_PER_UNIT, Network, network
from h2plan.models._pressure import fit_capex
from h2plan.models._supply import has_capital, keep_what_stands, supply_capex
from h2plan.phases import Phasing
from h2plan.problem import Problem

Family = Callable[[Any, Network], None]
"""A family of variables or constraints of one year: adds itself to a block."""
YearlyCost = Callable[[Any, Network], Any]
"""A yearly cost of one year, 10,000 CNY/yr."""


@dataclass(frozen=True, kw_only=True)
class Stages:
    """The years of a model in order: the block of each, and what was read for it."""

    model: Any
    blocks: Sequence[Any]
    nets: Sequence[Network]
    phasing: Phasing
    """Of a plan of one year: weight 1, nothing else."""

    @property
    def links(self) -> list[tuple[int, int]]:
        """Each period with the one before it."""
        return [(t, before) for before, t in pairwise(range(len(self.blocks)))]

    def stands(self, t: int, j: str, k: str) -> Any:
        """Return y_jkt; 0 where nothing of that size may stand yet."""
        return self.blocks[t].open[j, k] if k in self.nets[t].sizes_at.get(j, ()) else 0

    def at_least(self, t: int, j: str, sizes: Sequence[str]) -> Any:
        """Return Σ_k y_jkt over some sizes."""
        return sum(self.stands(t, j, k) for k in sizes)


def stages(model: Any, problem: Problem, families: Sequence[Family]) -> Stages:
    """Build every year: the model itself where there is one, a block `model.year[t]` each where there are several.

    Raises:
        InputError: a required site where no size may stand.
    """
    if problem.phasing is None:
        nets, blocks = [network(problem)], [model]
    else:
        nets = [network(year) for year in in_order(problem)]
        model.year = pyo.Block(range(len(nets)))
        blocks = list(model.year.values())
    for block, net in zip(blocks, nets, strict=True):
        for family in families:
            family(block, net)
    if problem.phasing is not None:
        model.implied = [row for block in blocks for row in block.implied]
    alone = Phasing(weight_yr=np.ones(1), budget_cny=np.full(1, np.inf))
    return Stages(model=model, blocks=blocks, nets=nets, phasing=problem.phasing or alone)


def in_order(problem: Problem) -> tuple[Problem, ...]:
    """Return each year as a problem of its own: a site is closed to new stations before it can open.

    Counts, floors and what is required are those of the year; the budget of the whole plan is that of the last.
    """
    if problem.phasing is None:
        return (problem,)
    return tuple(_alone(year, problem.phasing, t) for t, year in enumerate(problem.years))


def _alone(year: Problem, phasing: Phasing, t: int) -> Problem:
    sites = year.sites
    late = phasing.opens_from > t if len(phasing.opens_from) else np.zeros(len(sites.ids), dtype=np.bool_)
    barred = sites.forbidden | (late & np.isnan(sites.built_kg_per_d))
    return replace(
        year,
        sites=replace(sites, forbidden=barred),
        earlier=(),
        phasing=None,
    )


# What links the years


def never_close(plan: Stages) -> None:
    """A station stays, and never shrinks: Σ_l≥k y_jlt ≥ Σ_l≥k y_jl,t-1 for every size k.

    Without upgrades each size stays what it is: y_jkt ≥ y_jk,t-1.
    """
    if plan.phasing.closing:
        return

    def rule(m: Any, t: int, before: int, j: str, k: str) -> Any:
        sizes = plan.nets[t].sizes_at[j]
        larger = sizes[sizes.index(k) :] if plan.phasing.upgrades else (k,)
        return plan.at_least(t, j, larger) >= plan.at_least(before, j, larger)

    plan.model.never_close = pyo.Constraint(_held(plan), rule=rule)


def never_grow(plan: Stages) -> None:
    """Where stations may close but not grow, a larger one never follows: Σ_l>k y_jlt + y_jk,t-1 ≤ 1."""
    if not plan.phasing.closing or plan.phasing.upgrades:
        return

    def rule(m: Any, t: int, before: int, j: str, k: str) -> Any:
        sizes = plan.nets[t].sizes_at[j]
        larger = sizes[sizes.index(k) + 1 :]
        if not larger:
            return pyo.Constraint.Skip
        return plan.at_least(t, j, larger) + plan.stands(before, j, k) <= 1

    plan.model.never_grow = pyo.Constraint(_held(plan), rule=rule)


def _held(plan: Stages) -> list[tuple[int, int, str, str]]:
    """Each (period, the one before, site, size) that may stand before."""
    return [(t, before, j, k) for t, before in plan.links for j, k in plan.nets[before].new]


def never_shrink(plan: Stages) -> None:
    """An extended station never shrinks: Σ_l≥k e_jlt ≥ Σ_l≥k e_jl,t-1 for every size k."""
    held = [(t, before, j, k) for t, before in plan.links for j, k in plan.nets[before].extensions]

    def rule(m: Any, t: int, before: int, j: str, k: str) -> Any:
        sizes = plan.nets[t].extends_at[j]
        larger = sizes[sizes.index(k) :]
        now, then = plan.blocks[t].extend, plan.blocks[before].extend
        return sum(now[j, size] for size in larger) >= sum(then[j, size] for size in larger)

    if held:
        plan.model.never_shrink = pyo.Constraint(held, rule=rule)


def stay_fitted(plan: Stages) -> None:
    """What is fitted for 70 MPa stays so, at any later size: Σ_l≥k f_jlt ≥ Σ_l≥k f_jl,t-1.

    With f_jkt ≤ y_jkt a fitted station never grows into a size that cannot be fitted.
    """
    if not plan.nets[-1].problem.keeps_pressure:
        return

    def fitted(t: int, j: str, sizes: Sequence[str]) -> Any:
        fit = plan.blocks[t].fit
        return sum(fit[j, k] for k in sizes if (j, k) in fit)

    def rule(m: Any, t: int, before: int, j: str, k: str) -> Any:
        sizes = plan.nets[t].sizes_at[j]
        larger = sizes[sizes.index(k) :] if plan.phasing.upgrades else (k,)
        return fitted(t, j, larger) >= fitted(before, j, larger)

    kept = [(t, before, j, k) for t, before, j, k in _held(plan) if (j, k) in plan.blocks[before].fit]
    plan.model.stay_fitted = pyo.Constraint(kept, rule=rule)


def open_once(plan: Stages) -> None:
    """o_jkt: the size at which a station opens in period t; Σ_k o_jkt ≤ Σ_k (y_jkt - y_jk,t-1), o_jkt ≤ y_jkt.

    What is opened lowers the cost, so that both hold with equality where it matters. Stated as an equality, the
    presolve of HiGHS 1.15.1 loses optimal plans.

    Only where an upgrade costs a premium: then what a site has cost so far is (1 + ρ) times the capital cost of what
    stands there less ρ times that of the size at which it opened.
    """
    if not _has_premium(plan):
        return
    opens = [(t, j, k) for t, net in enumerate(plan.nets) for j, k in net.new]
    plan.model.opens = pyo.Var(opens, bounds=(0.0, 1.0))
    plan.model.open_as_it_stands = pyo.Constraint(
        opens, rule=lambda m, t, j, k: m.opens[t, j, k] <= plan.stands(t, j, k)
    )

    def rule(m: Any, t: int, j: str) -> Any:
        sizes = plan.nets[t].sizes_at[j]
        before = plan.at_least(t - 1, j, sizes) if t > 0 else 0
        return sum(m.opens[t, j, k] for k in sizes) <= plan.at_least(t, j, sizes) - before

    sites = [(t, j) for t, net in enumerate(plan.nets) for j in net.sizes_at]
    plan.model.open_once = pyo.Constraint(sites, rule=rule)


def spend_on_growth(plan: Stages) -> None:
    """s_jt ≥ Σ_k F_jk (y_jkt - y_jk,t-1): what is spent at a site in a period, where stations may close.

    Nothing comes back for a station that closes or shrinks.
    """
    if not plan.phasing.closing:
        return
    sites = [(t, j) for t, net in enumerate(plan.nets) for j in net.sizes_at]
    plan.model.spent = pyo.Var(sites, bounds=(0.0, None))

    def rule(m: Any, t: int, j: str) -> Any:
        before = _capital(plan, t - 1, j) if t > 0 else 0
        return m.spent[t, j] >= _capital(plan, t, j) - before

    plan.model.spend_on_growth = pyo.Constraint(sites, rule=rule)


def _has_premium(plan: Stages) -> bool:
    return plan.phasing.upgrade_premium_share > 0 and plan.phasing.upgrades and len(plan.blocks) > 1


def _capital(plan: Stages, t: int, j: str) -> Any:
    """Capital cost of what stands at a site as a new build, 10,000 CNY."""
    net = plan.nets[t]
    return sum(net.capex[j, k] * plan.blocks[t].open[j, k] for k in net.sizes_at.get(j, ()))


def _with_premium(plan: Stages, t: int, worth: Mapping[tuple[str, str], float]) -> Any:
    """Return (1 + ρ) Σ_jk f_jk y_jkt - ρ Σ_jk f_jk Σ_τ≤t o_jkτ, or Σ_jk f_jk y_jkt without a premium."""
    standing = sum(worth[pair] * plan.blocks[t].open[pair] for pair in plan.nets[t].new)
    if not _has_premium(plan):
        return standing
    rho = plan.phasing.upgrade_premium_share
    opened = sum(worth[j, k] * plan.model.opens[at, j, k] for at in range(t + 1) for j, k in plan.nets[at].new)
    return (1 + rho) * standing - rho * opened


def spent_until(plan: Stages, t: int) -> Any:
    """New capital spent up to and including a period, 10,000 CNY."""
    rho = plan.phasing.upgrade_premium_share
    beside = supply_capex(plan.blocks[t], plan.nets[t]) + fit_capex(plan.blocks[t], plan.nets[t])
    beside = beside + (1 + rho) * extension_capital(plan.blocks[t], plan.nets[t])
    if plan.phasing.closing:
        return beside + sum(plan.model.spent[at, j] for at in range(t + 1) for j in plan.nets[at].sizes_at)
    return beside + _with_premium(plan, t, plan.nets[t].capex)


def within_budget(plan: Stages) -> None:
    """New capital stays within what has become available: Σ_τ≤t spent_τ ≤ Σ_τ≤t B_τ, or spent_t ≤ B_t, carried or not.

    `within_budget` is the same for the whole plan.
    """
    budget, last = plan.phasing.budget_cny, len(plan.blocks) - 1
    whole = plan.nets[last].limits.budget_cny
    limits = np.cumsum(budget) if plan.phasing.carry_over else budget
    bound = [t for t in range(last + 1) if np.isfinite(limits[t]) and _spends(plan, t)]

    def rule(m: Any, t: int) -> Any:
        before = spent_until(plan, t - 1) if t > 0 and not plan.phasing.carry_over else 0
        return spent_until(plan, t) - before <= float(limits[t]) / CNY_PER_UNIT

    if bound:
        plan.model.within_budget_of_years = pyo.Constraint(bound, rule=rule)
    if whole is not None and _spends(plan, last):
        plan.model.within_budget = pyo.Constraint(expr=spent_until(plan, last) <= whole / CNY_PER_UNIT)


def _spends(plan: Stages, t: int) -> bool:
    """Whether anything can be built in a period."""
    return bool(plan.nets[t].new) or bool(plan.nets[t].extensions) or has_capital(plan.blocks[t], plan.nets[t])


def grow_into_use(plan: Stages) -> None:
    """Capacity that was added in period τ may be planned for by its age: u Σ_τ≤t s_τt Σ_k C_k (y_jkτ - y_jk,τ-1).

    s_τt rises with age, so that the sum is Σ_τ≤t (s_τt - s_τ+1,t) u Σ_k C_k y_jkτ. It takes the place of the whole
    capacity in every family that asks what a station may dispense.
    """
    share, standing = plan.phasing.usable_share, plan.phasing.standing_share
    if standing == 1.0 and (np.triu(share) == np.triu(np.ones_like(share))).all():
        return
    for t, (block, net) in enumerate(zip(plan.blocks, plan.nets, strict=True)):
        u = net.limits.utilisation_max
        steps = plan.phasing.steps(t)
        for j in block.usable_kg:
            new = sum(
                float(steps[at]) * u * net.capacity_kg[k] * plan.stands(at, j, k)
                for at in range(t + 1)
                for k in net.sizes_at.get(j, ())
            )
            grown = sum(
                float(steps[at]) * u * added_kg(plan.blocks[at], plan.nets[at], j)
                for at in range(t + 1)
                if j in net.extends_at
            )
            block.usable_kg[j].set_value(new + grown + standing * u * net.built_kg.get(j, 0.0))


def keep_frozen(plan: Stages) -> None:
    """What was decided for a period stands: y_jkt is 1 for the size decided and 0 for the others."""
    at = {net.problem.period: t for t, net in enumerate(plan.nets)}
    for (period, j), size in plan.phasing.frozen.items():
        t = at[period]
        for k in plan.nets[t].sizes_at.get(j, ()):
            stands = float(k == size)
            plan.blocks[t].open[j, k].setlb(stands)
            plan.blocks[t].open[j, k].setub(stands)
        for k in plan.nets[t].extends_at.get(j, ()):
            plan.blocks[t].extend[j, k].setlb(float(k == size))
            plan.blocks[t].extend[j, k].setub(float(k == size))
    for (period, j), is_fitted in plan.phasing.fitted.items():
        t = at[period]
        for k in plan.nets[t].sizes_at.get(j, ()):
            if plan.nets[t].problem.keeps_pressure and (j, k) in plan.blocks[t].fit:
                fitted = float(is_fitted and plan.phasing.frozen.get((period, j)) == k)
                plan.blocks[t].fit[j, k].setlb(fitted)
                plan.blocks[t].fit[j, k].setub(fitted)


def keep_supply(plan: Stages) -> None:
    """A storage centre that stands and a pipe that is laid stay."""
    for t, before in plan.links:
        if plan.nets[t].problem.supply is not None and plan.nets[before].problem.supply is not None:
            keep_what_stands(plan.blocks[before], plan.blocks[t])


LINKS: tuple[Callable[[Stages], None], ...] = (
    never_close,
    never_grow,
    never_shrink,
    stay_fitted,
    open_once,
    spend_on_growth,
    within_budget,
    grow_into_use,
    keep_frozen,
    keep_supply,
)
"""Everything that links years, in the order in which it is built."""


# Goals


def mean(plan: Stages, yearly: YearlyCost) -> Any:
    """Return the mean of a figure over the years, each weighted by the discounted years it lasts."""
    weights = plan.phasing.weight_yr / plan.phasing.weight_yr.sum()
    return _weighted(plan, weights.tolist(), yearly)


def present(plan: Stages, yearly: Sequence[YearlyCost]) -> Any:
    """Return the sum of yearly costs in the first year's money, the premium of upgrades included, 10,000 CNY."""
    weights = plan.phasing.weight_yr.tolist()
    total = sum(_weighted(plan, weights, cost) for cost in yearly)
    rho = plan.phasing.upgrade_premium_share
    if rho > 0 and any(net.extensions for net in plan.nets):
        total = total + rho * _weighted(plan, weights, extension_annuity)
    if not _has_premium(plan):
        return total
    return total + sum(weights[t] * premium(plan, t) for t in range(len(plan.blocks)))


def premium(plan: Stages, t: int) -> Any:
    """Return the annuity of what upgrades have cost above the difference in size, 10,000 CNY/yr."""
    net = plan.nets[t]
    at_size = sum(net.annuity[pair] * plan.blocks[t].open[pair] for pair in net.new)
    return _with_premium(plan, t, net.annuity) - at_size


def _weighted(plan: Stages, weights: Sequence[float], yearly: YearlyCost) -> Any:
    rows = zip(weights, plan.blocks, plan.nets, strict=True)
    return sum(weight * yearly(block, net) for weight, block, net in rows)
