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
