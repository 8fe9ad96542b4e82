"""Trips along a line of sites, a truck that drives them, and the best choice of stations by driving every one."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace

import numpy as np

from h2plan.problem import Limits, Problem, Trips
from tests.models.small import ONE_SIZE, problem

ROUNDS = 8


def corridor(
    trips: Mapping[str, tuple[float, float, float, Mapping[str, float]]],
    *,
    spur_km: Mapping[tuple[str, str], float] | None = None,
    points: Mapping[str, tuple[float, Sequence[str]]] | None = None,
    sites: Sequence[str] | None = None,
    sizes: Mapping[str, tuple[float, float, float]] = ONE_SIZE,
    limits: Limits | None = None,
    **more: object,
) -> Problem:
    """Return flows (id to kg/d, km, range km, site to km from the origin) and points (id to kg/d, sites in reach)."""
    here = points or {}
    demand = {**{q: kg for q, (kg, *_) in trips.items()}, **{i: kg for i, (kg, _) in here.items()}}
    reach = {(q, j): 1.0 for q, (*_, along) in trips.items() for j in along}
    reach.update({(i, j): 1.0 for i, (_, near) in here.items() for j in near})
    case = problem(demand, reach, sites=sites, sizes=sizes, limits=limits, **more)  # type: ignore[arg-type]
    rows = [q for q in case.demand_ids if q in trips]
    stops = [(n, j, km) for n, q in enumerate(rows) for j, km in sorted(trips[q][3].items())]
    return replace(
        case,
        trips=Trips(
            row=np.array([case.demand_ids.index(q) for q in rows], dtype=np.intp),
            length_km=np.array([trips[q][1] for q in rows]),
            range_km=np.array([trips[q][2] for q in rows]),
            stop_trip=np.array([n for n, *_ in stops], dtype=np.intp),
            stop_site=np.array([case.sites.ids.index(j) for _, j, _ in stops], dtype=np.intp),
            stop_km=np.array([km for *_, km in stops]),
            spur_km=np.array([(spur_km or {}).get((rows[n], j), 0.0) for n, j, _ in stops]),
        ),
    )


def drives(  # noqa: PLR0917  # a trip is these numbers
    along: Mapping[str, float],
    length: float,
    range_km: float,
    is_open: Sequence[str],
    start_share: float = 0.5,
    end_share: float | None = None,
    round_trip: bool = True,
) -> bool:
    """Drive a truck that fills up wherever it passes an open station; say whether it never runs dry.

    It buys its hydrogen on the way, so that it must pass one at least.
    """
    out = sorted((km, j) for j, km in along.items() if j in is_open)
    if not out:
        return False
    passed = [*out, *((2 * length - km, j) for km, j in reversed(out))] if round_trip else out
    tour = 2 * length if round_trip else length
    tank = start_share * range_km
    left = start_share if end_share is None else end_share
    forever = round_trip and end_share is None
    for _ in range(ROUNDS if forever else 1):
        at = 0.0
        for km, _station in passed:
            tank -= km - at
            at = km
            if tank < -1e-9:
                return False
            tank = range_km
        tank -= tour - at
        if tank < -1e-9:
            return False
    return forever or tank >= left * range_km - 1e-9
