"""Which sites, how large, and how many kilograms each truck fills at each stop: capacitated flow refuelling.

Minimise or maximise, in order
    objective `coverage`: 1. most hydrogen served, Σ_ij d_i x_ij (kg/d); 2. least annual cost among those plans
    objective `cost`:     1. least annual cost, as in network_design

so that
    keep_driving            Σ_v φ_q(v, w) = Σ_v φ_q(w, v)        who stops at w drives on from w
    one_round               Σ_v φ_q(start, v) ≤ 1                or, driven over and over: hops into the next round
    stop_only_where_open    Σ_v φ_q(v, w) ≤ Σ_k y_jk             for w at site j
    fill_what_was_driven    x_qj = Σ_{w at j} Σ_v km(v, w) φ_q(v, w) / tour_q      the last stretch at the last stop
    serve_at_most_all       Σ_j x_ij ≤ 1
    respect_capacity        Σ_i d_i x_ij ≤ u (Σ_k C_k y_jk + built_j)
    serve_only_from_open    x_ij ≤ Σ_k min(1, u C_k / d_i) y_jk      (implied; tightens the relaxation)
    enough_capacity_in_all  u (Σ_jk C_k y_jk + Σ_j built_j) ≥ served      (implied)
    one_size_per_site       Σ_k y_jk ≤ 1; = 1 at a required site
    keep_apart              Σ_k y_jk + Σ_k y_lk ≤ 1 for sites j, l that are too close
    stations_at_most, stations_at_least, within_budget, meet_served_share    as in network_design

Symbols
    y_jk ∈ {0, 1}    a new station of size k at site j
    φ_q(v, w) ≥ 0    share of trip q that stops at v and next at w; only where one tank lasts from v to w, both ways off
                     the route included, from the start with the fuel there, to the end with the fuel asked for
    x_ij ∈ [0, 1]    share of demand i filled at site j; a point of demand fills at any sites in its reach
    km(v, w)         along the route; tour_q all of it. The fuel of a detour is the driver's, as in every model
    d_i kg/d demand; C_k kg/d capacity; u largest utilisation, 0-1

A stop fills what was driven since the stop before, so that the kilograms of a trip depend on where it stopped last.

Hop flows on the range-expanded path after S. MirHassani, R. Ebrazi, A flexible reformulation of the refueling station
location problem, Transportation Science 47 (2013); capacities after C. Upchurch, M. Kuby, S. Lim, A model for location
of capacitated alternative-fuel stations, Geographical Analysis 41 (2009).
"""

from __future__ import annotations

from typing import Any, Literal

import pyomo.environ as pyo
from pydantic import Field

from h2plan.models import _parts as parts
from h2plan.models import _tours as tours
from h2plan.models._hops import drive_trips
from h2plan.problem import Problem


class Options(tours.TourOptions):
    """How trips are driven, and what the model aims at."""

    objective: Literal["coverage", "cost"] = Field(
        default="coverage",
        description="coverage: serve most, then spend least; cost: least annual cost, a shortfall priced",
    )


def build(problem: Problem, options: Options) -> Any:
    """Build the Pyomo model.

    Raises:
        InputError: no flow; a required site where no size may stand.
    """
    net = parts.network(problem)
    model = pyo.ConcreteModel(name="flow_refuelling_kg")
    parts.open_stations(model, net)
    parts.serve_demand(model, net)
    parts.every_limit(model, net)
    parts.serve_at_most_all(model, net)
    drive_trips(model, net, options=options)
    parts.respect_capacity(model, net)
    parts.serve_only_from_open(model, net)
    parts.enough_capacity_in_all(model, net)
    parts.meet_served_share(model, net)
    served: parts.GoalIn = ("served_kg_per_d", "max", lambda: model.served, 1.0)
    cost: parts.GoalIn = ("annual_cost_cny", "min", lambda: parts.annual_cost(model, net), parts.CNY_PER_UNIT)
    parts.set_goals(model, *((served, cost) if options.objective == "coverage" else (cost,)))
    model.assignment = "shares"
    return model
