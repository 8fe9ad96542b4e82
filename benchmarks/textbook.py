"""What the textbook models are built from: every pair in reach, every arc of every tour, nothing merged."""

from __future__ import annotations

import numpy as np
from scipy import sparse
from scipy.spatial import cKDTree

from benchmarks import instances
from h2plan.solve.corridors import Trips, arc_covers


def cover_rows(instance: instances.Cover) -> sparse.csr_array:
    """Return points by sites within the radius, points that none reaches left out of nothing."""
    near = cKDTree(instance.points).sparse_distance_matrix(
        cKDTree(instance.sites), instance.radius, output_type="ndarray"
    )
    shape = (len(instance.points), len(instance.sites))
    return sparse.csr_array((np.ones(len(near)), (near["i"], near["j"])), shape=shape)


def all_arc_sets(trips: Trips) -> tuple[sparse.csr_array, instances.Ints]:
    """Return the arc-cover set of every arc of every tour, and its path."""
    covers = arc_covers(trips, keep="all")
    return covers.member, covers.trip
