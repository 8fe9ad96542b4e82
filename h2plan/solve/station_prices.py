"""What given stations cost and what each row is worth then: the whole program with its whole columns held."""

from __future__ import annotations

from dataclasses import replace

import highspy
import numpy as np

from h2plan.problem import Floats
from h2plan.solve.highs import SolverOptions, open_highs, run, set_option
from h2plan.solve.program import Bools, Linear


class StationPrices:
    """The whole program with its whole columns held: prices stations exactly."""

    def __init__(self, linear: Linear, implied: Bools, options: SolverOptions) -> None:
        self.linear = linear
        self.kept = np.flatnonzero(~implied)
        self.whole = np.flatnonzero(linear.whole)
        lp = linear.relaxed().keeping_rows(~implied)
        held = np.where(linear.whole, np.maximum(linear.lower, 0.0), linear.lower)
        self._highs = open_highs(
            lp.within(lower=held, upper=np.where(linear.whole, held, linear.upper)), replace(options, nodes_max=None)
        )
        set_option(self._highs, "presolve", "off")
        self.dual = np.zeros(linear.shape[0])

    def price(self, values: Floats, *, limit_s: float) -> Floats | None:
        """Return the best point with these stations, and keep the price of each row; None where there is none."""
        wanted = np.round(values[self.whole])
        set_option(self._highs, "time_limit", self._highs.getRunTime() + max(limit_s, 0.05))
        self._highs.changeColsBounds(len(self.whole), self.whole.astype(np.int32), wanted, wanted)
        run(self._highs)
        if self._highs.getModelStatus() != highspy.HighsModelStatus.kOptimal:
            return None
        solution = self._highs.getSolution()
        self.dual[self.kept] = solution.row_dual
        point = np.array(solution.col_value)
        point[self.whole] = wanted
        return np.asarray(np.clip(np.where(np.abs(point) < 1e-9, 0.0, point), self.linear.lower, self.linear.upper))

    @property
    def is_sure(self) -> bool:
        """Whether the last question was answered, with a point or with its absence."""
        status, kind = self._highs.getModelStatus(), highspy.HighsModelStatus
        return bool(status in (kind.kOptimal, kind.kInfeasible))
