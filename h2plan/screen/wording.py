"""The sentences of the screen, in Chinese and English: why a clause says what it says, and what would make it legal."""

from __future__ import annotations

from math import isinf
from typing import TYPE_CHECKING, NamedTuple

from h2plan.domain_law import LandNeed, Rule

if TYPE_CHECKING:
    from h2plan.screen.judge import Gap, Outcome, State


class Text(NamedTuple):
    """One sentence in two languages."""

    zh: str
    en: str


class Words(NamedTuple):
    """Why, and what would make it legal."""

    reason: Text
    remedy: Text


NOTHING = Text("", "")


def object_names(rule: Rule, gap: Gap | None) -> tuple[str, str]:
    """Name the object that was measured: its class, and its own name if it has one."""
    if gap is None or not gap.name or gap.name.startswith("no. "):
        return rule.object_zh, rule.object_en
    return _joined(rule.object_zh, gap.name), _joined(rule.object_en, gap.name_en or gap.name)


def _joined(kind: str, name: str) -> str:
    return name if name.startswith(kind) else f"{kind} {name}"


def of_rule(
    rule: Rule, state: State, gap: Gap | None, *, sure: bool, largest_kg_per_d: float, outcome: Outcome
) -> Words:
    """Say what was measured and required, and what is to be done."""
    law = Text(f"{rule.clause} {rule.text_zh}".strip(), f"{rule.clause}: {rule.text_en}".lstrip(": "))
    if gap is None or state == "missing":
        return Words(Text(f"缺少图层 {rule.object}；{law.zh}", f"layer {rule.object} is missing; {law.en}"), NOTHING)
    doubt = NOTHING if sure else Text("（条款数值或图层未核实）", " (figure or layer not verified)")
    where = _place(rule, gap)
    reason = Text(f"{where.zh}{doubt.zh}；{law.zh}", f"{where.en}{doubt.en}; {law.en}")
    if outcome == "pass":
        return Words(reason, NOTHING)
    return Words(reason, _remedy(rule, state, gap, sure=sure, largest_kg_per_d=largest_kg_per_d))


def _place(rule: Rule, gap: Gap) -> Text:
    zh, en = object_names(rule, gap)
    if isinf(gap.metres):
        return Text(f"图层中无须计入的{zh}", f"no {en} in the layer that counts")
    error = Text(f"位置误差 {gap.precision_m:,.0f} m", f"position error {gap.precision_m:,.0f} m")
    if rule.metres == 0:
        side_zh, side_en = ("范围内", "inside") if gap.metres <= 0 else ("范围外", "outside")
        metres = abs(gap.metres)
        return Text(f"位于{zh}{side_zh} {metres:,.1f} m，{error.zh}", f"{metres:,.1f} m {side_en} {en}, {error.en}")
    needed = Text("不详", "not known") if rule.metres is None else Text(f"{rule.metres:g} m", f"{rule.metres:g} m")
    return Text(
        f"距{zh} {gap.metres:,.1f} m，要求大于 {needed.zh}，{error.zh}",
        f"{gap.metres:,.1f} m from {en}, more than {needed.en} required, {error.en}",
    )


def _remedy(rule: Rule, state: State, gap: Gap, *, sure: bool, largest_kg_per_d: float) -> Text:
    parts: list[Text] = []
    if state in ("short", "open") and rule.metres is not None:
        parts += _nearness(rule, state, gap, largest_kg_per_d=largest_kg_per_d)
    if not sure:
        parts.append(Text("核对条款与图层后标为已核实", "check clause and layer, then mark them verified"))
    return Text("；".join(part.zh for part in parts), "; ".join(part.en for part in parts))


def _nearness(rule: Rule, state: State, gap: Gap, *, largest_kg_per_d: float) -> list[Text]:
    margin_m = -gap.metres if rule.inside else gap.metres - (rule.metres or 0.0)
    parts: list[Text] = []
    if rule.remedy_zh or rule.remedy_en:
        parts.append(Text(rule.remedy_zh or rule.remedy_en, rule.remedy_en or rule.remedy_zh))
    if largest_kg_per_d > 0 and state == "short" and rule.station_class:
        parts.append(Text(f"规模不超过 {largest_kg_per_d:,.0f} kg/d", f"at most {largest_kg_per_d:,.0f} kg/d"))
    if state == "short":
        away = Text("移入", "move in by") if rule.inside else Text("再移开", "move away by")
        metres = gap.precision_m - margin_m
        parts.append(Text(f"{away.zh} {metres:,.1f} m 以上", f"{away.en} more than {metres:,.1f} m"))
    if margin_m > 0:
        parts.append(Text(f"测量至误差小于 {margin_m:,.1f} m", f"survey it to better than {margin_m:,.1f} m"))
    elif -margin_m < gap.precision_m:
        parts.append(Text("或经测量证实其实满足", "or survey it: the error exceeds what is missing"))
    return parts


def of_need(need: LandNeed, value: float | str, *, outcome: Outcome, largest_kg_per_d: float) -> Words:
    """Say what a cell on land or access holds and what a station needs."""
    given = value if isinstance(value, str) else f"{value:,g}"
    doubt = NOTHING if need.verified else Text("（要求未核实）", " (requirement not verified)")
    size = "" if need.from_kg_per_d == 0 else f" ({need.from_kg_per_d:,.0f} kg/d +)"
    reason = Text(
        f"{need.column} 为 {given}，要求 {need.asks}{size}{doubt.zh}；{need.text_zh}",
        f"{need.column} is {given}, {need.asks} needed{size}{doubt.en}; {need.text_en}",
    )
    if outcome == "pass":
        return Words(reason, NOTHING)
    if 0 < largest_kg_per_d < need.from_kg_per_d:
        return Words(reason, Text(f"规模小于 {need.from_kg_per_d:,.0f} kg/d", f"below {need.from_kg_per_d:,.0f} kg/d"))
    return Words(reason, Text(f"使 {need.column} 达到 {need.asks}", f"bring {need.column} to {need.asks}"))
