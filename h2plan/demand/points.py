"""Places named by the user in any table, with their vehicles or with the hydrogen they are known to take."""

from __future__ import annotations

import math

from h2plan.demand._context import Context, refuse_unknown
from h2plan.demand._plausible import outliers
from h2plan.domain import Counted, Demand, DemandPoint
from h2plan.errors import Fault, InputError
from h2plan.fields import Datum, Section
from h2plan.tables.read import read_table
from h2plan.tables.region import region_of
from h2plan.tables.rows import PointRow

USE = "points"


class Options(Section):
    """The places."""

    file: str
    """CSV table: id, name, vehicle_class, vehicles or kg_per_d, lon, lat, precision_m, source, verified."""
    crs: Datum
    """Datum of its coordinates."""
    counted: Counted = "beyond_target"
    """in_target: the fleet's vehicles of the use `points` are spread by the vehicles of the table, class by class."""


def read(context: Context, options: Options) -> Demand:
    """Place vehicles where the table says.

    Kilograms become vehicles of the class at what one of them takes in the base case, so that ranges stay comparable.

    Raises:
        InputError: faults of the table, unknown classes, a class of the fleet that no row has.
    """
    project, fleet = context.project, context.fleet
    path = project.path(options.file, where="demand points")
    rows = read_table(path, PointRow, root=project.root, region=region_of(project.scenario.region), crs=options.crs)
    named = ((number, "vehicle_class", row.vehicle_class) for number, row in enumerate(rows, start=2))
    refuse_unknown(named, fleet.classes, where=options.file, of=project.scenario.fleet.vehicles)
    counts = {row.id: _vehicles(context, row) for row in rows}
    notes = outliers({row.id: counts[row.id][fleet.periods[-1]] for row in rows}, where=options.file, column="vehicles")
    if options.counted == "in_target":
        counts = _scaled(context, rows, counts, where=options.file)
    points = [_point(context, row, counts[row.id], options) for row in rows]
    return Demand(points=tuple(points), flows=(), terminals=(), notes=tuple(notes))


def _vehicles(context: Context, row: PointRow) -> dict[int, float]:
    fleet = context.fleet
    if row.kg_per_d is None:
        return dict.fromkeys(fleet.periods, row.vehicles or 0.0)
    return {year: row.kg_per_d / fleet.kg_per_vehicle_d(row.vehicle_class, year).base for year in fleet.periods}


def _scaled(
    context: Context, rows: list[PointRow], counts: dict[str, dict[int, float]], *, where: str
) -> dict[str, dict[int, float]]:
    """Scale the table to the fleet, class by class."""
    fleet = context.fleet
    scaled: dict[str, dict[int, float]] = {row.id: {} for row in rows}
    faults = []
    for name in sorted({*fleet.classes_of(USE), *(row.vehicle_class for row in rows)}):
        of_class = [row.id for row in rows if row.vehicle_class == name]
        for year in fleet.periods:
            known = math.fsum(counts[point][year] for point in of_class)
            wanted = fleet.count(USE, name, year)
            if wanted > 0 and known <= 0:
                message = f"the fleet has {wanted} {name} for points in {year}, but no row has any"
                faults.append(Fault(where=where, column="vehicle_class", message=message))
                continue
            for point in of_class:
                scaled[point][year] = counts[point][year] * wanted / known if known > 0 else 0.0
    if faults:
        raise InputError(faults)
    return scaled


def _point(context: Context, row: PointRow, vehicles: dict[int, float], options: Options) -> DemandPoint:
    place = row.to_place()
    given = "kg/d" if row.kg_per_d is not None else "vehicles"
    return DemandPoint(
        id=f"{USE}:{row.id}:{row.vehicle_class}",
        place_id=place.id,
        name=place.name,
        name_en=place.name_en,
        lon=place.lon,
        lat=place.lat,
        bank=place.bank,
        precision_m=place.precision_m,
        kind=USE,
        district=row.district,
        vehicle_class=row.vehicle_class,
        vehicles=vehicles,
        kg_per_d=context.kg_per_d(vehicles, row.vehicle_class),
        source=row.source,
        verified=row.verified,
        assumption=f"{given} as given in {options.file}",
        operator=row.operator,
        status=row.status,
        station_id=row.station_id,
        counted=options.counted,
    )
