"""A grid of weights, read column by column: it may hold a million cells, too many for a row at a time."""

from __future__ import annotations

import csv
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from h2plan.datums import to_wgs84
from h2plan.errors import Fault, InputError
from h2plan.tables.files import locate
from h2plan.tables.positions import Region

COLUMNS = ("id", "district", "lon", "lat", "weight")
Floats = NDArray[np.float64]


@dataclass(frozen=True, kw_only=True, eq=False)
class Grid:
    """Cells with the share each has in its district; arrays have the shape (cells,)."""

    ids: tuple[str, ...]
    districts: tuple[str, ...]
    lon: Floats
    lat: Floats
    share: Floats
    """Weight over the weights of the district; the shares of a district add up to 1."""


def read_grid(path: Path, *, root: Path, region: Region, crs: str = "wgs84") -> Grid:
    """Read a CSV grid (UTF-8) with the columns id, district, lon, lat, weight.

    Raises:
        InputError: a missing column, a short row, a cell that is no number, lies outside the region or weighs less
            than nothing, an id that stands twice, a district whose weights add up to zero.
    """
    file = locate(path, root=root)
    with file.path.open(encoding="utf-8-sig", newline="") as stream:
        reader = csv.reader(stream)
        header = next(reader, [])
        missing = [name for name in COLUMNS if name not in header]
        if missing:
            hint = f"columns are: {', '.join(COLUMNS)}"
            raise InputError(
                Fault(where=file.where, row=1, column=missing[0], message="is missing from the header", hint=hint)
            )
        rows = [row for row in reader if row]
    short = [n for n, row in enumerate(rows, start=2) if len(row) != len(header)]
    if short or not rows:
        message = f"has not {len(header)} cells" if short else "has a header but no rows"
        raise InputError(Fault(where=file.where, row=short[0] if short else None, message=message))
    cells = dict(zip(header, zip(*rows, strict=True), strict=True))
    lon, lat, weight = (_numbers(cells[name], name, where=file.where) for name in COLUMNS[2:])
    lon, lat = to_wgs84(lon, lat, crs)
    grid_ids, districts = tuple(cells["id"]), tuple(cells["district"])
    faults = [
        *_outside(lon, lat, region, where=file.where),
        *_each(weight < 0, "weight", "must not be negative", weight, where=file.where),
        *_twice(grid_ids, where=file.where),
    ]
    if faults:
        raise InputError(faults)
    return Grid(ids=grid_ids, districts=districts, lon=lon, lat=lat, share=_shares(districts, weight, where=file.where))


def _numbers(column: tuple[str, ...], name: str, *, where: str) -> Floats:
    try:
        values = np.array(column, dtype=np.float64)
    except ValueError:
        faults = [
            Fault(where=where, row=n, column=name, value=text, message=f"{text!r} is not a number")
            for n, text in enumerate(column, start=2)
            if not _is_number(text)
        ]
        raise InputError(faults) from None
    bad = _each(~np.isfinite(values), name, "is not a finite number", values, where=where)
    if bad:
        raise InputError(bad)
    return values


def _is_number(text: str) -> bool:
    try:
        float(text)
    except ValueError:
        return False
    return True


def _each(bad: NDArray[np.bool_], column: str, message: str, values: Floats, *, where: str) -> list[Fault]:
    return [
        Fault(where=where, row=int(n) + 2, column=column, value=f"{values[n]:g}", message=f"{values[n]:g} {message}")
        for n in np.flatnonzero(bad)
    ]


def _outside(lon: Floats, lat: Floats, region: Region, *, where: str) -> list[Fault]:
    west_east = (lon < region.lon_min) | (lon > region.lon_max)
    south_north = (lat < region.lat_min) | (lat > region.lat_max)
    message = f"lies outside the region ({region})"
    return [*_each(west_east, "lon", message, lon, where=where), *_each(south_north, "lat", message, lat, where=where)]


def _twice(ids: tuple[str, ...], *, where: str) -> list[Fault]:
    if len(set(ids)) == len(ids):
        return []
    first: dict[str, int] = {}
    return [
        Fault(where=where, row=n, column="id", value=name, message=f"{name!r} stands already in row {first[name]}")
        for n, name in enumerate(ids, start=2)
        if first.setdefault(name, n) != n
    ]


def _shares(districts: tuple[str, ...], weight: Floats, *, where: str) -> Floats:
    names, inverse = np.unique(np.array(districts), return_inverse=True)
    totals = np.bincount(inverse, weights=weight)
    empty = [str(names[n]) for n in np.flatnonzero(totals <= 0)]
    if empty:
        raise InputError(
            [Fault(where=where, column="weight", message=f"the cells of {name} weigh nothing") for name in empty]
        )
    share = weight / totals[inverse]
    return np.asarray(share / np.bincount(inverse, weights=share)[inverse], dtype=np.float64)
