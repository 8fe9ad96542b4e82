"""The decisions and constraints that siting models share, one function for each family.

Indices: i demand, j site, k size. Inside a model money is in 10,000 CNY and hydrogen in kg/d, so that coefficients
stay between 1e-3 and 1e5. A station that stands is no decision: it is open with the capacity it has.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, replace
from typing import Any, Literal

import numpy as np
import pyomo.environ as pyo

from h2plan.errors import Fault, InputError
from h2plan.extending import Step, extends_at, steps
from h2plan.problem import Limits, Problem

CNY_PER_UNIT = 10_000.0
"""Money in a model is counted in 10,000 CNY."""


GoalIn = tuple[str, Literal["max", "min"], Callable[[], Any], float]
"""Name, sense, expression, unit."""


@dataclass(frozen=True, kw_only=True)
class GoalSpec:
    """One objective of a model; goals are met in order. `unit` turns the model's value into that of `name`."""

    name: str
    sense: Literal["max", "min"]
    objective: Any
    unit: float


@dataclass(frozen=True, kw_only=True)
class Network:
    """A problem by id, without what can take no part: empty demand rows, sites where nothing may stand."""

    demand_kg: Mapping[str, float]
    sizes_at: Mapping[str, tuple[str, ...]]
    """Sites where a new station may stand, and the sizes allowed there."""
    built_kg: Mapping[str, float]
    capacity_kg: Mapping[str, float]
    capex: Mapping[tuple[str, str], float]
    """(site, size) to the capital cost of a new station, 10,000 CNY."""
    annual_cost: Mapping[tuple[str, str], float]
    """(site, size) to annuity, operation and land, 10,000 CNY/yr."""
    annuity: Mapping[tuple[str, str], float]
    """The part of it that pays for the capital."""
    extends_at: Mapping[str, tuple[str, ...]]
    """Standing stations that may be extended, and the sizes allowed there; empty where the scenario allows none."""
    extensions: Mapping[tuple[str, str], Step]
    """(site, size) to what an extension adds and costs."""
    access: Mapping[tuple[str, str], float]
    """(demand, site) in reach to the cost of serving all of that demand there, 10,000 CNY/yr."""
    minutes: Mapping[tuple[str, str], float]
    """(demand, site) in reach to the minutes there: one way for a point, the detour for a flow."""
    too_close: tuple[tuple[str, str], ...]
    """Pairs of sites of which one at most may have a station, the first without one so far."""
    required: frozenset[str]
    shortfall: float
    """Price of a kg/d that is not served, 10,000 CNY/yr."""
    total_kg: float
    limits: Limits
    problem: Problem
    """What was read, with all that only some families of constraints look at."""

    @property
    def new(self) -> list[tuple[str, str]]:
        return [(j, k) for j, sizes in self.sizes_at.items() for k in sizes]

    def standing_kg(self, site: str) -> float:
        """Return the largest capacity that a standing station has or may get, kg/d; 0 where none stands."""
        return max([self.built_kg.get(site, 0.0), *(self.capacity_kg[k] for k in self.extends_at.get(site, ()))])

    def demand_at(self) -> Mapping[str, list[str]]:
        """Return for each site the demand rows in its reach."""
        rows: defaultdict[str, list[str]] = defaultdict(list)
        for i, j in self.access:
            rows[j].append(i)
        return rows

    def sites_of(self) -> Mapping[str, list[str]]:
        """Return for each demand row the sites in its reach."""
        rows: defaultdict[str, list[str]] = defaultdict(list)
        for i, j in self.access:
            rows[i].append(j)
        return rows


