"""Branch and cut for maximal covering says what the Pyomo model says."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from h2plan.errors import InfeasibleError
from h2plan.optimise import optimise
from h2plan.problem import Limits, Problem, Solution
from h2plan.solve.highs import SolverOptions
from tests.models.small import ONE_SIZE, problem, scattered

SEEDS, SEEDS_DEEP = 30, 300


def solve(small: Problem, method: str) -> Solution:
    exactly = SolverOptions(gap=0.0, limit_s=60.0, threads=1, method=method)
    return optimise(small, model="max_cover", options={"size_id": "S500"}, solver=exactly, in_process=True)


def drawn(seed: int) -> Problem:
    """Draw a problem with one size, land of random price, and limits."""
    rng = np.random.default_rng(seed)
    built = {"s000": 100.0} if seed % 3 == 0 else {}
    required = ["s001"] if seed % 4 == 0 else []
    small = scattered(seed, sites=9, demand=25, sizes=ONE_SIZE, radius=8.0, built=built, required=required)
    land = rng.integers(0, 50, len(small.sites.ids)) * 10_000.0
    limits = Limits(stations_max=int(rng.integers(2, 5)) + int((~np.isnan(small.sites.built_kg_per_d)).sum()))
    return replace(small, sites=replace(small.sites, land_cny_per_yr=land), limits=limits)


def agree(seed: int) -> None:
    small = drawn(seed)
    direct, cuts = solve(small, "direct"), solve(small, "cuts")
    assert cuts.options["method"] == "cuts"
    for ours, theirs in zip(cuts.goals, direct.goals, strict=True):
        assert (ours.name, ours.sense, ours.stopped) == (theirs.name, theirs.sense, theirs.stopped)
        assert ours.value == pytest.approx(theirs.value, rel=2e-6, abs=0.1)
        assert ours.bound == pytest.approx(theirs.value, rel=1e-5, abs=0.1)


@pytest.mark.parametrize("seed", range(SEEDS))
def test_both_methods_agree(seed: int) -> None:
    agree(seed)


@pytest.mark.deep
@pytest.mark.parametrize("seed", range(SEEDS, SEEDS + SEEDS_DEEP))
def test_both_methods_agree_many_times(seed: int) -> None:
    agree(seed)


def test_a_small_problem_is_solved_directly_and_says_so() -> None:
    plan = solve(problem({"a": 10}, {("a", "s"): 1}), "auto")
    assert plan.options["method"] == "direct"
    assert plan.options["method_why"] == "auto: small enough"


def test_a_floor_that_cannot_be_met_is_explained_by_the_model() -> None:
    small = problem(
        {"a": 10, "b": 10}, {("a", "s"): 1, ("b", "t"): 1}, limits=Limits(stations_max=1, served_share_min=0.9)
    )
    with pytest.raises(InfeasibleError, match="served_share_min"):
        solve(small, "cuts")
