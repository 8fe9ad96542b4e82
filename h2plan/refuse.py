"""What arithmetic can refuse before anything is built: limits that contradict the sites or each other."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

import numpy as np

from h2plan.errors import Fault, InfeasibleError, InputError
from h2plan.extending import extends_at
from h2plan.models._parts import sizes_allowed
from h2plan.models._years import in_order
from h2plan.prepare import SEVERAL_YEARS
from h2plan.problem import Problem
from h2plan.refuse_equipment import check_peak, check_pressure, check_pressure_floor
from h2plan.refuse_policy import check_policy
from h2plan.refuse_supply import check_supply
from h2plan.refuse_years import check_years

Allowed = Mapping[str, tuple[str, ...]]
"""Sites where a new station may stand, each with its sizes."""
CAPACITIES_KEPT = frozenset({"network_design", "capacitated", "flow_refuelling_kg"})
"""Models whose stations hand out no more than they can; the others set capacities aside."""

POLICY_KEPT = frozenset({"network_design"})
"""Models that keep a policy."""


def check(problem: Problem, *, model: str) -> None:
    """Refuse limits that contradict the sites before anything is built, in any year.

    Raises:
        InputError: a limit that no data of this kind can mean, or a site both required and forbidden.
        InfeasibleError: limits that contradict each other, with the number that would do.
    """
    check_pressure(problem.years, [sizes_allowed(year) for year in problem.years])
    if problem.phasing is None:
        _check_year(problem, model=model)
        return
    if model not in SEVERAL_YEARS:
        named = ", ".join(str(year.period) for year in problem.years)
        raise InputError(f"{named}: the model {model} plans one year at a time", where="periods")
    years = in_order(problem)
    check_years(years, problem.phasing)
    for year in (*(_kept_by_itself(year) for year in years[:-1]), years[-1]):
        try:
            _check_year(year, model=model)
        except InputError as error:
            raise InputError(
                [replace(fault, message=f"{fault.message} in {year.period}") for fault in error.faults]
            ) from None
        except InfeasibleError as error:
            raise InfeasibleError(f"{year.period}: {error}") from None


def _kept_by_itself(year: Problem) -> Problem:
    """Leave out a largest number of stations that a year keeps because too few sites can open by then."""
    most = year.limits.stations_max
    if most is None or most <= len(sizes_allowed(year)) + standing(year):
        return year
    return replace(year, limits=replace(year.limits, stations_max=None))


def _check_year(problem: Problem, *, model: str) -> None:
    allowed = sizes_allowed(problem)
    faults = [
        *_reach_faults(problem),
        *_site_faults(problem, allowed),
        *_conflict_faults(problem),
        *_count_faults(problem, allowed),
        *_budget_faults(problem, allowed),
    ]
    if faults:
        raise InputError(faults)
    _check_counts(problem)
    _check_budget(problem, allowed)
    _check_floor(problem, allowed, capacities=model in CAPACITIES_KEPT)
    if model in POLICY_KEPT:
        check_policy(problem, allowed)
    elif problem.policy.binds:
        raise InputError(f"the model {model} knows no policy; use {', '.join(sorted(POLICY_KEPT))}", where="policy")
    check_supply(problem, model=model)
    check_pressure_floor(problem, allowed)
    check_peak(problem, allowed, standing=standing(problem))


def standing(problem: Problem) -> int:
    """Return how many stations stand, those without a position included."""
    return int((~np.isnan(problem.sites.built_kg_per_d)).sum()) + problem.limits.unplaced_built


def limits_in_words(problem: Problem, *, floor: float | None = None) -> str:
    """Return counts, budget, utilisation and hard policy as a sentence names them."""
    limits, policy = problem.limits, problem.policy
    hard = [rule.name for rule in policy.rules if rule.is_hard]
    words = [
        *([] if floor is None else [f"served_share_min {floor:.1%}"]),
        *([] if limits.stations_max is None else [f"stations_max {limits.stations_max}"]),
        *([] if limits.stations_min is None else [f"stations_min {limits.stations_min}"]),
        *([] if limits.budget_cny is None else [f"budget_cny {limits.budget_cny:,.0f}"]),
        *([] if limits.utilisation_max == 1.0 else [f"utilisation_max {limits.utilisation_max:g}"]),
        *(["peak_hour"] if problem.keeps_hours else []),
        *([f"policy {', '.join(hard)}"] if hard else []),
        *([] if policy.backup_share_min is None else [f"backup_share_min {policy.backup_share_min:.1%}"]),
        *([] if policy.loss_share_min is None else [f"loss_share_min {policy.loss_share_min:.1%}"]),
    ]
    return ", ".join(words) or "no others"


def _required(problem: Problem) -> list[str]:
    """Return the required sites where nothing stands yet."""
    sites = problem.sites
    rows = zip(sites.ids, sites.required, sites.built_kg_per_d, strict=True)
    return [j for j, must, built in rows if must and np.isnan(built)]


def _site_faults(problem: Problem, allowed: Allowed) -> list[Fault]:
    sites = problem.sites
    both = {j for j, must, barred in zip(sites.ids, sites.required, sites.forbidden, strict=True) if must and barred}
    faults = [Fault(where="sites", column=j, message="is both required and forbidden") for j in sorted(both)]
    largest = dict(zip(sites.ids, sites.max_kg_per_d, strict=True))
    smallest = float(problem.sizes.capacity_kg_per_d.min())
    faults += [
        Fault(
            where="sites",
            column=j,
            message=f"is required, but its max_kg_per_d {largest[j]:,.0f} is below the smallest size {smallest:,.0f}",
        )
        for j in _required(problem)
        if j not in allowed and j not in both
    ]
    return faults


def _reach_faults(problem: Problem) -> list[Fault]:
    if len(problem.pairs.demand) or problem.total_kg_per_d <= 0:
        return []
    hint = "lengthen limits.service_radius_min or _km and detour_max_min"
    return [Fault(where="reach", message="no demand is in reach of any site: there is nothing to choose", hint=hint)]


def _conflict_faults(problem: Problem) -> list[Fault]:
    """Required sites too close to each other or to a station that stands can never all be open."""
    sites, required = problem.sites, set(_required(problem))
    stands = {j for j, kg in zip(sites.ids, sites.built_kg_per_d, strict=True) if not np.isnan(kg)}
    named = [(sites.ids[a], sites.ids[b]) for a, b in problem.conflicts]
    faults = []
    for a, b in named:
        if {a, b} <= required | stands and not {a, b} <= stands:
            km = "" if problem.site_km is None else f" ({_km_between(problem, a, b):.4g} km)"
            message = f"is required and too close to {b}{km}, where a station must stand too"
            faults.append(Fault(where="sites", column=a, message=message, hint="lower limits.spacing_km"))
    return faults


def _km_between(problem: Problem, a: str, b: str) -> float:
    assert problem.site_km is not None
    return float(problem.site_km[problem.sites.ids.index(a), problem.sites.ids.index(b)])


def _count_faults(problem: Problem, allowed: Allowed) -> list[Fault]:
    limits, stand = problem.limits, standing(problem)
    most = len(allowed) + stand
    there = f"{len(allowed)} sites where a station may be built and {stand} that stand make {most}"
    faults = [
        Fault(where="limits", column=name, message=f"{count} is above what there is: {there}")
        for name, count in (("stations_max", limits.stations_max), ("stations_min", limits.stations_min))
        if count is not None and count > most
    ]
    if limits.stations_max is not None and (limits.stations_min or 0) > limits.stations_max:
        message = f"{limits.stations_min} is above stations_max {limits.stations_max}"
        faults.append(Fault(where="limits", column="stations_min", message=message))
    return faults


def capital_cny(problem: Problem, allowed: Allowed) -> dict[tuple[str, str], float]:
    """Return the capital cost of each size at each site where it may be built; a retrofit costs its share."""
    sites, sizes = problem.sites, problem.sizes
    share = np.ones(len(sites.ids)) if sites.build_share is None else sites.build_share
    part = dict(zip(sites.ids, share.tolist(), strict=True))
    capex = dict(zip(sizes.ids, sizes.capex_cny.tolist(), strict=True))
    return {(j, k): part[j] * capex[k] for j, ks in allowed.items() for k in ks}


def _budget_faults(problem: Problem, allowed: Allowed) -> list[Fault]:
    """A budget of zero asks what the stations that stand can do; any other must buy one station."""
    budget = problem.limits.budget_cny
    if budget is None or not allowed or (budget == 0 and standing(problem) > 0):
        return []
    cost, _, size = min((cny, j, k) for (j, k), cny in capital_cny(problem, allowed).items())
    if budget >= cost:
        return []
    message = f"{budget:,.0f} is below the cheapest station ({size}: {cost:,.0f})"
    return [Fault(where="limits", column="budget_cny", message=message)]


def _check_counts(problem: Problem) -> None:
    most, stand, required = problem.limits.stations_max, standing(problem), _required(problem)
    if most is not None and most < stand + len(required):
        raise InfeasibleError(
            f"stations_max {most} is below the {stand} stations that stand and the {len(required)} required sites; "
            f"{stand + len(required)} would do"
        )


def _check_budget(problem: Problem, allowed: Allowed) -> None:
    """The budget must pay for the required sites and for as many stations as are asked at least."""
    limits, required = problem.limits, set(_required(problem))
    if limits.budget_cny is None:
        return
    cost = capital_cny(problem, allowed)
    cheapest = {j: min(cost[j, k] for k in sizes) for j, sizes in allowed.items()}
    others = sorted(cost for j, cost in cheapest.items() if j not in required)
    more = max(0, (limits.stations_min or 0) - standing(problem) - len(required))
    needed = sum(cheapest[j] for j in required) + sum(others[:more])
    if limits.budget_cny < needed:
        raise InfeasibleError(
            f"budget_cny {limits.budget_cny:,.0f} does not pay for the {len(required)} required sites and {more} more "
            f"stations that stations_min asks for, each of its smallest size: {needed:,.0f} would"
        )


def _check_floor(problem: Problem, allowed: Allowed, *, capacities: bool) -> None:
    """The floor must be within reach, and within the capacity of the largest stations that the count allows."""
    limits, sites = problem.limits, problem.sites
    if limits.served_share_min is None or problem.total_kg_per_d <= 0:
        return
    usable = np.array([j in allowed for j in sites.ids]) | ~np.isnan(sites.built_kg_per_d)
    reached = np.unique(problem.pairs.demand[usable[problem.pairs.site]])
    share = float(problem.demand_kg_per_d[reached].sum()) / problem.total_kg_per_d
    if limits.served_share_min > share + 1e-9:
        raise InfeasibleError(
            f"served_share_min {limits.served_share_min:.1%} is above what is in reach of any site: {share:.1%} of "
            f"all demand; lengthen the service radius or lower the floor to {share:.4f}"
        )
    if not capacities:
        return
    capacity = dict(zip(problem.sizes.ids, problem.sizes.capacity_kg_per_d, strict=True))
    largest = sorted((float(max(capacity[k] for k in sizes)) for sizes in allowed.values()), reverse=True)
    room = len(largest) if limits.stations_max is None else limits.stations_max - standing(problem)
    grown = sum(max(capacity[k] for k in sizes) for sizes in extends_at(problem).values())
    as_built = [kg for j, kg in zip(sites.ids, sites.built_kg_per_d, strict=True) if j not in extends_at(problem)]
    most = limits.utilisation_max * (sum(largest[:room]) + float(np.nansum(as_built)) + float(grown))
    if limits.served_share_min * problem.total_kg_per_d > most * (1 + 1e-9):
        raise InfeasibleError(
            f"served_share_min {limits.served_share_min:.1%} asks for "
            f"{limits.served_share_min * problem.total_kg_per_d:,.0f} kg/d, the largest stations within the limits "
            f"dispense {most:,.0f} kg/d ({most / problem.total_kg_per_d:.1%} of all demand)"
        )