def network(problem: Problem) -> Network:
    """Read a problem by id.

    Raises:
        InputError: a required site where no size may stand.
    """
    sites, sizes, pairs = problem.sites, problem.sizes, problem.pairs
    built = {j: float(kg) for j, kg in zip(sites.ids, sites.built_kg_per_d, strict=True) if not np.isnan(kg)}
    sizes_at = sizes_allowed(problem)
    required = frozenset(j for j, must in zip(sites.ids, sites.required, strict=True) if must and j not in built)
    _refuse_closed_required(required, sizes_at)
    land = dict(zip(sites.ids, sites.land_cny_per_yr, strict=True))
    capex, annuity = _capital(problem, sizes_at)
    running = dict(zip(sizes.ids, sizes.opex_cny_per_yr, strict=True))
    demand = problem.demand_ids
    kg = problem.demand_kg_per_d
    yearly = problem.operating_d_per_yr / CNY_PER_UNIT
    usable = sizes_at.keys() | built.keys()
    access: dict[tuple[str, str], float] = {}
    minutes: dict[tuple[str, str], float] = {}
    for i, j, price, way in zip(pairs.demand, pairs.site, pairs.access_cny_per_kg, pairs.minutes, strict=True):
        if kg[i] > 0 and sites.ids[j] in usable:
            access[demand[i], sites.ids[j]] = float(price * kg[i] * yearly)
            minutes[demand[i], sites.ids[j]] = float(way)
    reached = {i for i, _ in access}
    return Network(
        demand_kg={i: float(d) for i, d in zip(demand, kg, strict=True) if i in reached},
        sizes_at=sizes_at,
        built_kg=built,
        capacity_kg={k: float(c) for k, c in zip(sizes.ids, sizes.capacity_kg_per_d, strict=True)},
        capex=capex,
        annual_cost={(j, k): yearly + float(running[k] + land[j]) / CNY_PER_UNIT for (j, k), yearly in annuity.items()},
        annuity=annuity,
        extends_at=extends_at(problem),
        extensions=steps(problem),
        access=access,
        minutes=minutes,
        too_close=_too_close(problem, sizes_at, built),
        required=required,
        shortfall=problem.shortfall_cny_per_kg * yearly,
        total_kg=problem.total_kg_per_d,
        limits=problem.limits,
        problem=problem,
    )


def _capital(
    problem: Problem, sizes_at: Mapping[str, tuple[str, ...]]
) -> tuple[dict[tuple[str, str], float], dict[tuple[str, str], float]]:
    """Return what each size costs at each site, and its annuity: a retrofit costs a share of a new build."""
    sites, sizes = problem.sites, problem.sizes
    share = np.ones(len(sites.ids)) if sites.build_share is None else sites.build_share
    part = dict(zip(sites.ids, share / CNY_PER_UNIT, strict=True))
    capex = dict(zip(sizes.ids, sizes.capex_cny, strict=True))
    yearly = dict(zip(sizes.ids, sizes.annual_cost_cny_per_yr - sizes.opex_cny_per_yr, strict=True))
    pairs = [(j, k) for j, ks in sizes_at.items() for k in ks]
    return (
        {(j, k): float(part[j] * capex[k]) for j, k in pairs},
        {(j, k): float(part[j] * yearly[k]) for j, k in pairs},
    )


def sizes_allowed(problem: Problem) -> dict[str, tuple[str, ...]]:
    """Return the sites where a new station may stand, each with the sizes that its law or land allows."""
    sites, sizes = problem.sites, problem.sizes
    allowed = {}
    for j, largest, built, barred in zip(
        sites.ids, sites.max_kg_per_d, sites.built_kg_per_d, sites.forbidden, strict=True
    ):
        fitting = tuple(k for k, c in zip(sizes.ids, sizes.capacity_kg_per_d, strict=True) if c <= largest)
        if fitting and np.isnan(built) and not barred:
            allowed[j] = fitting
    return allowed


def _too_close(
    problem: Problem, sizes_at: Mapping[str, tuple[str, ...]], built: Mapping[str, float]
) -> tuple[tuple[str, str], ...]:
    """Return the conflicts that a choice can break: a site without a station, and another with or without one."""
    ids = problem.sites.ids
    named = [(ids[a], ids[b]) for a, b in problem.conflicts]
    ordered = [(a, b) if a in sizes_at else (b, a) for a, b in named]
    return tuple((a, b) for a, b in ordered if a in sizes_at and (b in sizes_at or b in built))


def with_one_size(problem: Problem, size_id: str) -> Problem:
    """Return the same problem with that size only.

    Raises:
        InputError: there is no such size.
    """
    sizes = problem.sizes
    if size_id not in sizes.ids:
        hint = f"there are: {', '.join(sizes.ids)}"
        raise InputError(Fault(where="model", column="size_id", message=f"there is no size '{size_id}'", hint=hint))
    n = slice(sizes.ids.index(size_id), sizes.ids.index(size_id) + 1)
    one = replace(
        sizes,
        ids=(size_id,),
        capacity_kg_per_d=sizes.capacity_kg_per_d[n],
        capex_cny=sizes.capex_cny[n],
        annual_cost_cny_per_yr=sizes.annual_cost_cny_per_yr[n],
        opex_cny_per_yr=sizes.opex_cny_per_yr[n],
    )
    return replace(problem, sizes=one)


