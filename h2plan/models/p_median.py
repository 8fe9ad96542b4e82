"""Which p sites are nearest on average, weighted by hydrogen: the p-median model in its radius form.

Minimise, in order
    1. way of all hydrogen, Σ_i d_i (D_i1 + Σ_k (D_i,k+1 - D_ik) z_ik)      (kg min/d)
    2. least annual cost of new stations, Σ_j (a + l_j) y_j (10,000 CNY/yr), among those plans

so that
    nobody_nearer       z_ik ≥ z_i,k-1 - Σ_{j: t_ij = D_ik} y_j,  z_i0 = 1
    one_size_per_site   y_j ≤ 1; = 1 at a required site
    keep_apart          y_j + y_l ≤ 1 for sites j, l that are too close
    stations_at_most    Σ_j y_j + standing ≤ p, which is `stations_max`; stations_at_least, within_budget,
                        meet_served_share as in network_design

Symbols
    y_j ∈ {0, 1}   a new station of the one size of `size_id` at site j; 1 where a station stands
    t_ij           minutes from i to j, one way for a point, the detour for a flow, for pairs in reach
    D_ik           the k-th of the distinct minutes from i, rising
    z_ik ∈ [0, 1]  no station is open within D_ik of i; whole in some optimum once y is whole
    d_i kg/d demand; a annuity and operation, l_j land

Everyone in reach of a site is served, at the nearest open site. With `unserved_min`, a row may instead be left to
nobody; it then counts as if it drove that long, and not as served. Capacities are not looked at.

S. Hakimi, Optimum locations of switching centers and the absolute centers and medians of a graph, Operations Research
12 (1964); form by S. García, M. Labbé, A. Marín, INFORMS Journal on Computing 23 (2011).
"""

from __future__ import annotations

from typing import Any

import pyomo.environ as pyo
from pydantic import BaseModel, ConfigDict, Field

from h2plan.errors import Fault, InputError
from h2plan.models import _parts as parts
from h2plan.models import _rings as rings
from h2plan.problem import Problem


class Options(BaseModel):
    """What the p-median model builds."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    size_id: str = Field(min_length=1, description="station size of every new station; its capacity is not looked at")
    unserved_min: float | None = Field(
        default=None, gt=0, description="minutes that a row left to nobody counts; blank: everyone in reach is served"
    )


def build(problem: Problem, options: Options) -> Any:
    """Build the Pyomo model.

    Raises:
        InputError: `size_id` names no size; `unserved_min` is shorter than a way in reach.
    """
    net = parts.network(parts.with_one_size(problem, options.size_id))
    _refuse_short(net, options.unserved_min)
    around = rings.rings_of(net)
    model = pyo.ConcreteModel(name="p_median")
    parts.open_stations(model, net)
    parts.every_limit(model, net)
    rings.nobody_nearer(model, net, around, may_miss=options.unserved_min is not None)
    _count_served(model, net, around)
    parts.meet_served_share(model, net)
    way = rings.travel(model, net, around, missed_min=options.unserved_min)
    parts.set_goals(
        model,
        ("travel_kg_min_per_d", "min", lambda: way, 1.0),
        ("station_cost_cny", "min", lambda: parts.station_cost(model, net), parts.CNY_PER_UNIT),
    )
    model.implied = []
    model.assignment = "nearest"
    model.everyone = options.unserved_min is None
    return model


def _refuse_short(net: parts.Network, unserved_min: float | None) -> None:
    longest = max(net.minutes.values(), default=0.0)
    if unserved_min is not None and unserved_min < longest:
        message = f"{unserved_min:g} min is shorter than the longest way in reach, so that nobody would rather serve"
        hint = f"{longest:.4g} would work"
        raise InputError(Fault(where="model", column="unserved_min", message=message, hint=hint))


def _count_served(model: Any, net: parts.Network, around: Any) -> None:
    """What is served is all that is in reach, less the rows left to nobody: served = Σ_i d_i (1 - z_i,last)."""
    total = sum(net.demand_kg.values())
    last = {i: (i, len(ring.minutes) - 1) for i, ring in around.items()}
    missed = sum(net.demand_kg[i] * model.farther[key] for i, key in last.items() if key in model.farther)
    model.served = pyo.Var(bounds=(0.0, total))
    model.count_served = pyo.Constraint(expr=model.served + missed == total)
