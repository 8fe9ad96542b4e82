"""From demand rows, sites and ways to a problem: labelled, sorted by id, and checked before any model sees it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import pairwise

import numpy as np

from h2plan.domain import Site, StationSize
from h2plan.errors import Fault, InputError
from h2plan.phases import Phasing
from h2plan.problem import BUILT, Floats, Ints, Limits, Pairs, Problem, SiteArrays, SizeArrays, Trips


@dataclass(frozen=True, kw_only=True)
class DemandRowIn:
    """One demand row on its way into a problem."""

    id: str
    kg_per_d: float
    kg_per_fill: float
    """What one visit to a station takes: prices the way there."""
    visits_are_round_trips: bool
    """True for points, whose minutes are one way; False for flows, whose minutes are the whole detour."""


@dataclass(frozen=True, kw_only=True)
class Reach:
    """Pairs in reach by id, before they are labelled: equal-length columns."""

    demand_ids: Sequence[str]
    site_ids: Sequence[str]
    minutes: Floats
    km: Floats
    toll_cny: Floats | None = None
    """What a visit costs in tolls, CNY; None: nothing."""


@dataclass(frozen=True, kw_only=True)
class TripIn:
    """A flow on its way into a problem: how long it is, how far its vehicles get, and where the sites lie along it."""

    length_km: float
    range_km: float
    from_start_km: Mapping[str, float]
    """Site id to the km from the origin to the site; sites out of reach are left out."""
    to_end_km: Mapping[str, float]
    """Site id to the km from the site to the destination."""


def frame(
    demand: Sequence[DemandRowIn],
    sites: Sequence[Site],
    *,
    period: int,
    sizes: Sequence[StationSize],
    size_cost_cny_per_yr: Mapping[str, float],
    reach: Reach,
    limits: Limits,
    required: frozenset[str],
    forbidden: frozenset[str],
    vehicle_time_cny_per_h: float,
    shortfall_cny_per_kg: float,
    operating_d_per_yr: float,
    trips: Mapping[str, TripIn] | None = None,
    site_km: Floats | None = None,
    spacing_km: float | None = None,
    build_share: Mapping[str, float] | None = None,
    extend_standing: bool = False,
) -> Problem:
    """Label and check everything a model needs. Rows are sorted by id, so that the order of the inputs never matters.

    `site_km` is the distance between any two of `sites`, in their order; nearer ones than `spacing_km` conflict.
    `extend_standing` allows stations that stand to grow up to the largest capacity of their sites.
    `build_share` gives host kinds at which a station costs another share of its size's capital cost than 1.

    Raises:
        InputError: ids that stand twice or name nothing, no site, no size, numbers that are not finite.
    """
    _check_ids("demand", [row.id for row in demand])
    _check_ids("sites", [site.id for site in sites])
    _check_ids("station_sizes", [size.id for size in sizes])
    if not sites:
        raise InputError("no site is left after the screen; look at the verdicts", where="sites")
    if not sizes:
        raise InputError("there is no station size", where="station_sizes")
    if any(size.id == BUILT for size in sizes):
        raise InputError(f"the id '{BUILT}' is taken: it stands for stations that stand already", where="station_sizes")
    order = sorted(range(len(sites)), key=lambda n: sites[n].id)
    ordered_sites = [sites[n] for n in order]
    apart_km = None if site_km is None else site_km[np.ix_(order, order)]
    site_at = {site.id: n for n, site in enumerate(ordered_sites)}
    reached = set(reach.demand_ids)
    rows = sorted((row for row in demand if row.id in reached), key=lambda row: row.id)
    row_at = {row.id: n for n, row in enumerate(rows)}
    pairs = _pairs(rows, row_at, site_at, reach, vehicle_time_cny_per_h)
    problem = Problem(
        period=period,
        demand_ids=tuple(row_at),
        demand_kg_per_d=np.array([row.kg_per_d for row in rows], dtype=np.float64),
        sites=_site_arrays(ordered_sites, required, forbidden, build_share or {}, extend_standing=extend_standing),
        sizes=_size_arrays(sizes, size_cost_cny_per_yr),
        pairs=pairs,
        limits=limits,
        shortfall_cny_per_kg=shortfall_cny_per_kg,
        operating_d_per_yr=operating_d_per_yr,
        total_kg_per_d=float(sum(row.kg_per_d for row in sorted(demand, key=lambda row: row.id))),
        unreached=tuple(sorted(row.id for row in demand if row.id not in reached)),
        trips=_trips(row_at, site_at, trips or {}),
        conflicts=too_close(apart_km, spacing_km),
        site_km=apart_km,
    )
    _check_numbers(problem)
    return problem


def bind(periods: Sequence[Problem], phasing: Phasing) -> Problem:
    """Make one problem of those of several periods in rising order: the last, with those before and what binds them.

    Raises:
        InputError: the sites or sizes of two periods differ, or the periods do not rise.
    """
    last = periods[-1]
    for before in periods[:-1]:
        if before.sites.ids != last.sites.ids or before.sizes.ids != last.sizes.ids:
            message = (
                f"{before.period} and {last.period} have other sites or sizes; a plan of several years needs one set"
            )
            raise InputError(message, where="periods")
    if any(later.period <= before.period for before, later in pairwise(periods)):
        raise InputError("periods must rise, each year once", where="periods")
    return replace(last, earlier=tuple(periods[:-1]), phasing=phasing)


def _check_ids(what: str, ids: Sequence[str]) -> None:
    twice = sorted({name for name in ids if ids.count(name) > 1}) if len(set(ids)) != len(ids) else []
    if twice:
        raise InputError([Fault(where=what, column=name, message="the id stands twice") for name in twice])


def _pairs(
    rows: Sequence[DemandRowIn],
    row_at: Mapping[str, int],
    site_at: Mapping[str, int],
    reach: Reach,
    vehicle_time_cny_per_h: float,
) -> Pairs:
    unknown = sorted(set(reach.site_ids) - set(site_at)) + sorted(set(reach.demand_ids) - set(row_at))
    if unknown:
        raise InputError([Fault(where="reach", column=name, message="names nothing") for name in unknown])
    demand = np.array([row_at[name] for name in reach.demand_ids], dtype=np.intp)
    site = np.array([site_at[name] for name in reach.site_ids], dtype=np.intp)
    order = np.lexsort((site, demand))
    demand, site, minutes, km = demand[order], site[order], reach.minutes[order], reach.km[order]
    trips = np.array([2.0 if row.visits_are_round_trips else 1.0 for row in rows])
    fill = np.array([row.kg_per_fill for row in rows])
    toll_cny = np.zeros(len(order)) if reach.toll_cny is None else reach.toll_cny[order]
    time_cny = trips[demand] * minutes / 60 * vehicle_time_cny_per_h if len(rows) else minutes
    access = (time_cny + toll_cny) / fill[demand] if len(rows) else minutes
    return Pairs(demand=demand, site=site, minutes=minutes, km=km, access_cny_per_kg=access)


def _trips(row_at: Mapping[str, int], site_at: Mapping[str, int], trips: Mapping[str, TripIn]) -> Trips:
    """Label trips; a stop's spur is half of what it adds to the trip, on either side of the same point of the route."""
    known = sorted((row_at[name], trip) for name, trip in trips.items() if name in row_at)
    if not known:
        return Trips()
    stops = [
        (n, site_at[site], km, trip.to_end_km[site])
        for n, (_, trip) in enumerate(known)
        for site, km in sorted(trip.from_start_km.items())
    ]
    length = np.array([trip.length_km for _, trip in known])
    trip_of = np.array([n for n, *_ in stops], dtype=np.intp)
    before, after = np.array([km for _, _, km, _ in stops]), np.array([km for *_, km in stops])
    spur = np.maximum(0.0, before + after - length[trip_of]) / 2 if stops else before
    return Trips(
        row=np.array([row for row, _ in known], dtype=np.intp),
        length_km=length,
        range_km=np.array([trip.range_km for _, trip in known]),
        stop_trip=trip_of,
        stop_site=np.array([site for _, site, *_ in stops], dtype=np.intp),
        stop_km=np.clip(before - spur, 0.0, length[trip_of]) if stops else before,
        spur_km=spur,
    )


