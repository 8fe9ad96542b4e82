"""Policy and resilience of the network design model: by hand, by listing every choice, and by law."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from h2plan import by_price
from h2plan.errors import InfeasibleError, InputError
from h2plan.framing import bind
from h2plan.models import _resilience
from h2plan.optimise import optimise
from h2plan.phases import GapRule, Phasing, Policy, ServeRule, SiteRule, Stretch
from h2plan.problem import Limits, Problem, Solution
from h2plan.solve.highs import SolverOptions
from tests.models import oracle, promised
from tests.models.corridor import corridor
from tests.models.small import problem

EXACT = SolverOptions(gap=0.0, limit_s=60.0, threads=1)
TWO_SIZES = {"S200": (200.0, 5e6, 0.8e6), "S500": (500.0, 10e6, 1.5e6)}


def solve(small: Problem, **options: Any) -> Solution:
    return optimise(small, model="network_design", options=options, solver=EXACT, in_process=True)


def value(solution: Solution, goal: str) -> float:
    return {found.name: found.value for found in solution.goals}[goal]


def owing(small: Problem, **policy: Any) -> Problem:
    return replace(small, policy=Policy(**policy))


def served_of(small: Problem, plan: Solution, group: frozenset[str]) -> float:
    kg = dict(zip(small.demand_ids, small.demand_kg_per_d, strict=True))
    return float(sum(share * kg[i] for (i, _), share in plan.serve.items() if i in group))


# By hand


EAST_WEST = problem({"a": 400, "b": 100}, {("a", "east"): 1, ("b", "west"): 1}, limits=Limits(stations_max=1))


def test_a_pledge_moves_the_only_station() -> None:
    assert solve(EAST_WEST).open == {"east": "S500"}
    pledged = owing(EAST_WEST, sites=(SiteRule(name="west", sites=frozenset({"west"}), stations_min=1),))
    assert solve(pledged).open == {"west": "S500"}


def test_a_priced_pledge_is_broken_when_that_is_cheaper() -> None:
    # least cost: nothing served costs 500·300·50 = 7.5e6; east alone 1e6 + 400·300 + 100·300·50 = 2.62e6
    for price, expected in ((1e6, "east"), (9e6, "west")):
        rule = SiteRule(name="west", sites=frozenset({"west"}), stations_min=1, penalty_cny_per_yr=price)
        plan = solve(owing(EAST_WEST, sites=(rule,)), objective="cost")
        assert set(plan.open) == {expected}
        # west alone: 1e6 + 100·300 + 400·300·50 = 7.03e6
        assert value(plan, "annual_scored_cost_cny") == pytest.approx(3.62e6 if expected == "east" else 7.03e6)


def test_a_rule_that_is_only_reported_changes_nothing() -> None:
    rule = SiteRule(name="west", sites=frozenset({"west"}), stations_min=1, binding=False)
    assert solve(owing(EAST_WEST, sites=(rule,))).open == {"east": "S500"}


def test_a_floor_for_a_group_is_kept() -> None:
    rule = ServeRule(name="b", demand=frozenset({"b"}), share_min=0.5, total_kg_per_d=100)
    plan = solve(owing(EAST_WEST, serve=(rule,)))
    assert served_of(EAST_WEST, plan, frozenset({"b"})) == pytest.approx(100)


def test_a_priced_floor_pays_for_each_kilogram_short() -> None:
    rule = ServeRule(name="b", demand=frozenset({"b"}), share_min=0.5, total_kg_per_d=100, penalty_cny_per_kg=10)
    plan = solve(owing(EAST_WEST, serve=(rule,)))
    # east serves 400; 50 kg short of the floor, 300 days, 10 CNY each, beside the shortfall of 100 kg
    assert value(plan, "annual_scored_cost_cny") == pytest.approx(1e6 + 400 * 300 + 100 * 300 * 50 + 50 * 300 * 10)


def test_an_owner_keeps_to_its_cap_and_its_share() -> None:
    reach = {("a", "s1"): 1, ("b", "s2"): 1, ("c", "s3"): 1}
    small = problem({"a": 100, "b": 90, "c": 10}, reach, limits=Limits(stations_max=2))
    mine = frozenset({"s1", "s2"})
    assert set(solve(small).open) == {"s1", "s2"}
    assert set(solve(owing(small, sites=(SiteRule(name="o", sites=mine, stations_max=1),))).open) == {"s1", "s3"}
    assert set(solve(owing(small, sites=(SiteRule(name="o", sites=mine, share_max=0.5),))).open) == {"s1", "s3"}
    assert set(solve(owing(small, sites=(SiteRule(name="c", sites=frozenset({"s3"}), share_min=0.5),))).open) == {
        "s1",
        "s3",
    }


def test_a_capacity_target_asks_for_the_larger_size() -> None:
    small = problem({"a": 100}, {("a", "s"): 1}, sizes=TWO_SIZES)
    assert solve(small).open == {"s": "S200"}
    rule = SiteRule(name="zone", sites=frozenset({"s"}), capacity_min_kg_per_d=300)
    assert solve(owing(small, sites=(rule,))).open == {"s": "S500"}


def test_no_gap_is_longer_than_allowed() -> None:
    road = Stretch(length_km=100, at_km={"s10": 10, "s40": 40, "s60": 60, "s90": 90})
    small = problem({"a": 10}, {("a", f"s{km}"): km for km in (10, 40, 60, 90)})
    plan = solve(owing(small, gaps=(GapRule(name="G4", gap_km=50, stretches=(road,)),)))
    # {s40, s60} or {s40, s90}: 40 + 50 + 10; s10 is the cheapest for a but 90 km remain
    assert len(plan.open) == 2
    assert GapRule(name="G4", gap_km=50, stretches=(road,)).largest_gap_km(plan.open) <= 50


def test_a_small_station_ends_no_gap() -> None:
    road = Stretch(length_km=100, at_km={"s": 50})
    small = problem({"a": 10}, {("a", "s"): 1}, sizes=TWO_SIZES)
    rule = GapRule(name="G4", gap_km=60, stretches=(road,), station_min_kg_per_d=400)
    assert solve(owing(small, gaps=(rule,))).open == {"s": "S500"}


def test_the_worst_district_is_served_best() -> None:
    reach = {("a", "s"): 1, ("b", "s"): 1}
    small = problem({"a": 600, "b": 400}, reach)
    groups = tuple(
        ServeRule(name=i, demand=frozenset({i}), share_min=0.0, total_kg_per_d=kg)
        for i, kg in (("a", 600.0), ("b", 400.0))
    )
    plan = solve(owing(small, districts=groups), objective="worst_district")
    assert value(plan, "worst_served_share") == pytest.approx(0.5, rel=1e-5)
    assert served_of(small, plan, frozenset({"a"})) == pytest.approx(300, rel=1e-5)


def test_backup_asks_for_two_stations_in_reach() -> None:
    reach = {("a", "s1"): 1, ("a", "s2"): 2, ("b", "s3"): 1}
    small = problem({"a": 100, "b": 100}, reach)
    plan = solve(small, objective="coverage", then=("backup", "cost"))
    assert set(plan.open) == {"s1", "s2", "s3"}
    assert value(plan, "backup_kg_per_d") == pytest.approx(100, rel=1e-5)
    assert set(solve(owing(small, backup_share_min=0.5)).open) == {"s1", "s2", "s3"}


def test_most_vehicles_are_not_most_hydrogen() -> None:
    small = replace(EAST_WEST, vehicles=np.array([10.0, 50.0]))
    plan = solve(small, objective="vehicles")
    assert set(plan.open) == {"west"}
    assert value(plan, "vehicles_served") == pytest.approx(50)


def test_nobody_drives_past_an_open_station() -> None:
    reach = {("a", "near"): 1, ("a", "far"): 5, ("b", "far"): 1, ("c", "near"): 1}
    small = problem({"a": 400, "b": 300, "c": 400}, reach)
    assert value(solve(small), "served_kg_per_d") == pytest.approx(1000)
    plan = solve(small, closest=True)
    assert value(plan, "served_kg_per_d") == pytest.approx(800)


def test_a_row_with_one_station_is_served_whole_or_not_at_all() -> None:
    small = problem({"a": 300, "b": 300}, {("a", "s"): 1, ("b", "s"): 1})
    plan = solve(small, sourcing="single")
    assert value(plan, "served_kg_per_d") == pytest.approx(300)
    assert set(plan.serve.values()) == {1.0}


def test_loss_of_a_station_asks_for_room_at_the_others() -> None:
    # one station of 500 would do; half of it must be served after its loss
    reach = {("a", "s1"): 1, ("a", "s2"): 2}
    small = problem({"a": 500}, reach)
    assert len(solve(small).open) == 1
    plan = solve(owing(small, loss_share_min=0.5))
    assert len(plan.open) == 2
    assert value(plan, "served_kg_per_d") == pytest.approx(500)


def test_what_cannot_be_kept_after_a_loss_is_not_served() -> None:
    # b has one site, near nobody else: after its loss nothing of b is left, so b is served as far as a allows
    small = owing(problem({"a": 300, "b": 500}, {("a", "s1"): 1, ("a", "s2"): 1, ("b", "s3"): 1}), loss_share_min=0.5)
    plan = solve(small)
    assert value(plan, "served_kg_per_d") == pytest.approx(600)
    assert served_of(small, plan, frozenset({"b"})) == pytest.approx(300)


def test_the_wider_reach_counts_after_a_loss() -> None:
    reach = {("a", "s1"): 1, ("b", "s2"): 1}
    small = problem({"a": 200, "b": 200}, reach)
    lonely = solve(owing(small, loss_share_min=1.0))
    assert value(lonely, "served_kg_per_d") == pytest.approx(0)
    wide = problem({"a": 200, "b": 200}, {**reach, ("a", "s2"): 20, ("b", "s1"): 20}).pairs
    plan = solve(replace(small, policy=Policy(loss_share_min=1.0), wider=wide))
    assert value(plan, "served_kg_per_d") == pytest.approx(400)


# Against every choice


def _best(small: Problem, *, single: bool, closest: bool) -> tuple[float, float] | None:
    """Return the most kg/d and, among plans that serve it, the least cost, by listing every choice of stations."""
    choices = [chosen for chosen in oracle.choices(small) if promised.keeps_sites(small, chosen)]
    served = [promised.dispatch(small, chosen, single=single, closest=closest, floor_kg=0.0) for chosen in choices]
    most = max((found[0] for found in served if found is not None), default=None)
    if most is None:
        return None
    base = small.shortfall_cny_per_kg * small.operating_d_per_yr * small.total_kg_per_d
    costs = []
    for chosen, found in zip(choices, served, strict=True):
        if found is not None and found[0] >= most * (1 - 1e-6):
            cheapest = promised.dispatch(small, chosen, single=single, closest=closest, floor_kg=most * (1 - 1e-7))
            if cheapest is not None:
                costs.append(cheapest[1] + oracle.station_cost(small, chosen) + base)
    return most, min(costs)


@pytest.mark.parametrize("seed", range(6))
def test_no_choice_of_stations_does_better(seed: int) -> None:
    _compare(seed)


@pytest.mark.parametrize("seed", range(6, 10))
def test_rows_brought_in_when_broken_find_the_same(seed: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(_resilience, "FLOWS_MAX", 0)
    _compare(seed)


@pytest.mark.parametrize("seed", range(10, 18))
def test_a_plan_settled_from_one_without_losses_is_the_same(seed: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(_resilience, "FLOWS_MAX", 0)
    monkeypatch.setattr(by_price, "WORTH_FROM_PAIRS", 0)
    _compare(seed)


@pytest.mark.deep
@pytest.mark.parametrize("seed", range(18, 318))
def test_no_choice_of_many_does_better(seed: int, monkeypatch: pytest.MonkeyPatch) -> None:
    if seed % 3:
        monkeypatch.setattr(_resilience, "FLOWS_MAX", 0)
    if seed % 3 == 1:
        monkeypatch.setattr(by_price, "WORTH_FROM_PAIRS", 0)
    _compare(seed)


def _compare(seed: int) -> None:
    small, options = promised.drawn(seed)
    best = _best(small, single=options.get("sourcing") == "single", closest=bool(options.get("closest")))
    if best is None:
        with pytest.raises(InfeasibleError):
            solve(small, **options)
        return
    plan = solve(small, **options)
    assert value(plan, "served_kg_per_d") == pytest.approx(best[0], rel=1e-5, abs=1e-4)
    assert value(plan, "annual_cost_cny") == pytest.approx(best[1], rel=1e-5)


# Laws


@pytest.mark.parametrize("seed", range(4))
def test_a_promise_never_serves_more_nor_costs_less(seed: int) -> None:
    small, _ = promised.drawn(seed, policy=False)
    free = solve(small, objective="cost")
    kept = solve(owing(small, loss_share_min=0.6), objective="cost")
    assert value(kept, "annual_cost_cny") >= value(free, "annual_cost_cny") * (1 - 1e-6)
    half = frozenset(small.demand_ids[::2])
    total = float(small.demand_kg_per_d[::2].sum())
    floor = ServeRule(name="half", demand=half, share_min=0.3, total_kg_per_d=total, penalty_cny_per_kg=1e3)
    assert (
        value(solve(owing(small, serve=(floor,))), "served_kg_per_d") <= value(solve(small), "served_kg_per_d") + 1e-3
    )


@pytest.mark.parametrize("seed", range(3))
def test_more_money_never_hurts(seed: int) -> None:
    small, _ = promised.drawn(seed, policy=False)
    owed = owing(small, loss_share_min=0.5)
    served = [
        value(solve(replace(owed, limits=replace(owed.limits, budget_cny=cny))), "served_kg_per_d")
        for cny in (10e6, 20e6, 40e6)
    ]
    assert served == sorted(served)


# What cannot be


WEST = frozenset({"west"})
ROAD = Stretch(length_km=100, at_km={"east": 10, "west": 90})


@pytest.mark.parametrize(
    ("policy", "said"),
    [
        ({"sites": (SiteRule(name="W", sites=WEST, stations_min=2),)}, "'W' asks for 2 stations, but 1 at most"),
        ({"sites": (SiteRule(name="W", sites=WEST, capacity_min_kg_per_d=900),)}, "900 kg/d of capacity.* have 500"),
        (
            {"serve": (ServeRule(name="G", demand=frozenset({"b", "x"}), share_min=0.8, total_kg_per_d=200),)},
            r"80.0% of its demand, but 50.0% is in reach .*out of reach: x",
        ),
        ({"gaps": (GapRule(name="G4", gap_km=50, stretches=(ROAD,)),)}, r"km 10.0 to 60.0.*largest gap is 80.0 km"),
        ({"backup_share_min": 0.5}, r"backup_share_min 50.0% is above .* 0.0% of all demand"),
        (
            {
                "sites": (
                    SiteRule(name="W", sites=WEST, stations_min=1),
                    SiteRule(name="E", sites=frozenset({"east"}), stations_min=1),
                )
            },
            r"stations_max 1 is below .* the 2 more .*\(E, W\); 2 would do",
        ),
    ],
)
def test_a_promise_that_nothing_can_keep_is_refused(policy: dict[str, Any], said: str) -> None:
    with pytest.raises(InfeasibleError, match=said):
        solve(owing(EAST_WEST, **policy))


def test_a_cap_below_what_stands_is_refused() -> None:
    small = problem({"a": 100}, {("a", "old"): 1, ("a", "s"): 2}, built={"old": 200.0}, required=["s"])
    mine = frozenset({"old", "s"})
    with pytest.raises(InfeasibleError, match=r"'me' allows 1 stations, but 2 stand or are required there \(old, s\)"):
        solve(owing(small, sites=(SiteRule(name="me", sites=mine, stations_max=1),)))
    with pytest.raises(InfeasibleError, match=r"'me' allows 40\.0% of all stations"):
        solve(owing(small, sites=(SiteRule(name="me", sites=mine, share_max=0.4),)))


def test_a_share_beyond_every_site_is_refused() -> None:
    small = problem({"a": 100, "b": 9}, {("a", "s1"): 1, ("b", "s2"): 2, ("b", "s3"): 1}, required=["s1", "s2"])
    with pytest.raises(InfeasibleError, match=r"'me' asks for 50.0% of all stations, but 1 at most .* 33.3%"):
        solve(owing(small, sites=(SiteRule(name="me", sites=frozenset({"s3"}), share_min=0.5),)))


def test_other_models_refuse_a_policy() -> None:
    rule = SiteRule(name="west", sites=WEST, stations_min=1)
    size = {"size_id": "S500"}
    with pytest.raises(InputError, match="max_cover knows no policy"):
        optimise(owing(EAST_WEST, sites=(rule,)), model="max_cover", options=size, solver=EXACT, in_process=True)


# Beside other models and years


@pytest.mark.parametrize("objective", ["coverage", "cost"])
def test_trips_on_tours_are_driven_as_in_the_corridor_model(objective: str) -> None:
    trips = {"q": (80.0, 300.0, 200.0, {"a": 50.0, "b": 150.0, "c": 250.0}), "r": (60.0, 200.0, 150.0, {"b": 90.0})}
    small = corridor(trips)
    own = optimise(small, model="flow_refuelling_kg", options={"objective": objective}, solver=EXACT, in_process=True)
    toured = solve(small, objective=objective, flows="tours")
    assert [goal.value for goal in toured.goals] == pytest.approx([goal.value for goal in own.goals])
    assert value(toured, toured.goals[0].name) > 0


def test_two_equal_years_keep_a_promise_as_one_does() -> None:
    small, _ = promised.drawn(0)
    phasing = Phasing(
        weight_yr=np.array([2.0, 5.0]),
        budget_cny=np.full(2, np.inf),
        opens_from=np.zeros(len(small.sites.ids), dtype=np.intp),
        usable_share=np.triu(np.ones((2, 2))),
    )
    both = bind([replace(small, period=2028), replace(small, period=2030)], phasing)
    one, two = solve(small), solve(both)
    assert value(two, "mean_served_kg_per_d") == pytest.approx(value(one, "served_kg_per_d"))
    assert value(two, "present_cost_cny") == pytest.approx(7 * value(one, "annual_cost_cny"))
