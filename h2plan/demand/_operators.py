"""Who runs which vehicles from which depot: the part of the fleet that is known by name."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from h2plan.domain import VehicleClass
from h2plan.errors import Fault, InputError
from h2plan.project import Project
from h2plan.tables.read import read_table
from h2plan.tables.region import region_of
from h2plan.tables.rows import OperatorRow

DEPOTS = "depots"
"""The use of vehicles that are known by depot."""
Numbered = tuple[int, OperatorRow]


@dataclass(frozen=True, slots=True, kw_only=True)
class Operated:
    """One depot's vehicles of one class over the periods."""

    row: OperatorRow
    """The row in force in the last period: name, depot, contract."""
    vehicles: Mapping[int, int]
    number: int
    """Row of the operators' table, as a spreadsheet counts."""


def read_operators(project: Project, classes: Mapping[str, VehicleClass]) -> tuple[Operated, ...]:
    """Read the operators' table: each depot and class with vehicles in some period.

    A row holds from its year until the next row of the same depot and class.

    Raises:
        InputError: faults of the table, an unknown class, a depot with two positions.
    """
    section = project.scenario.fleet
    if section.operators is None:
        return ()
    path = project.path(section.operators, where="fleet.operators")
    rows = read_table(
        path, OperatorRow, root=project.root, region=region_of(project.scenario.region), crs=_crs(project)
    )
    _refuse_unknown(rows, classes, where=section.operators)
    series: dict[tuple[str, str], list[Numbered]] = {}
    for number, row in enumerate(rows, start=2):
        series.setdefault((row.depot_id, row.vehicle_class), []).append((number, row))
    found = []
    for _, known in sorted(series.items()):
        known.sort(key=lambda numbered: numbered[1].period)
        operated = _operated(known, project.scenario.periods)
        if any(operated.vehicles.values()):
            found.append(operated)
    return tuple(found)


def _crs(project: Project) -> str:
    """The datum of the depots stands with the source that places them."""
    return next(
        (str(entry.options.get("crs", "wgs84")) for entry in project.scenario.demand if entry.use == DEPOTS), "wgs84"
    )


def _operated(known: Sequence[Numbered], periods: Sequence[int]) -> Operated:
    in_force = {year: [numbered for numbered in known if numbered[1].period <= year] for year in periods}
    vehicles = {year: rows[-1][1].vehicles if rows else 0 for year, rows in in_force.items()}
    last = in_force[periods[-1]]
    number, row = last[-1] if last else known[0]
    return Operated(row=row, vehicles=vehicles, number=number)


def unplaced_note(operated: Operated) -> str:
    """Say of vehicles without a known depot where they are counted."""
    row, most = operated.row, max(operated.vehicles.values())
    return (
        f"{row.operator}: {most} {row.vehicle_class} ({row.status}) without a known depot; "
        "they stay among the vehicles that are spread by population or activity"
    )


def _refuse_unknown(rows: Sequence[OperatorRow], classes: Mapping[str, object], *, where: str) -> None:
    faults = []
    spots: dict[str, tuple[float | None, float | None]] = {}
    for number, row in enumerate(rows, start=2):
        if row.vehicle_class not in classes:
            message = f"'{row.vehicle_class}' is no vehicle class"
            faults.append(
                Fault(where=where, row=number, column="vehicle_class", value=row.vehicle_class, message=message)
            )
        if spots.setdefault(row.depot_id, (row.lon, row.lat)) != (row.lon, row.lat):
            message = f"{row.depot_id} stands elsewhere in an earlier row"
            faults.append(Fault(where=where, row=number, column="lon", value=str(row.lon), message=message))
    if faults:
        raise InputError(faults)
