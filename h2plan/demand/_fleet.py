"""How many vehicles of which class work for which use, and what one of them takes: the target, none lost."""

from __future__ import annotations

import math
from bisect import bisect_right
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from h2plan.adoption import AdoptionFigure, adopt
from h2plan.demand._mix import Key, check_mix, split, take
from h2plan.demand._operators import DEPOTS, Operated, read_operators, unplaced_note
from h2plan.demand._profiles import Profiles, read_profiles, sizing_factor
from h2plan.domain import Range, VehicleClass
from h2plan.errors import Fault, InputError
from h2plan.project import Project
from h2plan.tables.read import read_table
from h2plan.tables.rows import FleetShareRow, VehicleClassRow


@dataclass(frozen=True, slots=True, kw_only=True)
class Fleet:
    """The fleet of a scenario.

    `vehicles[period][use, class]` counts whole vehicles; they add up to the fleet of the period exactly.
    """

    classes: Mapping[str, VehicleClass]
    vehicles: Mapping[int, Mapping[Key, int]]
    adoption: tuple[AdoptionFigure, ...]
    active: Range
    """Part of the registered vehicles that take hydrogen on an operating day, once activity has risen to it."""
    ramp: Mapping[int, float]
    """How far activity has risen towards it, by period."""
    operated: tuple[Operated, ...]
    """Vehicles whose depot is known."""
    unplaced: tuple[Operated, ...]
    """Vehicles whose operator is known but not their depot: they are counted among the rest of their class."""
    profiles: Profiles
    sizing_month: Mapping[int, int | None]
    """The month demand is stated for; None: the yearly mean."""
    source: str
    notes: tuple[str, ...]

    @property
    def uses(self) -> tuple[str, ...]:
        return tuple(sorted({use for counts in self.vehicles.values() for (use, _), n in counts.items() if n > 0}))

    @property
    def periods(self) -> tuple[int, ...]:
        return tuple(self.vehicles)

    def classes_of(self, use: str) -> tuple[str, ...]:
        """Return the vehicle classes that work for a use, sorted."""
        return tuple(sorted({name for by_use in self.vehicles.values() for u, name in by_use if u == use}))

    def count(self, use: str, vehicle_class: str, period: int) -> int:
        return self.vehicles[period].get((use, vehicle_class), 0)

    def total(self, period: int) -> int:
        """Return all vehicles of a period."""
        return sum(self.vehicles[period].values())

    def season_factor(self, vehicle_class: str, period: int) -> float:
        """Return the factor of the sizing month of a class; 1 for the yearly mean."""
        month = self.sizing_month[period]
        return 1.0 if month is None else self.profiles.months[vehicle_class][month - 1]

    def kg_per_vehicle_d(self, vehicle_class: str, period: int | None = None) -> Range:
        """Hydrogen of a registered vehicle on a day: active share x kg/100 km x km/d x factor of the sizing month.

        Without a period: once activity has risen to its full value, as the mean of a year.
        """
        each = self.classes[vehicle_class].nominal_kg_per_d().times(self.active)
        if period is None:
            return each
        return each.scaled(self.ramp[period] * self.season_factor(vehicle_class, period))

    def assumption(self, use: str, vehicle_class: str) -> str:
        """Say in words what the number of vehicles of a class in a use rests on."""
        return f"fleet x share of {vehicle_class} in {use}; {self.adoption[-1].sentence}"


def read_fleet(project: Project) -> Fleet:
    """Read classes, mix, operators and profiles, and split the fleet of each period into whole vehicles.

    Raises:
        InputError: faults of the tables, a mix that names an unknown class, shares that do not add up to 1, operators
            with more vehicles than the mix gives their class.
    """
    scenario, section = project.scenario, project.scenario.fleet
    class_rows = read_table(project.path(section.vehicles, where="fleet.vehicles"), VehicleClassRow, root=project.root)
    mix = read_table(project.path(section.mix, where="fleet.mix"), FleetShareRow, root=project.root)
    classes = {row.id: row.to_vehicle_class() for row in class_rows}
    check_mix(mix, classes, where=section.mix)
    profiles = read_profiles(project, classes)
    known = read_operators(project, classes)
    operated = tuple(entry for entry in known if entry.row.is_placed)
    unplaced = tuple(entry for entry in known if not entry.row.is_placed)
    adoption = adopt(scenario)
    vehicles = {
        figure.period: _with_depots(
            split(figure.vehicles, mix, period=figure.period),
            operated,
            unplaced,
            period=figure.period,
            where=section.operators or section.mix,
        )
        for figure in adoption
    }
    active = Range(section.active_share_low, section.active_share_base, section.active_share_high)
    return Fleet(
        classes=classes,
        vehicles=vehicles,
        adoption=adoption,
        active=active,
        ramp={period: _ramp(section.ramp, period) for period in scenario.periods},
        operated=operated,
        unplaced=unplaced,
        profiles=profiles,
        sizing_month={
            period: sizing_factor(_kg_by_class(counts, classes), profiles.months, which=section.sizing_month)
            for period, counts in vehicles.items()
        },
        source=section.source,
        notes=tuple(map(unplaced_note, unplaced)),
    )


def _ramp(ramp: Mapping[int, float], year: int) -> float:
    """Return how far activity has risen: straight lines between the years given, their ends held."""
    if not ramp:
        return 1.0
    years = sorted(ramp)
    after = bisect_right(years, year)
    if after in (0, len(years)):
        return ramp[years[0 if after == 0 else -1]]
    start, end = years[after - 1], years[after]
    return ramp[start] + (ramp[end] - ramp[start]) * (year - start) / (end - start)


def _with_depots(
    counts: Mapping[Key, int], operated: Sequence[Operated], unplaced: Sequence[Operated], *, period: int, where: str
) -> Mapping[Key, int]:
    """Move the vehicles that are known by depot from the other uses of their class to their depots."""
    named, elsewhere = _by_class(operated, period), _by_class(unplaced, period)
    moved, faults = dict(counts), []
    for name in dict.fromkeys((*named, *elsewhere)):
        there = sum(count for (_, of), count in counts.items() if of == name)
        number = named.get(name, 0) + elsewhere.get(name, 0)
        if number > there:
            message = f"operators run {number} {name} in {period}, the fleet mix gives that class {there}"
            faults.append(
                Fault(
                    where=where, column="vehicles", message=message, hint="raise its share, or the target of the year"
                )
            )
            continue
        if name in named:
            moved = take(moved, name, named[name])
            moved[DEPOTS, name] = moved.get((DEPOTS, name), 0) + named[name]
    if faults:
        raise InputError(faults)
    return moved


def _by_class(operated: Sequence[Operated], period: int) -> dict[str, int]:
    found: dict[str, int] = {}
    for entry in operated:
        found[entry.row.vehicle_class] = found.get(entry.row.vehicle_class, 0) + entry.vehicles[period]
    return found


def _kg_by_class(counts: Mapping[Key, int], classes: Mapping[str, VehicleClass]) -> dict[str, float]:
    found: dict[str, list[float]] = {}
    for (_, name), count in counts.items():
        found.setdefault(name, []).append(count * classes[name].nominal_kg_per_d().base)
    return {name: math.fsum(values) for name, values in sorted(found.items())}
