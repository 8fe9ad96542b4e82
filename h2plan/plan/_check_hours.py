"""The busiest hour: what each station gives in it, worked out anew from profiles and equipment, is what it can give."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, Sequence

from h2plan.domain import Site
from h2plan.plan._check_case import Case
from h2plan.plan._check_finding import Finding, at_most, equal, holds
from h2plan.plan._check_places import read_places
from h2plan.plan._check_pressure import KEEPS, equipment_table
from h2plan.plan._check_years import named
from h2plan.plan.network_rows import StationEquipment
from h2plan.plan.results import Station
from h2plan.tables.rows import HourRow

EVENLY = 1 / 24
"""Part of a day in the busiest hour of a class without a profile."""


def keeps_hours(case: Case) -> bool:
    """Whether the scenario asks for the busiest hour, and its model looks at it."""
    return case.scenario.limits.peak_hour and case.scenario.model.use in KEEPS


def peak_hour_kept(years: Sequence[Case]) -> Iterator[Finding]:
    """No station gives more in its busiest hour than its dispensers can; each is told with both figures."""
    for case in years:
        yield from named(case, _of_year(case))


def _of_year(case: Case) -> Iterator[Finding]:
    told = {row.site_id: row for row in case.plan.equipment}
    for row in case.plan.equipment if not keeps_hours(case) else ():
        untold = (row.dispensers, row.peak_kg_per_h, row.peak_max_kg_per_h, row.peak_use, row.peak_assumed)
        yield holds(f"{row.site_id}: nothing is told of an hour", untold == (None,) * 5)
    for station in case.plan.stations if keeps_hours(case) else ():
        yield holds(f"{station.site_id}: told", station.site_id in told)
        if station.site_id in told:
            yield from _of_station(case, station, told[station.site_id])


def _of_station(case: Case, station: Station, row: StationEquipment) -> Iterator[Finding]:
    name, most = station.site_id, _most_kg_per_h(case, station)
    given = case.given.get(name, ())
    load = math.fsum(each.share * _wanted_kg_per_h(case, each.demand_id) for each in given)
    yield holds(f"{name}: what it gives in an hour is known", most is not None)
    if most is None:
        return
    yield at_most(f"{name}: busiest hour", load, most)
    yield equal(f"{name}: peak_kg_per_h", row.peak_kg_per_h or 0.0, load)
    yield equal(f"{name}: peak_max_kg_per_h", row.peak_max_kg_per_h or 0.0, most)
    yield equal(f"{name}: peak_use", row.peak_use or 0.0, load / most)
    site, of = _site(case, name), equipment_table(case).get(station.size_id)
    dispensers = site.built_dispensers if station.built and site is not None else None if of is None else of.dispensers
    yield holds(f"{name}: dispensers", row.dispensers == dispensers)
    unsaid = station.built and site is not None and site.built_peak_kg_per_h is None
    yield holds(f"{name}: assumed or not", row.peak_assumed == unsaid)


def _site(case: Case, name: str) -> Site | None:
    rows = read_places(case, [verdict.site_id for verdict in case.whole.verdicts]).rows.get(name)
    return rows[0] if rows else None


def _most_kg_per_h(case: Case, station: Station) -> float | None:
    """What the table says of the size, or the row of a station that stands; else in proportion to its capacity."""
    table = equipment_table(case)
    if not station.built:
        of = table.get(station.size_id)
        return None if of is None else of.peak_kg_per_h
    site = _site(case, station.site_id)
    if site is not None and site.built_peak_kg_per_h is not None:
        return site.built_peak_kg_per_h
    known = sorted((size.capacity_kg_per_d, size.id) for size in case.sizes.values())
    holding = [entry for entry in known if entry[0] >= station.capacity_kg_per_d]
    kg_per_d, size = holding[0] if holding else known[-1]
    peak = table[size].peak_kg_per_h if size in table else None
    return None if peak is None else peak * station.capacity_kg_per_d / kg_per_d


def _wanted_kg_per_h(case: Case, demand: str) -> float:
    row = case.demand.get(demand)
    vehicle = None if row is None else case.classes.get(row.vehicle_class)
    if row is None or vehicle is None:
        return 0.0  # other checks report a row or a class that no table knows
    return row.kg_per_d.base * _peak_shares(case).get(vehicle.profile, EVENLY)


def _peak_shares(case: Case) -> Mapping[str, float]:
    """Profile to the part of a day that falls into its busiest hour."""
    table = case.scenario.fleet.profiles
    found: dict[str, float] = {}
    for row in [] if table is None else case.table(table, HourRow):
        found[row.profile] = max(found.get(row.profile, 0.0), row.share)
    return found
