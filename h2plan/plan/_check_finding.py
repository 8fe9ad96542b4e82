"""What a check finds, row by row, and how that becomes one line of the certificate."""

from __future__ import annotations

import math
from collections.abc import Iterable
from typing import NamedTuple

from h2plan.errors import InputError
from h2plan.plan.certificate import Check

TOLERANCE = 1e-6
SMALL = 1e-3
"""Numbers below this are compared as if they were this large: g of hydrogen, ms of travel, tenths of a fen."""
BROKEN = 1.0
"""The violation of a fact that does not hold, and of a number that is none."""


class Finding(NamedTuple):
    """One condition: where, and by how much it is violated (0 where it holds)."""

    at: str
    excess: float
    year: int | None = None
    """Set where the plan has several years and the condition belongs to one of them."""


def holds(at: str, fact: bool) -> Finding:
    """A fact either holds or is broken."""
    return Finding(at, 0.0 if fact else BROKEN)


def equal(at: str, found: float, wanted: float, *, scale: float = 0.0) -> Finding:
    """Two numbers are equal, relative to the larger one or to `scale`, whichever is more."""
    return Finding(at, _over(abs(found - wanted), max(abs(found), abs(wanted), scale)))


def at_most(at: str, found: float, limit: float) -> Finding:
    """A number is no larger than its limit, relative to the limit."""
    return Finding(at, _over(found - limit, abs(limit)))


def at_least(at: str, found: float, limit: float) -> Finding:
    """A number is no smaller than its limit, relative to the limit."""
    return Finding(at, _over(limit - found, abs(limit)))


def _over(difference: float, size: float) -> float:
    excess = difference / max(size, SMALL)
    return max(0.0, excess) if math.isfinite(excess) else BROKEN


def judge(family: str, found: Iterable[Finding], *, tolerance: float = TOLERANCE, note: str = "") -> Check:
    """Fold what was found into a check. Inputs that cannot be read fail it: what is not checked is not passed."""
    rows, worst = 0, Finding("", 0.0)
    by_year: dict[str, int] = {}
    try:
        for finding in found:
            rows += 1
            if finding.year is not None:
                by_year[str(finding.year)] = by_year.get(str(finding.year), 0) + 1
            if finding.excess > worst.excess:
                worst = finding
    except InputError as error:
        first = str(error.faults[0]) if error.faults else str(error)
        worst = max(worst, Finding("inputs", BROKEN), key=lambda finding: finding.excess)
        note = f"could not be checked to the end: {first}"
    return Check(
        family=family,
        passed=worst.excess <= tolerance,
        worst=worst.excess,
        at=worst.at,
        rows=rows,
        rows_by_year=by_year,
        tolerance=tolerance,
        note=note,
    )
