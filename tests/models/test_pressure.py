"""35 and 70 MPa: small cases by hand, random ones against a list of every choice, and what is refused at once."""

from __future__ import annotations

import itertools
from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from h2plan import by_price
from h2plan.errors import InfeasibleError, InputError
from h2plan.in_turn import in_turn
from h2plan.optimise import optimise
from h2plan.phases import Phasing
from h2plan.problem import Limits, Pairs, Problem, Solution, decided
from h2plan.solve.goals import meet_goals
from h2plan.solve.highs import SolverOptions
from h2plan.solve.start_fits import fitted
from tests.models.phased import phased
from tests.models.pressured import best, with_pressure
from tests.models.small import problem, scattered
from tests.models.test_years_enumerated import drawn

EXACT = SolverOptions(gap=0.0, limit_s=60.0, threads=1)
FIT = {"S500": 3e6}
SEEDS = range(12)
MANY = range(12, 300)


def solve(small: Problem, **options: Any) -> Solution:
    return optimise(small, model="network_design", options=options, solver=EXACT, in_process=True)


def value(solution: Solution, goal: str) -> float:
    return {found.name: found.value for found in solution.goals}[goal]


def pressed(seed: int) -> Problem:
    """Return a random problem of several years in which some of the demand needs 70 MPa."""
    rng = np.random.default_rng([seed, 70])
    small = drawn(seed)
    phasing = small.phasing
    assert phasing is not None
    if phasing.closing:
        small = replace(small, phasing=replace(phasing, closing=False))
    high = [i for i in small.demand_ids if rng.random() < 0.5] or [small.demand_ids[0]]
    capex = {"S200": 1e6, "S500": float(rng.choice([1e6, 3e6]))}
    if rng.random() < 0.3:
        del capex["S200" if rng.random() < 0.5 else "S500"]
    return with_pressure(small, high, capex_cny=capex, built=["s000"] if rng.random() < 0.3 else [])


def held_to_the_list(seed: int) -> None:
    small = pressed(seed)
    least, most = best(small)
    for objective, wanted, rel in (("cost", least, 1e-6), ("coverage", most, 3e-6)):
        try:
            found: float | None = solve(small, objective=objective).goals[0].value
        except InfeasibleError:
            found = None
        except InputError as error:
            if "need 70 MPa" in str(error):
                return  # nobody in reach may be fitted
            raise
        assert found == (None if wanted is None else pytest.approx(wanted, rel=rel)), objective


@pytest.mark.parametrize("seed", SEEDS)
def test_the_best_plan_is_the_best_of_the_list(seed: int) -> None:
    held_to_the_list(seed)


@pytest.mark.deep
@pytest.mark.parametrize("seed", MANY)
def test_the_best_plan_is_the_best_of_the_list_on_many(seed: int) -> None:
    held_to_the_list(seed)


def test_who_needs_70_mpa_fills_only_where_a_station_is_fitted() -> None:
    small = problem({"cars": 100, "trucks": 200}, {("cars", "s"): 5, ("trucks", "s"): 5})
    plan = solve(with_pressure(small, ["cars"], capex_cny=FIT))
    assert plan.at_70_mpa == {"s"}
    # a station 1 M CNY a year, 70 MPa 0.3 M, and 300 kg x 300 d x 5 CNY on the way
    assert value(plan, "annual_cost_cny") == pytest.approx(1e6 + 0.3e6 + 300 * 300 * 5)


def test_what_costs_more_than_its_shortfall_is_not_fitted() -> None:
    small = problem({"cars": 10, "trucks": 200}, {("cars", "s"): 5, ("trucks", "s"): 5}, shortfall=50)
    plan = solve(with_pressure(small, ["cars"], capex_cny=FIT), objective="cost")
    assert plan.at_70_mpa == frozenset()
    assert plan.serve == {("trucks", "s"): 1.0}
    assert value(plan, "annual_cost_cny") == pytest.approx(1e6 + 200 * 300 * 5 + 10 * 300 * 50)


def test_a_station_that_stands_gives_what_it_says() -> None:
    small = problem({"cars": 100}, {("cars", "old"): 5, ("cars", "new"): 9}, built={"old": 300.0})
    assert solve(with_pressure(small, ["cars"], capex_cny=FIT, built=["old"])).serve == {("cars", "old"): 1.0}
    unsaid = solve(with_pressure(small, ["cars"], capex_cny=FIT))
    assert unsaid.serve == {("cars", "new"): 1.0}
    assert unsaid.at_70_mpa == {"new"}


