"""Whether places fit the roads better in another datum: said, never acted upon."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import shapely
from numpy.typing import NDArray

from h2plan.errors import InputError
from h2plan.geo.crs import Floats, LocalPlane, from_wgs84, local_plane, to_wgs84
from h2plan.geo.roads import RoadNetwork
from h2plan.project import Project
from h2plan.tables.open import open_table

CANDIDATES = ("wgs84", "gcj02", "bd09")
"""Datums that a list of places in China comes in; CGCS2000 cannot be told from WGS 84."""
PRECISE_M = 150.0
"""Places known to worse than this say nothing about a shift of some 500 m."""
PLACES_MIN = 10
"""Fewer places may lie well by chance (h2plan assumption, unverified)."""
STREETS_KM_PER_KM2 = 4.0
"""Roads within a kilometre of the places, from which a network counts as one of streets (h2plan assumption)."""
BETTER_SHARE = 0.5
"""Another datum is named only if its places lie at less than this share of the distance."""
PLACES_LOOKED_AT = 2_000
_AROUND_M = 1_000.0


@dataclass(frozen=True, kw_only=True)
class Fit:
    """How well places lie on the roads in each datum."""

    declared: str
    places: int
    median_m: Mapping[str, float]
    """Median distance to the nearest road by datum."""
    better: str | None = None
    """Another datum that fits clearly better."""
    unknown_because: str = ""
    """Why nothing can be said; blank if something can."""


def fit_datum(lon: Floats, lat: Floats, *, declared: str, precision_m: Floats, lines: NDArray[np.object_]) -> Fit:
    """Compare the median distance of places to the roads in each datum.

    `lon` and `lat` are the positions as they are written in the declared datum; `lines` are roads in WGS-84 degrees.
    """
    at = np.linspace(0, len(lon) - 1, min(len(lon), PLACES_LOOKED_AT)).astype(int)
    here = _readings(lon[at], lat[at], declared)
    if (reason := _too_little(lon, precision_m, lines)) is not None:
        return Fit(declared=declared, places=len(lon), median_m={}, unknown_because=reason)
    plane = local_plane(*here[declared])
    roads = np.asarray(shapely.transform(lines, plane.to_xy, interleaved=False), dtype=object)
    tree = shapely.STRtree(roads)
    density = _street_km_per_km2(roads, tree, _points(plane, *here[declared]))
    if density < STREETS_KM_PER_KM2:
        reason = f"{density:.1f} km of road a km² around the places, {STREETS_KM_PER_KM2:g} are needed"
        return Fit(declared=declared, places=len(lon), median_m={}, unknown_because=reason)
    medians = {name: _median_m(tree, _points(plane, *position)) for name, position in here.items()}
    best = min(medians, key=lambda name: medians[name])
    if best != declared and medians[best] < BETTER_SHARE * medians[declared]:
        return Fit(declared=declared, places=len(lon), median_m=medians, better=best)
    others = min(value for name, value in medians.items() if name != declared)
    told = medians[declared] < BETTER_SHARE * others
    reason = "" if told else f"places {medians[declared]:.0f} m off the roads as {declared}, {others:.0f} m as another"
    return Fit(declared=declared, places=len(lon), median_m=medians, unknown_because=reason)


def _readings(lon: Floats, lat: Floats, declared: str) -> dict[str, tuple[Floats, Floats]]:
    """Read the same numbers in each datum: WGS-84 positions by datum, the declared one among them."""
    as_declared = to_wgs84(lon, lat, declared)
    shifted = declared in CANDIDATES[1:]
    written = from_wgs84(*as_declared, declared) if shifted else as_declared
    readings = {name: to_wgs84(*written, name) for name in CANDIDATES}
    if not shifted:
        del readings["wgs84"]  # the declared datum is this one, by another name
    return {**readings, declared: as_declared}


def _too_little(lon: Floats, precision_m: Floats, lines: NDArray[np.object_]) -> str | None:
    if len(lon) < PLACES_MIN:
        return f"{len(lon)} places, {PLACES_MIN} are needed"
    if len(lines) == 0:
        return "there are no roads"
    known_m = float(np.median(precision_m))
    if math.isnan(known_m) or known_m >= PRECISE_M:
        return f"places known to {known_m:.0f} m, {PRECISE_M:.0f} m are needed"
    return None


def _points(plane: LocalPlane, lon: Floats, lat: Floats) -> NDArray[np.object_]:
    return np.asarray(shapely.points(*plane.to_xy(lon, lat)), dtype=object)


def _median_m(tree: shapely.STRtree, points: NDArray[np.object_]) -> float:
    nearest = tree.nearest(points)
    return float(np.median(shapely.distance(points, tree.geometries[nearest])))


def _street_km_per_km2(roads: NDArray[np.object_], tree: shapely.STRtree, points: NDArray[np.object_]) -> float:
    """Median over the places of the road length within a kilometre, by the area of that disc."""
    some = points[np.linspace(0, len(points) - 1, min(len(points), 100)).astype(int)]
    discs = np.asarray(shapely.buffer(some, _AROUND_M), dtype=object)
    asked, found = tree.query(discs, predicate="intersects")
    pieces_m = shapely.length(shapely.intersection(roads[found], discs[asked]))
    metres = np.bincount(asked, weights=pieces_m, minlength=len(some))
    return float(np.median(metres)) / 1000 / (math.pi * (_AROUND_M / 1000) ** 2)


def road_lines(network: RoadNetwork) -> NDArray[np.object_]:
    """The links as lines in WGS-84 degrees, shape (links,)."""
    ends = [(network.nodes[a], network.nodes[b]) for a, b in zip(network.link_from, network.link_to, strict=True)]
    corners = [[(a.lon, a.lat), *link.via, (b.lon, b.lat)] for link, (a, b) in zip(network.links, ends, strict=True)]
    return np.array([shapely.LineString(line) for line in corners], dtype=object)


def datum_notes(project: Project, network: RoadNetwork) -> tuple[str, ...]:
    """Say of each table of places whether another datum fits the roads better, or that it cannot be told."""
    lines = road_lines(network)
    notes: list[str] = []
    untold: list[str] = []
    for file, crs in dict.fromkeys(_point_tables(project)):
        places = _positions(project.path(file, where="crs"), project.root)
        if places is None:
            continue
        lon, lat, precision_m = places
        fit = fit_datum(lon, lat, declared=crs, precision_m=precision_m, lines=lines)
        if fit.better is not None:
            notes.append(_better_note(file, fit))
        elif fit.unknown_because:
            untold.append(f"{file} ({fit.unknown_because})")
    if untold:
        notes.append(f"datum as declared; whether it is right cannot be told from the roads: {'; '.join(untold)}")
    return tuple(notes)


def _better_note(file: str, fit: Fit) -> str:
    assert fit.better is not None
    return (
        f"{file}: declared {fit.declared}, but its {fit.places} places fit the roads better as {fit.better}: median"
        f" {fit.median_m[fit.better]:.0f} m off a road instead of {fit.median_m[fit.declared]:.0f} m. Nothing was"
        f" shifted: if the list came in {fit.better}, write crs: {fit.better}"
    )


def _point_tables(project: Project) -> Iterator[tuple[str, str]]:
    """Yield each CSV table that a scenario names beside a datum, with the datum."""
    scenario = project.scenario
    sections: list[Mapping[str, Any]] = [entry.options for entry in (*scenario.sites, *scenario.demand)]
    if scenario.supply is not None:
        sections.append({"sources": scenario.supply.sources, "crs": scenario.supply.crs})
    for section in sections:
        crs = section.get("crs")
        if isinstance(crs, str):
            files = (text for text in section.values() if isinstance(text, str) and text.endswith(".csv"))
            yield from ((file, crs) for file in files)


def _positions(path: Path, root: Path) -> tuple[Floats, Floats, Floats] | None:
    """Return the placed rows of a table as they are written; None if it holds no positions."""
    names = {"lon": "lon", "经度": "lon", "lat": "lat", "纬度": "lat", "precision_m": "error", "位置误差_m": "error"}
    try:
        contents = open_table(path, root=root).contents
    except InputError:
        return None  # whoever reads the table says what is wrong with it
    at = {names[header]: place for place, header in enumerate(contents.columns) if header in names}
    if not {"lon", "lat", "error"} <= at.keys():
        return None
    cells = [[row[at[name]] for name in ("lon", "lat", "error")] for _, row in contents.rows if isinstance(row, list)]
    found = np.array([[float(cell) for cell in row] for row in cells if all(row)], dtype=float).reshape(-1, 3)
    return (found[:, 0], found[:, 1], found[:, 2]) if len(found) else None
