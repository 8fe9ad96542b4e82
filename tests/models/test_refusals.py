"""What arithmetic refuses before any solver: each message with its names and numbers."""

from __future__ import annotations

import re
from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from pyomo.common.errors import InfeasibleConstraintException

from h2plan.contracts import refuse_too_large
from h2plan.delivering import SourceTerms, Supply
from h2plan.domain import DemandPoint, Range
from h2plan.errors import H2planError, InfeasibleError, InputError
from h2plan.models import network_design
from h2plan.phases import GapRule, Policy, ServeRule, SiteRule, Stretch
from h2plan.problem import Limits, Problem
from h2plan.refuse import check
from h2plan.solve import highs
from h2plan.solve.highs import SolverOptions
from h2plan.solve.program import compile_model
from tests.models import every_option
from tests.models.phased import phased
from tests.models.small import problem
from tests.models.supplied import tube

TWO_SIZES = {"S200": (200.0, 5e6, 0.8e6), "S500": (500.0, 10e6, 1.5e6)}
REACH = {("a", "s"): 1, ("b", "t"): 1}


def town(**changes: Any) -> Problem:
    """Return demand a of 300 kg/d that reaches site s, and b of 100 kg/d that reaches t."""
    return problem({"a": 300, "b": 100}, REACH, **{"sizes": TWO_SIZES, **changes})


def two_years(small: Problem, **phasing: Any) -> Problem:
    """Return it for 2026 and 2028, with half of the demand in the first."""
    return phased(small, [{"a": 150.0, "b": 50.0}, {"a": 300.0, "b": 100.0}], **phasing)


def refused(problem: Problem, kind: type[H2planError], *, model: str = "network_design") -> str:
    with pytest.raises(kind) as caught:
        check(problem, model=model)
    return str(caught.value)


# One year

SHORT = Limits(served_share_min=0.9, stations_max=1)
IMPOSSIBLE: dict[str, tuple[Problem, type[H2planError], str]] = {
    "required sites beyond the count": (
        town(limits=Limits(stations_max=1), required=["s", "t"]),
        InfeasibleError,
        "stations_max 1 is below the 0 stations that stand and the 2 required sites; 2 would do",
    ),
    "a budget below the required stations": (
        town(limits=Limits(budget_cny=9e6), required=["s", "t"]),
        InfeasibleError,
        (
            "budget_cny 9,000,000 does not pay for the 2 required sites and 0 more stations that stations_min asks "
            "for, each of its smallest size: 10,000,000 would"
        ),
    ),
    "a budget below the least count": (
        town(limits=Limits(budget_cny=9e6, stations_min=2), required=["s"]),
        InfeasibleError,
        (
            "budget_cny 9,000,000 does not pay for the 1 required sites and 1 more stations that stations_min asks "
            "for, each of its smallest size: 10,000,000 would"
        ),
    ),
    "a floor above reach": (
        town(limits=Limits(served_share_min=0.9), unreached_kg=100),
        InfeasibleError,
        (
            "served_share_min 90.0% is above what is in reach of any site: 80.0% of all demand; lengthen the service "
            "radius or lower the floor to 0.8000"
        ),
    ),
    "a floor above the largest stations": (
        problem({"a": 900}, {("a", "s"): 1, ("a", "t"): 1}, sizes=TWO_SIZES, limits=SHORT),
        InfeasibleError,
        (
            "served_share_min 90.0% asks for 810 kg/d, the largest stations within the limits dispense 500 kg/d "
            "(55.6% of all demand)"
        ),
    ),
    "nothing in reach": (
        replace(town(), pairs=replace(town().pairs, **{f: np.empty(0, dtype=np.intp) for f in ("demand", "site")})),
        InputError,
        "no demand is in reach of any site: there is nothing to choose",
    ),
    "required sites too close": (
        replace(town(required=["s", "t"]), conflicts=np.array([[0, 1]]), site_km=np.array([[0.0, 1.5], [1.5, 0.0]])),
        InputError,
        "s: is required and too close to t (1.5 km), where a station must stand too",
    ),
}


