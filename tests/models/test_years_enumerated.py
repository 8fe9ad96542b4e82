"""Plans of several years against a list of every build plan, and laws that hold whatever the numbers."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from h2plan.errors import InfeasibleError, InputError
from h2plan.in_turn import at_once, held_to, in_turn, new_stations
from h2plan.optimise import optimise
from h2plan.problem import Limits, Problem, Solution, decided
from h2plan.solve.highs import SolverOptions
from tests.models import oracle_years as oracle
from tests.models.phased import phased
from tests.models.small import problem as problem_of
from tests.models.small import scattered

EXACT = SolverOptions(gap=0.0, limit_s=60.0, threads=1)
SIZES = {"S200": (200.0, 5e6, 0.8e6), "S500": (500.0, 10e6, 1.5e6)}
LARGEST_LIST = 500
"""Build plans in a list at most."""
SEEDS = range(16)
MANY = range(16, 416)


def drawn(seed: int) -> Problem:
    """Return a random problem of two or three years with options drawn at random, and at most 500 build plans."""
    rng = np.random.default_rng(seed)
    closing = bool(rng.random() < 0.2)
    count = 2 if closing else int(rng.integers(2, 4))
    sites = 2 if count == 3 or closing else int(rng.integers(2, 4))
    sites += 1  # one more with a station that stands
    small = scattered(
        seed,
        sites=sites,
        demand=int(rng.integers(3, 7)),
        sizes=SIZES,
        radius=14.0,
        built={"s000": 120.0},
        limits=Limits(utilisation_max=float(rng.choice([0.75, 1.0]))),
        shortfall=float(rng.choice([20.0, 60.0])),
    )
    first = {i: float(kg) for i, kg in zip(small.demand_ids, small.demand_kg_per_d, strict=True)}
    kg = [{i: round(first[i] * (t + rng.uniform(0.3, 1.0)), 1) for i in first} for t in range(count)]
    ramp = [1.0, 1.0, 1.0] if closing or rng.random() < 0.5 else [0.5, 0.8, 0.95]
    share = np.array([[ramp[now - at] if now >= at else 0.0 for now in range(count)] for at in range(count)])
    return phased(
        replace(
            small, sites=replace(small.sites, build_share=np.round(rng.uniform(0.7, 1.1, len(small.sites.ids)), 2))
        ),
        kg,
        weights_yr=np.round(rng.uniform(1.0, 4.0, count), 2).tolist(),
        budget_cny=None if rng.random() < 0.4 else rng.choice([5e6, 8e6, 11e6], count).tolist(),
        limits=[{"stations_max": int(rng.integers(2, 4))} if rng.random() < 0.3 else {} for _ in range(count)],
        carry_over=bool(rng.random() < 0.6),
        closing=closing,
        upgrades=bool(rng.random() < 0.8),
        upgrade_premium_share=0.0 if closing else float(rng.choice([0.0, 0.2])),
        opens_from=np.array([0, *rng.integers(0, 2, sites - 1)]),
        usable_share=share,
        standing_share=float(rng.choice([1.0, 0.95])),
    )


def solve(problem: Problem, **options: Any) -> Solution | None:
    """Return the plan; None where nothing meets the limits."""
    try:
        return optimise(problem, model="network_design", options=options, solver=EXACT, in_process=True)
    except (InfeasibleError, InputError):
        return None


def best(problem: Problem, **options: Any) -> float | None:
    found = solve(problem, **options)
    return None if found is None else found.goals[0].value


def held_to_the_list(seed: int) -> None:
    problem = drawn(seed)
    assert oracle.count_plans(problem) <= LARGEST_LIST
    cost, served = best(problem, objective="cost"), best(problem)
    assert cost == (None if (least := oracle.least_present_cost(problem)) is None else pytest.approx(least, rel=1e-6))
    assert served == (None if (most := oracle.most_served(problem)) is None else pytest.approx(most, rel=3e-6))


@pytest.mark.parametrize("seed", SEEDS)
def test_the_best_plan_is_the_best_of_the_list(seed: int) -> None:
    held_to_the_list(seed)


@pytest.mark.deep
@pytest.mark.parametrize("seed", MANY)
def test_the_best_plan_is_the_best_of_the_list_on_many(seed: int) -> None:
    held_to_the_list(seed)


LAWS = range(500, 503)


def in_turn_frozen(problem: Problem) -> Problem:
    """The same problem with every year decided as it comes out one year after the other."""
    return held_to(problem, in_turn(problem, asked))


def asked(problem: Problem) -> Solution:
    return optimise(problem, model="network_design", options={"objective": "cost"}, solver=EXACT, in_process=True)


@pytest.mark.parametrize("seed", LAWS)
def test_years_planned_together_never_cost_more_than_one_after_the_other(seed: int) -> None:
    problem = drawn(seed)
    together = asked(problem).goals[0].value
    assert together <= asked(in_turn_frozen(problem)).goals[0].value * (1 + 1e-6)


@pytest.mark.parametrize("seed", LAWS)
def test_more_money_never_costs_more_and_a_decision_never_less(seed: int) -> None:
    problem = drawn(seed)
    assert problem.phasing is not None
    free = asked(problem).goals[0].value
    richer = replace(problem, phasing=replace(problem.phasing, budget_cny=problem.phasing.budget_cny + 3e6))
    nothing = {(problem.years[0].period, site): "" for site in problem.sites.ids if site != "s000"}
    waiting = replace(problem, phasing=replace(problem.phasing, frozen=nothing))
    assert asked(richer).goals[0].value <= free * (1 + 1e-6)
    assert asked(waiting).goals[0].value >= free * (1 - 1e-6)


def test_planning_one_year_after_the_other_buys_what_the_next_year_cannot_use() -> None:
    small = problem_of({"a": 150, "b": 150}, {("a", "near"): 1, ("a", "mid"): 9, ("b", "mid"): 1}, sizes=SIZES)
    wanted = [{"a": 150.0, "b": 0.0}, {"a": 150.0, "b": 300.0}]
    problem = phased(small, wanted, limits=[{"stations_max": 1}] * 2)
    chosen = in_turn(problem, asked)
    # alone the first year takes the nearer site, and the one station allowed then stands where b cannot reach it
    assert [year.stations for year in chosen] == [{"near": "S200"}, {"near": "S200"}]
    # together: 1.5 M CNY for S500 at mid against 0.8, and 300 kg/d more at 50 CNY and 300 d
    assert asked(problem).open == {"mid": "S500"}


def test_all_at_once_opens_the_last_years_stations_in_the_first() -> None:
    small = problem_of({"a": 400}, {("a", "s"): 1}, sizes=SIZES)
    problem = phased(small, [{"a": 100.0}, {"a": 400.0}], budget_cny=[5e6, 5e6])
    together = asked(problem)
    early = asked(at_once(problem, new_stations(together.open)))
    assert [year.open for year in decided(early, 2028)] == [{"s": "S500"}, {"s": "S500"}]
    assert early.goals[0].value - together.goals[0].value == pytest.approx(1.5e6 - 0.8e6)
