"""What the command line says of a front."""

from __future__ import annotations

from typing import TYPE_CHECKING

from rich.console import Console
from rich.table import Column, Table

if TYPE_CHECKING:
    from h2plan.outputs._labels import Language
    from h2plan.pipeline import FrontOutcome

HEADS = {
    "zh": ("加氢站", "新建", "新增投资(万元)", "需求满足率", "总成本(万元)", "间隙", "状态"),
    "en": ("stations", "new", "capital, 10,000 CNY", "served", "cost, 10,000 CNY", "gap", "status"),
}


def show_front(outcome: FrontOutcome, *, language: Language) -> None:
    """Print the points as a table, what is to be known of them, and where they are written."""
    from h2plan.outputs._report_text import word

    console = Console(soft_wrap=True)
    table = Table(*(Column(head, overflow="fold") for head in HEADS[language]))
    for point in outcome.front.points:
        table.add_row(
            str(point.stations),
            str(point.stations_new),
            f"{point.capex_cny / 1e4:,.0f}",
            f"{point.served_share:.1%}",
            f"{point.cost_cny / 1e4:,.0f}",
            "" if point.gap is None else f"{point.gap:.2%}",
            word("stopped", point.stopped, language),
        )
    console.print(table)
    if outcome.front.beaten:
        console.print(f"{len(outcome.front.beaten)} points are beaten by others and left out")
    for note in outcome.front.notes:
        console.print(note)
    console.print(f"front: {outcome.folder}")
