"""How one goal is solved: handed over whole, or from a root relaxation that leaves most implied rows out."""

from __future__ import annotations

import time
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from h2plan.problem import Floats
from h2plan.solve import highs
from h2plan.solve.highs import Hooks, Outcome, SolverOptions, Status
from h2plan.solve.program import Bools, Linear
from h2plan.solve.root import Allowance, Root, dive, near, settle_by_reduced_cost, tighten

ROOT_FROM_ROWS = 3000
"""From this many implied rows on, the relaxation is solved first and takes in only those that matter."""
NEAR_NODES_MAX = 300
"""Nodes spent near the first plan before the whole tree is searched."""
INFEASIBLE = (Status.INFEASIBLE_CONFIRMED, Status.INFEASIBLE_UNCONFIRMED)


@dataclass(frozen=True, kw_only=True)
class _Scene:
    """What every step of one search needs."""

    linear: Linear
    options: SolverOptions
    allowance: Allowance
    hooks: Hooks

    def remaining(self, **changes: Any) -> SolverOptions:
        return replace(self.options, limit_s=max(0.1, self.allowance.left_s), **changes)

    def is_close(self, values: Floats | None, bound: float) -> bool:
        """Is a point within the gap of a bound?"""
        if values is None:
            return False
        gap = highs.relative_gap(self.linear.objective(values), bound)
        return gap is not None and gap <= self.options.gap


def search(
    linear: Linear,
    implied: Bools,
    *,
    options: SolverOptions,
    hooks: Hooks,
    start: Floats | None,
    root_from_rows: int = ROOT_FROM_ROWS,
) -> Outcome:
    """Solve a program; `implied` marks rows that follow from the others at whole points."""
    if implied.sum() < root_from_rows:
        return highs.solve(linear, options, start=start, hooks=hooks)
    begun = time.monotonic()
    allowance = Allowance(ends=begun + options.limit_s, should_stop=hooks.should_stop)
    scene = _Scene(linear=linear, options=options, allowance=allowance, hooks=hooks)
    root = tighten(
        linear,
        implied,
        options=options,
        allowance=allowance,
        good_enough=lambda bound: scene.is_close(start, bound),
    )
    if root is None:
        return highs.solve(linear.keeping_rows(~implied), scene.remaining(), start=start, hooks=hooks)
    scene = replace(scene, linear=linear.keeping_rows(root.rows), hooks=knowing(hooks, root.bound))
    _tell(scene, start)
    first = _first_plan(scene, root, start)
    return replace(_whole_tree(scene, root, first), seconds=time.monotonic() - begun)


def knowing(hooks: Hooks, proven: float) -> Hooks:
    """Return hooks that report no bound weaker than the one proven already."""
    news = hooks.news
    if news is None:
        return hooks
    return replace(hooks, news=lambda value, bound: news(value, proven if bound is None else max(proven, bound)))


def _tell(scene: _Scene, values: Floats | None) -> None:
    if scene.hooks.news is not None:
        scene.hooks.news(None if values is None else scene.linear.objective(values), None)


def _first_plan(scene: _Scene, root: Root, start: Floats | None) -> Floats | None:
    """Return the better of the start and a dive, then the best near it; None where there is none."""
    if scene.is_close(start, root.bound):
        return start
    dived = dive(root, scene.linear, allowance=scene.allowance)
    found = [values for values in (start, dived) if values is not None]
    if not found:
        return None
    best = min(found, key=scene.linear.objective)
    _tell(scene, best)
    if scene.hooks.plan is not None:
        scene.hooks.plan(best)
    if scene.allowance.is_over or scene.is_close(best, root.bound):
        return best
    hooks = replace(scene.hooks, news=None)  # the bound of a part is no bound of the whole
    outcome = highs.solve(
        near(scene.linear, root, best),
        scene.remaining(nodes_max=min(NEAR_NODES_MAX, scene.options.nodes_max or NEAR_NODES_MAX)),
        start=best,
        hooks=hooks,
    )
    return outcome.values if outcome.values is not None else best


def _whole_tree(scene: _Scene, root: Root, first: Floats | None) -> Outcome:
    """Search the whole tree, unless the first plan is within the gap already."""
    if first is None:
        outcome = highs.solve(scene.linear, scene.remaining(), hooks=scene.hooks)
        return outcome if outcome.bound is None else replace(outcome, bound=max(outcome.bound, root.bound))
    objective = scene.linear.objective(first)
    held = Outcome(
        status=_status_of(scene, root, first), values=first, objective=objective, bound=root.bound, nodes=0, seconds=0.0
    )
    if held.status is not Status.FEASIBLE_LIMIT or scene.allowance.is_over:
        return held
    reduced = settle_by_reduced_cost(scene.linear, root, objective)
    return joined(held, highs.solve(reduced, scene.remaining(), start=first, hooks=scene.hooks))


def _status_of(scene: _Scene, root: Root, values: Floats) -> Status:
    if scene.is_close(values, root.bound):
        return Status.OPTIMAL
    return Status.INTERRUPTED if scene.hooks.should_stop() else Status.FEASIBLE_LIMIT


def joined(held: Outcome, found: Outcome) -> Outcome:
    """Join what a search says with what was held before it. Nothing found in a whole search proves what is held."""
    assert held.objective is not None
    assert held.bound is not None
    is_better = found.objective is not None and found.objective < held.objective
    best = found if is_better else held
    assert best.objective is not None
    if found.status in INFEASIBLE:
        return replace(held, status=Status.OPTIMAL, bound=held.objective, nodes=found.nodes)
    status = Status.FEASIBLE_LIMIT if found.status in (Status.NO_SOLUTION_LIMIT, Status.ERROR) else found.status
    proven = held.bound if found.bound is None else max(found.bound, held.bound)
    return replace(
        found, status=status, values=best.values, objective=best.objective, bound=min(proven, best.objective)
    )


def completed(linear: Linear, wanted: Floats, options: SolverOptions) -> Floats | None:
    """Hold the whole columns at `wanted`, rounded within bounds, and solve for the others; None where no point is."""
    settled = np.clip(np.round(wanted), linear.lower, linear.upper)
    fixed = linear.relaxed().within(
        lower=np.where(linear.whole, settled, linear.lower), upper=np.where(linear.whole, settled, linear.upper)
    )
    values = highs.solve(fixed, replace(options, limit_s=max(1.0, options.limit_s), nodes_max=None)).values
    if values is None:
        return None
    clean = np.where(linear.whole, settled, np.where(np.abs(values) < 1e-9, 0.0, values))
    return np.asarray(np.clip(clean, linear.lower, linear.upper))
