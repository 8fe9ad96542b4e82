"""Location models for tables and arrays of your own: who wants what, where stations may stand, how far it is.

Each function frames a `Problem` and hands it to the same models, limits and solver as a scenario does. Demand and sites
are GeoDataFrames of points, DataFrames with columns `lon` and `lat`, or sequences of ids. Distances are a matrix
(demand x sites), or else straight lines on the ellipsoid in km; for roads, see `h2plan.plan` or give their matrix.
What all functions take beside these stands in `h2plan.tabular.Siting`.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, fields, replace
from typing import Any

import numpy as np
from numpy.typing import ArrayLike

from h2plan import exact, plugins
from h2plan.errors import Fault, InputError
from h2plan.optimise import optimise
from h2plan.problem import Goal, Limits, Problem, Solution
from h2plan.refuse import check
from h2plan.solve import highs
from h2plan.tabular import MONEY, ONE_SIZE, Along, Asked, Siting, frame_tables, ids_of, limits_of

Flows = Mapping[str, tuple[float, float, Mapping[object, float]]]
"""Flow to (volume, km one way, site to km from the origin)."""


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
class CurvePoint:
    """One point of a curve of counts or budgets."""

    p: int | None
    budget: float | None
    open: tuple[str, ...]
    """Sites with a station, those that stand included."""
    value: float
    bound: float | None
    gap: float | None
    """None: not known."""
    stopped: str


def set_cover(
    demand: Any, sites: Any, *, radius: float, copies: int = 1, objective: str = "count", **more: Any
) -> Answer:
    """Fewest or cheapest stations so that everyone has `copies` within `radius`."""
    options = {"size_id": ONE_SIZE, "copies": copies, "objective": objective}
    return _points("set_cover", demand, sites, options=options, radius=radius, **more)


def max_cover(
    demand: Any, sites: Any, *, radius: float, p: int | None = None, backup: bool = False, **more: Any
) -> Answer:
    """Most demand within `radius` of a station, with at most p of them, or within a `budget`."""
    options = {"size_id": ONE_SIZE, "backup": backup}
    return _points("max_cover", demand, sites, p=p, options=options, radius=radius, **more)


def p_median(demand: Any, sites: Any, *, p: int | None = None, **more: Any) -> Answer:
    """Least distance to the nearest station, weighted by demand, with p stations, or within a `budget`."""
    return _points("p_median", demand, sites, p=p, options={"size_id": ONE_SIZE}, **more)


def p_center(demand: Any, sites: Any, *, p: int | None = None, **more: Any) -> Answer:
    """Least longest distance to the nearest station with p stations, then the least weighted distance."""
    return _points("p_center", demand, sites, p=p, options={"size_id": ONE_SIZE}, **more)


def p_dispersion(sites: Any, *, p: int, between: ArrayLike | None = None, **more: Any) -> Answer:
    """Exactly p sites as far from each other as can be; `between` is the distance of any two, or straight lines."""
    nobody = {"ids": ["nobody"]}
    far = np.zeros((1, len(ids_of(sites, "sites"))))
    asked = Asked(p=p, distances=far, between=between, needs_between=True)
    return _ask("p_dispersion", nobody, sites, options={"size_id": ONE_SIZE}, asked=asked, siting=Siting(**more))


def capacitated(demand: Any, sites: Any, *, sourcing: str = "split", closest: bool = False, **more: Any) -> Answer:
    """Least cost of stations and ways to serve everyone within `capacity`, one a site, or a choice of `sizes`.

    A unit of distance costs a unit, for each unit of demand.
    """
    if (more.get("capacity") is None) == (more.get("sizes") is None):
        raise InputError("give either the capacity of each site or a choice of sizes", where="capacity")
    return _points("capacitated", demand, sites, options={"sourcing": sourcing, "closest": closest}, **more)


def flow_refuelling(
    flows: Flows,
    sites: Any,
    *,
    range_km: float | Mapping[str, float],
    p: int | None = None,
    tour: str = "round_trip",
    start_share: float = 0.5,
    end_share: float | None = None,
    **more: Any,
) -> Answer:
    """Most flow that at most p stations, or a `budget`, let drive through.

    `flows` is id to (volume, km one way, site id to km from the origin); `range_km` one number, or one a flow.
    """
    driven = {"size_id": ONE_SIZE, "tour": tour, "start_share": start_share, "end_share": end_share}
    return _trips("flow_refuelling", flows, sites, range_km=range_km, p=p, options=driven, **more)


def flow_refuelling_kg(
    flows: Flows,
    sites: Any,
    *,
    range_km: float | Mapping[str, float],
    p: int | None = None,
    tour: str = "round_trip",
    start_share: float = 0.5,
    end_share: float | None = None,
    objective: str = "coverage",
    shortfall: float = 0.0,
    **more: Any,
) -> Answer:
    """Most fuel served within `capacity` or a choice of `sizes`, in exact amounts at each stop; then least cost.

    The volume of a flow is the fuel it wants. `objective` "cost" weighs stations against `shortfall` a unit that is
    not served.
    """
    options = {"tour": tour, "start_share": start_share, "end_share": end_share, "objective": objective}
    return _trips(
        "flow_refuelling_kg", flows, sites, range_km=range_km, p=p, options=options, shortfall=shortfall, **more
    )


# Curves


def coverage_curve(
    demand: Any,
    sites: Any,
    *,
    radius: float,
    p: Sequence[int] | None = None,
    budgets: Sequence[float] | None = None,
    **more: Any,
) -> tuple[CurvePoint, ...]:
    """Most demand within `radius` of a station, for each number of stations in `p` or each of the `budgets`.

    Each point is proven like a question of its own; together they cost a fraction of that.
    """
    return _curve("max_cover", demand, sites, p=p, budgets=budgets, radius=radius, **more)


def median_curve(
    demand: Any, sites: Any, *, p: Sequence[int] | None = None, budgets: Sequence[float] | None = None, **more: Any
) -> tuple[CurvePoint, ...]:
    """Least weighted distance to the nearest station, for each number of stations in `p` or each of the `budgets`."""
    return _curve("p_median", demand, sites, p=p, budgets=budgets, **more)


def _curve(
    model: str, demand: Any, sites: Any, *, p: Sequence[int] | None, budgets: Sequence[float] | None, **more: Any
) -> tuple[CurvePoint, ...]:
    if (p is None) == (budgets is None) or not (p or budgets):
        raise InputError("give either numbers of stations (p) or budgets, at least one", where="curve")
    asked, siting = _split(more)
    steps: list[tuple[int | None, float | None]]
    steps = [(count, None) for count in p or ()] + [(None, budget) for budget in budgets or ()]
    limits = [limits_of(siting, p=count, budget=budget) for count, budget in steps]
    problem = frame_tables(demand, sites, asked=asked, siting=siting)
    for each in limits:
        check(replace(problem, limits=each), model=model)
    found = _along(model, problem, limits, siting)
    return tuple(
        CurvePoint(
            p=count,
            budget=budget,
            open=stations,
            value=goal.value,
            bound=goal.bound,
            gap=goal.gap,
            stopped=goal.stopped,
        )
        for (count, budget), (stations, goal) in zip(steps, found, strict=True)
    )


def _along(
    model: str, problem: Problem, limits: Sequence[Limits], siting: Siting
) -> list[tuple[tuple[str, ...], Goal]]:
    """Meet the first goal under each of these limits, by one search or, where that declines, one by one."""
    solver, asked = siting.solver, {"size_id": ONE_SIZE}
    highs.self_test(threads=solver.threads)
    points = exact.curve(
        model,
        replace(problem, limits=limits[0]),
        options=plugins.options(plugins.find("models", model), asked, where="model"),
        steps=limits,
        asked=exact.Asked(
            gap=solver.gap, limit_s=solver.limit_s, threads=solver.threads, nodes_max=solver.nodes_max,
            should_stop=lambda: False,
        ),
    )  # fmt: skip
    if points is not None:
        stands = {str(j) for j in siting.existing}
        return [(tuple(sorted({*point.stations, *stands})), point.goal) for point in points]
    each = [
        optimise(replace(problem, limits=step), model=model, options=asked, solver=solver, in_process=True)
        for step in limits
    ]
    return [(tuple(solution.open), solution.goals[0]) for solution in each]


# From arguments to an answer


def _points(model: str, demand: Any, sites: Any, *, options: Mapping[str, Any], **more: Any) -> Answer:
    asked, siting = _split(more)
    return _ask(model, demand, sites, options=options, asked=asked, siting=siting)


def _split(more: Mapping[str, Any]) -> tuple[Asked, Siting]:
    """Tell apart what belongs to the question and what to the sites."""
    mine = {field.name for field in fields(Asked)} & set(more)
    return Asked(**{name: more[name] for name in mine}), Siting(**{n: v for n, v in more.items() if n not in mine})


def _trips(
    model: str,
    flows: Flows,
    sites: Any,
    *,
    range_km: float | Mapping[str, float],
    p: int | None,
    options: Mapping[str, Any],
    shortfall: float = 0.0,
    **more: Any,
) -> Answer:
    names = ids_of(sites, "sites")
    lost = sorted({str(j) for _, _, along in flows.values() for j in along} - set(names))
    if lost:
        raise InputError([Fault(where="flows", column=j, message="is no site") for j in lost])
    along: Along = {
        q: (km, range_km[q] if isinstance(range_km, Mapping) else range_km, {str(j): at for j, at in stops.items()})
        for q, (_, km, stops) in flows.items()
    }
    on = [[0.0 if j in stops else np.inf for j in names] for _, _, stops in along.values()]
    volumes = [volume for volume, _, _ in flows.values()]
    asked = Asked(p=p, weights=volumes, distances=on, trips=along, shortfall=shortfall)
    return _ask(model, {"ids": list(flows)}, sites, options=options, asked=asked, siting=Siting(**more))


def _ask(model: str, demand: Any, sites: Any, *, options: Mapping[str, Any], asked: Asked, siting: Siting) -> Answer:
    problem = frame_tables(demand, sites, asked=asked, siting=siting)
    found = optimise(problem, model=model, options=options, solver=siting.solver, in_process=True)
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


def _unscaled(goal: Goal) -> Goal:
    if not goal.name.endswith("_cny"):
        return goal
    return replace(goal, value=goal.value / MONEY, bound=None if goal.bound is None else goal.bound / MONEY)
