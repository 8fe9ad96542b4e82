"""What a plan owes: every rule of the policy laid on sites and demand anew, measured, priced, kept where it must be."""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import TypeVar

import numpy as np

from h2plan.domain import Place, Site, UnplacedSite
from h2plan.geo.layers import read_areas, signed_distances_m
from h2plan.geo.road_km import NamedRoad, along, find_road
from h2plan.plan._check_case import Case
from h2plan.plan._check_finding import Finding, equal, holds
from h2plan.plan._check_places import Places, read_places
from h2plan.plan._check_pressure import can_fill
from h2plan.plan._check_roads import read_roads
from h2plan.plan._check_spread import read_spread
from h2plan.plan._check_travel import Travel
from h2plan.plan.network_rows import RuleOutcome
from h2plan.scenario_policy import AreaOwed, CorridorOwed, GroupOwed, Owed, PolicySection, StationsOwed

MET = 1e-6
"""A limit missed by this share is met."""
SAME_KM = 1e-9
EVERY = "*"
OwedT = TypeVar("OwedT", bound=Owed)


@dataclass(frozen=True, kw_only=True)
class Expected:
    """One limit of one rule, as it must be told."""

    name: str
    about: str
    sense: str
    limit: float
    value: float
    hard: bool
    price: float
    """Of what is missed, in units of the value."""

    @property
    def missed(self) -> float:
        return max(0.0, self.limit - self.value if self.sense == "≥" else self.value - self.limit)

    @property
    def met(self) -> bool:
        return self.missed <= MET * (self.limit if self.about == "gap_km" else max(1.0, abs(self.limit)))

    @property
    def cny_per_yr(self) -> float:
        """A gap is priced by its windows, everything else by how much is missed."""
        if self.met:
            return 0.0
        return self.price if self.about == "gap_km" else self.price * self.missed


def policy_kept(case: Case, travel: Travel) -> Iterator[Finding]:
    """Every rule is told with what is asked and reached, its price is right, and hard ones are kept."""
    wanted = {(rule.name, rule.about, rule.sense): rule for rule in _expected(case, travel)}
    told: dict[tuple[str, str, str], RuleOutcome] = {
        (row.name, row.about, row.asked[:1]): row for row in case.plan.rules
    }
    yield holds("rules: each once", len(told) == len(case.plan.rules))
    for name, about, _ in sorted(set(wanted) ^ set(told)):
        yield holds(f"{name}, {about}: a rule of the scenario, and told", False)
    for key in sorted(set(wanted) & set(told)):
        yield from _told(wanted[key], told[key])
    yield from _builders_kept(case)


def _told(rule: Expected, row: RuleOutcome) -> Iterator[Finding]:
    at = f"{rule.name}, {rule.about}"
    yield holds(f"{at}: asked", _says(row.asked[1:], rule.limit))
    yield holds(f"{at}: reached", _says(row.reached, rule.value))
    yield holds(f"{at}: met or not", row.met == rule.met)
    yield holds(f"{at}: hard or not", row.hard == rule.hard)
    yield equal(f"{at}: price of what is missed", row.penalty_cny_per_yr, rule.cny_per_yr, scale=1.0)
    if rule.hard:
        yield holds(f"{at}: kept, since it must be", rule.met)


def _says(text: str, value: float) -> bool:
    """Whether a number in words is the value, to the last place that is written."""
    plain, step, factor = text.strip().replace(",", ""), 1.0, 1.0
    if plain.endswith("%"):
        plain, step, factor = plain[:-1], 0.001, 100.0
    elif plain.endswith("km"):
        plain, step = plain[:-2], 0.1
    try:
        number = float(plain) / factor
    except ValueError:
        return False
    return abs(number - value) <= step / 2 + 1e-9 * max(1.0, abs(value))


# Rules


