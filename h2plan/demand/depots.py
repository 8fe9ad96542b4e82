"""Vehicles known by operator and depot; captive fleets fill where they are contracted."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence

from h2plan.demand._context import Context
from h2plan.demand._operators import DEPOTS, Operated
from h2plan.domain import Demand, DemandPoint
from h2plan.errors import Fault, InputError
from h2plan.fields import Datum, Section


class Options(Section):
    """Nothing but the datum: the depots stand in the table that fleet.operators names."""

    crs: Datum
    """Datum of the depots' coordinates."""


def read(context: Context, options: Options) -> Demand:
    """Place each operator's vehicles at their depot.

    Vehicles that the mix gives to depots without naming one are spread over the known depots of their class, in
    proportion to the vehicles there.

    Raises:
        InputError: the mix has vehicles at depots for a class of which no depot is known.
    """
    fleet = context.fleet
    points, faults = [], []
    for name in fleet.classes_of(DEPOTS):
        there = [entry for entry in fleet.operated if entry.row.vehicle_class == name]
        known = {year: math.fsum(entry.vehicles[year] for entry in there) for year in fleet.periods}
        wanted = {year: fleet.count(DEPOTS, name, year) for year in fleet.periods}
        lost = [str(year) for year in fleet.periods if wanted[year] > 0 and known[year] == 0]
        if lost:
            message = f"the mix has {name} at depots, but no depot of theirs is known in {', '.join(lost)}"
            hint = "name the depots in fleet.operators, or give them the use districts"
            faults.append(Fault(where="demand depots", column=name, message=message, hint=hint))
            continue
        factor = {year: wanted[year] / known[year] if known[year] else 0.0 for year in fleet.periods}
        points += _at_depots(context, there, factor)
    if faults:
        raise InputError(faults)
    return Demand(points=tuple(points), flows=(), terminals=())


def _at_depots(context: Context, there: Sequence[Operated], factor: Mapping[int, float]) -> list[DemandPoint]:
    points = []
    for entry in there:
        row, place = entry.row, entry.row.to_place()
        vehicles = {year: count * factor[year] for year, count in entry.vehicles.items()}
        points.append(
            DemandPoint(
                id=f"{DEPOTS}:{row.depot_id}:{row.vehicle_class}",
                place_id=place.id,
                name=place.name,
                name_en=place.name_en,
                lon=place.lon,
                lat=place.lat,
                bank=place.bank,
                precision_m=place.precision_m,
                kind=DEPOTS,
                district=row.district,
                vehicle_class=row.vehicle_class,
                vehicles=vehicles,
                kg_per_d=context.kg_per_d(vehicles, row.vehicle_class),
                source=row.source,
                verified=row.verified,
                assumption=f"{row.operator}, {row.status}: as its table says",
                operator=row.operator,
                status=row.status,
                station_id=row.station_id,
            )
        )
    return points