@pytest.mark.parametrize("what", IMPOSSIBLE)
def test_limits_that_nothing_meets_are_refused_with_numbers(what: str) -> None:
    case, kind, words = IMPOSSIBLE[what]
    assert words in refused(case, kind)


# Several years

AT_S = {"build_share": np.array([0.5, 1.0])}
OF_YEARS: dict[str, tuple[Problem, type[H2planError], str]] = {
    "closing with a premium": (
        two_years(town(), closing=True, upgrade_premium_share=0.1),
        InputError,
        "years, closing: is not known together with upgrade_premium_share",
    ),
    "closing with a ramp": (
        two_years(town(), closing=True, usable_share=np.array([[0.7, 1.0], [0.0, 0.7]])),
        InputError,
        "years, closing: is not known together with usable_share_by_age",
    ),
    "a larger size that costs less": (
        two_years(town(sizes={"S200": (200.0, 5e6, 0.8e6), "S500": (500.0, 4e6, 1.5e6)})),
        InputError,
        (
            "station_sizes, S500: costs 4,000,000 CNY, less than the smaller S200 (5,000,000): an upgrade would give "
            "money back"
        ),
    ),
    "approvals that end too late": (
        two_years(town(required=["t"]), opens_from=np.array([0, 2])),
        InputError,
        "years.approvals, t: is required, but its approvals end after 2028 begins",
    ),
    "a decision for no period": (
        two_years(town(), frozen={(2027, "s"): "S200"}),
        InputError,
        "years.decided, s: 2027 is no period of the plan",
    ),
    "a decision for no size": (
        two_years(town(), frozen={(2026, "s"): "S900"}),
        InputError,
        "years.decided, s: there is no size 'S900' (2026); there are: S200, S500",
    ),
    "a decision for no site": (
        two_years(town(), frozen={(2026, "u"): "S200"}),
        InputError,
        "years.decided, u: S200 (200 kg/d) may not stand there in 2026: there is no such site",
    ),
    "a decision above the legal size": (
        two_years(town(largest={"s": 300.0}), frozen={(2026, "s"): "S500"}),
        InputError,
        "years.decided, s: S500 (500 kg/d) may not stand there in 2026: the site allows 300 kg/d",
    ),
    "a decision where no station may stand": (
        two_years(town(forbidden=["s"]), frozen={(2026, "s"): "S200"}),
        InputError,
        "years.decided, s: S200 (200 kg/d) may not stand there in 2026: the site is forbidden",
    ),
    "an upgrade that shrinks": (
        two_years(town(), frozen={(2026, "s"): "S500", (2028, "s"): "S200"}),
        InputError,
        "years.decided, s: S200 follows S500 in 2028: a station does not shrink",
    ),
    "a decision to close": (
        two_years(town(), frozen={(2026, "s"): "S500", (2028, "s"): ""}),
        InputError,
        "years.decided, s: nothing follows S500 in 2028: a station does not shrink",
    ),
    "an upgrade where there are none": (
        two_years(town(), upgrades=False, frozen={(2026, "s"): "S200", (2028, "s"): "S500"}),
        InputError,
        "years.decided, s: S500 follows S200 in 2028, and years.upgrades is false",
    ),
    "fewer stations later": (
        two_years(town(), limits=[{"stations_min": 2}, {"stations_max": 1}]),
        InfeasibleError,
        "stations_max 1 of 2028 is below stations_min 2 of 2026, and stations stay: 2 would do",
    ),
    "more decided than allowed": (
        two_years(town(), limits=[{"stations_max": 1}, {}], frozen={(2026, "s"): "S200", (2026, "t"): "S200"}),
        InfeasibleError,
        "stations_max 1 of 2026 is below the 0 stations that stand and the 2 that are decided; 2 would do",
    ),
    "a budget below what is decided": (
        two_years(town(), budget_cny=[9e6, 20e6], frozen={(2026, "s"): "S500"}),
        InfeasibleError,
        (
            "the new capital available until 2026, 9,000,000 CNY, does not pay for 1 stations decided, 0 required "
            "sites and 0 more that stations_min asks for, each of its smallest size: 10,000,000 CNY would"
        ),
    ),
    "a budget below the required stations of the last year": (
        two_years(town(required=["s", "t"]), budget_cny=[2e6, 6e6]),
        InfeasibleError,
        (
            "the new capital available until 2028, 8,000,000 CNY, does not pay for 0 stations decided, 2 required "
            "sites and 0 more that stations_min asks for, each of its smallest size: 10,000,000 CNY would"
        ),
    ),
    "a budget below the least count of a year, one station being a retrofit": (
        two_years(
            replace(town(), sites=replace(town().sites, **AT_S)),
            budget_cny=[7e6, 6e6],
            limits=[{"stations_min": 2}, {}],
        ),
        InfeasibleError,
        (
            "the new capital available until 2026, 7,000,000 CNY, does not pay for 0 stations decided, 0 required "
            "sites and 2 more that stations_min asks for, each of its smallest size: 7,500,000 CNY would"
        ),
    ),
    "a floor above reach in one year": (
        two_years(town(largest={"t": 50.0}), limits=[{"served_share_min": 0.8}, {}]),
        InfeasibleError,
        "2026: served_share_min 80.0% is above what is in reach of any site: 75.0% of all demand",
    ),
    "another model": (
        two_years(town()),
        InputError,
        "periods: 2026, 2028: the model p_median plans one year at a time",
    ),
}


