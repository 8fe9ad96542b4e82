"""Goals: what the solver says it reached is what the plan does, and no better than the bound allows."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, Sequence

from h2plan.plan._check_case import Case
from h2plan.plan._check_figures import Sums, add_up
from h2plan.plan._check_finding import Finding, at_least, at_most, equal, holds
from h2plan.plan._check_models import model_goals
from h2plan.plan._check_phases import weights_yr
from h2plan.plan._check_travel import measure_anew
from h2plan.plan.results import GoalResult

REASONS = ("interrupted", "feasible_limit", "optimal")
"""Why a solver stopped, the weakest first."""
KEPT_WITHIN = 2e-6
"""A later goal may worsen an earlier one by the tolerance of the solver, relative."""
GAP_ROUNDING = 1e-5
"""What that does to a gap."""


def goals_hold(years: Sequence[Case]) -> Iterator[Finding]:
    """Each goal's value is what the plan reaches, no better than the bound, and the gap between the two is right."""
    case, plan = years[-1], years[-1].whole
    reached = _reached(years)
    yield holds("goals: at least one", bool(plan.goals))
    yield holds("goals: each once", len({goal.name for goal in plan.goals}) == len(plan.goals))
    yield holds("stopped: the weakest reason of the goals", plan.stopped == _weakest(plan.goals))
    yield holds("objective: the first goal", bool(plan.goals) and plan.objective == plan.goals[0].name)
    for number, goal in enumerate(plan.goals):
        yield holds(f"{goal.name}: known", goal.name in reached)
        if goal.name in reached:
            yield _value(goal, reached[goal.name], is_last=number == len(plan.goals) - 1)
            yield from _within_bound(goal, reached[goal.name])
        yield from _within_bound(goal, goal.value)
        yield _gap(goal)
        yield _proven(goal, case.scenario.solver.gap)


def _reached(years: Sequence[Case]) -> Mapping[str, float]:
    """Every goal that a model may have, as the plan reaches it; of several years by the discounted years they last."""
    case = years[-1]
    sums = {year.plan.period: add_up(year, measure_anew(year)) for year in years}
    missed = {year.plan.period: math.fsum(rule.penalty_cny_per_yr for rule in year.plan.rules) for year in years}
    if len(years) > 1:
        weights = weights_yr(case)
        present = math.fsum(weights[year] * of.annual_cny_per_yr for year, of in sums.items())
        return {
            **_means(years, sums, weights),
            "present_cost_cny": present,
            "present_scored_cost_cny": present + math.fsum(weights[year] * price for year, price in missed.items()),
        }
    alone = sums[case.plan.period]
    return {
        "served_kg_per_d": alone.served_kg_per_d,
        "covered_kg_per_d": alone.served_kg_per_d,
        "annual_cost_cny": alone.annual_cny_per_yr,
        "annual_scored_cost_cny": alone.annual_cny_per_yr + missed[case.plan.period],
        "station_cost_cny": alone.station_cny_per_yr,
        **model_goals(case, measure_anew(case)),
    }


def _means(years: Sequence[Case], sums: Mapping[int, Sums], weights: Mapping[int, float]) -> dict[str, float]:
    """Return the mean of every goal that is no money over the years, by the discounted years they last."""
    measures = {
        year.plan.period: {
            "served_kg_per_d": sums[year.plan.period].served_kg_per_d,
            **model_goals(year, measure_anew(year)),
        }
        for year in years
    }
    total = math.fsum(weights.values())
    names = sorted(set().union(*measures.values()))
    return {
        f"mean_{name}": math.fsum(weights[year] * of[name] for year, of in measures.items()) / total for name in names
    }


def _weakest(goals: Sequence[GoalResult]) -> str:
    found = {goal.stopped for goal in goals}
    return next((reason for reason in REASONS if reason in found), "")


def _proven(goal: GoalResult, gap: float) -> Finding:
    """A goal that counts as solved is within the gap that the scenario asks for."""
    proven = goal.gap is not None and goal.gap <= gap + GAP_ROUNDING
    known = goal.stopped in REASONS
    return holds(f"{goal.name}: '{goal.stopped}'", known and (goal.stopped != "optimal" or proven or goal.value == 0))


def _value(goal: GoalResult, reached: float, *, is_last: bool) -> Finding:
    finding = equal(f"{goal.name}: value", goal.value, reached)
    return finding if is_last else finding._replace(excess=max(0.0, finding.excess - KEPT_WITHIN))


def _within_bound(goal: GoalResult, value: float) -> Iterator[Finding]:
    if goal.bound is not None:
        at = f"{goal.name}: no better than the bound"
        yield at_most(at, value, goal.bound) if goal.sense == "max" else at_least(at, value, goal.bound)


def _gap(goal: GoalResult) -> Finding:
    """Expect gap = |bound - value| / |value|; blank where no bound is known or the value is 0."""
    at = f"{goal.name}: gap"
    if goal.bound is None:
        return holds(at, goal.gap is None)
    if goal.value == 0:
        return holds(at, goal.gap is None or (goal.gap == 0) == (goal.bound == 0))
    if goal.gap is None:
        return holds(at, False)
    return equal(at, goal.gap, abs(goal.bound - goal.value) / abs(goal.value), scale=1.0)
