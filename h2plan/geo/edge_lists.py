"""Road maps as tables of edges: GeoPackage and GraphML as OSMnx writes them, and Parquet or GeoPackage edge lists."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import shapely
from numpy.typing import NDArray

from h2plan.errors import Fault, InputError
from h2plan.geo.crs import geodesic_km
from h2plan.geo.edge_ends import place_nodes
from h2plan.geo.osm_tags import CLASSES, direction_of, highway_of, traits_of
from h2plan.geo.raw_roads import Position, Progress, RawRoads, Way, silent

_NO_TEXT = frozenset({"", "nan", "None", "none", "<NA>", "NaN"})
_NODE_COLUMNS = (("osmid", "id", "node"), ("x", "lon"), ("y", "lat"))


@dataclass(frozen=True, kw_only=True, eq=False)
class EdgeTable:
    """Columns of a table of edges, and its lines in WGS-84 degrees where it has any."""

    columns: Mapping[str, Sequence[Any]]
    lines: NDArray[np.object_] | None = None
    nodes: Mapping[str, Position] | None = None
    """Positions of the nodes, where the file gives them."""
    kinds: Mapping[str, str] | None = None

    def __len__(self) -> int:
        return len(next(iter(self.columns.values()), ()))


def roads_of_edges(
    table: EdgeTable,
    *,
    where: str,
    source: str,
    highways: Collection[str] | None = None,
    on_progress: Progress = silent,
) -> RawRoads:
    """Roads from a table with the columns u, v and highway, and length (m) unless it has lines to measure.

    An edge is one-way where its `oneway` says so; without that column every edge is two-way. An edge that repeats
    another one in the opposite direction, as a directed graph holds every street twice, is left out. Raises
    InputError with every fault of the first rows, at most 1,000.
    """
    missing = [name for name in ("u", "v", "highway") if name not in table.columns]
    if missing:
        hint = f"its columns are: {', '.join(sorted(table.columns))}"
        raise InputError(
            Fault(where=where, column=name, message="is missing: an edge needs u, v and highway", hint=hint)
            for name in missing
        )
    if table.lines is None and "length" not in table.columns:
        hint = "add a column length in metres, or the lines of the edges"
        raise InputError(Fault(where=where, column="length", message="roads without lengths", hint=hint))
    kept = _kept_rows(table, highways)
    if not kept:
        raise InputError("holds no roads of the classes asked for", where=where)
    on_progress("edges", len(kept))
    return _roads(table, kept, where=where, source=source)


def _kept_rows(table: EdgeTable, highways: Collection[str] | None) -> list[tuple[int, dict[str, str]]]:
    names = [name for name in table.columns if name not in ("u", "v", "key", "length", "geometry")]
    texts = {name: [_text(value) for value in table.columns[name]] for name in names}
    kept = []
    for row in range(len(table)):
        tags = {name: values[row] for name, values in texts.items() if values[row]}
        highway = highway_of(tags)
        if highway in CLASSES and (highways is None or highway in highways):
            kept.append((row, tags))
    return kept


def _text(value: object) -> str:
    text = str(value).strip()
    return "" if text in _NO_TEXT else text


def _roads(table: EdgeTable, kept: Sequence[tuple[int, dict[str, str]]], *, where: str, source: str) -> RawRoads:
    rows = [row for row, _ in kept]
    tails = [f"n{table.columns['u'][row]}" for row in rows]
    heads = [f"n{table.columns['v'][row]}" for row in rows]
    shapes = _shapes(table, rows)
    positions = place_nodes(tails, heads, shapes=shapes, given=table.nodes, where=where)
    lengths_km = _lengths_km(table, rows, shapes=shapes, where=where)
    ways: list[Way] = []
    mirrored: set[tuple[str, str, int]] = set()
    for n, (row, tags) in enumerate(kept):
        tail, head, via = tails[n], heads[n], _via(shapes, n, positions[tails[n]])
        direction = direction_of(tags) if "oneway" in tags else "both"
        mark = (head, tail, round(lengths_km[n] * 1000))
        if direction == "both":
            if mark in mirrored:
                mirrored.discard(mark)
                continue
            mirrored.add((tail, head, mark[2]))
        if direction == "backward":
            tail, head, via = head, tail, via[::-1]
        traits = traits_of(tags, oneway=direction != "both")
        name = f"e{row}"
        ways.append(Way(id=name, from_node=tail, to_node=head, length_km=lengths_km[n], traits=traits, via=via))
    used = {end for way in ways for end in (way.from_node, way.to_node)}
    return RawRoads(
        positions={name: at for name, at in positions.items() if name in used},
        ways=tuple(ways),
        kinds={name: kind for name, kind in (table.kinds or {}).items() if name in used},
        source=source,
        notes=_notes(table, len(table) - len(kept)),
    )


def _notes(table: EdgeTable, left_out: int) -> tuple[str, ...]:
    notes = []
    if "oneway" not in table.columns:
        notes.append("the file does not say which roads are one-way: every road is driven both ways")
    if left_out:
        notes.append(f"{left_out} edges are of classes that are not taken")
    return tuple(notes)


def _shapes(table: EdgeTable, rows: Sequence[int]) -> list[tuple[Position, ...]] | None:
    """Corners of each line; a line of several parts is taken as one."""
    if table.lines is None:
        return None
    lines = shapely.line_merge(table.lines[rows])
    corners, owner = shapely.get_coordinates(lines, return_index=True)
    start = np.searchsorted(owner, np.arange(len(rows) + 1))
    flat = [(float(lon), float(lat)) for lon, lat in corners]
    return [tuple(flat[start[n] : start[n + 1]]) for n in range(len(rows))]


def _lengths_km(
    table: EdgeTable, rows: Sequence[int], *, shapes: Sequence[Sequence[Position]] | None, where: str
) -> list[float]:
    if "length" in table.columns:
        return list(_given_km(table.columns["length"], rows, where))
    assert shapes is not None
    flat = np.array([corner for shape in shapes for corner in shape]).reshape(-1, 2)
    owner = np.repeat(np.arange(len(shapes)), [len(shape) for shape in shapes])
    same = owner[1:] == owner[:-1]
    step_km = geodesic_km(flat[:-1, 0], flat[:-1, 1], flat[1:, 0], flat[1:, 1])
    return [float(km) for km in np.bincount(owner[1:][same], weights=step_km[same], minlength=len(shapes))]


def _given_km(values: Sequence[Any], rows: Sequence[int], where: str) -> Iterator[float]:
    faults = []
    for row in rows:
        try:
            metres = float(values[row])
        except (TypeError, ValueError):
            metres = float("nan")
        if not 0 <= metres < 1e7:
            message = f"{values[row]!r} is not a length in metres"
            faults.append(Fault(where=where, row=row + 1, column="length", value=str(values[row]), message=message))
            if len(faults) >= 1000:
                break
        else:
            yield metres / 1000
    if faults:
        raise InputError(faults)


def _via(shapes: Sequence[tuple[Position, ...]] | None, n: int, tail: Position) -> tuple[Position, ...]:
    """Corners between the ends in the order u to v: lines may be drawn either way round."""
    if shapes is None or len(shapes[n]) < 3:
        return ()
    shape = shapes[n]
    turned = _apart(shape[-1], tail) < _apart(shape[0], tail)
    return shape[-2:0:-1] if turned else shape[1:-1]


def _apart(a: Position, b: Position) -> float:
    return abs(a[0] - b[0]) + abs(a[1] - b[1])


def node_table(columns: Mapping[str, Sequence[Any]], *, where: str) -> tuple[dict[str, Position], dict[str, str]]:
    """Positions and kinds of nodes from a table with their ids and x and y (or lon and lat), degrees."""
    names = [next((name for name in options if name in columns), None) for options in _NODE_COLUMNS]
    ident, x, y = names
    if ident is None or x is None or y is None:
        raise InputError("the table of nodes needs the columns osmid, x and y", where=where)
    positions = {
        f"n{node}": (float(lon), float(lat))
        for node, lon, lat in zip(columns[ident], columns[x], columns[y], strict=True)
    }
    tags = columns.get("highway", [""] * len(positions))
    kinds = {
        f"n{node}": "interchange"
        for node, tag in zip(columns[ident], tags, strict=True)
        if _text(tag) == "motorway_junction"
    }
    return positions, kinds
