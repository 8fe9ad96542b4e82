"""Rows of supply: what sources give by year, storage-and-transport centres, ways of delivery and what they cost."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, ClassVar, Literal

from h2plan.domain import Bank, Mode, StorageCentre, Verified
from h2plan.tables.cells import Amount, CellFault, Id, Ids, Number, Positive, Text, Year, YesNo
from h2plan.tables.positions import check_position
from h2plan.tables.row import Check, Row

Level = Literal["base", "low"]


SENT = ("tube_trailer", "liquid", "pipeline")


def check_sent(values: Mapping[str, Any]) -> Iterator[CellFault]:
    """Yield a fault for each way of sending that nobody knows."""
    for mode in values.get("modes") or ():
        if mode not in SENT:
            yield CellFault("modes", f"'{mode}' is none of {', '.join(SENT)}")


def check_output(values: Mapping[str, Any]) -> Iterator[CellFault]:
    """Yield a fault where a source uses more than it makes, or must sell more than it has for sale."""
    gross, captive = values.get("gross_kg_per_d"), values.get("captive_kg_per_d")
    if gross is not None and captive is not None and captive > gross:
        yield CellFault("captive_kg_per_d", f"{captive:,g} is above gross_kg_per_d {gross:,g}")
    smallest = values.get("smallest_kg_per_d") or 0.0
    limits = [None if gross is None else gross - (captive or 0.0), values.get("trailer_bay_kg_per_d")]
    limits.append(values.get("purified_kg_per_d"))
    most = min((limit for limit in limits if limit is not None), default=None)
    if most is not None and smallest > most >= 0:
        hint = "lower it, or leave it blank: the source then sells any amount"
        yield CellFault("smallest_kg_per_d", f"{smallest:,g} is above what is for sale, {most:,g}", hint)
    low, base = values.get("purified_low_kg_per_d"), values.get("purified_kg_per_d")
    if low is not None and base is not None and low > base:
        yield CellFault("purified_low_kg_per_d", f"{low:,g} is above purified_kg_per_d {base:,g}")


class SourceOutputRow(Row):
    """What a hydrogen source gives from one year on, until a later row of the same source."""

    key: ClassVar[tuple[str, ...]] = ("source_id", "period")
    checks: ClassVar[tuple[Check, ...]] = (check_output, check_sent)

    source_id: Id
    period: Year
    gross_kg_per_d: Amount
    captive_kg_per_d: Amount | None = None
    """Blank: not known, and then the purified output alone says what is free."""
    purified_kg_per_d: Amount
    purified_low_kg_per_d: Amount | None = None
    trailer_bay_kg_per_d: Amount
    smallest_kg_per_d: Amount | None = None
    price_cny_per_kg: Amount
    modes: Ids
    """Ways in which the source can send hydrogen off: tube_trailer, liquid, pipeline."""
    source: Text
    verified: Verified
    assumptions: str = ""

    def for_sale_kg_per_d(self, level: Level) -> float:
        """Return what feeds stations: the least of gross less captive, purified output and trailer bays."""
        low = self.purified_low_kg_per_d
        purified = low if level == "low" and low is not None else self.purified_kg_per_d
        return min(self.gross_kg_per_d - (self.captive_kg_per_d or 0.0), purified, self.trailer_bay_kg_per_d)


class StorageCentreRow(Row):
    """A place where a storage-and-transport centre may stand or stands."""

    checks: ClassVar[tuple[Check, ...]] = (check_position,)

    id: Id
    name: Text
    name_en: Text
    district: str = ""
    city: Text
    bank: Bank
    lon: Number
    lat: Number
    precision_m: Amount
    status: Literal["candidate", "required", "forbidden"] = "candidate"
    built: YesNo = "no"
    capacity_kg_per_d: Positive
    capex_cny: Amount
    opex_cny_per_yr: Amount
    life_yr: Positive
    source: Text
    verified: Verified
    assumptions: str = ""
    note: str = ""

    def to_centre(self) -> StorageCentre:
        """Return the centre at its position."""
        return StorageCentre(
            id=self.id,
            name=self.name,
            name_en=self.name_en,
            lon=self.lon,
            lat=self.lat,
            bank=self.bank,
            precision_m=self.precision_m,
            district=self.district,
            status=self.status,
            built=self.built == "yes",
            capacity_kg_per_d=self.capacity_kg_per_d,
            capex_cny=self.capex_cny,
            opex_cny_per_yr=self.opex_cny_per_yr,
            life_yr=self.life_yr,
            source=self.source,
            verified=self.verified,
            assumptions=self.assumptions,
        )


def check_mode(values: Mapping[str, Any]) -> Iterator[CellFault]:
    """Yield a fault where vehicles have no payload, speed or hours, or a fixed cost has no life."""
    mode = values.get("mode")
    if mode in ("tube_trailer", "liquid"):
        for field in ("payload_kg", "speed_km_per_h", "handling_h", "hours_per_d"):
            if field in values and values[field] is None:
                yield CellFault(field, f"is blank although {mode} is driven by vehicles")
    fixed = (values.get("capex_cny") or 0.0) + (values.get("capex_cny_per_km") or 0.0)
    if fixed > 0 and "life_yr" in values and values["life_yr"] is None:
        yield CellFault("life_yr", "is blank although the mode has a capital cost")
    if mode == "on_site" and values.get("to") not in (None, "station"):
        yield CellFault("to", "must be station: what is made on site goes nowhere else")


class DeliveryModeRow(Row):
    """A way for hydrogen to travel: vehicles with payload and cycle, a pipe with a fixed charge, production on site."""

    checks: ClassVar[tuple[Check, ...]] = (check_mode,)

    id: Id
    name: Text
    name_en: Text
    mode: Mode
    to: Literal["any", "centre", "station"]
    payload_kg: Positive | None = None
    speed_km_per_h: Positive | None = None
    handling_h: Amount | None = None
    hours_per_d: Positive | None = None
    radius_km: Positive
    max_kg_per_d: Positive
    capex_cny: Amount = 0.0
    capex_cny_per_km: Amount = 0.0
    opex_share_per_yr: Amount = 0.0
    life_yr: Positive | None = None
    source: Text
    verified: Verified
    assumptions: str = ""


class DeliveryCostRow(Row):
    """A published cost of delivery at two distances, read as a straight line; one distance only: a flat cost."""

    id: Id
    mode: Mode
    near_km: Amount
    near_cny_per_kg: Amount
    far_km: Positive | None = None
    far_cny_per_kg: Amount | None = None
    source: Text
    verified: Verified
    assumptions: str = ""

    def per_km_cny_per_kg(self) -> float:
        """Return the slope of the line, CNY/kg a km."""
        if self.far_km is None or self.far_cny_per_kg is None or self.far_km == self.near_km:
            return 0.0
        return (self.far_cny_per_kg - self.near_cny_per_kg) / (self.far_km - self.near_km)

    def at_km(self, km: float) -> float:
        """Return the cost over a distance, CNY/kg."""
        return self.near_cny_per_kg + self.per_km_cny_per_kg() * (km - self.near_km)
