"""Years planned one after the other with a supply chain: what was built stands, its capital counts once."""

from __future__ import annotations

import itertools
from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from h2plan.delivering import CentreTerms, SourceTerms, Supply
from h2plan.errors import InfeasibleError, InputError
from h2plan.in_turn import held_to, in_turn, up_to
from h2plan.optimise import optimise
from h2plan.problem import Problem, Solution, decided
from h2plan.solve.highs import SolverOptions
from tests.models.phased import phased
from tests.models.pressured import with_pressure
from tests.models.small import problem as problem_of
from tests.models.supplied import pipe, random_supply, tube

EXACT = SolverOptions(gap=0.0, limit_s=60.0, threads=1)


def solve(problem: Problem, objective: str = "cost") -> Solution:
    return optimise(problem, model="network_design", options={"objective": objective}, solver=EXACT, in_process=True)


def growing(seed: int, **phasing: Any) -> Problem:
    """Return a random supply over three years whose demand grows and whose sources sell more."""
    small = random_supply(seed)
    kg = dict(zip(small.demand_ids, small.demand_kg_per_d.tolist(), strict=True))
    rng = np.random.default_rng([seed, 5])
    made = phased(
        small,
        [{i: round(d * factor, 1) for i, d in kg.items()} for factor in (0.5, 1.0, 1.4)],
        weights_yr=rng.uniform(1.0, 4.0, 3).round(2).tolist(),
        **phasing,
    )
    years = [
        replace(
            year,
            supply=replace(
                year.supply,
                sources=tuple(
                    replace(source, available_kg_per_d=source.available_kg_per_d * factor)
                    for source in year.supply.sources
                ),
            ),
        )
        for year, factor in zip(made.years, (0.6, 1.0, 1.3), strict=True)
        if year.supply is not None
    ]
    return replace(years[-1], earlier=tuple(years[:-1]), phasing=made.phasing)


def dear_hub(first_kg: float) -> Problem:
    """A first year that a centre serves best, and a second in which a new source makes it worth nothing.

    Over the centre a kilogram costs 20 + 1 + 1, by the road from alpha 20 + 9; beta sells from the second year at 20
    and 1 by road, everything a station can dispense.
    """
    small = problem_of({"a": 200.0}, {("a", "s"): 0.0}, sizes={"S300": (300.0, 6e6, 0.9e6)}, shortfall=60.0)
    made = phased(small, [{"a": first_kg}, {"a": first_kg}], weights_yr=[1.0, 1.0])
    hub = CentreTerms(id="hub", capacity_kg_per_d=500.0, capex_cny=2e6, annual_cost_cny_per_yr=100_000.0)
    roads = (tube("alpha", "hub", 1), tube("alpha", "s", 9), tube("beta", "s", 1), tube("hub", "s", 1))
    years = [
        replace(
            year,
            supply=Supply(
                sources=(
                    SourceTerms(id="alpha", available_kg_per_d=500.0, price_cny_per_kg=20.0),
                    SourceTerms(id="beta", available_kg_per_d=sold, price_cny_per_kg=20.0),
                ),
                centres=(hub,),
                links=roads,
            ),
        )
        for year, sold in zip(made.years, (0.0, 500.0), strict=True)
    ]
    return replace(years[-1], earlier=tuple(years[:-1]), phasing=made.phasing)


def test_a_centre_of_an_earlier_year_stands_although_nobody_needs_it_any_more() -> None:
    """200 kg/d over the centre save 7 CNY/kg on 300 days, 420,000 CNY, and cost 100,000."""
    problem = dear_hub(200.0)
    chosen = in_turn(problem, solve)
    assert [year.centres for year in chosen] == [{"hub"}, {"hub"}]
    first, second = decided(solve(held_to(problem, chosen)), problem.period)
    assert (first.centres, second.centres) == (("hub",), ("hub",))
    assert set(second.deliver) == {("beta", "s", "tube_trailer")}
    alone = solve(replace(problem, earlier=(), phasing=None))
    assert alone.centres == ()


