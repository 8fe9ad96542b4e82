"""Words of the lists, the workbook and the report in Chinese and English."""

from __future__ import annotations

import re
from collections.abc import Mapping

from h2plan.domain import Verdict
from h2plan.outputs._labels import (
    BANKS,
    DEMAND_KINDS,
    GOALS,
    LEVELS,
    MODELS,
    SENSES,
    SITE_KINDS,
    STOPPED,
    VEHICLE_CLASSES,
    VERDICTS,
    VERIFIED,
    Language,
    Text,
)

UNITS_ZH: Mapping[str, str] = {
    "CNY": "元",
    "CNY/yr": "元/年",
    "CNY/kg": "元/kg",
    "veh": "辆",
    "min": "分钟",
    "yr": "年",
}
"""Units that have a Chinese name in tables; all others are written as they are."""

PLAIN_FIELDS: Mapping[tuple[str, str], tuple[str, str, str]] = {
    ("UnplacedSite", "id"): ("编号", "id", ""),
    ("UnplacedSite", "name"): ("名称", "name", ""),
    ("UnplacedSite", "name_en"): ("英文名称", "English name", ""),
    ("UnplacedSite", "kind"): ("类型", "kind", ""),
    ("UnplacedSite", "district"): ("行政区", "district", ""),
    ("UnplacedSite", "city"): ("城市", "city", ""),
    ("UnplacedSite", "is_built"): ("已建", "already built", ""),
    ("UnplacedSite", "built_kg_per_d"): ("已建能力", "built capacity", "kg/d"),
    ("UnplacedSite", "source"): ("来源", "source", ""),
    ("UnplacedSite", "note"): ("备注", "note", ""),
    ("Verdict", "site_id"): ("站点编号", "site id", ""),
    ("Verdict", "verdict"): ("筛选结论", "screen verdict", ""),
    ("Verdict", "rule"): ("规则", "rule", ""),
    ("Verdict", "reason"): ("理由", "reason", ""),
    ("Verdict", "measured_m"): ("实测距离", "measured distance", "m"),
    ("Verdict", "max_kg_per_d"): ("最大允许能力", "largest allowed capacity", "kg/d"),
    ("Verdict", "clause"): ("条款", "clause", ""),
    ("Verdict", "object"): ("对象", "object", ""),
    ("Verdict", "object_en"): ("对象(英文)", "object (English)", ""),
    ("Verdict", "required_m"): ("要求距离", "required distance", "m"),
    ("Verdict", "precision_m"): ("位置误差", "position error", "m"),
    ("Verdict", "reason_zh"): ("理由(中文)", "reason (Chinese)", ""),
    ("Verdict", "remedy"): ("如何合规", "what would make it legal", ""),
    ("Verdict", "remedy_zh"): ("如何合规", "what would make it legal (Chinese)", ""),
    ("Verdict", "clauses"): ("逐条核对", "clauses looked at", ""),
    ("Source", "kind"): ("类型", "kind", ""),
    ("Source", "max_kg_per_d"): ("最大供氢能力", "largest supply", "kg/d"),
    ("Source", "source"): ("来源", "source", ""),
    ("Source", "verified"): ("核实情况", "verified", ""),
    ("Source", "note"): ("备注", "note", ""),
    ("Assumption", "where"): ("所在位置", "where", ""),
    ("Assumption", "value"): ("取值", "value", ""),
    ("Assumption", "note"): ("说明", "note", ""),
    ("LevelFigures", "level"): ("需求情景", "demand level", ""),
    ("LevelFigures", "demand_kg_per_d"): ("日加氢需求", "demand", "kg/d"),
    ("LevelFigures", "served_kg_per_d"): ("已满足", "served", "kg/d"),
    ("LevelFigures", "served_share"): ("需求满足率", "share of demand served", "0-1"),
    ("LevelFigures", "utilisation"): ("平均利用率", "mean utilisation", "0-1"),
    ("Alternative", "name"): ("对照方案", "alternative", ""),
    ("Alternative", "stations"): ("加氢站总数", "stations, all", ""),
    ("Alternative", "stations_new"): ("其中新建", "of these new", ""),
    ("Alternative", "served_share"): ("需求满足率", "share of demand served", "0-1"),
    ("Alternative", "capex_cny"): ("新增投资", "new capital cost", "CNY"),
    ("Alternative", "supply_capex_cny"): ("储运中心与管道投资", "capital of centres and links", "CNY"),
    ("Alternative", "annual_cost_cny_per_yr"): ("年总成本", "annual cost, all", "CNY/yr"),
    ("Alternative", "gap"): ("相对间隙", "relative gap", "0-1"),
    ("Alternative", "stopped"): ("求解终止", "why the solve ended", ""),
    ("GoalResult", "name"): ("目标", "objective", ""),
    ("GoalResult", "sense"): ("方向", "sense", ""),
    ("GoalResult", "value"): ("目标值", "value", ""),
    ("GoalResult", "bound"): ("最优界", "bound", ""),
    ("GoalResult", "gap"): ("相对间隙", "relative gap", "0-1"),
    ("GoalResult", "stopped"): ("求解终止", "why the solve ended", ""),
    ("GoalResult", "nodes"): ("分支节点数", "nodes", ""),
}
"""(row type, field) to the Chinese label, the English label and the unit, where the dataclass carries none."""

