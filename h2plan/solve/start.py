"""A first plan by greedy choice: quick, feasible where the limits are kind, never claimed to be good."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal

import numpy as np

from h2plan.problem import Floats, Ints, Problem
from h2plan.solve.start_rules import StationRules, station_rules


@dataclass(frozen=True, kw_only=True)
class _Choice:
    """The best next station: the kg/d it adds, its site and its size."""

    worth: float
    kg: float
    site: int
    size: int


@dataclass(kw_only=True)
class _State:
    """What is still to be served, and what has been chosen, while the greedy choice runs."""

    left_kg: Floats
    rows_at: Mapping[int, Ints]
    chosen: dict[int, int] = field(default_factory=dict)
    spent_cny: float = 0.0


def greedy(
    problem: Problem, sizes_at: Mapping[str, tuple[str, ...]], *, aim: Literal["coverage", "cost"]
) -> dict[str, str]:
    """Open, one at a time, the station that is worth most; return site id to size id of the new ones.

    `coverage` counts the kg/d that are added; `cost` prices them as shortfall avoided and takes off what the station
    costs, and ends where nothing more pays. Required sites come first, then what hard rules on stations ask for. The
    limits on count and budget, caps, shares and distances are kept where that can be; not so floors of demand.
    """
    sites, sizes = problem.sites, problem.sizes
    at = {name: n for n, name in enumerate(sites.ids)}
    size_at = {name: n for n, name in enumerate(sizes.ids)}
    allowed = {at[j]: [size_at[k] for k in ks] for j, ks in sizes_at.items()}
    state = _State(
        left_kg=problem.demand_kg_per_d.astype(np.float64).copy(),
        rows_at={j: problem.pairs.demand[problem.pairs.site == j] for j in range(len(sites.ids))},
    )
    for j in np.flatnonzero(~np.isnan(sites.built_kg_per_d)):
        _fill(state, int(j), problem.limits.utilisation_max * sites.built_kg_per_d[j])
    for j in np.flatnonzero(sites.required):
        if int(j) in allowed:
            _take(state, problem, _best(state, problem, {int(j): allowed[int(j)]}, aim))
    room, rules = _room(problem), station_rules(problem)
    _pay_what_is_owed(state, problem, allowed, rules, room=room, aim=aim)
    while len(state.chosen) < room:
        open_sites = {j: ks for j, ks in allowed.items() if j not in state.chosen and rules.may_open(j, state.chosen)}
        choice = _best(state, problem, open_sites, aim)
        if choice is None or choice.worth <= 0:
            break
        _take(state, problem, choice)
    _fill_up(state, problem, allowed, rules)
    return {sites.ids[j]: sizes.ids[k] for j, k in state.chosen.items()}


def _pay_what_is_owed(
    state: _State,
    problem: Problem,
    allowed: Mapping[int, list[int]],
    rules: StationRules,
    *,
    room: int,
    aim: str,
) -> None:
    """Open the best station of each set of which a rule asks for one more, until none asks or none can be opened."""
    kg = problem.sizes.capacity_kg_per_d
    while len(state.chosen) < room:
        for owed in rules.owed(state.chosen):
            sites = {
                j: large
                for j in sorted(owed.sites & allowed.keys() - state.chosen.keys())
                if rules.may_open(j, state.chosen, shares=False)
                and (large := [k for k in allowed[j] if kg[k] >= owed.least_kg_per_d])
            }
            choice = _best(state, problem, sites, aim)
            if choice is not None:
                _take(state, problem, choice)
                break
        else:
            return


def capex_cny(problem: Problem, j: int, k: int) -> float:
    """Return what a new station of a size costs at a site, by their places."""
    return _build_share(problem, j) * float(problem.sizes.capex_cny[k])


def _build_share(problem: Problem, j: int) -> float:
    return 1.0 if problem.sites.build_share is None else float(problem.sites.build_share[j])


def _room(problem: Problem) -> int:
    """Return how many new stations the limits leave room for."""
    standing = int((~np.isnan(problem.sites.built_kg_per_d)).sum()) + problem.limits.unplaced_built
    most = problem.limits.stations_max
    return len(problem.sites.ids) if most is None else most - standing


def _best(state: _State, problem: Problem, sites: Mapping[int, list[int]], aim: str) -> _Choice | None:
    """Return the station that is worth most; of equals the first site, then the smallest size."""
    best: _Choice | None = None
    budget = problem.limits.budget_cny
    for j, sizes in sites.items():
        wanted = float(state.left_kg[state.rows_at[j]].sum())
        for k in sizes:
            if budget is not None and state.spent_cny + capex_cny(problem, j, k) > budget:
                continue
            kg = min(wanted, problem.limits.utilisation_max * float(problem.sizes.capacity_kg_per_d[k]))
            worth = _worth(problem, kg, j, k, aim)
            if best is None or worth > best.worth:
                best = _Choice(worth=worth, kg=kg, site=j, size=k)
    return best


def _worth(problem: Problem, kg: float, j: int, k: int, aim: str) -> float:
    if aim == "coverage":
        return kg / max(1.0, capex_cny(problem, j, k)) if problem.limits.budget_cny is not None else kg
    sizes, saved = problem.sizes, 1.0 - _build_share(problem, j)
    annuity = sizes.annual_cost_cny_per_yr[k] - sizes.opex_cny_per_yr[k]
    cost = sizes.annual_cost_cny_per_yr[k] - saved * annuity + problem.sites.land_cny_per_yr[j]
    return kg * problem.shortfall_cny_per_kg * problem.operating_d_per_yr - float(cost)


def _take(state: _State, problem: Problem, choice: _Choice | None) -> None:
    if choice is None:
        return
    state.chosen[choice.site] = choice.size
    state.spent_cny += capex_cny(problem, choice.site, choice.size)
    _fill(state, choice.site, choice.kg)


def _fill(state: _State, j: int, kg: float) -> None:
    """Serve demand in reach of site j, the first rows first, up to `kg`."""
    rows = state.rows_at[j]
    before = np.concatenate([[0.0], np.cumsum(state.left_kg[rows])[:-1]]) if len(rows) else np.zeros(0)
    state.left_kg[rows] -= np.clip(kg - before, 0.0, state.left_kg[rows])


def _fill_up(state: _State, problem: Problem, allowed: Mapping[int, list[int]], rules: StationRules) -> None:
    """Open the smallest stations until the least number is met."""
    limits = problem.limits
    standing = int((~np.isnan(problem.sites.built_kg_per_d)).sum()) + limits.unplaced_built
    for j, sizes in allowed.items():
        if limits.stations_min is None or len(state.chosen) + standing >= limits.stations_min:
            return
        if j not in state.chosen and rules.may_open(j, state.chosen):
            state.chosen[j] = sizes[0]
