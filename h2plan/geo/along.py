"""The sites along a route: where one leaves it and comes back to it, how far from the start, and what that adds."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np

from h2plan.geo.access import Connected
from h2plan.geo.blocks import table
from h2plan.geo.paths import ROUNDING, Arcs, Tree, gate_figures, grow, lay_arcs, open_gates
from h2plan.geo.roads import Floats, Ints, Metric, RoadNetwork
from h2plan.geo.routes import Route, Trip

SAME = 1e-6
"""Figures of one route that were summed in another order differ by less."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Stop:
    """A stop at a site on the way of a trip."""

    trip_id: str
    site_id: str
    km_from_start: float
    """Driven from the origin to the site: along the route to where one leaves it, and from there to the site."""
    minutes_from_start: float
    leaves_at: str
    """Node at which one leaves the route, or the origin."""
    joins_at: str
    """Node at which one comes back to it, or the destination; it may lie before the one where one left."""
    detour_min: float
    detour_km: float


def stops_along(
    connected: Connected,
    trip: Trip,
    *,
    route: Route,
    sites: Sequence[str],
    limit: float = np.inf,
    metric: Metric = "min",
    closed: Collection[str] = frozenset(),
) -> tuple[Stop, ...]:
    """Stops at the sites whose detour from this route is at most `limit` (minutes or km), by rising km from the start.

    The route is kept up to a node, left for the site, and kept again from a node on; both ends of the trip count as
    such nodes. The pair that is best by `metric` is taken, so the detour is exact; of equally good pairs the one that
    stays on the route longest. Sites that no open road reaches and leaves are left out.
    """
    way = _Way.of(connected, trip, route, metric, closed)
    spots = connected.spots(sites)
    ends = connected.spots([trip.origin, trip.destination])
    to_cost, to_other = _between(connected, way, spots, metric=metric, closed=closed, turned=True)
    from_cost, from_other = _between(connected, way, spots, metric=metric, closed=closed, turned=False)
    start_cost, start_other = table(connected, ends[:1], targets=spots, metric=metric, closed=closed)
    end_cost, end_other = table(connected, spots, targets=ends[1:], metric=metric, closed=closed)
    whole, whole_other = (route.minutes, route.km) if metric == "min" else (route.km, route.minutes)
    leave = np.vstack([start_cost, way.cost[:, None] + to_cost.T])
    leave_other = np.vstack([start_other, way.other[:, None] + to_other.T])
    join = np.vstack([(whole - way.cost)[:, None] + from_cost.T, end_cost.T])
    join_other = np.vstack([(whole_other - way.other)[:, None] + from_other.T, end_other.T])
    nodes = [connected.network.nodes[n].id for n in way.node]
    found = []
    for n, site in enumerate(sites):
        a, b = _last(leave[:, n]), _first(join[:, n])
        extra = max(0.0, float(leave[a, n] + join[b, n] - whole))
        if not np.isfinite(extra) or extra > limit + ROUNDING:
            continue
        more = float(leave_other[a, n] + join_other[b, n] - whole_other)
        there = float(leave[a, n]), float(leave_other[a, n])
        minutes, km = there if metric == "min" else there[::-1]
        extra_min, extra_km = (extra, more) if metric == "min" else (more, extra)
        found.append(
            Stop(
                trip_id=trip.id,
                site_id=site,
                km_from_start=km,
                minutes_from_start=minutes,
                leaves_at=[trip.origin, *nodes][a],
                joins_at=[*nodes, trip.destination][b],
                detour_min=_clean(extra_min),
                detour_km=_clean(extra_km),
            )
        )
    return tuple(sorted(found, key=lambda stop: (stop.km_from_start, stop.site_id)))


def _last(costs: Floats) -> int:
    """Place of the last of the least costs."""
    return int(np.flatnonzero(costs <= costs.min() + ROUNDING)[-1])