SHEETS: Mapping[str, Text] = {
    "stations": Text("加氢站", "stations"),
    "districts": Text("行政区", "districts"),
    "figures": Text("主要指标", "figures"),
    "demand": Text("需求", "demand"),
    "allocation": Text("需求分配", "allocation"),
    "candidates": Text("候选站址", "candidates"),
    "screening": Text("选址筛选", "screening"),
    "unplaced": Text("位置不详站点", "without a position"),
    "supply": Text("氢源", "hydrogen sources"),
    "sources": Text("依据与来源", "sources"),
}
"""Sheet names of the workbook."""

_STOPPED: Mapping[str, Text] = {
    "gap": Text("已证明达到允许间隙", "proven within the gap allowed"),
    "optimal": Text("已证明达到允许间隙", "proven within the gap allowed"),
    "feasible_limit": Text("到达上限，证明未完成", "limit reached, proof not complete"),
    "interrupted": Text("被中止，证明未完成", "stopped by the user, proof not complete"),
}
_GOALS: Mapping[str, Text] = {
    "served_kg_per_d": Text("日加注量最大 (kg/d)", "most hydrogen served (kg/d)"),
    "covered_kg_per_d": Text("覆盖需求最大 (kg/d)", "most demand covered (kg/d)"),
    "annual_cost_cny": Text("年总成本最小 (元)", "least annual cost (CNY)"),
    "mean_served_kg_per_d": Text("各年加权平均日加注量最大 (kg/d)", "most hydrogen served, mean of the years (kg/d)"),
    "present_cost_cny": Text("规划期总成本现值最小 (元)", "least cost of all years, in the first year's money (CNY)"),
    "annual_scored_cost_cny": Text("年总成本与未达标计价之和最小 (元)", "least annual cost, missed rules priced (CNY)"),
    "present_scored_cost_cny": Text(
        "规划期总成本现值与未达标计价之和最小 (元)",
        "least cost of all years, missed rules priced, in the first year's money (CNY)",
    ),
    "vehicles_served": Text("服务车辆最多 (辆)", "most vehicles served"),
    "mean_vehicles_served": Text("各年加权平均服务车辆最多 (辆)", "most vehicles served, mean of the years"),
    "worst_served_share": Text("满足率最低区的满足率最大", "largest share served in the worst-served district"),
    "mean_worst_served_share": Text(
        "各年加权平均的最低区满足率最大", "largest share served in the worst-served district, mean of the years"
    ),
    "mean_backup_kg_per_d": Text(
        "各年加权平均两站以上覆盖的需求最大 (kg/d)", "most demand covered by two stations, mean of the years (kg/d)"
    ),
    "mean_travel_kg_min_per_d": Text(
        "各年加权平均到站时间最短 (kg·min/d)", "least travel, by hydrogen, mean of the years (kg min/d)"
    ),
    "station_cost_cny": Text("站点年化成本最小 (元)", "least annual cost of new stations (CNY)"),
    "backup_kg_per_d": Text("两站以上覆盖的需求最大 (kg/d)", "most demand covered by two stations (kg/d)"),
    "stations_new": Text("新建站数最少", "fewest new stations"),
    "travel_kg_min_per_d": Text("加权到站时间最短 (kg·min/d)", "least travel, by hydrogen (kg min/d)"),
    "longest_min": Text("最远到站时间最短 (min)", "shortest longest way (min)"),
    "least_apart_km": Text("站间最小距离最大 (km)", "largest least distance between stations (km)"),
}
_OBJECTIVES: Mapping[str, Text] = {
    "coverage": Text(
        "先使满足的加氢需求最多，再在此前提下使年总成本最低",
        "serve as much hydrogen as possible first, then do so at the least annual cost",
    ),
    "cost": Text("使年总成本（含缺口计价）最低", "keep the annual cost, with the shortfall priced, as low as possible"),
}
_ALTERNATIVES: Mapping[str, Text] = {
    "least_cost_for_same_share": Text("同等满足率下的最低成本方案", "the cheapest plan that serves the same share"),
    "year_by_year": Text("逐年规划方案", "each year planned without an eye to the next"),
    "all_at_once": Text("首年一次建成方案", "all stations of the last year open in the first"),
}
_REVIEW: Mapping[str, Text] = {
    "keep": Text("保留，列入待核查", "kept, and listed as under review"),
    "drop": Text("不采用", "left out"),
}
_QUESTION: Mapping[str, Text] = {
    "fcev": Text("燃料电池汽车推广规模（辆）", "fuel-cell vehicles aimed at"),
    "service_radius_min": Text("到站时间上限（分钟）", "longest drive to a station (min)"),
    "service_radius_km": Text("到站距离上限(km)", "longest drive to a station (km)"),
    "detour_max_min": Text("过境车辆绕行时间上限（分钟）", "largest detour of through traffic (min)"),
    "stations_max": Text("加氢站数上限（含已建）", "stations at most, those that stand included"),
    "stations_min": Text("加氢站数下限（含已建）", "stations at least, those that stand included"),
    "budget_cny": Text("新增投资上限", "new capital cost at most"),
    "served_share_min": Text("需求满足率下限", "share of demand served, at least"),
    "utilisation_max": Text("单站设计利用率上限", "planned utilisation of a station, at most"),
    "peak_hour": Text("高峰小时不超过加注能力", "no more in the busiest hour than dispensers give"),
    "required": Text("必建站址", "required sites"),
    "forbidden": Text("禁建站址", "barred sites"),
    "review": Text("待核查站址的处理", "sites under review are"),
    "model.objective": Text("规划目标", "objective"),
    "active_share_base": Text("实际运行车辆占保有量", "share of the fleet that refuels on a day"),
    "model": Text("选址模型", "location model"),
    "period": Text("规划年份", "planning year"),
    "solver.gap": Text("求解允许间隙", "gap allowed to the solver"),
    "solver.limit_s": Text("求解时限（秒）", "time limit of the solve (s)"),
    "discount_rate": Text("折现率", "discount rate"),
    "shortfall_cny_per_kg": Text("未满足需求计价（元/kg）", "price of a kilogram not served (CNY/kg)"),
}
_WORDS: Mapping[str, Mapping[str, Text]] = {
    "bool": {"true": Text("是", "yes"), "false": Text("否", "no")},
    "level": LEVELS,
    "sense": SENSES,
    "verdict": VERDICTS,
    "verified": VERIFIED,
    "bank": BANKS,
    "stopped": {**STOPPED, **_STOPPED},
    "kind": {**SITE_KINDS, **DEMAND_KINDS},
    "vehicle_class": VEHICLE_CLASSES,
    "goal": {**GOALS, **_GOALS},
    "alternative": _ALTERNATIVES,
    "objective": _OBJECTIVES,
    "model": MODELS,
    "review": _REVIEW,
    "question": _QUESTION,
}


