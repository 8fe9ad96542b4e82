"""What the demand of a scenario looks like on a terminal: totals, sums, and what changed against another scenario."""

from __future__ import annotations

from collections.abc import Sequence

from rich.console import Console
from rich.measure import Measurement
from rich.table import Table
from rich.text import Text

from h2plan.estimating import Estimate
from h2plan.pages._changes import Changes
from h2plan.pages._page_data import DRAWS, SEED
from h2plan.pages._sheets import worded
from h2plan.pages.demand import Published

SHOWN = 60
"""Characters of a setting that a line shows; the page and the workbook have it whole."""
WIDEST = 1_000
"""Columns that no table reaches."""


def show_demand(estimate: Estimate, published: Published, *, by: Sequence[str], quiet: bool) -> None:
    """Print totals by year, sums by the columns asked for, changes, and where the files lie."""
    console = Console()
    title = estimate.project.scenario.title
    _line(console, f"{title.en} ({title.zh})")
    _show(console, _totals(estimate))
    if not quiet:
        for columns in by:
            _line(console, f"kg/d (base) by {columns}")
            _show(console, _sums(estimate, columns.split(",")))
        _say_basis(console, estimate)
    if published.changes is not None:
        _line(console, f"what changed against {published.changes.other}, kg/d (base)")
        _show(console, _causes(published.changes))
        _say_settings(console, published.changes)
    for note in published.notes:
        _line(console, f"note: {note}")
    _line(console, f"results: {published.folder}")
    if not quiet:
        for path in published.files:
            _line(console, f"  {path}")


def _line(console: Console, text: str) -> None:
    console.print(Text(text), highlight=False, soft_wrap=True)


def _show(console: Console, table: Table) -> None:
    """Print a table; where a window is too narrow for its figures, lines wrap but no figure is cut."""
    least = Measurement.get(console, console.options.update(max_width=WIDEST), table).minimum
    console = console if least <= console.width else Console(width=least)
    console.print(table)


def _totals(estimate: Estimate) -> Table:
    headers = ("year", "vehicles", "kg/d\nlow", "\nbase", "\nhigh", "90 % of\ndraws", "peak\nkg/h", "signed\nkg/d")
    table = _table(headers, left=())
    draws = estimate.draws(DRAWS, SEED)
    for year in estimate.periods:
        total, likely = estimate.total(year), draws.quantiles(year)
        table.add_row(
            str(year),
            f"{estimate.fleet.total(year):,}",
            *(f"{value:,.0f}" for value in (total.low, total.base, total.high)),
            f"{likely[0]:,.0f}-{likely[-1]:,.0f}",
            f"{estimate.peak_kg_per_h(year).base:,.0f}",
            f"{estimate.signed_kg_per_d(year):,.0f}",
        )
    return table


def _sums(estimate: Estimate, columns: Sequence[str]) -> Table:
    """Base kg/d by columns of the ledger, one column a year."""
    frame = estimate.by(*columns)
    wide = frame.pivot_table(index=list(columns), columns="period", values="kg_per_d_base", sort=False, fill_value=0.0)
    wide = wide.sort_values(wide.columns[-1], ascending=False)
    table = _table((*columns, *map(str, wide.columns)), left=columns)
    for key, *values in wide.itertuples():
        keys = key if isinstance(key, tuple) else (key,)
        told = (str(worded(name, part, estimate, "en")) for name, part in zip(columns, keys, strict=True))
        table.add_row(*(Text(text or "-") for text in told), *(f"{value:,.1f}" for value in values))
    table.add_section()
    totals = (f"{estimate.total(int(year)).base:,.1f}" for year in wide.columns)
    table.add_row("total", *[""] * (len(columns) - 1), *totals)
    return table


def _say_basis(console: Console, estimate: Estimate) -> None:
    """Say in words what fleet and kilograms rest on."""
    for figure in estimate.adoption:
        _line(console, f"{figure.period}: {figure.vehicles:,} vehicles: {figure.sentence}")
    for fit in estimate.fits:
        _line(console, fit)
    year = estimate.periods[-1]
    grades = estimate.by("verified").query(f"period == {year}").set_index("verified")["kg_per_d_base"]
    total = estimate.total(year).base
    words = {"yes": "verified", "partly": "partly verified", "no": "not verified"}
    parts = [f"{grades[grade] / total:.0%} {word}" for grade, word in words.items() if grade in grades and total > 0]
    _line(
        console, f"{year}: kg/d by grade of their tables: {', '.join(parts)}; {len(estimate.assumptions)} assumptions"
    )


def _causes(changes: Changes) -> Table:
    headers = ("year", changes.other, "fleet\nsize", "mix of\nclasses", "kg of a\nvehicle", changes.name)
    table = _table(headers, left=())
    for row in changes.causes:
        parts = (f"{value:+,.1f}" for value in (row.fleet, row.mix, row.each))
        table.add_row(str(row.period), f"{row.before:,.1f}", *parts, f"{row.after:,.1f}")
    return table


def _say_settings(console: Console, changes: Changes) -> None:
    for setting in changes.settings:
        before, after = (text if len(text) <= SHOWN else f"{text[:SHOWN]}…" for text in (setting.before, setting.after))
        _line(console, f"  {setting.where}: {before or '(not set)'} -> {after or '(not set)'}")


def _table(headers: Sequence[str], *, left: Sequence[str]) -> Table:
    table = Table()
    for header in headers:
        is_text = header in left
        table.add_column(Text(header), justify="left" if is_text else "right", no_wrap=not is_text)
    return table
