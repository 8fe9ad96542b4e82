"""Rows of the demand tables: places where vehicles live, the vehicles, their weights and the targets."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, ClassVar, Literal

from h2plan.domain import Bank, Place, Range, Terminal, VehicleClass, Verified
from h2plan.tables.cells import Amount, CellFault, Id, Ids, Number, Positive, Share, Text, Whole, Year, YesNo
from h2plan.tables.positions import check_position
from h2plan.tables.row import Check, Row


def check_ranges(values: Mapping[str, Any]) -> Iterator[CellFault]:
    """Yield a fault where low <= base <= high does not hold."""
    for quantity in ("kg_per_100_km", "km_per_d"):
        for lower, upper in (("low", "base"), ("base", "high")):
            below, above = values.get(f"{quantity}_{lower}"), values.get(f"{quantity}_{upper}")
            if below is not None and above is not None and below > above:
                message = f"{below:g} is above {quantity}_{upper}, {above:g}"
                yield CellFault(f"{quantity}_{lower}", message, "low, base and high must rise in this order")


class DistrictRow(Row):
    """A district or functional zone at its seat; `counted_in` names the row whose population holds this one's."""

    checks: ClassVar[tuple[Check, ...]] = (check_position,)

    id: Id
    name: Text
    name_en: Text
    level: Literal["district", "functional_zone"]
    population: Whole
    in_population_sum: YesNo
    counted_in: Id | None = None
    lon: Number
    lat: Number
    bank: Bank
    precision_m: Amount
    source: Text
    verified: Verified
    note: str = ""

    def to_place(self) -> Place:
        return Place(
            id=self.id,
            name=self.name,
            name_en=self.name_en,
            lon=self.lon,
            lat=self.lat,
            bank=self.bank,
            precision_m=self.precision_m,
        )


class TownRow(Row):
    """A town inside the city, where part of its district's demand may stand."""

    checks: ClassVar[tuple[Check, ...]] = (check_position,)

    id: Id
    name: Text
    name_en: Text
    district: Text
    bank: Bank
    lon: Number
    lat: Number
    precision_m: Amount
    source: Text
    verified: Verified

    def to_place(self) -> Place:
        return Place(
            id=self.id,
            name=self.name,
            name_en=self.name_en,
            lon=self.lon,
            lat=self.lat,
            bank=self.bank,
            precision_m=self.precision_m,
        )


class VehicleClassRow(Row):
    """A class of fuel-cell vehicles: mass, consumption, daily distance and tank."""

    checks: ClassVar[tuple[Check, ...]] = (check_ranges,)

    id: Id
    name: Text
    name_en: Text
    is_truck: YesNo
    mass_t: Positive
    kg_per_100_km_low: Positive
    kg_per_100_km_base: Positive
    kg_per_100_km_high: Positive
    km_per_d_low: Positive
    km_per_d_base: Positive
    km_per_d_high: Positive
    range_km: Positive
    kg_per_fill: Positive
    pressure_mpa: Whole
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
            kg_per_100_km=Range(self.kg_per_100_km_low, self.kg_per_100_km_base, self.kg_per_100_km_high),
            km_per_d=Range(self.km_per_d_low, self.km_per_d_base, self.km_per_d_high),
            range_km=self.range_km,
            kg_per_fill=self.kg_per_fill,
            pressure_mpa=self.pressure_mpa,
            source=self.source,
            verified=self.verified,
        )


class FleetShareRow(Row):
    """The share of all vehicles that one class has in one use; the shares of a table add up to 1."""

    id: Id
    vehicle_class: Id
    use: Id
    share: Share
    source: Text
    verified: Verified


class ActivityRow(Row):
    """The weight of one port or logistics hub among its kind."""

    key: ClassVar[tuple[str, ...]] = ("site_id", "use")

    site_id: Id
    use: Id
    weight: Amount
    source: Text
    verified: Verified
    note: str = ""


class GatewayRow(Row):
    """A far city, and the road nodes at which traffic to it leaves the network."""

    checks: ClassVar[tuple[Check, ...]] = (check_position,)

    id: Id
    name: Text
    name_en: Text
    lon: Number | None = None
    lat: Number | None = None
    precision_m: Amount | None = None
    population: Whole | None = None
    entry_nodes: Ids
    roads: str = ""
    source: Text
    verified: Verified
    note: str = ""

    @property
    def is_placed(self) -> bool:
        return self.lon is not None

    def to_terminal(self) -> Terminal:
        """Return the far city as an end of flows.

        Raises:
            ValueError: the row has no position; ask `is_placed` first.
        """
        if self.lon is None or self.lat is None or self.precision_m is None:
            raise ValueError(f"{self.id} has no position")
        return Terminal(
            id=self.id,
            name=self.name,
            name_en=self.name_en,
            lon=self.lon,
            lat=self.lat,
            precision_m=self.precision_m,
            kind="gateway",
            entry_nodes=self.entry_nodes,
        )


class TargetRow(Row):
    """A published number of vehicles or stations for a year."""

    id: Id
    period: Year
    what: Literal["fcev", "stations"]
    value: Amount
    status: Literal["adopted", "draft"]
    source: Text
    verified: Verified
    note: str = ""
