"""Which sites put most demand within reach of a station, capacities aside: the maximal covering location model.

Maximise, then minimise
    1. most demand covered, Σ_i d_i c_i (kg/d)
    2. least annual cost of new stations, Σ_j (a + l_j) y_j (10,000 CNY/yr), among those plans

so that
    cover_only_from_open    c_i ≤ Σ_{j in reach of i} y_j      unless a station that stands covers i
    one_size_per_site       y_j ≤ 1; = 1 at a required site
    stations_at_most, stations_at_least, within_budget, meet_served_share    as in network_design, of covered kg/d

Symbols
    y_j ∈ {0, 1}  a new station of the one size of `size_id` at site j
    c_i ∈ [0, 1]  demand i is covered; whole in some optimum once y is whole, hence continuous
    d_i kg/d demand; a annuity and operation, l_j land

Demand rows with the same sites in reach are one row of the model, which is exact. Each covered row is then served
whole at its nearest open site (fewest minutes, then the first id), however little that station can dispense.

R. Church, C. ReVelle, The maximal covering location problem, Papers of the Regional Science Association 32 (1974).
"""

from __future__ import annotations

from collections import defaultdict
from dataclasses import replace
from typing import Any

import pyomo.environ as pyo
from pydantic import BaseModel, ConfigDict, Field

from h2plan.errors import Fault, InputError
from h2plan.models import _parts as parts
from h2plan.problem import Problem


class Options(BaseModel):
    """What the maximal covering model builds."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    size_id: str = Field(min_length=1, description="station size of every new station; its capacity is not looked at")


def build(problem: Problem, options: Options) -> Any:
    """Build the Pyomo model.

    Raises:
        InputError: `size_id` names no size, or may not stand at a required site.
    """
    net = parts.network(_with_one_size(problem, options.size_id))
    groups = _merged(net)
    model = pyo.ConcreteModel(name="max_cover")
    parts.open_stations(model, net)
    model.cover = pyo.Var(list(groups), bounds=(0.0, 1.0))
    model.served = pyo.Var(bounds=(0.0, sum(net.demand_kg.values())))
    model.count_covered = pyo.Constraint(expr=model.served == sum(kg * model.cover[g] for g, (kg, _) in groups.items()))
    parts.one_size_per_site(model, net)
    _cover_only_from_open(model, net, groups)
    parts.count_within_limits(model, net)
    parts.within_budget(model, net)
    parts.meet_served_share(model, net)
    parts.set_goals(
        model,
        ("covered_kg_per_d", "max", lambda: model.served, 1.0),
        ("station_cost_cny", "min", lambda: parts.station_cost(model, net), parts.CNY_PER_UNIT),
    )
    model.implied = []
    model.assignment = "nearest"
    return model


def _with_one_size(problem: Problem, size_id: str) -> Problem:
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


def _merged(net: parts.Network) -> dict[str, tuple[float, tuple[str, ...]]]:
    """Return demand merged by the sites in reach: first id of the group to its kg/d and its sites."""
    groups: defaultdict[tuple[str, ...], list[str]] = defaultdict(list)
    for i, sites in net.sites_of().items():
        groups[tuple(sorted(sites))].append(i)
    return {rows[0]: (sum(net.demand_kg[i] for i in rows), sites) for sites, rows in groups.items()}


def _cover_only_from_open(model: Any, net: parts.Network, groups: dict[str, tuple[float, tuple[str, ...]]]) -> None:
    """A row is covered by an open site in reach: c_i ≤ Σ_j y_j; nothing to say where a station stands already."""

    def rule(m: Any, g: str) -> Any:
        return m.cover[g] <= sum(m.open[j, k] for j in groups[g][1] for k in net.sizes_at[j])

    undecided = [g for g, (_, sites) in groups.items() if not any(j in net.built_kg for j in sites)]
    model.cover_only_from_open = pyo.Constraint(undecided, rule=rule)
