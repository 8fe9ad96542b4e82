"""The report that a planning bureau can read in a minute, study and print: a page, a Word document, a PDF."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict

from h2plan.outputs import _report_facts as facts
from h2plan.outputs import _report_network as network
from h2plan.outputs._labels import Language, either, money, number, percent
from h2plan.outputs._levels import EDITION_NAMES, Edition, named, release
from h2plan.outputs._report_page import Wish, amount, environment, publish
from h2plan.outputs._report_text import COSTS, FIGURE_TITLES, HEADS, TILES, word
from h2plan.plan.results import Backdrop, Figures, Plan

MISSING = "–"
SECTIONS = (
    "summary",
    "asked",
    "proposal",
    "equipment",
    "years",
    "supply",
    "resilience",
    "demand",
    "levels",
    "cost",
    "trust",
    "screening",
    "method",
    "sources",
)
"""The sections in their order; those without anything to say take no number."""
WORD_FILTERS = ("kind", "level", "stopped", "goal", "sense", "model", "objective", "verified")
CNY_PER_UNIT: Mapping[str, float] = {"zh": 1e4, "en": 1e6}
"""Tables give money in 万元 and in million CNY."""


class Options(BaseModel):
    """How the report is written."""

    model_config = ConfigDict(extra="forbid", frozen=True, use_attribute_docstrings=True)

    language: Literal["zh", "en"] = "zh"
    """Language of the report."""
    approval_number: str = ""
    """Map approval number (审图号), printed under the title; blank: to be filled in."""
    edition: Edition = "internal"
    """public (公示版): without what an office keeps to itself; internal (内部版); sensitive (敏感版): everything."""
    docx: bool = True
    """Write report.docx, too: editable, on A4, laid out as official documents are."""
    pdf: Wish = "never"
    """report.pdf: auto where a Chromium is at hand; always: an error where there is none."""


def write(plan: Plan, backdrop: Backdrop, folder: Path, options: Options) -> list[Path]:
    """Write report.html and what else is asked for; return the paths.

    The page holds no script and asks for nothing from outside.

    Raises:
        EnvironmentFault: a PDF is asked for and no Chromium is at hand.
    """
    folder.mkdir(parents=True, exist_ok=True)
    shown = release(plan, options.edition)
    path = folder / f"{named('report', options.edition)}.html"
    districts = facts.district_names(backdrop, options.language)
    template = environment(options.language, districts).get_template("report.html.j2")
    page = template.render(_context(shown, backdrop, options, districts))
    return publish(page, path, language=options.language, docx=options.docx, pdf=options.pdf)


def _context(plan: Plan, backdrop: Backdrop, options: Options, districts: Mapping[str, str]) -> dict[str, Any]:
    language = options.language
    stations = facts.numbered(plan, districts, language)
    more = network.context(plan, language)
    return {
        **more,
        "number": _numbers(more),
        "language": language,
        "approval_number": options.approval_number,
        "edition": EDITION_NAMES[options.edition].at(language),
        "plan": plan,
        "f": plan.figures,
        "backdrop": backdrop,
        "title": either(plan.title, plan.title_en).at(language),
        "bars_shown": facts.BARS_SHOWN,
        "question": facts.question_rows(plan, language),
        "demand_groups": facts.by_demand_kind(plan, language),
        "roaming_kg_per_d": sum(row.kg_per_d.base for row in plan.demand if not row.district),
        "kinds": facts.by_kind(plan.stations, language),
        "sizes": facts.by_size(plan.stations, language),
        "stations": stations,
        "districts": facts.district_rows(plan.districts, districts, language),
        "has_roaming_row": any(not row.district for row in plan.districts),
        "alternatives": [(word("alternative", row.name, language), row) for row in plan.alternatives],
        "doubt": facts.doubtful(plan.stations),
        "review_kg_per_d": sum(row.dispensed_kg_per_d for row in plan.stations if row.verdict == "review"),
        "points": [facts.point(point, language) for point in plan.points],
        "doubtful_share": facts.share(plan.figures.kg_on_presumed_or_imprecise, plan.figures.served_kg_per_d),
        "chosen": sum(candidate.chosen for candidate in plan.candidates),
        "barred": facts.refusals(plan, "barred", language),
        "review": facts.refusals(plan, "review", language),
        "charts": _charts(plan, backdrop, stations, districts, language),
        "say_tiles": _tiles(plan.figures, language),
        "say_costs": _costs(plan.figures, language),
        "say_heads": {
            name: [(label.at(language), kind) for label, kind in cells]
            for name, cells in {**HEADS, **network.HEADS}.items()
        },
    }


def _numbers(rows: Mapping[str, Any]) -> dict[str, int]:
    """Number the sections that have something to say."""
    there = {
        "equipment": bool(rows["equipment"]),
        "years": bool(rows["years"]),
        "supply": any(rows[name] for name in ("modes", "source_use", "centres")),
        "resilience": any(rows[name] for name in ("losses", "rules")),
    }
    shown = [name for name in SECTIONS if there.get(name, True)]
    return {name: shown.index(name) + 1 if name in shown else 0 for name in SECTIONS}


def _charts(
    plan: Plan,
    backdrop: Backdrop,
    stations: list[facts.Numbered],
    districts: Mapping[str, str],
    language: Language,
) -> dict[str, Any]:
    titles = {name: title.at(language) for name, title in FIGURE_TITLES.items()}
    years = [(str(row.period), row.served_kg_per_d, row.demand_kg_per_d) for row in network.years(plan)]
    return {
        "years": facts.served_chart(years, title=titles["years"]),
        "map": facts.plan_map(stations, backdrop, language, title=titles["map"]),
        "utilisation": facts.utilisation_chart(stations, title=titles["utilisation"]),
        "districts": facts.district_chart(plan.districts, districts, language, title=titles["districts"]),
        "levels": facts.level_chart(plan.figures.levels, language, title=titles["levels"]),
    }


def _tiles(figures: Figures, language: Language) -> list[tuple[str, str]]:
    values = {
        "stations": number(figures.stations),
        "served_share": percent(figures.served_share),
        "capex_cny": money(figures.capex_cny).at(language),
        "capacity_kg_per_d": f"{number(figures.capacity_kg_per_d)} kg/d",
        "utilisation": percent(figures.utilisation),
        "mean_travel_min": f"{number(figures.mean_travel_min, 1)} {'分钟' if language == 'zh' else 'min'}",
    }
    return [(values[name], label.at(language)) for name, label in TILES.items()]


def _costs(figures: Figures, language: Language) -> list[tuple[str, str, str]]:
    """Return each cost with its label and what it means; unit costs in CNY/kg, the others in the table's unit."""
    return [
        (
            label.at(language),
            number(getattr(figures, name), 2) if name.endswith("_per_kg") else amount(getattr(figures, name), language),
            note.at(language),
        )
        for name, (label, note) in COSTS.items()
    ]
