"""The siting map: one HTML file that opens without a network and contacts nobody."""

from __future__ import annotations

from pathlib import Path
from typing import Literal

from pydantic import BaseModel, ConfigDict, Field

from h2plan.outputs import _labels as words
from h2plan.outputs._levels import named, release
from h2plan.outputs._map_data import Heading, bounds, map_data
from h2plan.outputs._map_options import OwnLayer, TileServer, image_hosts, layer_data, tile_data
from h2plan.outputs._page import Page, asset, leaflet_map, render
from h2plan.outputs._safe import safe_json, safe_script, safe_text
from h2plan.plan.results import Backdrop, Plan

SCRIPTS = (
    "base.js",
    "words.js",
    "symbols.js",
    "canvas.js",
    "labels.js",
    "points.js",
    "roads.js",
    "tiles.js",
    "data.js",
    "layers.js",
    "stations.js",
    "legend.js",
    "table.js",
    "sheet.js",
    "tools.js",
    "names.js",
    "years.js",
    "start.js",
)


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
    edition: Literal["public", "internal"] = Field(
        default="internal", description="public: withholds what is internal, and carries no watermark"
    )
    layers: tuple[OwnLayer, ...] = Field(default=(), description="boundaries, rivers and areas of your own")
    tiles: TileServer | None = Field(default=None, description="a map service under the plan; blank: none, offline")


def write(plan: Plan, backdrop: Backdrop, folder: Path, options: Options) -> list[Path]:
    """Write the map page. Equal plans and options give equal bytes."""
    shown = release(plan, options.edition)
    heading = Heading(
        title=options.title,
        approval_number=options.approval_number,
        language=options.language,
        public=options.edition == "public",
    )
    data = map_data(shown, backdrop, heading, own=[layer_data(layer) for layer in options.layers])
    data["tiles"] = tile_data(options.tiles)
    fields = {
        "lang": "zh-CN" if options.language == "zh" else "en",
        "title": safe_text(data["title"].at(options.language)),
        "sketch": f"{words.PLANNING_SKETCH.zh} / {words.PLANNING_SKETCH.en}",
        "style": asset("page.css"),
        "data": safe_json(data),
        "code": safe_script("\n".join(asset(name) for name in SCRIPTS)),
    }
    page = Page(fields, asset("page.html"))
    (south, west), (north, east) = bounds([shown])
    centre = ((south + north) / 2, (west + east) / 2)
    page.add_child(leaflet_map("plan", centre=centre, zoom=10, zooms=(4, 18)), name="map")
    stem, _, _ = options.file.rpartition(".")
    path = folder / f"{named(stem, options.edition)}.html"
    path.write_text(render(page, image_hosts=image_hosts(options.tiles)), encoding="utf-8", newline="\n")
    return [path]
