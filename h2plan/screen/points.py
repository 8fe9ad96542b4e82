"""What is open for every site alike, said once: layers that are missing, figures that nobody has checked."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence

from h2plan.domain import OpenPoint, Site
from h2plan.domain_law import Rule
from h2plan.screen.judge import binds
from h2plan.screen.law import Law


def open_points(law: Law, sites: Sequence[Site], *, rules_file: str, classes_file: str) -> tuple[OpenPoint, ...]:
    """List what is open, with how to close it; `sites` counts those that it concerns."""
    asked = {rule: sum(binds(rule, site) for site in sites) for rule in law.rules}
    asked = {rule: count for rule, count in asked.items() if count}
    return (
        *_missing(law, asked),
        *_unverified_layers(law, asked),
        *_unverified_rules(asked, rules_file),
        *_classes(law, asked, classes_file),
        *_needs(law, sites),
    )


def _missing(law: Law, asked: Mapping[Rule, int]) -> Iterator[OpenPoint]:
    for layer, rules in _by_object(asked).items():
        if layer in law.layers:
            continue
        first = rules[0]
        yield OpenPoint(
            about=layer,
            rules=";".join(rule.id for rule in rules),
            sites=max(asked[rule] for rule in rules),
            text_zh=f"缺少图层：{first.object_zh}，间距未测算",
            text=f"no layer of {first.object_en}: the distance is not measured",
            remedy_zh=f"在 screen.layers 中提供：{layer}: {{file: data/….geojson, crs: wgs84, verified: true}}",
            remedy=f"supply it under screen.layers: {layer}: {{file: data/….geojson, crs: wgs84, verified: true}}",
        )


def _unverified_layers(law: Law, asked: Mapping[Rule, int]) -> Iterator[OpenPoint]:
    for layer, rules in _by_object(asked).items():
        if layer not in law.layers or law.layers[layer].verified:
            continue
        yield OpenPoint(
            about=layer,
            rules=";".join(rule.id for rule in rules),
            sites=max(asked[rule] for rule in rules),
            text_zh=f"图层未经主管部门确认：{rules[0].object_zh}",
            text=f"the layer of {rules[0].object_en} is not the authority's own",
            remedy_zh="换成确认的图层，并写 verified: true",
            remedy="put the confirmed layer in its place and write verified: true",
        )


def _unverified_rules(asked: Mapping[Rule, int], rules_file: str) -> Iterator[OpenPoint]:
    for rule, count in asked.items():
        if rule.verified:
            continue
        known = rule.metres is not None
        yield OpenPoint(
            about=rule.id,
            rules=rule.id,
            sites=count,
            text_zh=f"{rule.clause}：{'数值未核实' if known else '数值不详'}；{rule.text_zh}",
            text=f"{rule.clause}: figure {'not verified' if known else 'not known'}; {rule.text_en}",
            remedy_zh=f"对照现行标准，在 {rules_file} 中填写 metres 并写 verified yes",
            remedy=f"check it in the standard in force; write metres and verified yes in {rules_file}",
        )


def _classes(law: Law, asked: Mapping[Rule, int], classes_file: str) -> Iterator[OpenPoint]:
    """Classes that rest on unverified thresholds matter only where a rule asks for the class."""
    rules = [rule for rule in asked if rule.station_class]
    if not rules or (law.classes and all(limit.verified for limit in law.classes)):
        return
    yield OpenPoint(
        about="station class",
        rules=";".join(rule.id for rule in rules),
        sites=max(asked[rule] for rule in rules),
        text_zh="按储氢量分级的限值未核实",
        text="the storage limits of the station classes are not verified",
        remedy_zh=f"对照现行标准，在 {classes_file or 'screen.classes'} 中核对后写 verified yes",
        remedy=f"check them in the standard in force; write verified yes in {classes_file or 'screen.classes'}",
    )


def _needs(law: Law, sites: Sequence[Site]) -> Iterator[OpenPoint]:
    columns = dict.fromkeys(need.column for need in law.needs)
    blank = {column: sum(getattr(site.land, column) in (None, "") for site in sites) for column in columns}
    blank = {column: count for column, count in blank.items() if count}
    if blank:
        yield OpenPoint(
            about="land and access",
            rules=";".join(need.id for need in law.needs if need.column in blank),
            sites=max(blank.values()),
            text_zh=f"用地与进出条件未填，未核对：{'、'.join(blank)}",
            text=f"land and access not given, not checked: {', '.join(blank)}",
            remedy_zh="在站址表中填写这些列",
            remedy="fill these columns of the site tables",
        )


def _by_object(rules: Mapping[Rule, int]) -> dict[str, list[Rule]]:
    found: dict[str, list[Rule]] = defaultdict(list)
    for rule in rules:
        found[rule.object].append(rule)
    return found
