"""A tank driven along a trip from stop to stop: whether it lasts, and how much can be filled where."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from scipy.optimize import nnls

TANK_KM = 1e-4
"""A tank that lasts to within a decimetre lasts."""

START, END = -1, -2
FIRM = 1e3
"""Weight of driving on over filling what is told, where both cannot be."""

Stop = tuple[float, float]
"""Km from the origin to where a site leaves the route, and km from there to the site."""


@dataclass(frozen=True, kw_only=True)
class Trip:
    """A flow as it is driven: its length one way, and the stops in its reach by site."""

    length_km: float
    stops: Mapping[str, Stop]


@dataclass(frozen=True, kw_only=True)
class Tank:
    """How a trip is driven, by the options of the plan's model."""

    range_km: float
    start_km: float
    end_km: float | None
    """None: a round trip that is driven over and over."""
    round_trip: bool

    @staticmethod
    def of(options: Mapping[str, Any], *, class_range_km: float) -> Tank:
        """Read the options of a corridor model; what they leave out is as its documentation says."""
        lasts = float(options.get("vehicle_range_km") or class_range_km)
        start = float(options.get("start_share", 0.5))
        end = options.get("end_share")
        round_trip = options.get("tour", "round_trip") == "round_trip"
        left = None if end is None and round_trip else float(start if end is None else end) * lasts
        return Tank(range_km=lasts, start_km=start * lasts, end_km=left, round_trip=round_trip)


@dataclass(frozen=True, slots=True, kw_only=True)
class Leg:
    """From one stop to the next on one tank, or from the start, or to the end."""

    tail: int
    head: int
    km: float
    """Along the route: what was driven since the stop before, or is left to drive after the last."""
    fills_at: str
    begins: bool
    """Whether a round of the trip begins with it."""


def legs(length_km: float, stops: Mapping[str, Stop], tank: Tank) -> list[Leg]:
    """List every leg of a trip that one tank lasts for, both ways off the route included.

    A round trip passes each site twice. Driven over and over, a round begins at a stop that the start allows. Stops at
    the same km may be driven to in any order.
    """
    out = sorted((km, off, site) for site, (km, off) in stops.items())
    passed = [*out, *((2 * length_km - km, off, site) for km, off, site in reversed(out))] if tank.round_trip else out
    tour = 2 * length_km if tank.round_trip else length_km
    first = {n for n, (km, off, _) in enumerate(passed) if km + off <= tank.start_km + TANK_KM}
    found: list[Leg] = []
    for a, (since, off_a, site_a) in enumerate(passed):
        for b, (km, off_b, site_b) in enumerate(passed):
            for way, begins in _ways(a, b, km - since, tour, over=tank.end_km is None and b in first):
                if off_a + way + off_b <= tank.range_km + TANK_KM:
                    found.append(Leg(tail=a, head=b, km=way, fills_at=site_b, begins=begins))
        if tank.end_km is not None and a in first:
            found.append(Leg(tail=START, head=a, km=since, fills_at=site_a, begins=True))
        if tank.end_km is not None and off_a + tour - since + tank.end_km <= tank.range_km + TANK_KM:
            found.append(Leg(tail=a, head=END, km=tour - since, fills_at=site_a, begins=False))
    return found


def _ways(a: int, b: int, ahead_km: float, tour_km: float, *, over: bool) -> Iterator[tuple[float, bool]]:
    """Yield the km from stop a on to stop b on the same round, and on the next one where the trip is driven over."""
    if b != a and (ahead_km > 0 or abs(ahead_km) <= TANK_KM):
        yield max(0.0, ahead_km), False
    if over and b <= a:
        yield tour_km + ahead_km, True


def drives(length_km: float, stops: Mapping[str, Stop], tank: Tank) -> bool:
    """Drive a trip and say whether the tank never runs dry; one stop at least, where the hydrogen is bought."""
    line = legs(length_km, stops, tank)
    if tank.end_km is None:
        return any(leg.tail in _reached(leg.head, line) for leg in line if leg.begins)
    return END in _reached(START, line)


def _reached(start: int, line: Sequence[Leg]) -> set[int]:
    """Return where one comes from a place, leg by leg."""
    reached, before = {start}, 0
    while len(reached) > before:
        before = len(reached)
        reached |= {leg.head for leg in line if leg.tail in reached}
    return reached


def filled(length_km: float, stops: Mapping[str, Stop], tank: Tank, told: Mapping[str, float]) -> dict[str, float]:
    """Return the shares of a trip's fuel filled at each site that come nearest to `told` and can be driven.

    Some share of the vehicles drives each leg: who comes to a stop drives on from it, no more start than there are, and
    each stop fills what was driven since the one before, the last one also what is left to drive. The shares of legs
    are found by least squares (C. L. Lawson, R. J. Hanson, Solving least squares problems, 1974).
    """
    line = legs(length_km, stops, tank)
    if not line:
        return {}
    tour = 2 * length_km if tank.round_trip else length_km
    names = sorted({*told, *stops})
    places = sorted({n for leg in line for n in (leg.tail, leg.head) if n >= 0})
    site_at, place_at = {site: n for n, site in enumerate(names)}, {place: n for n, place in enumerate(places)}
    fill, on = np.zeros((len(names), len(line))), np.zeros((len(places), len(line)))
    begins = np.array([[float(leg.begins) for leg in line]])
    for n, leg in enumerate(line):
        fill[site_at[leg.fills_at], n] += leg.km / tour
        if leg.head >= 0:
            on[place_at[leg.head], n] += 1.0
        if leg.tail >= 0:
            on[place_at[leg.tail], n] -= 1.0
    idle = np.zeros((len(names) + len(places), 1))
    rows = np.hstack([np.vstack([fill, FIRM * on, FIRM * begins]), np.vstack([idle, [[FIRM]]])])
    wanted = np.array([told.get(site, 0.0) for site in names] + [0.0] * len(places) + [FIRM])
    part = nnls(rows, wanted)[0][:-1]
    return dict(zip(names, (fill @ part).tolist(), strict=True))
