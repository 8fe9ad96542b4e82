"""Every number the plan leans on that no published source confirms."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable

from h2plan.demand._assumptions import collect as demand_assumptions
from h2plan.domain import Assumption, Site
from h2plan.prepare import Prepared
from h2plan.project import Project
from h2plan.tables.read import read_table
from h2plan.tables.rows import SpeedRow

MOST_NAMED = 6
"""Places named where many share an assumption."""


def collect(prepared: Prepared) -> tuple[Assumption, ...]:
    """Return the assumptions behind a plan: of its demand, of the scenario, then of each table."""
    project = prepared.project
    return (
        *demand_assumptions(project, prepared.fleet, prepared.demand),
        *_of_scenario(project),
        *_of_roads(project),
        *_of_sizes(prepared),
        *_of_tables(project),
        *_of_places(prepared),
    )


def _of_scenario(project: Project) -> Iterable[Assumption]:
    scenario = project.scenario
    finance, limits = scenario.finance, scenario.limits
    prices = f"{finance.vehicle_time_cny_per_h:g} CNY/h, {finance.shortfall_cny_per_kg:g} CNY/kg"
    yield Assumption(where="finance", value=f"{finance.discount_rate:g}/yr, {prices}", note=finance.source)
    note = "h2plan assumption, unverified"
    yield Assumption(where="limits.utilisation_max", value=f"{limits.utilisation_max:g}", note=note)
    for area in scenario.screen.barred:
        if not area.verified:
            yield Assumption(where=area.file, value=area.rule, note="polygon not confirmed by the authority")
    for name, layer in scenario.screen.layers.items():
        if not layer.verified:
            yield Assumption(where=layer.file, value=name, note="layer not confirmed by the authority")


def _of_roads(project: Project) -> Iterable[Assumption]:
    section = project.scenario.roads
    note = "h2plan assumption, unverified"
    yield Assumption(where="roads.off_road_factor", value=f"{section.off_road_factor:g}", note=note)
    if section.reentry_min or section.reentry_cny:
        value = f"{section.reentry_min:g} min, {section.reentry_cny:g} CNY"
        yield Assumption(where="roads.reentry", value=value, note=section.reentry_source)
    for name, speed in sorted(section.speed_overrides.items()):
        yield Assumption(where=f"roads.speed_overrides.{name}", value=f"{speed:g} km/h", note="set by the scenario")


def _of_sizes(prepared: Prepared) -> Iterable[Assumption]:
    table = prepared.project.scenario.station_sizes
    for size in prepared.sizes:
        if size.verified != "yes":
            value = f"{size.capex_cny:,.0f} CNY, {size.opex_cny_per_yr:,.0f} CNY/yr"
            yield Assumption(where=f"{table} {size.id}", value=value, note=size.source)


def _of_tables(project: Project) -> Iterable[Assumption]:
    scenario = project.scenario
    for speed in read_table(project.path(scenario.roads.speeds, where="roads.speeds"), SpeedRow, root=project.root):
        if speed.verified != "yes":
            where = f"{scenario.roads.speeds} {speed.road_class}"
            yield Assumption(where=where, value=f"{speed.speed_km_per_h:g} km/h", note=speed.source)


def _of_places(prepared: Prepared) -> Iterable[Assumption]:
    free = sum(site.land_cny_per_yr == 0 and not site.is_built for site in prepared.screening.kept)
    if free:
        yield Assumption(
            where="land_cny_per_yr", value="0 CNY/yr", note=f"land cost not known at {free} sites: left out"
        )
    told: dict[str, list[Site]] = defaultdict(list)
    for site in prepared.screening.kept:
        if site.assumptions:
            told[site.assumptions].append(site)
    for text, sites in told.items():
        capacities = sorted({f"{site.built_kg_per_d:g} kg/d" for site in sites if site.built_kg_per_d is not None})
        where = ", ".join(site.id for site in sites[:MOST_NAMED]) + (" …" if len(sites) > MOST_NAMED else "")
        yield Assumption(where=where, value=", ".join(capacities) or f"{len(sites)} sites", note=text)
