"""Places of OpenStreetMap at which a station could stand."""

from pathlib import Path

import pytest

from h2plan.errors import InputError
from h2plan.geo.osm_places import OsmPlace, kind_of_place, read_osm_places
from tests.geo.osm_maps import write_pbf
from tests.geo.worlds import position


@pytest.fixture
def places(tmp_path: Path) -> dict[str, OsmPlace]:
    points = {
        1: (0, 0, {"amenity": "fuel", "name": "中石化 汉阳站", "operator": "中石化", "name:en": "Hanyang"}),
        2: (1, 0, {"amenity": "fuel", "fuel:lng": "yes"}),
        3: (2, 0, {"barrier": "toll_booth"}),
        4: (2.05, 0, {"barrier": "toll_booth", "name": "西站"}),
        5: (2.1, 0, {"barrier": "toll_booth"}),
        6: (4, 0, {"barrier": "toll_booth"}),
        7: (3, 3, {"amenity": "cafe"}),
        10: (5, 0), 11: (5.4, 0), 12: (5.4, 0.1), 13: (5, 0.1),
        20: (6, 0), 21: (7, 0), 22: (7, 1), 23: (6, 1), 24: (6.2, 0.2), 25: (6.8, 0.2), 26: (6.8, 0.8), 27: (6.2, 0.8),
    }  # fmt: skip
    ways = {
        100: ([10, 11, 12, 13, 10], {"highway": "services", "name": "服务区"}),
        101: ([20, 21, 22, 23, 20], {}),
        102: ([24, 25, 26, 27, 24], {}),
        103: ([20, 21], {"highway": "primary"}),
        104: ([10, 11, 12, 13, 10], {"landuse": "residential"}),
    }
    members = [("w", 101, "outer"), ("w", 102, "inner")]
    relations = {500: (members, {"type": "multipolygon", "industrial": "port", "name": "阳逻港"})}
    path = write_pbf(tmp_path / "places.osm.pbf", points, ways, relations)  # type: ignore[arg-type]
    return {place.id: place for place in read_osm_places(path, where="places.osm.pbf")}


def test_each_place_is_found_once_with_its_kind(places: dict[str, OsmPlace]) -> None:
    assert {name: place.kind for name, place in places.items()} == {
        "osm-n1": "fuel_station",
        "osm-n2": "gas_station",
        "osm-n3": "toll_gate",
        "osm-n6": "toll_gate",
        "osm-w100": "highway_service",
        "osm-r500": "port",
    }


def test_a_place_carries_its_names_and_who_runs_it(places: dict[str, OsmPlace]) -> None:
    fuel = places["osm-n1"]
    assert (fuel.name, fuel.name_en, fuel.operator) == ("中石化 汉阳站", "Hanyang", "中石化")
    assert (fuel.lon, fuel.lat) == pytest.approx(position(0, 0), abs=1e-6)
    assert places["osm-n2"].name == "osm-n2"


def test_booths_side_by_side_are_one_toll_gate(places: dict[str, OsmPlace]) -> None:
    gate = places["osm-n3"]
    assert gate.name == "西站"
    assert (gate.lon, gate.lat) == pytest.approx(position(2.05, 0), abs=1e-6)


def test_an_area_stands_at_a_point_inside_it_with_its_size(places: dict[str, OsmPlace]) -> None:
    services = places["osm-w100"]
    assert services.area_m2 == pytest.approx(40_000, rel=1e-3)
    assert services.precision_m == 100
    west, east = position(5, 0)[0], position(5.4, 0)[0]
    assert west < services.lon < east


@pytest.mark.parametrize(
    ("tags", "kind"),
    [
        ({"amenity": "fuel", "fuel:diesel": "yes", "fuel:cng": "yes"}, "fuel_station"),
        ({"amenity": "fuel", "fuel:h35": "yes"}, "hydrogen_station"),
        ({"harbour": "yes"}, "port"),
        ({"harbour": "no"}, None),
        ({"landuse": "industrial", "industrial": "warehouse"}, "logistics_hub"),
        ({"landuse": "industrial"}, None),
    ],
)
def test_tags_say_what_a_place_is(tags: dict[str, str], kind: str | None) -> None:
    assert kind_of_place(tags) == kind


def test_a_broken_file_is_our_error(tmp_path: Path) -> None:
    path = write_pbf(tmp_path / "p.osm.pbf", {1: (0, 0, {"amenity": "fuel"})}, {})
    path.write_bytes(path.read_bytes()[:-20])
    with pytest.raises(InputError, match="cut short or damaged"):
        read_osm_places(path, where="p.osm.pbf")
