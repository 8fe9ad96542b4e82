"""Which roads cross a river and on which bank every node lies, told from lines that run downstream."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import replace

import numpy as np
import shapely
from scipy.sparse import coo_array
from scipy.sparse.csgraph import connected_components

from h2plan.geo.raw_roads import Position, RawRoads, Way


def mark_rivers(raw: RawRoads, rivers: Mapping[str, Sequence[Position]], *, main: str) -> RawRoads:
    """Mark the ways that cross a river, and each node with its bank of the main river (left or right, downstream).

    Without the crossings the map falls into pieces; a piece lies on the side on which most of its bridge ends lie, and
    a piece that no crossing touches carries no bank. Where the map says which ways are bridges or tunnels, only
    these can cross.
    """
    lines = {name: shapely.linestrings(np.array(points)) for name, points in rivers.items() if len(points) > 1}
    shapes = _shapes(raw)
    marked: list[Way] = list(raw.ways)
    knows_bridges = any(way.traits.bridge or way.traits.tunnel for way in raw.ways)
    for name, line in lines.items():
        shapely.prepare(line)
        for n in np.flatnonzero(shapely.intersects(line, shapes)):
            traits = marked[n].traits
            if traits.bridge or traits.tunnel or not knows_bridges:
                marked[n] = replace(marked[n], traits=replace(traits, river=name))
    banks = _banks(raw, marked, lines[main], main) if main in lines else {}
    return replace(raw, ways=tuple(marked), banks=banks)


def _shapes(raw: RawRoads) -> np.ndarray[tuple[int, ...], np.dtype[np.object_]]:
    corners = [(raw.positions[way.from_node], *way.via, raw.positions[way.to_node]) for way in raw.ways]
    flat = np.array([corner for shape in corners for corner in shape])
    owner = np.repeat(np.arange(len(corners)), [len(shape) for shape in corners])
    return np.asarray(shapely.linestrings(flat, indices=owner), dtype=object)


def _banks(raw: RawRoads, ways: Sequence[Way], line: shapely.LineString, main: str) -> dict[str, str]:
    names = sorted(raw.positions)
    at = {name: n for n, name in enumerate(names)}
    dry = [way for way in ways if way.traits.river != main]
    tail, head = ([at[end] for end in ends] for ends in zip(*((w.from_node, w.to_node) for w in dry), strict=True))
    graph = coo_array((np.ones(len(dry)), (tail, head)), shape=(len(names), len(names)))
    _, label = connected_components(graph, directed=False)
    votes: dict[int, Counter[str]] = defaultdict(Counter)
    for way in ways:
        if way.traits.river == main:
            for end in (way.from_node, way.to_node):
                votes[int(label[at[end]])][_side(line, raw.positions[end])] += 1
    won = {piece: counts.most_common(1)[0][0] for piece, counts in votes.items()}
    return {name: won[int(label[n])] for n, name in enumerate(names) if int(label[n]) in won}


def _side(line: shapely.LineString, place: Position) -> str:
    """Left or right of the line at its nearest point; longitude is shrunk so that angles keep their sign anywhere."""
    along = line.project(shapely.Point(place))
    step = line.length * 1e-6
    a, b = line.interpolate(max(0.0, along - step)), line.interpolate(min(line.length, along + step))
    cross = (b.x - a.x) * (place[1] - a.y) - (b.y - a.y) * (place[0] - a.x)
    return "left" if cross > 0 else "right"
