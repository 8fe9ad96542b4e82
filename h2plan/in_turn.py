"""The same years planned otherwise: one after the other, or everything at once in the first."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace

import numpy as np

from h2plan.extending import extends_at
from h2plan.phases import Phasing, Policy
from h2plan.problem import BUILT, Limits, Problem, Solution

Stations = Mapping[str, str]
"""Site id to size id of the new stations of one year."""
Solve = Callable[[Problem], Solution]


def in_turn(problem: Problem, solve: Solve) -> tuple[Stations, ...]:
    """Plan year after year, each without an eye to the next, and return the new stations of each.

    What was chosen stands, and may grow as upgrades allow. What `solve` raises for a year goes on.
    """
    chosen: list[Stations] = []
    for t in range(len(problem.years)):
        chosen.append(new_stations(solve(up_to(problem, t, chosen)).open))
    return tuple(chosen)


def new_stations(stations: Stations) -> Stations:
    """Return the stations that do not stand since before the plan."""
    return {site: size for site, size in stations.items() if size != BUILT}


def up_to(problem: Problem, t: int, chosen: Sequence[Stations]) -> Problem:
    """Return the plan of one year: those before it want nothing, and their stations are what was chosen."""
    phasing, years = _phasing(problem), problem.years
    kept = {year.period for year in years[: t + 1]}
    decided = {key: size for key, size in phasing.frozen.items() if key[0] in kept}
    return replace(
        years[t],
        limits=replace(years[t].limits, budget_cny=problem.limits.budget_cny),
        earlier=tuple(_wanting_nothing(year) for year in years[:t]),
        phasing=replace(
            phasing,
            weight_yr=phasing.weight_yr[: t + 1],
            budget_cny=phasing.budget_cny[: t + 1],
            usable_share=phasing.usable_share[: t + 1, : t + 1],
            frozen={**decided, **_held(years, chosen)},
            fitted={key: is_so for key, is_so in phasing.fitted.items() if key[0] in kept},
        ),
    )


def held_to(problem: Problem, chosen: Sequence[Stations]) -> Problem:
    """Return the same problem with the stations of every year decided."""
    phasing = _phasing(problem)
    return replace(problem, phasing=replace(phasing, frozen=_held(problem.years, chosen)))


def at_once(problem: Problem, last: Stations) -> Problem:
    """Return the problem in which the stations of the last year open in the first.

    Budgets, largest numbers of stations and approvals of the years before are set aside.
    """
    phasing, years = _phasing(problem), problem.years
    free = replace(
        phasing,
        budget_cny=np.full(len(years), np.inf),
        opens_from=np.zeros(len(problem.sites.ids), dtype=np.intp),
        frozen=_held(years, [last] * len(years)),
        fitted={},
    )
    return replace(
        problem,
        earlier=tuple(replace(year, limits=replace(year.limits, stations_max=None)) for year in problem.earlier),
        phasing=free,
    )


def _phasing(problem: Problem) -> Phasing:
    assert problem.phasing is not None, "one year stands for itself"
    return problem.phasing


def _wanting_nothing(year: Problem) -> Problem:
    """Return a year without demand, supply and policy: its stations alone count."""
    return replace(
        year,
        demand_kg_per_d=np.zeros_like(year.demand_kg_per_d),
        total_kg_per_d=0.0,
        limits=Limits(utilisation_max=year.limits.utilisation_max, unplaced_built=year.limits.unplaced_built),
        supply=None,
        policy=Policy(),
    )


def _held(years: Sequence[Problem], chosen: Sequence[Stations]) -> dict[tuple[int, str], str]:
    """Return what stands at each free site in the years that are chosen, '' for nothing new."""
    return {
        (year.period, site): stations.get(site, "")
        for year, stations in zip(years, chosen, strict=False)
        for site, kg in zip(year.sites.ids, year.sites.built_kg_per_d, strict=True)
        if np.isnan(kg) or site in extends_at(year)
    }
