"""A layer as GeoJSON text."""

from __future__ import annotations

import json
from typing import Any

from h2plan.outputs._export import PlacedOptions, epsg
from h2plan.outputs._layers import Layer, Lines, is_in_degrees
from h2plan.outputs._tables import Cell, rounded
from h2plan.plan.results import Plan

POSITION = frozenset({"lon", "lat", "x", "y"})
DEGREE_DIGITS, METRE_DIGITS = 6, 2


def feature_collection(layer: Layer, plan: Plan, options: PlacedOptions) -> str:
    """Return a layer as a FeatureCollection: RFC 7946 in WGS 84, six decimals, English field names.

    Another datum breaks that standard, which knows WGS 84 only: the file then names it in `crs` (EPSG systems, as
    GDAL reads it) and in `h2plan.datum`, and programs that look at neither draw it in the wrong place.
    """
    collection: dict[str, Any] = {"type": "FeatureCollection"}
    system = epsg(options.crs)
    if options.crs != "wgs84" and system is not None:
        name = f"urn:ogc:def:crs:{system.replace(':', '::')}"
        collection["crs"] = {"type": "name", "properties": {"name": name}}
    collection["h2plan"] = {
        "layer": layer.name,
        "scenario": plan.scenario,
        "edition": options.edition,
        "datum": options.crs,
        "attribution": list(plan.attributions),
    }
    digits = DEGREE_DIGITS if is_in_degrees(options.crs) else METRE_DIGITS
    ids = _ids(layer)
    collection["features"] = [
        {
            "type": "Feature",
            **({"id": ids[number]} if ids else {}),
            "geometry": _geometry(layer, place, digits),
            "properties": _properties(layer, row),
        }
        for number, (row, place) in enumerate(zip(layer.rows, layer.places, strict=True))
    ]
    return json.dumps(collection, ensure_ascii=False, allow_nan=False, indent=1) + "\n"


def _ids(layer: Layer) -> list[Cell]:
    """Return the ids of the rows where each row has its own, else none: a station of two years has two rows."""
    names = [field.name for field in layer.fields]
    key = next((name for name in ("site_id", "id") if name in names), None)
    found = layer.column(key) if key is not None else []
    return found if len(set(found)) == len(found) else []


def _properties(layer: Layer, row: tuple[Cell, ...]) -> dict[str, Cell]:
    return {
        field.name: rounded(value, field.unit)
        for field, value in zip(layer.fields, row, strict=True)
        if field.name not in POSITION
    }


def _geometry(layer: Layer, place: Lines, digits: int) -> dict[str, Any] | None:
    if not place:
        return None
    lines = [[[round(x, digits), round(y, digits)] for x, y in line] for line in place]
    if layer.shape == "point":
        return {"type": "Point", "coordinates": lines[0][0]}
    return {"type": "MultiLineString", "coordinates": lines}
