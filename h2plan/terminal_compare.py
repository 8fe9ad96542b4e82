"""Plans side by side on a terminal: what was asked, figures and stations, only what differs."""

from __future__ import annotations

from typing import TYPE_CHECKING

from rich.console import Console
from rich.table import Table
from rich.text import Text

from h2plan.terminal import PLAIN_WIDTH

if TYPE_CHECKING:
    from h2plan.plan.compare import Comparison, FigureChange
    from h2plan.rewriting import Compared

STATIONS_SHOWN = 40


def show_comparisons(done: Compared) -> None:
    """Print each comparison, then where the page lies."""
    console = Console()
    if not console.is_terminal:
        console = Console(width=PLAIN_WIDTH)
    for comparison in done.comparisons:
        _show(console, comparison)
    console.print(Text(f"page: {done.page}"), highlight=False, soft_wrap=True)


def _show(console: Console, comparison: Comparison) -> None:
    if comparison.asked:
        asked = _table(f"asked: {comparison.first} against {comparison.second}", ("what", "first", "second"))
        for row in comparison.asked:
            asked.add_row(Text(row.name), Text(row.first or "–"), Text(row.second or "–"))
        console.print(asked)
    for differing in comparison.inputs:
        told = f"input differs: {differing.name}{'' if differing.first and differing.second else ' (in one plan only)'}"
        console.print(Text(told), highlight=False, soft_wrap=True)
    figures = _table("figures that differ", ("year", "figure", "first", "second", "change"), right=(2, 3, 4))
    for figure in comparison.figures:
        figures.add_row(str(figure.period), Text(_label(figure)), *_values(figure))
    console.print(figures if comparison.figures else Text("every figure is the same"))
    if comparison.stations:
        console.print(_stations(comparison))
    counts = ", ".join(f"{count} {change}" for change, count in comparison.counts.items()) or "none differs"
    moved = f"{comparison.kg_served_elsewhere:,.0f} kg/d are served where they were not before"
    console.print(Text(f"stations: {counts}, {comparison.stations_same} the same; {moved}"), highlight=False)


def _stations(comparison: Comparison) -> Table:
    heads = ("change", "station", "district", "first kg/d", "second kg/d", "dispensed")
    table = _table("stations that differ", heads, right=(3, 4, 5))
    for row in comparison.stations[:STATIONS_SHOWN]:
        capacity = ("–" if kg is None else f"{kg:,.0f}" for kg in (row.first_kg_per_d, row.second_kg_per_d))
        change = f"{row.dispensed_change_kg_per_d:+,.0f}"
        table.add_row(row.change, Text(row.name), Text(row.district), *capacity, change)
    more = len(comparison.stations) - STATIONS_SHOWN
    if more > 0:
        table.caption = f"and {more} more; --json lists them all"
    return table


def _table(title: str, heads: tuple[str, ...], *, right: tuple[int, ...] = ()) -> Table:
    table = Table(title=Text(title), title_justify="left")
    for place, head in enumerate(heads):
        table.add_column(head, justify="right" if place in right else "left", overflow="fold")
    return table


def _label(figure: FigureChange) -> str:
    from h2plan.plan.results import Figures

    told = str(Figures.__dataclass_fields__[figure.name].metadata.get("en", figure.name))
    return f"{told} ({figure.unit})" if figure.unit and figure.unit != "0-1" else told


def _values(figure: FigureChange) -> tuple[str, str, str]:
    change = figure.second - figure.first
    if figure.unit == "0-1":
        return f"{figure.first:.2%}", f"{figure.second:.2%}", f"{change:+.2%}"
    digits = 0 if max(abs(figure.first), abs(figure.second)) >= 100 else 2
    return f"{figure.first:,.{digits}f}", f"{figure.second:,.{digits}f}", f"{change:+,.{digits}f}"
