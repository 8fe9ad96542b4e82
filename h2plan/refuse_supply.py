"""What arithmetic can refuse of supply before anything is built: floors above what sources sell, fleets too small."""

from __future__ import annotations

import math

import numpy as np

from h2plan.delivering import Supply
from h2plan.errors import Fault, InfeasibleError, InputError
from h2plan.prepare import WITH_SUPPLY
from h2plan.problem import Problem


def check_supply(problem: Problem, *, model: str) -> None:
    """Refuse a supply that contradicts itself or the floor of one year.

    Raises:
        InputError: a model without supply, a smallest feed above what is for sale, no way to any site.
        InfeasibleError: a floor above what sources can sell or trailers can bring, with the number that would do.
    """
    supply = problem.supply
    if supply is None:
        return
    if model not in WITH_SUPPLY:
        known = ", ".join(sorted(WITH_SUPPLY))
        raise InputError(f"the model {model} takes no part of supply; use {known}", where="supply")
    faults = [
        Fault(
            where="supply",
            value=source.id,
            message=(
                f"{source.id} sells no less than {source.smallest_kg_per_d:,.0f} kg/d, "
                f"but has {source.available_kg_per_d:,.0f} kg/d for sale"
            ),
            hint="lower smallest_kg_per_d",
        )
        for source in supply.sources
        if source.smallest_kg_per_d > source.available_kg_per_d > 0
    ]
    if not _reached(problem, supply) and problem.total_kg_per_d > 0:
        hint = "look at the modes chosen, their radius_km, and the roads closed to trailers"
        faults.append(Fault(where="supply", message="no site is in reach of any source", hint=hint))
    if faults:
        raise InputError(faults)
    _check_floor(problem, supply)


def _reached(problem: Problem, supply: Supply) -> frozenset[str]:
    """Return the sites that some hydrogen reaches, straight or through a centre."""
    selling = {source.id for source in supply.sources if source.available_kg_per_d > 0}
    centres = {centre.id for centre in supply.centres}
    fed = {link.destination for link in supply.links if link.origin in selling and link.destination in centres}
    return frozenset(
        link.destination
        for link in supply.links
        if link.destination in problem.sites.ids and (link.origin in selling | fed or link.mode == "on_site")
    )


def _check_floor(problem: Problem, supply: Supply) -> None:
    floor, total = problem.limits.served_share_min, problem.total_kg_per_d
    if floor is None or total <= 0:
        return
    asked = floor * total
    sold = math.fsum(source.available_kg_per_d for source in supply.sources)
    made = math.fsum(link.max_kg_per_d for link in supply.links if link.mode == "on_site")
    if asked > (sold + made) * (1 + 1e-9):
        each = ", ".join(f"{source.id} {source.available_kg_per_d:,.0f}" for source in supply.sources) or "none"
        raise InfeasibleError(
            f"served_share_min {floor:.1%} asks for {asked:,.0f} kg/d, sources sell {sold:,.0f} kg/d at most ({each}) "
            f"and stations make {made:,.0f}: supply is below demand; {(sold + made) / total:.4f} could be asked"
        )
    _check_reach(problem, supply, floor)
    _check_trailers(problem, supply, asked)


def _check_reach(problem: Problem, supply: Supply, floor: float) -> None:
    """Only demand in reach of a site that hydrogen reaches can be served."""
    fed = _reached(problem, supply)
    sites = problem.sites
    usable = np.array([j in fed for j in sites.ids]) & ~(sites.forbidden & np.isnan(sites.built_kg_per_d))
    rows = np.unique(problem.pairs.demand[usable[problem.pairs.site]])
    share = float(problem.demand_kg_per_d[rows].sum()) / problem.total_kg_per_d
    if floor > share + 1e-9:
        dry = sorted({sites.ids[j] for j in problem.pairs.site} - fed)
        named = ", ".join(dry[:5]) + (f" and {len(dry) - 5} more" if len(dry) > 5 else "")
        raise InfeasibleError(
            f"served_share_min {floor:.1%} is above the demand in reach of a station that hydrogen reaches: "
            f"{share:.1%} of all demand; no source reaches {named or 'more'}; lower the floor to {share:.4f} or add "
            "ways of delivery"
        )


def _check_trailers(problem: Problem, supply: Supply, asked_kg_per_d: float) -> None:
    """The fleet must bring at least what neither pipes nor stations themselves can give."""
    if supply.trailers_max is None:
        return
    into = [link for link in supply.links if link.destination in problem.sites.ids]
    others = math.fsum(link.max_kg_per_d for link in into if link.trailers_per_kg_per_d == 0)
    driven = [link.trailers_per_kg_per_d for link in into if link.trailers_per_kg_per_d > 0]
    needed = max(0.0, asked_kg_per_d - others) * min(driven, default=0.0)
    if needed > supply.trailers_max * (1 + 1e-9):
        raise InfeasibleError(
            f"trailers_max {supply.trailers_max} cannot bring the {asked_kg_per_d:,.0f} kg/d that served_share_min "
            f"asks for: over the shortest way alone that takes {math.ceil(needed - 1e-9)} trailers"
        )
