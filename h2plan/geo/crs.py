"""Datums that positions may have, distances on the ellipsoid, and a metric plane around the data.

The datums themselves stand in `h2plan.datums`, below the tables, so that a table is converted where it is read.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np
import pyproj
from numpy.typing import ArrayLike, NDArray

from h2plan.datums import check_crs, from_wgs84, to_wgs84

Floats = NDArray[np.float64]
__all__ = ["Floats", "LocalPlane", "check_crs", "from_wgs84", "geodesic_km", "local_plane", "to_wgs84"]

_ELLIPSOID = pyproj.Geod(ellps="WGS84")


@dataclass(frozen=True)
class LocalPlane:
    """A transverse Mercator plane in metres, true to scale on the meridian through the data's own centre."""

    lon: float
    lat: float

    @cached_property
    def _transformer(self) -> pyproj.Transformer:
        plane = f"+proj=tmerc +lat_0={self.lat!r} +lon_0={self.lon!r} +k=1 +x_0=0 +y_0=0 +datum=WGS84 +units=m"
        return pyproj.Transformer.from_crs("EPSG:4326", plane, always_xy=True)

    def to_xy(self, lon: ArrayLike, lat: ArrayLike) -> tuple[Floats, Floats]:
        """Metres east and north of the centre, for degrees of the same shape."""
        x, y = self._transformer.transform(np.asarray(lon, dtype=float), np.asarray(lat, dtype=float))
        return np.asarray(x, dtype=float), np.asarray(y, dtype=float)

    def to_lonlat(self, x_m: ArrayLike, y_m: ArrayLike) -> tuple[Floats, Floats]:
        """Degrees, for metres of the same shape."""
        lon, lat = self._transformer.transform(
            np.asarray(x_m, dtype=float), np.asarray(y_m, dtype=float), direction="INVERSE"
        )
        return np.asarray(lon, dtype=float), np.asarray(lat, dtype=float)


def local_plane(lon: ArrayLike, lat: ArrayLike) -> LocalPlane:
    """The plane around the middle of these positions (degrees)."""
    lons, lats = np.asarray(lon, dtype=float), np.asarray(lat, dtype=float)
    return LocalPlane(float(lons.min() + lons.max()) / 2, float(lats.min() + lats.max()) / 2)


def geodesic_km(lon: ArrayLike, lat: ArrayLike, to_lon: ArrayLike, to_lat: ArrayLike) -> Floats:
    """Shortest distance on the WGS-84 ellipsoid in km; the four arrays broadcast. (Karney 2013, by PROJ.)"""
    degrees = np.broadcast_arrays(*(np.asarray(values, dtype=float) for values in (lon, lat, to_lon, to_lat)))
    a, b, c, d = (np.ascontiguousarray(values) for values in degrees)
    _, _, metres = _ELLIPSOID.inv(a, b, c, d)
    return np.asarray(metres, dtype=float).reshape(degrees[0].shape) / 1000.0
