"""Improve a plan by small changes of its whole columns, each judged by a relaxation that starts from the last basis.

M. B. Teitz, P. Bart, Heuristic methods for estimating the generalized vertex median of a weighted graph, Operations
Research 16 (1968), with sizes: a station shrinks, grows, closes, opens, or gives way to another.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

import highspy
import numpy as np

from h2plan.problem import Floats
from h2plan.solve.highs import SolverOptions, open_highs, run, set_option
from h2plan.solve.program import Bools, Linear
from h2plan.solve.root import Allowance

TRIES_MAX = 2000
"""Changes looked at: a count and no time, so that the same inputs give the same plan."""

Move = Mapping[int, float]
"""Whole column to its new value."""


@dataclass(frozen=True, kw_only=True)
class Neighbourhood:
    """What may change: the whole columns of each site, rising by size, and for each site those nearest in kind."""

    columns: Mapping[int, tuple[int, ...]]
    near: Mapping[int, Sequence[int]]
    """Site to other sites worth a try in its place, best first."""


def improve(
    linear: Linear,
    implied: Bools,
    start: Floats,
    *,
    around: Neighbourhood,
    options: SolverOptions,
    allowance: Allowance,
    tries_max: int = TRIES_MAX,
) -> Floats:
    """Return a plan at least as good as the start: changes are taken as they come, until none helps."""
    held = np.where(linear.whole, np.round(start), 0.0)
    judge = _Judge(linear.keeping_rows(~implied), held, options)
    best, values, tries = linear.objective(start), start, 0
    before = np.inf
    while best < before and tries < tries_max:
        before = best
        for move in _moves(held, around):
            tries += 1
            if tries > tries_max or allowance.is_over:
                return values
            trial = held.copy()
            trial[list(move)] = list(move.values())
            found = judge.value(trial, move)
            if found is not None and found < best - 1e-7 * max(1.0, abs(best)):
                best, held, values = found, trial, judge.point()
            else:
                judge.hold(held, move)
    return values


def _moves(held: Floats, around: Neighbourhood) -> Iterator[Move]:
    """Yield the changes of a plan: close or resize each open site, then move it elsewhere, then open another.

    The list is that of the plan at its beginning: after a change is taken, each later one is judged afresh.
    """
    size_at = {
        site: next((column for column in columns if held[column] > 0.5), None)
        for site, columns in around.columns.items()
    }
    opened = [site for site, column in size_at.items() if column is not None]
    for site in opened:
        yield from _resized(around.columns[site], size_at[site])
    for site in opened:
        for other in around.near.get(site, ()):
            if size_at.get(other) is None:
                for column in around.columns[other]:
                    yield {**dict.fromkeys(around.columns[site], 0.0), column: 1.0}
    for site, columns in around.columns.items():
        if size_at[site] is None:
            yield {columns[0]: 1.0}


def _resized(columns: Sequence[int], now: int | None) -> Iterator[Move]:
    """Yield what else a site may be, nothing first."""
    nothing = dict.fromkeys(columns, 0.0)
    yield nothing
    for column in columns:
        if column != now:
            yield {**nothing, column: 1.0}


class _Judge:
    """A relaxation with every whole column held, which answers what a change is worth."""

    def __init__(self, linear: Linear, held: Floats, options: SolverOptions) -> None:
        self._allowed = (linear.lower, linear.upper)
        fixed = linear.relaxed().within(
            lower=np.where(linear.whole, held, linear.lower), upper=np.where(linear.whole, held, linear.upper)
        )
        self._highs = open_highs(fixed, replace(options, nodes_max=None, limit_s=max(options.limit_s, 1.0)))
        run(self._highs)
        set_option(self._highs, "presolve", "off")  # from now on the last basis is the better start

    def value(self, trial: Floats, move: Move) -> float | None:
        """Return the objective after a change; None where no point is there."""
        lower, upper = self._allowed
        if any(not lower[n] <= value <= upper[n] for n, value in move.items()):
            return None
        self.hold(trial, move)
        run(self._highs)
        if self._highs.getModelStatus() != highspy.HighsModelStatus.kOptimal:
            return None
        return float(self._highs.getInfo().objective_function_value)

    def point(self) -> Floats:
        """Return the point behind the last value."""
        return np.array(self._highs.getSolution().col_value)

    def hold(self, held: Floats, move: Move) -> None:
        """Hold the columns of a move at their values in `held`."""
        columns = np.array(list(move), dtype=np.int32)
        self._highs.changeColsBounds(len(columns), columns, held[columns], held[columns])
