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

from collections import defaultdict
from collections.abc import Mapping
from typing import Any, Literal

import pyomo.environ as pyo
from pydantic import Field

from h2plan.models import _parts as parts
from h2plan.models import _tours as tours
from h2plan.problem import Problem

NO_PART = 1e-7
"""A smaller part of a tour is the rounding of two sums, and too small a coefficient for a solver."""
Hops = Mapping[str, list[tours.Hop]]
Tours = Mapping[str, tours.Tour]


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
    usable = net.sizes_at.keys() | net.built_kg.keys()
    driven = {q: t for q, t in tours.tours(problem, options, usable).items() if q in net.demand_kg}
    hops = {q: tours.hops(tour) for q, tour in driven.items()}
    model = pyo.ConcreteModel(name="flow_refuelling_kg")
    parts.open_stations(model, net)
    parts.serve_demand(model, net)
    model.hop = pyo.Var([(q, n) for q, line in hops.items() for n in range(len(line))], bounds=(0.0, 1.0))
    parts.every_limit(model, net)
    parts.serve_at_most_all(model, net)
    _keep_driving(model, driven, hops)
    _one_round(model, hops)
    _stop_only_where_open(model, net, driven, hops)
    _fill_what_was_driven(model, net, driven, hops)
    parts.respect_capacity(model, net)
    parts.serve_only_from_open(model, net)
    parts.enough_capacity_in_all(model, net)
    parts.meet_served_share(model, net)
    served: parts.GoalIn = ("served_kg_per_d", "max", lambda: model.served, 1.0)
    cost: parts.GoalIn = ("annual_cost_cny", "min", lambda: parts.annual_cost(model, net), parts.CNY_PER_UNIT)
    parts.set_goals(model, *((served, cost) if options.objective == "coverage" else (cost,)))
    model.assignment = "shares"
    return model


def _ends(hops: Hops) -> tuple[dict[tuple[str, int], list[int]], dict[tuple[str, int], list[int]]]:
    """Return the hops into and out of each stop of each trip."""
    into: defaultdict[tuple[str, int], list[int]] = defaultdict(list)
    out: defaultdict[tuple[str, int], list[int]] = defaultdict(list)
    for q, line in hops.items():
        for n, hop in enumerate(line):
            into[q, hop.head].append(n)
            out[q, hop.tail].append(n)
    return dict(into), dict(out)


def _keep_driving(model: Any, driven: Tours, hops: Hops) -> None:
    """Who stops at w drives on from w: Σ_v φ(v, w) = Σ_v φ(w, v)."""
    into, out = _ends(hops)
    stops = [(q, w) for q, tour in driven.items() for w in range(len(tour.site)) if (q, w) in into or (q, w) in out]
    model.keep_driving = pyo.Constraint(
        stops,
        rule=lambda m, q, w: (
            sum(m.hop[q, n] for n in into.get((q, w), ())) == sum(m.hop[q, n] for n in out.get((q, w), ()))
        ),
    )


def _one_round(model: Any, hops: Hops) -> None:
    """No more of a trip starts than there is: hops from the start, or into the next round, add up to 1 at most."""
    begins = {
        q: [n for n, hop in enumerate(line) if hop.into_next_round or hop.tail == tours.START]
        for q, line in hops.items()
    }
    model.one_round = pyo.Constraint(
        [q for q, line in begins.items() if line], rule=lambda m, q: sum(m.hop[q, n] for n in begins[q]) <= 1
    )


def _stop_only_where_open(model: Any, net: parts.Network, driven: Tours, hops: Hops) -> None:
    """Stop only where a station stands: Σ_v φ(v, w) ≤ Σ_k y_jk."""
    into, _ = _ends(hops)
    rows = [(q, w) for q, w in into if w >= 0 and driven[q].site[w] in net.sizes_at]
    model.stop_only_where_open = pyo.Constraint(
        rows,
        rule=lambda m, q, w: sum(m.hop[q, n] for n in into[q, w]) <= parts.stations_near(m, net, [driven[q].site[w]]),
    )


def _fill_what_was_driven(model: Any, net: parts.Network, driven: Tours, hops: Hops) -> None:
    """A stop fills what was driven since the one before: x_qj = Σ km φ / tour; the last stretch at the last stop."""
    filled: defaultdict[tuple[str, str], list[tuple[int, float]]] = defaultdict(list)
    for q, line in hops.items():
        for n, hop in enumerate(line):
            stop = hop.tail if hop.head == tours.END else hop.head
            part = hop.km / driven[q].length_km
            if part > NO_PART:
                filled[q, driven[q].site[stop]].append((n, part))
    pairs = [(q, j) for q, j in net.access if q in driven]
    model.fill_what_was_driven = pyo.Constraint(
        pairs,
        rule=lambda m, q, j: m.serve[q, j] == sum(part * m.hop[q, n] for n, part in filled.get((q, j), ())),
    )
