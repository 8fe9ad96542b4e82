"""Read a CSV table into typed rows, or say everything that is wrong with it at once."""

from __future__ import annotations

import csv
import difflib
import io
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cache
from operator import getitem
from pathlib import Path
from typing import Annotated, Any, TypeVar

from pydantic import TypeAdapter, ValidationError
from pydantic_core import ErrorDetails

from h2plan.datums import Crs, is_degrees, spoken
from h2plan.errors import Fault, InputError
from h2plan.tables.cells import CellFault, shown
from h2plan.tables.files import Encoding, locate, read_text
from h2plan.tables.positions import Region, off_region
from h2plan.tables.row import Row, cell_faults, headers_of
from h2plan.tables.shift import Numbered, to_degrees

RowT = TypeVar("RowT", bound=Row)

MAX_FAULTS_KEPT = 10_000
"""Reading stops here: a file with so many faults is not this table at all."""

_OTHER_SEPARATORS = {";": "';'", "\t": "tabs", "，": "full-width commas", "|": "'|'"}


@dataclass(frozen=True, slots=True)
class _Header:
    """The columns of a file: its header texts, and the field each one fills (None: unknown or repeated)."""

    texts: tuple[str, ...]
    fields: tuple[str | None, ...]

    def text_of(self, field: str, row_type: type[Row]) -> str:
        """The header by which this file calls a field."""
        if field in self.fields:
            return self.texts[self.fields.index(field)]
        return headers_of(row_type)[field][0]


def read_table(
    path: Path,
    row_type: type[RowT],
    *,
    root: Path | None = None,
    region: Region | None = None,
    crs: Crs = "wgs84",
    encoding: Encoding = "utf-8",
) -> list[RowT]:
    """Read every row of a CSV file; spaces around cells and blank rows at the end are dropped.

    Row numbers are those of a spreadsheet: the header is row 1, and the first row returned is row 2. A relative path
    starts at `root`, and nothing outside it is read. Positions are converted from `crs`, the datum the file was
    written in, to WGS-84 degrees; they must lie in `region` when one is given.

    Raises:
        InputError: every fault of the file at once.
    """
    file = locate(path, root=root)
    records = csv_records(read_text(file, encoding=encoding), file.where)
    return read_records(records, row_type, where=file.where, region=region, crs=crs)


def read_records(
    records: Iterator[Numbered], row_type: type[RowT], *, where: str, region: Region | None = None, crs: Crs = "wgs84"
) -> list[RowT]:
    """Read numbered records, the header first, into rows, whatever kind of file they come from.

    Raises:
        InputError: every fault of the records at once.
    """
    _, first = next(records, (1, []))
    if isinstance(first, Fault):
        raise InputError(first)
    if not any(first):
        raise InputError(Fault(where=where, message="is empty", hint="the first row must hold the column names"))
    header, faults = _read_header(first, row_type, where=where)
    if not is_degrees(crs):
        records = iter(to_degrees(list(records), header.fields, crs=crs, lines=row_type.lines))
    rows, row_faults = _read_rows(records, row_type, header=header, where=where, region=region)
    if not is_degrees(crs):
        row_faults = [_converted(fault, header, row_type=row_type, crs=crs) for fault in row_faults]
    faults += row_faults
    if not rows and not faults:
        hint = "add a row or leave the file out"
        faults.append(Fault(where=where, message="has a header but no rows", hint=hint))
    if faults:
        raise InputError(faults)
    return rows


def _converted(fault: Fault, header: _Header, *, row_type: type[Row], crs: Crs) -> Fault:
    """Say of a position that it is not the one in the file but what became of it."""
    positions = {header.text_of(name, row_type) for name in ("lon", "lat") if name in header.fields}
    if fault.column not in positions:
        return fault
    if fault.value == "nan":
        return replace(fault, message=f"cannot be converted from {spoken(crs)}", hint="check the numbers and the datum")
    return replace(fault, message=f"{fault.message}, read as {spoken(crs)}")


def csv_records(text: str, where: str) -> Iterator[Numbered]:
    """Yield spreadsheet row number and stripped cells; a broken quote ends the file with a fault."""
    reader = csv.reader(io.StringIO(text, newline=""), strict=True)
    number = 0
    while True:
        number += 1
        try:
            record = next(reader)
        except StopIteration:
            return
        except csv.Error as error:
            hint = "a text with a quote or a comma stands in quotes, and a quote inside it is doubled"
            yield number, Fault(where=where, row=number, message=f"cannot be split into cells: {error}", hint=hint)
            return
        yield number, [cell.strip() for cell in record]