@pytest.mark.parametrize("what", OF_YEARS)
def test_years_that_contradict_each_other_are_refused_with_numbers(what: str) -> None:
    case, kind, words = OF_YEARS[what]
    assert words in refused(case, kind, model="p_median" if what == "another model" else "network_design")


def test_what_years_may_mean_together_is_not_refused() -> None:
    decided = {(2026, "s"): "S200", (2028, "s"): "S500", (2026, "t"): "", (2028, "t"): "S200"}
    check(two_years(town(), budget_cny=[5e6, 10e6], frozen=decided), model="network_design")
    check(two_years(town(), closing=True, frozen={(2026, "s"): "S500", (2028, "s"): ""}), model="network_design")


# Supply

ALPHA = SourceTerms(id="alpha", available_kg_per_d=250.0, price_cny_per_kg=20.0)
DRY = SourceTerms(id="dry", available_kg_per_d=0.0, price_cny_per_kg=20.0)
TO_S = tube("alpha", "s", 2)
OF_SUPPLY: dict[str, tuple[Limits, Supply, type[H2planError], str]] = {
    "supply below demand": (
        Limits(served_share_min=0.9),
        Supply(sources=(ALPHA, DRY), links=(TO_S,)),
        InfeasibleError,
        (
            "served_share_min 90.0% asks for 360 kg/d, sources sell 250 kg/d at most (alpha 250, dry 0) and stations "
            "make 0: supply is below demand; 0.6250 could be asked"
        ),
    ),
    "a floor above what hydrogen reaches": (
        Limits(served_share_min=0.9),
        Supply(sources=(replace(ALPHA, available_kg_per_d=900.0),), links=(TO_S,)),
        InfeasibleError,
        (
            "served_share_min 90.0% is above the demand in reach of a station that hydrogen reaches: 75.0% of all "
            "demand; no source reaches t; lower the floor to 0.7500 or add ways of delivery"
        ),
    ),
    "a source that nobody can reach": (
        Limits(),
        Supply(sources=(ALPHA,), links=()),
        InputError,
        "no site is in reach of any source",
    ),
    "a source with nothing to sell alone": (
        Limits(),
        Supply(sources=(DRY,), links=(tube("dry", "s", 2),)),
        InputError,
        "no site is in reach of any source",
    ),
    "a feed above what is for sale": (
        Limits(),
        Supply(sources=(replace(ALPHA, smallest_kg_per_d=260.0),), links=(TO_S,)),
        InputError,
        "alpha sells no less than 260 kg/d, but has 250 kg/d for sale",
    ),
    "a fleet that is too small": (
        Limits(served_share_min=0.5),
        Supply(sources=(ALPHA,), links=(tube("alpha", "s", 2, trailers_per_kg_per_d=0.02),), trailers_max=3),
        InfeasibleError,
        (
            "trailers_max 3 cannot bring the 200 kg/d that served_share_min asks for: over the shortest way alone that "
            "takes 4 trailers"
        ),
    ),
}


