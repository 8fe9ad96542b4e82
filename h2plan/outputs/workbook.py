"""The plan as one Excel workbook: stations, districts, figures, demand, allocation, screening and sources."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, fields, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import xlsxwriter
from xlsxwriter.exceptions import XlsxWriterException
from xlsxwriter.format import Format
from xlsxwriter.worksheet import Worksheet

from h2plan.errors import EnvironmentFault
from h2plan.outputs._csv import spoken
from h2plan.outputs._export import PlacedOptions, file_stem, provenance
from h2plan.outputs._labels import Language, Text
from h2plan.outputs._layers import Layer, LayerField, all_demand, in_datum, layers
from h2plan.outputs._levels import EDITION_NAMES, release
from h2plan.outputs._report_text import SHEETS, sheet_name, word
from h2plan.outputs._tables import Cell, field_label, headed, verdict_columns, width_of
from h2plan.plan.results import Alternative, Backdrop, Figures, GoalResult, LevelFigures, Plan

ORDER = (
    "stations",
    "equipment",
    "builds",
    "money",
    "districts",
    "figures",
    "rules",
    "demand",
    "allocations",
    "candidates",
    "screening",
    "unplaced",
    "sources",
    "source_use",
    "centres",
    "deliveries",
    "losses",
)
"""Sheets of the workbook in order; those that a plan or its edition lacks are left out."""
SHEET_OF: Mapping[str, Text] = {
    "demand": SHEETS["demand"],
    "allocations": SHEETS["allocation"],
    "sources": SHEETS["supply"],
}
"""Layers whose sheet has a name of its own."""
CREATED = datetime(2000, 1, 1, tzinfo=UTC).replace(tzinfo=None)
"""Written into the file instead of the clock, so that equal plans give equal bytes."""
FORMATS = {
    "°": "0.000000",
    "0-1": "0.0%",
    "CNY": "#,##0",
    "CNY/yr": "#,##0",
    "CNY/kg": "#,##0.00",
    "kg/d": "#,##0.0",
    "kg/h": "#,##0.0",
    "veh": "#,##0.0",
    "min": "0.0",
    "km": "0.0",
    "m": "#,##0",
}
"""Number format of a unit; the cell keeps the number whole."""
WIDTH_MIN, WIDTH_MAX, FILTER_BUTTON = 8, 48, 3
ROWS_MEASURED = 200
"""Rows looked at to choose the width of a column."""


class Options(PlacedOptions):
    """Language of sheet names, headers and code words, edition, and datum of the positions."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Sheet:
    """One table of the workbook. `row_units`, where given, replaces the unit of the column: figures have one each."""

    key: str
    headers: tuple[str, ...]
    units: tuple[str, ...]
    rows: Sequence[Sequence[Cell]]
    row_units: Sequence[str] | None = None


def write(plan: Plan, backdrop: Backdrop, folder: Path, options: Options) -> list[Path]:
    """Write plan.xlsx; return its path."""
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / f"{file_stem('plan', options)}.xlsx"
    try:
        _write_book(path, plan, backdrop, options)
    except XlsxWriterException as error:
        raise EnvironmentFault(f"{path.name} cannot be written: {error}") from error
    return [path]


def _write_book(path: Path, plan: Plan, backdrop: Backdrop, options: Options) -> None:
    settings = {"strings_to_formulas": False, "strings_to_urls": False, "strings_to_numbers": False}
    with xlsxwriter.Workbook(str(path), settings) as book:
        title = plan.title if options.language == "zh" else plan.title_en
        told = f"{plan.scenario}; {EDITION_NAMES[options.edition].at(options.language)}"
        book.set_properties({"title": title[:255], "created": CREATED, "comments": told})
        styles = {unit: book.add_format({"num_format": code}) for unit, code in FORMATS.items()}
        head = book.add_format(
            {"bold": True, "bg_color": "#E3ECF2", "bottom": 1, "text_wrap": True, "valign": "vcenter"}
        )
        for sheet in _sheets(plan, backdrop, options):
            _fill(book.add_worksheet(sheet.key), sheet, styles, head)


def _sheets(plan: Plan, backdrop: Backdrop, options: Options) -> Iterator[Sheet]:
    """Yield the sheets in the order of a reader's questions: what, when, for how much, for whom, why, from what."""
    language, edition = options.language, options.edition
    made = {layer.name: in_datum(layer, options.crs) for layer in layers(plan, backdrop, edition)}
    made["demand"] = in_datum(all_demand(plan, edition), options.crs)
    if "allocations" in made:
        made["allocations"] = _named(made["allocations"], plan, language)
    told = release(plan, edition)
    for name in ORDER:
        if name == "figures":
            yield _figures(told, language)
        elif name == "screening":
            yield _screening(told, options)
        elif name in made:
            yield _of_layer(made[name], language, several_years=len(plan.periods) > 1)
    heads = ("分组", "项目", "内容", "说明") if language == "zh" else ("group", "item", "value", "note")
    rows = provenance(plan, language, edition=edition, crs=options.crs)
    yield Sheet(key=sheet_name("sources", language), headers=heads, units=("",) * 4, rows=rows)


def _of_layer(layer: Layer, language: Language, *, several_years: bool) -> Sheet:
    """Return a layer as a sheet; the year stands in a column only where there are several."""
    first = 0 if several_years or layer.fields[0].name != "period" else 1
    fields = layer.fields[first:]
    return Sheet(
        key=SHEET_OF[layer.name].at(language) if layer.name in SHEET_OF else layer.title.at(language),
        headers=tuple(_head(field.label.at(language), field.unit, language) for field in fields),
        units=tuple(field.unit for field in fields),
        rows=[
            [spoken(value, field, language) for value, field in zip(row[first:], fields, strict=True)]
            for row in layer.rows
        ],
    )


