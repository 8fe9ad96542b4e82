"""Small problems of several years, made of problems of one year that differ in demand and limits only."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

import numpy as np

from h2plan.framing import bind
from h2plan.phases import Phasing
from h2plan.problem import Problem


def phased(
    small: Problem,
    kg: Sequence[Mapping[str, float]],
    *,
    weights_yr: Sequence[float] | None = None,
    budget_cny: Sequence[float] | None = None,
    limits: Sequence[Mapping[str, Any]] | None = None,
    **phasing: Any,
) -> Problem:
    """Return a problem whose year t wants `kg[t]`; what is required must stand in the last year."""
    count = len(kg)
    years = []
    for t, wanted in enumerate(kg):
        is_last = t == count - 1
        sites = small.sites if is_last else replace(small.sites, required=np.zeros(len(small.sites.ids), dtype=bool))
        own = dict(limits[t]) if limits is not None else {}
        given = replace(small.limits, **({} if is_last else {"budget_cny": None}) | own)
        years.append(
            replace(
                small,
                period=2026 + 2 * t,
                demand_kg_per_d=np.array([wanted[i] for i in small.demand_ids], dtype=float),
                total_kg_per_d=float(sum(wanted[i] for i in sorted(wanted))),
                sites=sites,
                limits=given,
            )
        )
    return bind(
        years,
        Phasing(
            weight_yr=np.array(weights_yr if weights_yr is not None else [1.0] * count, dtype=float),
            budget_cny=np.array(budget_cny if budget_cny is not None else [np.inf] * count, dtype=float),
            **{"usable_share": np.triu(np.ones((count, count))), **phasing},
        ),
    )