@dataclass(frozen=True, kw_only=True)
class _Ground:
    """What rules are laid on."""

    case: Case
    travel: Travel
    places: Places
    sites: Sequence[str]

    @property
    def elsewhere(self) -> list[UnplacedSite]:
        """Stations that stand in the city at no known position."""
        city = self.case.scenario.region.city
        return [row for row in self.case.plan.unplaced if row.is_built and row.city == city]

    def place(self, name: str) -> Site:
        return self.places.rows[name][0]


@dataclass(frozen=True, kw_only=True)
class _Group:
    name: str
    sites: frozenset[str]
    demand: frozenset[str]
    elsewhere: int = 0


def _expected(case: Case, travel: Travel) -> Iterator[Expected]:
    section, lost = case.scenario.policy or PolicySection(), case.scenario.resilience
    places = read_places(case, [verdict.site_id for verdict in case.whole.verdicts])
    sites = sorted({row.site_id for row in case.plan.candidates} & set(places.rows))
    ground = _Ground(case=case, travel=travel, places=places, sites=sites)
    for entry, group in _groups(ground, section):
        yield from _of_stations(ground, entry, group)
        if entry.served_share_min is not None:
            yield _of_demand(ground, entry, group, entry.served_share_min, entry.penalty_cny_per_kg)
        if isinstance(entry, CorridorOwed) and entry.gap_max_km is not None:
            yield _of_gap(ground, entry, group.name, entry.gap_max_km)
    yield from _of_hosts_and_owners(ground, section)
    yield from _of_operators(ground, section)
    if section.backup_share_min is not None:
        value = _backup_share(case, travel)
        yield _floor("backup", "backup_share", section.backup_share_min, value)
    if lost is not None and lost.loss_share_min is not None:
        worst = min((row.still_share for row in case.plan.losses if row.what == "station"), default=1.0)
        yield _floor("loss of a station", "loss_share", lost.loss_share_min, worst)


def _of_hosts_and_owners(ground: _Ground, section: PolicySection) -> Iterator[Expected]:
    for host in _in_force(ground.case, section.hosts):
        there = frozenset(name for name in ground.sites if ground.place(name).kind in host.kinds)
        more = sum(row.kind in host.kinds for row in ground.elsewhere)
        name = host.name or ", ".join(host.kinds)
        yield from _of_stations(ground, host, _Group(name=name, sites=there, demand=frozenset(), elsewhere=more))
    for owner in _in_force(ground.case, section.owners):
        there = frozenset(name for name in ground.sites if ground.place(name).owner == owner.owner)
        group = _Group(name=owner.name or owner.owner, sites=there, demand=frozenset())
        yield from _of_stations(ground, owner, group)


def _of_operators(ground: _Ground, section: PolicySection) -> Iterator[Expected]:
    wanted = read_spread(ground.case).rows
    for promise in _in_force(ground.case, section.operators):
        rows = frozenset(n for n in ground.case.demand if n in wanted and wanted[n].operator == promise.operator)
        group = _Group(name=promise.name or promise.operator, sites=frozenset(), demand=rows)
        yield _of_demand(ground, promise, group, promise.served_share_min, promise.penalty_cny_per_kg)


def _floor(name: str, about: str, limit: float, value: float) -> Expected:
    return Expected(name=name, about=about, sense="≥", limit=limit, value=value, hard=True, price=0.0)


def _in_force(case: Case, rules: Sequence[OwedT]) -> list[OwedT]:
    """Rules whose first year has come."""
    return [rule for rule in rules if rule.from_year is None or rule.from_year <= case.plan.period]


