"""Why no plan meets the limits, in words: found by solving once more without the floor, or for everyone."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np

from h2plan import plugins
from h2plan.errors import InputError
from h2plan.problem import Problem
from h2plan.refuse import limits_in_words, standing
from h2plan.solve.goals import meet_goals
from h2plan.solve.highs import SolverOptions
from h2plan.solve.program import Linear, Program, ProgramGoal, compile_model


def why_infeasible(problem: Problem, program: Program, built: Any, solver: SolverOptions) -> str:
    """Say which limit cannot be met and, where it is a floor or everyone, how much or how many would do."""
    return _which_limit(problem, program, built, solver) + _everyone(problem, built, solver)


def compiled(model: Any) -> Program:
    """Turn a model into numbers.

    Raises:
        InputError: numbers unfit for the solver.
    """
    try:
        return compile_model(model)
    except ValueError as error:
        raise InputError(str(error), where="problem") from error


def _which_limit(problem: Problem, program: Program, built: Any, solver: SolverOptions) -> str:
    if problem.phasing is not None:
        return _why_years_infeasible(problem)
    floor = problem.limits.served_share_min
    others = limits_in_words(problem)
    if floor is None:
        return f"no plan meets the limits together ({others})"
    column = program.positions[id(built.served)]
    cost = np.zeros(program.linear.shape[1])
    cost[column] = -1.0
    most = ProgramGoal(name="served_kg_per_d", sense="max", cost=cost, offset=0.0, sign=-1.0, unit=1.0)
    relaxed = replace(program, linear=_without_floor(program, built), goals=(most,))
    found = meet_goals(relaxed, replace(solver, gap=1e-4, limit_s=min(20.0, solver.limit_s)))
    if found.held is None:
        return f"no plan meets the limits together ({others}), whatever the floor of {floor:.1%}"
    goal = found.held.goals[0]
    reached = goal.value / problem.total_kg_per_d
    at_most = "" if goal.bound is None else f", none serves more than {goal.bound / problem.total_kg_per_d:.1%}"
    return (
        f"served_share_min {floor:.1%} cannot be met within the other limits ({others}): "
        f"a plan that serves {reached:.1%} of all demand exists{at_most}"
    )


def _why_years_infeasible(problem: Problem) -> str:
    each = [f"{year.period}: {limits_in_words(year, floor=year.limits.served_share_min)}" for year in problem.years]
    assert problem.phasing is not None
    budgets = [f"{cny:,.0f}" for cny in problem.phasing.budget_cny if np.isfinite(cny)]
    money = f"; new capital by period: {', '.join(budgets)} CNY" if budgets else ""
    return f"no plan meets the limits of all years together ({'; '.join(each)}{money})"


def _everyone(problem: Problem, built: Any, solver: SolverOptions) -> str:
    """Where everyone must be reached, say how many stations that takes at least."""
    if not getattr(built, "everyone", False):
        return ""
    limits = replace(problem.limits, stations_max=None, budget_cny=None, served_share_min=None)
    module = plugins.find("models", "set_cover")
    options = module.Options(size_id=problem.sizes.ids[0])
    fewest = compiled(module.build(replace(problem, limits=limits), options))
    found = meet_goals(replace(fewest, goals=fewest.goals[:1]), replace(solver, limit_s=min(20.0, solver.limit_s)))
    if found.held is None:
        return "; no number of stations reaches everyone"
    count = round(found.held.goals[0].value) + standing(problem)
    return f"; to reach everyone takes stations_max {count}, or a longer service radius"


def _without_floor(program: Program, built: Any) -> Linear:
    """Return the program without its served-share floor, which is the one lower limit on the served kilograms."""
    column = program.positions[id(built.served)]
    matrix = program.linear.matrix
    single = np.diff(matrix.indptr) == 1
    on_served = np.asarray(np.abs(matrix[:, [column]].toarray()[:, 0]) > 0)
    return program.linear.keeping_rows(~(single & on_served))
