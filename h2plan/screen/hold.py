"""Every clause at every site, folded into one verdict a site with the largest size that the law leaves."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping, Sequence
from typing import Literal

import numpy as np

from h2plan.domain import Clause, Site, StationSize, Verdict
from h2plan.domain_law import HazardThreshold, LandNeed
from h2plan.geo.objects import Nearest, nearest
from h2plan.screen import wording
from h2plan.screen.judge import (
    Finding,
    Gap,
    Outcome,
    StationClass,
    binds,
    class_of,
    judge,
    largest_kg_per_d,
)
from h2plan.screen.law import Law

OPEN_POINTS = "open points"


def measure(law: Law, sites: Sequence[Site]) -> dict[str, Nearest]:
    """Measure every site against every layer."""
    if not sites:
        return {}
    lon, lat = np.array([site.lon for site in sites]), np.array([site.lat for site in sites])
    return {name: nearest(layer.things, lon, lat) for name, layer in law.layers.items() if layer.things}


def hold(
    earlier: Verdict,
    site: Site,
    number: int,
    *,
    law: Law,
    measured: Mapping[str, Nearest],
    sizes: Sequence[StationSize],
) -> Verdict:
    """Hold one site, the `number`-th that was measured, against the law. `earlier` says pass or review."""
    if site.kind in law.outside_kinds:
        return _outside(earlier, site)
    class_at = {size.id: class_of(size, site, law.classes) for size in sizes}
    findings = [
        judge(
            rule,
            _gap(law, rule.object, site, number, measured),
            sizes=sizes,
            class_at=class_at,
            precision_m=site.precision_m,
        )
        for rule in law.rules
        if binds(rule, site)
    ]
    findings += [found for need in law.needs if (found := _need(need, site, sizes)) is not None]
    findings += [found] if (found := _class(sizes, class_at)) is not None else []
    findings += [found for hazard in law.hazards if (found := _hazard(hazard, sizes)) is not None]
    return _fold(earlier, site, findings, sizes)


def _outside(earlier: Verdict, site: Site) -> Verdict:
    return dataclasses.replace(
        earlier,
        verdict="review",
        rule="outside these rules",
        reason="a quay that serves vessels: these rules are for road vehicles",
        reason_zh="服务船舶的码头，不适用本套（车用）规则",
        remedy="screen it under the rules for vessels",
        remedy_zh="按船用加氢的规定另行审查",
        max_kg_per_d=site.max_kg_per_d,
    )


def _gap(law: Law, layer: str, site: Site, number: int, measured: Mapping[str, Nearest]) -> Gap | None:
    if layer not in law.layers:
        return None
    known = law.layers[layer]
    if layer not in measured:  # every building of the layer is too small to count
        return Gap(metres=float("inf"), name="", document="", precision_m=0.0, layer_verified=known.verified)
    found = measured[layer]
    thing = known.things[int(found.thing[number])]
    return Gap(
        metres=float(found.metres[number]),
        name=thing.name,
        document=thing.text("document"),
        name_en=thing.text("name_en"),
        precision_m=site.precision_m + known.precision_m,
        layer_verified=known.verified,
    )


def _need(need: LandNeed, site: Site, sizes: Sequence[StationSize]) -> Finding | None:
    """Hold a known cell on land or access against a need; a blank cell is not checked."""
    value: float | str | None = getattr(site.land, need.column)
    if value is None or value == "" or (need.kinds and site.kind not in need.kinds):
        return None
    short: Outcome = "barred" if need.verified else "review"
    met = need.met_by(value)
    outcomes: dict[str, Outcome] = {
        size.id: "pass" if met or size.capacity_kg_per_d < need.from_kg_per_d else short for size in sizes
    }
    largest = largest_kg_per_d(sizes, outcomes)
    below = largest_kg_per_d([size for size in sizes if outcomes[size.id] == "pass"], outcomes)
    worst: Outcome = "pass" if met else ("barred" if largest == 0 else "review")
    words = wording.of_need(need, value, outcome=worst, largest_kg_per_d=below)
    clause = _clause(need.id, need.column, worst, words, max_kg_per_d=largest)
    return Finding(clause=clause, outcomes=outcomes, own=any(outcome != "pass" for outcome in outcomes.values()))


def _class(sizes: Sequence[StationSize], class_at: Mapping[str, StationClass]) -> Finding | None:
    """Name the class of each size; a storage beyond every class bars the size if the classes are verified."""
    if not sizes or all(klass.label is None for klass in class_at.values()):
        return None
    outcomes: dict[str, Outcome] = {
        name: "pass" if klass.label else ("barred" if klass.verified else "review") for name, klass in class_at.items()
    }
    listed = ", ".join(
        f"{size.capacity_kg_per_d:,.0f} kg/d {class_at[size.id].label or '-'}"
        for size in sorted(sizes, key=lambda size: size.capacity_kg_per_d)
    )
    doubt = "" if all(klass.verified for klass in class_at.values()) else " (limits not verified)"
    largest = largest_kg_per_d(sizes, outcomes)
    beyond = any(not klass.label for klass in class_at.values())
    worst: Outcome = "pass" if not beyond else ("barred" if largest == 0 else "review")
    words = wording.Words(
        wording.Text(
            f"按储氢量分级：{listed}{'（限值未核实）' if doubt else ''}", f"class by storage: {listed}{doubt}"
        ),
        wording.Text("减少储氢量或油罐容积", "store less hydrogen or petrol") if beyond else wording.NOTHING,
    )
    clause = _clause("station class", "", worst, words, max_kg_per_d=largest)
    return Finding(clause=clause, outcomes=outcomes, own=beyond)


def _hazard(hazard: HazardThreshold, sizes: Sequence[StationSize]) -> Finding | None:
    """Flag sizes that would be a major hazard installation; the flag bars nothing."""
    flagged = [size for size in sizes if size.storage_kg >= hazard.threshold_kg]
    if not flagged:
        return None
    least = min(size.capacity_kg_per_d for size in flagged)
    doubt = wording.NOTHING if hazard.verified else wording.Text("（限值未核实）", " (threshold not verified)")
    words = wording.Words(
        wording.Text(
            f"{least:,.0f} kg/d 起储氢量达 {hazard.threshold_kg:,.0f} kg{doubt.zh}；{hazard.text_zh}",
            f"from {least:,.0f} kg/d storage reaches {hazard.threshold_kg:,.0f} kg{doubt.en}; {hazard.text_en}",
        ),
        wording.Text(f"储氢量低于 {hazard.threshold_kg:,.0f} kg", f"store less than {hazard.threshold_kg:,.0f} kg"),
    )
    clause = _clause(hazard.id, hazard.clause, "warn", words, max_kg_per_d=None)
    return Finding(clause=clause, outcomes={size.id: "pass" for size in sizes}, own=False)


def _clause(
    rule: str,
    clause: str,
    verdict: Literal["pass", "warn", "review", "barred"],
    words: wording.Words,
    *,
    max_kg_per_d: float | None,
) -> Clause:
    return Clause(
        rule=rule,
        clause=clause,
        object="",
        object_en="",
        verdict=verdict,
        max_kg_per_d=max_kg_per_d,
        reason_zh=words.reason.zh,
        reason=words.reason.en,
        remedy_zh=words.remedy.zh,
        remedy=words.remedy.en,
    )


def _fold(earlier: Verdict, site: Site, findings: Sequence[Finding], sizes: Sequence[StationSize]) -> Verdict:
    """Find the largest size that nothing bars, and the finding that decides what is said of the site."""
    shown = tuple(found.clause for found in findings if found.measured)
    left = [size for size in sizes if all(found.outcomes[size.id] != "barred" for found in findings)]
    if not left:
        return _told(_bar(findings, sizes), earlier, verdict="barred", clauses=shown, largest=0.0)
    bound = float("inf") if site.max_kg_per_d is None else site.max_kg_per_d
    top = max([size for size in left if size.capacity_kg_per_d <= bound] or left, key=_capacity)
    largest = min(top.capacity_kg_per_d, bound)
    if earlier.verdict == "review":
        return dataclasses.replace(earlier, max_kg_per_d=largest, clauses=shown)
    at_review = [found for found in findings if found.outcomes[top.id] == "review"]
    own = next((found for found in at_review if found.own), None)
    if own is not None:
        return _told(own.clause, earlier, verdict="review", clauses=shown, largest=largest)
    limiting = next((found for found in findings if "barred" in found.outcomes.values()), None)
    if limiting is not None:
        verdict: Literal["pass", "review"] = "review" if at_review else "pass"
        return _told(limiting.clause, earlier, verdict=verdict, clauses=shown, largest=largest)
    return _plain(earlier, review=bool(at_review), clauses=shown, largest=largest)


def _capacity(size: StationSize) -> float:
    return size.capacity_kg_per_d


def _bar(findings: Sequence[Finding], sizes: Sequence[StationSize]) -> Clause:
    """Name the clause that bars every size, else the one that bars the smallest."""
    smallest = min(sizes, key=_capacity)
    barring = [found for found in findings if found.outcomes[smallest.id] == "barred"]
    whole = [found for found in barring if found.clause.verdict == "barred"]
    return (whole or barring)[0].clause


def _told(
    clause: Clause,
    earlier: Verdict,
    *,
    verdict: Literal["pass", "review", "barred"],
    clauses: tuple[Clause, ...],
    largest: float,
) -> Verdict:
    """Let one clause speak for the site."""
    return Verdict(
        site_id=earlier.site_id,
        verdict=verdict,
        rule=clause.rule,
        reason=clause.reason,
        measured_m=clause.measured_m,
        max_kg_per_d=largest,
        clause=clause.clause,
        object=clause.object,
        object_en=clause.object_en,
        required_m=clause.required_m,
        precision_m=clause.precision_m,
        reason_zh=clause.reason_zh,
        remedy=clause.remedy,
        remedy_zh=clause.remedy_zh,
        clauses=clauses,
    )


def _plain(earlier: Verdict, *, review: bool, clauses: tuple[Clause, ...], largest: float) -> Verdict:
    """Say that nothing stands against the site itself; what is open for all sites is listed once elsewhere."""
    if review:
        rule, reason_zh = OPEN_POINTS, "可测算的均满足；其余见全部站址共同的未决事项"
        reason = "nothing measured stands against it; see the points that are open for all sites"
        remedy_zh, remedy = "解决共同的未决事项", "close the points that are open for all sites"
    else:
        rule, reason_zh, reason = "siting law", "各条款均满足", "every clause holds"
        remedy_zh = remedy = ""
    return Verdict(
        site_id=earlier.site_id,
        verdict="review" if review else "pass",
        rule=rule,
        reason=reason,
        max_kg_per_d=largest,
        reason_zh=reason_zh,
        remedy=remedy,
        remedy_zh=remedy_zh,
        clauses=clauses,
    )
