"""Cleaning a road map: no loops, no zero lengths, no repeats, one piece, chains merged; everything said in a report."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import count, pairwise

import numpy as np

from h2plan.errors import InputError
from h2plan.geo.chains import merge_chains
from h2plan.geo.crs import geodesic_km
from h2plan.geo.pieces import link_graph, pieces
from h2plan.geo.raw_roads import RawRoads, Way

SHOWN = 10
METRE = 0.001


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """One thing that cleaning found: what, how many, how long, and the first of them by name."""

    what: str
    count: int
    km: float = 0.0
    names: tuple[str, ...] = ()

    def __str__(self) -> str:
        text = f"{self.what}: {self.count:,}"
        if self.km:
            text += f", {self.km:,.1f} km"
        shown = ", ".join(self.names[:SHOWN])
        return f"{text} ({shown}{', …' if len(self.names) > SHOWN else ''})" if shown else text


@dataclass(frozen=True, kw_only=True)
class Cleaned:
    """A road map fit for planning, and what was done to it."""

    roads: RawRoads
    findings: tuple[Finding, ...]


def clean(raw: RawRoads, *, where: str, merge: bool = True) -> Cleaned:
    """Clean a road map in this order: loops, zero lengths, repeats, pieces, chains; dangling ends are told and stay.

    The largest piece in which every node can be entered and left is kept. Total length changes only by what the
    report names: merging chains keeps it. Raises InputError when nothing is left.
    """
    findings: list[Finding] = []
    positions, ways = dict(raw.positions), list(raw.ways)
    ways, found = _open_loops(ways, positions)
    findings += found
    ways, found = _lengthen(ways, positions)
    findings += found
    ways, found = _without_repeats(ways)
    findings += found
    if not ways:
        raise InputError("no road is left after cleaning", where=where)
    ways, found = _largest_piece(ways)
    findings += found
    if merge:
        before = len(ways)
        ways = merge_chains(ways, positions, fixed=frozenset(raw.kinds))
        findings.append(
            Finding(what="links merged into longer ones at nodes without a junction", count=before - len(ways))
        )
    findings.append(_dangling(ways))
    used = {end for way in ways for end in (way.from_node, way.to_node)}
    kept = replace(
        raw,
        ways=tuple(ways),
        positions={name: at for name, at in positions.items() if name in used},
        kinds={name: kind for name, kind in raw.kinds.items() if name in used},
        names={name: text for name, text in raw.names.items() if name in used},
        banks={name: bank for name, bank in raw.banks.items() if name in used},
    )
    return Cleaned(roads=kept, findings=tuple(findings))


def _open_loops(ways: list[Way], positions: dict[str, tuple[float, float]]) -> tuple[list[Way], list[Finding]]:
    """A way that ends where it begins is cut at its middle corner; without corners it is dropped."""
    kept: list[Way] = []
    dropped: list[Way] = []
    cut = 0
    for way in ways:
        if way.from_node != way.to_node:
            kept.append(way)
        elif not way.via:
            dropped.append(way)
        else:
            kept += _halves(way, positions)
            cut += 1
    return kept, [
        Finding(what="loops cut in two", count=cut),
        Finding(what="loops without shape dropped", count=len(dropped), names=tuple(way.id for way in dropped)),
    ]


def _halves(way: Way, positions: dict[str, tuple[float, float]]) -> list[Way]:
    corners = [positions[way.from_node], *way.via, positions[way.to_node]]
    steps = [_straight_km(a, b) for a, b in pairwise(corners)]
    middle = len(corners) // 2
    share = sum(steps[:middle]) / sum(steps) if sum(steps) else 0.5
    name = f"{way.id}-middle"
    positions[name] = corners[middle]
    first = replace(
        way,
        id=f"{way.id}a",
        to_node=name,
        via=tuple(corners[1:middle]),
        length_km=way.length_km * share,
    )
    second = replace(
        way,
        id=f"{way.id}b",
        from_node=name,
        via=tuple(corners[middle + 1 : -1]),
        length_km=way.length_km * (1 - share),
    )
    return [first, second]


def _straight_km(a: tuple[float, float], b: tuple[float, float]) -> float:
    return float(geodesic_km(a[0], a[1], b[0], b[1]))


def _lengthen(ways: list[Way], positions: Mapping[str, tuple[float, float]]) -> tuple[list[Way], list[Finding]]:
    """A length of zero becomes the straight line between the ends; ends at one place stay a metre apart."""
    zero = [way for way in ways if way.length_km <= 0]
    mended = {
        way.id: replace(way, length_km=max(METRE, _straight_km(positions[way.from_node], positions[way.to_node])))
        for way in zero
    }
    finding = Finding(what="zero lengths replaced by the straight line", count=len(zero), names=tuple(mended))
    return [mended.get(way.id, way) for way in ways], [finding]


def _without_repeats(ways: list[Way]) -> tuple[list[Way], list[Finding]]:
    """Ways with the same ends, traits and length to the metre are one; of different lengths both stay."""
    seen: set[tuple[object, ...]] = set()
    kept: list[Way] = []
    repeats: list[Way] = []
    for way in ways:
        ends = (way.from_node, way.to_node)
        if not way.traits.oneway:
            ends = (min(ends), max(ends))
        mark = (*ends, way.traits, round(way.length_km / METRE))
        (repeats if mark in seen else kept).append(way)
        seen.add(mark)
    km = sum(way.length_km for way in repeats)
    return kept, [Finding(what="repeats dropped", count=len(repeats), km=km, names=tuple(way.id for way in repeats))]


def _largest_piece(ways: list[Way]) -> tuple[list[Way], list[Finding]]:
    names = sorted({end for way in ways for end in (way.from_node, way.to_node)})
    at = {name: n for n, name in enumerate(names)}
    tail = np.array([at[way.from_node] for way in ways], dtype=np.intp)
    head = np.array([at[way.to_node] for way in ways], dtype=np.intp)
    oneway = np.array([way.traits.oneway for way in ways], dtype=bool)
    largest, *others = pieces(link_graph(len(names), tail, link_to=head, oneway=oneway))
    inside = np.zeros(len(names), dtype=bool)
    inside[largest.nodes] = True
    fell = np.full(len(names), "", dtype=object)
    for piece in others:
        fell[piece.nodes] = piece.kind
    stays = inside[tail] & inside[head]
    kept = [way for way, keep in zip(ways, stays, strict=True) if keep]
    said = {
        "apart": "fell out: pieces that no road joins to the largest",
        "trap": "fell out: roads one can enter and not leave",
        "source": "fell out: roads one can leave and not come back to",
    }
    findings = []
    for kind, what in said.items():
        lost = [way for n, way in enumerate(ways) if not stays[n] and kind in (fell[tail[n]], fell[head[n]])]
        number = sum(piece.kind == kind for piece in others)
        findings.append(Finding(what=what, count=number, km=sum(way.length_km for way in lost), names=_roads(lost)))
    return kept, findings


def _roads(ways: Sequence[Way]) -> tuple[str, ...]:
    """The roads of some ways, the longest first; ways without a name by their ids."""
    km: dict[str, float] = defaultdict(float)
    for way in ways:
        km[way.traits.road or way.id] += way.length_km
    return tuple(sorted(km, key=lambda road: (-km[road], road)))


def _dangling(ways: Sequence[Way]) -> Finding:
    ends = Counter(end for way in ways for end in (way.from_node, way.to_node))
    names = sorted(name for name, uses in ends.items() if uses == 1)
    return Finding(what="dangling ends, kept", count=len(names), names=tuple(names))


def unique_ids(ways: Sequence[Way]) -> list[Way]:
    """The ways with ids that differ, numbered where two have the same."""
    seen: set[str] = set()
    kept = []
    for way in ways:
        name = way.id
        if name in seen:
            name = next(f"{way.id}-{n}" for n in count(2) if f"{way.id}-{n}" not in seen)
        seen.add(name)
        kept.append(way if name == way.id else replace(way, id=name))
    return kept
