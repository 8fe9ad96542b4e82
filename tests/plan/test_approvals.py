"""Months of approvals stand in the site tables: a site opens no earlier, and the plan shows them."""

from __future__ import annotations

import json
import shutil
from dataclasses import replace
from pathlib import Path

import pytest

from h2plan.domain import Site
from h2plan.errors import InputError
from h2plan.outputs._sheet_facts import sheets
from h2plan.phasing import approval_months
from h2plan.plan.files import read_plan
from h2plan.plan.reopen import roads_of
from h2plan.plan.results import Plan
from h2plan.plan.verify import verify
from h2plan.prepare import prepare
from h2plan.project import load
from h2plan.sites._merge import merge
from tests.plan.phased_project import YEARS, phased, plan_results
from tests.plan.tiny_project import FILES, SCENARIO_FILE, with_input, write_project

BEGUN = YEARS.replace("years:\n", "years:\n  begin: 2026-01\n  approval_months_by_kind: {logistics_hub: 12}\n").replace(
    "{2026: {served_share_min: 0.3}, ", "{"
)


def ports(months: str) -> str:
    head, row = FILES["data/ports.csv"].splitlines()
    return f"{head},approval_months_left\n{row},{months}\n"


def files(*, months: str = "30", years: str = BEGUN) -> dict[str, str]:
    return {SCENARIO_FILE: phased(years=years), "data/ports.csv": ports(months)}


@pytest.fixture(scope="module")
def planned(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return plan_results(tmp_path_factory.mktemp("approvals"), changes=files())


def first_year(plan: Plan, name: str) -> int:
    return min(row.period for row in plan.builds if row.site_id == name)


def test_a_site_opens_no_earlier_than_its_table_allows(planned: Path) -> None:
    """30 months from January 2026 end in 2028: the port, which opens in 2026 without them, stands from 2030."""
    plan = read_plan(planned)
    assert first_year(plan, "port-e") == 2030
    assert first_year(plan, "hub-c") == 2028  # 12 months from January 2026
    assert verify(planned).failed == ()


def test_candidates_and_sheets_show_the_months(planned: Path) -> None:
    plan = read_plan(planned)
    told = {site.site_id: site.approval_months for site in plan.candidates}
    assert told == {"h2-b": None, "hub-c": 12, "ic-d": 0, "port-e": 30}
    made = sheets(plan, roads_of(planned, plan), "en", map_title="Map")
    assert {sheet.station.site_id: sheet.approval_months for sheet in made} == {
        name: told[name] for name in ("h2-b", "hub-c", "port-e")
    }


@pytest.mark.parametrize(
    ("left", "approvals", "by_kind", "months"),
    [(None, {}, {}, 10), (None, {}, {"port": 18}, 18), (0, {}, {"port": 18}, 0), (7, {"p": 3}, {"port": 18}, 3)],
)
def test_the_site_comes_before_its_table_and_the_table_before_the_kind(
    tmp_path: Path, left: int | None, approvals: dict[str, int], by_kind: dict[str, int], months: int
) -> None:
    scenario = load(write_project(tmp_path, changes=files())).scenario
    assert scenario.years is not None
    rules = {"approval_months": 10, "approvals": approvals, "approval_months_by_kind": by_kind}
    asked = scenario.model_copy(update={"years": scenario.years.model_copy(update=rules)})
    assert approval_months(asked, port(left)) == months
    assert approval_months(asked, replace(port(left), built_kg_per_d=300.0)) is None


def port(left: int | None, name: str = "p") -> Site:
    return Site(
        id=name,
        name="港区",
        name_en="Port",
        lon=114.7,
        lat=30.6,
        bank="none",
        precision_m=100.0,
        kind="port",
        approval_months_left=left,
        source="made up",
        verified="yes",
    )


def test_a_place_of_two_rows_needs_the_most_that_one_of_them_says() -> None:
    assert merge([port(6), port(9, "q")]).sites[0].approval_months_left == 9
    assert merge([port(None), port(9, "q")]).sites[0].approval_months_left == 9
    assert merge([port(None), port(None, "q")]).sites[0].approval_months_left is None


def test_months_that_count_from_no_month_are_refused(tmp_path: Path) -> None:
    with pytest.raises(InputError, match=r"site tables give months of approvals \(port-e\), and they count from no"):
        prepare(load(write_project(tmp_path, changes=files(years=YEARS))))


@pytest.mark.parametrize("months", ["-1", "1.5", "soon"])
def test_months_are_whole_and_not_negative(tmp_path: Path, months: str) -> None:
    with pytest.raises(InputError, match="approval_months_left"):
        prepare(load(write_project(tmp_path, changes=files(months=months))))


def test_a_station_that_opens_before_its_table_allows_is_found(planned: Path, tmp_path: Path) -> None:
    """The plan is held against a table that asks for more, as if it had been made from it."""
    results = tmp_path / "results"
    shutil.copytree(planned, results)
    certificate = with_input(results, read_plan(results), "data/ports.csv", ports("60"))
    assert {"approvals_kept", "sites_real"} <= {check.family for check in certificate.failed}
    by_kind = phased(years=BEGUN.replace("{logistics_hub: 12}", "{logistics_hub: 36}"))
    certificate = with_input(results, read_plan(planned), SCENARIO_FILE, by_kind)
    assert "approvals_kept" in {check.family for check in certificate.failed}


def test_months_changed_in_the_plan_alone_are_found(planned: Path, tmp_path: Path) -> None:
    results = tmp_path / "results"
    shutil.copytree(planned, results)
    file = results / "plan.json"
    plan = json.loads(file.read_text(encoding="utf-8"))
    next(row for row in plan["candidates"] if row["site_id"] == "port-e").update(approval_months=0)
    file.write_text(json.dumps(plan), encoding="utf-8")
    assert "sites_real" in {check.family for check in verify(results).failed}
