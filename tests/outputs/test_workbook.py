"""The workbook, read back cell by cell."""

from __future__ import annotations

import dataclasses
import zipfile
from pathlib import Path
from typing import Any

import openpyxl
import pytest

from h2plan.outputs import workbook
from h2plan.plan.results import Backdrop, LevelFigures, Plan
from tests.outputs.hostile import poisoned

LANGUAGES = ("zh", "en")


def _book(plan: Plan, backdrop: Backdrop, folder: Path, language: str = "zh") -> Any:
    (path,) = workbook.write(plan, backdrop, folder, workbook.Options.model_validate({"language": language}))
    return openpyxl.load_workbook(path)


def _column(sheet: Any, header: str) -> list[Any]:
    heads = [cell.value for cell in sheet[1]]
    return [row[heads.index(header)].value for row in sheet.iter_rows(min_row=2)]


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_table_of_the_plan_has_its_sheet_with_all_rows(
    plan: Plan, backdrop: Backdrop, tmp_path: Path, language: str
) -> None:
    book = _book(plan, backdrop, tmp_path, language)
    rows = {name: book[name].max_row - 1 for name in book.sheetnames}
    zh = language == "zh"
    assert rows["加氢站" if zh else "stations"] == len(plan.stations)
    assert rows["需求" if zh else "demand"] == len(plan.demand)
    assert rows["需求分配" if zh else "allocation"] == len(plan.allocations)
    assert rows["行政区" if zh else "districts"] == len(plan.districts)
    assert rows["候选站址" if zh else "candidates"] == len(plan.candidates)
    assert rows["选址筛选" if zh else "screening"] == len(plan.verdicts)
    assert rows["位置不详站点" if zh else "without a position"] == len(plan.unplaced)


def test_numbers_are_numbers_and_keep_fifteen_digits(plan: Plan, backdrop: Backdrop, tmp_path: Path) -> None:
    sheet = _book(plan, backdrop, tmp_path)["加氢站"]
    assert _column(sheet, "利用率 (%)") == pytest.approx([station.utilisation for station in plan.stations], rel=1e-14)
    assert _column(sheet, "新增投资 (元)") == [station.capex_cny for station in plan.stations]
    assert _column(sheet, "投运年份 (年)") == [None if station.built else station.opens for station in plan.stations]


@pytest.mark.parametrize(
    "text", ["=1+1", '=HYPERLINK("http://x","y")', "{=1}", "http://example.org", "+1", "007", " =1"]
)
def test_text_stays_text_to_the_letter(plan: Plan, backdrop: Backdrop, tmp_path: Path, text: str) -> None:
    named = dataclasses.replace(plan, stations=(dataclasses.replace(plan.stations[0], name=text),))
    book = _book(named, backdrop, tmp_path)
    cell = book["加氢站"]["B2"]
    assert (cell.value, cell.data_type == "s", cell.hyperlink) == (text, True, None)


def test_no_cell_of_a_hostile_plan_is_a_formula_or_a_link(plan: Plan, backdrop: Backdrop, tmp_path: Path) -> None:
    (path,) = workbook.write(poisoned(plan), poisoned(backdrop), tmp_path, workbook.Options())
    with zipfile.ZipFile(path) as archive:
        sheets = [archive.read(name) for name in archive.namelist() if name.startswith("xl/worksheets/")]
        assert not any("externalLinks" in name or "_rels/sheet" in name for name in archive.namelist())
    assert sheets
    assert not any(b"<f>" in sheet or b"<f " in sheet or b"<hyperlink" in sheet for sheet in sheets)


@pytest.mark.parametrize("language", LANGUAGES)
def test_headers_stay_in_sight_and_can_be_filtered(
    plan: Plan, backdrop: Backdrop, tmp_path: Path, language: str
) -> None:
    for sheet in _book(plan, backdrop, tmp_path, language):
        assert sheet.freeze_panes is not None
        assert sheet.auto_filter.ref.startswith("A1:")
        assert sheet.column_dimensions["A"].width >= 8


def test_every_figure_of_every_demand_level_is_there(plan: Plan, backdrop: Backdrop, tmp_path: Path) -> None:
    shown = _column(_book(plan, backdrop, tmp_path)["主要指标"], "数值")
    values = {f"{value:.12g}" for value in shown if isinstance(value, int | float)}
    wanted = {
        f"{getattr(row, field.name):.12g}"
        for row in plan.figures.levels
        for field in dataclasses.fields(LevelFigures)
        if field.name != "level"
    }
    assert wanted <= values
    assert f"{plan.figures.capex_cny:.12g}" in values
    assert f"{plan.alternatives[0].stations:.12g}" in values


def test_the_plan_can_be_traced_to_its_inputs_and_assumptions(plan: Plan, backdrop: Backdrop, tmp_path: Path) -> None:
    sheet = _book(plan, backdrop, tmp_path, "en")["sources"]
    pairs = set(zip(_column(sheet, "item"), _column(sheet, "value"), strict=True))
    assert set(plan.inputs.items()) <= pairs
    assert set(plan.versions.items()) <= pairs
    assert {(row.where, row.value) for row in plan.assumptions} <= pairs
    assert {text for _, text in pairs} >= set(plan.attributions) | set(plan.notes)


def test_a_missing_number_is_a_blank_cell(plan: Plan, backdrop: Backdrop, tmp_path: Path) -> None:
    blank = dataclasses.replace(plan, stations=(dataclasses.replace(plan.stations[0], source_km=None),))
    assert _column(_book(blank, backdrop, tmp_path)["加氢站"], "氢源运距 (km)") == [None]


def test_equal_plans_give_equal_bytes(plan: Plan, backdrop: Backdrop, tmp_path: Path) -> None:
    (first,) = workbook.write(plan, backdrop, tmp_path / "a", workbook.Options())
    (second,) = workbook.write(plan, backdrop, tmp_path / "b", workbook.Options())
    assert first.read_bytes() == second.read_bytes()


def test_a_plan_without_anything_still_makes_a_workbook(plan: Plan, backdrop: Backdrop, tmp_path: Path) -> None:
    empty = dataclasses.replace(
        plan, stations=(), candidates=(), demand=(), allocations=(), districts=(), verdicts=(), unplaced=()
    )
    assert _book(empty, backdrop, tmp_path)["加氢站"].max_row == 1
