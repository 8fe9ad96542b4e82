"""A siting plan as a frozen value: stations, who is served where, figures, and how sure one can be."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, fields, replace
from typing import Literal

from h2plan.domain import Assumption, OpenPoint, Range, SiteKind, Source, UnplacedSite, Verdict, Verified, labelled
from h2plan.plan.network_rows import (
    Build,
    Centre,
    Loss,
    NearestLoad,
    RuleOutcome,
    SourceUse,
    StationEquipment,
    SupplyFlow,
    YearMoney,
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Station:
    """A station of the plan, built already or proposed."""

    site_id: str = labelled("站点编号", "site id")
    name: str = labelled("名称", "name")
    name_en: str = labelled("英文名称", "English name")
    kind: SiteKind = labelled("依托类型", "host kind")
    district: str = labelled("行政区", "district")
    lon: float = labelled("经度", "longitude", "°")
    lat: float = labelled("纬度", "latitude", "°")
    precision_m: float = labelled("位置误差", "position error", "m")
    built: bool = labelled("已建", "already built")
    required: bool = labelled("必建", "required")
    opens: int = labelled("投运年份", "opens", "yr")
    size_id: str = labelled("站级", "size")
    capacity_kg_per_d: float = labelled("日加注能力", "capacity", "kg/d")
    dispensed_kg_per_d: float = labelled("日加注量", "dispensed", "kg/d")
    utilisation: float = labelled("利用率", "utilisation", "0-1")
    capex_cny: float = labelled("新增投资", "new capital cost", "CNY")
    annual_cost_cny_per_yr: float = labelled("年化成本", "annual cost", "CNY/yr")
    demand_served: int = labelled("服务需求点数", "demand rows served")
    source_id: str = labelled("最近氢源", "nearest hydrogen source")
    source_km: float | None = labelled("氢源运距", "road km from the source", "km")
    delivery_cny_per_kg: float | None = labelled("配送成本(估)", "delivery cost (indicative)", "CNY/kg")
    verdict: str = labelled("筛选结论", "screen verdict")
    why: str = labelled("选址理由", "why here")
    why_en: str = labelled("选址理由(英文)", "why here (English)")
    verified: Verified = labelled("核实情况", "verified")
    assumptions: str = labelled("假设", "assumptions")
    source: str = labelled("来源", "source")
    owner: str = labelled("权属单位", "owner", default="")


def in_order(stations: Sequence[Station]) -> list[Station]:
    """Return the stations as every list numbers them: those that stand first, then by kilograms dispensed."""
    return sorted(stations, key=lambda station: (not station.built, -station.dispensed_kg_per_d, station.site_id))


@dataclass(frozen=True, slots=True, kw_only=True)
class Candidate:
    """A site that took part in the choice."""

    site_id: str = labelled("站点编号", "site id")
    name: str = labelled("名称", "name")
    name_en: str = labelled("英文名称", "English name")
    kind: SiteKind = labelled("依托类型", "host kind")
    district: str = labelled("行政区", "district")
    lon: float = labelled("经度", "longitude", "°")
    lat: float = labelled("纬度", "latitude", "°")
    precision_m: float = labelled("位置误差", "position error", "m")
    verdict: str = labelled("筛选结论", "screen verdict")
    chosen: bool = labelled("入选", "chosen")
    max_kg_per_d: float | None = labelled("最大允许能力", "largest allowed capacity", "kg/d", default=None)
    """None: neither siting law nor the site's table sets a limit."""
    reach_kg_per_d: float | None = labelled("服务范围内需求", "demand in reach", "kg/d", default=None)
    left_kg_per_d: float | None = labelled("其中未满足", "of this unserved by the plan", "kg/d", default=None)
    approval_months: int | None = labelled("剩余审批月数", "months of approvals left", "months", default=None)
    """None: a station stands, or nobody says."""
    source: str = labelled("来源", "source")
    verified: Verified = labelled("核实情况", "verified")


@dataclass(frozen=True, slots=True, kw_only=True)
class DemandRow:
    """One demand row of the plan: a point, or a flow (then `lon`/`lat` are blank and `route` is set)."""

    id: str = labelled("需求编号", "demand id")
    place_id: str = labelled("地点编号", "place id")
    name: str = labelled("名称", "name")
    name_en: str = labelled("英文名称", "English name")
    kind: str = labelled("来源类型", "demand source")
    district: str = labelled("行政区", "district")
    vehicle_class: str = labelled("车型", "vehicle class")
    vehicles: float = labelled("车辆数", "vehicles", "veh")
    kg_per_d: Range = labelled("日加氢需求", "demand", "kg/d")
    served_kg_per_d: float = labelled("已满足", "served", "kg/d")
    reached: bool = labelled("可达", "in reach of a site")
    nearest_site: str = labelled("最近站址", "nearest site")
    nearest_min: float | None = labelled("至最近站址", "minutes to the nearest site", "min")
    lon: float | None = labelled("经度", "longitude", "°")
    lat: float | None = labelled("纬度", "latitude", "°")
    precision_m: float | None = labelled("位置误差", "position error", "m")
    origin: str = labelled("起点", "origin", default="")
    destination: str = labelled("终点", "destination", default="")
    route: tuple[str, ...] = labelled("途经路段", "links of the route", default=())
    source: str = labelled("来源", "source")
    verified: Verified = labelled("核实情况", "verified")


