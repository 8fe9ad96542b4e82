"""Datums: there and back, against two other programs, and what no datum is."""

from __future__ import annotations

import math

import numpy as np
import pytest

from h2plan.datums import LocalSystem, check_crs, from_wgs84, is_degrees, normal_name, to_wgs84
from h2plan.errors import InputError
from h2plan.scenario import SupplySection

DEGREE_M = 111_320.0
PRCOORDS = [
    # The columns of ORACLE, computed once with prcoords 1.0.2 (wgs_gcj, wgs_bd), which is published without a wheel.
    (82.586, 31.011, 82.58830843431934, 31.008120372616535, 82.59481111577509, 31.014146384677872),
    (104.457, 39.114, 104.46009497140419, 39.11481930741918, 104.46670729531158, 39.120504051636765),
    (110.488, 27.0, 110.49276756295929, 26.996623281765892, 110.49925245062035, 27.002670313186787),
    (76.693, 46.275, 76.69593730649123, 46.27549104203584, 76.70233165907722, 46.281638069777465),
    (83.728, 48.489, 83.73133313876382, 48.489800450744504, 83.73783148937724, 48.4958228910639),
    (129.764, 23.378, 129.7687576468626, 23.37552116699198, 129.7752971037057, 23.38119398560472),
    (79.155, 34.88, 79.15725340376848, 34.87863831565806, 79.16380301052976, 34.884484652587865),
    (82.657, 28.423, 82.65933649899611, 28.41918511421653, 82.66577969251996, 28.425295804081706),
    (130.951, 21.826, 130.95556008214047, 21.823325679542865, 130.96206375639449, 21.829210395621658),
    (111.691, 49.462, 111.69926937459044, 49.46360629373098, 111.70571742032814, 49.469770269390395),
    (96.771, 33.618, 96.77135549334716, 33.61617896420498, 96.77796034405965, 33.62192280208298),
    (105.172, 24.022, 105.17502977099392, 24.019304253407448, 105.1816159216422, 24.025003125130706),
    (114.108, 41.894, 114.11501797602416, 41.896216056103476, 114.12141063256018, 41.90255199344182),
    (91.243, 25.875, 91.2442925156056, 25.871719970359408, 91.25083424697965, 25.877530571465115),
    (83.14, 49.649, 83.14373186391089, 49.649856292002404, 83.15011659000795, 49.656010321425306),
    (121.494, 26.383, 121.49807405418751, 26.379730211050866, 121.50463572828369, 26.38536386387525),
    (114.551, 20.125, 114.5554020796252, 20.122660751432377, 114.56192559615997, 20.12841970438173),
    (105.231, 25.826, 105.23407773912213, 25.822889648715776, 105.24052205788367, 25.82919473372235),
    (123.187, 30.755, 123.19164191292391, 30.752806279143506, 123.19823675018043, 30.75850805828201),
    (107.395, 34.943, 107.40003667456779, 34.942265320719194, 107.4064493277339, 34.94859320728115),
    (132.874, 49.809, 132.88179438999973, 49.810997643145384, 132.88839111552855, 49.81677063340714),
    (87.066, 42.71, 87.06902939976102, 42.711529809902686, 87.07563577359643, 42.71729347574327),
    (107.67, 30.537, 107.6744040547194, 30.5343243223336, 107.68093062553652, 30.540252090697926),
    (103.534, 19.574, 103.53569698477123, 19.572055994613603, 103.5421913263591, 19.578149471145483),
]
ORACLE = [
    # lon, lat, GCJ-02 lon and lat, BD-09 lon and lat, computed once with coord-convert 0.2.1 (wgs2gcj, wgs2bd).
    (114.3, 30.5, 114.30542961679005, 30.497549705992242, 114.312032797793, 30.50322465275142),
    (104.06, 30.67, 104.06249640425462, 30.66757487197054, 104.06895376934077, 30.67369221119635),
    (87.6, 43.8, 87.60283897227161, 43.80121203029208, 87.60921015182171, 43.80747250765041),
    (126.6, 45.8, 126.60591820066094, 45.80189956036948, 126.6122701982135, 45.808255086717665),
    (75.99, 39.47, 75.9929556381645, 39.47022749677051, 75.99946519930792, 39.476187842272964),
]


