"""Plans of several years: small cases by hand."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from h2plan.errors import InputError
from h2plan.optimise import optimise
from h2plan.problem import Problem, Solution, decided
from h2plan.solve.highs import SolverOptions
from tests.models.phased import phased
from tests.models.small import problem

EXACT = SolverOptions(gap=0.0, limit_s=60.0, threads=1)
TWO_SIZES = {"S200": (200.0, 5e6, 0.8e6), "S500": (500.0, 10e6, 1.5e6)}
"""Size id to kg/d, CNY, CNY/yr; half of the last is operation."""


def solve(small: Problem, **options: Any) -> Solution:
    return optimise(small, model="network_design", options=options, solver=EXACT, in_process=True)


def sizes(solution: Solution, site: str) -> list[str]:
    """The size that stands at a site in each year, blank where none does."""
    return [year.open.get(site, "") for year in decided(solution, 0)]


def value(solution: Solution, goal: str) -> float:
    return {found.name: found.value for found in solution.goals}[goal]


def test_a_station_that_opens_stays_open() -> None:
    small = problem({"a": 100}, {("a", "s"): 1}, sizes=TWO_SIZES, shortfall=100)
    plan = solve(phased(small, [{"a": 100}, {"a": 0}]), objective="cost")
    # the second year wants nothing, and pays for the station all the same: 2 x 0.8 M CNY and one year of the way there
    assert sizes(plan, "s") == ["S200", "S200"]
    assert value(plan, "present_cost_cny") == pytest.approx(2 * 0.8e6 + 100 * 300)


def test_a_station_may_close_where_that_is_allowed() -> None:
    small = problem({"a": 100}, {("a", "s"): 1}, sizes=TWO_SIZES)
    plan = solve(phased(small, [{"a": 100}, {"a": 0}], closing=True), objective="cost")
    assert sizes(plan, "s") == ["S200", ""]


def test_a_station_grows_with_demand() -> None:
    small = problem({"a": 100}, {("a", "s"): 1}, sizes=TWO_SIZES)
    plan = solve(phased(small, [{"a": 150}, {"a": 400}]))
    assert sizes(plan, "s") == ["S200", "S500"]
    assert value(plan, "mean_served_kg_per_d") == pytest.approx((150 + 400) / 2)


def test_without_upgrades_a_station_opens_at_the_size_it_will_need() -> None:
    small = problem({"a": 100}, {("a", "s"): 1}, sizes=TWO_SIZES)
    plan = solve(phased(small, [{"a": 150}, {"a": 400}], upgrades=False))
    assert sizes(plan, "s") == ["S500", "S500"]


def test_an_upgrade_costs_its_premium() -> None:
    small = problem({"a": 100}, {("a", "s"): 1}, sizes=TWO_SIZES, shortfall=1000)
    plan = solve(phased(small, [{"a": 150}, {"a": 400}], upgrade_premium_share=0.1), objective="cost")
    # small first: 0.8 + 1.5 + 0.1 x (0.75 - 0.4) M CNY; large at once: 3.0 M CNY
    assert sizes(plan, "s") == ["S200", "S500"]
    assert value(plan, "present_cost_cny") == pytest.approx(2.3e6 + 0.035e6 + 300 * (150 + 400))


def test_money_that_is_left_is_carried_over() -> None:
    small = problem({"a": 400}, {("a", "s"): 1}, sizes=TWO_SIZES)
    kept = solve(phased(small, [{"a": 400}] * 2, budget_cny=[4e6, 6e6]))
    lost = solve(phased(small, [{"a": 400}] * 2, budget_cny=[4e6, 6e6], carry_over=False))
    assert (sizes(kept, "s"), sizes(lost, "s")) == (["", "S500"], ["", "S200"])


def test_a_site_opens_no_earlier_than_its_approvals_allow() -> None:
    small = problem({"a": 100}, {("a", "s"): 1}, sizes=TWO_SIZES)
    plan = solve(phased(small, [{"a": 100}] * 3, opens_from=np.array([2])))
    assert sizes(plan, "s") == ["", "", "S200"]


def test_new_capacity_is_planned_for_as_it_grows_into_use() -> None:
    small = problem({"a": 500}, {("a", "s"): 1}, sizes={"S500": TWO_SIZES["S500"]})
    share = np.array([[0.6, 0.8, 1.0], [0.0, 0.6, 0.8], [0.0, 0.0, 0.6]])
    plan = solve(phased(small, [{"a": 500}] * 3, usable_share=share))
    assert value(plan, "mean_served_kg_per_d") == pytest.approx(500 * (0.6 + 0.8 + 1.0) / 3)


def test_an_upgrade_grows_into_use_from_its_own_year() -> None:
    small = problem({"a": 500}, {("a", "s"): 1}, sizes=TWO_SIZES)
    share = np.array([[0.5, 1.0], [0.0, 0.5]])
    plan = solve(phased(small, [{"a": 500}] * 2, usable_share=share, budget_cny=[5e6, 5e6]))
    # 200 kg/d half used, then 200 kg/d used in full and 300 kg/d of the upgrade half used
    assert value(plan, "mean_served_kg_per_d") == pytest.approx((100 + 200 + 150) / 2)


def test_years_already_decided_stand() -> None:
    small = problem({"a": 100}, {("a", "near"): 1, ("a", "far"): 9}, sizes=TWO_SIZES)
    frozen = {(2026, "far"): "S200", (2026, "near"): ""}
    plan = solve(phased(small, [{"a": 100}] * 2, frozen=frozen), objective="cost")
    assert (sizes(plan, "far"), sizes(plan, "near")) == (["S200", "S200"], ["", ""])


def test_years_count_for_as_long_as_they_last() -> None:
    small = problem({"a": 100}, {("a", "s"): 1}, sizes=TWO_SIZES, shortfall=50)
    plan = solve(phased(small, [{"a": 100}, {"a": 200}], weights_yr=[2.0, 5.0]), objective="cost")
    assert value(plan, "present_cost_cny") == pytest.approx(7 * 0.8e6 + 300 * (2 * 100 + 5 * 200))


def test_a_model_of_one_year_refuses_several() -> None:
    small = phased(problem({"a": 100}, {("a", "s"): 1}), [{"a": 100}] * 2)
    with pytest.raises(InputError, match="2026, 2028: the model p_median plans one year at a time"):
        optimise(small, model="p_median", options={"size_id": "S500"}, solver=EXACT, in_process=True)
