"""Tables of a plan as columns and cells, from the labels and units that the dataclasses carry."""

from __future__ import annotations

import unicodedata
from collections.abc import Callable
from dataclasses import Field, dataclass, fields, replace
from functools import partial
from operator import attrgetter
from typing import Any, get_type_hints

from h2plan.domain import Level, Range, Verdict
from h2plan.outputs._labels import Language
from h2plan.outputs._levels import Edition, shows
from h2plan.outputs._report_text import PLAIN_FIELDS, UNITS_ZH, plain_rule, verdict_reason, word

Cell = str | float | int | bool | None
WORDED = frozenset({"kind", "verdict", "verified", "bank", "level", "sense", "stopped", "vehicle_class"})
"""Fields whose values are code words, written as words of the reader's language."""
NESTED = frozenset({"clauses"})
"""Fields that are tables of their own."""
LEVELS: tuple[Level, ...] = ("low", "base", "high")
DECIMALS = {
    "°": 6,
    "0-1": 4,
    "CNY": 0,
    "CNY/yr": 0,
    "CNY/kg": 2,
    "kg/d": 1,
    "kg/h": 1,
    "veh": 1,
    "min": 1,
    "km": 1,
    "m": 0,
}
"""Decimals that a unit is worth in a table for readers; plan.json keeps the numbers whole."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Column:
    """One column: its field name, its label and unit, and how to read a cell."""

    name: str
    label: str
    unit: str
    read: Callable[[Any], Cell]


def columns(row_type: type[Any], language: Language) -> tuple[Column, ...]:
    """Return the columns of a row type in the order of its fields; a range makes three columns."""
    hints = get_type_hints(row_type)
    made: list[Column] = []
    for field in fields(row_type):
        if field.name in NESTED:
            continue
        label, unit = field_label(row_type, field, language)
        if hints[field.name] is Range:
            made.extend(_range_columns(field.name, label, unit, language))
        else:
            read = partial(_cell, name=field.name, language=language)
            made.append(Column(name=field.name, label=label, unit=unit, read=read))
    return tuple(made)


def verdict_columns(language: Language, edition: Edition) -> tuple[Column, ...]:
    """Return the columns of the siting screen: one wording of each, in the reader's language."""
    zh = language == "zh"
    other = frozenset({"reason_zh", "remedy_zh", "object_en"})
    spoken: dict[str, Callable[[Any], Cell]] = {
        "rule": lambda row: plain_rule(row.rule, language),
        "reason": lambda row: verdict_reason(row, language),
        "remedy": lambda row: row.remedy_zh if zh else row.remedy,
        "object": lambda row: row.object if zh else row.object_en or row.object,
    }
    return tuple(
        replace(column, read=spoken.get(column.name, column.read))
        for column in columns(Verdict, language)
        if column.name not in other and shows(Verdict, column.name, edition)
    )


def field_label(row_type: type[Any], field: Field[Any], language: Language) -> tuple[str, str]:
    """Return the label and the unit of a field, from its own metadata where it carries any."""
    if field.metadata:
        return field.metadata[language], field.metadata["unit"]
    zh, en, unit = PLAIN_FIELDS[row_type.__name__, field.name]
    return (zh if language == "zh" else en), unit


def headed(label: str, unit: str, language: Language) -> str:
    """Join a label and its unit as a column header."""
    shown = UNITS_ZH.get(unit, unit) if language == "zh" else unit
    return f"{label} ({shown})" if shown else label


def rounded(value: Cell, unit: str) -> Cell:
    """Round a number to the decimals its unit is worth; a whole number loses its point."""
    if isinstance(value, bool) or not isinstance(value, float):
        return value
    places = DECIMALS.get(unit, 3)
    near = round(value, places) + 0.0
    return int(near) if places == 0 else near


def width_of(text: str) -> int:
    """Return how many narrow columns a text takes; a Chinese character takes two."""
    return sum(2 if unicodedata.east_asian_width(char) in "WF" else 1 for char in text)


def _range_columns(name: str, label: str, unit: str, language: Language) -> list[Column]:
    return [
        Column(
            name=f"{name}_{level}",
            label=f"{label} {word('level', level, language)}",
            unit=unit,
            read=attrgetter(f"{name}.{level}"),
        )
        for level in LEVELS
    ]


def _cell(row: Any, *, name: str, language: Language) -> Cell:
    value = getattr(row, name)
    if name == "opens" and row.built:
        return None  # `opens` is the year of the plan; a station that stands opened before it
    if isinstance(value, bool):
        return word("bool", str(value).lower(), language)
    if isinstance(value, tuple):
        return ";".join(value)
    if name in WORDED and isinstance(value, str):
        return word(name, value, language)
    return value  # type: ignore[no-any-return]