def _refuse_closed_required(required: Iterable[str], sizes_at: Mapping[str, tuple[str, ...]]) -> None:
    faults = [
        Fault(where="sites", column=j, message="is required, but no station size may stand there")
        for j in sorted(set(required) - sizes_at.keys())
    ]
    if faults:
        raise InputError(faults)


# Decisions


def open_stations(model: Any, net: Network) -> None:
    """y_jk = 1 where a new station of size k stands at site j, and what may be planned for: u (Σ_k C_k y_jk + built_j).

    A plan of several years puts a smaller number in its place where a station is still young.
    """
    u = net.limits.utilisation_max
    model.open = pyo.Var(net.new, domain=pyo.Binary)

    def usable(m: Any, j: str) -> Any:
        new = sum(u * net.capacity_kg[k] * m.open[j, k] for k in net.sizes_at.get(j, ()))
        return new + u * net.built_kg.get(j, 0.0)

    model.usable_kg = pyo.Expression([*net.sizes_at, *net.built_kg], rule=usable)


def serve_demand(model: Any, net: Network) -> None:
    """x_ij: share of demand i served at site j, and the kg/d served in all.

    At a station that stands the share is at most what its capacity allows.
    """
    u = net.limits.utilisation_max

    def at_most(m: Any, i: str, j: str) -> tuple[float, float]:
        return (0.0, min(1.0, u * net.standing_kg(j) / net.demand_kg[i]) if j in net.built_kg else 1.0)

    model.serve = pyo.Var(list(net.access), bounds=at_most)
    most, sold = sum(net.demand_kg.values()), net.problem.supply_max_kg_per_d
    model.served = pyo.Var(bounds=(0.0, most if sold is None else min(most, sold)))
    model.count_served = pyo.Constraint(
        expr=model.served == sum(net.demand_kg[i] * model.serve[i, j] for i, j in net.access)
    )


# Constraints


def one_size_per_site(model: Any, net: Network) -> None:
    """A site holds at most one new station; a required one exactly one: Σ_k y_jk ≤ 1, or = 1."""

    def rule(m: Any, j: str) -> Any:
        chosen = sum(m.open[j, k] for k in net.sizes_at[j])
        return chosen == 1 if j in net.required else chosen <= 1

    model.one_size_per_site = pyo.Constraint(list(net.sizes_at), rule=rule)


def keep_apart(model: Any, net: Network) -> None:
    """Two sites nearer than the limits allow never both have a station: Σ_k y_jk + Σ_k y_lk ≤ 1."""
    if net.too_close:
        model.keep_apart = pyo.Constraint(
            list(net.too_close), rule=lambda m, j, other: _stations(m, net, j) + _stations(m, net, other) <= 1
        )


def _stations(model: Any, net: Network, site: str) -> Any:
    """Stations at a site: a decision, or the one that stands."""
    return 1 if site in net.built_kg else sum(model.open[site, k] for k in net.sizes_at[site])


def stations_near(model: Any, net: Network, sites: Iterable[str]) -> Any:
    """Stations at some of these sites, those that stand included."""
    return sum(_stations(model, net, j) for j in sites)


def serve_at_most_all(model: Any, net: Network) -> None:
    """No demand is served twice: Σ_j x_ij ≤ 1."""
    sites_of = net.sites_of()
    model.serve_at_most_all = pyo.Constraint(
        list(net.demand_kg), rule=lambda m, i: sum(m.serve[i, j] for j in sites_of[i]) <= 1
    )


def respect_capacity(model: Any, net: Network) -> None:
    """A station dispenses no more than its share u of its capacity: Σ_i d_i x_ij ≤ u (Σ_k C_k y_jk + built_j)."""
    demand_at = net.demand_at()

    def rule(m: Any, j: str) -> Any:
        return sum(net.demand_kg[i] * m.serve[i, j] for i in demand_at[j]) - m.usable_kg[j] <= 0.0

    model.respect_capacity = pyo.Constraint(list(demand_at), rule=rule)


