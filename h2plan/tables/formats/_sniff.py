"""What a file is by its first bytes, whatever it is called, and archives that would burst when unpacked."""

from __future__ import annotations

import io
import zipfile
from typing import Literal

from h2plan.errors import Fault, InputError
from h2plan.tables.files import TableFile
from h2plan.tables.formats._contents import foreign

Format = Literal["csv", "xlsx", "geojson", "gpkg", "shapefile", "kml", "kmz", "parquet"]

CALLED: dict[str, str] = {
    "csv": "a CSV table",
    "xlsx": "an Excel workbook",
    "geojson": "GeoJSON",
    "gpkg": "a GeoPackage",
    "shapefile": "a Shapefile",
    "kml": "KML",
    "kmz": "KMZ",
    "parquet": "Parquet",
}
SUFFIXES: dict[str, Format] = {
    ".csv": "csv",
    ".txt": "csv",
    ".xlsx": "xlsx",
    ".xlsm": "xlsx",
    ".geojson": "geojson",
    ".json": "geojson",
    ".gpkg": "gpkg",
    ".shp": "shapefile",
    ".kml": "kml",
    ".kmz": "kmz",
    ".parquet": "parquet",
    ".geoparquet": "parquet",
}
_MAGIC: tuple[tuple[bytes, Format], ...] = (
    (b"SQLite format 3\0", "gpkg"),
    (b"PAR1", "parquet"),
    (b"\x00\x00\x27\x0a", "shapefile"),
)
_HEAD = 4096
MAX_UNPACKED = 200_000_000
MAX_RATIO = 100
MAX_MEMBERS = 10_000
_HARMLESS = 10_000_000
"""An archive that unpacks to less than this may be packed as tightly as it likes."""


def sniff(file: TableFile) -> Format:
    """Tell the format of a file by its first bytes; its name must agree.

    Raises:
        InputError: a format that is not read, a GDAL virtual file, or a name that says something else.
    """
    try:
        with file.path.open("rb") as stream:
            head = stream.read(_HEAD)
    except OSError as error:
        raise InputError(f"cannot be read: {error.strerror}", where=file.where) from error
    found = _of_bytes(head, file)
    called = SUFFIXES.get(file.path.suffix.lower())
    if called is None:
        hint = f"known endings: {', '.join(SUFFIXES)}"
        if file.path.suffix.lower() in (".dbf", ".shx", ".prj", ".cpg"):
            hint = "name the .shp file; its companions are found beside it"
        message = f"ends in {file.path.suffix or 'nothing'}, which is not read"
        raise InputError(Fault(where=file.where, message=message, hint=hint))
    if called == "geojson" and found == "csv":
        return called  # a text of any kind: the reader of GeoJSON says what is wrong with it
    if called != found:
        message = f"is called {file.path.suffix} but is not {CALLED[called]}"
        hint = f"it begins like {CALLED[found]}" if found != "csv" else "save it again from the program it came from"
        raise InputError(Fault(where=file.where, message=message, hint=hint))
    return found


def _of_bytes(head: bytes, file: TableFile) -> Format:
    for magic, kind in _MAGIC:
        if head.startswith(magic):
            return kind
    if head.startswith(b"PK\x03\x04"):
        return _of_archive(file)
    if head.startswith(b"\xd0\xcf\x11\xe0"):
        message = "is an old .xls workbook or another compound document"
        raise InputError(Fault(where=file.where, message=message, hint="save it as .xlsx"))
    text = head.removeprefix(b"\xef\xbb\xbf").lstrip()
    if text[:1] in (b"{", b"["):
        return "geojson"
    if text[:1] == b"<":
        return _of_xml(text, file)
    return "csv"


def _of_xml(text: bytes, file: TableFile) -> Format:
    if b"<OGRVRT" in text or b"<VRT" in text:
        message = "is a GDAL virtual file, which points at other files: it is not read"
        raise InputError(Fault(where=file.where, message=message, hint="export the layer itself"))
    if b"<kml" in text or b":kml" in text:
        return "kml"
    raise InputError(Fault(where=file.where, message="is an XML file, but not KML", hint="export it as GeoPackage"))


def _of_archive(file: TableFile) -> Format:
    """Tell a workbook from a KMZ by the names inside, having made sure that both are safe to unpack."""
    with foreign(file.where, "a zip archive"), file.path.open("rb") as stream, zipfile.ZipFile(stream) as archive:
        members = archive.infolist()
    refuse_bomb(members, file.where)
    names = {member.filename for member in members}
    if "xl/workbook.xml" in names:
        return "xlsx"
    if any(name.lower().endswith(".kml") for name in names):
        return "kmz"
    hint = "unpack it and name the file inside"
    raise InputError(Fault(where=file.where, message="is a zip archive, not a workbook and not KMZ", hint=hint))


def refuse_bomb(members: list[zipfile.ZipInfo], where: str) -> None:
    """Raise InputError for an archive that unpacks to too much, before a byte of it is unpacked."""
    unpacked = sum(member.file_size for member in members)
    packed = max(sum(member.compress_size for member in members), 1)
    if len(members) > MAX_MEMBERS:
        raise InputError(f"holds {len(members):,} packed files, more than {MAX_MEMBERS:,}", where=where)
    if unpacked > MAX_UNPACKED or (unpacked > _HARMLESS and unpacked / packed > MAX_RATIO):
        message = f"unpacks to {unpacked / 1e6:,.0f} MB, {unpacked / packed:,.0f} times its size: it is not opened"
        raise InputError(Fault(where=where, message=message, hint="save the table as CSV"))


def member(data: bytes, suffix: str, *, where: str) -> bytes:
    """Unpack the first member of an archive with this ending."""
    with foreign(where, "a zip archive"), zipfile.ZipFile(io.BytesIO(data)) as archive:
        refuse_bomb(archive.infolist(), where)
        names = [entry.filename for entry in archive.infolist() if entry.filename.lower().endswith(suffix)]
        return archive.read(names[0])
