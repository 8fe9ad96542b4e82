"""A tank driven along a trip: whether it lasts, filling up at any open station, the ways off the route included."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
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
    """Drive a trip and say whether the tank never runs dry; one stop at least, where the hydrogen is bought."""
    out = sorted(stops.values())
    passed = [*out, *((2 * length_km - km, off) for km, off in reversed(out))] if tank.round_trip else out
    tour = 2 * length_km if tank.round_trip else length_km
    filled = {n for n, (km, off) in enumerate(passed) if km + off <= tank.start_km + TANK_KM}
    for n, (km, off) in enumerate(passed):
        if any(passed[m][1] + km - passed[m][0] + off <= tank.range_km + TANK_KM for m in filled if m < n):
            filled.add(n)
    if tank.end_km is not None:
        left = tank.range_km + TANK_KM - tank.end_km
        return any(passed[n][1] + tour - passed[n][0] <= left for n in filled)
    return _for_ever(passed, filled, tour, tank.range_km + TANK_KM)


def _for_ever(passed: Sequence[Stop], filled: Collection[int], tour: float, lasts: float) -> bool:
    """Say whether a stop of the first round begins a way that never ends: stops with no way on are struck out."""
    ahead = {
        n: {
            m
            for m, (km, off) in enumerate(passed)
            if passed[n][1] + km - passed[n][0] + (0.0 if m > n else tour) + off <= lasts
        }
        for n in range(len(passed))
    }
    going = set(ahead)
    while dead := {n for n in going if not ahead[n] & going}:
        going -= dead
    return bool(going & set(filled))
