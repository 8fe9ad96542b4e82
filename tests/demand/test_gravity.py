"""Matrices of trips: margins met, decay found, counts followed, what cannot converge named."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import sparse

from h2plan.demand._gravity import calibrate, deterrence, furness, geh, pull_to_counts
from h2plan.errors import InputError


def names(rows: int, columns: int) -> tuple[list[str], list[str]]:
    return [f"o{n}" for n in range(rows)], [f"d{n}" for n in range(columns)]


def test_two_by_two_is_balanced_by_hand() -> None:
    """Without decay every cell is row x column / total: 30 x 20 / 40 = 15."""
    made = furness(np.ones((2, 2)), np.array([30.0, 10.0]), np.array([20.0, 20.0]), names=names(2, 2))
    assert made.trips == pytest.approx(np.array([[15, 15], [5, 5]]))


@given(seed=st.integers(0, 10_000), rows=st.integers(1, 8), columns=st.integers(1, 8))
def test_rows_and_columns_are_met_whatever_the_distances(seed: int, rows: int, columns: int) -> None:
    rng = np.random.default_rng(seed)
    km = rng.uniform(1, 100, (rows, columns))
    origins, destinations = rng.uniform(0.1, 1, rows), rng.uniform(0.1, 1, columns)
    destinations *= origins.sum() / destinations.sum()
    made = furness(deterrence(km, 1.0, form="power"), origins, destinations, names=names(rows, columns))
    assert made.trips.sum(axis=1) == pytest.approx(origins, rel=1e-9)
    assert made.trips.sum(axis=0) == pytest.approx(destinations, rel=1e-9)


def test_the_order_of_the_zones_changes_nothing() -> None:
    rng = np.random.default_rng(3)
    km, origins, destinations = rng.uniform(1, 9, (5, 4)), np.full(5, 4.0), np.full(4, 5.0)
    rows, columns = rng.permutation(5), rng.permutation(4)
    seed = deterrence(km, 2.0, form="power")
    one = furness(seed, origins, destinations, names=names(5, 4)).trips
    other = furness(seed[np.ix_(rows, columns)], origins[rows], destinations[columns], names=names(5, 4)).trips
    assert other == pytest.approx(one[np.ix_(rows, columns)], rel=1e-8)


def test_twice_the_trips_are_twice_each_cell() -> None:
    seed = deterrence(np.array([[1.0, 4.0], [2.0, 3.0]]), 1.0, form="power")
    margins = np.array([3.0, 5.0]), np.array([6.0, 2.0])
    one = furness(seed, *margins, names=names(2, 2)).trips
    two = furness(seed, *(2 * margin for margin in margins), names=names(2, 2)).trips
    assert two == pytest.approx(2 * one, rel=1e-8)


def test_an_origin_without_a_destination_is_named() -> None:
    seed = np.array([[1.0, 1.0], [0.0, 0.0]])
    with pytest.raises(InputError, match="o1: this origin has trips but nowhere to go"):
        furness(seed, np.array([1.0, 1.0]), np.array([1.0, 1.0]), names=names(2, 2))


def test_margins_that_no_matrix_can_meet_are_named() -> None:
    """Both origins can only reach d0, which takes less than they send."""
    seed = np.array([[1.0, 0.0], [1.0, 0.0], [1.0, 1.0]])
    with pytest.raises(InputError, match=r"does not converge in 500 sweeps.*rows: o"):
        furness(seed, np.array([4.0, 4.0, 2.0]), np.array([5.0, 5.0]), names=names(3, 2))


def test_origins_must_send_what_destinations_take() -> None:
    with pytest.raises(InputError, match="origins send 2, destinations take 3"):
        furness(np.ones((1, 1)), np.array([2.0]), np.array([3.0]), names=names(1, 1))


@pytest.mark.parametrize("form", ["power", "exponential"])
def test_the_decay_is_found_again_from_the_mean_distance_it_makes(form: str) -> None:
    rng = np.random.default_rng(1)
    km, margins = rng.uniform(10, 500, (12, 12)), np.ones(12)
    decay = 1.4 if form == "power" else 0.01
    trips = furness(deterrence(km, decay, form=form), margins, margins, names=names(12, 12)).trips
    mean = float((trips * km).sum() / trips.sum())
    made = calibrate(km, margins, margins, names=names(12, 12), mean_km=mean, form=form)
    assert made.decay == pytest.approx(decay, rel=1e-4)
    assert made.mean_km == pytest.approx(mean, rel=1e-6)


def test_a_mean_distance_beyond_the_map_is_refused() -> None:
    with pytest.raises(InputError, match="no decay gives a mean of 900 km"):
        calibrate(np.full((2, 2), 10.0), np.ones(2), np.ones(2), names=names(2, 2), mean_km=900)


def test_counts_move_trips_to_the_links_where_trucks_are() -> None:
    """Two pairs, each over its own link; counts say three quarters drive over the first."""
    usage = sparse.csr_array(np.eye(2))
    made = pull_to_counts(np.array([0.5, 0.5]), usage, np.array([0.75, 0.25]))
    assert made.trips == pytest.approx([0.75, 0.25])
    assert made.modelled == pytest.approx([0.75, 0.25])


def test_geh_is_zero_for_a_perfect_fit_and_five_near_a_tenth_off_two_thousand() -> None:
    """sqrt(2 x 232^2 / 4,232) = 5.04."""
    assert geh(np.array([100.0]), np.array([100.0]))[0] == 0
    assert geh(np.array([2232.0]), np.array([2000.0]))[0] == pytest.approx(5.04, abs=0.01)
