"""Which p sites lie farthest apart: the p-dispersion model.

Maximise, then minimise
    1. the least distance between two stations, D_1 + Σ_l (D_l+1 - D_l) u_l      (km)
    2. least annual cost of new stations, Σ_j (a + l_j) y_j (10,000 CNY/yr), among those plans

so that
    farther_than            y_j + y_m ≤ 2 - u_l      where d_jm = D_l: two stations D_l apart end the larger distances
    farther_and_farther     u_l+1 ≤ u_l
    exactly                 Σ_j y_j + standing = p, which is `stations_max`
    one_size_per_site       y_j ≤ 1; = 1 at a required site
    keep_apart              y_j + y_m ≤ 1 for sites j, m that are too close
    stations_at_most, stations_at_least, within_budget, meet_served_share    as in network_design; what has a
                        station in reach counts as served

Symbols
    y_j ∈ {0, 1}  a new station of the one size of `size_id` at site j; 1 where a station stands
    d_jm          straight-line distance between sites, km; D_1 < D_2 < … its distinct values
    u_l ∈ [0, 1]  the least distance is above D_l
    a annuity and operation, l_j land

Two stations that both stand already are no choice, and their distance does not count. Distances above twice what a
greedy choice reaches need no u_l: the optimum is at most that (S. Ravi, D. Rosenkrantz, G. Tayi, Heuristic and special
case algorithms for dispersion problems, Operations Research 42, 1994). Each demand row in reach of an open site is
served at the nearest one.

M. Kuby, Programming models for facility dispersion, Geographical Analysis 19 (1987); form by D. Sayah, S. Irnich, A new
compact formulation for the discrete p-dispersion problem, European Journal of Operational Research 256 (2017).
"""

from __future__ import annotations

from collections.abc import Mapping
from itertools import combinations, pairwise
from typing import Any

import numpy as np
import pyomo.environ as pyo
from pydantic import BaseModel, ConfigDict, Field

from h2plan.errors import InputError
from h2plan.models import _parts as parts
from h2plan.problem import Problem

Distances = Mapping[tuple[str, str], float]
MILLIMETRES = 6
"""Decimals of a distance in km: distances that differ by rounding are one level."""


class Options(BaseModel):
    """What the p-dispersion model builds."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    size_id: str = Field(min_length=1, description="station size of every new station; its capacity is not looked at")


def build(problem: Problem, options: Options) -> Any:
    """Build the Pyomo model.

    Raises:
        InputError: `size_id` names no size; no p, a p below 2 or above the sites there are; no distances.
    """
    net = parts.network(parts.with_one_size(problem, options.size_id))
    new = _new_stations(net)
    apart = _distances(problem, net)
    model = pyo.ConcreteModel(name="p_dispersion")
    parts.open_stations(model, net)
    parts.every_limit(model, net)
    model.exactly = pyo.Constraint(expr=parts.station_count(model, net) == new)
    least = _farther_than(model, net, apart, at_most=2 * _greedy_km(net, apart, new))
    _serve_in_reach(model, net)
    parts.meet_served_share(model, net)
    parts.set_goals(
        model,
        ("least_apart_km", "max", lambda: least, 1.0),
        ("station_cost_cny", "min", lambda: parts.station_cost(model, net), parts.CNY_PER_UNIT),
    )
    model.implied = []
    model.assignment = "nearest"
    return model


def _new_stations(net: parts.Network) -> int:
    p, standing = net.limits.stations_max, len(net.built_kg) + net.limits.unplaced_built
    least = max(2, standing + 1)
    if p is None or p < least:
        told = "is blank" if p is None else f"{p} leaves nothing to choose"
        raise InputError(f"stations_max {told}: p-dispersion opens exactly so many; {least} would work", where="limits")
    return p - standing


def _distances(problem: Problem, net: parts.Network) -> Distances:
    """Return the distance of each pair of sites that a choice can join."""
    if problem.site_km is None:
        raise InputError("the distances between sites are not known; give limits.spacing_km", where="sites")
    usable = [(n, j) for n, j in enumerate(problem.sites.ids) if j in net.sizes_at or j in net.built_kg]
    return {
        (j, m): round(float(problem.site_km[a, b]), MILLIMETRES)
        for (a, j), (b, m) in combinations(usable, 2)
        if j in net.sizes_at or m in net.sizes_at
    }


def _farther_than(model: Any, net: parts.Network, apart: Distances, *, at_most: float) -> Any:
    """Two stations D_l apart end the larger distances: y_j + y_m ≤ 2 - u_l; u_l+1 ≤ u_l."""
    levels = sorted(set(apart.values()))
    levels = levels[: 1 + int(np.searchsorted(levels, at_most, side="left"))]
    at = {km: n for n, km in enumerate(levels[:-1])}
    model.above = pyo.Var(range(len(levels) - 1), bounds=(0.0, 1.0))
    near = [pair for pair, km in apart.items() if km in at]
    model.farther_than = pyo.Constraint(
        near, rule=lambda m, j, o: parts.stations_near(m, net, (j, o)) <= 2 - m.above[at[apart[j, o]]]
    )
    model.farther_and_farther = pyo.Constraint(
        range(1, len(levels) - 1), rule=lambda m, n: m.above[n] <= m.above[n - 1]
    )
    steps = [far - near for near, far in pairwise(levels)]
    return levels[0] + sum(step * model.above[n] for n, step in enumerate(steps))


def _greedy_km(net: parts.Network, apart: Distances, new: int) -> float:
    """Take the site farthest from all taken so far, `new` times; return the least distance; spacing aside."""
    taken = [*net.built_kg, *sorted(net.required)]
    left = set(net.sizes_at) - net.required
    reached = min((apart.get((a, b), apart.get((b, a), np.inf)) for a, b in combinations(taken, 2)), default=np.inf)
    if not taken:
        taken = [min(left)]
        left -= set(taken)
    for _ in range(new + len(net.built_kg) - len(taken)):
        gap = {j: min(apart.get((j, t), apart.get((t, j), np.inf)) for t in taken) for j in sorted(left)}
        best = max(gap, key=lambda j: gap[j])
        reached = min(reached, gap[best])
        taken.append(best)
        left.remove(best)
    return float(reached)


def _serve_in_reach(model: Any, net: parts.Network) -> None:
    """A row with an open site in reach is served: c_i ≤ Σ_j y_j; only a floor on the served share needs it."""
    model.served = pyo.Var(bounds=(0.0, sum(net.demand_kg.values())))
    if net.limits.served_share_min is None:
        return
    rows = net.sites_of()
    model.cover = pyo.Var(list(rows), bounds=(0.0, 1.0))
    model.serve_in_reach = pyo.Constraint(
        list(rows), rule=lambda m, i: m.cover[i] <= parts.stations_near(m, net, rows[i])
    )
    model.count_served = pyo.Constraint(expr=model.served == sum(net.demand_kg[i] * model.cover[i] for i in rows))
