"""Rows of the site tables, the hydrogen sources and the station sizes."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Annotated, Any, ClassVar, Literal

from pydantic import Field

from h2plan.domain import (
    Bank,
    Land,
    Site,
    SiteKind,
    SiteStatus,
    SizeEquipment,
    Source,
    StationSize,
    UnplacedSite,
    Verified,
)
from h2plan.tables.cells import Amount, CellFault, Id, Number, Positive, Text, Whole, YesNo, column
from h2plan.tables.positions import check_position
from h2plan.tables.row import Check, Row

Built = Literal["yes", "no", "under_construction"]
Dispensers = Annotated[Whole, Field(ge=1, le=200)]


def check_built(values: Mapping[str, Any]) -> Iterator[CellFault]:
    """Yield a fault when `built` and its capacity contradict each other, or a placed station has no capacity."""
    if "built" not in values or "built_kg_per_d" not in values:
        return
    built, capacity = values["built"], values["built_kg_per_d"]
    if built == "yes" and capacity is None and values.get("lon") is not None:
        hint = "give the capacity, or an assumption of it and name that in assumptions"
        yield CellFault("built_kg_per_d", "is blank although the station is built", hint)
    if built != "yes" and capacity is not None:
        hint = "write yes in built, or leave built_kg_per_d blank until the station stands"
        yield CellFault("built_kg_per_d", f"is {capacity:g} although built is {built}", hint)
    for name in ("built_70_mpa", "built_peak_kg_per_h", "built_dispensers"):
        if built != "yes" and values.get(name) is not None:
            hint = f"write yes in built, or leave {name} blank until the station stands"
            yield CellFault(name, f"is {values[name]} although built is {built}", hint)


def check_example(values: Mapping[str, Any]) -> Iterator[CellFault]:
    """Yield a fault for a row that is still the example of an import template."""
    for field in ("id", "name"):
        if str(values.get(field, "")).startswith("示例"):
            yield CellFault(field, "is the example row of the template", "delete the row")
            return


class SiteRow(Row):
    """A place where a station may stand or stands, with or without a known position."""

    checks: ClassVar[tuple[Check, ...]] = (check_position, check_built, check_example)

    id: Id = column(header_zh="编号")
    name: Text = column(header_zh="名称")
    name_en: Text = column(header_zh="英文名称")
    kind: SiteKind = column(header_zh="类型")
    district: str = column("", header_zh="行政区")
    city: Text = column(header_zh="城市")
    bank: Bank = column(header_zh="所在岸")
    lon: Number | None = column(None, header_zh="经度")
    lat: Number | None = column(None, header_zh="纬度")
    precision_m: Amount | None = column(None, header_zh="位置误差_m")
    status: SiteStatus = column("candidate", header_zh="状态")
    built: Built = column("no", header_zh="已建")
    built_kg_per_d: Positive | None = column(None, header_zh="已建能力_kg每日")
    built_70_mpa: YesNo | None = column(None, header_zh="已建70MPa")
    built_peak_kg_per_h: Positive | None = column(None, header_zh="已建高峰能力_kg每小时")
    built_dispensers: Dispensers | None = column(None, header_zh="已建加氢机数")
    max_kg_per_d: Positive | None = column(None, header_zh="最大能力_kg每日")
    land_cny_per_yr: Amount | None = column(None, header_zh="用地费_元每年")
    approval_months_left: Whole | None = column(None, header_zh="剩余审批月数")
    owner: str = column("", header_zh="运营单位")
    brand: str = column("", header_zh="品牌")
    tenure: str = column("", header_zh="权属")
    grade: str = column("", header_zh="等级")
    tank_m3: Amount | None = column(None, header_zh="罐容_m3")
    land_m2: Amount | None = column(None, header_zh="用地_m2")
    spare_m2: Amount | None = column(None, header_zh="可扩建用地_m2")
    land_use: str = column("", header_zh="用地性质")
    distance_10kv_m: Amount | None = column(None, header_zh="距10kV电源_m")
    spare_kva: Amount | None = column(None, header_zh="可用容量_kVA")
    trailer_turning_m: Amount | None = column(None, header_zh="转弯半径_m")
    left_turn_ban: YesNo | None = column(None, header_zh="禁止左转")
    height_limit_m: Positive | None = column(None, header_zh="限高_m")
    mass_limit_t: Positive | None = column(None, header_zh="限重_t")
    queue_m: Amount | None = column(None, header_zh="排队长度_m")
    licence_no: str = column("", header_zh="证号")
    role: str = column("", header_zh="定位")
    exit: Literal["yes", "no", "unknown"] | None = column(None, header_zh="出口")
    opened: str = column("", header_zh="投运")
    source: Text = column(header_zh="来源")
    verified: Verified = column(header_zh="核实")
    assumptions: str = column("", header_zh="假设")
    note: str = column("", header_zh="备注")

    @property
    def is_placed(self) -> bool:
        return self.lon is not None

    @property
    def is_built(self) -> bool:
        return self.built == "yes"

    def to_site(self) -> Site:
        """Return the site at its position. A blank land cost counts as nothing paid.

        Raises:
            ValueError: the row has no position; ask `is_placed` first.
        """
        if self.lon is None or self.lat is None or self.precision_m is None:
            raise ValueError(f"{self.id} has no position")
        return Site(
            id=self.id,
            name=self.name,
            name_en=self.name_en,
            lon=self.lon,
            lat=self.lat,
            bank=self.bank,
            precision_m=self.precision_m,
            kind=self.kind,
            district=self.district,
            city=self.city,
            status=self.status,
            owner=self.owner,
            built_kg_per_d=self.built_kg_per_d,
            built_peak_kg_per_h=self.built_peak_kg_per_h,
            built_dispensers=self.built_dispensers,
            built_70_mpa=None if self.built_70_mpa is None else self.built_70_mpa == "yes",
            max_kg_per_d=self.max_kg_per_d,
            land_cny_per_yr=self.land_cny_per_yr or 0.0,
            approval_months_left=self.approval_months_left,
            source=self.source,
            verified=self.verified,
            assumptions=self.assumptions,
            note=self.note,
            land=Land(
                tank_m3=self.tank_m3,
                land_m2=self.land_m2,
                spare_m2=self.spare_m2,
                land_use=self.land_use,
                tenure=self.tenure,
                distance_10kv_m=self.distance_10kv_m,
                spare_kva=self.spare_kva,
                trailer_turning_m=self.trailer_turning_m,
                left_turn_ban=self.left_turn_ban or "",
                height_limit_m=self.height_limit_m,
                mass_limit_t=self.mass_limit_t,
                queue_m=self.queue_m,
            ),
        )

    def to_unplaced(self) -> UnplacedSite:
        """Return what is known of the site without its position."""
        return UnplacedSite(
            id=self.id,
            name=self.name,
            name_en=self.name_en,
            kind=self.kind,
            district=self.district,
            city=self.city,
            is_built=self.is_built,
            built_kg_per_d=self.built_kg_per_d,
            source=self.source,
            note=self.note,
        )


class SourceRow(Row):
    """A place where hydrogen is made or filled, with what it can give in a day."""

    checks: ClassVar[tuple[Check, ...]] = (check_position,)

    id: Id
    name: Text
    name_en: Text
    kind: Text
    district: str = ""
    city: Text
    bank: Bank
    lon: Number | None = None
    lat: Number | None = None
    precision_m: Amount | None = None
    max_kg_per_d: Positive | None = None
    source: Text
    verified: Verified
    note: str = ""

    @property
    def is_placed(self) -> bool:
        return self.lon is not None

    def to_source(self) -> Source:
        """Return the source at its position.

        Raises:
            ValueError: the row has no position; ask `is_placed` first.
        """
        if self.lon is None or self.lat is None or self.precision_m is None:
            raise ValueError(f"{self.id} has no position")
        return Source(
            id=self.id,
            name=self.name,
            name_en=self.name_en,
            lon=self.lon,
            lat=self.lat,
            bank=self.bank,
            precision_m=self.precision_m,
            kind=self.kind,
            max_kg_per_d=self.max_kg_per_d,
            source=self.source,
            verified=self.verified,
            note=self.note,
        )


class StationSizeRow(Row):
    """A station size class with its capacity and costs."""

    id: Id
    capacity_kg_per_d: Positive
    capex_cny: Amount
    opex_cny_per_yr: Amount
    life_yr: Positive
    storage_kg: Positive
    source: Text
    verified: Verified
    assumptions: str = ""

    def to_size(self) -> StationSize:
        return StationSize(
            id=self.id,
            capacity_kg_per_d=self.capacity_kg_per_d,
            capex_cny=self.capex_cny,
            opex_cny_per_yr=self.opex_cny_per_yr,
            life_yr=self.life_yr,
            storage_kg=self.storage_kg,
            source=self.source,
            verified=self.verified,
        )


def check_fitting(values: Mapping[str, Any]) -> Iterator[CellFault]:
    """Yield a fault when one of the two costs of 70 MPa stands without the other."""
    capex, opex = values.get("fit_70_capex_cny"), values.get("fit_70_opex_cny_per_yr")
    if (capex is None) != (opex is None):
        blank = "fit_70_capex_cny" if capex is None else "fit_70_opex_cny_per_yr"
        yield CellFault(
            blank, "is blank, the other cost of 70 MPa is not", "give both, or none: then it is never fitted"
        )


def check_dispensers(values: Mapping[str, Any]) -> Iterator[CellFault]:
    """Yield a fault when the number of dispensers or what they give in an hour stands alone."""
    count, peak = values.get("dispensers"), values.get("peak_kg_per_h")
    if (count is None) != (peak is None):
        blank = "dispensers" if count is None else "peak_kg_per_h"
        yield CellFault(blank, "is blank, the other figure of the busiest hour is not", "give both, or none")


class SizeEquipmentRow(Row):
    """What a station of one size is equipped with beside what the table of sizes says."""

    key: ClassVar[tuple[str, ...]] = ("size_id",)
    checks: ClassVar[tuple[Check, ...]] = (check_fitting, check_dispensers)

    size_id: Id
    dispensers: Dispensers | None = None
    peak_kg_per_h: Positive | None = None
    fit_70_capex_cny: Amount | None = None
    fit_70_opex_cny_per_yr: Amount | None = None
    source: Text
    verified: Verified
    assumptions: str = ""

    def to_equipment(self) -> SizeEquipment:
        return SizeEquipment(
            size_id=self.size_id,
            dispensers=self.dispensers,
            peak_kg_per_h=self.peak_kg_per_h,
            fit_70_capex_cny=self.fit_70_capex_cny,
            fit_70_opex_cny_per_yr=self.fit_70_opex_cny_per_yr,
            source=self.source,
            verified=self.verified,
        )