def china(count: int) -> tuple[np.ndarray, np.ndarray]:
    rng = np.random.default_rng(7)
    return rng.uniform(73.5, 135.0, count), rng.uniform(18.0, 53.5, count)


def metres(a: tuple[np.ndarray, np.ndarray], b: tuple[np.ndarray, np.ndarray]) -> np.ndarray:
    return np.hypot((a[0] - b[0]) * DEGREE_M * np.cos(np.radians(b[1])), (a[1] - b[1]) * DEGREE_M)


@pytest.mark.parametrize("crs", ["gcj02", "bd09"])
def test_a_hundred_thousand_points_of_china_come_back_to_a_micrometre(crs: str) -> None:
    here = china(100_000)
    assert metres(to_wgs84(*from_wgs84(*here, crs), crs), here).max() < 1e-6


@pytest.mark.parametrize("crs", ["gcj02", "bd09"])
def test_the_inverse_is_met_from_the_other_side_as_well(crs: str) -> None:
    here = china(10_000)
    assert metres(from_wgs84(*to_wgs84(*here, crs), crs), here).max() < 1e-6


def test_the_shift_is_that_of_coord_convert() -> None:
    lon, lat, *expected = np.array(ORACLE).T
    assert np.allclose([*from_wgs84(lon, lat, "gcj02"), *from_wgs84(lon, lat, "bd09")], expected, atol=1e-12, rtol=0)


def test_the_shift_is_that_of_prcoords() -> None:
    lon, lat, *expected = np.array(PRCOORDS).T
    assert np.allclose([*from_wgs84(lon, lat, "gcj02"), *from_wgs84(lon, lat, "bd09")], expected, atol=1e-11, rtol=0)


def test_in_wuhan_the_shift_is_some_five_hundred_metres() -> None:
    here = np.full(1, 114.3), np.full(1, 30.6)
    assert 500 < metres(from_wgs84(*here, "gcj02"), here)[0] < 650


@pytest.mark.parametrize("crs", ["gcj02", "bd09"])
@pytest.mark.parametrize(("lon", "lat"), [(2.35, 48.85), (139.7, 35.7), (72.0, 40.0), (100.0, 0.5), (-120.0, 40.0)])
def test_outside_china_nothing_is_shifted(crs: str, lon: float, lat: float) -> None:
    assert to_wgs84(lon, lat, crs) == (lon, lat)
    assert from_wgs84(lon, lat, crs) == (lon, lat)


def test_cgcs2000_is_used_as_wgs84_and_its_metres_lead_to_the_same_degrees() -> None:
    assert to_wgs84(114.3, 30.6, "EPSG:4490") == (114.3, 30.6)
    x, y = from_wgs84(114.0, 30.6, "EPSG:4547")  # on the central meridian of the zone
    assert float(x) == pytest.approx(500_000, abs=1e-6)
    assert to_wgs84(x, y, "epsg:4547") == pytest.approx((114.0, 30.6), abs=1e-11)


def test_one_point_and_a_table_of_points_keep_their_shape() -> None:
    assert to_wgs84(114.3, 30.6, "gcj02")[0].shape == ()
    assert to_wgs84(np.full((2, 3), 114.3), np.full((2, 3), 30.6), "bd09")[1].shape == (2, 3)
    assert to_wgs84([], [], "gcj02")[0].shape == (0,)


def test_what_cannot_be_converted_is_not_a_number() -> None:
    lon, lat = to_wgs84([1e12, 530_000], [3_380_000, 3_380_000], "EPSG:4547")
    assert math.isnan(lon[0])
    assert math.isnan(lat[0])
    assert lon[1] == pytest.approx(114.3126, abs=1e-3)


