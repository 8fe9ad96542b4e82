"""Trips as tours that a tank must last for: who passes which site where, and the hops from one stop to the next.

A round trip goes there and back the same way, so that it passes every site twice. With no fuel asked for at its end it
is driven over and over: each round begins with what the last one left, and a driver keeps to the same stops.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection
from dataclasses import dataclass
from itertools import pairwise
from typing import Literal

import numpy as np
from pydantic import BaseModel, ConfigDict, Field

from h2plan.errors import Fault, InputError
from h2plan.models import _parts as parts
from h2plan.problem import Problem
from h2plan.solve.corridors import ArcCovers, Trips, arc_covers

TANK_KM = 1e-6
"""A tank that lasts to within a millimetre lasts."""
START, END = -1, -2
Sets = tuple[tuple[str, ...], ...]


class TourOptions(BaseModel):
    """How trips are driven."""

    model_config = ConfigDict(frozen=True, extra="forbid", allow_inf_nan=False)

    tour: Literal["round_trip", "one_way"] = Field(
        default="round_trip", description="round_trip: there and back the same way; one_way: there"
    )
    start_share: float = Field(default=0.5, ge=0, le=1, description="how full the tank is at the origin")
    end_share: float | None = Field(
        default=None,
        ge=0,
        le=1,
        description="how full it must be at the end; blank: a round trip is driven over and over, a one-way trip ends "
        "as full as it began",
    )
    vehicle_range_km: float | None = Field(
        default=None, gt=0, description="km that a full tank lasts for; blank: that of each vehicle class"
    )

    @property
    def over_and_over(self) -> bool:
        return self.tour == "round_trip" and self.end_share is None


@dataclass(frozen=True, kw_only=True)
class Tour:
    """One trip with the sites it passes, in driving order."""

    length_km: float
    range_km: float
    start_km: float
    end_km: float | None
    """None: the tour is driven over and over."""
    site: tuple[str, ...]
    at_km: tuple[float, ...]
    spur_km: tuple[float, ...]


@dataclass(frozen=True, kw_only=True)
class Hop:
    """From one stop to the next with one tank; `km` along the route. START and END stand for the ends of the tour."""

    tail: int
    head: int
    km: float
    into_next_round: bool


def tours(problem: Problem, options: TourOptions, usable: Collection[str]) -> dict[str, Tour]:
    """Return the tour of each flow, with the passings of usable sites.

    Raises:
        InputError: the problem holds no flow, or a flow whose range nobody knows.
    """
    trips = problem.trips
    _refuse_no_range(problem, options)
    if not len(trips.row):
        raise InputError("there is no flow to refuel; max_cover and network_design plan for points", where="demand")
    begin = np.searchsorted(trips.stop_trip, np.arange(len(trips.row) + 1))
    found = {}
    for n, row in enumerate(trips.row):
        length = float(trips.length_km[n])
        stops = [
            (float(trips.stop_km[s]), problem.sites.ids[trips.stop_site[s]], float(trips.spur_km[s]))
            for s in range(begin[n], begin[n + 1])
            if problem.sites.ids[trips.stop_site[s]] in usable
        ]
        back = [(2 * length - km, site, spur) for km, site, spur in stops] if options.tour == "round_trip" else []
        passed = sorted([*stops, *back])
        lasts = float(trips.range_km[n]) if options.vehicle_range_km is None else options.vehicle_range_km
        end = options.start_share if options.end_share is None else options.end_share
        found[problem.demand_ids[row]] = Tour(
            length_km=length * (2 if back or options.tour == "round_trip" else 1),
            range_km=lasts,
            start_km=options.start_share * lasts,
            end_km=None if options.over_and_over else end * lasts,
            site=tuple(site for _, site, _ in passed),
            at_km=tuple(km for km, _, _ in passed),
            spur_km=tuple(spur for *_, spur in passed),
        )
    return found


def _refuse_no_range(problem: Problem, options: TourOptions) -> None:
    unknown = [problem.demand_ids[row] for row in problem.trips.row[np.isnan(problem.trips.range_km)]]
    if unknown and options.vehicle_range_km is None:
        hint = "fill in range_km of its vehicle class, or give model.vehicle_range_km; 300 would work"
        raise InputError(
            [Fault(where="flows", column=q, message="its vehicle class has no range", hint=hint) for q in unknown]
        )


def hops(tour: Tour) -> list[Hop]:
    """List every pair of stops that one tank lasts between, both detours included, and the first and last stretch."""
    stops = range(len(tour.site))
    found = [
        hop
        for a in stops
        for b in stops
        if (hop := _hop(tour, a, b)) is not None and tour.spur_km[a] + hop.km + tour.spur_km[b] <= _tank(tour)
    ]
    if tour.end_km is None:
        return found
    for a in stops:
        if _first(tour, a):
            found.append(Hop(tail=START, head=a, km=tour.at_km[a], into_next_round=False))
        left = tour.length_km - tour.at_km[a]
        if tour.spur_km[a] + left + tour.end_km <= _tank(tour):
            found.append(Hop(tail=a, head=END, km=left, into_next_round=False))
    return found


def _tank(tour: Tour) -> float:
    return tour.range_km + TANK_KM


def _first(tour: Tour, stop: int) -> bool:
    """Say whether the fuel at the start lasts to this stop."""
    return tour.at_km[stop] + tour.spur_km[stop] <= tour.start_km + TANK_KM


def _hop(tour: Tour, a: int, b: int) -> Hop | None:
    """Return the way from a to b: later on this round, or on the next one if the tour goes on and the start allows."""
    if b > a:
        return Hop(tail=a, head=b, km=tour.at_km[b] - tour.at_km[a], into_next_round=False)
    if tour.end_km is not None or not _first(tour, b):
        return None
    return Hop(tail=a, head=b, km=tour.length_km - tour.at_km[a] + tour.at_km[b], into_next_round=True)


def shares_at(tour: Tour, is_open: Collection[str]) -> dict[str, float] | None:
    """Return the share of the tour's fuel that is filled at each stop, with few stops; None where no tank lasts.

    What is filled at a stop is what was driven since the stop before; a tour that ends fills its last stretch at the
    last stop. Of all first stops the latest that the start allows is tried first.
    """
    stops = [n for n, site in enumerate(tour.site) if site in is_open]
    for first in reversed([n for n in stops if _first(tour, n)]):
        line = _fewest(tour, [n for n in stops if n >= first], [n for n in stops if n < first])
        if line is not None:
            return _filled(tour, line)
    return None


def _fewest(tour: Tour, ahead: list[int], wrapped: list[int]) -> list[tuple[int, float]] | None:
    """Return stops and km since the one before, with fewest stops from the first of `ahead` to the end of the tour."""
    over = tour.end_km is None
    order = [(n, tour.at_km[n]) for n in ahead]
    if over:
        order += [(n, tour.at_km[n] + tour.length_km) for n in [*wrapped, ahead[0]] if _first(tour, n)]
    best: list[tuple[int, int]] = [(0, -1)]
    for b, (stop, km) in enumerate(order[1:], start=1):
        reach = [
            (best[a][0] + 1, a)
            for a, (before, since) in enumerate(order[:b])
            if best[a][0] < UNREACHED and tour.spur_km[before] + km - since + tour.spur_km[stop] <= _tank(tour)
        ]
        best.append(min(reach, default=(UNREACHED, -1)))
    last = len(order) - 1 if over else _last_stop(tour, order, best)
    if last is None or best[last][0] >= UNREACHED:
        return None
    chain = [last]
    while best[chain[-1]][1] >= 0:
        chain.append(best[chain[-1]][1])
    chain.reverse()
    gaps = [(order[b][0], order[b][1] - order[a][1]) for a, b in pairwise(chain)]
    if over:
        return gaps
    line = [(order[0][0], order[0][1]), *gaps]
    return [*line[:-1], (line[-1][0], line[-1][1] + tour.length_km - order[last][1])]


UNREACHED = 10**9


def _last_stop(tour: Tour, order: list[tuple[int, float]], best: list[tuple[int, int]]) -> int | None:
    ends = [
        (best[n][0], n)
        for n, (stop, km) in enumerate(order)
        if tour.spur_km[stop] + tour.length_km - km + (tour.end_km or 0.0) <= _tank(tour)
    ]
    return min(ends, default=(UNREACHED, None))[1]


def _filled(tour: Tour, line: list[tuple[int, float]]) -> dict[str, float]:
    shares: dict[str, float] = {}
    for stop, km in line:
        shares[tour.site[stop]] = shares.get(tour.site[stop], 0.0) + km / tour.length_km
    return {site: share for site, share in shares.items() if share > 0}


def sets_of(problem: Problem, options: TourOptions, usable: Collection[str]) -> dict[str, list[tuple[str, ...]]]:
    """Return for each flow the sets of sites of which it needs one open each; what nothing serves is left out.

    The tank keeps a reserve for the longest way off the route and back, so that every stop may be used.
    """
    covers, trips = _covers(problem, options, usable)
    ids, rows = problem.sites.ids, [problem.demand_ids[row] for row in problem.trips.row]
    found: dict[str, list[tuple[str, ...]]] = {}
    for n, row in enumerate(rows):
        if covers.always[n]:
            stops = tuple(sorted({ids[j] for j in trips.site[trips.trip == n]}))
            found.update({row: [stops]} if stops else {})
    member = covers.member
    for s, n in enumerate(covers.trip):
        names = tuple(sorted(ids[j] for j in member.indices[member.indptr[s] : member.indptr[s + 1]]))
        found.setdefault(rows[n], []).append(names)
    return found


def _covers(problem: Problem, options: TourOptions, usable: Collection[str]) -> tuple[ArcCovers, Trips]:
    _refuse_no_range(problem, options)
    trips = problem.trips
    count = len(trips.row)
    kept = np.array([problem.sites.ids[j] in usable for j in trips.stop_site], dtype=np.bool_)
    lasts = trips.range_km if options.vehicle_range_km is None else np.full(count, options.vehicle_range_km)
    spur = np.zeros(count)
    np.maximum.at(spur, trips.stop_trip[kept], trips.spur_km[kept])
    tank = lasts - 2 * spur
    end = options.start_share if options.end_share is None else options.end_share
    left = end * lasts + spur
    short = (tank <= 0) | (left > tank + TANK_KM if not options.over_and_over else False)
    kept &= ~short[trips.stop_trip]
    tank = np.where(short, lasts, tank)
    asked = Trips(
        trip=trips.stop_trip[kept],
        site=trips.stop_site[kept],
        km=trips.stop_km[kept],
        length_km=trips.length_km,
        range_km=tank,
        start_km=np.clip(options.start_share * lasts - spur, 0.0, tank),
        end_km=np.full(count, np.nan) if options.over_and_over else np.clip(left, 0.0, tank),
        round_trip=np.full(count, options.tour == "round_trip"),
        sites=len(problem.sites.ids),
    )
    return arc_covers(asked), asked


def needs_of(problem: Problem, options: TourOptions, net: parts.Network) -> dict[str, list[tuple[str, ...]]]:
    """Return for each row the sets of sites of which it needs one open each."""
    usable = net.sizes_at.keys() | net.built_kg.keys()
    flows = {problem.demand_ids[row] for row in problem.trips.row}
    by_flow = sets_of(problem, options, usable)
    points = {i: [tuple(sorted(sites))] for i, sites in net.sites_of().items() if i not in flows}
    return {**points, **{i: sets for i, sets in by_flow.items() if i in net.demand_kg}}


def merged_rows(net: parts.Network, needs: dict[str, list[tuple[str, ...]]]) -> dict[str, tuple[float, Sets]]:
    """Return rows merged by their sets: first id of the group to its kg/d and its sets, those fulfilled already out."""
    groups: defaultdict[Sets, list[str]] = defaultdict(list)
    for i, sets in sorted(needs.items()):
        groups[tuple(sorted(sites for sites in set(sets) if not any(j in net.built_kg for j in sites)))].append(i)
    return {rows[0]: (sum(net.demand_kg[i] for i in rows), sets) for sets, rows in groups.items()}
