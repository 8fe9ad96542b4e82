"""Service areas over the roads: how long one drives from the middle of each link to its nearest station."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence

import numpy as np
from scipy.sparse import csr_array
from scipy.sparse.csgraph import dijkstra

from h2plan.demand._fleet import read_fleet
from h2plan.geo.access import Connected
from h2plan.geo.paths import gate_figures, lay_arcs, open_gates
from h2plan.geo.roads import Floats, Ints
from h2plan.network import closed_to, connect, read_roads
from h2plan.plan.results import Plan, Reached
from h2plan.project import Project
from h2plan.road_options import halved
from h2plan.sites._gather import gather


def service_areas(project: Project, plan: Plan) -> Mapping[int, Reached]:
    """Return the service areas of every year of a plan, for the class of vehicles that wants most hydrogen.

    Raises:
        InputError: a table of the roads, sites or vehicles cannot be read.
    """
    kg: dict[str, float] = defaultdict(float)
    for row in plan.demand:
        kg[row.vehicle_class] += row.kg_per_d.base
    years = [year for year in (plan.at(period) for period in plan.periods) if year.stations]
    if not kg or not years:
        return {}
    vehicle_class = min(kg, key=lambda name: (-kg[name], name))
    network, rules, speeds = read_roads(project, year=plan.period)
    gathered, headings = halved(project, gather(project), network)
    chosen = {station.site_id for year in years for station in year.stations}
    sites = [site for site in gathered.sites if site.id in chosen]
    headings = {site: heading for site, heading in headings.items() if site in chosen}
    connected = connect(project, network, speeds, sites, headings=headings)
    vehicle = read_fleet(project).classes.get(vehicle_class)
    closed = frozenset[str]() if vehicle is None else closed_to(vehicle, rules, project.scenario.roads)
    return {
        year.period: Reached(
            vehicle_class=vehicle_class,
            links=minutes_by_link(connected, [station.site_id for station in year.stations], closed=closed),
        )
        for year in years
    }


def minutes_by_link(
    connected: Connected, ids: Sequence[str], *, closed: Collection[str] = frozenset()
) -> dict[str, tuple[str, float]]:
    """Return the station nearest to the middle of each link and the minutes there, over the links that are open.

    One leaves a link by the end that is nearer to the station, a one-way link by its end; a station on the link itself
    is driven to along it.
    """
    network = connected.network
    ids = sorted(ids)
    which, minutes = _nearest(connected, ids, closed=closed)
    ends = np.stack([network.link_from, network.link_to])
    at = minutes[ends]
    at[0, network.oneway] = np.inf
    site = which[ends[at.argmin(axis=0), np.arange(ends.shape[1])]]
    middle = at.min(axis=0) + network.link_min / 2
    for place, spot in enumerate(connected.spots(ids)):
        link = connected.link[spot]
        ahead = connected.share[spot] - 0.5
        if link >= 0 and (ahead >= 0 or not network.oneway[link]):
            straight = connected.leg_min[spot] + abs(ahead) * network.link_min[link]
            if straight < middle[link]:
                middle[link], site[link] = straight, place
    usable = network.open_links(closed) & np.isfinite(middle)
    return {network.links[n].id: (ids[site[n]], float(middle[n])) for n in np.flatnonzero(usable)}


def _nearest(connected: Connected, ids: Sequence[str], *, closed: Collection[str]) -> tuple[Ints, Floats]:
    """For each node of the network the place of its nearest station among the ids, and the minutes to it."""
    network, gates, spots = connected.network, connected.gates, connected.spots(ids)
    arcs = lay_arcs(network, "min", closed, turned=True)
    usable = open_gates(gates, network, closed, way="in")
    owner = np.repeat(np.arange(len(ids)), gates.start[spots + 1] - gates.start[spots])
    rows = np.concatenate([np.arange(gates.start[spot], gates.start[spot + 1]) for spot in spots])
    owner, rows = owner[usable[rows]], rows[usable[rows]]
    size = arcs.nodes + len(ids)
    start = np.concatenate([arcs.start, arcs.start[-1] + np.searchsorted(owner, np.arange(1, len(ids) + 1))])
    cost = np.concatenate([arcs.cost, gate_figures(gates, "min")[0][rows]])
    graph = csr_array((cost, np.concatenate([arcs.head, gates.node[rows]]), start), shape=(size, size))
    roots = np.arange(arcs.nodes, size)
    minutes, _, root = dijkstra(graph, indices=roots, min_only=True, return_predecessors=True)
    return root[: arcs.nodes] - arcs.nodes, minutes[: arcs.nodes]
