"""Set covers, centres and dispersed sites by their quick ways: the best of all choices, and what the models say."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from h2plan.errors import InfeasibleError, InputError
from h2plan.optimise import optimise
from h2plan.problem import Limits, Problem
from tests.models import enumerated
from tests.models.small import ONE_SIZE, problem, scattered
from tests.models.test_classical import EXACT, agree, random_case, solve

CUTS = replace(EXACT, method="cuts")
SEEDS = [*range(3), *range(10, 34), *(pytest.param(seed, marks=pytest.mark.deep) for seed in range(60, 560))]
"""Most of them can be met; where none can, the model says so."""


@pytest.mark.parametrize("seed", SEEDS)
def test_reduced_set_covers_equal_the_best_of_all_choices(seed: int) -> None:
    case = random_case(seed)
    for copies in (1, 2):
        agree(
            case,
            "set_cover",
            lambda p, c, r=copies: enumerated.covers_everyone(p, c, r),
            size_id="S500",
            copies=copies,
            solver=CUTS,
        )
    agree(
        case, "set_cover", lambda p, c: (enumerated.covers_everyone(p, c, 1) or (None,))[1:] or None,
        size_id="S500", objective="cost", solver=CUTS,
    )  # fmt: skip


@pytest.mark.parametrize("seed", SEEDS)
def test_centres_by_bisection_equal_the_best_of_all_choices(seed: int) -> None:
    agree(random_case(seed), "p_center", enumerated.center, size_id="S500", solver=CUTS)


@pytest.mark.parametrize("seed", SEEDS)
def test_sites_dispersed_by_bisection_equal_the_best_of_all_choices(seed: int) -> None:
    case = random_case(seed)
    case = replace(case, limits=replace(case.limits, stations_max=case.limits.stations_max or 3))
    agree(case, "p_dispersion", enumerated.dispersion, size_id="S500", solver=CUTS)


def apart(seed: int, *, sites: int, p: int) -> Problem:
    """Scatter sites, some of them required or standing, with land of random price."""
    rng = np.random.default_rng(seed)
    case = scattered(
        seed, sites=sites, demand=60, sizes=ONE_SIZE, radius=12, built={"s001": 100.0}, required=["s002"],
        limits=Limits(stations_max=p),
    )  # fmt: skip
    at = rng.uniform(0, 30, (sites, 2))
    km = np.hypot(*(at[:, None] - at[None]).transpose(2, 0, 1))
    land = np.round(rng.uniform(0, 1e6, sites), -3)
    return replace(case, site_km=km, sites=replace(case.sites, land_cny_per_yr=land))


@pytest.mark.parametrize("model", ["set_cover", "p_center", "p_dispersion"])
@pytest.mark.parametrize("seed", range(2))
def test_quick_ways_and_models_agree_where_enumeration_does_not_reach(model: str, seed: int) -> None:
    case = apart(seed, sites=16, p=8)
    quick, whole = (solve(case, model, size_id="S500", solver=replace(EXACT, method=m)) for m in ("cuts", "direct"))
    assert (quick.options["method"], whole.options["method"]) == ("cuts", "direct")
    for ours, theirs in zip(quick.goals, whole.goals, strict=True):
        assert (ours.name, ours.sense, ours.stopped) == (theirs.name, theirs.sense, "optimal")
        assert ours.value == pytest.approx(theirs.value, rel=3e-6)
        assert ours.bound == pytest.approx(ours.value, rel=1e-9)


@pytest.mark.parametrize("model", ["set_cover", "p_center", "p_dispersion", "p_median", "max_cover"])
@pytest.mark.parametrize("seed", range(4))
def test_what_a_site_costs_differs_from_site_to_site_the_same_way(model: str, seed: int) -> None:
    rng = np.random.default_rng(seed)
    case = random_case(70 + seed)
    share = rng.choice([0.5, 1.0, 1.4], len(case.sites.ids))
    count = len(case.sites.ids) - 3 if model == "p_dispersion" else None
    limits = Limits(budget_cny=60e6, stations_max=count)
    case = replace(case, limits=limits, sites=replace(case.sites, build_share=share), conflicts=case.conflicts[:0])
    quick, whole = (solve(case, model, size_id="S500", solver=replace(EXACT, method=m)) for m in ("cuts", "direct"))
    assert quick.options["method"] == "cuts"
    for ours, theirs in zip(quick.goals, whole.goals, strict=True):
        assert ours.value == pytest.approx(theirs.value, rel=3e-6)


def test_more_sites_than_enumeration_reaches_are_dispersed_on_auto_by_bisection() -> None:
    plan = solve(apart(7, sites=60, p=20), "p_dispersion", size_id="S500", solver=replace(EXACT, method="auto"))
    assert plan.options["method_why"] == "auto: 60 sites, 10 or more"
    assert plan.goals[0].gap == 0
    assert len(plan.open) == 20


def test_sites_at_the_corners_of_a_square_lie_its_side_apart() -> None:
    case = problem({"a": 1}, {("a", j): 1 for j in "stuv"}, limits=Limits(stations_max=3))
    at = np.array([[0, 0], [0, 3], [3, 0], [3, 3]])
    km = np.hypot(*(at[:, None] - at[None]).transpose(2, 0, 1))
    plan = solve(replace(case, site_km=km), "p_dispersion", size_id="S500", solver=CUTS)
    assert (plan.goals[0].value, plan.goals[0].bound) == (3.0, 3.0)


def test_no_time_leaves_the_dispersion_of_a_greedy_choice_and_says_what_is_not_proven() -> None:
    case = apart(3, sites=80, p=25)
    short = optimise(
        case, model="p_dispersion", options={"size_id": "S500"}, solver=replace(CUTS, limit_s=0.001), in_process=True
    )
    first = short.goals[0]
    assert len(short.open) == 25
    assert first.bound is not None
    assert first.bound >= solve(case, "p_dispersion", size_id="S500", solver=CUTS).goals[0].value >= first.value


@pytest.mark.parametrize("model", ["set_cover", "p_center"])
def test_a_count_that_cannot_reach_everyone_is_explained_by_the_model(model: str) -> None:
    case = problem({"a": 10, "b": 10}, {("a", "s"): 1, ("b", "t"): 1}, limits=Limits(stations_max=1))
    with pytest.raises(InfeasibleError):
        solve(case, model, size_id="S500", solver=CUTS)


def test_too_few_sites_for_the_copies_asked_for_are_named_by_the_model() -> None:
    case = problem({"a": 10, "b": 10}, {("a", "s"): 1, ("b", "t"): 1})
    with pytest.raises(InputError, match="fewer than copies 2"):
        solve(case, "set_cover", size_id="S500", copies=2, solver=CUTS)
