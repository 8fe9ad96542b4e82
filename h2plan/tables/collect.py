"""Rows of our own types from any file that the door opens."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any, Generic, TypeVar

from h2plan.datums import Crs, is_degrees, spoken
from h2plan.errors import Fault, InputError
from h2plan.tables.cells import shown
from h2plan.tables.formats._contents import text_of
from h2plan.tables.mapping import ColumnMap, cell, match_columns
from h2plan.tables.open import Opened
from h2plan.tables.places import Spot, spots_of
from h2plan.tables.positions import Region
from h2plan.tables.read import read_records
from h2plan.tables.row import Row, headers_of
from h2plan.tables.shift import Numbered

RowT = TypeVar("RowT", bound=Row)
_POSITION = ("lon", "lat")


@dataclass(frozen=True, kw_only=True)
class RowsRead(Generic[RowT]):
    """Rows in WGS 84, and what the reader should know of how they were read."""

    rows: tuple[RowT, ...]
    crs: Crs
    notes: tuple[str, ...]


def choose_crs(opened: Opened, declared: Crs | None) -> tuple[Crs, tuple[str, ...]]:
    """Return the datum to read a file in, and what there is to say about it.

    What is declared wins over what the file says as long as both are degrees, because map services write GCJ-02 into
    files that call themselves WGS 84; metres are metres of one system only, so there the two must agree.

    Raises:
        InputError: neither the user nor the file names a datum, or they contradict each other.
    """
    named = opened.contents.crs
    if declared is None:
        return _of_the_file(opened, named)
    if named is None or named == declared:
        return declared, ()
    if _is_angle(named) and _is_angle(declared):
        return declared, (f"the file calls itself {named}; it is read as {spoken(declared)}, as declared",)
    message = f"is in {named} by its own account, but {spoken(declared)} was declared"
    hint = "declare what the file says, or convert the layer to degrees in a GIS first"
    raise InputError(Fault(where=opened.where, column="crs", value=named, message=message, hint=hint))


def _of_the_file(opened: Opened, named: str | None) -> tuple[Crs, tuple[str, ...]]:
    if named is None:
        hint = "declare it: wgs84, cgcs2000, gcj02 (Amap, Tencent), bd09 (Baidu) or EPSG:n"
        raise InputError(
            Fault(where=opened.where, column="crs", message="does not say in which datum it is", hint=hint)
        )
    if named.startswith("the system"):
        hint = "declare its EPSG number, or convert the layer to WGS 84 in a GIS first"
        message = f"is in {named}, which has no EPSG number"
        raise InputError(Fault(where=opened.where, column="crs", value=named, message=message, hint=hint))
    warning = "; map services write GCJ-02 into such files, so declare gcj02 if it came from one"
    return named, (f"datum taken from the file: {named}{warning if _is_angle(named) else ''}",)


def _is_angle(crs: Crs) -> bool:
    """True for degrees: the named datums, and EPSG systems of longitude and latitude."""
    if not isinstance(crs, str) or crs.startswith("the system"):
        return False
    if is_degrees(crs) or not crs.startswith("EPSG:"):
        return True
    import pyproj

    return bool(pyproj.CRS.from_user_input(crs).is_geographic)


def collect_rows(
    opened: Opened,
    row_type: type[RowT],
    *,
    crs: Crs | None,
    mapping: ColumnMap,
    region: Region | None = None,
    id_prefix: str | None = None,
) -> RowsRead[RowT]:
    """Read what was opened as rows of a type.

    A layer's positions come from its shapes. A polygon stands at a point inside it; its area fills `land_m2`, and the
    farthest it reaches from that point is added to `precision_m`. Rows of a file without ids are numbered behind
    `id_prefix`, when one is given.

    Raises:
        InputError: every fault of the file at once.
    """
    contents = opened.contents
    places, unused = match_columns(contents.columns, row_type, mapping, where=opened.where)
    datum, notes = choose_crs(opened, crs)
    notes += contents.notes
    if unused:
        notes += (f"columns not used: {', '.join(unused)}",)
    spots: list[Spot] | None = None
    if contents.shapes is not None:
        spots, dropped = _spots(opened, places, datum)
        notes += dropped
    records = _records(opened, row_type, places=places, mapping=mapping, spots=spots, id_prefix=id_prefix)
    # Shapes have been converted already; columns are converted where rows are read.
    rows = read_records(records, row_type, where=opened.where, region=region, crs="wgs84" if spots else datum)
    return RowsRead(rows=tuple(rows), crs=datum, notes=notes)


def _spots(opened: Opened, places: dict[str, int], crs: Crs) -> tuple[list[Spot], tuple[str, ...]]:
    """Turn shapes into positions; columns of coordinates beside them are set aside."""
    spots: list[Spot] = []
    faults: list[Fault] = []
    name_at = places.get("name")
    found = spots_of(opened.contents.shapes or (), crs)
    for (number, row), spot in zip(opened.contents.rows, found, strict=True):
        if isinstance(spot, Spot):
            spots.append(spot)
            continue
        named = shown(text_of(row[name_at])) if name_at is not None and isinstance(row, list) else ""
        who = f"feature {number} {named}".rstrip()
        faults.append(Fault(where=opened.where, row=number, message=f"{who}: {spot}"))
    if faults:
        raise InputError(faults)
    beside = [opened.contents.columns[places.pop(name)] for name in _POSITION if name in places]
    return spots, (f"{' and '.join(beside)} not used: positions are those of the shapes",) if beside else ()


def _records(
    opened: Opened,
    row_type: type[Row],
    *,
    places: dict[str, int],
    mapping: ColumnMap,
    spots: Sequence[Spot] | None,
    id_prefix: str | None,
) -> Iterator[Numbered]:
    """Yield the header, then each row as the texts of our columns."""
    numbered = id_prefix is not None and "id" not in places
    names = _names(row_type, places, mapping, spots=spots, numbered=numbered)
    yield 1, [headers_of(row_type)[name][0] for name in names]
    width = len(opened.contents.columns)
    for place, (number, row) in enumerate(opened.contents.rows):
        if isinstance(row, Fault):
            yield number, row
        elif len(row) != width:
            message = f"has {len(row)} cells, the header has {width}"
            yield number, Fault(where=opened.where, row=number, message=message)
        elif not any(text_of(value) for value in row) and spots is None:
            yield number, [""] * len(names)
        else:
            texts = {name: text_of(row[at]) for name, at in places.items()}
            cells = {name: cell(name, texts.get(name, ""), mapping) for name in names}
            if numbered:
                cells["id"] = f"{id_prefix}-{place + 1:04d}"
            yield number, list((cells if spots is None else _placed(cells, spots[place])).values())


def _names(
    row_type: type[Row],
    places: dict[str, int],
    mapping: ColumnMap,
    *,
    spots: Sequence[Spot] | None,
    numbered: bool,
) -> list[str]:
    """Return the columns of ours that the file, its shapes or the mapping fill."""
    filled = {*places, *mapping.every_row, *(("id",) if numbered else ())}
    if spots is not None:
        filled |= {*_POSITION}
        if any(spot.area_m2 is not None for spot in spots):
            filled |= {"land_m2", "precision_m"}
    return [name for name in row_type.model_fields if name in filled]


def _placed(cells: dict[str, str], spot: Spot) -> dict[str, str]:
    """Put the position of a shape into a row, and for a parcel its area and its reach."""
    placed: dict[str, Any] = {**cells, "lon": repr(spot.lon), "lat": repr(spot.lat)}
    if spot.area_m2 is not None and not placed.get("land_m2", "x"):
        placed["land_m2"] = f"{spot.area_m2:.0f}"
    if spot.reach_m is not None and "precision_m" in placed:
        placed["precision_m"] = _farther(placed["precision_m"], spot.reach_m)
    return placed


def _farther(given: str, reach_m: float) -> str:
    """Add the reach of a parcel to the error of its outline; what is no number is left for the reader to refuse."""
    try:
        error_m = float(given or "0")
    except ValueError:
        return given
    return f"{error_m + reach_m:.0f}"
