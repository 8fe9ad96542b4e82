"""A made-up plain for tests of the screen: one site at its centre, objects so many metres north of it."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import replace
from functools import cache
from pathlib import Path
from typing import Any

import pyproj

from h2plan.domain import Land, Site, SiteKind, StationSize
from h2plan.project import Project, load
from h2plan.scenario import Scenario
from h2plan.scenario_screen import ScreenSection

ROOT = Path(__file__).resolve().parents[2]
LON, LAT = 114.3, 30.6
GEOD = pyproj.Geod(ellps="WGS84")


def site(
    id_: str = "s",
    *,
    kind: SiteKind = "logistics_hub",
    precision_m: float = 0.0,
    land: Land | None = None,
    **cells: Any,
) -> Site:
    """Return a candidate in the middle of the plain."""
    made = Site(
        id=id_,
        name=f"站{id_}",
        lon=LON,
        lat=LAT,
        precision_m=precision_m,
        kind=kind,
        city="城",
        source="made up",
        verified="yes",
        land=land or Land(),
    )
    return replace(made, **cells)


def size(capacity_kg_per_d: float, storage_kg: float) -> StationSize:
    """Return a size by capacity and storage."""
    return StationSize(
        id=f"S{capacity_kg_per_d:g}",
        capacity_kg_per_d=capacity_kg_per_d,
        capex_cny=1.0,
        opex_cny_per_yr=1.0,
        life_yr=10.0,
        storage_kg=storage_kg,
        source="made up",
        verified="yes",
    )


def north(metres: float) -> list[float]:
    """Return the position so many metres north of the site."""
    lon, lat, _ = GEOD.fwd(LON, LAT, 0.0, metres)
    return [lon, lat]


def point(metres: float, **properties: Any) -> dict[str, Any]:
    """Return a feature so many metres north of the site."""
    return feature({"type": "Point", "coordinates": north(metres)}, **properties)


def square(south_m: float, north_m: float, **properties: Any) -> dict[str, Any]:
    """Return an area from one distance north of the site to another, and a kilometre to each side."""
    west, east = LON - 0.01, LON + 0.01
    low, high = north(south_m)[1], north(north_m)[1]
    ring = [[west, low], [east, low], [east, high], [west, high], [west, low]]
    return feature({"type": "Polygon", "coordinates": [ring]}, **properties)


def feature(geometry: Mapping[str, Any], **properties: Any) -> dict[str, Any]:
    return {"type": "Feature", "properties": properties, "geometry": dict(geometry)}


def write_layer(path: Path, features: Sequence[Mapping[str, Any]]) -> str:
    """Write a GeoJSON file under data/ of a project folder; return its name in a scenario."""
    folder = path.parent
    folder.mkdir(parents=True, exist_ok=True)
    path.write_text(json.dumps({"type": "FeatureCollection", "features": list(features)}), encoding="utf-8")
    return f"data/{path.name}"


@cache
def _shipped() -> Scenario:
    return load(ROOT / "scenarios" / "wuhan-2030.yaml").scenario


def project(root: Path, screen: Mapping[str, Any]) -> Project:
    """Return a project in an empty folder that holds the given screen section and the shipped rules."""
    (root / "data" / "rules").mkdir(parents=True, exist_ok=True)
    for table in (ROOT / "data" / "rules").glob("*.csv"):
        (root / "data" / "rules" / table.name).write_bytes(table.read_bytes())
    shipped = _shipped()
    section = ScreenSection.model_validate(screen)
    return Project(scenario=shipped.model_copy(update={"screen": section}), file=root / "s.yaml", root=root)


def rules_table(root: Path, rows: Sequence[Mapping[str, str]], *, name: str = "own.csv") -> str:
    """Write a table under data/ of a project folder from rows of cells; return its name in a scenario."""
    head = list(dict.fromkeys(key for row in rows for key in row))
    lines = [",".join(head), *(",".join(row.get(key, "") for key in head) for row in rows)]
    (root / "data").mkdir(parents=True, exist_ok=True)
    (root / "data" / name).write_text("\n".join(lines) + "\n", encoding="utf-8")
    return f"data/{name}"
