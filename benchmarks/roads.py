"""CPU seconds and memory of finding every node within 10 km of many nodes, against networkx with the same cut-off.

The network is made: a triangulation of random points, 16 a km², of whose links six in ten stay, 5 to 35 % longer than
the straight line: 3.6 links end at a node, and some 2,300 nodes lie within 10 km.

    python -m benchmarks.roads            1,000 sources on 300,000 nodes
    python -m benchmarks.roads --growth   1,000 and 10,000 sources on 10,000 to 1,000,000 nodes; minutes
"""

from __future__ import annotations

import argparse
import multiprocessing
import resource
import sys
import time
from dataclasses import dataclass

import networkx as nx
import numpy as np
from numpy.typing import NDArray
from scipy.spatial import Delaunay

from h2plan.geo.paths import Arcs, arcs_of
from h2plan.geo.within import pairs_within

LIMIT_KM = 10.0
NODES_PER_KM2 = 16.0
KEPT_SHARE = 0.6
SPEEDS_KM_PER_H = np.array([30.0, 35.0, 55.0, 80.0])
GOAL_CPU_S, GOAL_MIB = 2.0, 400.0
NETWORKX_SOURCES = 100
"""networkx is timed on so many sources and its seconds scaled up: it does them one by one."""


@dataclass(frozen=True, kw_only=True, eq=False)
class Made:
    """A made network: positions in metres, links by node numbers, lengths in km."""

    x_m: NDArray[np.float64]
    y_m: NDArray[np.float64]
    tail: NDArray[np.intp]
    head: NDArray[np.intp]
    km: NDArray[np.float64]


@dataclass(frozen=True, kw_only=True)
class Measured:
    """What one run took."""

    sources: int
    nodes: int
    pairs: int
    cpu_s: float
    peak_mib: float
    networkx_cpu_s: float | None


def make(nodes: int, *, seed: int = 0) -> Made:
    """Make a connected-enough road network of so many nodes."""
    random = np.random.default_rng(seed)
    side_m = 1000 * np.sqrt(nodes / NODES_PER_KM2)
    x_m, y_m = random.uniform(0, side_m, nodes), random.uniform(0, side_m, nodes)
    corners = Delaunay(np.column_stack([x_m, y_m])).simplices.astype(np.int64)
    pair = np.sort(np.concatenate([corners[:, [0, 1]], corners[:, [1, 2]], corners[:, [0, 2]]]), axis=1)
    code = np.unique(pair[:, 0] * nodes + pair[:, 1])
    code = code[random.random(code.size) < KEPT_SHARE]
    tail, head = code // nodes, code % nodes
    km = np.hypot(x_m[tail] - x_m[head], y_m[tail] - y_m[head]) / 1000 * random.uniform(1.05, 1.35, code.size)
    return Made(x_m=x_m, y_m=y_m, tail=tail, head=head, km=km)


def lay(made: Made, *, seed: int = 0) -> Arcs:
    """Lay the made network out as h2plan does, each link in both directions."""
    speed = np.random.default_rng(seed).choice(SPEEDS_KM_PER_H, made.km.size)
    link = np.tile(np.arange(made.km.size), 2)
    return arcs_of(
        made.x_m.size,
        np.concatenate([made.tail, made.head]),
        head=np.concatenate([made.head, made.tail]),
        cost=np.tile(made.km, 2),
        other=np.tile(made.km / speed * 60, 2),
        link=link,
    )


def measure(sources: int, nodes: int, *, against_networkx: bool) -> Measured:
    """Time one question; the network is made before the clock starts, the peak is that of the whole process."""
    made = make(nodes)
    arcs = lay(made)
    chosen = np.random.default_rng(1).choice(nodes, sources, replace=False)
    start = time.process_time()
    pairs = pairs_within(arcs, chosen, limit=LIMIT_KM, x=made.x_m[chosen], y=made.y_m[chosen])
    cpu_s = time.process_time() - start
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / (1024**2 if sys.platform == "darwin" else 1024)
    slow = None
    if against_networkx:
        few = chosen[:NETWORKX_SOURCES]
        seconds, reached = _networkx(made, few)
        ours = np.bincount(pairs.source, minlength=sources)[: len(few)]
        assert ours.tolist() == reached, "networkx reaches other nodes"
        slow = seconds * sources / len(few)
    return Measured(
        sources=sources, nodes=nodes, pairs=len(pairs.cost), cpu_s=cpu_s, peak_mib=peak, networkx_cpu_s=slow
    )


def _networkx(made: Made, sources: NDArray[np.intp]) -> tuple[float, list[int]]:
    graph: nx.Graph[int] = nx.Graph()
    graph.add_nodes_from(range(made.x_m.size))
    graph.add_weighted_edges_from(zip(made.tail.tolist(), made.head.tolist(), made.km.tolist(), strict=True))
    start = time.process_time()
    found = [
        len(nx.single_source_dijkstra_path_length(graph, source, cutoff=LIMIT_KM + 1e-9)) for source in sources.tolist()
    ]
    return time.process_time() - start, found


def main(arguments: list[str] | None = None) -> None:
    """Print the table, one row a size; each size in a process of its own, so that peaks are its own."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--growth", action="store_true", help="10^3 and 10^4 sources, 10^4 to 10^6 nodes")
    sizes = [(1_000, 300_000)]
    if parser.parse_args(arguments).growth:
        sizes += [(many, nodes) for nodes in (10_000, 100_000, 1_000_000) for many in (1_000, 10_000)]
    print(f"nodes within {LIMIT_KM:g} km of each source; goal at 300,000: {GOAL_CPU_S:g} CPU s, {GOAL_MIB:g} MiB")
    print(f"{'sources':>9}{'nodes':>11}{'pairs':>13}{'CPU s':>9}{'peak MiB':>10}{'networkx CPU s':>16}{'ratio':>7}")
    context = multiprocessing.get_context("spawn")
    for sources, nodes in sizes:
        with context.Pool(1) as pool:
            run = pool.apply(measure, (sources, nodes), {"against_networkx": True})
        assert run.networkx_cpu_s is not None
        print(
            f"{run.sources:9,}{run.nodes:11,}{run.pairs:13,}{run.cpu_s:9.2f}{run.peak_mib:10.0f}"
            f"{run.networkx_cpu_s:16.1f}{run.networkx_cpu_s / run.cpu_s:7.1f}"
        )


if __name__ == "__main__":
    main()
