"""Small road networks on a flat kilometre plane, for tests: a node's position is given in km east and north."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace

import networkx as nx
import numpy as np

from h2plan.domain import Place, Terminal
from h2plan.domain_roads import RoadLink, RoadNode
from h2plan.geo.access import Access, Connected, connect
from h2plan.geo.crs import LocalPlane
from h2plan.geo.roads import RoadNetwork, build_network

CENTRE = LocalPlane(114.3, 30.6)
SPEEDS = {"street": 60.0, "motorway": 120.0, "lane": 30.0, "off_road": 30.0}
"""On a street a km takes a minute, on a motorway half of one, off the road two."""
ACCESS = Access(detour_factor=1.0, off_road_km_per_h=30.0, entry_factor=1.0, entry_km_per_h=60.0)


@dataclass(frozen=True)
class Drive:
    """A trip."""

    id: str
    origin: str
    destination: str


def position(x_km: float, y_km: float) -> tuple[float, float]:
    lon, lat = CENTRE.to_lonlat(x_km * 1000, y_km * 1000)
    return float(lon), float(lat)


def node(name: str, x_km: float, y_km: float, *, kind: str = "junction", bank: str = "none") -> RoadNode:
    lon, lat = position(x_km, y_km)
    return RoadNode(id=name, kind=kind, lon=lon, lat=lat, bank=bank)  # type: ignore[arg-type]


def link(name: str, ends: str, length_km: float, *, road_class: str = "street", **more: object) -> RoadLink:
    """A link between two nodes written 'A-B'."""
    a, b = ends.split("-")
    fields: dict[str, object] = {"road_class": road_class, "length_km": length_km, **more}
    return RoadLink(id=name, from_node=a, to_node=b, **fields)  # type: ignore[arg-type]


def place(name: str, x_km: float, y_km: float, *, bank: str = "none", precision_m: float = 10) -> Place:
    lon, lat = position(x_km, y_km)
    return Place(id=name, name=f"place {name}", lon=lon, lat=lat, bank=bank, precision_m=precision_m)  # type: ignore[arg-type]


def gateway(name: str, x_km: float, y_km: float, entry_nodes: tuple[str, ...]) -> Terminal:
    lon, lat = position(x_km, y_km)
    return Terminal(
        id=name, name=f"city {name}", kind="gateway", lon=lon, lat=lat, precision_m=10, entry_nodes=entry_nodes
    )


def network(nodes: Iterable[RoadNode], links: Iterable[RoadLink], *, year: int | None = None) -> RoadNetwork:
    return build_network(list(nodes), list(links), speeds_km_per_h=SPEEDS, year=year)


def street(length_km: float = 10.0) -> RoadNetwork:
    """One street from A in the west to B in the east."""
    return network([node("A", 0, 0), node("B", length_km, 0)], [link("AB", "A-B", length_km)])


def two_banks() -> RoadNetwork:
    """A river from north to south at x = 5 km: the low bridge at y = 0, the high one 10 km north.

    The west bank is left. Both bridges are 2 km long, the streets along the river join them.
    """
    nodes = [
        node("L0", 4, 0, bank="left"),
        node("R0", 6, 0, bank="right"),
        node("L1", 4, 10, bank="left"),
        node("R1", 6, 10, bank="right"),
    ]
    links = [
        link("bridge-0", "L0-R0", 2, bridge="low bridge", river="yangtze"),
        link("bridge-1", "L1-R1", 2, bridge="high bridge", river="yangtze"),
        link("left-street", "L0-L1", 10),
        link("right-street", "R0-R1", 10),
    ]
    return network(nodes, links)


def random_one_way_network(seed: int, count: int = 14) -> RoadNetwork:
    """The random network with as many one-way links as leave every node reachable from every other."""
    rng = np.random.default_rng(seed + 7)
    plain = random_network(seed, count)
    links = [*plain.links]
    for n in rng.permutation(len(links)):
        turned = replace(links[n], oneway=True)
        if rng.random() < 0.5:
            turned = replace(turned, from_node=turned.to_node, to_node=turned.from_node)
        tried = [*links[:n], turned, *links[n + 1 :]]
        graph = nx.DiGraph([(one.from_node, one.to_node) for one in tried])
        graph.add_edges_from((one.to_node, one.from_node) for one in tried if not one.oneway)
        links = tried if nx.is_strongly_connected(graph) else links
    return network(plain.nodes, links)


def random_network(seed: int, count: int = 14) -> RoadNetwork:
    """A connected network of streets, motorways and lanes with parallel links, on 20 km x 20 km."""
    rng = np.random.default_rng(seed)
    xy = rng.uniform(0, 20, (count, 2))
    pairs = [(int(rng.integers(n)), n) for n in range(1, count)]
    more = rng.integers(0, count, (count, 2))
    pairs += [(int(a), int(b)) for a, b in more if a != b] + pairs[:3]
    links = []
    for k, (a, b) in enumerate(pairs):
        length_km = float(np.hypot(*(xy[a] - xy[b])) * rng.uniform(1.0, 1.6))
        road_class = ("street", "motorway", "lane")[int(rng.integers(3))]
        links.append(link(f"k{k:02}", f"n{a:02}-n{b:02}", length_km, road_class=road_class))
    return network([node(f"n{n:02}", x, y, kind="interchange") for n, (x, y) in enumerate(xy)], links)


def random_places(seed: int, count: int, prefix: str) -> list[Place]:
    rng = np.random.default_rng(seed + 1000)
    return [place(f"{prefix}{n:02}", float(x), float(y)) for n, (x, y) in enumerate(rng.uniform(0, 20, (count, 2)))]


def tied(roads: RoadNetwork, *places: Place, access: Access = ACCESS) -> Connected:
    return connect(roads, places, access=access)


Figures = Mapping[tuple[str, str], tuple[float, float]]
