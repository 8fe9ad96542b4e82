"""The demand for map programs: one GeoPackage with a layer of places and a layer of flows."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from h2plan.estimating import Estimate

WGS84 = "EPSG:4326"
POINTS, FLOWS = "demand_points", "demand_flows"
CLOCK = "OGR_CURRENT_DATE"
FIXED = "2000-01-01T00:00:00.000Z"
"""Written into the file instead of the clock, so that equal demand gives equal bytes."""


def write_geopackage(estimate: Estimate, path: Path) -> None:
    """Write the rows of the ledger: those at a place as points, flows as straight lines between their ends."""
    import geopandas as gpd
    from shapely import LineString

    frame = estimate.to_frame()
    here = frame[frame["lon"].notna()]
    points = gpd.GeoDataFrame(
        here.drop(columns=["lon", "lat", "origin", "destination"]),
        geometry=gpd.points_from_xy(here["lon"], here["lat"]),
        crs=WGS84,
    )
    ends = {end.id: (end.lon, end.lat) for end in estimate.demand.terminals}
    moving = frame[frame["lon"].isna()]
    lines = [LineString([ends[a], ends[b]]) for a, b in zip(moving["origin"], moving["destination"], strict=True)]
    flows = gpd.GeoDataFrame(moving.drop(columns=["lon", "lat", "district"]), geometry=lines, crs=WGS84)
    with _fixed_clock():
        for name, layer in ((POINTS, points), (FLOWS, flows)):
            if len(layer):
                layer.to_file(path, layer=name, driver="GPKG", engine="pyogrio")


@contextmanager
def _fixed_clock() -> Iterator[None]:
    import pyogrio

    before: Any = pyogrio.get_gdal_config_option(CLOCK)
    pyogrio.set_gdal_config_options({CLOCK: FIXED})
    try:
        yield
    finally:
        pyogrio.set_gdal_config_options({CLOCK: before})
