"""Network design: small cases by hand, random ones by listing every choice, and laws that hold whatever the numbers."""

from __future__ import annotations

import itertools
from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from h2plan.errors import InfeasibleError, InputError
from h2plan.models import network_design
from h2plan.optimise import optimise
from h2plan.outputs._report_text import word
from h2plan.problem import Limits, Problem, Solution
from h2plan.solve.highs import SolverOptions
from tests.models import oracle
from tests.models.small import problem, scattered

EXACT = SolverOptions(gap=0.0, limit_s=60.0, threads=1)
TWO_SIZES = {"S200": (200.0, 5e6, 0.8e6), "S500": (500.0, 10e6, 1.5e6)}


def solve(small: Problem, **options: Any) -> Solution:
    return optimise(small, model="network_design", options=options, solver=EXACT, in_process=True)


def value(solution: Solution, goal: str) -> float:
    return {found.name: found.value for found in solution.goals}[goal]


def served(solution: Solution, small: Problem) -> float:
    kg = dict(zip(small.demand_ids, small.demand_kg_per_d, strict=True))
    return float(sum(share * kg[i] for (i, _), share in solution.serve.items()))


def test_one_station_stands_where_both_places_reach_it() -> None:
    small = problem(
        {"a": 100, "b": 100}, {("a", "left"): 5, ("a", "mid"): 9, ("b", "mid"): 9}, limits=Limits(stations_max=1)
    )
    plan = solve(small)
    assert plan.open == {"mid": "S500"}
    assert plan.serve == {("a", "mid"): 1.0, ("b", "mid"): 1.0}
    assert plan.stopped == "optimal"


def test_a_full_station_leaves_the_rest_unserved() -> None:
    plan = solve(problem({"a": 800}, {("a", "s"): 5}))
    assert value(plan, "served_kg_per_d") == pytest.approx(500)
    assert plan.serve[("a", "s")] == pytest.approx(500 / 800)


def test_utilisation_max_holds_back_capacity() -> None:
    plan = solve(problem({"a": 800}, {("a", "s"): 5}, limits=Limits(utilisation_max=0.8)))
    assert value(plan, "served_kg_per_d") == pytest.approx(400)


def test_among_plans_that_serve_all_the_cheapest_is_taken() -> None:
    plan = solve(problem({"a": 150}, {("a", "near"): 1, ("a", "far"): 3}, sizes=TWO_SIZES))
    assert plan.open == {"near": "S200"}
    assert value(plan, "annual_cost_cny") == pytest.approx(0.8e6 + 150 * 300 * 1)


def test_the_way_there_can_be_worth_a_second_station() -> None:
    reach = {("a", "east"): 1, ("a", "west"): 60, ("b", "east"): 60, ("b", "west"): 1}
    plan = solve(problem({"a": 100, "b": 100}, reach, shortfall=1000), objective="cost")
    # one station: 1e6 + 100·300·(1 + 60) = 2.83e6; two: 2e6 + 2·100·300 = 2.06e6
    assert set(plan.open) == {"east", "west"}
    assert value(plan, "annual_cost_cny") == pytest.approx(2.06e6)


def test_what_costs_more_than_its_shortfall_is_not_built() -> None:
    plan = solve(problem({"a": 10}, {("a", "s"): 1}, shortfall=50, unreached_kg=10), objective="cost")
    assert plan.open == {}
    assert value(plan, "annual_cost_cny") == pytest.approx(20 * 300 * 50)


def test_a_standing_station_serves_within_its_capacity_and_costs_nothing_new() -> None:
    plan = solve(problem({"a": 300}, {("a", "old"): 2}, built={"old": 200.0}), objective="cost")
    assert plan.open == {"old": "built"}
    assert plan.serve[("a", "old")] == pytest.approx(200 / 300)
    assert value(plan, "annual_cost_cny") == pytest.approx(200 * 300 * 2 + 100 * 300 * 50)


def test_standing_stations_count_even_without_a_position() -> None:
    reach = {("a", "s1"): 1, ("b", "s2"): 1}
    small = problem({"a": 100, "b": 90}, reach, limits=Limits(stations_max=2, unplaced_built=1))
    plan = solve(small)
    assert plan.open == {"s1": "S500"}


def test_a_required_site_is_open_and_a_forbidden_one_is_not() -> None:
    reach = {("a", "must"): 9, ("a", "never"): 1, ("a", "may"): 2}
    plan = solve(problem({"a": 100}, reach, required=["must"], forbidden=["never"]))
    assert set(plan.open) == {"must"}


def test_a_size_above_what_the_site_allows_is_not_built() -> None:
    plan = solve(problem({"a": 400}, {("a", "s"): 1}, sizes=TWO_SIZES, largest={"s": 300.0}))
    assert plan.open == {"s": "S200"}


