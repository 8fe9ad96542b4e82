"""An exact branch-and-cut over one hot-started linear program, for location models that are too large as they stand."""

from h2plan.solve.cuts._cover import Purpose
from h2plan.solve.cuts.capacitated import solve_capacitated
from h2plan.solve.cuts.corridor import solve_corridor
from h2plan.solve.cuts.coverage import solve_coverage
from h2plan.solve.cuts.curve import solve_cover_curve, solve_median_curve
from h2plan.solve.cuts.median import solve_median, solve_near

__all__ = [
    "Purpose",
    "solve_capacitated",
    "solve_corridor",
    "solve_cover_curve",
    "solve_coverage",
    "solve_median",
    "solve_median_curve",
    "solve_near",
]
