"""Flows read anew: who trades with whom, by gravity or by a table of trips, and what is taken at the base."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Annotated, Literal, NamedTuple

from pydantic import Field

from h2plan.domain import Place, Terminal
from h2plan.errors import InputError
from h2plan.fields import Datum, NoBool, Positive, Section, Share
from h2plan.geo import access, travel
from h2plan.geo.crs import geodesic_km
from h2plan.plan._check_case import Case
from h2plan.plan._check_matrix import Group, Pull, balanced, margins, parts_by_weight, pulled
from h2plan.plan._check_people import seats
from h2plan.plan._check_roads import closed_links, read_access, read_roads
from h2plan.plan._check_wanted import THROUGH, ByYear, Total, Wanted, Wanting, lots_of_fleet, of_year
from h2plan.tables.rows import ActivityRow, GatewayRow, OdRow, SiteRow

FLOWS = "highways"
"""The use whose vehicles drive between two places instead of standing at one."""
Km = Callable[[Sequence[str], Sequence[str]], Pull]
"""Distances between two lists of ends."""


class FlowOptions(Section):
    """Options of the source `highways`."""

    gateways: str
    far_gateways: str | None = None
    ports: str
    hubs: str
    activity: str
    districts: str | None = None
    crs: Datum
    gateway_hub_share: Share
    gateway_port_share: Share
    hub_port_share: Share
    gateway_district_share: Share = 0.0
    hub_district_share: Share = 0.0
    balance: Literal["total", "both"] = "total"
    form: Literal["power", "exponential"] = "power"
    decay: Annotated[float, Field(ge=0, le=10), NoBool] = 1.0
    mean_km: Positive | None = None
    distance: Literal["straight", "road"] = "straight"
    distance_floor_km: Positive = 5.0
    base_share: Share = 0.0
    od: str | None = None
    counts: str | None = None
    through_vehicles: ByYear = Field(default_factory=dict)
    through_class: str | None = None
    through_fill_share: Share = 0.5


class Flows(NamedTuple):
    """Rows by id, and the totals of those that are not re-derived one by one."""

    rows: Mapping[str, Wanted]
    totals: Sequence[Total]


@dataclass(frozen=True, kw_only=True)
class _Ends:
    terminals: Mapping[str, Terminal]
    district: Mapping[str, str]
    cities: Mapping[str, float]
    groups: Sequence[Group]

    def base(self, pair: tuple[str, str]) -> str:
        """The end where a vehicle is at home: not the far city, else where it starts."""
        return pair[1] if pair[0] in self.cities else pair[0]


def active(case: Case, use: str, *, file: str, crs: str, activity: str) -> list[Wanting]:
    """Ports, hubs or quays by their activity; one without a position leaves its part to the others."""
    rows = {row.id: row for row in case.table(file, SiteRow, in_region=True, crs=crs)}
    weights = {row.site_id: row.weight for row in case.table(activity, ActivityRow) if row.use == use}
    sites = {name: rows[name].to_site() for name in weights if name in rows and rows[name].is_placed}
    return [Wanting(place=site, district=site.district, weight=weights[name]) for name, site in sites.items()]


def not_derived(options: Mapping[str, object]) -> str:
    """What the re-check leaves to the plan in a source of flows, in words; blank if nothing."""
    if options.get("counts") is not None:
        return "spread of highways over pairs and bases (pulled to counts) not re-derived, only its sums"
    if options.get("mean_km") is not None and options.get("od") is None:
        return (
            "spread of highways over pairs (decay by mean_km) not re-derived, only its sums by origin and destination"
        )
    return ""


def flow_rows(case: Case, options: FlowOptions) -> Flows:
    """Flows and bases of the fleet's vehicles, and what passes through."""
    ends = _ends(case, options)
    km = _distance(case, options, ends)
    if options.counts is None and (options.mean_km is None or options.od is not None):
        shares = _shares(case, options, ends, km)
        rows = {**_between(case, options, ends, dict(shares)), **_at_bases(case, options, ends, _by_base(shares, ends))}
        totals: list[Total] = []
    else:
        rows, totals = _left_open(case, options, ends)
    return Flows({**rows, **_through(case, options, ends, km)}, totals)


