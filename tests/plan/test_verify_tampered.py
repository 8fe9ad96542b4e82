"""Whoever changes a plan or its inputs by hand is found out, in the family that the change belongs to."""

from __future__ import annotations

import copy
import dataclasses
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from h2plan.plan._check_case import Case
from h2plan.plan._check_finding import judge
from h2plan.plan._check_inputs import inputs_unchanged
from h2plan.plan.certificate import Certificate
from h2plan.plan.files import read_plan
from h2plan.plan.results import Figures
from h2plan.plan.verify import verify
from tests.plan.tiny_project import FILES, SCENARIO_FILE, with_input

Raw = dict[str, Any]


def failed(certificate: Certificate) -> set[str]:
    assert (certificate.verdict == "fail") == bool(certificate.failed)
    return {check.family for check in certificate.failed}


def inputs_hold(results: Path) -> bool:
    """Only the family that looks at the files themselves."""
    return judge("inputs_unchanged", inputs_unchanged(Case.of(results, read_plan(results))[-1])).passed


def tamper(results: Path, change: Callable[[Raw], object]) -> Certificate:
    file = results / "plan.json"
    plan = json.loads(file.read_text(encoding="utf-8"))
    change(plan)
    file.write_text(json.dumps(plan), encoding="utf-8")
    return verify(results)


def station(plan: Raw, name: str) -> Raw:
    return next(row for row in plan["stations"] if row["site_id"] == name)


def demand(plan: Raw, name: str) -> Raw:
    return next(row for row in plan["demand"] if row["id"] == name)


def candidate(plan: Raw, name: str) -> Raw:
    return next(row for row in plan["candidates"] if row["site_id"] == name)


def allocation(plan: Raw, name: str) -> Raw:
    return next(row for row in plan["allocations"] if row["demand_id"] == name)


def drop(plan: Raw, rows: str, key: str, name: str) -> None:
    plan[rows] = [row for row in plan[rows] if row[key] != name]


def close(plan: Raw, name: str) -> None:
    drop(plan, "stations", "site_id", name)
    drop(plan, "allocations", "site_id", name)


def open_hub(plan: Raw) -> None:
    plan["stations"].append(station(plan, "ic-d") | {"site_id": "hub-c", "name": "物流园", "kind": "logistics_hub"})


def serve(plan: Raw, demand_id: str, site_id: str, *, share: float = 1.0, minutes: float = 10.0) -> None:
    """Add a well-formed allocation, its sums included, as a careful forger would."""
    kg = share * demand(plan, demand_id)["kg_per_d"]["base"]
    plan["allocations"].append(
        {
            "demand_id": demand_id,
            "site_id": site_id,
            "share": share,
            "kg_per_d": kg,
            "travel_min": minutes,
            "km": minutes,
        }
    )
    demand(plan, demand_id)["served_kg_per_d"] += kg
    at = station(plan, site_id)
    at["dispensed_kg_per_d"] += kg
    at["utilisation"] = at["dispensed_kg_per_d"] / at["capacity_kg_per_d"]
    at["demand_served"] += 1


def swap_vehicles(plan: Raw) -> None:
    """Move buses from the far district, which nobody reaches, to the near one; every sum stays."""
    far, near = demand(plan, "districts:d3:bus"), demand(plan, "districts:d2:bus")
    for level in ("low", "base", "high"):
        near["kg_per_d"][level] *= 12 / 8
        far["kg_per_d"][level] *= 4 / 8
    near["vehicles"], far["vehicles"] = 12.0, 4.0


def scale(row: Raw, key: str, factor: float = 1.01) -> None:
    row[key] *= factor


def put(row: Raw, **values: object) -> None:
    row.update(values)


