"""Demand: every vehicle of the target is placed once, where the tables put it, and wants what its class needs."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping

from h2plan.domain import Range
from h2plan.errors import InputError
from h2plan.plan._check_case import Case
from h2plan.plan._check_finding import Finding, equal, holds
from h2plan.plan._check_spread import FLOWS, Spread, read_spread
from h2plan.plan.results import DemandRow

CONSERVED = 1e-9
"""Vehicles add up to the target this closely, relative."""


def vehicles_conserved(case: Case) -> Iterator[Finding]:
    """The vehicles of all rows add up to the target of the period."""
    placed = math.fsum(row.vehicles for row in case.plan.demand)
    yield equal("targets.fcev", placed, case.fleet_total)
    yield equal("figures: vehicles", case.plan.figures.vehicles, placed)


def demand_follows_tables(case: Case) -> Iterator[Finding]:
    """Each row stands where its table says, with its part of the vehicles of its use, and their hydrogen."""
    spread = read_spread(case)
    counts = _counted(case)
    yield from _fleet_split(case, counts)
    yield holds("demand: each row once", len(case.demand) == len(case.plan.demand))
    wanted = _wanted_rows(case, spread)
    for name in sorted(set(wanted) ^ set(case.demand)):
        yield holds(f"{name}: wanted by the tables and in the plan", False)
    for row in case.plan.demand:
        if row.id in wanted:
            vehicles = counts.get((row.kind, row.vehicle_class), 0.0) * wanted[row.id]
            yield equal(f"{row.id}: vehicles", row.vehicles, vehicles)
            yield from _hydrogen(case, row)
            yield _at_its_place(row, spread)


def _counted(case: Case) -> Mapping[tuple[str, str], float]:
    """Vehicles of each use and class, as the rows of the plan add up."""
    parts: dict[tuple[str, str], list[float]] = {}
    for row in case.plan.demand:
        parts.setdefault((row.kind, row.vehicle_class), []).append(row.vehicles)
    return {key: math.fsum(values) for key, values in parts.items()}


def _fleet_split(case: Case, counts: Mapping[tuple[str, str], float]) -> Iterator[Finding]:
    """Largest remainders: whole vehicles, and each row of the mix is less than one away from its exact share."""
    target = case.fleet_total
    exact: dict[tuple[str, str], list[float]] = {}
    for row in case.mix:
        exact.setdefault((row.use, row.vehicle_class), []).append(row.share * target)
    for (use, name), values in exact.items():
        count = counts.get((use, name), 0.0)
        yield equal(f"{use} {name}: whole vehicles", count, round(count) if math.isfinite(count) else 0.0)
        off = abs(count - math.fsum(values))
        yield holds(f"{use} {name}: {count:g} vehicles, {math.fsum(values):g} by the mix", off < len(values))


def _wanted_rows(case: Case, spread: Spread) -> Mapping[str, float]:
    """Id of each row that the tables ask for, and its part in the vehicles of its use and class."""
    rows: dict[str, float] = {}
    for use, name in {(row.use, row.vehicle_class) for row in case.mix}:
        if use == FLOWS:
            rows.update({f"{use}:{a}>{b}:{name}": part for (a, b), part in spread.flow_share.items()})
        else:
            points = spread.point_share.items()
            rows.update({f"{use}:{place}:{name}": part for (of, place), part in points if of == use})
    return rows


def _ramp(ramp: Mapping[int, float], year: int) -> float:
    """How far activity has risen: on the straight line between the years given."""
    before = max((known for known in ramp if known <= year), default=min(ramp, default=year))
    after = min((known for known in ramp if known >= year), default=max(ramp, default=year))
    if not ramp or before == after:
        return ramp.get(before, 1.0)
    return ramp[before] + (ramp[after] - ramp[before]) * (year - before) / (after - before)


def _hydrogen(case: Case, row: DemandRow) -> Iterator[Finding]:
    """Compute vehicles x kg/100 km x km/d / 100 x active share, at each level."""
    fleet = case.scenario.fleet
    if fleet.sizing_month != "mean":
        raise InputError("the re-check knows demand of the mean month only", where="fleet.sizing_month")
    ramp = _ramp(fleet.ramp, case.plan.period)
    active = Range(fleet.active_share_low, fleet.active_share_base, fleet.active_share_high)
    vehicle = case.classes.get(row.vehicle_class)
    yield holds(f"{row.id}: vehicle class", vehicle is not None)
    if vehicle is None:
        return
    for level in ("low", "base", "high"):
        driven = vehicle.kg_per_100_km.at(level) * vehicle.km_per_d.at(level) / 100
        each = (driven + vehicle.kg_per_h.at(level) * vehicle.h_per_d.at(level)) * active.at(level) * ramp
        yield equal(f"{row.id}: kg/d {level}", row.kg_per_d.at(level), row.vehicles * each)


def _at_its_place(row: DemandRow, spread: Spread) -> Finding:
    """The id, the place and the position of a row belong together."""
    if row.kind == FLOWS:
        blank = row.lon is None and row.lat is None and row.precision_m is None and not row.place_id
        named = row.id == f"{FLOWS}:{row.origin}>{row.destination}:{row.vehicle_class}"
        ends = [spread.terminals.get(name) for name in (row.origin, row.destination)]
        called = all(end is not None and end.name in row.name for end in ends)
        return holds(f"{row.id}: between its two ends", blank and named and called)
    wanting = spread.points.get((row.kind, row.place_id))
    named = row.id == f"{row.kind}:{row.place_id}:{row.vehicle_class}" and not row.origin and not row.destination
    if wanting is None or not named:
        return holds(f"{row.id}: place {row.place_id}", False)
    place = wanting.place
    said = (row.name, row.name_en, row.district, row.lon, row.lat, row.precision_m)
    table = (place.name, place.name_en, wanting.district, place.lon, place.lat, place.precision_m)
    return holds(f"{row.id}: name and position of {row.place_id}", said == table)
