"""What a run looks like on a terminal: stages, a live line while it solves, and tables at the end."""

from __future__ import annotations

import sys
import time
from collections import Counter
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

from rich.console import Console
from rich.table import Table
from rich.text import Text

from h2plan.terminal_years import years

if TYPE_CHECKING:
    from h2plan.outputs._labels import Language
    from h2plan.pipeline import Outcome, ScreenOutcome
    from h2plan.plan.certificate import Certificate
    from h2plan.plan.network_rows import RuleOutcome
    from h2plan.plan.results import GoalResult, Plan
    from h2plan.screen.run import Screened
    from h2plan.solve.highs import Progress

KINDS = {
    "port": "port",
    "quay": "quay",
    "logistics_hub": "logistics hub",
    "highway_service": "service area",
    "interchange": "interchange",
    "toll_gate": "toll gate",
    "fuel_station": "fuel station",
    "gas_station": "gas station",
    "depot": "depot",
    "greenfield": "new site",
    "hydrogen_station": "hydrogen station",
}


PLAIN_WIDTH = 120
"""Columns of a table that goes into a file or a log."""


class Screen:
    """Stages and progress as they come: one line a stage, the solver's line rewritten in place."""

    def __init__(self, console: Console, *, live: bool, quiet: bool) -> None:
        self._console = console
        self._live = live
        self._quiet = quiet
        self._start = time.monotonic()
        self._status: Any = console.status("") if live and not quiet else None

    def __enter__(self) -> Screen:
        if self._status is not None:
            self._status.start()
        return self

    def __exit__(self, *_: object) -> None:
        if self._status is not None:
            self._status.stop()

    def stage(self, name: str) -> None:
        """Say that a stage begins."""
        if self._quiet:
            return
        text = f"{time.monotonic() - self._start:6.1f} s  {name}"
        if self._status is not None:
            self._status.update(Text(text))
        self._console.print(Text(text), highlight=False)

    def counted(self, what: str, number: int) -> None:
        """Show how many of something were read so far, on a live terminal."""
        if self._status is not None:
            self._status.update(Text(f"{time.monotonic() - self._start:6.1f} s  {what} {number:,}"))

    def progress(self, event: Progress) -> None:
        """Show what the solver holds: incumbent, bound and gap."""
        if self._status is None:
            return
        parts = [f"{time.monotonic() - self._start:6.1f} s  {event.stage}"]
        parts += [f"best {event.incumbent:,.1f}"] if event.incumbent is not None else []
        parts += [f"bound {event.bound:,.1f}"] if event.bound is not None else []
        parts += [f"gap {event.gap:.2%}"] if event.gap is not None else []
        self._status.update(Text("   ".join(parts)))


def watch(*, quiet: bool) -> Screen:
    """Show a run while it lasts; on anything but a terminal only the stages are printed, to standard error."""
    console = Console(file=sys.stderr)
    return Screen(console, live=console.is_terminal, quiet=quiet)


def show_outcome(outcome: Outcome, *, quiet: bool) -> None:
    """Print the plan as a table a planner can read, then the figures and where the files lie."""
    console = Console()
    if not console.is_terminal:
        console = Console(width=PLAIN_WIDTH)
    plan = outcome.plan
    if not quiet:
        console.print(_stations(plan))
    if plan.earlier:
        console.print(years(plan))
    for line in _summary(plan, outcome.certificate):
        console.print(Text(line), highlight=False, soft_wrap=True)
    console.print(Text(f"results: {outcome.folder}"), highlight=False, soft_wrap=True)
    if not quiet:
        for path in outcome.files:
            console.print(Text(f"  {path}"), highlight=False, soft_wrap=True)


