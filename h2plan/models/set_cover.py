"""How few stations reach everyone, or how cheap they can be: the location set covering model, with backup.

Minimise, in order
    objective `count`: 1. new stations, Σ_j y_j; 2. their annual cost Σ_j (a + l_j) y_j (10,000 CNY/yr)
    objective `cost`:  1. their annual cost

so that
    reach_everyone      Σ_{j in reach of i} y_j ≥ r      for every demand row in reach of a site
    one_size_per_site   y_j ≤ 1; = 1 at a required site
    keep_apart          y_j + y_l ≤ 1 for sites j, l that are too close
    stations_at_most, stations_at_least, within_budget    as in network_design

Symbols
    y_j ∈ {0, 1}  a new station of the one size of `size_id` at site j; 1 where a station stands
    r             stations that everyone must have in reach, `copies`
    a annuity and operation, l_j land

Rows with the same sites in reach are one row of the model, which is exact. Demand that no site reaches is set aside
before, and named in the plan. Each row is served whole at its nearest open site; capacities are not looked at.

C. Toregas, R. Swain, C. ReVelle, L. Bergman, The location of emergency service facilities, Operations Research 19
(1971); r-fold after M. Daskin, E. Stern, A hierarchical objective set covering model, Transportation Science 15 (1981).
"""

from __future__ import annotations

from typing import Any, Literal

import pyomo.environ as pyo
from pydantic import BaseModel, ConfigDict, Field

from h2plan.errors import Fault, InputError
from h2plan.models import _parts as parts
from h2plan.problem import Problem


class Options(BaseModel):
    """What the set covering model builds."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    size_id: str = Field(min_length=1, description="station size of every new station; its capacity is not looked at")
    copies: int = Field(default=1, ge=1, description="stations that everyone must have in reach")
    objective: Literal["count", "cost"] = Field(default="count", description="fewest stations, or the cheapest")


def build(problem: Problem, options: Options) -> Any:
    """Build the Pyomo model.

    Raises:
        InputError: `size_id` names no size; demand with fewer sites in reach than `copies`.
    """
    net = parts.network(parts.with_one_size(problem, options.size_id))
    model = pyo.ConcreteModel(name="set_cover")
    parts.open_stations(model, net)
    parts.every_limit(model, net)
    _reach_everyone(model, net, options.copies)
    served = sum(net.demand_kg.values())
    model.served = pyo.Var(bounds=(served, served))
    parts.meet_served_share(model, net)
    count: parts.GoalIn = ("stations_new", "min", lambda: parts.station_count(model, net), 1.0)
    cost: parts.GoalIn = ("station_cost_cny", "min", lambda: parts.station_cost(model, net), parts.CNY_PER_UNIT)
    parts.set_goals(model, *((count, cost) if options.objective == "count" else (cost,)))
    model.implied = []
    model.assignment = "nearest"
    return model


def _reach_everyone(model: Any, net: parts.Network, copies: int) -> None:
    """Everyone has r stations in reach: Σ_j y_j ≥ r; nothing to say where enough stand already."""
    reach = {tuple(sorted(sites)): i for i, sites in sorted(net.sites_of().items(), reverse=True)}
    _refuse_thin(sorted((i, len(sites)) for sites, i in reach.items()), copies)
    open_rows = {i: sites for sites, i in sorted(reach.items()) if sum(j in net.built_kg for j in sites) < copies}
    model.reach_everyone = pyo.Constraint(
        list(open_rows), rule=lambda m, i: parts.stations_near(m, net, open_rows[i]) >= copies
    )


def _refuse_thin(rows: list[tuple[str, int]], copies: int) -> None:
    faults = [
        Fault(
            where="demand",
            column=i,
            message=f"has {count} sites in reach, fewer than copies {copies}",
            hint=f"copies {min(count for _, count in rows)} would work",
        )
        for i, count in rows
        if count < copies
    ]
    if faults:
        raise InputError(faults)
