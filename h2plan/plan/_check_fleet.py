"""The fleet read anew: which vehicles count towards the target, how they divide, and what one of them takes a day."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, Sequence

from h2plan.domain import Level, Range, VehicleClass
from h2plan.errors import InputError
from h2plan.plan._check_case import Case
from h2plan.plan._check_finding import Finding, equal, holds
from h2plan.plan._check_wanted import BEYOND, THROUGH
from h2plan.plan.results import DemandRow
from h2plan.tables.rows import MonthRow, OperatorRow

DEPOTS, POINTS = "depots", "points"
MONTHS = range(1, 13)
LEVELS: tuple[Level, ...] = ("low", "base", "high")
Key = tuple[str, str]
"""Use and vehicle class."""


def in_target(case: Case, row: DemandRow) -> bool:
    """Whether the vehicles of a row count towards the target."""
    if row.kind == POINTS:
        options = next((entry.options for entry in case.scenario.demand if entry.use == POINTS), {})
        return bool(options.get("counted") == "in_target")
    return not row.id.endswith((f":{BEYOND}", f":{THROUGH}"))


def counted(case: Case) -> Mapping[Key, float]:
    """Vehicles of the target by use and class, as the rows of the plan add up."""
    parts: dict[Key, list[float]] = {}
    for row in case.plan.demand:
        if in_target(case, row):
            parts.setdefault((row.kind, row.vehicle_class), []).append(row.vehicles)
    return {key: math.fsum(values) for key, values in parts.items()}


def operated(case: Case) -> list[OperatorRow]:
    """The rows of the operators' table in force: one for each depot with a position and class of vehicles."""
    table = case.scenario.fleet.operators
    if table is None:
        return []
    crs = next((str(entry.options.get("crs")) for entry in case.scenario.demand if entry.use == DEPOTS), "wgs84")
    rows = case.table(table, OperatorRow, in_region=True, crs=crs)
    in_force: dict[Key, OperatorRow] = {}
    for row in sorted(rows, key=lambda row: row.period):
        if row.period <= case.plan.period:
            in_force[row.depot_id, row.vehicle_class] = row
    return [row for row in in_force.values() if row.is_placed and row.vehicles > 0]


def fleet_split(case: Case, counts: Mapping[Key, float]) -> Iterator[Finding]:
    """Whole vehicles by the mix; those known by depot are taken from the uses of their class in proportion.

    Largest remainders leave each row of the mix less than one vehicle away from its exact share, and what is taken
    from a use less than one away from its proportion.
    """
    exact: dict[Key, list[float]] = {}
    for row in case.mix:
        exact.setdefault((row.use, row.vehicle_class), []).append(row.share * case.fleet_total)
    named: dict[str, int] = {}
    for known in operated(case):
        named[known.vehicle_class] = named.get(known.vehicle_class, 0) + known.vehicles
    for use, name in sorted({*exact, *counts, *((DEPOTS, name) for name in named)}):
        count, number = counts.get((use, name), 0.0), named.get(name, 0)
        whole = round(count) if math.isfinite(count) else 0.0
        yield equal(f"{use} {name}: whole vehicles", count, whole)
        if use == DEPOTS and (use, name) not in exact:
            yield equal(f"{use} {name}: vehicles of the operators", count, number)
            continue
        shares = exact.get((use, name), [])
        of_class = math.fsum(value for (_, of), value in counts.items() if of == name)
        said = f"{use} {name}: {count:g} vehicles, {math.fsum(shares):g} by the mix, {number} {name} at known depots"
        yield holds(said, _may_be(count - (number if use == DEPOTS else 0), shares, taken=number, of_class=of_class))
    yield from _classes(counts, exact)


