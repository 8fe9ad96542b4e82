"""What can still be served when a source or a storage centre is lost: who runs dry, and what others can bring."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from scipy import sparse
from scipy.optimize import linprog

from h2plan.delivering import DeliveryLink, Supply
from h2plan.plan.equipped import high_rows
from h2plan.plan.network_rows import Loss, SupplyFlow
from h2plan.prepare import Prepared
from h2plan.problem import Problem, YearDecisions

DUST_KG_PER_D = 1e-6


@dataclass(frozen=True, kw_only=True)
class Standing:
    """What stands in one year, for recourse: nothing is built or laid, drivers and trailers go elsewhere."""

    problem: Problem
    usable_kg_per_d: Mapping[str, float]
    """What each open station may be planned for."""
    centres: frozenset[str]
    links: tuple[DeliveryLink, ...]
    """Those that may carry hydrogen: by road, or laid."""
    at_70_mpa: frozenset[str]
    """Stations where vehicles that need 70 MPa can fill."""

    def without(self, lost: str) -> Standing:
        """Return what stands without a source or centre."""
        links = tuple(link for link in self.links if lost not in (link.origin, link.destination))
        return Standing(
            problem=self.problem,
            usable_kg_per_d=self.usable_kg_per_d,
            centres=self.centres - {lost},
            links=links,
            at_70_mpa=self.at_70_mpa,
        )


def standing(
    problem: Problem, supply: Supply, decisions: YearDecisions, *, usable_kg_per_d: Mapping[str, float]
) -> Standing:
    """Return what stands in a year: open stations with what they may be planned for, centres, roads and laid links."""
    centres = frozenset(decisions.centres)
    places = centres | {source.id for source in supply.sources} | decisions.open.keys()
    return Standing(
        problem=problem,
        usable_kg_per_d=usable_kg_per_d,
        centres=centres,
        links=tuple(
            link
            for link in supply.links
            if link.origin in places
            and link.destination in places
            and (not link.is_fixed or link.key in decisions.deliver)
        ),
        at_70_mpa=decisions.at_70_mpa,
    )


def source_losses(prepared: Prepared, stands: Standing | None, deliveries: Sequence[SupplyFlow]) -> tuple[Loss, ...]:
    """Lose every source that sells and every centre that hands on, one at a time; the worst loss first.

    Stations run dry whose every kilogram came from what is lost. What can still be served is the most that the other
    sources, the links that stand and the open stations allow, with drivers sent to any open station in their reach.
    """
    supply = prepared.problem.supply
    if supply is None or stands is None or not deliveries:
        return ()
    served = math.fsum(row.kg_per_d for row in deliveries if row.destination not in stands.centres)
    busy = {row.origin for row in deliveries if row.kg_per_d > DUST_KG_PER_D and row.mode != "on_site"}
    names = _names(prepared)
    rows = []
    for lost in sorted(busy):
        still = min(served, most_served_kg_per_d(stands.without(lost), supply))
        rows.append(
            Loss(
                what="centre" if lost in stands.centres else "source",
                lost_id=lost,
                name=names[lost][0],
                name_en=names[lost][1],
                served_kg_per_d=still,
                lost_kg_per_d=served - still,
                still_share=still / served if served else 1.0,
                runs_dry=runs_dry(deliveries, lost, centres=stands.centres),
            )
        )
    return tuple(sorted(rows, key=lambda row: (row.still_share, row.lost_id)))


def _names(prepared: Prepared) -> dict[str, tuple[str, str]]:
    centres = () if prepared.chain is None else prepared.chain.tables.centres
    return {place.id: (place.name, place.name_en) for place in (*prepared.sources, *centres)}


def runs_dry(deliveries: Sequence[SupplyFlow], lost: str, *, centres: Iterable[str]) -> tuple[str, ...]:
    """Return the stations that get nothing any more unless others step in.

    A centre passes a loss on only where nothing else feeds it.
    """
    hubs = set(centres)
    flows = [row for row in deliveries if row.kg_per_d > DUST_KG_PER_D]
    dead = {lost} | {
        hub for hub in hubs if (into := {row.origin for row in flows if row.destination == hub}) and into <= {lost}
    }
    stations = {row.destination for row in flows} - hubs
    return tuple(sorted(j for j in stations if {row.origin for row in flows if row.destination == j} <= dead))


def most_served_kg_per_d(stands: Standing, supply: Supply, wanted: Mapping[str, float] | None = None) -> float:
    """Return the most that can be served, kg/d: a linear programme over who fills where and what is delivered.

    `wanted` gives the kg/d by demand id; without it that of the problem. Least feeds of sources are set aside.
    """
    rows = _Rows()
    problem = stands.problem
    ids, base = problem.demand_ids, problem.demand_kg_per_d.tolist()
    kg = base if wanted is None else [wanted[i] for i in ids]
    high = high_rows(problem)
    pairs = [
        (int(i), problem.sites.ids[j])
        for i, j in zip(problem.pairs.demand, problem.pairs.site, strict=True)
        if problem.sites.ids[j] in stands.usable_kg_per_d and kg[i] > 0
        if ids[i] not in high or problem.sites.ids[j] in stands.at_70_mpa
    ]
    for i, j in pairs:
        rows.column({("demand", i): 1.0, ("station", j): 1.0, ("balance", j): -1.0}, gain=1.0)
    for link in stands.links:
        entries: dict[tuple[str, object], float] = {("balance", link.destination): 1.0}
        if link.mode != "on_site":
            entries["balance" if link.origin in stands.centres else "source", link.origin] = (
                -1.0 if link.origin in stands.centres else 1.0
            )
        if link.origin in stands.centres:
            entries["hub", link.origin] = 1.0
        if supply.trailers_max is not None and link.trailers_per_kg_per_d > 0:
            entries["trailers", ""] = link.trailers_per_kg_per_d
        rows.column(entries, gain=0.0, most=link.max_kg_per_d)
    limits: dict[tuple[str, object], float] = {("demand", i): float(kg[i]) for i, _ in pairs}
    limits |= {("station", j): most for j, most in stands.usable_kg_per_d.items()}
    limits |= {("source", source.id): source.available_kg_per_d for source in supply.sources}
    limits |= {("hub", c.id): c.capacity_kg_per_d for c in supply.centres}
    limits["trailers", ""] = float(supply.trailers_max or 0)
    return rows.maximum(limits)


class _Rows:
    """Columns of a small linear programme; rows named balance hold with equality, the others are at most a limit."""

    def __init__(self) -> None:
        self._row: dict[tuple[str, object], int] = {}
        self._entries: list[tuple[int, int, float]] = []
        self._gain: list[float] = []
        self._most: list[float] = []

    def column(self, entries: Mapping[tuple[str, object], float], *, gain: float, most: float = np.inf) -> None:
        """Add a column with its entries by row."""
        for name, value in entries.items():
            row = self._row.setdefault(name, len(self._row))
            self._entries.append((row, len(self._gain), value))
        self._gain.append(gain)
        self._most.append(most)

    def maximum(self, limits: Mapping[tuple[str, object], float]) -> float:
        """Return the largest gain within the limits."""
        if not self._gain:
            return 0.0
        names = list(self._row)
        row, column, value = (np.array(part) for part in zip(*self._entries, strict=True))
        shape = (len(names), len(self._gain))
        matrix = sparse.csr_array((value, (row.astype(int), column.astype(int))), shape=shape)
        equal = np.array([name[0] == "balance" for name in names])
        upper = np.array([0.0 if name[0] == "balance" else limits[name] for name in names])
        solved = linprog(
            -np.array(self._gain),
            A_ub=matrix[np.flatnonzero(~equal)],
            b_ub=upper[~equal],
            A_eq=matrix[np.flatnonzero(equal)],
            b_eq=upper[equal],
            bounds=[(0.0, None if np.isinf(most) else most) for most in self._most],
            method="highs",
        )
        if solved.status != 0:
            raise RuntimeError(f"the flow after a loss was not found: {solved.message}")
        return float(-solved.fun)