def _groups(ground: _Ground, section: PolicySection) -> Iterator[tuple[GroupOwed, _Group]]:
    case = ground.case
    points = [row for row in case.plan.demand if not row.origin]
    for district in _in_force(case, section.districts):
        named = [district.district]
        if district.district == EVERY:
            named = sorted({row.district for row in points if row.district and row.kg_per_d.base > 0})
        for of in named:
            yield (
                district,
                _Group(
                    name=district.name or of,
                    sites=frozenset(name for name in ground.sites if ground.place(name).district == of),
                    demand=frozenset(row.id for row in points if row.district == of),
                    elsewhere=sum(row.district == of for row in ground.elsewhere),
                ),
            )
    for area in _in_force(case, section.areas):
        yield area, _of_area(ground, area)
    for corridor in _in_force(case, section.corridors):
        road = _road(ground, corridor)
        flows = {name for name, links in ground.travel.routes.items() if links & road.links}
        yield (
            corridor,
            _Group(
                name=corridor.name or corridor.road,
                sites=frozenset(_beside(ground, road, [ground.place(name) for name in ground.sites], corridor)),
                demand=frozenset(_beside(ground, road, _demand_places(ground), corridor) | flows),
            ),
        )


def _demand_places(ground: _Ground) -> list[Place]:
    """Points of demand where the tables put them, by the id of their row."""
    rows = read_spread(ground.case).rows
    return [
        Place(id=name, name=name, lon=place.lon, lat=place.lat, precision_m=place.precision_m)
        for name in sorted(ground.case.demand)
        if name in rows and (place := rows[name].place) is not None
    ]


def _of_area(ground: _Ground, area: AreaOwed) -> _Group:
    file = ground.case.project.path(area.file, where="inputs")
    chosen = [a for a in read_areas(file, where=area.file, crs=area.crs) if area.polygon in (None, a.name)]

    def inside(found: Sequence[Place]) -> frozenset[str]:
        if not found or not chosen:
            return frozenset()
        lon, lat = np.array([place.lon for place in found]), np.array([place.lat for place in found])
        metres = signed_distances_m(chosen, lon, lat)
        return frozenset(place.id for place, away_m in zip(found, metres, strict=True) if away_m <= 0)

    name = area.name or area.polygon or area.file
    return _Group(
        name=name,
        sites=inside([ground.place(site) for site in ground.sites]),
        demand=inside(_demand_places(ground)),
    )


def _road(ground: _Ground, corridor: CorridorOwed) -> NamedRoad:
    return find_road(read_roads(ground.case)[0], corridor.road, where="policy.corridors")


def _beside(ground: _Ground, road: NamedRoad, places: Sequence[Place], corridor: CorridorOwed) -> set[str]:
    network = read_roads(ground.case)[0]
    return {name for piece in along(network, road, places, within_km=corridor.within_km) for name in piece}


# Limits


def _is_hard(rule: Owed) -> bool:
    return rule.holds == "must"


def _priced(rule: Owed, price: float | None) -> float:
    return price or 0.0 if rule.holds == "priced" else 0.0


def _of_stations(ground: _Ground, rule: StationsOwed, group: _Group) -> Iterator[Expected]:
    stations = ground.case.plan.stations
    there = [station for station in stations if station.site_id in group.sites]
    every = len(stations) + len(ground.elsewhere)
    count = float(len(there) + group.elsewhere)
    share = count / every if every else 0.0
    kg = math.fsum(station.capacity_kg_per_d for station in there)
    price = _priced(rule, rule.penalty_cny_per_yr)
    least = rule.capacity_min_kg_per_d
    for about, sense, limit, value, unit in (
        ("stations", "≥", rule.stations_min, count, price),
        ("stations", "≤", rule.stations_max, count, price),
        ("share_of_stations", "≥", rule.share_min, share, price * every),
        ("share_of_stations", "≤", rule.share_max, share, price * every),
        ("capacity_kg_per_d", "≥", least, kg, price / (least or 1.0)),
    ):
        if limit is not None:
            yield Expected(
                name=group.name, about=about, sense=sense, limit=limit, value=value, hard=_is_hard(rule), price=unit
            )


def _of_demand(ground: _Ground, rule: Owed, group: _Group, least: float, price: float | None) -> Expected:
    rows = [row for row in ground.case.plan.demand if row.id in group.demand]
    total = math.fsum(row.kg_per_d.base for row in rows)
    given = (kg for name in group.demand for kg in _given(ground.case).get(name, ()))
    return Expected(
        name=group.name,
        about="served_share",
        sense="≥",
        limit=least,
        value=math.fsum(given) / total if total else 1.0,
        hard=_is_hard(rule),
        price=_priced(rule, price) * ground.case.scenario.finance.operating_d_per_yr * total,
    )


