"""How many vehicles of which class work for which use: the target, split without losing one."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from h2plan.domain import Range, VehicleClass
from h2plan.errors import Fault, InputError
from h2plan.project import Project
from h2plan.tables.read import read_table
from h2plan.tables.rows import FleetShareRow, VehicleClassRow

SHARE_TOLERANCE = 1e-9


@dataclass(frozen=True, slots=True, kw_only=True)
class Fleet:
    """The fleet of a scenario.

    `vehicles[period][use, class]` counts whole vehicles; they add up to the target of the period exactly.
    """

    classes: Mapping[str, VehicleClass]
    vehicles: Mapping[int, Mapping[tuple[str, str], int]]
    active_share: Range
    source: str

    @property
    def uses(self) -> tuple[str, ...]:
        return tuple(sorted({use for by_use in self.vehicles.values() for use, _ in by_use}))

    def classes_of(self, use: str) -> tuple[str, ...]:
        """Return the vehicle classes that work for a use, sorted."""
        return tuple(sorted({name for by_use in self.vehicles.values() for u, name in by_use if u == use}))

    def count(self, use: str, vehicle_class: str, period: int) -> int:
        return self.vehicles[period].get((use, vehicle_class), 0)

    def kg_per_vehicle_d(self, vehicle_class: str) -> Range:
        """Hydrogen a registered vehicle takes on an average operating day: active share x kg/100 km x km/d."""
        return self.classes[vehicle_class].nominal_kg_per_d().times(self.active_share)


def read_fleet(project: Project) -> Fleet:
    """Read classes and mix, and split the target of each period into whole vehicles.

    Raises:
        InputError: faults of the tables, a mix that names an unknown class, shares that do not add up to 1.
    """
    section, targets = project.scenario.fleet, project.scenario.targets
    class_rows = read_table(project.path(section.vehicles, where="fleet.vehicles"), VehicleClassRow, root=project.root)
    mix = read_table(project.path(section.mix, where="fleet.mix"), FleetShareRow, root=project.root)
    classes = {row.id: row.to_vehicle_class() for row in class_rows}
    _check_mix(mix, classes, where=section.mix)
    vehicles = {period: split(targets.fcev[period], mix) for period in project.scenario.periods}
    active = Range(section.active_share_low, section.active_share_base, section.active_share_high)
    return Fleet(classes=classes, vehicles=vehicles, active_share=active, source=section.source)


def _check_mix(mix: Sequence[FleetShareRow], classes: Mapping[str, VehicleClass], *, where: str) -> None:
    faults = [
        Fault(where=where, row=number, column="vehicle_class", message=f"'{row.vehicle_class}' is no vehicle class")
        for number, row in enumerate(mix, start=2)
        if row.vehicle_class not in classes
    ]
    total = math.fsum(row.share for row in mix)
    if abs(total - 1) > SHARE_TOLERANCE:
        faults.append(Fault(where=where, column="share", message=f"the shares add up to {total:.6g}, not to 1"))
    if faults:
        raise InputError(faults)


def split(total: float, mix: Sequence[FleetShareRow]) -> dict[tuple[str, str], int]:
    """Split a number of vehicles by shares into whole ones: largest remainders first, then by id.

    Raises:
        InputError: the total is no whole number.
    """
    if total != round(total):
        raise InputError(f"{total:g} is no whole number of vehicles", where="targets.fcev")
    shares = math.fsum(row.share for row in mix)
    exact = {row.id: total * row.share / shares for row in mix}
    whole = {name: math.floor(value + SHARE_TOLERANCE) for name, value in exact.items()}
    missing = round(total) - sum(whole.values())
    by_remainder = sorted(exact, key=lambda name: (whole[name] - exact[name], name))
    for name in by_remainder[:missing]:
        whole[name] += 1
    counts: dict[tuple[str, str], int] = {}
    for row in mix:
        key = (row.use, row.vehicle_class)
        counts[key] = counts.get(key, 0) + whole[row.id]
    return counts
