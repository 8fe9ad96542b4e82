"""When in the day and in the year each class fills: hour shares and monthly factors, checked to be whole."""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass

from h2plan.domain import VehicleClass, Verified
from h2plan.errors import Fault, InputError
from h2plan.project import Project
from h2plan.tables.read import read_table
from h2plan.tables.rows import HourRow, MonthRow

HOURS = 24
MONTHS = 12
TOLERANCE = 1e-6
DAYS_IN_MONTH = (31, 28.2425, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31)
FLAT = (1 / HOURS,) * HOURS
STEADY = (1.0,) * MONTHS


@dataclass(frozen=True, slots=True, kw_only=True)
class Profiles:
    """Hour shares (24) and monthly factors (12) by vehicle class, with their sources."""

    hours: Mapping[str, tuple[float, ...]]
    months: Mapping[str, tuple[float, ...]]
    sources: Mapping[str, tuple[str, Verified]]
    """Profile to its source and how well it is known."""

    def peak_share(self, vehicle_class: str) -> float:
        """Part of a day's hydrogen that falls into the busiest hour of a class."""
        return max(self.hours[vehicle_class])


def read_profiles(project: Project, classes: Mapping[str, VehicleClass]) -> Profiles:
    """Read hour and month profiles; a class without one fills evenly over the day and the year.

    Raises:
        InputError: faults of the tables, a profile that does not sum to 1 or average 1, one that is not there.
    """
    section = project.scenario.fleet
    hours: dict[str, tuple[float, ...]] = {}
    months: dict[str, tuple[float, ...]] = {}
    sources: dict[str, tuple[str, Verified]] = {}
    faults: list[Fault] = []
    if section.profiles is not None:
        rows = read_table(project.path(section.profiles, where="fleet.profiles"), HourRow, root=project.root)
        hours, found = _whole(((r.profile, r.hour, r.share) for r in rows), slots=range(HOURS), where=section.profiles)
        faults += found
        faults += _sums(hours, where=section.profiles)
        faults += _unnamed(hours, classes, where=section.profiles, table=section.vehicles)
        sources.update({f"{section.profiles} {row.profile}": (row.source, row.verified) for row in rows})
    if section.months is not None:
        table = read_table(project.path(section.months, where="fleet.months"), MonthRow, root=project.root)
        cells = ((r.profile, r.month, r.factor) for r in table)
        months, found = _whole(cells, slots=range(1, MONTHS + 1), where=section.months)
        faults += found
        faults += _averages(months, where=section.months)
        sources.update({f"{section.months} {row.profile}": (row.source, row.verified) for row in table})
    if faults:
        raise InputError(faults)
    return Profiles(
        hours={name: hours.get(vehicle.profile, FLAT) for name, vehicle in classes.items()},
        months={name: months.get(vehicle.profile, STEADY) for name, vehicle in classes.items()},
        sources=sources,
    )


def _whole(
    cells: Iterable[tuple[str, int, float]], *, slots: range, where: str
) -> tuple[dict[str, tuple[float, ...]], list[Fault]]:
    """Gather the cells of each profile in order; name those that miss one."""
    found: dict[str, dict[int, float]] = {}
    for profile, slot, value in cells:
        found.setdefault(profile, {})[slot] = value
    faults = [
        Fault(where=where, column=profile, message=f"has no row for {', '.join(map(str, missing))}")
        for profile, values in found.items()
        if (missing := [slot for slot in slots if slot not in values])
    ]
    whole = {p: tuple(values[slot] for slot in slots) for p, values in found.items() if len(values) == len(slots)}
    return whole, faults


def _sums(hours: Mapping[str, tuple[float, ...]], *, where: str) -> Iterator[Fault]:
    for profile, shares in hours.items():
        total = math.fsum(shares)
        if abs(total - 1) > TOLERANCE:
            hint = "divide every share by their sum"
            message = f"the 24 shares of '{profile}' add up to {total:.6g}, not to 1"
            yield Fault(where=where, column="share", value=f"{total:.6g}", message=message, hint=hint)


def _averages(months: Mapping[str, tuple[float, ...]], *, where: str) -> Iterator[Fault]:
    for profile, factors in months.items():
        mean = math.fsum(factors) / MONTHS
        if abs(mean - 1) > TOLERANCE:
            hint = "divide every factor by their mean"
            message = f"the 12 factors of '{profile}' average {mean:.6g}, not 1"
            yield Fault(where=where, column="factor", value=f"{mean:.6g}", message=message, hint=hint)


def _unnamed(
    hours: Mapping[str, object], classes: Mapping[str, VehicleClass], *, where: str, table: str
) -> Iterator[Fault]:
    for number, vehicle in enumerate(classes.values(), start=2):
        if vehicle.profile and vehicle.profile not in hours:
            message = f"'{vehicle.profile}' is no profile of {where}"
            yield Fault(where=table, row=number, column="profile", value=vehicle.profile, message=message)


def sizing_factor(shares: Mapping[str, float], months: Mapping[str, tuple[float, ...]], *, which: str) -> int | None:
    """Return the month (1..12) that demand is stated for, by the kg of each class; None for the yearly mean."""
    if which == "mean":
        return None
    totals = [math.fsum(kg * months[name][month] for name, kg in shares.items()) for month in range(MONTHS)]
    busiest = sorted(range(MONTHS), key=lambda month: (-totals[month], month))
    return busiest[0 if which == "busiest" else 1] + 1