@pytest.mark.parametrize("what", OF_SUPPLY)
def test_supply_that_cannot_do_is_refused_with_numbers(what: str) -> None:
    limits, supply, kind, words = OF_SUPPLY[what]
    assert words in refused(replace(town(limits=limits), supply=supply), kind)


def test_a_supply_below_the_floor_of_one_year_names_the_year() -> None:
    case = replace(town(), supply=Supply(sources=(ALPHA,), links=(TO_S, tube("alpha", "t", 2))))
    years = two_years(case, limits=[{}, {"served_share_min": 0.9}])
    assert refused(years, InfeasibleError).startswith(
        "2028: served_share_min 90.0% asks for 360 kg/d, sources sell 250"
    )


# Policy

ROAD = Stretch(length_km=100, at_km={"s": 10, "t": 90})
S, BOTH = frozenset({"s"}), frozenset({"s", "t"})
OF_POLICY: dict[str, tuple[Problem, str]] = {
    "more stations than sites": (
        replace(town(), policy=Policy(sites=(SiteRule(name="W", sites=S, stations_min=2),))),
        "policy 'W' asks for 2 stations, but 1 at most can stand there; lower stations_min to 1 or add sites",
    ),
    "a cap below what is required": (
        replace(town(required=["s"]), policy=Policy(sites=(SiteRule(name="W", sites=BOTH, stations_max=0),))),
        "policy 'W' allows 0 stations, but 1 stand or are required there (s); raise stations_max to 1",
    ),
    "capacity beyond the largest stations": (
        replace(town(), policy=Policy(sites=(SiteRule(name="W", sites=S, capacity_min_kg_per_d=900),))),
        "policy 'W' asks for 900 kg/d of capacity, but the largest stations that may stand there have 500",
    ),
    "a share beyond every choice": (
        replace(town(required=["t"]), policy=Policy(sites=(SiteRule(name="W", sites=S, share_min=0.6),))),
        "policy 'W' asks for 60.0% of all stations, but 1 at most can stand there beside 1 elsewhere: 50.0%",
    ),
    "a share below every choice": (
        replace(town(required=["s"]), policy=Policy(sites=(SiteRule(name="W", sites=S, share_max=0.4),))),
        (
            "policy 'W' allows 40.0% of all stations, but 1 stand or are required there (s) and there can be 2 in all: "
            "50.0%"
        ),
    ),
    "a floor above reach": (
        replace(
            town(),
            policy=Policy(
                serve=(ServeRule(name="D", demand=frozenset({"b", "x"}), share_min=0.8, total_kg_per_d=200),),
            ),
        ),
        (
            "policy 'D' asks to serve 80.0% of its demand, but 50.0% is in reach of a site that may have a station "
            "(out of reach: x); lower served_share_min to 0.5000 or add sites"
        ),
    ),
    "a gap that no site closes": (
        replace(town(), policy=Policy(gaps=(GapRule(name="G4", gap_km=50, stretches=(ROAD,)),))),
        (
            "policy 'G4' allows gaps of 50 km, but no station can stand on km 10.0 to 60.0; with a station at every "
            "site the largest gap is 80.0 km: raise gap_max_km to that or add sites"
        ),
    ),
    "a gap that only small stations close": (
        replace(
            town(largest={"s": 200.0}),
            policy=Policy(gaps=(GapRule(name="G4", gap_km=85, stretches=(ROAD,), station_min_kg_per_d=400),)),
        ),
        (
            "policy 'G4' allows gaps of 85 km, but no station of 400 kg/d or more can stand on km 0.0 to 85.0; with a "
            "station at every site the largest gap is 90.0 km"
        ),
    ),
    "backup beyond what two sites reach": (
        replace(town(), policy=Policy(backup_share_min=0.5)),
        (
            "policy.backup_share_min 50.0% is above what has two sites in its reach: 0.0% of all demand; lower it to "
            "0.0000 or lengthen the service radius"
        ),
    ),
    "pledges beyond the count": (
        replace(
            town(limits=Limits(stations_max=1)),
            policy=Policy(
                sites=(
                    SiteRule(name="W", sites=S, stations_min=1),
                    SiteRule(name="E", sites=frozenset({"t"}), stations_min=1),
                ),
            ),
        ),
        "stations_max 1 is below the 0 stations that stand and the 2 more that the policy asks for (E, W); 2 would do",
    ),
    "a floor that no loss leaves": (
        replace(
            town(limits=Limits(served_share_min=1.0, utilisation_max=0.5), built={"s": 800.0}),
            policy=Policy(loss_share_min=0.9),
        ),
        (
            "resilience.loss_share_min 90.0% of served_share_min 100.0% asks for 360 kg/d after a loss, but the 2 "
            "largest stations that may stand dispense 250 kg/d without their largest"
        ),
    ),
}


