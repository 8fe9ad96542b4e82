"""What Lagrange multipliers tell the search of a siting model: a bound, the likely stations, and those ruled out."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray
from scipy import sparse

from h2plan.problem import Pairs, Problem
from h2plan.solve.exchange import Neighbourhood
from h2plan.solve.lagrange import Prices, Relaxation, Siting, relax
from h2plan.solve.program import Bools, Program, ProgramGoal

ROUNDS_MAX = 400
LIKELY_FROM = 0.02
"""A station is likely when it was open in this share of the last steps."""
ROUNDING = 1e-9
NEAR_MAX = 6
"""Sites that may take a station's place."""


@dataclass(frozen=True, kw_only=True)
class Advice:
    """A bound on the objective, the columns worth trying first, and the columns that a better plan may use."""

    bound: float
    likely: Bools
    better_than: Callable[[float], Bools]
    """Columns that can take part in a plan below this objective."""
    around: Neighbourhood


Guide = Callable[[int, Sequence[float], float, float], Advice]
"""(number of the goal, values that the earlier goals keep, objective of a known plan, gap) to advice."""


@dataclass(frozen=True, kw_only=True)
class _Columns:
    """Where the decisions stand in the program: site and size of each open column, site of each serve column."""

    total: int
    open_at: NDArray[np.intp]
    site: NDArray[np.intp]
    size: NDArray[np.intp]
    serve_at: NDArray[np.intp]
    serve_site: NDArray[np.intp]

    def using(self, stations: Bools, standing: Bools) -> Bools:
        """Return the columns that need none but these stations (by site and size)."""
        columns = np.ones(self.total, dtype=np.bool_)
        columns[self.open_at] = stations[self.site, self.size]
        usable = standing.copy()
        usable[self.site[columns[self.open_at]]] = True
        columns[self.serve_at] = usable[self.serve_site]
        return columns


def make_guide(
    problem: Problem,
    program: Program,
    *,
    open_columns: Mapping[tuple[str, str], int],
    serve_columns: Mapping[tuple[str, str], int],
    supplied_cny_per_kg: Mapping[str, float] | None = None,
) -> Guide:
    """Return a guide for the network design model of a problem.

    `supplied_cny_per_kg` is the least that a kilogram can cost at each station that hydrogen reaches: a relaxation of
    all that balances supply, so that bounds stay bounds. None where supply is no part of the model.
    """
    known = _with_supply(problem, supplied_cny_per_kg)
    columns = _columns(problem, program, open_columns, serve_columns)
    around = _neighbourhood(problem, columns)
    prices: dict[int, Prices] = {}

    def guide(n: int, kept: Sequence[float], objective: float, gap: float) -> Advice:
        goal = program.goals[n]
        floor = max([(problem.limits.served_share_min or 0.0) * problem.total_kg_per_d, *kept])
        siting, constant = _siting(known, columns, goal=goal, floor_kg=floor)
        slack = gap * abs(objective)
        found = relax(siting, upper=objective - constant, slack=slack, rounds=ROUNDS_MAX, start=prices.get(n))
        prices[n] = found.prices
        return _advice(found, siting, columns, constant, around)

    return guide


def _with_supply(problem: Problem, supplied_cny_per_kg: Mapping[str, float] | None) -> Problem:
    """Return the problem with supply as a price on each pair, without the pairs of stations that get none."""
    if supplied_cny_per_kg is None:
        return problem
    price = np.array([supplied_cny_per_kg.get(j, np.inf) for j in problem.sites.ids])
    pairs = problem.pairs
    reached = np.isfinite(price[pairs.site])
    kept = Pairs(
        demand=pairs.demand[reached],
        site=pairs.site[reached],
        minutes=pairs.minutes[reached],
        km=pairs.km[reached],
        access_cny_per_kg=pairs.access_cny_per_kg[reached] + price[pairs.site[reached]],
    )
    return replace(problem, pairs=kept)


def _advice(found: Relaxation, siting: Siting, columns: _Columns, constant: float, around: Neighbourhood) -> Advice:
    def better_than(objective: float) -> Bools:
        below = found.excess + constant <= objective + 1e-6 * max(1.0, abs(objective))
        return columns.using(below, siting.standing)

    return Advice(
        bound=found.bound + constant - ROUNDING * max(1.0, abs(found.bound)),
        likely=columns.using(found.weight > LIKELY_FROM, siting.standing),
        better_than=better_than,
        around=around,
    )


