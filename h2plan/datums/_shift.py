"""The shifts of Chinese map services: WGS 84 to GCJ-02 and BD-09 and back, in numpy, a block of points at a time.

GCJ-02 has no published formula; the one here is the reconstruction that open map software agrees on (Krasovsky 1940
ellipsoid, sums of sines in metres; see the PRCoords notes of Mingye Wang, CC0). It has no closed inverse: the inverse
is found by fixed-point iteration, which gains two digits or more a step, because the shift changes by less than 2 %
of the way one goes.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
Pair = tuple[Floats, Floats]

WEST, EAST, SOUTH, NORTH = 72.004, 137.8347, 0.8293, 55.8271
"""The rectangle around China, degrees, outside which map services do not shift."""

BLOCK = 16_384
"""Points at a time: the arrays of a block stay in the processor's cache."""
_CONVERGED_DEG = 1e-12
_STEPS_MAX = 30

_A_M = 6_378_245.0
_E2 = 0.00669342162296594323
_BAIDU_LON, _BAIDU_LAT = 0.0065, 0.006
_BAIDU_WAVE = np.pi * 3000.0 / 180.0


def in_china(lon: Floats, lat: Floats) -> NDArray[np.bool_]:
    """True where map services shift."""
    return np.asarray((lon >= WEST) & (lon <= EAST) & (lat >= SOUTH) & (lat <= NORTH))


def wgs84_to_gcj02(lon: Floats, lat: Floats) -> Pair:
    """Shift degrees of shape (n,); outside China they stay."""
    return _by_block(lon, lat, _forward(_gcj02_shift))


def gcj02_to_wgs84(lon: Floats, lat: Floats) -> Pair:
    """Undo the shift, to 1e-6 m; outside China positions stay."""
    return _by_block(lon, lat, _inverse(_gcj02_shift))


def wgs84_to_bd09(lon: Floats, lat: Floats) -> Pair:
    """Shift by GCJ-02, then by Baidu's own offset."""
    return _by_block(lon, lat, _forward(_bd09_shift))


def bd09_to_wgs84(lon: Floats, lat: Floats) -> Pair:
    """Undo both shifts, to 1e-6 m."""
    return _by_block(lon, lat, _inverse(_bd09_shift))


Shift = Callable[[Floats, Floats], Pair]


def _by_block(lon: Floats, lat: Floats, convert: Shift) -> Pair:
    out_lon, out_lat = lon.copy(), lat.copy()
    inside = np.flatnonzero(in_china(lon, lat))
    for start in range(0, len(inside), BLOCK):
        block = inside[start : start + BLOCK]
        out_lon[block], out_lat[block] = convert(lon[block], lat[block])
    return out_lon, out_lat


def _forward(shift: Shift) -> Shift:
    def convert(lon: Floats, lat: Floats) -> Pair:
        east, north = shift(lon, lat)
        return lon + east, lat + north

    return convert


def _inverse(shift: Shift) -> Shift:
    """Solve w + shift(w) = g for w by w <- g - shift(w)."""

    def convert(lon: Floats, lat: Floats) -> Pair:
        w_lon, w_lat = lon, lat
        for _ in range(_STEPS_MAX):
            east, north = shift(w_lon, w_lat)
            next_lon, next_lat = lon - east, lat - north
            moved = max(np.abs(next_lon - w_lon).max(), np.abs(next_lat - w_lat).max())
            w_lon, w_lat = next_lon, next_lat
            if moved < _CONVERGED_DEG:
                break
        return w_lon, w_lat

    return convert


def _gcj02_shift(lon: Floats, lat: Floats) -> Pair:
    """Degrees east and north by which GCJ-02 lies off."""
    x, y = lon - 105.0, lat - 35.0
    pi_x, pi_y = np.pi * x, np.pi * y
    sin_x, xy = np.sin(pi_x), x * y
    double = 2.0 * sin_x * np.cos(pi_x)  # sin 2πx, and by the triple angle sin 6πx
    waves = 20.0 * (double * (3.0 - 4.0 * double * double) + double)
    root = np.sqrt(np.abs(x))
    north_m = -100.0 + 2.0 * x + 3.0 * y + 0.2 * y * y + 0.1 * xy + 0.2 * root
    north_m += (2.0 / 3.0) * (
        waves
        + 20.0 * np.sin(pi_y)
        + 40.0 * np.sin(pi_y / 3.0)
        + 160.0 * np.sin(pi_y / 12.0)
        + 320.0 * np.sin(pi_y / 30.0)
    )
    east_m = 300.0 + x + 2.0 * y + 0.1 * x * x + 0.1 * xy + 0.1 * root
    east_m += (2.0 / 3.0) * (
        waves + 20.0 * sin_x + 40.0 * np.sin(pi_x / 3.0) + 150.0 * np.sin(pi_x / 12.0) + 300.0 * np.sin(pi_x / 30.0)
    )
    sin_lat = np.sin(np.radians(lat))
    w2 = 1.0 - _E2 * sin_lat * sin_lat
    w = np.sqrt(w2)
    cos_lat = np.sqrt(1.0 - sin_lat * sin_lat)
    return np.degrees(east_m * w / (_A_M * cos_lat)), np.degrees(north_m * w2 * w / (_A_M * (1.0 - _E2)))


def _bd09_shift(lon: Floats, lat: Floats) -> Pair:
    """Degrees east and north by which BD-09 lies off."""
    east, north = _gcj02_shift(lon, lat)
    x, y = lon + east, lat + north
    radius = np.hypot(x, y)
    longer = 1.0 + 2e-5 * np.sin(y * _BAIDU_WAVE) / radius
    turn = 3e-6 * np.cos(x * _BAIDU_WAVE)
    cos_turn, sin_turn = np.cos(turn), np.sin(turn)
    b_lon = longer * (x * cos_turn - y * sin_turn) + _BAIDU_LON
    b_lat = longer * (y * cos_turn + x * sin_turn) + _BAIDU_LAT
    return b_lon - lon, b_lat - lat