PLAN_TAMPERED: dict[str, tuple[str, Callable[[Raw], object]]] = {
    "another scenario's name": ("inputs_unchanged", lambda p: put(p, scenario="other")),
    "another year": ("inputs_unchanged", lambda p: put(p, period=2031)),
    "another city": ("inputs_unchanged", lambda p: put(p, city="别的市")),
    "a hash": ("inputs_unchanged", lambda p: put(p["inputs"], **{"data/nodes.csv": "0" * 64})),
    "a forgotten hash": ("inputs_unchanged", lambda p: p["inputs"].pop("data/nodes.csv")),
    "an input that is not there": ("inputs_unchanged", lambda p: put(p["inputs"], **{"data/x.csv": "0" * 64})),
    "the question": ("inputs_unchanged", lambda p: put(p["question"], stations_max="35")),
    "no credit for the roads": ("inputs_unchanged", lambda p: put(p, attributions=[])),
    "a station moved a metre": ("sites_real", lambda p: scale(station(p, "ic-d"), "lon", 1 + 1e-7)),
    "a station renamed": ("sites_real", lambda p: put(station(p, "ic-d"), name="别的地方")),
    "a station of another kind": ("sites_real", lambda p: put(station(p, "ic-d"), kind="port")),
    "a site said to be good for more than the law allows": (
        "sites_real",
        lambda p: put(candidate(p, "port-e"), max_kg_per_d=900.0),
    ),
    "a candidate that is said to reach more": (
        "unreached_have_no_site",
        lambda p: scale(candidate(p, "ic-d"), "reach_kg_per_d"),
    ),
    "a candidate that could add more than it could": (
        "unreached_have_no_site",
        lambda p: put(candidate(p, "ic-d"), left_kg_per_d=999.0),
    ),
    "a station from nowhere": ("sites_real", lambda p: put(station(p, "ic-d"), site_id="nowhere")),
    "a presumed place called surveyed": ("sites_real", lambda p: put(station(p, "ic-d"), verified="yes")),
    "a built station gone": ("sites_real", lambda p: close(p, "h2-b")),
    "a built station enlarged": ("sites_real", lambda p: put(station(p, "h2-b"), capacity_kg_per_d=400.0)),
    "a required station gone": ("sites_real", lambda p: close(p, "port-e")),
    "a forbidden site opened": ("sites_real", open_hub),
    "a station that opens later": ("sites_real", lambda p: put(station(p, "ic-d"), opens=2035)),
    "a site in the lake let through": ("sites_real", lambda p: put(p["verdicts"][4], verdict="pass")),
    "a site for review let through": ("sites_real", lambda p: put(p["candidates"][2], verdict="pass")),
    "a candidate concealed": ("sites_real", lambda p: p["candidates"].pop(1)),
    "a verdict concealed": ("sites_real", lambda p: p["verdicts"].pop(0)),
    "the lost station concealed": ("sites_real", lambda p: put(p, unplaced=[])),
    "a station counted twice": ("one_size_per_site", lambda p: p["stations"].append(station(p, "ic-d"))),
    "a size that is not sold": ("one_size_per_site", lambda p: put(station(p, "ic-d"), size_id="S9000")),
    "a capacity above its size": ("one_size_per_site", lambda p: put(station(p, "ic-d"), capacity_kg_per_d=310.0)),
    "a new station called built": ("one_size_per_site", lambda p: put(station(p, "ic-d"), built=True)),
    "a count of stations": ("limits_kept", lambda p: put(p["figures"], stations=3)),
    "a count of new stations": ("limits_kept", lambda p: put(p["figures"], stations_new=1)),
    "one vehicle more": ("vehicles_conserved", lambda p: put(demand(p, "districts:d1:bus"), vehicles=25.0)),
    "a millionth of a vehicle more": ("vehicles_conserved", lambda p: scale(p["demand"][0], "vehicles", 1 + 1e-6)),
    "vehicles moved to where they are served": ("demand_follows_tables", swap_vehicles),
    "thirstier vehicles": ("demand_follows_tables", lambda p: scale(p["demand"][0]["kg_per_d"], "high")),
    "demand moved nearer": ("demand_follows_tables", lambda p: put(demand(p, "districts:d3:bus"), lon=114.3)),
    "demand of another district": ("demand_follows_tables", lambda p: put(p["demand"][0], district="东区")),
    "demand concealed": ("demand_follows_tables", lambda p: drop(p, "demand", "id", "districts:d3:bus")),
    "demand twice": ("demand_follows_tables", lambda p: p["demand"].append(copy.deepcopy(p["demand"][0]))),
    "a flow turned round": (
        "demand_follows_tables",
        lambda p: put(demand(p, "highways:hub-c>port-e:tractor"), origin="port-e", destination="hub-c"),
    ),
    "more than all served": ("serve_only_from_open", lambda p: put(allocation(p, "districts:d1:bus"), share=1.2)),
    "less than nothing served": ("serve_only_from_open", lambda p: put(allocation(p, "districts:d1:bus"), share=-0.1)),
    "served twice": ("serve_only_from_open", lambda p: serve(p, "ports:port-e:tractor", "port-e", share=0.1)),
    "served at a closed site": (
        "serve_only_from_open",
        lambda p: put(allocation(p, "districts:d2:bus"), site_id="hub-c"),
    ),
    "kilograms without a share": (
        "serve_only_from_open",
        lambda p: scale(allocation(p, "districts:d1:bus"), "kg_per_d"),
    ),
    "a served sum": ("serve_only_from_open", lambda p: scale(demand(p, "districts:d1:bus"), "served_kg_per_d")),
    "a dispensed sum": ("serve_only_from_open", lambda p: scale(station(p, "h2-b"), "dispensed_kg_per_d")),
    "somebody served who is not there": (
        "serve_only_from_open",
        lambda p: put(allocation(p, "districts:d1:bus"), demand_id="nobody"),
    ),
    "a station over its limit": (
        "respect_capacity",
        lambda p: serve(p, "highways:west>hub-c:tractor", "h2-b", minutes=0.0),
    ),
    "served 40 minutes away": ("serve_within_reach", lambda p: serve(p, "districts:d3:bus", "h2-b")),
    "trucks over the closed bridge": (
        "serve_within_reach",
        lambda p: serve(p, "logistics_hubs:hub-c:tractor", "ic-d", share=0.5),
    ),
    "a detour of forty minutes": (
        "serve_within_reach",
        lambda p: serve(p, "highways:west>hub-c:tractor", "ic-d", minutes=1.0),
    ),
    "a way shortened": ("serve_within_reach", lambda p: put(allocation(p, "districts:d1:bus"), travel_min=9.0)),
    "reached called unreached": (
        "unreached_have_no_site",
        lambda p: put(demand(p, "highways:west>hub-c:tractor"), reached=False),
    ),
    "unreached called reached": ("unreached_have_no_site", lambda p: put(demand(p, "districts:d3:bus"), reached=True)),
    "the nearest site brought nearer": (
        "unreached_have_no_site",
        lambda p: put(demand(p, "districts:d3:bus"), nearest_min=13.0),
    ),
    "a cheaper station": ("figures_add_up", lambda p: scale(station(p, "ic-d"), "capex_cny", 0.9)),
    "a nearer source": ("figures_add_up", lambda p: scale(station(p, "ic-d"), "source_km", 0.9)),
    "a district's demand": ("figures_add_up", lambda p: scale(p["districts"][1], "demand_kg_per_d")),
    "a low level": ("levels_hold", lambda p: scale(p["figures"]["levels"][0], "served_share")),
    "a source made up": ("figures_add_up", lambda p: put(p["sources"][0], max_kg_per_d=1e6)),
    "a goal's value": ("goals_hold", lambda p: scale(p["goals"][0], "value")),
    "a bound on the wrong side": ("goals_hold", lambda p: put(p["goals"][0], bound=480.0, gap=10 / 490)),
    "a gap": ("goals_hold", lambda p: put(p["goals"][0], gap=0.001)),
    "a proof that there is not": ("goals_hold", lambda p: put(p["goals"][0], stopped="optimal")),
    "a reason for stopping": ("goals_hold", lambda p: put(p, stopped="optimal")),
    "no goal at all": ("goals_hold", lambda p: put(p, goals=[])),
}


