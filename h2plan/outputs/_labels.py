"""The words and number formats of every output, in Chinese and English."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping
from typing import Any, Literal, NamedTuple

from h2plan.problem import BUILT

Language = Literal["zh", "en"]
LANGUAGES: tuple[Language, ...] = ("zh", "en")


class Text(NamedTuple):
    """One wording in both languages."""

    zh: str
    en: str

    def at(self, language: Language) -> str:
        return self.zh if language == "zh" else self.en


SITE_KINDS: Mapping[str, Text] = {
    "port": Text("港区", "port"),
    "quay": Text("码头", "quay"),
    "logistics_hub": Text("物流枢纽", "logistics hub"),
    "highway_service": Text("高速服务区", "motorway service area"),
    "interchange": Text("互通立交", "interchange"),
    "toll_gate": Text("收费站", "toll gate"),
    "fuel_station": Text("加油站", "fuel station"),
    "gas_station": Text("加气站", "gas station"),
    "depot": Text("场站", "depot"),
    "greenfield": Text("新址", "greenfield site"),
    "hydrogen_station": Text("加氢站", "hydrogen station"),
}
DEMAND_KINDS: Mapping[str, Text] = {
    "districts": Text("城区用车", "districts"),
    "ports": Text("港口集疏运", "ports"),
    "logistics_hubs": Text("物流枢纽", "logistics hubs"),
    "highways": Text("高速通道", "motorway corridors"),
    "vessels": Text("港作船舶", "vessels"),
    "depots": Text("车队场站", "depots"),
    "points": Text("指定需求点", "points given"),
    "fuel_stations": Text("加油站用油", "fuel sold at stations"),
    "counts": Text("交通量观测", "traffic counts"),
}
VEHICLE_CLASSES: Mapping[str, Text] = {
    "tractor_49t": Text("49 吨牵引车", "49 t tractor"),
    "tipper_31t": Text("31 吨自卸车", "31 t tipper"),
    "logistics_18t": Text("18 吨物流车", "18 t delivery truck"),
    "logistics_4_5t": Text("4.5 吨物流车", "4.5 t delivery truck"),
    "bus_12m": Text("12 米公交车", "12 m bus"),
    "bus_8_5m": Text("8.5 米公交车", "8.5 m bus"),
    "sanitation": Text("环卫车", "sanitation truck"),
}
VERDICTS: Mapping[str, Text] = {
    "pass": Text("通过", "pass"),
    "review": Text("待核查", "to be reviewed"),
    "barred": Text("排除", "barred"),
}
VERIFIED: Mapping[str, Text] = {
    "yes": Text("已核实", "verified"),
    "partly": Text("部分核实", "partly verified"),
    "no": Text("未核实", "not verified"),
}
STATUSES: Mapping[str, Text] = {
    "candidate": Text("候选", "candidate"),
    "required": Text("必建", "required"),
    "forbidden": Text("禁建", "forbidden"),
    "built": Text("已建", "already built"),
    "new": Text("新建", "new"),
}
BANKS: Mapping[str, Text] = {
    "left": Text("左岸(汉口、汉阳侧)", "left bank"),
    "right": Text("右岸(武昌侧)", "right bank"),
    "none": Text("不详", "not known"),
}
LEVELS: Mapping[str, Text] = {
    "low": Text("低", "low"),
    "base": Text("基准", "base"),
    "high": Text("高", "high"),
}
GOALS: Mapping[str, Text] = {
    "coverage": Text("需求覆盖最大", "largest demand served"),
    "served": Text("需求满足最大", "largest demand served"),
    "cost": Text("年总成本最小", "least annual cost"),
    "stations": Text("站数最少", "fewest stations"),
    "access": Text("到站出行成本最小", "least access cost"),
    "travel": Text("到站时间最短", "least travel time"),
    "capex": Text("新增投资最小", "least new capital cost"),
}
SENSES: Mapping[str, Text] = {"max": Text("最大化", "maximise"), "min": Text("最小化", "minimise")}
MODELS: Mapping[str, Text] = {
    "set_cover": Text("集合覆盖模型", "location set covering"),
    "max_cover": Text("最大覆盖模型", "maximal covering"),
    "p_median": Text("p-中值模型", "p-median"),
    "p_center": Text("p-中心模型", "p-centre"),
    "p_dispersion": Text("p-分散模型", "p-dispersion"),
    "flow_refuelling_kg": Text("带容量的流量加氢选址模型", "capacitated flow refuelling"),
    "capacitated": Text("有容量约束的设施选址模型", "capacitated facility location"),
    "flow_refuelling": Text("流量加氢选址模型", "flow refuelling location"),
    "network_design": Text("加氢网络布局模型", "hydrogen network design"),
}
STOPPED: Mapping[str, Text] = {
    "gap": Text("达到设定间隙", "gap reached"),
    "optimal": Text("已证明最优", "proven optimal"),
    "time": Text("达到时限", "time limit"),
    "limit": Text("达到上限", "limit reached"),
    "nodes": Text("达到节点上限", "node limit"),
    "user": Text("用户中断", "stopped by the user"),
}
RIVERS: Mapping[str, Text] = {
    "长江": Text("长江", "Yangtze"),
    "汉江": Text("汉江", "Han River"),
    "yangtze": Text("长江", "Yangtze"),
    "han": Text("汉江", "Han River"),
}
PLANNING_SKETCH = Text("规划示意图", "planning sketch")
YI = 1e8
WAN = 1e4


def word(words: Mapping[str, Text], key: str) -> Text:
    """Both wordings of a key; a key without one stands for itself."""
    return words.get(key, Text(key, key))


def label(owner: type, name: str) -> Text:
    """The label of a dataclass field, from its metadata, without the unit."""
    meta = next(field.metadata for field in dataclasses.fields(owner) if field.name == name)
    return Text(str(meta["zh"]), str(meta["en"]))


def headers(owner: type, language: Language, *, omit: tuple[str, ...] = ()) -> dict[str, str]:
    """Column headings of a dataclass by field name: label, and the unit in brackets."""
    found = {}
    for field in dataclasses.fields(owner):
        if "zh" in field.metadata and field.name not in omit:
            unit: Any = field.metadata["unit"]
            found[field.name] = f"{field.metadata[language]} ({unit})" if unit else str(field.metadata[language])
    return found


def either(zh: str, en: str) -> Text:
    """A name in both languages; the Chinese name stands in where the English one is blank, and the other way round."""
    return Text(zh or en, en or zh)


def size(size_id: str) -> Text:
    """Return the size of a station; one that stands as it was built has none of the menu."""
    return Text("现有规模", "as built") if size_id == BUILT else same(size_id)


def same(value: str) -> Text:
    return Text(value, value)


def number(value: float, digits: int = 0) -> str:
    """A number with thousands separators."""
    return f"{value:,.{digits}f}"


def percent(share: float, digits: int = 1) -> str:
    return f"{100 * share:.{digits}f}%"


def kg_per_d(value: float) -> Text:
    return same(f"{number(value)} kg/d")


def money(value_cny: float) -> Text:
    """CNY as people say it: 亿元 or 万元, and million CNY."""
    if abs(value_cny) >= YI:
        return Text(f"{number(value_cny / YI, 2)} 亿元", f"CNY {number(value_cny / 1e6)} million")
    return Text(f"{number(value_cny / WAN)} 万元", f"CNY {number(value_cny / 1e6, 2)} million")