def too_close(site_km: Floats | None, spacing_km: float | None) -> Ints:
    """Return the pairs of sites nearer to each other than `spacing_km`, each once."""
    if site_km is None or spacing_km is None:
        return np.empty((0, 2), dtype=np.intp)
    return np.argwhere(np.triu(site_km < spacing_km, k=1)).astype(np.intp)


def _site_arrays(
    sites: Sequence[Site],
    required: frozenset[str],
    forbidden: frozenset[str],
    build_share: Mapping[str, float],
    *,
    extend_standing: bool,
) -> SiteArrays:
    largest = [np.inf if site.max_kg_per_d is None else site.max_kg_per_d for site in sites]
    extends_to = np.array([kg if site.is_built else np.nan for kg, site in zip(largest, sites, strict=True)])
    return SiteArrays(
        ids=tuple(site.id for site in sites),
        built_kg_per_d=np.array([np.nan if s.built_kg_per_d is None else s.built_kg_per_d for s in sites]),
        max_kg_per_d=np.array(largest),
        land_cny_per_yr=np.array([site.land_cny_per_yr for site in sites], dtype=np.float64),
        required=np.array([site.id in required for site in sites]),
        forbidden=np.array([site.id in forbidden for site in sites]),
        build_share=np.array([build_share.get(site.kind, 1.0) for site in sites]) if build_share else None,
        extends_to_kg_per_d=extends_to if extend_standing else None,
    )


def _size_arrays(sizes: Sequence[StationSize], cost_cny_per_yr: Mapping[str, float]) -> SizeArrays:
    ordered = sorted(sizes, key=lambda size: (size.capacity_kg_per_d, size.id))
    return SizeArrays(
        ids=tuple(size.id for size in ordered),
        capacity_kg_per_d=np.array([size.capacity_kg_per_d for size in ordered]),
        capex_cny=np.array([size.capex_cny for size in ordered]),
        annual_cost_cny_per_yr=np.array([cost_cny_per_yr[size.id] for size in ordered]),
        opex_cny_per_yr=np.array([size.opex_cny_per_yr for size in ordered]),
    )


def _check_numbers(problem: Problem) -> None:
    """Refuse what a solver would swallow: it deletes or ignores numbers that are not finite."""
    columns = {
        "demand_kg_per_d": problem.demand_kg_per_d,
        "minutes": problem.pairs.minutes,
        "access_cny_per_kg": problem.pairs.access_cny_per_kg,
        "land_cny_per_yr": problem.sites.land_cny_per_yr,
        "capacity_kg_per_d": problem.sizes.capacity_kg_per_d,
        "annual_cost_cny_per_yr": problem.sizes.annual_cost_cny_per_yr,
    }
    faults = [
        Fault(where="problem", column=name, message="holds numbers that are not finite or are negative")
        for name, values in columns.items()
        if not (np.isfinite(values).all() and (values >= 0).all())
    ]
    if not np.isfinite(problem.pairs.km).all():  # a detour may be shorter than the fastest way: km may be negative
        faults.append(Fault(where="problem", column="km", message="holds numbers that are not finite"))
    if faults:
        raise InputError(faults)
