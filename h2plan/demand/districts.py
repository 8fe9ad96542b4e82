"""Buses, sanitation and city logistics: shared out over districts by population, then over their towns."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from h2plan.demand._context import Context, WeightedPlace, spread
from h2plan.domain import Demand, Place
from h2plan.errors import Fault, InputError
from h2plan.scenario import Datum, Section, Share
from h2plan.tables.read import read_table
from h2plan.tables.region import region_of
from h2plan.tables.rows import DistrictRow, TownRow


class Options(Section):
    """The districts, and how their demand is spread inside them."""

    file: str
    """CSV table of districts with seat and population."""
    crs: Datum
    """Datum of its coordinates, and of the towns'."""
    towns: str | None = None
    """CSV table of towns; blank: all demand of a district stands at its seat."""
    seat_share: Share = 1.0
    """Part of a district's demand that stands at its seat; its towns share the rest equally."""


def read(context: Context, options: Options) -> Demand:
    """Place the fleet of the use `districts` at seats and towns.

    Raises:
        InputError: faults of the tables, nobody counted, a town in an unknown district.
    """
    project = context.project
    region = region_of(project.scenario.region)
    path = project.path(options.file, where="demand districts")
    districts = read_table(path, DistrictRow, root=project.root, region=region, crs=options.crs)
    towns: Sequence[TownRow] = []
    if options.towns is not None:
        path = project.path(options.towns, where="demand districts.towns")
        towns = read_table(path, TownRow, root=project.root, region=region, crs=options.crs)
        _refuse_unknown_districts(towns, districts, where=options.towns)
    elif options.seat_share != 1:
        raise InputError("seat_share below 1 needs a table of towns", where="demand districts")
    population = _population_once(districts, where=options.file)
    places = [
        place
        for row in districts
        if population[row.id] > 0
        for place in _district_places(row, population[row.id], towns, options.seat_share)
    ]
    return Demand(points=spread(context, "districts", places), flows=(), terminals=())


def _population_once(rows: Sequence[DistrictRow], *, where: str) -> Mapping[str, float]:
    """Return who lives where, nobody counted twice.

    A row that is `counted_in` another one keeps its people, and the other gives them up.

    Raises:
        InputError: a row is counted in one that is not there, or has fewer people.
    """
    population = {row.id: float(row.population) for row in rows}
    faults = []
    for number, row in enumerate(rows, start=2):
        if not row.counted_in:
            continue
        if row.counted_in == row.id or population.get(row.counted_in, -1) < row.population:
            message = f"'{row.counted_in}' is no other district here, or has fewer people than {row.name}"
            faults.append(Fault(where=where, row=number, column="counted_in", message=message))
            continue
        population[row.counted_in] -= row.population
    if faults:
        raise InputError(faults)
    return population


def _refuse_unknown_districts(towns: Sequence[TownRow], districts: Sequence[DistrictRow], *, where: str) -> None:
    known = {row.name for row in districts}
    faults = [
        Fault(where=where, row=number, column="district", message=f"'{town.district}' is no district of this plan")
        for number, town in enumerate(towns, start=2)
        if town.district not in known
    ]
    if faults:
        raise InputError(faults)


def _district_places(
    row: DistrictRow, population: float, towns: Sequence[TownRow], seat_share: float
) -> list[WeightedPlace]:
    inside = [town for town in towns if town.district == row.name]
    at_seat = seat_share if inside else 1.0
    places = [_weighted(row.to_place(), row, population * at_seat)]
    if at_seat < 1:
        places += [_weighted(town.to_place(), row, population * (1 - at_seat) / len(inside)) for town in inside]
    return places


def _weighted(place: Place, row: DistrictRow, weight: float) -> WeightedPlace:
    return WeightedPlace(
        place=place, kind="districts", district=row.name, weight=weight, source=row.source, verified=row.verified
    )
