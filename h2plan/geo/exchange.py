"""Road networks as networkx graphs and back: networkx is the form in which networks are exchanged."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import TYPE_CHECKING, Any

import numpy as np

from h2plan.domain_roads import RoadLink, RoadNode
from h2plan.errors import Fault, InputError
from h2plan.geo.roads import RoadNetwork, build_network

if TYPE_CHECKING:
    import networkx as nx

NODE_FIELDS = ("name", "name_en", "kind", "lon", "lat", "bank")
LINK_FIELDS = (
    "road",
    "road_class",
    "length_km",
    "speed_km_per_h",
    "oneway",
    "bridge",
    "tunnel",
    "toll",
    "river",
    "opened_yr",
    "along_link",
    "via",
)


def to_networkx(
    network: RoadNetwork, closed: Collection[str] = frozenset()
) -> nx.MultiGraph[str] | nx.MultiDiGraph[str]:
    """The open links as a multigraph: keys are link ids, edges carry `minutes`, `km` and every field of the link.

    A network with one-way links becomes a directed graph, in which a two-way link is a pair of edges with one key.
    """
    import networkx as nx

    graph: Any = nx.MultiDiGraph() if network.is_directed else nx.MultiGraph()
    for node in network.nodes:
        graph.add_node(node.id, **{field: getattr(node, field) for field in NODE_FIELDS})
    for n in np.flatnonzero(network.open_links(closed)):
        link = network.links[n]
        figures: dict[str, Any] = {"minutes": float(network.link_min[n]), "km": link.length_km}
        figures["from_node"] = link.from_node  # an undirected graph forgets which end came first
        figures |= {field: getattr(link, field) for field in LINK_FIELDS}
        graph.add_edge(link.from_node, link.to_node, key=link.id, **figures)
        if network.is_directed and not link.oneway:
            graph.add_edge(link.to_node, link.from_node, key=link.id, **figures, against=True)
    return graph  # type: ignore[no-any-return]


def from_networkx(
    graph: nx.Graph[Any], *, speeds_km_per_h: Mapping[str, float], where: str = "graph", year: int | None = None
) -> RoadNetwork:
    """A network from a graph whose nodes carry `lon` and `lat`, and its edges `length_km` and `road_class`.

    Every edge of a directed graph is a one-way link, unless its `oneway` is false; an edge marked `against` is the way
    back over a two-way link and is left out. Edges of an undirected graph are two-way unless their `oneway` is true,
    and then run from `from_node`. Raises InputError with every node and edge that lacks a figure.
    """
    faults = [*_lacking(graph.nodes(data=True), ("lon", "lat"), "node", where)]
    faults += _lacking(((_label(a, b), data) for a, b, data in graph.edges(data=True)), _NEEDED, "edge", where)
    if faults:
        raise InputError(faults)
    nodes = [
        RoadNode(id=str(name), **{"kind": "junction", **_chosen(data, NODE_FIELDS)})
        for name, data in graph.nodes(data=True)
    ]
    links = _links(graph)
    return build_network(nodes, links, speeds_km_per_h=speeds_km_per_h, where=where, year=year)


_NEEDED = ("length_km", "road_class")


def _label(a: object, b: object) -> str:
    return f"{a} - {b}"


def _lacking(rows: Any, needed: Collection[str], what: str, where: str) -> list[Fault]:
    return [
        Fault(where=where, column=field, value=str(name), message=f"{what} {name} has no {field}")
        for name, data in rows
        for field in needed
        if data.get(field) is None
    ]


def _chosen(data: Mapping[str, Any], fields: Collection[str]) -> dict[str, Any]:
    return {field: data[field] for field in fields if field in data}


def _links(graph: nx.Graph[Any]) -> list[RoadLink]:
    many: Any = graph
    edges = many.edges(keys=True, data=True) if graph.is_multigraph() else _numbered(graph)
    taken: dict[str, RoadLink] = {}
    for tail, head, key, data in edges:
        if data.get("against"):
            continue
        a, b = (head, tail) if data.get("from_node") == str(head) else (tail, head)
        name = key if isinstance(key, str) else f"{a}-{b}-{key}"
        fields = {**_chosen(data, LINK_FIELDS), "oneway": bool(data.get("oneway", graph.is_directed()))}
        taken.setdefault(name, RoadLink(id=name, from_node=str(a), to_node=str(b), **fields))
    return [*taken.values()]


def _numbered(graph: nx.Graph[Any]) -> Any:
    return ((a, b, 0, data) for a, b, data in graph.edges(data=True))
