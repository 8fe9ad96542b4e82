"""`h2plan screen` on the shipped scenario of Wuhan and on a made-up city."""

from __future__ import annotations

import csv
import json
from pathlib import Path

import openpyxl
import pytest
from typer.testing import CliRunner

from h2plan import pipeline
from h2plan.cli import app
from tests.screen.places import ROOT

WUHAN = ROOT / "scenarios" / "wuhan-2030.yaml"


@pytest.fixture(scope="module")
def screened(tmp_path_factory: pytest.TempPathFactory) -> pipeline.ScreenOutcome:
    return pipeline.screen(WUHAN, out=tmp_path_factory.mktemp("screen") / "wuhan", language="en")


def test_every_site_of_wuhan_has_a_verdict_that_can_be_followed(screened: pipeline.ScreenOutcome) -> None:
    screening = screened.screened.screening
    sites = {site.id: site for site in screened.screened.gathered.sites}
    assert {verdict.site_id for verdict in screening.verdicts} == set(sites)
    for verdict in screening.verdicts:
        assert verdict.reason
        if verdict.verdict == "review":
            assert verdict.remedy
            assert verdict.remedy_zh
        if not sites[verdict.site_id].is_built and verdict.verdict != "barred":
            assert verdict.max_kg_per_d is not None or verdict.rule == "outside these rules"


def test_nothing_unverified_bars_a_site_of_wuhan(screened: pipeline.ScreenOutcome) -> None:
    barred = [verdict for verdict in screened.screened.screening.verdicts if verdict.verdict == "barred"]
    assert {verdict.rule for verdict in barred} <= {"plan area"}


def test_what_is_open_for_all_is_listed_once_with_how_to_close_it(screened: pipeline.ScreenOutcome) -> None:
    points = screened.screened.screening.points
    assert len({(point.about, point.text) for point in points}) == len(points)
    about = {point.about for point in points}
    assert {"important_public_building", "overhead_line", "flammable_pipeline", "trunk_intersection"} <= about
    assert all(point.remedy and point.remedy_zh for point in points)


def test_tables_workbook_and_map_layer_hold_the_same_sites(screened: pipeline.ScreenOutcome) -> None:
    folder, count = screened.folder, len(screened.screened.screening.verdicts)
    with (folder / "screening.csv").open(encoding="utf-8-sig", newline="") as file:
        rows = list(csv.DictReader(file))
    assert len(rows) == count
    assert {"verdict", "clause", "object", "what would make it legal"} <= set(rows[0])
    layer = json.loads((folder / "screening.geojson").read_text(encoding="utf-8"))
    assert len(layer["features"]) == count
    assert {"verdict", "reason_zh", "remedy_zh"} <= set(layer["features"][0]["properties"])
    book = openpyxl.load_workbook(folder / "screening.xlsx")
    assert book.sheetnames == ["screening", "clauses", "open for all sites", "merged rows"]
    assert book["screening"].max_row == count + 1


def test_equal_screenings_give_equal_tables(screened: pipeline.ScreenOutcome, tmp_path: Path) -> None:
    again = pipeline.screen(WUHAN, out=tmp_path / "again", language="en")
    for path in screened.files:
        if path.suffix != ".xlsx":
            assert (again.folder / path.name).read_bytes() == path.read_bytes()


def test_the_command_prints_a_table_and_where_the_files_lie(tmp_path: Path) -> None:
    ran = CliRunner().invoke(app, ["screen", str(WUHAN), "--out", str(tmp_path / "out")])
    assert ran.exit_code == 0, ran.output
    assert "待核查" in ran.output
    assert "screening.geojson" in ran.output


def test_json_holds_every_clause(tmp_path: Path) -> None:
    ran = CliRunner().invoke(app, ["screen", str(WUHAN), "--out", str(tmp_path / "out"), "--json"])
    said = json.loads(ran.stdout)
    assert any(verdict["clauses"] for verdict in said["verdicts"])
    assert said["open_points"]


def test_a_folder_that_holds_something_else_is_left_alone(tmp_path: Path) -> None:
    (tmp_path / "mine.txt").write_text("mine", encoding="utf-8")
    ran = CliRunner().invoke(app, ["screen", str(WUHAN), "--out", str(tmp_path)])
    assert ran.exit_code == 7
    assert (tmp_path / "mine.txt").read_text(encoding="utf-8") == "mine"
