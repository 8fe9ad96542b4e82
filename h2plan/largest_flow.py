"""The most hydrogen that stations can hand out to rows of demand in their reach, and what holds it back."""

from __future__ import annotations

import math
from collections.abc import Collection, Mapping
from dataclasses import dataclass

import numpy as np
from scipy.sparse import coo_array, csr_array
from scipy.sparse.csgraph import breadth_first_order, maximum_flow

UNITS_PER_KG = 100_000
"""The flow is exact in hundredths of a gram; every row of demand is rounded down to one."""
LARGEST_FLOW = 2_000_000_000
"""The flow is counted in 32 bits: above 20 t/d the unit is coarser, and above 2,000 t/d coarser than a gram."""


@dataclass(frozen=True, kw_only=True)
class Flow:
    """The largest flow, and rows of demand A that bind it: their stations are full, every other row is served whole.

    That is, served = Σ of the capacity in reach of A + Σ of the demand outside A, to the unit of the flow.
    """

    served_kg_per_d: float
    held_back: frozenset[str]


def most_served(
    wanted: Mapping[str, float], capacity: Mapping[str, float], reach: Mapping[str, Collection[str]]
) -> float:
    """Return the most kg/d that can be served: a transport problem, solved as a maximum flow (Dinic 1970).

    `wanted` maps rows of demand to kg/d, `capacity` stations to kg/d, `reach` rows to the stations they may use.
    """
    return _Network(wanted, capacity, reach).flow()[0]


def with_smallest_cut(
    wanted: Mapping[str, float], capacity: Mapping[str, float], reach: Mapping[str, Collection[str]]
) -> Flow:
    """Return the same with the rows on the near side of a smallest cut (L. R. Ford, D. R. Fulkerson 1956)."""
    network = _Network(wanted, capacity, reach)
    served, flow = network.flow()
    residual = csr_array(network.graph - flow)
    residual.data = np.maximum(residual.data, 0)
    residual.eliminate_zeros()
    seen = breadth_first_order(residual, 0, return_predecessors=False)
    rows = network.rows
    return Flow(served_kg_per_d=served, held_back=frozenset(rows[n - 1] for n in seen if 1 <= n <= len(rows)))


class _Network:
    """Source, rows, stations, sink as one graph of whole units."""

    def __init__(
        self, wanted: Mapping[str, float], capacity: Mapping[str, float], reach: Mapping[str, Collection[str]]
    ) -> None:
        self.rows, sites = sorted(wanted), sorted(capacity)
        total = math.fsum(wanted.values())
        self.units_per_kg = min(float(UNITS_PER_KG), LARGEST_FLOW / total) if total else float(UNITS_PER_KG)
        site_at = {site: n for n, site in enumerate(sites, start=1 + len(self.rows))}
        self.sink = 1 + len(self.rows) + len(sites)
        heads, tails, limits = [], [], []
        for number, row in enumerate(self.rows, start=1):
            units = int(wanted[row] * self.units_per_kg)
            usable = [site_at[site] for site in reach.get(row, ()) if site in site_at]
            heads += [0, *([number] * len(usable))]
            tails += [number, *usable]
            limits += [units, *([units] * len(usable))]
        for site in sites:
            heads.append(site_at[site])
            tails.append(self.sink)
            limits.append(int(min(capacity[site], total) * self.units_per_kg))
        shape = (self.sink + 1, self.sink + 1)
        self.graph = coo_array((np.array(limits, dtype=np.int32), (heads, tails)), shape=shape).tocsr()

    def flow(self) -> tuple[float, csr_array]:
        found = maximum_flow(self.graph, 0, self.sink)
        return float(found.flow_value) / self.units_per_kg, found.flow
