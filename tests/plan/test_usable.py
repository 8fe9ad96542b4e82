"""What a station may be planned for in its youth counts in every figure, and agrees with what the plan serves."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from itertools import islice
from pathlib import Path

import numpy as np
import pytest

from h2plan.phases import Policy, SiteRule
from h2plan.plan.files import read_plan
from h2plan.plan.levels import more_possible
from h2plan.plan.results import Plan, YearPlan
from h2plan.plan.verify import verify
from h2plan.problem import BUILT, Goal, Problem, Solution
from h2plan.usable import usable_by_year
from tests.models import oracle_years as oracle
from tests.models.phased import phased
from tests.models.small import problem as problem_of
from tests.models.test_years_enumerated import drawn
from tests.plan.phased_project import phased as phased_text
from tests.plan.phased_project import phased_policy, plan_results
from tests.plan.tiny_project import SCENARIO_FILE

SIZES = {"S200": (200.0, 5e6, 0.8e6), "S500": (500.0, 10e6, 1.5e6)}


def stations(problem: Problem, plan: oracle.Plan) -> list[dict[str, str]]:
    """Return a build plan of the list as what is open in each year."""
    return [
        {
            name: BUILT if not row else problem.sizes.ids[row[t]]
            for name, row in zip(problem.sites.ids, plan, strict=True)
            if not row or row[t] != oracle.NOTHING
        }
        for t in range(len(problem.years))
    ]


def test_what_was_added_last_is_youngest() -> None:
    """200 kg/d of before give 0.8 x 0.75 of themselves, 300 added this year 0.5 x 0.75; 100 that stood 0.9 x 0.75."""
    small = problem_of({"a": 500.0}, {("a", "new"): 1.0, ("a", "old"): 2.0}, sizes=SIZES, built={"old": 100.0})
    problem = phased(
        replace(small, limits=replace(small.limits, utilisation_max=0.75)),
        [{"a": 500.0}, {"a": 500.0}],
        usable_share=np.array([[0.5, 0.8], [0.0, 0.5]]),
        standing_share=0.9,
    )
    years = [{"new": "S200", "old": BUILT}, {"new": "S500", "old": BUILT}]
    first, second = usable_by_year(problem, years)
    assert first == {"new": pytest.approx(75.0), "old": pytest.approx(67.5)}
    assert second == {"new": pytest.approx(120.0 + 112.5), "old": pytest.approx(67.5)}


def test_one_year_knows_neither_ramp_nor_outage() -> None:
    small = problem_of({"a": 500.0}, {("a", "new"): 1.0}, sizes=SIZES)
    assert usable_by_year(small, [{"new": "S500"}]) == ({"new": 500.0},)


@pytest.mark.parametrize("seed", range(12))
def test_it_is_what_a_list_of_build_plans_counts_with(seed: int) -> None:
    problem = drawn(seed)
    for plan in islice(oracle.plans(problem), 40):
        found = usable_by_year(problem, stations(problem, plan))
        for t, of_year in enumerate(found):
            wanted = {problem.sites.ids[j]: kg for j, kg in oracle._usable_kg(problem, plan, t).items()}
            assert of_year == {j: pytest.approx(kg) for j, kg in wanted.items()}


@pytest.fixture(scope="module")
def most(tmp_path_factory: pytest.TempPathFactory) -> Plan:
    """The made-up city in three years with ramp and outage, serving most."""
    text = phased_text().replace("objective: cost", "objective: coverage")
    results = plan_results(tmp_path_factory.mktemp("most"), changes={SCENARIO_FILE: text})
    assert verify(results).failed == ()
    return read_plan(results)


def base_kg(year: Plan | YearPlan) -> float:
    return next(row.served_kg_per_d for row in year.figures.levels if row.level == "base")


def test_a_plan_that_serves_most_serves_what_its_stations_can_at_base_demand(most: Plan) -> None:
    young = 0
    for year in (*most.earlier, most):
        assert base_kg(year) == pytest.approx(year.figures.served_kg_per_d, rel=2e-5)
        young += sum(load.usable_kg_per_d < 0.75 * 0.94 * _capacity(year, load.site_id) for load in year.nearest)
    assert young > 0, "nothing was young: the test says nothing"


def _capacity(year: Plan | YearPlan, name: str) -> float:
    return next(station.capacity_kg_per_d for station in year.stations if station.site_id == name)


def test_stations_that_stand_in_for_a_lost_one_are_as_young_as_they_are(tmp_path: Path) -> None:
    """What is still served without the worst one is no more than all others may be planned for."""
    results = plan_results(tmp_path, changes=phased_policy())
    plan = read_plan(results)
    for year in (*plan.earlier, plan):
        usable = {load.site_id: load.usable_kg_per_d for load in year.nearest}
        for loss in year.losses:
            if loss.what == "station":
                others = sum(kg for name, kg in usable.items() if name != loss.lost_id)
                assert loss.served_kg_per_d <= others + 1e-6


def told(plan: Plan, served_kg: float, *, sense: str, policy: Policy, options: Mapping[str, object]) -> tuple[str, ...]:
    year = replace(plan, figures=replace(plan.figures, served_kg_per_d=served_kg))
    name = "served_kg_per_d" if sense == "max" else "annual_cost_cny"
    goal = Goal(name=name, sense=sense, value=1.0, bound=1.0, gap=0.0, stopped="optimal", nodes=1)  # type: ignore[arg-type]
    found = Solution(model="network_design", open={}, serve={}, goals=(goal,), seconds=0.0, solver="by hand")
    return more_possible([year], found, options=options, policy=policy)  # type: ignore[list-item]


def test_a_plan_that_serves_less_than_it_could_says_why(most: Plan) -> None:
    kg = base_kg(most)
    assert told(most, kg, sense="max", policy=Policy(), options={}) == ()
    (cost,) = told(most, 0.9 * kg, sense="min", policy=Policy(), options={"sourcing": "single"})
    assert f"{0.1 * kg:,.0f} kg/d more than the plan does: each row of demand has one station" in cost
    assert cost.endswith("its goal is least cost")
    rule = Policy(sites=(SiteRule(name="r", sites=frozenset(), stations_max=1),))
    (bound,) = told(most, 0.9 * kg, sense="max", policy=rule, options={})
    assert bound.endswith("policy and resilience bind who is served")
