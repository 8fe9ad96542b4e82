"""The peer without any craft of ours: the whole textbook program handed to HiGHS as arrays."""

from __future__ import annotations

from typing import Any

import highspy
import numpy as np
from scipy import sparse

from benchmarks import instances
from benchmarks.ours import trips_of
from benchmarks.textbook import all_arc_sets, cover_rows


def solve_program(
    cost: instances.Floats, matrix: sparse.csr_array, *, low: instances.Floats, high: instances.Floats,
    whole: int, limit_s: float, sign: float,
) -> dict[str, Any]:  # fmt: skip
    """Minimise over columns in [0, 1], the first of them whole."""
    h = highspy.Highs()
    for name, value in {"output_flag": False, "threads": 1, "mip_rel_gap": 0.0, "time_limit": limit_s}.items():
        h.setOptionValue(name, value)
    lp = highspy.HighsLp()
    lp.num_col_, lp.num_row_ = len(cost), matrix.shape[0]
    lp.col_cost_, lp.col_lower_, lp.col_upper_ = cost, np.zeros(len(cost)), np.ones(len(cost))
    lp.row_lower_, lp.row_upper_ = low, high
    lp.a_matrix_.format_ = highspy.MatrixFormat.kRowwise
    lp.a_matrix_.start_, lp.a_matrix_.index_, lp.a_matrix_.value_ = matrix.indptr, matrix.indices, matrix.data
    kinds = highspy.HighsVarType
    lp.integrality_ = [kinds.kInteger] * whole + [kinds.kContinuous] * (len(cost) - whole)
    h.passModel(lp)
    h.run()
    info = h.getInfo()
    optimal = h.getModelStatus() == highspy.HighsModelStatus.kOptimal
    known = info.primal_solution_status == 2
    value = sign * info.objective_function_value if known else None
    bound = sign * info.mip_dual_bound if np.isfinite(info.mip_dual_bound) else None
    gap = abs(bound - value) / max(abs(value), 1e-9) if value is not None and bound is not None else None
    return {
        "value": value, "bound": bound, "gap": gap, "stopped": "optimal" if optimal else "limit",
        "nodes": info.mip_node_count, "rows": matrix.shape[0],
    }  # fmt: skip


def max_cover(instance: instances.Cover, limit_s: float) -> dict[str, Any]:
    """One row for each point."""
    member = cover_rows(instance)
    points, sites = member.shape
    block = sparse.block_array(
        [[-member, sparse.eye_array(points)], [sparse.csr_array(np.ones((1, sites))), None]], format="csr"
    )
    return solve_program(
        np.concatenate([np.zeros(sites), -instance.weight]), sparse.csr_array(block),
        low=np.full(points + 1, -np.inf), high=np.append(np.zeros(points), instance.stations),
        whole=sites, limit_s=limit_s, sign=-1.0,
    )  # fmt: skip


def flow_refuelling(instance: instances.Flows, limit_s: float) -> dict[str, Any]:
    """One row for each arc of each tour (AC-PC as published)."""
    member, path = all_arc_sets(trips_of(instance))
    sets, paths = len(path), len(instance.weight)
    unit = sparse.csr_array((np.ones(sets), (np.arange(sets), path)), shape=(sets, paths))
    block = sparse.block_array([[-member, unit], [sparse.csr_array(np.ones((1, instance.nodes))), None]], format="csr")
    return solve_program(
        np.concatenate([np.zeros(instance.nodes), -instance.weight]), sparse.csr_array(block),
        low=np.full(sets + 1, -np.inf), high=np.append(np.zeros(sets), instance.stations),
        whole=instance.nodes, limit_s=limit_s, sign=-1.0,
    )  # fmt: skip


def p_median(instance: Any, limit_s: float) -> dict[str, Any]:
    """Write x_ij ≤ y_j for every pair."""
    if not isinstance(instance, instances.Median):
        xy, weight = instances.plane_median(instance["points"], seed=instance.get("seed", 1))
        km = np.linalg.norm(xy[:, None] - xy[None], axis=2)
        instance = instances.Median(km=km, weight=weight, site_cost=np.zeros(len(km)), stations=instance["stations"])
    return _location(instance, limit_s)


def capacitated(instance: instances.Median, limit_s: float) -> dict[str, Any]:
    """Write x_ij ≤ y_j for every pair, and capacities."""
    return _location(instance, limit_s)


def _location(instance: instances.Median, limit_s: float) -> dict[str, Any]:
    n, m = instance.km.shape
    pairs = np.arange(n * m)
    i, j = np.repeat(np.arange(n), m), np.tile(np.arange(m), n)
    shape = (n, m + n * m)
    rows = [sparse.csr_array((np.ones(n * m), (i, m + pairs)), shape=shape)]
    at = (np.concatenate([pairs, pairs]), np.concatenate([m + pairs, j]))
    rows.append(sparse.csr_array((np.repeat([1.0, -1.0], n * m), at), shape=(n * m, m + n * m)))
    low, high = [np.ones(n), np.full(n * m, -np.inf)], [np.ones(n), np.zeros(n * m)]
    if instance.stations is not None:
        rows.append(sparse.csr_array(np.concatenate([np.ones(m), np.zeros(n * m)])[None, :]))
        low.append(np.array([-np.inf]))
        high.append(np.array([float(instance.stations)]))
    if instance.capacity is not None and instance.demand is not None:
        load = sparse.csr_array((instance.demand[i], (j, m + pairs)), shape=(m, m + n * m))
        room = sparse.csr_array((-instance.capacity, (np.arange(m), np.arange(m))), shape=(m, m + n * m))
        rows.append(sparse.csr_array(load + room))
        low.append(np.full(m, -np.inf))
        high.append(np.zeros(m))
    cost = np.concatenate([instance.site_cost, (instance.weight[:, None] * instance.km).ravel()])
    return solve_program(
        cost, sparse.csr_array(sparse.vstack(rows)), low=np.concatenate(low), high=np.concatenate(high),
        whole=m, limit_s=limit_s, sign=1.0,
    )  # fmt: skip
