"""Supply and losses in two steps end where one step does, and their bounds hold."""

from __future__ import annotations

from dataclasses import replace
from itertools import pairwise
from typing import Any

import numpy as np
import pytest

from h2plan import by_price
from h2plan.errors import InfeasibleError, InputError
from h2plan.in_turn import in_turn
from h2plan.models import _resilience
from h2plan.optimise import optimise, solve_problem
from h2plan.problem import Goal, Problem, Solution
from h2plan.solve.goals import Held
from h2plan.solve.highs import SolverOptions
from h2plan.solve.worker import Report
from tests.models import every_option
from tests.models.phased import phased
from tests.models.supplied import random_supply

EXACT = SolverOptions(gap=0.0, limit_s=60.0, threads=1)


def solve(small: Problem, objective: str) -> Solution:
    return optimise(small, model="network_design", options={"objective": objective}, solver=EXACT, in_process=True)


def in_two_steps(small: Problem, objective: str, monkeypatch: pytest.MonkeyPatch) -> Solution:
    monkeypatch.setattr(by_price, "WORTH_FROM_PAIRS", 0)
    return solve(small, objective)


def several_years(seed: int) -> Problem:
    """Return the same supply for a demand that grows by half."""
    small = random_supply(seed)
    kg = dict(zip(small.demand_ids, small.demand_kg_per_d.tolist(), strict=True))
    return phased(small, [kg, {i: 1.5 * d for i, d in kg.items()}], weights_yr=[2.0, 3.0])


@pytest.mark.parametrize("objective", ["coverage", "cost"])
@pytest.mark.parametrize("seed", range(4))
def test_two_steps_end_where_one_does(seed: int, objective: str, monkeypatch: pytest.MonkeyPatch) -> None:
    for small in (random_supply(seed), several_years(seed)):
        one = solve(small, objective)
        two = in_two_steps(small, objective, monkeypatch)
        monkeypatch.undo()
        for mine, other in zip(two.goals, one.goals, strict=True):
            assert mine.value == pytest.approx(other.value, rel=2e-6)
            assert mine.stopped == "optimal"


@pytest.mark.parametrize("seed", range(4))
def test_no_plan_told_later_is_worse_or_knows_less(seed: int, monkeypatch: pytest.MonkeyPatch) -> None:
    """A run that is cut off ends with the last plan told: it has the bounds of the first step, and is no worse."""
    told: list[Solution] = []
    monkeypatch.setattr(by_price, "WORTH_FROM_PAIRS", 0)
    monkeypatch.setattr(by_price, "is_proven", lambda _held: False)  # so that the whole problem is searched too
    report = Report(plan=lambda make: told.append(make()))
    solve_problem(report, several_years(seed), "network_design", {"objective": "coverage"}, EXACT)
    assert len(told) > 1
    for earlier, later in pairwise(told):
        before, after = earlier.goals[0], later.goals[0]
        assert before.bound is not None
        assert after.bound is not None
        assert after.bound <= before.bound * (1 + 1e-9)
        assert after.value >= before.value * (1 - 2e-6)


def asked_with_options(seed: int) -> tuple[Problem, dict[str, Any]]:
    """Return a drawn problem with a share to keep after a loss, and options."""
    drawn, options = every_option.drawn(seed)
    kept = [
        replace(year, policy=replace(year.policy, loss_share_min=[0.5, 0.8, 1.0][seed % 3])) for year in drawn.years
    ]
    return replace(kept[-1], earlier=tuple(kept[:-1])), options


