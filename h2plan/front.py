"""What more stations, money or coverage buys: plans along one limit, each solved from its neighbour's.

The limit x takes evenly spaced values (the epsilon-constraint method: Y. Haimes, L. Lasdon, D. Wismer, On a bicriterion
formulation of the problems of integrated system identification and system optimization, IEEE Transactions on Systems,
Man, and Cybernetics 1, 1971). Along stations and budget the most is served, along the share least is spent.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, Literal

import numpy as np

from h2plan.domain import labelled
from h2plan.errors import InfeasibleError, InputError, InterruptedSolve, LimitReachedError
from h2plan.extending import steps
from h2plan.optimise import optimise
from h2plan.problem import BUILT, Limits, Problem, Solution, YearDecisions, decided
from h2plan.refuse import standing
from h2plan.solve.highs import Progress, SolverOptions

Axis = Literal["stations", "budget", "share"]
MODEL = "network_design"
SAME = 1e-9
"""Two points that differ by less, relative, are as good as each other."""
FLOOR_KEPT = 1e-6
"""A floor at what a plan serves is set this share lower: the tolerance of the solver."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Point:
    """One plan along the limit."""

    limit: float = labelled("限值", "limit")
    stations: int = labelled("加氢站总数", "stations, all")
    stations_new: int = labelled("其中新建", "of these new")
    capex_cny: float = labelled("新增投资", "new capital cost", "CNY")
    served_kg_per_d: float = labelled("已满足", "served", "kg/d")
    served_share: float = labelled("需求满足率", "share of demand served", "0-1")
    cost_cny: float = labelled("总成本", "cost, all", "CNY")
    """A year's in a plan of one year, its present value in one of several."""
    goal: str = labelled("首要目标", "first goal")
    value: float = labelled("目标值", "value of the first goal")
    bound: float | None = labelled("最优界", "its bound")
    gap: float | None = labelled("最优间隙", "its gap", "0-1")
    stopped: str = labelled("终止原因", "why the solver stopped")


@dataclass(frozen=True, kw_only=True)
class Front:
    """The points that no other beats, by rising limit, and what became of the others."""

    axis: Axis
    points: tuple[Point, ...]
    beaten: tuple[Point, ...]
    notes: tuple[str, ...]


@dataclass(frozen=True, kw_only=True)
class Asked:
    """How a front is traced."""

    axis: Axis
    steps: int
    options: Mapping[str, Any]
    """Of the model, as the scenario gives them."""
    solver: SolverOptions
    say: Callable[[str], None] = lambda _text: None
    on_progress: Callable[[Progress], None] | None = None
    in_process: bool = False


def trace(problem: Problem, asked: Asked) -> Front:
    """Plan along one limit.

    Raises:
        InputError: fewer than two steps, or a range of the limit with nothing in it.
        InfeasibleError: not even the ends of the range have a plan.
        LimitReachedError: no plan was found for them in time.
    """
    if asked.steps < 2:
        raise InputError(f"a front needs 2 steps at least, not {asked.steps}", where="--steps")
    first = _ends(problem, asked)
    points: list[Point] = []
    notes: list[str] = []
    start = first.start
    for number, limit in enumerate(first.limits, start=1):
        asked.say(f"point {number} of {len(first.limits)}: {asked.axis} {_written(asked.axis, limit)}")
        try:
            found = _solve(_limited(problem, asked.axis, limit), asked, start=start)
        except InterruptedSolve:
            notes.append(f"the run was interrupted at point {number}; the points after it were not looked for")
            break
        except (InfeasibleError, LimitReachedError) as error:
            notes.append(f"{asked.axis} {_written(asked.axis, limit)}: no plan ({error})")
            continue
        start = _opened(problem, found)
        points.append(_point(problem, found, limit=limit))
        if found.stopped == "interrupted":
            notes.append(f"the run was interrupted at point {number}; the points after it were not looked for")
            break
    loose = [point for point in points if point.stopped != "optimal"]
    if loose:
        notes.append(f"{len(loose)} of {len(points)} points ended by a limit, before their gap was proven")
    kept = undominated(points, axis=asked.axis)
    return Front(
        axis=asked.axis,
        points=tuple(sorted(kept, key=lambda point: point.limit)),
        beaten=tuple(sorted((point for point in points if point not in kept), key=lambda point: point.limit)),
        notes=tuple(notes),
    )