NO_DISTRICT = Text("不分区（干线公路）", "no district (through traffic)")

_RULES_ZH: Mapping[str, str] = {
    "plan area": "规划范围",
    "user": "人工指定",
    "built": "已建站",
    "position": "位置精度",
    "barred areas": "禁建范围",
    "siting law": "选址法规",
    "open points": "共同未决事项",
    "outside these rules": "不适用本套规则",
    "station class": "站级",
}
_REASONS_ZH: tuple[tuple[str, str], ...] = (
    (r"lies in (.+), not in (.+)", r"位于\1，不在\2范围内"),
    (r"lies outside (.+)", r"不在\1范围内"),
    (r"forbidden by the user", r"由用户指定禁建"),
    (r"the station stands already", r"该站已建成"),
    (
        r"([\d,]+) m outside, but the position is known to ([\d,]+) m only: (.+)",
        r"在范围外 \1 m，但位置误差达 \2 m：\3",
    ),
    (r"the position is known to ([\d,]+) m only; survey .+", r"位置误差达 \1 m，须先实测再定"),
    (r"in no barred area; clearances to buildings not measured", r"不在禁建范围内；与建筑物的间距未测算"),
)
"""Sentences of the siting screen, as patterns, and their wording in Chinese; any other sentence stays as it is."""