def serve_only_from_open(model: Any, net: Network) -> None:
    """Serve only where a station stands: x_ij ≤ Σ_k min(1, u C_k / d_i) y_jk.

    Capacity alone says this for whole stations; these rows tighten the relaxation (M. Leung, T. L. Magnanti, Valid
    inequalities and facets of the capacitated plant location problem, Mathematical Programming 44, 1989). They are
    named in `model.implied`, so that a solve may bring in only those that matter.
    """
    u = net.limits.utilisation_max

    def rule(m: Any, i: str, j: str) -> Any:
        d = net.demand_kg[i]
        return m.serve[i, j] - sum(min(1.0, u * net.capacity_kg[k] / d) * m.open[j, k] for k in net.sizes_at[j]) <= 0

    model.serve_only_from_open = pyo.Constraint([(i, j) for i, j in net.access if j in net.sizes_at], rule=rule)
    model.implied = [model.serve_only_from_open]


def enough_capacity_in_all(model: Any, net: Network) -> None:
    """All stations together hold what is served: u (Σ_jk C_k y_jk + Σ_j built_j) ≥ served.

    Implied by `respect_capacity`; stated because knapsack cover cuts are found in it (K. Aardal, Capacitated facility
    location: separation algorithms and computational experience, Mathematical Programming 81, 1998).
    """
    model.enough_capacity_in_all = pyo.Constraint(expr=model.served - sum(model.usable_kg.values()) <= 0.0)


def count_within_limits(model: Any, net: Network) -> None:
    """Stations, those that stand included, are at most `stations_max` and at least `stations_min`."""
    standing = len(net.built_kg) + net.limits.unplaced_built
    new = sum(model.open[j, k] for j, k in net.new)
    if net.limits.stations_max is not None and net.new:
        model.stations_at_most = pyo.Constraint(expr=new <= net.limits.stations_max - standing)
    if net.limits.stations_min is not None and net.limits.stations_min > standing and net.new:
        model.stations_at_least = pyo.Constraint(expr=new >= net.limits.stations_min - standing)


def every_limit(model: Any, net: Network) -> None:
    """What every model keeps: one size a site, required sites, spacing, counts and budget."""
    one_size_per_site(model, net)
    keep_apart(model, net)
    count_within_limits(model, net)
    within_budget(model, net)


def within_budget(model: Any, net: Network) -> None:
    """New capital cost stays within the budget: Σ_jk capex_k y_jk ≤ B."""
    if net.limits.budget_cny is not None and net.new:
        spent = sum(net.capex[pair] * model.open[pair] for pair in net.new)
        model.within_budget = pyo.Constraint(expr=spent <= net.limits.budget_cny / CNY_PER_UNIT)


def meet_served_share(model: Any, net: Network) -> None:
    """At least the floor share of all demand, out of reach included, is served: served ≥ share · D."""
    if net.limits.served_share_min is not None:
        model.meet_served_share = pyo.Constraint(expr=model.served >= net.limits.served_share_min * net.total_kg)


# Goals


def station_count(model: Any, net: Network) -> Any:
    """New stations; those that stand are none."""
    return sum(model.open[j, k] for j, k in net.new)


def station_cost(model: Any, net: Network) -> Any:
    """Annuity, operation and land of new stations, 10,000 CNY/yr; stations that stand cost nothing new."""
    return sum(net.annual_cost[j, k] * model.open[j, k] for j, k in net.new)


def annual_cost(model: Any, net: Network) -> Any:
    """Stations, the way there, and the price of what is not served (out of reach included), 10,000 CNY/yr."""
    access = sum(cost * model.serve[pair] for pair, cost in net.access.items() if cost > 0)
    return station_cost(model, net) + access + net.shortfall * (net.total_kg - model.served)


def set_goals(model: Any, *goals: GoalIn) -> None:
    """Attach the objectives in the order in which they are to be met."""
    specs = []
    for name, sense, expression, unit in goals:
        direction = pyo.maximize if sense == "max" else pyo.minimize
        objective = pyo.Objective(expr=expression(), sense=direction)
        model.add_component(f"goal_{name}", objective)
        specs.append(GoalSpec(name=name, sense=sense, objective=objective, unit=unit))
    model.goals = specs
