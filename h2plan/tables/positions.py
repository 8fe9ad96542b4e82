"""Positions in a row: both or neither, on the globe, inside the region, with an honest error."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from h2plan.tables.cells import CellFault

_METRES_FROM = 1000.0


@dataclass(frozen=True, slots=True)
class Region:
    """The rectangle, in degrees, that every position of a scenario lies in."""

    lon_min: float
    lon_max: float
    lat_min: float
    lat_max: float

    def holds(self, lon: float, lat: float) -> bool:
        return self.lon_min <= lon <= self.lon_max and self.lat_min <= lat <= self.lat_max

    def __str__(self) -> str:
        return f"lon {self.lon_min:g} to {self.lon_max:g}, lat {self.lat_min:g} to {self.lat_max:g}"


def check_position(values: Mapping[str, Any]) -> Iterator[CellFault]:
    """Yield a fault where lon and lat are not both given, leave the globe, or come without precision_m."""
    if "lon" not in values or "lat" not in values:
        return
    lon, lat = values["lon"], values["lat"]
    if lon is None and lat is None:
        return
    if lon is None or lat is None:
        given, blank = ("lat", "lon") if lon is None else ("lon", "lat")
        yield CellFault(blank, f"is blank although {given} is given", "give both or neither")
    else:
        yield from off_globe(lon, lat)
    if lon is not None and "precision_m" in values and values["precision_m"] is None:
        yield CellFault("precision_m", "is blank although a position is given", "give its honest error in metres")


def off_globe(lon: float, lat: float) -> Iterator[CellFault]:
    """Yield a fault for each coordinate that is no angle of the globe, with a guess at what it is."""
    if abs(lon) > 180:
        yield CellFault("lon", f"{lon:g} is outside -180 to 180", _globe_hint(lon, lat))
    if abs(lat) > 90:
        yield CellFault("lat", f"{lat:g} is outside -90 to 90", _globe_hint(lon, lat))


def _globe_hint(lon: float, lat: float) -> str:
    if max(abs(lon), abs(lat)) >= _METRES_FROM:
        return "looks like metres of a projection: write WGS-84 decimal degrees"
    if abs(lon) <= 90 and abs(lat) <= 180:
        return "looks swapped: lon and lat fit the other way round"
    return "write WGS-84 decimal degrees"


def off_region(values: Mapping[str, Any], region: Region) -> Iterator[CellFault]:
    """Yield a fault when a position on the globe lies outside the region; off the globe is told elsewhere."""
    lon, lat = values.get("lon"), values.get("lat")
    if lon is None or lat is None or region.holds(lon, lat) or abs(lon) > 180 or abs(lat) > 90:
        return
    outside = "lon" if not region.lon_min <= lon <= region.lon_max else "lat"
    hint = "looks swapped: lon and lat fit the other way round" if region.holds(lat, lon) else None
    yield CellFault(outside, f"{lon:g}, {lat:g} lies outside the region ({region})", hint)
