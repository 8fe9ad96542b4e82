"""Corridor models: traps of the range by hand, and random trips against a driven truck and every choice of stations."""

from __future__ import annotations

import itertools
from typing import Any

import numpy as np
import pytest
from scipy.optimize import linprog

from h2plan.errors import InfeasibleError, InputError
from h2plan.models import _tours as tours
from h2plan.optimise import optimise
from h2plan.problem import Limits, Problem, Solution
from h2plan.solve.highs import SolverOptions
from tests.models import oracle
from tests.models.corridor import corridor, drives
from tests.models.small import problem

EXACT = SolverOptions(gap=0.0, limit_s=60.0, threads=1)
SEEDS = [*range(40), 403, *(pytest.param(seed, marks=pytest.mark.deep) for seed in range(40, 500) if seed != 403)]
FREE = {"S9": (1e6, 1e6, 1e5)}


def cover(case: Problem, **options: Any) -> Solution:
    return optimise(
        case, model="flow_refuelling", options={"size_id": case.sizes.ids[0], **options}, solver=EXACT, in_process=True
    )


def fill(case: Problem, **options: Any) -> Solution:
    return optimise(case, model="flow_refuelling_kg", options=options, solver=EXACT, in_process=True)


def both(case: Problem, **options: Any) -> list[float]:
    """Return what each corridor model serves."""
    return [cover(case, **options).goals[0].value, fill(case, **options).goals[0].value]


def test_two_stations_160_km_apart_do_not_serve_the_trip_between_them_with_a_range_of_100_km() -> None:
    case = corridor({"q": (10, 160, 100, {"west": 0, "east": 160})}, sizes=FREE)
    assert both(case) == [0, 0]


def test_an_arc_of_200_km_is_never_served_with_a_range_of_100_km() -> None:
    case = corridor({"q": (10, 240, 100, {"west": 20, "east": 220})}, sizes=FREE)
    assert both(case, start_share=1.0) == [0, 0]
    assert both(case, tour="one_way", start_share=1.0, end_share=0.0) == [0, 0]


def test_three_stations_80_km_apart_do_serve_the_160_km_between_the_outer_two() -> None:
    case = corridor({"q": (10, 160, 100, {"west": 0, "mid": 80, "east": 160})}, sizes=FREE)
    assert both(case) == pytest.approx([10, 10])
    assert set(cover(case).open) == {"west", "mid", "east"}  # without the eastern one: 80 on from the middle, 80 back


def test_direction_matters_where_the_tank_must_last_to_the_end() -> None:
    near_start, near_end = {"s": 20.0}, {"s": 80.0}
    one_way = {"tour": "one_way", "start_share": 0.3, "end_share": 0.0}
    assert both(corridor({"q": (10, 100, 100, near_start)}, sizes=FREE), **one_way) == pytest.approx([10, 10])
    assert both(corridor({"q": (10, 100, 100, near_end)}, sizes=FREE), **one_way) == [0, 0]


def test_fuel_at_the_start_decides_how_far_the_first_station_may_be() -> None:
    case = corridor({"q": (10, 60, 100, {"s": 60.0})}, sizes=FREE)
    assert both(case) == [0, 0]
    assert both(case, start_share=0.6) == [0, 0]  # there with 60, but 60 back leave 40 for the 60 of the next round
    assert both(case, start_share=0.6, end_share=0.4) == pytest.approx([10, 10])


def test_vehicles_of_several_ranges_are_planned_for_at_once() -> None:
    along = {"a": 30.0, "b": 90.0}
    case = corridor(
        {"far": (10, 120, 300, along), "short": (5, 120, 100, along)}, sizes=FREE, limits=Limits(stations_max=1)
    )
    assert cover(case).goals[0].value == pytest.approx(10)
    assert cover(case, vehicle_range_km=100).goals[0].value == 0


def test_a_way_off_the_route_counts_in_the_tank() -> None:
    case = corridor({"q": (10, 45, 100, {"s": 45.0})}, sizes=FREE, spur_km={("q", "s"): 6.0})
    assert both(case) == [0, 0]  # 45 + 6 are more than the 50 at the start
    assert both(case, start_share=0.55) == [0, 0]  # 6 from the station to the route, 90 there and back, 6 to it again
    nearer = corridor({"q": (10, 45, 100, {"s": 45.0})}, sizes=FREE, spur_km={("q", "s"): 4.0})
    assert both(nearer, start_share=0.55) == pytest.approx([10, 10])


