"""What a plan owes to a policy in one year: floors on stations and demand, gaps along roads, backup, fairness.

Indices: i demand, j site, k size, r rule, w window of a road. Rules that only are reported take no part. A rule with a
price may be missed: what is missing is a variable, and its price belongs to the yearly cost.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import pyomo.environ as pyo

from h2plan.errors import InputError
from h2plan.models._extend import added_kg, has_size
from h2plan.models._parts import CNY_PER_UNIT, Network, stations_near
from h2plan.models._pressure import stations_for
from h2plan.phases import GapRule, ServeRule, SiteRule
from h2plan.problem import Problem

SITE_LIMITS = ("stations_min", "stations_max", "share_min", "share_max", "capacity_min_kg_per_d")
"""What a rule may ask of stations, each a row of its own."""


def keep_policy(block: Any, net: Network) -> None:
    """Every family of this module that the policy of the year needs."""
    pledge_stations(block, net)
    serve_groups(block, net)
    leave_no_gap(block, net)
    if net.problem.policy.backup_share_min is not None:
        meet_backup_share(block, net)


# Families


def pledge_stations(block: Any, net: Network) -> None:
    """Stations N_r at the sites of a rule keep its limits, those that stand included, N being all stations.

    N_r ≥ least - m_r, N_r ≤ most + m_r, N_r ≥ share · N - m_r, N_r ≤ share · N + m_r, Σ_{j in r} C_j ≥ least - m_r;
    m_r ≥ 0 only where the rule has a price.
    """
    rules = {rule.name: rule for rule in net.problem.policy.sites if rule.binding}
    asked = [(name, what) for name, rule in rules.items() for what in SITE_LIMITS if getattr(rule, what) is not None]
    if not asked:
        return
    block.stations_missed = pyo.Var([pair for pair in asked if not rules[pair[0]].is_hard], bounds=(0.0, None))

    def rule(m: Any, name: str, what: str) -> Any:
        missed = 0.0 if rules[name].is_hard else m.stations_missed[name, what]
        return _pledge(m, net, rules[name], what, missed)

    block.pledge_stations = pyo.Constraint(asked, rule=rule)


def _pledge(block: Any, net: Network, rule: SiteRule, what: str, missed: Any) -> Any:
    usable = _usable(net, rule.sites)
    stations = stations_near(block, net, usable) + rule.stands_elsewhere
    limit = getattr(rule, what)
    if what == "capacity_min_kg_per_d":
        kg = sum(net.capacity_kg[k] * block.open[j, k] for j in usable for k in net.sizes_at.get(j, ()))
        kg += sum(net.built_kg[j] + added_kg(block, net, j) for j in usable if j in net.built_kg)
        return _row(kg + limit * missed, at_least=limit)
    if what.startswith("share"):
        limit = limit * (stations_near(block, net, _usable(net, net.problem.sites.ids)) + net.limits.unplaced_built)
    if what.endswith("_min"):
        return _row(stations + missed - limit, at_least=0)
    return _row(limit + missed - stations, at_least=0)


def _usable(net: Network, sites: Iterable[str]) -> list[str]:
    """Return the sites that have a station or may get one."""
    return sorted(j for j in sites if j in net.sizes_at or j in net.built_kg)


def _row(expression: Any, *, at_least: float) -> Any:
    """Return expression ≥ number; a row without any variable says by itself whether it holds."""
    if isinstance(expression, (int, float)):
        return pyo.Constraint.Feasible if expression >= at_least - 1e-9 else pyo.Constraint.Infeasible
    return expression >= at_least


def serve_groups(block: Any, net: Network) -> None:
    """A group gets its share: Σ_{i in r} Σ_j d_i x_ij ≥ share · D_r - m_r, out of reach included in D_r."""
    rules = {rule.name: rule for rule in net.problem.policy.serve if rule.binding}
    if not rules:
        return
    block.kg_missed = pyo.Var([name for name, rule in rules.items() if not rule.is_hard], bounds=(0.0, None))

    def rule(m: Any, name: str) -> Any:
        missed = 0.0 if rules[name].is_hard else m.kg_missed[name]
        floor = rules[name].share_min * rules[name].total_kg_per_d
        return _row(_served(m, net, rules[name]) + missed, at_least=floor)

    block.serve_groups = pyo.Constraint(list(rules), rule=rule)


def _served(block: Any, net: Network, group: ServeRule) -> Any:
    return sum(net.demand_kg[i] * block.serve[i, j] for i, j in net.access if i in group.demand)


def leave_no_gap(block: Any, net: Network) -> None:
    """Every part of a road as long as its largest gap holds a station: Σ_{j in w} Σ_{k: C_k ≥ least} y_jk ≥ 1 - m_w."""
    rules = [rule for rule in net.problem.policy.gaps if rule.binding]
    windows = {(rule.name, n): (rule, window) for rule in rules for n, window in enumerate(rule.windows)}
    if not windows:
        return
    priced = [at for at, (rule, _) in windows.items() if not rule.is_hard]
    block.windows_missed = pyo.Var(priced, bounds=(0.0, 1.0))

    def rule(m: Any, name: str, n: int) -> Any:
        gap, window = windows[name, n]
        missed = 0.0 if gap.is_hard else m.windows_missed[name, n]
        return _row(_large_enough(m, net, gap, window.sites) + missed, at_least=1)

    block.leave_no_gap = pyo.Constraint(list(windows), rule=rule)


def _large_enough(block: Any, net: Network, gap: GapRule, sites: Iterable[str]) -> Any:
    """Stations at some sites that are large enough to end a gap."""
    least = gap.station_min_kg_per_d
    usable = _usable(net, sites)
    stand = sum(has_size(block, net, j, at_least_kg_per_d=least) for j in usable if j in net.built_kg)
    return stand + sum(block.open[j, k] for j in usable for k in net.sizes_at.get(j, ()) if net.capacity_kg[k] >= least)


def reach_two(block: Any, net: Network) -> None:
    """b_i: share of demand i with two stations in its reach. b_i ≤ Σ_{l in reach of i, l ≠ j} Σ_k y_lk for every j.

    Without any one station another is left; b_i is 0 or 1 wherever it is pressed up, though no whole number is asked.
    """
    sites_of = net.sites_of()
    rows = [i for i in net.demand_kg if len(sites_of[i]) > 1]
    block.backed = pyo.Var(rows, bounds=(0.0, 1.0))
    pairs = [(i, j) for i in rows for j in sites_of[i]]

    def rule(m: Any, i: str, j: str) -> Any:
        return m.backed[i] <= stations_for(m, net, i, [other for other in sites_of[i] if other != j])

    block.reach_two = pyo.Constraint(pairs, rule=rule)


def meet_backup_share(block: Any, net: Network) -> None:
    """At least the floor share of all demand has two stations in its reach: Σ_i d_i b_i ≥ share · D."""
    floor = (net.problem.policy.backup_share_min or 0.0) * net.total_kg
    block.meet_backup_share = pyo.Constraint(rule=lambda m: _row(backed_kg(m, net), at_least=floor))


def serve_worst(block: Any, net: Network) -> None:
    """v: the share of the worst-served district, v · D_r ≤ Σ_{i in r} Σ_j d_i x_ij for every district with reach."""
    block.worst_share = pyo.Var(bounds=(0.0, 1.0))
    groups = {group.name: group for group in net.problem.policy.districts}
    block.serve_worst = pyo.Constraint(
        list(groups), rule=lambda m, name: _served(m, net, groups[name]) >= groups[name].total_kg_per_d * m.worst_share
    )


# Costs and goals


def penalties(block: Any, net: Network) -> Any:
    """Price of what the policy of the year misses, 10,000 CNY/yr."""
    policy = net.problem.policy
    price = {rule.name: (rule.penalty_cny_per_yr or 0.0) / CNY_PER_UNIT for rule in policy.sites}
    per_window = {rule.name: (rule.penalty_cny_per_yr or 0.0) / CNY_PER_UNIT for rule in policy.gaps}
    yearly = net.problem.operating_d_per_yr / CNY_PER_UNIT
    per_kg = {rule.name: (rule.penalty_cny_per_kg or 0.0) * yearly for rule in policy.serve}
    return (
        sum(price[name] * missed for (name, _), missed in _variables(block, "stations_missed"))
        + sum(per_kg[name] * missed for name, missed in _variables(block, "kg_missed"))
        + sum(per_window[name] * missed for (name, _), missed in _variables(block, "windows_missed"))
    )


def _variables(block: Any, name: str) -> list[tuple[Any, Any]]:
    variable = block.component(name)
    return [] if variable is None else list(variable.items())


def backed_kg(block: Any, net: Network) -> Any:
    """Demand with two stations in its reach, kg/d."""
    return sum(net.demand_kg[i] * backed for i, backed in block.backed.items())


def travel_kg_min(block: Any, net: Network) -> Any:
    """Minutes on the way to a station, times the kilograms that are taken there, kg·min/d."""
    return sum(net.demand_kg[i] * net.minutes[i, j] * block.serve[i, j] for i, j in net.access)


def vehicles_served(block: Any, net: Network) -> Any:
    """Vehicles behind the demand that is served: Σ_ij n_i x_ij."""
    vehicles = vehicles_of(net.problem)
    return sum(vehicles[i] * block.serve[i, j] for i, j in net.access)


def vehicles_of(problem: Problem) -> dict[str, float]:
    """Return the vehicles behind each row of demand.

    Raises:
        InputError: nobody has counted them.
    """
    if problem.vehicles is None:
        raise InputError("vehicles are to be counted, but the problem does not say how many", where="model")
    return {i: float(n) for i, n in zip(problem.demand_ids, problem.vehicles, strict=True)}
