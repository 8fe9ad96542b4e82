"""The demand as tables: the ledger as CSV, and ledger, sums, ranges and assumptions as one Excel workbook."""

from __future__ import annotations

import csv
import dataclasses
import numbers
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import xlsxwriter

from h2plan.domain import Assumption, LedgerRow, Range
from h2plan.estimating import Estimate
from h2plan.outputs._guard import guard
from h2plan.outputs._labels import Language, Text, either, label, word
from h2plan.outputs._report_text import UNITS_ZH
from h2plan.outputs._tables import width_of
from h2plan.pages import _words
from h2plan.pages._changes import Causes, CellChange, Changes, ClassChange, Setting
from h2plan.pages._page_data import DRAWS, QUANTILES, SEED
from h2plan.throughput import DispenserRow

Cell = str | float | int | None
CREATED = datetime(2000, 1, 1, tzinfo=UTC).replace(tzinfo=None)
"""Written into the file instead of the clock, so that equal demand gives equal bytes."""
NUMBER_FORMAT = "#,##0.0##"
WIDTH_MIN, WIDTH_MAX = 8, 60
ROWS_MEASURED = 200
LEDGER_ROWS_MAX = 200_000
"""A longer ledger stands in the CSV and the GeoPackage alone: a sheet ends at a million rows."""
SHEET_NAMES = {
    "summary": Text("汇总", "summary"),
    "classes": Text("分车型", "by class"),
    "uses": Text("分来源", "by source"),
    "districts": Text("分区", "by district"),
    "cross": Text("车型×来源×区×年", "class x source x district"),
    "ledger": Text("台账", "ledger"),
    "adoption": Text("推广", "adoption"),
    "hours": Text("小时", "hours"),
    "months": Text("月份", "months"),
    "dispensers": Text("加氢枪数", "dispensers"),
    "ranges": Text("不确定性", "ranges"),
    "tornado": Text("敏感性", "tornado"),
    "assumptions": Text("假设", "assumptions"),
    "causes": Text("变化原因", "causes of change"),
    "changed_classes": Text("车型变化", "change by class"),
    "changed_cells": Text("变化明细", "change in detail"),
    "settings": Text("设置差异", "settings that differ"),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Table:
    """A sheet: its key, headers and rows."""

    key: str
    headers: tuple[str, ...]
    rows: tuple[tuple[Cell, ...], ...]


def write_csv(estimate: Estimate, path: Path, *, language: Language) -> None:
    """Write the ledger: one row a demand row and year. Text that a spreadsheet would run is made inert."""
    table = _ledger(estimate, language)
    with path.open("w", encoding="utf-8-sig", newline="") as file:
        writer = csv.writer(file, lineterminator="\r\n")
        writer.writerow(table.headers)
        for row in table.rows:
            writer.writerow([guard(cell) if isinstance(cell, str) else cell for cell in row])


def write_workbook(estimate: Estimate, changes: Changes | None, path: Path, *, language: Language) -> None:
    """Write every table of the demand as a sheet of one workbook."""
    settings = {"strings_to_formulas": False, "strings_to_urls": False, "strings_to_numbers": False}
    title = estimate.project.scenario.title
    with xlsxwriter.Workbook(str(path), settings) as book:
        book.set_properties({"title": (title.zh if language == "zh" else title.en)[:255], "created": CREATED})
        head = book.add_format({"bold": True, "bg_color": "#E3ECF2", "bottom": 1, "text_wrap": True, "valign": "top"})
        number = book.add_format({"num_format": NUMBER_FORMAT})
        for table in (*_tables(estimate, language), *_change_tables(changes, estimate, language)):
            page = book.add_worksheet(SHEET_NAMES[table.key].at(language))
            _fill(page, table, head, number)


def _fill(page: Any, table: Table, head: Any, number: Any) -> None:
    page.freeze_panes(1, 0)
    for column, header in enumerate(table.headers):
        page.write_string(0, column, header, head)
        shown = (width_of(str(row[column])) for row in table.rows[:ROWS_MEASURED] if isinstance(row[column], str))
        page.set_column(column, column, max(WIDTH_MIN, min(WIDTH_MAX, max((width_of(header) // 2 + 4, *shown)) + 1)))
    for place, row in enumerate(table.rows, start=1):
        for column, value in enumerate(row):
            if isinstance(value, str):
                page.write_string(place, column, value)
            elif isinstance(value, int):
                page.write_number(place, column, value)
            elif value is not None:
                page.write_number(place, column, value, number)
    page.autofilter(0, 0, max(len(table.rows), 1), len(table.headers) - 1)


def _tables(estimate: Estimate, language: Language) -> Iterator[Table]:
    yield _summary(estimate, language)
    yield _sums("classes", ("vehicle_class",), estimate, language)
    yield _sums("uses", ("use", "role"), estimate, language)
    yield _sums("districts", ("district",), estimate, language)
    yield _sums("cross", ("vehicle_class", "use", "role", "district"), estimate, language)
    if len(estimate.ledger) <= LEDGER_ROWS_MAX:
        yield _ledger(estimate, language)
    yield _adoption(estimate, language)
    yield _hours(estimate, language)
    yield _months(estimate, language)
    yield _dispensers(estimate, language)
    yield _ranges(estimate, language)
    yield _tornado(estimate, language)
    yield _plain("assumptions", Assumption, estimate.assumptions, estimate, language)


def _ledger(estimate: Estimate, language: Language) -> Table:
    names = [name for field in dataclasses.fields(LedgerRow) for name in _flat_names(field)]
    rows = (tuple(_value(row, name, estimate, language) for name in names) for row in estimate.ledger)
    headers = tuple(_words.column_label(name).at(language) for name in names)
    return Table(key="ledger", headers=headers, rows=tuple(rows))


def _flat_names(field: dataclasses.Field[Any]) -> tuple[str, ...]:
    if field.type in ("Range", Range):
        return tuple(f"{field.name}_{level}" for level in ("low", "base", "high"))
    return (field.name,)


def _value(row: LedgerRow, name: str, estimate: Estimate, language: Language) -> Cell:
    for stem in ("kg_per_d", "peak_kg_per_h"):
        if name.startswith(f"{stem}_"):
            level: Any = name.removeprefix(f"{stem}_")
            found: Range = getattr(row, stem)
            return found.at(level)
    return worded(name, getattr(row, name), estimate, language)


def worded(name: str, value: Any, estimate: Estimate, language: Language) -> Cell:
    """A cell as the reader wants it: code words as words, numbers as plain numbers."""
    if isinstance(value, str):
        if name == "vehicle_class":
            names = estimate.class_names
            return either(*names[value]).at(language) if value in names else value
        if name == "district" and not value:
            return _words.NO_DISTRICT.at(language)
        return word(_words.CODED[name], value).at(language) if name in _words.CODED else value
    if value is None:
        return None
    return int(value) if isinstance(value, numbers.Integral) else float(value)


def _sums(key: str, columns: tuple[str, ...], estimate: Estimate, language: Language) -> Table:
    frame = estimate.by(*columns)
    names = [str(name) for name in frame.columns]
    rows = (
        tuple(worded(name, value, estimate, language) for name, value in zip(names, row, strict=True))
        for row in frame.itertuples(index=False)
    )
    return Table(key=key, headers=tuple(_words.column_label(name).at(language) for name in names), rows=tuple(rows))


def _summary(estimate: Estimate, language: Language) -> Table:
    headers = (
        Text("年份", "year"),
        Text("车辆数", "vehicles"),
        *(_words.column_label(f"kg_per_d_{level}") for level in ("low", "base", "high")),
        *(_words.column_label(f"peak_kg_per_h_{level}") for level in ("low", "base", "high")),
        Text("其中已签约 (kg/d)", "of it signed (kg/d)"),
        *(word(_words.ANCHORS, anchor.name) for anchor in estimate.anchors(estimate.periods[0])),
    )
    rows = tuple(
        (
            year,
            estimate.fleet.total(year),
            *dataclasses.astuple(estimate.total(year)),
            *dataclasses.astuple(estimate.peak_kg_per_h(year)),
            estimate.signed_kg_per_d(year),
            *(anchor.kg_per_d for anchor in estimate.anchors(year)),
        )
        for year in estimate.periods
    )
    return Table(key="summary", headers=tuple(text.at(language) for text in headers), rows=rows)


def _adoption(estimate: Estimate, language: Language) -> Table:
    names = ("period", "vehicles", "target", "is_draft", "curve", "factor", "missed", "sentence")
    rows = (tuple(_cell(getattr(row, name)) for name in names) for row in estimate.adoption)
    kind = type(estimate.adoption[0])
    headers = (*(label(kind, name).at(language) for name in names[:-1]), Text("说明", "what it rests on").at(language))
    return Table(key="adoption", headers=headers, rows=tuple(rows))


def _hours(estimate: Estimate, language: Language) -> Table:
    rows = (
        (year, worded("vehicle_class", name, estimate, language), *(float(kg) for kg in hours))
        for year in estimate.periods
        for name, hours in estimate.hourly(year).items()
    )
    heads = (Text("年份", "year").at(language), Text("车型", "vehicle class").at(language))
    return Table(key="hours", headers=(*heads, *(f"{hour}:00 kg/h" for hour in range(24))), rows=tuple(rows))


def _months(estimate: Estimate, language: Language) -> Table:
    rows = ((year, *(float(kg) for _, kg in sorted(estimate.monthly(year).items()))) for year in estimate.periods)
    months = (Text(f"{month} 月 kg/d", f"month {month} kg/d").at(language) for month in range(1, 13))
    return Table(key="months", headers=(Text("年份", "year").at(language), *months), rows=tuple(rows))


def _dispensers(estimate: Estimate, language: Language) -> Table:
    fields = dataclasses.fields(DispenserRow)
    rows = (
        (year, *(_cell(getattr(row, field.name)) for field in fields))
        for year in estimate.periods
        for row in estimate.dispensers(year)
    )
    headers = (Text("年份", "year").at(language), *(_header(field, language) for field in fields))
    return Table(key="dispensers", headers=headers, rows=tuple(rows))


def _ranges(estimate: Estimate, language: Language) -> Table:
    draws = estimate.draws(DRAWS, SEED)
    rows = ((year, DRAWS, SEED, *draws.quantiles(year, at=QUANTILES)) for year in estimate.periods)
    fixed = (Text("年份", "year"), Text("抽样次数", "draws"), Text("随机种子", "seed"))
    return Table(
        key="ranges",
        headers=(*(text.at(language) for text in fixed), *(f"P{100 * q:g} kg/d" for q in QUANTILES)),
        rows=tuple(rows),
    )


def _tornado(estimate: Estimate, language: Language) -> Table:
    headers = (
        Text("年份", "year"),
        Text("参数", "parameter"),
        *(Text(f"取值·{zh}", f"value, {en}") for zh, en in (("低", "low"), ("基准", "base"), ("高", "high"))),
        *(Text(f"需求·{zh} (kg/d)", f"demand, {en} (kg/d)") for zh, en in (("低", "low"), ("高", "high"))),
        *(Text(f"高峰·{zh} (kg/h)", f"peak, {en} (kg/h)") for zh, en in (("低", "low"), ("高", "high"))),
    )
    rows = tuple(
        (
            year,
            _words.parameter_label(bar.parameter, estimate.class_names).at(language),
            *dataclasses.astuple(bar.value),
            bar.kg_per_d_low,
            bar.kg_per_d_high,
            bar.peak_kg_per_h_low,
            bar.peak_kg_per_h_high,
        )
        for year in estimate.periods
        for bar in estimate.tornado(year)
    )
    return Table(key="tornado", headers=tuple(text.at(language) for text in headers), rows=rows)


def _change_tables(changes: Changes | None, estimate: Estimate, language: Language) -> Iterator[Table]:
    if changes is None:
        return
    yield _plain("causes", Causes, changes.causes, estimate, language)
    yield _plain("changed_classes", ClassChange, changes.classes, estimate, language)
    yield _plain("changed_cells", CellChange, changes.cells, estimate, language)
    yield _plain("settings", Setting, changes.settings, estimate, language)


def _plain(key: str, kind: type[Any], rows: Iterable[Any], estimate: Estimate, language: Language) -> Table:
    fields: Sequence[dataclasses.Field[Any]] = dataclasses.fields(kind)
    return Table(
        key=key,
        headers=tuple(_header(field, language) for field in fields),
        rows=tuple(
            tuple(worded(field.name, getattr(row, field.name), estimate, language) for field in fields) for row in rows
        ),
    )


PLAIN = {"where": Text("所在位置", "where"), "value": Text("取值", "value"), "note": Text("说明", "note")}


def _header(field: dataclasses.Field[Any], language: Language) -> str:
    if not field.metadata:
        return PLAIN[field.name].at(language)
    unit = field.metadata["unit"]
    shown = UNITS_ZH.get(unit, unit) if language == "zh" else unit
    return f"{field.metadata[language]} ({shown})" if shown else str(field.metadata[language])


def _cell(value: Any) -> Cell:
    if isinstance(value, bool):
        return "yes" if value else "no"
    return value  # type: ignore[no-any-return]
