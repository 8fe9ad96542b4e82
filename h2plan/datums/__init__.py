"""Datums of positions: wgs84, cgcs2000, gcj02, bd09, any EPSG code, and a local system of the user's own."""

from h2plan.datums._local import LocalSystem
from h2plan.datums._systems import (
    DEGREES,
    Crs,
    check_crs,
    from_wgs84,
    is_degrees,
    is_known,
    normal_name,
    spoken,
    to_wgs84,
)

__all__ = [
    "DEGREES",
    "Crs",
    "LocalSystem",
    "check_crs",
    "from_wgs84",
    "is_degrees",
    "is_known",
    "normal_name",
    "spoken",
    "to_wgs84",
]
