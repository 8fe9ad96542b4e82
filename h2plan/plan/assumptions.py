"""Every number the plan leans on that no published source confirms."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable

from h2plan.demand._assumptions import collect as demand_assumptions
from h2plan.domain import Assumption, Site
from h2plan.prepare import Prepared
from h2plan.project import Project
from h2plan.supplying import ChainTables
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
        *_of_equipment(prepared),
        *_of_tables(project),
        *_of_supply(prepared),
        *_of_places(prepared),
    )


def _of_scenario(project: Project) -> Iterable[Assumption]:
    scenario = project.scenario
    finance, limits = scenario.finance, scenario.limits
    prices = f"{finance.vehicle_time_cny_per_h:g} CNY/h, {finance.shortfall_cny_per_kg:g} CNY/kg"
    yield Assumption(where="finance", value=f"{finance.discount_rate:g}/yr, {prices}", note=finance.source)
    if finance.build_share:
        shares = ", ".join(f"{kind} {share:g}" for kind, share in sorted(finance.build_share.items()))
        yield Assumption(where="finance.build_share", value=shares, note=finance.source)
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


def _of_equipment(prepared: Prepared) -> Iterable[Assumption]:
    """What is assumed of the busiest hour and of the cost of 70 MPa, where the plan looks at them."""
    table = prepared.project.scenario.station_equipment
    for of in prepared.equipment.values() if prepared.problem.keeps_hours else ():
        if of.verified != "yes" and of.peak_kg_per_h is not None:
            value = f"{of.dispensers} dispensers, {of.peak_kg_per_h:,.0f} kg/h"
            yield Assumption(where=f"{table} {of.size_id}", value=value, note=of.source)
    for of in prepared.equipment.values() if prepared.problem.keeps_pressure else ():
        if of.verified != "yes" and of.fit_70_capex_cny is not None:
            value = f"70 MPa: {of.fit_70_capex_cny:,.0f} CNY, {of.fit_70_opex_cny_per_yr or 0.0:,.0f} CNY/yr"
            yield Assumption(where=f"{table} {of.size_id}", value=value, note=of.source)


def _of_tables(project: Project) -> Iterable[Assumption]:
    scenario = project.scenario
    for speed in read_table(project.path(scenario.roads.speeds, where="roads.speeds"), SpeedRow, root=project.root):
        if speed.verified != "yes":
            where = f"{scenario.roads.speeds} {speed.road_class}"
            yield Assumption(where=where, value=f"{speed.speed_km_per_h:g} km/h", note=speed.source)


def _of_supply(prepared: Prepared) -> Iterable[Assumption]:
    """What is assumed of sources, centres, modes and costs that take part in the plan."""
    chain = prepared.chain
    if chain is None:
        return
    section = chain.tables.section
    rows = [chain.tables.output_of(source.id, prepared.period) for source in chain.sources]
    for row in (row for row in rows if row is not None and row.verified != "yes"):
        value = f"{row.for_sale_kg_per_d(section.level):,.0f} kg/d for sale at {row.price_cny_per_kg:g} CNY/kg"
        yield Assumption(where=f"{section.output} {row.source_id} {row.period}", value=value, note=row.assumptions)
    for centre in (centre for centre in chain.tables.centres if centre.verified != "yes"):
        value = f"{centre.capacity_kg_per_d:,.0f} kg/d, {centre.capex_cny:,.0f} CNY"
        yield Assumption(where=f"{section.centres} {centre.id}", value=value, note=centre.assumptions)
    yield from _of_ways(chain.tables)


def _of_ways(tables: ChainTables) -> Iterable[Assumption]:
    section = tables.section
    for way in tables.ways:
        if way.mode.verified != "yes":
            yield Assumption(where=f"{section.modes} {way.mode.id}", value=way.mode.mode, note=way.mode.assumptions)
        if way.cost.verified != "yes":
            value = f"{way.cost.at_km(0):.3g} + {way.cost.per_km_cny_per_kg():.3g} CNY/kg a km"
            yield Assumption(where=f"{section.costs} {way.cost.id}", value=value, note=way.cost.assumptions)
    if section.over_the_fence_km > 0:
        value = f"{section.over_the_fence_kg_per_d:g} kg/d within {section.over_the_fence_km:g} km"
        yield Assumption(where="supply.chain.over_the_fence", value=value, note="h2plan assumption, unverified")
    if section.hazmat_closed:
        value = ", ".join(section.hazmat_closed)
        yield Assumption(where="supply.chain.hazmat_closed", value=value, note="set by the scenario")


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
