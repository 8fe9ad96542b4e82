"""What arithmetic can refuse of equipment before anything is built: 70 MPa or kg/h that no station can give."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from itertools import pairwise

import numpy as np

from h2plan.errors import Fault, InfeasibleError, InputError
from h2plan.phases import Phasing
from h2plan.problem import Floats, Problem

Allowed = Mapping[str, tuple[str, ...]]
"""Sites where a new station may stand, each with its sizes."""
NAMED = 5
"""Demand rows named in a message."""


def check_pressure(years: Sequence[Problem], allowed: Sequence[Allowed]) -> None:
    """Refuse demand at 70 MPa that nobody can serve in any year, and what is not known together with pressure.

    `allowed` tells for each year where a new station may ever stand, its approvals set aside.

    Raises:
        InputError: no site in reach of such demand may be fitted, or pressure together with a floor after losses.
    """
    if not years[-1].keeps_pressure:
        return
    faults = [*_nowhere(years, allowed), *_together(years)]
    if faults:
        raise InputError(faults)


def check_pressure_floor(problem: Problem, allowed: Allowed) -> None:
    """Refuse a floor on what is served in one year that pressure puts out of reach.

    Raises:
        InfeasibleError: with the share that can be served.
    """
    floor, total = problem.limits.served_share_min, problem.total_kg_per_d
    if not problem.keeps_pressure or floor is None or total <= 0:
        return
    reached = _reached(problem, gives_high(problem, allowed))
    lost = [i for i in _wanting(problem) if i not in reached]
    lost_kg = float(problem.demand_kg_per_d[lost].sum())
    share = (float(problem.demand_kg_per_d.sum()) - lost_kg) / total
    if lost and floor > share + 1e-9:
        raise InfeasibleError(
            f"served_share_min {floor:.1%} is above what can be served: {share:.1%} of all demand; "
            f"{lost_kg:,.0f} kg/d need 70 MPa and reach no site that may be fitted"
        )


def fitting_faults(years: Sequence[Problem], phasing: Phasing) -> Iterator[Fault]:
    """Yield what several years cannot mean together with pressure."""
    if not years[-1].keeps_pressure:
        return
    if phasing.closing:
        message = "is not known together with demand at 70 MPa"
        yield Fault(where="years", column="closing", message=message, hint="leave closing or station_equipment out")
    sizes = years[-1].sizes
    assert sizes.fit_70_capex_cny is not None
    yield from _decided_faults(years[-1], phasing)
    known = [n for n, cny in enumerate(sizes.fit_70_capex_cny) if not np.isnan(cny)]
    for small, large in pairwise(known) if phasing.upgrades else ():
        less, more = sizes.fit_70_capex_cny[large], sizes.fit_70_capex_cny[small]
        if less < more:
            message = (
                f"fitting it for 70 MPa costs {less:,.0f} CNY, less than the smaller {sizes.ids[small]} ({more:,.0f}): "
                "an upgrade would give money back"
            )
            hint = "leave the larger cost out of the table, or set years.upgrades to false"
            yield Fault(where="station_equipment", column=sizes.ids[large], message=message, hint=hint)


def _decided_faults(problem: Problem, phasing: Phasing) -> Iterator[Fault]:
    """What is decided to fill at 70 MPa must be of a size that can be fitted."""
    cost = problem.sizes.fit_70_capex_cny
    assert cost is not None
    fittable = {k for k, cny in zip(problem.sizes.ids, cost, strict=True) if not np.isnan(cny)}
    for (period, name), is_fitted in sorted(phasing.fitted.items()):
        size = phasing.frozen.get((period, name), "")
        if is_fitted and size not in fittable:
            message = f"is decided to fill at 70 MPa in {period}, and no cost is given for its size {size or '(none)'}"
            hint = "give fit_70_capex_cny of that size, or decide it otherwise"
            yield Fault(where="station_equipment", column=name, message=message, hint=hint)


def gives_high(problem: Problem, allowed: Allowed) -> frozenset[str]:
    """Return the sites that give 70 MPa already or may be fitted for it at some size."""
    sites, sizes = problem.sites, problem.sizes
    assert sites.at_70_mpa is not None
    assert sizes.fit_70_capex_cny is not None
    fittable = {k for k, cny in zip(sizes.ids, sizes.fit_70_capex_cny, strict=True) if not np.isnan(cny)}
    rows = zip(sites.ids, sites.at_70_mpa, sites.built_kg_per_d, strict=True)
    built = {j for j, is_so, kg in rows if is_so and not np.isnan(kg)}
    return frozenset(built | {j for j, ks in allowed.items() if fittable & set(ks)})


def _reached(problem: Problem, gives: Collection[str]) -> frozenset[int]:
    """Return the places of the demand rows at 70 MPa that some of these sites reach."""
    assert problem.at_70_mpa is not None
    ids = problem.sites.ids
    pairs = zip(problem.pairs.demand.tolist(), problem.pairs.site.tolist(), strict=True)
    return frozenset(i for i, j in pairs if problem.at_70_mpa[i] and ids[j] in gives)


def _wanting(problem: Problem) -> list[int]:
    assert problem.at_70_mpa is not None
    return np.flatnonzero(problem.at_70_mpa & (problem.demand_kg_per_d > 0)).tolist()


def _nowhere(years: Sequence[Problem], allowed: Sequence[Allowed]) -> Iterator[Fault]:
    wanting: dict[str, float] = {}
    for year, sites in zip(years, allowed, strict=True):
        reached = _reached(year, gives_high(year, sites))
        if any(i in reached for i in _wanting(year)):
            return
        for i in _wanting(year):
            wanting[year.demand_ids[i]] = float(year.demand_kg_per_d[i])
    if wanting:
        names = sorted(wanting)
        told = ", ".join(names[:NAMED]) + (" …" if len(names) > NAMED else "")
        yield Fault(
            where="station_equipment",
            column="fit_70_capex_cny",
            message=f"{sum(wanting.values()):,.0f} kg/d need 70 MPa ({told}), and no site in their reach gives it or "
            "may be fitted for it",
            hint="give the cost of a size that may stand there; without station_equipment pressure is set aside",
        )


def _together(years: Sequence[Problem]) -> Iterator[Fault]:
    if any(year.policy.loss_share_min is not None for year in years):
        hint = "leave it or station_equipment out; losses are told all the same"
        message = "is not known together with demand at 70 MPa"
        yield Fault(where="resilience", column="loss_share_min", message=message, hint=hint)


def check_peak(problem: Problem, allowed: Allowed, *, standing: int) -> None:
    """Refuse a floor on what is served that the dispensers of the largest stations cannot give in their busiest hour.

    `standing` counts the stations that stand. The rows with the flattest day are served first: no plan needs less.

    Raises:
        InfeasibleError: with what the floor asks for and what there is, kg/h.
    """
    limits, wanted, sizes = problem.limits, problem.peak_kg_per_h, problem.sizes
    if wanted is None or sizes.peak_kg_per_h is None or problem.sites.built_peak_kg_per_h is None:
        return
    if limits.served_share_min is None or problem.total_kg_per_d <= 0:
        return
    by_size = dict(zip(sizes.ids, sizes.peak_kg_per_h.tolist(), strict=True))
    largest = sorted((max(by_size[k] for k in ks) for ks in allowed.values()), reverse=True)
    room = len(largest) if limits.stations_max is None else limits.stations_max - standing
    most = sum(largest[:room]) + float(np.nansum(problem.sites.built_peak_kg_per_h))
    needed = _least_peak(problem, wanted, kg=limits.served_share_min * problem.total_kg_per_d)
    if needed > most * (1 + 1e-9):
        raise InfeasibleError(
            f"served_share_min {limits.served_share_min:.1%} asks for {needed:,.0f} kg/h in the busiest hour at least, "
            f"the dispensers of the largest stations within the limits give {most:,.0f} kg/h"
        )


def _least_peak(problem: Problem, wanted: Floats, *, kg: float) -> float:
    """Return the least kg/h that go with so many kg/d, whichever rows are served."""
    some = problem.demand_kg_per_d > 0
    per_d, per_h = problem.demand_kg_per_d[some], wanted[some]
    order = np.argsort(per_h / per_d)
    before = np.cumsum(per_d[order]) - per_d[order]
    taken = np.clip(kg - before, 0.0, per_d[order])
    return float((taken * (per_h / per_d)[order]).sum())
