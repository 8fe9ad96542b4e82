"""A plan of several years is re-checked year by year, and whoever changes one year by hand is found out."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from h2plan.errors import InputError
from h2plan.plan import question
from h2plan.plan.files import read_plan
from h2plan.plan.verify import verify
from h2plan.project import load
from tests.plan.phased_project import YEARS, phased, phased_policy, phased_supply, plan_results
from tests.plan.tiny_project import SCENARIO_FILE, with_input

SHIPPED = Path(__file__).parents[2] / "scenarios"

Raw = dict[str, Any]
FIRST, MIDDLE, LAST = 0, 1, 2


@pytest.fixture(scope="module")
def planned(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return plan_results(tmp_path_factory.mktemp("phased"))


@pytest.fixture
def results(planned: Path, tmp_path: Path) -> Path:
    copy = tmp_path / "results"
    shutil.copytree(planned, copy)
    return copy


def of_year(plan: Raw, number: int) -> Raw:
    return plan if number == LAST else plan["earlier"][number]


def station(plan: Raw, number: int, name: str) -> Raw:
    return next(row for row in of_year(plan, number)["stations"] if row["site_id"] == name)


def build(plan: Raw, period: int) -> Raw:
    return next(row for row in plan["builds"] if row["period"] == period)


def remove_station(plan: Raw, number: int, name: str) -> None:
    year = of_year(plan, number)
    year["stations"] = [row for row in year["stations"] if row["site_id"] != name]


def swap_years(plan: Raw) -> None:
    first, middle = plan["earlier"]
    first["period"], middle["period"] = middle["period"], first["period"]
    plan["earlier"] = [middle, first]


def drop_year(plan: Raw) -> None:
    plan["earlier"] = plan["earlier"][1:]


def repeat_middle_year_as_last(plan: Raw) -> None:
    plan.update({key: value for key, value in plan["earlier"][MIDDLE].items() if key != "period"})


def shift_kg(plan: Raw) -> None:
    """Serve a tenth less somewhere in the middle year, with every sum of that row kept."""
    row = of_year(plan, MIDDLE)["allocations"][0]
    row["share"], row["kg_per_d"] = row["share"] * 0.9, row["kg_per_d"] * 0.9


def shrink(plan: Raw) -> None:
    """Let what was upgraded be small again in the last year."""
    grown = next(row for row in plan["builds"] if row["what"] == "upgrade")
    name = grown["site_id"]
    station(plan, MIDDLE, name).update(size_id="S500", capacity_kg_per_d=500.0)
    station(plan, LAST, name).update(size_id="S300", capacity_kg_per_d=300.0)


def raise_level(plan: Raw) -> None:
    """Tell what the stations could serve as if none of them were young."""
    level = of_year(plan, MIDDLE)["figures"]["levels"][1]
    kg = level["served_kg_per_d"] / 0.95
    level.update(served_kg_per_d=kg, served_share=kg / level["demand_kg_per_d"])


TAMPERED: dict[str, tuple[str, Callable[[Raw], object]]] = {
    "two years swapped": ("demand_follows_tables", swap_years),
    "a year left out": ("inputs_unchanged", drop_year),
    "the middle year told twice": ("demand_follows_tables", repeat_middle_year_as_last),
    "a station gone in the middle year": ("stations_follow", lambda p: remove_station(p, MIDDLE, "port-e")),
    "a station gone from the first year": ("sites_real", lambda p: remove_station(p, FIRST, "port-e")),
    "a built station gone in the first year": ("sites_real", lambda p: remove_station(p, FIRST, "h2-b")),
    "a station that shrinks": ("stations_follow", shrink),
    "capital of a station lowered in the middle year": (
        "figures_add_up",
        lambda p: station(p, MIDDLE, "port-e").update(capex_cny=5_999_000.0),
    ),
    "yearly cost of an upgraded station without its premium": (
        "figures_add_up",
        lambda p: station(p, LAST, "hub-c").update(annual_cost_cny_per_yr=1_895_000.0),
    ),
    "a station that opens a year earlier": ("sites_real", lambda p: station(p, LAST, "hub-c").update(opens=2026)),
    "a size that is larger in the first year": (
        "one_size_per_site",
        lambda p: station(p, FIRST, "port-e").update(capacity_kg_per_d=500.0),
    ),
    "a build left out": ("builds_told", lambda p: p["builds"].pop()),
    "a build in another year": ("builds_told", lambda p: build(p, 2028).update(period=2030)),
    "an upgrade called a new station": ("builds_told", lambda p: build(p, 2030).update(what="open")),
    "an upgrade without its premium": ("builds_told", lambda p: build(p, 2030).update(capex_cny=4_000_000.0)),
    "capacity added that was not": ("builds_told", lambda p: build(p, 2026).update(capacity_added_kg_per_d=500.0)),
    "a build decided before that nobody decided": ("builds_told", lambda p: build(p, 2028).update(frozen=True)),
    "a budget raised in the plan alone": ("money_kept", lambda p: p["money"][MIDDLE].update(budget_cny=9e6)),
    "money carried over that was not left": ("money_kept", lambda p: p["money"][MIDDLE].update(carried_cny=3e6)),
    "money left that was spent": ("money_kept", lambda p: p["money"][LAST].update(left_cny=1e6)),
    "less spent than was built": ("money_kept", lambda p: p["money"][FIRST].update(spent_cny=5e6)),
    "a budget called unlimited": ("money_kept", lambda p: p["money"][FIRST].update(budget_cny=None)),
    "a year that counts for less": ("money_kept", lambda p: p["money"][LAST].update(weight_yr=1.0)),
    "a lower present value": ("money_kept", lambda p: p["money"][LAST].update(present_value_cny=1.0)),
    "a lower yearly cost in the money": ("money_kept", lambda p: p["money"][FIRST].update(annual_cost_cny_per_yr=1e6)),
    "a share served in the middle year": ("serve_only_from_open", shift_kg),
    "more vehicles in the first year": (
        "vehicles_conserved",
        lambda p: of_year(p, FIRST)["demand"][0].update(vehicles=30.0),
    ),
    "a figure of the first year": (
        "figures_add_up",
        lambda p: of_year(p, FIRST)["figures"].update(served_share=0.99),
    ),
    "a site not called chosen": (
        "sites_real",
        lambda p: next(row for row in p["candidates"] if row["site_id"] == "hub-c").update(chosen=False),
    ),
    "a way that is shorter in the middle year": (
        "serve_within_reach",
        lambda p: of_year(p, MIDDLE)["allocations"][0].update(travel_min=0.5),
    ),
    "somebody called unreached in the first year": (
        "unreached_have_no_site",
        lambda p: of_year(p, FIRST)["demand"][0].update(reached=not of_year(p, FIRST)["demand"][0]["reached"]),
    ),
    "more that the stations could serve in the middle year": ("levels_hold", raise_level),
    "a lower cost of the whole plan": ("goals_hold", lambda p: p["goals"][0].update(value=20e6, bound=20e6)),
}

DEEP = (pytest.mark.deep,)
QUICK = frozenset(
    {
        "two years swapped",
        "a station gone in the middle year",
        "yearly cost of an upgraded station without its premium",
        "a station that opens a year earlier",
        "a build in another year",
        "a budget raised in the plan alone",
        "a year that counts for less",
        "a share served in the middle year",
        "more that the stations could serve in the middle year",
        "a lower cost of the whole plan",
    }
)
"""The others belong to the deep tests: each is a re-check of its own."""


def test_a_plan_of_several_years_passes_and_says_what_was_checked_in_each(planned: Path) -> None:
    certificate = verify(planned)
    assert certificate.failed == ()
    assert certificate.periods == (2026, 2028, 2030)
    every_year = {"one_size_per_site", "limits_kept", "demand_follows_tables", "respect_capacity", "figures_add_up"}
    for check in certificate.checks:
        if check.family in every_year:
            assert set(check.rows_by_year) == {"2026", "2028", "2030"}, check.family
    assert "HiGHS says that no plan has less than" in certificate.goals[0].proof


def test_the_plan_grows_by_an_upgrade_paid_with_money_that_was_carried_over(planned: Path) -> None:
    """What the tests below tamper with is there: 7 M, then 5 M and 5 M may be spent."""
    plan = read_plan(planned)
    assert [(row.period, row.what, row.site_id) for row in plan.builds] == [
        (2026, "open", "port-e"),
        (2028, "open", "hub-c"),
        (2030, "upgrade", "hub-c"),
    ]
    assert [row.spent_cny for row in plan.money] == pytest.approx([6e6, 6e6, 4.8e6])  # 1.2 x (10 M - 6 M)
    assert [row.left_cny for row in plan.money] == pytest.approx([1e6, 0.0, 0.2e6])


@pytest.mark.parametrize("what", [pytest.param(what, marks=() if what in QUICK else DEEP) for what in TAMPERED])
def test_a_change_by_hand_is_found_in_its_family(results: Path, what: str) -> None:
    family, change = TAMPERED[what]
    file = results / "plan.json"
    plan = json.loads(file.read_text(encoding="utf-8"))
    change(plan)
    file.write_text(json.dumps(plan), encoding="utf-8")
    certificate = verify(results)
    assert certificate.verdict == "fail"
    assert family in {check.family for check in certificate.failed}


SUPPLY_TAMPERED: dict[str, tuple[str, Callable[[Raw], object]]] = {
    "less delivered than is dispensed": (
        "supply_balanced",
        lambda p: p["deliveries"][0].update(kg_per_d=p["deliveries"][0]["kg_per_d"] - 1.0),
    ),
    "a source that has more": (
        "supply_balanced",
        lambda p: p["source_use"][0].update(available_kg_per_d=9e3),
    ),
    "a source over-sold": ("supply_balanced", lambda p: _move(p, "works", 50.0)),
    "a source that sells less than it does": (
        "supply_balanced",
        lambda p: p["source_use"][0].update(sold_kg_per_d=1.0),
    ),
    "a shorter way for a trailer": ("supply_balanced", lambda p: p["deliveries"][0].update(km=1.0)),
    "cheaper delivery": ("supply_balanced", lambda p: p["deliveries"][0].update(cny_per_kg=0.1)),
    "fewer trailers": ("supply_balanced", lambda p: _driven(p).update(trailers=0.0)),
    "a figure of trailers": ("figures_add_up", lambda p: p["figures"].update(trailers=0.1)),
    "cheaper supply": ("figures_add_up", lambda p: p["figures"].update(supply_cost_cny_per_yr=1.0)),
    "cheaper hydrogen": ("figures_add_up", lambda p: p["figures"].update(lcoh_cny_per_kg=1.0)),
    "supply left out of the money": ("money_kept", lambda p: p["money"][LAST].update(supply_cost_cny_per_yr=0.0)),
    "a centre left out": ("supply_balanced", lambda p: p.update(centres=[])),
    "a centre that opens earlier": ("centres_follow", lambda p: p["centres"][0].update(opens=2026)),
    "a larger centre": ("supply_balanced", lambda p: p["centres"][0].update(capacity_kg_per_d=900.0)),
    "a centre for nothing": (
        "builds_told",
        lambda p: next(row for row in p["builds"] if row["what"] == "centre").update(capex_cny=0.0),
    ),
    "a centre built in an earlier year": (
        "builds_told",
        lambda p: next(row for row in p["builds"] if row["what"] == "centre").update(period=2028),
    ),
    "a price of the middle year": (
        "supply_balanced",
        lambda p: of_year(p, MIDDLE)["source_use"][0].update(price_cny_per_kg=1.0),
    ),
    "a delivery that goes by pipe": ("supply_balanced", lambda p: _driven(p).update(mode="pipeline")),
}


def _driven(plan: Raw) -> Raw:
    return next(row for row in plan["deliveries"] if row["mode"] == "tube_trailer")


def _move(plan: Raw, source: str, kg: float) -> None:
    """Let a source send more to a station, and the plant less."""
    rows = {(row["origin"], row["destination"]): row for row in plan["deliveries"]}
    row = next(row for (origin, _), row in sorted(rows.items()) if origin == source)
    row["kg_per_d"] += kg


@pytest.fixture(scope="module")
def planned_supply(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return plan_results(tmp_path_factory.mktemp("supply"), changes=phased_supply())


def test_a_plan_with_its_supply_passes(planned_supply: Path) -> None:
    certificate = verify(planned_supply)
    assert certificate.failed == ()
    balanced = next(check for check in certificate.checks if check.family == "supply_balanced")
    assert set(balanced.rows_by_year) == {"2026", "2028", "2030"}
    assert {row.what for row in read_plan(planned_supply).builds} == {"open", "centre"}


def rule(plan: Raw, number: int, name: str, about: str) -> Raw:
    rows = of_year(plan, number)["rules"]
    return next(row for row in rows if (row["name"], row["about"]) == (name, about))


def loss(plan: Raw, number: int, what: str, name: str) -> Raw:
    rows = of_year(plan, number)["losses"]
    return next(row for row in rows if (row["what"], row["lost_id"]) == (what, name))


def drop_rules(plan: Raw) -> None:
    plan["rules"] = plan["rules"][1:]


def give_room(plan: Raw) -> None:
    """Tell of a station that opened this year what it may be planned for when it is older."""
    load = next(row for row in plan["earlier"][FIRST]["nearest"] if row["site_id"] != "h2-b")
    load["usable_kg_per_d"] /= 0.8
    load["overload_kg_per_d"] = max(0.0, load["nearest_kg_per_d"] - load["usable_kg_per_d"])


POLICY_TAMPERED: dict[str, tuple[str, Callable[[Raw], object]]] = {
    "a rule called met": (
        "policy_kept",
        lambda p: rule(p, LAST, "hubs and ports", "share_of_stations").update(met=True),
    ),
    "a rule left out": ("policy_kept", drop_rules),
    "a hard rule called soft": ("policy_kept", lambda p: rule(p, LAST, "东区", "served_share").update(hard=False)),
    "a smaller floor": ("policy_kept", lambda p: rule(p, MIDDLE, "东区", "served_share").update(asked="≥ 10.0%")),
    "more reached than was": ("policy_kept", lambda p: rule(p, FIRST, "东区", "served_share").update(reached="98.0%")),
    "a lower price of what is missed": (
        "policy_kept",
        lambda p: rule(p, LAST, "G1", "gap_km").update(penalty_cny_per_yr=0.0),
    ),
    "a shorter gap": ("policy_kept", lambda p: rule(p, LAST, "G1", "gap_km").update(reached="24.0 km", met=True)),
    "more that have two stations": (
        "policy_kept",
        lambda p: rule(p, LAST, "backup", "backup_share").update(reached="99.0%"),
    ),
    "a station that is not missed": (
        "losses_hold",
        lambda p: loss(p, LAST, "station", "hub-c").update(still_share=1.0),
    ),
    "more still served without a source": (
        "losses_hold",
        lambda p: loss(p, MIDDLE, "source", "plant").update(served_kg_per_d=500.0),
    ),
    "nobody runs dry": ("losses_hold", lambda p: loss(p, LAST, "source", "plant").update(runs_dry=[])),
    "a loss left out": ("losses_hold", lambda p: p.update(losses=p["losses"][1:])),
    "more room at the nearest": ("nearest_told", give_room),
    "nobody overloaded": ("nearest_told", lambda p: p["nearest"][0].update(overload_kg_per_d=1.0)),
    "a cheaper scored cost": ("goals_hold", lambda p: p["goals"][0].update(value=1e6, bound=1e6)),
}
QUICK_POLICY = frozenset({"a rule called met", "a station that is not missed", "nobody overloaded"})


@pytest.fixture(scope="module")
def planned_policy(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return plan_results(tmp_path_factory.mktemp("policy"), changes=phased_policy())


def test_a_plan_with_a_policy_passes(planned_policy: Path) -> None:
    certificate = verify(planned_policy)
    assert certificate.failed == ()
    for family in ("policy_kept", "losses_hold", "nearest_told"):
        found = next(check for check in certificate.checks if check.family == family)
        assert set(found.rows_by_year) == {"2026", "2028", "2030"}
    rules = {(row.name, row.about): row for row in read_plan(planned_policy).rules}
    assert not rules["G1", "gap_km"].met  # the stations stand 38 km from the end of the road
    assert rules["hydrogen_station", "stations"].reached == "2"  # one of them at no known position


@pytest.mark.parametrize(
    "what", [pytest.param(what, marks=() if what in QUICK_POLICY else DEEP) for what in POLICY_TAMPERED]
)
def test_a_change_of_policy_by_hand_is_found_in_its_family(planned_policy: Path, tmp_path: Path, what: str) -> None:
    results = tmp_path / "results"
    shutil.copytree(planned_policy, results)
    family, change = POLICY_TAMPERED[what]
    file = results / "plan.json"
    plan = json.loads(file.read_text(encoding="utf-8"))
    change(plan)
    file.write_text(json.dumps(plan), encoding="utf-8")
    assert family in {check.family for check in verify(results).failed}


QUICK_SUPPLY = frozenset({"less delivered than is dispensed", "a centre that opens earlier", "cheaper supply"})


@pytest.mark.parametrize(
    "what", [pytest.param(what, marks=() if what in QUICK_SUPPLY else DEEP) for what in SUPPLY_TAMPERED]
)
def test_a_change_of_supply_by_hand_is_found_in_its_family(planned_supply: Path, tmp_path: Path, what: str) -> None:
    results = tmp_path / "results"
    shutil.copytree(planned_supply, results)
    family, change = SUPPLY_TAMPERED[what]
    file = results / "plan.json"
    plan = json.loads(file.read_text(encoding="utf-8"))
    change(plan)
    file.write_text(json.dumps(plan), encoding="utf-8")
    assert family in {check.family for check in verify(results).failed}


APPROVED = YEARS.replace(
    "years:\n",
    "years:\n  begin: 2026-01\n  approval_months: 30\n  approvals: {port-e: 0}\n"
    "  decided: {until: 2026, stations: data/decided.csv}\n",
)


@pytest.fixture(scope="module")
def planned_approved(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The port is decided for 2026; others need 30 months from January 2026; a hub costs 80 % of a new build."""
    text = phased(years=APPROVED)
    retrofit = "  shortfall_cny_per_kg: 50\n  build_share: {logistics_hub: 0.8}\n"
    changes = {
        SCENARIO_FILE: text.replace("  shortfall_cny_per_kg: 50\n", retrofit),
        "data/decided.csv": "site_id,period,size_id,source\nport-e,2025,S300,made up\n",
    }
    return plan_results(tmp_path_factory.mktemp("approved"), changes=changes)


