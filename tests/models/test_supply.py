"""Supply in the network design model: cases by hand, random ones by listing every choice, and laws."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from h2plan.delivering import CentreTerms, DeliveryLink, SourceTerms, Supply
from h2plan.errors import InfeasibleError, InputError
from h2plan.optimise import optimise
from h2plan.problem import Limits, Problem, Solution
from h2plan.solve.highs import SolverOptions
from tests.models import supplied
from tests.models.phased import phased
from tests.models.small import problem
from tests.models.supplied import pipe, random_supply, tube

EXACT = SolverOptions(gap=0.0, limit_s=60.0, threads=1)
DAYS = 300.0
ALPHA = SourceTerms(id="alpha", available_kg_per_d=1000.0, price_cny_per_kg=20.0)
BETA = SourceTerms(id="beta", available_kg_per_d=1000.0, price_cny_per_kg=25.0)


def solve(small: Problem, objective: str = "coverage") -> Solution:
    return optimise(small, model="network_design", options={"objective": objective}, solver=EXACT, in_process=True)


def value(solution: Solution, goal: str) -> float:
    return {found.name: found.value for found in solution.goals}[goal]


def one_town(kg: float, supply: Supply, **more: Any) -> Problem:
    """Return one demand of `kg` beside one station that stands and costs nothing, a minute away."""
    small = problem({"a": kg}, {("a", "s"): 0}, built={"s": 2000.0}, shortfall=60, **more)
    return replace(small, supply=supply)


def bought(plan: Solution) -> Mapping[str, float]:
    """Return what each place sends off, kg/d."""
    found: dict[str, float] = {}
    for (origin, _, _), kg in plan.deliver.items():
        found[origin] = found.get(origin, 0.0) + kg
    return found


# By hand


def test_hydrogen_comes_from_where_price_and_way_are_least_together() -> None:
    supply = Supply(sources=(ALPHA, BETA), links=(tube("alpha", "s", 8), tube("beta", "s", 2)))
    plan = solve(one_town(100, supply))
    assert plan.deliver == {("beta", "s", "tube_trailer"): pytest.approx(100)}
    assert value(plan, "annual_cost_cny") == pytest.approx(100 * DAYS * (25 + 2))


def test_a_source_that_runs_out_is_topped_up_by_the_next() -> None:
    few = replace(ALPHA, available_kg_per_d=60.0)
    plan = solve(one_town(100, Supply(sources=(few, BETA), links=(tube("alpha", "s", 2), tube("beta", "s", 2)))))
    assert bought(plan) == {"alpha": pytest.approx(60), "beta": pytest.approx(40)}
    assert value(plan, "annual_cost_cny") == pytest.approx(DAYS * (60 * 22 + 40 * 27))


def test_no_more_is_served_than_is_sold() -> None:
    few = replace(ALPHA, available_kg_per_d=60.0)
    plan = solve(one_town(100, Supply(sources=(few,), links=(tube("alpha", "s", 2),))))
    assert value(plan, "served_kg_per_d") == pytest.approx(60)
    assert value(plan, "annual_cost_cny") == pytest.approx(DAYS * (60 * 22 + 40 * 60))


def test_a_station_that_hydrogen_does_not_reach_dispenses_nothing() -> None:
    small = problem({"a": 100}, {("a", "dry"): 1, ("a", "wet"): 9}, built={"dry": 500.0, "wet": 500.0})
    plan = solve(replace(small, supply=Supply(sources=(ALPHA,), links=(tube("alpha", "wet", 2),))))
    assert plan.serve == {("a", "wet"): 1.0}


def test_a_source_that_would_sell_too_little_sells_nothing() -> None:
    proud = replace(ALPHA, smallest_kg_per_d=120.0)
    supply = Supply(sources=(proud, BETA), links=(tube("alpha", "s", 2), tube("beta", "s", 2)))
    assert bought(solve(one_town(100, supply))) == {"beta": pytest.approx(100)}
    assert bought(solve(one_town(130, supply))) == {"alpha": pytest.approx(130)}


def test_what_costs_more_than_its_shortfall_is_not_brought() -> None:
    supply = Supply(sources=(ALPHA,), links=(tube("alpha", "s", 45),))
    assert solve(one_town(100, supply), "cost").deliver == {}
    assert value(solve(one_town(100, supply)), "served_kg_per_d") == pytest.approx(100, rel=1e-5)


def test_tube_trailers_give_way_to_liquid_where_the_two_published_lines_cross() -> None:
    def cheapest(km: float) -> str:
        tubes, liquid = 6.3 + 9.9 / 400 * (km - 100), 10.5 + 3.97 / 400 * (km - 100)  # they cross at 383 km
        by_road = tube("alpha", "s", tubes, km=km)
        tanker = DeliveryLink(
            origin="alpha", destination="s", mode="liquid", km=km, cny_per_kg=liquid, max_kg_per_d=5000.0
        )
        plan = solve(one_town(100, Supply(sources=(ALPHA,), links=(tanker, by_road))))
        ((_, _, mode),) = plan.deliver
        return mode

    assert [cheapest(km) for km in (100, 380, 390, 500)] == ["tube_trailer", "tube_trailer", "liquid", "liquid"]


def with_hub(*, yearly_cny: float, **more: Any) -> Supply:
    """Return a source 30 CNY/kg away, or 3 + 4 through a centre."""
    hub = CentreTerms(
        id="hub", **{"capacity_kg_per_d": 500.0, "capex_cny": 4e6, "annual_cost_cny_per_yr": yearly_cny, **more}
    )
    links = (tube("alpha", "hub", 3), tube("alpha", "s", 30), tube("hub", "s", 4))
    return Supply(sources=(ALPHA,), centres=(hub,), links=links)


def test_a_centre_stands_where_it_saves_more_than_it_costs() -> None:
    saving = 100 * DAYS * (30 - 7)
    cheap, dear = (solve(one_town(100, with_hub(yearly_cny=saving + more))) for more in (-1000, 1000))
    assert (cheap.centres, dear.centres) == (("hub",), ())
    assert value(cheap, "annual_cost_cny") == pytest.approx(100 * DAYS * 27 + saving - 1000)
    assert value(dear, "annual_cost_cny") == pytest.approx(100 * DAYS * 50)


def test_a_centre_hands_on_what_it_receives_within_its_capacity() -> None:
    plan = solve(one_town(100, with_hub(yearly_cny=1.0, capacity_kg_per_d=70.0)))
    assert plan.deliver == {
        ("alpha", "hub", "tube_trailer"): pytest.approx(70),
        ("hub", "s", "tube_trailer"): pytest.approx(70),
        ("alpha", "s", "tube_trailer"): pytest.approx(30),
    }


def test_a_centre_that_stands_costs_nothing_new_and_a_required_one_stands() -> None:
    old = solve(one_town(100, with_hub(yearly_cny=0.0, built=True)))
    assert old.centres == ("hub",)
    assert value(old, "annual_cost_cny") == pytest.approx(100 * DAYS * 27)
    must = solve(one_town(100, with_hub(yearly_cny=9e6, required=True)))
    assert must.centres == ("hub",)
    assert value(must, "annual_cost_cny") == pytest.approx(100 * DAYS * 27 + 9e6)


def test_the_budget_pays_for_centres_and_pipes_too() -> None:
    limits = Limits(budget_cny=3.9e6)
    plan = solve(one_town(100, with_hub(yearly_cny=1000.0), limits=limits))
    assert plan.centres == ()
    rich = solve(one_town(100, with_hub(yearly_cny=1000.0), limits=Limits(budget_cny=4.1e6)))
    assert rich.centres == ("hub",)


def test_a_pipe_is_laid_where_its_charge_is_less_than_what_it_saves() -> None:
    def laid(charge: float) -> Solution:
        links = (pipe("alpha", "s", 1, charge), tube("alpha", "s", 6))
        return solve(one_town(100, Supply(sources=(ALPHA,), links=links)))

    saving = 100 * DAYS * 5
    assert list(laid(saving - 1000).deliver) == [("alpha", "s", "pipeline")]
    assert list(laid(saving + 1000).deliver) == [("alpha", "s", "tube_trailer")]
    assert value(laid(saving - 1000), "annual_cost_cny") == pytest.approx(100 * DAYS * 21 + saving - 1000)


def test_a_station_may_make_its_own_hydrogen() -> None:
    made = DeliveryLink(
        origin="s", destination="s", mode="on_site", km=0.0, cny_per_kg=33.0, max_kg_per_d=80.0, fixed_cny_per_yr=1000.0
    )
    plan = solve(one_town(100, Supply(sources=(), links=(made,))))
    assert plan.deliver == {("s", "s", "on_site"): pytest.approx(80)}
    assert value(plan, "annual_cost_cny") == pytest.approx(DAYS * (80 * 33 + 20 * 60) + 1000)


def test_the_fleet_brings_what_its_hours_allow() -> None:
    links = (tube("alpha", "s", 2, trailers_per_kg_per_d=0.01), tube("beta", "s", 9, trailers_per_kg_per_d=0.004))
    plan = solve(one_town(200, Supply(sources=(ALPHA, BETA), links=links, trailers_max=1)))
    # 0.01 a + 0.004 b = 1 and a + b = 200 leave a = 100 / 3
    assert bought(plan) == {"alpha": pytest.approx(100 / 3), "beta": pytest.approx(500 / 3)}


def test_a_centre_stays_though_a_later_year_has_no_use_for_it() -> None:
    small = one_town(100, with_hub(yearly_cny=1e5))
    years = phased(small, [{"a": 100.0}, {"a": 1.0}])
    plan = solve(years)
    assert [year.centres for year in plan.earlier] == [("hub",)]
    assert plan.centres == ("hub",)
    # the first year costs 100·300·27 + 1e5; the second 1·300·27 + 1e5 and the shortfall of no kilogram
    assert value(plan, "present_cost_cny") == pytest.approx(101 * DAYS * 27 + 2e5)


def test_a_yearly_budget_counts_a_centre_once() -> None:
    small = one_town(100, with_hub(yearly_cny=1e3))
    plan = solve(phased(small, [{"a": 100.0}, {"a": 100.0}], budget_cny=[0.0, 4e6]))
    assert [year.centres for year in plan.earlier] == [()]
    assert plan.centres == ("hub",)


# By listing every choice


def _equals_the_best(seed: int) -> None:
    small = random_supply(seed)
    for objective in ("coverage", "cost"):
        kg, cost = supplied.best(small, objective)
        plan = solve(small, objective)
        if objective == "coverage":
            assert value(plan, "served_kg_per_d") == pytest.approx(kg, rel=1e-5)
        assert value(plan, "annual_cost_cny") == pytest.approx(cost, rel=1e-5)


@pytest.mark.parametrize("seed", range(2))
def test_plans_equal_the_best_of_all_that_can_be_built(seed: int) -> None:
    _equals_the_best(seed)


@pytest.mark.deep
@pytest.mark.parametrize("seed", range(2, 100))
def test_plans_equal_the_best_of_all_that_can_be_built_many_times(seed: int) -> None:
    _equals_the_best(seed)


def test_the_random_cases_are_of_every_kind() -> None:
    plans = {seed: solve(random_supply(seed), "cost") for seed in range(12)}
    modes = {mode for plan in plans.values() for _, _, mode in plan.deliver}
    assert modes == {"tube_trailer", "pipeline", "on_site"}
    assert {bool(plan.centres) for plan in plans.values()} == {True, False}


# Laws


@pytest.mark.parametrize("seed", range(6))
def test_hydrogen_is_balanced_everywhere(seed: int) -> None:
    small = random_supply(seed)
    supply = small.supply
    assert supply is not None
    plan = solve(small)
    kg = dict(zip(small.demand_ids, small.demand_kg_per_d, strict=True))
    for j in small.sites.ids:
        given = sum(share * kg[i] for (i, site), share in plan.serve.items() if site == j)
        arrives = sum(flow for (_, destination, _), flow in plan.deliver.items() if destination == j)
        assert arrives == pytest.approx(given, abs=1e-5)
    into = sum(flow for (_, destination, _), flow in plan.deliver.items() if destination == "hub")
    out = sum(flow for (origin, _, _), flow in plan.deliver.items() if origin == "hub")
    assert into == pytest.approx(out, abs=1e-5)
    sold = bought(plan)
    assert all(sold.get(s.id, 0.0) <= s.available_kg_per_d + 1e-5 for s in supply.sources)


@pytest.mark.parametrize("seed", range(6))
def test_more_to_sell_never_hurts_and_a_lost_source_never_helps(seed: int) -> None:
    small = random_supply(seed)
    assert small.supply is not None
    sources = small.supply.sources
    more = tuple(replace(source, available_kg_per_d=2 * source.available_kg_per_d) for source in sources)
    fewer = tuple(replace(s, available_kg_per_d=0.0 if s.id == "near" else s.available_kg_per_d) for s in sources)
    now, richer, poorer = (
        replace(small, supply=replace(small.supply, sources=terms)) for terms in (sources, more, fewer)
    )
    served = [value(solve(case), "served_kg_per_d") for case in (poorer, now, richer)]
    assert served[0] <= served[1] + 1e-5
    assert served[1] <= served[2] + 1e-5
    cost = [value(solve(case, "cost"), "annual_cost_cny") for case in (poorer, now, richer)]
    assert cost[0] >= cost[1] - 1.0
    assert cost[1] >= cost[2] - 1.0


@pytest.mark.parametrize("seed", range(6))
def test_a_cheaper_way_never_costs_more(seed: int) -> None:
    small = random_supply(seed)
    assert small.supply is not None
    half = tuple(replace(link, cny_per_kg=link.cny_per_kg / 2) for link in small.supply.links)
    cheaper = replace(small, supply=replace(small.supply, links=half))
    costs = [value(solve(case, "cost"), "annual_cost_cny") for case in (small, cheaper)]
    assert costs[1] <= costs[0] + 1.0


@pytest.mark.parametrize("seed", range(4))
def test_plenty_of_free_hydrogen_is_as_if_it_were_at_hand(seed: int) -> None:
    small = random_supply(seed)
    plenty = Supply(
        sources=(SourceTerms(id="sea", available_kg_per_d=1e5),),
        links=tuple(tube("sea", j, 0.0) for j in small.sites.ids),
    )
    with_it, without = solve(replace(small, supply=plenty)), solve(replace(small, supply=None))
    for goal in ("served_kg_per_d", "annual_cost_cny"):
        assert value(with_it, goal) == pytest.approx(value(without, goal), rel=1e-6)


def test_a_ban_on_limited_trailers_keeps_links_that_use_fewer() -> None:
    dear = pipe("alpha", "s", 5, 1000.0)
    cheap = tube("alpha", "s", 2, trailers_per_kg_per_d=0.02)
    free = solve(one_town(100, Supply(sources=(ALPHA,), links=(dear, cheap))))
    assert list(free.deliver) == [("alpha", "s", "tube_trailer")]
    tight = solve(one_town(100, Supply(sources=(ALPHA,), links=(dear, cheap), trailers_max=1)))
    assert tight.deliver[("alpha", "s", "pipeline")] == pytest.approx(50)


# What is refused


def test_a_floor_above_what_sources_sell_is_refused_with_the_numbers() -> None:
    few = replace(ALPHA, available_kg_per_d=60.0)
    small = one_town(100, Supply(sources=(few,), links=(tube("alpha", "s", 2),)), limits=Limits(served_share_min=0.9))
    with pytest.raises(InfeasibleError, match=r"asks for 90 kg/d, sources sell 60 kg/d at most \(alpha 60\).*0\.6000"):
        solve(small)


def test_a_fleet_too_small_for_the_floor_is_refused_with_the_number() -> None:
    supply = Supply(sources=(ALPHA,), links=(tube("alpha", "s", 2, trailers_per_kg_per_d=0.05),), trailers_max=3)
    with pytest.raises(InfeasibleError, match=r"trailers_max 3 cannot bring the 100 kg/d .* takes 5 trailers"):
        solve(one_town(100, supply, limits=Limits(served_share_min=1.0)))


def test_a_smallest_feed_above_what_is_for_sale_is_refused() -> None:
    proud = replace(ALPHA, available_kg_per_d=60.0, smallest_kg_per_d=70.0)
    with pytest.raises(InputError, match="alpha sells no less than 70 kg/d, but has 60 kg/d for sale"):
        solve(one_town(100, Supply(sources=(proud,), links=(tube("alpha", "s", 2),))))


def test_sources_that_reach_no_site_are_refused() -> None:
    with pytest.raises(InputError, match="no site is in reach of any source"):
        solve(one_town(100, Supply(sources=(ALPHA,))))


def test_a_model_without_supply_refuses_it() -> None:
    small = one_town(100, Supply(sources=(ALPHA,), links=(tube("alpha", "s", 2),)))
    with pytest.raises(InputError, match="max_cover takes no part of supply"):
        optimise(small, model="max_cover", options={"size_id": "S500"}, solver=EXACT, in_process=True)


def test_supply_of_nothing_for_sale_leaves_links_out() -> None:
    none = replace(ALPHA, available_kg_per_d=0.0)
    links = (tube("alpha", "s", 2), tube("beta", "s", 30))
    plan = solve(one_town(100, Supply(sources=(none, BETA), links=links)))
    assert bought(plan) == {"beta": pytest.approx(100)}
    assert np.isclose(value(plan, "annual_cost_cny"), 100 * DAYS * 55)
