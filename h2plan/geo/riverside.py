"""Whether places stand on the bank they name: told from the roads of both banks, since no water is mapped."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
import shapely

from h2plan.domain import Place, Terminal
from h2plan.errors import Fault
from h2plan.geo.roads import BANKS, Floats, Ints, RoadNetwork, bank_codes
from h2plan.geo.snap import link_lines

ACROSS_M = 500.0
"""No land lies this close to a road beyond a river that parts a road map (h2plan assumption, unverified)."""
ACROSS_SHARE = 0.5
"""Roads beyond the river must also lie at less than this share of the distance to those of a place's own bank."""
MIDDLE_SHARE = 0.25
"""In the middle of the water the nearer bank takes more than this share of the way from road to road."""
GAP_M = 4_000.0
"""Roads of two banks farther apart than this say nothing about the water between them."""
OPPOSITE_COSINE = -0.5
"""Seen from a place in the water, the roads of the banks lie more than 120 degrees apart."""


@dataclass(frozen=True, kw_only=True)
class Riverside:
    """What the roads of both banks say of places."""

    faults: tuple[Fault, ...] = ()
    """Places on the bank that they do not name, or off it in the river."""
    notes: tuple[str, ...] = ()
    """Places that may stand in the river."""


@dataclass(frozen=True, kw_only=True, eq=False)
class _Side:
    """The nearest dry road of one bank; arrays have the shape (places,)."""

    link: Ints
    away_m: Floats
    east: Floats
    """Direction of that road, a unit vector; 0 on the road itself."""
    north: Floats


def riverside(network: RoadNetwork, places: Sequence[Place], *, where: str) -> Riverside:
    """Look for places that stand in the river or on the other bank than they name.

    Position errors count: what an exact position would settle either way is left alone.
    """
    asked = [place for place in places if not (isinstance(place, Terminal) and place.entry_nodes)]
    sides = _sides(network, asked) if asked else {}
    if len(sides) < 2:
        return Riverside()
    faults = tuple(_misplaced(network, asked, sides, where))
    told = {fault.value for fault in faults}
    wet = [place for n, place in enumerate(asked) if place.id not in told and _in_the_middle(sides, n, place)]
    if not wet:
        return Riverside(faults=faults)
    names = ", ".join(f"{place.id} ({place.name})" for place in wet[:10])
    more = f" and {len(wet) - 10} more" if len(wet) > 10 else ""
    note = f"may stand in the river, between the roads of both banks: {names}{more}; check these positions"
    return Riverside(faults=faults, notes=(note,))


def _sides(network: RoadNetwork, places: Sequence[Place]) -> dict[str, _Side]:
    """The nearest roads of each bank that has any."""
    lines, bank = link_lines(network), network.node_bank
    x, y = network.plane.to_xy([place.lon for place in places], [place.lat for place in places])
    points = shapely.points(x, y)
    sides: dict[str, _Side] = {}
    for name in BANKS[1:]:
        code = bank_codes([name])[0]
        here = (bank[network.link_from] == code) | (bank[network.link_to] == code)
        dry = np.flatnonzero(here & ~network.crosses_river)
        if not dry.size:
            continue
        link = dry[shapely.STRtree(lines[dry]).nearest(points)]
        foot = shapely.line_interpolate_point(lines[link], shapely.line_locate_point(lines[link], points))
        east, north = shapely.get_x(foot) - x, shapely.get_y(foot) - y
        away_m = np.hypot(east, north)
        unit = np.maximum(away_m, 1e-9)
        sides[name] = _Side(link=link, away_m=away_m, east=east / unit, north=north / unit)
    return sides


def _misplaced(network: RoadNetwork, places: Sequence[Place], sides: dict[str, _Side], where: str) -> Iterator[Fault]:
    other = {"left": "right", "right": "left"}
    for n, place in enumerate(places):
        if place.bank not in other:
            continue
        across = other[place.bank]
        own_m, across_m = float(sides[place.bank].away_m[n]), float(sides[across].away_m[n])
        if across_m + place.precision_m < min(ACROSS_M, ACROSS_SHARE * (own_m - place.precision_m)):
            link = network.links[sides[across].link[n]]
            road = f"link {link.id} {link.road}".rstrip()
            message = (
                f"{place.id} ({place.name}): says {place.bank} bank, but stands {across_m:,.0f} m from {road} on the"
                f" {across} bank and {own_m:,.0f} m from the nearest road of its own: it stands in the river or across"
            )
            hint = "correct its bank or its position"
            yield Fault(where=where, column="bank", value=place.id, message=message, hint=hint)


def _in_the_middle(sides: dict[str, _Side], n: int, place: Place) -> bool:
    near, far = sorted(sides.values(), key=lambda side: float(side.away_m[n]))
    near_m, gap_m = float(near.away_m[n]), float(near.away_m[n] + far.away_m[n])
    facing = near.east[n] * far.east[n] + near.north[n] * far.north[n]
    known = place.precision_m < near_m / 2
    return bool(known and gap_m <= GAP_M and near_m > MIDDLE_SHARE * gap_m and facing < OPPOSITE_COSINE)
