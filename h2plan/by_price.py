"""Supply and pressure in two steps: stations without them, then what these need, with bounds from the first.

The least that a kilogram can cost at each station, and all that sources sell together, make a relaxation that has the
shape of a problem without supply and is solved as fast. Its bounds hold for the whole problem; its stations, with the
supply that is best for them, are a plan of it. Often that closes the gap, and nothing more is searched. The first step
leaves pressure out too, for it can only cost: what is fitted is chosen for the stations found there.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace

import numpy as np

from h2plan.errors import InterruptedSolve, LimitReachedError
from h2plan.models._parts import network
from h2plan.models._supply import SupplyNet, supply_net
from h2plan.models._years import in_order
from h2plan.problem import BUILT, Goal, Problem, Solution, decided
from h2plan.solve import highs
from h2plan.solve.goals import Held, meet_goals
from h2plan.solve.highs import SolverOptions
from h2plan.solve.program import Program

WORTH_FROM_PAIRS = 3000
"""From this many pairs in reach on, two steps are quicker than one."""
PRICED_SHARE = 0.5
"""Share of the time for the first step."""
SAME = 1e-7
"""Values this near, relative, are one."""


def is_worth(problem: Problem, *, closest: bool) -> bool:
    """Whether a problem has supply or pressure, is large enough for two steps, and asks for no rows found on the way.

    Where each row is served at the `closest` station that gives its pressure, a problem without pressure is no
    relaxation: it may send vehicles to a nearer station, and no farther.
    """
    if any(year.policy.loss_share_min is not None for year in problem.years) or (closest and problem.keeps_pressure):
        return False
    pairs = sum(len(year.pairs.demand) for year in problem.years)
    return (problem.supply is not None or problem.keeps_pressure) and pairs >= WORTH_FROM_PAIRS


def priced(problem: Problem) -> Problem:
    """Return the relaxation: every year without supply, but with its least price on each way and all that is sold.

    Pressure is left out: any station may serve vehicles that need 70 MPa, and fitting costs nothing.
    """
    alone = in_order(problem)
    years = [_priced(_without_pressure(year), one) for year, one in zip(problem.years, alone, strict=True)]
    return replace(years[-1], earlier=tuple(years[:-1]))


def _without_pressure(year: Problem) -> Problem:
    return replace(
        year,
        at_70_mpa=None,
        sites=replace(year.sites, at_70_mpa=None),
        sizes=replace(year.sizes, fit_70_capex_cny=None, fit_70_cny_per_yr=None),
    )


def _priced(year: Problem, alone: Problem) -> Problem:
    if year.supply is None:  # a year that wants nothing, where years are planned one after the other
        return replace(year, earlier=())
    chain = supply_net(year.supply, network(alone))
    cny_per_kg = chain.least_cny_per_kg()
    price = np.array([cny_per_kg.get(j, np.inf) for j in year.sites.ids])
    reached = np.isfinite(price[year.pairs.site])
    pairs = replace(
        year.pairs,
        **{
            name: getattr(year.pairs, name)[reached]
            for name in ("demand", "site", "minutes", "km", "access_cny_per_kg")
        },
    )
    pairs = replace(pairs, access_cny_per_kg=pairs.access_cny_per_kg + price[pairs.site])
    return replace(year, pairs=pairs, supply=None, earlier=(), supply_max_kg_per_d=_sold_kg_per_d(chain))


def _sold_kg_per_d(chain: SupplyNet) -> float:
    """Return what sources sell and stations make at most."""
    sold = math.fsum(source.available_kg_per_d for source in chain.sources.values())
    return sold + math.fsum(chain.most_kg[key] for key, link in chain.links.items() if link.mode == "on_site")


@dataclass(frozen=True, kw_only=True)
class Lead:
    """What the first step found."""

    stations: tuple[Mapping[str, str], ...]
    """New stations of each year, site id to size id."""
    goals: tuple[Goal, ...]

    def settle(self, program: Program, held: Mapping[int, float], options: SolverOptions) -> Held | None:
        """Return the best plan with these whole columns held and all others free; None where there is none in time."""
        linear = program.linear
        columns = np.array(list(held), dtype=np.intp)
        lower, upper = linear.lower.copy(), linear.upper.copy()
        lower[columns] = upper[columns] = np.array(list(held.values()))
        fixed = linear.within(lower=lower, upper=upper).keeping_rows(~program.implied)
        none = np.zeros(fixed.shape[0], dtype=np.bool_)
        found = meet_goals(replace(program, linear=fixed, implied=none), options).held
        return None if found is None else self.sharpened(_without_bounds(found), gap=options.gap)

    def sharpened(self, held: Held, *, gap: float) -> Held:
        """Return a plan with the better of its own bounds and those of the relaxation, as far as these hold.

        The bound of a later goal holds where the earlier goals are met as well as in the relaxation.
        """
        goals: list[Goal] = []
        holds = True
        for goal, other in zip(held.goals, self.goals, strict=True):
            goals.append(_sharper(goal, other, gap) if holds else goal)
            sign = 1.0 if goal.sense == "min" else -1.0
            holds = holds and sign * (goal.value - other.value) <= SAME * max(1.0, abs(other.value))
        return replace(held, goals=tuple(goals))


def lead(
    problem: Problem, solver: SolverOptions, *, solve: Callable[[Problem, SolverOptions], Solution]
) -> Lead | None:
    """Solve the relaxation in a part of the time; None where that time did not do.

    Raises:
        InfeasibleError: not even the relaxation has a plan.
    """
    try:
        found = solve(priced(problem), replace(solver, limit_s=PRICED_SHARE * solver.limit_s))
    except (LimitReachedError, InterruptedSolve):
        return None
    years = decided(found, problem.period)
    return Lead(
        stations=tuple({j: size for j, size in year.open.items() if size != BUILT} for year in years),
        goals=found.goals,
    )


def whole(program: Program, held: Held) -> dict[int, float]:
    """Return the whole columns of a plan, as a start."""
    return {int(n): round(float(held.values[n])) for n in np.flatnonzero(program.linear.whole)}


def _sharper(goal: Goal, other: Goal, gap: float) -> Goal:
    known = [bound for bound in (goal.bound, other.bound) if bound is not None]
    if not known:
        return goal
    bound = max(known) if goal.sense == "min" else min(known)
    width = highs.relative_gap(goal.value, bound)
    proven = width is not None and width <= gap
    return replace(goal, bound=bound, gap=width, stopped="optimal" if proven else goal.stopped)


def _without_bounds(held: Held) -> Held:
    """Return a plan whose goals claim no bound: it was the best of a part only."""
    goals = (
        replace(goal, bound=None, gap=None, stopped="feasible_limit" if goal.stopped == "optimal" else goal.stopped)
        for goal in held.goals
    )
    return replace(held, goals=tuple(goals))


def is_proven(held: Held) -> bool:
    """Whether every goal is within the gap."""
    return all(goal.stopped == "optimal" for goal in held.goals)
