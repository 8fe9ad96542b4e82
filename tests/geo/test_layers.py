"""Polygon layers: what is read, what is refused, and distances to their borders."""

from __future__ import annotations

import json
from contextlib import suppress
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from shapely.geometry import box

from h2plan.errors import InputError
from h2plan.geo.crs import geodesic_km
from h2plan.geo.layers import Area, read_areas, signed_distances_m

RING = [[114.0, 30.0], [114.1, 30.0], [114.1, 30.1], [114.0, 30.1], [114.0, 30.0]]


def feature(geometry: Any, **properties: object) -> dict[str, Any]:
    return {"type": "Feature", "properties": properties, "geometry": geometry}


def polygon(*rings: Any) -> dict[str, Any]:
    return {"type": "Polygon", "coordinates": list(rings)}


def read(folder: Path, *features: Any) -> tuple[Area, ...]:
    return read_document(folder, {"type": "FeatureCollection", "features": list(features)})


def read_document(folder: Path, document: Any) -> tuple[Area, ...]:
    file = folder / "layer.geojson"
    file.write_text(document if isinstance(document, str) else json.dumps(document), encoding="utf-8")
    return read_areas(file, where="data/layer.geojson")


def test_polygons_are_read_with_their_names(tmp_path: Path) -> None:
    areas = read(tmp_path, feature(polygon(RING), name="湖"), feature(polygon(RING), id=7), feature(polygon(RING)))
    assert [area.name for area in areas] == ["湖", "7", "polygon 3"]
    assert areas[0].polygon.bounds == (114.0, 30.0, 114.1, 30.1)


def test_a_byte_order_mark_does_no_harm(tmp_path: Path) -> None:
    text = json.dumps({"type": "FeatureCollection", "features": [feature(polygon(RING))]})
    assert len(read_document(tmp_path, "\ufeff" + text)) == 1


def test_heights_are_left_aside(tmp_path: Path) -> None:
    areas = read(tmp_path, feature(polygon([[*position, 25.0] for position in RING])))
    inside = signed_distances_m(areas, np.array([114.05]), np.array([30.05]))
    assert inside[0] < 0


@pytest.mark.parametrize("properties", [None, [], "x", 3])
def test_properties_of_any_shape_do_no_harm(tmp_path: Path, properties: object) -> None:
    one = {"type": "Feature", "properties": properties, "geometry": polygon(RING)}
    assert read(tmp_path, one)[0].name == "polygon 1"


@pytest.mark.parametrize(
    ("geometry", "told"),
    [
        (None, "has no geometry"),
        ([], "has no geometry"),
        ({"type": "Point", "coordinates": [114, 30]}, "is a Point, a polygon is needed"),
        (polygon(), "the polygon is empty"),
        (polygon([[12_700_000, 3_500_000], [12_700_100, 3_500_000], [12_700_000, 3_500_100]]), "are no degrees"),
        (polygon([[30.0, 114.0], [30.1, 114.0], [30.1, 114.1], [30.0, 114.0]]), "are no degrees"),
        (polygon([[114.0, 30.0], [114.1, 30.1], [114.1, 30.0], [114.0, 30.1], [114.0, 30.0]]), "crosses itself"),
        (polygon([[114.0, 30.0], [114.1]]), "cannot be read"),
        (polygon(["a", "b", "c"]), "cannot be read"),
        (polygon([[114.0, 30.0]]), "cannot be read"),
        ({"type": "Polygon"}, "cannot be read"),
    ],
)
def test_a_feature_that_is_no_polygon_in_degrees_is_named(tmp_path: Path, geometry: Any, told: str) -> None:
    with pytest.raises(InputError) as caught:
        read(tmp_path, feature(polygon(RING)), feature(geometry))
    (fault,) = caught.value.faults
    assert (fault.where, fault.row) == ("data/layer.geojson", 2)
    assert told in fault.message


@pytest.mark.parametrize("text", ["NaN", "Infinity", "1e999"])
def test_a_number_that_is_not_finite_is_refused(tmp_path: Path, text: str) -> None:
    document = json.dumps({"type": "FeatureCollection", "features": [feature(polygon(RING))]})
    with pytest.raises(InputError, match=r"is no number|are no degrees"):
        read_document(tmp_path, document.replace("114.1", text))


def test_all_bad_features_are_told_at_once(tmp_path: Path) -> None:
    with pytest.raises(InputError) as caught:
        read(tmp_path, feature(None), feature(polygon(RING)), feature(polygon()))
    assert [fault.row for fault in caught.value.faults] == [1, 3]


@pytest.mark.parametrize("document", ["", "{", "[]", "{}", '{"features": []}', '{"features": 3}', "[" * 100_000, "3"])
def test_what_is_no_collection_of_features_is_refused(tmp_path: Path, document: str) -> None:
    with pytest.raises(InputError, match=r"is not GeoJSON|holds no features"):
        read_document(tmp_path, document)


ANY_JSON = st.recursive(
    st.none() | st.booleans() | st.floats() | st.text(max_size=5) | st.integers(-200, 200),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
    max_leaves=12,
)


@given(kind=st.sampled_from(["Polygon", "MultiPolygon"]), coordinates=ANY_JSON)
def test_any_coordinates_are_read_or_refused(
    tmp_path_factory: pytest.TempPathFactory, kind: str, coordinates: Any
) -> None:
    with suppress(InputError):
        assert len(read(tmp_path_factory.getbasetemp(), feature({"type": kind, "coordinates": coordinates}))) == 1


def test_the_distance_to_a_border_is_the_geodesic_one() -> None:
    areas = (Area(name="square", polygon=box(114.0, 30.0, 114.1, 30.1)),)
    lon, lat = np.array([114.2, 114.05, 114.05]), np.array([30.05, 30.2, 30.05])
    metres = signed_distances_m(areas, lon, lat)
    assert metres[0] == pytest.approx(1000 * float(geodesic_km(114.1, 30.05, 114.2, 30.05)), rel=1e-3)
    assert metres[1] == pytest.approx(1000 * float(geodesic_km(114.05, 30.1, 114.05, 30.2)), rel=1e-3)
    assert metres[2] == pytest.approx(-1000 * float(geodesic_km(114.0, 30.05, 114.05, 30.05)), rel=1e-3)


def test_inside_a_hole_is_outside() -> None:
    holed = box(114.0, 30.0, 114.1, 30.1).difference(box(114.04, 30.04, 114.06, 30.06))
    assert signed_distances_m((Area(name="ring", polygon=holed),), np.array([114.05]), np.array([30.05]))[0] > 0


def test_the_shared_border_of_two_areas_is_no_border() -> None:
    halves = (
        Area(name="w", polygon=box(114.0, 30.0, 114.05, 30.1)),
        Area(name="e", polygon=box(114.05, 30.0, 114.1, 30.1)),
    )
    assert signed_distances_m(halves, np.array([114.05]), np.array([30.05]))[0] < -1000
