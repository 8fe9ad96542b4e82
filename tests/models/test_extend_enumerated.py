"""Standing stations that may be extended: plans against a list of every build plan, and laws that always hold."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from h2plan.in_turn import held_to, in_turn
from h2plan.optimise import optimise
from h2plan.problem import BUILT, Problem, Solution, decided
from tests.models import oracle_years as oracle
from tests.models.test_years_enumerated import EXACT, LARGEST_LIST, best, drawn

SEEDS = range(12)
MANY = range(12, 312)


def extendable(seed: int) -> Problem:
    """The random problems of several years with a standing station of any capacity that may be extended."""
    problem = drawn(seed)
    rng = np.random.default_rng(seed)
    assert problem.phasing is not None
    phasing = replace(problem.phasing, upgrades=True, closing=False)
    built = problem.sites.built_kg_per_d.copy()
    stands = ~np.isnan(built)
    built[stands] = float(rng.choice([80.0, 120.0, 200.0, 350.0]))
    largest = np.where(stands, float(rng.choice([np.inf, 300.0, 500.0])), np.nan)

    def grown(year: Problem) -> Problem:
        return replace(year, sites=replace(year.sites, built_kg_per_d=built, extends_to_kg_per_d=largest))

    return replace(grown(problem), earlier=tuple(grown(year) for year in problem.earlier), phasing=phasing)


def held_to_the_list(seed: int) -> None:
    problem = extendable(seed)
    assert oracle.count_plans(problem) <= 4 * LARGEST_LIST
    cost, served = best(problem, objective="cost"), best(problem)
    assert cost == (None if (least := oracle.least_present_cost(problem)) is None else pytest.approx(least, rel=1e-6))
    assert served == (None if (most := oracle.most_served(problem)) is None else pytest.approx(most, rel=3e-6))


@pytest.mark.parametrize("seed", SEEDS)
def test_the_best_plan_with_extensions_is_the_best_of_the_list(seed: int) -> None:
    held_to_the_list(seed)


@pytest.mark.deep
@pytest.mark.parametrize("seed", MANY)
def test_the_best_plan_with_extensions_is_the_best_of_the_list_on_many(seed: int) -> None:
    held_to_the_list(seed)


def asked(problem: Problem) -> Solution:
    return optimise(problem, model="network_design", options={"objective": "cost"}, solver=EXACT, in_process=True)


def grows(problem: Problem) -> bool:
    """Whether some standing station is extended in the best plan."""
    found = decided(asked(problem), problem.period)
    return any(year.open.get("s000") != BUILT for year in found)


def test_some_of_these_plans_extend_a_station_and_some_do_not() -> None:
    assert {grows(extendable(seed)) for seed in SEEDS} == {True, False}


@pytest.mark.parametrize("seed", range(500, 503))
def test_to_be_allowed_to_extend_never_costs_more(seed: int) -> None:
    problem = extendable(seed)

    def fixed(year: Problem) -> Problem:
        return replace(year, sites=replace(year.sites, extends_to_kg_per_d=None))

    as_it_stands = replace(fixed(problem), earlier=tuple(fixed(year) for year in problem.earlier))
    assert asked(problem).goals[0].value <= asked(as_it_stands).goals[0].value * (1 + 1e-6)


@pytest.mark.parametrize("seed", range(500, 503))
def test_years_planned_together_never_cost_more_than_one_after_the_other(seed: int) -> None:
    problem = extendable(seed)
    in_order = held_to(problem, in_turn(problem, asked))
    assert asked(problem).goals[0].value <= asked(in_order).goals[0].value * (1 + 1e-6)
