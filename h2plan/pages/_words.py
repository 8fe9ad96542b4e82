"""The words of the demand tables and of the demand page, in Chinese and English."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping

from h2plan.domain import LedgerRow
from h2plan.outputs._labels import DEMAND_KINDS, VERIFIED, Text, word
from h2plan.outputs._report_text import UNITS_ZH

USES: Mapping[str, Text] = {
    **DEMAND_KINDS,
    "depots": Text("车队场站", "depots"),
    "fuel_stations": Text("加油站替代", "fuel stations"),
    "points": Text("自定义点", "own points"),
    "vessels": Text("船舶", "vessels"),
    "counts": Text("交通量观测", "traffic counts"),
}
ROLES: Mapping[str, Text] = {
    "base": Text("驻地", "base"),
    "flow": Text("途中", "on the way"),
    "through": Text("过境", "through traffic"),
}
STATUSES: Mapping[str, Text] = {
    "signed": Text("已签约", "signed"),
    "intended": Text("意向", "intended"),
    "forecast": Text("预测", "forecast"),
}
COUNTED: Mapping[str, Text] = {
    "in_target": Text("计入目标", "in the target"),
    "beyond_target": Text("目标之外", "beyond the target"),
}
ANCHORS: Mapping[str, Text] = {
    "national_demonstration": Text("全国示范水平(2.4 kg/车·日)", "national demonstration (2.4 kg a vehicle-day)"),
    "all_run": Text("全部上路(名义值)", "every vehicle runs (nominal)"),
}
PARAMETERS: Mapping[str, Text] = {
    "fleet": Text("车队规模", "fleet size"),
    "active_share": Text("在运比例", "active share"),
    "peak": Text("高峰集中度", "peak sharpness"),
    "kg_per_100_km": Text("百公里氢耗", "kg/100 km"),
    "km_per_d": Text("日行驶里程", "km a day"),
    "kg_per_h": Text("小时氢耗", "kg/h"),
    "h_per_d": Text("日工作小时", "hours a day"),
}
NO_DISTRICT = Text("途中(不属任何区)", "on the way")
CODED: Mapping[str, Mapping[str, Text]] = {
    "use": USES,
    "role": ROLES,
    "status": STATUSES,
    "counted": COUNTED,
    "verified": VERIFIED,
}
"""Columns of the ledger whose values are code words."""


def column_label(name: str) -> Text:
    """Return the label of a column of the ledger, flat or not, with its unit."""
    stem, level = name, ""
    for ending in ("low", "base", "high"):
        if name.endswith(f"_{ending}"):
            stem, level = name.removesuffix(f"_{ending}"), ending
    meta = {field.name: field.metadata for field in dataclasses.fields(LedgerRow)}[stem]
    unit, shown = meta["unit"], LEVEL_WORDS[level]
    return Text(
        f"{meta['zh']}{shown.zh}" + (f" ({UNITS_ZH.get(unit, unit)})" if unit else ""),
        f"{meta['en']}{shown.en}" + (f" ({unit})" if unit else ""),
    )


LEVEL_WORDS: Mapping[str, Text] = {
    "": Text("", ""),
    "low": Text("·低", ", low"),
    "base": Text("·基准", ", base"),
    "high": Text("·高", ", high"),
}


def parameter_label(name: str, classes: Mapping[str, tuple[str, str]]) -> Text:
    """Return the label of a parameter: what it is, and of which vehicle class."""
    kind, _, vehicle_class = name.partition(":")
    what = word(PARAMETERS, kind)
    if not vehicle_class:
        return what
    zh, en = classes.get(vehicle_class, (vehicle_class, vehicle_class))
    return Text(f"{what.zh} · {zh}", f"{what.en} · {en}")
