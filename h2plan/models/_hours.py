"""What stations give in their busiest hour, in one year; nothing where nobody asks for it."""

from __future__ import annotations

from typing import Any

import numpy as np
import pyomo.environ as pyo

from h2plan.models._parts import Network


def respect_peak_hour(block: Any, net: Network) -> None:
    """A station gives no more in its busiest hour than its dispensers can: Σ_i p_i x_ij ≤ Σ_k P_k y_jk + P_j.

    p_i is what demand i takes in its own busiest hour. Classes that fill at other hours of the day are added up all the
    same: the station has room for all of them at once.
    """
    if not net.problem.keeps_hours:
        return
    wanted, by_size, built, demand_at = peak_of(net), size_peak(net), built_peak(net), net.demand_at()

    def rule(m: Any, j: str) -> Any:
        new = sum(by_size[k] * m.open[j, k] for k in net.sizes_at.get(j, ()))
        return sum(wanted[i] * m.serve[i, j] for i in demand_at[j]) - new <= built.get(j, 0.0)

    block.respect_peak_hour = pyo.Constraint(list(demand_at), rule=rule)


def peak_of(net: Network) -> dict[str, float]:
    """What each demand row takes in its busiest hour, kg/h."""
    return _named(net.problem.demand_ids, net.problem.peak_kg_per_h)


def size_peak(net: Network) -> dict[str, float]:
    """What a new station of each size gives in its busiest hour, kg/h."""
    return _named(net.problem.sizes.ids, net.problem.sizes.peak_kg_per_h)


def built_peak(net: Network) -> dict[str, float]:
    """What a station that stands gives in its busiest hour, kg/h."""
    return _named(net.problem.sites.ids, net.problem.sites.built_peak_kg_per_h)


def _named(ids: tuple[str, ...], values: Any) -> dict[str, float]:
    if values is None:
        return {}
    return {name: float(value) for name, value in zip(ids, values, strict=True) if not np.isnan(value)}
