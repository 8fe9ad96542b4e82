"""Years that are decided already: by a table of the user's, by an earlier plan, or by both."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from h2plan.domain import Site, StationSize, Verdict
from h2plan.earlier import EarlierPlan, read_earlier
from h2plan.errors import Fault, InputError
from h2plan.project import Project
from h2plan.scenario_years import DecidedFromSection
from h2plan.tables.read import read_table
from h2plan.tables.rows import DecidedStationRow

WHERE = "years.decided_from"
SAME_KG = 1e-6
"""Capacities that differ by less are one, kg/d."""


def decide(
    project: Project,
    sites: Sequence[Site],
    *,
    known: Collection[str],
    sizes: Sequence[StationSize],
    verdicts: Sequence[Verdict],
) -> dict[tuple[int, str], str]:
    """Return what is decided: (period, site id) to size id, blank where nothing new stands; empty without such years.

    `sites` are those that the screen leaves, `known` all ids of the site tables. At a site that the table names the
    table alone counts; what the earlier plan has at the others stands as long as it stood there.

    Raises:
        InputError: a row that names no site of the plan, a site where something else stands already, years out of
            order; an earlier plan of another city or without that year, whose sites or sizes are no longer what they
            were.
        VerificationError: the earlier plan has no certificate that it passed.
    """
    until = project.scenario.phased.decided_until
    if until is None:
        return {}
    rows = _by_hand(project, sites)
    ruled = {row.site_id for row in rows}
    now = _Now(
        sites={site.id: site for site in sites},
        known=known,
        barred={verdict.site_id: verdict for verdict in verdicts if verdict.verdict == "barred"},
        capacity_kg_per_d={size.id: size.capacity_kg_per_d for size in sizes},
        may_grow=project.scenario.phased.extend_standing,
    )
    earlier = _earlier(project, now, ruled=ruled)
    free = sorted(site.id for site in sites if not site.is_built or now.may_grow)
    found: dict[tuple[int, str], str] = {}
    for period in (period for period in project.scenario.periods if period <= until):
        stands = dict(earlier(period))
        stands.update({row.site_id: row.size_id for row in rows if row.period <= period})
        found.update({(period, name): stands[name] if now.is_more(name, stands) else "" for name in free})
    return found


def _by_hand(project: Project, sites: Sequence[Site]) -> list[DecidedStationRow]:
    """Return the rows of the user's table, the earlier ones first."""
    decided = project.scenario.phased.decided
    if decided is None:
        return []
    file = project.path(decided.stations, where="years.decided.stations")
    rows = read_table(file, DecidedStationRow, root=project.root)
    may_grow = project.scenario.phased.extend_standing
    free = {site.id for site in sites if not site.is_built or may_grow}
    faults = [
        fault
        for number, row in enumerate(rows, start=2)
        for fault in _row_faults(row, number, where=decided.stations, free=free, until=decided.until)
    ]
    if faults:
        raise InputError(faults)
    return sorted(rows, key=lambda row: row.period)


def _row_faults(
    row: DecidedStationRow, number: int, *, where: str, free: Collection[str], until: int
) -> Iterator[Fault]:
    if row.site_id not in free:
        message = f"'{row.site_id}' is no site of this plan where a new station may stand"
        hint = "the screen may have set it aside, or a station stands there already"
        yield Fault(where=where, row=number, column="site_id", value=row.site_id, message=message, hint=hint)
    if row.period > until:
        message = f"{row.period} is after years.decided.until {until}"
        yield Fault(where=where, row=number, column="period", value=str(row.period), message=message)


@dataclass(frozen=True, kw_only=True)
class _Now:
    """What the tables of today say of sites and sizes."""

    sites: Mapping[str, Site]
    known: Collection[str]
    barred: Mapping[str, Verdict]
    capacity_kg_per_d: Mapping[str, float]
    may_grow: bool
    """Whether stations that stand may be extended."""

    def is_more(self, name: str, stands: Mapping[str, str]) -> bool:
        """Say whether a size is decided at a site that is more than what stands there; an unknown size is."""
        kg = self.capacity_kg_per_d.get(stands[name], np.inf) if name in stands else 0.0
        return kg > (self.sites[name].built_kg_per_d or 0.0) + SAME_KG


