"""Demand read anew from the tables: the places that want hydrogen, and each one's part in the vehicles of its use."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import product
from typing import Literal

from h2plan.domain import Place, Terminal
from h2plan.errors import InputError
from h2plan.fields import Datum, NotNegative, Positive, Section, Share
from h2plan.geo.crs import geodesic_km
from h2plan.plan._check_case import Case, read_options
from h2plan.tables.rows import ActivityRow, DistrictRow, GatewayRow, SiteRow, TownRow

FLOWS = "highways"
"""The use whose vehicles drive between two places instead of standing at one."""
SWEEPS = 1000
BALANCED = 1e-12
"""Balancing ends when no pair changes by more than this, relative."""


class _DistrictOptions(Section):
    file: str
    crs: Datum
    towns: str | None = None
    seat_share: Share = 1.0


class _ActiveOptions(Section):
    file: str
    crs: Datum
    activity: str


class _FlowOptions(Section):
    gateways: str
    far_gateways: str | None = None
    ports: str
    hubs: str
    activity: str
    crs: Datum
    gateway_hub_share: Share
    gateway_port_share: Share
    hub_port_share: Share
    decay: NotNegative = 1.0
    distance_floor_km: Positive = 5.0
    balance: Literal["total", "both"] = "total"


@dataclass(frozen=True, slots=True, kw_only=True)
class Wanting:
    """A place, the district it is counted in, and its weight among the places of its use."""

    place: Place
    district: str
    weight: float


@dataclass(frozen=True, kw_only=True)
class Spread:
    """Who wants hydrogen where. Points are keyed by (use, place id), flows by (origin, destination)."""

    points: Mapping[tuple[str, str], Wanting]
    point_share: Mapping[tuple[str, str], float]
    flow_share: Mapping[tuple[str, str], float]
    terminals: Mapping[str, Terminal]


def read_spread(case: Case) -> Spread:
    """Read every demand source of the scenario."""
    points: dict[tuple[str, str], Wanting] = {}
    shares: dict[tuple[str, str], float] = {}
    flow_share: dict[tuple[str, str], float] = {}
    terminals: dict[str, Terminal] = {}
    for number, entry in enumerate(case.scenario.demand):
        where = f"demand[{number}]"
        if entry.use == FLOWS:
            flow_share, terminals = _flows(case, read_options(_FlowOptions, entry, where=where))
            continue
        if entry.use == "districts":
            wanting = list(_districts(case, read_options(_DistrictOptions, entry, where=where)))
        elif entry.use in ("ports", "logistics_hubs"):
            active = read_options(_ActiveOptions, entry, where=where)
            wanting = _active(case, entry.use, file=active.file, crs=active.crs, activity=active.activity)
        else:
            raise InputError(f"the re-check does not know the source of demand '{entry.use}'", where=where)
        total = math.fsum(row.weight for row in wanting)
        points.update({(entry.use, row.place.id): row for row in wanting})
        shares.update({(entry.use, row.place.id): row.weight / total for row in wanting if row.weight > 0})
    return Spread(points=points, point_share=shares, flow_share=flow_share, terminals=terminals)


def _districts(case: Case, options: _DistrictOptions) -> Iterator[Wanting]:
    """People, nobody counted twice, at the seat of their district and at its towns."""
    districts = case.table(options.file, DistrictRow, in_region=True, crs=options.crs)
    towns: list[TownRow] = []
    if options.towns is not None:
        towns = case.table(options.towns, TownRow, in_region=True, crs=options.crs)
    for row in districts:
        people = row.population - sum(other.population for other in districts if other.counted_in == row.id)
        inside = [town for town in towns if town.district == row.name]
        seat = options.seat_share if inside else 1.0
        yield Wanting(place=row.to_place(), district=row.name, weight=people * seat)
        for town in inside:
            weight = people * (1 - seat) / len(inside)
            yield Wanting(place=town.to_place(), district=row.name, weight=weight)


def _active(case: Case, use: str, *, file: str, crs: str, activity: str) -> list[Wanting]:
    """Ports or hubs by their activity; one without a position leaves its part to the others."""
    rows = {row.id: row for row in case.table(file, SiteRow, in_region=True, crs=crs)}
    weights = {row.site_id: row.weight for row in case.table(activity, ActivityRow) if row.use == use}
    sites = {name: rows[name].to_site() for name in weights if name in rows and rows[name].is_placed}
    return [Wanting(place=site, district=site.district, weight=weights[name]) for name, site in sites.items()]


End = tuple[Terminal, float]
"""One end of a flow and its weight."""


def _flows(case: Case, options: _FlowOptions) -> tuple[dict[tuple[str, str], float], dict[str, Terminal]]:
    """The gravity rule, group by group: weight x weight / km^decay, scaled to the group's share."""
    crs, activity = options.crs, options.activity
    hubs = _ends(_active(case, "logistics_hubs", file=options.hubs, crs=crs, activity=activity))
    ports = _ends(_active(case, "ports", file=options.ports, crs=crs, activity=activity))
    files = [options.gateways, *([options.far_gateways] if options.far_gateways is not None else [])]
    gateways = [row for file in files for row in case.table(file, GatewayRow, crs=crs)]
    cities = [(row.to_terminal(), float(row.population)) for row in gateways if row.is_placed and row.population]
    shares: dict[tuple[str, str], float] = {}
    groups = (
        (options.gateway_hub_share, cities, hubs),
        (options.gateway_port_share, cities, ports),
        (options.hub_port_share, hubs, ports),
    )
    for part, origins, ends in groups:
        pull = {
            (start.id, end.id): weight * other / _km(start, end, options) ** options.decay
            for (start, weight), (end, other) in product(origins, ends)
            if weight > 0 and other > 0
        }
        if options.balance == "both" and part > 0:
            pull = _balanced(pull, origins, ends)
        total = math.fsum(pull.values())
        if part > 0 and total > 0:
            shares.update({pair: part * value / total for pair, value in pull.items()})
    return shares, {end.id: end for end, _ in (*cities, *hubs, *ports)}


Pull = dict[tuple[str, str], float]


def _balanced(pull: Pull, origins: Sequence[End], ends: Sequence[End]) -> Pull:
    """Scale rows and columns in turn until every origin and every destination has its weight's part (Furness)."""
    for _ in range(SWEEPS):
        before = pull
        for side, weights in ((0, dict(_weights(origins))), (1, dict(_weights(ends)))):
            parts: dict[str, list[float]] = {}
            for pair, value in pull.items():
                parts.setdefault(pair[side], []).append(value)
            total = {name: math.fsum(values) for name, values in parts.items()}
            pull = {pair: value * weights[pair[side]] / total[pair[side]] for pair, value in pull.items()}
        if all(abs(value - before[pair]) <= BALANCED * value for pair, value in pull.items()):
            return pull
    raise InputError("the matrix of flows does not converge", where="demand highways")


def _weights(ends: Sequence[End]) -> Iterator[tuple[str, float]]:
    total = math.fsum(weight for _, weight in ends)
    return ((end.id, weight / total) for end, weight in ends)


def _ends(rows: Sequence[Wanting]) -> list[End]:
    return [
        (
            Terminal(
                id=row.place.id,
                name=row.place.name,
                name_en=row.place.name_en,
                lon=row.place.lon,
                lat=row.place.lat,
                bank=row.place.bank,
                precision_m=row.place.precision_m,
                kind="site",
            ),
            row.weight,
        )
        for row in rows
    ]


def _km(start: Terminal, end: Terminal, options: _FlowOptions) -> float:
    return max(float(geodesic_km(start.lon, start.lat, end.lon, end.lat)), options.distance_floor_km)
