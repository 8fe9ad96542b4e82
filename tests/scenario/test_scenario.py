"""What a scenario must hold, checked as a whole."""

from __future__ import annotations

from pathlib import Path

import pytest

from h2plan import pipeline
from h2plan.errors import InputError
from h2plan.project import load, read_yaml
from h2plan.scenario import Scenario
from tests.plan.tiny_project import SCENARIO, SCENARIO_FILE, write_project

WUHAN = Path(__file__).parents[2] / "scenarios" / "wuhan-2030.yaml"


def loaded(folder: Path, old: str, new: str) -> Scenario:
    assert old in SCENARIO
    return load(write_project(folder, changes={SCENARIO_FILE: SCENARIO.replace(old, new)})).scenario


def refusal(folder: Path, old: str, new: str) -> str:
    with pytest.raises(InputError) as caught:
        loaded(folder, old, new)
    return str(caught.value)


def test_the_shipped_scenario_is_sound() -> None:
    scenario = pipeline.check(WUHAN).scenario
    assert scenario.periods == (2030,)
    assert scenario.targets.fcev == {2030: 3000}
    assert scenario.limits.radius == ("min", 15)


def test_years_of_a_target_may_be_quoted(tmp_path: Path) -> None:
    assert loaded(tmp_path, "{2030: 100}", "{'2030': 100}").targets.fcev == {2030: 100}


def test_a_radius_in_km_is_a_radius_in_km(tmp_path: Path) -> None:
    scenario = loaded(tmp_path, "service_radius_min: 12", "service_radius_km: 12.5")
    assert scenario.limits.radius == ("km", 12.5)


@pytest.mark.parametrize(
    ("old", "new", "told"),
    [
        ("  stations_max: 4", "  stations_maxx: 4", "tiny.yaml, limits.stations_maxx: unknown key"),
        ("name: tiny", "nom: x\nname: tiny", "tiny.yaml, nom: unknown key (see 'h2plan schema' for the keys)"),
        ("name: tiny\n", "", "tiny.yaml, name: is missing"),
        ("name: tiny", "name: ../elsewhere", "tiny.yaml, name: "),
        ("name: tiny", "name: 2030", "valid string, got 2030"),
        ("  crs: wgs84\n  off", "  off", "roads.crs: is missing"),
        (
            "  crs: wgs84\n  off",
            "  crs: local\n  off",
            "roads.crs: 'local' names a local system, which is for imports only",
        ),
        ("  crs: wgs84\n  off", "  crs: epsg\n  off", "roads.crs: datum 'epsg' is not known (known: wgs84, cgcs2000"),
        ("service_radius_min: 12", "service_radius_min: 12\n  service_radius_km: 3", "give exactly one of"),
        ("  service_radius_min: 12\n", "", "give exactly one of service_radius_min and service_radius_km"),
        (
            "service_radius_min: 12",
            "service_radius_min: 0",
            "limits.service_radius_min: input should be greater than 0",
        ),
        ("forbidden: [hub-c]", "forbidden: [hub-c, port-e]", "required and forbidden at the same time: port-e"),
        ("stations_min: 2", "stations_min: 5", "stations_min 5 is above stations_max 4"),
        ("budget_cny: 20000000", "budget_cny: -1", "limits.budget_cny: input should be greater than or equal to 0"),
        ("budget_cny: 20000000", "budget_cny: .nan", "limits.budget_cny: input should be a finite number, got nan"),
        ("budget_cny: 20000000", "budget_cny: .inf", "limits.budget_cny: input should be a finite number, got inf"),
        ("budget_cny: 20000000", "budget_cny: 20 M", "limits.budget_cny: input should be a valid number"),
        ("budget_cny: 20000000", "budget_cny: true", "a number is needed, not true or false, got True"),
        ("stations_max: 4", "stations_max: true", "limits.stations_max: a number is needed, not true or false"),
        ("stations_max: 4", "stations_max: 4.5", "limits.stations_max: input should be a valid integer"),
        ("stations_max: 4", "stations_max: -4", "limits.stations_max: input should be greater than or equal to 0"),
        (
            "served_share_min: 0.5",
            "served_share_min: 50",
            "limits.served_share_min: input should be less than or equal",
        ),
        ("active_share_low: 0.4", "active_share_low: 0.6", "active_share_low, _base and _high must not fall"),
        ("{2030: 100}", "{2029: 100}", "targets.fcev has no value for 2030"),
        ("{2030: 100}", "{2030: 100, '2030': 200}", "the same year stands twice"),
        ("{2030: 100}", "{2030: 0}", "targets.fcev.2030: input should be greater than 0"),
        ("{2030: 100}", "{soon: 100}", "targets.fcev.soon"),
        ("periods: [2030]", "periods: []", "periods: "),
        ("periods: [2030]", "periods: [2030, 2030]", "periods must rise, each year once"),
        ("lon: [113.9, 115.0]", "lon: [115.0, 113.9]", "the first limit must be the smaller one"),
        ("lon: [113.9, 115.0]", "lon: [113.9]", "region.lon"),
    ],
)
def test_a_fault_is_told_with_its_key_and_value(tmp_path: Path, old: str, new: str, told: str) -> None:
    assert told in refusal(tmp_path, old, new)


