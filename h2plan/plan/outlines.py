"""Lines and rims of polygons from a GeoJSON file of the user's, for the map."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

from h2plan.errors import Fault, InputError
from h2plan.plan.results import Line
from h2plan.tables.files import TableFile
from h2plan.tables.formats._geojson import read_geojson
from h2plan.tables.places import in_degrees

MAX_BYTES = 50_000_000
DRAWN = ("LineString", "MultiLineString", "Polygon", "MultiPolygon")


def read_outlines(path: Path, *, where: str, crs: str) -> tuple[Line, ...]:
    """Read the lines and polygons of a GeoJSON file in a datum as WGS-84 lines, each with the name of its feature.

    Raises:
        InputError: no GeoJSON, a feature without a geometry that can be drawn as a line; all faults at once.
    """
    contents = read_geojson(TableFile(path, where), max_bytes=MAX_BYTES)
    lines: list[Line] = []
    faults: list[Fault] = []
    shapes: Sequence[Any] = contents.shapes or ()
    for (number, row), shape in zip(contents.rows, shapes, strict=True):
        fault = _fault(shape, crs)
        if fault is not None:
            faults.append(Fault(where=where, row=number, message=fault))
            continue
        values = dict(zip(contents.columns, row if isinstance(row, list) else (), strict=True))
        name = str(values.get("name") or "")
        kind = "area" if "Polygon" in shape.geom_type else "line"
        for part, coords in enumerate(_parts(in_degrees(shape, crs))):
            lines.append(Line(id=f"{where}-{number}-{part}", name=name, kind=kind, coords=coords))
    if faults:
        raise InputError(faults)
    return tuple(lines)


def _fault(shape: Any, crs: str) -> str | None:
    """Return what is wrong with a feature, if anything."""
    if shape is None:
        return "the feature has no geometry"
    if isinstance(shape, str):
        return shape
    if shape.geom_type not in DRAWN:
        return f"the geometry is a {shape.geom_type}; a layer of the map holds lines and polygons"
    if shape.is_empty:
        return "the geometry is empty"
    west, south, east, north = in_degrees(shape, crs).bounds
    if not (-180 <= west <= east <= 180 and -90 <= south <= north <= 90):
        return f"coordinates {west:g}..{east:g}, {south:g}..{north:g} are no degrees; name the datum they are in by crs"
    return None


def _parts(shape: Any) -> Iterator[tuple[tuple[float, float], ...]]:
    """Every line of a shape, and every ring of its polygons."""
    for part in getattr(shape, "geoms", (shape,)):
        rings = (part.exterior, *part.interiors) if part.geom_type == "Polygon" else (part,)
        for ring in rings:
            yield tuple((float(lon), float(lat)) for lon, lat in ring.coords)
