"""The labelled arrays that a model gets: sorted by id, checked, and independent of the order of the inputs."""

from __future__ import annotations

import random
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np
import pytest

from h2plan.domain import Site, StationSize
from h2plan.errors import InputError
from h2plan.framing import DemandRowIn, Reach, frame
from h2plan.problem import Goal, Limits, Problem, Solution

PAIRS = {
    ("east", "s2"): (10.0, 8.0),
    ("east", "s1"): (5.0, 4.0),
    ("through", "s2"): (6.0, -1.0),
}
"""(minutes, km); a detour may be shorter in km than the fastest way."""


def row(name: str, **more: Any) -> DemandRowIn:
    fields: dict[str, Any] = {"id": name, "kg_per_d": 100.0, "kg_per_fill": 20.0, "visits_are_round_trips": True}
    return DemandRowIn(**{**fields, **more})


def site(name: str, **more: Any) -> Site:
    fields: dict[str, Any] = {
        "id": name,
        "name": name,
        "kind": "port",
        "lon": 114.0,
        "lat": 30.0,
        "precision_m": 10.0,
        "source": "made up",
        "verified": "yes",
    }
    return Site(**{**fields, **more})


def size(name: str, capacity: float) -> StationSize:
    return StationSize(
        id=name,
        capacity_kg_per_d=capacity,
        capex_cny=1e4 * capacity,
        opex_cny_per_yr=1e3 * capacity,
        life_yr=10,
        storage_kg=capacity,
        source="made up",
        verified="no",
    )


@dataclass
class World:
    """The inputs of a small problem, each open to change."""

    demand: Sequence[DemandRowIn] = (
        row("through", kg_per_d=300.0, kg_per_fill=30.0, visits_are_round_trips=False),
        row("east"),
        row("afar", kg_per_d=50.0),
    )
    sites: Sequence[Site] = (site("s2", max_kg_per_d=500.0, land_cny_per_yr=7.0), site("s1", built_kg_per_d=200.0))
    sizes: Sequence[StationSize] = (size("S2", 1000.0), size("S1", 500.0))
    cost: Mapping[str, float] = field(default_factory=lambda: {"S1": 1.0, "S2": 2.0})
    pairs: Mapping[tuple[str, str], tuple[float, float]] = field(default_factory=lambda: dict(PAIRS))
    required: frozenset[str] = frozenset({"s2"})
    forbidden: frozenset[str] = frozenset({"s1"})

    def framed(self) -> Problem:
        figures = np.array(list(self.pairs.values()), dtype=float).reshape(-1, 2)
        return frame(
            self.demand,
            self.sites,
            period=2030,
            sizes=self.sizes,
            size_cost_cny_per_yr=self.cost,
            reach=Reach(
                demand_ids=[i for i, _ in self.pairs],
                site_ids=[j for _, j in self.pairs],
                minutes=figures[:, 0],
                km=figures[:, 1],
            ),
            limits=Limits(),
            required=self.required,
            forbidden=self.forbidden,
            vehicle_time_cny_per_h=60.0,
            shortfall_cny_per_kg=60.0,
            operating_d_per_yr=300.0,
        )


def refusal(world: World) -> str:
    with pytest.raises(InputError) as caught:
        world.framed()
    return str(caught.value)


def test_everything_is_sorted_by_id_and_sizes_by_capacity() -> None:
    problem = World().framed()
    assert problem.demand_ids == ("east", "through")
    assert problem.demand_kg_per_d.tolist() == [100.0, 300.0]
    assert problem.sites.ids == ("s1", "s2")
    assert problem.sites.built_kg_per_d[0] == 200
    assert np.isnan(problem.sites.built_kg_per_d[1])
    assert problem.sites.max_kg_per_d.tolist() == [np.inf, 500.0]
    assert problem.sites.required.tolist() == [False, True]
    assert problem.sites.forbidden.tolist() == [True, False]
    assert problem.sizes.ids == ("S1", "S2")
    assert problem.sizes.annual_cost_cny_per_yr.tolist() == [1.0, 2.0]


