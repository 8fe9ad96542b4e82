"""Branch and cut for flow refuelling says what the Pyomo model says."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from h2plan.errors import InfeasibleError
from h2plan.optimise import optimise
from h2plan.problem import Limits, Problem, Solution
from h2plan.solve.highs import SolverOptions
from tests.models.corridor import corridor

SEEDS = 24
SITES = tuple(f"s{n:02d}" for n in range(9))


def solve(case: Problem, method: str, **options: Any) -> Solution:
    exactly = SolverOptions(gap=0.0, limit_s=60.0, threads=1, method=method)
    return optimise(
        case, model="flow_refuelling", options={"size_id": "S500", **options}, solver=exactly, in_process=True
    )


def drawn(seed: int) -> Problem:
    """Draw trips of several ranges along some of the sites, some off the route, and points; land of random price."""
    rng = np.random.default_rng(seed)
    along, spur = {}, {}
    for n in range(25):
        length = float(rng.integers(60, 400))
        stops = rng.choice(SITES, size=int(rng.integers(2, 7)), replace=False)
        where = {str(j): float(rng.integers(0, int(length) + 1)) for j in stops}
        along[f"q{n:03d}"] = (float(rng.integers(5, 90)), length, float(rng.choice([150, 250, 400])), where)
        spur.update({(f"q{n:03d}", j): float(rng.integers(1, 8)) for j in where if rng.random() < 0.2})
    points = {f"p{n}": (float(rng.integers(5, 90)), [str(rng.choice(SITES))]) for n in range(4)}
    built = {SITES[0]: 100.0} if seed % 3 == 0 else {}
    limits = Limits(stations_max=int(rng.integers(3, 6)) + len(built))
    if seed % 5 == 1:
        limits = Limits(budget_cny=30e6)
    required = [SITES[1]] if seed % 4 == 0 else []
    case = corridor(along, spur_km=spur, points=points, sites=SITES, built=built, required=required, limits=limits)
    land = rng.integers(0, 50, len(SITES)) * 10_000.0
    return replace(case, sites=replace(case.sites, land_cny_per_yr=land))


def agree(case: Problem, **options: Any) -> None:
    direct, cuts = solve(case, "direct", **options), solve(case, "cuts", **options)
    assert cuts.options["method"] == "cuts"
    assert [goal.name for goal in cuts.goals] == [goal.name for goal in direct.goals]
    for ours, theirs in zip(cuts.goals, direct.goals, strict=True):
        assert (ours.sense, ours.stopped) == (theirs.sense, "optimal")
        assert theirs.stopped == "optimal"
        assert ours.value == pytest.approx(theirs.value, rel=2e-6, abs=0.1)
        assert ours.bound == pytest.approx(theirs.value, rel=1e-5, abs=0.1)
    kg = dict(zip(case.demand_ids, case.demand_kg_per_d, strict=True))
    assert sum(kg[i] * share for (i, _), share in cuts.serve.items()) == pytest.approx(
        sum(kg[i] for i in {i for i, _ in cuts.serve})
    )


@pytest.mark.parametrize("seed", range(SEEDS))
def test_both_methods_cover_as_much_at_the_same_cost(seed: int) -> None:
    case = drawn(seed)
    agree(case)
    agree(case, tour="one_way", start_share=0.6, end_share=0.2)


@pytest.mark.parametrize("seed", range(SEEDS))
def test_both_methods_cover_a_share_at_the_same_cost(seed: int) -> None:
    agree(replace(drawn(seed), limits=Limits(served_share_min=0.3)), objective="cheapest")


def test_a_small_problem_is_solved_directly_and_says_so() -> None:
    plan = solve(drawn(3), "auto")
    assert (plan.options["method"], plan.options["method_why"]) == ("direct", "auto: small enough")


def test_a_large_problem_is_cut_and_says_so(monkeypatch: pytest.MonkeyPatch) -> None:
    case = drawn(3)
    stops = len(case.trips.stop_trip)
    monkeypatch.setattr("h2plan.exact.flow_refuelling.STOPS", stops)
    plan = solve(case, "auto")
    assert plan.options["method"] == "cuts"
    assert plan.options["method_why"] == f"auto: {stops} stops along the trips, {stops} or more"


@pytest.mark.parametrize("seed", range(6))
def test_both_methods_keep_sites_apart(seed: int) -> None:
    case = replace(drawn(5 * seed + 2), conflicts=np.array([[2, 3], [3, 4], [2, 4]], dtype=np.intp))
    assert not case.sites.required[2:5].any()
    agree(case)


def test_a_floor_that_cannot_be_met_is_explained_by_the_model() -> None:
    case = replace(drawn(2), limits=Limits(stations_max=1, served_share_min=0.99))
    for objective in ("coverage", "cheapest"):
        with pytest.raises(InfeasibleError, match="served_share_min"):
            solve(case, "cuts", objective=objective)
