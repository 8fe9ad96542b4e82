"""Other plans of the same data count the capital of their supply as the plan does its own."""

from __future__ import annotations

from pathlib import Path

import pytest

from h2plan import pipeline
from h2plan.plan.results import Plan
from tests.plan.phased_project import phased_supply
from tests.plan.tiny_project import SCENARIO_FILE, write_project

ASKED = "alternatives: {least_cost_for_same_share: true, year_by_year: true, all_at_once: true, limit_s: 60, gap: 0}\n"


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Plan:
    """The made-up city with its supply chain in three years, at least cost, and every other plan asked for."""
    files = phased_supply()
    text = files[SCENARIO_FILE].replace("  budget_cny_per_yr: {2026: 7000000, 2027: 2500000}\n", "")
    changes = {**files, SCENARIO_FILE: text + ASKED}
    folder: Path = tmp_path_factory.mktemp("others")
    return pipeline.plan(write_project(folder, changes=changes)).plan


def test_the_cheapest_plan_of_the_same_share_is_the_cheapest_plan_to_the_last_yuan(made: Plan) -> None:
    other = next(row for row in made.alternatives if row.name == "least_cost_for_same_share")
    assert made.figures.supply_capex_cny, "no capital of supply: the test says nothing"
    assert other.capex_cny == pytest.approx(made.figures.capex_cny)
    assert other.supply_capex_cny == pytest.approx(made.figures.supply_capex_cny)


def test_every_other_plan_tells_its_capital_of_supply_and_none_costs_less(made: Plan) -> None:
    assert {row.name for row in made.alternatives} == {"least_cost_for_same_share", "year_by_year", "all_at_once"}
    years = sum(row.weight_yr for row in made.money)
    mean = made.goals[-1].value / years
    for row in made.alternatives:
        assert row.supply_capex_cny is not None
        assert row.annual_cost_cny_per_yr >= mean * (1 - 1e-6)