def test_a_pipe_of_an_earlier_year_stays_laid() -> None:
    problem = dear_hub(200.0)
    years = [
        replace(
            year,
            supply=replace(year.supply, centres=(), links=(tube("beta", "s", 1), pipe("alpha", "s", 1, 50_000.0))),
        )
        for year in problem.years
        if year.supply is not None
    ]
    problem = replace(years[-1], earlier=tuple(years[:-1]), phasing=problem.phasing)
    chosen = in_turn(problem, solve)
    key = ("alpha", "s", "pipeline")
    assert [year.links for year in chosen] == [{key}, {key}]
    held = solve(held_to(problem, chosen))
    assert key in held.deliver
    assert held.deliver[("beta", "s", "tube_trailer")] == pytest.approx(200.0)


def test_capital_of_supply_is_spent_once() -> None:
    """8 M CNY in the first year for station and centre; the second may spend nothing and need not."""
    problem = dear_hub(200.0)
    assert problem.phasing is not None
    for carry_over in (True, False):
        phasing = replace(problem.phasing, budget_cny=np.array([8e6, 0.0]), carry_over=carry_over)
        chosen = in_turn(replace(problem, phasing=phasing), solve)
        assert [year.centres for year in chosen] == [{"hub"}, {"hub"}]
        assert solve(held_to(replace(problem, phasing=phasing), chosen)).centres == ("hub",)


def test_the_year_itself_pays_for_what_it_builds() -> None:
    """7.9 M CNY are not enough for the centre beside the station."""
    problem = dear_hub(200.0)
    assert problem.phasing is not None
    for carry_over in (True, False):
        phasing = replace(problem.phasing, budget_cny=np.array([7.9e6, 0.0]), carry_over=carry_over)
        assert [year.centres for year in in_turn(replace(problem, phasing=phasing), solve)] == [set(), set()]


@pytest.mark.parametrize("seed", [*range(6), *(pytest.param(s, marks=pytest.mark.deep) for s in range(6, 60))])
def test_planning_the_years_together_is_worth_something_or_nothing(seed: int) -> None:
    """What is built one year after the other is one of the plans of all years."""
    budget = {"budget_cny": [12e6, 4e6, 9e6], "carry_over": bool(seed % 2)} if seed % 3 else {}
    problem = growing(seed, **budget)
    try:
        chosen = in_turn(problem, solve)
    except (InfeasibleError, InputError):
        return
    for before, after in itertools.pairwise(chosen):
        assert before.stations.keys() <= after.stations.keys()
        assert before.centres <= after.centres
        assert before.links <= after.links
    together, apart = solve(problem), solve(held_to(problem, chosen))
    assert together.goals[0].value <= apart.goals[0].value * (1 + 1e-6)
    for year, built in zip(decided(apart, problem.period), chosen, strict=True):
        assert set(year.centres) == built.centres
        assert {key for key in year.deliver if key[2] != "tube_trailer"} == built.links


def test_a_year_of_its_own_sees_what_stands() -> None:
    problem = dear_hub(200.0)
    chosen = in_turn(problem, solve)
    second = up_to(problem, 1, chosen[:1])
    assert second.supply is not None
    assert [centre.required for centre in second.supply.centres] == [True]
    assert second.earlier[0].supply is None


@pytest.mark.parametrize("seed", range(4))
def test_what_is_fitted_for_70_mpa_stays_so_and_the_years_together_cost_no_more(seed: int) -> None:
    made = growing(seed)
    problem = with_pressure(made, made.demand_ids[::2], capex_cny={"S300": 1e6})
    chosen = in_turn(problem, solve)
    assert chosen[-1].at_70_mpa, "nothing is fitted: the test says nothing"
    for before, after in itertools.pairwise(chosen):
        assert before.at_70_mpa <= after.at_70_mpa
    apart = solve(held_to(problem, chosen))
    for year, built in zip(decided(apart, problem.period), chosen, strict=True):
        assert year.at_70_mpa == built.at_70_mpa
    assert solve(problem).goals[0].value <= apart.goals[0].value * (1 + 1e-6)
