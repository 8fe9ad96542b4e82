"""The same years planned otherwise: one after the other, or everything at once in the first."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np

from h2plan.delivering import Mode, Supply
from h2plan.extending import extends_at
from h2plan.phases import Phasing, Policy
from h2plan.problem import BUILT, Limits, Problem, Solution

Stations = Mapping[str, str]
"""Site id to size id of the new stations of one year."""
Solve = Callable[[Problem], Solution]


@dataclass(frozen=True, kw_only=True)
class Built:
    """What is new and stands in one year."""

    stations: Stations
    centres: frozenset[str] = frozenset()
    """Storage-and-transport centres that do not stand since before the plan."""
    links: frozenset[tuple[str, str, Mode]] = frozenset()
    """Links with a fixed charge that are laid, whether they carry anything or not."""
    at_70_mpa: frozenset[str] = frozenset()
    """New stations that are fitted for 70 MPa."""


def in_turn(problem: Problem, solve: Solve) -> tuple[Built, ...]:
    """Plan year after year, each without an eye to the next, and return what is new and stands in each.

    What was chosen stands; stations may grow as upgrades allow. What `solve` raises for a year goes on.
    """
    chosen: list[Built] = []
    for t, year in enumerate(problem.years):
        chosen.append(_built(year, solve(up_to(problem, t, chosen))))
    return tuple(chosen)


def _built(year: Problem, found: Solution) -> Built:
    supply = year.supply or Supply(sources=())
    new = {centre.id for centre in supply.centres if not centre.built}
    fixed = {link.key for link in supply.links if link.is_fixed}
    return Built(
        stations=new_stations(found.open),
        centres=frozenset(new & set(found.centres)),
        links=frozenset(fixed & found.deliver.keys()),
        at_70_mpa=frozenset(found.at_70_mpa & new_stations(found.open).keys()),
    )


def new_stations(stations: Stations) -> Stations:
    """Return the stations that do not stand since before the plan."""
    return {site: size for site, size in stations.items() if size != BUILT}


def up_to(problem: Problem, t: int, chosen: Sequence[Built]) -> Problem:
    """Return the plan of one year: those before it want nothing, and what was chosen for them stands.

    Without carry-over the capital of supply that stands already is no spending of this year.
    """
    phasing, years = _phasing(problem), problem.years
    kept = {year.period for year in years[: t + 1]}
    decided = {key: size for key, size in phasing.frozen.items() if key[0] in kept}
    budget = phasing.budget_cny[: t + 1].copy()
    if chosen and not phasing.carry_over:
        budget[t] += _supply_capex_cny(years[t], chosen[-1])
    return replace(
        years[t],
        limits=replace(years[t].limits, budget_cny=problem.limits.budget_cny),
        supply=_with_what_stands(years[t].supply, chosen[-1]) if chosen else years[t].supply,
        earlier=tuple(_wanting_nothing(year) for year in years[:t]),
        phasing=replace(
            phasing,
            weight_yr=phasing.weight_yr[: t + 1],
            budget_cny=budget,
            usable_share=phasing.usable_share[: t + 1, : t + 1],
            frozen={**decided, **_held(years, [year.stations for year in chosen])},
            fitted={
                **{key: is_so for key, is_so in phasing.fitted.items() if key[0] in kept},
                **_fits(years, chosen),
            },
        ),
    )


def _with_what_stands(supply: Supply | None, before: Built) -> Supply | None:
    """Return the supply of a year in which what was built in an earlier one must stand."""
    if supply is None:
        return None
    return replace(
        supply,
        centres=tuple(replace(c, required=c.required or c.id in before.centres) for c in supply.centres),
        links=tuple(replace(link, required=link.key in before.links) for link in supply.links),
    )


def _supply_capex_cny(year: Problem, built: Built) -> float:
    """Return what the supply that was built has cost, at the prices of a year."""
    if year.supply is None:
        return 0.0
    centres = [centre.capex_cny for centre in year.supply.centres if centre.id in built.centres]
    return sum([*centres, *(link.capex_cny for link in year.supply.links if link.key in built.links)])


def held_to(problem: Problem, chosen: Sequence[Built]) -> Problem:
    """Return the same problem with stations, fittings, centres and laid links of every year decided."""
    phasing = replace(
        _phasing(problem),
        frozen=_held(problem.years, [year.stations for year in chosen]),
        fitted=_fits(problem.years, chosen),
    )
    years = [
        replace(year, supply=_only_what_was_built(year.supply, built))
        for year, built in zip(problem.years, chosen, strict=True)
    ]
    return replace(years[-1], earlier=tuple(years[:-1]), phasing=phasing)


def _only_what_was_built(supply: Supply | None, built: Built) -> Supply | None:
    if supply is None:
        return None
    stands = _with_what_stands(supply, built)
    assert stands is not None
    gone = {centre.id for centre in supply.centres if not centre.built and centre.id not in built.centres}
    return replace(
        stands,
        centres=tuple(centre for centre in stands.centres if centre.id not in gone),
        links=tuple(
            link
            for link in stands.links
            if not {link.origin, link.destination} & gone and (link.required or not link.is_fixed)
        ),
    )


def at_once(problem: Problem, last: Stations) -> Problem:
    """Return the problem in which the stations of the last year open in the first.

    Budgets, largest numbers of stations and approvals of the years before are set aside. Supply is planned anew.
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


def _fits(years: Sequence[Problem], chosen: Sequence[Built]) -> dict[tuple[int, str], bool]:
    """Return for each new station of the years that are chosen whether it is fitted for 70 MPa."""
    return {
        (year.period, site): site in built.at_70_mpa
        for year, built in zip(years, chosen, strict=False)
        if year.keeps_pressure
        for site in built.stations
    }
