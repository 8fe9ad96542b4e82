"""A parcel of 200 m by 100 m as a site."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from h2plan.domain import Site
from h2plan.errors import InputError
from h2plan.geo.crs import geodesic_km
from h2plan.geo.parcels import read_parcels
from h2plan.tables.positions import Region
from tests.screen.places import GEOD, LAT, LON

REGION = Region(113.0, 115.0, 30.0, 31.0)
GIVEN = {
    "name_en": "Parcel",
    "kind": "greenfield",
    "city": "城",
    "bank": "left",
    "source": "made up",
    "verified": "yes",
}


def ring(width_m: float = 200.0, height_m: float = 100.0) -> list[list[float]]:
    east = GEOD.fwd(LON, LAT, 90.0, width_m)[0]
    north = GEOD.fwd(LON, LAT, 0.0, height_m)[1]
    return [[LON, LAT], [east, LAT], [east, north], [LON, north], [LON, LAT]]


def parcel(geometry: dict[str, Any] | None = None, **properties: Any) -> dict[str, Any]:
    shape = geometry or {"type": "Polygon", "coordinates": [ring()]}
    return {"type": "Feature", "geometry": shape, "properties": {"id": "p", "name": "地块", **properties}}


def read(folder: Path, *features: dict[str, Any], survey_m: float = 0.0) -> tuple[Site, ...]:
    path = folder / "p.geojson"
    path.write_text(json.dumps({"type": "FeatureCollection", "features": features}), encoding="utf-8")
    return read_parcels(path, where="p.geojson", crs="wgs84", given=GIVEN, survey_m=survey_m, region=REGION)


def test_a_parcel_stands_at_a_point_inside_with_its_own_area(tmp_path: Path) -> None:
    (site,) = read(tmp_path, parcel())
    assert site.land.land_m2 == pytest.approx(20_000, rel=0.001)
    assert geodesic_km(site.lon, site.lat, LON, LAT) == pytest.approx(0.1118, abs=0.001)  # half the diagonal


def test_its_error_is_that_of_the_survey_and_the_way_to_the_farthest_corner(tmp_path: Path) -> None:
    (site,) = read(tmp_path, parcel(), survey_m=2.0)
    assert site.precision_m == pytest.approx(111.8 + 2.0, abs=0.2)


def test_columns_of_the_feature_come_before_those_given_for_all_and_may_be_chinese(tmp_path: Path) -> None:
    (site,) = read(tmp_path, parcel(类型="depot", land_m2=9000, 限高_m=4.2, unknown="x"))
    assert (site.kind, site.land.land_m2, site.land.height_limit_m) == ("depot", 9000.0, 4.2)


@pytest.mark.parametrize(
    ("broken", "words"),
    [
        (parcel({"type": "Point", "coordinates": [LON, LAT]}), "no polygon"),
        (parcel(id=None), "id: is missing"),
        (parcel(kind="castle"), "kind"),
        (parcel(land_m2="large"), "is not a number"),
        (parcel(), "stands already in an earlier feature"),
        (parcel({"type": "Polygon", "coordinates": [[[10, 10], [10, 11], [11, 11], [10, 10]]]}), "outside the region"),
    ],
)
def test_a_fault_names_the_feature(tmp_path: Path, broken: dict[str, Any], words: str) -> None:
    with pytest.raises(InputError, match=words) as caught:
        read(tmp_path, parcel(), broken)
    assert {fault.row for fault in caught.value.faults} == {2}
