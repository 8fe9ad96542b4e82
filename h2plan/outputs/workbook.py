"""The plan as one Excel workbook: stations, districts, figures, demand, allocation, screening and sources."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, fields
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Literal

import xlsxwriter
from pydantic import BaseModel, ConfigDict
from xlsxwriter.format import Format
from xlsxwriter.worksheet import Worksheet

from h2plan.domain import OpenPoint, Source, UnplacedSite
from h2plan.outputs._labels import Language
from h2plan.outputs._report_text import sheet_name, word
from h2plan.outputs._tables import Cell, Column, columns, field_label, headed, verdict_columns, width_of
from h2plan.plan.results import (
    Allocation,
    Alternative,
    Backdrop,
    Candidate,
    DemandRow,
    DistrictRow,
    Figures,
    GoalResult,
    LevelFigures,
    Plan,
    Station,
)

CREATED = datetime(2000, 1, 1, tzinfo=UTC).replace(tzinfo=None)
"""Written into the file instead of the clock, so that equal plans give equal bytes."""
FORMATS = {
    "°": "0.000000",
    "0-1": "0.0%",
    "CNY": "#,##0",
    "CNY/yr": "#,##0",
    "CNY/kg": "#,##0.00",
    "kg/d": "#,##0.0",
    "veh": "#,##0.0",
    "min": "0.0",
    "km": "0.0",
    "m": "#,##0",
}
"""Number format of a unit; the cell keeps the number whole."""
WIDTH_MIN, WIDTH_MAX, FILTER_BUTTON = 8, 48, 3
ROWS_MEASURED = 200
"""Rows looked at to choose the width of a column."""


class Options(BaseModel):
    """How the workbook is written."""

    model_config = ConfigDict(extra="forbid", frozen=True, use_attribute_docstrings=True)

    language: Literal["zh", "en"] = "zh"
    """Language of sheet names, headers and code words."""


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
    path = folder / "plan.xlsx"
    settings = {"strings_to_formulas": False, "strings_to_urls": False, "strings_to_numbers": False}
    with xlsxwriter.Workbook(str(path), settings) as book:
        title = plan.title if options.language == "zh" else plan.title_en
        book.set_properties({"title": title[:255], "created": CREATED, "comments": plan.scenario})
        styles = {unit: book.add_format({"num_format": code}) for unit, code in FORMATS.items()}
        head = book.add_format(
            {"bold": True, "bg_color": "#E3ECF2", "bottom": 1, "text_wrap": True, "valign": "vcenter"}
        )
        for sheet in _sheets(plan, options.language):
            _fill(book.add_worksheet(sheet_name(sheet.key, options.language)), sheet, styles, head)
    return [path]


def _sheets(plan: Plan, language: Language) -> Iterator[Sheet]:
    yield _table("stations", Station, plan.stations, language)
    yield _table("districts", DistrictRow, plan.districts, language)
    yield _figures(plan, language)
    yield _table("demand", DemandRow, plan.demand, language)
    yield _allocation(plan, language)
    yield _table("candidates", Candidate, plan.candidates, language)
    yield _sheet("screening", verdict_columns(language), plan.verdicts, language)
    yield _table("unplaced", UnplacedSite, plan.unplaced, language)
    yield _table("supply", Source, plan.sources, language)
    yield _sources(plan, language)


def _table(key: str, row_type: type[Any], rows: Sequence[Any], language: Language) -> Sheet:
    return _sheet(key, columns(row_type, language), rows, language)


def _sheet(key: str, table: Sequence[Column], rows: Sequence[Any], language: Language) -> Sheet:
    return Sheet(
        key=key,
        headers=tuple(headed(column.label, "%" if column.unit == "0-1" else column.unit, language) for column in table),
        units=tuple(column.unit for column in table),
        rows=[[column.read(row) for column in table] for row in rows],
    )


def _allocation(plan: Plan, language: Language) -> Sheet:
    """Return the allocation with the names of both ends beside their ids."""
    zh = language == "zh"
    demand = {row.id: row.name if zh else row.name_en or row.name for row in plan.demand}
    stations = {row.site_id: row.name if zh else row.name_en or row.name for row in plan.stations}
    named = (
        Column(name="demand", label="需求点" if zh else "demand", unit="", read=lambda row: demand.get(row.demand_id)),
        Column(
            name="station", label="加氢站" if zh else "station", unit="", read=lambda row: stations.get(row.site_id)
        ),
    )
    return _sheet("allocation", (*columns(Allocation, language), *named), plan.allocations, language)


def _figures(plan: Plan, language: Language) -> Sheet:
    """Return every figure on a row of its own: those of the plan, of each demand level, of alternatives and goals."""
    zh = language == "zh"
    rows: list[tuple[Cell, ...]] = []
    units: list[str] = []
    groups: list[tuple[str, type[Any], Any]] = [("本方案" if zh else "plan", Figures, plan.figures)]
    levels = "需求情景：" if zh else "demand level: "
    groups += [(levels + word("level", row.level, language), LevelFigures, row) for row in plan.figures.levels]
    others = "对照方案：" if zh else "alternative: "
    groups += [(others + word("alternative", row.name, language), Alternative, row) for row in plan.alternatives]
    goals = "求解目标：" if zh else "objective: "
    groups += [(goals + word("goal", row.name, language), GoalResult, row) for row in plan.goals]
    for group, row_type, value in groups:
        for field in fields(row_type):
            if field.name in ("levels", "level", "name"):
                continue
            label, unit = field_label(row_type, field, language)
            cell = getattr(value, field.name)
            if field.name in ("sense", "stopped"):
                cell = word(field.name, cell, language)
            shown = "%" if unit == "0-1" else headed("", unit, language).strip(" ()")
            rows.append((group, label, shown, cell))
            units.append(unit)
    headers = ("分组", "指标", "单位", "数值") if zh else ("group", "figure", "unit", "value")
    return Sheet(key="figures", headers=headers, units=("", "", "", ""), rows=rows, row_units=units)


def _sources(plan: Plan, language: Language) -> Sheet:
    """Return what the plan rests on: question, inputs with their sha256, versions, sources, assumptions, notes."""
    zh = language == "zh"
    rows: list[tuple[Cell, ...]] = [
        *_pairs("情景" if zh else "scenario", _identity(plan, language)),
        *_pairs("规划问题" if zh else "question", plan.question),
        *_pairs("输入文件 sha256" if zh else "input file, sha256", plan.inputs),
        *_pairs("软件版本" if zh else "version", plan.versions),
        *_pairs("数据来源（行数）" if zh else "data source (rows)", _source_counts(plan)),
        *(("未经核实的假设" if zh else "unverified assumption", a.where, a.value, a.note) for a in plan.assumptions),
        *(_point(point, language) for point in plan.points),
        *(("署名" if zh else "attribution", "", text, "") for text in plan.attributions),
        *(("说明" if zh else "note", "", text, "") for text in plan.notes),
        (
            "声明" if zh else "notice",
            "",
            "规划示意，非法定规划成果" if zh else "planning sketch, no statutory plan",
            "",
        ),
    ]
    headers = ("分组", "项目", "内容", "说明") if zh else ("group", "item", "value", "note")
    return Sheet(key="sources", headers=headers, units=("", "", "", ""), rows=rows)


def _point(point: OpenPoint, language: Language) -> tuple[Cell, ...]:
    """Say what the siting law leaves open for many sites, and how to close it."""
    if language == "zh":
        return "共同未决事项", point.about, point.text_zh, point.remedy_zh
    return "open for many sites", point.about, point.text, point.remedy


def _identity(plan: Plan, language: Language) -> dict[str, Cell]:
    names = ("scenario", "title", "title_en", "city", "period", "model", "objective", "seed")
    return {name: getattr(plan, name) for name in names} | {"stopped": word("stopped", plan.stopped, language)}


def _source_counts(plan: Plan) -> dict[str, Cell]:
    tables: tuple[Sequence[Any], ...] = (plan.candidates, plan.stations, plan.demand, plan.sources, plan.unplaced)
    return dict(sorted(Counter(row.source for table in tables for row in table).items()))


def _pairs(group: str, items: Mapping[str, Cell]) -> list[tuple[Cell, ...]]:
    return [(group, item, value, "") for item, value in items.items()]


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
