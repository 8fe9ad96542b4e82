"""Every figure equals that of networkx on the same network with its links split at the places."""

from __future__ import annotations

import itertools
from collections import defaultdict

import networkx as nx
import numpy as np
import pytest

from h2plan.geo import blocks as blocks_of_work
from h2plan.geo.access import Connected, connect
from h2plan.geo.crs import geodesic_km
from h2plan.geo.routes import Route, trace
from h2plan.geo.travel import measure
from tests.geo.worlds import ACCESS, Drive, Figures, gateway, random_network, random_places


def split_graph(roads: Connected, closed: frozenset[str]) -> nx.MultiGraph[object]:
    """Open links cut where places join them, and a leg from each place to its cut or node."""
    net = roads.network
    graph: nx.MultiGraph[object] = nx.MultiGraph()
    cuts = defaultdict(list)
    for name, spot in roads.spot_of.items():
        if roads.link[spot] >= 0:
            cuts[int(roads.link[spot])].append((float(roads.share[spot]), ("cut", spot)))
            graph.add_edge(name, ("cut", spot), minutes=roads.leg_min[spot], km=roads.leg_km[spot])
        else:
            for gate in range(roads.gates.start[spot], roads.gates.start[spot + 1]):
                end = net.nodes[roads.gates.node[gate]].id
                graph.add_edge(name, end, minutes=roads.gates.minutes[gate], km=roads.gates.km[gate])
    for k, link in enumerate(net.links):
        if link.id in closed:
            continue
        stops = [(0.0, link.from_node), *sorted(set(cuts[k])), (1.0, link.to_node)]
        for (a, left), (b, right) in itertools.pairwise(stops):
            part = b - a
            graph.add_edge(left, right, minutes=part * net.link_min[k], km=part * link.length_km, link=link.id)
    return graph


def expected(roads: Connected, origins: list[str], targets: list[str], closed: frozenset[str], metric: str) -> Figures:
    """Shortest paths of networkx, or the straight way between neighbours where that is better."""
    graph = split_graph(roads, closed)
    weight = "minutes" if metric == "min" else "km"
    places = set(roads.spot_of)
    figures = {}
    for origin in origins:
        for target in targets:
            kept = graph.subgraph(set(graph) - (places - {origin, target}))
            options = [straight(roads, origin, target)]
            if nx.has_path(kept, origin, target):
                path = nx.dijkstra_path(kept, origin, target, weight=weight)
                steps = [min(kept[a][b].values(), key=lambda e: e[weight]) for a, b in itertools.pairwise(path)]
                options.append((sum(e["minutes"] for e in steps), sum(e["km"] for e in steps)))
            best = min(options, key=lambda figure: figure[0 if metric == "min" else 1])
            if np.isfinite(best[0]):
                figures[origin, target] = best
    return figures


def straight(roads: Connected, origin: str, target: str) -> tuple[float, float]:
    a, b = roads.spot_of[origin], roads.spot_of[target]
    km = float(geodesic_km(roads.lon[a], roads.lat[a], roads.lon[b], roads.lat[b])) * ACCESS.detour_factor
    near = km <= roads.leg_km[a] + roads.leg_km[b]
    return (km / ACCESS.off_road_km_per_h * 60, km) if near else (np.inf, np.inf)


def world(seed: int) -> tuple[Connected, list[str], list[str], frozenset[str]]:
    homes, sites = random_places(seed, 8, "h"), random_places(seed + 100, 5, "s")
    net = random_network(seed)
    city = gateway("far", -40, 10, ("n00", "n03", "n07"))
    roads = connect(net, [*homes, *sites, city], access=ACCESS, on_road={one.id for one in [*homes, *sites]})
    closed = frozenset(link.id for link in net.links[:: 4 + seed % 3]) if seed % 2 else frozenset()
    return roads, [*(one.id for one in homes), "far"], [one.id for one in sites], closed


@pytest.mark.parametrize("metric", ["min", "km"])
@pytest.mark.parametrize("seed", range(12))
def test_minutes_and_km_are_those_of_networkx(seed: int, metric: str) -> None:
    roads, homes, sites, closed = world(seed)
    for origins, targets in ((homes, sites), (sites, homes)):
        found = measure(roads, origins, targets=targets, metric=metric, closed=closed).by_ids()  # type: ignore[arg-type]
        wanted = expected(roads, origins, targets, closed, metric)
        assert found.keys() == wanted.keys()
        for pair, figures in wanted.items():
            assert found[pair] == pytest.approx(figures, rel=1e-9, abs=1e-9)


def gates_of(roads: Connected, name: str) -> dict[str, tuple[float, float]]:
    """Minutes and km from a place to each road node through which it enters."""
    spot, gates = roads.spot_of[name], roads.gates
    rows = range(gates.start[spot], gates.start[spot + 1])
    return {roads.network.nodes[gates.node[n]].id: (gates.minutes[n], gates.km[n]) for n in rows}


def driven(roads: Connected, drive: Drive, route: Route) -> list[tuple[float, float]]:
    """Minutes and km of driving the links of a route one after the other, for each gate that allows it."""
    net, whole = roads.network, list(route.links)
    if roads.link[roads.spot_of[drive.origin]] >= 0:
        assert whole.pop(0) == net.links[roads.link[roads.spot_of[drive.origin]]].id
    if roads.link[roads.spot_of[drive.destination]] >= 0:
        assert whole.pop() == net.links[roads.link[roads.spot_of[drive.destination]]].id
    found = []
    ends = gates_of(roads, drive.destination)
    for start, leg in gates_of(roads, drive.origin).items():
        here, (minutes, km) = start, leg
        for k in (net.link_index[name] for name in whole):
            onward = {net.links[k].from_node: net.links[k].to_node, net.links[k].to_node: net.links[k].from_node}
            here = onward.get(here, "nowhere")
            minutes, km = minutes + net.link_min[k], km + net.link_km[k]
        if here in ends:
            found.append((minutes + ends[here][0], km + ends[here][1]))
    return found


@pytest.mark.parametrize("seed", range(12))
def test_the_links_of_a_route_are_as_long_as_the_route(seed: int) -> None:
    roads, homes, sites, _ = world(seed)
    drives = [Drive(f"{o}-{d}", o, d) for o in homes for d in sites]
    figures = measure(roads, homes, targets=sites).by_ids()
    for drive, route in zip(drives, trace(roads, drives), strict=True):
        assert (route.minutes, route.km) == pytest.approx(figures[drive.origin, drive.destination])
        link = roads.link[roads.spot_of[drive.origin]]
        on_one_link = link >= 0 and link == roads.link[roads.spot_of[drive.destination]]
        if route.links and not on_one_link:
            assert (route.minutes, route.km) in [pytest.approx(one, rel=1e-9) for one in driven(roads, drive, route)]


def test_working_in_many_small_blocks_changes_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    roads, homes, sites, closed = world(3)
    whole = measure(roads, homes, targets=sites, closed=closed, limit=40).by_ids()
    monkeypatch.setattr(blocks_of_work, "CELLS", 1)
    assert measure(roads, homes, targets=sites, closed=closed, limit=40).by_ids() == whole
