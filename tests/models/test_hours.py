"""The busiest hour: small cases by hand, random ones against a list of every choice, and what is refused at once."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from h2plan import plugins
from h2plan.errors import InfeasibleError
from h2plan.optimise import optimise
from h2plan.problem import Limits, Problem, Solution
from h2plan.solve.goals import meet_goals
from h2plan.solve.highs import SolverOptions
from h2plan.solve.program import compile_model
from h2plan.solve.service import read_services
from h2plan.starting import first_values
from tests.models.houred import best, with_hours
from tests.models.small import problem, scattered
from tests.models.test_years_enumerated import drawn

EXACT = SolverOptions(gap=0.0, limit_s=60.0, threads=1)
SEEDS = range(10)
MANY = range(10, 300)


def solve(small: Problem, **options: Any) -> Solution:
    return optimise(small, model="network_design", options=options, solver=EXACT, in_process=True)


def value(solution: Solution, goal: str) -> float:
    return {found.name: found.value for found in solution.goals}[goal]


def hurried(seed: int) -> Problem:
    """Return a random problem of several years whose stations are held back by their busiest hour, now and then."""
    rng = np.random.default_rng([seed, 24])
    small = drawn(seed)
    share = {i: float(rng.choice([1 / 24, 0.1, 0.2])) for i in small.demand_ids}
    return with_hours(small, share, peak={"S200": 12.0, "S500": 30.0}, built={"s000": float(rng.choice([5.0, 20.0]))})


def held_to_the_list(seed: int) -> None:
    small = hurried(seed)
    least, most = best(small)
    for objective, wanted, rel in (("cost", least, 1e-6), ("coverage", most, 3e-6)):
        try:
            found: float | None = solve(small, objective=objective).goals[0].value
        except InfeasibleError:
            found = None
        assert found == (None if wanted is None else pytest.approx(wanted, rel=rel)), objective


@pytest.mark.parametrize("seed", SEEDS)
def test_the_best_plan_is_the_best_of_the_list(seed: int) -> None:
    held_to_the_list(seed)


@pytest.mark.deep
@pytest.mark.parametrize("seed", MANY)
def test_the_best_plan_is_the_best_of_the_list_on_many(seed: int) -> None:
    held_to_the_list(seed)


def test_a_station_gives_no_more_in_its_busiest_hour_than_it_can() -> None:
    small = problem({"bus": 200, "lorry": 200}, {("bus", "s"): 5, ("lorry", "s"): 5})
    plan = solve(with_hours(small, {"bus": 0.2, "lorry": 0.05}, peak={"S500": 30.0}))
    # lorries take 10 of 30 kg/h for 200 kg/d; the other 20 are 100 kg/d of buses
    assert value(plan, "served_kg_per_d") == pytest.approx(300)
    assert plan.serve[("bus", "s")] == pytest.approx(0.5)


def test_a_larger_size_is_opened_for_its_hour_alone() -> None:
    sizes = {"S200": (200.0, 5e6, 0.8e6), "S500": (500.0, 10e6, 1.5e6)}
    small = problem({"bus": 150}, {("bus", "s"): 5}, sizes=sizes)
    assert solve(small).open == {"s": "S200"}
    assert solve(with_hours(small, {"bus": 0.2}, peak={"S200": 15.0, "S500": 30.0})).open == {"s": "S500"}


def test_a_station_that_stands_gives_what_it_can() -> None:
    small = problem({"bus": 200}, {("bus", "old"): 5}, built={"old": 300.0})
    plan = solve(with_hours(small, {"bus": 0.1}, peak={"S500": 30.0}, built={"old": 12.0}))
    assert value(plan, "served_kg_per_d") == pytest.approx(120)


def test_an_hour_with_room_for_all_changes_nothing() -> None:
    small = scattered(4, sites=6, demand=20, sizes={"S500": (500.0, 10e6, 1e6)}, radius=12.0)
    roomy = with_hours(small, dict.fromkeys(small.demand_ids, 0.1), peak={"S500": 1000.0})
    assert solve(roomy, objective="cost").goals[0].value == pytest.approx(
        solve(small, objective="cost").goals[0].value, rel=1e-9
    )


@pytest.mark.parametrize("seed", range(6))
def test_more_kg_in_an_hour_never_serve_less(seed: int) -> None:
    small = scattered(seed, sites=5, demand=20, sizes={"S500": (500.0, 10e6, 1e6)}, radius=12.0)
    share = {i: 0.05 + 0.01 * (n % 10) for n, i in enumerate(small.demand_ids)}
    served = [
        solve(with_hours(replace(small, limits=Limits(stations_max=3)), share, peak={"S500": kg})).goals[0].value
        for kg in (5.0, 15.0, 45.0)
    ]
    assert served == sorted(served)
    assert served[0] < served[-1]


@pytest.mark.parametrize("share", [1.0, 0.1])
def test_the_searches_that_merge_demand_stand_back(share: float) -> None:
    """With a share of 1 the row of the hour looks like one of a capacity; it must not be taken for it."""
    small = scattered(5, sites=6, demand=30, sizes={"S200": (200.0, 5e6, 0.8e6)}, radius=15.0)
    made = with_hours(small, dict.fromkeys(small.demand_ids, share), peak={"S200": 100.0 * share})
    module = plugins.find("models", "network_design")
    built = module.build(made, module.Options())
    program = compile_model(built)
    shares = [program.columns_of(built.serve)]
    assert read_services(program.linear, program.implied, shares) is None
    assert built.guided is False
    rooted = meet_goals(program, EXACT, shares=shares, root_from_rows=0).held
    assert rooted is not None
    assert rooted.goals[0].value == pytest.approx(solve(made).goals[0].value, rel=3e-6)


def test_rows_that_need_one_station_begin_where_the_hour_has_room() -> None:
    small = problem({"a": 100, "b": 90}, {("a", "s"): 5, ("b", "s"): 5, ("b", "t"): 9}, built={"s": 300.0, "t": 300.0})
    made = with_hours(small, {"a": 0.2, "b": 0.2}, peak={"S500": 30.0}, built={"s": 25.0, "t": 25.0})
    module = plugins.find("models", "network_design")
    built = module.build(made, module.Options(sourcing="single"))
    program = compile_model(built)
    first = first_values(made, built, program, [{}])
    assert {pair for pair, n in program.columns_of(built.serve).items() if first.get(n)} == {("a", "s"), ("b", "t")}
    assert solve(made, sourcing="single").serve == {("a", "s"): 1.0, ("b", "t"): 1.0}


def test_a_floor_beyond_every_dispenser_is_refused() -> None:
    small = problem({"bus": 200, "lorry": 200}, {("bus", "s"): 5, ("lorry", "s"): 5})
    small = replace(small, limits=Limits(served_share_min=0.9, stations_max=1))
    # 360 of 400 kg/d: 200 of lorries at a twentieth, 160 of buses at a fifth are 10 + 32 kg/h
    with pytest.raises(InfeasibleError, match=r"asks for 42 kg/h in the busiest hour at least.* give 30 kg/h"):
        solve(with_hours(small, {"bus": 0.2, "lorry": 0.05}, peak={"S500": 30.0}))
