"""The rows that only a network plan has: what is built when, its money, deliveries, losses and policy rules."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

from h2plan.domain import Verified, labelled


@dataclass(frozen=True, slots=True, kw_only=True)
class Build:
    """One thing built in a year: a new station, an upgrade, an extension, a closure, 70 MPa, a centre, a link."""

    period: int = labelled("年份", "year", "yr")
    what: Literal["open", "upgrade", "extend", "close", "fit", "centre", "link"] = labelled("建设内容", "what")
    site_id: str = labelled("站点编号", "site id")
    name: str = labelled("名称", "name")
    name_en: str = labelled("英文名称", "English name")
    district: str = labelled("行政区", "district")
    size_before: str = labelled("原站级", "size before")
    size_after: str = labelled("新站级", "size after")
    capacity_added_kg_per_d: float = labelled("新增能力", "capacity added", "kg/d")
    capex_cny: float = labelled("新增投资", "new capital cost", "CNY")
    frozen: bool = labelled("已批复锁定", "decided before", default=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class YearMoney:
    """The money of one year of the plan."""

    period: int = labelled("年份", "year", "yr")
    budget_cny: float | None = labelled("预算", "budget", "CNY")
    """What becomes available for this period; None: nothing limits it."""
    carried_cny: float | None = labelled("上期结转", "carried over", "CNY")
    spent_cny: float = labelled("新增投资", "new capital cost", "CNY")
    left_cny: float | None = labelled("结余", "left", "CNY")
    annual_cost_cny_per_yr: float = labelled("年总成本", "annual cost, all", "CNY/yr")
    supply_cost_cny_per_yr: float = labelled("供氢成本", "annual cost of supply", "CNY/yr")
    weight_yr: float = labelled("折现年数", "discounted years", "yr")
    """What a yearly cost of this period counts in the first year's money."""
    present_value_cny: float = labelled("现值", "present value", "CNY")


@dataclass(frozen=True, slots=True, kw_only=True)
class SupplyFlow:
    """Hydrogen from a source or centre to a centre or station, by one mode."""

    origin: str = labelled("起点", "from")
    destination: str = labelled("终点", "to")
    mode: Literal["tube_trailer", "liquid", "pipeline", "on_site"] = labelled("运输方式", "mode")
    kg_per_d: float = labelled("供氢量", "delivered", "kg/d")
    km: float = labelled("运距", "road km", "km")
    cny_per_kg: float = labelled("配送成本", "delivery cost", "CNY/kg")
    fixed_cny_per_yr: float = labelled("固定成本", "fixed cost", "CNY/yr")
    trailers: float = labelled("占用长管拖车", "trailers kept busy", "veh")


@dataclass(frozen=True, slots=True, kw_only=True)
class SourceUse:
    """What one source sells in the plan."""

    source_id: str = labelled("氢源编号", "source id")
    name: str = labelled("名称", "name")
    name_en: str = labelled("英文名称", "English name")
    available_kg_per_d: float = labelled("可售氢量", "for sale", "kg/d")
    sold_kg_per_d: float = labelled("售出", "sold", "kg/d")
    price_cny_per_kg: float = labelled("出厂价", "price at the gate", "CNY/kg")
    stations: int = labelled("供应站数", "stations supplied")
    verified: Verified = labelled("核实情况", "verified")


@dataclass(frozen=True, slots=True, kw_only=True)
class Centre:
    """A storage-and-transport centre of the plan."""

    site_id: str = labelled("站点编号", "site id")
    name: str = labelled("名称", "name")
    name_en: str = labelled("英文名称", "English name")
    district: str = labelled("行政区", "district")
    lon: float = labelled("经度", "longitude", "°")
    lat: float = labelled("纬度", "latitude", "°")
    precision_m: float = labelled("位置误差", "position error", "m")
    opens: int = labelled("投运年份", "opens", "yr")
    built: bool = labelled("已建", "already built")
    capacity_kg_per_d: float = labelled("日周转能力", "capacity", "kg/d")
    handled_kg_per_d: float = labelled("日周转量", "handled", "kg/d")
    capex_cny: float = labelled("新增投资", "new capital cost", "CNY")
    annual_cost_cny_per_yr: float = labelled("年化成本", "annual cost", "CNY/yr")


