"""The ways on the roads as they stand in some years: who reaches which site, by which route, from which source."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from h2plan import contracts, road_options
from h2plan.demand._fleet import Fleet
from h2plan.domain import Demand, DemandPoint, Flow, Site, Source
from h2plan.errors import InputError
from h2plan.framing import TripIn
from h2plan.geo import access, cache, riverside, roads, routes, travel
from h2plan.geo.roads import Metric
from h2plan.inputs import Inputs, Say, silent
from h2plan.network import closed_to, connect
from h2plan.project import Project
from h2plan.supplying import Chain, measure_chain


@dataclass(frozen=True, slots=True, kw_only=True)
class Delivery:
    """The nearest hydrogen source of a site, by road, and what a tube trailer costs from there."""

    source_id: str
    km: float
    cny_per_kg: float


@dataclass(frozen=True, kw_only=True)
class Measured:
    """What the roads of one or several years say."""

    network: roads.RoadNetwork
    reach: Mapping[tuple[str, str], tuple[float, float]]
    """(demand id, site id) in reach to (minutes, km): one way for points, the detour for flows."""
    trips: Mapping[str, TripIn]
    tolls: Mapping[tuple[str, str], float]
    traced: tuple[routes.Route, ...]
    nearest: Mapping[str, tuple[str, float]]
    """Demand out of reach to its nearest site and the minutes there."""
    delivery: Mapping[str, Delivery]
    chain: Chain | None
    """None where supply is no part of the model."""
    notes: tuple[str, ...]
    wider: Mapping[tuple[str, str], tuple[float, float]]
    """The same as `reach` while a station is lost; empty where that is not looked at."""


def measure(
    project: Project, inputs: Inputs, *, network: roads.RoadNetwork, sites: Sequence[Site], say: Say = silent
) -> Measured:
    """Measure every way between demand, sites and sources on one network.

    Raises:
        InputError: a place that no road reaches, or that lies on the wrong bank.
    """
    demand, fleet, sources = inputs.demand, inputs.fleet, inputs.sources
    gathered, headings = road_options.halved(project, inputs.gathered, network)
    centres = () if inputs.chain is None else inputs.chain.centres
    places = [*sites, *demand.points, *demand.terminals, *sources, *centres]
    connected = connect(project, network, inputs.speeds, places, headings=headings)
    beside = riverside.riverside(network, [*sites, *demand.points, *sources, *centres], where="places")
    if beside.faults:
        raise InputError(beside.faults)
    say("travel")
    closed = {name: closed_to(vehicle, inputs.rules, project.scenario.roads) for name, vehicle in fleet.classes.items()}
    site_ids = [site.id for site in sites]
    limits = project.scenario.limits
    reach = _points_reach(project, connected, demand.points, radius=limits.radius, closed=closed, site_ids=site_ids)
    say("routes")
    flow_reach, tolls, traced = _flows_reach(
        project, connected, demand.flows, detour_max_min=limits.detour_max_min, closed=closed, sites=sites
    )
    reach.update(flow_reach)
    bound = contracts.captive(demand.points, known=gathered.ids)
    measured = _contracted(connected, [p for p in bound if p.station_id in site_ids], closed=closed)
    reach = contracts.hold(reach, bound, measured=measured)
    reached = {demand_id for demand_id, _ in reach}
    lonely = [point for point in demand.points if point.id not in reached]
    return Measured(
        network=network,
        reach=reach,
        trips=_trips(connected, demand.flows, fleet=fleet, closed=closed, reach=flow_reach, traced=traced),
        tolls=tolls,
        traced=tuple(traced),
        nearest=_nearest(connected, lonely, closed=closed, sites=site_ids),
        delivery=_delivery(project, connected, site_ids, sources, closed),
        chain=_chain(project, inputs, connected, site_ids=site_ids, closed=closed),
        notes=beside.notes,
        wider=_wider(project, connected, demand, closed=closed, sites=sites),
    )


def _wider(
    project: Project,
    connected: access.Connected,
    demand: Demand,
    *,
    closed: Mapping[str, frozenset[str]],
    sites: Sequence[Site],
) -> dict[tuple[str, str], tuple[float, float]]:
    """Measure who reaches which site while a station is lost; contracts do not bind meanwhile."""
    lost, limits = project.scenario.resilience, project.scenario.limits
    if lost is None:
        return {}
    site_ids = [site.id for site in sites]
    found = _points_reach(project, connected, demand.points, radius=lost.radius, closed=closed, site_ids=site_ids)
    detour_max_min = lost.detour_max_min or limits.detour_max_min
    flows, _, _ = _flows_reach(
        project, connected, demand.flows, detour_max_min=detour_max_min, closed=closed, sites=sites
    )
    return {**found, **flows}


def _contracted(
    connected: access.Connected, bound: Sequence[DemandPoint], *, closed: Mapping[str, frozenset[str]]
) -> dict[tuple[str, str], tuple[float, float]]:
    """Measure the way from each captive point to its station, however long."""
    station = {point.id: point.station_id for point in bound}
    found: dict[tuple[str, str], tuple[float, float]] = {}
    for links, ids in _by_closed(bound, closed).items():
        targets = sorted({station[name] for name in ids})
        pairs = travel.measure(connected, ids, targets=targets, closed=links).by_ids()
        found.update({pair: figures for pair, figures in pairs.items() if station[pair[0]] == pair[1]})
    return found


def _by_closed(
    rows: Sequence[DemandPoint | Flow], closed: Mapping[str, frozenset[str]]
) -> dict[frozenset[str], list[str]]:
    """Group demand by the set of links closed to its vehicles: each group is measured once."""
    groups: dict[frozenset[str], list[str]] = defaultdict(list)
    for row in rows:
        groups[closed[row.vehicle_class]].append(row.id)
    return groups


def _points_reach(
    project: Project,
    connected: access.Connected,
    points: Sequence[DemandPoint],
    *,
    radius: tuple[Metric, float],
    closed: Mapping[str, frozenset[str]],
    site_ids: Sequence[str],
) -> dict[tuple[str, str], tuple[float, float]]:
    metric, limit = radius
    found: dict[tuple[str, str], tuple[float, float]] = {}
    for links, ids in _by_closed(points, closed).items():
        folder = project.root / cache.FOLDER
        pairs = cache.measure_cached(folder, connected, ids, targets=site_ids, limit=limit, metric=metric, closed=links)
        found.update(pairs.by_ids())
    return found


def _flows_reach(
    project: Project,
    connected: access.Connected,
    flows: Sequence[Flow],
    *,
    detour_max_min: float,
    closed: Mapping[str, frozenset[str]],
    sites: Sequence[Site],
) -> tuple[dict[tuple[str, str], tuple[float, float]], dict[tuple[str, str], float], list[routes.Route]]:
    by_id = {flow.id: flow for flow in flows}
    found: dict[tuple[str, str], tuple[float, float]] = {}
    tolls: dict[tuple[str, str], float] = {}
    traced: list[routes.Route] = []
    for links, ids in _by_closed(flows, closed).items():
        trips = [by_id[name] for name in ids]
        traced.extend(routes.trace(connected, trips, closed=links))
        stops = routes.detours(connected, trips, sites=[site.id for site in sites], limit=detour_max_min, closed=links)
        reached, paid = road_options.with_reentry(project, connected, stops, trips=trips, sites=sites, closed=links)
        found.update(reached)
        tolls.update(paid)
    return found, tolls, traced


def _trips(
    connected: access.Connected,
    flows: Sequence[Flow],
    *,
    fleet: Fleet,
    closed: Mapping[str, frozenset[str]],
    reach: Mapping[tuple[str, str], tuple[float, float]],
    traced: Sequence[routes.Route],
) -> dict[str, TripIn]:
    """Measure how far along each flow its sites lie: km from the origin, and km from there to the destination."""
    length = {route.trip_id: route.km for route in traced}
    by_id = {flow.id: flow for flow in flows}
    sites_of: dict[str, list[str]] = defaultdict(list)
    for flow_id, site_id in reach:
        sites_of[flow_id].append(site_id)
    found: dict[str, TripIn] = {}
    for links, ids in _by_closed(flows, closed).items():
        origins = sorted({by_id[name].origin for name in ids})
        sites = sorted({site for name in ids for site in sites_of[name]})
        way = travel.measure(connected, origins, targets=sites, limit=np.inf, closed=links).by_ids() if sites else {}
        for name in ids:
            before = {j: way[by_id[name].origin, j][1] for j in sites_of[name]}
            found[name] = TripIn(
                length_km=length[name],
                range_km=fleet.classes[by_id[name].vehicle_class].range_km or np.nan,
                from_start_km=before,
                to_end_km={j: max(0.0, length[name] + reach[name, j][1] - km) for j, km in before.items()},
            )
    return found


def _nearest(
    connected: access.Connected,
    points: Sequence[DemandPoint],
    *,
    closed: Mapping[str, frozenset[str]],
    sites: Sequence[str],
) -> dict[str, tuple[str, float]]:
    """Name the nearest site of each point that none reaches."""
    found: dict[str, tuple[str, float]] = {}
    for links, ids in _by_closed(points, closed).items():
        best = travel.nearest(connected, ids, targets=sites, closed=links, where="demand")
        found.update({i: (j, float(m)) for i, j, m in zip(best.origin_ids, best.target_ids, best.minutes, strict=True)})
    return found


def _chain(
    project: Project,
    inputs: Inputs,
    connected: access.Connected,
    *,
    site_ids: Sequence[str],
    closed: Mapping[str, frozenset[str]],
) -> Chain | None:
    if inputs.chain is None:
        return None
    return measure_chain(project, connected, inputs.chain, sources=inputs.sources, site_ids=site_ids, closed=closed)


def _delivery(
    project: Project,
    connected: access.Connected,
    site_ids: Sequence[str],
    sources: Sequence[Source],
    closed: Mapping[str, frozenset[str]],
) -> dict[str, Delivery]:
    """Find the nearest source of each site by road, open to the delivery trucks."""
    supply = project.scenario.supply
    if supply is None or not sources:
        return {}
    if supply.truck_class not in closed:
        raise InputError(f"'{supply.truck_class}' is no vehicle class", where="supply.truck_class")
    names = [source.id for source in sources]
    best = travel.nearest(
        connected, site_ids, targets=names, metric="km", closed=closed[supply.truck_class], way="from", where="supply"
    )
    return {
        site: Delivery(
            source_id=source,
            km=float(km),
            cny_per_kg=supply.delivery_base_cny_per_kg + supply.delivery_cny_per_kg_km * float(km),
        )
        for site, source, km in zip(best.origin_ids, best.target_ids, best.km, strict=True)
    }
