"""The search of a large siting goal under guidance: likely stations first, then all that a better plan may use."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass, replace

import numpy as np

from h2plan.problem import Floats
from h2plan.solve import highs
from h2plan.solve.exchange import improve
from h2plan.solve.guide import Advice
from h2plan.solve.highs import Hooks, Outcome, SolverOptions, Status
from h2plan.solve.program import Bools, Linear
from h2plan.solve.root import Allowance
from h2plan.solve.search import INFEASIBLE, joined, knowing, search

LIKELY_NODES_MAX = 300
"""Nodes spent on the likely stations before all others take part."""

EXCHANGE_SHARE = 0.5
LIKELY_SHARE = 0.5
"""Shares of the time left at most."""
ADVICE_S = 3.0
"""With less time than this left, nothing more is asked."""

Advise = Callable[[float, float], Advice]
"""(objective of a known plan, gap) to advice."""


@dataclass(frozen=True, kw_only=True)
class _Scene:
    linear: Linear
    implied: Bools
    options: SolverOptions
    hooks: Hooks
    ends: float

    def left_s(self) -> float:
        return max(0.1, self.ends - time.monotonic())

    def is_over(self) -> bool:
        return time.monotonic() >= self.ends or self.hooks.should_stop()


def guided_search(
    linear: Linear, implied: Bools, *, options: SolverOptions, hooks: Hooks, start: Floats, advise: Advise
) -> Outcome:
    """Solve a program from a known plan. The bound holds for the whole program, whatever columns were left out."""
    begun = time.monotonic()
    scene = _Scene(linear=linear, implied=implied, options=options, hooks=hooks, ends=begun + options.limit_s)
    advice = advise(linear.objective(start), options.gap)
    held = _held(scene, start, advice.bound)
    for step in (_exchange, _likely, _exchange):
        if held.status is not Status.FEASIBLE_LIMIT or scene.is_over():
            return replace(held, seconds=time.monotonic() - begun)
        held = step(scene, held, advice)
    assert held.objective is not None
    if held.status is Status.FEASIBLE_LIMIT and not scene.is_over() and scene.left_s() > ADVICE_S:
        again = advise(held.objective, options.gap)
        advice = again if again.bound > advice.bound else advice
        held = _held(scene, _point(held), advice.bound)
    if held.status is Status.FEASIBLE_LIMIT and not scene.is_over() and scene.left_s() > ADVICE_S:
        held = joined(held, _rest(scene, held, advice))
    return replace(held, seconds=time.monotonic() - begun)


def _point(held: Outcome) -> Floats:
    assert held.values is not None
    return held.values


def _exchange(scene: _Scene, held: Outcome, advice: Advice) -> Outcome:
    """Improve a plan by exchange."""
    half = Allowance(ends=time.monotonic() + scene.left_s() * EXCHANGE_SHARE, should_stop=scene.hooks.should_stop)
    values = improve(
        scene.linear, scene.implied, _point(held), around=advice.around, options=scene.options, allowance=half
    )
    return _held(scene, values, advice.bound)


def _likely(scene: _Scene, held: Outcome, advice: Advice) -> Outcome:
    """Search among the likely stations and those of the plan."""
    found = _among(
        scene,
        advice.likely,
        held,
        advice.bound,
        nodes_max=LIKELY_NODES_MAX,
        is_part=True,
        limit_s=scene.left_s() * LIKELY_SHARE,
    )
    return _held(scene, _point(held) if found.values is None else found.values, advice.bound)


def _rest(scene: _Scene, held: Outcome, advice: Advice) -> Outcome:
    """Search among all that a better plan may use."""
    assert held.objective is not None
    useful = advice.better_than(held.objective)
    return _among(scene, useful, held, advice.bound, nodes_max=None, is_part=False, limit_s=scene.left_s())


def _held(scene: _Scene, values: Floats, bound: float) -> Outcome:
    """Return a plan as an outcome: optimal where the bound is within the gap."""
    objective = scene.linear.objective(values)
    if scene.hooks.plan is not None:
        scene.hooks.plan(values)
    if scene.hooks.news is not None:
        scene.hooks.news(objective, bound)
    gap = highs.relative_gap(objective, bound)
    status = (
        Status.OPTIMAL
        if gap is not None and (gap <= scene.options.gap or bound >= objective)
        else Status.FEASIBLE_LIMIT
    )
    if status is Status.FEASIBLE_LIMIT and scene.hooks.should_stop():
        status = Status.INTERRUPTED
    return Outcome(status=status, values=values, objective=objective, bound=min(bound, objective), nodes=0, seconds=0.0)


def _among(
    scene: _Scene,
    columns: Bools,
    held: Outcome,
    bound: float,
    *,
    nodes_max: int | None,
    is_part: bool,
    limit_s: float,
) -> Outcome:
    """Search among some columns, those of the start included; values come back in all columns."""
    start = _point(held)
    kept = columns | (start != 0)
    hooks = knowing(scene.hooks, bound)
    if is_part and hooks.news is not None:
        told = hooks.news
        hooks = replace(hooks, news=lambda value, _: told(value, None))  # the bound of a part is no bound of the whole
    if hooks.plan is not None:
        plan = hooks.plan
        hooks = replace(hooks, plan=lambda values: plan(_spread(values, kept)))
    nodes = [limit for limit in (nodes_max, scene.options.nodes_max) if limit is not None]
    options = replace(scene.options, limit_s=limit_s, nodes_max=min(nodes, default=None))
    found = search(scene.linear.keeping_columns(kept), scene.implied, options=options, hooks=hooks, start=start[kept])
    if found.status in INFEASIBLE or found.values is None:
        return found
    return replace(found, values=_spread(found.values, kept))


def _spread(values: Floats, kept: Bools) -> Floats:
    everything = np.zeros(len(kept))
    everything[kept] = values
    return everything