def _neighbourhood(problem: Problem, columns: _Columns) -> Neighbourhood:
    """Return what may change at each site, and the sites that share most demand with it."""
    at: dict[int, list[int]] = {}
    for site, column in zip(columns.site.tolist(), columns.open_at.tolist(), strict=True):
        at.setdefault(site, []).append(column)
    pairs, shape = problem.pairs, (len(problem.demand_ids), len(problem.sites.ids))
    kg = sparse.csr_array((problem.demand_kg_per_d[pairs.demand], (pairs.demand, pairs.site)), shape=shape)
    reach = sparse.csr_array((np.ones(len(pairs.site)), (pairs.demand, pairs.site)), shape=shape)
    shared = (reach.T @ kg).toarray()
    near = {}
    for site in at:
        order = np.argsort(-shared[site], kind="stable").tolist()
        near[site] = [other for other in order if other != site and other in at and shared[site, other] > 0][:NEAR_MAX]
    return Neighbourhood(columns={site: tuple(found) for site, found in at.items()}, near=near)


def _columns(
    problem: Problem,
    program: Program,
    open_columns: Mapping[tuple[str, str], int],
    serve_columns: Mapping[tuple[str, str], int],
) -> _Columns:
    site_at = {name: n for n, name in enumerate(problem.sites.ids)}
    size_at = {name: n for n, name in enumerate(problem.sizes.ids)}
    return _Columns(
        total=program.linear.shape[1],
        open_at=np.array(list(open_columns.values()), dtype=np.intp),
        site=np.array([site_at[j] for j, _ in open_columns], dtype=np.intp),
        size=np.array([size_at[k] for _, k in open_columns], dtype=np.intp),
        serve_at=np.array(list(serve_columns.values()), dtype=np.intp),
        serve_site=np.array([site_at[j] for _, j in serve_columns], dtype=np.intp),
    )


def _siting(problem: Problem, columns: _Columns, *, goal: ProgramGoal, floor_kg: float) -> tuple[Siting, float]:
    """Return the problem of one goal in the units of the model, and the constant of its objective.

    The last size of a site is what stands there.
    """
    sites, sizes, limits = problem.sites, problem.sizes, problem.limits
    standing = ~np.isnan(sites.built_kg_per_d)
    shape = (len(sites.ids), len(sizes.ids) + 1)
    allowed = np.zeros(shape, dtype=np.bool_)
    allowed[columns.site, columns.size] = True
    capacity = np.where(allowed, np.append(sizes.capacity_kg_per_d, 0.0), 0.0)
    capacity[:, -1] = np.where(standing, sites.built_kg_per_d, 0.0)
    is_cost = goal.sense == "min"
    money = 1 / goal.unit if is_cost else 0.0
    yearly = problem.operating_d_per_yr * money
    share = (np.ones(shape[0]) if sites.build_share is None else sites.build_share)[:, np.newaxis]
    annuity = sizes.annual_cost_cny_per_yr - sizes.opex_cny_per_yr
    station = share * annuity + sizes.opex_cny_per_yr + sites.land_cny_per_yr[:, np.newaxis]
    count = int(standing.sum()) + limits.unplaced_built
    price = problem.shortfall_cny_per_kg * yearly if is_cost else 1.0
    siting = Siting(
        demand_kg=problem.demand_kg_per_d,
        pair_demand=problem.pairs.demand,
        pair_site=problem.pairs.site,
        pair_cost_per_kg=problem.pairs.access_cny_per_kg * yearly,
        capacity_kg=limits.utilisation_max * capacity,
        cost=np.pad(station * money, ((0, 0), (0, 1))),
        capex=np.pad(share * sizes.capex_cny / 1e4, ((0, 0), (0, 1))),
        forced=sites.required & ~standing,
        standing=standing,
        price_per_kg=price,
        new_max=shape[0] if limits.stations_max is None else limits.stations_max - count,
        new_min=0 if limits.stations_min is None else max(0, limits.stations_min - count),
        budget=np.inf if limits.budget_cny is None else limits.budget_cny / 1e4,
        floor_kg=floor_kg,
    )
    return siting, price * problem.total_kg_per_d if is_cost else 0.0
