"""Three ways to drive a trip agree: a truck kilometre by kilometre, the re-check, and the stops that a plan names."""

from __future__ import annotations

import numpy as np
import pytest

from h2plan.models import _tours as tours
from h2plan.plan._check_trips import Tank, drives
from tests.models import corridor

CASES, CASES_DEEP = 3_000, 100_000


def mismatches(first: int, last: int) -> list[int]:
    """List the seeds for which the three disagree."""
    wrong = []
    for seed in range(first, last):
        rng = np.random.default_rng(seed)
        length, lasts = float(rng.integers(1, 16) * 10), float(rng.integers(3, 25) * 10)
        along = {f"s{j}": float(rng.integers(0, int(length) + 1)) for j in range(int(rng.integers(1, 6)))}
        start = float(rng.choice([0.1, 0.5, 1.0]))
        end = [None, 0.0, 0.25, 0.5][int(rng.integers(4))]
        kind = str(rng.choice(["round_trip", "one_way"]))
        truck = corridor.drives(along, length, lasts, sorted(along), start, end, kind == "round_trip")
        raw = {"tour": kind, "start_share": start, "end_share": end}
        stops = {j: (km, 0.0) for j, km in along.items()}
        checked = drives(length, stops, Tank.of(raw, class_range_km=lasts))
        case = corridor.corridor({"q": (1.0, length, lasts, along)})
        options = tours.TourOptions.model_validate(raw)
        named = tours.shares_at(tours.tours(case, options, set(along))["q"], set(along))
        spread = named is None or abs(sum(named.values()) - 1) < 1e-9
        if not (truck == checked == (named is not None) and spread):
            wrong.append(seed)
    return wrong


def test_the_three_agree() -> None:
    assert mismatches(0, CASES) == []


@pytest.mark.deep
def test_the_three_agree_many_times() -> None:
    assert mismatches(CASES, CASES_DEEP) == []


@pytest.mark.parametrize(("off_km", "lasts"), [(4.0, True), (6.0, False)])
def test_the_way_off_the_route_counts_twice(off_km: float, lasts: bool) -> None:
    tank = Tank.of({"start_share": 0.55}, class_range_km=100.0)
    assert drives(45.0, {"s": (45.0, off_km)}, tank) == lasts
