"""What every source of demand is given, and how it turns vehicles into kilograms."""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Annotated

from pydantic import BeforeValidator, Field

from h2plan.demand._fleet import Fleet
from h2plan.demand._plausible import outliers
from h2plan.domain import Counted, DemandPoint, Place, Range, Verified
from h2plan.errors import Fault, InputError
from h2plan.fields import Datum, NotNegative, Section, Year, keys_as_years
from h2plan.project import Project
from h2plan.tables.read import read_table
from h2plan.tables.region import region_of
from h2plan.tables.rows import ActivityRow, SiteRow

ByYear = Annotated[dict[Year, NotNegative], BeforeValidator(keys_as_years)]


@dataclass(frozen=True, slots=True, kw_only=True)
class Context:
    """The scenario and its fleet."""

    project: Project
    fleet: Fleet

    def kg_per_d(self, vehicles: Mapping[int, float], vehicle_class: str) -> dict[int, Range]:
        """Hydrogen wanted by so many vehicles of a class, kg/d by period."""
        fleet = self.fleet
        return {year: fleet.kg_per_vehicle_d(vehicle_class, year).scaled(count) for year, count in vehicles.items()}

    def check_class(self, vehicle_class: str, *, where: str) -> None:
        """Refuse a class that the table of classes does not hold.

        Raises:
            InputError: there is no such class.
        """
        if vehicle_class not in self.fleet.classes:
            known = ", ".join(self.fleet.classes)
            fault = Fault(
                where=where, value=vehicle_class, message=f"'{vehicle_class}' is no vehicle class", hint=known
            )
            raise InputError(fault)


class Kilograms(Mapping[int, Range]):
    """Kilograms a day by period: vehicles times what each takes, multiplied when asked for.

    A million points would otherwise hold a million ranges that nobody has looked at yet.
    """

    __slots__ = ("_each", "_vehicles")

    def __init__(self, each: Mapping[int, Range], vehicles: Mapping[int, float]) -> None:
        self._each = each
        self._vehicles = vehicles

    def __getitem__(self, period: int) -> Range:
        return self._each[period].scaled(self._vehicles[period])

    def __iter__(self) -> Iterator[int]:
        return iter(self._vehicles)

    def __len__(self) -> int:
        return len(self._vehicles)


class ActiveOptions(Section):
    """Sites of one table, and how busy each one is."""

    file: str
    """CSV table of the sites."""
    crs: Datum
    """Datum of its coordinates."""
    activity: str
    """CSV table of activity weights."""
    beyond_target: dict[str, ByYear] = Field(default_factory=dict)
    """Vehicle class to vehicles by year that come on top of the target: what is not registered for the road, such as
    forklifts, or what the target does not count."""


