"""Layers of a GeoPackage, read with SQLite alone: the file cannot make a driver open another one."""

from __future__ import annotations

import sqlite3
import struct
from collections.abc import Iterator
from contextlib import closing, contextmanager
from typing import Any

from h2plan.datums import normal_name
from h2plan.errors import Fault, InputError
from h2plan.tables.files import TableFile, refuse_large
from h2plan.tables.formats._contents import Contents, Shape, pick_layer, refuse_many, shapes_of_wkb

_STEP = 1_000_000
_STEPS_MAX = 2_000
"""Virtual-machine instructions, in millions, after which a query is given up: a view may run for ever."""
_CHUNK = 50_000
_ENVELOPE_BYTES = {0: 0, 1: 32, 2: 48, 3: 48, 4: 64}


def read_gpkg(file: TableFile, *, layer: str | None, max_bytes: int) -> Contents:
    """Read a layer of features, or a table of attributes; rows are numbered from 1.

    Raises:
        InputError: no GeoPackage, several layers and none named, a damaged file.
    """
    refuse_large(file, max_bytes=max_bytes)
    with _open(file) as base:
        names = [str(row[0]) for row in base.execute(_LAYERS)]
        name = pick_layer(names, layer, where=file.where, what="layer")
        geometry = base.execute(_GEOMETRY, (name,)).fetchone()
        cursor = base.execute(f'SELECT * FROM "{name.replace(chr(34), chr(34) * 2)}"')  # quoted
        columns = [str(entry[0]) for entry in cursor.description]
        records = _fetch(cursor, file.where)
        crs = _crs(base, geometry[1]) if geometry else None
    at = columns.index(geometry[0]) if geometry and geometry[0] in columns else None
    rows: list[tuple[int, list[Any] | Fault]] = [
        (number, [value for place, value in enumerate(record) if place != at])
        for number, record in enumerate(records, start=1)
    ]
    shapes = None if at is None else _shapes([record[at] for record in records])
    kept = tuple(name for place, name in enumerate(columns) if place != at)
    return Contents(columns=kept, rows=rows, shapes=shapes, crs=crs)


_LAYERS = "SELECT table_name FROM gpkg_contents WHERE data_type IN ('features', 'attributes') ORDER BY table_name"
_GEOMETRY = "SELECT column_name, srs_id FROM gpkg_geometry_columns WHERE table_name = ?"
_SYSTEM = "SELECT organization, organization_coordsys_id FROM gpkg_spatial_ref_sys WHERE srs_id = ?"


@contextmanager
def _open(file: TableFile) -> Iterator[sqlite3.Connection]:
    steps = 0

    def give_up() -> bool:
        nonlocal steps
        steps += 1
        return steps > _STEPS_MAX

    try:
        with closing(sqlite3.connect(f"{file.path.as_uri()}?mode=ro", uri=True)) as base:
            base.set_progress_handler(give_up, _STEP)
            base.execute("PRAGMA trusted_schema = OFF")
            yield base
    except (sqlite3.Error, OverflowError, UnicodeError) as error:
        hint = "open it in a GIS and export the layer again"
        raise InputError(Fault(where=file.where, message=f"is no sound GeoPackage: {error}", hint=hint)) from error


def _fetch(cursor: sqlite3.Cursor, where: str) -> list[Any]:
    records: list[Any] = []
    while chunk := cursor.fetchmany(_CHUNK):
        records += chunk
        refuse_many(len(records), where)
    return records


def _crs(base: sqlite3.Connection, srs_id: object) -> str | None:
    """Return the datum of a layer; the numbers 0 and -1 stand for none."""
    found = base.execute(_SYSTEM, (srs_id,)).fetchone()
    if found is None or str(found[0]).upper() != "EPSG":
        return None
    return normal_name(f"EPSG:{found[1]}")


def _shapes(blobs: list[Any]) -> list[Shape]:
    bodies = [_well_known_binary(blob) for blob in blobs]
    shapes = shapes_of_wkb([body if isinstance(body, bytes) else None for body in bodies])
    return [body if isinstance(body, str) else shape for body, shape in zip(bodies, shapes, strict=True)]


def _well_known_binary(blob: object) -> bytes | str | None:
    """Take the header off a geometry (GeoPackage 1.3, clause 2.1.3.1.1)."""
    if blob is None:
        return None
    if not isinstance(blob, bytes) or len(blob) < 8 or blob[:2] != b"GP":
        return "the geometry is not one of a GeoPackage"
    (flags,) = struct.unpack_from("B", blob, 3)
    envelope = _ENVELOPE_BYTES.get((flags >> 1) & 0b111)
    if envelope is None or flags & 0b100000:
        return "the geometry is of an extended kind"
    return None if flags & 0b10000 else blob[8 + envelope :]
