"""What the made-up city promises: read into rules by id, kept by a plan, told by it, and held by the re-check."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from h2plan.errors import InputError
from h2plan.optimise import optimise
from h2plan.plan import question
from h2plan.plan.assess import Provenance, assess
from h2plan.plan.files import copy_inputs
from h2plan.plan.results import Plan
from h2plan.plan.verify import verify
from h2plan.prepare import Prepared, prepare
from h2plan.project import input_files, load
from h2plan.solve.highs import SolverOptions
from tests.plan.tiny_project import FILES, SCENARIO, SCENARIO_FILE, write_plan, write_project

POLICY = """\
policy:
  districts:
    - {district: 东区, stations_min: 1}
    - {district: "*", served_share_min: 0.2, holds: priced, penalty_cny_per_kg: 5}
  areas:
    - {file: data/lake.geojson, crs: wgs84, name: lake, stations_max: 0}
  corridors:
    - {road: G1, gap_max_km: 25}
    - {road: G1, name: dense, gap_max_km: 5, gap_station_min_kg_per_d: 300, holds: reported}
  hosts:
    - {kinds: [hydrogen_station], share_max: 0.9}
resilience: {radius_min: 40}
"""
LINKS = FILES["data/links.csv"].replace("class,", "road,class,").replace("A,primary", "A,,primary")
NAMED = "\n".join(
    line.replace(",primary", ",G1,primary" if line[:3] in {"AB,", "BC,", "CD,"} else ",,primary")
    if ",,primary" not in line
    else line
    for line in LINKS.splitlines()
)


def prepared(folder: Path, policy: str = POLICY) -> Prepared:
    scenario = SCENARIO.replace("supply:\n", policy + "supply:\n")
    return prepare(load(write_project(folder, changes={SCENARIO_FILE: scenario, "data/links.csv": NAMED + "\n"})))


def planned(made: Prepared, folder: Path) -> tuple[Plan, Path]:
    solver = SolverOptions(gap=0.0, limit_s=30.0, threads=1)
    found = optimise(
        made.problem, model="network_design", options={"objective": "coverage"}, solver=solver, in_process=True
    )
    results = folder / "results" / "tiny"
    results.mkdir(parents=True)
    inputs = copy_inputs(made.project.root, input_files(made.project), results)
    plan = assess(
        made,
        found,
        alternatives=(),
        provenance=Provenance(inputs=inputs, versions={"h2plan": "0"}),
        question=question.asked(made.project.scenario),
        assumptions=(),
    )
    write_plan(results, plan)
    return plan, results


def test_a_policy_is_read_by_id(tmp_path: Path) -> None:
    policy = prepared(tmp_path).problem.policy
    by_name = {rule.name: rule for rule in policy.sites}
    assert {"port-e", "ic-d"} <= by_name["东区"].sites
    assert "h2-b" not in by_name["东区"].sites
    assert by_name["lake"].sites == frozenset()
    hosts = by_name["hydrogen_station"]
    assert hosts.sites == {"h2-b"}
    assert hosts.stands_elsewhere == 1
    assert {rule.name for rule in policy.serve} == {"东区", "西区", "远区"}
    assert {group.name for group in policy.districts} == {"东区", "西区"}
    assert sum(rule.total_kg_per_d for rule in policy.serve) > 0


def test_the_km_along_a_road_are_those_of_its_drawing(tmp_path: Path) -> None:
    gap = prepared(tmp_path).problem.policy.gaps[0]
    assert len(gap.stretches) == 1
    road = gap.stretches[0]
    # A to D are 0.3 degrees of longitude at 30.6 N: 0.3 x 111.32 x cos(30.6°) = 28.75 km
    assert road.length_km == pytest.approx(28.75, abs=0.1)
    assert road.at_km["h2-b"] in (
        pytest.approx(road.length_km / 3, abs=0.1),
        pytest.approx(road.length_km * 2 / 3, abs=0.1),
    )
    assert gap.largest_gap_km({"h2-b"}) == pytest.approx(road.length_km * 2 / 3, abs=0.1)
    assert gap.largest_gap_km(()) == pytest.approx(road.length_km)


def test_a_plan_tells_how_it_keeps_its_promises_and_passes_its_re_check(tmp_path: Path) -> None:
    made = prepared(tmp_path / "project")
    plan, results = planned(made, tmp_path)
    told = {(rule.name, rule.about): rule for rule in plan.rules}
    assert told["东区", "stations"].met
    assert told["G1", "gap_km"].met
    dense = told["dense", "gap_km"]
    assert not dense.met
    assert not dense.hard
    assert dense.penalty_cny_per_yr == 0
    # nobody reaches 远区: a fifth of its demand is short, 300 days, 5 CNY a kilogram
    far = told["远区", "served_share"]
    wanted = sum(row.kg_per_d.base for row in plan.demand if row.district == "远区")
    assert far.penalty_cny_per_yr == pytest.approx(0.2 * wanted * 300 * 5)
    shares = [loss.still_share for loss in plan.losses if loss.what == "station"]
    assert len(shares) == len(plan.stations)
    assert shares == sorted(shares)
    certificate = verify(results)
    assert [check.family for check in certificate.checks if not check.passed] == []


def test_nobody_is_lost_twice_when_drivers_go_to_the_nearest(tmp_path: Path) -> None:
    made = prepared(tmp_path / "project")
    plan, _ = planned(made, tmp_path)
    near = {row for row, site in made.travel if site in {station.site_id for station in plan.stations}}
    flows = {row.id for row in plan.demand if row.origin}
    points = sum(row.kg_per_d.base for row in plan.demand if row.id in near - flows)
    driven = sum(row.kg_per_d for row in plan.allocations if row.demand_id in flows)
    assert sum(load.nearest_kg_per_d for load in plan.nearest) == pytest.approx(points + driven)


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ("district: 东区", "district: 北区", "no site or demand of the scenario has '北区'.*there are: .*东区"),
        ("road: G1, gap_max_km: 25", "road: G11, gap_max_km: 25", "no link is part of 'G11'.*did you mean G1"),
        ("kinds: [hydrogen_station]", "kinds: [airport]", "has 'airport'"),
        ("name: lake, ", "polygon: pond, ", "has no polygon 'pond'; there are: square"),
        ("name: dense, ", "", "two rules on the gap have this name"),
        ("stations_min: 1", "stations_min: 3, stations_max: 1", "stations_min 3 is above stations_max 1"),
        ("holds: priced, ", "", "a price and 'holds: priced' go together"),
        ("radius_min: 40", "radius_min: 10", "resilience.radius_min 10 is below limits.service_radius_min 12"),
        ("radius_min: 40", "radius_km: 40", "one measure for both"),
        ("share_max: 0.9", "name: hosts", "the rule asks for nothing"),
    ],
)
def test_a_wrong_promise_is_told_with_what_there_is(tmp_path: Path, old: str, new: str, said: str) -> None:
    assert old in POLICY
    with pytest.raises(InputError, match=said):
        prepared(tmp_path, POLICY.replace(old, new))


def test_only_its_owner_may_build_on_a_site(tmp_path: Path) -> None:
    made = prepared(tmp_path, "")
    owned = tuple(replace(site, owner="rail" if site.id == "ic-d" else "") for site in made.screening.kept)
    from h2plan.promises import closed_to_builders
    from h2plan.scenario_policy import PolicySection

    section = PolicySection(builders=("oil",))
    assert closed_to_builders(section, owned, required=()) == {"ic-d"}
    assert closed_to_builders(PolicySection(builders=("rail",)), owned, required=()) == frozenset()
    with pytest.raises(InputError, match="ic-d is required, but only its owner may build there"):
        closed_to_builders(section, owned, required={"ic-d"})
