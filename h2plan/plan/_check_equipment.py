"""What stations are equipped with is told for each, is what stood before or what the table offers, and stays."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, Sequence
from itertools import pairwise

from h2plan.errors import InputError
from h2plan.plan._check_capital import Capital, capital
from h2plan.plan._check_case import Case
from h2plan.plan._check_decided import fitted_in
from h2plan.plan._check_finding import Finding, equal, holds
from h2plan.plan._check_hours import keeps_hours
from h2plan.plan._check_places import read_places
from h2plan.plan._check_pressure import can_fill, equipment_table, keeps_pressure, needs_high
from h2plan.plan._check_years import named
from h2plan.plan.network_rows import StationEquipment
from h2plan.plan.results import Station


def is_asked(years: Sequence[Case]) -> bool:
    """Whether the plan or its scenario says anything of equipment; so it is where the scenario cannot be read."""
    try:
        named_table = years[-1].scenario.station_equipment is not None
    except InputError:
        return True
    return named_table or any(case.plan.equipment for case in years)


def pressure_kept(years: Sequence[Case]) -> Iterator[Finding]:
    """Who needs 70 MPa fills only where it is given; what gives it stood so or may be fitted, is paid for, stays."""
    for case in years:
        yield from named(case, _told(case))
    for earlier, case in pairwise(years):
        yield from named(case, _stays(earlier, case))


def _told(case: Case) -> Iterator[Finding]:
    kept = keeps_pressure(case)
    rows = {row.site_id: row for row in case.plan.equipment}
    stations = {station.site_id: station for station in case.plan.stations}
    yield holds("equipment: each station once", len(rows) == len(case.plan.equipment))
    asked = kept or keeps_hours(case)
    yield holds("equipment: told where the plan looks at it", set(rows) == (set(stations) if asked else set()))
    if not kept:
        for row in case.plan.equipment:
            untold = (row.at_70_mpa, row.pressure_assumed, row.fitted_yr, row.fit_capex_cny, row.high_kg_per_d)
            yield holds(f"{row.site_id}: nothing is told of pressure", untold == (None,) * 5)
        return
    for given in case.plan.allocations:
        at = f"{given.demand_id} at {given.site_id}"
        yield holds(f"{at}: the station gives its pressure", can_fill(case, given.demand_id, given.site_id))
    worked_out = capital(case)
    for name, row in sorted(rows.items()):
        if name in stations:
            yield from _of_station(case, stations[name], row)
            yield from _paid(row, worked_out.get(name))


def _of_station(case: Case, station: Station, row: StationEquipment) -> Iterator[Finding]:
    name = station.site_id
    yield holds(f"{name}: name", (row.name, row.name_en) == (station.name, station.name_en))
    if station.built:
        sites = read_places(case, [verdict.site_id for verdict in case.whole.verdicts]).rows.get(name, ())
        said = sites[0].built_70_mpa if sites else None
        yield holds(f"{name}: 70 MPa as the table says", row.at_70_mpa == bool(said))
        yield holds(f"{name}: not known, as the table leaves it", row.pressure_assumed == (said is None))
    else:
        yield holds(f"{name}: nothing is assumed of a new station", row.pressure_assumed is False)
        of = equipment_table(case).get(station.size_id)
        may = of is not None and of.fit_70_capex_cny is not None
        yield holds(f"{name}: a size that may be fitted", may or row.at_70_mpa is False)
        decided = fitted_in(case, name)
        yield holds(f"{name}: 70 MPa as decided", decided is None or row.at_70_mpa == decided)
    rows = needs_high(case, case.plan)
    high = [given.kg_per_d for given in case.given.get(name, ()) if given.demand_id in rows]
    yield equal(f"{name}: dispensed at 70 MPa", row.high_kg_per_d or 0.0, math.fsum(high))


def _paid(row: StationEquipment, of: Capital | None) -> Iterator[Finding]:
    yield equal(f"{row.site_id}: fit_capex_cny", row.fit_capex_cny or 0.0, 0.0 if of is None else of.fit_cny)
    yield holds(f"{row.site_id}: fitted_yr", row.fitted_yr == (None if of is None else of.fitted_yr))


def _stays(earlier: Case, case: Case) -> Iterator[Finding]:
    now: Mapping[str, StationEquipment] = {row.site_id: row for row in case.plan.equipment}
    for before in earlier.plan.equipment:
        if before.at_70_mpa:
            after = now.get(before.site_id)
            yield holds(f"{before.site_id}: still gives 70 MPa", after is not None and after.at_70_mpa is True)