def test_decided_years_approvals_and_retrofits_pass(planned_approved: Path) -> None:
    assert verify(planned_approved).failed == ()
    plan = read_plan(planned_approved)
    assert [(row.period, row.site_id, row.frozen) for row in plan.builds] == [
        (2026, "port-e", True),
        (2030, "hub-c", False),
    ]
    assert plan.builds[1].capex_cny == pytest.approx(8e6)  # 0.8 x 10 M


@pytest.mark.deep
@pytest.mark.parametrize(
    ("family", "old", "new"),
    [
        ("approvals_kept", "approval_months: 30", "approval_months: 60"),
        ("approvals_kept", "S300,made up", "S500,made up"),
        ("builds_told", "decided: {until: 2026, stations: data/decided.csv}", ""),
        ("figures_add_up", "{logistics_hub: 0.8}", "{logistics_hub: 0.7}"),
    ],
)
def test_a_plan_that_breaks_what_was_decided_is_found(
    planned_approved: Path, tmp_path: Path, family: str, old: str, new: str
) -> None:
    """The plan is held against inputs that ask for something else, as if it had been made from them."""
    results = tmp_path / "results"
    shutil.copytree(planned_approved, results)
    name = "data/decided.csv" if old.startswith("S300") else SCENARIO_FILE
    text = (results / "inputs" / name).read_text(encoding="utf-8")
    assert old in text
    certificate = with_input(results, read_plan(results), name, text.replace(old, new))
    assert family in {check.family for check in certificate.failed}


