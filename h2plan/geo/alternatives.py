"""Routes besides the best one: the k best loopless ways of a trip."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from dataclasses import dataclass
from itertools import pairwise
from typing import Any, Literal

import numpy as np

from h2plan.geo.access import Connected
from h2plan.geo.paths import gate_figures, open_gates
from h2plan.geo.roads import Metric
from h2plan.geo.routes import Route, Trip, trace

MOST = 50


def alternatives(
    connected: Connected,
    trip: Trip,
    *,
    count: int,
    metric: Metric = "min",
    longest: float = 1.5,
    most_shared: float = 0.8,
    closed: Collection[str] = frozenset(),
    where: str = "flows",
) -> tuple[Route, ...]:
    """Up to `count` routes of a trip, the best first, each a way that a driver would call another one.

    Loopless ways are taken in rising order of `metric` (Yen 1971) while they are at most `longest` times the best
    one; a way is kept if it shares at most `most_shared` of its own figure with every way kept before. The search ends
    after 50 ways for each route asked for. Raises InputError when no open road leads from end to end.
    """
    (best,) = trace(connected, [trip], metric=metric, closed=closed, where=where)
    kept = [best]
    if count < 2 or not best.links:
        return tuple(kept)
    graph = _Graph.of(connected, trip, metric, closed)
    limit = longest * (best.minutes if metric == "min" else best.km)
    for number, way in enumerate(graph.ways()):
        if len(kept) == count or number >= MOST * count:
            break
        route, cost = graph.route(way, trip.id)
        if cost > limit * (1 + 1e-9):
            break
        known = {other.links for other in kept}
        if route.links not in known and all(_shared(graph, route, other) <= most_shared for other in kept):
            kept.append(route)
    return tuple(kept)


@dataclass(frozen=True, kw_only=True, eq=False)
class _Graph:
    """The open links as a networkx graph between the two ends of one trip; the ends are nodes -1 and -2."""

    connected: Connected
    graph: Any
    figure: dict[str, float]
    metric: Metric

    @staticmethod
    def of(connected: Connected, trip: Trip, metric: Metric, closed: Collection[str]) -> _Graph:
        import networkx as nx

        origin, end = (int(spot) for spot in connected.spots([trip.origin, trip.destination]))
        # Whoever drives over the whole of the link at which the trip begins or ends comes by its end a second time.
        own = {connected.network.links[n].id for n in connected.link[[origin, end]] if n >= 0}
        network = connected.network
        figures = (network.link_min, network.link_km) if metric == "min" else (network.link_km, network.link_min)
        graph: nx.DiGraph[Any] = nx.DiGraph()
        for n in np.flatnonzero(network.open_links({*closed, *own})):
            ends = int(network.link_from[n]), int(network.link_to[n])
            for tail, head in (ends,) if network.oneway[n] else (ends, ends[::-1]):
                # Of parallel links each is a way of its own: a node in its middle keeps it apart.
                middle = (int(n), tail)
                graph.add_edge(tail, middle, cost=float(figures[0][n]), other=float(figures[1][n]), link=int(n))
                graph.add_edge(middle, head, cost=0.0, other=0.0, link=-1)
        _tie(graph, connected, origin, node=-1, metric=metric, closed=closed)
        _tie(graph, connected, end, node=-2, metric=metric, closed=closed)
        named = {link.id: float(figure) for link, figure in zip(network.links, figures[0], strict=True)}
        return _Graph(connected=connected, graph=graph, figure=named, metric=metric)

    def ways(self) -> Iterator[list[Any]]:
        """Loopless ways in rising order of cost."""
        import networkx as nx

        if not (self.graph.has_node(-1) and self.graph.has_node(-2)):
            return
        found: Iterator[list[Any]] = nx.shortest_simple_paths(self.graph, -1, -2, weight="cost")
        try:
            yield from found
        except nx.NetworkXNoPath:
            return

    def route(self, way: list[Any], trip_id: str) -> tuple[Route, float]:
        """The route along a way, and its cost."""
        steps = [self.graph[a][b] for a, b in pairwise(way)]
        cost, other = sum(step["cost"] for step in steps), sum(step["other"] for step in steps)
        minutes, km = (cost, other) if self.metric == "min" else (other, cost)
        links = tuple(self.connected.network.links[step["link"]].id for step in steps if step["link"] >= 0)
        return Route(trip_id=trip_id, links=links, minutes=minutes, km=km), cost


def _tie(graph: Any, connected: Connected, spot: int, *, node: int, metric: Metric, closed: Collection[str]) -> None:
    """Join a spot to the road nodes through its gates: from it if it is the origin (-1), else to it."""
    gates = connected.gates
    way: Literal["out", "in"] = "out" if node == -1 else "in"
    usable = open_gates(gates, connected.network, closed, way=way)
    costs, others = gate_figures(gates, metric)
    for gate in range(gates.start[spot], gates.start[spot + 1]):
        if usable[gate]:
            ends = (node, int(gates.node[gate])) if node == -1 else (int(gates.node[gate]), node)
            link = int(gates.link[gate])
            graph.add_edge(*ends, cost=float(costs[gate]), other=float(others[gate]), link=link)


def _shared(graph: _Graph, route: Route, other: Route) -> float:
    """Share of a route's links, by minutes or km, that the other one uses too."""
    whole = sum(graph.figure[name] for name in route.links)
    common = sum(graph.figure[name] for name in set(route.links) & set(other.links))
    return common / whole if whole else 1.0
