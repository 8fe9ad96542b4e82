"""Objects that siting law names, buildings, lines and areas, and how far each site is from the nearest."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
import shapely
from numpy.typing import NDArray
from shapely.errors import GEOSException, ShapelyError
from shapely.geometry import shape

from h2plan.errors import Fault, InputError
from h2plan.geo.crs import LocalPlane, check_crs, local_plane
from h2plan.geo.layers import MAX_LAYER_BYTES
from h2plan.tables.places import in_degrees

SHAPES = frozenset({"Point", "MultiPoint", "LineString", "MultiLineString", "Polygon", "MultiPolygon"})
SURFACES = (3, 6)
"""Shapely's numbers of Polygon and MultiPolygon."""


@dataclass(frozen=True, slots=True)
class Thing:
    """One object of a layer: a shape in degrees and what its feature says of it."""

    name: str
    shape: Any
    properties: Mapping[str, Any] = field(default_factory=dict)

    def text(self, key: str) -> str:
        """Return a property as text that can be written to a file."""
        value = self.properties.get(key)
        return "" if value is None else _writable(str(value))


@dataclass(frozen=True, slots=True)
class Nearest:
    """Metres from n sites to the nearest object (negative: inside it), and which one it is; shape (n,)."""

    metres: NDArray[np.float64]
    thing: NDArray[np.int64]


def read_things(path: Path, *, where: str, crs: str) -> tuple[Thing, ...]:
    """Read points, lines and polygons of a GeoJSON file in a datum, as WGS-84 degrees.

    Raises:
        InputError: no GeoJSON features, a null, empty or self-crossing geometry, coordinates that are no degrees; every
            faulty feature is named.
    """
    datum = check_crs(crs, where=where)
    things: list[Thing] = []
    faults: list[Fault] = []
    for number, feature in enumerate(_features(path, where), start=1):
        outcome = _thing(feature, number, crs=datum)
        if isinstance(outcome, Thing):
            things.append(outcome)
        else:
            faults.append(Fault(where=where, row=number, message=outcome))
    if faults:
        raise InputError(faults)
    return tuple(things)


def _features(path: Path, where: str) -> list[Any]:
    if path.stat().st_size > MAX_LAYER_BYTES:
        raise InputError("larger than 200 MB", where=where)
    try:
        document = json.loads(path.read_text(encoding="utf-8-sig"))
    except (ValueError, RecursionError) as error:
        raise InputError(f"is not GeoJSON: {error}", where=where) from None
    features = document.get("features") if isinstance(document, dict) else None
    if not isinstance(features, list) or not features:
        raise InputError("holds no features; a GeoJSON FeatureCollection is needed", where=where)
    return features


def _thing(feature: Any, number: int, *, crs: str) -> Thing | str:
    """Return the object of a feature, or the sentence that says what is wrong with it."""
    geometry = feature.get("geometry") if isinstance(feature, dict) else None
    if not isinstance(geometry, dict):
        return "the feature has no geometry"
    if not isinstance(geometry.get("type"), str) or geometry["type"] not in SHAPES:
        return f"the geometry is a {geometry.get('type')}; points, lines or polygons are needed"
    try:
        found = in_degrees(shape(geometry), crs)
    except (GEOSException, ShapelyError, ArithmeticError, LookupError, TypeError, ValueError, AttributeError) as error:
        return f"the geometry cannot be read: {error}"
    return _fault(found) or _named(found, feature.get("properties"), number)


def _fault(found: Any) -> str | None:
    if found.is_empty:
        return "the geometry is empty"
    west, south, east, north = found.bounds
    if not (-180 <= west <= east <= 180 and -90 <= south <= north <= 90):
        return f"coordinates {west:g}..{east:g}, {south:g}..{north:g} are no degrees; name the datum they are in by crs"
    if not found.is_valid:
        return "the shape crosses itself; mend it in a GIS first"
    return None


def _named(found: Any, properties: Any, number: int) -> Thing:
    said = properties if isinstance(properties, dict) else {}
    return Thing(_writable(str(said.get("name") or said.get("id") or f"no. {number}")), found, said)


def _writable(text: str) -> str:
    """Replace halves of letters (lone surrogates), which JSON may hold and no file may."""
    return text.encode("utf-8", "replace").decode("utf-8")


def nearest(things: Sequence[Thing], lon: NDArray[np.float64], lat: NDArray[np.float64]) -> Nearest:
    """Measure n points against m objects on a metric plane; where areas join, the border is that of their union."""
    plane = local_plane(lon, lat)
    shapes = shapely.transform(np.array([thing.shape for thing in things], dtype=object), lambda xy: _to_xy(plane, xy))
    places = shapely.points(*plane.to_xy(lon, lat))
    tree = shapely.STRtree(shapes)
    at, away_m = tree.query_nearest(places, return_distance=True, all_matches=False)
    metres, thing = np.full(len(lon), np.inf), np.full(len(lon), -1, dtype=np.int64)
    metres[at[0]], thing[at[0]] = away_m, at[1]
    surface = np.isin(shapely.get_type_id(shapes), SURFACES)
    within = (metres == 0) & surface[thing]
    if within.any():
        border = shapely.boundary(shapely.union_all(shapes[surface]))
        metres[within] = -shapely.distance(border, places[within])
    return Nearest(metres, thing)


def _to_xy(plane: LocalPlane, degrees: NDArray[np.float64]) -> NDArray[np.float64]:
    return np.column_stack(plane.to_xy(degrees[:, 0], degrees[:, 1]))
