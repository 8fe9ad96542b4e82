"""Fronts: every point is what its limit allows, and none is beaten by another."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest

from h2plan.errors import InputError
from h2plan.front import Asked, Axis, Front, Point, trace, undominated
from h2plan.models import network_design
from h2plan.pages import front_page
from h2plan.problem import Limits, Problem
from h2plan.solve.highs import SolverOptions
from h2plan.solve.program import compile_model
from h2plan.starting import better_start
from tests.models.small import problem

EXACT = SolverOptions(gap=0.0, limit_s=60.0, threads=1)
THREE = problem({"a": 400, "b": 200, "c": 100}, {("a", "s1"): 1, ("b", "s2"): 1, ("c", "s3"): 1}, shortfall=20)


def traced(small: Problem, axis: Axis, steps: int) -> Front:
    return trace(small, Asked(axis=axis, steps=steps, options={}, solver=EXACT, in_process=True))


def test_each_station_adds_the_largest_demand_left() -> None:
    front = traced(THREE, "stations", 4)
    assert [point.stations for point in front.points] == [0, 1, 2, 3]
    assert [point.served_kg_per_d for point in front.points] == pytest.approx([0, 400, 600, 700])
    assert front.beaten == ()
    assert all(point.stopped == "optimal" and point.gap in (0.0, None) for point in front.points)


def test_a_start_far_behind_gives_way_to_a_greedy_one() -> None:
    program = compile_model(network_design.build(THREE, network_design.Options()))
    few: dict[int, float] = {}
    all_three = dict.fromkeys(np.flatnonzero(program.linear.whole).tolist(), 1.0)
    assert better_start(few, all_three, program, EXACT) == all_three
    assert better_start(all_three, few, program, EXACT) == all_three


def test_a_budget_buys_whole_stations_and_what_buys_nothing_more_is_left_out() -> None:
    front = traced(THREE, "budget", 5)
    # 10, 15, 20, 25 and 30 M CNY with stations of 10 M: 15 buys what 10 buys, 25 what 20 buys
    assert [point.capex_cny for point in front.points] == pytest.approx([10e6, 20e6, 30e6])
    assert [point.served_kg_per_d for point in front.points] == pytest.approx([400, 600, 700])
    assert len(front.beaten) == 2


def test_a_higher_share_costs_more() -> None:
    front = traced(THREE, "share", 3)
    # without a floor: s1 saves 400·300·(20 - 1) = 2.28 M for 1 M, s2 1.14 M for 1 M, s3 0.57 M for 1 M
    assert [point.stations for point in front.points] == [2, 3]
    assert front.points[0].cost_cny < front.points[-1].cost_cny
    assert front.points[-1].served_share == pytest.approx(1.0, rel=1e-5)


def test_a_beaten_point_is_left_out_and_of_equals_one_stays() -> None:
    def point(stations: int, served: float) -> Point:
        return Point(
            limit=float(stations),
            stations=stations,
            stations_new=stations,
            capex_cny=0.0,
            served_kg_per_d=served,
            served_share=served / 100,
            cost_cny=0.0,
            goal="served_kg_per_d",
            value=served,
            bound=served,
            gap=0.0,
            stopped="optimal",
        )

    points = [point(1, 50), point(2, 40), point(2, 60), point(2, 60), point(3, 60)]
    kept = undominated(points, axis="stations")
    assert [(p.stations, p.served_kg_per_d) for p in kept] == [(1, 50), (2, 60)]


@pytest.mark.parametrize(
    ("steps", "limits", "said"), [(1, Limits(), "2 steps"), (3, Limits(stations_max=0), "one value")]
)
def test_what_is_no_front_is_refused(steps: int, limits: Limits, said: str) -> None:
    small = problem({"a": 400}, {("a", "s1"): 1}, limits=limits)
    with pytest.raises(InputError, match=said):
        traced(small, "stations", steps)


def test_a_front_is_written_as_table_data_drawing_and_page(tmp_path: Path) -> None:
    front = traced(THREE, "stations", 4)
    files = front_page.write(front, tmp_path, title="<A city>", language="en")
    assert [file.name for file in files] == ["front.csv", "front.json", "front.svg", "front.html"]
    page = (tmp_path / "front.html").read_text(encoding="utf-8")
    assert page.count("<circle") == len(front.points) == 4
    assert "&lt;A city&gt;" in page
    assert "src=" not in page
    assert "default-src 'none'" in page or "default-src &#39;none&#39;" in page
    data = json.loads((tmp_path / "front.json").read_text(encoding="utf-8"))
    assert [point["stations"] for point in data["points"]] == [0, 1, 2, 3]
    assert len((tmp_path / "front.csv").read_text(encoding="utf-8-sig").splitlines()) == 5
