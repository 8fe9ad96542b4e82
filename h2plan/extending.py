"""Standing stations that may be made larger: to which sizes, and what the difference costs.

What stands is worth, as a new build, what the straight line between the sizes of the menu says at its capacity; below
the smallest size the line from nothing at no cost. An extension to size k costs the difference of k to that worth.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from h2plan.problem import Floats, Problem, SizeArrays

LARGER_KG = 1e-6
"""A size must be larger than what stands by more than this, kg/d."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Step:
    """From what stands at a site to one size of the menu, before any premium."""

    added_kg_per_d: float
    capex_cny: float
    annuity_cny_per_yr: float
    opex_cny_per_yr: float


def extends_at(problem: Problem) -> dict[str, tuple[str, ...]]:
    """Return each standing station that may be extended, and the sizes to which law and land allow it."""
    sites, sizes = problem.sites, problem.sizes
    if sites.extends_to_kg_per_d is None:
        return {}
    found = {}
    for j, built, largest in zip(sites.ids, sites.built_kg_per_d, sites.extends_to_kg_per_d, strict=True):
        rows = zip(sizes.ids, sizes.capacity_kg_per_d, strict=True)
        fitting = tuple(k for k, kg in rows if built + LARGER_KG < kg <= largest)
        if fitting:
            found[j] = fitting
    return found


def steps(problem: Problem) -> dict[tuple[str, str], Step]:
    """Return what an extension adds and costs, by (site, size); capital times the share of the host kind."""
    sites, sizes = problem.sites, problem.sizes
    share = np.ones(len(sites.ids)) if sites.build_share is None else sites.build_share
    part = dict(zip(sites.ids, share.tolist(), strict=True))
    built = dict(zip(sites.ids, sites.built_kg_per_d.tolist(), strict=True))
    at = {k: n for n, k in enumerate(sizes.ids)}
    annuity = sizes.annual_cost_cny_per_yr - sizes.opex_cny_per_yr
    return {
        (j, k): Step(
            added_kg_per_d=float(sizes.capacity_kg_per_d[at[k]] - built[j]),
            capex_cny=part[j] * _more(sizes, sizes.capex_cny, built[j], at[k]),
            annuity_cny_per_yr=part[j] * _more(sizes, annuity, built[j], at[k]),
            opex_cny_per_yr=_more(sizes, sizes.opex_cny_per_yr, built[j], at[k]),
        )
        for j, ks in extends_at(problem).items()
        for k in ks
    }


def _more(sizes: SizeArrays, worth: Floats, built_kg: float, size: int) -> float:
    """Return what a size is worth beyond what stands."""
    line = np.interp(built_kg, [0.0, *sizes.capacity_kg_per_d], [0.0, *worth])
    return float(worth[size] - line)


def extended(problem: Problem, stations: Mapping[str, str]) -> dict[str, str]:
    """Return the standing stations among some that are extended, and to which size."""
    allowed = extends_at(problem)
    return {j: k for j, k in stations.items() if k in allowed.get(j, ())}