@pytest.mark.parametrize(
    ("crs", "told"),
    [
        ("gcj20", "is not known"),
        ("", "is not known"),
        ("EPSG:999999", "is not known"),
        ("EPSG:5773", "is not known"),
        ("EPSG:4610", "no published way to WGS 84"),
        ("local:wuhan.yaml", "for imports only"),
    ],
)
def test_an_unknown_datum_is_refused_with_what_to_do(crs: str, told: str) -> None:
    with pytest.raises(InputError, match=told) as refused:
        check_crs(crs, where="scenario.yaml")
    assert refused.value.faults[0].hint


def test_names_are_spelled_one_way() -> None:
    assert [normal_name(name) for name in ("EPSG:4326", "epsg:4490", "epsg:4547")] == ["wgs84", "cgcs2000", "EPSG:4547"]
    assert is_degrees("EPSG:4326")
    assert not is_degrees("gcj02")


def test_a_scenario_takes_every_datum_and_refuses_the_unknown() -> None:
    fields = {
        "sources": "data/s.csv",
        "delivery_base_cny_per_kg": 1,
        "delivery_cny_per_kg_km": 0,
        "truck_class": "t",
        "source": "s",
    }
    for crs in ("wgs84", "cgcs2000", "gcj02", "bd09", "EPSG:4547"):
        assert SupplySection.model_validate({**fields, "crs": crs}).crs == crs
    with pytest.raises(ValueError, match="datum 'gcj' is not known"):
        SupplySection.model_validate({**fields, "crs": "gcj"})


def local(**changes: object) -> LocalSystem:
    fields: dict[str, object] = {
        "semi_major_m": 6378137.0,
        "inverse_flattening": 298.257222101,
        "central_meridian_deg": 114.0,
        "origin_latitude_deg": 0.0,
        "false_easting_m": 500_000.0,
        "false_northing_m": 0.0,
        "scale_factor": 1.0,
        **dict.fromkeys(("dx_m", "dy_m", "dz_m", "rx_arcsec", "ry_arcsec", "rz_arcsec", "scale_ppm"), 0.0),
        "convention": "position_vector",
    }
    return LocalSystem(**{**fields, **changes})  # type: ignore[arg-type]


def test_a_local_plane_without_parameters_is_that_of_the_zone() -> None:
    x, y = from_wgs84(114.3, 30.6, "EPSG:4547")
    assert np.allclose(to_wgs84(x, y, local()), to_wgs84(x, y, "EPSG:4547"), atol=1e-9, rtol=0)


def test_seven_parameters_move_a_point_as_the_matrix_says() -> None:
    """X' = d + (1 + s) R X on geocentric coordinates (EPSG method 9606), followed by hand for one point."""
    d, r, s = (12.0, -34.0, 56.0), np.radians(np.array([1.5, -2.5, 3.5]) / 3600), 7e-6
    system = local(
        dx_m=d[0], dy_m=d[1], dz_m=d[2], rx_arcsec=1.5, ry_arcsec=-2.5, rz_arcsec=3.5, scale_ppm=7.0, false_northing_m=5
    )
    lon, lat = math.radians(114.3), math.radians(30.6)
    e2 = 2 / 298.257222101 - (1 / 298.257222101) ** 2
    n = 6378137.0 / math.sqrt(1 - e2 * math.sin(lat) ** 2)
    start = n * np.array([math.cos(lat) * math.cos(lon), math.cos(lat) * math.sin(lon), (1 - e2) * math.sin(lat)])
    small = np.array([[1, -r[2], r[1]], [r[2], 1, -r[0]], [-r[1], r[0], 1]])
    moved = np.array(d) + (1 + s) * small @ start
    expected_lon = math.degrees(math.atan2(moved[1], moved[0]))
    x, y = from_wgs84(114.3, 30.6, "EPSG:4547")
    got_lon, got_lat = to_wgs84(x, y + 5, system)
    assert float(got_lon) == pytest.approx(expected_lon, abs=1e-10)
    # Back with small rotations again: their squares are left over, millimetres.
    assert np.allclose(from_wgs84(got_lon, got_lat, system), (x, y + 5), atol=0.01, rtol=0)


def test_a_local_system_shows_no_parameter_of_its_own() -> None:
    assert repr(local(dx_m=123.456)) == "LocalSystem()"
