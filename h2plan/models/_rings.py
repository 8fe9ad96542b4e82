"""Rings around each demand row: sites in order of distance, and who has no station within the k-th ring.

The radius form of the median and centre models. With D_i1 < D_i2 < … the distinct minutes from row i to its sites,
z_ik = 1 says that no station is open within D_ik; then the way of i is D_i1 + Σ_k (D_i,k+1 - D_ik) z_ik. Rings beyond
the first station that stands are never needed.

S. García, M. Labbé, A. Marín, Solving large p-median problems with a radius formulation, INFORMS Journal on Computing
23 (2011).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from itertools import groupby
from typing import Any

import pyomo.environ as pyo

from h2plan.models import _parts as parts

SAME_MIN = 6
"""Decimals of minutes: ways that differ by rounding are one ring."""


@dataclass(frozen=True, kw_only=True)
class Rings:
    """The rings of one demand row, nearest first."""

    minutes: tuple[float, ...]
    sites: tuple[tuple[str, ...], ...]
    """Sites exactly that far away, by ring; empty in the last one where a station stands there."""
    never_empty: bool
    """A station stands in the last ring."""


def rings_of(net: parts.Network) -> Mapping[str, Rings]:
    """Return the rings of each demand row."""
    found = {}
    for i, sites in net.sites_of().items():
        ranked = sorted((round(net.minutes[i, j], SAME_MIN), j) for j in sites)
        minutes: list[float] = []
        members: list[tuple[str, ...]] = []
        stands = False
        for way, group in groupby(ranked, key=lambda entry: entry[0]):
            here = tuple(j for _, j in group)
            stands = any(j in net.built_kg for j in here)
            minutes.append(way)
            members.append(here)
            if stands:
                break
        found[i] = Rings(minutes=tuple(minutes), sites=tuple(members), never_empty=stands)
    return found


def nobody_nearer(model: Any, net: parts.Network, rings: Mapping[str, Rings], *, may_miss: bool) -> None:
    """No station within ring k: z_ik ≥ z_i,k-1 - Σ_{j in ring k} y_j, with z_i0 = 1; the last is 0 unless one may miss.

    `may_miss` adds z of the last ring, which says that nobody serves row i.
    """
    index = [
        (i, k)
        for i, ring in rings.items()
        for k in range(len(ring.minutes) - (0 if may_miss and not ring.never_empty else 1))
    ]
    model.farther = pyo.Var(index, bounds=(0.0, 1.0))

    def rule(m: Any, i: str, k: int) -> Any:
        ring = rings[i]
        before = m.farther[i, k - 1] if k else 1.0
        beyond = m.farther[i, k] if (i, k) in m.farther else 0.0  # noqa: SIM401  # a Pyomo variable is no dict
        return before - parts.stations_near(m, net, ring.sites[k]) <= beyond

    rows = [
        (i, k)
        for i, ring in rings.items()
        for k in range(len(ring.minutes))
        if not (ring.never_empty and k == len(ring.minutes) - 1)
    ]
    model.nobody_nearer = pyo.Constraint(rows, rule=rule)


def travel(model: Any, net: parts.Network, rings: Mapping[str, Rings], *, missed_min: float | None) -> Any:
    """Σ_i d_i x minutes to the nearest station, kg min/d; `missed_min` stands for a row that nobody serves."""
    total: Any = 0.0
    for i, ring in rings.items():
        ways = [*ring.minutes, *([] if missed_min is None else [missed_min])]
        kg = net.demand_kg[i]
        total += kg * ways[0]
        for k in range(len(ways) - 1):
            if (i, k) in model.farther:
                total += kg * (ways[k + 1] - ways[k]) * model.farther[i, k]
    return total
