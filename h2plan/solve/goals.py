"""Meet the goals of a model one after the other: each is solved among the plans that keep the earlier ones."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import partial

import numpy as np

from h2plan.problem import Floats, Goal, StopReason
from h2plan.solve import highs
from h2plan.solve.by_site import fits, search_by_site
from h2plan.solve.guide import Guide
from h2plan.solve.guided import Advise, guided_search
from h2plan.solve.highs import Hooks, Outcome, Progress, SolverOptions, Status
from h2plan.solve.lazy import Cut, Grown, Separate, kept, never, search_lazily
from h2plan.solve.merged import costs_nothing, merged_search
from h2plan.solve.program import Bools, Linear, Program, ProgramGoal
from h2plan.solve.projected import nearly_all_is_asked, projected_search
from h2plan.solve.search import ROOT_FROM_ROWS, search
from h2plan.solve.service import Shares, read_services
from h2plan.solve.years import years_search

KEEP_WITHIN = 1e-6
"""A later goal may worsen an earlier one by this share of its value: the solver's own tolerance."""


@dataclass(frozen=True, kw_only=True)
class Held:
    """A point that meets every constraint, and what is known of each goal there."""

    values: Floats
    goals: tuple[Goal, ...]


@dataclass(frozen=True, kw_only=True)
class Found:
    """How the goals ended; `held` is None where no point was found, and `status` says why."""

    status: Status
    held: Held | None


@dataclass(frozen=True, kw_only=True)
class Listener:
    """Who hears of progress and plans, and may say stop. None of these may raise: HiGHS stands in its search."""

    progress: Callable[[Progress], None] = lambda _progress: None
    plan: Callable[[Held], None] = lambda _held: None
    should_stop: Callable[[], bool] = lambda: False


NOBODY = Listener()


def meet_goals(
    program: Program,
    options: SolverOptions,
    *,
    start: Mapping[int, float] | None = None,
    listener: Listener = NOBODY,
    guide: Guide | None = None,
    separate: Separate = never,
    shares: Shares = (),
    root_from_rows: int = ROOT_FROM_ROWS,
    cuts: Sequence[Cut] = (),
    proven: Sequence[Goal] = (),
) -> Found:
    """Solve the goals in order within one time limit.

    A goal that is not the last gets half of the time left. A later goal that finds nothing keeps the point of the
    earlier ones. `start` gives whole columns a first value, the others are zero. `separate` names rows that a point
    breaks and that are not in the program; `cuts` are some that are known already. `shares` tells for each year which
    column is the share of a demand row at a site, if the program has such. `proven` are the first goals as far as the
    start is known to meet them within the gap: they are not searched for again.
    """
    begun = time.monotonic()
    grown = Grown(linear=program.linear, implied=program.implied).with_cuts(cuts)
    values, grown = (None, grown) if start is None else kept(grown, _point(start, grown), options, separate)
    if values is not None:
        listener.plan(Held(values=values, goals=_goals(program.goals, values, ())))
    done: list[Outcome] = []
    for n, goal in enumerate(program.goals):
        left = max(0.1, begun + options.limit_s - time.monotonic())
        share = replace(options, limit_s=left if n == len(program.goals) - 1 else left / 2)
        aimed = replace(grown, linear=replace(grown.linear, cost=goal.cost, offset=goal.offset))
        hooks = _hooks(program.goals, done, listener, begun=begun)
        if n == 0 and values is not None and hooks.plan is not None:
            hooks.plan(values)  # whatever comes, there is a plan
        advise = None
        if guide is not None and values is not None and grown.implied.sum() >= root_from_rows:
            advise = partial(guide, n, [_at_least(each, values) for each in program.goals[:n]])
        find = partial(_search, advise=advise, shares=shares, root_from_rows=root_from_rows)
        if n < len(proven) and values is not None:
            outcome = _known(goal, proven[n], values)
        else:
            outcome, aimed = search_lazily(
                aimed, options=share, hooks=hooks, start=values, separate=separate, search=find
            )
        best = values if outcome.values is None else outcome.values
        if best is None:
            return Found(status=outcome.status, held=None)
        done.append(outcome)
        polished, aimed = kept(aimed, best, share, separate)
        values = best if polished is None else polished
        reached = aimed.linear.objective(values)
        grown = aimed.with_cuts(
            [Cut(row=goal.cost, upper=reached - goal.offset + KEEP_WITHIN * max(1.0, abs(reached)))]
        )
        if listener.should_stop():
            break
    assert values is not None
    return Found(
        status=done[-1].status,
        held=Held(values=values, goals=_goals(program.goals, values, done, skipped="interrupted")),
    )


