"""What a plan of several years looks like on a terminal: a table by year, and what is built when."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING

from rich.table import Table
from rich.text import Text

if TYPE_CHECKING:
    from h2plan.plan.results import Plan


def years(plan: Plan) -> Table:
    """Return a row a year: what is built, what stands, who is served, and the money."""
    table = Table(title=Text("year by year (kg/d; million CNY)"), title_justify="left")
    heads = ("year", "new", "larger", "closed", "stations", "capacity", "demand", "served", "share", "used")
    for header in (*heads, "spent", "left", "cost/yr"):
        table.add_column(header, justify="right", no_wrap=True)
    money = {row.period: row for row in plan.money}
    for period in plan.periods:
        figures = plan.at(period).figures
        built = Counter(row.what for row in plan.builds if row.period == period)
        row = money.get(period)
        table.add_row(
            str(period),
            *(str(number) for number in (built["open"], built["upgrade"] + built["extend"], built["close"])),
            str(figures.stations),
            f"{figures.capacity_kg_per_d:,.0f}",
            f"{figures.demand_kg_per_d:,.0f}",
            f"{figures.served_kg_per_d:,.0f}",
            f"{figures.served_share:.1%}",
            f"{figures.utilisation:.0%}",
            "" if row is None else f"{row.spent_cny / 1e6:,.1f}",
            "" if row is None or row.left_cny is None else f"{row.left_cny / 1e6:,.1f}",
            f"{figures.annual_cost_cny_per_yr / 1e6:,.1f}",
        )
    return table
