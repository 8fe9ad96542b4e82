"""What a scenario says about sites on its roads, applied: half-sites, tolls of coming back."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping, Sequence

import numpy as np

from h2plan.domain import Site
from h2plan.geo import carriageways, reentry, roads, routes
from h2plan.geo.access import Connected, Heading
from h2plan.project import Project
from h2plan.sites._gather import Gathered

ROUNDING_MIN = 1e-9
"""Detours that exceed their limit by less are within it."""

Pair = tuple[str, str]


def halved(project: Project, gathered: Gathered, network: roads.RoadNetwork) -> tuple[Gathered, Mapping[str, Heading]]:
    """Make two half-sites of every service area without a station, if the scenario asks for it.

    What the scenario requires or forbids of a service area holds for both halves.
    """
    section = project.scenario.roads
    if section.service_areas == "one_site":
        return gathered, {}
    whole = [site for site in gathered.sites if site.kind == "highway_service" and not site.is_built]
    found, headings = carriageways.halves(network, whole, limit_km=section.snap_limit_km)
    sites = [half for site in gathered.sites for half in found.get(site.id, (site,))]

    def both(names: frozenset[str]) -> frozenset[str]:
        return frozenset(half.id for name in names for half in found.get(name, ())) | (names - set(found))

    changed = dataclasses.replace(
        gathered,
        sites=tuple(sorted(sites, key=lambda site: site.id)),
        required=both(gathered.required),
        forbidden=both(gathered.forbidden),
    )
    return changed, headings


def with_reentry(
    project: Project,
    connected: Connected,
    stops: routes.Detours,
    *,
    trips: Sequence[routes.Trip],
    sites: Sequence[Site],
    closed: frozenset[str],
) -> tuple[dict[Pair, tuple[float, float]], dict[Pair, float]]:
    """Detours in reach by (trip, site) as (minutes, km), and their tolls, with leaving and entering again counted.

    A service area is served without leaving the expressway; any other site is left for and come back from at a gate.
    """
    section, limit_min = project.scenario.roads, project.scenario.limits.detour_max_min
    again = np.zeros((len(stops.trip_ids), len(stops.site_ids)), dtype=bool)
    if section.reentry_min or section.reentry_cny:
        served = {site.id for site in sites if site.kind == "highway_service"}
        again = reentry.reentries(connected, trips, sites=stops.site_ids, on_expressway=served, closed=closed)
    entering = again[stops.trip, stops.site]
    whole_min = stops.minutes + section.reentry_min * entering
    found: dict[Pair, tuple[float, float]] = {}
    tolls: dict[Pair, float] = {}
    for n in np.flatnonzero(whole_min <= limit_min + ROUNDING_MIN):
        pair = stops.trip_ids[stops.trip[n]], stops.site_ids[stops.site[n]]
        found[pair] = float(whole_min[n]), float(stops.km[n])
        if entering[n] and section.reentry_cny:
            tolls[pair] = section.reentry_cny
    return found, tolls
