"""Columns of a Parquet or GeoParquet file."""

from __future__ import annotations

import json
from typing import Any

from h2plan.errors import EnvironmentFault, Fault, InputError
from h2plan.tables.files import TableFile, refuse_large
from h2plan.tables.formats._contents import Contents, Shape, foreign, refuse_many, shapes_of_wkb
from h2plan.tables.formats._systems import epsg_name

MAX_UNPACKED = 1_000_000_000
_BATCH = 10_000


def read_parquet(file: TableFile, *, max_bytes: int) -> Contents:
    """Read a Parquet file, rows numbered from 1; nested columns are left out and named.

    Raises:
        InputError: no Parquet, too many rows, a geometry that is not well-known binary.
        EnvironmentFault: pyarrow is not installed.
    """
    refuse_large(file, max_bytes=max_bytes)
    try:
        import pyarrow as pa
        import pyarrow.parquet as pq
    except ImportError as error:
        text = f"{file.where}: Parquet files need pyarrow; install it with: pip install 'h2plan[parquet]'"
        raise EnvironmentFault(text) from error
    with foreign(file.where, "Parquet"), file.path.open("rb") as stream, pq.ParquetFile(stream) as table:
        refuse_many(table.metadata.num_rows, file.where)
        schema = table.schema_arrow
        geo = _geo(schema.metadata or {})
        nested = [field.name for field in schema if pa.types.is_nested(field.type)]
        columns = [field.name for field in schema if field.name not in nested]
        found = _columns(table, columns, file.where)
    shapes, crs = _geometry(found, geo, file.where)
    rows: list[tuple[int, list[Any] | Fault]] = [
        (number, list(values)) for number, values in enumerate(zip(*found.values(), strict=True), start=1)
    ]
    notes = (f"columns that hold lists were left out: {', '.join(nested)}",) if nested else ()
    return Contents(columns=tuple(found), rows=rows, shapes=shapes, crs=crs, notes=notes)


def _columns(table: Any, names: list[str], where: str) -> dict[str, list[Any]]:
    found: dict[str, list[Any]] = {name: [] for name in names}
    unpacked = 0
    for batch in table.iter_batches(batch_size=_BATCH, columns=names):
        unpacked += batch.nbytes
        if unpacked > MAX_UNPACKED:
            message = f"unpacks to more than {MAX_UNPACKED // 1_000_000} MB: it is not read"
            raise InputError(Fault(where=where, message=message, hint="leave out columns that the plan does not need"))
        for name in names:
            found[name] += batch.column(name).to_pylist()
    return found


def _geo(metadata: dict[bytes, bytes]) -> dict[str, Any]:
    """Return what GeoParquet says of its main geometry column, with its name; empty for plain Parquet."""
    if b"geo" not in metadata:
        return {}
    whole = json.loads(metadata[b"geo"])
    name = whole["primary_column"]
    return {**whole["columns"][name], "name": name}


def _geometry(found: dict[str, list[Any]], geo: dict[str, Any], where: str) -> tuple[list[Shape] | None, str | None]:
    if not geo:
        return None, None
    with foreign(where, "GeoParquet"):
        if geo["encoding"] != "WKB":
            raise InputError(f"its geometry is written as {geo['encoding']}, not as WKB", where=where)
        shapes = shapes_of_wkb(found.pop(geo["name"]))
        # A GeoParquet file without a word on its system is in WGS 84 by its specification (1.1.0, `crs`).
        crs = epsg_name(geo["crs"]) if "crs" in geo else "wgs84"
    return shapes, crs
