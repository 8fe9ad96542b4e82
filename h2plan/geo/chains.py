"""Merging links that meet at a node where nothing else does: fewer links, the same metres."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from dataclasses import replace

from h2plan.geo.raw_roads import Position, Way


def merge_chains(ways: Sequence[Way], positions: Mapping[str, Position], *, fixed: Collection[str]) -> list[Way]:
    """Merge ways over nodes at which exactly two of them meet, alike in all they carry and in direction.

    Nodes in `fixed` stay (toll gates, interchanges). A ring keeps one node more than its anchor, since no link may
    end where it begins. The merged way keeps the id of its first part; its length is the sum of the parts.
    """
    meeting: dict[str, list[int]] = defaultdict(list)
    for n, way in enumerate(ways):
        meeting[way.from_node].append(n)
        meeting[way.to_node].append(n)
    inner = {
        name for name, met in meeting.items() if name not in fixed and len(met) == 2 and _mergeable(ways, met, name)
    }
    done: set[int] = set()
    merged: list[Way] = []
    # Chains that begin at a node that stays, then rings of inner nodes only, in the order of the file.
    starts = [(n, end) for n, way in enumerate(ways) for end in (way.from_node, way.to_node) if end not in inner]
    starts += [(n, way.from_node) for n, way in enumerate(ways)]
    for n, end in starts:
        if n not in done:
            chain = _follow(ways, meeting, inner=inner, first=n, start=end)
            done.update(number for number, _ in chain)
            merged += _joined(ways, chain, positions)
    return merged


def _mergeable(ways: Sequence[Way], met: Sequence[int], name: str) -> bool:
    first, second = (ways[n] for n in met)
    if met[0] == met[1] or first.traits != second.traits:
        return False
    if not first.traits.oneway:
        return True
    return (first.to_node == name) != (second.to_node == name)


def _follow(
    ways: Sequence[Way], meeting: Mapping[str, Sequence[int]], *, inner: Collection[str], first: int, start: str
) -> list[tuple[int, bool]]:
    """Ways of a chain from `start` on, each with whether it is driven from its from_node."""
    chain: list[tuple[int, bool]] = []
    here, n = start, first
    while True:
        along = ways[n].from_node == here
        chain.append((n, along))
        here = ways[n].to_node if along else ways[n].from_node
        if here not in inner or here == start:
            return chain
        n = next(other for other in meeting[here] if other != n)


def _joined(ways: Sequence[Way], chain: Sequence[tuple[int, bool]], positions: Mapping[str, Position]) -> list[Way]:
    """One way for the chain, or two where it comes back to its beginning."""
    first, along = chain[0]
    last, last_along = chain[-1]
    start = ways[first].from_node if along else ways[first].to_node
    end = ways[last].to_node if last_along else ways[last].from_node
    if len(chain) == 1:
        return [ways[first]]
    if start == end:
        middle = len(chain) // 2
        return [*_joined(ways, chain[:middle], positions), *_joined(ways, chain[middle:], positions)]
    corners: list[Position] = [positions[start]]
    for n, forward in chain:
        shape = [*ways[n].via, positions[ways[n].to_node]]
        if not forward:
            shape = [*ways[n].via[::-1], positions[ways[n].from_node]]
        corners += shape
    length_km = sum(ways[n].length_km for n, _ in chain)
    whole = replace(ways[first], from_node=start, to_node=end, via=tuple(corners[1:-1]), length_km=length_km)
    if ways[first].traits.oneway and not along:
        whole = replace(whole, from_node=end, to_node=start, via=whole.via[::-1])
    return [whole]
