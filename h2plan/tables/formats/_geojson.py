"""Features of a GeoJSON file, parsed here and by no driver that could open other files."""

from __future__ import annotations

import json
import re
from typing import Any

import numpy as np
from shapely import force_2d
from shapely.errors import GEOSException, ShapelyError
from shapely.geometry import shape

from h2plan.datums import normal_name
from h2plan.errors import Fault, InputError
from h2plan.tables.files import TableFile, read_bytes
from h2plan.tables.formats._contents import Contents, Shape

_URN = re.compile(r"(?:urn:ogc:def:crs:EPSG:[\d.]*:|EPSG:|http://www\.opengis\.net/def/crs/EPSG/0/)(\d{4,6})")


def read_geojson(file: TableFile, *, max_bytes: int) -> Contents:
    """Read the features of a FeatureCollection, numbered from 1.

    Raises:
        InputError: no GeoJSON, or no features.
    """
    try:
        document = json.loads(
            read_bytes(file, max_bytes=max_bytes).decode("utf-8-sig"), parse_constant=_refuse_constant
        )
    except (ValueError, RecursionError) as error:
        raise InputError(f"is not GeoJSON: {error}", where=file.where) from None
    features = document.get("features") if isinstance(document, dict) else None
    if not isinstance(features, list) or not features:
        raise InputError("holds no features; a GeoJSON FeatureCollection is needed", where=file.where)
    columns = tuple(dict.fromkeys(name for feature in features for name in _properties(feature)))
    rows: list[tuple[int, list[Any] | Fault]] = [
        (number, [_plain(_properties(feature).get(name)) for name in columns])
        for number, feature in enumerate(features, start=1)
    ]
    return Contents(columns=columns, rows=rows, shapes=[_shape(feature) for feature in features], crs=_crs(document))


def _refuse_constant(text: str) -> None:
    raise ValueError(f"{text} is no number")


def _properties(feature: Any) -> dict[str, Any]:
    found = feature.get("properties") if isinstance(feature, dict) else None
    return found if isinstance(found, dict) else {}


def _plain(value: Any) -> Any:
    return json.dumps(value, ensure_ascii=False) if isinstance(value, (dict, list)) else value


def _shape(feature: Any) -> Shape:
    geometry = feature.get("geometry") if isinstance(feature, dict) else None
    if not isinstance(geometry, dict):
        return None
    try:
        with np.errstate(invalid="ignore"):  # a number beyond the largest is told where the shape is looked at
            return force_2d(shape(geometry))
    except (GEOSException, ShapelyError, ValueError, TypeError, KeyError, IndexError, AttributeError) as error:
        return f"the geometry cannot be read: {error}"
    except (RecursionError, OverflowError, NotImplementedError):
        return "the geometry cannot be read"


def _crs(document: dict[str, Any]) -> str | None:
    """Return the datum of the old `crs` member, if there is one."""
    member = document.get("crs")
    properties = member.get("properties") if isinstance(member, dict) else None
    name = properties.get("name") if isinstance(properties, dict) else None
    if not isinstance(name, str):
        return None
    if name.endswith("CRS84"):
        return "wgs84"
    match = _URN.fullmatch(name)
    return normal_name(f"EPSG:{match.group(1)}") if match else None
