"""Where the nodes of an edge list stand, told from the ends of the lines when no table of nodes comes with it."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence

from h2plan.errors import Fault, InputError
from h2plan.geo.raw_roads import Position

DIGITS = 7
"""Ends within a centimetre are one place."""


def place_nodes(
    tails: Sequence[str],
    heads: Sequence[str],
    *,
    shapes: Sequence[Sequence[Position]] | None,
    given: Mapping[str, Position] | None,
    where: str,
) -> dict[str, Position]:
    """Position of every node named, from the table of nodes or from where the lines of its edges meet.

    Lines may be drawn from either end: a node stands where most of its lines end, and the end of a line that nobody
    else claims is that of its other node. Raises InputError naming nodes without a position.
    """
    names = dict.fromkeys([*tails, *heads])
    if given:
        positions = {name: given[name] for name in names if name in given}
    elif shapes is not None:
        positions = _from_lines(tails, heads, shapes=shapes)
    else:
        hint = "give a table of nodes, or the lines of the edges"
        raise InputError(Fault(where=where, message="the positions of the nodes are not known", hint=hint))
    if lost := [name.removeprefix("n") for name in names if name not in positions]:
        raise InputError(
            Fault(where=where, column="u", value=name, message=f"node {name} has no position") for name in lost[:1000]
        )
    return positions


def _from_lines(
    tails: Sequence[str], heads: Sequence[str], *, shapes: Sequence[Sequence[Position]]
) -> dict[str, Position]:
    claims: dict[str, Counter[Position]] = defaultdict(Counter)
    for tail, head, shape in zip(tails, heads, shapes, strict=True):
        if not shape:
            continue
        ends = {_rounded(shape[0]), _rounded(shape[-1])}
        for name in (tail, head):
            claims[name].update(ends)
    settled = {name: place for name, counts in claims.items() if (place := _winner(counts)) is not None}
    for tail, head, shape in zip(tails, heads, shapes, strict=True):
        if shape:
            _settle_rest(settled, tail, head=head, first=_rounded(shape[0]), last=_rounded(shape[-1]))
    return settled


def _rounded(corner: Position) -> Position:
    return round(corner[0], DIGITS), round(corner[1], DIGITS)


def _winner(counts: Counter[Position]) -> Position | None:
    """The place claimed more often than any other, or the only one."""
    best = counts.most_common(2)
    return best[0][0] if len(best) == 1 or best[0][1] > best[1][1] else None


def _settle_rest(settled: dict[str, Position], tail: str, *, head: str, first: Position, last: Position) -> None:
    """Nodes with one edge: the end that its other node leaves over; of two such nodes u is where the line begins."""
    if tail not in settled and head not in settled:
        settled[tail], settled[head] = first, last
    elif tail not in settled:
        settled[tail] = first if settled[head] == last else last
    elif head not in settled:
        settled[head] = last if settled[tail] == first else first