def _ends(case: Case, options: FlowOptions) -> _Ends:
    crs, activity = options.crs, options.activity
    hubs = active(case, "logistics_hubs", file=options.hubs, crs=crs, activity=activity)
    ports = active(case, "ports", file=options.ports, crs=crs, activity=activity)
    living = seats(case, options.districts, crs=crs) if options.districts is not None else []
    files = [options.gateways, *([options.far_gateways] if options.far_gateways is not None else [])]
    gateways = [row for file in files for row in case.table(file, GatewayRow, crs=crs)]
    known = [row for row in gateways if row.is_placed and row.population is not None]
    cities = {row.id: float(row.population or 0) for row in known}
    at_hubs, at_ports, at_districts = ({e.place.id: e.weight for e in of} for of in (hubs, ports, living))
    groups = (
        Group(options.gateway_hub_share, cities, at_hubs),
        Group(options.gateway_port_share, cities, at_ports),
        Group(options.hub_port_share, at_hubs, at_ports),
        Group(options.gateway_district_share, cities, at_districts),
        Group(options.hub_district_share, at_hubs, at_districts),
    )
    return _Ends(
        terminals={
            **{entry.place.id: _terminal(entry.place) for entry in (*hubs, *ports, *living)},
            **{row.id: row.to_terminal() for row in known},
        },
        district={entry.place.id: entry.district for entry in (*hubs, *ports, *living)},
        cities=cities,
        groups=[group for group in groups if group.share > 0],
    )


def _terminal(place: Place) -> Terminal:
    return Terminal(
        id=place.id,
        name=place.name,
        name_en=place.name_en,
        lon=place.lon,
        lat=place.lat,
        bank=place.bank,
        precision_m=place.precision_m,
        kind="site",
    )


def _distance(case: Case, options: FlowOptions, ends: _Ends) -> Km:
    floor, terminals = options.distance_floor_km, ends.terminals

    def straight(origins: Sequence[str], destinations: Sequence[str]) -> Pull:
        at = {name: (terminals[name].lon, terminals[name].lat) for name in (*origins, *destinations)}
        return {(a, b): max(float(geodesic_km(*at[a], *at[b])), floor) for a in origins for b in destinations}

    classes = [lot.vehicle_class for lot in lots_of_fleet(case, FLOWS)]
    if options.distance == "straight" or not classes:
        return straight
    network, rules, speeds = read_roads(case)
    connected = access.connect(network, list(terminals.values()), access=read_access(case, speeds), on_road=set())
    closed = closed_links(case, rules).get(classes[-1], frozenset())

    def by_road(origins: Sequence[str], destinations: Sequence[str]) -> Pull:
        reach = travel.measure(connected, origins, targets=destinations, metric="km", closed=closed).by_ids()
        return {
            (a, b): max(reach[a, b][1] if (a, b) in reach else math.inf, floor) for a in origins for b in destinations
        }

    return by_road


def _shares(case: Case, options: FlowOptions, ends: _Ends, km: Km) -> Pull:
    """Each pair's part of all flows."""
    if options.od is not None:
        trips = {(row.origin, row.destination): row.vehicles_per_d for row in case.table(options.od, OdRow)}
        strange = sorted({name for pair in trips for name in pair if name not in ends.terminals})
        if strange:
            raise InputError(f"'{strange[0]}' is no end of flows", where=options.od)
        total = math.fsum(trips.values())
        return {pair: number / total for pair, number in trips.items() if number > 0}
    shares: Pull = {}
    for group in ends.groups:
        pull = pulled(group, km(list(group.origins), list(group.destinations)), form=options.form, decay=options.decay)
        if options.balance == "both":
            pull = balanced(pull, group)
        total = math.fsum(pull.values())
        shares.update({pair: group.share * value / total for pair, value in pull.items() if value > 0})
    return shares


def _by_base(shares: Pull, ends: _Ends) -> Mapping[str, float]:
    parts: dict[str, list[float]] = {}
    for pair, share in shares.items():
        parts.setdefault(ends.base(pair), []).append(share)
    return {name: math.fsum(values) for name, values in parts.items()}


