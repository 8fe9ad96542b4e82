"""Small problems, written by hand or drawn from a seed."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from h2plan.problem import Limits, Pairs, Problem, SiteArrays, SizeArrays

ONE_SIZE = {"S500": (500.0, 10e6, 1e6)}
"""Size id to kg/d, CNY, CNY/yr."""


def problem(
    demand: Mapping[str, float],
    reach: Mapping[tuple[str, str], float],
    *,
    sites: Sequence[str] | None = None,
    sizes: Mapping[str, tuple[float, float, float]] = ONE_SIZE,
    built: Mapping[str, float] | None = None,
    largest: Mapping[str, float] | None = None,
    required: Sequence[str] = (),
    forbidden: Sequence[str] = (),
    unreached_kg: float = 0.0,
    shortfall: float = 50.0,
    limits: Limits | None = None,
) -> Problem:
    """Return a problem; `reach` maps (demand, site) to minutes, and a minute costs one CNY a kg."""
    ids = sorted({j for _, j in reach} if sites is None else sites)
    rows = sorted(i for i in demand if any(pair[0] == i for pair in reach))
    pairs = sorted(reach)
    minutes = np.array([reach[pair] for pair in pairs], dtype=float)
    return Problem(
        period=2030,
        demand_ids=tuple(rows),
        demand_kg_per_d=np.array([demand[i] for i in rows], dtype=float),
        sites=SiteArrays(
            ids=tuple(ids),
            built_kg_per_d=np.array([(built or {}).get(j, np.nan) for j in ids]),
            max_kg_per_d=np.array([(largest or {}).get(j, np.inf) for j in ids]),
            land_cny_per_yr=np.zeros(len(ids)),
            required=np.array([j in required for j in ids]),
            forbidden=np.array([j in forbidden for j in ids]),
        ),
        sizes=SizeArrays(
            ids=tuple(sizes),
            capacity_kg_per_d=np.array([kg for kg, _, _ in sizes.values()]),
            capex_cny=np.array([capex for _, capex, _ in sizes.values()]),
            annual_cost_cny_per_yr=np.array([cost for _, _, cost in sizes.values()]),
            opex_cny_per_yr=np.array([cost / 2 for _, _, cost in sizes.values()]),
        ),
        pairs=Pairs(
            demand=np.array([rows.index(i) for i, _ in pairs], dtype=np.intp),
            site=np.array([ids.index(j) for _, j in pairs], dtype=np.intp),
            minutes=minutes,
            km=minutes * 0.8,
            access_cny_per_kg=minutes,
        ),
        limits=Limits() if limits is None else limits,
        shortfall_cny_per_kg=shortfall,
        operating_d_per_yr=300.0,
        total_kg_per_d=float(sum(demand[i] for i in sorted(demand))) + unreached_kg,
    )


def scattered(
    seed: int, *, sites: int, demand: int, sizes: Mapping[str, tuple[float, float, float]], radius: float, **more: Any
) -> Problem:
    """Return demand and sites scattered over a square of 30 minutes; a larger radius only adds pairs."""
    rng = np.random.default_rng(seed)
    where_site, where_demand = rng.uniform(0, 30, (sites, 2)), rng.uniform(0, 30, (demand, 2))
    kg = np.round(rng.uniform(5, 200, demand), 1)
    minutes = np.hypot(*(where_demand[:, None] - where_site[None]).transpose(2, 0, 1))
    names = [f"s{j:03d}" for j in range(sites)]
    reach = {
        (f"d{i:04d}", names[j]): float(minutes[i, j])
        for i in range(demand)
        for j in range(sites)
        if minutes[i, j] <= radius
    }
    wanted = {f"d{i:04d}": float(kg[i]) for i in range(demand)}
    return problem(wanted, reach, sites=names, sizes=sizes, **more)
