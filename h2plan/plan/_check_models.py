"""What each model promises beyond the limits that all keep: who is served where, and that every trip can be driven."""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Iterator, Mapping
from itertools import combinations
from typing import Any

from h2plan.geo.crs import geodesic_km
from h2plan.plan._check_case import Case
from h2plan.plan._check_finding import Finding, at_least, at_most, equal, holds
from h2plan.plan._check_places import read_places
from h2plan.plan._check_pressure import can_fill
from h2plan.plan._check_travel import Travel, drives_trips
from h2plan.plan._check_trips import Tank, drives, filled

NEAREST = frozenset({"max_cover", "set_cover", "p_median", "p_center", "p_dispersion"})
"""Models that send each row whole to its nearest open station."""
EVERYONE = frozenset({"set_cover", "p_median", "p_center", "capacitated"})
"""Models that leave nobody in reach of a usable site unserved."""
WHOLE = 1e-6


def model_kept(case: Case, travel: Travel) -> Iterator[Finding]:
    """The rules of the plan's own model hold for every row of demand."""
    model, options = case.plan.model, case.scenario.model.options
    yield holds("model: the one the scenario asks for", model == case.scenario.model.use)
    near = _open_near(case, travel)
    if model in NEAREST:
        yield from _served_nearest(case, near)
    if model in EVERYONE and "unserved_min" not in options:
        yield from _everyone_served(case, travel)
    if model == "set_cover":
        yield from _enough_copies(case, travel, near, int(options.get("copies", 1)))
    if model in ("capacitated", "network_design"):
        yield from _sourcing_kept(case, travel, near, options)
    if drives_trips(case):
        yield from _trips_driven(case, travel, options)


def model_goals(case: Case, travel: Travel) -> Mapping[str, float]:
    """Return what the plan reaches of the goals that are no sum of kilograms or money."""
    plan, near = case.plan, _open_near(case, travel)
    missed = float(case.scenario.model.options.get("unserved_min") or 0.0)
    served = {row.demand_id for row in plan.allocations}
    usable = _usable_rows(case, travel) if missed else {}
    unserved = [row.kg_per_d.base for row in plan.demand if row.id in usable and row.id not in served]
    twice = [row.kg_per_d.base for row in plan.demand if len(near.get(row.id, {})) > 1]
    minutes = [(row.kg_per_d, travel.way((row.demand_id, row.site_id))) for row in plan.allocations]
    ways = [(kg, way[0]) for kg, way in minutes if way is not None]
    return {
        "stations_new": float(sum(not station.built for station in plan.stations)),
        "backup_kg_per_d": math.fsum(twice),
        "travel_kg_min_per_d": math.fsum(kg * way for kg, way in ways) + missed * math.fsum(unserved),
        "longest_min": max((way for _, way in ways), default=0.0),
        "least_apart_km": min(_apart_km(case), default=math.inf),
        "vehicles_served": math.fsum(
            row.share * case.demand[row.demand_id].vehicles for row in plan.allocations if row.demand_id in case.demand
        ),
        "worst_served_share": min(_served_by_district(case, travel), default=1.0),
    }


def _served_by_district(case: Case, travel: Travel) -> list[float]:
    """Return the share served of every district with demand in reach of a site."""
    served: defaultdict[str, list[float]] = defaultdict(list)
    for row in case.plan.allocations:
        served[row.demand_id].append(row.kg_per_d)
    points = [row for row in case.plan.demand if row.district and row.kg_per_d.base > 0]
    reached = {row for row, _ in travel.within}
    found = []
    for district in sorted({row.district for row in points if row.id in reached}):
        rows = [row for row in points if row.district == district]
        kg = math.fsum(part for row in rows for part in served[row.id])
        found.append(kg / math.fsum(row.kg_per_d.base for row in rows))
    return found


def stations_apart(case: Case) -> Iterator[Finding]:
    """Two stations of which one is new keep the distance that the limits ask for."""
    spacing_km = case.scenario.limits.spacing_km
    if spacing_km is not None:
        for km in _apart_km(case):
            yield at_least("spacing_km", km, spacing_km)


def _apart_km(case: Case) -> list[float]:
    pairs = [(a, b) for a, b in combinations(case.plan.stations, 2) if not (a.built and b.built)]
    if not pairs:
        return []
    km = geodesic_km(
        [a.lon for a, _ in pairs], [a.lat for a, _ in pairs], [b.lon for _, b in pairs], [b.lat for _, b in pairs]
    )
    return [float(length) for length in km]