@dataclass(frozen=True, slots=True, kw_only=True)
class Loss:
    """What still can be served when one station or one source is lost."""

    what: Literal["station", "source", "centre"] = labelled("失效对象", "what is lost")
    lost_id: str = labelled("编号", "id")
    name: str = labelled("名称", "name")
    name_en: str = labelled("英文名称", "English name")
    served_kg_per_d: float = labelled("仍可满足", "still served", "kg/d")
    lost_kg_per_d: float = labelled("无法满足", "lost", "kg/d")
    still_share: float = labelled("保供率", "share still served", "0-1")
    runs_dry: tuple[str, ...] = labelled("断供站点", "stations that run dry", default=())


RuleAbout = Literal[
    "stations",
    "share_of_stations",
    "capacity_kg_per_d",
    "served_share",
    "gap_km",
    "backup_share",
    "loss_share",
]
"""What a policy rule is about."""
ABOUT: Mapping[RuleAbout, tuple[str, str]] = {
    "stations": ("站点数", "stations"),
    "share_of_stations": ("站点占比", "share of all stations"),
    "capacity_kg_per_d": ("日加注能力(kg/d)", "capacity, kg/d"),
    "served_share": ("需求满足率", "share of demand served"),
    "gap_km": ("最大站间距(km)", "largest gap, km"),
    "backup_share": ("双站可达需求占比", "share of demand with two stations in reach"),
    "loss_share": ("任一站失效后保供率", "share still served after any one station is lost"),
}
"""The same in Chinese and English."""


@dataclass(frozen=True, slots=True, kw_only=True)
class RuleOutcome:
    """One limit of one policy rule and how the plan meets it."""

    name: str = labelled("政策要求", "rule")
    about: RuleAbout = labelled("指标", "measure")
    asked: str = labelled("要求值", "asked")
    reached: str = labelled("实际值", "reached")
    met: bool = labelled("满足", "met")
    hard: bool = labelled("硬约束", "hard")
    penalty_cny_per_yr: float = labelled("未达标计价", "price of what is missed", "CNY/yr", default=0.0)


@dataclass(frozen=True, slots=True, kw_only=True)
class NearestLoad:
    """What one station would be sent if every driver who is free to choose went to the nearest one."""

    site_id: str = labelled("站点编号", "site id")
    name: str = labelled("名称", "name")
    name_en: str = labelled("英文名称", "English name")
    planned_kg_per_d: float = labelled("规划加注量", "dispensed in the plan", "kg/d")
    nearest_kg_per_d: float = labelled("就近加注量", "sent if all go to the nearest", "kg/d")
    usable_kg_per_d: float = labelled("可规划能力", "what may be planned for", "kg/d")
    overload_kg_per_d: float = labelled("超载", "overload", "kg/d")


@dataclass(frozen=True, slots=True, kw_only=True)
class StationEquipment:
    """What one station is equipped with; columns that the plan does not look at are None."""

    site_id: str = labelled("站点编号", "site id")
    name: str = labelled("名称", "name")
    name_en: str = labelled("英文名称", "English name")
    at_70_mpa: bool | None = labelled("可加注70 MPa", "fills at 70 MPa", default=None)
    pressure_assumed: bool | None = labelled("压力未知按35 MPa计", "pressure not known, taken as 35 MPa", default=None)
    """True for a station that stands and does not say."""
    fitted_yr: int | None = labelled("70 MPa加装年份", "fitted for 70 MPa", "yr", default=None)
    fit_capex_cny: float | None = labelled("70 MPa加装投资", "capital cost of 70 MPa", "CNY", default=None)
    """Part of the station's new capital cost."""
    high_kg_per_d: float | None = labelled("其中70 MPa加注量", "dispensed at 70 MPa", "kg/d", default=None)
    dispensers: int | None = labelled("加氢机数", "dispensers", default=None)
    """None also where a station that stands does not say."""
    peak_kg_per_h: float | None = labelled("高峰小时加注量", "dispensed in the busiest hour", "kg/h", default=None)
    peak_max_kg_per_h: float | None = labelled("高峰小时能力", "busiest hour, at most", "kg/h", default=None)
    peak_use: float | None = labelled("高峰小时利用率", "use in the busiest hour", "0-1", default=None)
    peak_assumed: bool | None = labelled(
        "高峰能力未知按站级推算", "busiest hour not known, taken by size", default=None
    )
    """True for a station that stands and does not say."""
