"""Arc-cover sets against a tank that is driven kilometre by kilometre."""

from __future__ import annotations

import numpy as np
import pytest

from h2plan.errors import InputError
from h2plan.solve.corridors import Trips, arc_covers, drivable, families_of

CASES, CASES_DEEP, ROUNDS = 1500, 20_000, 6


def trips_of(
    places: list[list[tuple[int, float]]],
    length_km: list[float],
    *,
    range_km: float,
    start_km: float,
    end_km: float = np.nan,
    round_trip: bool = True,
    sites: int = 8,
) -> Trips:
    """Write trips from the sites along each: (site, km)."""
    count = len(length_km)
    return Trips(
        trip=np.array([q for q, along in enumerate(places) for _ in along], dtype=np.intp),
        site=np.array([site for along in places for site, _ in along], dtype=np.intp),
        km=np.array([km for along in places for _, km in along], dtype=np.float64),
        length_km=np.array(length_km),
        range_km=np.full(count, range_km),
        start_km=np.full(count, start_km),
        end_km=np.full(count, end_km),
        round_trip=np.full(count, round_trip),
        sites=sites,
    )


def opened(*sites: int, of: int = 8) -> np.ndarray:
    """Open these sites."""
    is_open = np.zeros(of, dtype=np.bool_)
    is_open[list(sites)] = True
    return is_open


def drive(
    along: list[tuple[int, float]],
    length: float,
    *,
    range_km: float,
    start_km: float,
    end_km: float,
    round_trip: bool,
    is_open: np.ndarray,
) -> bool:
    """Drive a truck that fills up wherever it passes an open station; say whether it never runs dry."""
    out = sorted((km, site) for site, km in along)
    passings = out + ([(2 * length - km, site) for km, site in reversed(out)] if round_trip else [])
    tour = 2 * length if round_trip else length
    tank = start_km
    for _ in range(ROUNDS if round_trip and np.isnan(end_km) else 1):
        at = 0.0
        for km, site in passings:
            tank -= km - at
            at = km
            if tank < 0:
                return False
            if is_open[site]:
                tank = range_km
        tank -= tour - at
        if tank < 0:
            return False
    return bool(np.isnan(end_km) or tank >= end_km)


def mismatches(cases: int) -> int:
    """Count random trips and stations for which the sets and the tank disagree."""
    wrong = 0
    for seed in range(cases):
        rng = np.random.default_rng(seed)
        sites, length = int(rng.integers(1, 8)), float(rng.integers(1, 16) * 10)
        chosen = rng.permutation(8)[:sites]
        along = [(int(site), float(rng.integers(0, int(length) + 1))) for site in chosen]
        range_km = float(rng.integers(2, 25) * 10)
        start_km = float(rng.choice([0.0, range_km / 2, range_km]))
        round_trip = bool(rng.random() < 0.7)
        never_ends = np.nan if round_trip else 0.0
        end_km = float(rng.choice([never_ends, 0.0, range_km / 2, range_km / 4]))
        rule = {"range_km": range_km, "start_km": start_km, "end_km": end_km, "round_trip": round_trip}
        covers = arc_covers(trips_of([along, along], [length, length], **rule))
        for _ in range(4):
            is_open = rng.random(8) < rng.random()
            # The tank is driven for a few rounds only; fuel for all of them would hide that it runs dry in the end.
            if np.isnan(end_km) and not is_open[chosen].any():
                continue
            expected = drive(along, length, is_open=is_open, **rule)
            wrong += int((drivable(covers, is_open) != expected).any())
    return wrong


def test_the_tank_agrees() -> None:
    assert mismatches(CASES) == 0


@pytest.mark.deep
def test_the_tank_agrees_many_times() -> None:
    assert mismatches(CASES_DEEP) == 0


def test_two_stations_160_km_apart_do_not_serve_a_range_of_100_km() -> None:
    trips = trips_of([[(j, 40.0 * j) for j in range(5)]], [160.0], range_km=100, start_km=50)
    assert not drivable(arc_covers(trips), opened(0, 4)).any()
    assert drivable(arc_covers(trips), opened(0, 2, 4)).all()


def test_a_stretch_of_200_km_without_a_site_is_never_driven_with_a_range_of_100_km() -> None:
    covers = arc_covers(trips_of([[(0, 0.0), (1, 200.0)]], [200.0], range_km=100, start_km=50))
    assert covers.never.all()
    assert not drivable(covers, opened(0, 1)).any()


def test_direction_matters_one_way() -> None:
    near_start = trips_of([[(0, 20.0)]], [120.0], range_km=100, start_km=50, end_km=0, round_trip=False)
    near_end = trips_of([[(0, 100.0)]], [120.0], range_km=100, start_km=50, end_km=0, round_trip=False)
    assert drivable(arc_covers(near_start), opened(0)).all()
    assert arc_covers(near_end).never.all()


def test_a_full_tank_reaches_what_half_a_tank_does_not() -> None:
    half = trips_of([[(0, 60.0)]], [60.0], range_km=120, start_km=50)
    full = trips_of([[(0, 60.0)]], [60.0], range_km=120, start_km=120)
    assert arc_covers(half).never.all()
    assert drivable(arc_covers(full), opened(0)).all()


def test_a_short_trip_one_way_needs_no_station() -> None:
    covers = arc_covers(trips_of([[(0, 10.0)]], [40.0], range_km=100, start_km=50, end_km=0, round_trip=False))
    assert covers.always.all()
    assert families_of(covers, np.ones(1))[0].weight.size == 0


def test_a_tour_driven_for_ever_needs_a_station() -> None:
    covers = arc_covers(trips_of([[(0, 10.0)]], [40.0], range_km=100, start_km=100))
    assert not drivable(covers, opened()).any()
    assert drivable(covers, opened(0)).all()


@pytest.mark.parametrize(
    ("range_km", "start_km", "word"), [(0.0, 0.0, "range_km"), (-5.0, 0.0, "range_km"), (100.0, 120.0, "start_km")]
)
def test_a_range_or_a_fuel_that_cannot_be_is_refused(range_km: float, start_km: float, word: str) -> None:
    with pytest.raises(InputError, match=word):
        arc_covers(trips_of([[(0, 10.0)]], [40.0], range_km=range_km, start_km=start_km))


def test_a_site_beyond_the_end_of_its_trip_is_refused() -> None:
    with pytest.raises(InputError, match="site 0 stands at km 50 of a trip of 40 km"):
        arc_covers(trips_of([[(0, 50.0)]], [40.0], range_km=100, start_km=50))
