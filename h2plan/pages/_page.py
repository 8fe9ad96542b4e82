"""The demand page: one HTML file that opens without a network and contacts nobody."""

from __future__ import annotations

from functools import cache
from importlib import resources
from pathlib import Path

from h2plan.estimating import Estimate
from h2plan.network import read_roads
from h2plan.outputs import _labels as words
from h2plan.outputs import _page as shell
from h2plan.outputs._labels import Language
from h2plan.outputs._safe import safe_json, safe_script, safe_text
from h2plan.pages._changes import Changes
from h2plan.pages._page_data import page_data
from h2plan.plan.backdrop import sketch

SHARED_SCRIPTS = ("base.js", "symbols.js", "canvas.js", "labels.js", "roads.js")
SCRIPTS = ("words.js", "figures.js", "svg.js", "charts.js", "ranges.js", "map.js", "tables.js", "start.js")


@cache
def asset(name: str) -> str:
    """The text of a file of the demand page in `assets/`."""
    return resources.files("h2plan.pages").joinpath("assets", name).read_text(encoding="utf-8")


def write_page(estimate: Estimate, path: Path, *, changes: Changes | None, language: Language) -> None:
    """Write the page. Equal demand gives equal bytes."""
    network, _, _ = read_roads(estimate.project, year=estimate.periods[-1])
    backdrop = sketch(estimate.project, network, link_kg_per_d={})
    data = page_data(estimate, backdrop, changes=changes, language=language)
    fields = {
        "lang": "zh-CN" if language == "zh" else "en",
        "title": safe_text(data["title"].at(language)),
        "sketch": f"{words.PLANNING_SKETCH.zh} / {words.PLANNING_SKETCH.en}",
        "style": asset("demand.css"),
        "data": safe_json(data),
        "code": safe_script("\n".join((*map(shell.asset, SHARED_SCRIPTS), *map(asset, SCRIPTS)))),
    }
    page = shell.Page(fields, asset("demand.html"))
    region = estimate.project.scenario.region
    centre = (sum(region.lat) / 2, sum(region.lon) / 2)
    page.add_child(shell.leaflet_map("demand", centre=centre, zoom=9, zooms=(5, 16), wheel=False), name="map")
    path.write_text(shell.render(page), encoding="utf-8", newline="\n")
