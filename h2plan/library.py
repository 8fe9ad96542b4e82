"""Location models for tables and arrays of your own: who wants what, where stations may stand, how far it is.

Each function frames a `Problem` and hands it to the same models, limits and solver as a scenario does. Demand and sites
are GeoDataFrames of points, DataFrames with columns `lon` and `lat`, or sequences of ids. Distances are a matrix
(demand x sites), or else straight lines on the ellipsoid in km; for roads, see `h2plan.plan` or give their matrix.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import ArrayLike

from h2plan.errors import Fault, InputError
from h2plan.framing import too_close
from h2plan.geo.crs import geodesic_km
from h2plan.optimise import optimise
from h2plan.problem import (
    Floats,
    Goal,
    Limits,
    Pairs,
    Problem,
    SiteArrays,
    SizeArrays,
    Solution,
    Trips,
)
from h2plan.solve.highs import SolverOptions

ONE_SIZE = "station"
"""The size of every station where nobody names sizes."""
MONEY = 10_000.0
"""The models count money in units of so many; costs given here are scaled, so that small ones are not lost."""
LARGEST = 1e6
"""Capacity of a station where nobody gives one."""
EXACT = SolverOptions(gap=0.0, limit_s=60.0, threads=1)


@dataclass(frozen=True, kw_only=True)
class Answer:
    """What a model decides, by the ids that went in, and how sure one can be."""

    model: str
    open: tuple[str, ...]
    """Sites with a station, those that stand included."""
    size: Mapping[str, str]
    """Open site to the size of its station; 'built' where one stands already."""
    serve: Mapping[str, Mapping[str, float]]
    """Demand id to the sites that serve it, with its share there; who is not served is left out."""
    unreached: tuple[str, ...]
    """Demand that no site reaches: it took no part."""
    value: float
    """Of the first goal."""
    bound: float | None
    gap: float | None
    """None: not known."""
    goals: tuple[Goal, ...]
    stopped: str
    solution: Solution


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
    spacing_km: float | None = None
    served_share: float | None = None
    solver: SolverOptions = EXACT


def set_cover(
    demand: Any, sites: Any, *, radius: float, copies: int = 1, objective: str = "count", **more: Any
) -> Answer:
    """Fewest or cheapest stations so that everyone has `copies` within `radius`."""
    asked = {"size_id": ONE_SIZE, "copies": copies, "objective": objective}
    return _ask("set_cover", demand, sites, options=asked, radius=radius, **more)


def max_cover(
    demand: Any, sites: Any, *, radius: float, p: int | None = None, backup: bool = False, **more: Any
) -> Answer:
    """Most demand within `radius` of a station, with at most p of them."""
    return _ask("max_cover", demand, sites, p=p, options={"size_id": ONE_SIZE, "backup": backup}, radius=radius, **more)


def p_median(demand: Any, sites: Any, *, p: int, **more: Any) -> Answer:
    """Least distance to the nearest station, weighted by demand, with p stations."""
    return _ask("p_median", demand, sites, p=p, options={"size_id": ONE_SIZE}, **more)


def p_center(demand: Any, sites: Any, *, p: int, **more: Any) -> Answer:
    """Least longest distance to the nearest station with p stations, then the least weighted distance."""
    return _ask("p_center", demand, sites, p=p, options={"size_id": ONE_SIZE}, **more)


def p_dispersion(sites: Any, *, p: int, between: ArrayLike | None = None, **more: Any) -> Answer:
    """Exactly p sites as far from each other as can be; `between` is the distance of any two, or straight lines."""
    nobody = {"ids": ["nobody"]}
    far = np.zeros((1, _count(sites)))
    return _ask(
        "p_dispersion", nobody, sites, p=p, options={"size_id": ONE_SIZE}, distances=far, between=between, **more
    )


def capacitated(
    demand: Any, sites: Any, *, capacity: ArrayLike, sourcing: str = "split", closest: bool = False, **more: Any
) -> Answer:
    """Least cost of stations and ways to serve everyone within the capacities; a unit of distance costs a unit."""
    asked = {"sourcing": sourcing, "closest": closest}
    return _ask("capacitated", demand, sites, options=asked, capacity=capacity, **more)


def flow_refuelling(
    flows: Mapping[str, tuple[float, float, Mapping[object, float]]],
    sites: Any,
    *,
    range_km: float | Mapping[str, float],
    p: int | None = None,
    tour: str = "round_trip",
    start_share: float = 0.5,
    end_share: float | None = None,
    **more: Any,
) -> Answer:
    """Most flow that at most p stations let drive through.

    `flows` is id to (volume, km one way, site id to km from the origin); `range_km` one number, or one a flow.
    """
    asked = {"size_id": ONE_SIZE, "tour": tour, "start_share": start_share, "end_share": end_share}
    ids, volumes = list(flows), [volume for volume, _, _ in flows.values()]
    known = set(_ids(sites, "sites"))
    lost = sorted({str(j) for _, _, along in flows.values() for j in along} - known)
    if lost:
        raise InputError([Fault(where="flows", column=j, message="is no site") for j in lost])
    on = [
        [0.0 if j in {str(s) for s in along} else np.inf for j in _ids(sites, "sites")]
        for _, _, along in flows.values()
    ]
    trips = {
        q: (km, range_km[q] if isinstance(range_km, Mapping) else range_km, {str(j): at for j, at in along.items()})
        for q, (_, km, along) in flows.items()
    }
    return _ask(
        "flow_refuelling", {"ids": ids}, sites, p=p, options=asked, distances=on, weights=volumes, trips=trips, **more
    )


# From tables to a problem


def _ask(
    model: str,
    demand: Any,
    sites: Any,
    *,
    options: Mapping[str, Any],
    p: int | None = None,
    radius: float | None = None,
    weights: Any = None,
    distances: ArrayLike | None = None,
    between: ArrayLike | None = None,
    trips: Mapping[str, tuple[float, float, Mapping[str, float]]] | None = None,
    **siting: Any,
) -> Answer:
    asked = Siting(**siting)
    rows, names = _ids(demand, "demand"), _ids(sites, "sites")
    km = _distances(demand, sites, distances, shape=(len(rows), len(names)))
    kg = _weights(demand, weights, len(rows))
    if radius is not None and not radius > 0:
        raise InputError(
            f"{radius:g} is not above 0; {np.nanmax(km[np.isfinite(km)], initial=1.0):.4g} reaches all", where="radius"
        )
    within = np.isfinite(km) if radius is None else km <= radius
    reached = np.flatnonzero(within.any(axis=1))
    row, site = np.nonzero(within[reached])
    apart = _between(sites, between, needed=model == "p_dispersion" or asked.spacing_km is not None)
    problem = Problem(
        period=0,
        demand_ids=tuple(rows[n] for n in reached),
        demand_kg_per_d=kg[reached],
        sites=_sites(names, asked),
        sizes=_sizes(asked, len(names)),
        pairs=Pairs(
            demand=row.astype(np.intp),
            site=site.astype(np.intp),
            minutes=km[reached][within[reached]],
            km=km[reached][within[reached]],
            access_cny_per_kg=km[reached][within[reached]] * MONEY,
        ),
        limits=Limits(stations_max=p, served_share_min=asked.served_share),
        shortfall_cny_per_kg=0.0,
        operating_d_per_yr=1.0,
        total_kg_per_d=float(kg.sum()),
        unreached=tuple(rows[n] for n in np.flatnonzero(~within.any(axis=1))),
        trips=_trips([rows[n] for n in reached], names, trips or {}),
        conflicts=too_close(apart, asked.spacing_km),
        site_km=apart,
    )
    found = optimise(problem, model=model, options=options, solver=asked.solver, in_process=True)
    return _answer(found, problem)


def _answer(found: Solution, problem: Problem) -> Answer:
    serve: dict[str, dict[str, float]] = {}
    for (row, site), share in found.serve.items():
        serve.setdefault(row, {})[site] = share
    goals = tuple(_unscaled(goal) for goal in found.goals)
    first = goals[0]
    return Answer(
        model=found.model,
        open=tuple(found.open),
        size=dict(found.open),
        serve=serve,
        unreached=problem.unreached,
        value=first.value,
        bound=first.bound,
        gap=first.gap,
        goals=goals,
        stopped=found.stopped,
        solution=found,
    )


def _ids(table: Any, where: str) -> list[str]:
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


def _count(table: Any) -> int:
    return len(_ids(table, "sites"))


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
        return _matrix(given, (_count(sites), _count(sites)), "between")
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


def _sites(names: Sequence[str], asked: Siting) -> SiteArrays:
    known = set(names)
    sets = {key: {str(j) for j in getattr(asked, key)} for key in ("existing", "required", "forbidden")}
    lost = [Fault(where=key, column=j, message="is no site") for key, js in sets.items() for j in sorted(js - known)]
    if lost:
        raise InputError(lost)
    cost = _by_site(asked.site_cost, 1.0, len(names), "site_cost")
    room = _by_site(asked.capacity, LARGEST, len(names), "capacity")
    stands = np.array([j in sets["existing"] for j in names])
    return SiteArrays(
        ids=tuple(names),
        built_kg_per_d=np.where(stands, room, np.nan),
        max_kg_per_d=room,
        land_cny_per_yr=cost * MONEY,
        required=np.array([j in sets["required"] for j in names]),
        forbidden=np.array([j in sets["forbidden"] for j in names]),
    )


def _sizes(asked: Siting, sites: int) -> SizeArrays:
    """Return one size for each different capacity: at its own site the largest that fits costs no more than another."""
    room = np.unique(_by_site(asked.capacity, LARGEST, sites, "capacity"))
    none = np.zeros(len(room))
    ids = (ONE_SIZE,) if len(room) == 1 else tuple(f"{kg:g}" for kg in room)
    return SizeArrays(
        ids=ids, capacity_kg_per_d=room, capex_cny=none, annual_cost_cny_per_yr=none, opex_cny_per_yr=none
    )


def _by_site(given: ArrayLike | None, default: float, sites: int, where: str) -> Floats:
    values = np.full(sites, default) if given is None else np.broadcast_to(np.asarray(given, dtype=float), sites)
    if not (np.isfinite(values) & (values >= 0)).all():
        raise InputError("holds a number that is negative or none; 0 or more would work", where=where)
    return np.array(values)


def _trips(
    rows: Sequence[str], names: Sequence[str], trips: Mapping[str, tuple[float, float, Mapping[str, float]]]
) -> Trips:
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


def _unscaled(goal: Goal) -> Goal:
    if not goal.name.endswith("_cny"):
        return goal
    return replace(goal, value=goal.value / MONEY, bound=None if goal.bound is None else goal.bound / MONEY)