def show_screening(outcome: ScreenOutcome, *, language: Language, quiet: bool) -> None:
    """Print a row a site, then what is open for many sites at once, then where the files lie."""
    console = Console()
    if not console.is_terminal:
        console = Console(width=PLAIN_WIDTH)
    screened = outcome.screened
    if not quiet:
        console.print(_screening(screened, language))
        for point in screened.screening.points:
            text = f"{point.text_zh}：{point.remedy_zh}" if language == "zh" else f"{point.text}: {point.remedy}"
            console.print(Text(f"[{point.sites}] {text}"), highlight=False, soft_wrap=True)
    counted = Counter(verdict.verdict for verdict in screened.screening.verdicts)
    told = ", ".join(f"{counted[word]} {word}" for word in ("pass", "review", "barred"))
    points = len(screened.screening.points)
    console.print(Text(f"{sum(counted.values())} sites: {told}; {points} points open for many sites"), highlight=False)
    console.print(Text(f"results: {outcome.folder}"), highlight=False, soft_wrap=True)
    for path in () if quiet else outcome.files:
        console.print(Text(f"  {path}"), highlight=False, soft_wrap=True)


def _screening(screened: Screened, language: Language) -> Table:
    from h2plan.outputs._report_text import verdict_reason, word

    table = Table(title=f"siting screen of {screened.project.scenario.name}", title_justify="left")
    for header, narrowest in (("site", 12), ("kind", 6), ("verdict", 6), ("max kg/d", 6), ("why", 28)):
        table.add_column(header, justify="right" if header == "max kg/d" else "left", min_width=narrowest)
    table.add_column("what would make it legal", min_width=20)
    sites = {site.id: site for site in screened.gathered.sites}
    for verdict in screened.screening.verdicts:
        site = sites[verdict.site_id]
        table.add_row(
            Text(site.name),
            word("kind", site.kind, language),
            word("verdict", verdict.verdict, language),
            "" if verdict.max_kg_per_d is None else f"{verdict.max_kg_per_d:,.0f}",
            Text(verdict_reason(verdict, language)),
            Text(verdict.remedy_zh if language == "zh" else verdict.remedy),
        )
    return table


def _stations(plan: Plan) -> Table:
    from h2plan.plan.results import in_order

    table = Table(title=Text(f"{plan.title_en} ({plan.title})"), title_justify="left")
    for header, justify in (
        ("#", "right"),
        ("station", "left"),
        ("host", "left"),
        ("district", "left"),
        ("size kg/d", "right"),
        ("dispensed", "right"),
        ("used", "right"),
        ("verdict", "left"),
    ):
        wraps = header in ("station", "district")
        table.add_column(header, justify=justify, no_wrap=not wraps, overflow="fold")  # type: ignore[arg-type]
    for number, station in enumerate(in_order(plan.stations), start=1):
        table.add_row(
            str(number),
            Text(station.name + (" (stands)" if station.built else "")),
            KINDS[station.kind],
            Text(station.district),
            f"{station.capacity_kg_per_d:,.0f}",
            f"{station.dispensed_kg_per_d:,.0f}",
            f"{station.utilisation:.0%}",
            station.verdict,
        )
    return table


def _summary(plan: Plan, certificate: Certificate) -> Iterator[str]:
    from h2plan.outputs._report_text import word

    figures = plan.figures
    year = f"{plan.period}: " if plan.earlier else ""
    yield (
        f"{year}{figures.stations} stations: {figures.stations_new} new, {figures.stations_built} stand already"
        f" ({figures.stations_unplaced} of them at unknown positions)"
    )
    yield (
        f"served {figures.served_kg_per_d:,.0f} of {figures.demand_kg_per_d:,.0f} kg/d ({figures.served_share:.1%});"
        f" {figures.unreached_kg_per_d:,.0f} kg/d are beyond every site's reach"
    )
    capital = _capital(figures.capex_cny, figures.supply_capex_cny)
    yield f"new capital cost {capital}, mean utilisation {figures.utilisation:.0%}"
    for level in figures.levels:
        yield (
            f"  {level.level:4} demand {level.demand_kg_per_d:8,.0f} kg/d: {level.served_share:.1%} served,"
            f" utilisation {level.utilisation:.0%}"
        )
    yield from _equipped(plan)
    yield from _owed(plan)
    for other in plan.alternatives:
        gap = "not known" if other.gap is None else f"{other.gap:.2%}"
        yield (
            f"{word('alternative', other.name, 'en')}: {other.stations} stations ({other.stations_new} new),"
            f" {other.served_share:.1%} served, {_capital(other.capex_cny, other.supply_capex_cny)} of new capital,"
            f" {other.annual_cost_cny_per_yr / 1e6:,.1f} M CNY/yr (gap {gap})"
        )
    for goal in plan.goals:
        yield _goal(goal)
    yield f"certificate: {certificate.verdict} ({len(certificate.checks)} families of checks); {certificate.bound_note}"


