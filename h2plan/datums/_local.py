"""A local plane of a city, joined to WGS 84 by seven parameters that stay with whoever owns them."""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import cached_property
from typing import Literal

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
Convention = Literal["position_vector", "coordinate_frame"]


@dataclass(frozen=True, kw_only=True)
class LocalSystem:
    """A transverse Mercator plane on its own ellipsoid, and the Helmert transformation from there to WGS 84.

    The parameters are often not public: no field is shown by `repr`, and no message or output may carry one.
    Small rotations, as the parameters are adjusted with; their signs as in EPSG methods 9606 (position_vector, the
    Bursa-Wolf model) and 9607 (coordinate_frame).
    """

    semi_major_m: float = field(repr=False)
    inverse_flattening: float = field(repr=False)
    central_meridian_deg: float = field(repr=False)
    origin_latitude_deg: float = field(repr=False)
    false_easting_m: float = field(repr=False)
    false_northing_m: float = field(repr=False)
    scale_factor: float = field(repr=False)
    dx_m: float = field(repr=False)
    dy_m: float = field(repr=False)
    dz_m: float = field(repr=False)
    rx_arcsec: float = field(repr=False)
    ry_arcsec: float = field(repr=False)
    rz_arcsec: float = field(repr=False)
    scale_ppm: float = field(repr=False)
    convention: Convention = field(repr=False)

    @cached_property
    def _pipeline(self):  # type: ignore[no-untyped-def]  # pyproj is imported when a local system is used
        import pyproj

        ellipsoid = f"+a={self.semi_major_m!r} +rf={self.inverse_flattening!r}"
        return pyproj.Transformer.from_pipeline(
            "+proj=pipeline"
            f" +step +inv +proj=tmerc +lat_0={self.origin_latitude_deg!r} +lon_0={self.central_meridian_deg!r}"
            f" +k={self.scale_factor!r} +x_0={self.false_easting_m!r} +y_0={self.false_northing_m!r} {ellipsoid}"
            f" +step +proj=cart {ellipsoid}"
            f" +step +proj=helmert +x={self.dx_m!r} +y={self.dy_m!r} +z={self.dz_m!r} +rx={self.rx_arcsec!r}"
            f" +ry={self.ry_arcsec!r} +rz={self.rz_arcsec!r} +s={self.scale_ppm!r} +convention={self.convention}"
            " +step +inv +proj=cart +ellps=WGS84"
            " +step +proj=unitconvert +xy_in=rad +xy_out=deg"
        )

    def to_wgs84(self, x_m: Floats, y_m: Floats) -> tuple[Floats, Floats]:
        """Degrees for metres east (x) and north (y); heights count as zero on the local ellipsoid."""
        lon, lat = self._pipeline.transform(x_m, y_m)
        return np.asarray(lon, dtype=float), np.asarray(lat, dtype=float)

    def from_wgs84(self, lon: Floats, lat: Floats) -> tuple[Floats, Floats]:
        """Metres east and north for degrees."""
        x_m, y_m = self._pipeline.transform(lon, lat, direction="INVERSE")
        return np.asarray(x_m, dtype=float), np.asarray(y_m, dtype=float)