def _may_be(count: float, shares: Sequence[float], *, taken: int, of_class: float) -> bool:
    """Whether a use may keep so many vehicles when some of its class are taken in proportion."""
    by_mix, within = math.fsum(shares), max(_rows(shares), 1)
    if not taken:
        return abs(count - by_mix) < within
    first, last = math.ceil(by_mix - within), math.floor(by_mix + within)
    before = [number for number in range(first, last + 1) if abs(number - by_mix) < within]
    return taken <= of_class and any(abs(count - number * (1 - taken / of_class)) < 1 for number in before)


def _rows(shares: Sequence[float]) -> int:
    return sum(value > 0 for value in shares)


def _classes(counts: Mapping[Key, float], exact: Mapping[Key, list[float]]) -> Iterator[Finding]:
    """Taking vehicles for depots moves none from class to class."""
    for name in sorted({of for _, of in exact}):
        count = math.fsum(value for (_, of), value in counts.items() if of == name)
        shares = [value for (_, of), values in exact.items() if of == name for value in values]
        said = f"{name}: {count:g} vehicles, {math.fsum(shares):g} by the mix"
        yield holds(said, abs(count - math.fsum(shares)) < max(_rows(shares), 1))


def kg_each(case: Case) -> Mapping[str, Range]:
    """Compute (kg/100 km x km/d / 100 + kg/h x h/d) x active share x ramp x factor of the sizing month, by class."""
    fleet = case.scenario.fleet
    active = Range(fleet.active_share_low, fleet.active_share_base, fleet.active_share_high)
    nominal = {name: _nominal(vehicle) for name, vehicle in case.classes.items()}
    season = _season(case, nominal)
    ramp = _ramp(fleet.ramp, case.plan.period)
    return {
        name: Range(*(each.at(level) * active.at(level) * ramp * season[name] for level in LEVELS))
        for name, each in nominal.items()
    }


def base_kg(each: Mapping[str, Range], vehicle_class: str, *, where: str) -> float:
    """What one vehicle takes in the base case, where kilograms are turned into vehicles."""
    if vehicle_class not in each or each[vehicle_class].base <= 0:
        raise InputError(f"'{vehicle_class}' is no vehicle class that takes hydrogen", where=where)
    return each[vehicle_class].base


def _nominal(vehicle: VehicleClass) -> Range:
    return Range(
        *(
            vehicle.kg_per_100_km.at(level) * vehicle.km_per_d.at(level) / 100
            + vehicle.kg_per_h.at(level) * vehicle.h_per_d.at(level)
            for level in LEVELS
        )
    )


def _ramp(ramp: Mapping[int, float], year: int) -> float:
    """How far activity has risen: on the straight line between the years given."""
    before = max((known for known in ramp if known <= year), default=min(ramp, default=year))
    after = min((known for known in ramp if known >= year), default=max(ramp, default=year))
    if not ramp or before == after:
        return ramp.get(before, 1.0)
    return ramp[before] + (ramp[after] - ramp[before]) * (year - before) / (after - before)


def _season(case: Case, nominal: Mapping[str, Range]) -> Mapping[str, float]:
    """Factor of each class in the month that the target's vehicles make the busiest, or the second busiest."""
    fleet = case.scenario.fleet
    if fleet.sizing_month == "mean":
        return dict.fromkeys(nominal, 1.0)
    table = case.table(fleet.months, MonthRow) if fleet.months is not None else []
    known = {(row.profile, row.month): row.factor for row in table}
    factor = {name: [known.get((case.classes[name].profile, month), 1.0) for month in MONTHS] for name in nominal}
    kg = dict.fromkeys(nominal, 0.0)
    for (_, name), count in counted(case).items():
        if name in kg and math.isfinite(count):
            kg[name] += round(count) * nominal[name].base
    totals = [math.fsum(kg[name] * factor[name][n] for name in kg) for n in range(len(MONTHS))]
    busiest = sorted(range(len(MONTHS)), key=lambda n: (-totals[n], n))
    chosen = busiest[0 if fleet.sizing_month == "busiest" else 1]
    return {name: factors[chosen] for name, factors in factor.items()}