def _capital(stations_cny: float, supply_cny: float | None) -> str:
    """Write the capital of stations, and that of centres and links where there is any."""
    more = f" and {supply_cny / 1e6:,.0f} M CNY for supply" if supply_cny else ""
    return f"{stations_cny / 1e6:,.0f} M CNY{more}"


def _equipped(plan: Plan) -> Iterator[str]:
    """Say how many stations fill at 70 MPa, where the plan looks at it."""
    if any(row.at_70_mpa is not None for row in plan.equipment):
        high = [row for row in plan.equipment if row.at_70_mpa]
        kg = sum(row.high_kg_per_d or 0.0 for row in high)
        yield f"{len(high)} stations fill at 70 MPa, {kg:,.0f} kg/d of what is served"


def _owed(plan: Plan) -> Iterator[str]:
    """Say where the hydrogen comes from, what one loss would cost, and which promises are missed."""
    figures = plan.figures
    for use in sorted(plan.source_use, key=lambda use: -use.sold_kg_per_d):
        if use.sold_kg_per_d > 0:
            yield f"  {use.name}: sells {use.sold_kg_per_d:,.0f} of {use.available_kg_per_d:,.0f} kg/d"
    if figures.supply_cost_cny_per_yr is not None:
        yield f"supply costs {figures.supply_cost_cny_per_yr / 1e6:,.1f} M CNY/yr"
    for what in ("station", "source", "centre"):
        worst = max((row for row in plan.losses if row.what == what), key=lambda row: row.lost_kg_per_d, default=None)
        if worst is not None:
            yield f"worst {what} to lose: {worst.name}; {worst.still_share:.1%} of what is served would still be served"
    missed = missed_rules(plan)
    if plan.rules:
        yield f"policy in {plan.period}: {sum(rule.met for rule in plan.rules)} of {len(plan.rules)} rules met"
    for period, rule in missed:
        yield f"  missed in {period}: {rule.name}: {rule.reached} against {rule.asked}"


def missed_rules(plan: Plan) -> list[tuple[int, RuleOutcome]]:
    """Return the policy rules that a year of the plan misses, with the year."""
    return [(period, rule) for period in plan.periods for rule in plan.at(period).rules if not rule.met]


def _goal(goal: GoalResult) -> str:
    from h2plan.outputs._report_text import word

    gap = "not known" if goal.gap is None else f"{goal.gap:.3%}"
    bound = "not known" if goal.bound is None else f"{goal.bound:,.1f}"
    name, ended = word("goal", goal.name, "en"), word("stopped", goal.stopped, "en")
    return f"goal, {name}: {goal.value:,.1f}, bound {bound}, gap {gap}, {ended}"


def show_certificate(certificate: Certificate) -> None:
    """Print what was re-checked in which year, the worst violation of each family, and what is proven of each goal."""
    console = Console()
    if not console.is_terminal:
        console = Console(width=PLAIN_WIDTH)
    years = ", ".join(map(str, certificate.periods))
    table = Table(title=f"certificate: {certificate.verdict} ({certificate.scenario}, {years})", title_justify="left")
    several = len(certificate.periods) > 1
    for header in ("check", "rows", *(("of each year",) if several else ()), "worst", "at", ""):
        table.add_column(header, overflow="fold")
    for entry in certificate.checks:
        verdict = "ok" if entry.passed else "FAILED"
        by_year = (", ".join(f"{year}: {rows}" for year, rows in entry.rows_by_year.items()),) if several else ()
        table.add_row(entry.family, str(entry.rows), *by_year, f"{entry.worst:.2g}", Text(entry.at), verdict)
    console.print(table)
    for line in dict.fromkeys(entry.note for entry in certificate.checks if entry.note):
        console.print(Text(f"  {line}"), highlight=False, soft_wrap=True)
    for goal in certificate.goals:
        said = f"goal {goal.name} ({goal.sense}): {goal.value:,.2f}; {goal.proof}"
        console.print(Text(said), highlight=False, soft_wrap=True)
    console.print(Text(certificate.bound_note), highlight=False)
