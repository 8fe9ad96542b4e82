"""The nouns of a siting plan, as frozen values; standard library only.

Angles are WGS-84 degrees, ids are text, the unit is the end of the name. Field metadata carries the unit and the
label in English and Chinese, from which table headers and the data dictionary are made.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

SiteKind = Literal[
    "port",
    "quay",
    "logistics_hub",
    "highway_service",
    "interchange",
    "toll_gate",
    "fuel_station",
    "gas_station",
    "depot",
    "greenfield",
    "hydrogen_station",
]
SiteStatus = Literal["candidate", "required", "forbidden"]
Bank = Literal["left", "right", "none"]
Verified = Literal["yes", "partly", "no"]
Level = Literal["low", "base", "high"]
FleetStatus = Literal["signed", "intended", "forecast"]
"""How firm vehicles are: under contract, announced by an operator, or only expected."""
Counted = Literal["in_target", "beyond_target"]
"""Whether vehicles are part of the target of the scenario, or come on top of it."""


def labelled(zh: str, en: str, unit: str = "", **options: Any) -> Any:
    """Declare a dataclass field with its label in Chinese and English and its unit."""
    return field(metadata={"zh": zh, "en": en, "unit": unit}, **options)


@dataclass(frozen=True, slots=True)
class Range:
    """A number with its low and high estimate."""

    low: float
    base: float
    high: float

    def at(self, level: Level) -> float:
        return {"low": self.low, "base": self.base, "high": self.high}[level]

    def scaled(self, factor: float) -> Range:
        return Range(self.low * factor, self.base * factor, self.high * factor)

    def times(self, other: Range) -> Range:
        return Range(self.low * other.low, self.base * other.base, self.high * other.high)


Mode = Literal["tube_trailer", "liquid", "pipeline", "on_site"]
"""How hydrogen reaches a station or a centre."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """A named position and what is known of how well it is known."""

    id: str = labelled("编号", "id")
    name: str = labelled("名称", "name")
    lon: float = labelled("经度", "longitude", "°")
    lat: float = labelled("纬度", "latitude", "°")
    name_en: str = labelled("英文名称", "English name", default="")
    bank: Bank = labelled("所在岸", "river bank", default="none")
    precision_m: float = labelled("位置误差", "position error", "m")


@dataclass(frozen=True, slots=True, kw_only=True)
class Land:
    """What is known of a site's land and access; None or blank: not known, and then not checked."""

    tank_m3: float | None = labelled("罐容", "petrol tanks", "m³", default=None)
    land_m2: float | None = labelled("用地面积", "land", "m²", default=None)
    spare_m2: float | None = labelled("可扩建用地", "spare land", "m²", default=None)
    land_use: str = labelled("用地性质", "land use", default="")
    tenure: str = labelled("权属", "tenure", default="")
    distance_10kv_m: float | None = labelled("距10 kV电源", "distance to 10 kV", "m", default=None)
    spare_kva: float | None = labelled("可用容量", "spare transformer capacity", "kVA", default=None)
    trailer_turning_m: float | None = labelled("转弯半径", "turning radius", "m", default=None)
    left_turn_ban: str = labelled("禁止左转", "left-turn ban", default="")
    height_limit_m: float | None = labelled("限高", "height limit", "m", default=None)
    mass_limit_t: float | None = labelled("限重", "mass limit", "t", default=None)
    queue_m: float | None = labelled("排队长度", "room to queue", "m", default=None)

    def filled(self, other: Land) -> Land:
        """Return this land, with what only the other row knows."""
        known = {name: getattr(self, name) for name in self.__slots__}
        return Land(**{name: getattr(other, name) if value in (None, "") else value for name, value in known.items()})


@dataclass(frozen=True, slots=True, kw_only=True)
class Site(Place):
    """A candidate site j, or a station that already stands (`built_kg_per_d` is set)."""

    kind: SiteKind = labelled("类型", "kind")
    district: str = labelled("行政区", "district", default="")
    city: str = labelled("城市", "city", default="")
    status: SiteStatus = labelled("状态", "status", default="candidate")
    owner: str = labelled("权属单位", "owner", default="")
    built_kg_per_d: float | None = labelled("已建能力", "built capacity", "kg/d", default=None)
    built_70_mpa: bool | None = labelled("已建70 MPa", "dispenses at 70 MPa already", default=None)
    """None: not known, and taken as 35 MPa only."""
    built_peak_kg_per_h: float | None = labelled("已建高峰小时能力", "busiest hour built", "kg/h", default=None)
    built_dispensers: int | None = labelled("已建加氢机数", "dispensers built", default=None)
    max_kg_per_d: float | None = labelled("最大允许能力", "largest allowed capacity", "kg/d", default=None)
    land_cny_per_yr: float = labelled("用地年费用", "annual land cost", "CNY/yr", default=0.0)
    approval_months_left: int | None = labelled("剩余审批月数", "months of approvals left", "months", default=None)
    source: str = labelled("来源", "source")
    verified: Verified = labelled("核实情况", "verified")
    assumptions: str = labelled("假设", "assumptions", default="")
    note: str = labelled("备注", "note", default="")
    land: Land = labelled("用地与进出条件", "land and access", default=Land())

    @property
    def is_built(self) -> bool:
        return self.built_kg_per_d is not None


