"""The re-check applies siting law anew: whoever changes a verdict, a size or a layer is found out."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from h2plan.plan.certificate import Certificate
from h2plan.plan.files import read_plan
from h2plan.plan.verify import verify
from tests.plan.tiny_project import SCENARIO, SCENARIO_FILE, with_input, write_results

LAW = """\
screen:
  rules: data/rules.csv
  classes: data/classes.csv
  class_edition: e
  layers:
    building: {file: data/building.geojson, crs: wgs84, verified: true}
    centre: {file: data/quarter.geojson, crs: wgs84, verified: true}
    wetland: {file: data/wetland.geojson, crs: wgs84, verdict: bar, document: No. 7, verified: true}
"""
RULES = """\
id,clause,object,object_zh,object_en,station_class,host,metres,text_zh,text_en,source,verified
b,A 1,building,楼,building,,,50,五十米,fifty metres,made up,yes
c,A 2,centre,中心,centre,II,,0,不建二级,no class II,made up,yes
"""
CLASSES = """\
id,edition,host,station_class,storage_over_kg,storage_max_kg,text_zh,text_en,source,verified
2,e,hydrogen,II,500,8000,二级,class II,made up,yes
3,e,hydrogen,III,0,500,三级,class III,made up,yes
"""


def square(west: float, south: float, east: float, north: float) -> str:
    ring = [[west, south], [east, south], [east, north], [west, north], [west, south]]
    return layer({"type": "Polygon", "coordinates": [ring]})


def building(lon: float, lat: float) -> str:
    return layer({"type": "Point", "coordinates": [lon, lat]})


def layer(geometry: dict[str, Any]) -> str:
    feature = {"type": "Feature", "properties": {"name": "x"}, "geometry": geometry}
    return json.dumps({"type": "FeatureCollection", "features": [feature]})


CHANGES = {
    SCENARIO_FILE: SCENARIO.replace("screen:\n", LAW),
    "data/rules.csv": RULES,
    "data/classes.csv": CLASSES,
    "data/building.geojson": building(114.6, 30.605),
    "data/quarter.geojson": square(114.59, 30.59, 114.61, 30.61),
    "data/wetland.geojson": square(114.8, 30.5, 114.9, 30.7),
}


@pytest.fixture(scope="module")
def results(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_results(tmp_path_factory.mktemp("law"), changes=CHANGES)


def failed(certificate: Certificate) -> set[str]:
    return {check.family for check in certificate.failed}


def tampered(results: Path, tmp_path: Path, change: Callable[[dict[str, Any]], object]) -> Certificate:
    import shutil

    folder = tmp_path / "results"
    shutil.copytree(results, folder)
    plan = json.loads((folder / "plan.json").read_text(encoding="utf-8"))
    change(plan)
    (folder / "plan.json").write_text(json.dumps(plan), encoding="utf-8")
    return verify(folder)


def of(plan: dict[str, Any], name: str) -> dict[str, Any]:
    return next(row for row in plan["verdicts"] if row["site_id"] == name)


def test_an_honest_plan_under_law_passes(results: Path) -> None:
    assert verify(results).verdict == "pass"
    verdicts = {verdict.site_id: verdict for verdict in read_plan(results).verdicts}
    # D stands inside the quarter, where class II (600 kg at 500 kg/d) is barred; the building is 554 m away.
    assert (verdicts["ic-d"].verdict, verdicts["ic-d"].max_kg_per_d) == ("pass", 300.0)
    assert verdicts["port-e"].verdict == "review"  # its position is known to 900 m only


def test_a_verdict_a_size_and_a_distance_cannot_be_changed(results: Path, tmp_path: Path) -> None:
    def larger(plan: dict[str, Any]) -> None:
        of(plan, "ic-d")["max_kg_per_d"] = 500.0

    def passed(plan: dict[str, Any]) -> None:
        of(plan, "port-e")["verdict"] = "pass"

    def farther(plan: dict[str, Any]) -> None:
        of(plan, "ic-d")["clauses"][1]["measured_m"] += 5.0

    for number, change in enumerate((larger, passed, farther)):
        assert "sites_real" in failed(tampered(results, tmp_path / str(number), change))


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("data/building.geojson", building(114.6, 30.6003)),
        ("data/wetland.geojson", square(114.59, 30.59, 114.61, 30.61)),
        ("data/classes.csv", CLASSES.replace("500", "100")),
        ("data/rules.csv", RULES.replace(",50,", ",900,")),
    ],
)
def test_a_plan_made_under_another_law_is_found_out(tmp_path: Path, name: str, text: str) -> None:
    results = write_results(tmp_path, changes=CHANGES)
    assert "sites_real" in failed(with_input(results, read_plan(results), name, text))


SITES = """\
  - {use: generate, file: data/junctions.csv, crs: wgs84, outside: [data/centre.geojson], spacing_km: 3}
"""
MORE = (
    SITES
    + """\
  - {use: polygons, file: data/parcels.geojson, crs: wgs84, survey_m: 1, columns: {kind: greenfield, name_en: P,
     city: 小城市, bank: none, source: made up, verified: "no"}}
  - {use: generate, crs: wgs84, along: [大道], every_km: 4, around: data/towns.csv, ring_km: 1, spacing_km: 2}
"""
)
LINKS = """\
id,from_node,to_node,road,class,length_km,opened_yr,source,precision_m
FA,F,A,,primary,30,,made up,10
AB,A,B,大道,primary,10,,made up,10
BC,B,C,,primary,10,,made up,10
CD,C,D,,primary,10,,made up,10
CD-long,C,D,,primary,20,,made up,10
DE,D,E,,primary,10,,made up,10
FE-later,F,E,,primary,70,2031,made up,10
"""
TOWNS = """\
id,name,name_en,district,bank,lon,lat,precision_m,source,verified
t1,镇,Town,东区,none,114.66,30.605,100,made up,no
"""


def parcels() -> str:
    ring = [[114.45, 30.6], [114.452, 30.6], [114.452, 30.601], [114.45, 30.601], [114.45, 30.6]]
    feature = {"type": "Feature", "properties": {"id": "p1", "name": "地块一"}}
    polygon = {"type": "Polygon", "coordinates": [ring]}
    return json.dumps({"type": "FeatureCollection", "features": [{**feature, "geometry": polygon}]})


def test_parcels_and_sites_made_along_roads_and_around_places_are_found_again(tmp_path: Path) -> None:
    changes = {
        SCENARIO_FILE: SCENARIO.replace(SITES, MORE),
        "data/links.csv": LINKS,
        "data/towns.csv": TOWNS,
        "data/parcels.geojson": parcels(),
    }
    results = write_results(tmp_path, changes=changes)
    plan = read_plan(results)
    names = {verdict.site_id for verdict in plan.verdicts}
    assert {"p1", "along-大道-001", "along-大道-002"} <= names
    assert any(name.startswith("around-t1-") for name in names)
    assert verify(results).verdict == "pass", verify(results).failed
