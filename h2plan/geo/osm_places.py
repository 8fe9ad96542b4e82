"""Places of an OpenStreetMap extract where a station could stand: fuel, services, toll gates, harbours, logistics."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from types import ModuleType
from typing import Any

import numpy as np
import shapely
from scipy.sparse import coo_array
from scipy.sparse.csgraph import connected_components
from scipy.spatial import KDTree

from h2plan.domain import SiteKind
from h2plan.geo.crs import local_plane
from h2plan.geo.osm import EVERY, SOURCE, need_osmium, reading
from h2plan.geo.raw_roads import Progress, silent

KEYS = ("amenity", "highway", "barrier", "harbour", "landuse", "industrial", "seamark:type")
ONE_GATE_M = 150.0
"""Toll booths closer together than this are one toll gate. h2plan assumption, unverified."""
POINT_PRECISION_M = 30.0
"""Honest error of a place drawn as a point (h2plan assumption, unverified); an area is good to half its width."""
_GAS = ("fuel:cng", "fuel:lng")
_HYDROGEN = ("fuel:h2", "fuel:h70", "fuel:h35")


@dataclass(frozen=True, slots=True, kw_only=True)
class OsmPlace:
    """A place of the map. `id` is osm-n…, osm-w… or osm-r… with the number of the node, way or relation."""

    id: str
    name: str
    name_en: str
    kind: SiteKind
    lon: float
    lat: float
    precision_m: float
    area_m2: float | None
    operator: str
    source: str = SOURCE


def read_osm_places(path: Path, *, where: str, on_progress: Progress = silent) -> tuple[OsmPlace, ...]:
    """Read the places of an OSM PBF file, sorted by id; areas stand at a point inside them.

    Booths of one toll gate become one place. Raises InputError for a broken file, EnvironmentFault without osmium.
    """
    osmium = need_osmium()
    with reading(path, where=where):
        found = _scan(osmium, path, on_progress)
    gates = [place for place in found if place.kind == "toll_gate"]
    others = [place for place in found if place.kind != "toll_gate"]
    on_progress("places", len(found))
    return tuple(sorted([*others, *_gates(gates)], key=lambda place: place.id))


def kind_of_place(tags: Mapping[str, str]) -> SiteKind | None:
    """The kind of site that the tags stand for, None for anything else."""
    if tags.get("amenity") == "fuel":
        return _fuel_kind(tags)
    if tags.get("highway") == "services":
        return "highway_service"
    if tags.get("barrier") == "toll_booth":
        return "toll_gate"
    if _is_port(tags):
        return "port"
    logistics = tags.get("landuse") == "logistics" or tags.get("industrial") in (
        "logistics",
        "warehouse",
        "distributor",
    )
    return "logistics_hub" if logistics else None


def _fuel_kind(tags: Mapping[str, str]) -> SiteKind:
    if any(tags.get(key) == "yes" for key in _HYDROGEN):
        return "hydrogen_station"
    fuels = [key for key, value in tags.items() if key.startswith("fuel:") and value == "yes"]
    return "gas_station" if fuels and all(key in _GAS for key in fuels) else "fuel_station"


def _is_port(tags: Mapping[str, str]) -> bool:
    if tags.get("harbour", "no") != "no" or tags.get("seamark:type") == "harbour":
        return True
    return tags.get("landuse") == "port" or tags.get("industrial") == "port"


def _scan(osmium: ModuleType, path: Path, on_progress: Progress) -> list[OsmPlace]:
    wanted = osmium.filter.KeyFilter(*KEYS)
    entities = osmium.FileProcessor(str(path)).with_areas(wanted).with_filter(wanted)
    found: list[OsmPlace] = []
    for count, entity in enumerate(entities, start=1):
        if count % EVERY == 0:
            on_progress("objects", count)
        if not (entity.is_node() or entity.is_area()):
            continue
        tags = {tag.k: tag.v for tag in entity.tags}
        kind = kind_of_place(tags)
        if kind is not None:
            found += _point(entity, tags, kind) if entity.is_node() else _area(entity, tags, kind)
    return found


def _point(node: Any, tags: Mapping[str, str], kind: SiteKind) -> Iterable[OsmPlace]:
    if node.location.valid():
        at = (node.location.lon, node.location.lat)
        yield _place(f"osm-n{node.id}", tags, kind, at=at, precision_m=POINT_PRECISION_M, area_m2=None)


def _area(area: Any, tags: Mapping[str, str], kind: SiteKind) -> Iterable[OsmPlace]:
    rings = [[(node.lon, node.lat) for node in ring] for ring in area.outer_rings()]
    lon, lat = np.array([corner for ring in rings for corner in ring]).T
    plane = local_plane(lon, lat)
    polygons = [shapely.Polygon(np.column_stack(plane.to_xy(*np.array(ring).T))) for ring in rings]
    whole = shapely.union_all([polygon if polygon.is_valid else polygon.buffer(0) for polygon in polygons])
    if whole.is_empty:
        return
    inside = whole.representative_point()
    x, y = plane.to_lonlat(inside.x, inside.y)
    half_width_m = max(POINT_PRECISION_M, float(np.sqrt(whole.area)) / 2)
    letter = "w" if area.from_way() else "r"
    at = (float(x), float(y))
    name = f"osm-{letter}{area.orig_id()}"
    yield _place(name, tags, kind, at=at, precision_m=round(half_width_m), area_m2=round(float(whole.area)))


def _place(
    ident: str,
    tags: Mapping[str, str],
    kind: SiteKind,
    *,
    at: tuple[float, float],
    precision_m: float,
    area_m2: float | None,
) -> OsmPlace:
    return OsmPlace(
        id=ident,
        name=tags.get("name") or tags.get("brand") or tags.get("operator") or ident,
        name_en=tags.get("name:en", ""),
        kind=kind,
        lon=round(at[0], 7),
        lat=round(at[1], 7),
        precision_m=precision_m,
        area_m2=area_m2,
        operator=tags.get("operator", ""),
    )


def _gates(booths: Sequence[OsmPlace]) -> list[OsmPlace]:
    """One place for the booths that stand together: the mean of their positions, the first id, the first name."""
    if not booths:
        return []
    ordered = sorted(booths, key=lambda place: place.id)
    lon, lat = np.array([place.lon for place in ordered]), np.array([place.lat for place in ordered])
    near = KDTree(np.column_stack(local_plane(lon, lat).to_xy(lon, lat))).query_pairs(ONE_GATE_M, output_type="ndarray")
    graph = coo_array((np.ones(len(near)), (near[:, 0], near[:, 1])), shape=(len(ordered), len(ordered)))
    _, label = connected_components(graph, directed=False)
    gates = []
    for group in range(int(label.max()) + 1):
        members = np.flatnonzero(label == group)
        named = [ordered[n].name for n in members if not ordered[n].name.startswith("osm-")]
        first = ordered[int(members[0])]
        mean = float(lon[members].mean()), float(lat[members].mean())
        gates.append(replace(first, name=(named or [first.name])[0], lon=round(mean[0], 7), lat=round(mean[1], 7)))
    return gates