@dataclass(frozen=True, slots=True, kw_only=True)
class UnplacedSite:
    """A row of a site table that has no position: counted and reported, never a candidate."""

    id: str
    name: str
    name_en: str
    kind: SiteKind
    district: str
    city: str
    is_built: bool
    built_kg_per_d: float | None
    source: str
    note: str


@dataclass(frozen=True, slots=True, kw_only=True)
class StationSize:
    """A station size class k."""

    id: str = labelled("站级编号", "size id")
    capacity_kg_per_d: float = labelled("日加注能力", "capacity", "kg/d")
    capex_cny: float = labelled("建设投资", "capital cost", "CNY")
    opex_cny_per_yr: float = labelled("年运营成本", "operating cost", "CNY/yr")
    life_yr: float = labelled("使用寿命", "life", "yr")
    storage_kg: float = labelled("储氢量", "storage", "kg")
    source: str = labelled("来源", "source")
    verified: Verified = labelled("核实情况", "verified")


@dataclass(frozen=True, slots=True, kw_only=True)
class SizeEquipment:
    """What a station of one size is equipped with, and what it costs to let it fill at 70 MPa as well."""

    size_id: str = labelled("站级编号", "size id")
    dispensers: int | None = labelled("加氢机数", "dispensers", default=None)
    peak_kg_per_h: float | None = labelled("高峰小时能力", "busiest hour, at most", "kg/h", default=None)
    """The most that it gives in one hour; None: not known."""
    fit_70_capex_cny: float | None = labelled("70 MPa加装投资", "capital cost of 70 MPa", "CNY", default=None)
    """None: a station of this size is never fitted for 70 MPa."""
    fit_70_opex_cny_per_yr: float | None = labelled(
        "70 MPa年运营成本", "operating cost of 70 MPa", "CNY/yr", default=None
    )
    source: str = labelled("来源", "source")
    verified: Verified = labelled("核实情况", "verified")


@dataclass(frozen=True, slots=True, kw_only=True)
class VehicleClass:
    """A class of fuel-cell vehicles and what one of them needs on an operating day."""

    id: str
    name: str
    name_en: str
    mass_t: float
    is_truck: bool
    kg_per_100_km: Range = Range(0.0, 0.0, 0.0)
    km_per_d: Range = Range(0.0, 0.0, 0.0)
    kg_per_h: Range = Range(0.0, 0.0, 0.0)
    """For what works by the hour: forklifts, yard tractors, vessels."""
    h_per_d: Range = Range(0.0, 0.0, 0.0)
    range_km: float | None
    """The distance that is used between fills; blank for what works by the hour."""
    kg_per_fill: float
    tank_kg: float | None = None
    fill_min: float | None = None
    """Minutes a vehicle stands at the dispenser."""
    days_per_yr: float | None = None
    pressure_mpa: int
    profile: str = ""
    """Hour profile by which this class fills."""
    home: Literal["depot", "anywhere"] = "anywhere"
    """Whether its vehicles live together at depots."""
    source: str
    verified: Verified

    def nominal_kg_per_d(self) -> Range:
        """Hydrogen of one running vehicle on an operating day, kg/d: by distance, by the hour, or both."""
        driven, worked = self.kg_per_100_km.times(self.km_per_d).scaled(0.01), self.kg_per_h.times(self.h_per_d)
        return Range(driven.low + worked.low, driven.base + worked.base, driven.high + worked.high)


@dataclass(frozen=True, slots=True, kw_only=True)
class DemandPoint(Place):
    """Hydrogen wanted at one place by one vehicle class: demand node i."""

    place_id: str
    kind: str
    district: str = ""
    vehicle_class: str
    vehicles: Mapping[int, float]
    """Vehicle equivalents: a vehicle that fills here for a part of its days counts as that part."""
    kg_per_d: Mapping[int, Range]
    source: str
    verified: Verified
    assumption: str = ""
    """What the number of vehicles here rests on, in words."""
    operator: str = ""
    status: FleetStatus = "forecast"
    station_id: str = ""
    """Site at which these vehicles are contracted to fill; blank: free to choose."""
    counted: Counted = "in_target"


@dataclass(frozen=True, slots=True, kw_only=True)
class Terminal(Place):
    """Where a flow begins or ends: a place off the road, or a far city that is entered at named road nodes."""

    kind: str
    entry_nodes: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Flow:
    """Vehicles of one class that drive between two terminals: flow q."""

    id: str
    origin: str
    destination: str
    vehicle_class: str
    vehicles: Mapping[int, float]
    kg_per_d: Mapping[int, Range]
    source: str
    verified: Verified
    assumption: str = ""
    status: FleetStatus = "forecast"
    counted: Counted = "in_target"
    through: bool = False
    """Passes the city without a stop of its own there."""


