"""The door to HiGHS: what it refuses, what it confirms, what it keeps at a limit."""

from __future__ import annotations

import math
from dataclasses import replace

import numpy as np
import pytest
from scipy import sparse

from h2plan.errors import EnvironmentFault
from h2plan.problem import Floats
from h2plan.solve import highs
from h2plan.solve.highs import Hooks, SolverOptions, Status
from h2plan.solve.program import Linear

EXACT = SolverOptions(gap=0.0, limit_s=60.0, threads=1)


def knapsack(seed: int = 0, *, items: int = 12, rows: int = 3) -> Linear:
    rng = np.random.default_rng(seed)
    weights = rng.integers(10, 100, (rows, items)).astype(float)
    return Linear(
        cost=-rng.integers(10, 100, items).astype(float),
        offset=0.0,
        matrix=sparse.csr_array(weights),
        row_lower=np.full(rows, -np.inf),
        row_upper=np.floor(weights.sum(axis=1) / 2),
        lower=np.zeros(items),
        upper=np.ones(items),
        whole=np.ones(items, dtype=bool),
    )


def test_the_known_optima_of_the_self_test_are_found() -> None:
    highs.self_test(threads=1)


def test_a_solver_that_misses_a_known_optimum_plans_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    wrong = [(linear, known + 1.0) for linear, known in highs._canaries()]
    monkeypatch.setattr(highs, "_canaries", lambda: wrong)
    highs.self_test.cache_clear()
    for _ in range(2):  # what failed is asked again
        with pytest.raises(EnvironmentFault, match="where the optimum is"):
            highs.self_test(threads=1)


@pytest.mark.parametrize("seed", range(5))
def test_an_optimum_equals_the_best_of_all_points(seed: int) -> None:
    linear = knapsack(seed)
    points = (np.arange(2**12)[:, None] >> np.arange(12)) & 1
    fits = (points @ linear.matrix.toarray().T <= linear.row_upper).all(axis=1)
    found = highs.solve(linear, EXACT)
    assert found.status is Status.OPTIMAL
    assert found.objective == pytest.approx((points[fits] @ linear.cost).min())
    assert found.bound == pytest.approx(found.objective)


@pytest.mark.parametrize("number", [math.nan, math.inf, 1e16, 1e8])
def test_a_coefficient_that_highs_would_swallow_is_refused(number: float) -> None:
    linear = knapsack()
    matrix = linear.matrix.copy()
    matrix.data[5] = number
    with pytest.raises(ValueError, match="coefficient of the model"):
        highs.solve(replace(linear, matrix=matrix), EXACT)


@pytest.mark.parametrize("number", [math.nan, 1e16])
def test_a_cost_or_bound_that_is_no_number_is_refused(number: float) -> None:
    linear = knapsack()
    cost, upper = linear.cost.copy(), linear.row_upper.copy()
    cost[0], upper[0] = number, number
    with pytest.raises(ValueError, match="cost of the model"):
        highs.solve(replace(linear, cost=cost), EXACT)
    with pytest.raises(ValueError, match="bound of the model"):
        highs.solve(replace(linear, row_upper=upper), EXACT)


@pytest.mark.parametrize(("name", "value"), [("no_such_option", 1), ("mip_rel_gap", -1.0), ("presolve", "perhaps")])
def test_an_option_that_highs_would_ignore_is_refused(name: str, value: float | str) -> None:
    with pytest.raises(EnvironmentFault, match=f"refuses the option {name}"):
        highs.solve(knapsack(), EXACT, extra={name: value})


def test_the_number_of_threads_may_change_between_solves() -> None:
    values = [highs.solve(knapsack(), replace(EXACT, threads=threads)).objective for threads in (1, 2, 1)]
    assert len(set(values)) == 1


def test_no_solution_is_confirmed_without_presolve() -> None:
    linear = knapsack()
    ones = np.ones(12)
    found = highs.solve(linear.with_rows([-ones], upper=[-13.0]), EXACT)
    assert found.status is Status.INFEASIBLE_CONFIRMED
    assert found.values is None
    assert found.bound is None


def test_what_has_no_end_is_unbounded() -> None:
    linear = knapsack()
    free = replace(linear.relaxed(), upper=np.full(12, np.inf), matrix=-linear.matrix)
    assert highs.solve(free, EXACT).status is Status.UNBOUNDED


def test_a_limit_keeps_the_incumbent_and_the_bound() -> None:
    hard = knapsack(3, items=60, rows=20)
    found = highs.solve(hard, replace(EXACT, nodes_max=1))
    assert found.status is Status.FEASIBLE_LIMIT
    assert found.values is not None
    assert found.objective is not None
    assert found.bound is not None
    assert found.bound < found.objective
    assert (hard.matrix @ found.values <= hard.row_upper + 1e-6).all()


def test_a_stop_keeps_the_incumbent_that_was_streamed() -> None:
    hard = knapsack(3, items=60, rows=20)
    seen: list[Floats] = []
    found = highs.solve(hard, EXACT, hooks=Hooks(plan=seen.append, should_stop=lambda: bool(seen)))
    assert found.status is Status.INTERRUPTED
    assert found.objective is not None
    assert found.objective <= float(hard.cost @ seen[0]) + 1e-6


def test_a_start_is_taken() -> None:
    hard = knapsack(3, items=60, rows=20)
    good = highs.solve(hard, replace(EXACT, nodes_max=200))
    assert good.objective is not None
    again = highs.solve(hard, replace(EXACT, nodes_max=1), start=good.values)
    assert again.objective is not None
    assert again.objective <= good.objective + 1e-6


def test_an_unknown_bound_leaves_the_gap_unknown() -> None:
    assert highs.relative_gap(5.0, None) is None
    assert highs.relative_gap(0.0, 1.0) is None
    assert highs.relative_gap(0.0, 0.0) == 0.0
    assert highs.relative_gap(8.0, 6.0) == pytest.approx(0.25)
