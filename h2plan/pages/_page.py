"""The demand page: one HTML file that opens without a network and contacts nobody."""

from __future__ import annotations

from functools import cache
from importlib import resources
from pathlib import Path
from typing import Any

import folium
from branca.element import MacroElement
from folium.template import Template

from h2plan.estimating import Estimate
from h2plan.network import read_roads
from h2plan.outputs import _labels as words
from h2plan.outputs import _page as shell
from h2plan.outputs._labels import Language
from h2plan.outputs._map_data import DEGREE_DIGITS, drawn_lines
from h2plan.outputs._safe import safe_json, safe_script, safe_text
from h2plan.pages._changes import Changes
from h2plan.pages._page_data import page_data
from h2plan.plan.backdrop import sketch
from h2plan.plan.results import Backdrop

SHARED_SCRIPTS = ("base.js", "symbols.js", "labels.js")
SCRIPTS = ("words.js", "figures.js", "svg.js", "charts.js", "ranges.js", "map.js", "tables.js", "start.js")
STYLES = {
    "river": {"color": "#c5dcea", "weight": 6},
    "access": {"color": "#e2dfd9", "weight": 0.6},
    "street": {"color": "#dedad2", "weight": 0.7},
    "trunk": {"color": "#d3cab8", "weight": 1.2},
    "motorway": {"color": "#c6b79d", "weight": 1.8},
}


@cache
def asset(name: str) -> str:
    """The text of a file of the demand page in `assets/`."""
    return resources.files("h2plan.pages").joinpath("assets", name).read_text(encoding="utf-8")


class DemandPage(shell.Page):
    """The document around the map and the charts; its layout is `assets/demand.html`."""

    def __init__(self, fields: dict[str, str]) -> None:
        super().__init__(fields)
        self._template = Template(asset("demand.html"))


class DemandMap(folium.Map):
    """A folium map of Leaflet alone: no tiles, no jQuery, no fonts from elsewhere."""

    default_js = [("leaflet", shell.LEAFLET_JS)]  # noqa: RUF012
    default_css = [("leaflet_css", shell.LEAFLET_CSS)]  # noqa: RUF012


class Start(MacroElement):
    """Hands the map and its backdrop over to our own script."""

    _template = Template(
        """
        {% macro script(this, kwargs) %}
        h2plan.start({{ this._parent.get_name() }}, {
            {%- for group, layer in this.backdrop.items() %} {{ group }}: {{ layer.get_name() }}, {%- endfor %} });
        {% endmacro %}
        """
    )

    def __init__(self, backdrop: dict[str, folium.GeoJson]) -> None:
        super().__init__()  # type: ignore[no-untyped-call]
        self.backdrop = backdrop


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
    page = DemandPage(fields)
    page.add_child(_map(estimate, backdrop), name="map")
    path.write_text(shell.render(page), encoding="utf-8", newline="\n")


def _map(estimate: Estimate, backdrop: Backdrop) -> DemandMap:
    region = estimate.project.scenario.region
    drawn = DemandMap(
        location=[sum(region.lat) / 2, sum(region.lon) / 2],
        zoom_start=9,
        tiles=None,
        prefer_canvas=True,
        zoom_control=False,
        attribution_control=False,
        zoom_snap=0.25,
        zoom_delta=0.5,
        scroll_wheel_zoom=False,
        font_size="13px",
    )
    drawn.options.update(min_zoom=5, max_zoom=16)
    _named(drawn, "demand")
    layers = {group: _lines(group, lines) for group, lines in drawn_lines(backdrop).items()}
    for group, layer in layers.items():
        _named(layer, group).add_to(drawn)
    _named(Start(layers), "demand").add_to(drawn)
    return drawn


def _named(element: Any, name: str) -> Any:
    """Give a folium element a fixed name, where folium would draw a random one."""
    element._id = name
    return element


def _lines(group: str, lines: Any) -> folium.GeoJson:
    """Lines as a folium layer; all one feature, their names stay out."""
    coordinates = [
        [[round(lon, DEGREE_DIGITS), round(lat, DEGREE_DIGITS)] for lon, lat in line.coords] for line in lines.values()
    ]
    feature = {
        "type": "Feature",
        "id": group,
        "properties": {},
        "geometry": {"type": "MultiLineString", "coordinates": coordinates},
    }
    style = STYLES[group]
    return folium.GeoJson(
        {"type": "FeatureCollection", "features": [feature]},
        name=group,
        style_function=lambda _: style,
        smooth_factor=1,
        control=False,
    )
