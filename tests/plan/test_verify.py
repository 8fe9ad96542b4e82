"""A sound plan passes its re-check, row by row, and the certificate says what was checked."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import pytest

from h2plan.errors import InputError
from h2plan.plan._check_finding import at_least, at_most, equal, holds, judge
from h2plan.plan.certificate import BOUND_NOTE, write_certificate
from h2plan.plan.files import read_plan
from h2plan.plan.verify import verify
from h2plan.project import sha256
from tests.plan.tiny_project import SCENARIO, SCENARIO_FILE, hand_made_solution, write_plan, write_results

FAMILIES = (
    "inputs_unchanged",
    "sites_real",
    "one_size_per_site",
    "limits_kept",
    "stations_apart",
    "stations_follow",
    "approvals_kept",
    "vehicles_conserved",
    "demand_follows_tables",
    "serve_only_from_open",
    "respect_capacity",
    "serve_within_reach",
    "unreached_have_no_site",
    "model_kept",
    "supply_balanced",
    "centres_follow",
    "levels_hold",
    "losses_hold",
    "policy_kept",
    "nearest_told",
    "figures_add_up",
    "builds_told",
    "money_kept",
    "goals_hold",
)


def test_a_plan_made_by_hand_passes_every_family(written_results: Path) -> None:
    certificate = verify(written_results)
    assert [check.family for check in certificate.checks] == list(FAMILIES)
    assert certificate.failed == ()
    assert certificate.verdict == "pass"
    empty = {check.family for check in certificate.checks if check.rows == 0}
    assert empty == {
        "stations_apart",
        "stations_follow",
        "approvals_kept",
        "centres_follow",
    }  # no spacing, one year, no centres
    assert max(check.worst for check in certificate.checks) < 1e-9


def test_the_figures_that_pass_are_those_worked_out_by_hand(written_results: Path) -> None:
    figures = read_plan(written_results).figures
    assert figures.served_kg_per_d == pytest.approx(490)  # 120 + 30 + 40 + 40 + 200 + 60
    assert figures.unreached_kg_per_d == pytest.approx(40)  # the far district
    assert figures.unserved_kg_per_d == pytest.approx(270)  # 170 at the hub, 100 on the way there
    assert figures.stations == 4  # three on the map, one lost
    assert figures.station_cost_cny_per_yr == pytest.approx(2_620_000)  # 10 M/10 + 600 k + 20 k; 6 M/10 + 400 k
    assert figures.access_cost_cny_per_yr == pytest.approx(42_000)  # 300 d x (120 kg x 20/20 CNY + 30 kg x 20/30 CNY)
    assert figures.shortfall_cost_cny_per_yr == pytest.approx(4_650_000)  # 300 d x 310 kg x 50 CNY


def test_the_certificate_names_the_plan_and_the_files_it_belongs_to(results: Path) -> None:
    certificate = verify(results)
    plan = read_plan(results)
    assert certificate.plan_sha256 == sha256(results / "plan.json")
    assert certificate.inputs == plan.inputs
    assert certificate.bound_note == BOUND_NOTE
    assert [(goal.value, goal.bound) for goal in certificate.goals] == [(490.0, 500.0)]


def test_equal_plans_give_equal_certificates(results: Path) -> None:
    first = write_certificate(results, verify(results)).read_bytes()
    assert write_certificate(results, verify(results)).read_bytes() == first
    assert json.loads(first)["verdict"] == "pass"


def test_a_results_folder_can_be_verified_wherever_it_is_put(results: Path, tmp_path: Path) -> None:
    elsewhere = tmp_path / "somewhere" / "else"
    elsewhere.parent.mkdir()
    results.rename(elsewhere)
    assert verify(elsewhere).verdict == "pass"


def test_a_folder_without_a_plan_is_bad_input(tmp_path: Path) -> None:
    with pytest.raises(InputError, match=r"plan\.json"):
        verify(tmp_path)


def test_a_plan_without_its_inputs_is_bad_input(results: Path) -> None:
    (results / "inputs").rename(results / "elsewhere")
    with pytest.raises(InputError, match="inputs"):
        verify(results)


def test_a_model_that_sets_capacities_aside_may_overfill_stations_and_the_certificate_says_so(tmp_path: Path) -> None:
    aside = SCENARIO.replace("{use: network_design, objective: coverage}", "{use: max_cover, size_id: S500}")
    by_hand = hand_made_solution()
    # The whole hub, 200 kg/d, goes to the station at B beside 120 kg/d of the district: 320 where 150 are allowed.
    serve = {**by_hand.serve, ("logistics_hubs:hub-c:tractor", "h2-b"): 1.0}
    goal = replace(by_hand.goals[0], name="covered_kg_per_d", value=660.0, bound=660.0, gap=0.0, stopped="optimal")
    solution = replace(by_hand, model="max_cover", serve=serve, goals=(goal,))
    certificate = verify(write_results(tmp_path, changes={SCENARIO_FILE: aside}, solution=solution))
    capacity = next(check for check in certificate.checks if check.family == "respect_capacity")
    assert {check.family for check in certificate.failed} == {"model_kept"}  # a row with a station near is left out
    assert "max_cover" in capacity.note
    assert "113.3% beyond" in capacity.note


def test_a_radius_in_km_is_checked_in_km(tmp_path: Path) -> None:
    in_km = SCENARIO.replace("service_radius_min: 12", "service_radius_km: 12")
    assert verify(write_results(tmp_path, changes={SCENARIO_FILE: in_km})).failed == ()


def test_without_supply_and_without_truck_rules_there_is_nothing_to_compare_and_nothing_fails(tmp_path: Path) -> None:
    start, end = SCENARIO.index("supply:"), SCENARIO.index("finance:")
    bare = (SCENARIO[:start] + SCENARIO[end:]).replace("  truck_access: data/truck_access.csv\n", "")
    assert verify(write_results(tmp_path, changes={SCENARIO_FILE: bare})).failed == ()


def test_with_interest_a_plan_costs_more_and_still_passes(tmp_path: Path) -> None:
    dear = SCENARIO.replace("discount_rate: 0\n", "discount_rate: 0.06\n")
    results = write_results(tmp_path, changes={SCENARIO_FILE: dear})
    assert verify(results).failed == ()
    # 16 M CNY over ten years at 6 %: the recovery factor is 0.135868 (any table of interest factors).
    assert read_plan(results).figures.station_cost_cny_per_yr == pytest.approx(16e6 * 0.135868 + 1_020_000, rel=1e-6)


def test_a_number_that_is_none_violates_every_comparison() -> None:
    for bad in (float("nan"), float("inf"), -float("inf")):
        assert equal("x", bad, 1.0).excess >= 1
        assert equal("x", 1.0, bad).excess >= 1
    for bad in (float("nan"), float("inf")):
        assert at_most("x", bad, 1.0).excess >= 1
        assert at_least("x", -bad, 1.0).excess >= 1


def test_a_check_reports_its_worst_row() -> None:
    check = judge("family", [holds("a", True), equal("b", 1.0, 1.1), equal("c", 1.0, 2.0)])
    assert (check.passed, check.at, check.worst, check.rows) == (False, "c", 0.5, 3)


def test_differences_below_the_tolerance_pass() -> None:
    assert judge("family", [equal("a", 1e6, 1e6 + 0.5)]).passed
    assert not judge("family", [equal("a", 1e6, 1e6 + 2)]).passed


def test_a_source_of_sites_that_the_check_does_not_know_fails_instead_of_passing_unseen(results: Path) -> None:
    plan = read_plan(results)
    file = results / "inputs" / SCENARIO_FILE
    file.write_text(SCENARIO.replace("{use: table, file: data/hubs.csv", "{use: magic, file: data/hubs.csv"))
    write_plan(results, replace(plan, inputs={**plan.inputs, SCENARIO_FILE: sha256(file)}))
    certificate = verify(results)
    sites = next(check for check in certificate.checks if check.family == "sites_real")
    assert not sites.passed
    assert "magic" in sites.note
