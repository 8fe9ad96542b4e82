"""Shapes of a layer as positions: a point as it is, a parcel by a point inside it, its area and its reach."""

from __future__ import annotations

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


def spot_of(shape: Geometry | str | None, crs: Crs) -> Spot | str:
    """Return the position of a shape in a datum, or the sentence that says what is wrong with it."""
    if shape is None:
        return "has no geometry"
    if isinstance(shape, str):
        return shape
    if shape.is_empty:
        return f"its {shape.geom_type} is empty"
    if not np.isfinite(get_coordinates(shape)).all():
        return "has a coordinate that is no number"
    if shape.geom_type in ("Polygon", "MultiPolygon"):
        return _parcel(shape, crs)
    corners = get_coordinates(shape)
    if shape.geom_type not in ("Point", "MultiPoint") or len(corners) > 1:
        return f"is a {shape.geom_type}: a point or a polygon is needed"
    lon, lat = to_wgs84(corners[0, 0], corners[0, 1], crs)
    return Spot(float(lon), float(lat)) if np.isfinite(lon) else "its position cannot be converted"


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
        return "its position cannot be converted"
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
