"""A tank driven along a trip: whether it lasts, filling up at any open station, the ways off the route included."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

TANK_KM = 1e-4
"""A tank that lasts to within a decimetre lasts."""

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


def drives(length_km: float, stops: Mapping[str, Stop], tank: Tank) -> bool:
    """Drive a trip and say whether the tank never runs dry; a tour without end long enough to come back to a stop."""
    out = sorted(stops.values())
    if not out:
        return False
    passed = [*out, *((2 * length_km - km, off) for km, off in reversed(out))] if tank.round_trip else out
    tour = 2 * length_km if tank.round_trip else length_km
    rounds = 1 if tank.end_km is not None else len(passed) + 2
    line = [(tour * n + km, off) for n in range(rounds) for km, off in passed]
    filled: list[Stop] = []
    for km, off in line:
        here = km + off <= tank.start_km + TANK_KM
        if here or any(out_km + km - at + off <= tank.range_km + TANK_KM for at, out_km in filled):
            filled.append((km, off))
    if tank.end_km is None:
        return any(km >= tour * (rounds - 1) for km, _ in filled)
    return any(off + tour - km + tank.end_km <= tank.range_km + TANK_KM for km, off in filled)
