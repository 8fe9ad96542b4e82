"""Records of a Shapefile with its companions .dbf, .shx, .prj and .cpg."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from h2plan.errors import Fault, InputError
from h2plan.tables.files import TableFile, refuse_large
from h2plan.tables.formats._contents import Contents, foreign, refuse_many, shapes_of_wkb
from h2plan.tables.formats._systems import epsg_name

ENCODINGS = {
    **dict.fromkeys(("gbk", "gb2312", "gb18030", "936", "cp936", "ansi 936", "oem 936"), "gb18030"),
    **dict.fromkeys(("utf-8", "utf8", "65001"), "utf-8"),
    **dict.fromkeys(("iso-8859-1", "iso 8859-1", "latin1", "88591", "1252", "cp1252", "ansi 1252"), "cp1252"),
}
_READ_AS_ADDRESS = ("!", ";", "://")
_LANGUAGES = {0x4D: "gb18030", 0x03: "cp1252", 0x57: "cp1252"}
"""Language byte of a .dbf (offset 29) where its writer set one that leaves no doubt."""


def read_shapefile(file: TableFile, *, encoding: str | None, max_bytes: int) -> Contents:
    """Read a Shapefile, records numbered from 1; the encoding of its text comes from `encoding`, or from its .cpg.

    Raises:
        InputError: a companion is missing, the encoding of Chinese text is not known, a damaged file.
    """
    import pyogrio

    if marks := [mark for mark in _READ_AS_ADDRESS if mark in str(file.path)]:
        message = f"has {marks[0]!r} in its path, which GDAL would read as the address of another file"
        raise InputError(Fault(where=file.where, message=message, hint="rename the file or its folder"))
    companions = {end: _companion(file.path, end) for end in (".dbf", ".shx", ".cpg")}
    for end in (".dbf", ".shx"):
        if companions[end] is None:
            hint = "copy all files of the Shapefile together"
            raise InputError(Fault(where=file.where, message=f"its {end} file is missing", hint=hint))
    for path in (file.path, companions[".dbf"]):
        refuse_large(TableFile(path or file.path, file.where), max_bytes=max_bytes)
    chosen = _encoding(companions, encoding, file.where)
    # The first bytes have been looked at: no other driver takes a file that begins with a Shapefile's number.
    with foreign(file.where, f"a Shapefile with text in {chosen}"):
        meta, _, wkb, fields = pyogrio.raw.read(str(file.path), encoding=chosen, force_2d=True, datetime_as_string=True)
        refuse_many(len(wkb), file.where)
        values = [column.tolist() for column in fields]
        shapes = shapes_of_wkb(list(wkb))
        crs = epsg_name(meta["crs"])
    rows: list[tuple[int, list[Any] | Fault]] = [
        (number, [column[number - 1] for column in values]) for number in range(1, len(wkb) + 1)
    ]
    return Contents(columns=tuple(map(str, meta["fields"])), rows=rows, shapes=shapes, crs=crs)


def _companion(path: Path, end: str) -> Path | None:
    """Find the file beside a .shp, whichever way its ending is written."""
    found = (path.with_suffix(spelling) for spelling in (end, end.upper()))
    return next((companion for companion in found if companion.is_file()), None)


def _encoding(companions: dict[str, Path | None], declared: str | None, where: str) -> str:
    """Choose the encoding by what was declared, by the .cpg, by the .dbf; never by a guess."""
    code_page = companions[".cpg"]
    if declared is None and code_page is not None:
        with foreign(where, "a .cpg"):
            declared = code_page.read_text(encoding="ascii")[:40].strip()
    if declared is not None:
        if declared.lower() not in ENCODINGS:
            hint = f"known: {', '.join(ENCODINGS)}"
            raise InputError(Fault(where=where, message=f"the encoding {declared[:40]!r} is not known", hint=hint))
        return ENCODINGS[declared.lower()]
    table = companions[".dbf"]
    with foreign(where, "a .dbf"):
        data = table.read_bytes() if table is not None else b""
    language = data[29] if len(data) > 29 else 0
    plain = data[:29] + data[30:]
    if language in _LANGUAGES:
        return _LANGUAGES[language]
    if _is_ascii_text(plain):
        return "utf-8"
    hint = "declare it: encoding gb18030 for Chinese text from ArcGIS, or utf-8"
    raise InputError(Fault(where=where, message="does not say in which encoding its text is: no .cpg file", hint=hint))


def _is_ascii_text(data: bytes) -> bool:
    """True if the records behind the header of a .dbf hold no byte beyond ASCII."""
    begin = int.from_bytes(data[8:10], "little") - 1
    names = b"".join(data[place : place + 11] for place in range(31, max(begin, 31), 32))
    return data[max(begin, 0) :].isascii() and names.isascii()