def _head(label: str, unit: str, language: Language) -> str:
    return headed(label, "%" if unit == "0-1" else unit, language)


def _named(layer: Layer, plan: Plan, language: Language) -> Layer:
    """Return the allocation with the names of both ends beside their ids."""
    zh = language == "zh"
    years = [plan.at(period) for period in plan.periods]
    demand = {row.id: row.name if zh else row.name_en or row.name for year in years for row in year.demand}
    stations = {row.site_id: row.name if zh else row.name_en or row.name for year in years for row in year.stations}
    ends = zip(layer.column("demand_id"), layer.column("site_id"), strict=True)
    heads = (("demand", Text("需求点", "demand")), ("station", Text("加氢站", "station")))
    own = tuple(LayerField(name=name, label=label, unit="", level="internal", kind="text") for name, label in heads)
    rows = tuple((*row, demand.get(str(i)), stations.get(str(j))) for row, (i, j) in zip(layer.rows, ends, strict=True))
    return replace(layer, fields=(*layer.fields, *own), rows=rows)


def _screening(told: Plan, options: Options) -> Sheet:
    """Return the screen's verdicts in one wording, the reader's."""
    table = verdict_columns(options.language, options.edition)
    return Sheet(
        key=sheet_name("screening", options.language),
        headers=tuple(_head(column.label, column.unit, options.language) for column in table),
        units=tuple(column.unit for column in table),
        rows=[[column.read(row) for column in table] for row in told.verdicts],
    )


def _figures(plan: Plan, language: Language) -> Sheet:
    """Return every figure on a row of its own: those of the plan, of each demand level, of alternatives and goals.

    A plan of several years has a column of values for each; alternatives and goals belong to the whole plan and stand
    in the last.
    """
    zh = language == "zh"
    years = [plan.at(period).figures for period in plan.periods]
    blank = (None,) * (len(years) - 1)
    rows: list[tuple[Cell, ...]] = []
    units: list[str] = []
    groups: list[tuple[str, type[Any], Sequence[Any]]] = [("本方案" if zh else "plan", Figures, years)]
    for of_level in zip(*(figures.levels for figures in years), strict=True):
        title = "需求情景：" if zh else "demand level: "
        groups.append((title + word("level", of_level[-1].level, language), LevelFigures, of_level))
    others = "对照方案：" if zh else "alternative: "
    groups += [
        (others + word("alternative", row.name, language), Alternative, (*blank, row)) for row in plan.alternatives
    ]
    goals = "求解目标：" if zh else "objective: "
    groups += [(goals + word("goal", row.name, language), GoalResult, (*blank, row)) for row in plan.goals]
    for group, row_type, values in groups:
        for field in fields(row_type):
            if field.name in ("levels", "level", "name"):
                continue
            label, unit = field_label(row_type, field, language)
            cells = [None if value is None else _figure(field.name, value, language) for value in values]
            shown = "%" if unit == "0-1" else headed("", unit, language).strip(" ()")
            rows.append((group, label, shown, *cells))
            units.append(unit)
    heads = ("分组", "指标", "单位") if zh else ("group", "figure", "unit")
    values_of = [str(period) for period in plan.periods] if len(years) > 1 else ["数值" if zh else "value"]
    return Sheet(
        key=sheet_name("figures", language),
        headers=(*heads, *values_of),
        units=("",) * (3 + len(years)),
        rows=rows,
        row_units=units,
    )


def _figure(name: str, row: Any, language: Language) -> Cell:
    cell: Cell = getattr(row, name)
    return word(name, str(cell), language) if name in ("sense", "stopped") else cell


def _fill(page: Worksheet, sheet: Sheet, styles: Mapping[str, Format], head: Format) -> None:
    page.freeze_panes(1, 2 if len(sheet.headers) > 6 else 0)
    page.set_row(0, 32)
    for column, header in enumerate(sheet.headers):
        page.write_string(0, column, header, head)
        page.set_column(column, column, _width(sheet, column))
    for number, row in enumerate(sheet.rows, start=1):
        own = sheet.row_units[number - 1] if sheet.row_units else ""
        for column, value in enumerate(row):
            _write_cell(page, number, column, value, styles.get(own or sheet.units[column]))
    page.autofilter(0, 0, max(len(sheet.rows), 1), len(sheet.headers) - 1)
    page.set_landscape()
    page.set_paper(9)
    page.fit_to_pages(1, 0)
    page.repeat_rows(0)


def _write_cell(page: Worksheet, row: int, column: int, value: Cell, style: Format | None) -> None:
    """Write text as text and numbers as numbers; a missing value stays blank."""
    if value is None:
        return
    if isinstance(value, str):
        page.write_string(row, column, value)
    else:
        page.write_number(row, column, value, style)


def _width(sheet: Sheet, column: int) -> int:
    """Return a column width that shows the header on at most two lines and most cells whole."""
    header = (width_of(sheet.headers[column]) + 1) // 2 + FILTER_BUTTON
    cells = (width_of(_shown(row[column])) for row in sheet.rows[:ROWS_MEASURED])
    return max(WIDTH_MIN, min(WIDTH_MAX, max((header, *cells)) + 1))


def _shown(value: Cell) -> str:
    return f"{value:,.1f}" if isinstance(value, float) else "" if value is None else str(value)
