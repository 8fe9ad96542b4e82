"""Where people live, read anew: seats, towns and the cells of a grid, nobody counted twice."""

from __future__ import annotations

import csv
import math
from collections.abc import Iterator, Mapping, Sequence

from h2plan.datums import to_wgs84
from h2plan.domain import Place
from h2plan.errors import InputError
from h2plan.fields import Datum, Positive, Section, Share
from h2plan.plan._check_case import Case
from h2plan.plan._check_wanted import Wanting
from h2plan.tables.files import locate
from h2plan.tables.rows import DistrictRow, TownRow

Cell = tuple[Place, float]
"""A cell of a grid and its weight."""


class DistrictOptions(Section):
    """Options of the source `districts`."""

    file: str
    crs: Datum
    towns: str | None = None
    seat_share: Share = 1.0
    grid: str | None = None
    grid_precision_m: Positive = 1000.0


def districts(case: Case, options: DistrictOptions) -> list[Wanting]:
    """People at the seat of their district and at its towns, or in its cells."""
    rows = case.table(options.file, DistrictRow, in_region=True, crs=options.crs)
    people = {row.id: _people(row, rows) for row in rows}
    if options.grid is not None:
        return list(_over_cells(rows, people, _cells(case, options.grid, options)))
    towns: list[TownRow] = []
    if options.towns is not None:
        towns = case.table(options.towns, TownRow, in_region=True, crs=options.crs)
    return [entry for row in rows for entry in _seat_and_towns(row, people[row.id], towns, options.seat_share)]


def seats(case: Case, file: str, *, crs: str) -> list[Wanting]:
    """People at the seat of their district."""
    rows = case.table(file, DistrictRow, in_region=True, crs=crs)
    return [Wanting(place=row.to_place(), district=row.name, weight=_people(row, rows)) for row in rows]


def _people(row: DistrictRow, rows: Sequence[DistrictRow]) -> float:
    return row.population - sum(other.population for other in rows if other.counted_in == row.id)


def _seat_and_towns(row: DistrictRow, people: float, towns: Sequence[TownRow], seat_share: float) -> Iterator[Wanting]:
    inside = [town for town in towns if town.district == row.name]
    seat = seat_share if inside else 1.0
    yield Wanting(place=row.to_place(), district=row.name, weight=people * seat)
    for town in inside:
        yield Wanting(place=town.to_place(), district=row.name, weight=people * (1 - seat) / len(inside))


def _over_cells(
    rows: Sequence[DistrictRow], people: Mapping[str, float], cells: Mapping[str, Sequence[Cell]]
) -> Iterator[Wanting]:
    """Each cell has its weight's part of its district; a district without cells stays at its seat."""
    for row in rows:
        inside = cells.get(row.name, ())
        total = math.fsum(weight for _, weight in inside)
        if not inside:
            yield Wanting(place=row.to_place(), district=row.name, weight=people[row.id])
        elif total <= 0:
            raise InputError(f"the cells of {row.name} weigh nothing", where="demand districts.grid")
        for place, weight in inside:
            yield Wanting(place=place, district=row.name, weight=people[row.id] * weight / total)


def _cells(case: Case, table: str, options: DistrictOptions) -> Mapping[str, Sequence[Cell]]:
    """District to its cells."""
    file = locate(case.project.path(table, where="inputs"), root=case.project.root)
    with file.path.open(encoding="utf-8-sig", newline="") as stream:
        rows = list(csv.DictReader(stream))
    try:
        numbers = [(float(row["lon"]), float(row["lat"]), float(row["weight"])) for row in rows]
    except (KeyError, TypeError, ValueError):
        raise InputError("lon, lat and weight must be numbers in every row", where=table) from None
    lon, lat = to_wgs84([x for x, _, _ in numbers], [y for _, y, _ in numbers], options.crs)
    found: dict[str, list[Cell]] = {}
    for row, (_, _, weight), x, y in zip(rows, numbers, lon.tolist(), lat.tolist(), strict=True):
        place = Place(id=row["id"], name=row["district"], lon=x, lat=y, precision_m=options.grid_precision_m)
        found.setdefault(row["district"], []).append((place, weight))
    return found
