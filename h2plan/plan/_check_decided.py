"""Years decided before and approvals: what was decided stands and nothing else, nothing opens before it may."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping

from h2plan.earlier import EarlierPlan, read_earlier
from h2plan.errors import InputError, VerificationError
from h2plan.plan._check_capital import extended, new_stations, stood_kg_per_d
from h2plan.plan._check_case import Case
from h2plan.plan._check_finding import TOLERANCE, Finding, at_least, equal, holds
from h2plan.plan._check_places import Places, read_places
from h2plan.plan.files import INPUTS_FOLDER
from h2plan.tables.rows import DecidedStationRow


def approvals_kept(case: Case) -> Iterator[Finding]:
    """No new station stands before its approvals are over, unless it is decided; what is decided stands, and only that.

    Months count from the one in which approvals begin; they are over when the year of the period begins.
    """
    rules, decided = case.scenario.phased, decided_in(case)
    places = read_places(case, [verdict.site_id for verdict in case.whole.verdicts])
    stands = {station.site_id: station.size_id for station in new_stations(case.plan)}
    if decided is not None:
        yield from _earlier_sound(case)
        built = {**stands, **{station.site_id: station.size_id for station in extended(case.plan)}}
        for name in sorted({*decided, *built}):
            yield holds(f"{name}: as decided", built.get(name) == decided.get(name))
    for name in sorted(stands):
        needed = months_needed(case, places, name) or 0
        if needed > 0 and not _decided_by(case, name):
            yield holds(f"{name}: months count from a month", rules.begin is not None or not case.several)
        if needed > 0 and rules.begin is not None and not _decided_by(case, name):
            year, month = map(int, rules.begin.split("-"))
            months = (case.plan.period - year) * 12 - (month - 1)
            yield at_least(f"{name}: months until {case.plan.period}", months, needed)


def months_needed(case: Case, places: Places, name: str) -> int | None:
    """Months that a new station still needs: what the scenario says of the site, then its table, then of its kind.

    None where a station stands or nobody says; of the rows that stand for a place the most counts.
    """
    rules, rows = case.scenario.phased, places.rows.get(name)
    if not rows or rows[0].built_kg_per_d is not None:
        return None
    if name in rules.approvals:
        return rules.approvals[name]
    listed = places.approval_months_left(name)
    if listed is not None:
        return listed
    if rows[0].kind in rules.approval_months_by_kind:
        return rules.approval_months_by_kind[rows[0].kind]
    return None if rules.begin is None else rules.approval_months


def decided_in(case: Case) -> Mapping[str, str] | None:
    """Site to the size of its new station as decided for the year; None where the year is free to plan.

    At a site that the table of decided stations names, the table alone counts; at the others what an earlier plan has,
    unless the scenario leaves it out. What stands there by now is no decision any more.
    """
    rules, year = case.scenario.phased, case.plan.period
    by_table, by_plan = rules.decided, rules.decided_from
    ends = [*([] if by_table is None else [by_table.until]), *([] if by_plan is None else [by_plan.through])]
    if not ends or year > min(ends):
        return None
    rows = [] if by_table is None else case.table(by_table.stations, DecidedStationRow)
    named = {row.site_id for row in rows}
    sizes = {row.site_id: row.size_id for row in sorted(rows, key=lambda row: row.period) if row.period <= year}
    earlier = earlier_plan(case)
    if by_plan is not None and earlier is not None:
        aside = {*named, *by_plan.without}
        sizes |= {name: size for name, size in _stood(earlier, year).items() if name not in aside}
    stood = {name: stood_kg_per_d(case, name) for name in sizes}
    known = {size.id: size.capacity_kg_per_d for size in case.sizes.values()}
    return {name: size for name, size in sizes.items() if known.get(size, math.inf) > stood[name] * (1 + TOLERANCE)}


def fitted_in(case: Case, name: str) -> bool | None:
    """Whether a new station is decided to fill at 70 MPa in the year; None where that is left open."""
    rules, year = case.scenario.phased, case.plan.period
    by_table, by_plan = rules.decided, rules.decided_from
    rows = [] if by_table is None else case.table(by_table.stations, DecidedStationRow)
    if decided_in(case) is None:
        return None
    if any(row.site_id == name for row in rows):
        return any(row.site_id == name and row.at_70_mpa == "yes" and row.period <= year for row in rows)
    earlier = earlier_plan(case)
    if by_plan is None or earlier is None or name not in _stood(earlier, year) or name in by_plan.without:
        return None
    fits = earlier.fitted_at(year)
    return None if fits is None else name in fits


def earlier_plan(case: Case) -> EarlierPlan | None:
    """Read the plan that decides the first years from the copy kept with this one."""

    def read() -> EarlierPlan | None:
        folder = case.project.earlier_plan()
        try:
            return None if folder is None else read_earlier(folder)
        except VerificationError as error:
            raise InputError(str(error), where=INPUTS_FOLDER) from None

    return case.once("earlier plan", read)


def _stood(earlier: EarlierPlan, year: int) -> Mapping[str, str]:
    """New stations of the last year of the earlier plan that is no later."""
    stood: Mapping[str, str] = {}
    for since, stations in sorted(earlier.stands.items()):
        stood = stations if since <= year else stood
    return stood


def _built(case: Case) -> Mapping[str, float]:
    """Stations that stand since before the plan, and their capacity."""
    return {station.site_id: station.capacity_kg_per_d for station in case.plan.stations if station.built}


def _earlier_sound(case: Case) -> Iterator[Finding]:
    """The earlier plan is of this city and holds its last decided year; its sizes are what they were."""
    asked, earlier = case.scenario.phased.decided_from, earlier_plan(case)
    if asked is None or earlier is None:
        return
    yield holds("earlier plan: city", earlier.city == case.scenario.region.city)
    yield holds("earlier plan: has the year through which it decides", asked.through in earlier.stands)
    built = _built(case)
    for name, size in sorted(_stood(earlier, case.plan.period).items()):
        kg, row = earlier.capacity_kg_per_d[size], case.sizes.get(size)
        yield holds(f"{name}: size of the earlier plan", row is not None)
        if row is not None:
            yield equal(f"{name}: size of the earlier plan", row.capacity_kg_per_d, kg)
        if name in built and case.plan.period == asked.through and name not in asked.without:
            yield equal(f"{name}: built as the earlier plan decided", built[name], kg)


def _decided_by(case: Case, name: str) -> bool:
    """Whether a station is decided for this year or an earlier one."""
    years = (year for year in case.whole.periods if year <= case.plan.period)
    return any(name in (decided_in(case.in_year(year)) or {}) for year in years)