def test_what_is_found_is_named_with_its_year(results: Path) -> None:
    file = results / "plan.json"
    plan = json.loads(file.read_text(encoding="utf-8"))
    remove_station(plan, MIDDLE, "port-e")
    file.write_text(json.dumps(plan), encoding="utf-8")
    follows = next(check for check in verify(results).checks if check.family == "stations_follow")
    assert follows.at == "2028: port-e: still there"


@pytest.mark.parametrize(("rows", "field"), [("plan", "money"), ("stations", "opens")])
def test_a_plan_in_the_format_of_another_version_is_refused_with_what_to_do(
    results: Path, rows: str, field: str
) -> None:
    file = results / "plan.json"
    plan = json.loads(file.read_text(encoding="utf-8"))
    for row in [plan] if rows == "plan" else plan[rows]:
        del row[field]
    file.write_text(json.dumps(plan), encoding="utf-8")
    with pytest.raises(InputError) as refused:
        verify(results)
    said = str(refused.value)
    assert "format of another version of h2plan" in said
    assert f"lacks {field}" in said
    assert "h2plan plan" in said
    assert "scenarios/tiny.yaml" in said


def test_the_question_names_each_limit_as_it_holds_in_each_period() -> None:
    """The number of stations allowed in the end is no limit of the years before, and the other way round."""
    scenario = load(SHIPPED / "wuhan-phased.yaml").scenario
    assert scenario.limits.stations_max == 35
    assert question.asked(scenario)["stations_max"] == "20, 28, 35, 60"
    assert "stations_min" not in question.asked(scenario)
    alone = load(SHIPPED / "wuhan-2030.yaml").scenario
    assert question.asked(alone)["stations_max"] == str(alone.limits.stations_max)
