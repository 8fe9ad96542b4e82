"""Who fills at 70 MPa, and the stations fitted for it, in one year; nothing where no vehicle of the plan needs it.

Indices: i demand, j site, k size. I70 are the demand rows whose vehicles need 70 MPa.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import numpy as np
import pyomo.environ as pyo

from h2plan.models._parts import CNY_PER_UNIT, Network, stations_near


def fit_stations(block: Any, net: Network) -> None:
    """f_jk = 1 where the new station of size k at site j is fitted for 70 MPa; only sizes that can be fitted."""
    if net.problem.keeps_pressure:
        block.fit = pyo.Var([(j, k) for j, k in net.new if k in capex(net)], domain=pyo.Binary)


def fit_only_what_stands(block: Any, net: Network) -> None:
    """Only a station that stands is fitted: f_jk ≤ y_jk."""
    if net.problem.keeps_pressure:
        block.fit_only_what_stands = pyo.Constraint(
            list(block.fit), rule=lambda m, j, k: m.fit[j, k] - m.open[j, k] <= 0
        )


def fill_only_at_its_pressure(block: Any, net: Network) -> None:
    """Vehicles that need 70 MPa fill only where it is given: x_ij ≤ Σ_k min(1, u C_k / d_i) f_jk for i in I70.

    At a station that stands since before the plan x_ij ≤ 1 if it gives 70 MPa, else 0.
    """
    if not net.problem.keeps_pressure:
        return
    u, high, gives = net.limits.utilisation_max, needs_high(net), built_high(net)

    def rule(m: Any, i: str, j: str) -> Any:
        most = {k: min(1.0, u * net.capacity_kg[k] / net.demand_kg[i]) for k in net.sizes_at.get(j, ())}
        return m.serve[i, j] - sum(most[k] * m.fit[j, k] for k in most if (j, k) in m.fit) <= 0

    pairs = [(i, j) for i, j in net.access if i in high and j not in gives]
    block.fill_only_at_its_pressure = pyo.Constraint(pairs, rule=rule)


def stations_for(block: Any, net: Network, row: str, sites: Iterable[str]) -> Any:
    """Stations at some of these sites where a demand row can fill, those that stand included."""
    if not net.problem.keeps_pressure or row not in needs_high(net):
        return stations_near(block, net, sites)
    gives = built_high(net)
    return sum(
        1 if j in gives else sum(block.fit[j, k] for k in net.sizes_at.get(j, ()) if (j, k) in block.fit) for j in sites
    )


def needs_high(net: Network) -> frozenset[str]:
    """Demand rows that need 70 MPa."""
    flags = net.problem.at_70_mpa
    if flags is None:
        return frozenset()
    return frozenset(i for i, is_so in zip(net.problem.demand_ids, flags, strict=True) if is_so)


def built_high(net: Network) -> frozenset[str]:
    """Sites with a station since before the plan that gives 70 MPa."""
    flags = net.problem.sites.at_70_mpa
    if flags is None:
        return frozenset()
    return frozenset(j for j, is_so in zip(net.problem.sites.ids, flags, strict=True) if is_so and j in net.built_kg)


# Money


def capex(net: Network) -> dict[str, float]:
    """What fitting a size costs, 10,000 CNY; sizes that are never fitted are left out."""
    return _by_size(net, net.problem.sizes.fit_70_capex_cny)


def fit_cost(block: Any, net: Network) -> Any:
    """Annuity and operation of what is fitted, 10,000 CNY/yr."""
    if not net.problem.keeps_pressure:
        return 0
    yearly = _by_size(net, net.problem.sizes.fit_70_cny_per_yr)
    return sum(yearly[k] * fit for (_, k), fit in block.fit.items())


def fit_capex(block: Any, net: Network) -> Any:
    """Capital of what is fitted, 10,000 CNY: what has been spent on it, for it stays."""
    if not net.problem.keeps_pressure:
        return 0
    cny = capex(net)
    return sum(cny[k] * fit for (_, k), fit in block.fit.items())


def _by_size(net: Network, cny: Any) -> dict[str, float]:
    if cny is None:
        return {}
    return {k: float(c) / CNY_PER_UNIT for k, c in zip(net.problem.sizes.ids, cny, strict=True) if not np.isnan(c)}
