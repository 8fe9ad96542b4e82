"""From arrays and tables of points to a problem: ids, distances, weights, sites, sizes and trips, each checked."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import ArrayLike

from h2plan.errors import Fault, InputError
from h2plan.framing import too_close
from h2plan.geo.crs import geodesic_km
from h2plan.problem import Floats, Limits, Pairs, Problem, SiteArrays, SizeArrays, Trips
from h2plan.solve.highs import SolverOptions

ONE_SIZE = "station"
"""The size of every station where nobody names sizes."""
MONEY = 10_000.0
"""The models count money in units of so many; costs given here are scaled, so that small ones are not lost."""
LARGEST = 1e6
"""Capacity of a station where nobody gives one."""
EXACT = SolverOptions(gap=0.0, limit_s=60.0, threads=1)
Along = Mapping[str, tuple[float, float, Mapping[str, float]]]
"""Flow to (km one way, range km, site to km from the origin)."""


@dataclass(frozen=True, kw_only=True)
class Siting:
    """What all models take beside demand and sites: existing stations, conditions, limits."""

    existing: Sequence[object] = ()
    required: Sequence[object] = ()
    forbidden: Sequence[object] = ()
    site_cost: ArrayLike | None = None
    """Of a new station at each site; 1 where blank, so that the cheapest are the fewest."""
    capacity: ArrayLike | None = None
    """Of a station at each site; without end where blank."""
    sizes: Mapping[str, tuple[float, float]] | None = None
    """A choice of sizes at each site, id to (capacity, cost beside that of the site), for models with capacities."""
    budget: float | None = None
    """For all new stations together, each of which takes `capex`."""
    capex: float | Mapping[str, float] = 1.0
    """One number, or one a size."""
    spacing_km: float | None = None
    served_share: float | None = None
    solver: SolverOptions = EXACT


@dataclass(frozen=True, kw_only=True)
class Asked:
    """What one question gives beside that: each blank where it does not matter."""

    p: int | None = None
    radius: float | None = None
    weights: Any = None
    distances: ArrayLike | None = None
    between: ArrayLike | None = None
    needs_between: bool = False
    trips: Along | None = None
    shortfall: float = 0.0
    """Of a unit of demand that is not served, in the unit of costs."""


def frame_tables(demand: Any, sites: Any, *, asked: Asked, siting: Siting) -> Problem:
    """Return the problem; everything in it is checked here.

    Raises:
        InputError: says which table, row or id.
    """
    rows, names = ids_of(demand, "demand"), ids_of(sites, "sites")
    km = _distances(demand, sites, asked.distances, shape=(len(rows), len(names)))
    kg = _weights(demand, asked.weights, len(rows))
    within = _within(km, asked.radius)
    reached = np.flatnonzero(within.any(axis=1))
    row, site = np.nonzero(within[reached])
    apart = _between(sites, asked.between, needed=asked.needs_between or siting.spacing_km is not None)
    way = km[reached][within[reached]]
    return Problem(
        period=0,
        demand_ids=tuple(rows[n] for n in reached),
        demand_kg_per_d=kg[reached],
        sites=_sites(names, siting),
        sizes=_sizes(siting, len(names)),
        pairs=Pairs(
            demand=row.astype(np.intp), site=site.astype(np.intp), minutes=way, km=way, access_cny_per_kg=way * MONEY
        ),
        limits=limits_of(siting, p=asked.p),
        shortfall_cny_per_kg=asked.shortfall * MONEY,
        operating_d_per_yr=1.0,
        total_kg_per_d=float(kg.sum()),
        unreached=tuple(rows[n] for n in np.flatnonzero(~within.any(axis=1))),
        trips=_trips([rows[n] for n in reached], names, asked.trips or {}),
        conflicts=too_close(apart, siting.spacing_km),
        site_km=apart,
    )


def limits_of(siting: Siting, *, p: int | None, budget: float | None = None) -> Limits:
    """Return the limits with this count, and this budget or the one of `siting`."""
    money = siting.budget if budget is None else budget
    if money is not None and not (np.isfinite(money) and money >= 0):
        raise InputError(f"{money:g} is no budget; 0 or more would work", where="budget")
    least = min(siting.capex.values()) if isinstance(siting.capex, Mapping) else siting.capex
    if money is not None and 0 < money < least:
        raise InputError(f"{money:g} does not pay for one station; {least:g} would", where="budget")
    budget_cny = None if money is None else money * MONEY
    return Limits(stations_max=p, served_share_min=siting.served_share, budget_cny=budget_cny)


def _within(km: Floats, radius: float | None) -> Any:
    if radius is None:
        return np.isfinite(km)
    if not radius > 0:
        reaches = np.nanmax(km[np.isfinite(km)], initial=1.0)
        raise InputError(f"{radius:g} is not above 0; {reaches:.4g} reaches all", where="radius")
    return km <= radius


def ids_of(table: Any, where: str) -> list[str]:
    """Return ids as text: of the index of a table, or as they are given."""
    if isinstance(table, Mapping):
        names = [str(name) for name in table["ids"]]
    else:
        names = [
            str(name) for name in (table.index if hasattr(table, "index") and hasattr(table, "columns") else table)
        ]
    twice = sorted({name for name in names if names.count(name) > 1}) if len(set(names)) < len(names) else []
    if twice or not names:
        faults = [Fault(where=where, column=name, message="the id stands twice") for name in twice]
        raise InputError(faults or [Fault(where=where, message="there is none")])
    return names


def _positions(table: Any, where: str) -> tuple[Floats, Floats]:
    """Return degrees of the points of a table."""
    if hasattr(table, "geometry"):
        points = table.geometry if table.crs is None else table.to_crs("EPSG:4326").geometry
        return np.asarray(points.x, dtype=float), np.asarray(points.y, dtype=float)
    if hasattr(table, "columns") and {"lon", "lat"} <= set(table.columns):
        return np.asarray(table["lon"], dtype=float), np.asarray(table["lat"], dtype=float)
    raise InputError("has no positions: give points, columns lon and lat, or distances", where=where)


def _distances(demand: Any, sites: Any, given: ArrayLike | None, *, shape: tuple[int, int]) -> Floats:
    """Return demand x sites; infinity is out of reach."""
    if given is None:
        (lon, lat), (to_lon, to_lat) = _positions(demand, "demand"), _positions(sites, "sites")
        return geodesic_km(lon[:, None], lat[:, None], to_lon[None, :], to_lat[None, :])
    return _matrix(given, shape, "distances")


def _between(sites: Any, given: ArrayLike | None, *, needed: bool) -> Floats | None:
    if given is not None:
        return _matrix(given, (len(ids_of(sites, "sites")), len(ids_of(sites, "sites"))), "between")
    if not needed:
        return None
    lon, lat = _positions(sites, "sites")
    return geodesic_km(lon[:, None], lat[:, None], lon[None, :], lat[None, :])


def _matrix(given: ArrayLike, shape: tuple[int, int], where: str) -> Floats:
    matrix = np.asarray(given, dtype=np.float64)
    if matrix.shape != shape:
        raise InputError(
            f"the matrix is {' x '.join(map(str, matrix.shape))}, {shape[0]} x {shape[1]} would do", where=where
        )
    wrong = np.argwhere(np.isnan(matrix) | (matrix < 0))
    if len(wrong):
        row, column = (int(n) for n in wrong[0])
        message = f"holds {matrix[row, column]:g}: a distance is a number from 0 on; infinity says out of reach"
        raise InputError(Fault(where=where, row=row, column=str(column), message=message))
    return matrix


def _weights(demand: Any, given: Any, count: int) -> Floats:
    values = demand[given] if isinstance(given, str) else given
    weights = np.ones(count) if values is None else np.asarray(values, dtype=np.float64)
    if weights.shape != (count,):
        raise InputError(f"there are {weights.size} weights for {count} demand rows", where="weights")
    wrong = np.flatnonzero(~(np.isfinite(weights) & (weights >= 0)))
    if len(wrong):
        n = int(wrong[0])
        raise InputError(Fault(where="weights", row=n, message=f"{weights[n]:g} is no weight; 0 or more would work"))
    return weights


def _sites(names: Sequence[str], siting: Siting) -> SiteArrays:
    known = set(names)
    sets = {key: {str(j) for j in getattr(siting, key)} for key in ("existing", "required", "forbidden")}
    lost = [Fault(where=key, column=j, message="is no site") for key, js in sets.items() for j in sorted(js - known)]
    if lost:
        raise InputError(lost)
    cost = _by_site(siting.site_cost, 1.0 if siting.sizes is None else 0.0, len(names), "site_cost")
    room = _by_site(siting.capacity, LARGEST, len(names), "capacity")
    stands = np.array([j in sets["existing"] for j in names])
    return SiteArrays(
        ids=tuple(names),
        built_kg_per_d=np.where(stands, room, np.nan),
        max_kg_per_d=room,
        land_cny_per_yr=cost * MONEY,
        required=np.array([j in sets["required"] for j in names]),
        forbidden=np.array([j in sets["forbidden"] for j in names]),
    )


def _sizes(siting: Siting, sites: int) -> SizeArrays:
    """Return the choice of sizes; else one for each different capacity: at its own site the largest that fits."""
    menu = {name: (float(kg), float(cost)) for name, (kg, cost) in (siting.sizes or {}).items()}
    if not menu:
        room = np.unique(_by_site(siting.capacity, LARGEST, sites, "capacity"))
        menu = {ONE_SIZE if len(room) == 1 else f"{kg:g}": (float(kg), 0.0) for kg in room}
    wrong = [name for name, figures in menu.items() if not all(np.isfinite(f) and f >= 0 for f in figures)]
    if wrong:
        message = "holds a number that is negative or none; 0 or more would work"
        raise InputError([Fault(where="sizes", column=name, message=message) for name in wrong])
    ids = tuple(sorted(menu, key=lambda name: (menu[name][0], name)))
    cost = np.array([menu[name][1] for name in ids]) * MONEY
    return SizeArrays(
        ids=ids,
        capacity_kg_per_d=np.array([menu[name][0] for name in ids]),
        capex_cny=np.array([_capex(siting, name) for name in ids]) * MONEY,
        annual_cost_cny_per_yr=cost,
        opex_cny_per_yr=np.zeros(len(ids)),
    )


def _capex(siting: Siting, size: str) -> float:
    if not isinstance(siting.capex, Mapping):
        return float(siting.capex)
    if size not in siting.capex:
        raise InputError(Fault(where="capex", column=size, message="the size has none"))
    return float(siting.capex[size])


def _by_site(given: ArrayLike | None, default: float, sites: int, where: str) -> Floats:
    values = np.full(sites, default) if given is None else np.broadcast_to(np.asarray(given, dtype=float), sites)
    if not (np.isfinite(values) & (values >= 0)).all():
        raise InputError("holds a number that is negative or none; 0 or more would work", where=where)
    return np.array(values)


def _trips(rows: Sequence[str], names: Sequence[str], trips: Along) -> Trips:
    known = [(n, trips[q]) for n, q in enumerate(rows) if q in trips]
    if not known:
        return Trips()
    faults = [
        Fault(where="flows", column=q, message=f"{what} {value:g} km is not above 0")
        for q, (length, lasts, _) in trips.items()
        for what, value in (("length", length), ("range", lasts))
        if not value > 0
    ]
    if faults:
        raise InputError(faults)
    at = {j: n for n, j in enumerate(names)}
    stops = [(t, at[j], km) for t, (_, (_, _, along)) in enumerate(known) for j, km in sorted(along.items())]
    return Trips(
        row=np.array([n for n, _ in known], dtype=np.intp),
        length_km=np.array([trip[0] for _, trip in known]),
        range_km=np.array([trip[1] for _, trip in known]),
        stop_trip=np.array([t for t, _, _ in stops], dtype=np.intp),
        stop_site=np.array([j for _, j, _ in stops], dtype=np.intp),
        stop_km=np.array([km for _, _, km in stops]),
        spur_km=np.zeros(len(stops)),
    )
