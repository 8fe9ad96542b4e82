"""Find a table file inside the project folder and read its text, refusing what is not a plain UTF-8 table."""

from __future__ import annotations

import codecs
import difflib
import re
from dataclasses import dataclass
from pathlib import Path

from h2plan.errors import Fault, InputError

MAX_BYTES = 200_000_000

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


def read_text(file: TableFile) -> str:
    """Read a whole table as UTF-8, with or without byte order mark; at most 200 MB, no NUL bytes."""
    try:
        with file.path.open("rb") as stream:
            data = stream.read(MAX_BYTES + 1) if file.path.stat().st_size <= MAX_BYTES else None
    except OSError as error:
        fault = _fault(file.where, f"cannot be read: {error.strerror}", hint="check its permissions")
        raise InputError(fault) from error
    if data is None or len(data) > MAX_BYTES:
        hint = "split the file or leave out what the plan does not need"
        raise InputError(_fault(file.where, f"is larger than {MAX_BYTES // 1_000_000} MB", hint=hint))
    return _decode(data, file.where)


def _decode(data: bytes, where: str) -> str:
    if data.startswith(_BOM_UTF16):
        raise InputError(_fault(where, "is written in UTF-16", hint=_SAVE_AS))
    if data.startswith(b"PK\x03\x04"):
        raise InputError(_fault(where, "is a workbook or zip archive, not a CSV file", hint=f"open it and {_SAVE_AS}"))
    if (place := data.find(b"\0")) >= 0:
        raise InputError(_fault(where, "holds a NUL byte: not a text file", hint=_SAVE_AS, row=_line(data, place)))
    try:
        return data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        guess = " (it looks like GB18030/GBK)" if _is_gb18030(data) else ""
        row = _line(data, error.start)
        raise InputError(
            _fault(where, f"is not written in UTF-8{guess}", hint=f"{_SAVE_AS} (另存为 CSV UTF-8)", row=row)
        ) from error


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
