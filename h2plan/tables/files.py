"""Find a table file inside the project folder and read its bytes or text, refusing what is not a plain table."""

from __future__ import annotations

import codecs
import difflib
import re
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from h2plan.errors import Fault, InputError

MAX_BYTES = 200_000_000
Encoding = Literal["utf-8", "gb18030"]
"""UTF-8 with or without byte order mark, or GB18030, which holds GBK and GB 2312."""

_SCHEME = re.compile(r"[A-Za-z][A-Za-z0-9+.-]+:")
_BOM_UTF16 = (codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)
_SAVE_AS = "save it as 'CSV UTF-8'"


@dataclass(frozen=True, slots=True)
class TableFile:
    """A file that may be read, and the name by which messages call it."""

    path: Path
    where: str


def locate(path: Path, *, root: Path | None = None) -> TableFile:
    """Resolve a path against the project folder; links, '..' and addresses that lead out raise InputError."""
    text = str(path)
    if _SCHEME.match(text) and not Path(text).drive:
        raise InputError("is an address, not a file: download it into the project folder first", where=text)
    if text.startswith(("/vsi", "\\\\")):
        raise InputError("is not a file of the project folder: only plain local files are read", where=text)
    try:
        home = Path.cwd() if root is None else root.resolve()
        resolved = (home / path).resolve()
        inside = resolved.is_relative_to(home)
        is_file = resolved.is_file() if root is None or inside else False
    except (OSError, RuntimeError, ValueError) as error:
        raise InputError(f"is not a usable path: {error}", where=repr(text)) from error
    where = resolved.relative_to(home).as_posix() if inside else text
    if root is not None and not inside:
        raise InputError(_fault(text, "lies outside the project folder", hint="copy the file into the project folder"))
    if not is_file:
        raise InputError(_fault(where, _absence(resolved), hint=_similar_names(resolved)))
    return TableFile(resolved, where)


def read_text(file: TableFile, *, encoding: Encoding = "utf-8", max_bytes: int = MAX_BYTES) -> str:
    """Read a whole table as text; at most 200 MB, no NUL bytes. GB18030 is read when it is declared, never guessed."""
    return _decode(read_bytes(file, max_bytes=max_bytes), file.where, encoding)


def read_bytes(file: TableFile, *, max_bytes: int = MAX_BYTES) -> bytes:
    """Read a whole file that is no larger than the cap."""
    try:
        with file.path.open("rb") as stream:
            data = stream.read(max_bytes + 1) if file.path.stat().st_size <= max_bytes else None
    except OSError as error:
        fault = _fault(file.where, f"cannot be read: {error.strerror}", hint="check its permissions")
        raise InputError(fault) from error
    if data is None or len(data) > max_bytes:
        raise InputError(_too_large(file.where, max_bytes))
    return data


def refuse_large(file: TableFile, *, max_bytes: int = MAX_BYTES) -> None:
    """Raise InputError for a file over the cap, before anything opens it."""
    if file.path.stat().st_size > max_bytes:
        raise InputError(_too_large(file.where, max_bytes))


def _too_large(where: str, max_bytes: int) -> Fault:
    hint = "split the file or leave out what the plan does not need"
    return _fault(where, f"is larger than {max_bytes / 1_000_000:g} MB", hint=hint)


def _decode(data: bytes, where: str, encoding: Encoding) -> str:
    if data.startswith(_BOM_UTF16):
        raise InputError(_fault(where, "is written in UTF-16", hint=_SAVE_AS))
    if data.startswith(b"PK\x03\x04"):
        raise InputError(_fault(where, "is a workbook or zip archive, not a CSV file", hint=f"open it and {_SAVE_AS}"))
    if (place := data.find(b"\0")) >= 0:
        raise InputError(_fault(where, "holds a NUL byte: not a text file", hint=_SAVE_AS, row=_line(data, place)))
    try:
        # A file that begins with the mark of UTF-8 is UTF-8, whatever was declared.
        return data.decode("utf-8-sig" if encoding == "utf-8" or data.startswith(codecs.BOM_UTF8) else encoding)
    except UnicodeDecodeError as error:
        row = _line(data, error.start)
        raise InputError(_not_decoded(data, where, encoding, row)) from error


def _not_decoded(data: bytes, where: str, encoding: Encoding, row: int) -> Fault:
    if encoding == "gb18030":
        return _fault(where, "is not written in GB18030, which was declared", hint=_SAVE_AS, row=row)
    if not _is_gb18030(data):
        return _fault(where, "is not written in UTF-8", hint=f"{_SAVE_AS} (另存为 CSV UTF-8)", row=row)
    message = "is not written in UTF-8 (it looks like GB18030/GBK)"
    return _fault(where, message, hint=f"{_SAVE_AS} (另存为 CSV UTF-8)", row=row)


def _is_gb18030(data: bytes) -> bool:
    try:
        data.decode("gb18030")
    except UnicodeDecodeError:
        return False
    return True


def _line(data: bytes, place: int) -> int:
    return data.count(b"\n", 0, place) + 1


def _absence(path: Path) -> str:
    if path.is_dir():
        return "is a folder, not a file"
    if path.exists():
        return "is not a plain file"
    return "does not exist" if path.parent.is_dir() else "does not exist, nor does its folder"


def _similar_names(path: Path) -> str | None:
    if path.is_dir():
        return "name one CSV file in it"
    try:
        names = sorted(entry.name for entry in path.parent.iterdir() if entry.is_file())
    except OSError:
        return None
    near = difflib.get_close_matches(path.name, names, n=3, cutoff=0.6)
    return f"did you mean {', '.join(near)}?" if near else None


def _fault(where: str, message: str, *, hint: str | None, row: int | None = None) -> Fault:
    return Fault(where=where, message=message, hint=hint, row=row)
