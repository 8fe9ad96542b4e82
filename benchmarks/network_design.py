"""The gap that network design reaches on a random 150 x 300 x 3 case, with and without the total-capacity row.

Run: python -m benchmarks.network_design [seconds ...]      (20 and 60 unless said otherwise)
"""

from __future__ import annotations

import sys
import time

import numpy as np

from h2plan.models import network_design
from h2plan.models._parts import sizes_allowed
from h2plan.problem import Limits, Pairs, Problem, SiteArrays, SizeArrays
from h2plan.solve.goals import meet_goals
from h2plan.solve.guide import make_guide
from h2plan.solve.highs import SolverOptions
from h2plan.solve.program import compile_model
from h2plan.solve.start import greedy


def random_case(seed: int = 0, *, sites: int = 150, demand: int = 300, radius_km: float = 12.0) -> Problem:
    """Return sites and demand scattered over 60 km x 60 km; invented numbers of plausible size."""
    rng = np.random.default_rng(seed)
    where_site, where_demand = rng.uniform(0, 60, (sites, 2)), rng.uniform(0, 60, (demand, 2))
    km = np.hypot(*(where_demand[:, None] - where_site[None]).transpose(2, 0, 1))
    reached = np.flatnonzero((km <= radius_km).any(axis=1))
    i, j = np.nonzero(km[reached] <= radius_km)
    way = km[reached][i, j]
    capacity, capex = np.array([300.0, 500.0, 1000.0]), np.array([7e6, 10e6, 16e6])
    kg = rng.lognormal(4.0, 0.8, demand)
    return Problem(
        period=2030,
        demand_ids=tuple(f"d{n:04d}" for n in reached),
        demand_kg_per_d=kg[reached],
        sites=SiteArrays(
            ids=tuple(f"s{n:03d}" for n in range(sites)),
            built_kg_per_d=np.full(sites, np.nan),
            max_kg_per_d=np.full(sites, np.inf),
            land_cny_per_yr=rng.uniform(0, 2e5, sites),
            required=np.zeros(sites, dtype=np.bool_),
            forbidden=np.zeros(sites, dtype=np.bool_),
        ),
        sizes=SizeArrays(
            ids=("S300", "S500", "S1000"),
            capacity_kg_per_d=capacity,
            capex_cny=capex,
            annual_cost_cny_per_yr=0.14 * capex,
            opex_cny_per_yr=0.05 * capex,
        ),
        pairs=Pairs(demand=i, site=j, minutes=1.5 * way, km=way, access_cny_per_kg=0.3 * way),
        limits=Limits(stations_max=40),
        shortfall_cny_per_kg=40.0,
        operating_d_per_yr=300.0,
        total_kg_per_d=float(kg.sum()),
    )


def measure(problem: Problem, *, seconds: float, total_row: bool) -> str:
    """Solve for least cost and return one line: what was reached, and how near it is proven to be."""
    begun = time.monotonic()
    model = network_design.build(problem, network_design.Options(objective="cost"))
    if not total_row:
        model.enough_capacity_in_all.deactivate()
    program = compile_model(model)
    opens, serves = program.columns_of(model.open), program.columns_of(model.serve)
    built_s = time.monotonic() - begun
    chosen = greedy(problem, sizes_allowed(problem), aim="cost")
    found = meet_goals(
        program,
        SolverOptions(gap=0.0, limit_s=seconds),
        start={opens[pair]: 1.0 for pair in chosen.items()},
        guide=make_guide(problem, program, open_columns=opens, serve_columns=serves),
    )
    row = "with" if total_row else "without"
    if found.held is None:
        return f"{seconds:5.0f} s  {row:7s} the total row: {found.status.value}"
    goal = found.held.goals[0]
    gap = "unknown" if goal.gap is None else f"{goal.gap:.2%}"
    rows, columns, nonzeros = program.linear.shape
    size = f"{rows} x {columns}, {nonzeros} non-zeros, built in {built_s:.1f} s"
    return f"{seconds:5.0f} s  {row:7s} the total row: {goal.value:,.0f} CNY/yr, gap {gap}  ({size})"


def main(limits: list[float]) -> None:
    """Print a line for each limit, with and without the row."""
    problem = random_case()
    for seconds in limits:
        for total_row in (True, False):
            print(measure(problem, seconds=seconds, total_row=total_row), flush=True)


if __name__ == "__main__":
    main([float(word) for word in sys.argv[1:]] or [20.0, 60.0])
