"""Travel measured anew over the saved roads: pairs in reach, the nearest site, and the nearest source."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import TypeVar

import numpy as np
from numpy.typing import NDArray

from h2plan.domain import Place, Source
from h2plan.errors import InputError
from h2plan.geo import access, routes, travel
from h2plan.geo.reentry import reentries
from h2plan.plan._check_case import Case
from h2plan.plan._check_chain import centre_places, chain_km
from h2plan.plan._check_places import Places, read_places
from h2plan.plan._check_roads import closed_links, read_access, read_roads
from h2plan.plan._check_spread import read_spread
from h2plan.plan._check_trips import Trip
from h2plan.plan._check_wanted import Wanted
from h2plan.plan.results import DemandRow

ON_ROAD = frozenset({"highway_service", "interchange", "toll_gate"})
"""Sites of these kinds stand on the road itself."""
CORRIDORS = frozenset({"flow_refuelling", "flow_refuelling_kg"})
"""Models whose trips are driven stop by stop."""
ON_TOURS = "tours"
SAME_MIN = 1e-9
"""A detour that exceeds its limit by less is within it."""

Way = tuple[float, float]
"""Minutes and km: one way for a point, the whole detour for a flow."""
Pair = tuple[str, str]
"""Demand id and site id."""
PlaceT = TypeVar("PlaceT", bound=Place)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Trip:
    id: str
    origin: str
    destination: str


@dataclass(frozen=True, kw_only=True)
class Travel:
    """What the roads say. Rows whose class or place no table knows are left out: other checks report them."""

    within: Mapping[Pair, Way]
    """Every pair of demand and candidate in reach."""
    beyond: Mapping[Pair, Way]
    """Pairs that the plan serves although they are not in reach."""
    held: frozenset[str]
    """Points under contract that fill at one candidate only, however far."""
    nearest_min: Mapping[str, float]
    """Points that no candidate reaches to the minutes to their nearest one."""
    source_km: Mapping[str, float]
    """Open station to the road km from its nearest source."""
    source_of: Mapping[str, str]
    trips: Mapping[str, Trip]
    """Flows stop by stop; for the corridor models only."""
    toll_cny: Mapping[Pair, float]
    """Stops of flows for which they pay to enter an expressway again."""
    chain_km: Mapping[Pair, float]
    """(origin, destination) of deliveries to road km; empty where supply is no part of the model."""
    wider: frozenset[Pair]
    """Pairs in reach while a station is lost; empty where nobody asks."""
    routes: Mapping[str, frozenset[str]]
    """Flow to the links of its way; for corridors of the policy only."""

    def way(self, pair: Pair) -> Way | None:
        return self.within.get(pair, self.beyond.get(pair))


@dataclass(frozen=True, kw_only=True)
class _Ground:
    """The network with everything tied to it, and the rows that can be measured."""

    case: Case
    connected: access.Connected
    sites: list[str]
    served: frozenset[str]
    """Sites that stand on an expressway, by key."""
    points: list[DemandRow]
    flows: list[DemandRow]
    closed: Mapping[str, frozenset[str]]
    contracts: Mapping[str, str]
    """Point to the only candidate where it may fill."""


def measure_anew(case: Case) -> Travel:
    """Measure everything that the plan says of travel in its year, when the first check asks."""
    return case.once(("travel", case.plan.period), lambda: _measure(case))


def _measure(case: Case) -> Travel:
    ground = _tie(case)
    flows = _flows_within(ground)
    free = {**_points_within(ground), **flows}
    contracted = _contracted(ground)
    held = frozenset(demand for demand, _ in contracted)
    within = {**{pair: way for pair, way in free.items() if pair[0] not in held}, **contracted}
    served = {(row.demand_id, row.site_id) for row in case.plan.allocations}
    missing = sorted(pair for pair in served if pair not in within and pair[1] in set(ground.sites))
    reached = {demand for demand, _ in within}
    nearest = _nearest(ground, [row for row in ground.points if row.id not in reached])
    source_km, source_of = _supply(ground)
    return Travel(
        within=within,
        beyond=_beyond(ground, missing),
        held=held,
        nearest_min=nearest,
        source_km=source_km,
        source_of=source_of,
        trips=_trips(ground, flows) if drives_trips(case) else {},
        toll_cny=_tolls(ground),
        wider=frozenset({*within, *_wider(ground)}) if case.scenario.resilience is not None else frozenset(),
        routes=_routes(ground) if case.scenario.policy is not None and case.scenario.policy.corridors else {},
        chain_km=chain_km(case, ground.connected, sites=ground.sites, closed=ground.closed),
    )


def drives_trips(case: Case) -> bool:
    """Say whether flows of the plan are driven stop by stop: by their model, or because its options ask for it."""
    return case.plan.model in CORRIDORS or case.scenario.model.options.get("flows") == ON_TOURS


def _tie(case: Case) -> _Ground:
    network, rules, speeds = read_roads(case)
    places = read_places(case, [verdict.site_id for verdict in case.plan.verdicts])
    rows = read_spread(case).rows
    sites = sorted({row.site_id for row in case.plan.candidates if row.site_id in places.rows})
    if not sites:
        raise InputError("no candidate of the plan is a row of a site table", where="candidates")
    closed = closed_links(case, rules)
    known = [row for row in case.demand.values() if row.vehicle_class in closed and _is_where(row, rows.get(row.id))]
    points = [row for row in known if rows[row.id].place is not None]
    flows = [row for row in known if rows[row.id].ends is not None]
    tied = [*_sites(places, sites), *_wanting(rows, known), *_sources(case), *centre_places(case)]
    on_road = {_key("site", name) for name in sites if places.rows[name][0].kind in ON_ROAD}
    headings = {_key("site", name): heading for name, heading in places.headings.items()}
    connected = access.connect(network, tied, access=read_access(case, speeds), on_road=on_road, headings=headings)
    served = frozenset(_key("site", name) for name in sites if places.rows[name][0].kind == "highway_service")
    return _Ground(
        case=case,
        connected=connected,
        sites=sites,
        served=served,
        points=points,
        flows=flows,
        closed=closed,
        contracts={row.id: rows[row.id].station_id for row in points if rows[row.id].station_id in sites},
    )


def _is_where(row: DemandRow, wanted: Wanted | None) -> bool:
    """Whether a row names the place or the ends that belong to its id."""
    if wanted is None or row.kind != wanted.use:
        return False
    if wanted.ends is not None:
        return (row.origin, row.destination) == (wanted.ends[0].id, wanted.ends[1].id)
    return wanted.place is not None and row.place_id == wanted.place.id


def _key(role: str, name: str) -> str:
    """A site, a demand place and a source may carry the same id and join the road differently."""
    return f"{role}:{name}"


def _as(role: str, place: PlaceT) -> PlaceT:
    return replace(place, id=_key(role, place.id))


def _sites(places: Places, sites: Sequence[str]) -> Iterable[Place]:
    return [_as("site", places.rows[name][0]) for name in sites]


def _wanting(rows: Mapping[str, Wanted], known: Sequence[DemandRow]) -> Iterable[Place]:
    found: dict[str, Place] = {}
    for row in known:
        wanted = rows[row.id]
        if wanted.place is not None:
            found[_point_key(row)] = replace(wanted.place, id=_point_key(row))
        for end in wanted.ends or ():
            found[_key("end", end.id)] = _as("end", end)
    return found.values()


def _point_key(row: DemandRow) -> str:
    return _key(row.kind, row.place_id)


def _sources(case: Case) -> list[Source]:
    return [_as("source", source) for source in case.sources]


def _by_closed(ground: _Ground, rows: Iterable[DemandRow]) -> Mapping[frozenset[str], list[DemandRow]]:
    groups: dict[frozenset[str], list[DemandRow]] = {}
    for row in rows:
        groups.setdefault(ground.closed[row.vehicle_class], []).append(row)
    return groups


def _points_within(
    ground: _Ground,
    rows: Sequence[DemandRow] | None = None,
    sites: Sequence[str] | None = None,
    limit: float | None = None,
) -> dict[Pair, Way]:
    """Pairs of points and sites in reach, by the radius of the scenario unless another limit is given."""
    metric, radius = ground.case.scenario.limits.radius
    chosen = ground.sites if sites is None else sites
    found: dict[Pair, Way] = {}
    for closed, group in _by_closed(ground, ground.points if rows is None else rows).items():
        origins = sorted({_point_key(row) for row in group})
        reach = travel.measure(
            ground.connected,
            origins,
            targets=[_key("site", name) for name in chosen],
            limit=radius if limit is None else limit,
            metric=metric,
            closed=closed,
        )
        at: dict[str, list[tuple[str, Way]]] = {}
        for origin, target, minutes, km in zip(reach.origin, reach.target, reach.minutes, reach.km, strict=True):
            at.setdefault(origins[origin], []).append((chosen[target], (float(minutes), float(km))))
        found.update({(row.id, site): way for row in group for site, way in at.get(_point_key(row), ())})
    return found


def _flows_within(
    ground: _Ground,
    rows: Sequence[DemandRow] | None = None,
    sites: Sequence[str] | None = None,
    limit: float | None = None,
) -> dict[Pair, Way]:
    """Pairs of flows and sites whose detour is allowed, unless another limit is given."""
    chosen = ground.sites if sites is None else sites
    section = ground.case.scenario.roads
    allowed = ground.case.scenario.limits.detour_max_min if limit is None else limit
    found: dict[Pair, Way] = {}
    for closed, group in _by_closed(ground, ground.flows if rows is None else rows).items():
        trips = [_Trip(id=r.id, origin=_key("end", r.origin), destination=_key("end", r.destination)) for r in group]
        stops = routes.detours(
            ground.connected,
            trips,
            sites=[_key("site", name) for name in chosen],
            limit=allowed,
            closed=closed,
        )
        again = _again(ground, trips, stops.site_ids, closed) if section.reentry_min else None
        for trip, site, minutes, km in zip(stops.trip, stops.site, stops.minutes, stops.km, strict=True):
            more = section.reentry_min if again is not None and again[trip, site] else 0.0
            if minutes + more <= allowed + SAME_MIN:
                found[stops.trip_ids[trip], chosen[site]] = (float(minutes) + more, float(km))
    return found


def _wider(ground: _Ground) -> dict[Pair, Way]:
    """Who reaches which site while a station is lost; contracts do not bind meanwhile."""
    lost, limits = ground.case.scenario.resilience, ground.case.scenario.limits
    if lost is None:
        return {}
    detour = lost.detour_max_min or limits.detour_max_min
    return {**_points_within(ground, limit=lost.radius[1]), **_flows_within(ground, limit=detour)}


def _routes(ground: _Ground) -> dict[str, frozenset[str]]:
    found: dict[str, frozenset[str]] = {}
    for closed, group in _by_closed(ground, ground.flows).items():
        trips = [_Trip(id=r.id, origin=_key("end", r.origin), destination=_key("end", r.destination)) for r in group]
        traced = routes.trace(ground.connected, trips, closed=closed)
        found.update({trip.id: frozenset(route.links) for trip, route in zip(trips, traced, strict=True)})
    return found


def _again(ground: _Ground, trips: Sequence[_Trip], sites: Sequence[str], closed: frozenset[str]) -> NDArray[np.bool_]:
    """For which trips and sites one leaves an expressway and enters it again."""
    return reentries(ground.connected, trips, sites=sites, on_expressway=ground.served, closed=closed)


def _tolls(ground: _Ground) -> dict[Pair, float]:
    """CNY of each stop of a flow for which it enters an expressway again."""
    toll_cny = ground.case.scenario.roads.reentry_cny
    found: dict[Pair, float] = {}
    for closed, group in _by_closed(ground, ground.flows).items() if toll_cny else ():
        trips = [_Trip(id=r.id, origin=_key("end", r.origin), destination=_key("end", r.destination)) for r in group]
        again = _again(ground, trips, [_key("site", name) for name in ground.sites], closed)
        found.update({(trips[t].id, ground.sites[s]): toll_cny for t, s in zip(*np.nonzero(again), strict=True)})
    return found


def _contracted(ground: _Ground) -> dict[Pair, Way]:
    """The way of each point under contract to its station, by the quickest road; none where there is no way."""
    found: dict[Pair, Way] = {}
    for row in ground.points:
        station = ground.contracts.get(row.id)
        if station is not None:
            ends = [_point_key(row)], [_key("site", station)]
            closed = ground.closed[row.vehicle_class]
            reach = travel.measure(ground.connected, ends[0], targets=ends[1], closed=closed)
            for minutes, km in zip(reach.minutes, reach.km, strict=True):
                found[row.id, station] = (float(minutes), float(km))
    return found


def _trips(ground: _Ground, within: Mapping[Pair, Way]) -> dict[str, Trip]:
    """How long each flow is, and where its sites lie along it.

    Half of what a stop adds to the trip is the way to it.
    """
    sites_of: dict[str, list[str]] = {}
    for flow, site in within:
        sites_of.setdefault(flow, []).append(site)
    found: dict[str, Trip] = {}
    for closed, group in _by_closed(ground, [row for row in ground.flows if row.id in sites_of]).items():
        trips = [_Trip(id=r.id, origin=_key("end", r.origin), destination=_key("end", r.destination)) for r in group]
        origins = sorted({trip.origin for trip in trips})
        targets = [_key("site", name) for name in ground.sites]
        km = travel.measure(ground.connected, origins, targets=targets, limit=np.inf, closed=closed).by_ids()
        for trip, route in zip(trips, routes.trace(ground.connected, trips, closed=closed), strict=True):
            stops = {}
            for site in sites_of[trip.id]:
                off = max(0.0, within[trip.id, site][1]) / 2
                before = km[trip.origin, _key("site", site)][1] - off
                stops[site] = (min(max(0.0, before), route.km), off)
            found[trip.id] = Trip(length_km=route.km, stops=stops)
    return found


def _beyond(ground: _Ground, missing: Sequence[Pair]) -> dict[Pair, Way]:
    """How far it really is where the plan serves somebody out of reach."""
    if not missing:
        return {}
    wanted, sites = {demand for demand, _ in missing}, sorted({site for _, site in missing})
    points = [row for row in ground.points if row.id in wanted]
    flows = [row for row in ground.flows if row.id in wanted]
    found = {**_points_within(ground, points, sites, np.inf), **_flows_within(ground, flows, sites, np.inf)}
    return {pair: found[pair] for pair in missing if pair in found}


def _nearest(ground: _Ground, rows: Sequence[DemandRow]) -> dict[str, float]:
    targets = [_key("site", name) for name in ground.sites]
    found: dict[str, float] = {}
    for closed, group in _by_closed(ground, rows).items():
        best = travel.nearest(ground.connected, [_point_key(row) for row in group], targets=targets, closed=closed)
        found.update({row.id: float(minutes) for row, minutes in zip(group, best.minutes, strict=True)})
    return found


def _supply(ground: _Ground) -> tuple[dict[str, float], dict[str, str]]:
    """Road km from the nearest source to each open station, for the delivery trucks."""
    case = ground.case
    supply = case.scenario.supply
    sources = [place.id for place in _sources(case)]
    stations = sorted({s.site_id for s in case.plan.stations} & set(ground.sites))
    if supply is None or not sources or not stations:
        return {}, {}
    if supply.truck_class not in ground.closed:
        raise InputError(f"'{supply.truck_class}' is no vehicle class", where="supply.truck_class")
    closed = ground.closed[supply.truck_class]
    origins = [_key("site", name) for name in stations]
    best = travel.nearest(ground.connected, origins, targets=sources, metric="km", closed=closed, way="from")
    km = {name: float(length) for name, length in zip(stations, best.km, strict=True)}
    of = {name: target.removeprefix("source:") for name, target in zip(stations, best.target_ids, strict=True)}
    return km, of
