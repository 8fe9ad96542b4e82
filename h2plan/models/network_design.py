"""Where to build, how large, and who is served there, with capacities: the network design model.

Minimise or maximise, in order
    objective `coverage`: 1. most hydrogen served, Σ_ij d_i x_ij (kg/d); 2. least annual cost among those plans
    objective `cost`:     1. least annual cost
    annual cost = Σ_jk (a_k + l_j) y_jk + Σ_ij g_ij x_ij + n π (D - Σ_ij d_i x_ij)      (10,000 CNY/yr)

so that
    one_size_per_site       Σ_k y_jk ≤ 1            one new station a site; = 1 at a required site
    keep_apart              Σ_k y_jk + Σ_k y_lk ≤ 1      for sites j, l that are too close; a station that stands is 1
    serve_at_most_all       Σ_j x_ij ≤ 1            no demand is served twice
    respect_capacity        Σ_i d_i x_ij ≤ u (Σ_k C_k y_jk + built_j)
    serve_only_from_open    x_ij ≤ Σ_k min(1, u C_k / d_i) y_jk      (implied; tightens the relaxation)
    enough_capacity_in_all  u (Σ_jk C_k y_jk + Σ_j built_j) ≥ served      (implied)
    stations_at_most, stations_at_least    Σ_jk y_jk + standing within the limits
    within_budget           Σ_jk capex_k y_jk ≤ B
    meet_served_share       served ≥ share · D

Symbols
    y_jk ∈ {0, 1}  a new station of size k at site j; not defined where it is forbidden, too large or something stands
    x_ij ∈ [0, 1]  share of demand i served at site j, for pairs in reach
    d_i kg/d demand; D kg/d all demand, out of reach included; C_k kg/d capacity; u largest utilisation, 0-1
    a_k annuity and operation of size k, l_j land (10,000 CNY/yr); g_ij yearly cost of the way to j for all of i
    n operating days a year; π price of a kg that is not served; B budget

Stations that stand are open with the capacity they have; their own costs are sunk or the same in every plan and stay
out. Those without a position count and serve nobody. Demand rows of 0 kg/d take no part.

After G. Cornuéjols, R. Sridharan, J. M. Thizy, A comparison of heuristics and relaxations for the capacitated plant
location problem, European Journal of Operational Research 50 (1991), with a choice of sizes.
"""

from __future__ import annotations

from typing import Any, Literal

import pyomo.environ as pyo
from pydantic import BaseModel, ConfigDict, Field

from h2plan.models import _parts as parts
from h2plan.problem import Problem


class Options(BaseModel):
    """What the network design model aims at."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    objective: Literal["coverage", "cost"] = Field(
        default="coverage",
        description="coverage: serve most, then spend least; cost: least annual cost, a shortfall priced",
    )


def build(problem: Problem, options: Options) -> Any:
    """Build the Pyomo model.

    Raises:
        InputError: a required site where no size may stand.
    """
    net = parts.network(problem)
    model = pyo.ConcreteModel(name="network_design")
    parts.open_stations(model, net)
    parts.serve_demand(model, net)
    parts.one_size_per_site(model, net)
    parts.keep_apart(model, net)
    parts.serve_at_most_all(model, net)
    parts.respect_capacity(model, net)
    parts.serve_only_from_open(model, net)
    parts.enough_capacity_in_all(model, net)
    parts.count_within_limits(model, net)
    parts.within_budget(model, net)
    parts.meet_served_share(model, net)

    served = ("served_kg_per_d", "max", lambda: model.served, 1.0)
    cost = ("annual_cost_cny", "min", lambda: parts.annual_cost(model, net), parts.CNY_PER_UNIT)
    parts.set_goals(model, *((served, cost) if options.objective == "coverage" else (cost,)))
    model.assignment = "shares"
    model.guided = True
    return model
