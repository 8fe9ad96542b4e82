"""The shape of one table row: typed cells, checks between cells, and the headers its columns may carry."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import Any, ClassVar, Self

from pydantic import BaseModel, ConfigDict, model_validator
from pydantic.fields import FieldInfo
from pydantic_core import PydanticCustomError

from h2plan.tables.cells import CellFault

Check = Callable[[Mapping[str, Any]], Iterator[CellFault]]
"""A check between cells. It gets the cells that could be read; a blank one is None, an unreadable one is absent."""


class Row(BaseModel):
    """A row of a table. Subclasses name their columns, the key that must not repeat, and checks between cells."""

    model_config = ConfigDict(frozen=True, extra="forbid", allow_inf_nan=False)

    key: ClassVar[tuple[str, ...]] = ("id",)
    checks: ClassVar[tuple[Check, ...]] = ()
    lines: ClassVar[tuple[str, ...]] = ()
    """Columns that hold positions as 'lon lat;lon lat'."""

    @model_validator(mode="after")
    def _hold_checks(self) -> Self:
        faults = tuple(cell_faults(type(self), vars(self)))
        if faults:
            raise PydanticCustomError("row", "{text}", {"text": "; ".join(map(_sentence, faults)), "faults": faults})
        return self


def cell_faults(row_type: type[Row], values: Mapping[str, Any]) -> Iterator[CellFault]:
    """Yield what the checks between cells find in the cells that could be read."""
    for check in row_type.checks:
        yield from check(values)


def headers_of(row_type: type[Row]) -> dict[str, tuple[str, ...]]:
    """Map each field to the headers it may carry, the canonical one first."""
    return {name: _headers(name, field) for name, field in row_type.model_fields.items()}


def _headers(name: str, field: FieldInfo) -> tuple[str, ...]:
    extra = field.json_schema_extra if isinstance(field.json_schema_extra, dict) else {}
    canonical = extra.get("header") or name
    chinese = extra.get("header_zh")
    return (str(canonical), str(chinese)) if chinese else (str(canonical),)


def _sentence(fault: CellFault) -> str:
    text = f"{fault.column}: {fault.message}"
    return f"{text} ({fault.hint})" if fault.hint else text
