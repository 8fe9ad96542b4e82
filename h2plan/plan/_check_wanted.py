"""What the tables ask of the demand rows of a plan: where each one stands, and its part in which vehicles."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Annotated, NamedTuple

from pydantic import BeforeValidator

from h2plan.domain import Place, Terminal
from h2plan.errors import InputError
from h2plan.fields import NotNegative, Year, keys_as_years
from h2plan.plan._check_case import Case

ByYear = Annotated[dict[Year, NotNegative], BeforeValidator(keys_as_years)]
BEYOND, THROUGH = "beyond", "through"
"""How the ids of rows end that come on top of the target."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Wanted:
    """A row that the tables ask for: a place, or the two ends of a flow."""

    use: str
    vehicle_class: str
    part: float | None
    """Its part in the vehicles of its lot; None: not re-derived, see `Total`."""
    own: float | None = None
    """Vehicles of its lot that come on top of the target; None: those the fleet has for the use and the class."""
    place: Place | None = None
    district: str = ""
    ends: tuple[Terminal, Terminal] | None = None
    station_id: str = ""
    """The only station where these vehicles may fill; blank: free to choose."""
    operator: str = ""
    """Whose vehicles they are, where a table says so."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Total:
    """Rows that are not re-derived one by one add up to a part of the vehicles of a use and class."""

    at: str
    ids: frozenset[str]
    use: str
    vehicle_class: str
    part: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Wanting:
    """A place, the district it is counted in, and its weight among the places of its use."""

    place: Place
    district: str
    weight: float


class Lot(NamedTuple):
    """Vehicles of a class to be spread: a number on top of the target, or None for those of the fleet."""

    vehicle_class: str
    own: float | None


def lots_of_fleet(case: Case, use: str) -> list[Lot]:
    """The classes that the mix has for a use."""
    return [Lot(name, None) for name in sorted({row.vehicle_class for row in case.mix if row.use == use})]


def lots_beyond(case: Case, given: Mapping[str, Mapping[int, float]], *, where: str) -> list[Lot]:
    """Vehicles on top of the target in the plan's year."""
    return [Lot(name, of_year(case, by_year, where=f"{where}: {name}")) for name, by_year in sorted(given.items())]


def of_year(case: Case, by_year: Mapping[int, float], *, where: str) -> float:
    """The number given for the plan's year."""
    if case.plan.period not in by_year:
        raise InputError(f"has no number for {case.plan.period}", where=where)
    return by_year[case.plan.period]


def over(use: str, places: Iterable[Wanting], lots: Sequence[Lot]) -> dict[str, Wanted]:
    """Spread lots over places by weight."""
    weighing = [entry for entry in places if entry.weight > 0]
    total = math.fsum(entry.weight for entry in weighing)
    return {
        f"{use}:{entry.place.id}:{lot.vehicle_class}{'' if lot.own is None else f':{BEYOND}'}": Wanted(
            use=use,
            vehicle_class=lot.vehicle_class,
            part=entry.weight / total,
            own=lot.own,
            place=entry.place,
            district=entry.district,
        )
        for lot in lots
        for entry in weighing
    }
