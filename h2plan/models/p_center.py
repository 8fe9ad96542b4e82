"""Which p sites leave nobody far away, and then are nearest on average: the p-centre model.

Minimise, in order
    1. the longest way to the nearest station, T_1 + Σ_l (T_l+1 - T_l) u_l      (min)
    2. way of all hydrogen, Σ_i d_i (D_i1 + Σ_k (D_i,k+1 - D_ik) z_ik), among those plans      (kg min/d)

so that
    longest_way         z_ik ≤ u_l      where T_l+1 = D_i,k+1: who has no station within D_ik drives farther than T_l
    longer_and_longer   u_l+1 ≤ u_l
    nobody_nearer       z_ik ≥ z_i,k-1 - Σ_{j: t_ij = D_ik} y_j,  z_i0 = 1
    one_size_per_site   y_j ≤ 1; = 1 at a required site
    keep_apart          y_j + y_l ≤ 1 for sites j, l that are too close
    stations_at_most    Σ_j y_j + standing ≤ p, which is `stations_max`; stations_at_least, within_budget as in
                        network_design

Symbols
    y_j ∈ {0, 1}   a new station of the one size of `size_id` at site j; 1 where a station stands
    t_ij           minutes from i to j, one way for a point, the detour for a flow, for pairs in reach
    D_ik           the k-th of the distinct minutes from i, rising; T_l those of all rows together
    z_ik ∈ [0, 1]  no station is open within D_ik of i;  u_l ∈ [0, 1]  the longest way is above T_l
    d_i kg/d demand

Everyone in reach of a site is served, whole at the nearest open site. Capacities are not looked at.

S. Hakimi, Operations Research 12 (1964); S. Elloumi, M. Labbé, Y. Pochet, A new formulation and resolution method for
the p-center problem, INFORMS Journal on Computing 16 (2004).
"""

from __future__ import annotations

from collections.abc import Mapping
from itertools import pairwise
from typing import Any

import pyomo.environ as pyo
from pydantic import BaseModel, ConfigDict, Field

from h2plan.models import _parts as parts
from h2plan.models import _rings as rings
from h2plan.problem import Problem


class Options(BaseModel):
    """What the p-centre model builds."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    size_id: str = Field(min_length=1, description="station size of every new station; its capacity is not looked at")


def build(problem: Problem, options: Options) -> Any:
    """Build the Pyomo model.

    Raises:
        InputError: `size_id` names no size.
    """
    net = parts.network(parts.with_one_size(problem, options.size_id))
    around = rings.rings_of(net)
    model = pyo.ConcreteModel(name="p_center")
    parts.open_stations(model, net)
    parts.every_limit(model, net)
    rings.nobody_nearer(model, net, around, may_miss=False)
    longest = _longest_way(model, around)
    served = sum(net.demand_kg.values())
    model.served = pyo.Var(bounds=(served, served))
    parts.meet_served_share(model, net)
    way = rings.travel(model, net, around, missed_min=None)
    parts.set_goals(
        model,
        ("longest_min", "min", lambda: longest, 1.0),
        ("travel_kg_min_per_d", "min", lambda: way, 1.0),
    )
    model.implied = []
    model.assignment = "nearest"
    model.everyone = True
    return model


def _longest_way(model: Any, around: Mapping[str, rings.Rings]) -> Any:
    """The longest way is above T_l where somebody drives to the next level at least: z_ik ≤ u_l, u_l+1 ≤ u_l."""
    nearest = max((ring.minutes[0] for ring in around.values()), default=0.0)
    levels = sorted({way for ring in around.values() for way in ring.minutes if way >= nearest} | {nearest})
    at = {way: n for n, way in enumerate(levels)}
    model.above = pyo.Var(range(len(levels) - 1), bounds=(0.0, 1.0))
    beyond = [(i, k, at[around[i].minutes[k + 1]] - 1) for i, k in model.farther if around[i].minutes[k + 1] > nearest]
    model.longest_way = pyo.Constraint(
        range(len(beyond)), rule=lambda m, n: m.farther[beyond[n][0], beyond[n][1]] <= m.above[beyond[n][2]]
    )
    model.longer_and_longer = pyo.Constraint(range(1, len(levels) - 1), rule=lambda m, n: m.above[n] <= m.above[n - 1])
    steps = [far - near for near, far in pairwise(levels)]
    return nearest + sum(step * model.above[n] for n, step in enumerate(steps))
