"""The classical models: by hand, and random instances against every choice of stations."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from h2plan.errors import InfeasibleError, InputError
from h2plan.framing import too_close
from h2plan.optimise import optimise
from h2plan.problem import Limits, Problem, Solution
from h2plan.solve.highs import SolverOptions
from tests.models import enumerated, oracle
from tests.models.small import ONE_SIZE, problem, scattered

EXACT = SolverOptions(gap=0.0, limit_s=60.0, threads=1)
TWO_SIZES = {"S200": (200.0, 5e6, 0.8e6), "S500": (500.0, 10e6, 1.5e6)}
TINY = range(10, 60)
SEEDS = [*range(60), *(pytest.param(seed, marks=pytest.mark.deep) for seed in range(60, 560))]
"""Each model runs several ways on each of these; those in TINY draw three or four sites."""


def solve(case: Problem, model: str, *, solver: SolverOptions = EXACT, **options: Any) -> Solution:
    return optimise(case, model=model, options=options, solver=solver, in_process=True)


def random_case(seed: int, *, sizes: dict[str, tuple[float, float, float]] = ONE_SIZE, demand: int = 10) -> Problem:
    """Sites some of which stand, are required, forbidden, dear or too close to each other."""
    rng = np.random.default_rng(seed)
    large, small = (7, 4) if len(sizes) == 1 else (5, 3)
    count = small if seed in TINY else large
    demand = min(demand, 4) if seed in TINY else demand
    names = [f"s{j:03d}" for j in range(count)]
    state = rng.permutation(names)
    kinds = {
        "built": {str(state[0]): 150.0} if rng.random() < 0.5 else {},
        "required": [str(state[1])] if rng.random() < 0.3 else [],
        "forbidden": [str(state[2])] if rng.random() < 0.3 else [],
    }
    case = scattered(seed, sites=count, demand=demand, sizes=sizes, radius=14, **kinds)
    at = rng.uniform(0, 10, (count, 2))
    km = np.hypot(*(at[:, None] - at[None]).transpose(2, 0, 1))
    limits = Limits(
        stations_max=int(rng.integers(min(3, count - 1), count)) if rng.random() < 0.7 else None,
        budget_cny=float(rng.integers(20, 60)) * 1e6 if rng.random() < 0.3 else None,
    )
    land = np.round(rng.uniform(0, 1e6, count), -3)
    spacing = 2.5 if rng.random() < 0.5 and not kinds["required"] else None
    sites = replace(case.sites, land_cny_per_yr=land)
    return replace(case, limits=limits, sites=sites, site_km=km, conflicts=too_close(km, spacing))


def agree(case: Problem, model: str, value: Callable[[Problem, oracle.Choice], Any], **options: Any) -> None:
    """Expect the model to reach what the best of all choices does, or to find nothing where there is nothing."""
    expected = enumerated.best(value(case, chosen) for chosen in oracle.choices(case))
    if expected is None:
        with pytest.raises((InfeasibleError, InputError)):
            solve(case, model, **options)
        return
    plan = solve(case, model, **options)
    found = [-goal.value if goal.sense == "max" else goal.value for goal in plan.goals]
    assert found == pytest.approx(expected[: len(found)], rel=3e-6, abs=1e-3)
    at = {name: n for n, name in enumerate(case.sites.ids)}
    sizes = {name: n for n, name in enumerate(case.sizes.ids)}
    chosen = {at[j]: sizes.get(k) for j, k in plan.open.items()}
    assert chosen in list(oracle.choices(case))


@pytest.mark.parametrize("seed", SEEDS)
def test_set_covers_equal_the_best_of_all_choices(seed: int) -> None:
    case = random_case(seed)
    agree(case, "set_cover", lambda p, c: enumerated.covers_everyone(p, c, 1), size_id="S500")
    agree(case, "set_cover", lambda p, c: enumerated.covers_everyone(p, c, 2), size_id="S500", copies=2)


@pytest.mark.parametrize("seed", SEEDS)
def test_covers_with_backup_equal_the_best_of_all_choices(seed: int) -> None:
    agree(random_case(seed), "max_cover", enumerated.covered_twice, size_id="S500", backup=True)


@pytest.mark.parametrize("seed", SEEDS)
def test_medians_equal_the_best_of_all_choices(seed: int) -> None:
    case = random_case(seed)
    agree(case, "p_median", enumerated.median, size_id="S500")
    agree(case, "p_median", lambda p, c: enumerated.median(p, c, 20.0), size_id="S500", unserved_min=20.0)


@pytest.mark.parametrize("seed", SEEDS)
def test_centres_equal_the_best_of_all_choices(seed: int) -> None:
    agree(random_case(seed), "p_center", enumerated.center, size_id="S500")


@pytest.mark.parametrize("seed", SEEDS)
def test_dispersed_sites_equal_the_best_of_all_choices(seed: int) -> None:
    case = random_case(seed)
    case = replace(case, limits=replace(case.limits, stations_max=case.limits.stations_max or 3))
    agree(case, "p_dispersion", enumerated.dispersion, size_id="S500")


WAYS = [(False, False), (True, False), (False, True), (True, True)]


@pytest.mark.parametrize(
    ("seed", "way"),
    [
        *((seed, way) for seed in range(10) for way in range(4)),
        *((seed, seed % 4) for seed in TINY),
        *(pytest.param(seed, way, marks=pytest.mark.deep) for seed in range(60, 560) for way in range(4)),
    ],
)
def test_capacitated_plans_equal_the_best_of_all_choices(seed: int, way: int) -> None:
    single, closest = WAYS[way]
    case = random_case(seed, sizes=TWO_SIZES, demand=5)
    agree(
        case,
        "capacitated",
        lambda p, c: enumerated.everyone_served(p, c, single=single, closest=closest),
        sourcing="single" if single else "split",
        closest=closest,
    )


# By hand

LINE = {("a", "s"): 1, ("a", "t"): 9, ("b", "s"): 9, ("b", "t"): 2, ("c", "t"): 3}


def test_a_median_stands_where_the_heavy_demand_is_a_centre_where_nobody_is_far() -> None:
    reach = {("city", "in"): 1, ("city", "mid"): 10, ("farm", "in"): 19, ("farm", "mid"): 10}
    case = problem({"city": 100, "farm": 1}, reach, limits=Limits(stations_max=1))
    assert set(solve(case, "p_median", size_id="S500").open) == {"in"}
    assert set(solve(case, "p_center", size_id="S500").open) == {"mid"}


def test_an_infeasible_median_says_how_many_stations_reach_everyone() -> None:
    case = problem({"a": 1, "b": 1}, {("a", "s"): 1, ("b", "t"): 1}, limits=Limits(stations_max=1))
    with pytest.raises(InfeasibleError, match="takes stations_max 2"):
        solve(case, "p_median", size_id="S500")


def test_a_row_left_to_nobody_counts_its_minutes_and_is_not_served() -> None:
    case = problem({"a": 10, "b": 1}, {("a", "s"): 1, ("b", "t"): 2}, limits=Limits(stations_max=1))
    plan = solve(case, "p_median", size_id="S500", unserved_min=30.0)
    assert plan.serve == {("a", "s"): 1.0}
    assert plan.goals[0].value == pytest.approx(10 + 30)


def test_minutes_for_nobody_below_a_way_in_reach_are_bad_input() -> None:
    with pytest.raises(InputError, match="9 would work"):
        solve(problem({"a": 1, "b": 1, "c": 1}, LINE), "p_median", size_id="S500", unserved_min=5.0)


def test_fewer_sites_in_reach_than_copies_are_named_with_a_number_that_works() -> None:
    with pytest.raises(InputError, match=r"demand, c: has 1 sites in reach, fewer than copies 2 \(copies 1"):
        solve(problem({"a": 1, "b": 1, "c": 1}, LINE), "set_cover", size_id="S500", copies=2)


def test_a_station_that_stands_covers_for_nothing() -> None:
    plan = solve(problem({"a": 1, "b": 1, "c": 1}, LINE, built={"t": 10.0}), "set_cover", size_id="S500")
    assert plan.open == {"t": "built"}


def test_dispersion_without_a_number_of_stations_is_bad_input() -> None:
    with pytest.raises(InputError, match="stations_max is blank"):
        solve(
            replace(problem({"a": 1}, {("a", "s"): 1, ("a", "t"): 1}), site_km=np.ones((2, 2))),
            "p_dispersion",
            size_id="S500",
        )


def test_demand_larger_than_any_station_in_reach_is_named() -> None:
    case = problem({"a": 900}, {("a", "s"): 1, ("a", "t"): 1})
    with pytest.raises(InputError, match=r"a: wants 900 kg/d, the largest station in its reach dispenses 500"):
        solve(case, "capacitated", sourcing="single")
    assert sum(solve(case, "capacitated").serve.values()) == pytest.approx(1)


def test_required_sites_too_close_to_each_other_are_bad_input() -> None:
    km = np.array([[0.0, 1.0], [1.0, 0.0]])
    case = problem({"a": 1}, {("a", "s"): 1, ("a", "t"): 1}, required=["s", "t"])
    with pytest.raises(InputError, match="s: is required and too close to t \\(1 km\\)"):
        solve(replace(case, site_km=km, conflicts=too_close(km, 2.0)), "max_cover", size_id="S500")


@pytest.mark.parametrize(
    ("model", "options"),
    [
        ("network_design", {}),
        ("max_cover", {"size_id": "S500"}),
        ("set_cover", {"size_id": "S500"}),
        ("p_median", {"size_id": "S500"}),
        ("p_center", {"size_id": "S500"}),
        ("capacitated", {}),
    ],
)
def test_no_model_opens_two_sites_that_are_too_close(model: str, options: dict[str, Any]) -> None:
    reach = {(i, j): 1.0 + abs(m - n) for m, i in enumerate("abcd") for n, j in enumerate("stuv")}
    km = np.abs(np.subtract.outer(np.arange(4.0), np.arange(4.0)))
    case = problem(dict.fromkeys("abcd", 100.0), reach, built={"t": 50.0}, limits=Limits(stations_max=3))
    opened = set(solve(replace(case, site_km=km, conflicts=too_close(km, 1.5)), model, **options).open)
    assert "t" in opened
    assert not opened & {"s", "u"}


def test_branch_and_cut_leaves_backup_to_the_model_and_keeps_sites_apart() -> None:
    km = np.array([[0.0, 1.0], [1.0, 0.0]])
    case = problem({"a": 10, "b": 10}, {("a", "s"): 1, ("b", "t"): 1, ("b", "s"): 2})
    case = replace(case, site_km=km, conflicts=too_close(km, 2.0))
    cuts = replace(EXACT, method="cuts")
    plan = optimise(case, model="max_cover", options={"size_id": "S500"}, solver=cuts, in_process=True)
    assert set(plan.open) == {"s"}
    assert plan.options["method"] == "cuts"
    case = replace(case, conflicts=case.conflicts[:0])
    twice = optimise(case, model="max_cover", options={"size_id": "S500", "backup": True}, solver=cuts, in_process=True)
    assert set(twice.open) == {"s", "t"}
    assert twice.options["method"] == "direct"


def test_no_demand_in_reach_is_bad_input() -> None:
    with pytest.raises(InputError, match="no demand is in reach of any site"):
        solve(problem({"a": 1}, {}, sites=["s"]), "p_median", size_id="S500")


def test_more_stations_than_sites_are_refused_with_the_number_there_is() -> None:
    with pytest.raises(InputError, match="5 is above what there is: 2 sites"):
        solve(problem({"a": 1, "b": 1, "c": 1}, LINE, limits=Limits(stations_max=5)), "p_median", size_id="S500")


def test_more_required_sites_than_stations_are_refused_with_the_number_that_would_do() -> None:
    case = problem({"a": 1, "b": 1, "c": 1}, LINE, required=["s", "t"], limits=Limits(stations_max=1))
    with pytest.raises(InfeasibleError, match="2 would do"):
        solve(case, "p_center", size_id="S500")