@pytest.mark.parametrize("what", OF_POLICY)
def test_a_policy_that_nothing_keeps_is_refused_with_names_and_numbers(what: str) -> None:
    case, words = OF_POLICY[what]
    assert words in refused(case, InfeasibleError)


def test_several_rules_that_nothing_keeps_are_refused_together() -> None:
    sites = (SiteRule(name="W", sites=S, stations_min=2), SiteRule(name="E", sites=BOTH, stations_min=3))
    said = refused(replace(town(), policy=Policy(sites=sites)), InfeasibleError)
    assert re.search(r"'W' asks for 2 stations.*; policy 'E' asks for 3 stations", said)


@pytest.mark.parametrize("holds", [{"penalty_cny_per_yr": 1.0}, {"binding": False}])
def test_a_rule_that_may_be_missed_is_not_refused(holds: dict[str, Any]) -> None:
    rule = SiteRule(name="W", sites=S, stations_min=2, **holds)
    check(replace(town(), policy=Policy(sites=(rule,))), model="network_design")


def test_a_share_of_nothing_that_is_asked_is_no_promise() -> None:
    check(replace(town(built={"s": 800.0}), policy=Policy(loss_share_min=1.0)), model="network_design")


# What is refused has no plan


@pytest.mark.parametrize("seed", [*range(12), *(pytest.param(seed, marks=pytest.mark.deep) for seed in range(12, 212))])
def test_what_is_refused_has_no_plan(seed: int) -> None:
    drawn, options = every_option.drawn(seed)
    asked = [replace(year, limits=replace(year.limits, served_share_min=0.55)) for year in drawn.years]
    case = replace(asked[-1], earlier=tuple(asked[:-1]))
    try:
        check(case, model="network_design")
    except InfeasibleError:
        try:
            program = compile_model(network_design.build(case, network_design.Options(**options)))
        except InfeasibleConstraintException:
            return
        exact = SolverOptions(gap=0.0, limit_s=60.0, threads=1)
        assert highs.solve(program.linear, exact, extra={"presolve": "off"}).values is None
    except InputError:
        return


# Contracts


def contract(kg: dict[int, float], name: str = "fleet") -> DemandPoint:
    return DemandPoint(
        id=name,
        name=name,
        lon=114.0,
        lat=30.0,
        precision_m=1,
        place_id="depot",
        kind="depot",
        vehicle_class="truck",
        vehicles=dict.fromkeys(kg, 10.0),
        kg_per_d={year: Range(amount, amount, amount) for year, amount in kg.items()},
        source="made up",
        verified="no",
        station_id="s",
    )


def test_contracts_above_the_largest_legal_station_are_refused_with_the_year() -> None:
    bound = [contract({2026: 100.0, 2028: 300.0}), contract({2026: 50.0, 2028: 100.0}, "other")]
    with pytest.raises(InputError) as caught:
        refuse_too_large(bound, {"s": 500.0}, periods=[2026, 2028], utilisation_max=0.75, where="operators.csv")
    assert (
        "operators.csv, s: contracts for 400 kg/d in 2028 are above what its largest legal station may be planned for: "
        "500 kg/d x 0.75 = 375 kg/d"
    ) in str(caught.value)
    refuse_too_large(bound, {"s": 500.0}, periods=[2026], utilisation_max=0.75, where="operators.csv")