def test_stations_min_opens_more_than_needed() -> None:
    reach = {("a", "s1"): 1, ("a", "s2"): 2}
    assert len(solve(problem({"a": 10}, reach, limits=Limits(stations_min=2))).open) == 2


def test_the_budget_buys_what_it_buys() -> None:
    reach = {("a", "s1"): 1, ("b", "s2"): 1}
    plan = solve(problem({"a": 400, "b": 150}, reach, sizes=TWO_SIZES, limits=Limits(budget_cny=10e6)))
    assert plan.open == {"s1": "S500"}


def test_a_budget_of_zero_asks_what_stands_already() -> None:
    small = problem(
        {"a": 300, "b": 9}, {("a", "old"): 2, ("b", "s"): 1}, built={"old": 200.0}, limits=Limits(budget_cny=0)
    )
    assert value(solve(small), "served_kg_per_d") == pytest.approx(200)


def test_demand_of_nothing_takes_no_part() -> None:
    plan = solve(problem({"a": 100, "empty": 0}, {("a", "s"): 1, ("empty", "s"): 1, ("empty", "t"): 1}))
    assert plan.serve == {("a", "s"): 1.0}


def test_no_demand_at_all_needs_no_station() -> None:
    plan = solve(problem({}, {}, sites=["s"]))
    assert plan.open == {}


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"limits": Limits(stations_max=3)}, "stations_max: 3 is above"),
        ({"limits": Limits(stations_min=3)}, "stations_min: 3 is above"),
        ({"limits": Limits(stations_min=2, stations_max=1)}, "stations_min: 2 is above stations_max 1"),
        ({"limits": Limits(budget_cny=8e6)}, "8,000,000 is below the cheapest station (S500: 10,000,000)"),
        ({"required": ["s"], "forbidden": ["s"]}, "s: is both required and forbidden"),
        ({"required": ["s"], "largest": {"s": 300.0}}, "max_kg_per_d 300 is below the smallest size 500"),
    ],
)
def test_limits_that_make_no_sense_are_bad_input(changes: dict[str, Any], words: str) -> None:
    with pytest.raises(InputError) as caught:
        solve(problem({"a": 100}, {("a", "s"): 1, ("a", "t"): 1}, **changes))
    assert words in str(caught.value)


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"limits": Limits(stations_max=1), "required": ["s", "t"]}, "2 would do"),
        ({"limits": Limits(budget_cny=10e6), "required": ["s", "t"]}, "20,000,000 would"),
        ({"limits": Limits(budget_cny=10e6, stations_min=2)}, "20,000,000 would"),
        ({"limits": Limits(served_share_min=0.6), "unreached_kg": 100}, "50.0% of all demand"),
        ({"limits": Limits(served_share_min=0.9), "built": {"s": 10.0, "t": 10.0}}, "dispense 20 kg/d"),
    ],
)
def test_limits_that_contradict_each_other_are_refused_with_a_number(changes: dict[str, Any], words: str) -> None:
    with pytest.raises(InfeasibleError) as caught:
        solve(problem({"a": 100}, {("a", "s"): 1, ("a", "t"): 1}, **changes))
    assert words in str(caught.value)


def test_a_floor_that_the_other_limits_forbid_names_the_share_that_can_be_served() -> None:
    limits = Limits(served_share_min=0.9, stations_max=1)
    with pytest.raises(InfeasibleError) as caught:
        solve(problem({"a": 300, "b": 100}, {("a", "s"): 1, ("b", "t"): 1}, limits=limits), objective="cost")
    assert "a plan that serves 75.0% of all demand exists, none serves more than 75.0%" in str(caught.value)


def random_case(seed: int) -> Problem:
    """Draw a problem with all kinds of limits: up to five sites of two sizes."""
    rng = np.random.default_rng(1000 + seed)
    sites = int(rng.integers(2, 6))
    names = [f"s{j:03d}" for j in range(sites)]
    drawn = rng.permutation(names).tolist()
    built = {drawn.pop(): float(rng.integers(50, 400))} if rng.random() < 0.4 else {}
    required = [drawn.pop()] if drawn and rng.random() < 0.3 else []
    forbidden = [drawn.pop()] if len(drawn) > 1 and rng.random() < 0.3 else []
    largest = {drawn[0]: 250.0} if drawn and rng.random() < 0.3 else {}
    limits = Limits(
        stations_max=int(rng.integers(min(len(built) + len(required), sites - 1), sites)) or None
        if rng.random() < 0.5
        else None,
        budget_cny=float(rng.integers(10, 30)) * 1e6 if rng.random() < 0.5 else None,
        served_share_min=float(rng.uniform(0.05, 0.9)) if rng.random() < 0.4 else None,
        utilisation_max=float(rng.choice([1.0, 0.85])),
    )
    return scattered(
        seed,
        sites=sites,
        demand=int(rng.integers(3, 9)),
        sizes=TWO_SIZES,
        radius=float(rng.uniform(8, 25)),
        built=built,
        required=required,
        forbidden=forbidden,
        largest=largest,
        shortfall=float(rng.uniform(5, 80)),
        unreached_kg=float(rng.choice([0.0, 40.0])),
        limits=limits,
    )


