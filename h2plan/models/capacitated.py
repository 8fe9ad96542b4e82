"""Where to build, how large, and who is served there when everyone must be: the capacitated facility location model.

Minimise
    annual cost = Σ_jk (a_k + l_j) y_jk + Σ_ij g_ij x_ij + n π (D - Σ_ij d_i x_ij)      (10,000 CNY/yr)

so that
    serve_everyone          Σ_j x_ij = 1            for every demand row in reach of a site
    respect_capacity        Σ_i d_i x_ij ≤ u (Σ_k C_k y_jk + built_j)
    serve_only_from_open    x_ij ≤ Σ_k min(1, u C_k / d_i) y_jk      (implied; tightens the relaxation)
    enough_capacity_in_all  u (Σ_jk C_k y_jk + Σ_j built_j) ≥ served      (implied)
    closest_first           Σ_{m farther than j} x_im ≤ 1 - Σ_k y_jk      with `closest`: nobody drives past a station
    one_size_per_site       Σ_k y_jk ≤ 1; = 1 at a required site
    keep_apart              Σ_k y_jk + Σ_k y_lk ≤ 1 for sites j, l that are too close
    stations_at_most, stations_at_least, within_budget, meet_served_share    as in network_design

Symbols
    y_jk ∈ {0, 1}  a new station of size k at site j
    x_ij           share of demand i served at site j, in [0, 1]; {0, 1} with `sourcing: single`
    d_i kg/d demand; D kg/d all demand, out of reach included; C_k kg/d capacity; u largest utilisation, 0-1
    a_k annuity and operation of size k, l_j land (10,000 CNY/yr); g_ij yearly cost of the way to j for all of i
    n operating days a year; π price of a kg that is not served: here only of demand that no site reaches

A. Kuehn, M. Hamburger, A heuristic program for locating warehouses, Management Science 9 (1963), with a choice of sizes
as in G. Cornuéjols, R. Sridharan, J. M. Thizy, European Journal of Operational Research 50 (1991); closest assignment
after J. Wagner, L. Falkson, The optimal nodal location of public facilities with price-sensitive demand, Geographical
Analysis 7 (1975).
"""

from __future__ import annotations

from typing import Any, Literal

import pyomo.environ as pyo
from pydantic import BaseModel, ConfigDict, Field

from h2plan.errors import Fault, InputError
from h2plan.models import _parts as parts
from h2plan.models import _serving as serving
from h2plan.problem import Problem


class Options(BaseModel):
    """How demand is given to stations."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    sourcing: Literal["split", "single"] = Field(
        default="split", description="split: a row may be shared among stations; single: each row has one station"
    )
    closest: bool = Field(default=False, description="each row is served at an open site nearest to it, by minutes")


def build(problem: Problem, options: Options) -> Any:
    """Build the Pyomo model.

    Raises:
        InputError: with single sourcing, a row of demand larger than any station in its reach.
    """
    net = parts.network(problem)
    _refuse_too_large(net, single=options.sourcing == "single")
    model = pyo.ConcreteModel(name="capacitated")
    parts.open_stations(model, net)
    parts.serve_demand(model, net)
    if options.sourcing == "single":
        serving.serve_whole(model, net)
    parts.every_limit(model, net)
    _serve_everyone(model, net)
    parts.respect_capacity(model, net)
    parts.serve_only_from_open(model, net)
    parts.enough_capacity_in_all(model, net)
    if options.closest:
        serving.closest_first(model, net)
    parts.meet_served_share(model, net)
    parts.set_goals(model, ("annual_cost_cny", "min", lambda: parts.annual_cost(model, net), parts.CNY_PER_UNIT))
    model.assignment = "shares"
    return model


def _serve_everyone(model: Any, net: parts.Network) -> None:
    """Everyone in reach is served: Σ_j x_ij = 1."""
    sites_of = net.sites_of()
    model.serve_everyone = pyo.Constraint(
        list(net.demand_kg), rule=lambda m, i: sum(m.serve[i, j] for j in sites_of[i]) == 1
    )


def _refuse_too_large(net: parts.Network, *, single: bool) -> None:
    u = net.limits.utilisation_max
    most = {j: max(u * net.capacity_kg[k] for k in sizes) for j, sizes in net.sizes_at.items()}
    most.update({j: u * kg for j, kg in net.built_kg.items()})
    faults = []
    for i, sites in net.sites_of().items():
        room = max(most[j] for j in sites) if single else sum(most[j] for j in sites)
        if net.demand_kg[i] > room * (1 + 1e-9):
            what = "the largest station in its reach dispenses" if single else "all stations in its reach dispense"
            message = f"wants {net.demand_kg[i]:,.0f} kg/d, {what} {room:,.0f}"
            hint = "split it, allow larger sizes, or use network_design, which may leave demand unserved"
            faults.append(Fault(where="demand", column=i, message=message, hint=hint))
    if faults:
        raise InputError(faults)
