"""Roads read anew from the saved tables, and the rules by which places join them."""

from __future__ import annotations

from collections.abc import Mapping

from h2plan.domain_roads import TruckRule
from h2plan.errors import InputError
from h2plan.geo import access, roads
from h2plan.plan._check_case import Case
from h2plan.tables.rows import RoadLinkRow, RoadNodeRow, SpeedRow, TruckRuleRow

FAR_CITY_SPEED, OFF_ROAD_SPEED = "motorway", "off_road"


def read_roads(case: Case) -> tuple[roads.RoadNetwork, list[TruckRule], Mapping[str, float]]:
    """Read the network of the plan's year, the truck rules, and speeds by road class."""
    section = case.scenario.roads
    nodes = [row.to_node() for row in case.table(section.nodes, RoadNodeRow, in_region=True, crs=section.crs)]
    links = [row.to_link() for row in case.table(section.links, RoadLinkRow, in_region=True, crs=section.crs)]
    speeds: dict[str, float] = {row.road_class: row.speed_km_per_h for row in case.table(section.speeds, SpeedRow)}
    rules: list[TruckRule] = []
    if section.truck_access is not None:
        rules = [row.to_rule() for row in case.table(section.truck_access, TruckRuleRow)]
    network = roads.build_network(nodes, links, speeds_km_per_h=speeds, year=case.plan.period)
    return network, rules, speeds


def closed_links(case: Case, rules: list[TruckRule]) -> Mapping[str, frozenset[str]]:
    """Vehicle class to the links it may not use."""
    section = case.scenario.roads
    switched = {**dict.fromkeys(section.rules_on, True), **dict.fromkeys(section.rules_off, False)}
    return {
        name: roads.closed_links(rules, is_truck=vehicle.is_truck, mass_t=vehicle.mass_t, switched=switched)
        for name, vehicle in case.classes.items()
    }


def read_access(case: Case, speeds: Mapping[str, float]) -> access.Access:
    """How places off the road, and far cities, join it."""
    section = case.scenario.roads
    return access.Access(
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
