"""The one door for files from outside: tables and layers of eight formats, told by their first bytes."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

from h2plan.errors import Fault, InputError
from h2plan.tables.files import MAX_BYTES, Encoding, TableFile, locate, read_text
from h2plan.tables.formats._contents import Contents, refuse_many
from h2plan.tables.formats._sniff import CALLED, Format, sniff
from h2plan.tables.read import csv_records


@dataclass(frozen=True, slots=True, kw_only=True)
class Opening:
    """How to open a file where it does not say so itself."""

    layer: str | None = None
    """Layer of a GeoPackage, sheet of a workbook, folder of a KML file; needed when there are several."""
    encoding: str | None = None
    """Encoding of CSV and of the text of a Shapefile: utf-8 or gb18030 (which reads GBK)."""
    max_bytes: int = MAX_BYTES
    """A larger file is refused."""


@dataclass(frozen=True, kw_only=True, eq=False)
class Opened:
    """What a file holds, and the name by which messages call it."""

    where: str
    format: Format
    contents: Contents

    @property
    def unit(self) -> str:
        """What one record is called in messages."""
        return "row" if self.format in ("csv", "xlsx") else "feature"


def open_table(path: Path, *, root: Path | None = None, opening: Opening | None = None) -> Opened:
    """Read a local table or layer: csv, xlsx, GeoJSON, GeoPackage, Shapefile, KML, KMZ, Parquet.

    Nothing but the file itself (and the companions of a Shapefile) is opened, whatever it holds: remote paths, GDAL
    virtual files, archives that would burst and files over the size cap are refused before they are parsed. Inside
    `root`, when it is given, links and '..' may not lead out.

    Raises:
        InputError: the file cannot be read; faults of single rows stand in `contents.rows`.
    """
    how = opening or Opening()
    file = locate(path, root=root)
    kind = sniff(file)
    if how.layer is not None and kind not in ("gpkg", "xlsx", "kml", "kmz"):
        hint = "leave the layer out"
        raise InputError(Fault(where=file.where, message=f"{CALLED[kind]} has no layers to name", hint=hint))
    return Opened(where=file.where, format=kind, contents=_read(file, kind, how))


def _read(file: TableFile, kind: Format, how: Opening) -> Contents:
    if kind == "csv":
        return _csv(file, how)
    return _tables(file, kind, how) if kind in ("xlsx", "parquet") else _layers(file, kind, how)


def _tables(file: TableFile, kind: Format, how: Opening) -> Contents:
    if kind == "xlsx":
        from h2plan.tables.formats._xlsx import read_xlsx

        return read_xlsx(file, layer=how.layer, max_bytes=how.max_bytes)
    from h2plan.tables.formats._parquet import read_parquet

    return read_parquet(file, max_bytes=how.max_bytes)


def _layers(file: TableFile, kind: Format, how: Opening) -> Contents:
    from h2plan.tables.formats import _geojson, _gpkg, _kml, _shapefile

    if kind == "geojson":
        return _geojson.read_geojson(file, max_bytes=how.max_bytes)
    if kind == "gpkg":
        return _gpkg.read_gpkg(file, layer=how.layer, max_bytes=how.max_bytes)
    if kind == "shapefile":
        return _shapefile.read_shapefile(file, encoding=how.encoding, max_bytes=how.max_bytes)
    read = _kml.read_kml if kind == "kml" else _kml.read_kmz
    return read(file, layer=how.layer, max_bytes=how.max_bytes)


_ENCODINGS: dict[str, Encoding] = {
    **dict.fromkeys(("utf-8", "utf8", "utf-8-sig"), "utf-8"),
    **dict.fromkeys(("gb18030", "gbk", "gb2312"), "gb18030"),
}


def _csv(file: TableFile, how: Opening) -> Contents:
    encoding = _ENCODINGS.get((how.encoding or "utf-8").lower())
    if encoding is None:
        message = f"the encoding {how.encoding!r} is not known"
        raise InputError(Fault(where=file.where, message=message, hint="known: utf-8, gb18030"))
    records = csv_records(read_text(file, encoding=encoding, max_bytes=how.max_bytes), file.where)
    _, header = next(records, (1, []))
    if isinstance(header, Fault):
        raise InputError(header)
    if not any(header):
        hint = "the first row must hold the column names"
        raise InputError(Fault(where=file.where, message="is empty", hint=hint))
    rows: list[tuple[int, list[Any] | Fault]] = []
    for number, record in records:
        refuse_many(number, file.where)
        rows.append((number, record))
    return Contents(columns=tuple(header), rows=rows)