@dataclass(frozen=True, slots=True, kw_only=True)
class WeightedPlace:
    """A place and its share in the demand of a use."""

    place: Place
    kind: str
    district: str
    weight: float
    source: str
    verified: Verified
    by: str = "weight"
    """What the weight is, in words."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Lot:
    """Vehicles of one class to be spread over places."""

    vehicle_class: str
    vehicles: Mapping[int, float]
    assumption: str
    source: str
    counted: Counted


def lots_of_fleet(context: Context, use: str) -> tuple[Lot, ...]:
    """Return the vehicles that the fleet has for a use, by class."""
    fleet = context.fleet
    return tuple(
        Lot(
            vehicle_class=name,
            vehicles={period: float(fleet.count(use, name, period)) for period in fleet.periods},
            assumption=fleet.assumption(use, name),
            source=f"fleet: {fleet.source}",
            counted="in_target",
        )
        for name in fleet.classes_of(use)
    )


def lots_beyond(context: Context, given: Mapping[str, Mapping[int, float]], *, where: str) -> tuple[Lot, ...]:
    """Return the vehicles that come on top of the target, by class.

    Raises:
        InputError: an unknown class, a period without a number.
    """
    lots = []
    for name, by_year in sorted(given.items()):
        context.check_class(name, where=f"{where}.beyond_target")
        missing = [str(period) for period in context.fleet.periods if period not in by_year]
        if missing:
            raise InputError(f"{name} has no number for {', '.join(missing)}", where=f"{where}.beyond_target")
        lots.append(
            Lot(
                vehicle_class=name,
                vehicles={period: by_year[period] for period in context.fleet.periods},
                assumption="number given in the scenario, on top of the target",
                source="scenario; h2plan assumption, unverified, where no table is named",
                counted="beyond_target",
            )
        )
    return tuple(lots)


def spread(
    context: Context, use: str, places: Sequence[WeightedPlace], *, lots: Iterable[Lot] | None = None
) -> tuple[DemandPoint, ...]:
    """Spread the vehicles of a use over places by weight; every vehicle and kilogram is kept.

    Raises:
        InputError: the weights add up to nothing.
    """
    total = math.fsum(entry.weight for entry in places)
    if total <= 0:
        raise InputError("the weights of its places add up to zero", where=f"demand {use}")
    ordered = sorted(places, key=lambda entry: f"{entry.place.id}:")  # in the order of the ids of the points
    wanted = [(entry, entry.weight / total) for entry in ordered if entry.weight > 0]
    points: list[DemandPoint] = []
    for lot in lots_of_fleet(context, use) if lots is None else lots:
        points.extend(_points(context, use, lot, wanted))
    return tuple(points)


def _points(
    context: Context, use: str, lot: Lot, wanted: Sequence[tuple[WeightedPlace, float]]
) -> Iterable[DemandPoint]:
    fleet, name = context.fleet, lot.vehicle_class
    each = {period: fleet.kg_per_vehicle_d(name, period) for period in lot.vehicles}
    ending = name if lot.counted == "in_target" else f"{name}:beyond"
    by = {entry.by: f"{lot.assumption}; by {entry.by}" for entry, _ in wanted}
    sources = {entry.source: f"{entry.source}; {lot.source}" for entry, _ in wanted}
    for entry, share in wanted:
        place = entry.place
        vehicles = {period: count * share for period, count in lot.vehicles.items()}
        yield DemandPoint(
            id=f"{use}:{place.id}:{ending}",
            place_id=place.id,
            name=place.name,
            name_en=place.name_en,
            lon=place.lon,
            lat=place.lat,
            bank=place.bank,
            precision_m=place.precision_m,
            kind=entry.kind,
            district=entry.district,
            vehicle_class=name,
            vehicles=vehicles,
            kg_per_d=Kilograms(each, vehicles),
            source=sources[entry.source],
            verified=entry.verified,
            assumption=by[entry.by],
            counted=lot.counted,
        )


def active_sites(
    context: Context, use: str, *, file: str, crs: str, activity: str
) -> tuple[list[WeightedPlace], list[str]]:
    """Read the places of a site table that have an activity weight for a use.

    Returns the placed ones, and a sentence for each place that has weight but no position and for each weight that
    looks wrong by orders of magnitude.

    Raises:
        InputError: faults of the tables, a weight for a place that the site table does not hold.
    """
    project = context.project
    rows = {row.id: row for row in read_sites(context, file, crs=crs, where=f"demand {use}")}
    path = project.path(activity, where=f"demand {use}")
    numbered = list(enumerate(read_table(path, ActivityRow, root=project.root), start=2))
    weights = [row for _, row in numbered if row.use == use]
    refuse_unknown(
        ((n, "site_id", row.site_id) for n, row in numbered if row.use == use), rows, where=activity, of=file
    )
    places = []
    notes = outliers({row.site_id: row.weight for row in weights}, where=activity, column="weight")
    for weight in weights:
        row = rows[weight.site_id]
        if row.lon is None:
            notes.append(f"{row.name}: has activity but no position; its part falls to the other places")
            continue
        site = row.to_site()
        places.append(
            WeightedPlace(
                place=site,
                kind=use,
                district=site.district,
                weight=weight.weight,
                source=weight.source,
                verified=weight.verified,
                by=f"activity weight ({activity})",
            )
        )
    return places, notes


def read_sites(context: Context, file: str, *, crs: str, where: str) -> list[SiteRow]:
    """Read a table of sites inside the region of the scenario.

    Raises:
        InputError: faults of the table.
    """
    project = context.project
    region = region_of(project.scenario.region)
    return read_table(project.path(file, where=where), SiteRow, root=project.root, region=region, crs=crs)


def refuse_unknown(named: Iterable[tuple[int, str, str]], known: Iterable[str], *, where: str, of: str) -> None:
    """Refuse (row, column, id) cells that name nothing among the known ids.

    Raises:
        InputError: every such cell.
    """
    there = frozenset(known)
    faults = [
        Fault(where=where, row=row, column=column, value=name, message=f"'{name}' does not stand in {of}")
        for row, column, name in named
        if name not in there
    ]
    if faults:
        raise InputError(faults)
