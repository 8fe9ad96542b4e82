"""Rows of the fleet tables: vehicle classes, how the fleet divides, operators and depots, hour and month profiles."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Annotated, Any, ClassVar, Literal

from pydantic import Field

from h2plan.domain import Bank, FleetStatus, Place, Range, VehicleClass, Verified
from h2plan.tables.cells import Amount, CellFault, Id, Number, Positive, Share, Text, Whole, Year, YesNo
from h2plan.tables.positions import check_position
from h2plan.tables.row import Check, Row

QUANTITIES = ("kg_per_100_km", "km_per_d", "kg_per_h", "h_per_d")
LEVELS = ("low", "base", "high")
BY_DISTANCE = tuple(f"{name}_{level}" for name in QUANTITIES[:2] for level in LEVELS)
BY_HOUR = tuple(f"{name}_{level}" for name in QUANTITIES[2:] for level in LEVELS)


def check_ranges(values: Mapping[str, Any]) -> Iterator[CellFault]:
    """Yield a fault where low <= base <= high does not hold."""
    for quantity in QUANTITIES:
        for lower, upper in (("low", "base"), ("base", "high")):
            below, above = values.get(f"{quantity}_{lower}"), values.get(f"{quantity}_{upper}")
            if below is not None and above is not None and below > above:
                message = f"{below:g} is above {quantity}_{upper}, {above:g}"
                yield CellFault(f"{quantity}_{lower}", message, "low, base and high must rise in this order")


def check_whole_sets(values: Mapping[str, Any]) -> Iterator[CellFault]:
    """Yield a fault where consumption is given by distance or by the hour in part, or not at all."""
    sets = (BY_DISTANCE, BY_HOUR)
    if any(name not in values for names in sets for name in names):
        return
    for names in sets:
        blank = [name for name in names if values[name] is None]
        if 0 < len(blank) < len(names):
            hint = f"fill all of {', '.join(names)}, or none"
            yield CellFault(blank[0], "is blank although its companions are given", hint)
    if all(values[name] is None for names in sets for name in names):
        hint = "give kg_per_100_km and km_per_d, or kg_per_h and h_per_d"
        yield CellFault("kg_per_100_km_base", "no consumption is given", hint)


class VehicleClassRow(Row):
    """A class of fuel-cell vehicles: mass, consumption by distance or by the hour, daily work and tank."""

    checks: ClassVar[tuple[Check, ...]] = (check_ranges, check_whole_sets)

    id: Id
    name: Text
    name_en: Text
    is_truck: YesNo
    mass_t: Positive
    kg_per_100_km_low: Positive | None = None
    kg_per_100_km_base: Positive | None = None
    kg_per_100_km_high: Positive | None = None
    km_per_d_low: Positive | None = None
    km_per_d_base: Positive | None = None
    km_per_d_high: Positive | None = None
    kg_per_h_low: Positive | None = None
    kg_per_h_base: Positive | None = None
    kg_per_h_high: Positive | None = None
    h_per_d_low: Positive | None = None
    h_per_d_base: Positive | None = None
    h_per_d_high: Positive | None = None
    range_km: Positive | None = None
    kg_per_fill: Positive
    tank_kg: Positive | None = None
    fill_min: Positive | None = None
    days_per_yr: Annotated[float, Field(gt=0, le=366)] | None = None
    pressure_mpa: Whole
    profile: str = ""
    home: Literal["depot", "anywhere"] = "anywhere"
    grade: str = ""
    """A published by an authority, B by a trade source, C in a copy, D computed, U unverified; of the consumption."""
    source: Text
    verified: Verified
    note: str = ""

    def to_vehicle_class(self) -> VehicleClass:
        return VehicleClass(
            id=self.id,
            name=self.name,
            name_en=self.name_en,
            mass_t=self.mass_t,
            is_truck=self.is_truck == "yes",
            kg_per_100_km=_range(self.kg_per_100_km_low, self.kg_per_100_km_base, self.kg_per_100_km_high),
            km_per_d=_range(self.km_per_d_low, self.km_per_d_base, self.km_per_d_high),
            kg_per_h=_range(self.kg_per_h_low, self.kg_per_h_base, self.kg_per_h_high),
            h_per_d=_range(self.h_per_d_low, self.h_per_d_base, self.h_per_d_high),
            range_km=self.range_km,
            kg_per_fill=self.kg_per_fill,
            tank_kg=self.tank_kg,
            fill_min=self.fill_min,
            days_per_yr=self.days_per_yr,
            pressure_mpa=self.pressure_mpa,
            profile=self.profile,
            home=self.home,
            source=self.source,
            verified=self.verified,
        )


def _range(low: float | None, base: float | None, high: float | None) -> Range:
    """Return a range; a quantity by which this class does not work is 0."""
    return Range(low or 0.0, base or 0.0, high or 0.0)


class FleetShareRow(Row):
    """The share of all vehicles that one class has in one use; the shares of a year add up to 1."""

    id: Id
    vehicle_class: Id
    use: Id
    share: Share
    period: Year | None = None
    """Year for which the share is given; blank: every year."""
    source: Text
    verified: Verified


def check_example(values: Mapping[str, Any]) -> Iterator[CellFault]:
    """Yield a fault for a row that is still the example of the template."""
    if str(values.get("depot_id", "")).startswith("示例"):
        yield CellFault("depot_id", "is the example row of the template", "delete the row")


class OperatorRow(Row):
    """Vehicles of one class that an operator runs from one depot, from a year on until the next row."""

    key: ClassVar[tuple[str, ...]] = ("depot_id", "vehicle_class", "period")
    checks: ClassVar[tuple[Check, ...]] = (check_position, check_example)

    depot_id: Id
    operator: Text
    depot: Text
    depot_en: str = ""
    district: str = ""
    vehicle_class: Id
    period: Year
    vehicles: Whole
    status: FleetStatus
    station_id: str = ""
    """Site of the contracted or captive station; blank: free to choose."""
    lon: Number | None = None
    lat: Number | None = None
    bank: Bank = "none"
    precision_m: Amount | None = None
    source: Text
    verified: Verified
    note: str = ""

    @property
    def is_placed(self) -> bool:
        return self.lon is not None

    def to_place(self) -> Place:
        """Return the depot.

        Raises:
            ValueError: the row has no position; ask `is_placed` first.
        """
        if self.lon is None or self.lat is None or self.precision_m is None:
            raise ValueError(f"{self.depot_id} has no position")
        return Place(
            id=self.depot_id,
            name=self.depot,
            name_en=self.depot_en,
            lon=self.lon,
            lat=self.lat,
            bank=self.bank,
            precision_m=self.precision_m,
        )


class HourRow(Row):
    """The share of a day's hydrogen that is filled in one hour; the 24 shares of a profile add up to 1."""

    key: ClassVar[tuple[str, ...]] = ("profile", "hour")

    profile: Id
    hour: Annotated[Whole, Field(le=23)]
    share: Share
    source: Text
    verified: Verified


class MonthRow(Row):
    """Demand of one month as a multiple of the yearly mean; the 12 factors of a profile average 1."""

    key: ClassVar[tuple[str, ...]] = ("profile", "month")

    profile: Id
    month: Annotated[Whole, Field(ge=1, le=12)]
    factor: Positive
    source: Text
    verified: Verified
