"""Which sites let most traffic drive through without running dry: the flow refuelling model, as arc covers.

Maximise, then minimise
    objective `coverage`: 1. most demand covered, Σ_q d_q c_q (kg/d)
                          2. least annual cost of new stations, Σ_j (a + l_j) y_j (10,000 CNY/yr), among those plans
    objective `cheapest`: 1. least annual cost of new stations that covers the share `served_share_min` of all demand

so that
    fuel_lasts          c_q ≤ Σ_{j in K} y_j      for every set K of sites of which trip q needs one open
    one_size_per_site   y_j ≤ 1; = 1 at a required site
    keep_apart          y_j + y_l ≤ 1 for sites j, l that are too close
    stations_at_most, stations_at_least, within_budget, meet_served_share    as in network_design, of covered kg/d

Symbols
    y_j ∈ {0, 1}  a new station of the one size of `size_id` at site j; 1 where a station stands
    c_q ∈ [0, 1]  demand q is covered; whole in some optimum once y is whole, hence continuous
    K             for a flow: the sites from which a full tank lasts to one point of its tour, one set a point that the
                  fuel at the start does not last to; for a point of demand: the sites in its reach
    d_q kg/d demand; a annuity and operation, l_j land

The range is that of each flow's vehicle class, so several ranges are planned for at once. A stop off the route is left
for and come back from at one point of the route; the tank keeps a reserve of the longest such way there and back, so
that what is covered can be driven (flow_refuelling_kg counts each detour for itself). A trip that needs no fuel on its
way is covered by any stop, where it buys its hydrogen. Rows with the same sets are one row of the model, which is
exact. Each covered flow is served with few stops, each filling what was driven since the last one; capacities aside.

I. Capar, M. Kuby, V. J. Leon, Y.-J. Tsai, An arc cover-path-cover formulation and strategic analysis of
alternative-fuel station locations, European Journal of Operational Research 227 (2013); the problem by M. Kuby, S. Lim,
The flow-refueling location problem for alternative-fuel vehicles, Socio-Economic Planning Sciences 39 (2005).
"""

from __future__ import annotations

from typing import Any, Literal

import pyomo.environ as pyo
from pydantic import Field

from h2plan.errors import InputError
from h2plan.models import _parts as parts
from h2plan.models import _tours as tours
from h2plan.problem import Problem


class Options(tours.TourOptions):
    """How trips are driven, and what the model aims at."""

    size_id: str = Field(min_length=1, description="station size of every new station; its capacity is not looked at")
    objective: Literal["coverage", "cheapest"] = Field(
        default="coverage", description="coverage: most covered; cheapest: least cost for limits.served_share_min"
    )


def build(problem: Problem, options: Options) -> Any:
    """Build the Pyomo model.

    Raises:
        InputError: no flow, an unknown size, `cheapest` without a share.
    """
    if options.objective == "cheapest" and problem.limits.served_share_min is None:
        raise InputError("the cheapest plan needs a share to cover; 0.5 would work", where="limits.served_share_min")
    net = parts.network(parts.with_one_size(problem, options.size_id))
    usable = net.sizes_at.keys() | net.built_kg.keys()
    needs = tours.needs_of(problem, options, net)
    groups = tours.merged_rows(net, needs)
    model = pyo.ConcreteModel(name="flow_refuelling")
    parts.open_stations(model, net)
    model.cover = pyo.Var(list(groups), bounds=(0.0, 1.0))
    model.served = pyo.Var(bounds=(0.0, sum(net.demand_kg.values())))
    model.count_covered = pyo.Constraint(expr=model.served == sum(kg * model.cover[g] for g, (kg, _) in groups.items()))
    parts.every_limit(model, net)
    _fuel_lasts(model, net, groups)
    parts.meet_served_share(model, net)
    covered: parts.GoalIn = ("covered_kg_per_d", "max", lambda: model.served, 1.0)
    cost: parts.GoalIn = ("station_cost_cny", "min", lambda: parts.station_cost(model, net), parts.CNY_PER_UNIT)
    parts.set_goals(model, *((covered, cost) if options.objective == "coverage" else (cost,)))
    model.implied = []
    model.assignment = "tours"
    model.needs = needs
    model.tours = tours.tours(problem, options, usable)
    return model


def _fuel_lasts(model: Any, net: parts.Network, groups: dict[str, tuple[float, tours.Sets]]) -> None:
    """A trip is covered if each of its sets holds an open site: c_q ≤ Σ_{j in K} y_j."""
    index = [(g, n) for g, (_, sets) in groups.items() for n in range(len(sets))]
    model.fuel_lasts = pyo.Constraint(
        index, rule=lambda m, g, n: m.cover[g] <= parts.stations_near(m, net, groups[g][1][n])
    )