def test_each_stop_fills_what_was_driven_since_the_last_one() -> None:
    case = corridor({"q": (100, 100, 150, {"a": 10.0, "b": 90.0})}, sizes=FREE)
    plan = fill(case)
    assert sum(plan.serve.values()) == pytest.approx(1)
    one_way = fill(case, tour="one_way", start_share=0.1, end_share=0.1)
    assert one_way.serve == pytest.approx({("q", "a"): 1.0})
    tight = corridor({"q": (100, 200, 110, {"a": 10.0, "b": 100.0})}, sizes=FREE)
    served = fill(tight, tour="one_way", start_share=0.1, end_share=0.05).serve
    assert served == pytest.approx({("q", "a"): 0.05, ("q", "b"): 0.95})


def test_a_full_station_makes_part_of_the_traffic_stop_elsewhere() -> None:
    case = corridor(
        {"q": (100, 100, 300, {"a": 10.0, "b": 90.0})}, sizes={"S60": (60.0, 1e6, 1e5)}, limits=Limits(stations_max=2)
    )
    served = fill(case).serve
    assert served == pytest.approx({("q", "a"): 0.6, ("q", "b"): 0.4}, abs=0.11)
    assert sum(served.values()) == pytest.approx(1)


def test_the_cheapest_plan_for_a_share_opens_no_more_than_it_needs() -> None:
    trips = {"big": (60.0, 40.0, 200.0, {"a": 10.0}), "small": (40.0, 40.0, 200.0, {"b": 10.0})}
    case = corridor(trips, sizes=FREE, limits=Limits(served_share_min=0.5))
    assert set(cover(case, objective="cheapest").open) == {"a"}
    case = corridor(trips, sizes=FREE, limits=Limits(served_share_min=0.7))
    assert set(cover(case, objective="cheapest").open) == {"a", "b"}


def test_the_cheapest_plan_without_a_share_is_bad_input() -> None:
    with pytest.raises(InputError, match=r"served_share_min: the cheapest plan needs a share to cover; 0.5 would work"):
        cover(corridor({"q": (1, 10, 100, {"a": 1.0})}, sizes=FREE), objective="cheapest")


def test_a_share_that_no_tank_allows_is_infeasible_and_says_what_is_possible() -> None:
    trips = {"q": (50.0, 40.0, 200.0, {"a": 10.0}), "dry": (50.0, 400.0, 100.0, {"a": 10.0})}
    with pytest.raises(InfeasibleError, match=r"a plan that serves 50.0% of all demand exists"):
        cover(corridor(trips, sizes=FREE, limits=Limits(served_share_min=0.9)), objective="cheapest")


def test_a_flow_whose_range_nobody_knows_is_named() -> None:
    case = corridor({"q": (1, 10, np.nan, {"a": 1.0})}, sizes=FREE)
    with pytest.raises(InputError, match="flows, q: its vehicle class has no range"):
        cover(case)
    assert cover(case, vehicle_range_km=300).goals[0].value == pytest.approx(1, rel=3e-6)


def test_corridor_models_without_a_flow_are_bad_input() -> None:
    with pytest.raises(InputError, match="there is no flow to refuel"):
        cover(problem({"a": 1}, {("a", "s"): 1}))


@pytest.mark.parametrize(
    ("raw", "word"), [({"vehicle_range_km": 0}, "greater than 0"), ({"start_share": 1.2}, "less than or equal to 1")]
)
def test_a_range_or_fuel_that_cannot_be_is_bad_input(raw: dict[str, float], word: str) -> None:
    with pytest.raises(InputError, match=word):
        cover(corridor({"q": (1, 10, 100, {"a": 1.0})}, sizes=FREE), **raw)


def random_corridor(
    seed: int, *, sizes: dict[str, tuple[float, float, float]] = FREE
) -> tuple[Problem, dict[str, Any], dict[str, Any]]:
    """Return up to five trips over six sites, one of which may stand, with how they are driven."""
    rng = np.random.default_rng(seed)
    names = [f"s{j}" for j in range(6)]
    trips = {}
    for q in range(int(rng.integers(1, 6))):
        length = float(rng.integers(2, 16) * 10)
        chosen = rng.permutation(names)[: int(rng.integers(1, 6))]
        along = {str(j): float(rng.integers(0, int(length) + 1)) for j in chosen}
        trips[f"q{q}"] = (float(rng.integers(5, 60)), length, float(rng.integers(4, 25) * 10), along)
    driven: dict[str, Any] = {
        "tour": str(rng.choice(["round_trip", "one_way"])),
        "start_share": float(rng.choice([0.2, 0.5, 1.0])),
        "end_share": [None, 0.0, 0.25, 0.5][int(rng.integers(4))],
    }
    points = {"p": (20.0, names[:2])} if rng.random() < 0.3 else None
    built = {"s3": 40.0} if rng.random() < 0.3 else {}
    limits = Limits(stations_max=int(rng.integers(2, 5)))
    case = corridor(trips, points=points, sites=names, sizes=sizes, limits=limits, built=built)
    return case, trips, driven