def _first(costs: Floats) -> int:
    """Place of the first of the least costs."""
    return int(np.flatnonzero(costs <= costs.min() + ROUNDING)[0])


def _clean(figure: float) -> float:
    return 0.0 if abs(figure) < ROUNDING else figure


@dataclass(frozen=True, kw_only=True, eq=False)
class _Way:
    """The nodes of a route in driving order, with cost and other figure from the origin to each."""

    node: Ints
    cost: Floats
    other: Floats

    @staticmethod
    def of(connected: Connected, trip: Trip, route: Route, metric: Metric, closed: Collection[str]) -> _Way:
        """Drive the whole links of the route from each gate of the origin; the one that ends with its figure is it."""
        network = connected.network
        links = [network.link_index[name] for name in route.links]
        origin, end = (int(spot) for spot in connected.spots([trip.origin, trip.destination]))
        if links and links[0] == connected.link[origin]:
            links = links[1:]
        if links and links[-1] == connected.link[end]:
            links = links[:-1]
        whole = route.minutes if metric == "min" else route.km
        ends = _gate_costs(connected, end, metric=metric, closed=closed, way="in")
        for node, (cost, other) in _gate_costs(connected, origin, metric=metric, closed=closed, way="out").items():
            driven = _driven(network, links, node=node, cost=cost, other=other, metric=metric)
            last = ends.get(driven[-1][0]) if driven else None
            if last is not None and abs(driven[-1][1] + last[0] - whole) < SAME:
                nodes, costs, others = zip(*driven, strict=True)
                return _Way(node=np.array(nodes, dtype=np.intp), cost=np.array(costs), other=np.array(others))
        none = np.empty(0)
        return _Way(node=np.empty(0, dtype=np.intp), cost=none, other=none)


def _gate_costs(
    connected: Connected, spot: int, *, metric: Metric, closed: Collection[str], way: Literal["out", "in"]
) -> dict[int, tuple[float, float]]:
    """Cost and other figure of each node through which a spot is left or reached."""
    gates = connected.gates
    costs, others = gate_figures(gates, metric)
    usable = open_gates(gates, connected.network, closed, way=way)
    rows = range(gates.start[spot], gates.start[spot + 1])
    return {int(gates.node[n]): (float(costs[n]), float(others[n])) for n in rows if usable[n]}


def _driven(
    network: RoadNetwork, links: Sequence[int], *, node: int, cost: float, other: float, metric: Metric
) -> list[tuple[int, float, float]]:
    """Nodes passed on driving the links in order from a node, each with both figures; none where they do not join."""
    figures = (network.link_min, network.link_km) if metric == "min" else (network.link_km, network.link_min)
    passed = [(node, cost, other)]
    for link in links:
        here, cost, other = passed[-1]
        ends = int(network.link_from[link]), int(network.link_to[link])
        if here not in ends:
            return []
        onward = ends[1] if here == ends[0] else ends[0]
        passed.append((onward, cost + float(figures[0][link]), other + float(figures[1][link])))
    return passed


def _between(
    connected: Connected, way: _Way, spots: Ints, *, metric: Metric, closed: Collection[str], turned: bool
) -> tuple[Floats, Floats]:
    """Cost and other figure from the sites to the nodes of the way, or back if turned; shape (sites, nodes)."""
    arcs: Arcs = lay_arcs(connected.network, metric, closed, turned=turned)
    usable = open_gates(connected.gates, connected.network, closed, way="in" if turned else "out")
    costs, others = np.empty((len(spots), len(way.node))), np.empty((len(spots), len(way.node)))
    step = max(1, 1_500_000 // (2 * arcs.nodes))
    for first in range(0, len(spots), step):
        some = slice(first, first + step)
        tree: Tree = grow(
            arcs, connected.gates, spots=spots[some], usable=usable, metric=metric, limit=np.inf, near=None
        )
        costs[some], others[some] = tree.cost[:, way.node], tree.other[:, way.node]
    return costs, others