def agree_whatever_the_options(seed: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(_resilience, "FLOWS_MAX", 0)
    small, options = asked_with_options(seed)
    found = []
    for worth_from in (10**9, 0):
        monkeypatch.setattr(by_price, "WORTH_FROM_PAIRS", worth_from)
        try:
            plan = optimise(small, model="network_design", options=options, solver=EXACT, in_process=True)
        except (InfeasibleError, InputError):
            found.append(None)
        else:
            found.append([goal.value for goal in plan.goals])
    assert found[1] == (None if found[0] is None else pytest.approx(found[0], rel=1e-5, abs=1e-3))


@pytest.mark.parametrize("seed", range(6))
def test_two_steps_end_where_one_does_whatever_the_options(seed: int, monkeypatch: pytest.MonkeyPatch) -> None:
    agree_whatever_the_options(seed, monkeypatch)


@pytest.mark.deep
@pytest.mark.parametrize("seed", range(6, 156))
def test_two_steps_end_where_one_does_many_times(seed: int, monkeypatch: pytest.MonkeyPatch) -> None:
    agree_whatever_the_options(seed, monkeypatch)


@pytest.mark.parametrize("seed", range(8))
def test_the_relaxation_is_never_worse_than_a_plan(seed: int) -> None:
    small = random_supply(seed)
    plan, relaxed = solve(small, "cost"), solve(by_price.priced(small), "cost")
    assert relaxed.goals[0].value <= plan.goals[0].value * (1 + 1e-7)
    most, relaxed_most = solve(small, "coverage"), solve(by_price.priced(small), "coverage")
    assert relaxed_most.goals[0].value >= most.goals[0].value * (1 - 1e-7)


def test_a_relaxation_knows_all_that_is_sold() -> None:
    small = random_supply(0)
    assert small.supply is not None
    sold = sum(source.available_kg_per_d for source in small.supply.sources)
    made = sum(link.max_kg_per_d for link in small.supply.links if link.mode == "on_site")
    assert by_price.priced(small).supply_max_kg_per_d == pytest.approx(sold + made)


def goal(name: str, sense: str, value: float, bound: float | None) -> Goal:
    return Goal(name=name, sense=sense, value=value, bound=bound, gap=None, stopped="feasible_limit", nodes=0)  # type: ignore[arg-type]


def test_the_bound_of_a_later_goal_holds_only_where_the_earlier_is_met() -> None:
    lead = by_price.Lead(stations=(), goals=(goal("served", "max", 100.0, 101.0), goal("cost", "min", 50.0, 49.0)))
    empty: list[float] = []

    def held(served: float) -> Held:
        goals = (goal("served", "max", served, None), goal("cost", "min", 51.0, None))
        return Held(values=empty, goals=goals)  # type: ignore[arg-type]

    met, missed = (lead.sharpened(held(served), gap=0.05) for served in (100.0, 98.0))
    assert [found.bound for found in met.goals] == [101.0, 49.0]
    assert [found.stopped for found in met.goals] == ["optimal", "optimal"]
    assert [found.bound for found in missed.goals] == [101.0, None]
    assert not by_price.is_proven(replace(missed))


def test_the_better_of_two_plans_keeps_the_sharper_bounds_of_both() -> None:
    lead = by_price.Lead(stations=(), goals=(goal("served", "max", 100.0, 105.0), goal("cost", "min", 50.0, 49.0)))
    settled = Held(values=np.zeros(1), goals=(goal("served", "max", 90.0, None), goal("cost", "min", 60.0, None)))
    found = Held(values=np.ones(1), goals=(goal("served", "max", 90.0, 95.0), goal("cost", "min", 70.0, 55.0)))
    best = by_price.best(lead, settled, found, gap=0.0)
    assert best.values is settled.values
    assert [known.bound for known in best.goals] == [95.0, 55.0]
    fewer = Held(values=np.ones(1), goals=(goal("served", "max", 80.0, 95.0), goal("cost", "min", 40.0, 39.0)))
    assert [known.bound for known in by_price.best(lead, settled, fewer, gap=0.0).goals] == [95.0, 39.0]
    ahead = Held(values=np.ones(1), goals=(goal("served", "max", 94.0, 95.0), goal("cost", "min", 70.0, 65.0)))
    best = by_price.best(lead, settled, ahead, gap=0.0)
    assert best.values is ahead.values
    assert [known.bound for known in best.goals] == [95.0, 65.0]


def test_years_planned_one_after_the_other_may_want_nothing_before(monkeypatch: pytest.MonkeyPatch) -> None:
    small = several_years(1)
    monkeypatch.setattr(by_price, "WORTH_FROM_PAIRS", 0)
    chosen = in_turn(small, lambda year: solve(year, "coverage"))
    assert len(chosen) == len(small.years)
    assert chosen[0].stations.keys() <= chosen[1].stations.keys()
    assert chosen[0].centres <= chosen[1].centres
    assert chosen[0].links <= chosen[1].links
