"""Greedy choices and swaps: allowed, never worse, and the cost they report is the cost there is."""

from __future__ import annotations

import itertools

import numpy as np
import pytest
from scipy import sparse

from h2plan.solve.interchange import Families, NearLists, fill_cover, fill_median, nearest_open, swap_cover, swap_median
from h2plan.solve.rules import site_rules

SEEDS = 40
FOREVER = float("inf")


def near_lists(seed: int, *, rows: int = 20, sites: int = 9) -> tuple[NearLists, np.ndarray]:
    """Draw distances and sort them."""
    rng = np.random.default_rng(seed)
    km = rng.random((rows, sites)) * 10
    order = np.argsort(km, axis=1)
    ranked = np.take_along_axis(km, order, axis=1)
    weight = rng.integers(1, 9, rows).astype(float)
    return NearLists(site=order, km=ranked, beyond=np.full(rows, np.inf), weight=weight, sites=sites), km


@pytest.mark.parametrize("seed", range(SEEDS))
def test_no_single_swap_improves_what_the_interchange_leaves(seed: int) -> None:
    lists, km = near_lists(seed)
    rules = site_rules(9, at_most=3)
    start = fill_median(lists, rules, is_open=np.zeros(9, dtype=np.bool_), site_cost=np.zeros(9))
    end = swap_median(lists, rules, is_open=start, site_cost=np.zeros(9), deadline=FOREVER)
    assert rules.allows(end)

    def cost(is_open: np.ndarray) -> float:
        return float(lists.weight @ km[:, is_open].min(axis=1))

    assert cost(end) <= cost(start) + 1e-9
    for i, j in itertools.product(np.flatnonzero(end), np.flatnonzero(~end)):
        other = end.copy()
        other[[i, j]] = [False, True]
        assert cost(other) >= cost(end) - 1e-9


@pytest.mark.parametrize("seed", range(SEEDS))
def test_the_nearest_and_second_nearest_open_sites_are_those(seed: int) -> None:
    lists, km = near_lists(seed)
    is_open = np.random.default_rng(seed).random(9) < 0.5
    for rank in (1, 2):
        ranked = np.sort(np.where(is_open, km, np.inf), axis=1)[:, rank - 1]
        assert nearest_open(lists, is_open, rank=rank)[1] == pytest.approx(ranked)


@pytest.mark.parametrize("seed", range(SEEDS))
def test_a_cover_that_was_swapped_keeps_the_rules_and_covers_no_less(seed: int) -> None:
    rng = np.random.default_rng(seed)
    counts = rng.integers(1, 3, 30)
    path = np.repeat(np.arange(30), counts)
    member = sparse.csr_array(
        (rng.random((len(path), 10)) < 0.3).astype(float) + np.eye(10)[rng.integers(0, 10, len(path))]
    )
    member.data[:] = 1.0
    families = Families(member=member, path=path, weight=rng.integers(1, 9, 30).astype(float))
    rules = site_rules(10, at_most=3, required=[2])
    start = fill_cover(families, rules, is_open=rules.lower > 0.5)
    end = swap_cover(families, rules, is_open=start, deadline=FOREVER)
    assert rules.allows(start)
    assert rules.allows(end)

    def served(is_open: np.ndarray) -> float:
        return float(families.weight @ families.served(member @ is_open.astype(float)))

    assert served(end) >= served(start)
    for i, j in itertools.product([n for n in np.flatnonzero(end) if n != 2], np.flatnonzero(~end)):
        other = end.copy()
        other[[i, j]] = [False, True]
        assert served(other) <= served(end) + 1e-9
