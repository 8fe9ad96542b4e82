"""The lines under a page's map, grouped as they are drawn, and the user's own layers."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from h2plan.outputs import _labels as words
from h2plan.outputs._columns import Texts, path
from h2plan.plan.results import Backdrop, Line

ROAD_GROUPS: Mapping[str, str] = {"motorway": "motorway", "trunk": "trunk", "primary": "street", "secondary": "street"}
"""Road class to the group it is drawn with; every other class is an access road."""
LINE_GROUPS = ("river", "access", "street", "trunk", "motorway")
"""From the bottom to the top."""


def grouped(backdrop: Backdrop) -> dict[str, list[Line]]:
    """The lines of each group that has any, from the bottom to the top."""
    found: dict[str, list[Line]] = {group: [] for group in LINE_GROUPS}
    found["river"].extend(backdrop.rivers)
    for road in backdrop.roads:
        found[ROAD_GROUPS.get(road.kind, "access")].append(road)
    return {group: lines for group, lines in found.items() if lines}


def in_order(backdrop: Backdrop) -> list[Line]:
    """Every line by the number that the page knows it by."""
    return [line for lines in grouped(backdrop).values() for line in lines]


def line_columns(backdrop: Backdrop, texts: Texts) -> list[list[Any]]:
    """[group, paths, number of each name or -1] of each group; lines are numbered through all groups."""
    return [
        [group, [path(line.coords) for line in lines], [_name(line, texts) for line in lines]]
        for group, lines in grouped(backdrop).items()
    ]


def own_columns(lines: Sequence[Line], texts: Texts) -> list[list[Any]]:
    """[whether it is an area, path, number of the name] of the lines of the user's own layer."""
    return [[int(line.kind == "area"), path(line.coords), _name(line, texts)] for line in lines]


def _name(line: Line, texts: Texts) -> int:
    return texts.number(words.word(words.RIVERS, line.name)) if line.name else -1
