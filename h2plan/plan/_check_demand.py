"""Demand: every vehicle of the target is placed once, where the tables put it, and wants what its class needs."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping

from h2plan.domain import Range, Terminal
from h2plan.plan._check_case import Case
from h2plan.plan._check_finding import Finding, equal, holds
from h2plan.plan._check_fleet import LEVELS, counted, fleet_split, in_target, kg_each
from h2plan.plan._check_spread import Spread, read_spread
from h2plan.plan._check_wanted import Wanted
from h2plan.plan.results import DemandRow

CONSERVED = 1e-9
"""Vehicles add up to the target this closely, relative."""


def vehicles_conserved(case: Case) -> Iterator[Finding]:
    """The vehicles of the target add up to it; the figure also counts those that come on top."""
    placed = math.fsum(row.vehicles for row in case.plan.demand if in_target(case, row))
    yield equal("targets.fcev", placed, case.fleet_total)
    every = math.fsum(row.vehicles for row in case.plan.demand)
    yield equal("figures: vehicles", case.plan.figures.vehicles, every)


def demand_follows_tables(case: Case) -> Iterator[Finding]:
    """Each row stands where its table says, with its part of the vehicles of its use, and their hydrogen."""
    spread = read_spread(case)
    counts = counted(case)
    each = kg_each(case)
    yield from fleet_split(case, counts)
    yield holds("demand: each row once", len(case.demand) == len(case.plan.demand))
    for name in sorted(set(spread.rows) ^ set(case.demand)):
        row = spread.rows.get(name)
        if row is None or row.part is not None:
            yield holds(f"{name}: wanted by the tables and in the plan", False)
    for told in case.plan.demand:
        wanted = spread.rows.get(told.id)
        if wanted is not None:
            yield from _vehicles(told, wanted, counts)
            yield from _hydrogen(told, each)
            yield _at_its_place(told, wanted)
    yield from _totals(case, spread, counts)


def _vehicles(row: DemandRow, wanted: Wanted, counts: Mapping[tuple[str, str], float]) -> Iterator[Finding]:
    """Vehicles are the row's part of its lot; where that is not re-derived, they are not below zero."""
    if wanted.part is None:
        yield holds(f"{row.id}: vehicles, not below zero", row.vehicles >= 0)
        return
    lot = counts.get((wanted.use, wanted.vehicle_class), 0.0) if wanted.own is None else wanted.own
    yield equal(f"{row.id}: vehicles", row.vehicles, lot * wanted.part)


def _totals(case: Case, spread: Spread, counts: Mapping[tuple[str, str], float]) -> Iterator[Finding]:
    """Rows that are not re-derived one by one add up to what they must."""
    for total in spread.totals:
        placed = math.fsum(row.vehicles for row in case.plan.demand if row.id in total.ids)
        yield equal(total.at, placed, counts.get((total.use, total.vehicle_class), 0.0) * total.part)


def _hydrogen(row: DemandRow, each: Mapping[str, Range]) -> Iterator[Finding]:
    """Vehicles times what each takes a day, at each level."""
    taken = each.get(row.vehicle_class)
    yield holds(f"{row.id}: vehicle class", taken is not None)
    if taken is not None:
        for level in LEVELS:
            yield equal(f"{row.id}: kg/d {level}", row.kg_per_d.at(level), row.vehicles * taken.at(level))


def _at_its_place(row: DemandRow, wanted: Wanted) -> Finding:
    """Use, class, place and position of a row are those that belong to its id."""
    belongs = (row.kind, row.vehicle_class) == (wanted.use, wanted.vehicle_class)
    if wanted.ends is not None:
        return holds(f"{row.id}: between its two ends", belongs and _between(row, wanted.ends))
    place = wanted.place
    if place is None:
        return holds(f"{row.id}: place {row.place_id}", False)
    said = (row.place_id, row.name, row.name_en, row.district, row.lon, row.lat, row.precision_m)
    table = (place.id, place.name, place.name_en, wanted.district, place.lon, place.lat, place.precision_m)
    still = not row.origin and not row.destination
    return holds(f"{row.id}: name and position of {row.place_id}", belongs and still and said == table)


def _between(row: DemandRow, ends: tuple[Terminal, Terminal]) -> bool:
    blank = row.lon is None and row.lat is None and row.precision_m is None and not row.place_id
    named = (row.origin, row.destination) == (ends[0].id, ends[1].id)
    return blank and named and all(end.name in row.name for end in ends)
