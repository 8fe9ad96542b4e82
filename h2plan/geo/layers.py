"""Polygon layers, read without any driver that could open other files."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from shapely import MultiPolygon, Polygon, covers, distance, points, transform, union_all

from h2plan.errors import Fault, InputError
from h2plan.geo.crs import local_plane
from h2plan.tables.files import TableFile
from h2plan.tables.formats._contents import Shape
from h2plan.tables.formats._geojson import read_geojson
from h2plan.tables.places import in_degrees

MAX_LAYER_BYTES = 200_000_000


@dataclass(frozen=True, slots=True)
class Area:
    """One polygon of a layer, degrees, with the name its feature carries."""

    name: str
    polygon: Polygon | MultiPolygon


def read_areas(path: Path, *, where: str, crs: str = "wgs84") -> tuple[Area, ...]:
    """Read the polygons of a GeoJSON file in a datum, as WGS-84 degrees.

    Raises:
        InputError: no GeoJSON polygons, an empty or self-crossing one, coordinates that are no degrees; all at once.
    """
    contents = read_geojson(TableFile(path, where), max_bytes=MAX_LAYER_BYTES)
    areas: list[Area] = []
    faults: list[Fault] = []
    for (number, row), shape in zip(contents.rows, contents.shapes or (), strict=True):
        polygon = _polygon(shape, crs)
        if isinstance(polygon, str):
            faults.append(Fault(where=where, row=number, message=polygon))
        else:
            values = dict(zip(contents.columns, row if isinstance(row, list) else (), strict=True))
            name = values.get("name") or values.get("id") or f"polygon {number}"
            areas.append(Area(name=str(name), polygon=polygon))
    if faults:
        raise InputError(faults)
    return tuple(areas)


def _polygon(shape: Shape, crs: str) -> Polygon | MultiPolygon | str:
    """Return the polygon of a feature, or the sentence that says what is wrong with it."""
    if shape is None:
        return "the feature has no geometry"
    if isinstance(shape, str):
        return shape
    if shape.geom_type not in ("Polygon", "MultiPolygon"):
        return f"the geometry is a {shape.geom_type}, a polygon is needed"
    if shape.is_empty:
        return "the polygon is empty"
    polygon = in_degrees(shape, crs)
    west, south, east, north = polygon.bounds
    if not (-180 <= west <= east <= 180 and -90 <= south <= north <= 90):
        return f"coordinates {west:g}..{east:g}, {south:g}..{north:g} are no degrees; name the datum they are in by crs"
    if not polygon.is_valid:
        return "the polygon crosses itself; mend it in a GIS first"
    return polygon


def signed_distances_m(
    areas: Sequence[Area], lon: NDArray[np.float64], lat: NDArray[np.float64]
) -> NDArray[np.float64]:
    """Return the distance of n points to the nearest border of the areas, metres, shape (n,).

    Negative inside an area, positive outside.
    """
    plane = local_plane(lon, lat)
    union = union_all([transform(area.polygon, plane.to_xy, interleaved=False) for area in areas])
    x_m, y_m = plane.to_xy(lon, lat)
    places = points(x_m, y_m)
    distances_m = distance(union.boundary, places)
    return np.asarray(np.where(covers(union, places), -distances_m, distances_m), dtype=np.float64)
