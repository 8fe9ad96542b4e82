"""Distances and the metric plane."""

import numpy as np
import pytest

from h2plan.geo.crs import geodesic_km, local_plane


def test_a_degree_of_the_equator_is_the_360th_part_of_it() -> None:
    equator_km = 2 * np.pi * 6378.137
    assert geodesic_km(0, 0, 1, 0) == pytest.approx(equator_km / 360)
    assert geodesic_km([10, 20], 0, [11, 20], 0) == pytest.approx([equator_km / 360, 0])


def test_the_plane_leads_there_and_back() -> None:
    lon, lat = np.array([113.7, 114.3, 115.0]), np.array([29.97, 30.6, 31.36])
    plane = local_plane(lon, lat)
    assert np.allclose(plane.to_lonlat(*plane.to_xy(lon, lat)), (lon, lat), atol=1e-9)
    assert plane.to_xy(plane.lon, plane.lat) == pytest.approx((0, 0), abs=1e-6)


def test_the_plane_of_a_city_is_true_to_one_part_in_ten_thousand() -> None:
    lon, lat = np.array([113.7, 115.0]), np.array([29.97, 31.36])
    x, y = local_plane(lon, lat).to_xy(lon, lat)
    assert np.hypot(x[1] - x[0], y[1] - y[0]) / 1000 == pytest.approx(
        float(geodesic_km(lon[0], lat[0], lon[1], lat[1])), rel=1e-4
    )