@pytest.mark.parametrize("seed", SEEDS)
def test_covered_trips_equal_the_best_of_all_choices_by_a_driven_truck(seed: int) -> None:
    case, trips, driven = random_corridor(seed)
    how = (driven["start_share"], driven["end_share"], driven["tour"] == "round_trip")
    best = 0.0
    for chosen in oracle.choices(case):
        here = [case.sites.ids[j] for j in chosen]
        covered = sum(kg for kg, length, lasts, along in trips.values() if drives(along, length, lasts, here, *how))
        covered += 20.0 if "p" in case.demand_ids and {"s0", "s1"} & set(here) else 0.0
        best = max(best, covered)
    plan = cover(case, **driven)
    assert plan.goals[0].value == pytest.approx(best, rel=3e-6)
    kg = dict(zip(case.demand_ids, case.demand_kg_per_d, strict=True))
    assert sum(share * kg[i] for (i, _), share in plan.serve.items()) == pytest.approx(best)
    for q in {i for i, _ in plan.serve if i in trips}:
        _, length, lasts, along = trips[q]
        assert drives(along, length, lasts, list(plan.open), *how), q
        assert sum(share for (i, _), share in plan.serve.items() if i == q) == pytest.approx(1)
    if not case.sites.built_kg_per_d[~np.isnan(case.sites.built_kg_per_d)].size:  # new stations never fill up here
        assert fill(case, **driven).goals[0].value == pytest.approx(best, rel=3e-6)


def patterns(tour: tours.Tour) -> list[dict[str, float]]:
    """List how the kilograms of a trip that ends can be spread: every set of stops that the tank lasts between."""
    found = []
    stops = range(len(tour.site))
    assert tour.end_km is not None
    for count in range(1, len(stops) + 1):
        for line in itertools.combinations(stops, count):
            at = [tour.at_km[n] for n in line]
            gaps = [b - a for a, b in itertools.pairwise(at)]
            last = tour.length_km - at[-1]
            if at[0] > tour.start_km or any(gap > tour.range_km for gap in gaps) or last + tour.end_km > tour.range_km:
                continue
            filled: dict[str, float] = {}
            for n, km in zip(line, [at[0], *gaps], strict=True):
                filled[tour.site[n]] = filled.get(tour.site[n], 0.0) + km / tour.length_km
            filled[tour.site[line[-1]]] += last / tour.length_km
            found.append(filled)
    return found


@pytest.mark.parametrize("seed", [*range(12), *(pytest.param(s, marks=pytest.mark.deep) for s in range(12, 500))])
def test_kilograms_equal_the_best_mix_of_stops_over_all_choices(seed: int) -> None:
    case, _, driven = random_corridor(seed, sizes={"S30": (30.0, 1e6, 1e5), "S50": (50.0, 2e6, 1.5e5)})
    driven["tour"], driven["end_share"] = "one_way", driven["end_share"] or 0.0
    options = tours.TourOptions(**driven)
    lines = {q: patterns(tour) for q, tour in tours.tours(case, options, case.sites.ids).items()}
    best = max(_transport(case, chosen, lines) for chosen in oracle.choices(case))
    assert fill(case, **driven).goals[0].value == pytest.approx(best, abs=1e-4)


def _transport(case: Problem, chosen: oracle.Choice, lines: dict[str, list[dict[str, float]]]) -> float:
    """Return the most kg/d that fit into these stations, over mixes of patterns."""
    at = {
        case.sites.ids[j]: (case.sites.built_kg_per_d[j] if k is None else case.sizes.capacity_kg_per_d[k])
        for j, k in chosen.items()
    }
    ways = [(q, filled) for q, several in lines.items() for filled in several if set(filled) <= set(at)]
    near = ("s0", "s1") if "p" in case.demand_ids else ()
    ways += [("p", {j: 1.0}) for j in near if j in at]
    if not ways:
        return 0.0
    kg = dict(zip(case.demand_ids, case.demand_kg_per_d, strict=True))
    whole = [[float(q == row) for q, _ in ways] for row in kg]
    load = [[kg[q] * filled.get(j, 0.0) for q, filled in ways] for j in at]
    found = linprog(
        [-kg[q] for q, _ in ways], A_ub=whole + load, b_ub=[1.0] * len(kg) + list(at.values()), bounds=(0, 1)
    )
    return -float(found.fun)
