"""What a datum's name means, and the way from it to WGS 84 and back."""

from __future__ import annotations

import re
from collections.abc import Callable
from functools import cache

import numpy as np
import pyproj
from numpy.typing import ArrayLike, NDArray
from pyproj.exceptions import CRSError, ProjError

from h2plan.datums import _shift
from h2plan.datums._local import LocalSystem
from h2plan.errors import Fault, InputError

Floats = NDArray[np.float64]
Crs = str | LocalSystem
"""A datum by its name, or a local system that has none."""

DEGREES = ("wgs84", "cgcs2000")
"""Positions in these are used as they stand: CGCS2000 (EPSG:4490) and WGS 84 agree within decimetres in China, below
the precision of any table."""

_SHIFTED: dict[str, tuple[Callable[[Floats, Floats], tuple[Floats, Floats]], ...]] = {
    "gcj02": (_shift.gcj02_to_wgs84, _shift.wgs84_to_gcj02),
    "bd09": (_shift.bd09_to_wgs84, _shift.wgs84_to_bd09),
}
NAMED = (*DEGREES, *_SHIFTED)
_EPSG = re.compile(r"EPSG:(\d{4,6})", re.IGNORECASE)
_WGS84_EPSG, _CGCS2000_EPSG = 4326, 4490


def normal_name(crs: str) -> str:
    """Spell a datum as h2plan does: EPSG:4326 is wgs84, EPSG:4490 is cgcs2000, epsg:4547 is EPSG:4547."""
    match = _EPSG.fullmatch(crs.strip())
    if match is None:
        return crs
    code = int(match.group(1))
    return {_WGS84_EPSG: "wgs84", _CGCS2000_EPSG: "cgcs2000"}.get(code, f"EPSG:{code}")


def is_degrees(crs: Crs) -> bool:
    """True for datums whose positions are used as they stand."""
    return isinstance(crs, str) and normal_name(crs) in DEGREES


def is_known(crs: str) -> bool:
    """True if `to_wgs84` takes the name."""
    return _why_not(normal_name(crs)) is None


def check_crs(crs: str, *, where: str) -> str:
    """Return the datum's name as h2plan spells it.

    Raises:
        InputError: no such datum, or no published way from it to WGS 84.
    """
    name = normal_name(crs)
    wrong = _why_not(name)
    if wrong is not None:
        raise InputError(Fault(where=where, column="crs", value=crs, message=wrong[0], hint=wrong[1]))
    return name


def spoken(crs: Crs) -> str:
    """Name a datum in a message; a local system has no more name than that."""
    return "a local system" if isinstance(crs, LocalSystem) else normal_name(crs)


def to_wgs84(lon: ArrayLike, lat: ArrayLike, crs: Crs) -> tuple[Floats, Floats]:
    """WGS-84 degrees for positions in a datum; `lon` and `lat` are its x (east) and y (north), of the same shape.

    GCJ-02 and BD-09 are inverted to 1e-6 m, and are the identity outside the rectangle around China. What cannot be
    converted becomes NaN.

    Raises:
        InputError: the datum is not known.
    """
    x, y = _arrays(lon, lat)
    if isinstance(crs, LocalSystem):
        return _finite(*crs.to_wgs84(x, y))
    name = check_crs(crs, where="crs")
    if name in DEGREES:
        return x.copy(), y.copy()
    if name in _SHIFTED:
        return _flat(_SHIFTED[name][0], x, y)
    return _finite(*_transformer(name).transform(x, y))


def from_wgs84(lon: ArrayLike, lat: ArrayLike, crs: Crs) -> tuple[Floats, Floats]:
    """Positions in a datum (x, y) for WGS-84 degrees of the same shape; the inverse of `to_wgs84`."""
    x, y = _arrays(lon, lat)
    if isinstance(crs, LocalSystem):
        return _finite(*crs.from_wgs84(x, y))
    name = check_crs(crs, where="crs")
    if name in DEGREES:
        return x.copy(), y.copy()
    if name in _SHIFTED:
        return _flat(_SHIFTED[name][1], x, y)
    return _finite(*_transformer(name).transform(x, y, direction="INVERSE"))


def _arrays(lon: ArrayLike, lat: ArrayLike) -> tuple[Floats, Floats]:
    x, y = np.broadcast_arrays(np.asarray(lon, dtype=float), np.asarray(lat, dtype=float))
    return x.copy(), y.copy()


def _flat(convert: Callable[[Floats, Floats], tuple[Floats, Floats]], x: Floats, y: Floats) -> tuple[Floats, Floats]:
    out_x, out_y = convert(x.ravel(), y.ravel())
    return out_x.reshape(x.shape), out_y.reshape(y.shape)


def _finite(x: ArrayLike, y: ArrayLike) -> tuple[Floats, Floats]:
    out_x, out_y = np.asarray(x, dtype=float), np.asarray(y, dtype=float)
    lost = ~(np.isfinite(out_x) & np.isfinite(out_y))
    return np.where(lost, np.nan, out_x), np.where(lost, np.nan, out_y)


def _why_not(name: str) -> tuple[str, str] | None:
    """Say why a datum cannot be used, and what to do; None if it can."""
    if name in NAMED:
        return None
    known = f"known: {', '.join(NAMED)}, EPSG:n"
    if name.startswith("local"):
        message = f"{name!r} names a local system, which is for imports only: its parameters never enter a plan"
        return message, "import the table once: h2plan import sites FILE --local-system PARAMETERS"
    if _EPSG.fullmatch(name) is None:
        return f"datum {name!r} is not known", known
    try:
        _transformer(name)
    except (CRSError, _NotPlaneError):
        return f"datum {name!r} is not known: no system of longitude and latitude or of metres has this number", known
    except ProjError:
        hint = "convert the positions first, or import the table with the seven parameters of its datum"
        return f"datum {name!r} has no published way to WGS 84", hint
    return None


class _NotPlaneError(ValueError):
    """A system of heights or of three dimensions."""


@cache
def _transformer(name: str) -> pyproj.Transformer:
    """The best published transformation; one that merely takes the degrees over is refused by PROJ.

    A datum on CGCS2000 leads to its own degrees, which are then taken as WGS 84.
    """
    crs = pyproj.CRS.from_epsg(int(name.partition(":")[2]))
    if not (crs.is_projected or crs.is_geographic) or len(crs.axis_info) != 2:
        raise _NotPlaneError(name)
    geodetic = crs.geodetic_crs
    chinese = geodetic is not None and geodetic.to_epsg() == _CGCS2000_EPSG
    target = _CGCS2000_EPSG if chinese else _WGS84_EPSG
    return pyproj.Transformer.from_crs(crs, target, always_xy=True, allow_ballpark=chinese)