def plain_rule(rule: str, language: Language) -> str:
    """Return the rule of a verdict in the reader's language."""
    return _RULES_ZH.get(rule, rule) if language == "zh" else rule


def plain_reason(reason: str, language: Language) -> str:
    """Return the reason of a verdict in the reader's language."""
    if language == "en":
        return reason
    for pattern, wording in _REASONS_ZH:
        found = re.fullmatch(pattern, reason)
        if found:
            return found.expand(wording)
    return reason


def verdict_reason(verdict: Verdict, language: Language) -> str:
    """Return why a site has its verdict, in the reader's language."""
    return verdict.reason_zh if language == "zh" and verdict.reason_zh else plain_reason(verdict.reason, language)


def word(group: str, key: str, language: Language) -> str:
    """Return a code word in the reader's language; a word that is not known is returned as it is."""
    return _WORDS[group].get(key, Text(key, key)).at(language)


def sheet_name(key: str, language: Language) -> str:
    """Return the name of a sheet of the workbook."""
    return SHEETS[key].at(language)


FIGURE_TITLES: Mapping[str, Text] = {
    "map": Text("布局示意图", "planning sketch"),
    "utilisation": Text("各站利用率", "utilisation by station"),
    "districts": Text("各区需求与满足情况", "demand and what is served, by district"),
    "levels": Text("三档需求下的满足情况", "demand and what is served, by demand level"),
    "years": Text("各年度需求与满足情况", "demand and what is served, by year"),
}
TILES: Mapping[str, Text] = {
    "stations": Text("加氢站总数（含已建）", "stations, those that stand included"),
    "served_share": Text("需求满足率", "of the demand served"),
    "capex_cny": Text("新增投资", "new investment"),
    "capacity_kg_per_d": Text("总加注能力", "capacity"),
    "utilisation": Text("平均利用率", "mean utilisation"),
    "mean_travel_min": Text("平均到站时间", "mean drive to a station"),
}
"""Key figures under the summary: field of Figures to its label."""

COSTS: Mapping[str, tuple[Text, Text]] = {
    "capex_cny": (Text("新增投资", "New capital cost"), Text("新建站一次性投入", "once, for the new stations")),
    "station_cost_cny_per_yr": (
        Text("站点年化成本（每年）", "Stations, a year"),
        Text("投资年金与年运营费之和", "annuity of the capital cost plus operation"),
    ),
    "access_cost_cny_per_yr": (
        Text("到站出行成本（每年）", "Access, a year"),
        Text("车辆往返加氢站或绕行的时间与里程", "time and distance of the drivers, there and back or as a detour"),
    ),
    "shortfall_cost_cny_per_yr": (
        Text("缺口计价（每年）", "Shortfall, a year"),
        Text("未满足需求按设定单价计", "demand not served at the price set in the scenario"),
    ),
    "annual_cost_cny_per_yr": (
        Text("年总成本", "All, a year"),
        Text("以上三项年成本之和", "sum of the three annual costs above"),
    ),
    "station_cost_cny_per_kg": (
        Text("单位站点成本（元/kg）", "Stations, CNY/kg"),
        Text("站点年化成本除以年加注量", "annual cost of stations over hydrogen dispensed in a year"),
    ),
}
"""Field of Figures to its label and what it means."""