def _read_header(texts: Sequence[str], row_type: type[Row], *, where: str) -> tuple[_Header, list[Fault]]:
    """Match the header texts with the fields of the row type."""
    _refuse_other_separators(texts, where)
    known = {text: field for field, texts_of in headers_of(row_type).items() for text in texts_of}
    fields: list[str | None] = []
    faults: list[Fault] = []
    for place, text in enumerate(texts):
        field = known.get(text)
        if field is None:
            faults.append(_unknown_column(place, texts, known=known, where=where))
        elif field in fields:
            faults.append(_repeated_column(text, texts[fields.index(field)], where=where))
            field = None
        fields.append(field)
    faults += _missing_columns(row_type, fields, where=where)
    return _Header(tuple(texts), tuple(fields)), faults


def _refuse_other_separators(texts: Sequence[str], where: str) -> None:
    found = next((mark for mark in _OTHER_SEPARATORS if len(texts) == 1 and mark in texts[0]), None)
    if found is not None:
        message = f"columns are separated by {_OTHER_SEPARATORS[found]}"
        raise InputError(
            Fault(where=where, row=1, message=message, hint="separate them by commas: save as 'CSV UTF-8'")
        )


def _unknown_column(place: int, texts: Sequence[str], *, known: Mapping[str, str], where: str) -> Fault:
    text = texts[place]
    if not text:
        hint = "name the column or delete it in every row"
        return Fault(where=where, row=1, message=f"column {place + 1} has no name", value="", hint=hint)
    unused = [name for name in known if name not in texts]
    by_fold = {name.casefold(): name for name in unused}
    near = difflib.get_close_matches(text.casefold()[:100], by_fold, n=1, cutoff=0.6)
    hint = f"did you mean {by_fold[near[0]]}?" if near else "columns are: " + ", ".join(dict.fromkeys(known))
    return Fault(where=where, row=1, column=text[:100], value=text, message="is not a column of this table", hint=hint)


def _repeated_column(text: str, earlier: str, *, where: str) -> Fault:
    message = "stands twice in the header" if text == earlier else f"is the same column as {earlier}"
    return Fault(where=where, row=1, column=text, value=text, message=message, hint="keep one of them")


def _missing_columns(row_type: type[Row], fields: Sequence[str | None], *, where: str) -> Iterator[Fault]:
    for name, texts in headers_of(row_type).items():
        if row_type.model_fields[name].is_required() and name not in fields:
            hint = f"add it to the header, as {' or '.join(texts)}"
            yield Fault(where=where, row=1, column=texts[0], message="is missing from the header", hint=hint)


def _read_rows(
    records: Iterable[Numbered],
    row_type: type[RowT],
    *,
    header: _Header,
    where: str,
    region: Region | None,
) -> tuple[list[RowT], list[Fault]]:
    rows: list[RowT] = []
    faults: list[Fault] = []
    seen: dict[tuple[str, ...], int] = {}
    for number, record in _whole_records(records, len(header.texts), where=where):
        if isinstance(record, Fault):
            faults.append(record)
        else:
            cells = {field: cell for field, cell in zip(header.fields, record, strict=True) if field and cell}
            row, found = _read_row(cells, row_type, header=header, region=region)
            if row is not None:
                rows.append(row)
            found += _repeated_key(cells, row_type, seen=seen, number=number)
            faults += (
                _placed(fault, cells, row_type=row_type, header=header, where=where, number=number) for fault in found
            )
        if len(faults) >= MAX_FAULTS_KEPT:
            message = f"more than {MAX_FAULTS_KEPT} faults: the rest of the file was not read"
            faults.append(Fault(where=where, row=number, message=message))
            break
    return rows, faults


def _whole_records(records: Iterable[Numbered], wanted: int, *, where: str) -> Iterator[Numbered]:
    """Pass on records of the right length, faults for the others; blank rows may only stand at the end of a file."""
    blank: int | None = None
    for number, record in records:
        if isinstance(record, Fault):
            yield number, record
        elif not any(record):
            blank = blank or number
        else:
            if blank is not None:
                yield blank, Fault(where=where, row=blank, message="is blank between other rows", hint="delete the row")
                blank = None
            fits = len(record) == wanted
            yield number, record if fits else _field_count(len(record), wanted, where=where, number=number)


