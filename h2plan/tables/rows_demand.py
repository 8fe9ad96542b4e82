"""Rows of the demand tables: places where vehicles live or work, their weights, flows, counts and the targets."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, ClassVar, Literal

from h2plan.domain import Bank, FleetStatus, Place, Terminal, Verified
from h2plan.tables.cells import Amount, CellFault, Id, Ids, Number, Text, Whole, Year, YesNo
from h2plan.tables.positions import check_position
from h2plan.tables.row import Check, Row


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


def check_vehicles_or_kg(values: Mapping[str, Any]) -> Iterator[CellFault]:
    """Yield a fault where vehicles and kg_per_d are both given, or neither."""
    if "vehicles" in values and "kg_per_d" in values and (values["vehicles"] is None) == (values["kg_per_d"] is None):
        yield CellFault("vehicles", "exactly one of vehicles and kg_per_d is needed", "leave the other cell blank")


class PointRow(Row):
    """A place named by the user with its vehicles, or with its hydrogen as known from sales."""

    checks: ClassVar[tuple[Check, ...]] = (check_position, check_vehicles_or_kg)

    id: Id
    name: Text
    name_en: str = ""
    district: str = ""
    vehicle_class: Id
    vehicles: Amount | None = None
    kg_per_d: Amount | None = None
    status: FleetStatus = "forecast"
    operator: str = ""
    station_id: str = ""
    lon: Number
    lat: Number
    bank: Bank = "none"
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


class OdRow(Row):
    """Vehicles a day between two places, as surveyed or modelled elsewhere."""

    key: ClassVar[tuple[str, ...]] = ("origin", "destination")

    origin: Id
    destination: Id
    vehicles_per_d: Amount
    source: Text
    verified: Verified
    note: str = ""


class LinkCountRow(Row):
    """Trucks counted on a link of the road network, both directions together."""

    id: Id
    link: Id
    period: Year
    trucks_per_d: Amount
    source: Text
    verified: Verified
    note: str = ""


class FuelSalesRow(Row):
    """Diesel sold at a fuel station in a year."""

    key: ClassVar[tuple[str, ...]] = ("site_id",)

    site_id: Id
    diesel_t_per_yr: Amount
    source: Text
    verified: Verified
    note: str = ""
