"""What a plan has a trip fill at each stop is driven anew: mixes of ways to drive are accepted, and nothing else."""

from __future__ import annotations

import itertools
from collections.abc import Mapping

import numpy as np
import pytest
from scipy.optimize import linprog

from h2plan.plan._check_trips import Stop, Tank, filled

Pattern = Mapping[str, float]
SAME = 1e-9
"""Shares of a trip nearer than this are the same."""
CASES, CASES_DEEP = 250, 4000


def patterns(length_km: float, stops: Mapping[str, Stop], tank: Tank) -> list[Pattern]:
    """List every way to drive by every choice of stops: the share of the trip's fuel that each site gives."""
    out = sorted((km, off, site) for site, (km, off) in stops.items())
    back = [(2 * length_km - km, off, site) for km, off, site in reversed(out)] if tank.round_trip else []
    passed, tour = [*out, *back], length_km * (2 if tank.round_trip else 1)
    found = []
    for count in range(1, len(passed) + 1):
        for line in itertools.combinations(passed, count):
            pattern = _driven(line, tour, tank)
            if pattern is not None:
                found.append(pattern)
    return found


def _driven(line: tuple[tuple[float, float, str], ...], tour_km: float, tank: Tank) -> Pattern | None:
    """Drive one choice of stops; None where the tank does not last."""
    km, off, sites = zip(*line, strict=True)
    gaps = [b - a for a, b in itertools.pairwise(km)]
    lasts = all(off[n] + gap + off[n + 1] <= tank.range_km for n, gap in enumerate(gaps))
    left = tour_km - km[-1]
    first = left + km[0] if tank.end_km is None else km[0]
    ends = off[-1] + first + off[0] <= tank.range_km
    if tank.end_km is not None:
        ends = off[-1] + left + tank.end_km <= tank.range_km
    if not lasts or not ends or km[0] + off[0] > tank.start_km:
        return None
    given = dict.fromkeys(sites, 0.0)
    for site, way in zip(sites, [first, *gaps], strict=True):
        given[site] += way / tour_km
    if tank.end_km is not None:
        given[sites[-1]] += left / tour_km
    return given


def drawn(seed: int) -> tuple[float, dict[str, Stop], Tank]:
    rng = np.random.default_rng(seed)
    length, lasts = float(rng.integers(2, 16) * 10), float(rng.integers(4, 25) * 10)
    stops = {
        f"s{j}": (float(rng.integers(0, int(length) + 1)), float(rng.choice([0.0, 0.0, 3.0])))
        for j in range(int(rng.integers(1, 5)))
    }
    raw = {
        "tour": str(rng.choice(["round_trip", "one_way"])),
        "start_share": float(rng.choice([0.3, 0.5, 1.0])),
        "end_share": [None, 0.0, 0.25, 0.5][int(rng.integers(4))],
    }
    return length, stops, Tank.of(raw, class_range_km=lasts)


def is_a_mix(told: Pattern, ways: list[Pattern]) -> bool:
    """Say by a linear programme whether some mix of ways to drive fills just that, within a ten thousandth."""
    sites = sorted({*told, *(site for way in ways for site in way)})
    fill = np.array([[way.get(site, 0.0) for way in ways] for site in sites])
    both = np.vstack([fill, -fill, np.ones((1, len(ways)))])
    wanted = np.array([told.get(site, 0.0) for site in sites])
    found = linprog(np.zeros(len(ways)), A_ub=both, b_ub=[*(wanted + 1e-4), *(1e-4 - wanted), 1.0 + 1e-4])
    return bool(found.status == 0)


def error(told: Pattern, found: Pattern) -> float:
    return max(abs(found.get(site, 0.0) - share) for site, share in told.items())


def judged(seed: int) -> tuple[int, int]:
    """Return how many mixes of one trip were looked at, and how many of what is told otherwise were no mix."""
    length, stops, tank = drawn(seed)
    ways, rng = patterns(length, stops, tank), np.random.default_rng([seed, 1])
    if not ways:
        assert error({"s0": 0.5}, filled(length, stops, tank, {"s0": 0.5})) >= 0.5 - 1e-5
        return 0, 0
    mix = rng.dirichlet(np.ones(len(ways))) * float(rng.choice([1.0, 0.6]))
    told = {site: sum(m * way.get(site, 0.0) for m, way in zip(mix, ways, strict=True)) for site in stops}
    assert error(told, filled(length, stops, tank, told)) <= SAME, seed
    shifted = dict(told)
    shifted[str(rng.choice(sorted(stops)))] += float(rng.choice([0.05, 0.2]))
    if is_a_mix(shifted, ways):
        return 1, 0
    assert error(shifted, filled(length, stops, tank, shifted)) > 1e-6, seed
    return 1, 1


def test_mixes_of_ways_to_drive_are_accepted_and_nothing_else() -> None:
    counts = [judged(seed) for seed in range(CASES)]
    assert sum(mixes for mixes, _ in counts) > CASES / 3
    assert sum(others for _, others in counts) > CASES / 6


@pytest.mark.deep
def test_mixes_are_accepted_and_nothing_else_many_times() -> None:
    assert sum(judged(seed)[0] for seed in range(CASES, CASES_DEEP)) > 0


def test_the_last_stop_fills_what_is_left_to_drive() -> None:
    """One way of 100 km on a tank of 80, begun with 40: at 30 km it fills 30, at 60 km the 30 since and the 40 left."""
    stops: dict[str, Stop] = {"a": (30.0, 0.0), "b": (60.0, 0.0)}
    tank = Tank.of({"tour": "one_way", "start_share": 0.5, "end_share": 0.2}, class_range_km=80.0)
    told = {"a": 0.3, "b": 0.7}
    assert filled(100.0, stops, tank, told) == pytest.approx(told)
    assert filled(100.0, stops, tank, {"a": 0.5, "b": 0.5}) != pytest.approx({"a": 0.5, "b": 0.5}, abs=1e-3)
    assert filled(100.0, stops, tank, {"a": 0.15, "b": 0.35}) == pytest.approx({"a": 0.15, "b": 0.35})


def test_no_more_vehicles_start_than_there_are() -> None:
    stops: dict[str, Stop] = {"a": (30.0, 0.0)}
    tank = Tank.of({"start_share": 1.0}, class_range_km=200.0)
    assert filled(50.0, stops, tank, {"a": 1.0}) == pytest.approx({"a": 1.0})
    assert filled(50.0, stops, tank, {"a": 1.2})["a"] == pytest.approx(1.0, abs=1e-3)