def _field_count(found: int, wanted: int, *, where: str, number: int) -> Fault:
    hint = "a text that holds a comma stands in quotes" if found > wanted else "a blank cell still needs its comma"
    message = f"has {found} cells, the header has {wanted}"
    return Fault(where=where, row=number, message=message, hint=hint)


def _read_row(
    cells: Mapping[str, str], row_type: type[RowT], *, header: _Header, region: Region | None
) -> tuple[RowT | None, list[CellFault]]:
    """Read one row; when a cell fails, the checks between cells still see the others."""
    try:
        row = row_type.model_validate(cells)
    except ValidationError as error:
        problems = error.errors(include_url=False)
    else:
        return row, list(off_region(vars(row), region)) if region is not None else []
    faults = [fault for problem in problems for fault in _translated(problem, cells, header=header)]
    values = _readable(cells, row_type, failed={str(problem["loc"][0]) for problem in problems if problem["loc"]})
    if not any(problem["type"] == "row" for problem in problems):
        faults += cell_faults(row_type, values)
    if region is not None:
        faults += off_region(values, region)
    return None, faults


def _readable(cells: Mapping[str, str], row_type: type[Row], *, failed: set[str]) -> dict[str, Any]:
    """Read the cells of a faulty row that are sound by themselves."""
    values: dict[str, Any] = {}
    for field, parser in _parsers(row_type).items():
        if field in failed:
            continue
        info = row_type.model_fields[field]
        values[field] = parser.validate_python(cells[field]) if field in cells else info.get_default()
    return values


@cache
def _parsers(row_type: type[Row]) -> dict[str, TypeAdapter[Any]]:
    """One parser a field, with the field's own bounds."""
    types: dict[str, Any] = {
        name: getitem(Annotated, (info.annotation, info)) for name, info in row_type.model_fields.items()
    }
    return {name: TypeAdapter(cell_type) for name, cell_type in types.items()}


def _translated(problem: ErrorDetails, cells: Mapping[str, str], *, header: _Header) -> Iterator[CellFault]:
    """Turn what pydantic found into a sentence about one cell."""
    context = problem.get("ctx", {})
    if problem["type"] == "row":
        yield from context["faults"]
        return
    field = str(problem["loc"][0])
    if problem["type"] == "missing":
        # A column that is missing altogether is told once, at the header.
        if field in header.fields:
            yield CellFault(field, "is blank", "every row needs it")
        return
    if problem["type"] == "literal_error":
        yield _not_a_choice(field, cells[field], str(context["expected"]))
    elif problem["type"] == "cell":
        yield CellFault(field, context["message"], context["hint"])
    else:
        yield CellFault(field, f"{shown(cells[field])} {_bound(problem['type'], context, problem['msg'])}")


def _not_a_choice(field: str, value: str, expected: str) -> CellFault:
    choices = re.findall(r"'([^']*)'", expected)
    near = difflib.get_close_matches(value.casefold()[:100], choices, n=1, cutoff=0.75)
    hint = f"did you mean {near[0]}?" if near else None
    return CellFault(field, f"{shown(value)} is not one of: {', '.join(choices)}", hint)


def _bound(kind: str, context: Mapping[str, Any], otherwise: str) -> str:
    if kind == "greater_than_equal":
        return "must not be negative" if context["ge"] == 0 else f"must not be below {context['ge']:g}"
    if kind == "greater_than":
        return f"must be above {context['gt']:g}"
    if kind == "less_than_equal":
        return f"must not be above {context['le']:g}"
    return f"cannot be used: {otherwise}"


def _repeated_key(
    cells: Mapping[str, str], row_type: type[Row], *, seen: dict[tuple[str, ...], int], number: int
) -> list[CellFault]:
    """Note the key of a row, or say in which earlier row it stands already."""
    key = tuple(cells.get(field, "") for field in row_type.key)
    if not all(key):
        return []
    earlier = seen.setdefault(key, number)
    if earlier == number:
        return []
    return [
        CellFault(row_type.key[0], f"{shown(' '.join(key))} stands already in row {earlier}", "every row needs its own")
    ]


def _placed(
    fault: CellFault, cells: Mapping[str, str], *, row_type: type[Row], header: _Header, where: str, number: int
) -> Fault:
    return Fault(
        where=where,
        row=number,
        column=header.text_of(fault.column, row_type),
        value=cells.get(fault.column, ""),
        message=fault.message,
        hint=fault.hint,
    )
