"""From the policy section of a scenario to rules by id: which sites, which demand, which parts of which roads."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np

from h2plan.domain import Demand, DemandPoint, Place, Site, UnplacedSite
from h2plan.errors import Fault, InputError
from h2plan.geo.layers import Area, read_areas, signed_distances_m
from h2plan.geo.road_km import along, find_road, near_road
from h2plan.geo.roads import RoadNetwork
from h2plan.phases import GapRule, Policy, ServeRule, SiteRule, Stretch
from h2plan.problem import Pairs, Problem
from h2plan.project import Project
from h2plan.scenario_policy import AreaOwed, CorridorOwed, DistrictOwed, GroupOwed, PolicySection, StationsOwed

EVERY_DISTRICT = "*"


@dataclass(frozen=True, kw_only=True)
class Ground:
    """What rules are laid on: the sites and demand of one period, and the roads."""

    project: Project
    period: int
    sites: Sequence[Site]
    unplaced: Sequence[UnplacedSite]
    demand: Demand
    reached: Collection[str]
    """Demand in reach of some site."""
    network: RoadNetwork
    routes: Mapping[str, Sequence[str]]
    """Flow id to the links of its route."""

    def kg(self, ids: Collection[str]) -> float:
        """Sum the demand of some rows, kg/d."""
        return float(sum(row.kg_per_d[self.period].base for row in self.demand.rows if row.id in ids))


def frame_policy(ground: Ground) -> Policy:
    """Read the policy and resilience of a scenario for one period.

    Raises:
        InputError: a district, owner, operator, host kind, road or polygon that nothing carries; a name that stands
            twice.
    """
    scenario = ground.project.scenario
    section = scenario.policy or PolicySection()
    _refuse_unknown(ground, section)
    sites, serve, gaps = _grouped(ground, section)
    sites += [_site_rule(entry, ids, more, name) for entry, ids, more, name in _stations_only(ground, section)]
    serve += _of_operators(ground, section)
    rules = Policy(
        sites=tuple(sites),
        serve=tuple(serve),
        gaps=tuple(gaps),
        districts=_districts(ground),
        backup_share_min=section.backup_share_min,
        loss_share_min=None if scenario.resilience is None else scenario.resilience.loss_share_min,
    )
    _refuse_twice(rules)
    return rules


def owing(problem: Problem, ground: Ground, *, wider: Mapping[tuple[str, str], tuple[float, float]]) -> Problem:
    """Return the problem of a period with its policy, its vehicles, and the reach that holds while a station is lost.

    Raises:
        InputError: as `frame_policy`.
    """
    vehicles = {row.id: row.vehicles[ground.period] for row in ground.demand.rows}
    return replace(
        problem,
        policy=frame_policy(ground),
        vehicles=np.array([vehicles[name] for name in problem.demand_ids], dtype=np.float64),
        wider=_pairs(problem, wider) if wider else None,
    )


def _pairs(problem: Problem, wider: Mapping[tuple[str, str], tuple[float, float]]) -> Pairs:
    """Label a reach; rows of demand that no site reaches otherwise stay out. The way costs nothing that is counted."""
    row_at = {name: n for n, name in enumerate(problem.demand_ids)}
    site_at = {name: n for n, name in enumerate(problem.sites.ids)}
    found = sorted((row_at[i], site_at[j], *way) for (i, j), way in wider.items() if i in row_at)
    figures = np.array([(minutes, km) for _, _, minutes, km in found], dtype=np.float64).reshape(-1, 2)
    return Pairs(
        demand=np.array([row for row, *_ in found], dtype=np.intp),
        site=np.array([site for _, site, *_ in found], dtype=np.intp),
        minutes=figures[:, 0],
        km=figures[:, 1],
        access_cny_per_kg=np.zeros(len(found)),
    )


def closed_to_builders(
    section: PolicySection | None, sites: Sequence[Site], *, required: Collection[str]
) -> frozenset[str]:
    """Return the sites where nobody who takes part may build: they belong to another owner.

    Raises:
        InputError: a site without a station that is required there.
    """
    if section is None or section.builders is None:
        return frozenset()
    closed = [site for site in sites if site.owner and site.owner not in section.builders]
    faults = [
        Fault(
            where="policy",
            column="builders",
            value=site.owner,
            message=f"{site.id} is required, but only its owner may build there, who takes no part",
            hint="name the owner among the builders, or drop the site from limits.required",
        )
        for site in closed
        if site.id in required and not site.is_built
    ]
    if faults:
        raise InputError(faults)
    return frozenset(site.id for site in closed)


# Groups: districts, polygons, corridors


def _grouped(ground: Ground, section: PolicySection) -> tuple[list[SiteRule], list[ServeRule], list[GapRule]]:
    sites: list[SiteRule] = []
    serve: list[ServeRule] = []
    gaps: list[GapRule] = []
    for entry, group in _groups(ground, section):
        if entry.asks_stations:
            sites.append(_site_rule(entry, group.sites, group.stands_elsewhere, group.name))
        if entry.served_share_min is not None:
            serve.append(_serve_rule(ground, entry, group))
        if isinstance(entry, CorridorOwed) and entry.gap_max_km is not None:
            gaps.append(_gap_rule(ground, entry, group.name))
    return sites, serve, gaps


@dataclass(frozen=True, kw_only=True)
class _Group:
    name: str
    sites: frozenset[str]
    demand: frozenset[str]
    stands_elsewhere: int = 0


def _groups(ground: Ground, section: PolicySection) -> list[tuple[GroupOwed, _Group]]:
    found: list[tuple[GroupOwed, _Group]] = []
    for n, district in enumerate(section.districts):
        if district.is_for(ground.period):
            found += [(district, group) for group in _of_districts(ground, district, where=f"policy.districts[{n}]")]
    for n, area in enumerate(section.areas):
        if area.is_for(ground.period):
            found.append((area, _of_area(ground, area, where=f"policy.areas[{n}]")))
    for n, corridor in enumerate(section.corridors):
        if corridor.is_for(ground.period):
            found.append((corridor, _of_corridor(ground, corridor, where=f"policy.corridors[{n}]")))
    return found


def _of_districts(ground: Ground, entry: DistrictOwed, *, where: str) -> list[_Group]:
    if entry.district != EVERY_DISTRICT:
        return [_district(ground, entry.district, name=entry.name or entry.district)]
    if entry.name:
        raise InputError("a rule for every district has no name of its own; leave it out", where=where)
    return [_district(ground, name, name=name) for name in _with_demand(ground)]


def _with_demand(ground: Ground) -> list[str]:
    wanted = [point for point in ground.demand.points if point.kg_per_d[ground.period].base > 0]
    return sorted({point.district for point in wanted if point.district})


def _district(ground: Ground, district: str, *, name: str) -> _Group:
    return _Group(
        name=name,
        sites=frozenset(site.id for site in ground.sites if site.district == district),
        demand=frozenset(point.id for point in ground.demand.points if point.district == district),
        stands_elsewhere=_standing(ground, lambda row: row.district == district),
    )


def _standing(ground: Ground, belongs: Callable[[UnplacedSite], bool]) -> int:
    """Count the stations that stand in the city at no known position and belong to a rule."""
    city = ground.project.scenario.region.city
    return sum(row.is_built and row.city == city and belongs(row) for row in ground.unplaced)


def _of_area(ground: Ground, entry: AreaOwed, *, where: str) -> _Group:
    path = ground.project.path(entry.file, where=where)
    areas = read_areas(path, where=entry.file, crs=entry.crs)
    chosen = [area for area in areas if entry.polygon is None or area.name == entry.polygon]
    if not chosen:
        there = ", ".join(sorted(area.name for area in areas)) or "none"
        raise InputError(f"{entry.file} has no polygon '{entry.polygon}'; there are: {there}", where=where)
    return _Group(
        name=entry.name or entry.polygon or entry.file,
        sites=_inside(chosen, ground.sites),
        demand=_inside(chosen, ground.demand.points),
    )


def _inside(areas: Sequence[Area], places: Sequence[Place]) -> frozenset[str]:
    if not places:
        return frozenset()
    lon, lat = np.array([place.lon for place in places]), np.array([place.lat for place in places])
    metres = signed_distances_m(areas, lon, lat)
    return frozenset(place.id for place, m in zip(places, metres, strict=True) if m <= 0)


def _of_corridor(ground: Ground, entry: CorridorOwed, *, where: str) -> _Group:
    road = find_road(ground.network, entry.road, where=where)
    beside = near_road(ground.network, road, ground.demand.points, within_km=entry.within_km)
    flows = frozenset(name for name, links in ground.routes.items() if not road.links.isdisjoint(links))
    return _Group(
        name=entry.name or entry.road,
        sites=near_road(ground.network, road, ground.sites, within_km=entry.within_km),
        demand=beside | flows,
    )


# Rules


def _site_rule(entry: StationsOwed, sites: frozenset[str], stands_elsewhere: int, name: str) -> SiteRule:
    return SiteRule(
        name=name,
        sites=sites,
        stations_min=entry.stations_min,
        stations_max=entry.stations_max,
        share_min=entry.share_min,
        share_max=entry.share_max,
        capacity_min_kg_per_d=entry.capacity_min_kg_per_d,
        penalty_cny_per_yr=entry.penalty_cny_per_yr,
        binding=entry.holds != "reported",
        stands_elsewhere=stands_elsewhere,
    )


def _serve_rule(ground: Ground, entry: GroupOwed, group: _Group) -> ServeRule:
    assert entry.served_share_min is not None
    return ServeRule(
        name=group.name,
        demand=group.demand,
        share_min=entry.served_share_min,
        total_kg_per_d=ground.kg(group.demand),
        penalty_cny_per_kg=entry.penalty_cny_per_kg,
        binding=entry.holds != "reported",
    )


def _gap_rule(ground: Ground, entry: CorridorOwed, name: str) -> GapRule:
    assert entry.gap_max_km is not None
    road = find_road(ground.network, entry.road, where="policy.corridors")
    places = along(ground.network, road, ground.sites, within_km=entry.within_km)
    stretches = zip(road.stretches, places, strict=True)
    return GapRule(
        name=name,
        gap_km=entry.gap_max_km,
        stretches=tuple(
            Stretch(length_km=piece.length_km, at_km=at_km, ring=piece.is_ring) for piece, at_km in stretches
        ),
        station_min_kg_per_d=entry.gap_station_min_kg_per_d,
        penalty_cny_per_yr=entry.penalty_cny_per_yr,
        binding=entry.holds != "reported",
    )


def _stations_only(ground: Ground, section: PolicySection) -> list[tuple[StationsOwed, frozenset[str], int, str]]:
    """Return the rules for host kinds and owners, each with its sites, what stands elsewhere, and its name."""
    found: list[tuple[StationsOwed, frozenset[str], int, str]] = []
    for host in section.hosts:
        if host.is_for(ground.period):
            kinds = frozenset(host.kinds)
            ids = frozenset(site.id for site in ground.sites if site.kind in kinds)
            more = _standing(ground, lambda row, kinds=kinds: row.kind in kinds)  # type: ignore[misc]
            found.append((host, ids, more, host.name or ", ".join(host.kinds)))
    for owner in section.owners:
        if owner.is_for(ground.period):
            ids = frozenset(site.id for site in ground.sites if site.owner == owner.owner)
            found.append((owner, ids, 0, owner.name or owner.owner))
    return found


def _of_operators(ground: Ground, section: PolicySection) -> list[ServeRule]:
    found = []
    for entry in section.operators:
        if entry.is_for(ground.period):
            rows = frozenset(point.id for point in ground.demand.points if point.operator == entry.operator)
            found.append(
                ServeRule(
                    name=entry.name or entry.operator,
                    demand=rows,
                    share_min=entry.served_share_min,
                    total_kg_per_d=ground.kg(rows),
                    penalty_cny_per_kg=entry.penalty_cny_per_kg,
                    binding=entry.holds != "reported",
                )
            )
    return found


def _districts(ground: Ground) -> tuple[ServeRule, ...]:
    """Return every district with demand in reach, for the goal of the worst-served one."""
    found = []
    for name in _with_demand(ground):
        rows = [point for point in ground.demand.points if point.district == name]
        if any(point.id in ground.reached and point.kg_per_d[ground.period].base > 0 for point in rows):
            ids = frozenset(point.id for point in rows)
            found.append(ServeRule(name=name, demand=ids, share_min=0.0, total_kg_per_d=ground.kg(ids)))
    return tuple(found)


# What cannot be


def _refuse_unknown(ground: Ground, section: PolicySection) -> None:
    points: Sequence[DemandPoint] = ground.demand.points
    districts = {site.district for site in ground.sites} | {point.district for point in points}
    known: dict[str, Collection[str]] = {
        "district": (districts | {row.district for row in ground.unplaced} | {EVERY_DISTRICT}) - {""},
        "kinds": {site.kind for site in ground.sites} | {row.kind for row in ground.unplaced},
        "owner": {site.owner for site in ground.sites} - {""},
        "operator": {point.operator for point in points} - {""},
    }
    asked = [
        *((f"policy.districts[{n}]", "district", (entry.district,)) for n, entry in enumerate(section.districts)),
        *((f"policy.hosts[{n}]", "kinds", entry.kinds) for n, entry in enumerate(section.hosts)),
        *((f"policy.owners[{n}]", "owner", (entry.owner,)) for n, entry in enumerate(section.owners)),
        *((f"policy.operators[{n}]", "operator", (entry.operator,)) for n, entry in enumerate(section.operators)),
        *([] if section.builders is None else [("policy", "owner", section.builders)]),
    ]
    faults = [
        Fault(
            where=where,
            column=column,
            value=name,
            message=f"no site or demand of the scenario has '{name}'",
            hint=f"there are: {', '.join(sorted(known[column])) or 'none'}",
        )
        for where, column, names in asked
        for name in names
        if name not in known[column]
    ]
    if faults:
        raise InputError(faults)


def _refuse_twice(rules: Policy) -> None:
    """Two rules of one kind with one name could not be told apart."""
    faults = []
    for kind, named in (("stations", rules.sites), ("served share", rules.serve), ("gap", rules.gaps)):
        names = [rule.name for rule in named]
        faults += [
            Fault(
                where="policy",
                column=name,
                message=f"two rules on the {kind} have this name",
                hint="give each rule a name of its own",
            )
            for name in sorted({name for name in names if names.count(name) > 1})
        ]
    if faults:
        raise InputError(faults)