def test_fitting_counts_in_the_budget() -> None:
    small = problem({"cars": 100, "trucks": 200}, {("cars", "s"): 5, ("trucks", "s"): 5})
    poor = replace(small, limits=Limits(budget_cny=12e6))
    plan = solve(with_pressure(poor, ["cars"], capex_cny=FIT))
    assert plan.at_70_mpa == frozenset()
    assert value(plan, "served_kg_per_d") == pytest.approx(200)
    rich = replace(small, limits=Limits(budget_cny=13e6))
    assert value(solve(with_pressure(rich, ["cars"], capex_cny=FIT)), "served_kg_per_d") == pytest.approx(300)


def test_a_station_is_fitted_when_there_is_money_and_stays_so() -> None:
    small = problem({"cars": 100, "trucks": 200}, {("cars", "s"): 5, ("trucks", "s"): 5})
    years = phased(small, [{"cars": 100, "trucks": 200}] * 3, budget_cny=[10e6, 3e6, 0.0])
    plan = solve(with_pressure(years, ["cars"], capex_cny=FIT))
    assert [year.at_70_mpa for year in decided(plan, 2030)] == [frozenset(), {"s"}, {"s"}]
    assert plan.goals[0].value == pytest.approx((200 + 300 + 300) / 3)


def test_a_fitted_station_never_grows_into_a_size_that_cannot_be_fitted() -> None:
    sizes = {"S200": (200.0, 5e6, 0.8e6), "S500": (500.0, 10e6, 1.5e6)}
    small = problem({"cars": 150, "trucks": 300}, {("cars", "s"): 5, ("trucks", "s"): 5}, sizes=sizes)
    wanted = [{"cars": 150, "trucks": 0}, {"cars": 150, "trucks": 300}]
    plan = solve(with_pressure(phased(small, wanted), ["cars"], capex_cny={"S200": 1e6}))
    # 150 of cars and then 50 of trucks beside them, or first nothing and then 300 of trucks: 350 against 300
    assert [year.open["s"] for year in decided(plan, 2028)] == ["S200", "S200"]
    assert plan.goals[0].value == pytest.approx((150 + 200) / 2)


def test_growing_costs_the_difference_of_70_mpa_too() -> None:
    sizes = {"S200": (200.0, 5e6, 0.8e6), "S500": (500.0, 10e6, 1.5e6)}
    small = problem({"cars": 450}, {("cars", "s"): 5}, sizes=sizes)
    wanted = [{"cars": 150}, {"cars": 450}]
    fit = {"S200": 1e6, "S500": 3e6}
    enough = phased(small, wanted, budget_cny=[6e6, 7e6], upgrade_premium_share=0.0)
    assert decided(solve(with_pressure(enough, ["cars"], capex_cny=fit)), 2028)[1].open["s"] == "S500"
    short = phased(small, wanted, budget_cny=[6e6, 6.9e6], upgrade_premium_share=0.0)
    assert decided(solve(with_pressure(short, ["cars"], capex_cny=fit)), 2028)[1].open["s"] == "S200"


def test_decided_years_are_fitted_as_decided() -> None:
    small = problem({"cars": 100}, {("cars", "s"): 5})
    years = phased(small, [{"cars": 100}] * 2, frozen={(2026, "s"): "S500"}, fitted={(2026, "s"): False})
    plan = solve(with_pressure(years, ["cars"], capex_cny=FIT))
    assert [year.at_70_mpa for year in decided(plan, 2028)] == [frozenset(), {"s"}]


def test_a_problem_where_nobody_needs_70_mpa_has_no_such_rows() -> None:
    small = scattered(3, sites=6, demand=20, sizes={"S500": (500.0, 10e6, 1e6)}, radius=12.0)
    plan = solve(small)
    assert (plan.at_70_mpa, small.keeps_pressure) == (frozenset(), False)
    more = solve(with_pressure(small, [], capex_cny=FIT))
    assert (more.open, more.goals[0].value) == (plan.open, plan.goals[0].value)


@pytest.mark.parametrize("seed", range(8))
def test_pressure_never_makes_a_plan_better_and_free_fitting_changes_nothing(seed: int) -> None:
    small = scattered(seed, sites=6, demand=24, sizes={"S200": (200.0, 5e6, 0.8e6)}, radius=12.0)
    high = list(small.demand_ids[::2])
    free = solve(small, objective="cost").goals[0].value
    for capex, sense in ((0.0, "same"), (2e6, "dearer")):
        cost = solve(with_pressure(small, high, capex_cny={"S200": capex}), objective="cost").goals[0].value
        assert cost == pytest.approx(free, rel=1e-9) if sense == "same" else cost >= free * (1 - 1e-9)


