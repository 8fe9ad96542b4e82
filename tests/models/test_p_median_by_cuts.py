"""Branch and cut for the p-median says what the Pyomo model says."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from h2plan.errors import InfeasibleError
from h2plan.optimise import optimise
from h2plan.problem import Limits, Problem, Solution
from h2plan.solve.highs import SolverOptions
from tests.models.small import ONE_SIZE, problem, scattered

SEEDS = 24
FAR_MIN = 60.0


def solve(small: Problem, method: str, **options: Any) -> Solution:
    exactly = SolverOptions(gap=0.0, limit_s=60.0, threads=1, method=method)
    return optimise(small, model="p_median", options={"size_id": "S500", **options}, solver=exactly, in_process=True)


def drawn(seed: int, *, everyone: bool) -> Problem:
    """Draw a problem with land of random price, and a count or a budget; everyone in reach where all must be."""
    rng = np.random.default_rng(seed)
    built = {"s000": 100.0} if seed % 3 == 0 else {}
    required = ["s001"] if seed % 4 == 0 else []
    radius = 50.0 if everyone else 10.0
    small = scattered(seed, sites=9, demand=20, sizes=ONE_SIZE, radius=radius, built=built, required=required)
    land = rng.integers(0, 50, len(small.sites.ids)) * 10_000.0
    new = int(rng.integers(2, 5))
    limits = Limits(budget_cny=new * 10e6) if seed % 5 == 1 else Limits(stations_max=new + len(built))
    return replace(small, sites=replace(small.sites, land_cny_per_yr=land), limits=limits)


def agree(small: Problem, **options: Any) -> None:
    direct, cuts = solve(small, "direct", **options), solve(small, "cuts", **options)
    assert cuts.options["method"] == "cuts"
    assert [goal.name for goal in cuts.goals] == [goal.name for goal in direct.goals]
    for ours, theirs in zip(cuts.goals, direct.goals, strict=True):
        assert (ours.sense, ours.stopped) == (theirs.sense, theirs.stopped) == ("min", "optimal")
        assert ours.value == pytest.approx(theirs.value, rel=2e-6, abs=0.1)
        assert ours.bound == pytest.approx(theirs.value, rel=1e-5, abs=0.1)


@pytest.mark.parametrize("seed", range(SEEDS))
def test_both_methods_agree_where_everyone_is_served(seed: int) -> None:
    agree(drawn(seed, everyone=True))


@pytest.mark.parametrize("seed", range(SEEDS))
def test_both_methods_agree_where_rows_may_be_left_to_nobody(seed: int) -> None:
    agree(drawn(seed, everyone=False), unserved_min=FAR_MIN)


def test_a_small_problem_is_solved_directly_and_says_so() -> None:
    plan = solve(problem({"a": 10}, {("a", "s"): 1}), "auto")
    assert (plan.options["method"], plan.options["method_why"]) == ("direct", "auto: small enough")


def test_a_large_problem_is_cut_and_says_so() -> None:
    large = scattered(1, sites=50, demand=400, sizes=ONE_SIZE, radius=50.0, limits=Limits(stations_max=5))
    plan = solve(large, "auto")
    assert plan.options["method"] == "cuts"
    assert plan.options["method_why"] == "auto: 20,000 pairs in reach, 20,000 or more"
    assert plan.stopped == "optimal"


@pytest.mark.parametrize("seed", range(8))
def test_both_methods_keep_sites_apart(seed: int) -> None:
    conflicts = np.array([[0, 1], [2, 3], [2, 4], [3, 4]], dtype=np.intp)
    agree(replace(drawn(4 * seed + 2, everyone=True), conflicts=conflicts))


def test_a_count_that_cannot_reach_everyone_is_explained_by_the_model() -> None:
    small = problem({"a": 10, "b": 10}, {("a", "s"): 1, ("b", "t"): 1}, limits=Limits(stations_max=1))
    with pytest.raises(InfeasibleError, match="stations_max 2"):
        solve(small, "cuts")
