"""When two rows of the site tables are one place: by distance, or by distance and name."""

from __future__ import annotations

import difflib
import math
import unicodedata
from collections import defaultdict
from collections.abc import Iterator, Sequence

from h2plan.domain import Place
from h2plan.geo.crs import geodesic_km

METRES_PER_DEGREE = 110_500.0
"""Of latitude, rounded down: cells of the search grid are then never too small."""
TOUCH_M = 1e-3
"""Rows at one position differ by less than this after a conversion of datum."""


def plain_name(name: str, drop_words: Sequence[str] = ()) -> str:
    """Return a name without width, case, blanks, punctuation and the given words; as it is if nothing is left."""
    folded = unicodedata.normalize("NFKC", name).casefold()
    for word in drop_words:
        folded = folded.replace(unicodedata.normalize("NFKC", word).casefold(), "")
    kept = "".join(letter for letter in folded if unicodedata.category(letter)[0] in "LNM")
    return kept or name


def likeness(one: str, other: str) -> float:
    """Return how alike two plain names are, 0 to 1: Ratcliff and Obershelp 1988, as in difflib."""
    first, second = sorted((one, other))
    return difflib.SequenceMatcher(None, first, second, autojunk=False).ratio()


def apart_m(one: Place, other: Place) -> float:
    """Metres between two places on the ellipsoid."""
    return float(geodesic_km(one.lon, one.lat, other.lon, other.lat)) * 1000


class Grid:
    """Places by cell, so that those within `reach_m` of a position are found without looking at all."""

    def __init__(self, reach_m: float) -> None:
        self._step = max(reach_m, TOUCH_M) / METRES_PER_DEGREE
        self._cells: dict[tuple[int, int], list[int]] = defaultdict(list)

    def add(self, number: int, place: Place) -> None:
        """Note a place under its number."""
        self._cells[self._row(place), self._column(place, self._row(place))].append(number)

    def near(self, place: Place) -> Iterator[int]:
        """Yield the numbers of all places that may lie within reach, in the order in which they were added."""
        row = self._row(place)
        found = [
            number
            for near_row in (row - 1, row, row + 1)
            for column in self._columns(place, near_row)
            for number in self._cells.get((near_row, column), ())
        ]
        yield from sorted(found)

    def _row(self, place: Place) -> int:
        return math.floor(place.lat / self._step)

    def _width(self, row: int) -> float:
        """Degrees of longitude of a cell: wide enough at the poleward edge of its row."""
        poleward = min(89.0, max(abs(row), abs(row + 1)) * self._step)
        return self._step / math.cos(math.radians(poleward))

    def _column(self, place: Place, row: int) -> int:
        return math.floor(place.lon / self._width(row))

    def _columns(self, place: Place, row: int) -> tuple[int, int, int]:
        column = self._column(place, row)
        return column - 1, column, column + 1
