"""Bad input ends with exit code 3 and a sentence that says where, what and what to do; nothing is written."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import pytest
from click.testing import Result
from typer.testing import CliRunner

from h2plan.cli import app
from tests.plan.tiny_project import FILES, SCENARIO, SCENARIO_FILE, write_project


def edited(name: str, old: str, new: str) -> Mapping[str, str]:
    assert old in FILES[name], f"{old!r} is not in {name}"
    return {name: FILES[name].replace(old, new)}


def limits(old: str, new: str) -> Mapping[str, str]:
    return edited(SCENARIO_FILE, old, new)


def run(command: str, folder: Path, changes: Mapping[str, str], *more: str) -> Result:
    file = write_project(folder, changes=changes)
    return CliRunner().invoke(app, [command, str(file), *more])


@dataclass(frozen=True)
class Case:
    """A fault, and what the message must say of it."""

    changes: Mapping[str, str]
    told: tuple[str, ...]
    exit_code: int = 3


PORTS, HUBS, NODES = "data/ports.csv", "data/hubs.csv", "data/nodes.csv"
NO_HIGHWAYS = {
    SCENARIO_FILE: SCENARIO[: SCENARIO.index("  - use: highways")] + SCENARIO[SCENARIO.index("station_sizes:") :],
    **edited("data/fleet_mix.csv", "4,tractor,highways", "4,tractor,ports"),
}
AROUND_C = edited("data/truck_access.csv", ",CD,", ",BC;CD;CD-long,")

CASES: Mapping[str, Case] = {
    "an unknown column": Case(
        edited(PORTS, "max_kg_per_d", "max_kg_d"),
        (f"{PORTS} row 1, max_kg_d: is not a column of this table", "did you mean max_kg_per_d?"),
    ),
    "a missing column": Case(
        {NODES: "\n".join(",".join(line.split(",")[:1] + line.split(",")[2:]) for line in FILES[NODES].splitlines())},
        (f"{NODES} row 1, kind: is missing from the header", "add it to the header"),
    ),
    "text in a number": Case(
        edited(PORTS, ",500,20000,", ",much,20000,"), (f"{PORTS} row 2, max_kg_per_d: 'much' is not a number",)
    ),
    "a number with its unit": Case(
        edited(PORTS, ",500,20000,", ",500 kg,20000,"), ("'500 kg' is not a number", "perhaps 500; the unit is in")
    ),
    "NaN": Case(edited(PORTS, ",500,20000,", ",nan,20000,"), ("'nan' is not a finite number", "leave the cell blank")),
    "infinity": Case(edited(PORTS, ",500,20000,", ",-inf,20000,"), ("'-inf' is not a finite number",)),
    "a negative number": Case(
        edited(PORTS, ",500,20000,", ",500,-1,"), (f"{PORTS} row 2, land_cny_per_yr: '-1' must not be negative",)
    ),
    "a share above one": Case(
        edited("data/fleet_mix.csv", "0.4,", "40,"), ("data/fleet_mix.csv row 2, share: '40' must not be above 1",)
    ),
    "an id twice": Case(
        edited(HUBS, "hub-b,", "hub-c,"),
        (f"{HUBS} row 3, id: 'hub-c' stands already in row 2", "every row needs its own"),
    ),
    "an id for two places": Case(
        edited(PORTS, "port-e,", "ic-d,"), ("sites, ic-d: the id stands for two places", "give one of them another id")
    ),
    "lon and lat swapped": Case(
        edited(PORTS, "114.7,30.6", "30.6,114.7"), (f"{PORTS} row 2, lat: 114.7 is outside -90 to 90", "looks swapped")
    ),
    "a place outside the region": Case(
        edited(PORTS, "114.7,30.6", "116.7,30.6"),
        (f"{PORTS} row 2, lon: 116.7, 30.6 lies outside the region (lon 113.9 to 115, lat 30 to 31)",),
    ),
    "metres for degrees": Case(edited(PORTS, "114.7,30.6", "12768000,3580000"), ("looks like metres of a projection",)),
    "a longitude without a latitude": Case(
        edited(PORTS, "114.7,30.6", "114.7,"), (f"{PORTS} row 2, lat: is blank although lon is given",)
    ),
    "a position of unknown precision": Case(
        edited(PORTS, "30.6,900,", "30.6,,"), (f"{PORTS} row 2, precision_m: is blank although a position is given",)
    ),
    "no datum": Case(
        limits("{use: table, file: data/ports.csv, crs: wgs84}", "{use: table, file: data/ports.csv}"),
        ("tiny.yaml sites[2] (table), crs: is missing",),
    ),
    "an unknown datum": Case(
        limits("{use: table, file: data/ports.csv, crs: wgs84}", "{use: table, file: data/ports.csv, crs: gcj20}"),
        ("tiny.yaml sites[2] (table), crs: datum 'gcj20' is not known", "known: wgs84, cgcs2000, gcj02, bd09, EPSG:n"),
    ),
    "a local plane": Case(
        limits("{use: table, file: data/ports.csv, crs: wgs84}", "{use: table, file: data/ports.csv, crs: local}"),
        ("its parameters never enter a plan", "h2plan import sites FILE --local-system PARAMETERS"),
    ),
    "an empty file": Case({PORTS: ""}, (f"{PORTS}: is empty", "the first row must hold the column names")),
    "a header without rows": Case({PORTS: FILES[PORTS].splitlines()[0]}, (f"{PORTS}: has a header but no rows",)),
    "a missing file": Case(
        limits("{use: table, file: data/ports.csv", "{use: table, file: data/prts.csv"),
        (
            "tiny.yaml sites: there is no file 'data/prts.csv'",
            "did you mean 'ports.csv'?",
        ),
    ),
    "a key twice": Case(
        limits("stations_max: 4", "stations_max: 4\n  stations_max: 5"), ("the key 'stations_max' stands twice",)
    ),
    "an unknown key": Case(
        limits("stations_max: 4", "station_max: 4"), ("tiny.yaml, limits.station_max: unknown key",)
    ),
    "a path that leads out": Case(
        limits("station_sizes: data/station_sizes.csv", "station_sizes: ../sizes.csv"),
        ("tiny.yaml station_sizes: '../sizes.csv' lies outside the project folder", "copy it into data/"),
    ),
    "an absolute path": Case(
        limits("station_sizes: data/station_sizes.csv", "station_sizes: /etc/hosts"),
        ("lies outside the project folder",),
    ),
    "an address": Case(
        limits("station_sizes: data/station_sizes.csv", "station_sizes: https://example.org/a.csv"),
        ("is no local file",),
    ),
    "required and forbidden": Case(
        limits("forbidden: [hub-c]", "forbidden: [port-e]"),
        ("limits: required and forbidden at the same time: port-e",),
    ),
    "a required site that the law bars": Case(
        limits("required: [port-e]", "required: [ic-w]"),
        ("limits.required, ic-w: 水上互通 is barred by 'lake': open water",),
    ),
    "a required site that is none": Case(
        limits("required: [port-e]", "required: [port-x]"), ("limits.required, port-x: no such site",)
    ),
    "a forbidden station that stands": Case(
        limits("forbidden: [hub-c]", "forbidden: [h2-b]"), ("limits.forbidden, h2-b: 老站 stands already",)
    ),
    "more stations than there are sites": Case(
        limits("stations_max: 4", "stations_max: 40"), ("limits, stations_max: 40 is above what there is",)
    ),
    "a budget below the cheapest station": Case(
        limits("budget_cny: 20000000", "budget_cny: 5000000"),
        ("limits, budget_cny: 5,000,000 is below the cheapest station (S300: 6,000,000)",),
    ),
    "fewer at most than at least": Case(
        limits("stations_min: 2", "stations_min: 5"), ("stations_min 5 is above stations_max 4",)
    ),
    "a point that no road leaves": Case({**NO_HIGHWAYS, **AROUND_C}, ("logistics_hubs:hub-c:tractor", "物流园")),
    "a flow without a way": Case(AROUND_C, ("物流园", "港区", "西方市")),
    "a road network in two pieces": Case(
        {"data/links.csv": "\n".join(FILES["data/links.csv"].splitlines()[:5]) + "\n"}, ("data/roads/nodes.csv",)
    ),
    "a truck rule for an unknown road": Case(
        edited("data/truck_access.csv", ",CD,", ",XY,"),
        ("data/truck_access.csv", "rule bridge names the unknown link 'XY'"),
    ),
    "a size that is called built": Case(
        edited("data/station_sizes.csv", "S300,", "built,"), ("the id 'built' is taken",)
    ),
    "every site barred": Case(
        {
            **limits("required: [port-e]\n  forbidden: [hub-c]", "forbidden: [hub-b, hub-c, port-e, ic-d]"),
            **edited("data/hydrogen_stations.csv", "none,114.4,30.6,100,yes,200", "none,,,,yes,200"),
            HUBS: FILES[HUBS].replace("老站,Old", "新园,New"),
        },
        (
            "sites: no site is left after the screen: 'lake' sets aside 1, 'plan area' sets aside 1, ",
            "'user' sets aside 4",
        ),
    ),
    "a fleet that does not add up": Case(
        edited("data/fleet_mix.csv", "0.4,", "0.3,"), ("data/fleet_mix.csv, share: the shares add up to 0.9, not to 1",)
    ),
    "a polygon that crosses itself": Case(
        {
            "data/lake.geojson": '{"type": "FeatureCollection", "features": [{"type": "Feature", "geometry": '
            '{"type": "Polygon", "coordinates": [[[114, 30], [115, 31], [115, 30], [114, 31], [114, 30]]]}}]}'
        },
        ("data/lake.geojson row 1: the polygon crosses itself",),
    ),
    "two years at once": Case(
        {
            SCENARIO_FILE: SCENARIO.replace("periods: [2030]", "periods: [2030, 2035]")
            .replace("{2030: 100}", "{2030: 100, 2035: 200}")
            .replace("{use: network_design, objective: coverage}", "{use: p_median, size_id: S500}")
        },
        ("periods: 2030, 2035: the model p_median plans one year at a time",),
    ),
}


@pytest.mark.parametrize("what", CASES)
def test_bad_input_is_told_and_nothing_is_written(tmp_path: Path, what: str) -> None:
    case = CASES[what]
    result = run("plan", tmp_path, case.changes)
    assert result.exit_code == case.exit_code, result.output
    assert result.stdout == ""
    assert "Traceback" not in result.output
    for words in case.told:
        assert words in result.stderr
    assert not (tmp_path / "results").exists()


@pytest.mark.parametrize("what", CASES)
def test_check_finds_the_same_faults(tmp_path: Path, what: str) -> None:
    case = CASES[what]
    result = run("check", tmp_path, case.changes, "--json")
    assert result.exit_code == case.exit_code
    answer = json.loads(result.stdout)
    assert answer["ok"] is False
    assert answer["error"] == "InputError"
    assert answer["faults"]
    assert all(words in answer["message"] for words in case.told)
    assert all(fault["where"] and fault["message"] for fault in answer["faults"])


def test_the_faults_of_a_table_come_together_with_row_column_value_and_hint(tmp_path: Path) -> None:
    text = FILES[HUBS].replace("114.5,30.6,100", "abc,30.6,-5").replace("hub-b,", "hub-c,")
    result = run("check", tmp_path, {HUBS: text}, "--json")
    faults = {(fault["row"], fault["column"]): fault for fault in json.loads(result.stdout)["faults"]}
    assert set(faults) == {(2, "lon"), (2, "precision_m"), (3, "id")}
    assert faults[2, "lon"]["value"] == "abc"
    assert faults[3, "id"]["hint"] == "every row needs its own"
    assert {fault["where"] for fault in faults.values()} == {HUBS}


def test_a_link_that_leads_out_of_the_project_is_refused(tmp_path: Path) -> None:
    file = write_project(tmp_path / "project")
    secret = tmp_path / "secret.csv"
    secret.write_text(FILES[PORTS], encoding="utf-8")
    (tmp_path / "project" / PORTS).unlink()
    (tmp_path / "project" / PORTS).symlink_to(secret)
    result = CliRunner().invoke(app, ["plan", str(file)])
    assert result.exit_code == 3
    assert "'data/ports.csv' lies outside the project folder" in result.stderr


def test_old_results_outlive_bad_input(tmp_path: Path) -> None:
    old = tmp_path / "results" / "tiny"
    old.mkdir(parents=True)
    (old / "run.json").write_text("{}")
    assert run("plan", tmp_path, CASES["NaN"].changes).exit_code == 3
    assert [path.name for path in old.parent.iterdir()] == ["tiny"]
    assert [path.name for path in old.iterdir()] == ["run.json"]
