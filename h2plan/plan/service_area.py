"""Service areas over the roads: how long one drives from the middle of each link to its nearest station."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence

import numpy as np
from scipy.sparse import csr_array
from scipy.sparse.csgraph import dijkstra

from h2plan.geo.access import Connected
from h2plan.geo.paths import Arcs, gate_figures, lay_arcs, open_gates
from h2plan.geo.roads import Floats, Ints, RoadNetwork
from h2plan.network import closed_to, connect, read_roads
from h2plan.plan.results import Plan, Reached
from h2plan.prepare import Prepared


def service_areas(prepared: Prepared, plan: Plan) -> Mapping[int, Reached]:
    """Return the service areas of every year of a plan, for the class of vehicles that wants most hydrogen.

    A service area on one carriageway counts for both here.
    """
    kg: Counter[str] = Counter()
    for row in plan.demand:
        kg[row.vehicle_class] += row.kg_per_d.base  # type: ignore[assignment]  # a Counter adds up floats as well
    years = [year for year in (plan.at(period) for period in plan.periods) if year.stations]
    if not kg or not years:
        return {}
    vehicle_class = min(kg, key=lambda name: (-kg[name], name))
    chosen = {station.site_id for year in years for station in year.stations}
    sites = [site for site in prepared.gathered.sites if site.id in chosen]
    network = prepared.network
    _, _, speeds = read_roads(prepared.project, year=plan.period)
    connected = connect(prepared.project, network, speeds, sites)
    vehicle = prepared.fleet.classes.get(vehicle_class)
    closed = (
        frozenset[str]() if vehicle is None else closed_to(vehicle, prepared.rules, prepared.project.scenario.roads)
    )
    arcs = lay_arcs(network, "min", closed, turned=True)
    usable = open_gates(connected.gates, network, closed, way="in")
    return {
        year.period: Reached(
            vehicle_class=vehicle_class,
            links=_links(network, *_nearest(connected, arcs, [s.site_id for s in year.stations], usable=usable)),
        )
        for year in years
    }


def _nearest(
    connected: Connected, arcs: Arcs, ids: Sequence[str], *, usable: np.ndarray
) -> tuple[list[str], Ints, Floats]:
    """Station ids, and for each node of the network the place of its nearest one and the minutes to it."""
    ids = sorted(ids)
    spots = connected.spots(ids)
    gates = connected.gates
    owner = np.repeat(np.arange(len(ids)), gates.start[spots + 1] - gates.start[spots])
    rows = np.concatenate([np.arange(gates.start[spot], gates.start[spot + 1]) for spot in spots])
    owner, rows = owner[usable[rows]], rows[usable[rows]]
    size = arcs.nodes + len(ids)
    start = np.concatenate([arcs.start, arcs.start[-1] + np.searchsorted(owner, np.arange(1, len(ids) + 1))])
    cost = np.concatenate([arcs.cost, gate_figures(gates, "min")[0][rows]])
    graph = csr_array((cost, np.concatenate([arcs.head, gates.node[rows]]), start), shape=(size, size))
    roots = np.arange(arcs.nodes, size)
    minutes, _, root = dijkstra(graph, indices=roots, min_only=True, return_predecessors=True)
    return ids, root[: arcs.nodes] - arcs.nodes, minutes[: arcs.nodes]


def _links(network: RoadNetwork, ids: Sequence[str], which: Ints, minutes: Floats) -> dict[str, tuple[str, float]]:
    """Nearest station and minutes of the middle of each link, by way of the end that is nearer."""
    ends = np.stack([network.link_from, network.link_to])
    at = minutes[ends]
    near = ends[at.argmin(axis=0), np.arange(ends.shape[1])]
    middle = at.min(axis=0) + network.link_min / 2
    return {
        link.id: (ids[which[node]], float(value))
        for link, node, value in zip(network.links, near, middle, strict=True)
        if np.isfinite(value)
    }
