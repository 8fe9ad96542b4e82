"""How the fleet divides over classes and uses: shares by year, whole vehicles, none lost."""

from __future__ import annotations

import math
from bisect import bisect_right
from collections.abc import Mapping, Sequence
from typing import TypeVar

from h2plan.errors import Fault, InputError
from h2plan.tables.rows import FleetShareRow

SHARE_TOLERANCE = 1e-9
Name = TypeVar("Name", bound="tuple[str, ...]")
Key = tuple[str, str]
"""Use and vehicle class."""


def check_mix(mix: Sequence[FleetShareRow], classes: Mapping[str, object], *, where: str) -> None:
    """Refuse a mix that names unknown classes or whose shares do not add up to 1 in each of its years.

    Raises:
        InputError: every fault of the table.
    """
    faults = [
        Fault(where=where, row=number, column="vehicle_class", message=f"'{row.vehicle_class}' is no vehicle class")
        for number, row in enumerate(mix, start=2)
        if row.vehicle_class not in classes
    ]
    years = {row.period for row in mix}
    if None in years and len(years) > 1:
        hint = "give a year in every row, or in none"
        faults.append(Fault(where=where, column="period", message="is given in some rows only", hint=hint))
    for year in sorted(years, key=lambda year: year or 0):
        total = math.fsum(row.share for row in mix if row.period == year)
        if abs(total - 1) > SHARE_TOLERANCE:
            of = f" of {year}" if year else ""
            faults.append(Fault(where=where, column="share", message=f"the shares{of} add up to {total:.6g}, not to 1"))
    if faults:
        raise InputError(faults)


def shares_in(mix: Sequence[FleetShareRow], period: int) -> Mapping[tuple[str, str, str], float]:
    """Return the share of each (id, use, class) in a year: straight lines between the years of the table.

    Shares are joined by use and class from year to year; they add up to 1 in every year because they do at both ends.
    """
    years = sorted({row.period for row in mix if row.period is not None})
    if not years:
        return {(row.id, row.use, row.vehicle_class): row.share for row in mix}
    after = bisect_right(years, period)
    if after in (0, len(years)):
        return _of_year(mix, years[0] if after == 0 else years[-1])
    start, end = years[after - 1], years[after]
    part = (period - start) / (end - start)
    old, new = _of_year(mix, start), _of_year(mix, end)
    return {key: (1 - part) * old.get(key, 0.0) + part * new.get(key, 0.0) for key in sorted({*old, *new})}


def _of_year(mix: Sequence[FleetShareRow], year: int) -> dict[tuple[str, str, str], float]:
    found: dict[tuple[str, str, str], float] = {}
    for row in mix:
        if row.period == year:
            key = (f"{row.vehicle_class}-{row.use}", row.use, row.vehicle_class)
            found[key] = found.get(key, 0.0) + row.share
    return found


def split(total: float, mix: Sequence[FleetShareRow], *, period: int = 0) -> dict[Key, int]:
    """Split a number of vehicles by the shares of a year into whole ones: largest remainders first, then by id.

    Raises:
        InputError: the total is no whole number.
    """
    if total != round(total):
        raise InputError(f"{total:g} is no whole number of vehicles", where="targets.fcev")
    shares = shares_in(mix, period)
    whole_share = math.fsum(shares.values())
    exact = {key: total * share / whole_share for key, share in shares.items()}
    counts: dict[Key, int] = {}
    for (_, use, name), count in largest_remainders(round(total), exact).items():
        counts[use, name] = counts.get((use, name), 0) + count
    return counts


def largest_remainders(total: int, exact: Mapping[Name, float]) -> dict[Name, int]:
    """Round amounts that add up to `total` into whole ones that do, too (Hamilton's method)."""
    whole = {key: math.floor(value + SHARE_TOLERANCE) for key, value in exact.items()}
    by_remainder = sorted(exact, key=lambda key: (whole[key] - exact[key], key))
    for key in by_remainder[: total - sum(whole.values())]:
        whole[key] += 1
    return whole


def take(counts: Mapping[Key, int], name: str, number: int) -> dict[Key, int]:
    """Take vehicles of a class away from its uses in proportion; `number` is not above what there is."""
    of_class = {key: count for key, count in counts.items() if key[1] == name}
    total = sum(of_class.values())
    if number == 0 or total == 0:
        return dict(counts)
    taken = largest_remainders(number, {key: number * count / total for key, count in of_class.items()})
    return {key: count - taken.get(key, 0) for key, count in counts.items()}