@pytest.mark.parametrize(("family", "change"), PLAN_TAMPERED.values(), ids=PLAN_TAMPERED.keys())
def test_a_plan_changed_by_hand_fails(results: Path, family: str, change: Callable[[Raw], object]) -> None:
    assert family in failed(tamper(results, change))


SUMMARY = [field.name for field in dataclasses.fields(Figures) if field.type == "float"]


@pytest.mark.parametrize("name", SUMMARY)
def test_every_number_of_the_summary_is_computed_anew(results: Path, name: str) -> None:
    certificate = tamper(results, lambda plan: put(plan["figures"], **{name: plan["figures"][name] * 1.001 + 0.001}))
    assert failed(certificate) & {"figures_add_up", "vehicles_conserved"}


INPUTS_CHANGED: dict[str, tuple[str, str, str, str]] = {
    "fewer stations allowed": ("limits_kept", SCENARIO_FILE, "stations_max: 4", "stations_max: 3"),
    "more stations asked": (
        "limits_kept",
        SCENARIO_FILE,
        "stations_max: 4\n  stations_min: 2",
        "stations_max: 9\n  stations_min: 5",
    ),
    "less money": ("limits_kept", SCENARIO_FILE, "budget_cny: 20000000", "budget_cny: 15999000"),
    "more service asked": ("limits_kept", SCENARIO_FILE, "served_share_min: 0.5", "served_share_min: 0.62"),
    "less use of capacity": ("respect_capacity", SCENARIO_FILE, "utilisation_max: 0.75", "utilisation_max: 0.7"),
    "a shorter radius": ("serve_within_reach", SCENARIO_FILE, "service_radius_min: 12", "service_radius_min: 9"),
    "a longer radius": ("unreached_have_no_site", SCENARIO_FILE, "service_radius_min: 12", "service_radius_min: 41"),
    "another site required": ("sites_real", SCENARIO_FILE, "required: [port-e]", "required: [port-e, hub-b, ic-d2]"),
    "a chosen site forbidden": ("sites_real", SCENARIO_FILE, "forbidden: [hub-c]", "forbidden: [hub-c, ic-d]"),
    "another city": ("sites_real", SCENARIO_FILE, "city: 小城市", "city: 外地市"),
    "generated sites closer together": ("sites_real", SCENARIO_FILE, "spacing_km: 3", "spacing_km: 0.5"),
    "dearer money": ("figures_add_up", SCENARIO_FILE, "discount_rate: 0\n", "discount_rate: 0.05\n"),
    "dearer shortfall": ("figures_add_up", SCENARIO_FILE, "shortfall_cny_per_kg: 50", "shortfall_cny_per_kg: 51"),
    "dearer time": ("figures_add_up", SCENARIO_FILE, "time_cny_per_h: 60", "time_cny_per_h: 61"),
    "dearer delivery": ("figures_add_up", SCENARIO_FILE, "cny_per_kg_km: 0.1", "cny_per_kg_km: 0.2"),
    "more vehicles": ("vehicles_conserved", SCENARIO_FILE, "{2030: 100}", "{2030: 101}"),
    "busier vehicles": ("demand_follows_tables", SCENARIO_FILE, "active_share_high: 0.8", "active_share_high: 0.9"),
    "other flows": (
        "demand_follows_tables",
        SCENARIO_FILE,
        "gateway_hub_share: 0.5\n    gateway_port_share: 0.3",
        "gateway_hub_share: 0.3\n    gateway_port_share: 0.5",
    ),
    "another model": (
        "inputs_unchanged",
        SCENARIO_FILE,
        "{use: network_design, objective: coverage}",
        "{use: p_center}",
    ),
    "more people": ("demand_follows_tables", "data/districts.csv", "24000", "25000"),
    "people counted in another district": (
        "demand_follows_tables",
        "data/districts.csv",
        "d2,东区,East,district,8000,yes,,",
        "d2,东区,East,district,8000,yes,d1,",
    ),
    "other shares of the fleet": ("demand_follows_tables", "data/fleet_mix.csv", "ports,0.2", "ports,0.3"),
    "a longer road": ("serve_within_reach", "data/links.csv", "AB,A,B,primary,10,", "AB,A,B,primary,13,"),
    "a bridge closed to trucks": ("serve_within_reach", "data/truck_access.csv", ",CD,U", ",DE,U"),
    "a slower road": ("serve_within_reach", "data/speeds.csv", "primary,60", "primary,40"),
    "a dearer station": ("figures_add_up", "data/station_sizes.csv", "S300,300,6000000", "S300,300,6500000"),
    "a smaller station": ("one_size_per_site", "data/station_sizes.csv", "S300,300", "S300,290"),
    "a smaller plot": ("one_size_per_site", "data/ports.csv", "900,500,20000", "900,400,20000"),
    "dearer land": ("figures_add_up", "data/ports.csv", "900,500,20000", "900,500,30000"),
    "a smaller old station": ("sites_real", "data/hydrogen_stations.csv", "100,yes,200", "100,yes,150"),
    "another old station": (
        "sites_real",
        "data/hydrogen_stations.csv",
        "h2-lost,失联站,Lost station,hydrogen_station,小城市,none,,,,",
        "h2-lost,失联站,Lost station,hydrogen_station,小城市,none,114.55,30.6,100,",
    ),
    "a lake over the site": ("sites_real", "data/lake.geojson", "114.64", "114.59"),
    "a smaller closed centre": ("sites_real", "data/centre.geojson", "114.28", "114.31"),
    "a nearer plant": ("figures_add_up", "data/sources.csv", "114.4,30.6", "114.6,30.6"),
    "vehicles with larger tanks": ("figures_add_up", "data/vehicle_classes.csv", "300,20,35", "300,25,35"),
    "a table that cannot be read": ("serve_within_reach", "data/nodes.csv", "114.3,30.6", "here,there"),
    "a scenario that cannot be read": ("sites_real", SCENARIO_FILE, "periods: [2030]", "periods: [never]"),
}