def _open_near(case: Case, travel: Travel) -> dict[str, dict[str, float]]:
    """Return for each row the open stations in its reach, with the minutes."""
    stations = {station.site_id for station in case.plan.stations}
    found: defaultdict[str, dict[str, float]] = defaultdict(dict)
    for (row, site), (minutes, _) in travel.within.items():
        if site in stations and can_fill(case, row, site):
            found[row][site] = minutes
    return found


def _usable_rows(case: Case, travel: Travel) -> Mapping[str, int]:
    """Return the rows that some station could serve, with the number of sites that may have one."""
    stands = {station.site_id for station in case.plan.stations if station.built}
    places = read_places(case, [verdict.site_id for verdict in case.plan.verdicts])
    wanted = case.scenario.model.options.get("size_id")
    smallest = min((s.capacity_kg_per_d for s in case.sizes.values() if wanted in (None, s.id)), default=0.0)
    usable = set(stands)
    for site in {site for _, site in travel.within}:
        largest = places.max_kg_per_d(site)
        barred = site in case.scenario.limits.forbidden or places.status(site) == "forbidden"
        if not barred and (largest is None or largest >= smallest):
            usable.add(site)
    count: defaultdict[str, int] = defaultdict(int)
    empty = {row.id for row in case.plan.demand if row.kg_per_d.base <= 0}
    for row, site in travel.within:
        if site in usable and row not in empty:
            count[row] += 1
    return count


def _served_nearest(case: Case, near: Mapping[str, Mapping[str, float]]) -> Iterator[Finding]:
    served = {row.demand_id: row for row in case.plan.allocations}
    for row in case.plan.demand:
        stations = near.get(row.id, {})
        if not stations or row.kg_per_d.base <= 0:
            continue
        given = served.get(row.id)
        yield holds(f"{row.id}: served, since a station is in reach", given is not None)
        if given is not None:
            yield equal(f"{row.id}: whole at one station", given.share, 1.0)
            yield at_most(f"{row.id}: at the nearest", given.travel_min, min(stations.values()))


def _everyone_served(case: Case, travel: Travel) -> Iterator[Finding]:
    share: defaultdict[str, float] = defaultdict(float)
    for row in case.plan.allocations:
        share[row.demand_id] += row.share
    for name in sorted(_usable_rows(case, travel)):
        yield equal(f"{name}: all of it is served", share[name], 1.0)


def _enough_copies(
    case: Case, travel: Travel, near: Mapping[str, Mapping[str, float]], copies: int
) -> Iterator[Finding]:
    for name in sorted(_usable_rows(case, travel)):
        yield holds(f"{name}: {copies} stations in reach", len(near.get(name, {})) >= copies)


def _sourcing_kept(
    case: Case, travel: Travel, near: Mapping[str, Mapping[str, float]], options: Mapping[str, Any]
) -> Iterator[Finding]:
    on_tours = set(travel.trips) if options.get("flows") == "tours" else set()
    for row in case.plan.allocations:
        if row.demand_id in on_tours:
            continue
        if options.get("sourcing") == "single":
            yield holds(f"{row.demand_id}: at one station", row.share >= 1 - WHOLE)
        if options.get("closest"):
            closest = min(near.get(row.demand_id, {}).values(), default=row.travel_min)
            yield at_most(f"{row.demand_id}: nobody drives past a station", row.travel_min, closest)


def _trips_driven(case: Case, travel: Travel, options: Mapping[str, Any]) -> Iterator[Finding]:
    """Every flow that is served is driven anew, stop by stop with the tank of its class, at open stations in its reach.

    What the plan has it fill at each station is what vehicles fill there that drive so.
    """
    stations = {station.site_id for station in case.plan.stations}
    told: defaultdict[str, dict[str, float]] = defaultdict(dict)
    for row in case.plan.allocations:
        told[row.demand_id][row.site_id] = told[row.demand_id].get(row.site_id, 0.0) + row.share
    for name, shares in sorted(told.items()):
        trip, flow = travel.trips.get(name), case.demand.get(name)
        if trip is None or flow is None:
            continue
        tank = Tank.of(options, class_range_km=case.classes[flow.vehicle_class].range_km or 0.0)
        stops = {site: stop for site, stop in trip.stops.items() if site in stations and can_fill(case, name, site)}
        yield holds(f"{name}: the tank lasts", drives(trip.length_km, stops, tank))
        driven, kg = filled(trip.length_km, stops, tank, shares), flow.kg_per_d.base
        for site, share in sorted(shares.items()):
            yield equal(f"{name} at {site}: kg/d filled as driven", share * kg, driven.get(site, 0.0) * kg, scale=kg)
        if case.plan.model == "flow_refuelling":
            yield equal(f"{name}: whole", math.fsum(shares.values()), 1.0)
