"""What the report says of years, supply, resilience and policy: rows summed from the plan, in the reader's language."""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from h2plan.outputs._labels import Language, Text, either
from h2plan.plan.network_rows import ABOUT, Build, Centre, Loss, SourceUse, YearMoney
from h2plan.plan.results import Plan

LOSSES_SHOWN = 12
WHAT: Mapping[str, Text] = {
    "open": Text("新建", "new station"),
    "upgrade": Text("扩能", "upgrade"),
    "extend": Text("已建站扩能", "extension of a standing station"),
    "close": Text("关闭", "closure"),
    "fit": Text("加装70 MPa", "fitted for 70 MPa"),
    "centre": Text("储运中心", "storage centre"),
    "link": Text("管道或制氢设施", "pipe or electrolyser"),
}
MODES: Mapping[str, Text] = {
    "tube_trailer": Text("长管拖车", "tube trailer"),
    "liquid": Text("液氢槽车", "liquid tanker"),
    "pipeline": Text("管道", "pipeline"),
    "on_site": Text("站内制氢", "on-site production"),
}
LOST: Mapping[str, Text] = {
    "station": Text("加氢站", "station"),
    "source": Text("氢源", "source"),
    "centre": Text("储运中心", "storage centre"),
}
MONEY = Text("万元", "million CNY")


@dataclass(frozen=True, slots=True, kw_only=True)
class Year:
    """One year of the plan in one row."""

    period: int
    stations: int
    opened: int
    upgraded: int
    capacity_kg_per_d: float
    demand_kg_per_d: float
    served_kg_per_d: float
    served_share: float
    utilisation: float
    spent_cny: float


@dataclass(frozen=True, slots=True, kw_only=True)
class ModeRow:
    """What one way of delivery carries from one origin."""

    origin: str
    mode: str
    places: int
    kg_per_d: float
    mean_km: float
    cny_per_kg: float
    trailers: float


def years(plan: Plan) -> list[Year]:
    """Return a row a year, in order."""
    rows = []
    for period in plan.periods:
        at = plan.at(period)
        built = [row for row in plan.builds if row.period == period]
        rows.append(
            Year(
                period=period,
                stations=at.figures.stations,
                opened=sum(row.what == "open" for row in built),
                upgraded=sum(row.what in ("upgrade", "extend") for row in built),
                capacity_kg_per_d=at.figures.capacity_kg_per_d,
                demand_kg_per_d=at.figures.demand_kg_per_d,
                served_kg_per_d=at.figures.served_kg_per_d,
                served_share=at.figures.served_share,
                utilisation=at.figures.utilisation,
                spent_cny=math.fsum(row.capex_cny for row in built),
            )
        )
    return rows


def names_of(plan: Plan, language: Language) -> dict[str, str]:
    """Return the name of every place that hydrogen comes from, passes or goes to."""
    rows: Sequence[Any] = (*plan.candidates, *plan.sources, *plan.centres, *plan.source_use)
    known = {getattr(row, "site_id", None) or getattr(row, "source_id", None) or row.id: row for row in rows}
    stations = {station.site_id: station for year in plan.periods for station in plan.at(year).stations}
    return {name: either(row.name, row.name_en).at(language) for name, row in (known | stations).items()}


def by_mode(plan: Plan, language: Language) -> list[ModeRow]:
    """Sum the deliveries of the plan's year by origin and mode, largest first."""
    names = names_of(plan, language)
    groups: dict[tuple[str, str], list[Any]] = defaultdict(list)
    for flow in plan.deliveries:
        groups[flow.origin, flow.mode].append(flow)
    rows = []
    for (origin, mode), flows in groups.items():
        kg = math.fsum(flow.kg_per_d for flow in flows)
        rows.append(
            ModeRow(
                origin=names.get(origin, origin),
                mode=MODES[mode].at(language),
                places=len(flows),
                kg_per_d=kg,
                mean_km=math.fsum(flow.kg_per_d * flow.km for flow in flows) / kg if kg else 0.0,
                cny_per_kg=math.fsum(flow.kg_per_d * flow.cny_per_kg for flow in flows) / kg if kg else 0.0,
                trailers=math.fsum(flow.trailers for flow in flows),
            )
        )
    return sorted(rows, key=lambda row: (-row.kg_per_d, row.origin, row.mode))


def worst_losses(plan: Plan) -> list[Loss]:
    """Return what costs most when it is lost, most lost first."""
    return sorted(plan.losses, key=lambda row: (-row.lost_kg_per_d, row.what, row.lost_id))[:LOSSES_SHOWN]


def dry(loss: Loss, names: Mapping[str, str], language: Language) -> str:
    """Name the stations that run dry."""
    comma = "、" if language == "zh" else ", "
    return comma.join(names.get(name, name) for name in loss.runs_dry)