@pytest.mark.parametrize(("family", "file", "old", "new"), INPUTS_CHANGED.values(), ids=INPUTS_CHANGED.keys())
def test_a_plan_fails_with_inputs_it_was_not_made_from(
    results: Path, family: str, file: str, old: str, new: str
) -> None:
    assert old in FILES[file]
    certificate = with_input(results, read_plan(results), file, FILES[file].replace(old, new))
    assert family in failed(certificate)


def test_a_site_for_review_is_no_candidate_where_reviews_are_dropped(results: Path) -> None:
    """Its position is known to 900 m only, and nobody requires it any more."""
    strict = (
        FILES[SCENARIO_FILE].replace("screen:", "screen:\n  review: drop").replace("required: [port-e]", "required: []")
    )
    assert "sites_real" in failed(with_input(results, read_plan(results), SCENARIO_FILE, strict))


@pytest.mark.parametrize("file", sorted(FILES))
def test_a_changed_input_is_found_by_its_hash(results: Path, file: str) -> None:
    with (results / "inputs" / file).open("a", encoding="utf-8") as stream:
        stream.write("\n")
    assert not inputs_hold(results)


@pytest.mark.parametrize("file", sorted(FILES))
def test_a_missing_input_is_found(results: Path, file: str) -> None:
    (results / "inputs" / file).unlink()
    assert not inputs_hold(results)


def test_an_input_too_many_is_found(results: Path) -> None:
    (results / "inputs" / "data" / "more.csv").write_text("id\n")
    assert failed(verify(results)) == {"inputs_unchanged"}


def test_an_input_that_lies_elsewhere_is_found(results: Path, tmp_path: Path) -> None:
    file = results / "inputs" / "data" / "nodes.csv"
    file.rename(tmp_path / "nodes.csv")
    file.symlink_to(tmp_path / "nodes.csv")
    assert "inputs_unchanged" in failed(verify(results))


def test_a_check_that_cannot_run_is_not_passed(results: Path) -> None:
    """What the faulty table feeds fails with the fault; what does not need it is still checked."""
    text = FILES["data/station_sizes.csv"].replace("S300,300", "S300,many")
    certificate = with_input(results, read_plan(results), "data/station_sizes.csv", text)
    by_family = {check.family: check for check in certificate.checks}
    assert "many" in by_family["one_size_per_site"].note
    assert not by_family["figures_add_up"].passed
    assert by_family["serve_within_reach"].passed
