"""Trips driven from stop to stop on one tank: hop flows, and the kilograms that each stop fills.

After S. MirHassani, R. Ebrazi, A flexible reformulation of the refueling station location problem, Transportation
Science 47 (2013).
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping
from typing import Any

import pyomo.environ as pyo

from h2plan.models import _parts as parts
from h2plan.models import _tours as tours

NO_PART = 1e-7
"""A smaller part of a tour is the rounding of two sums, and too small a coefficient for a solver."""
Hops = Mapping[str, list[tours.Hop]]
Tours = Mapping[str, tours.Tour]


def drive_trips(block: Any, net: parts.Network, *, options: tours.TourOptions) -> None:
    """φ_q(v, w): share of trip q that stops at v and next at w; with every family that the hops of a year keep.

    Raises:
        InputError: no flow, or a flow whose range nobody knows.
    """
    usable = net.sizes_at.keys() | net.built_kg.keys()
    driven = {q: t for q, t in tours.tours(net.problem, options, usable).items() if q in net.demand_kg}
    hops = {q: tours.hops(tour) for q, tour in driven.items()}
    block.hop = pyo.Var([(q, n) for q, line in hops.items() for n in range(len(line))], bounds=(0.0, 1.0))
    _keep_driving(block, driven, hops)
    _one_round(block, hops)
    _stop_only_where_open(block, net, driven, hops)
    _fill_what_was_driven(block, net, driven, hops)


def _ends(hops: Hops) -> tuple[dict[tuple[str, int], list[int]], dict[tuple[str, int], list[int]]]:
    """Return the hops into and out of each stop of each trip."""
    into: defaultdict[tuple[str, int], list[int]] = defaultdict(list)
    out: defaultdict[tuple[str, int], list[int]] = defaultdict(list)
    for q, line in hops.items():
        for n, hop in enumerate(line):
            into[q, hop.head].append(n)
            out[q, hop.tail].append(n)
    return dict(into), dict(out)


def _keep_driving(model: Any, driven: Tours, hops: Hops) -> None:
    """Who stops at w drives on from w: Σ_v φ(v, w) = Σ_v φ(w, v)."""
    into, out = _ends(hops)
    stops = [(q, w) for q, tour in driven.items() for w in range(len(tour.site)) if (q, w) in into or (q, w) in out]
    model.keep_driving = pyo.Constraint(
        stops,
        rule=lambda m, q, w: (
            sum(m.hop[q, n] for n in into.get((q, w), ())) == sum(m.hop[q, n] for n in out.get((q, w), ()))
        ),
    )


def _one_round(model: Any, hops: Hops) -> None:
    """No more of a trip starts than there is: hops from the start, or into the next round, add up to 1 at most."""
    begins = {
        q: [n for n, hop in enumerate(line) if hop.into_next_round or hop.tail == tours.START]
        for q, line in hops.items()
    }
    model.one_round = pyo.Constraint(
        [q for q, line in begins.items() if line], rule=lambda m, q: sum(m.hop[q, n] for n in begins[q]) <= 1
    )


def _stop_only_where_open(model: Any, net: parts.Network, driven: Tours, hops: Hops) -> None:
    """Stop only where a station stands: Σ_v φ(v, w) ≤ Σ_k y_jk."""
    into, _ = _ends(hops)
    rows = [(q, w) for q, w in into if w >= 0 and driven[q].site[w] in net.sizes_at]
    model.stop_only_where_open = pyo.Constraint(
        rows,
        rule=lambda m, q, w: sum(m.hop[q, n] for n in into[q, w]) <= parts.stations_near(m, net, [driven[q].site[w]]),
    )


def _fill_what_was_driven(model: Any, net: parts.Network, driven: Tours, hops: Hops) -> None:
    """A stop fills what was driven since the one before: x_qj = Σ km φ / tour; the last stretch at the last stop."""
    filled: defaultdict[tuple[str, str], list[tuple[int, float]]] = defaultdict(list)
    for q, line in hops.items():
        for n, hop in enumerate(line):
            stop = hop.tail if hop.head == tours.END else hop.head
            part = hop.km / driven[q].length_km
            if part > NO_PART:
                filled[q, driven[q].site[stop]].append((n, part))
    pairs = [(q, j) for q, j in net.access if q in driven]
    model.fill_what_was_driven = pyo.Constraint(
        pairs,
        rule=lambda m, q, j: m.serve[q, j] == sum(part * m.hop[q, n] for n, part in filled.get((q, j), ())),
    )