def test_a_point_pays_both_ways_and_a_flow_its_detour() -> None:
    """At 60 CNY/h a minute costs 1 CNY: 2 x 5 min for 20 kg, 2 x 10 min for 20 kg, 6 min for 30 kg."""
    pairs = World().framed().pairs
    assert pairs.demand.tolist() == [0, 0, 1]
    assert pairs.site.tolist() == [0, 1, 1]
    assert pairs.access_cny_per_kg.tolist() == pytest.approx([0.5, 1.0, 0.2])


def test_demand_beyond_reach_is_named_and_stays_in_the_total() -> None:
    problem = World().framed()
    assert problem.unreached == ("afar",)
    assert problem.total_kg_per_d == 450


def test_nothing_in_reach_is_an_empty_problem_and_no_crash() -> None:
    problem = World(pairs={}).framed()
    assert problem.demand_ids == ()
    assert problem.unreached == ("afar", "east", "through")
    assert problem.pairs.minutes.shape == (0,)


@pytest.mark.parametrize("seed", range(10))
def test_the_order_of_the_inputs_changes_nothing(seed: int) -> None:
    rng, world = random.Random(seed), World()
    mixed = World(
        demand=rng.sample(list(world.demand), 3),
        sites=rng.sample(list(world.sites), 2),
        sizes=rng.sample(list(world.sizes), 2),
        pairs=dict(rng.sample(list(PAIRS.items()), 3)),
    )
    assert repr(mixed.framed()) == repr(world.framed())


@pytest.mark.parametrize(
    ("world", "told"),
    [
        (World(demand=(row("east"), row("east"), row("through"))), "demand, east: the id stands twice"),
        (World(sites=(site("s1"), site("s2"), site("s1"))), "sites, s1: the id stands twice"),
        (World(sizes=(size("S1", 1.0), size("S1", 2.0))), "station_sizes, S1: the id stands twice"),
        (World(sizes=(size("built", 1.0),)), "the id 'built' is taken"),
        (World(pairs={("east", "nowhere"): (1.0, 1.0)}), "reach, nowhere: names nothing"),
        (World(pairs={("nobody", "s1"): (1.0, 1.0)}), "reach, nobody: names nothing"),
        (World(sites=()), "no site is left after the screen"),
        (World(sizes=()), "there is no station size"),
        (World(demand=(row("east", kg_per_d=float("nan")), row("through"))), "demand_kg_per_d: holds numbers"),
        (World(demand=(row("east", kg_per_d=-1.0), row("through"))), "demand_kg_per_d: holds numbers"),
        (World(sites=(site("s1"), site("s2", land_cny_per_yr=float("inf")))), "land_cny_per_yr: holds numbers"),
        (World(cost={"S1": -1.0, "S2": 1.0}), "annual_cost_cny_per_yr: holds numbers"),
        (World(pairs={("east", "s1"): (float("nan"), 1.0)}), "minutes: holds numbers"),
        (World(pairs={("east", "s1"): (-1.0, 1.0)}), "minutes: holds numbers"),
        (World(pairs={("east", "s1"): (1.0, float("inf"))}), "problem, km: holds numbers"),
    ],
)
def test_what_a_solver_would_swallow_is_refused(world: World, told: str) -> None:
    assert told in refusal(world)


def test_a_solution_stopped_as_its_weakest_goal_did() -> None:
    goal = Goal(name="a", sense="min", value=1.0, bound=1.0, gap=0.0, stopped="optimal", nodes=0)
    weaker = [replace(goal, stopped="feasible_limit"), replace(goal, stopped="interrupted")]
    solution = Solution(model="m", open={}, serve={}, goals=(goal, weaker[0]), seconds=0.0, solver="none")
    assert solution.stopped == "feasible_limit"
    assert replace(solution, goals=(goal, *weaker)).stopped == "interrupted"
    assert replace(solution, goals=(goal,)).stopped == "optimal"
