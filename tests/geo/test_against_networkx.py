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
from h2plan.geo.routes import Route, detours, trace
from h2plan.geo.travel import measure
from tests.geo.worlds import ACCESS, Drive, Figures, gateway, random_network, random_one_way_network, random_places


def join(graph: nx.MultiDiGraph[object], a: object, b: object, *, oneway: bool = False, **figures: object) -> None:
    graph.add_edge(a, b, **figures)
    if not oneway:
        graph.add_edge(b, a, **figures)


def split_graph(roads: Connected, closed: frozenset[str]) -> nx.MultiDiGraph[object]:
    """Open links cut where places join them, and a leg from each place to its cut or node and back."""
    net = roads.network
    graph: nx.MultiDiGraph[object] = nx.MultiDiGraph()
    cuts = defaultdict(list)
    for name, spot in roads.spot_of.items():
        if roads.link[spot] >= 0:
            cuts[int(roads.link[spot])].append((float(roads.share[spot]), ("cut", spot)))
            join(graph, name, ("cut", spot), minutes=roads.leg_min[spot], km=roads.leg_km[spot])
        else:
            for gate in range(roads.gates.start[spot], roads.gates.start[spot + 1]):
                end = net.nodes[roads.gates.node[gate]].id
                join(graph, name, end, minutes=roads.gates.minutes[gate], km=roads.gates.km[gate])
    for k, link in enumerate(net.links):
        if link.id in closed:
            continue
        stops = [(0.0, link.from_node), *sorted(set(cuts[k])), (1.0, link.to_node)]
        for (a, left), (b, right) in itertools.pairwise(stops):
            figures = {"minutes": (b - a) * net.link_min[k], "km": (b - a) * link.length_km}
            join(graph, left, right, oneway=link.oneway, link=link.id, **figures)
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


def world(seed: int, *, one_way: bool = False) -> tuple[Connected, list[str], list[str], frozenset[str]]:
    homes, sites = random_places(seed, 8, "h"), random_places(seed + 100, 5, "s")
    net = random_one_way_network(seed) if one_way else random_network(seed)
    city = gateway("far", -40, 10, ("n00", "n03", "n07"))
    roads = connect(net, [*homes, *sites, city], access=ACCESS, on_road={one.id for one in [*homes, *sites]})
    closed = frozenset(link.id for link in net.links[:: 4 + seed % 3]) if seed % 2 else frozenset()
    return roads, [*(one.id for one in homes), "far"], [one.id for one in sites], closed


@pytest.mark.parametrize("metric", ["min", "km"])
@pytest.mark.parametrize("one_way", [False, True])
@pytest.mark.parametrize("seed", range(12))
def test_minutes_and_km_are_those_of_networkx(seed: int, one_way: bool, metric: str) -> None:
    roads, homes, sites, closed = world(seed, one_way=one_way)
    assert roads.is_directed == one_way
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


@pytest.mark.parametrize("metric", ["min", "km"])
@pytest.mark.parametrize("one_way", [False, True])
@pytest.mark.parametrize("seed", range(6))
def test_a_limit_keeps_the_pairs_within_it_and_changes_no_figure(seed: int, one_way: bool, metric: str) -> None:
    roads, homes, sites, closed = world(seed, one_way=one_way)
    for origins, targets in ((homes, sites), (sites, homes)):
        whole = measure(roads, origins, targets=targets, metric=metric, closed=closed).by_ids()  # type: ignore[arg-type]
        for limit in (0, 3, 9, 25):
            near = measure(roads, origins, targets=targets, metric=metric, closed=closed, limit=limit)  # type: ignore[arg-type]
            figure = 0 if metric == "min" else 1
            assert near.by_ids() == pytest.approx({k: pytest.approx(v) for k, v in whole.items() if v[figure] <= limit})


@pytest.mark.parametrize("one_way", [False, True])
@pytest.mark.parametrize("seed", range(3))
def test_a_detour_is_there_and_on_less_the_direct_way(seed: int, one_way: bool) -> None:
    roads, homes, sites, closed = world(seed, one_way=one_way)
    pairs = expected(roads, [*homes, *sites], [*homes, *sites], closed, "min")
    drives = [Drive(f"{o}-{d}", o, d) for o in homes for d in homes if (o, d) in pairs]
    found = detours(roads, drives, sites=sites, limit=30, closed=closed)
    rows = {
        (found.trip_ids[t], found.site_ids[s]): m for t, s, m in zip(found.trip, found.site, found.minutes, strict=True)
    }
    wanted = {}
    for drive in drives:
        for site in sites:
            legs = [(drive.origin, site), (site, drive.destination), (drive.origin, drive.destination)]
            if all(leg in pairs for leg in legs):
                there, on, direct = (pairs[leg][0] for leg in legs)
                wanted[drive.id, site] = max(0.0, there + on - direct)
    wanted = {pair: minutes for pair, minutes in wanted.items() if minutes <= 30}
    assert rows.keys() == wanted.keys()
    assert [rows[pair] for pair in wanted] == pytest.approx([*wanted.values()], abs=1e-6)


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
