"""Maximal covering: by hand, by listing every choice, and against what capacity would say."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from h2plan.errors import InputError
from h2plan.optimise import optimise
from h2plan.problem import Limits, Problem, Solution
from h2plan.solve.highs import SolverOptions
from tests.models import oracle
from tests.models.small import ONE_SIZE, problem, scattered

EXACT = SolverOptions(gap=0.0, limit_s=60.0, threads=1)


def solve(small: Problem, **options: Any) -> Solution:
    raw = {"size_id": "S500", **options}
    return optimise(small, model="max_cover", options=raw, solver=EXACT, in_process=True)


def test_the_site_that_reaches_most_is_taken_whatever_its_capacity() -> None:
    reach = {("a", "s"): 5, ("b", "s"): 5, ("c", "t"): 1}
    plan = solve(problem({"a": 900, "b": 900, "c": 950}, reach, limits=Limits(stations_max=1)))
    assert plan.open == {"s": "S500"}
    assert plan.serve == {("a", "s"): 1.0, ("b", "s"): 1.0}
    assert plan.goals[0].value == pytest.approx(1800)


def test_covered_demand_goes_to_its_nearest_station_ties_by_id() -> None:
    reach = {("a", "s"): 5, ("a", "t"): 3, ("b", "s"): 4, ("b", "t"): 4}
    plan = solve(problem({"a": 10, "b": 10}, reach, required=["s", "t"]))
    assert plan.serve == {("a", "t"): 1.0, ("b", "s"): 1.0}


def test_no_station_is_built_where_one_that_stands_covers_already() -> None:
    plan = solve(problem({"a": 10}, {("a", "old"): 5, ("a", "new"): 1}, built={"old": 50.0}))
    assert plan.open == {"old": "built"}
    assert plan.goals[1].value == pytest.approx(0)


def test_places_with_the_same_sites_in_reach_are_one_row() -> None:
    reach = {(place, site): 1 for place in "abcd" for site in "st"}
    assert solve(problem(dict.fromkeys("abcd", 10.0), reach)).columns == 2 + 1 + 1  # two sites, one group, the sum


def test_an_unknown_size_is_bad_input() -> None:
    with pytest.raises(InputError, match="there is no size 'S9' \\(there are: S500\\)"):
        solve(problem({"a": 10}, {("a", "s"): 1}), size_id="S9")


@pytest.mark.parametrize("seed", range(20))
def test_covers_equal_the_best_of_all_choices(seed: int) -> None:
    rng = np.random.default_rng(seed)
    case = scattered(seed, sites=8, demand=20, sizes=ONE_SIZE, radius=7, built={"s000": 100.0})
    case = replace(case, limits=Limits(stations_max=int(rng.integers(2, 6))))
    best = max(oracle.covered(case, chosen) for chosen in oracle.choices(case))
    least = min(
        oracle.station_cost(case, chosen)
        for chosen in oracle.choices(case)
        if oracle.covered(case, chosen) >= best - 1e-6
    )
    plan = solve(case)
    kg = dict(zip(case.demand_ids, case.demand_kg_per_d, strict=True))
    assert plan.goals[0].value == pytest.approx(best)
    assert sum(kg[i] for i, _ in plan.serve) == pytest.approx(best)
    assert plan.goals[1].value == pytest.approx(least)
