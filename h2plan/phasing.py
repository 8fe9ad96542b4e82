"""What binds the periods of a scenario together, as arrays: discounting, budgets, ramp."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence

import numpy as np

from h2plan.costs import discounted_years
from h2plan.domain import Site
from h2plan.earlier import read_earlier
from h2plan.errors import Fault, InputError
from h2plan.phases import Floats, Ints, Phasing
from h2plan.project import Project
from h2plan.scenario import Scenario
from h2plan.tables.read import read_table
from h2plan.tables.rows import DecidedStationRow


def phase(
    project: Project, sites: Sequence[Site], *, known: Collection[str], decided: Mapping[tuple[int, str], str]
) -> Phasing:
    """Read how building goes on from period to period; sites are taken in the order of their ids.

    `known` holds every site id of the tables, those that the screen has set aside included; `decided` is what stands in
    the years that are decided, as `deciding.decide` returns it.

    Raises:
        InputError: months of approvals for sites that nobody knows.
    """
    scenario = project.scenario
    years, periods = scenario.phased, scenario.periods
    return Phasing(
        weight_yr=weights_yr(scenario),
        budget_cny=budgets_cny(scenario),
        carry_over=years.carry_over,
        upgrade_premium_share=years.upgrade_premium_share,
        upgrades=years.upgrades,
        closing=years.closing,
        opens_from=_no_later(opens_from(scenario, sites, known=known), scenario, sites, decided),
        usable_share=_usable_share(periods, years.usable_share_by_age, years.outage_share),
        standing_share=1.0 - years.outage_share,
        frozen=decided,
        fitted=_fitted(project, decided),
    )


def weights_yr(scenario: Scenario) -> Floats:
    """Return the discounted years that each period lasts: until the next one begins."""
    periods, rate = scenario.periods, scenario.finance.discount_rate
    last = scenario.phased.last_lasts_yr or periods[-1] - periods[-2]
    ends = (*periods[1:], periods[-1] + last)
    pairs = zip(periods, ends, strict=True)
    return np.array([discounted_years(rate, first=periods[0], start=start, end=end) for start, end in pairs])


def budgets_cny(scenario: Scenario) -> Floats:
    """Return what each period may spend: the yearly amounts after the period before it, up to its own year."""
    yearly = scenario.phased.budget_cny_per_yr
    if not yearly:
        return np.full(len(scenario.periods), np.inf)
    starts = (min(*yearly, scenario.periods[0]), *(year + 1 for year in scenario.periods[:-1]))
    return np.array(
        [
            sum(_in_force(yearly, year) for year in range(start, period + 1))
            for start, period in zip(starts, scenario.periods, strict=True)
        ]
    )


def _in_force(yearly: dict[int, float], year: int) -> float:
    named = [start for start in yearly if start <= year]
    return yearly[max(named)] if named else 0.0


def opens_from(scenario: Scenario, sites: Sequence[Site], *, known: Collection[str]) -> Ints:
    """Return by site the first period in which a new station can stand, for the approvals that it still needs.

    Raises:
        InputError: months for a site that no table holds; months in a site table that count from no month.
    """
    years = scenario.phased
    faults = [
        Fault(where="years.approvals", column=name, message="no such site", hint="ids are in the site tables")
        for name in sorted(set(years.approvals) - set(known))
    ]
    if faults:
        raise InputError(faults)
    listed = sorted(site.id for site in sites if site.approval_months_left)
    if listed and years.begin is None:
        raise InputError(
            Fault(
                where="years.begin",
                message=f"site tables give months of approvals ({', '.join(listed[:3])}), and they count from no month",
                hint="give years.begin as YYYY-MM",
            )
        )
    months = [approval_months(scenario, site) or 0 for site in sorted(sites, key=lambda site: site.id)]
    return np.array([_first_period(scenario, needed) for needed in months], dtype=np.intp)


def approval_months(scenario: Scenario, site: Site) -> int | None:
    """Return the months that a new station still needs: by the scenario's word on the site, its table, its kind.

    None where a station stands, or where nobody says.
    """
    years = scenario.phased
    if site.is_built:
        return None
    by_kind = years.approval_months_by_kind.get(site.kind, years.approval_months if years.begin else None)
    own = by_kind if site.approval_months_left is None else site.approval_months_left
    return years.approvals.get(site.id, own)


def _first_period(scenario: Scenario, months: int) -> int:
    """Return the place of the first period whose year begins when so many months are over."""
    begin = scenario.phased.begin
    if begin is None or months == 0:
        return 0
    year, month = (int(part) for part in begin.split("-"))
    over = year * 12 + month - 1 + months
    return next((t for t, period in enumerate(scenario.periods) if period * 12 >= over), len(scenario.periods))


def _no_later(first: Ints, scenario: Scenario, sites: Sequence[Site], decided: Mapping[tuple[int, str], str]) -> Ints:
    """Return the same with stations that are decided standing from the period for which they are."""
    at = {period: t for t, period in enumerate(scenario.periods)}
    since: dict[str, int] = {}
    for (period, name), size in decided.items():
        if size:
            since[name] = min(since.get(name, len(at)), at[period])
    names = sorted(site.id for site in sites)
    return np.array([min(t, since.get(name, len(at))) for t, name in zip(first, names, strict=True)], dtype=np.intp)


def _fitted(project: Project, decided: Mapping[tuple[int, str], str]) -> dict[tuple[int, str], bool]:
    """Return for the years decided whether a station fills at 70 MPa: by the user's table, else by the earlier plan.

    An earlier plan that sets pressure aside leaves it open.
    """
    since = _since(project)
    found = {(period, name): since[name] <= period for period, name in decided if name in since}
    folder = project.earlier_plan()
    earlier = None if folder is None else read_earlier(folder)
    for (period, name), size in decided.items() if earlier is not None else ():
        fits = None if earlier is None else earlier.fitted_at(period)
        if fits is not None and size and name not in since:
            found[period, name] = name in fits
    return found


def _since(project: Project) -> dict[str, int]:
    """Return the first year in which the user's table has a site fill at 70 MPa; one after the plan for never."""
    section = project.scenario.phased.decided
    if section is None:
        return {}
    file = project.path(section.stations, where="years.decided.stations")
    rows = read_table(file, DecidedStationRow, root=project.root)
    never = project.scenario.periods[-1] + 1
    since = {row.site_id: never for row in rows}
    for row in (row for row in rows if row.at_70_mpa == "yes"):
        since[row.site_id] = min(since[row.site_id], row.period)
    return since


def _usable_share(periods: Sequence[int], by_age: Sequence[float], outage_share: float) -> Floats:
    """[t opened, t now]: the share at the age that capacity has in the year of the period; 0 before it opens."""
    shares = np.zeros((len(periods), len(periods)))
    for opened, first in enumerate(periods):
        for now in range(opened, len(periods)):
            age = min(periods[now] - first, len(by_age) - 1)
            shares[opened, now] = by_age[age] * (1.0 - outage_share)
    return shares
