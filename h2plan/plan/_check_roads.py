"""The saved road tables read anew, with what the scenario says about speeds, truck rules and half-sites."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from h2plan.domain import Site
from h2plan.domain_roads import TruckRule, minute_of_day
from h2plan.errors import InputError
from h2plan.geo import carriageways, roads
from h2plan.geo.access import Access, Heading
from h2plan.geo.truck_rules import resolve_rules
from h2plan.plan._check_case import Case
from h2plan.tables.rows import RoadLinkRow, RoadNodeRow, SpeedRow, TruckRuleRow

FAR_CITY_SPEED, OFF_ROAD_SPEED = "motorway", "off_road"


Roads = tuple[roads.RoadNetwork, tuple[TruckRule, ...], Mapping[str, float]]


def read_roads(case: Case) -> Roads:
    """The network as of the year of the plan, its truck rules with their links, and speeds by class."""
    return case.once(("roads", roads_key(case)), lambda: _read_roads(case))


def roads_key(case: Case) -> frozenset[str]:
    """What tells the networks of two years apart: the links that are still to open."""
    section = case.scenario.roads
    rows = case.table(section.links, RoadLinkRow, in_region=True, crs=section.crs)
    return frozenset(row.id for row in rows if row.opened_yr is not None and row.opened_yr > case.plan.period)


def _read_roads(case: Case) -> Roads:
    section = case.scenario.roads
    nodes = [row.to_node() for row in case.table(section.nodes, RoadNodeRow, in_region=True, crs=section.crs)]
    links = [row.to_link() for row in case.table(section.links, RoadLinkRow, in_region=True, crs=section.crs)]
    speeds = roads.overridden(
        {row.road_class: row.speed_km_per_h for row in case.table(section.speeds, SpeedRow)},
        section.speed_overrides,
        where="roads.speed_overrides",
    )
    rules: tuple[TruckRule, ...] = ()
    if section.truck_access is not None:
        given = [row.to_rule() for row in case.table(section.truck_access, TruckRuleRow)]
        rules = resolve_rules(given, links, nodes=nodes, where=section.truck_access)
    network = roads.build_network(nodes, links, speeds_km_per_h=speeds, year=case.plan.period)
    return network, rules, speeds


def closed_links(case: Case, rules: Sequence[TruckRule]) -> Mapping[str, frozenset[str]]:
    """Vehicle class to the links it may not use at the planning hour."""
    section = case.scenario.roads
    switched = {**dict.fromkeys(section.rules_on, True), **dict.fromkeys(section.rules_off, False)}
    minute = minute_of_day(section.planning_hour)
    return {
        name: roads.closed_links(
            rules, is_truck=vehicle.is_truck, mass_t=vehicle.mass_t, switched=switched, minute=minute
        )
        for name, vehicle in case.classes.items()
    }


def read_access(case: Case, speeds: Mapping[str, float]) -> Access:
    """How places off the road, and far cities, join it."""
    section = case.scenario.roads
    return Access(
        detour_factor=section.off_road_factor,
        off_road_km_per_h=_speed(speeds, OFF_ROAD_SPEED),
        entry_factor=section.off_road_factor,
        entry_km_per_h=_speed(speeds, FAR_CITY_SPEED),
        limit_km=section.snap_limit_km,
    )


def _speed(speeds: Mapping[str, float], name: str) -> float:
    if name not in speeds:
        raise InputError(f"has no speed for {name}", where="roads.speeds")
    return speeds[name]


def halves(case: Case, sites: Sequence[Site]) -> tuple[Mapping[str, tuple[Site, ...]], Mapping[str, Heading]]:
    """The halves of each service area by its id, and their headings, if the scenario asks for halves."""
    section = case.scenario.roads
    if section.service_areas == "one_site":
        return {}, {}
    whole = [site for site in sites if site.kind == "highway_service" and not site.is_built]
    return carriageways.halves(read_roads(case)[0], whole, limit_km=section.snap_limit_km)
