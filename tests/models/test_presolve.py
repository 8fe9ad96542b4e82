"""Every formulation has the same optimum with the presolve of HiGHS and without it.

Presolve once lost optimal plans where a continuous variable was tied to whole ones by an equality (`open_once` in
h2plan/models/_years.py). What it does to a program depends on how the rows are written, so that each model is drawn
with every option.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import replace
from typing import Any

import pytest

from h2plan import plugins
from h2plan.errors import InfeasibleError, InputError
from h2plan.problem import Problem
from h2plan.refuse import check
from h2plan.solve import highs
from h2plan.solve.goals import KEEP_WITHIN
from h2plan.solve.highs import SolverOptions
from h2plan.solve.program import compile_model
from tests.models import every_option, test_years_enumerated
from tests.models.small import ONE_SIZE
from tests.models.supplied import random_supply
from tests.models.test_classical import TWO_SIZES
from tests.models.test_classical import random_case as classical
from tests.models.test_corridors import random_corridor
from tests.models.test_network_design import random_case as one_year

EXACT = SolverOptions(gap=0.0, limit_s=60.0, threads=1)
Case = tuple[str, Problem, Mapping[str, Any]]
"""Model, problem, options of the model."""


def _one_size(model: str, **options: Any) -> Callable[[int], Case]:
    def draw(seed: int) -> Case:
        case = classical(seed, sizes=ONE_SIZE)
        if model == "p_dispersion":
            case = replace(case, limits=replace(case.limits, stations_max=case.limits.stations_max or 3))
        return model, case, {"size_id": "S500", **options}

    return draw


def _capacitated(seed: int) -> Case:
    options = {"sourcing": ["split", "single"][seed % 2], "closest": bool(seed // 2 % 2)}
    return "capacitated", classical(seed, sizes=TWO_SIZES, demand=8), options


def _corridor(model: str) -> Callable[[int], Case]:
    def draw(seed: int) -> Case:
        case, _, driven = random_corridor(seed, sizes={"S30": (30.0, 1e6, 1e5), "S50": (50.0, 2e6, 1.5e5)})
        return model, case, driven | ({"size_id": "S30"} if model == "flow_refuelling" else {})

    return draw


def _with(problem_of: Callable[[int], Problem]) -> Callable[[int], Case]:
    return lambda seed: ("network_design", problem_of(seed), {"objective": ["coverage", "cost"][seed % 2]})


def _every_option(seed: int) -> Case:
    problem, options = every_option.drawn(seed)
    return "network_design", problem, options


DRAWN: dict[str, Callable[[int], Case]] = {
    "set_cover": _one_size("set_cover"),
    "set_cover_twice": _one_size("set_cover", copies=2),
    "max_cover": _one_size("max_cover"),
    "max_cover_backup": _one_size("max_cover", backup=True),
    "p_median": _one_size("p_median", unserved_min=20.0),
    "p_median_everyone": _one_size("p_median"),
    "p_center": _one_size("p_center"),
    "p_dispersion": _one_size("p_dispersion"),
    "capacitated": _capacitated,
    "flow_refuelling": _corridor("flow_refuelling"),
    "flow_refuelling_kg": _corridor("flow_refuelling_kg"),
    "network_design": _with(one_year),
    "network_design_years": _with(test_years_enumerated.drawn),
    "network_design_supply": _with(random_supply),
    "network_design_every_option": _every_option,
}
"""Name to (seed → model, problem, options); every model of h2plan is among them."""
FEW, MANY = range(3), range(3, 203)
LOST_ONCE = 117
"""With every option: presolve lost the optimum of this one while `open_once` was an equality (2.7 % too dear)."""
EVERY_OPTION = range(203, 603)


def optima(case: Case) -> Iterator[tuple[str, list[float | None]]]:
    """Yield each goal with its optimum with presolve and without, in 10,000 CNY or its own unit; None for no plan.

    A later goal is asked among the plans that keep the earlier ones, as `meet_goals` does. Nothing is yielded where the
    problem is refused.
    """
    model, problem, raw = case
    module = plugins.find("models", model)
    try:
        check(problem, model=model)
        built = module.build(problem, plugins.options(module, raw, where="model"))
    except (InfeasibleError, InputError):
        return
    program = compile_model(built)
    linear = program.linear
    for goal in program.goals:
        aimed = replace(linear, cost=goal.cost, offset=goal.offset)
        found = [highs.solve(aimed, EXACT, extra={"presolve": presolve}).objective for presolve in ("on", "off")]
        yield goal.name, found
        known = [value for value in found if value is not None]
        if not known:
            return
        best = min(known)
        linear = linear.with_rows([goal.cost], upper=[best - goal.offset + KEEP_WITHIN * max(1.0, abs(best))])


def agree(case: Case) -> None:
    for goal, (with_it, without) in optima(case):
        assert with_it == (None if without is None else pytest.approx(without, rel=2e-6, abs=1e-4)), goal


@pytest.mark.parametrize("seed", FEW)
@pytest.mark.parametrize("name", DRAWN)
def test_presolve_loses_no_plan(name: str, seed: int) -> None:
    agree(DRAWN[name](seed))


@pytest.mark.deep
@pytest.mark.parametrize("seed", MANY)
@pytest.mark.parametrize("name", DRAWN)
def test_presolve_loses_no_plan_of_many(name: str, seed: int) -> None:
    agree(DRAWN[name](seed))


def test_presolve_loses_no_plan_of_a_case_that_it_lost_once() -> None:
    agree(_every_option(LOST_ONCE))


@pytest.mark.deep
@pytest.mark.parametrize("seed", EVERY_OPTION)
def test_presolve_loses_no_plan_whatever_the_options(seed: int) -> None:
    agree(_every_option(seed))


def test_every_model_is_drawn() -> None:
    assert {draw(0)[0] for draw in DRAWN.values()} == set(plugins.names("models"))