def undominated(points: Sequence[Point], *, axis: Axis) -> list[Point]:
    """Leave out every point that another one beats: no worse in both aims and better in one; of equals one stays."""
    marks = [_marks(point, axis) for point in points]
    return [
        point
        for n, point in enumerate(points)
        if not any(_beats(other, marks[n]) or (m < n and _equal(other, marks[n])) for m, other in enumerate(marks))
    ]


def _marks(point: Point, axis: Axis) -> tuple[float, float]:
    """Return what is spent and what is served: both better when lower."""
    spent = {"stations": float(point.stations), "budget": point.capex_cny, "share": point.cost_cny}[axis]
    return spent, -point.served_kg_per_d


def _beats(one: tuple[float, float], other: tuple[float, float]) -> bool:
    room = [SAME * max(1.0, abs(a), abs(b)) for a, b in zip(one, other, strict=True)]
    no_worse = all(a <= b + r for a, b, r in zip(one, other, room, strict=True))
    return no_worse and any(a < b - r for a, b, r in zip(one, other, room, strict=True))


def _equal(one: tuple[float, float], other: tuple[float, float]) -> bool:
    return all(abs(a - b) <= SAME * max(1.0, abs(a), abs(b)) for a, b in zip(one, other, strict=True))


# The range of the limit


@dataclass(frozen=True, kw_only=True)
class _Range:
    limits: list[float]
    """In the order in which a plan for one is a plan for the next."""
    start: list[dict[str, str]] | None


def _ends(problem: Problem, asked: Asked) -> _Range:
    if asked.axis == "stations":
        return _stations(problem, asked.steps)
    if asked.axis == "budget":
        return _budgets(problem, asked)
    return _shares(problem, asked)


def _stations(problem: Problem, steps: int) -> _Range:
    sites, limits = problem.sites, problem.limits
    must = sum(
        bool(required) and np.isnan(kg) for required, kg in zip(sites.required, sites.built_kg_per_d, strict=True)
    )
    least = max(standing(problem) + must, *(year.limits.stations_min or 0 for year in problem.years))
    can = sum(not barred and np.isnan(kg) for barred, kg in zip(sites.forbidden, sites.built_kg_per_d, strict=True))
    most = standing(problem) + can if limits.stations_max is None else limits.stations_max
    counts = sorted({round(float(count)) for count in np.linspace(least, most, steps)}) if most >= least else []
    return _Range(limits=[float(count) for count in _several(counts, "stations")], start=None)


def _budgets(problem: Problem, asked: Asked) -> _Range:
    """From nothing, where stations stand, or the cheapest station to what the best plan without a budget costs."""
    asked.say("the dearest plan: no budget beyond that of the scenario")
    most = _point(problem, _solve(problem, asked, start=None), limit=0.0).capex_cny
    least = 0.0 if standing(problem) else float(problem.sizes.capex_cny.min())
    budgets = [float(cny) for cny in np.linspace(least, most, asked.steps)] if most > least else []
    return _Range(limits=_several(budgets, "budget"), start=None)


def _shares(problem: Problem, asked: Asked) -> _Range:
    """From what the cheapest plan serves to the most that can be served, the most first."""
    asked.say("the plan that serves most")
    best = _solve(problem, replace(asked, axis="stations"), start=None)
    asked.say("the cheapest plan")
    cheapest = _solve(_limited(problem, "share", 0.0), asked, start=None)
    most = _point(problem, best, limit=0.0).served_share * (1 - FLOOR_KEPT)
    least = _point(problem, cheapest, limit=0.0).served_share * (1 - FLOOR_KEPT)
    shares = [float(share) for share in np.linspace(most, least, asked.steps)] if most > least else []
    return _Range(limits=_several(shares, "share"), start=_opened(problem, best))


