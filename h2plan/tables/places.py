"""Shapes of a layer as positions: a point as it is, a parcel by a point inside it, its area and its reach."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pyproj
from shapely import Geometry, force_2d, get_coordinates, is_valid_reason, transform
from shapely.errors import GEOSException

from h2plan.datums import Crs, is_degrees, to_wgs84

_ELLIPSOID = pyproj.Geod(ellps="WGS84")


@dataclass(frozen=True, slots=True)
class Spot:
    """A position in WGS-84 degrees; for a parcel also its area and how far from the position it reaches."""

    lon: float
    lat: float
    area_m2: float | None = None
    reach_m: float | None = None


def spots_of(shapes: Sequence[Geometry | str | None], crs: Crs) -> list[Spot | str]:
    """Return the position of each shape in a datum, or the sentence that says what is wrong with it."""
    found: list[Spot | str] = [_wrong(shape) or "" for shape in shapes]
    sound = [place for place, wrong in enumerate(found) if not wrong]
    points = [place for place in sound if not _is_parcel(shapes[place])]
    corners = np.array([get_coordinates(shapes[place])[0] for place in points]).reshape(-1, 2)
    lon, lat = to_wgs84(corners[:, 0], corners[:, 1], crs)
    for place, x, y in zip(points, lon.tolist(), lat.tolist(), strict=True):
        found[place] = _UNCONVERTED if math.isnan(x) else Spot(x, y)
    for place in set(sound).difference(points):
        found[place] = _parcel(shapes[place], crs)
    return found


_UNCONVERTED = "its position cannot be converted"


def _is_parcel(shape: Any) -> bool:
    return str(shape.geom_type) in ("Polygon", "MultiPolygon")


def _wrong(shape: Geometry | str | None) -> str | None:
    """Return what is wrong with a shape before its position is looked at."""
    if shape is None:
        return "has no geometry"
    if isinstance(shape, str):
        return shape
    if shape.is_empty:
        return f"its {shape.geom_type} is empty"
    corners = get_coordinates(shape)
    if not np.isfinite(corners).all():
        return "has a coordinate that is no number"
    if not _is_parcel(shape) and (shape.geom_type not in ("Point", "MultiPoint") or len(corners) > 1):
        return f"is a {shape.geom_type}: a point or a polygon is needed"
    return None


def in_degrees(shape: Any, crs: Crs) -> Any:
    """Convert a shape from its datum to WGS-84 degrees, without heights."""
    flat = force_2d(shape)
    if is_degrees(crs):
        return flat
    return transform(flat, lambda x, y: to_wgs84(x, y, crs), interleaved=False)


def _parcel(shape: Any, crs: Crs) -> Spot | str:
    if not shape.is_valid:
        return f"the polygon crosses or touches itself: {is_valid_reason(shape)}; mend it in a GIS first"
    polygon = in_degrees(shape, crs)
    corners = get_coordinates(polygon)
    if not np.isfinite(corners).all():
        return _UNCONVERTED
    west, south, east, north = polygon.bounds
    if not (-180 <= west <= east <= 180 and -90 <= south <= north <= 90):
        swapped = -90 <= west <= east <= 90 and -180 <= south <= north <= 180
        guess = "lon and lat look swapped" if swapped else "they look like metres of a projection: say which, by crs"
        return f"coordinates {west:g} to {east:g}, {south:g} to {north:g} are no degrees; {guess}"
    try:
        inside = polygon.representative_point()
    except GEOSException as error:
        return f"no point inside it can be found: {error}"
    area_m2, _ = _ELLIPSOID.geometry_area_perimeter(polygon)
    here = np.full(len(corners), inside.x), np.full(len(corners), inside.y)
    _, _, metres = _ELLIPSOID.inv(*here, corners[:, 0], corners[:, 1])
    return Spot(inside.x, inside.y, abs(area_m2), float(np.max(metres)))
