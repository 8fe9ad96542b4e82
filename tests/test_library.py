"""The library functions: the docs page as it stands, tables of every kind, and what they refuse."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest

import h2plan
from h2plan.errors import InputError

PAGE = Path(__file__).resolve().parents[1] / "docs" / "from-spopt.md"
KM = np.array([[1.0, 5.0], [4.0, 2.0], [np.inf, 3.0]])


def test_the_code_of_the_docs_page_runs_and_its_answers_hold() -> None:
    blocks = re.findall(r"```python\n(.*?)```", PAGE.read_text(encoding="utf-8"), re.DOTALL)
    assert len(blocks) >= 8
    exec("\n".join(blocks), {})


def test_points_in_any_projection_give_the_distances_of_their_degrees() -> None:
    plain = pd.DataFrame({"lon": [114.1, 114.3], "lat": [30.5, 30.6]}, index=["left", "right"])
    points = gpd.GeoDataFrame(index=plain.index, geometry=gpd.points_from_xy(plain.lon, plain.lat), crs="EPSG:4326")
    values = [h2plan.p_center(table, plain[:1], p=1).value for table in (plain, points, points.to_crs("EPSG:32650"))]
    assert values == pytest.approx([values[0]] * 3, rel=1e-6)


def test_who_is_out_of_reach_is_named_and_takes_no_part() -> None:
    answer = h2plan.set_cover(["a", "b", "c"], ["s", "t"], radius=2.5, distances=KM)
    assert answer.unreached == ("c",)
    assert answer.open == ("s", "t")


def test_each_site_keeps_its_own_capacity() -> None:
    answer = h2plan.capacitated(
        ["a", "b"], ["s", "t"], capacity=[30, 100], weights=[40, 50], distances=[[1, 2], [1, 2]], site_cost=[1, 1]
    )
    assert answer.size == {"s": "30", "t": "100"}
    assert answer.value == pytest.approx(30 + 60 * 2 + 2)
    assert answer.gap == pytest.approx(0, abs=1e-9)


@pytest.mark.parametrize(
    ("more", "word"),
    [
        ({"distances": [[1, np.nan], [1, 2], [1, 1]]}, "distances row 0, 1: holds nan"),
        ({"distances": [[1, -2], [1, 2], [1, 1]]}, "holds -2"),
        ({"distances": [[1, 2]]}, "1 x 2, 3 x 2 would do"),
        ({"weights": [1, -1, 1]}, "weights row 1: -1 is no weight"),
        ({"weights": [1, 1]}, "2 weights for 3 demand rows"),
        ({"required": ["nowhere"]}, "required, nowhere: is no site"),
        ({"p": 5}, "5 is above what there is: 2 sites"),
        ({"existing": ["s"], "p": 0}, "."),
    ],
)
def test_what_cannot_be_is_refused_by_name(more: dict[str, Any], word: str) -> None:
    with pytest.raises(h2plan.H2planError, match=word):
        h2plan.p_median(["a", "b", "c"], ["s", "t"], **{"p": 1, "distances": KM, **more})


def test_a_radius_of_zero_is_refused_with_one_that_would_work() -> None:
    with pytest.raises(InputError, match="radius: 0 is not above 0; 5 reaches all"):
        h2plan.set_cover(["a", "b", "c"], ["s", "t"], radius=0, distances=KM)


def test_ids_that_stand_twice_are_named() -> None:
    with pytest.raises(InputError, match="sites, s: the id stands twice"):
        h2plan.p_median(["a", "b", "c"], ["s", "s"], p=1, distances=KM)


@pytest.mark.parametrize(
    ("flows", "range_km", "word"),
    [
        ({"q": (1, 10, {"s": 1})}, 0, "flows, q: range 0 km is not above 0"),
        ({"q": (1, 0, {"s": 0})}, 100, "flows, q: length 0 km is not above 0"),
        ({"q": (1, 10, {"lost": 1})}, 100, "flows, lost: is no site"),
        ({"q": (-1, 10, {"s": 1})}, 100, "-1 is no weight"),
        ({"q": (1, 10, {"s": 12})}, 100, "stands at km 12 of a trip of 10 km"),
    ],
)
def test_a_flow_that_cannot_be_is_refused(flows: dict[str, Any], range_km: float, word: str) -> None:
    with pytest.raises(InputError, match=word):
        h2plan.flow_refuelling(flows, ["s", "t"], range_km=range_km)


# Curves, budgets, sizes

ROW = [f"t{n}" for n in range(12)]
APART = np.abs(np.subtract.outer(np.arange(12.0), np.arange(0.5, 12.0, 1.5)))
PLACES = [f"p{n}" for n in range(8)]
WEIGHTS = [3, 1, 4, 1, 5, 9, 2, 6, 5, 3, 5, 8]


@pytest.mark.parametrize("more", [{}, {"existing": ["p2"]}, {"required": ["p0"], "forbidden": ["p7"]}])
def test_a_curve_of_counts_equals_the_questions_asked_one_by_one(more: dict[str, Any]) -> None:
    counts = [2, 3, 4, 5]
    covered = h2plan.coverage_curve(ROW, PLACES, radius=1.2, p=counts, weights=WEIGHTS, distances=APART, **more)
    ways = h2plan.median_curve(ROW, PLACES, p=counts, weights=WEIGHTS, distances=APART, **more)
    assert [point.p for point in covered] == counts
    for p, point, way in zip(counts, covered, ways, strict=True):
        once = h2plan.max_cover(ROW, PLACES, radius=1.2, p=p, weights=WEIGHTS, distances=APART, **more)
        assert (point.value, point.bound, point.gap) == (once.value, once.value, 0.0)
        assert len(point.open) <= p
        assert set(more.get("existing", ())) | set(more.get("required", ())) <= set(point.open)
        alone = h2plan.p_median(ROW, PLACES, p=p, weights=WEIGHTS, distances=APART, **more)
        assert way.value == pytest.approx(alone.value)
        assert way.bound == pytest.approx(alone.value)


def test_a_curve_of_budgets_opens_what_each_budget_pays_for() -> None:
    points = h2plan.coverage_curve(ROW, PLACES, radius=1.2, budgets=[25, 40, 45], capex=20, distances=APART)
    assert [len(point.open) for point in points] == [1, 2, 2]
    assert [point.value for point in points] == [3, 6, 6]  # two places a whole number from three towns each
    assert points[1].value == h2plan.max_cover(ROW, PLACES, radius=1.2, budget=40, capex=20, distances=APART).value


def test_a_curve_of_sites_that_must_lie_apart_is_asked_point_by_point() -> None:
    between = np.abs(np.subtract.outer(np.arange(8.0), np.arange(8.0)))
    more: dict[str, Any] = {"radius": 1.2, "distances": APART, "between": between, "spacing_km": 1.5}
    points = h2plan.coverage_curve(ROW, PLACES, p=[1, 3], **more)
    assert [point.value for point in points] == [h2plan.max_cover(ROW, PLACES, p=p, **more).value for p in (1, 3)]
    assert points[1].gap == 0


def test_a_choice_of_sizes_takes_the_small_one_where_that_is_enough() -> None:
    answer = h2plan.capacitated(
        ["a", "b"],
        ["s", "t"],
        weights=[10, 80],
        distances=[[0, 9], [9, 0]],
        sizes={"small": (20, 5), "large": (100, 12)},
    )
    assert answer.size == {"s": "small", "t": "large"}
    assert answer.value == pytest.approx(17)


def test_a_truck_fills_what_it_drove_since_the_stop_before() -> None:
    flows = {"trip": (100.0, 160.0, {"a": 0, "b": 80, "c": 160})}
    answer = h2plan.flow_refuelling_kg(flows, ["a", "b", "c"], range_km=100, sizes={"S": (60, 1)})
    assert answer.value == pytest.approx(100, rel=2e-6)
    assert answer.serve["trip"] == pytest.approx({"a": 0.25, "b": 0.5, "c": 0.25}, rel=2e-6)
    less = h2plan.flow_refuelling_kg(flows, ["a", "b", "c"], range_km=100, sizes={"S": (25, 1)})
    assert less.value == pytest.approx(50, rel=2e-6)


@pytest.mark.parametrize(
    ("more", "word"),
    [
        ({"p": [1], "budgets": [1]}, "either numbers of stations"),
        ({}, "either numbers of stations"),
        ({"p": [1, 9]}, "9 is above what there is: 8 sites"),
        ({"budgets": [-1]}, "-1 is no budget"),
        ({"budgets": [5], "capex": 20}, "5 does not pay for one station; 20 would"),
    ],
)
def test_a_curve_that_cannot_be_is_refused(more: dict[str, Any], word: str) -> None:
    with pytest.raises(InputError, match=word):
        h2plan.coverage_curve(ROW, PLACES, radius=1.2, distances=APART, **more)


def test_capacity_and_sizes_together_or_neither_are_refused() -> None:
    with pytest.raises(InputError, match="either the capacity of each site or a choice of sizes"):
        h2plan.capacitated(["a"], ["s"], distances=[[1]])