def _several(limits: Sequence[float], axis: str) -> list[float]:
    if len(limits) < 2:
        raise InputError(
            f"{axis} can take one value only within the limits of the scenario: there is no front", where="--x"
        )
    return list(limits)


# One point


def _limited(problem: Problem, axis: Axis, limit: float) -> Problem:
    """Set the limit, in every year where it is one of every year."""

    def of(limits: Limits) -> Limits:
        if axis == "stations":
            return replace(limits, stations_max=round(limit))
        if axis == "budget":
            return replace(limits, budget_cny=limit)
        return replace(limits, served_share_min=max(limit, limits.served_share_min or 0.0))

    last = replace(problem, limits=of(problem.limits))
    if axis != "stations":
        return last
    return replace(last, earlier=tuple(replace(year, limits=of(year.limits)) for year in problem.earlier))


def _options(asked: Asked) -> dict[str, Any]:
    """Serve most along stations and budget, spend least along the share; who is served where stays as asked."""
    kept = {key: value for key, value in asked.options.items() if key not in {"objective", "then"}}
    if asked.axis == "share":
        return {**kept, "objective": "cost"}
    return {**kept, "objective": "coverage"}


def _solve(problem: Problem, asked: Asked, *, start: Sequence[Mapping[str, str]] | None) -> Solution:
    return optimise(
        problem,
        model=MODEL,
        options=_options(asked),
        solver=asked.solver,
        on_progress=asked.on_progress,
        in_process=asked.in_process,
        start=start,
    )


def _opened(problem: Problem, solution: Solution) -> list[dict[str, str]]:
    """Return the new stations of each year."""
    years: Sequence[YearDecisions] = decided(solution, problem.period)
    return [{site: size for site, size in year.open.items() if size != BUILT} for year in years]


def _point(problem: Problem, solution: Solution, *, limit: float) -> Point:
    kg = dict(zip(problem.demand_ids, problem.demand_kg_per_d.tolist(), strict=True))
    served = float(sum(share * kg[i] for (i, _), share in solution.serve.items()))
    changed = [(site, size) for site, size in solution.open.items() if size != BUILT]
    stood = dict(zip(problem.sites.ids, problem.sites.built_kg_per_d.tolist(), strict=True))
    new = [(site, size) for site, size in changed if np.isnan(stood[site])]
    first, cost = solution.goals[0], solution.goals[-1]
    return Point(
        limit=limit,
        stations=len(solution.open) + problem.limits.unplaced_built,
        stations_new=len(new),
        capex_cny=_capex_cny(problem, changed),
        served_kg_per_d=served,
        served_share=served / problem.total_kg_per_d if problem.total_kg_per_d else 0.0,
        cost_cny=cost.value,
        goal=first.name,
        value=first.value,
        bound=first.bound,
        gap=first.gap,
        stopped=solution.stopped,
    )


def _capex_cny(problem: Problem, new: Sequence[tuple[str, str]]) -> float:
    """Add up what the stations cost as new builds."""
    sites, sizes = problem.sites, problem.sizes
    share = np.ones(len(sites.ids)) if sites.build_share is None else sites.build_share
    part = dict(zip(sites.ids, share.tolist(), strict=True))
    capex = dict(zip(sizes.ids, sizes.capex_cny.tolist(), strict=True))
    grown = steps(problem)
    premium = 0.0 if problem.phasing is None else problem.phasing.upgrade_premium_share
    return float(
        sum((1 + premium) * grown[pair].capex_cny if pair in grown else part[pair[0]] * capex[pair[1]] for pair in new)
    )


def _written(axis: Axis, limit: float) -> str:
    if axis == "share":
        return f"{limit:.1%}"
    return f"{limit:,.0f} CNY" if axis == "budget" else f"{limit:.0f}"
