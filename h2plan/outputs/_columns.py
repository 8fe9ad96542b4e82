"""Tables of the map page as columns: each text once, positions as steps from the one before."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

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

    def table(self) -> dict[str, list[Any]]:
        """All wordings by number, in each language as columns: letters shared with the one before, and the rest.

        -1 shared letters in English: the wording is that of the Chinese.
        """
        zh, en = _front([text.zh for text in self._number]), _front([text.en for text in self._number])
        alike = [text.zh == text.en for text in self._number]
        # English is unpacked after Chinese, so that "the one before" is there whatever was left out.
        shared = [-1 if same else count for same, count in zip(alike, en[0], strict=True)]
        return {"zh": list(zh), "en": [shared, ["" if same else rest for same, rest in zip(alike, en[1], strict=True)]]}


def _front(texts: Sequence[str]) -> tuple[list[int], list[str]]:
    """How many letters each text shares with the one before, and what comes after them.

    Letters outside the first plane count twice in a browser, so that nothing is shared from there on.
    """
    counts: list[int] = []
    rests: list[str] = []
    before, shared = "", 0
    for text in texts:
        # Names in a row mostly share as many letters as the two before them did.
        if text[:shared] != before[:shared] or text[shared : shared + 1] == before[shared : shared + 1]:
            shared = _shared(text, before)
        counts.append(shared)
        rests.append(text[shared:])
        before = text
    return counts, rests


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


def _shared(text: str, before: str) -> int:
    """How many letters two texts begin with in common, up to the first that is outside the first plane."""
    count = 0
    for mine, other in zip(text, before, strict=False):
        if mine != other or mine > "\uffff":
            break
        count += 1
    return count


def gaps(numbers: Iterable[int]) -> list[int]:
    """Whole numbers as steps from the one before: rising ones are short to write."""
    found, before = [], 0
    for number in numbers:
        found.append(number - before)
        before = number
    return found


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
