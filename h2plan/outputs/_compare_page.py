"""Plans beside each other in one HTML file: twin maps that move together, and a map and table of what differs."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

from h2plan.errors import Fault, InputError
from h2plan.outputs import _labels as words
from h2plan.outputs._columns import Texts, deg
from h2plan.outputs._labels import Language
from h2plan.outputs._levels import Edition, release
from h2plan.outputs._lines import in_order, line_columns
from h2plan.outputs._map_data import bounds
from h2plan.outputs._map_years import STATUS, Known, year_data
from h2plan.outputs._page import Page, asset, leaflet_map, render
from h2plan.outputs._report_facts import answer, question
from h2plan.outputs._safe import safe_json, safe_script, safe_text
from h2plan.plan.compare import tables_of
from h2plan.plan.results import Backdrop, Figures, Plan

SCRIPTS = (
    "base.js",
    "words.js",
    "symbols.js",
    "canvas.js",
    "labels.js",
    "roads.js",
    "stations.js",
    "compare_words.js",
    "differences.js",
    "compare.js",
)
FIGURES = (
    "stations",
    "stations_new",
    "demand_kg_per_d",
    "served_kg_per_d",
    "served_share",
    "capacity_kg_per_d",
    "utilisation",
    "capex_cny",
    "annual_cost_cny_per_yr",
    "station_cost_cny_per_kg",
    "mean_travel_min",
)
TITLE = words.Text("规划方案对比", "Plans compared")


def write_comparison(
    plans: Sequence[Plan],
    backdrops: Sequence[Backdrop],
    folder: Path,
    *,
    language: Language = "zh",
    file: str = "comparison.html",
    approval_number: str = "",
    edition: Edition = "internal",
) -> Path:
    """Write the page of two plans or more; the first is what the others are compared with, and its roads are drawn.

    Raises:
        InputError: fewer than two plans, or not one backdrop for each.
    """
    if len(plans) < 2 or len(backdrops) != len(plans):
        message = f"{len(plans)} plans and {len(backdrops)} backdrops; two plans or more and a backdrop each are needed"
        raise InputError(Fault(where="comparison", message=message))
    shown = [release(plan, edition) for plan in plans]
    texts, drawn = Texts(), backdrops[0]
    (south, west), (north, east) = corners = bounds([plan.at(period) for plan in shown for period in plan.periods])
    data: dict[str, Any] = {
        "language": words.LANGUAGES.index(language),
        "title": TITLE,
        "approval": approval_number,
        "public": edition == "public",
        "attribution": _attribution(shown, backdrops),
        "bounds": corners,
        "plans": [_plan(plan, drawn, texts) for plan in shown],
        "seats": [[words.either(name, name_en), deg(lat), deg(lon)] for name, name_en, lon, lat in drawn.seats],
        "lines": line_columns(drawn, texts),
        "kinds": [],
        "figures": [_figure(name) for name in FIGURES],
        "statuses": STATUS,
        "texts": texts.table(),
    }
    fields = {
        "lang": "zh-CN" if language == "zh" else "en",
        "title": safe_text(TITLE.at(language)),
        "sketch": f"{words.PLANNING_SKETCH.zh} / {words.PLANNING_SKETCH.en}",
        "style": asset("page.css") + asset("compare.css"),
        "data": safe_json(data),
        "code": safe_script("\n".join(asset(name) for name in SCRIPTS)),
    }
    page = Page(fields, asset("compare.html"))
    centre = ((south + north) / 2, (west + east) / 2)
    for name in ("first", "second", "difference"):
        one = leaflet_map(name, centre=centre, zoom=9, zooms=(4, 18), starts=name == "difference")
        page.add_child(one, name=name)
    path = folder / file
    path.write_text(render(page), encoding="utf-8", newline="\n")
    return path


def _attribution(plans: Sequence[Plan], backdrops: Sequence[Backdrop]) -> list[str]:
    texts = [backdrop.attribution for backdrop in backdrops] + [text for plan in plans for text in plan.attributions]
    return list(dict.fromkeys(text for text in texts if text))


def _figure(name: str) -> list[Any]:
    """[label, unit] of a figure of the plan."""
    unit = Figures.__dataclass_fields__[name].metadata["unit"]
    return [words.label(Figures, name), unit]


def _plan(plan: Plan, drawn: Backdrop, texts: Texts) -> dict[str, Any]:
    """One plan by years: its figures as numbers, and its stations without whom they serve."""
    known = Known(
        texts=texts,
        lines=in_order(drawn),
        backdrop=replace(drawn, reached={}),
        place_of={},
        sources={},
        districts={name: words.either(name, name_en) for name, name_en, _, _ in drawn.seats},
        spots={},
    )
    years = [replace(plan.at(period), allocations=(), deliveries=(), demand=()) for period in plan.periods]
    return {
        "asked": {key: [question(key), answer(key, value)] for key, value in plan.question.items()},
        "inputs": {path: digest[:12] for path, digest in tables_of(plan).items()},
        "scenario": plan.scenario,
        "title": words.either(plan.title, plan.title_en),
        "years": [
            {
                "period": year.period,
                "figures": [getattr(year.figures, name) for name in FIGURES],
                "stations": year_data(year, before, known)["stations"],
            }
            for year, before in zip(years, (None, *years[:-1]), strict=True)
        ],
    }
