"""From a scenario to a problem: read, screen, measure the roads, frame. No solver is needed for any of it."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np

from h2plan import contracts, road_options
from h2plan.costs import annual_station_cost_cny
from h2plan.demand._fleet import Fleet
from h2plan.domain import Demand, DemandPoint, Flow, Site, Source, StationSize, Verdict
from h2plan.domain_roads import TruckRule
from h2plan.errors import InputError
from h2plan.framing import DemandRowIn, Reach, TripIn, frame
from h2plan.geo import access, cache, fit, riverside, roads, routes, travel
from h2plan.geo.crs import geodesic_km
from h2plan.inputs import Say, read_inputs, silent
from h2plan.network import closed_to, connect
from h2plan.problem import Floats, Limits, Problem
from h2plan.project import Project
from h2plan.screen import Screening
from h2plan.screen.run import notes_of, screen_places
from h2plan.sites import _gather as sites_gather

MEASURED_SITES = 2_000
"""The distances between more sites than this are measured only where a limit asks for them."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Delivery:
    """The nearest hydrogen source of a site, by road, and what a tube trailer costs from there."""

    source_id: str
    km: float
    cny_per_kg: float


@dataclass(frozen=True, kw_only=True)
class Prepared:
    """Everything between the input files and the model."""

    project: Project
    period: int
    gathered: sites_gather.Gathered
    screening: Screening
    demand: Demand
    fleet: Fleet
    sizes: tuple[StationSize, ...]
    size_cost_cny_per_yr: Mapping[str, float]
    network: roads.RoadNetwork
    rules: tuple[TruckRule, ...]
    travel: Mapping[tuple[str, str], tuple[float, float]]
    """(demand id, site id) in reach to (minutes, km): one way for points, the detour for flows."""
    routes: Mapping[str, tuple[str, ...]]
    """Flow id to the links of its route."""
    link_kg_per_d: Mapping[str, float]
    nearest: Mapping[str, tuple[str, float]]
    """Demand out of reach to its nearest site and the minutes there."""
    sources: tuple[Source, ...]
    delivery: Mapping[str, Delivery]
    problem: Problem
    notes: tuple[str, ...]

    @cached_property
    def verdict_of(self) -> Mapping[str, Verdict]:
        return {verdict.site_id: verdict for verdict in self.screening.verdicts}

    @cached_property
    def access_cny_per_kg(self) -> Mapping[tuple[str, str], float]:
        pairs, demand, sites = self.problem.pairs, self.problem.demand_ids, self.problem.sites.ids
        return {
            (demand[i], sites[j]): float(price)
            for i, j, price in zip(pairs.demand, pairs.site, pairs.access_cny_per_kg, strict=True)
        }


def prepare(project: Project, *, say: Say = silent) -> Prepared:
    """Read every table, screen the sites, measure travel, and frame the problem.

    Raises:
        InputError: any fault of an input, with file, row, column, value and hint.
    """
    scenario = project.scenario
    period = _one_period(scenario.periods)
    inputs = read_inputs(project, period, say=say)
    demand, fleet, sizes = inputs.demand, inputs.fleet, inputs.sizes
    network, rules, speeds = inputs.network, inputs.rules, inputs.speeds
    gathered, headings = road_options.halved(project, inputs.gathered, network)
    sources = inputs.sources
    say("screen")
    screening = screen_places(project, gathered, areas=inputs.areas, law=inputs.law, sizes=sizes)
    places = [*screening.kept, *demand.points, *demand.terminals, *sources]
    connected = connect(project, network, speeds, places, headings=headings)
    beside = riverside.riverside(network, [*screening.kept, *demand.points, *sources], where="places")
    if beside.faults:
        raise InputError(beside.faults)
    say("travel")
    closed = {name: closed_to(vehicle, rules, scenario.roads) for name, vehicle in fleet.classes.items()}
    site_ids = [site.id for site in screening.kept]
    reach = _points_reach(project, connected, demand.points, closed=closed, site_ids=site_ids)
    say("routes")
    flow_reach, tolls, traced = _flows_reach(project, connected, demand.flows, closed=closed, sites=screening.kept)
    reach.update(flow_reach)
    trips = _trips(connected, demand.flows, fleet=fleet, closed=closed, reach=flow_reach, traced=traced)
    known = _site_ids(gathered)
    contracts.check_contracts(fleet, known=known, where=project.scenario.fleet.operators or "fleet.operators")
    bound = contracts.captive(demand.points, known=known)
    measured = _contracted(connected, [p for p in bound if p.station_id in site_ids], closed=closed)
    reach = contracts.hold(reach, bound, measured=measured)
    reached = _ids(reach)
    nearest = _nearest(connected, [p for p in demand.points if p.id not in reached], closed=closed, sites=site_ids)
    delivery = _delivery(project, connected, site_ids, sources, closed)
    costs = {size.id: annual_station_cost_cny(size, scenario.finance.discount_rate) for size in sizes}
    problem = _frame(
        project,
        period,
        sites=screening.kept,
        gathered=gathered,
        demand=demand,
        fleet=fleet,
        sizes=sizes,
        costs=costs,
        reach=reach,
        trips=trips,
        tolls=tolls,
    )
    kg = {flow.id: flow.kg_per_d[period].base for flow in demand.flows}
    free = contracts.free_notes(bound, sites=site_ids)
    return Prepared(
        project=project,
        period=period,
        gathered=gathered,
        screening=screening,
        demand=demand,
        fleet=fleet,
        sizes=sizes,
        size_cost_cny_per_yr=costs,
        network=network,
        rules=rules,
        travel=reach,
        routes={route.trip_id: route.links for route in traced},
        link_kg_per_d=routes.link_loads(network, traced, weights=kg),
        nearest=nearest,
        sources=sources,
        delivery=delivery,
        problem=problem,
        notes=(
            *notes_of(gathered),
            *demand.notes,
            *free,
            *inputs.source_notes,
            *network.notes,
            *fit.datum_notes(project, network),
            *beside.notes,
        ),
    )