def test_all_faults_of_a_scenario_come_together(tmp_path: Path) -> None:
    text = (
        SCENARIO.replace("stations_max: 4", "stations_max: x").replace("gap: 0", "gap: 1").replace("name: tiny", "n: 1")
    )
    with pytest.raises(InputError) as caught:
        load(write_project(tmp_path, changes={SCENARIO_FILE: text}))
    columns = {fault.column for fault in caught.value.faults}
    assert columns == {"limits.stations_max", "solver.gap", "name", "n"}
    assert all(fault.where == "tiny.yaml" for fault in caught.value.faults)


def test_a_long_value_is_cut_in_the_message(tmp_path: Path) -> None:
    assert len(refusal(tmp_path, "stations_max: 4", f"stations_max: {'x' * 5000}")) < 300


def test_two_runs_of_reading_give_equal_scenarios(tmp_path: Path) -> None:
    file = write_project(tmp_path)
    assert load(file) == load(file)
    assert read_yaml(file)["name"] == "tiny"


@pytest.mark.parametrize(
    ("change", "told"),
    [
        (("{use: table, file: data/hubs.csv", "{use: tabel, file: data/hubs.csv"), "did you mean 'table'?"),
        (
            ("{use: table, file: data/hubs.csv", "{use: xyz, file: data/hubs.csv"),
            "there are: generate, polygons",
        ),
        (("{use: table, file: data/hubs.csv", "{use: _merge, file: data/hubs.csv"), "sites.1.use"),
        (
            ("{use: table, file: data/hubs.csv", "{use: table, fil: data/hubs.csv"),
            "sites[1] (table), fil: unknown option",
        ),
        (("{use: table, file: data/hubs.csv, crs: wgs84}", "{use: table, file: data/hubs.csv}"), "crs: is missing"),
        (("objective: coverage", "objective: profit"), "model (network_design), objective: "),
        (("gateway_hub_share: 0.5", "gateway_hub_share: 0.6"), "demand[3] (highways): gateway_hub_share"),
        (("{use: site_list, language: zh}", "{use: site_list, language: fr}"), "outputs[0] (site_list), language: "),
        (("spacing_km: 3", "spacing_km: yes"), "sites[3] (generate), spacing_km: "),
        (("spacing_km: 3", "spacing_km: true"), "a number is needed, not true or false"),
    ],
)
def test_the_options_of_plug_ins_are_checked_with_the_name_of_their_section(
    tmp_path: Path, change: tuple[str, str], told: str
) -> None:
    assert change[0] in SCENARIO
    with pytest.raises(InputError) as caught:
        pipeline.check(write_project(tmp_path, changes={SCENARIO_FILE: SCENARIO.replace(*change)}))
    assert told in str(caught.value)


def test_faults_of_all_plug_ins_come_together(tmp_path: Path) -> None:
    text = SCENARIO.replace("{use: table, file: data/hubs.csv", "{use: tabel, file: data/hubs.csv")
    text = text.replace("objective: coverage", "objectiv: coverage")
    with pytest.raises(InputError) as caught:
        pipeline.check(write_project(tmp_path, changes={SCENARIO_FILE: text}))
    assert len(caught.value.faults) == 2