_MONEY = Text("万元", "million CNY")
_NAME, _DISTRICT, _COUNT = Text("名称", "Name"), Text("行政区", "District"), Text("站数", "Stations")
_NEW, _CAPACITY = Text("其中新建", "of these new"), Text("日加注能力 kg/d", "Capacity kg/d")
_DISPENSED, _DEMAND = Text("日加注量 kg/d", "Dispensed kg/d"), Text("日加氢需求 kg/d", "Demand kg/d")
_SERVED, _SHARE = Text("已满足 kg/d", "Served kg/d"), Text("满足率", "Share served")
_USED, _SOURCE = Text("利用率", "Utilisation"), Text("来源", "Source")
_CAPEX = Text(f"新增投资 {_MONEY.zh}", f"New capital {_MONEY.en}")
_STOP = Text("求解终止", "Solve ended")
_GROUP = ((_COUNT, "n"), (_NEW, "n"), (_CAPACITY, "n"), (_DISPENSED, "n"), (_CAPEX, "n"))

HEADS: Mapping[str, tuple[tuple[Text, str], ...]] = {
    "demand": (
        (Text("需求来源", "Source of demand"), ""),
        (Text("需求点数", "Rows"), "n"),
        (Text("车辆数", "Vehicles"), "n"),
        (_DEMAND, "n"),
        (_SERVED, "n"),
        (_SHARE, "n"),
    ),
    "kinds": ((Text("依托类型", "Kind of place"), ""), *_GROUP),
    "sizes": ((Text("站级", "Size"), ""), *_GROUP),
    "stations": (
        (Text("序号", "No."), "n"),
        (Text("名称与选址理由", "Name, and why here"), "w12"),
        (Text("依托类型", "Kind"), ""),
        (_DISTRICT, ""),
        (Text("性质", "Status"), ""),
        (_CAPACITY, "n"),
        (_DISPENSED, "n"),
        (_USED, "n"),
        (_CAPEX, "n"),
        (Text("氢源运距 km", "Source km"), "n"),
        (Text("位置误差 m", "Position error m"), "n"),
    ),
    "districts": ((_DISTRICT, ""), (_COUNT, "n"), (_CAPACITY, "n"), (_DEMAND, "n"), (_SERVED, "n"), (_SHARE, "n")),
    "levels": ((Text("需求档", "Demand"), ""), (_DEMAND, "n"), (_SERVED, "n"), (_SHARE, "n"), (_USED, "n")),
    "cost": ((Text("项目", "Item"), ""), (_MONEY, "n"), (Text("含义", "Meaning"), "")),
    "alternatives": (
        (Text("方案", "Plan"), ""),
        (_COUNT, "n"),
        (_NEW, "n"),
        (_SHARE, "n"),
        (_CAPEX, "n"),
        (Text(f"年总成本 {_MONEY.zh}", f"Annual cost {_MONEY.en}"), "n"),
        (_STOP, ""),
    ),
    "assumptions": ((Text("所在位置", "Where"), ""), (Text("取值", "Value"), ""), (Text("说明", "Note"), "")),
    "screening": (
        (Text("规则", "Rule"), "w6"),
        (Text("理由", "Reason"), "w12"),
        (Text("处数", "Sites"), "n keep"),
        (Text("站址", "Names"), ""),
    ),
    "points": (
        (Text("未决事项", "What is open"), "w12"),
        (Text("涉及站址数", "Sites"), "n keep"),
        (Text("如何解决", "How to close it"), "w12"),
    ),
    "unplaced": (
        (_NAME, ""),
        (Text("类型", "Kind"), ""),
        (_DISTRICT, ""),
        (Text("已建", "Stands"), ""),
        (Text("已建能力 kg/d", "Capacity kg/d"), "n"),
        (_SOURCE, ""),
    ),
    "goals": (
        (Text("次序", "Order"), "n"),
        (Text("目标", "Objective"), ""),
        (Text("方向", "Sense"), ""),
        (Text("目标值", "Value"), "n"),
        (Text("最优界(HiGHS)", "Bound (HiGHS)"), "n"),
        (Text("间隙", "Gap"), "n"),
        (Text("节点数", "Nodes"), "n"),
        (_STOP, ""),
    ),
    "supply": (
        (Text("氢源", "Hydrogen source"), ""),
        (Text("最大供氢能力 kg/d", "Largest supply kg/d"), "n"),
        (Text("核实情况", "Verified"), ""),
        (_SOURCE, ""),
    ),
    "inputs": ((Text("文件", "File"), ""), (Text("sha256(前 16 位)", "sha256 (first 16 digits)"), "")),
}
"""Column heads of the report's tables, each with its alignment: n for numbers, to the right."""
