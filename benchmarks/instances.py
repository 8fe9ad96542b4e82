"""Instances: published files as they are distributed, and families generated from a seed."""

from __future__ import annotations

import gzip
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from scipy import sparse
from scipy.sparse.csgraph import dijkstra
from scipy.spatial import Delaunay, cKDTree

Floats = NDArray[np.float64]
Ints = NDArray[np.intp]


@dataclass(frozen=True, kw_only=True, eq=False)
class Median:
    """Demand rows by sites; cost is weight times distance, plus what opening costs."""

    km: Floats
    weight: Floats
    site_cost: Floats
    stations: int | None
    capacity: Floats | None = None
    demand: Floats | None = None
    published: float | None = None


@dataclass(frozen=True, kw_only=True, eq=False)
class Cover:
    """Points in the plane, a radius, and how many sites to open."""

    sites: Floats
    points: Floats
    weight: Floats
    radius: float
    stations: int


@dataclass(frozen=True, kw_only=True, eq=False)
class Flows:
    """Paths through nodes that are all sites: entry n is node `site[n]` of path `trip[n]`, so far from its origin."""

    trip: Ints
    site: Ints
    km: Floats
    length_km: Floats
    weight: Floats
    nodes: int
    range_km: float
    stations: int


def published_optima(folder: Path) -> dict[str, float]:
    """Read `name value` lines or `name,value,…` rows, whichever the folder has."""
    optima = {}
    for name in ("optima.txt", "optima.csv"):
        if (folder / name).exists():
            for line in (folder / name).read_text(encoding="utf-8").splitlines():
                parts = line.replace(",", " ").split()
                if len(parts) >= 2 and parts[1].replace(".", "").isdigit():
                    optima[parts[0]] = float(parts[1])
    return optima


def read_pmed(path: Path, published: float | None) -> Median:
    """Read an OR-Library p-median file: a graph, distances are shortest paths, the last length of a pair counts."""
    numbers = np.array(path.read_text(encoding="utf-8").split(), dtype=np.float64)
    n, edges, stations = (int(value) for value in numbers[:3])
    length = np.zeros((n, n))
    for i, j, km in numbers[3 : 3 + 3 * edges].reshape(-1, 3):
        length[int(i) - 1, int(j) - 1] = length[int(j) - 1, int(i) - 1] = km
    km = dijkstra(sparse.csr_array(length))
    return Median(km=km, weight=np.ones(n), site_cost=np.zeros(n), stations=stations, published=published)


def read_cap(path: Path, capacity: float | None, published: float | None) -> Median:
    """Read an OR-Library warehouse file (`capa.txt.gz`, capacity set by the study) or its small edition (`lib3_*`)."""
    raw = path.read_bytes()
    text = gzip.decompress(raw).decode() if path.suffix == ".gz" else raw.decode()
    numbers = np.array(text.split(), dtype=np.float64)
    sites, rows = int(numbers[0]), int(numbers[1])
    at_sites = numbers[2 : 2 + 2 * sites].reshape(sites, 2)
    rest = numbers[2 + 2 * sites :]
    if path.name.startswith("lib3"):
        demand, cost = rest[:rows], rest[rows : rows + rows * sites].reshape(sites, rows).T
    else:
        table = rest[: rows * (sites + 1)].reshape(rows, sites + 1)
        demand, cost = table[:, 0], table[:, 1:]
    given = at_sites[:, 0] if capacity is None else np.full(sites, capacity)
    free = capacity == np.inf
    return Median(
        km=cost, weight=np.ones(rows), site_cost=at_sites[:, 1], stations=None, demand=demand,
        capacity=None if free else given, published=published,
    )  # fmt: skip


def read_mclp(path: Path, radius: float, stations: int) -> Cover:
    """Read a point file of the large covering family; every point is a site too.

    The number of points comes first, then a row `id x y site_cost demand` a point.
    """
    rows = np.loadtxt(path, dtype=np.float64, skiprows=1, usecols=(1, 2, 4), ndmin=2)
    return Cover(sites=rows[:, :2], points=rows[:, :2], weight=rows[:, 2], radius=radius, stations=stations)


def plane_cover(sites: int, points: int, *, radius: float, stations: int, seed: int = 1) -> Cover:
    """Generate the family of J.-F. Cordeau, F. Furini, I. Ljubić (2019): uniform on [0, 30]², weights 1-100."""
    rng = np.random.default_rng(seed)
    places, people = rng.random((sites, 2)) * 30, rng.random((points, 2)) * 30
    weight = rng.integers(1, 101, points).astype(np.float64)
    return Cover(sites=places, points=people, weight=weight, radius=radius, stations=stations)


def plane_median(points: int, *, seed: int = 1) -> tuple[Floats, Floats]:
    """Generate points on a square of 1,000 and weights 1-100; every point is a site."""
    rng = np.random.default_rng(seed)
    return rng.random((points, 2)) * 1000, rng.integers(1, 101, points).astype(np.float64)


def delaunay_flows(nodes: int, paths: int, *, range_km: float, stations: int, seed: int = 1) -> Flows:
    """Generate gravity flows on a Delaunay network of 1,000 km × 1,000 km without its longest 8 % of links."""
    rng = np.random.default_rng(seed)
    xy = rng.random((nodes, 2)) * 1000
    corners = Delaunay(xy).simplices
    links = np.unique(np.sort(np.vstack([corners[:, [0, 1]], corners[:, [1, 2]], corners[:, [0, 2]]]), axis=1), axis=0)
    km = np.linalg.norm(xy[links[:, 0]] - xy[links[:, 1]], axis=1)
    kept = km <= np.quantile(km, 0.92)
    links, km = links[kept], km[kept] * rng.uniform(1, 1.2, int(kept.sum()))
    graph = sparse.csr_array((km, (links[:, 0], links[:, 1])), shape=(nodes, nodes))
    people = rng.pareto(1.0, nodes) + 1
    # Enough cities that their pairs give the paths, with some to spare.
    cities = np.argsort(-people)[: max(20, int(np.ceil(np.sqrt(2.6 * paths))))]
    distance, before = dijkstra(graph, directed=False, indices=cities, return_predecessors=True)
    return _heaviest_flows(
        cities, people=people, distance=distance, before=before, paths=paths,
        nodes=nodes, range_km=range_km, stations=stations,
    )  # fmt: skip


def _heaviest_flows(
    cities: Ints,
    *,
    people: Floats,
    distance: Floats,
    before: NDArray[np.int32],
    paths: int,
    nodes: int,
    range_km: float,
    stations: int,
) -> Flows:
    a, b = np.triu_indices(len(cities), k=1)
    far = distance[a, cities[b]]
    usable = np.isfinite(far) & (far > 50)
    a, b, far = a[usable], b[usable], far[usable]
    gravity = people[cities[a]] * people[cities[b]] / far
    best = np.argsort(-gravity)[:paths]
    trip, site, km = [], [], []
    for q, n in enumerate(best):
        node = int(cities[b[n]])
        while node >= 0:
            trip.append(q)
            site.append(node)
            km.append(distance[a[n], node])
            node = int(before[a[n], node])
    return Flows(
        trip=np.array(trip), site=np.array(site), km=np.array(km), length_km=far[best], weight=gravity[best],
        nodes=nodes, range_km=range_km, stations=stations,
    )  # fmt: skip


def near_points(xy: Floats, k: int) -> tuple[Ints, Floats]:
    """Return the k nearest points of each point, and how far they are."""
    km, at = cKDTree(xy).query(xy, k=k)
    return at, km
