"""Supply, losses and pressure in two steps: stations without them, then what is best for these; bounds of both hold.

The least that a kilogram can cost at each station, and all that sources sell together, make a relaxation that has the
shape of a problem without supply and is solved as fast; so does leaving out what must be served after a loss, and who
needs 70 MPa. Its bounds hold for the whole problem; its stations, with the supply and the fitting that are best for
them, are a plan of it. Where a loss must be outlasted the sites are held and the sizes are free. Often that closes the
gap, and nothing more is searched.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import takewhile
from typing import Any

import numpy as np

from h2plan.errors import InterruptedSolve, LimitReachedError
from h2plan.extending import extends_at
from h2plan.models._parts import Network, network
from h2plan.models._supply import SupplyNet, supply_net
from h2plan.models._years import in_order
from h2plan.problem import BUILT, Goal, Problem, Solution, decided
from h2plan.solve import highs
from h2plan.solve.goals import KEEP_WITHIN, Held, Listener, meet_goals
from h2plan.solve.highs import Progress, SolverOptions
from h2plan.solve.lazy import Remembered
from h2plan.solve.program import Program
from h2plan.solve.service import Shares

WORTH_FROM_PAIRS = 3000
"""From this many pairs in reach on, two steps are quicker than one."""
PRICED_SHARE = 0.6
"""Share of the time for the first step."""
SAME = 1e-7
"""Values this near, relative, are one."""


def is_worth(problem: Problem, *, closest: bool) -> bool:
    """Whether a problem has supply, a share to keep after a loss, or pressure, and is large enough for two steps.

    Where each row is served at the `closest` station that gives its pressure, a problem without pressure is no
    relaxation: it sends vehicles to the nearest station of all, and no farther. With extensions it is not tried.
    """
    if (closest and problem.keeps_pressure) or extends_at(problem):
        return False
    asks = problem.supply is not None or any(year.policy.loss_share_min is not None for year in problem.years)
    large = sum(len(year.pairs.demand) for year in problem.years) >= WORTH_FROM_PAIRS
    return (asks or problem.keeps_pressure) and large


def priced(problem: Problem) -> Problem:
    """Return the relaxation: every year without losses and supply, but with its least price and all that is sold.

    Pressure is left out: any station may serve vehicles that need 70 MPa, and fitting costs nothing.
    """
    alone = in_order(problem)
    years = [_without_pressure(_lossless(_priced(year, one))) for year, one in zip(problem.years, alone, strict=True)]
    return replace(years[-1], earlier=tuple(years[:-1]))


def _lossless(year: Problem) -> Problem:
    return replace(year, policy=replace(year.policy, loss_share_min=None))


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

    def settle(
        self,
        program: Program,
        held: Mapping[int, float],
        options: SolverOptions,
        *,
        separate: Remembered,
        first: Mapping[int, float],
        shares: Shares,
        progress: Callable[[Progress], None],
    ) -> Held | None:
        """Return the best plan with these whole columns held and all others free; None where there is none in time.

        `separate` names rows that are brought in when a plan breaks them; then sizes are free, so that `first` is a
        start and the `shares` may be left out of the search.
        """
        linear = program.linear
        columns = np.array(list(held), dtype=np.intp)
        lower, upper = linear.lower.copy(), linear.upper.copy()
        lower[columns] = upper[columns] = np.array(list(held.values()))
        fixed = linear.within(lower=lower, upper=upper)
        if not separate.is_asked:  # nothing that the implied rows tighten is left to choose
            fixed = fixed.keeping_rows(~program.implied)
            part = replace(program, linear=fixed, implied=np.zeros(fixed.shape[0], dtype=np.bool_))
            found = meet_goals(part, options).held
        else:
            found = meet_goals(
                replace(program, linear=fixed),
                options,
                start=first,
                separate=separate,
                shares=shares,
                listener=Listener(progress=progress),
                root_from_rows=0,
            ).held
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


def as_led(stages: Sequence[tuple[Any, Network]], program: Program, first: Mapping[int, float]) -> dict[int, float]:
    """Return the columns of stations that are held at a first plan, by year.

    Where a share is to be kept after a loss, the sites are held and their sizes are free: room is what is missing then.
    """
    held: dict[int, float] = {}
    for block, net in stages:
        columns = program.columns_of(block.open)
        here = {j for (j, _), n in columns.items() if first.get(n)}
        free = here if net.problem.policy.loss_share_min is not None else set()
        held.update({n: first.get(n, 0.0) for (j, _), n in columns.items() if j not in free})
    return held


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


def best(led: Lead | None, settled: Held | None, found: Held | None, *, gap: float) -> Held:
    """Return the better of what was settled and what was found after it, with the sharpest bounds that hold for it."""
    known = [held for held in (found, settled) if held is not None]
    ahead = known[-1] if len(known) > 1 and not _comes_before(known[0], known[1]) else known[0]
    for goals in ([led.goals] if led is not None else []) + [held.goals for held in known if held is not ahead]:
        ahead = Lead(stations=(), goals=goals).sharpened(ahead, gap=gap)
    return ahead


def _comes_before(held: Held, other: Held) -> bool:
    """Say whether a plan comes first in the order of the goals."""
    for goal, known in zip(held.goals, other.goals, strict=True):
        gain = (known.value - goal.value) * (1.0 if goal.sense == "min" else -1.0)
        if abs(gain) > KEEP_WITHIN * max(1.0, abs(known.value)):
            return gain > 0
    return True


def proven_first(held: Held) -> tuple[Goal, ...]:
    """Return the first goals as far as they are within the gap."""
    return tuple(takewhile(lambda goal: goal.stopped == "optimal", held.goals))


def is_proven(held: Held) -> bool:
    """Whether every goal is within the gap."""
    return all(goal.stopped == "optimal" for goal in held.goals)
