"""Every model plans the made-up city from its scenario, and its plan passes the re-check; spoilt ones do not."""

from __future__ import annotations

import re
from dataclasses import replace
from pathlib import Path

import pytest

from h2plan import pipeline
from h2plan.plan.files import read_plan, to_json
from h2plan.plan.verify import verify
from h2plan.project import PLAN_FILE
from tests.plan.tiny_project import SCENARIO, SCENARIO_FILE, write_project

LIMITS = re.compile(r"  stations_max: 4\n  stations_min: 2\n  budget_cny: 20000000\n  served_share_min: 0.5\n")
MODELS = {
    "network_design": "{use: network_design, objective: cost}",
    "max_cover": "{use: max_cover, size_id: S500, backup: true}",
    "set_cover": "{use: set_cover, size_id: S300}",
    "set_cover_cost": "{use: set_cover, size_id: S300, objective: cost}",
    "p_median": "{use: p_median, size_id: S300}",
    "p_median_unserved": "{use: p_median, size_id: S300, unserved_min: 60}",
    "p_center": "{use: p_center, size_id: S300}",
    "p_dispersion": "{use: p_dispersion, size_id: S300}",
    "capacitated": "{use: capacitated, closest: true}",
    "capacitated_single": "{use: capacitated, sourcing: single}",
    "flow_refuelling": "{use: flow_refuelling, size_id: S300, vehicle_range_km: 160}",
    "flow_refuelling_kg": "{use: flow_refuelling_kg, tour: one_way, end_share: 0.2}",
    "flow_refuelling_kg_round": "{use: flow_refuelling_kg, objective: cost, vehicle_range_km: 160}",
}


def scenario(model: str, **limits: object) -> str:
    """Write the scenario with that model; capacities and radius are wide enough for everyone."""
    kept = "  stations_max: 4\n" + "".join(f"  {name}: {value}\n" for name, value in limits.items())
    text = LIMITS.sub(kept, SCENARIO).replace("service_radius_min: 12", "service_radius_min: 25")
    text = text.replace("utilisation_max: 0.75", "utilisation_max: 1").replace("forbidden: [hub-c]", "forbidden: []")
    text = text.replace("{use: network_design, objective: coverage}", MODELS[model])
    return text + "  - {use: map, language: en}\n  - {use: report, language: en}\n"


@pytest.mark.parametrize("model", MODELS)
def test_every_model_plans_from_a_scenario_and_passes_the_re_check(model: str, tmp_path: Path) -> None:
    outcome = pipeline.plan(write_project(tmp_path, changes={SCENARIO_FILE: scenario(model)}))
    assert outcome.certificate.verdict == "pass"
    assert outcome.plan.stopped == "optimal"
    assert {file.suffix for file in outcome.files} >= {".html", ".csv"}
    assert {row.family: row.rows for row in outcome.certificate.checks}["model_kept"] > 1 or "network" in model


def test_stations_keep_the_spacing_of_the_scenario(tmp_path: Path) -> None:
    text = scenario("max_cover", spacing_km=12)
    outcome = pipeline.plan(write_project(tmp_path, changes={SCENARIO_FILE: text}))
    assert {station.site_id for station in outcome.plan.stations} == {"h2-b", "port-e"}
    assert outcome.certificate.verdict == "pass"


def test_stations_nearer_than_the_scenario_allows_fail_the_re_check(tmp_path: Path) -> None:
    outcome = pipeline.plan(write_project(tmp_path, changes={SCENARIO_FILE: scenario("p_median")}))
    file = outcome.folder / "inputs" / SCENARIO_FILE
    file.write_text(scenario("p_median", spacing_km=30), encoding="utf-8")
    failed = {check.family for check in verify(outcome.folder).failed}
    assert {"inputs_unchanged", "stations_apart"} <= failed


def test_a_row_sent_past_its_nearest_station_fails_the_re_check(tmp_path: Path) -> None:
    outcome = pipeline.plan(write_project(tmp_path, changes={SCENARIO_FILE: scenario("p_median")}))
    plan = read_plan(outcome.folder)
    dropped = replace(plan, allocations=plan.allocations[1:])
    (outcome.folder / PLAN_FILE).write_text(to_json(dropped), encoding="utf-8")
    assert "model_kept" in {check.family for check in verify(outcome.folder).failed}


def test_a_trip_that_no_tank_lasts_for_fails_the_re_check(tmp_path: Path) -> None:
    outcome = pipeline.plan(write_project(tmp_path, changes={SCENARIO_FILE: scenario("flow_refuelling")}))
    assert any(row.demand_id.startswith("highways") for row in outcome.plan.allocations)
    file = outcome.folder / "inputs" / SCENARIO_FILE
    file.write_text(file.read_text(encoding="utf-8").replace("range_km: 160", "range_km: 9"), encoding="utf-8")
    kept = next(check for check in verify(outcome.folder).checks if check.family == "model_kept")
    assert "the tank lasts" in kept.at


WUHAN = Path(__file__).resolve().parents[2] / "scenarios" / "models"


@pytest.mark.parametrize("file", sorted(WUHAN.glob("*.yaml")), ids=lambda file: file.stem)
def test_wuhan_has_a_scenario_for_each_model_that_holds(file: Path) -> None:
    project = pipeline.check(file)
    assert project.scenario.name == file.stem
    assert project.scenario.model.use == file.stem.removeprefix("wuhan-").replace("-", "_")
