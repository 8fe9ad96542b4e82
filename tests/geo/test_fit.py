"""Whether places fit the roads better in another datum, on streets 200 m apart."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import shapely

from h2plan.geo.crs import LocalPlane, from_wgs84, to_wgs84
from h2plan.geo.fit import Fit, datum_notes, fit_datum
from h2plan.geo.roads import RoadNetwork
from h2plan.project import Project, load
from tests.geo.worlds import link, network, node

PLANE = LocalPlane(114.3, 30.6)
SIDE_M = 4_000.0


def streets(spacing_m: float = 200.0) -> np.ndarray:
    """A grid of straight streets around the middle of Wuhan, in degrees."""
    at = np.arange(-SIDE_M, SIDE_M + 1, spacing_m)
    along = [-SIDE_M, SIDE_M]
    ends = [pair for here in at for pair in (([here, here], along), (along, [here, here]))]
    return np.array([shapely.LineString(np.column_stack(PLANE.to_lonlat(*pair))) for pair in ends], dtype=object)


def kerbside(count: int = 60, *, off_m: float = 10.0, spacing_m: float = 200.0) -> tuple[np.ndarray, np.ndarray]:
    """Places beside a street, WGS 84."""
    rng = np.random.default_rng(3)
    x = rng.integers(-10, 10, count) * spacing_m + rng.uniform(-off_m, off_m, count)
    return PLANE.to_lonlat(x, rng.uniform(-2_000, 2_000, count))


def fit(written: tuple[np.ndarray, np.ndarray], declared: str, *, error_m: float = 20.0, spacing_m: float = 200) -> Fit:
    precision_m = np.full(len(written[0]), error_m)
    return fit_datum(*written, declared=declared, precision_m=precision_m, lines=streets(spacing_m))


@pytest.mark.parametrize(("true", "declared"), [("gcj02", "wgs84"), ("gcj02", "cgcs2000"), ("wgs84", "gcj02")])
def test_a_wrong_datum_is_caught(true: str, declared: str) -> None:
    found = fit(from_wgs84(*kerbside(), true), declared)
    assert found.better == true
    assert found.median_m[true] < 10
    assert found.median_m[declared] > 20


@pytest.mark.parametrize("true", ["wgs84", "gcj02", "bd09", "cgcs2000"])
def test_the_right_datum_is_left_in_peace_and_lands_within_a_metre(true: str) -> None:
    here = kerbside()
    written = from_wgs84(*here, true)
    found = fit(written, true)
    assert found.better is None
    assert found.unknown_because == ""
    x, y = PLANE.to_xy(*to_wgs84(*written, true))
    assert np.hypot(*(np.array([x, y]) - PLANE.to_xy(*here))).max() < 1


def test_metres_of_the_zone_are_compared_as_the_degrees_they_stand_for() -> None:
    assert fit(from_wgs84(*kerbside(), "EPSG:4547"), "EPSG:4547").better is None
    wrong = from_wgs84(*from_wgs84(*kerbside(), "gcj02"), "EPSG:4547")
    assert fit(wrong, "EPSG:4547").better == "gcj02"


def test_places_known_to_150_m_cannot_tell() -> None:
    found = fit(from_wgs84(*kerbside(), "gcj02"), "wgs84", error_m=150.0)
    assert found.better is None
    assert found.unknown_because == "places known to 150 m, 150 m are needed"


def test_a_network_of_main_roads_cannot_tell() -> None:
    found = fit(from_wgs84(*kerbside(), "gcj02"), "wgs84", spacing_m=1_000)
    assert found.better is None
    assert "km of road a km² around the places, 4 are needed" in found.unknown_because


def test_a_handful_of_places_cannot_tell() -> None:
    found = fit(from_wgs84(*kerbside(9), "gcj02"), "wgs84")
    assert found.better is None
    assert found.unknown_because == "9 places, 10 are needed"


def test_places_far_from_any_street_fit_no_datum_better() -> None:
    found = fit(from_wgs84(*kerbside(off_m=100), "gcj02"), "wgs84")
    assert found.better is None
    assert "m off the roads as wgs84" in found.unknown_because


SCENARIO = """
name: t
title: {zh: t, en: t}
region: {city: c, lon: [113, 116], lat: [29, 32]}
periods: [2030]
roads: {nodes: data/n.csv, links: data/l.csv, speeds: data/s.csv, crs: wgs84}
sites: [{use: table, file: data/sites.csv, crs: CRS}]
fleet: {vehicles: v, mix: m, active_share_low: 0, active_share_base: 0, active_share_high: 0, source: s}
targets: {fcev: {2030: 1}}
demand: [{use: ports, file: data/sites.csv, crs: CRS, activity: data/activity.csv}]
station_sizes: data/z.csv
limits: {service_radius_km: 1}
finance: {discount_rate: 0, operating_d_per_yr: 1, vehicle_time_cny_per_h: 0, shortfall_cny_per_kg: 0, source: s}
model: {use: x}
outputs: [{use: map}]
"""


def project(folder: Path, *, declared: str, error_m: float = 20) -> Project:
    """A scenario whose one table of places was written in GCJ-02."""
    (folder / "data").mkdir()
    lon, lat = from_wgs84(*kerbside(), "gcj02")
    rows = "".join(f"{x},{y},{error_m}\n" for x, y in zip(lon.tolist(), lat.tolist(), strict=True))
    (folder / "data/sites.csv").write_text("lon,lat,precision_m\n" + rows + ",,\n", encoding="utf-8")
    (folder / "data/activity.csv").write_text("site_id,weight\na,1\n", encoding="utf-8")
    file = folder / "t.yaml"
    file.write_text(SCENARIO.replace("CRS", declared), encoding="utf-8")
    return load(file)


def grid() -> RoadNetwork:
    """The streets as a network of links."""
    nodes, links = [], []
    for number, line in enumerate(np.arange(-20, 21)):
        for name, ends in (("v", [(line / 5, -4), (line / 5, 4)]), ("h", [(-4, line / 5), (4, line / 5)])):
            pair = [node(f"{name}{number}{side}", *end) for side, end in zip("ab", ends, strict=True)]
            nodes += pair
            links.append(link(f"{name}{number}", f"{pair[0].id}-{pair[1].id}", 8.0))
    links += [link(f"j{n}", f"{a.id}-{b.id}", 20.0) for n, (a, b) in enumerate(zip(nodes, nodes[2:], strict=False))]
    links += [link("j", f"{nodes[0].id}-{nodes[1].id}", 20.0)]
    return network(nodes, links)


def test_a_scenario_is_told_which_table_fits_better_and_that_nothing_was_shifted(tmp_path: Path) -> None:
    (note,) = datum_notes(project(tmp_path, declared="wgs84"), grid())
    assert note.startswith("data/sites.csv: declared wgs84, but its 60 places fit the roads better as gcj02: median")
    assert "Nothing was shifted" in note


def test_a_scenario_with_the_right_datum_is_told_nothing(tmp_path: Path) -> None:
    assert datum_notes(project(tmp_path, declared="gcj02"), grid()) == ()


def test_a_scenario_is_told_when_nothing_can_be_told(tmp_path: Path) -> None:
    (note,) = datum_notes(project(tmp_path, declared="wgs84", error_m=1_000), grid())
    assert "cannot be told from the roads: data/sites.csv (places known to 1000 m" in note
