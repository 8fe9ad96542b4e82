"""Small first: equal demand merged, sets that others imply dropped, sites that others outdo set aside. All exact."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray
from scipy import sparse

from h2plan.solve.interchange import Families
from h2plan.solve.rules import Bools, Floats, Ints

Keys = NDArray[np.uint64]


@dataclass(frozen=True, kw_only=True, eq=False)
class Reduced:
    """Families after merging, and the way back."""

    families: Families
    group_of: Ints
    """For each original row its path in `families`; -1 where no site serves it, so that it takes no part."""


def merge_demand(member: sparse.csr_array, weight: Floats, *, seed: int = 0) -> Reduced:
    """Merge demand rows (rows of `member`, rows by sites) that the same sites reach; set aside what none reaches.

    Rows are told apart by two sums of random 64-bit numbers, one number a site: two different rows agree with
    probability 2^-128, and where keys agree the rows are compared in length too.
    """
    lengths = np.diff(member.indptr)
    reached = np.flatnonzero(lengths > 0)
    group_of = np.full(len(lengths), -1, dtype=np.intp)
    if not len(reached):
        empty = Families(member=member[reached], path=np.empty(0, dtype=np.intp), weight=np.empty(0))
        return Reduced(families=empty, group_of=group_of)
    keys = np.column_stack([_row_keys(member, reached, seed=seed), lengths[reached].astype(np.uint64)])
    first, group = _distinct(keys)
    group_of[reached] = group
    merged: Floats = np.bincount(group, weights=weight[reached], minlength=len(first)).astype(np.float64)
    families = Families(member=sparse.csr_array(member[reached[first]]), path=np.arange(len(first)), weight=merged)
    return Reduced(families=families, group_of=group_of)


def _row_keys(member: sparse.csr_array, rows: Ints, *, seed: int) -> Keys:
    random = np.random.default_rng(seed).integers(0, 2**64, size=(2, member.shape[1]), dtype=np.uint64)
    starts = member.indptr[rows]
    return np.column_stack([np.add.reduceat(random[n][member.indices], starts) for n in range(2)])


def _distinct(keys: Keys) -> tuple[Ints, Ints]:
    """Return the first row of each distinct key, in order of first row, and the number of the key of each row."""
    order = np.lexsort(keys.T[::-1])
    ranked = keys[order]
    new = np.concatenate([[True], (ranked[1:] != ranked[:-1]).any(axis=1)])
    at = np.cumsum(new) - 1
    group = np.empty(len(keys), dtype=np.intp)
    group[order] = at
    first = np.full(int(at[-1]) + 1, len(keys), dtype=np.intp)
    np.minimum.at(first, group, np.arange(len(keys)))
    rank = np.argsort(first)
    place = np.empty_like(rank)
    place[rank] = np.arange(len(rank))
    return first[rank], place[group]


def merge_families(families: Families, *, seed: int = 0) -> Reduced:
    """Merge paths whose families of sets are equal; their weights add up."""
    sets = np.arange(len(families.path))
    sizes = np.diff(families.member.indptr).astype(np.uint64)
    keys = _row_keys(families.member, sets, seed=seed) if len(sets) else np.empty((0, 2), dtype=np.uint64)
    mixed = (keys ^ (keys >> np.uint64(29))) * np.uint64(0x9E3779B97F4A7C15) + sizes[:, None]
    mixed ^= mixed >> np.uint64(32)
    count = np.bincount(families.path, minlength=len(families.weight)).astype(np.uint64)
    by_path = np.column_stack([*(np.add.reduceat(mixed[:, n], families.first) for n in range(2)), count])
    first, group = _distinct(by_path)
    keep = np.isin(families.path, first)
    number = np.full(len(families.weight), -1, dtype=np.intp)
    number[first] = np.arange(len(first))
    path = number[families.path[keep]]
    order = np.argsort(path, kind="stable")
    member = sparse.csr_array(families.member[np.flatnonzero(keep)[order]])
    weight: Floats = np.bincount(group, weights=families.weight, minlength=len(first)).astype(np.float64)
    return Reduced(families=Families(member=member, path=path[order], weight=weight), group_of=group)


def minimal_sets(member: sparse.csr_array, path: Ints) -> Bools:
    """Say which sets of a path to keep: those that hold no other set of it; of equal sets the first."""
    keep = np.ones(len(path), dtype=np.bool_)
    bounds = np.flatnonzero(np.concatenate([[True], path[1:] != path[:-1], [True]])) if len(path) else np.zeros(1, int)
    for begin, end in pairwise(bounds):
        if end - begin > 1:
            keep[begin:end] = _minimal(member, int(begin), int(end))
    return keep


def _minimal(member: sparse.csr_array, begin: int, end: int) -> Bools:
    indices = member.indices[member.indptr[begin] : member.indptr[end]]
    sites, column = np.unique(indices, return_inverse=True)
    dense = np.zeros((end - begin, len(sites)), dtype=np.float32)
    sizes = np.diff(member.indptr[begin : end + 1])
    dense[np.repeat(np.arange(end - begin), sizes), column] = 1.0
    common = dense @ dense.T
    holds = common >= sizes[None, :] - 0.5  # row holds column
    equal = holds & (sizes[:, None] == sizes[None, :])
    earlier = np.tri(end - begin, k=-1, dtype=np.bool_)
    least: Bools = ~((holds & ~equal) | (equal & earlier)).any(axis=1)
    return least


def outdone_sites(families: Families, cost: Floats, *, fixed: Bools) -> Bools:
    """Say which sites another one outdoes: it is in all their sets and costs no more. Capacities must not matter.

    Sites in `fixed` (required, forbidden, in a conflict) are neither outdone nor outdo. Of equal sites the first stays.
    Not for rules that tie particular sites together.
    """
    by_site = families.by_site
    sizes = np.diff(by_site.indptr)
    common = sparse.coo_array(by_site @ families.member)
    i, j, shared = common.row, common.col, common.data
    inside = (i != j) & (shared >= sizes[i] - 0.5) & (cost[j] <= cost[i]) & ~fixed[i] & ~fixed[j]
    same = inside & (sizes[i] == sizes[j]) & (cost[i] == cost[j])
    beaten = np.zeros(len(cost), dtype=np.bool_)
    beaten[i[inside & (~same | (j < i))]] = True
    beaten[(sizes == 0) & ~fixed] = True
    return beaten