def _given(case: Case) -> Mapping[str, list[float]]:
    """Row of demand to what is dispensed for it."""

    def sums() -> Mapping[str, list[float]]:
        found: defaultdict[str, list[float]] = defaultdict(list)
        for row in case.plan.allocations:
            found[row.demand_id].append(row.kg_per_d)
        return found

    return case.once(("given", case.plan.period), sums)


def _of_gap(ground: _Ground, rule: CorridorOwed, name: str, gap_km: float) -> Expected:
    """The longest part of the road without a station; a window is a part as long as allowed that holds none."""
    case, road = ground.case, _road(ground, rule)
    places = [ground.place(site) for site in ground.sites]
    pieces = along(read_roads(case)[0], road, places, within_km=rule.within_km)
    large = {s.site_id for s in case.plan.stations if s.capacity_kg_per_d >= rule.gap_station_min_kg_per_d}
    longest, missed = 0.0, 0
    for stretch, at_km in zip(road.stretches, pieces, strict=True):
        length, ring = stretch.length_km, stretch.is_ring
        stand = sorted(km for site, km in at_km.items() if site in large)
        longest = max(longest, _longest(stand, length, ring=ring))
        missed += sum(not sites & large for sites in _windows(at_km, length, gap_km, ring=ring))
    price = _priced(rule, rule.penalty_cny_per_yr) * missed
    return Expected(name=name, about="gap_km", sense="≤", limit=gap_km, value=longest, hard=_is_hard(rule), price=price)


def _longest(stand: Sequence[float], length: float, *, ring: bool) -> float:
    if not stand:
        return length
    ends = [*stand, stand[0] + length] if ring else [0.0, *stand, length]
    return max((b - a for a, b in pairwise(ends)), default=0.0)


def _windows(at_km: Mapping[str, float], length: float, gap_km: float, *, ring: bool) -> list[frozenset[str]]:
    """Sites in each part (s, s + gap] where s is a site or the beginning of the road; those that say more stay out."""
    if length <= gap_km + SAME_KM:
        return []
    starts = {0.0, *at_km.values()} if not ring else set(at_km.values()) or {0.0}
    twice = [(km + turn, site) for site, km in at_km.items() for turn in ((0.0, length) if ring else (0.0,))]
    found: list[frozenset[str]] = []
    for start in sorted(starts):
        if not ring and length - start <= gap_km + SAME_KM:
            continue
        first = start == 0.0
        within = (
            site
            for km, site in twice
            if km <= start + gap_km + SAME_KM and (km > start + SAME_KM or (first and km <= SAME_KM))
        )
        found.append(frozenset(within))
    unique = list(dict.fromkeys(found))
    return [sites for sites in unique if not any(other < sites for other in unique)]


def _backup_share(case: Case, travel: Travel) -> float:
    stations = {station.site_id for station in case.plan.stations}
    near: defaultdict[str, int] = defaultdict(int)
    for demand, site in travel.within:
        near[demand] += site in stations and can_fill(case, demand, site)
    total = math.fsum(row.kg_per_d.base for row in case.plan.demand)
    twice = math.fsum(row.kg_per_d.base for row in case.plan.demand if near[row.id] > 1)
    return twice / total if total else 0.0


def _builders_kept(case: Case) -> Iterator[Finding]:
    """Where only its owner may build, only an owner who takes part does."""
    builders = None if case.scenario.policy is None else case.scenario.policy.builders
    if builders is None:
        return
    places = read_places(case, [verdict.site_id for verdict in case.whole.verdicts])
    for station in case.plan.stations:
        rows = places.rows.get(station.site_id)
        if rows and not station.built:
            yield holds(f"{station.site_id}: of an owner who builds", rows[0].owner in ("", *builders))
