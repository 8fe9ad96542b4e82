"""What arithmetic can refuse of several years: money, counts, approvals and decisions that contradict each other."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from itertools import pairwise

import numpy as np

from h2plan.errors import Fault, InfeasibleError, InputError
from h2plan.extending import extends_at
from h2plan.models._parts import sizes_allowed
from h2plan.phases import Phasing
from h2plan.problem import Problem
from h2plan.refuse_equipment import fitting_faults

SizesAt = Mapping[str, tuple[str, ...]]


def check_years(years: Sequence[Problem], phasing: Phasing) -> None:
    """Refuse what the years of a plan cannot mean together; each year is a problem of its own.

    Raises:
        InputError: decisions, approvals or costs that contradict themselves.
        InfeasibleError: counts or budgets of two years that contradict each other, with the number that would do.
    """
    allowed = [sizes_allowed(year) for year in years]
    faults = [
        *_option_faults(phasing),
        *_extension_faults(years[-1]),
        *_cost_faults(years[-1], phasing),
        *fitting_faults(years, phasing),
        *_approval_faults(years[-1], phasing, len(years)),
        *_decided_faults(years, phasing, [{**extends_at(year), **of} for year, of in zip(years, allowed, strict=True)]),
    ]
    if faults:
        raise InputError(faults)
    _check_counts(years, phasing)
    _check_money(years, phasing, allowed)


def _option_faults(phasing: Phasing) -> Iterator[Fault]:
    is_ramped = (
        len({round(float(share), 12) for share in phasing.usable_share[np.triu_indices_from(phasing.usable_share)]}) > 1
    )
    if phasing.closing and phasing.upgrade_premium_share > 0:
        yield Fault(where="years", column="closing", message="is not known together with upgrade_premium_share")
    if phasing.closing and is_ramped:
        yield Fault(where="years", column="closing", message="is not known together with usable_share_by_age")


def _extension_faults(last: Problem) -> Iterator[Fault]:
    """What an extension brings of 70 MPa and in the busiest hour is not known."""
    if extends_at(last) and (last.keeps_pressure or last.keeps_hours):
        what = "demand at 70 MPa" if last.keeps_pressure else "limits.peak_hour"
        message = f"is not known together with {what}"
        yield Fault(where="years", column="extend_standing", message=message, hint="leave one of them out")


def _cost_faults(problem: Problem, phasing: Phasing) -> Iterator[Fault]:
    """A larger size that costs less would be an upgrade that pays back."""
    if not phasing.upgrades:
        return
    sizes = problem.sizes
    for small, large in pairwise(range(len(sizes.ids))):
        if sizes.capex_cny[large] < sizes.capex_cny[small]:
            yield Fault(
                where="station_sizes",
                column=sizes.ids[large],
                message=(
                    f"costs {sizes.capex_cny[large]:,.0f} CNY, less than the smaller {sizes.ids[small]} "
                    f"({sizes.capex_cny[small]:,.0f}): an upgrade would give money back"
                ),
                hint="leave the smaller size out of the table, or set years.upgrades to false",
            )


def _approval_faults(last: Problem, phasing: Phasing, count: int) -> Iterator[Fault]:
    """A required site must be able to open by the last year."""
    if not len(phasing.opens_from):
        return
    for name, must, first in zip(last.sites.ids, last.sites.required, phasing.opens_from, strict=True):
        if must and first >= count:
            message = f"is required, but its approvals end after {last.period} begins"
            yield Fault(where="years.approvals", column=name, message=message, hint="take a later last period")


def _decided_faults(years: Sequence[Problem], phasing: Phasing, allowed: Sequence[SizesAt]) -> Iterator[Fault]:
    """What is decided must be a size that may stand there, and must follow what was decided before."""
    at = {year.period: t for t, year in enumerate(years)}
    sizes = years[-1].sizes
    capacity = dict(zip(sizes.ids, sizes.capacity_kg_per_d.tolist(), strict=True))
    where = "years.decided"
    for (period, name), size in sorted(phasing.frozen.items()):
        if period not in at:
            yield Fault(where=where, column=name, message=f"{period} is no period of the plan")
        elif size and size not in capacity:
            known = ", ".join(capacity)
            yield Fault(where=where, column=name, message=f"there is no size '{size}' ({period}); there are: {known}")
        elif size and size not in allowed[at[period]].get(name, ()):
            largest = _largest_kg(years[-1], name)
            message = f"{size} ({capacity[size]:,.0f} kg/d) may not stand there in {period}: {largest}"
            yield Fault(where=where, column=name, message=message)
        elif before := phasing.frozen.get((years[at[period] - 1].period, name)) if at[period] else None:
            yield from _follows(before, size, capacity, phasing, name=name, period=period)


def _largest_kg(problem: Problem, name: str) -> str:
    if name not in problem.sites.ids:
        return "there is no such site"
    n = problem.sites.ids.index(name)
    if problem.sites.forbidden[n]:
        return "the site is forbidden"
    return f"the site allows {problem.sites.max_kg_per_d[n]:,.0f} kg/d"


def _follows(
    before: str, size: str, capacity: Mapping[str, float], phasing: Phasing, *, name: str, period: int
) -> Iterator[Fault]:
    more = capacity.get(size, 0.0) - capacity.get(before, 0.0)
    if more < 0 and not phasing.closing:
        message = f"{size or 'nothing'} follows {before} in {period}: a station does not shrink"
        yield Fault(where="years.decided", column=name, message=message, hint="set years.closing to true to allow it")
    if more > 0 and not phasing.upgrades:
        message = f"{size} follows {before} in {period}, and years.upgrades is false"
        yield Fault(where="years.decided", column=name, message=message)


def _check_counts(years: Sequence[Problem], phasing: Phasing) -> None:
    """Stations stay: no year may allow fewer than an earlier one asks for, or than are decided."""
    for t, year in enumerate(years):
        most = year.limits.stations_max
        if most is None:
            continue
        for before in years[:t] if not phasing.closing else ():
            if (before.limits.stations_min or 0) > most:
                raise InfeasibleError(
                    f"stations_max {most} of {year.period} is below stations_min {before.limits.stations_min} of "
                    f"{before.period}, and stations stay: {before.limits.stations_min} would do"
                )
        built = {j for j, kg in zip(year.sites.ids, year.sites.built_kg_per_d, strict=True) if not np.isnan(kg)}
        rows = phasing.frozen.items()
        decided = sum(period == year.period and bool(size) and j not in built for (period, j), size in rows)
        stand = int((~np.isnan(year.sites.built_kg_per_d)).sum()) + year.limits.unplaced_built
        if decided + stand > most:
            raise InfeasibleError(
                f"stations_max {most} of {year.period} is below the {stand} stations that stand and the {decided} "
                f"that are decided; {stand + decided} would do"
            )


def _check_money(years: Sequence[Problem], phasing: Phasing, allowed: Sequence[SizesAt]) -> None:
    """What has become available must pay for the stations that are required, asked for at least, and decided."""
    available, whole = 0.0, years[-1].limits.budget_cny
    for t, year in enumerate(years):
        available += float(phasing.budget_cny[t])
        limit = available if whole is None else min(available, whole)
        if np.isinf(limit):
            continue
        needed, what = _least_capital_cny(year, phasing, allowed[t])
        if limit < needed * (1 - 1e-9):
            raise InfeasibleError(
                f"the new capital available until {year.period}, {limit:,.0f} CNY, does not pay for {what}: "
                f"{needed:,.0f} CNY would"
            )


def _least_capital_cny(year: Problem, phasing: Phasing, allowed: SizesAt) -> tuple[float, str]:
    """Return the least that must have been spent by a year, and for what, each station of its smallest size."""
    sites, sizes = year.sites, year.sizes
    share = np.ones(len(sites.ids)) if sites.build_share is None else sites.build_share
    part = dict(zip(sites.ids, share.tolist(), strict=True))
    capex = dict(zip(sizes.ids, sizes.capex_cny.tolist(), strict=True))
    cheapest = {j: part[j] * min(capex[k] for k in ks) for j, ks in allowed.items()}
    frozen = {j: k for (period, j), k in phasing.frozen.items() if period == year.period and k and j in allowed}
    decided = {j: part[j] * capex[k] for j, k in frozen.items()}
    required = {j for j, must in zip(sites.ids, sites.required, strict=True) if must and j in cheapest} - set(decided)
    stand = int((~np.isnan(sites.built_kg_per_d)).sum()) + year.limits.unplaced_built
    free = sorted(cost for j, cost in cheapest.items() if j not in required and j not in decided)
    more = max(0, (year.limits.stations_min or 0) - stand - len(decided) - len(required))
    needed = sum(decided.values()) + sum(cheapest[j] for j in required) + sum(free[:more])
    what = (
        f"{len(decided)} stations decided, {len(required)} required sites and {more} more that stations_min asks for, "
        "each of its smallest size"
    )
    return needed, what