def _site_ids(gathered: sites_gather.Gathered) -> frozenset[str]:
    return frozenset({site.id for site in gathered.sites} | {row.id for row in gathered.unplaced})


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


def _one_period(periods: Sequence[int]) -> int:
    if len(periods) > 1:
        years = ", ".join(map(str, periods))
        hint = "leave one in the scenario; 'h2plan demand' tells the demand of all of them"
        raise InputError(f"{years}: this version plans one year at a time; {hint}", where="periods")
    return periods[0]


def _ids(reach: Mapping[tuple[str, str], tuple[float, float]]) -> frozenset[str]:
    return frozenset(demand_id for demand_id, _ in reach)


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
    closed: Mapping[str, frozenset[str]],
    site_ids: Sequence[str],
) -> dict[tuple[str, str], tuple[float, float]]:
    metric, limit = project.scenario.limits.radius
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
    closed: Mapping[str, frozenset[str]],
    sites: Sequence[Site],
) -> tuple[dict[tuple[str, str], tuple[float, float]], dict[tuple[str, str], float], list[routes.Route]]:
    limit = project.scenario.limits.detour_max_min
    by_id = {flow.id: flow for flow in flows}
    found: dict[tuple[str, str], tuple[float, float]] = {}
    tolls: dict[tuple[str, str], float] = {}
    traced: list[routes.Route] = []
    for links, ids in _by_closed(flows, closed).items():
        trips = [by_id[name] for name in ids]
        traced.extend(routes.trace(connected, trips, closed=links))
        stops = routes.detours(connected, trips, sites=[site.id for site in sites], limit=limit, closed=links)
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


def _site_km(sites: Sequence[Site], spacing_km: float | None) -> Floats | None:
    if spacing_km is None and len(sites) > MEASURED_SITES:
        return None
    lon, lat = np.array([site.lon for site in sites]), np.array([site.lat for site in sites])
    return geodesic_km(lon[:, None], lat[:, None], lon[None, :], lat[None, :])


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


def _frame(
    project: Project,
    period: int,
    *,
    sites: Sequence[Site],
    gathered: sites_gather.Gathered,
    demand: Demand,
    fleet: Fleet,
    sizes: Sequence[StationSize],
    costs: Mapping[str, float],
    reach: Mapping[tuple[str, str], tuple[float, float]],
    trips: Mapping[str, TripIn],
    tolls: Mapping[tuple[str, str], float],
) -> Problem:
    scenario = project.scenario
    limits, finance = scenario.limits, scenario.finance
    city = scenario.region.city
    rows = [
        DemandRowIn(
            id=row.id,
            kg_per_d=row.kg_per_d[period].base,
            kg_per_fill=fleet.classes[row.vehicle_class].kg_per_fill,
            visits_are_round_trips=isinstance(row, DemandPoint),
        )
        for row in demand.rows
    ]
    figures = np.array(list(reach.values()), dtype=np.float64).reshape(-1, 2)
    return frame(
        rows,
        sites,
        period=period,
        sizes=sizes,
        size_cost_cny_per_yr=costs,
        reach=Reach(
            demand_ids=[i for i, _ in reach],
            site_ids=[j for _, j in reach],
            minutes=figures[:, 0],
            km=figures[:, 1],
            toll_cny=np.array([tolls.get(pair, 0.0) for pair in reach], dtype=np.float64),
        ),
        limits=Limits(
            stations_max=limits.stations_max,
            stations_min=limits.stations_min,
            budget_cny=limits.budget_cny,
            served_share_min=limits.served_share_min,
            utilisation_max=limits.utilisation_max,
            unplaced_built=sum(row.is_built and row.city == city for row in gathered.unplaced),
        ),
        required=gathered.required,
        forbidden=gathered.forbidden,
        vehicle_time_cny_per_h=finance.vehicle_time_cny_per_h,
        shortfall_cny_per_kg=finance.shortfall_cny_per_kg,
        operating_d_per_yr=finance.operating_d_per_yr,
        trips={name: trip for name, trip in trips.items() if trip.length_km > 0},
        site_km=_site_km(sites, limits.spacing_km),
        spacing_km=limits.spacing_km,
    )