def _between(
    case: Case, options: FlowOptions, ends: _Ends, shares: Mapping[tuple[str, str], float | None]
) -> dict[str, Wanted]:
    """What is taken on the way."""
    way = 1 - options.base_share
    if way <= 0:
        return {}
    return {
        f"{FLOWS}:{a}>{b}:{lot.vehicle_class}": Wanted(
            use=FLOWS,
            vehicle_class=lot.vehicle_class,
            part=None if share is None else share * way,
            ends=(ends.terminals[a], ends.terminals[b]),
        )
        for lot in lots_of_fleet(case, FLOWS)
        for (a, b), share in shares.items()
    }


def _at_bases(
    case: Case, options: FlowOptions, ends: _Ends, shares: Mapping[str, float] | Mapping[str, None]
) -> dict[str, Wanted]:
    """What is taken at the base."""
    if options.base_share <= 0:
        return {}
    return {
        f"{FLOWS}:{name}:{lot.vehicle_class}": Wanted(
            use=FLOWS,
            vehicle_class=lot.vehicle_class,
            part=None if share is None else share * options.base_share,
            place=ends.terminals[name],
            district=ends.district.get(name, ""),
        )
        for lot in lots_of_fleet(case, FLOWS)
        for name, share in shares.items()
    }


def _left_open(case: Case, options: FlowOptions, ends: _Ends) -> tuple[dict[str, Wanted], list[Total]]:
    """Every pair that may have vehicles, none with a part of its own; what they add up to is known."""
    pairs = [(a, b) for group in ends.groups for a, b in parts_by_weight(group)]
    if options.od is not None:
        pairs = [(row.origin, row.destination) for row in case.table(options.od, OdRow) if row.vehicles_per_d > 0]
        pairs = [pair for pair in pairs if pair[0] in ends.terminals and pair[1] in ends.terminals]
    by_margins = options.counts is None
    bases: Mapping[str, float] | Mapping[str, None] = dict.fromkeys(ends.base(pair) for pair in pairs)
    if by_margins:  # the base is one side of each group, and both sides keep their weights
        bases = _by_base({p: part for group in ends.groups for p, part in parts_by_weight(group).items()}, ends)
    flows = _between(case, options, ends, dict.fromkeys(pairs))
    points = _at_bases(case, options, ends, bases)
    totals = [
        _total(lot.vehicle_class, f"all {what}", rows, part)
        for lot in lots_of_fleet(case, FLOWS)
        for what, rows, part in (("flows", flows, 1 - options.base_share), ("bases", points, options.base_share))
        if part > 0
    ]
    if by_margins and flows:
        totals += [
            _total(
                lot.vehicle_class,
                at,
                {_id(pair, lot.vehicle_class): None for pair in of},
                part * (1 - options.base_share),
            )
            for lot in lots_of_fleet(case, FLOWS)
            for group in ends.groups
            for at, of, part in margins(group)
        ]
    return {**flows, **points}, totals


def _id(pair: tuple[str, str], vehicle_class: str) -> str:
    return f"{FLOWS}:{pair[0]}>{pair[1]}:{vehicle_class}"


def _total(vehicle_class: str, at: str, rows: Mapping[str, Wanted | None], part: float) -> Total:
    ids = frozenset(name for name in rows if name.endswith(f":{vehicle_class}"))
    return Total(at=f"{FLOWS} {vehicle_class}: {at}", ids=ids, use=FLOWS, vehicle_class=vehicle_class, part=part)


def _through(case: Case, options: FlowOptions, ends: _Ends, km: Km) -> dict[str, Wanted]:
    """Traffic between far cities that leave by different nodes, each pair once; a part of it fills here."""
    name = options.through_class
    if not options.through_vehicles or name is None:
        return {}
    number = of_year(case, options.through_vehicles, where="demand highways.through_vehicles")
    cities = sorted(ends.cities)
    entries = {city: set(ends.terminals[city].entry_nodes) for city in cities}
    both = Group(1.0, ends.cities, ends.cities)
    apart = {
        pair: value
        for pair, value in pulled(both, km(cities, cities), form=options.form, decay=options.decay).items()
        if pair[0] < pair[1] and not entries[pair[0]] & entries[pair[1]]
    }
    total = math.fsum(apart.values())
    return {
        f"{_id(pair, name)}:{THROUGH}": Wanted(
            use=FLOWS,
            vehicle_class=name,
            part=value / total * options.through_fill_share,
            own=number,
            ends=(ends.terminals[pair[0]], ends.terminals[pair[1]]),
        )
        for pair, value in apart.items()
        if value > 0
    }
