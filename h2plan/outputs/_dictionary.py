"""The data dictionary: every field of every table of a plan, from the types themselves, as a page of Markdown."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import fields

from h2plan.outputs._layers import TITLES
from h2plan.outputs._levels import FIELD_LEVELS, LEVEL_NAMES, levels_of
from h2plan.outputs._ranking import RANKING
from h2plan.outputs._tables import field_label

TABLES = {
    "Station": "stations",
    "Candidate": "candidates",
    "DemandRow": "demand",
    "Allocation": "allocations",
    "DistrictRow": "districts",
    "Source": "sources",
    "SourceUse": "source_use",
    "SupplyFlow": "deliveries",
    "Centre": "centres",
    "Build": "builds",
    "YearMoney": "money",
    "Loss": "losses",
    "RuleOutcome": "rules",
    "StationEquipment": "equipment",
    "Verdict": "screening",
    "UnplacedSite": "unplaced",
    "Figures": "figures",
}
"""Row type to the layer, sheet or file that holds its rows; a type without one stands inside other files only."""
HEAD = """# Data dictionary

Made from the types by `make docs`; do not edit. A table is a sheet of `plan.xlsx`, a layer of `plan.gpkg`, a file of
the CSV and Parquet exports. Tables of a plan of several years have the year (`period`, 年份) in front. A range makes
three columns, `_low`, `_base` and `_high`. Units: kg/d kilograms of hydrogen a day; shares run from 0 to 1 (shown
as percent in Excel). What a level means stands in [Lists, editions and QGIS](howto-lists.md).
"""
ROW = "| `{name}` | {unit} | {zh} | {en} | {level} |"


def dictionary() -> str:
    """Return the page."""
    return HEAD + "".join(f"\n{part}\n" for part in _tables())


def _tables() -> Iterator[str]:
    for row_type in FIELD_LEVELS:
        levels = levels_of(row_type)
        table = TABLES.get(row_type.__name__)
        title = f"## {row_type.__name__}"
        if table is not None:
            title += f": `{table}` ({TITLES[table].zh}, {TITLES[table].en})"
        lines = [title, "", (row_type.__doc__ or "").strip().splitlines()[0], ""]
        lines += ["| field | unit | 中文 | English | level |", "|---|---|---|---|---|"]
        if table == "candidates":
            lines += [
                ROW.format(name=name, unit=unit, zh=label.zh, en=label.en, level=_level(level))
                for name, (label, unit, level) in RANKING.items()
            ]
        for field in fields(row_type):
            if field.name in ("levels", "clauses"):
                continue  # tables of their own
            zh, unit = field_label(row_type, field, "zh")
            en, _ = field_label(row_type, field, "en")
            lines.append(ROW.format(name=field.name, unit=unit, zh=zh, en=en, level=_level(levels[field.name])))
        yield "\n".join(lines)


def _level(level: str) -> str:
    return next(f"{name.en} {name.zh}" for key, name in LEVEL_NAMES.items() if key == level)
