"""Goals in order, and the two ways of solving one: handed over whole, or from the root relaxation."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from h2plan.models import network_design
from h2plan.models._parts import sizes_allowed
from h2plan.problem import Limits, Problem
from h2plan.solve.goals import Found, Held, Listener, meet_goals
from h2plan.solve.guide import Guide, make_guide
from h2plan.solve.highs import Progress, SolverOptions
from h2plan.solve.program import Program, compile_model
from h2plan.solve.search import completed
from h2plan.solve.start import greedy
from h2plan.solve.start_years import greedy_years
from tests.models.phased import phased
from tests.models.small import scattered
from tests.solve.hard import SIZES, hard_problem

EXACT = SolverOptions(gap=0.0, limit_s=60.0, threads=1)


def case(seed: int, **limits: float | None) -> Problem:
    allowed = Limits(stations_max=4, **limits)  # type: ignore[arg-type]
    return scattered(seed, sites=12, demand=40, sizes=SIZES, radius=10, shortfall=30, limits=allowed)


def compiled(problem: Problem, *, objective: str) -> Program:
    return compile_model(network_design.build(problem, network_design.Options(objective=objective)))  # type: ignore[arg-type]


def values(found: Found) -> list[float]:
    assert found.held is not None
    return [goal.value for goal in found.held.goals]


@pytest.mark.parametrize("objective", ["cost", "coverage"])
@pytest.mark.parametrize("seed", range(6))
def test_the_root_relaxation_leads_to_the_same_optimum(seed: int, objective: str) -> None:
    program = compiled(case(seed, served_share_min=0.3), objective=objective)
    whole = values(meet_goals(program, EXACT, root_from_rows=10**9))
    from_root = meet_goals(program, EXACT, root_from_rows=1)
    assert values(from_root) == pytest.approx(whole, rel=1e-5)
    assert from_root.held is not None
    activity = program.linear.matrix @ from_root.held.values
    assert (activity <= program.linear.row_upper + 1e-5).all()
    assert (activity >= program.linear.row_lower - 1e-5).all()


def guide_of(problem: Problem, objective: str) -> tuple[Program, Guide, dict[int, float]]:
    """Return a compiled model with its guide and a greedy start."""
    model = network_design.build(problem, network_design.Options(objective=objective))  # type: ignore[arg-type]
    program = compile_model(model)
    opens, serves = program.columns_of(model.open), program.columns_of(model.serve)
    chosen = greedy(problem, sizes_allowed(problem), aim="cost" if objective == "cost" else "coverage")
    start = {opens[pair]: 1.0 for pair in chosen.items()}
    return program, make_guide(problem, program, open_columns=opens, serve_columns=serves), start


@pytest.mark.parametrize("objective", ["cost", "coverage"])
@pytest.mark.parametrize("seed", range(8))
def test_guidance_leads_to_the_same_optimum(seed: int, objective: str) -> None:
    budget = 30e6 if seed % 2 else None
    problem = case(seed, served_share_min=0.2, budget_cny=budget, unplaced_built=1)
    program, guide, start = guide_of(problem, objective)
    alone = meet_goals(program, EXACT, root_from_rows=10**9)
    guided = meet_goals(program, EXACT, start=start, guide=guide, root_from_rows=1)
    assert values(guided) == pytest.approx(values(alone), rel=1e-5)


@pytest.mark.parametrize("seed", range(12))
def test_advice_never_rules_out_the_optimum(seed: int) -> None:
    limits = {"served_share_min": 0.2} if seed % 3 else {"budget_cny": 25e6}
    program, guide, _ = guide_of(case(seed, utilisation_max=0.9, **limits), "cost")
    best = meet_goals(program, EXACT, root_from_rows=10**9)
    assert best.held is not None
    objective = program.linear.objective(best.held.values)
    advice = guide(0, [], objective * 1.05, 0.0)
    assert advice.bound <= objective * (1 + 1e-7)
    assert advice.bound >= objective * 0.7
    assert (best.held.values[~advice.better_than(objective)] == 0).all()


def test_the_second_goal_keeps_the_first() -> None:
    program = compiled(case(1), objective="coverage")
    alone = meet_goals(replace(program, goals=program.goals[:1]), EXACT)
    both = meet_goals(program, EXACT)
    assert values(both)[0] == pytest.approx(values(alone)[0], rel=2e-6)
    assert program.goals[1].value(both.held.values) <= program.goals[1].value(alone.held.values) + 1e-3  # type: ignore[union-attr]


def test_a_stop_after_the_first_plan_keeps_a_plan_for_every_goal() -> None:
    plans: list[Held] = []
    listener = Listener(plan=plans.append, should_stop=lambda: bool(plans))
    found = meet_goals(compiled(hard_problem(), objective="coverage"), EXACT, listener=listener)
    assert found.held is not None
    assert [goal.name for goal in found.held.goals] == ["served_kg_per_d", "annual_cost_cny"]
    assert found.held.goals[-1].stopped == "interrupted"
    assert found.held.goals[-1].bound is None


def test_progress_names_the_goal_and_never_a_bound_past_the_incumbent() -> None:
    heard: list[Progress] = []
    program = compiled(case(4), objective="cost")
    meet_goals(program, replace(EXACT, nodes_max=5), listener=Listener(progress=heard.append), root_from_rows=1)
    known = [(news.incumbent, news.bound) for news in heard if news.incumbent is not None and news.bound is not None]
    assert {news.stage for news in heard} == {"annual_cost_cny"}
    assert known
    assert all(bound <= incumbent * (1 + 1e-6) for incumbent, bound in known)


def test_a_start_that_breaks_a_limit_is_left_aside() -> None:
    problem = case(2)
    program = compiled(problem, objective="cost")
    everything = dict.fromkeys(np.flatnonzero(program.linear.whole).tolist(), 1.0)
    assert values(meet_goals(program, EXACT, start=everything)) == pytest.approx(values(meet_goals(program, EXACT)))


def test_equal_inputs_give_equal_plans_when_nodes_end_the_search() -> None:
    program = compiled(case(3), objective="cost")
    runs = [meet_goals(program, replace(EXACT, nodes_max=20), root_from_rows=1) for _ in range(2)]
    assert runs[0].held is not None
    assert runs[1].held is not None
    assert np.array_equal(runs[0].held.values, runs[1].held.values)


def test_whole_columns_are_completed_within_their_bounds() -> None:
    program = compiled(case(1), objective="coverage")
    opens = np.flatnonzero(program.linear.whole)
    upper = program.linear.upper.copy()
    upper[opens[:3]] = 0.0
    part = program.linear.within(upper=upper)
    wanted = np.zeros(part.shape[1])
    wanted[opens[0]] = wanted[opens[-1]] = 1.0
    found = completed(part, wanted, EXACT)
    assert found is not None
    assert found[opens[0]] == 0.0
    assert found[opens[-1]] == 1.0
    assert (part.matrix @ found <= part.row_upper + 1e-6).all()


def test_years_that_are_decided_are_the_first_plan_of_these_years() -> None:
    small = case(1)
    kg = dict(zip(small.demand_ids, small.demand_kg_per_d.tolist(), strict=True))
    decided = {(2026, j): "S200" if j == "s003" else "" for j in small.sites.ids}
    made = phased(small, [kg, kg], frozen=decided)
    assert made.phasing is not None
    allowed = sizes_allowed(small)
    first, second = greedy_years(made.years, made.phasing, [allowed, allowed], aim="coverage")
    assert first == {"s003": "S200"}
    assert second["s003"] == "S200"
    assert len(second) > 1


@pytest.mark.parametrize("objective", ["cost", "coverage"])
def test_a_budget_of_nothing_is_priced_without_dividing_by_it(objective: str) -> None:
    small = case(2)
    old = np.where(np.arange(12) == 4, 300.0, np.nan)
    problem = replace(
        small, sites=replace(small.sites, built_kg_per_d=old), limits=replace(small.limits, budget_cny=0.0)
    )
    program, guide, start = guide_of(problem, objective)
    whole = meet_goals(program, EXACT, start=start)
    found = meet_goals(program, EXACT, start=start, guide=guide, root_from_rows=0)
    assert values(found) == pytest.approx(values(whole), rel=1e-6)
