"""Standing stations that are made larger: e_jkt says that the station which stands at j has size k in period t.

One function for each family; the years are linked as those of new stations are. Only where the scenario allows it.
"""

from __future__ import annotations

from typing import Any

import pyomo.environ as pyo

from h2plan.models._parts import CNY_PER_UNIT, Network


def extend_standing(model: Any, net: Network) -> None:
    """e_jk = 1 where a standing station has been extended to size k; what it adds to what may be planned for."""
    if not net.extensions:
        return
    u = net.limits.utilisation_max
    model.extend = pyo.Var(list(net.extensions), domain=pyo.Binary)
    for j in net.extends_at:
        added = sum(u * net.extensions[j, k].added_kg_per_d * model.extend[j, k] for k in net.extends_at[j])
        model.usable_kg[j].set_value(model.usable_kg[j].expr + added)


def one_extension_per_station(model: Any, net: Network) -> None:
    """A standing station has one size: Σ_k e_jk ≤ 1."""
    if net.extensions:
        model.one_extension_per_station = pyo.Constraint(
            list(net.extends_at), rule=lambda m, j: sum(m.extend[j, k] for k in net.extends_at[j]) <= 1
        )


def extension_cost(model: Any, net: Network) -> Any:
    """Annuity and operation of what extensions add, without premium, 10,000 CNY/yr."""
    return sum(
        (step.annuity_cny_per_yr + step.opex_cny_per_yr) / CNY_PER_UNIT * model.extend[pair]
        for pair, step in net.extensions.items()
    )


def extension_capital(model: Any, net: Network) -> Any:
    """Capital of every extension so far, without premium: Σ_jk (F_jk - F_j(built)) e_jk, 10,000 CNY."""
    return sum(step.capex_cny / CNY_PER_UNIT * model.extend[pair] for pair, step in net.extensions.items())


def extension_annuity(model: Any, net: Network) -> Any:
    """Return the annuity of that capital, 10,000 CNY/yr."""
    return sum(step.annuity_cny_per_yr / CNY_PER_UNIT * model.extend[pair] for pair, step in net.extensions.items())


def added_kg(model: Any, net: Network, site: str) -> Any:
    """Return what extensions add to the capacity of a standing station, kg/d."""
    return sum(net.extensions[site, k].added_kg_per_d * model.extend[site, k] for k in net.extends_at.get(site, ()))


def has_size(model: Any, net: Network, site: str, *, at_least_kg_per_d: float) -> Any:
    """Whether a standing station has a capacity at least: 1, or Σ_k e_jk over the sizes that are large enough."""
    if net.built_kg.get(site, -1.0) >= at_least_kg_per_d:
        return 1
    sizes = (k for k in net.extends_at.get(site, ()) if net.capacity_kg[k] >= at_least_kg_per_d)
    return sum(model.extend[site, k] for k in sizes)
