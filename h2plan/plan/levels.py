"""How the same stations do under low, base and high demand: the largest flow of hydrogen they can hand out."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence

import numpy as np
from scipy.sparse import coo_array
from scipy.sparse.csgraph import maximum_flow

from h2plan.domain import Level
from h2plan.plan.results import DemandRow, LevelFigures, Station

UNITS_PER_KG = 100_000
"""The flow is exact in hundredths of a gram; every row of demand is rounded down to one."""
LARGEST_FLOW = 2_000_000_000
"""The flow is counted in 32 bits: above 20 t/d the unit is coarser, and above 2,000 t/d coarser than a gram."""


def figures_at(
    level: Level,
    demand: Sequence[DemandRow],
    stations: Sequence[Station],
    reach: Mapping[str, Sequence[str]],
    *,
    utilisation_max: float,
) -> LevelFigures:
    """Return the most kg/d that the stations can serve at a level of demand.

    A transport problem: demand row to station where in reach, capacity x utilisation_max at each station, solved as a
    maximum flow (Dinic 1970) in small whole units. `reach` maps demand ids to the site ids within reach.
    """
    wanted = {row.id: row.kg_per_d.at(level) for row in demand}
    capacity = {station.site_id: station.capacity_kg_per_d * utilisation_max for station in stations}
    served = _largest_flow(wanted, capacity, reach)
    total = sum(wanted.values())
    installed = sum(station.capacity_kg_per_d for station in stations)
    return LevelFigures(
        level=level,
        demand_kg_per_d=total,
        served_kg_per_d=served,
        served_share=served / total if total else 0.0,
        utilisation=served / installed if installed else 0.0,
    )


def _largest_flow(
    wanted: Mapping[str, float], capacity: Mapping[str, float], reach: Mapping[str, Sequence[str]]
) -> float:
    rows, sites = sorted(wanted), sorted(capacity)
    total = math.fsum(wanted.values())
    units_per_kg = min(float(UNITS_PER_KG), LARGEST_FLOW / total) if total else float(UNITS_PER_KG)
    site_at = {site: n for n, site in enumerate(sites, start=1 + len(rows))}
    sink = 1 + len(rows) + len(sites)
    heads, tails, limits = [], [], []
    for number, row in enumerate(rows, start=1):
        units = int(wanted[row] * units_per_kg)
        usable = [site_at[site] for site in reach.get(row, ()) if site in site_at]
        heads += [0, *([number] * len(usable))]
        tails += [number, *usable]
        limits += [units, *([units] * len(usable))]
    for site in sites:
        heads.append(site_at[site])
        tails.append(sink)
        limits.append(int(min(capacity[site], total) * units_per_kg))
    graph = coo_array((np.array(limits, dtype=np.int32), (heads, tails)), shape=(sink + 1, sink + 1)).tocsr()
    return float(maximum_flow(graph, 0, sink).flow_value) / units_per_kg
