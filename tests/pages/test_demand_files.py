"""The demand as files: their sums, their bytes, and how they live beside a plan."""

from __future__ import annotations

import csv
import json
from pathlib import Path

import geopandas as gpd
import pytest
from openpyxl import load_workbook

from h2plan.errors import EnvironmentFault
from h2plan.estimating import Estimate
from h2plan.pages import beside
from h2plan.pages import demand as pages
from h2plan.pages._changes import compare, hashes
from h2plan.pages._sheets import SHEET_NAMES


@pytest.fixture(scope="module")
def folder(one_year: Estimate, phased: Estimate, tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("demand")
    pages.write(one_year, folder, changes=compare(one_year, phased), language="en")
    return folder


def test_the_ledger_file_adds_up_to_the_total(folder: Path, one_year: Estimate) -> None:
    with (folder / beside.LEDGER).open(encoding="utf-8-sig", newline="") as file:
        rows = list(csv.DictReader(file))
    assert len(rows) == len(one_year.ledger)
    total = one_year.total(2030)
    for heading, wanted in (("low", total.low), ("base", total.base), ("high", total.high)):
        assert sum(float(row[f"demand, {heading} (kg/d)"]) for row in rows) == pytest.approx(wanted)


def test_the_workbook_holds_every_sheet_and_the_same_total(folder: Path, one_year: Estimate) -> None:
    book = load_workbook(folder / beside.WORKBOOK, read_only=True)
    assert book.sheetnames == [name.en for name in SHEET_NAMES.values()]
    for sheet in ("by class", "by district", "class x source x district", "ledger"):
        rows = list(book[sheet].iter_rows(values_only=True))
        column = rows[0].index("demand, base (kg/d)")
        assert sum(float(row[column]) for row in rows[1:]) == pytest.approx(one_year.total(2030).base)


def test_the_layers_of_the_geopackage_add_up_to_the_total(folder: Path, one_year: Estimate) -> None:
    layers = [gpd.read_file(folder / beside.LAYERS, layer=name) for name in ("demand_points", "demand_flows")]
    assert {layer.crs.to_string() for layer in layers} == {"EPSG:4326"}
    assert sum(layer["kg_per_d_base"].sum() for layer in layers) == pytest.approx(one_year.total(2030).base)
    assert layers[0].geom_type.unique().tolist() == ["Point"]
    assert layers[1].geom_type.unique().tolist() == ["LineString"]


def test_equal_demand_gives_equal_bytes(folder: Path, one_year: Estimate, phased: Estimate, tmp_path: Path) -> None:
    pages.write(one_year, tmp_path, changes=compare(one_year, phased), language="en")
    assert [name for name in beside.FILES if (folder / name).read_bytes() != (tmp_path / name).read_bytes()] == []


def test_the_figures_name_every_input_with_its_sha256(folder: Path, one_year: Estimate) -> None:
    facts = json.loads((folder / beside.FACTS).read_text(encoding="utf-8"))
    assert facts["inputs"] == hashes(one_year.project)
    assert facts["years"]["2030"]["kg_per_d"]["base"] == pytest.approx(one_year.total(2030).base)


def test_demand_written_beside_a_plan_leaves_the_plan_alone(one_year: Estimate, tmp_path: Path) -> None:
    final = tmp_path / "wuhan-2030"
    final.mkdir()
    (final / "plan.json").write_text(json.dumps({"inputs": hashes(one_year.project)}), encoding="utf-8")
    (final / "run.json").write_text("{}", encoding="utf-8")
    (final / "demand.html").write_text("old", encoding="utf-8")
    published = pages.publish(one_year, out=final)
    assert published.folder == final
    assert {path.name for path in final.iterdir()} == {"plan.json", "run.json", *beside.FILES}
    assert (final / "run.json").read_text(encoding="utf-8") == "{}"
    assert (final / "demand.html").read_text(encoding="utf-8") != "old"
    assert not any("plan" in note and "changed" in note for note in published.notes)
    assert [path.name for path in tmp_path.iterdir()] == ["wuhan-2030"]


def test_a_plan_made_from_other_tables_is_told_to_be_out_of_date(one_year: Estimate, tmp_path: Path) -> None:
    made_from = {**hashes(one_year.project), "data/demand/fleet_mix.csv": "0" * 64}
    (tmp_path / "plan.json").write_text(json.dumps({"inputs": made_from}), encoding="utf-8")
    (tmp_path / "run.json").write_text("{}", encoding="utf-8")
    published = pages.publish(one_year, out=tmp_path)
    assert "data/demand/fleet_mix.csv changed; plan again" in published.notes[-1]


def test_a_new_plan_keeps_demand_files_that_rest_on_its_inputs_and_no_others(folder: Path, tmp_path: Path) -> None:
    inputs = json.loads((folder / beside.FACTS).read_text(encoding="utf-8"))["inputs"]
    first, second = tmp_path / "first", tmp_path / "second"
    first.mkdir()
    second.mkdir()
    assert beside.carry(folder, first, {**inputs, "data/more.csv": "1"}) == beside.FILES
    assert (first / beside.PAGE).read_bytes() == (folder / beside.PAGE).read_bytes()
    assert beside.carry(folder, second, {**inputs, "data/demand/fleet_mix.csv": "1"}) == ()
    assert beside.carry(tmp_path / "nowhere", second, inputs) == ()
    assert list(second.iterdir()) == []


def test_a_folder_of_somebody_else_is_left_as_it_is(one_year: Estimate, tmp_path: Path) -> None:
    (tmp_path / "thesis.docx").write_text("mine", encoding="utf-8")
    with pytest.raises(EnvironmentFault, match="left as it is"):
        pages.publish(one_year, out=tmp_path)
    assert [path.name for path in tmp_path.iterdir()] == ["thesis.docx"]
