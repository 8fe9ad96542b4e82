"""What a search knows so far: its best plan, the bound, and whom it tells."""

from __future__ import annotations

import time
from abc import ABC, abstractmethod

import numpy as np

from h2plan.problem import Floats
from h2plan.solve.highs import Hooks, Outcome, SolverOptions, Status
from h2plan.solve.program import Linear
from h2plan.solve.root import Allowance


class Known(ABC):
    """The best plan and the bound of a search that minimises; each gain is told at once."""

    def __init__(self, linear: Linear, *, options: SolverOptions, hooks: Hooks) -> None:
        self.linear, self.options, self.hooks = linear, options, hooks
        self.begun = time.monotonic()
        self.allowance = Allowance(ends=self.begun + options.limit_s, should_stop=hooks.should_stop)
        self.best: Floats | None = None
        self.objective, self.bound, self.nodes = np.inf, -np.inf, 0

    @abstractmethod
    def _is_closed(self) -> bool:
        """Say whether the best plan is within the gap of the bound."""

    def _is_over(self) -> bool:
        return self.allowance.is_over or self._is_closed()

    def _hold(self, values: Floats) -> None:
        objective = self.linear.objective(values)
        if objective < self.objective:
            self.best, self.objective = values, objective
            if self.hooks.plan is not None:
                self.hooks.plan(values)
            self._tell()

    def _know(self, bound: float) -> None:
        bound -= 1e-9 * max(1.0, abs(bound))
        if bound > self.bound:
            self.bound = bound
            self._tell()

    def _tell(self) -> None:
        if self.hooks.news is not None:
            known = None if self.best is None else self.objective
            self.hooks.news(known, min(self.bound, self.objective) if np.isfinite(self.bound) else None)

    def _outcome(self, status: Status | None) -> Outcome:
        bound = min(self.bound, self.objective)
        if status is None and self.best is None:
            status = Status.NO_SOLUTION_LIMIT
        if status is None:
            stopped = Status.INTERRUPTED if self.hooks.should_stop() else Status.FEASIBLE_LIMIT
            status = Status.OPTIMAL if self._is_closed() else stopped
        return Outcome(
            status=status,
            values=self.best,
            objective=None if self.best is None else self.objective,
            bound=bound if np.isfinite(bound) else None,
            nodes=self.nodes,
            seconds=time.monotonic() - self.begun,
        )
