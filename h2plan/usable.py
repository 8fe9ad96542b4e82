"""What each station may be planned for in each year: the utilisation limit, less the ramp of its youth and outages."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence

import numpy as np

from h2plan.problem import BUILT, Problem


def usable_by_year(problem: Problem, stations: Sequence[Mapping[str, str]]) -> tuple[Mapping[str, float], ...]:
    """Return for each year the kg/d that every open station may be planned for, by site id.

    `stations` gives for each year what is open, site id to size id, those that stand since before the plan included.
    u s_t C for what stands since before the plan, u Σ_τ≤t (s_τt - s_τ+1,t) C_τ for a new station whose capacity is C_τ
    in year τ, both for a standing station that was extended, where C_τ is what was added: as `grow_into_use` in the
    network design model. A plan of one year knows neither ramp nor outage.
    """
    return tuple(_usable(problem, stations[: t + 1]) for t in range(len(stations)))


def _usable(problem: Problem, until: Sequence[Mapping[str, str]]) -> dict[str, float]:
    t, phasing = len(until) - 1, problem.phasing
    u = problem.years[t].limits.utilisation_max
    steps, standing = (np.ones(1), 1.0) if phasing is None else (phasing.steps(t), phasing.standing_share)
    size_kg = dict(zip(problem.sizes.ids, problem.sizes.capacity_kg_per_d.tolist(), strict=True))
    built_kg = dict(zip(problem.sites.ids, problem.sites.built_kg_per_d.tolist(), strict=True))

    def kg(j: str) -> float:
        """Return what a station adds in each year to what stood before, each part by its age."""
        stood = 0.0 if math.isnan(built_kg[j]) else built_kg[j]
        rows = zip(steps, until, strict=True)
        parts = (float(step) * (size_kg[year[j]] - stood) for step, year in rows if year.get(j, BUILT) != BUILT)
        return float(u * standing * stood + u * sum(parts))

    return {j: kg(j) for j in until[-1]}
