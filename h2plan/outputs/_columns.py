"""Tables of the map page as columns: each text once, positions as steps from the one before."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from h2plan.outputs._labels import Text

DEGREE_DIGITS = 5
_STEPS_PER_DEGREE = 10**DEGREE_DIGITS


class Texts:
    """The wordings of a page, each kept once; a row of a table names one by its number."""

    def __init__(self) -> None:
        self._number: dict[Text, int] = {}

    def number(self, text: Text) -> int:
        """The number of a wording, a new one where it is new."""
        return self._number.setdefault(text, len(self._number))

    def table(self) -> list[str | Text]:
        """All wordings by number: [zh, en], or one string where both are the same."""
        return [text.zh if text.zh == text.en else text for text in self._number]


def steps(degrees: Iterable[float]) -> list[int]:
    """Degrees as whole steps of 1e-5 degree (about a metre), each from the one before: short to write."""
    found, before = [], 0
    for value in degrees:
        at = round(value * _STEPS_PER_DEGREE)
        found.append(at - before)
        before = at
    return found


def path(coords: Sequence[tuple[float, float]]) -> list[int]:
    """A line as lon, lat, lon, lat, … in steps from the corner before."""
    lons, lats = steps(lon for lon, _ in coords), steps(lat for _, lat in coords)
    return [value for pair in zip(lons, lats, strict=True) for value in pair]


def deg(value: float) -> float:
    """Degrees to about a metre."""
    return round(value, DEGREE_DIGITS)


def kg(value: float) -> float | int:
    """Kilograms to a hundred grams; whole ones without a point."""
    rounded = round(value, 1)
    return int(rounded) if rounded == int(rounded) else rounded


def sparse(values: Iterable[float]) -> dict[str, float]:
    """The values that are not 0, by their place."""
    return {str(place): value for place, value in enumerate(values) if value}