@dataclass(frozen=True, slots=True, kw_only=True)
class Allocation:
    """How much of one demand row is served at one station."""

    demand_id: str = labelled("需求编号", "demand id")
    site_id: str = labelled("站点编号", "site id")
    share: float = labelled("分配比例", "share", "0-1")
    kg_per_d: float = labelled("加注量", "dispensed", "kg/d")
    travel_min: float = labelled("行程/绕行时间", "travel or detour time", "min")
    km: float = labelled("行程/绕行距离", "travel or detour distance", "km")


@dataclass(frozen=True, slots=True, kw_only=True)
class DistrictRow:
    """One district's part in the plan."""

    district: str = labelled("行政区", "district")
    stations: int = labelled("站数", "stations")
    capacity_kg_per_d: float = labelled("日加注能力", "capacity", "kg/d")
    demand_kg_per_d: float = labelled("日加氢需求", "demand", "kg/d")
    served_kg_per_d: float = labelled("已满足", "served", "kg/d")


@dataclass(frozen=True, slots=True, kw_only=True)
class LevelFigures:
    """The same stations under low, base or high demand."""

    level: Literal["low", "base", "high"]
    demand_kg_per_d: float
    served_kg_per_d: float
    served_share: float
    utilisation: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Figures:
    """The numbers of a plan, each recomputed from its parts."""

    stations: int = labelled("加氢站总数", "stations, all")
    stations_built: int = labelled("其中已建", "of these built already")
    stations_unplaced: int = labelled("其中位置不详", "of these without a known position")
    stations_new: int = labelled("其中新建", "of these new")
    vehicles: float = labelled("燃料电池汽车", "fuel-cell vehicles", "veh")
    demand_kg_per_d: float = labelled("日加氢需求", "demand", "kg/d")
    served_kg_per_d: float = labelled("已满足", "served", "kg/d")
    unserved_kg_per_d: float = labelled("未满足", "unserved, in reach", "kg/d")
    unreached_kg_per_d: float = labelled("不可达", "beyond every site's reach", "kg/d")
    served_share: float = labelled("需求满足率", "share of demand served", "0-1")
    capacity_kg_per_d: float = labelled("总加注能力", "capacity", "kg/d")
    utilisation: float = labelled("平均利用率", "mean utilisation", "0-1")
    capex_cny: float = labelled("新增投资", "new capital cost", "CNY")
    station_cost_cny_per_yr: float = labelled("站点年化成本", "annual cost of stations", "CNY/yr")
    access_cost_cny_per_yr: float = labelled("到站出行成本", "annual access cost of drivers", "CNY/yr")
    shortfall_cost_cny_per_yr: float = labelled("缺口计价", "annual price of the shortfall", "CNY/yr")
    annual_cost_cny_per_yr: float = labelled("年总成本", "annual cost, all", "CNY/yr")
    supply_cost_cny_per_yr: float | None = labelled("供氢年成本", "annual cost of supply", "CNY/yr", default=None)
    """Hydrogen bought and brought, centres and laid links; None where supply is no part of the model."""
    supply_cost_other_cny_per_yr: float | None = labelled(
        "供氢年成本(另一运费曲线)", "annual cost of supply by the other cost fit", "CNY/yr", default=None
    )
    supply_capex_cny: float | None = labelled("储运中心与管道投资", "capital of centres and links", "CNY", default=None)
    supply_cost_cny_per_kg: float | None = labelled(
        "到站氢成本", "supply cost per kg dispensed", "CNY/kg", default=None
    )
    lcoh_cny_per_kg: float | None = labelled(
        "平准化用氢成本", "levelised cost of hydrogen at the nozzle", "CNY/kg", default=None
    )
    trailers: float | None = labelled("占用拖车", "trailers kept busy", "veh", default=None)
    station_cost_cny_per_kg: float = labelled("单位站点成本", "station cost per kg dispensed", "CNY/kg")
    mean_travel_min: float = labelled("平均到站时间", "mean travel time of served kg (points)", "min")
    mean_detour_min: float = labelled("平均绕行时间", "mean detour of served kg (flows)", "min")
    kg_on_presumed_or_imprecise: float = labelled(
        "依赖推定或不精确位置的加注量", "kg/d dispensed at presumed or imprecise places", "kg/d"
    )
    levels: tuple[LevelFigures, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Alternative:
    """A second plan asked of the same data, for one comparison in the report."""

    name: str
    stations: int
    stations_new: int
    served_share: float
    capex_cny: float
    annual_cost_cny_per_yr: float
    gap: float | None
    stopped: str
    supply_capex_cny: float | None = None
    """New capital of centres and laid links, beside `capex_cny` for stations; None where supply is not in the model."""


@dataclass(frozen=True, slots=True, kw_only=True)
class GoalResult:
    """One objective of the solve, as it ended."""

    name: str
    sense: Literal["max", "min"]
    value: float
    bound: float | None
    gap: float | None
    stopped: str
    nodes: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """A named line on the map: a road link, a river, a route."""

    id: str
    name: str
    kind: str
    coords: tuple[tuple[float, float], ...]
    """(lon, lat) pairs."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Reached:
    """How long one drives over the roads to the nearest station: the service areas of one year."""

    vehicle_class: str
    """The class of vehicles that drives, for the links that are closed to it."""
    links: Mapping[str, tuple[str, float]]
    """Road link to the station nearest to its middle and the minutes there; a link without a way is left out."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Backdrop:
    """What the map draws under the plan. Read again from the inputs; not part of plan.json."""

    roads: tuple[Line, ...]
    rivers: tuple[Line, ...]
    seats: tuple[tuple[str, str, float, float], ...]
    """(name, English name, lon, lat) of the district seats."""
    link_kg_per_d: Mapping[str, float]
    """Hydrogen wanted by the flows on each road link, kg/d."""
    attribution: str
    own: Mapping[str, tuple[Line, ...]] = field(default_factory=dict)
    """File of a layer of the user's own to its lines, of kind "line", and the rims of its polygons, "area"."""
    reached: Mapping[int, Reached] = field(default_factory=dict)
    """Year to the service areas of its stations."""


@dataclass(frozen=True, slots=True, kw_only=True)
class YearPlan:
    """What stands, who is served and what it costs in one year."""

    period: int
    stations: tuple[Station, ...]
    demand: tuple[DemandRow, ...]
    allocations: tuple[Allocation, ...]
    districts: tuple[DistrictRow, ...]
    figures: Figures
    deliveries: tuple[SupplyFlow, ...] = ()
    source_use: tuple[SourceUse, ...] = ()
    centres: tuple[Centre, ...] = ()
    losses: tuple[Loss, ...] = ()
    rules: tuple[RuleOutcome, ...] = ()
    nearest: tuple[NearestLoad, ...] = ()
    equipment: tuple[StationEquipment, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """A siting plan. Equal inputs give equal plans when the solve stopped by its gap.

    A plan of several years holds its last year here and the years before in `earlier`; `at` gives any of them.
    """

    scenario: str
    title: str
    title_en: str
    city: str
    period: int
    model: str
    objective: str
    question: Mapping[str, str]
    """What was asked: limit or option name to its value, as text."""
    stations: tuple[Station, ...]
    unplaced: tuple[UnplacedSite, ...]
    candidates: tuple[Candidate, ...]
    verdicts: tuple[Verdict, ...]
    points: tuple[OpenPoint, ...] = ()
    """What siting law leaves open for many sites at once."""
    demand: tuple[DemandRow, ...]
    allocations: tuple[Allocation, ...]
    districts: tuple[DistrictRow, ...]
    sources: tuple[Source, ...]
    figures: Figures
    alternatives: tuple[Alternative, ...]
    goals: tuple[GoalResult, ...]
    stopped: str
    assumptions: tuple[Assumption, ...]
    notes: tuple[str, ...]
    """Sentences for the reader: what was merged, dropped, not placeable, not used."""
    attributions: tuple[str, ...]
    inputs: Mapping[str, str]
    """Path inside `inputs/` to sha256."""
    versions: Mapping[str, str]
    seed: int
    deliveries: tuple[SupplyFlow, ...] = ()
    """Empty where supply is not part of the model: then stations name their nearest source only."""
    source_use: tuple[SourceUse, ...] = ()
    centres: tuple[Centre, ...] = ()
    losses: tuple[Loss, ...] = ()
    """What one lost station or source costs, worst first."""
    rules: tuple[RuleOutcome, ...] = ()
    nearest: tuple[NearestLoad, ...] = ()
    """Where drivers who are free to choose would go if left alone: by site."""
    equipment: tuple[StationEquipment, ...] = ()
    """What stations are equipped with: by site; empty, and no part of plan.json, where that is set aside."""
    builds: tuple[Build, ...] = ()
    """Everything that is built, by year and site; empty in a plan of one year without centres."""
    money: tuple[YearMoney, ...] = ()
    """By year; empty in a plan of one year."""
    earlier: tuple[YearPlan, ...] = ()
    """The years before `period`, in order."""

    @property
    def periods(self) -> tuple[int, ...]:
        """The years of the plan, in order."""
        return (*(year.period for year in self.earlier), self.period)

    def at(self, period: int) -> Plan:
        """Return the plan as it stands in one of its years; what belongs to all years stays.

        Raises:
            KeyError: the plan has no such year.
        """
        if period == self.period:
            return self
        year = next((year for year in self.earlier if year.period == period), None)
        if year is None:
            raise KeyError(period)
        own = {field.name: getattr(year, field.name) for field in fields(YearPlan)}
        chosen = {station.site_id for station in year.stations}
        candidates = tuple(replace(site, chosen=site.site_id in chosen) for site in self.candidates)
        before = tuple(entry for entry in self.earlier if entry.period < period)
        return replace(self, **own, candidates=candidates, earlier=before)
