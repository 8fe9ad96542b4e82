"""Placemarks of a KML or KMZ file; nothing that the file links to is followed."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any
from xml.etree import ElementTree as ET

import numpy as np
from shapely import LineString, MultiLineString, MultiPoint, MultiPolygon, Point, Polygon
from shapely.errors import GEOSException, ShapelyError

from h2plan.errors import Fault, InputError
from h2plan.tables.files import TableFile, read_bytes
from h2plan.tables.formats._contents import Contents, Shape, foreign, pick_layer
from h2plan.tables.formats._sniff import member

_MANY: dict[str, Any] = {"Point": MultiPoint, "LineString": MultiLineString, "Polygon": MultiPolygon}


def read_kml(file: TableFile, *, layer: str | None, max_bytes: int) -> Contents:
    """Read placemarks, numbered from 1; `layer` names a folder.

    Raises:
        InputError: no KML, a document type declaration, no placemarks, several folders and none named.
    """
    return _read(read_bytes(file, max_bytes=max_bytes), file.where, layer)


def read_kmz(file: TableFile, *, layer: str | None, max_bytes: int) -> Contents:
    """Read the KML file inside a KMZ archive."""
    return _read(member(read_bytes(file, max_bytes=max_bytes), ".kml", where=file.where), file.where, layer)


def _read(data: bytes, where: str, layer: str | None) -> Contents:
    if b"<!DOCTYPE" in data or b"<!ENTITY" in data or b"\0" in data:
        hint = "export it again as plain KML in UTF-8"
        raise InputError(Fault(where=where, message="declares a document type, which KML does not need", hint=hint))
    with foreign(where, "KML"):
        root = ET.fromstring(data)  # entities are refused above
    marks = [(folder, mark) for folder, mark in _placemarks(root) if layer is None or folder == layer]
    if not marks and layer is None:
        raise InputError("holds no placemarks", where=where)
    folders = list(dict.fromkeys(folder for folder, _ in _placemarks(root)))
    chosen = pick_layer(folders, layer, where=where, what="folder")
    records = [_fields(mark) for folder, mark in marks if folder == chosen]
    columns = tuple(dict.fromkeys(name for record in records for name in record))
    rows: list[tuple[int, list[Any] | Fault]] = [
        (number, [record.get(name) for name in columns]) for number, record in enumerate(records, start=1)
    ]
    return Contents(columns=columns, rows=rows, shapes=[_shape(mark) for folder, mark in marks if folder == chosen])


def _name(element: ET.Element) -> str:
    return element.tag.rpartition("}")[2]


def _children(element: ET.Element, name: str) -> list[ET.Element]:
    return [child for child in element if _name(child) == name]


def _text(element: ET.Element, name: str) -> str:
    return next(((child.text or "").strip() for child in _children(element, name)), "")


def _placemarks(root: ET.Element) -> Iterator[tuple[str, ET.Element]]:
    """Yield every placemark with the name of the folder it lies in, in the order of the file."""
    stack: list[tuple[str, ET.Element]] = [("", root)]
    while stack:
        folder, element = stack.pop()
        if _name(element) == "Placemark":
            yield folder, element
            continue
        inside = (_text(element, "name") or folder) if _name(element) == "Folder" else folder
        stack.extend((inside, child) for child in reversed(element))


def _fields(mark: ET.Element) -> dict[str, str]:
    fields = {tag: text for tag in ("name", "description", "address") if (text := _text(mark, tag))}
    for extended in _children(mark, "ExtendedData"):
        for element in extended.iter():
            key = element.get("name")
            if key and _name(element) == "SimpleData":
                fields[key] = (element.text or "").strip()
            elif key and _name(element) == "Data":
                fields[key] = _text(element, "value")
    return fields


def _shape(mark: ET.Element) -> Shape:
    try:
        with np.errstate(invalid="ignore"):  # 'nan' is told where the shape is looked at
            return _whole(mark)
    except (GEOSException, ShapelyError, ValueError, TypeError, IndexError) as error:
        return f"the geometry cannot be read: {error}"


def _whole(mark: ET.Element) -> Shape:
    """Return the shape of a placemark, several of a kind as one."""
    parts = [(kind, _one(element, kind)) for element in mark.iter() if (kind := _name(element)) in _MANY]
    if len(parts) < 2:
        return parts[0][1] if parts else None
    if len({kind for kind, _ in parts}) > 1:
        return "the geometry mixes points, lines and polygons"
    return _MANY[parts[0][0]]([part for _, part in parts])


def _one(element: ET.Element, kind: str) -> Any:
    if kind == "Point":
        return Point(_corners(element)[0])
    if kind == "LineString":
        return LineString(_corners(element))
    rings = {side: [_ring(part) for part in _children(element, f"{side}BoundaryIs")] for side in ("outer", "inner")}
    return Polygon(rings["outer"][0], rings["inner"])


def _ring(boundary: ET.Element) -> list[tuple[float, float]]:
    return _corners(_children(boundary, "LinearRing")[0])


def _corners(element: ET.Element) -> list[tuple[float, float]]:
    triples = [part.split(",") for part in _text(element, "coordinates").split()]
    return [(float(triple[0]), float(triple[1])) for triple in triples]
