"""Stations: one size a site from the size table, within counts, budget, floor and capacity."""

from __future__ import annotations

import math
from collections.abc import Iterator

from h2plan.plan._check_capital import BUILT, spent_until, stood_kg_per_d, usable_kg_per_d
from h2plan.plan._check_case import Case
from h2plan.plan._check_extended import largest_anew
from h2plan.plan._check_finding import Finding, at_least, at_most, equal, holds
from h2plan.plan._check_places import read_places
from h2plan.plan._check_supply_money import supply_spent
from h2plan.scenario import LimitsSection


def one_size_per_site(case: Case) -> Iterator[Finding]:
    """A site carries one station: what stands there, or one size of the table that the site allows."""
    stations = case.plan.stations
    yield holds("stations: each site once", len({station.site_id for station in stations}) == len(stations))
    known = [verdict.site_id for verdict in case.plan.verdicts]
    places = read_places(case, [*known, *(station.site_id for station in stations)])
    legal = {verdict.site_id: verdict.max_kg_per_d for verdict in case.plan.verdicts if verdict.clauses}
    for station in stations:
        name = station.site_id
        yield holds(f"{name}: shares its place with no other station", name not in places.doubled)
        if station.built and case.scenario.phased.extend_standing and station.size_id != BUILT:
            yield holds(f"{name}: larger than it was", station.capacity_kg_per_d > stood_kg_per_d(case, name))
        else:
            yield holds(f"{name}: size '{BUILT}' if it stands already", station.built == (station.size_id == BUILT))
        if station.size_id == BUILT:
            continue
        size = case.sizes.get(station.size_id)
        yield holds(f"{name}: size {station.size_id} in the table", size is not None)
        if size is not None:
            yield equal(f"{name}: capacity", station.capacity_kg_per_d, size.capacity_kg_per_d)
        if station.built:
            legal[name] = largest_anew(case, name)
        allowed = legal.get(name, places.max_kg_per_d(name) if name in places.rows else None)
        if allowed is not None:
            yield at_most(f"{name}: largest station allowed", station.capacity_kg_per_d, allowed)


def limits_kept(case: Case) -> Iterator[Finding]:
    """Counts, budget and served share stay within the limits of the year, and stations are counted right."""
    plan, limits, figures = case.plan, _limits(case), case.plan.figures
    unplaced = sum(row.is_built and row.city == case.scenario.region.city for row in plan.unplaced)
    built = sum(station.built for station in plan.stations)
    total = len(plan.stations) + unplaced
    yield holds("figures: stations", figures.stations == total)
    yield holds("figures: stations built", figures.stations_built == built + unplaced)
    yield holds("figures: stations without position", figures.stations_unplaced == unplaced)
    yield holds("figures: stations new", figures.stations_new == len(plan.stations) - built)
    if limits.stations_max is not None:
        yield holds(f"stations_max {limits.stations_max}: {total} stations", total <= limits.stations_max)
    if limits.stations_min is not None:
        yield holds(f"stations_min {limits.stations_min}: {total} stations", total >= limits.stations_min)
    if limits.budget_cny is not None:
        supply = math.fsum(supply_spent(case.in_year(year)) for year in case.whole.periods if year <= plan.period)
        yield at_most("budget_cny", spent_until(case) + supply, limits.budget_cny)
    if limits.served_share_min is not None:
        wanted = math.fsum(row.kg_per_d.base for row in plan.demand)
        served = math.fsum(row.kg_per_d for row in plan.allocations)
        yield at_least("served_share_min", served / wanted if wanted else 0.0, limits.served_share_min)


def _limits(case: Case) -> LimitsSection:
    """The limits of the scenario, with what the year says itself in their place."""
    own = case.scenario.phased.limits.get(case.plan.period)
    said = {} if own is None else {name: value for name, value in own if value is not None}
    return case.scenario.limits.model_copy(update=said)


def respect_capacity(case: Case) -> Iterator[Finding]:
    """No station dispenses more than the planned part of its capacity, which may be less while it is young."""
    for station in case.plan.stations:
        dispensed = math.fsum(row.kg_per_d for row in case.given.get(station.site_id, ()))
        yield at_most(station.site_id, dispensed, usable_kg_per_d(case, station))
