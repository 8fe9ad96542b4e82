"""What differs between two plans: what was asked, the inputs, the figures of each year, and the stations."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

from h2plan.errors import Fault, InputError
from h2plan.plan.results import Figures, Plan, Station

Change = Literal["added", "dropped", "larger", "smaller", "earlier", "later", "same"]
SCENARIOS = (".yaml", ".yml")
SETTLED = 1e-9
"""Figures closer than this, relative to the larger one, are the same."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Differing:
    """One thing that two plans hold differently; blank or None where one of them has it not."""

    name: str
    first: str
    second: str


@dataclass(frozen=True, slots=True, kw_only=True)
class FigureChange:
    """One figure of one year in both plans."""

    period: int
    name: str
    unit: str
    first: float
    second: float


@dataclass(frozen=True, slots=True, kw_only=True)
class StationChange:
    """One site in both plans, each in its last year; kg/d are None where no station stands."""

    site_id: str
    name: str
    name_en: str
    district: str
    change: Change
    first_kg_per_d: float | None
    second_kg_per_d: float | None
    first_opens: int | None
    second_opens: int | None
    dispensed_change_kg_per_d: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Comparison:
    """The second plan against the first; only what differs stands in it."""

    first: str
    second: str
    asked: tuple[Differing, ...]
    inputs: tuple[Differing, ...]
    """Tables by their sha256; what the scenario files say differently stands under `asked`."""
    figures: tuple[FigureChange, ...]
    stations: tuple[StationChange, ...]
    stations_same: int
    kg_served_elsewhere: float
    """Hydrogen of the common last year that is served at another station than in the first plan, kg/d."""

    @property
    def counts(self) -> Mapping[str, int]:
        """How many stations changed in which way."""
        found: dict[str, int] = {}
        for row in self.stations:
            found[row.change] = found.get(row.change, 0) + 1
        return found


def compare(first: Plan, second: Plan) -> Comparison:
    """Set two plans side by side: the years that both have, and the stations of their last years.

    Raises:
        InputError: the plans are of different cities, or have no year in common.
    """
    if first.city != second.city:
        raise InputError(
            Fault(where=second.scenario, message=f"plans {second.city}, but {first.scenario} plans {first.city}")
        )
    years = sorted(set(first.periods) & set(second.periods))
    if not years:
        one, other = (", ".join(map(str, plan.periods)) for plan in (first, second))
        message = f"plans {other}; {first.scenario} plans {one}: there is no year in common"
        raise InputError(Fault(where=second.scenario, message=message))
    rows, same = _stations(first.at(years[-1]), second.at(years[-1]))
    return Comparison(
        first=first.scenario,
        second=second.scenario,
        asked=_differing(first.question, second.question),
        inputs=_differing(tables_of(first), tables_of(second)),
        figures=tuple(change for year in years for change in _figures(first.at(year), second.at(year))),
        stations=rows,
        stations_same=same,
        kg_served_elsewhere=_moved(first.at(years[-1]), second.at(years[-1])),
    )


def _differing(first: Mapping[str, str], second: Mapping[str, str]) -> tuple[Differing, ...]:
    return tuple(
        Differing(name=name, first=first.get(name, ""), second=second.get(name, ""))
        for name in sorted({*first, *second})
        if first.get(name) != second.get(name)
    )


def tables_of(plan: Plan) -> dict[str, str]:
    """Return the tables of a plan, path to sha256: its inputs without the scenario files."""
    return {name: digest for name, digest in plan.inputs.items() if not name.endswith(SCENARIOS)}


def _figures(first: Plan, second: Plan) -> list[FigureChange]:
    found = []
    for field in dataclasses.fields(Figures):
        a, b = getattr(first.figures, field.name), getattr(second.figures, field.name)
        if isinstance(a, (int, float)) and isinstance(b, (int, float)) and abs(a - b) > SETTLED * max(abs(a), abs(b)):
            unit = str(field.metadata.get("unit", ""))
            found.append(FigureChange(period=first.period, name=field.name, unit=unit, first=a, second=b))
    return found


def _stations(first: Plan, second: Plan) -> tuple[tuple[StationChange, ...], int]:
    was, now = _by_site(first.stations), _by_site(second.stations)
    rows = [_station(was.get(site), now.get(site)) for site in sorted({*was, *now})]
    order: Sequence[Change] = ("added", "dropped", "larger", "smaller", "earlier", "later", "same")
    changed = [row for row in rows if row.change != "same"]
    changed.sort(key=lambda row: (order.index(row.change), row.site_id))
    return tuple(changed), len(rows) - len(changed)


def _by_site(stations: Sequence[Station]) -> dict[str, Station]:
    return {station.site_id: station for station in stations}


def _station(was: Station | None, now: Station | None) -> StationChange:
    one = now if now is not None else was
    assert one is not None, "a site stands in one of the plans"
    return StationChange(
        site_id=one.site_id,
        name=one.name,
        name_en=one.name_en,
        district=one.district,
        change=_change(was, now),
        first_kg_per_d=None if was is None else was.capacity_kg_per_d,
        second_kg_per_d=None if now is None else now.capacity_kg_per_d,
        first_opens=None if was is None or was.built else was.opens,
        second_opens=None if now is None or now.built else now.opens,
        dispensed_change_kg_per_d=(now.dispensed_kg_per_d if now else 0.0) - (was.dispensed_kg_per_d if was else 0.0),
    )


def _change(was: Station | None, now: Station | None) -> Change:
    if was is None or now is None:
        return "added" if was is None else "dropped"
    if was.capacity_kg_per_d != now.capacity_kg_per_d:
        return "larger" if now.capacity_kg_per_d > was.capacity_kg_per_d else "smaller"
    if was.opens != now.opens and not (was.built and now.built):
        return "earlier" if now.opens < was.opens else "later"
    return "same"


def _moved(first: Plan, second: Plan) -> float:
    """Return the kg/d that move to another station: for each row and site what the second plan gives beyond the first.

    What is newly served counts too: it goes somewhere where nothing went before.
    """
    was = {(row.demand_id, row.site_id): row.kg_per_d for row in first.allocations}
    return sum(max(0.0, row.kg_per_d - was.get((row.demand_id, row.site_id), 0.0)) for row in second.allocations)
