"""The siting map: one HTML file that opens without a network and contacts nobody."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any, Literal

import folium
from branca.element import MacroElement
from folium.template import Template
from pydantic import BaseModel, ConfigDict, Field

from h2plan.outputs import _labels as words
from h2plan.outputs._map_data import DEGREE_DIGITS, bounds, drawn_lines, map_data
from h2plan.outputs._page import LEAFLET_CSS, LEAFLET_JS, Page, asset, render
from h2plan.outputs._safe import safe_json, safe_script, safe_text
from h2plan.plan.results import Backdrop, Line, Plan

SCRIPTS = ("base.js", "symbols.js", "labels.js", "layers.js", "legend.js", "panel.js", "start.js")
STYLES = {
    "river": {"color": "#c5dcea", "weight": 9, "lineCap": "round", "lineJoin": "round"},
    "access": {"color": "#d9d6cf", "weight": 0.8, "dashArray": "3 3"},
    "street": {"color": "#d6d1c7", "weight": 0.9},
    "trunk": {"color": "#cbbfa8", "weight": 1.6},
    "motorway": {"color": "#bba88a", "weight": 2.4},
}


class Options(BaseModel):
    """What may be set for the map."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    language: Literal["zh", "en"] = Field(default="zh", description="language the page opens in; it can be switched")
    file: str = Field(
        default="map.html", pattern=r"^[\w][\w.-]*\.html$", description="file name inside the result folder"
    )
    title: str = Field(default="", description="heading of the map; blank takes the title of the plan")
    approval_number: str = Field(
        default="", description="map approval number (审图号); blank leaves a place to fill in on the page"
    )


class PlanMap(folium.Map):
    """A folium map of Leaflet alone: no tiles, no jQuery, no fonts from elsewhere."""

    default_js = [("leaflet", LEAFLET_JS)]  # noqa: RUF012
    default_css = [("leaflet_css", LEAFLET_CSS)]  # noqa: RUF012


class PlanLayers(MacroElement):
    """Hands the map and its backdrop over to our own script, which draws the plan on them."""

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


def write(plan: Plan, backdrop: Backdrop, folder: Path, options: Options) -> list[Path]:
    """Write the map page. Equal plans and options give equal bytes."""
    data = map_data(
        plan,
        backdrop,
        title=options.title,
        approval_number=options.approval_number,
        language=options.language,
    )
    fields = {
        "lang": "zh-CN" if options.language == "zh" else "en",
        "title": safe_text(data["title"].at(options.language)),
        "sketch": f"{words.PLANNING_SKETCH.zh} / {words.PLANNING_SKETCH.en}",
        "style": asset("page.css"),
        "data": safe_json(data),
        "code": safe_script("\n".join(asset(name) for name in SCRIPTS)),
    }
    page = Page(fields)
    page.add_child(_folium_map(plan, backdrop), name="map")
    path = folder / options.file
    path.write_text(render(page), encoding="utf-8", newline="\n")
    return [path]


def _folium_map(plan: Plan, backdrop: Backdrop) -> PlanMap:
    (south, west), (north, east) = bounds(plan)
    drawn = PlanMap(
        location=[(south + north) / 2, (west + east) / 2],
        zoom_start=10,
        tiles=None,
        prefer_canvas=True,
        zoom_control=False,
        attribution_control=False,
        zoom_snap=0.25,
        zoom_delta=0.5,
        wheel_px_per_zoom_level=90,
        font_size="13px",
    )
    drawn.options.update(min_zoom=6, max_zoom=17)
    _named(drawn, "plan")
    layers = {group: _lines(group, lines) for group, lines in drawn_lines(backdrop).items()}
    for group, layer in layers.items():
        _named(layer, group).add_to(drawn)
    _named(PlanLayers(layers), "plan").add_to(drawn)
    return drawn


def _named(element: Any, name: str) -> Any:
    """Give a folium element a fixed name, where folium would draw a random one."""
    element._id = name
    return element


def _lines(group: str, lines: Mapping[str, Line]) -> folium.GeoJson:
    """Lines as a folium layer. Their names stay out: folium compiles what it renders as a template once more."""
    features = [
        {
            "type": "Feature",
            "id": key,
            "properties": {},
            "geometry": {
                "type": "LineString",
                "coordinates": [[round(lon, DEGREE_DIGITS), round(lat, DEGREE_DIGITS)] for lon, lat in line.coords],
            },
        }
        for key, line in lines.items()
    ]
    style = STYLES[group]
    return folium.GeoJson(
        {"type": "FeatureCollection", "features": features},
        name=group,
        style_function=lambda _: style,
        smooth_factor=0.8,
        control=False,
    )
