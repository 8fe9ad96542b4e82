"""The lists of stations and candidates."""

from __future__ import annotations

import csv
import dataclasses
import json
from pathlib import Path
from typing import Any

import pytest

from h2plan.outputs import site_list
from h2plan.outputs._guard import guard
from h2plan.plan.results import Backdrop, Plan
from tests.outputs.hostile import poisoned


def _rows(path: Path) -> list[dict[str, str]]:
    with path.open(encoding="utf-8-sig", newline="") as file:
        return list(csv.DictReader(file))


def _renamed(plan: Plan, **changes: Any) -> Plan:
    return dataclasses.replace(plan, stations=(dataclasses.replace(plan.stations[0], **changes),))


def test_the_list_names_every_station_and_every_candidate_once(plan: Plan, backdrop: Backdrop, tmp_path: Path) -> None:
    stations, candidates, _ = site_list.write(plan, backdrop, tmp_path, site_list.Options())
    assert [row["站点编号"] for row in _rows(stations)] == [station.site_id for station in plan.stations]
    assert sorted(row["站点编号"] for row in _rows(candidates)) == sorted(site.site_id for site in plan.candidates)
    assert [row["排名"] for row in _rows(candidates)] == [str(n) for n in range(1, len(plan.candidates) + 1)]
    assert {row["入选"] for row in _rows(candidates)} == {"是", "否"}
    assert {row["筛选结论"] for row in _rows(candidates)} == {"通过", "待核查"}


def test_only_new_stations_open_in_the_year_of_the_plan(plan: Plan, backdrop: Backdrop, tmp_path: Path) -> None:
    path, _, features = site_list.write(plan, backdrop, tmp_path, site_list.Options())
    years = {station.site_id: None if station.built else station.opens for station in plan.stations}
    assert {None, 2030} == set(years.values())
    assert {row["站点编号"]: row["投运年份 (年)"] for row in _rows(path)} == {
        name: "" if year is None else str(year) for name, year in years.items()
    }
    found = json.loads(features.read_text(encoding="utf-8"))["features"]
    assert {one["id"]: one["properties"]["opens"] for one in found} == years


def test_a_chinese_spreadsheet_sees_the_byte_order_mark_first(plan: Plan, backdrop: Backdrop, tmp_path: Path) -> None:
    for path in site_list.write(plan, backdrop, tmp_path, site_list.Options())[:2]:
        assert path.read_bytes().startswith(b"\xef\xbb\xbf")


@pytest.mark.parametrize(("language", "header"), [("zh", "日加注能力 (kg/d)"), ("en", "capacity (kg/d)")])
def test_headers_carry_the_unit_in_the_readers_language(
    plan: Plan, backdrop: Backdrop, tmp_path: Path, language: str, header: str
) -> None:
    path, *_ = site_list.write(plan, backdrop, tmp_path, site_list.Options.model_validate({"language": language}))
    assert float(_rows(path)[0][header]) == plan.stations[0].capacity_kg_per_d


@pytest.mark.parametrize(
    "text",
    [
        "=1+1",
        "+1",
        "-1",
        "@SUM(1)",
        "|cmd",
        "%x",
        "\tx",
        "\rx",
        "\nx",
        " =1",
        "\ufeff=1",
        "\u3000＝1",
        "＋1",
        "－1",
        "＠a",
    ],
)
def test_text_that_a_spreadsheet_would_run_gets_an_apostrophe(
    plan: Plan, backdrop: Backdrop, tmp_path: Path, text: str
) -> None:
    path, *_ = site_list.write(_renamed(plan, name=text), backdrop, tmp_path, site_list.Options())
    assert _rows(path)[0]["名称"] == f"'{text}"


@pytest.mark.parametrize("text", ["", "阳逻港", "a=b", "3-5 号泊位", "'", " x"])
def test_harmless_text_is_left_as_it_is(text: str) -> None:
    assert guard(text) == text


def test_negative_numbers_stay_numbers(plan: Plan, backdrop: Backdrop, tmp_path: Path) -> None:
    path, *_ = site_list.write(_renamed(plan, capex_cny=-5.0, lon=-0.25), backdrop, tmp_path, site_list.Options())
    row = _rows(path)[0]
    assert (row["新增投资 (元)"], row["经度 (°)"]) == ("-5", "-0.25")


def test_exact_text_is_written_for_machines_on_request(plan: Plan, backdrop: Backdrop, tmp_path: Path) -> None:
    path, *_ = site_list.write(_renamed(plan, name="=1"), backdrop, tmp_path, site_list.Options(text="exact"))
    assert _rows(path)[0]["名称"] == "=1"


def test_hostile_names_stay_inside_their_cells(plan: Plan, backdrop: Backdrop, tmp_path: Path) -> None:
    bad = poisoned(plan)
    path, *_ = site_list.write(bad, backdrop, tmp_path, site_list.Options())
    rows = _rows(path)
    assert [row["名称"] for row in rows] == [station.name for station in bad.stations]
    assert all(None not in row for row in rows)


def test_map_programs_get_longitude_before_latitude_with_six_decimals(
    plan: Plan, backdrop: Backdrop, tmp_path: Path
) -> None:
    *_, path = site_list.write(_renamed(plan, lon=114.12345678, lat=30.5), backdrop, tmp_path, site_list.Options())
    collection = json.loads(path.read_text(encoding="utf-8"))
    feature = collection["features"][0]
    assert collection["type"] == "FeatureCollection"
    assert "crs" not in collection
    assert feature["geometry"] == {"type": "Point", "coordinates": [114.123457, 30.5]}
    assert feature["id"] == feature["properties"]["site_id"] == plan.stations[0].site_id
    assert feature["properties"]["built"] is False
    assert not {"lon", "lat"} & set(feature["properties"])


def test_equal_plans_give_equal_bytes(plan: Plan, backdrop: Backdrop, tmp_path: Path) -> None:
    first = site_list.write(plan, backdrop, tmp_path / "a", site_list.Options())
    second = site_list.write(plan, backdrop, tmp_path / "b", site_list.Options())
    assert [path.read_bytes() for path in first] == [path.read_bytes() for path in second]