def context(plan: Plan, language: Language) -> dict[str, Any]:
    """Everything that these sections need, by the names that the templates use; empty rows leave a section out."""
    names = names_of(plan, language)
    uses: tuple[SourceUse, ...] = plan.source_use
    centres: tuple[Centre, ...] = plan.centres
    builds: tuple[Build, ...] = plan.builds
    money_rows: tuple[YearMoney, ...] = plan.money
    return {
        "years": years(plan) if plan.earlier else [],
        "builds": builds,
        "money_rows": money_rows,
        "source_use": uses,
        "centres": centres,
        "modes": by_mode(plan, language),
        "trailers": math.ceil(math.fsum(flow.trailers for flow in plan.deliveries) - 1e-9),
        "losses": [(row, LOST[row.what].at(language), dry(row, names, language)) for row in worst_losses(plan)],
        "losses_all": len(plan.losses),
        "equipment": plan.equipment,
        "pressure": any(row.at_70_mpa is not None for row in plan.equipment),
        "hours": any(row.peak_kg_per_h is not None for row in plan.equipment),
        "rules": [(row, Text(*ABOUT[row.about]).at(language)) for row in plan.rules],
        "what": {key: text.at(language) for key, text in WHAT.items()},
    }


_NAME, _DISTRICT = Text("名称", "Name"), Text("行政区", "District")
_YEAR, _STATIONS = Text("年份", "Year"), Text("站数", "Stations")
_SPENT = Text(f"新增投资 {MONEY.zh}", f"New capital {MONEY.en}")
_MEAN_KM = Text("平均运距 km", "Mean distance km")
HEADS: Mapping[str, tuple[tuple[Text, str], ...]] = {
    "years": (
        (_YEAR, "n"),
        (_STATIONS, "n"),
        (Text("当期新建", "New"), "n"),
        (Text("当期扩能", "Upgraded"), "n"),
        (Text("日加注能力 kg/d", "Capacity kg/d"), "n"),
        (Text("日加氢需求 kg/d", "Demand kg/d"), "n"),
        (Text("已满足 kg/d", "Served kg/d"), "n"),
        (Text("满足率", "Share served"), "n"),
        (Text("利用率", "Utilisation"), "n"),
        (_SPENT, "n"),
    ),
    "builds": (
        (_YEAR, "n"),
        (Text("建设内容", "What"), ""),
        (_NAME, ""),
        (_DISTRICT, ""),
        (Text("站级变化", "Size"), ""),
        (Text("新增能力 kg/d", "Capacity added kg/d"), "n"),
        (_SPENT, "n"),
        (Text("此前已定", "Decided before"), ""),
    ),
    "money": (
        (_YEAR, "n"),
        (Text(f"预算 {MONEY.zh}", f"Budget {MONEY.en}"), "n"),
        (Text(f"上期结转 {MONEY.zh}", f"Carried over {MONEY.en}"), "n"),
        (_SPENT, "n"),
        (Text(f"结余 {MONEY.zh}", f"Left {MONEY.en}"), "n"),
        (Text(f"年总成本 {MONEY.zh}", f"Annual cost {MONEY.en}"), "n"),
        (Text("折现年数", "Discounted years"), "n"),
        (Text(f"现值 {MONEY.zh}", f"Present value {MONEY.en}"), "n"),
    ),
    "source_use": (
        (Text("氢源", "Source"), ""),
        (Text("可售 kg/d", "For sale kg/d"), "n"),
        (Text("售出 kg/d", "Sold kg/d"), "n"),
        (Text("出厂价 元/kg", "Price CNY/kg"), "n"),
        (Text("供应站数", "Stations"), "n"),
        (Text("核实情况", "Verified"), ""),
    ),
    "modes": (
        (Text("起点", "From"), ""),
        (Text("运输方式", "Mode"), ""),
        (Text("去向数", "Places"), "n"),
        (Text("供氢量 kg/d", "Delivered kg/d"), "n"),
        (_MEAN_KM, "n"),
        (Text("运费 元/kg", "Transport CNY/kg"), "n"),
        (Text("占用拖车 辆", "Trailers"), "n"),
    ),
    "centres": (
        (_NAME, ""),
        (_DISTRICT, ""),
        (Text("投运", "Opens"), "n"),
        (Text("日周转能力 kg/d", "Capacity kg/d"), "n"),
        (Text("日周转量 kg/d", "Handled kg/d"), "n"),
        (_SPENT, "n"),
    ),
    "hours": (
        (_NAME, ""),
        (Text("加氢机数", "Dispensers"), "n"),
        (Text("高峰小时加注量 kg/h", "Busiest hour kg/h"), "n"),
        (Text("高峰小时能力 kg/h", "At most kg/h"), "n"),
        (Text("高峰小时利用率", "Use"), "n"),
    ),
    "equipment": (
        (_NAME, ""),
        (Text("可加注70 MPa", "Fills at 70 MPa"), ""),
        (Text("加装年份", "Fitted in"), "n"),
        (Text(f"加装投资 {MONEY.zh}", f"Capital of 70 MPa {MONEY.en}"), "n"),
        (Text("70 MPa加注量 kg/d", "Dispensed at 70 MPa kg/d"), "n"),
    ),
    "losses": (
        (Text("失效对象", "What is lost"), ""),
        (_NAME, ""),
        (Text("仍可满足 kg/d", "Still served kg/d"), "n"),
        (Text("无法满足 kg/d", "Lost kg/d"), "n"),
        (Text("保供率", "Share still served"), "n"),
        (Text("断供站点", "Stations that run dry"), ""),
    ),
    "rules": (
        (Text("政策要求", "Rule"), ""),
        (Text("指标", "Measure"), ""),
        (Text("要求值", "Asked"), ""),
        (Text("实际值", "Reached"), ""),
        (Text("满足", "Met"), ""),
        (Text("性质", "Kind"), ""),
    ),
}
"""Column heads of these tables, each with its alignment."""
