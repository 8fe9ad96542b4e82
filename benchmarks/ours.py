"""h2plan's own runs, from the raw instance to the proof: pairs in reach, merging and sets included."""

from __future__ import annotations

import time
from typing import Any

import highspy  # noqa: F401  # loaded before the clock runs, as the peers load theirs
import numpy as np
from scipy import sparse
from scipy.spatial import cKDTree

from benchmarks import instances
from h2plan.solve.corridors import Trips, arc_covers, families_of
from h2plan.solve.cuts import (
    Purpose,
    solve_capacitated,
    solve_corridor,
    solve_cover_curve,
    solve_coverage,
    solve_median,
    solve_median_curve,
    solve_near,
)
from h2plan.solve.interchange import NearLists
from h2plan.solve.reduce import merge_demand, merge_families
from h2plan.solve.rules import Found, Search, site_rules

POINTS_AT_ONCE = 500_000


def _figures(found: Found, **more: Any) -> dict[str, Any]:
    return {
        "value": found.value, "bound": found.bound, "gap": found.gap, "stopped": found.stopped,
        "nodes": found.nodes, "rows": found.rows, **more,
    }  # fmt: skip


def p_median(instance: Any, limit_s: float) -> dict[str, Any]:
    """Solve from the distance matrix, or from points by their nearest sites."""
    if isinstance(instance, instances.Median):
        rules = site_rules(instance.km.shape[1], at_most=instance.stations, at_least=1)
        lists = sorted_lists(instance.km, instance.weight)
        return _figures(solve_median(lists, rules, site_cost=instance.site_cost, search=Search(limit_s=limit_s)))
    n, k = instance["points"], instance["nearest"]
    xy, weight = instances.plane_median(n, seed=instance.get("seed", 1))

    def nearest(width: int) -> NearLists:
        site, km = instances.near_points(xy, min(width, n))
        beyond = km[:, -1].copy() if width < n else np.full(n, np.inf)
        return NearLists(site=site, km=km, beyond=beyond, weight=weight, sites=n)

    rules = site_rules(n, at_most=instance["stations"], at_least=1)
    return _figures(solve_near(nearest, rules, width=k, site_cost=np.zeros(n), search=Search(limit_s=limit_s)))


def sorted_lists(km: instances.Floats, weight: instances.Floats) -> NearLists:
    """Sort the sites of each demand row by distance."""
    order = np.argsort(km, axis=1, kind="stable")
    ranked = np.take_along_axis(km, order, axis=1)
    return NearLists(site=order, km=ranked, beyond=np.full(len(km), np.inf), weight=weight, sites=km.shape[1])


def max_cover(instance: instances.Cover, limit_s: float) -> dict[str, Any]:
    """Find the pairs in reach, merge equal points, search. Points come in portions, so that memory stays small."""
    begun = time.perf_counter()
    cpu = time.process_time()
    sites = len(instance.sites)
    member, weight, pairs = _merged_in_portions(instance)
    reduced = merge_demand(member, weight)
    merged_cpu = time.process_time() - cpu
    search = Search(limit_s=limit_s - (time.perf_counter() - begun))
    rules = site_rules(sites, at_most=instance.stations)
    found = solve_coverage(reduced.families, rules, purpose=Purpose(aim="most"), search=search)
    return _figures(found, pairs=pairs, groups=len(reduced.families.weight), pairs_and_merge_cpu_s=merged_cpu)


CURVE = range(1, 21)
"""The numbers of stations of a curve."""


def curve(instance: Any, limit_s: float) -> dict[str, Any]:
    """Answer twenty numbers of stations with one search that goes on from point to point."""
    if isinstance(instance, instances.Cover):
        member, weight, _ = _merged_in_portions(instance)
        families = merge_demand(member, weight).families
        steps = [site_rules(len(instance.sites), at_most=p) for p in CURVE]
        return _together(solve_cover_curve(families, steps, search=Search(limit_s=limit_s)))
    lists, sites = _whole_lists(instance)
    steps = [site_rules(sites, at_most=p, at_least=1) for p in CURVE]
    return _together(solve_median_curve(lists, steps, site_cost=np.zeros(sites), search=Search(limit_s=limit_s)))


