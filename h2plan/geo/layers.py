"""Polygon layers, read without any driver that could open other files."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from shapely import MultiPolygon, Polygon, covers, distance, force_2d, points, transform, union_all
from shapely.errors import GEOSException, ShapelyError
from shapely.geometry import shape

from h2plan.errors import Fault, InputError
from h2plan.geo.crs import local_plane

MAX_LAYER_BYTES = 200_000_000


@dataclass(frozen=True, slots=True)
class Area:
    """One polygon of a layer, degrees, with the name its feature carries."""

    name: str
    polygon: Polygon | MultiPolygon


def read_areas(path: Path, *, where: str) -> tuple[Area, ...]:
    """Read the polygons of a GeoJSON file (WGS-84 or CGCS2000 degrees).

    Raises:
        InputError: no GeoJSON polygons, an empty or self-crossing one, coordinates that are no degrees; all at once.
    """
    if path.stat().st_size > MAX_LAYER_BYTES:
        raise InputError("larger than 200 MB", where=where)
    try:
        document = json.loads(path.read_text(encoding="utf-8-sig"), parse_constant=_refuse_constant)
    except (ValueError, RecursionError) as error:
        raise InputError(f"is not GeoJSON: {error}", where=where) from None
    features = document.get("features") if isinstance(document, dict) else None
    if not isinstance(features, list) or not features:
        raise InputError("holds no features; a GeoJSON FeatureCollection of polygons is needed", where=where)
    areas: list[Area] = []
    faults: list[Fault] = []
    for number, feature in enumerate(features, start=1):
        outcome = _area(feature, number)
        if isinstance(outcome, Area):
            areas.append(outcome)
        else:
            faults.append(Fault(where=where, row=number, message=outcome))
    if faults:
        raise InputError(faults)
    return tuple(areas)


def _refuse_constant(text: str) -> None:
    raise ValueError(f"{text} is no number")


def _area(feature: Any, number: int) -> Area | str:
    """Return the area of a feature, or the sentence that says what is wrong with it."""
    geometry = feature.get("geometry") if isinstance(feature, dict) else None
    if not isinstance(geometry, dict):
        return "the feature has no geometry"
    if geometry.get("type") not in ("Polygon", "MultiPolygon"):
        return f"the geometry is a {geometry.get('type')}, a polygon is needed"
    try:
        polygon = force_2d(shape(geometry))
    except (GEOSException, ShapelyError, ValueError, TypeError, KeyError, IndexError, AttributeError) as error:
        return f"the geometry cannot be read: {error}"
    if polygon.is_empty:
        return "the polygon is empty"
    west, south, east, north = polygon.bounds
    if not (-180 <= west <= east <= 180 and -90 <= south <= north <= 90):
        return f"coordinates {west:g}..{east:g}, {south:g}..{north:g} are no degrees; save the layer as WGS 84"
    if not polygon.is_valid:
        return "the polygon crosses itself; mend it in a GIS first"
    return Area(name=_name(feature.get("properties")) or f"polygon {number}", polygon=polygon)


def _name(properties: Any) -> str:
    named = properties if isinstance(properties, dict) else {}
    return str(named.get("name") or named.get("id") or "")


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
