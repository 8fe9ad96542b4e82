"""The number of a coordinate system that a file describes in full."""

from __future__ import annotations

from typing import Any

from h2plan.datums import normal_name


def epsg_name(described: Any) -> str | None:
    """Return 'wgs84', 'cgcs2000' or 'EPSG:n' for a description, None for none, its own name where it has no number."""
    import pyproj

    if described is None or described == "":
        return None
    system = pyproj.CRS.from_user_input(described)
    authority = system.to_authority(min_confidence=70)
    if authority == ("OGC", "CRS84"):
        return "wgs84"
    code = system.to_epsg(min_confidence=70)
    return f"the system {system.name!r}" if code is None else normal_name(f"EPSG:{code}")
