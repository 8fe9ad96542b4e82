"""Stops for which a vehicle leaves an expressway at a toll gate and enters it again."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import replace

import numpy as np

from h2plan.geo.access import Connected
from h2plan.geo.blocks import ALONG_LINK, blocks
from h2plan.geo.roads import Bools, Ints
from h2plan.geo.routes import Trip

EXPRESSWAY = frozenset({"motorway"})


def reentries(
    connected: Connected,
    trips: Sequence[Trip],
    *,
    sites: Sequence[str],
    on_expressway: Collection[str],
    classes: Collection[str] = EXPRESSWAY,
    closed: Collection[str] = frozenset(),
) -> Bools:
    """True where the fastest way to a site and the fastest way on both use an expressway and the site is off it.

    Shape (trips, sites). Sites named in `on_expressway` are served without leaving it. A trip that leaves the
    expressway at the same place without any stop is counted too: that is rare, and errs on the dear side.
    """
    origin = connected.spots([trip.origin for trip in trips])
    end = connected.spots([trip.destination for trip in trips])
    stops = connected.spots(sites)
    origins, at_origin = np.unique(origin, return_inverse=True)
    ends, at_end = np.unique(end, return_inverse=True)
    there = _uses(connected, origins, targets=stops, classes=classes, closed=closed, turned=False)
    on = _uses(connected, ends, targets=stops, classes=classes, closed=closed, turned=True)
    off = np.array([name not in on_expressway for name in sites], dtype=bool)
    return np.asarray(there[at_origin] & on[at_end] & off)


def _uses(
    connected: Connected,
    sources: Ints,
    *,
    targets: Ints,
    classes: Collection[str],
    closed: Collection[str],
    turned: bool,
) -> Bools:
    """Whether the fastest way of each pair uses a link of the classes: km are counted on these links only."""
    network, gates = connected.network, connected.gates
    chosen = np.array([link.road_class in classes for link in network.links], dtype=bool)
    part_km = gates.km - connected.leg_km[gates.spot]
    counted = replace(
        connected,
        network=replace(network, link_km=np.where(chosen, network.link_km, 0.0)),
        gates=replace(gates, km=np.where(np.append(chosen, False)[gates.link], part_km, 0.0)),
    )
    used = np.zeros((len(sources), len(targets)), dtype=bool)
    on_link = np.append(chosen, False)[connected.link]
    for block in blocks(counted, sources, targets=targets, metric="min", closed=closed, limit=np.inf, turned=turned):
        by_road = (block.way >= 0) & (block.other > 0)
        along = (block.way == ALONG_LINK) & on_link[block.sources][:, None]
        used[block.rows] = by_road | along
    return used
