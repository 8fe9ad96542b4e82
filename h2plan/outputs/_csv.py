"""A layer as a CSV file for spreadsheets: headers with units in the reader's language, formulas disarmed."""

from __future__ import annotations

import csv
from pathlib import Path
from typing import Literal

from h2plan.outputs._guard import guard
from h2plan.outputs._labels import Language
from h2plan.outputs._layers import Layer, LayerField
from h2plan.outputs._report_text import word
from h2plan.outputs._tables import WORDED, Cell, headed, rounded

TextMode = Literal["guarded", "exact"]


def write_csv(path: Path, layer: Layer, *, language: Language, text: TextMode) -> Path:
    """Write a layer with a byte-order mark, which Chinese spreadsheets need to see UTF-8; return its path."""
    with path.open("w", encoding="utf-8-sig", newline="") as file:
        # Lines end in CR LF (RFC 4180): the writer then quotes both, so that no cell can begin a new row.
        writer = csv.writer(file, lineterminator="\r\n")
        writer.writerow([headed(field.label.at(language), field.unit, language) for field in layer.fields])
        for row in layer.rows:
            writer.writerow(
                [_cell(value, field, language, text) for value, field in zip(row, layer.fields, strict=True)]
            )
    return path


def spoken(value: Cell, field: LayerField, language: Language) -> Cell:
    """Return a cell as a reader wants it: code words and yes or no in words."""
    if isinstance(value, bool):
        return word("bool", str(value).lower(), language)
    if field.name in WORDED and isinstance(value, str):
        return word(field.name, value, language)
    return value


def _cell(value: Cell, field: LayerField, language: Language, text: TextMode) -> Cell:
    value = spoken(value, field, language)
    if isinstance(value, str):
        return guard(value) if text == "guarded" else value
    return rounded(value, field.unit)
