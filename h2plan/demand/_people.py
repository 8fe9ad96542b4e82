"""Where people live: districts at their seats, towns and grid cells, nobody counted twice."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from h2plan.demand._context import Context, WeightedPlace
from h2plan.demand._grid import Grid
from h2plan.domain import Place
from h2plan.errors import Fault, InputError
from h2plan.tables.read import read_table
from h2plan.tables.region import region_of
from h2plan.tables.rows import DistrictRow, TownRow

BY_PEOPLE = "population of the district"


def read_districts(context: Context, file: str, *, crs: str, where: str) -> list[DistrictRow]:
    """Read a table of districts.

    Raises:
        InputError: faults of the table.
    """
    project = context.project
    region = region_of(project.scenario.region)
    return read_table(project.path(file, where=where), DistrictRow, root=project.root, region=region, crs=crs)


def population_once(rows: Sequence[DistrictRow], *, where: str) -> Mapping[str, float]:
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


def district_places(context: Context, file: str, *, crs: str, where: str) -> list[WeightedPlace]:
    """Return every district that has people, at its seat.

    Raises:
        InputError: faults of the table.
    """
    rows = read_districts(context, file, crs=crs, where=where)
    people = population_once(rows, where=file)
    return [weighted(row.to_place(), row, people[row.id]) for row in rows if people[row.id] > 0]


def weighted(place: Place, row: DistrictRow, weight: float, *, by: str = BY_PEOPLE) -> WeightedPlace:
    """Weigh a place inside a district."""
    return WeightedPlace(
        place=place,
        kind="districts",
        district=row.name,
        weight=weight,
        source=row.source,
        verified=row.verified,
        by=by,
    )


def refuse_unknown_districts(towns: Sequence[TownRow], districts: Sequence[DistrictRow], *, where: str) -> None:
    """Refuse towns of districts that are not there.

    Raises:
        InputError: every such town.
    """
    known = {row.name for row in districts}
    faults = [
        Fault(where=where, row=number, column="district", message=f"'{town.district}' is no district of this plan")
        for number, town in enumerate(towns, start=2)
        if town.district not in known
    ]
    if faults:
        raise InputError(faults)


def at_seat_and_towns(
    row: DistrictRow, population: float, towns: Sequence[TownRow], seat_share: float
) -> list[WeightedPlace]:
    """Put a part of a district at its seat and share the rest over its towns equally."""
    inside = [town for town in towns if town.district == row.name]
    at_seat = seat_share if inside else 1.0
    by = f"{BY_PEOPLE}, {at_seat:g} at the seat, the rest equally over {len(inside)} towns" if inside else BY_PEOPLE
    places = [weighted(row.to_place(), row, population * at_seat, by=by)]
    if at_seat < 1:
        each = population * (1 - at_seat) / len(inside)
        places += [weighted(town.to_place(), row, each, by=by) for town in inside]
    return places


def over_grid(
    rows: Sequence[DistrictRow], people: Mapping[str, float], grid: Grid, *, where: str, precision_m: float
) -> tuple[list[WeightedPlace], list[str]]:
    """Spread each district over its cells by weight; a district without cells stays at its seat and is named.

    Raises:
        InputError: cells of a district that is not there.
    """
    by_name = {row.name: row for row in rows}
    strange = sorted({name for name in grid.districts if name not in by_name})
    if strange:
        message = "is no district of this plan"
        raise InputError([Fault(where=where, column="district", value=n, message=f"'{n}' {message}") for n in strange])
    covered = set(grid.districts)
    missing = [row for row in rows if row.name not in covered and people[row.id] > 0]
    places = [*_cells(by_name, people, grid, precision_m=precision_m)]
    places += [weighted(row.to_place(), row, people[row.id]) for row in missing]
    notes = [f"{row.name}: no cell of {where} lies in it; its demand stands at the seat" for row in missing]
    return places, notes


def _cells(
    by_name: Mapping[str, DistrictRow], people: Mapping[str, float], grid: Grid, *, precision_m: float
) -> Iterator[WeightedPlace]:
    columns = zip(grid.ids, grid.districts, grid.lon.tolist(), grid.lat.tolist(), grid.share.tolist(), strict=True)
    by = f"{BY_PEOPLE}, inside it by grid weight"
    for name, district, lon, lat, share in columns:
        row = by_name[district]
        weight = people[row.id] * share
        if weight > 0:
            place = Place(id=name, name=district, lon=lon, lat=lat, precision_m=precision_m)
            yield weighted(place, row, weight, by=by)
