"""A plan of several years is re-checked year by year, and whoever changes one year by hand is found out."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from h2plan.errors import InputError
from h2plan.plan.files import read_plan
from h2plan.plan.verify import verify
from tests.plan.phased_project import plan_results

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
