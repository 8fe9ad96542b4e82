"""What is made smaller first stays the same problem."""

from __future__ import annotations

import numpy as np
import pytest
from scipy import sparse

from h2plan.solve.cuts import Purpose, solve_corridor, solve_coverage
from h2plan.solve.interchange import Families
from h2plan.solve.reduce import merge_demand, merge_families, minimal_sets, outdone_sites
from h2plan.solve.rules import Search, site_rules

SEEDS = 40


def drawn(seed: int, *, rows: int = 60, sites: int = 7) -> tuple[sparse.csr_array, np.ndarray]:
    """Draw which sites reach which demand; with few sites many rows are equal, and some are empty."""
    rng = np.random.default_rng(seed)
    member = (rng.random((rows, sites)) < 0.3).astype(float)
    return sparse.csr_array(member), rng.integers(1, 9, rows).astype(float)


@pytest.mark.parametrize("seed", range(SEEDS))
def test_rows_with_the_same_sites_in_reach_are_one_and_no_weight_is_lost(seed: int) -> None:
    member, weight = drawn(seed)
    reduced = merge_demand(member, weight)
    dense = member.toarray()
    distinct = {tuple(row) for row in dense if row.any()}
    assert len(reduced.families.weight) == len(distinct)
    assert reduced.families.weight.sum() == weight[dense.any(axis=1)].sum()
    for row, group in enumerate(reduced.group_of):
        if group < 0:
            assert not dense[row].any()
        else:
            assert (reduced.families.member.toarray()[group] == dense[row]).all()


def test_demand_that_no_site_reaches_takes_no_part_and_is_named() -> None:
    member = sparse.csr_array(np.array([[1.0, 0.0], [0.0, 0.0], [0.0, 1.0]]))
    reduced = merge_demand(member, np.array([1.0, 2.0, 3.0]))
    assert list(reduced.group_of) == [0, -1, 1]
    assert list(reduced.families.weight) == [1.0, 3.0]


def test_without_any_reach_nothing_is_left() -> None:
    reduced = merge_demand(sparse.csr_array((3, 2)), np.ones(3))
    assert list(reduced.group_of) == [-1, -1, -1]
    assert len(reduced.families.weight) == 0


def test_a_set_that_holds_another_goes_and_equal_ones_leave_the_first() -> None:
    sets = np.array([[1, 1, 0], [1, 0, 0], [1, 0, 0], [0, 1, 1], [1, 1, 1]], dtype=float)
    keep = minimal_sets(sparse.csr_array(sets), np.array([0, 0, 0, 0, 1]))
    assert list(keep) == [False, True, False, True, True]


def many_sets(seed: int) -> Families:
    """Draw paths with one to four sets over few sites, so that families repeat."""
    rng = np.random.default_rng(seed)
    counts = rng.integers(1, 4, 40)
    path = np.repeat(np.arange(40), counts)
    member = np.zeros((len(path), 5))
    member[np.arange(len(path)), rng.integers(0, 5, len(path))] = 1.0
    member[np.arange(len(path)), rng.integers(0, 5, len(path))] = 1.0
    return Families(member=sparse.csr_array(member), path=path, weight=rng.integers(1, 9, 40).astype(float))


@pytest.mark.parametrize("seed", range(SEEDS))
def test_equal_families_are_one_path_whatever_the_order_of_their_sets(seed: int) -> None:
    families = many_sets(seed)
    reduced = merge_families(families)
    dense = families.member.toarray()
    own = [tuple(sorted(map(tuple, dense[families.path == q]))) for q in range(40)]
    assert len(reduced.families.weight) == len(set(own))
    assert reduced.families.weight.sum() == families.weight.sum()
    for first in range(40):
        for second in range(40):
            assert (reduced.group_of[first] == reduced.group_of[second]) == (own[first] == own[second])


@pytest.mark.parametrize("seed", range(SEEDS))
def test_merging_and_dropping_what_is_outdone_keeps_the_optimum(seed: int) -> None:
    member, weight = drawn(seed)
    rows = np.flatnonzero(np.diff(member.indptr))
    plain = Families(member=member[rows], path=np.arange(len(rows)), weight=weight[rows])
    reduced = merge_demand(member, weight).families
    beaten = outdone_sites(reduced, np.ones(7), fixed=np.zeros(7, dtype=np.bool_))
    most, search = Purpose(aim="most"), Search()
    before = solve_coverage(plain, site_rules(7, at_most=3), purpose=most, search=search)
    rules = site_rules(7, at_most=3, forbidden=np.flatnonzero(beaten))
    assert solve_coverage(reduced, rules, purpose=most, search=search).value == before.value


@pytest.mark.parametrize("seed", range(SEEDS))
def test_minimal_and_merged_families_keep_the_optimum(seed: int) -> None:
    families = many_sets(seed)
    keep = minimal_sets(families.member, families.path)
    least = Families(member=families.member[keep], path=families.path[keep], weight=families.weight)
    rules, most, search = site_rules(5, at_most=2), Purpose(aim="most"), Search()
    before = solve_corridor(families, rules, purpose=most, search=search)
    assert solve_corridor(merge_families(least).families, rules, purpose=most, search=search).value == before.value


def test_of_two_equal_sites_one_stays_and_a_dearer_one_never_outdoes() -> None:
    member = sparse.csr_array(np.array([[1.0, 1.0, 0.0], [1.0, 1.0, 1.0]]))
    families = Families(member=member, path=np.arange(2), weight=np.ones(2))
    free = np.zeros(3, dtype=np.bool_)
    assert list(outdone_sites(families, np.ones(3), fixed=free)) == [False, True, True]
    assert list(outdone_sites(families, np.array([5.0, 5.0, 1.0]), fixed=free)) == [False, True, False]
