"""Which sites put most demand within reach of a station, capacities aside: the maximal covering location model.

Maximise, then minimise
    1. most demand covered, Σ_i d_i c_i (kg/d)
    2. with `backup`: most demand covered twice, Σ_i d_i b_i (kg/d), among those plans
    3. least annual cost of new stations, Σ_j (a + l_j) y_j (10,000 CNY/yr), among those plans

so that
    cover_only_from_open    c_i ≤ Σ_{j in reach of i} y_j      unless a station that stands covers i
    cover_twice_from_two    c_i + b_i ≤ Σ_{j in reach of i} y_j, and covered_first b_i ≤ c_i; stations that stand count
    one_size_per_site       y_j ≤ 1; = 1 at a required site
    keep_apart              y_j + y_l ≤ 1 for sites j, l that are too close
    stations_at_most, stations_at_least, within_budget, meet_served_share    as in network_design, of covered kg/d

Symbols
    y_j ∈ {0, 1}  a new station of the one size of `size_id` at site j
    c_i ∈ [0, 1]  demand i is covered; whole in some optimum once y is whole, hence continuous; {0, 1} with `backup`,
                  so that the solver's tolerance on the first goal is not turned into backup
    b_i ∈ [0, 1]  demand i is covered by a second station as well, which serves it should the first one fail
    d_i kg/d demand; a annuity and operation, l_j land

Demand rows with the same sites in reach are one row of the model, which is exact. Each covered row is then served
whole at its nearest open site (fewest minutes, then the first id), however little that station can dispense.

R. Church, C. ReVelle, The maximal covering location problem, Papers of the Regional Science Association 32 (1974);
the second level after K. Hogan, C. ReVelle, Concepts and applications of backup coverage, Management Science 32 (1986).
"""

from __future__ import annotations

from collections import defaultdict
from typing import Any

import pyomo.environ as pyo
from pydantic import BaseModel, ConfigDict, Field

from h2plan.models import _parts as parts
from h2plan.problem import Problem


class Options(BaseModel):
    """What the maximal covering model builds."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    size_id: str = Field(min_length=1, description="station size of every new station; its capacity is not looked at")
    backup: bool = Field(default=False, description="after the demand covered, most demand covered by two stations")


def build(problem: Problem, options: Options) -> Any:
    """Build the Pyomo model.

    Raises:
        InputError: `size_id` names no size, or may not stand at a required site.
    """
    net = parts.network(parts.with_one_size(problem, options.size_id))
    groups = _merged(net)
    model = pyo.ConcreteModel(name="max_cover")
    parts.open_stations(model, net)
    model.cover = pyo.Var(list(groups), bounds=(0.0, 1.0), domain=pyo.Binary if options.backup else pyo.Reals)
    model.served = pyo.Var(bounds=(0.0, sum(net.demand_kg.values())))
    model.count_covered = pyo.Constraint(expr=model.served == sum(kg * model.cover[g] for g, (kg, _) in groups.items()))
    parts.one_size_per_site(model, net)
    parts.keep_apart(model, net)
    _cover_only_from_open(model, net, groups)
    parts.count_within_limits(model, net)
    parts.within_budget(model, net)
    parts.meet_served_share(model, net)
    covered: parts.GoalIn = ("covered_kg_per_d", "max", lambda: model.served, 1.0)
    cost: parts.GoalIn = ("station_cost_cny", "min", lambda: parts.station_cost(model, net), parts.CNY_PER_UNIT)
    if options.backup:
        _cover_twice_from_two(model, net, groups)
        twice = sum(kg * model.backup[g] for g, (kg, _) in groups.items())
        parts.set_goals(model, covered, ("backup_kg_per_d", "max", lambda: twice, 1.0), cost)
    else:
        parts.set_goals(model, covered, cost)
    model.implied = []
    model.assignment = "nearest"
    return model


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


def _cover_twice_from_two(model: Any, net: parts.Network, groups: dict[str, tuple[float, tuple[str, ...]]]) -> None:
    """A row is covered twice by two open sites in reach: c_i + b_i ≤ Σ_j y_j, b_i ≤ c_i, standing ones counted."""
    model.backup = pyo.Var(list(groups), bounds=(0.0, 1.0))
    model.cover_twice_from_two = pyo.Constraint(
        list(groups), rule=lambda m, g: m.cover[g] + m.backup[g] <= parts.stations_near(m, net, groups[g][1])
    )
    model.covered_first = pyo.Constraint(list(groups), rule=lambda m, g: m.backup[g] <= m.cover[g])
