"""OpenStreetMap extracts (PBF) through osmium: the drivable roads of a region, cut at their junctions."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from types import ModuleType
from typing import Any

import numpy as np

from h2plan.errors import EnvironmentFault, Fault, InputError
from h2plan.geo.crs import geodesic_km
from h2plan.geo.osm_tags import CLASSES, MAIN, direction_of, highway_of, traits_of
from h2plan.geo.raw_roads import Position, Progress, RawRoads, Way, silent

MAX_PBF_BYTES = 4_000_000_000
EVERY = 20_000
SOURCE = "OpenStreetMap (ODbL 1.0)"
_KINDS: Mapping[tuple[str, str], str] = {
    ("highway", "motorway_junction"): "interchange",
    ("barrier", "toll_booth"): "toll_gate",
}


def need_osmium() -> ModuleType:
    """The osmium package. Raises EnvironmentFault that names the extra it comes with."""
    try:
        import osmium
    except ImportError:
        message = "reading OpenStreetMap PBF needs the osmium package; install it with: pip install 'h2plan[osm]'"
        raise EnvironmentFault(message) from None
    return osmium


@contextmanager
def reading(path: Path, *, where: str) -> Iterator[None]:
    """Turn what osmium says of a broken file into an input error."""
    check_pbf(path, where=where)
    try:
        yield
    except (RuntimeError, ValueError, OSError) as error:
        hint = "the file is cut short or damaged: download it again and compare its checksum"
        raise InputError(Fault(where=where, message=f"cannot be read as OSM PBF: {error}", hint=hint)) from None


def check_pbf(path: Path, *, where: str) -> None:
    """Refuse what is no PBF by its first bytes: a blob header that names itself OSMHeader."""
    if not path.is_file():
        raise InputError("there is no such file", where=where)
    if path.stat().st_size > MAX_PBF_BYTES:
        raise InputError("is larger than 4 GB; cut the region out first, with osmium extract", where=where)
    with path.open("rb") as stream:
        head = stream.read(64)
    if b"OSMHeader" not in head:
        raise InputError("is no OSM PBF file: it does not begin with an OSM header", where=where)


@dataclass(slots=True)
class _Kept:
    """Ways as they stand in the file: tags, and the nodes in order with their positions (None: not in the file)."""

    id: int
    tags: dict[str, str]
    refs: list[int]
    at: list[Position | None]


@dataclass
class _Found:
    ways: list[_Kept] = field(default_factory=list)
    kinds: dict[int, str] = field(default_factory=dict)
    names: dict[int, str] = field(default_factory=dict)


def read_pbf_roads(
    path: Path, *, where: str, highways: Collection[str] = MAIN, on_progress: Progress = silent
) -> RawRoads:
    """Read the roads of an OSM PBF file, cut at every node that two of them share; lengths are geodesic.

    Nodes that the file names and does not hold end their road there. Raises InputError for a file that is broken or
    holds no such roads, EnvironmentFault when osmium is not installed.
    """
    osmium = need_osmium()
    with reading(path, where=where):
        found = _scan(osmium, path, highways, on_progress)
    if not found.ways:
        raise InputError(f"holds no roads of the classes {', '.join(sorted(highways))}", where=where)
    return _cut(found, where=where)


def _scan(osmium: ModuleType, path: Path, highways: Collection[str], on_progress: Progress) -> _Found:
    found = _Found()
    wanted = osmium.filter.KeyFilter("highway", "barrier")
    for count, entity in enumerate(osmium.FileProcessor(str(path)).with_locations().with_filter(wanted), start=1):
        if count % EVERY == 0:
            on_progress("objects", count)
        if entity.is_node():
            _note_node(found, entity)
        elif entity.is_way():
            tags = {tag.k: tag.v for tag in entity.tags}
            if highway_of(tags) in highways and highway_of(tags) in CLASSES and tags.get("area") != "yes":
                found.ways.append(_kept(entity, tags))
    on_progress("roads", len(found.ways))
    return found


def _note_node(found: _Found, node: Any) -> None:
    for (key, value), kind in _KINDS.items():
        if node.tags.get(key) == value:
            found.kinds[node.id] = kind
            found.names[node.id] = node.tags.get("name") or node.tags.get("ref") or ""


def _kept(way: Any, tags: dict[str, str]) -> _Kept:
    refs: list[int] = []
    at: list[Position | None] = []
    for node in way.nodes:
        if refs and refs[-1] == node.ref:
            continue
        refs.append(node.ref)
        at.append((node.location.lon, node.location.lat) if node.location.valid() else None)
    return _Kept(id=way.id, tags=tags, refs=refs, at=at)


def _cut(found: _Found, *, where: str) -> RawRoads:
    """Cut the ways at shared nodes, at named kinds of nodes, and where a position is missing."""
    uses = Counter(ref for way in found.ways for ref in way.refs)
    uses.update(ref for way in found.ways for ref in (way.refs[0], way.refs[-1]))
    joints = {ref for ref, count in uses.items() if count > 1} | set(found.kinds)
    pieces = [piece for way in found.ways for piece in _pieces(way, joints)]
    lost = sum(at is None for way in found.ways for at in way.at)
    if not pieces:
        raise InputError("holds roads without the nodes they run through; extract it with complete ways", where=where)
    lengths = _lengths_km([corners for _, _, _, corners in pieces])
    positions: dict[str, Position] = {}
    ways = []
    for (way, first, last, corners), length_km in zip(pieces, lengths, strict=True):
        turned = direction_of(way.tags) == "backward"
        ends, shape = (way.refs[first], way.refs[last]), corners
        if turned:
            ends, shape = ends[::-1], corners[::-1]
        positions[f"n{ends[0]}"], positions[f"n{ends[1]}"] = shape[0], shape[-1]
        ways.append(
            Way(
                id=f"w{way.id}-{first}",
                from_node=f"n{ends[0]}",
                to_node=f"n{ends[1]}",
                length_km=length_km,
                traits=traits_of(way.tags, oneway=direction_of(way.tags) != "both"),
                via=tuple(shape[1:-1]),
            )
        )
    note = f"{lost} nodes of roads are not in the file: the roads end there" if lost else ""
    return RawRoads(
        positions=positions,
        ways=tuple(ways),
        kinds={f"n{ref}": kind for ref, kind in found.kinds.items() if f"n{ref}" in positions},
        names={f"n{ref}": name for ref, name in found.names.items() if name and f"n{ref}" in positions},
        source=SOURCE,
        notes=(note,) if note else (),
    )


def _pieces(way: _Kept, joints: Collection[int]) -> Iterator[tuple[_Kept, int, int, list[Position]]]:
    """Stretches of a way between joints: its first and last place in the way, and its corners."""
    first = 0
    corners: list[Position] = []
    for place, at in enumerate(way.at):
        if at is None:
            first, corners = place + 1, []
            continue
        corners.append(at)
        ends_here = way.refs[place] in joints or place + 1 == len(way.at) or way.at[place + 1] is None
        if len(corners) > 1 and ends_here:
            yield way, first, place, corners
            first, corners = place, [at]


def _lengths_km(shapes: Sequence[Sequence[Position]]) -> list[float]:
    """Geodesic length of each line, km."""
    flat = np.array([corner for shape in shapes for corner in shape])
    owner = np.repeat(np.arange(len(shapes)), [len(shape) for shape in shapes])
    same = owner[1:] == owner[:-1]
    step_km = geodesic_km(flat[:-1, 0], flat[:-1, 1], flat[1:, 0], flat[1:, 1])
    return [float(km) for km in np.bincount(owner[1:][same], weights=step_km[same], minlength=len(shapes))]