@pytest.mark.parametrize("seed", range(6))
def test_demand_of_two_pressures_at_one_place_is_never_merged(seed: int) -> None:
    """The searches that merge equal demand must stand back, whatever the size of the program."""
    from h2plan import plugins
    from h2plan.solve.program import compile_model
    from h2plan.solve.service import read_services

    small = scattered(seed, sites=6, demand=30, sizes={"S200": (200.0, 5e6, 0.8e6)}, radius=15.0)
    small = with_pressure(
        replace(small, demand_kg_per_d=np.ones(len(small.demand_ids))), small.demand_ids[::2], capex_cny={"S200": 2e6}
    )
    module = plugins.find("models", "network_design")
    built = module.build(small, module.Options())
    program = compile_model(built)
    shares = [program.columns_of(built.serve)]
    assert read_services(program.linear, program.implied, shares) is None
    whole = solve(small).goals[0].value
    rooted = meet_goals(program, EXACT, shares=shares, root_from_rows=0).held
    assert rooted is not None
    assert rooted.goals[0].value == pytest.approx(whole, rel=3e-6)


@pytest.mark.parametrize("seed", SEEDS)
def test_a_first_choice_of_what_is_fitted_keeps_every_budget(seed: int) -> None:
    small = pressed(seed)
    try:
        chosen = [year.stations for year in in_turn(small, lambda asked: solve(asked, objective="cost"))]
    except (InfeasibleError, InputError):
        return
    fits = fitted(small, chosen)
    phasing = small.phasing
    assert phasing is not None
    price = dict(zip(small.sizes.ids, small.sizes.fit_70_capex_cny, strict=True))  # type: ignore[arg-type]
    for before, now in itertools.pairwise(fits):
        assert before <= now
    for sites, stations in zip(fits, chosen, strict=True):
        assert all(not np.isnan(price[stations[j]]) for j in sites)
    held = {(year.period, j): j in sites for year, sites in zip(small.years, fits, strict=True) for j in chosen[-1]}
    fixed = replace(small, phasing=replace(phasing, fitted=held, frozen=_frozen(small, chosen)))
    assert solve(fixed).goals  # feasible: the choice is a plan


def _frozen(small: Problem, chosen: Any) -> dict[tuple[int, str], str]:
    return {
        (year.period, j): stations.get(j, "")
        for year, stations in zip(small.years, chosen, strict=True)
        for j, kg in zip(year.sites.ids, year.sites.built_kg_per_d, strict=True)
        if np.isnan(kg)
    }


# What cannot be


def test_70_mpa_that_nobody_may_give_is_refused() -> None:
    small = problem({"cars": 100, "trucks": 50}, {("cars", "s"): 5, ("trucks", "s"): 5}, largest={"s": 500.0})
    with pytest.raises(InputError, match=r"100 kg/d need 70 MPa \(cars\), and no site in their reach"):
        solve(with_pressure(small, ["cars"], capex_cny={}))


def test_a_floor_that_pressure_puts_out_of_reach_is_refused() -> None:
    small = problem({"far": 40, "near": 60}, {("far", "old"): 5, ("near", "new"): 5}, built={"old": 300.0})
    small = replace(small, limits=Limits(served_share_min=0.8))
    with pytest.raises(InfeasibleError, match=r"served_share_min 80.0% .* 60.0% of all demand; 40 kg/d need 70 MPa"):
        solve(with_pressure(small, ["far", "near"], capex_cny=FIT))


def test_stations_that_close_and_costs_that_fall_are_refused() -> None:
    sizes = {"S200": (200.0, 5e6, 0.8e6), "S500": (500.0, 10e6, 1.5e6)}
    small = problem({"cars": 100}, {("cars", "s"): 5}, sizes=sizes)
    closing = with_pressure(phased(small, [{"cars": 100}] * 2, closing=True), ["cars"], capex_cny=FIT)
    with pytest.raises(InputError, match="closing: is not known together with demand at 70 MPa"):
        solve(closing)
    falling = with_pressure(phased(small, [{"cars": 100}] * 2), ["cars"], capex_cny={"S200": 3e6, "S500": 2e6})
    with pytest.raises(InputError, match="less than the smaller S200"):
        solve(falling)


def test_a_floor_after_losses_is_refused() -> None:
    small = problem({"cars": 100}, {("cars", "s"): 5})
    owed = replace(small, policy=replace(small.policy, loss_share_min=0.5))
    with pytest.raises(InputError, match="loss_share_min: is not known together with demand at 70 MPa"):
        solve(with_pressure(owed, ["cars"], capex_cny=FIT))