def _known(goal: ProgramGoal, proven: Goal, values: Floats) -> Outcome:
    """Return what is known of a goal that a start meets within the gap."""
    objective = float(goal.cost @ values) + goal.offset
    bound = None if proven.bound is None else min(objective, proven.bound / (goal.sign * goal.unit))
    return Outcome(status=Status.OPTIMAL, values=values, objective=objective, bound=bound, nodes=0, seconds=0.0)


def _search(
    linear: Linear,
    implied: Bools,
    options: SolverOptions,
    hooks: Hooks,
    start: Floats | None,
    *,
    advise: Advise | None,
    shares: Shares,
    root_from_rows: int,
) -> Outcome:
    is_large = implied.sum() >= root_from_rows
    services = read_services(linear, implied, shares) if shares and is_large else None
    if services is not None and len(shares) > 1:  # of several years, though but one of them may want anything
        outcome = years_search(linear, implied, services, options=options, hooks=hooks, start=start)
        if outcome is not None:
            return outcome
    if services is not None and start is not None and all(costs_nothing(linear, each) for each in services):
        return merged_search(linear, services, options=options, hooks=hooks, start=start)
    if services is not None and nearly_all_is_asked(linear, services):
        return projected_search(linear, implied, services, options=options, hooks=hooks, start=start)
    if services is not None and fits(services):
        return search_by_site(linear, implied, services[0], options=options, hooks=hooks, start=start)
    if advise is not None and start is not None:
        return guided_search(linear, implied, options=options, hooks=hooks, start=start, advise=advise)
    return search(linear, implied, options=options, hooks=hooks, start=start, root_from_rows=root_from_rows)


def _at_least(goal: ProgramGoal, values: Floats) -> float:
    """Return what later goals leave of an earlier one that is to be large."""
    value = goal.value(values)
    return value - goal.unit * KEEP_WITHIN * max(1.0, abs(value / goal.unit))


def _point(start: Mapping[int, float], grown: Grown) -> Floats:
    point = np.zeros(grown.linear.shape[1])
    point[list(start)] = list(start.values())
    return point


def _hooks(goals: Sequence[ProgramGoal], done: Sequence[Outcome], listener: Listener, *, begun: float) -> Hooks:
    """Return what the search of the next goal calls."""
    goal, before = goals[len(done)], tuple(done)
    bounds: list[float] = []

    def news(incumbent: float | None, bound: float | None) -> None:
        if bound is not None:
            bounds.append(bound)
        value = None if incumbent is None else goal.in_unit(incumbent)
        limit = None if bound is None else goal.in_unit(bound)
        gap = highs.relative_gap(value, limit)
        seconds = time.monotonic() - begun
        listener.progress(Progress(stage=goal.name, seconds=seconds, incumbent=value, bound=limit, gap=gap))

    def plan(values: Floats) -> None:
        known = max(bounds, default=None)
        cut = Outcome(status=Status.FEASIBLE_LIMIT, values=values, objective=None, bound=known, nodes=0, seconds=0.0)
        listener.plan(Held(values=values, goals=_goals(goals, values, [*before, cut])))

    return Hooks(news=news, plan=plan, should_stop=listener.should_stop)


_STOPPED: dict[Status, StopReason] = {Status.OPTIMAL: "optimal", Status.INTERRUPTED: "interrupted"}


def _goals(
    goals: Sequence[ProgramGoal], values: Floats, done: Sequence[Outcome], *, skipped: StopReason = "feasible_limit"
) -> tuple[Goal, ...]:
    """Measure every goal at a point; a goal that was not reached has no bound and takes the reason `skipped`."""
    found = []
    for n, goal in enumerate(goals):
        value = goal.value(values)
        outcome = done[n] if n < len(done) else None
        bound = None if outcome is None or outcome.bound is None else goal.in_unit(outcome.bound)
        stopped = skipped if outcome is None else _STOPPED.get(outcome.status, "feasible_limit")
        found.append(
            Goal(
                name=goal.name,
                sense=goal.sense,
                value=value,
                bound=bound,
                gap=highs.relative_gap(value, bound),
                stopped=stopped,
                nodes=0 if outcome is None else outcome.nodes,
            )
        )
    return tuple(found)