@dataclass(frozen=True, slots=True, kw_only=True)
class LedgerRow:
    """So many kilograms of one class in one year at one place or on one flow, and what they rest on."""

    demand_id: str = labelled("需求编号", "demand id")
    use: str = labelled("需求来源", "demand source")
    role: Literal["base", "flow", "through"] = labelled("方式", "filled at")
    name: str = labelled("名称", "name")
    name_en: str = labelled("英文名称", "English name")
    district: str = labelled("行政区", "district")
    lon: float | None = labelled("经度", "longitude", "°")
    lat: float | None = labelled("纬度", "latitude", "°")
    origin: str = labelled("起点", "origin")
    destination: str = labelled("终点", "destination")
    vehicle_class: str = labelled("车型", "vehicle class")
    pressure_mpa: int = labelled("加注压力", "pressure", "MPa")
    period: int = labelled("年份", "year")
    vehicles: float = labelled("车辆数", "vehicles", "veh")
    kg_per_d: Range = labelled("日加氢需求", "demand", "kg/d")
    peak_kg_per_h: Range = labelled("高峰小时需求", "peak hour", "kg/h")
    status: FleetStatus = labelled("落实情况", "status")
    counted: Counted = labelled("是否计入目标", "counted")
    operator: str = labelled("运营单位", "operator")
    station_id: str = labelled("约定加氢站", "contracted station")
    assumption: str = labelled("依据与假设", "assumption")
    source: str = labelled("来源", "source")
    verified: Verified = labelled("核实情况", "verified")


@dataclass(frozen=True, slots=True, kw_only=True)
class Demand:
    """All hydrogen demand of a scenario; vehicles that count towards it add up to the target of each period."""

    points: tuple[DemandPoint, ...]
    flows: tuple[Flow, ...]
    terminals: tuple[Terminal, ...]
    notes: tuple[str, ...] = ()

    @property
    def rows(self) -> tuple[DemandPoint | Flow, ...]:
        """Points and flows alike: the rows i of a model."""
        return (*self.points, *self.flows)


@dataclass(frozen=True, slots=True, kw_only=True)
class Source(Place):
    """A hydrogen source s."""

    kind: str
    max_kg_per_d: float | None
    source: str
    verified: Verified
    note: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class StorageCentre(Place):
    """A storage-and-transport centre c: it takes hydrogen from sources and hands it on to stations."""

    district: str
    status: Literal["candidate", "required", "forbidden"]
    built: bool
    capacity_kg_per_d: float
    capex_cny: float
    opex_cny_per_yr: float
    life_yr: float
    source: str
    verified: Verified
    assumptions: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Clause:
    """What one clause, planning layer or need of land says of one site."""

    rule: str = labelled("规则", "rule")
    clause: str = labelled("条款", "clause")
    object: str = labelled("对象", "object")
    object_en: str = labelled("对象(英文)", "object (English)")
    verdict: Literal["pass", "warn", "review", "barred"] = labelled("结论", "verdict")
    measured_m: float | None = labelled("实测距离", "measured distance", "m", default=None)
    required_m: float | None = labelled("要求距离", "required distance", "m", default=None)
    precision_m: float | None = labelled("位置误差", "position error", "m", default=None)
    max_kg_per_d: float | None = labelled("最大允许能力", "largest allowed capacity", "kg/d", default=None)
    reason_zh: str = labelled("理由", "reason (Chinese)")
    reason: str = labelled("理由(英文)", "reason")
    remedy_zh: str = labelled("如何合规", "what would make it legal (Chinese)")
    remedy: str = labelled("如何合规(英文)", "what would make it legal")


@dataclass(frozen=True, slots=True, kw_only=True)
class Verdict:
    """What the siting screen says of one site, and why: the clause that decides, then every clause looked at."""

    site_id: str
    verdict: Literal["pass", "barred", "review"]
    rule: str
    reason: str
    measured_m: float | None = None
    max_kg_per_d: float | None = None
    clause: str = ""
    object: str = ""
    object_en: str = ""
    required_m: float | None = None
    precision_m: float | None = None
    reason_zh: str = ""
    remedy: str = ""
    remedy_zh: str = ""
    clauses: tuple[Clause, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class OpenPoint:
    """One thing that is open for many sites at once, and what to do about it."""

    about: str = labelled("事项", "about")
    rules: str = labelled("涉及规则", "rules")
    sites: int = labelled("涉及站址数", "sites")
    text_zh: str = labelled("未决内容", "what is open (Chinese)")
    text: str = labelled("未决内容(英文)", "what is open")
    remedy_zh: str = labelled("如何解决", "how to close it (Chinese)")
    remedy: str = labelled("如何解决(英文)", "how to close it")


@dataclass(frozen=True, slots=True, kw_only=True)
class Assumption:
    """A number the plan leans on that no published source confirms."""

    where: str
    value: str
    note: str