def _earlier(project: Project, now: _Now, *, ruled: Collection[str]) -> Callable[[int], Mapping[str, str]]:
    """Return what the earlier plan has in each period at sites that no row rules and where nothing stands yet.

    A site where a station of the size decided stands by now is a decision carried out: nothing is left to decide.
    """
    asked, folder = project.scenario.phased.decided_from, project.earlier_plan()
    if asked is None or folder is None:
        return lambda _: {}
    plan = read_earlier(folder)
    _refuse_other(plan, asked, city=project.scenario.region.city)
    aside = {*ruled, *asked.without}
    years = [year for year in plan.stands if year <= asked.through]
    last = {name: size for year in years for name, size in plan.stands[year].items()}
    sizes = {plan.stands[year][name] for year in years for name in plan.stands[year] if name not in aside}
    faults = [
        *_unknown(asked, last),
        *_size_faults(plan, sorted(sizes), now),
        *(
            fault
            for name in sorted(set(last) - aside)
            for fault in _site_faults(name, plan.capacity_kg_per_d[last[name]], now)
        ),
    ]
    if faults:
        raise InputError(faults)
    left = {name for name in last if name not in aside and (now.may_grow or not now.sites[name].is_built)}
    return lambda period: {name: size for name, size in plan.at(period).items() if name in left}


def _refuse_other(plan: EarlierPlan, asked: DecidedFromSection, *, city: str) -> None:
    """Refuse a plan of another city, and one that has no such year."""
    if plan.city != city:
        message = f"{asked.plan} is a plan of {plan.city}, not of {city}"
        raise InputError(Fault(where=WHERE, column="plan", message=message))
    if asked.through not in plan.stands:
        years = ", ".join(map(str, plan.stands))
        message = f"{asked.through} is no year of {asked.plan}; it has: {years}"
        raise InputError(Fault(where=WHERE, column="through", message=message))


def _unknown(asked: DecidedFromSection, last: Mapping[str, str]) -> Iterator[Fault]:
    for name in asked.without:
        if name not in last:
            message = f"'{name}' has no new station in {asked.plan} until {asked.through}"
            yield Fault(where=f"{WHERE}.without", column=name, message=message)


def _size_faults(plan: EarlierPlan, sizes: Sequence[str], now: _Now) -> Iterator[Fault]:
    for size in sizes:
        then, today = plan.capacity_kg_per_d[size], now.capacity_kg_per_d.get(size)
        if today is None:
            known = ", ".join(now.capacity_kg_per_d)
            message = f"the earlier plan builds {size} ({then:,.0f} kg/d), which is no size now; there are: {known}"
            yield Fault(where=WHERE, column=size, message=message, hint="add it to the table of station sizes")
        elif abs(today - then) > SAME_KG:
            message = f"{size} is {today:,.0f} kg/d today and was {then:,.0f} kg/d in the earlier plan"
            yield Fault(where=WHERE, column=size, message=message, hint="give the larger size an id of its own")


def _site_faults(name: str, decided_kg_per_d: float, now: _Now) -> Iterator[Fault]:
    """Say why the station of the earlier plan cannot stand at its site any more."""
    site, barred = now.sites.get(name), now.barred.get(name)
    hint = f"take it out of the decision with {WHERE}.without, or decide it otherwise in the table of years.decided"
    if site is None:
        gone = "no site table holds it any more" if name not in now.known else "it is no site of its own any more"
        message = gone if barred is None else f"the site is barred now: {barred.reason} ({barred.rule})"
        yield Fault(where=WHERE, column=name, message=message, hint=hint)
    elif site.built_kg_per_d is not None and (
        abs(site.built_kg_per_d - decided_kg_per_d) > SAME_KG
        and not (now.may_grow and site.built_kg_per_d < decided_kg_per_d)
    ):
        message = f"{site.built_kg_per_d:,.0f} kg/d stand there by now, and {decided_kg_per_d:,.0f} kg/d are decided"
        yield Fault(where=WHERE, column=name, message=message, hint=hint)
    elif site.max_kg_per_d is not None and max(site.built_kg_per_d or 0.0, site.max_kg_per_d) < decided_kg_per_d:
        message = f"{decided_kg_per_d:,.0f} kg/d are decided, and the site allows {site.max_kg_per_d:,.0f} kg/d now"
        yield Fault(where=WHERE, column=name, message=message, hint=hint)