def agrees_with_enumeration(seed: int) -> None:
    small = random_case(seed)
    floor = (small.limits.served_share_min or 0.0) * small.total_kg_per_d
    cheapest = oracle.least_cost(small, floor_kg=floor)
    try:
        by_cost, by_coverage = solve(small, objective="cost"), solve(small, objective="coverage")
    except InputError:
        return  # a drawn limit that means nothing
    except InfeasibleError:
        assert cheapest is None
        return
    assert cheapest is not None
    assert value(by_cost, "annual_cost_cny") == pytest.approx(cheapest, rel=1e-6)
    most = oracle.most_served(small)
    assert most is not None
    assert value(by_coverage, "served_kg_per_d") == pytest.approx(most, rel=2e-6)
    assert served(by_coverage, small) == pytest.approx(most, rel=2e-6)
    least = oracle.least_cost(small, floor_kg=most * (1 - 1e-6) - 1e-6)
    assert value(by_coverage, "annual_cost_cny") == pytest.approx(least, rel=1e-5)
    assert all(goal.gap == pytest.approx(0, abs=1e-5) for goal in (*by_cost.goals, *by_coverage.goals))


@pytest.mark.parametrize("seed", range(60))
def test_plans_equal_the_best_of_all_choices(seed: int) -> None:
    agrees_with_enumeration(seed)


@pytest.mark.deep
@pytest.mark.parametrize("seed", range(60, 560))
def test_plans_equal_the_best_of_all_choices_many_times(seed: int) -> None:
    agrees_with_enumeration(seed)


def test_the_random_cases_are_of_every_kind() -> None:
    drawn = [random_case(seed) for seed in range(60)]
    assert any(case.limits.budget_cny is not None for case in drawn)
    assert any(case.limits.stations_max is not None for case in drawn)
    assert any(case.limits.served_share_min is not None for case in drawn)
    assert any(case.sites.required.any() for case in drawn)
    assert any(not np.isnan(case.sites.built_kg_per_d).all() for case in drawn)


MEDIUM = {"sites": 12, "demand": 30, "sizes": TWO_SIZES}


@pytest.mark.parametrize("seed", range(4))
def test_more_budget_never_serves_less(seed: int) -> None:
    case = scattered(seed, radius=9, **MEDIUM)
    found = [
        value(solve(replace(case, limits=Limits(budget_cny=budget))), "served_kg_per_d")
        for budget in (5e6, 12e6, 20e6, 40e6)
    ]
    assert all(more >= less - 1e-5 for less, more in itertools.pairwise(found))


@pytest.mark.parametrize("seed", range(4))
def test_a_longer_radius_never_serves_less(seed: int) -> None:
    cases = [scattered(seed, radius=radius, limits=Limits(stations_max=4), **MEDIUM) for radius in (4, 6, 9, 14)]
    found = [value(solve(case), "served_kg_per_d") for case in cases]
    assert all(more >= less - 1e-5 for less, more in itertools.pairwise(found))


@pytest.mark.parametrize("seed", range(4))
def test_the_order_of_the_rows_changes_nothing(seed: int) -> None:
    case = scattered(seed, radius=9, limits=Limits(stations_max=4), **MEDIUM)
    order = np.random.default_rng(seed).permutation(len(case.demand_ids))
    where = np.argsort(order)
    pairs = case.pairs
    turned = replace(
        case,
        demand_ids=tuple(case.demand_ids[n] for n in order),
        demand_kg_per_d=case.demand_kg_per_d[order],
        pairs=replace(pairs, demand=where[pairs.demand]),
    )
    for goal, other in zip(solve(case).goals, solve(turned).goals, strict=True):
        assert goal.value == pytest.approx(other.value, rel=1e-6)


def test_every_goal_has_words_in_both_languages() -> None:
    measured = [name for name, *_ in network_design.MEASURES.values()]
    money = [f"{when}_{scored}cost_cny" for when in ("annual", "present") for scored in ("", "scored_")]
    for name in (*money, *measured, *(f"mean_{name}" for name in measured)):
        assert word("goal", name, "zh") != name
        assert word("goal", name, "en") != name
