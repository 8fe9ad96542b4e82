"""Which sites keep a truck driving: arc-cover sets of trips, from kilometres along the tour, range and fuel.

A set belongs to a point of the tour and holds the sites from which a full tank lasts to that point; a trip can be
driven where every set holds an open station. I. Capar, M. Kuby, V. J. Leon, Y.-J. Tsai, An arc cover-path-cover
formulation and strategic analysis of alternative-fuel station locations, European Journal of Operational Research 227
(2013), with fuel at the start and at the end as data, and sets by position on the tour rather than by arc.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import numpy as np
from scipy import sparse

from h2plan.errors import Fault, InputError
from h2plan.solve.interchange import Families
from h2plan.solve.reduce import minimal_sets
from h2plan.solve.rules import Bools, Floats, Ints

ROUNDING_KM = 1e-6
"""A tank that lasts to within a millimetre lasts."""
PATHS_AT_ONCE = 500


@dataclass(frozen=True, kw_only=True, eq=False)
class Trips:
    """Trips q and the sites along them. Entry n: site `site[n]` stands on trip `trip[n]`, `km[n]` from its origin."""

    trip: Ints
    site: Ints
    km: Floats
    length_km: Floats
    """One way, by trip."""
    range_km: Floats
    start_km: Floats
    """What the fuel at the origin lasts for."""
    end_km: Floats
    """What the fuel at the end must last for; NaN: the tour is driven over and over, with what is left each time."""
    round_trip: Bools
    sites: int


@dataclass(frozen=True, kw_only=True, eq=False)
class ArcCovers:
    """Arc-cover sets, and the trips that have none because nothing, or nobody, can help them."""

    member: sparse.csr_array
    trip: Ints
    """The trip of each set, rising."""
    never: Bools
    """Trips that no choice of sites serves."""
    always: Bools
    """Trips that need no station at all."""


@dataclass(frozen=True, kw_only=True, eq=False)
class _Tour:
    """Passings of sites and points to reach, each trip moved to its own stretch of one long line."""

    passing_km: Floats
    passing_site: Ints
    point_km: Floats
    from_km: Floats
    until_km: Floats
    point_trip: Ints
    needed: Bools


def arc_covers(trips: Trips, *, keep: Literal["minimal", "all"] = "minimal") -> ArcCovers:
    """List the sets of sites of which every trip needs one open: those that hold no other set, or all.

    Raises:
        InputError: a range, length or fuel that is not positive, or a site beyond the end of its trip.
    """
    _refuse_nonsense(trips)
    count = len(trips.length_km)
    order = np.lexsort((trips.km, trips.trip))
    never, always = np.zeros(count, dtype=np.bool_), np.ones(count, dtype=np.bool_)
    members, owners = [sparse.csr_array((0, trips.sites))], [np.empty(0, dtype=np.intp)]
    begin = np.searchsorted(trips.trip[order], np.arange(count + 1))
    for first in range(0, count, PATHS_AT_ONCE):
        last = min(first + PATHS_AT_ONCE, count)
        tour = _unroll(trips, entries=order[begin[first] : begin[last]], first=first, last=last)
        member, owner, empty = _sets(tour, trips.sites, keep)
        never[empty] = True
        always[empty] = always[owner] = False
        kept = ~never[owner]
        members.append(sparse.csr_array(member[kept]))
        owners.append(owner[kept])
    return ArcCovers(
        member=sparse.csr_array(sparse.vstack(members)), trip=np.concatenate(owners), never=never, always=always
    )


def families_of(covers: ArcCovers, weight: Floats) -> tuple[Families, Ints]:
    """Return the trips that stations decide about as paths, and the trip of each path."""
    trips = np.flatnonzero(~covers.never & ~covers.always)
    number = np.full(len(covers.never), -1, dtype=np.intp)
    number[trips] = np.arange(len(trips))
    return Families(member=covers.member, path=number[covers.trip], weight=weight[trips]), trips


def drivable(covers: ArcCovers, is_open: Bools) -> Bools:
    """Say which trips these stations serve."""
    served = ~covers.never
    lacking = covers.member @ is_open.astype(np.float64) < 0.5
    served[covers.trip[lacking]] = False
    return served


def _unroll(trips: Trips, *, entries: Ints, first: int, last: int) -> _Tour:
    """Lay out the first round of trips `first` to `last`, and a later one where a tour is driven over and over."""
    mine = np.arange(first, last)
    tour_km = np.where(trips.round_trip, 2.0, 1.0) * trips.length_km
    ever = trips.round_trip & np.isnan(trips.end_km)
    q, km, site = trips.trip[entries], trips.km[entries], trips.site[entries]
    back = trips.round_trip[q]
    passing = np.concatenate([km, 2 * trips.length_km[q[back]] - km[back]])
    owner, where = np.concatenate([q, q[back]]), np.concatenate([site, site[back]])
    again, repeated, closing = ever[owner], mine[ever[mine]], mine[~ever[mine]]
    shift = 4.0 * (float(tour_km[mine].max()) + float(trips.range_km[mine].max()) + 1.0)

    # Points to reach: every passing, the end of the tour, what must be left there; then all of a later round.
    here, here_q = np.concatenate([passing, tour_km[mine]]), np.concatenate([owner, mine])
    left = tour_km[closing] + trips.end_km[closing]
    later_q = np.concatenate([owner[again], repeated])
    later = np.concatenate([passing[again], tour_km[repeated]]) + tour_km[later_q]
    point, point_q = np.concatenate([here, left, later]), np.concatenate([here_q, closing, later_q])
    until = np.concatenate([here, tour_km[closing] + 2 * ROUNDING_KM, later])
    lasts = trips.range_km[point_q]
    lasts[len(point) - len(later) :] = np.minimum(trips.range_km, tour_km)[later_q]
    needed = point > trips.start_km[point_q] + ROUNDING_KM
    needed[len(point) - len(later) :] = True
    base, moved = shift * (point_q - first), shift * (np.concatenate([owner, owner[again]]) - first)
    passing_km = np.concatenate([passing, passing[again] + tour_km[owner[again]]]) + moved
    line = np.argsort(passing_km, kind="stable")
    return _Tour(
        passing_km=passing_km[line], passing_site=np.concatenate([where, where[again]])[line], point_km=point + base,
        from_km=point - lasts + base, until_km=until + base, point_trip=point_q, needed=needed,
    )  # fmt: skip


def _sets(tour: _Tour, sites: int, keep: Literal["minimal", "all"]) -> tuple[sparse.csr_array, Ints, Ints]:
    """Return the minimal sets, the trip of each, and the trips with a point that nothing reaches."""
    order = np.lexsort((tour.point_km, tour.point_trip))
    order = order[tour.needed[order]]
    trip = tour.point_trip[order]
    low = np.searchsorted(tour.passing_km, tour.from_km[order] - ROUNDING_KM)
    high = np.searchsorted(tour.passing_km, tour.until_km[order] - ROUNDING_KM)
    empty = np.unique(trip[high <= low])
    if keep == "minimal":
        some = np.flatnonzero(high > low)  # an empty stretch would stand on the border of the trip before
        short = some[_shortest(low[some], high[some])]
        trip, low, high = trip[short], low[short], high[short]
    size = np.maximum(high - low, 0)
    entry = np.repeat(low, size) + np.arange(size.sum()) - np.repeat(np.cumsum(size) - size, size)
    pointer = np.concatenate([[0], np.cumsum(size)])
    member = sparse.csr_array((np.ones(len(entry)), tour.passing_site[entry], pointer), shape=(len(trip), sites))
    member.sum_duplicates()
    member.data[:] = 1.0
    if keep == "all":
        return member, trip, empty
    least = minimal_sets(member, trip)
    return sparse.csr_array(member[least]), trip[least], empty


def _shortest(low: Ints, high: Ints) -> Ints:
    """Leave out stretches of the line that hold another with the same end or beginning; most do."""
    left = np.lexsort((high, low))
    left = left[_first_of_each(low[left])]
    right = left[np.lexsort((-low[left], high[left]))]
    return np.sort(right[_first_of_each(high[right])])


def _first_of_each(ranked: Ints) -> Bools:
    first = np.ones(len(ranked), dtype=np.bool_)
    first[1:] = ranked[1:] != ranked[:-1]
    return first


def _refuse_nonsense(trips: Trips) -> None:
    faults = []
    for name in ("length_km", "range_km"):
        for q in np.flatnonzero(~(getattr(trips, name) > 0)):
            value = float(getattr(trips, name)[q])
            faults.append(
                Fault(where="trips", row=int(q), column=name, value=f"{value:g}", message=f"{value:g} is not above 0")
            )
    start, end = trips.start_km, np.nan_to_num(trips.end_km)
    for q in np.flatnonzero(~((start >= 0) & (start <= trips.range_km) & (end >= 0) & (end <= trips.range_km))):
        message = f"fuel for {start[q]:g} km at the start and {end[q]:g} km at the end"
        hint = f"give 0 to {trips.range_km[q]:g} km, the range"
        faults.append(Fault(where="trips", row=int(q), column="start_km, end_km", message=message, hint=hint))
    beyond = ~((trips.km >= 0) & (trips.km <= trips.length_km[trips.trip] + ROUNDING_KM))
    for n in np.flatnonzero(beyond):
        own = int(trips.trip[n])
        message = f"site {trips.site[n]} stands at km {trips.km[n]:g} of a trip of {trips.length_km[own]:g} km"
        faults.append(Fault(where="trips", row=own, column="km", message=message))
    if faults:
        raise InputError(faults)
