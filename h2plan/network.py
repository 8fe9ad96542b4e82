"""The roads of a scenario, the places tied to them, and the links closed to each class of vehicles."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping, Sequence

from h2plan.domain import Place, Site, VehicleClass
from h2plan.domain_roads import RoadLink, RoadNode, TruckRule, minute_of_day
from h2plan.errors import InputError
from h2plan.geo import access, roads, truck_rules
from h2plan.project import Project
from h2plan.scenario import RoadsSection
from h2plan.tables.read import read_table
from h2plan.tables.region import region_of
from h2plan.tables.rows import RoadLinkRow, RoadNodeRow, SpeedRow, TruckRuleRow

ON_ROAD_KINDS = frozenset({"highway_service", "interchange", "toll_gate"})
"""Sites of these kinds stand on the network itself."""
CONTROLLED = "motorway"
"""Far cities are reached at the speed of this class."""


def read_roads(project: Project, *, year: int) -> tuple[roads.RoadNetwork, tuple[TruckRule, ...], Mapping[str, float]]:
    """Read the road tables of a scenario: the network as of a year, the truck rules, and speeds by class.

    Raises:
        InputError: every fault of the tables.
    """
    networks, rules, speeds = read_networks(project, years=(year,))
    return networks[year], rules, speeds


def read_networks(
    project: Project, *, years: Sequence[int]
) -> tuple[Mapping[int, roads.RoadNetwork], tuple[TruckRule, ...], Mapping[str, float]]:
    """Read the road tables of a scenario once: the network of each year, the truck rules, and speeds by class.

    Years in which the same links are open share one network.

    Raises:
        InputError: every fault of the tables.
    """
    section, root = project.scenario.roads, project.root
    region = region_of(project.scenario.region)
    path, crs = project.path(section.nodes, where="roads.nodes"), section.crs
    nodes = read_table(path, RoadNodeRow, root=root, region=region, crs=crs)
    path = project.path(section.links, where="roads.links")
    link_rows = read_table(path, RoadLinkRow, root=root, region=region, crs=crs)
    speeds_table = read_table(project.path(section.speeds, where="roads.speeds"), SpeedRow, root=root)
    speeds = planning_speeds(project, {row.road_class: row.speed_km_per_h for row in speeds_table})
    links = [row.to_link() for row in link_rows]
    rules: tuple[TruckRule, ...] = ()
    if section.truck_access is not None:
        path = project.path(section.truck_access, where="roads.truck_access")
        rules = tuple(row.to_rule() for row in read_table(path, TruckRuleRow, root=root))
        roads.check_rule_links(rules, links, where=section.truck_access)
        rules = rules_at_hour(project, rules, links=links, nodes=[row.to_node() for row in nodes])
    opened: dict[frozenset[str], roads.RoadNetwork] = {}
    networks: dict[int, roads.RoadNetwork] = {}
    for year in reversed(years):
        later = frozenset(link.id for link in links if link.opened_yr is not None and link.opened_yr > year)
        if later not in opened:
            opened[later] = roads.build_network(
                [row.to_node() for row in nodes], links, speeds_km_per_h=speeds, year=year
            )
        networks[year] = opened[later]
    return networks, rules, speeds


def planning_speeds(project: Project, table_km_per_h: Mapping[str, float]) -> dict[str, float]:
    """Planning speeds by class: those of the table with the scenario's overrides."""
    where = f"{project.file.name} roads.speed_overrides"
    return roads.overridden(table_km_per_h, project.scenario.roads.speed_overrides, where=where)


def rules_at_hour(
    project: Project, given: Sequence[TruckRule], *, links: Sequence[RoadLink], nodes: Sequence[RoadNode]
) -> tuple[TruckRule, ...]:
    """The truck rules that hold at the planning hour, with every link they close named; others close nothing."""
    section = project.scenario.roads
    where = section.truck_access or "roads"
    minute = minute_of_day(section.planning_hour)
    resolved = truck_rules.resolve_rules(given, links, nodes=nodes, where=where)
    return tuple(rule if rule.holds_at(minute) else dataclasses.replace(rule, links=()) for rule in resolved)


def closed_to(vehicle: VehicleClass, rules: Sequence[TruckRule], section: RoadsSection) -> frozenset[str]:
    """Return the links closed to a vehicle class under the scenario's rules."""
    switched = {**dict.fromkeys(section.rules_on, True), **dict.fromkeys(section.rules_off, False)}
    where = section.truck_access or "roads"
    return roads.closed_links(rules, is_truck=vehicle.is_truck, mass_t=vehicle.mass_t, switched=switched, where=where)


def connect(
    project: Project,
    network: roads.RoadNetwork,
    speeds: Mapping[str, float],
    places: Sequence[Place],
    *,
    headings: Mapping[str, access.Heading] | None = None,
) -> access.Connected:
    """Tie places to the roads as the scenario says.

    Raises:
        InputError: a missing speed, a place that cannot be tied.
    """
    section = project.scenario.roads
    missing = [name for name in ("off_road", CONTROLLED) if name not in speeds]
    if missing:
        raise InputError(f"has no speed for {', '.join(missing)}", where=section.speeds)
    how = access.Access(
        detour_factor=section.off_road_factor,
        off_road_km_per_h=speeds["off_road"],
        entry_factor=section.off_road_factor,
        entry_km_per_h=speeds[CONTROLLED],
        limit_km=section.snap_limit_km,
    )
    on_road = {place.id for place in places if isinstance(place, Site) and place.kind in ON_ROAD_KINDS}
    return access.connect(network, places, access=how, on_road=on_road, headings=headings or {}, where="places")
