"""What a file holds once its format is left behind: columns, rows, and a shape for each row if there are any."""

from __future__ import annotations

import math
import warnings
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any, TypeAlias

from shapely import Geometry, from_wkb

from h2plan.errors import Fault, InputError
from h2plan.tables.cells import shown

MAX_ROWS = 2_000_000
"""More rows than this are no table of a city."""

Shape: TypeAlias = Geometry | str | None
"""A geometry, the sentence that says why there is none to be read, or nothing at all."""


@dataclass(frozen=True, kw_only=True, eq=False)
class Contents:
    """A table or a layer as it stands in its file."""

    columns: tuple[str, ...]
    rows: Sequence[tuple[int, list[Any] | Fault]]
    """Values by column, each row with its number in the file, or what is wrong with it."""
    shapes: Sequence[Shape] | None = None
    """One for each row, in the datum of the file; None for a table without geometry."""
    crs: str | None = None
    """The datum that the file names, spelled as in h2plan.datums; None if it names none."""
    notes: tuple[str, ...] = ()


@contextmanager
def foreign(where: str, what: str) -> Iterator[None]:
    """Turn whatever another library raises over a broken file into our error, and keep its warnings quiet."""
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            yield
    except (InputError, MemoryError):
        raise
    except Exception as error:  # a parser given hostile bytes raises anything
        reason = str(error).strip().splitlines()[:1] or [type(error).__name__]
        message = f"cannot be read as {what}: {shown(reason[0])}"
        raise InputError(Fault(where=where, message=message, hint="open it and save it again")) from error


def refuse_many(count: int, where: str) -> None:
    """Raise InputError for more rows than any table of a city has."""
    if count > MAX_ROWS:
        hint = "split the file or leave out what the plan does not need"
        raise InputError(Fault(where=where, message=f"has more than {MAX_ROWS:,} rows", hint=hint))


def text_of(value: object) -> str:
    """Write a typed value as the text of a cell; nothing is blank, whole numbers have no point."""
    if value is None or (isinstance(value, float) and math.isnan(value)):
        return ""
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, float):
        return str(int(value)) if value.is_integer() and abs(value) < 1e15 else repr(value)
    return str(value).strip()


def pick_layer(names: Sequence[str], layer: str | None, *, where: str, what: str) -> str:
    """Return the layer or sheet asked for, or the only one.

    Raises:
        InputError: there is none, none of that name, or several and none is named.
    """
    listed = ", ".join(names[:20]) + (", …" if len(names) > 20 else "")
    if not names:
        raise InputError(Fault(where=where, message=f"holds no {what}"))
    if layer is None:
        if len(names) > 1:
            message = f"holds {len(names)} {what}s: {listed}"
            raise InputError(Fault(where=where, message=message, hint=f"name one with layer: {names[0]}"))
        return names[0]
    if layer not in names:
        raise InputError(Fault(where=where, message=f"has no {what} {layer!r}", hint=f"it has: {listed}"))
    return layer


def shapes_of_wkb(values: Sequence[bytes | None]) -> list[Shape]:
    """Read well-known binary, one value a row; what cannot be read is said in its row."""
    found = from_wkb([value or None for value in values], on_invalid="ignore")
    return [
        "the geometry cannot be read" if value and shape is None else shape
        for value, shape in zip(values, found, strict=True)
    ]
