"""Positions of a table converted to WGS 84 where it is read: the one place where a datum changes."""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np
from pydantic_core import PydanticCustomError

from h2plan.datums import Crs, to_wgs84
from h2plan.errors import Fault
from h2plan.tables.cells import parse_number

Numbered = tuple[int, list[str] | Fault]
"""A record with its number in the file, or what is wrong with it."""


def to_degrees(
    records: Sequence[Numbered], fields: Sequence[str | None], *, crs: Crs, lines: Sequence[str] = ()
) -> list[Numbered]:
    """Return the records with lon and lat, and the points of lines, as WGS-84 degrees.

    A cell that is no number stays as it is, for the reader of rows to say so; one that cannot be converted becomes
    the text 'nan', which that reader refuses.
    """
    out: list[Numbered] = [(number, record if isinstance(record, Fault) else [*record]) for number, record in records]
    _convert_points(out, fields, crs)
    for name in lines:
        if name in fields:
            _convert_lines(out, fields.index(name), crs)
    return out


def _convert_points(records: list[Numbered], fields: Sequence[str | None], crs: Crs) -> None:
    if "lon" not in fields or "lat" not in fields:
        return
    x_at, y_at = fields.index("lon"), fields.index("lat")
    cells = [record for _, record in records if not isinstance(record, Fault) and len(record) > max(x_at, y_at)]
    pairs = [(record, _number(record[x_at]), _number(record[y_at])) for record in cells]
    sound = [(record, x, y) for record, x, y in pairs if not (math.isnan(x) or math.isnan(y))]
    lon, lat = to_wgs84([x for _, x, _ in sound], [y for _, _, y in sound], crs)
    for (record, _, _), east, north in zip(sound, lon.tolist(), lat.tolist(), strict=True):
        record[x_at], record[y_at] = repr(east), repr(north)


def _convert_lines(records: list[Numbered], at: int, crs: Crs) -> None:
    for _, record in records:
        if isinstance(record, Fault) or len(record) <= at or not record[at]:
            continue
        pairs = [[_number(text) for text in part.split()] for part in record[at].split(";")]
        if all(len(pair) == 2 and not any(map(math.isnan, pair)) for pair in pairs):
            corners = np.array(pairs)
            lon, lat = to_wgs84(corners[:, 0], corners[:, 1], crs)
            record[at] = ";".join(f"{x!r} {y!r}" for x, y in zip(lon.tolist(), lat.tolist(), strict=True))


def _number(text: str) -> float:
    """Return the number of a cell, or NaN where there is none."""
    try:
        return float(parse_number(text))
    except PydanticCustomError:
        return math.nan