def curve_alone(instance: Any, limit_s: float) -> dict[str, Any]:
    """Ask the same twenty questions one by one, each from the raw instance and with the whole limit."""
    found = []
    for p in CURVE:
        if isinstance(instance, instances.Cover):
            member, weight, _ = _merged_in_portions(instance)
            families, rules = merge_demand(member, weight).families, site_rules(len(instance.sites), at_most=p)
            aim = Purpose(aim="most")
            found.append(solve_coverage(families, rules, purpose=aim, search=Search(limit_s=limit_s)))
        else:
            lists, sites = _whole_lists(instance)
            rules = site_rules(sites, at_most=p, at_least=1)
            search = Search(limit_s=limit_s)
            found.append(solve_median(lists, rules, site_cost=np.zeros(sites), search=search))
    return _together(found)


def _whole_lists(instance: Any) -> tuple[NearLists, int]:
    xy, weight = instances.plane_median(instance["points"], seed=instance.get("seed", 1))
    km = np.hypot(*(xy[:, None] - xy[None]).transpose(2, 0, 1))
    return sorted_lists(km, weight), len(xy)


def _together(found: list[Found]) -> dict[str, Any]:
    """Return the sum of values, the widest gap, and proven only where every point is."""
    gaps = [each.gap for each in found]
    known = [gap for gap in gaps if gap is not None]
    ended = {each.stopped for each in found}
    return {
        "value": float(sum(each.value or 0.0 for each in found)),
        "gap": max(known) if len(known) == len(gaps) else None,
        "stopped": "optimal" if ended == {"optimal"} else "limit",
        "nodes": sum(each.nodes for each in found),
        "rows": max(each.rows for each in found),
        "points": len(found),
        "bound": None,
    }


def _merged_in_portions(instance: instances.Cover) -> tuple[sparse.csr_array, instances.Floats, int]:
    tree = cKDTree(instance.sites)
    members, weights, pairs = [], [], 0
    for begin in range(0, len(instance.points), POINTS_AT_ONCE):
        points = instance.points[begin : begin + POINTS_AT_ONCE]
        member = _reach(tree, points, instance.radius)
        pairs += member.nnz
        part = merge_demand(member, instance.weight[begin : begin + POINTS_AT_ONCE]).families
        members.append(part.member)
        weights.append(part.weight)
    return sparse.csr_array(sparse.vstack(members)), np.concatenate(weights), pairs


def _reach(tree: cKDTree, points: instances.Floats, radius: float) -> sparse.csr_array:
    """Return points by sites, 1 where within the radius."""
    found = cKDTree(points).sparse_distance_matrix(tree, radius, output_type="ndarray")
    data = np.ones(len(found), dtype=np.float64)
    return sparse.csr_array((data, (found["i"], found["j"])), shape=(len(points), tree.n))


def flow_refuelling(instance: instances.Flows, limit_s: float) -> dict[str, Any]:
    """List minimal arc-cover sets, merge equal families, search: round trips from half a tank to half a tank."""
    begun = time.perf_counter()
    covers = arc_covers(trips_of(instance))
    families, _ = families_of(covers, instance.weight)
    reduced = merge_families(families).families
    rules = site_rules(instance.nodes, at_most=instance.stations)
    search = Search(limit_s=limit_s - (time.perf_counter() - begun))
    found = solve_corridor(reduced, rules, purpose=Purpose(aim="most"), search=search)
    return _figures(found, sets=len(reduced.path), paths=len(reduced.weight))


def trips_of(instance: instances.Flows) -> Trips:
    """Write the flows as trips there and back, with half a tank at the start and at the end."""
    count = len(instance.length_km)
    half = np.full(count, instance.range_km / 2)
    return Trips(
        trip=instance.trip, site=instance.site, km=instance.km, length_km=instance.length_km,
        range_km=np.full(count, instance.range_km), start_km=half, end_km=half,
        round_trip=np.ones(count, dtype=np.bool_), sites=instance.nodes,
    )  # fmt: skip


def capacitated(instance: instances.Median, limit_s: float) -> dict[str, Any]:
    """Solve with fixed costs, and with capacities where the instance has them."""
    search = Search(limit_s=limit_s)
    sites = instance.km.shape[1]
    if instance.capacity is None or instance.demand is None:
        lists = sorted_lists(instance.km, instance.weight)
        rules = site_rules(sites, at_least=1)
        return _figures(solve_median(lists, rules, site_cost=instance.site_cost, search=search))
    found = solve_capacitated(
        instance.km, instance.demand, capacity=instance.capacity, site_cost=instance.site_cost,
        rules=site_rules(sites), search=search,
    )  # fmt: skip
    return _figures(found)