# With what else a plan may be asked


def test_nobody_drives_past_a_station_where_he_can_fill() -> None:
    reach = {("cars", "near"): 1, ("cars", "far"): 9, ("trucks", "near"): 1, ("trucks", "far"): 9}
    small = problem({"cars": 100, "trucks": 100}, reach, built={"near": 300.0, "far": 300.0})
    plan = solve(with_pressure(small, ["cars"], capex_cny=FIT, built=["far"]), closest=True)
    assert plan.serve == {("cars", "far"): 1.0, ("trucks", "near"): 1.0}


def test_backup_counts_stations_where_one_can_fill() -> None:
    reach = {("cars", "a"): 1, ("cars", "b"): 2}
    small = problem({"cars": 100}, reach, built={"a": 300.0, "b": 300.0})
    plan = solve(with_pressure(small, ["cars"], capex_cny=FIT, built=["a"]), then=("backup",))
    assert value(plan, "backup_kg_per_d") == pytest.approx(0)
    both = solve(with_pressure(small, ["cars"], capex_cny=FIT, built=["a", "b"]), then=("backup",))
    assert value(both, "backup_kg_per_d") == pytest.approx(100)


def test_a_plan_of_one_year_has_no_phasing_to_ask() -> None:
    small = with_pressure(problem({"cars": 100}, {("cars", "s"): 5}), ["cars"], capex_cny=FIT)
    assert fitted(small, [{"s": "S500"}]) == [{"s"}]
    assert fitted(replace(small, limits=Limits(budget_cny=12e6)), [{"s": "S500"}]) == [frozenset()]
    late = Phasing(weight_yr=np.ones(1), budget_cny=np.array([12e6]))
    assert fitted(replace(small, phasing=late), [{"s": "S500"}]) == [frozenset()]


def test_a_row_that_needs_one_station_begins_where_it_can_fill() -> None:
    from h2plan import plugins
    from h2plan.solve.program import compile_model
    from h2plan.starting import first_values

    reach = {("cars", "near"): 1, ("cars", "far"): 9, ("trucks", "near"): 1}
    small = problem({"cars": 100, "trucks": 100}, reach, built={"near": 300.0})
    small = with_pressure(small, ["cars"], capex_cny=FIT)
    module = plugins.find("models", "network_design")
    built = module.build(small, module.Options(sourcing="single"))
    program = compile_model(built)
    first = first_values(small, built, program, [{"far": "S500"}])
    serve, fit = program.columns_of(built.serve), program.columns_of(built.fit)
    assert {pair for pair, n in serve.items() if first.get(n)} == {("cars", "far"), ("trucks", "near")}
    assert first[fit["far", "S500"]] == 1.0
    assert solve(small, sourcing="single").serve == {("cars", "far"): 1.0, ("trucks", "near"): 1.0}


@pytest.mark.parametrize("seed", SEEDS)
def test_two_steps_end_where_the_list_does(seed: int, monkeypatch: pytest.MonkeyPatch) -> None:
    """First without pressure, then what these stations need: bounds of the first step hold for the whole."""
    monkeypatch.setattr(by_price, "WORTH_FROM_PAIRS", 0)
    held_to_the_list(seed)


@pytest.mark.parametrize("seed", range(8))
def test_a_plan_without_pressure_is_never_worse(seed: int) -> None:
    small = scattered(seed, sites=6, demand=24, sizes={"S200": (200.0, 5e6, 0.8e6)}, radius=12.0)
    small = with_pressure(small, list(small.demand_ids[::2]), capex_cny={"S200": 2e6})
    relaxed = by_price.priced(small)
    assert not relaxed.keeps_pressure
    assert solve(relaxed, objective="cost").goals[0].value <= solve(small, objective="cost").goals[0].value * (1 + 1e-9)
    assert solve(relaxed).goals[0].value >= solve(small).goals[0].value * (1 - 1e-7)


def test_two_steps_are_not_taken_where_each_row_has_its_nearest_station() -> None:
    reach = {("cars", "near"): 1, ("cars", "far"): 9}
    small = with_pressure(problem({"cars": 100}, reach, built={"near": 300.0}), ["cars"], capex_cny=FIT)
    many = replace(small, pairs=_repeated(small))
    assert by_price.is_worth(many, closest=False)
    assert not by_price.is_worth(many, closest=True)


def _repeated(small: Problem) -> Pairs:
    times = by_price.WORTH_FROM_PAIRS
    names = ("demand", "site", "minutes", "km", "access_cny_per_kg")
    return replace(small.pairs, **{name: np.repeat(getattr(small.pairs, name), times) for name in names})
