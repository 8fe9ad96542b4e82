"""Sheets of an Excel workbook, row by row, with the values that Excel last saved."""

from __future__ import annotations

import datetime as dt
import io
from collections.abc import Iterator
from itertools import zip_longest
from typing import Any

from h2plan.errors import Fault, InputError
from h2plan.tables.cells import shown
from h2plan.tables.files import TableFile, read_bytes
from h2plan.tables.formats._contents import Contents, foreign, pick_layer, refuse_many, text_of

MAX_COLUMNS = 1_000


def read_xlsx(file: TableFile, *, layer: str | None, max_bytes: int) -> Contents:
    """Read a sheet: the only one that holds anything, or the one named. The first row holds the column names.

    Raises:
        InputError: no workbook, several sheets and none named, a formula without a saved value, an error value.
    """
    data = read_bytes(file, max_bytes=max_bytes)
    with foreign(file.where, "an Excel workbook"):
        values, formulas = _workbook(data, saved=True), _workbook(data, saved=False)
        sheets = [sheet.title for sheet in values.worksheets if layer == sheet.title or _holds_anything(sheet)]
        if not sheets:
            raise InputError("is empty", where=file.where)
        name = pick_layer(sheets, layer, where=file.where, what="sheet")
        rows = list(_rows(values[name], formulas[name], where=file.where))
    if not rows:
        return Contents(columns=(), rows=())
    _, header = rows[0]
    if isinstance(header, Fault):
        raise InputError(header)
    names = tuple(text_of(cell) for cell in header)
    width = max((place for place, text in enumerate(names, start=1) if text), default=0)
    # A styled cell beyond the table is blank and counts for nothing.
    return Contents(columns=names[:width], rows=[(number, _fitted(row, width)) for number, row in rows[1:]])


def _workbook(data: bytes, *, saved: bool) -> Any:
    import openpyxl

    return openpyxl.load_workbook(io.BytesIO(data), read_only=True, data_only=saved, keep_links=False)


def _holds_anything(sheet: Any) -> bool:
    sheet.reset_dimensions()
    return any(any(cell is not None for cell in row) for row in sheet.iter_rows(max_row=50, values_only=True))


def _rows(values: Any, formulas: Any, *, where: str) -> Iterator[tuple[int, list[Any] | Fault]]:
    values.reset_dimensions()
    formulas.reset_dimensions()
    for number, (saved, written) in enumerate(zip_longest(values.iter_rows(), formulas.iter_rows()), start=1):
        refuse_many(number, where)
        if len(saved or ()) > MAX_COLUMNS:
            raise InputError(Fault(where=where, row=number, message=f"has more than {MAX_COLUMNS} columns"))
        fault = _unsaved(saved or (), written or (), where=where, number=number)
        yield number, fault or [_value(cell.value) for cell in saved or ()]


def _unsaved(saved: Any, written: Any, *, where: str, number: int) -> Fault | None:
    """Say which cell of a row has no value to read."""
    for cell, formula in zip(saved, written, strict=False):
        place = getattr(formula, "coordinate", "")
        if formula.data_type == "f" and cell.value is None:
            message = "holds a formula without a saved value"
            hint = "open the file in Excel and save it, or paste the values"
            return Fault(where=where, row=number, column=place, value=shown(formula.value), message=message, hint=hint)
        if cell.data_type == "e":
            message = f"holds the error {cell.value}"
            return Fault(where=where, row=number, column=place, value=str(cell.value), message=message)
    return None


def _value(value: Any) -> Any:
    if isinstance(value, dt.datetime) and value.time() == dt.time():
        return value.date().isoformat()
    return value


def _fitted(row: list[Any] | Fault, width: int) -> list[Any] | Fault:
    if isinstance(row, Fault):
        return row
    padded = row + [None] * (width - len(row))
    beyond = any(cell is not None and cell != "" for cell in padded[width:])
    return padded if beyond else padded[:width]
