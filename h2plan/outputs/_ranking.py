"""Candidates in order of worth, each with its score and why it was chosen or not.

The score of a site is the demand in its reach (kg/d, base level, within the service radius or the detour allowed), cut
at the largest capacity that siting law allows there: what a station could serve at most if it stood alone. It says
nothing of cost, and it is no objective of any model; what a site would still add to this plan is the demand in its
reach that the plan leaves unserved.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from h2plan.outputs._labels import Text
from h2plan.outputs._levels import Edition
from h2plan.outputs._report_text import verdict_reason
from h2plan.plan.results import Candidate, Plan

WHOLE_KG = 0.05
"""Less demand than this is shown as none: tables have one decimal."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Ranked:
    """A candidate with its place in the order."""

    site: Candidate
    rank: int
    score_kg_per_d: float | None
    opens: int | None
    reason: str
    reason_en: str


RANKING: Mapping[str, tuple[Text, str, Edition]] = {
    "rank": (Text("排名", "rank"), "", "internal"),
    "score_kg_per_d": (Text("得分(单独设站可服务量)", "score (most a station alone could serve)"), "kg/d", "internal"),
    "opens": (Text("投运年份", "opens"), "yr", "public"),
    "reason": (Text("理由", "reason (Chinese)"), "", "internal"),
    "reason_en": (Text("理由(英文)", "reason"), "", "internal"),
}
"""Field of `Ranked` to its label, unit and level."""


def score_kg_per_d(site: Candidate) -> float | None:
    """Return what a station here could serve at most; None where a plan of an older version does not say."""
    if site.reach_kg_per_d is None:
        return None
    return site.reach_kg_per_d if site.max_kg_per_d is None else min(site.reach_kg_per_d, site.max_kg_per_d)


def ranked(plan: Plan) -> tuple[Ranked, ...]:
    """Return the candidates by falling score; sites of one score stand in the order of their ids."""
    opens: dict[str, int | None] = {}
    why: dict[str, Text] = {}
    for year in (plan.at(period) for period in plan.periods):
        for station in year.stations:
            opens.setdefault(station.site_id, None if station.built else year.period)
            why[station.site_id] = Text(station.why, station.why_en)
    law = {
        row.site_id: Text(verdict_reason(row, "zh"), verdict_reason(row, "en"))
        for row in plan.verdicts
        if row.verdict == "review"
    }
    order = sorted(plan.candidates, key=lambda site: (-(score_kg_per_d(site) or 0.0), site.site_id))
    made = []
    for rank, site in enumerate(order, start=1):
        told = why.get(site.site_id) or _passed_over(site)
        open_point = law.get(site.site_id, Text("", ""))
        made.append(
            Ranked(
                site=site,
                rank=rank,
                score_kg_per_d=score_kg_per_d(site),
                opens=opens.get(site.site_id),
                reason="；".join(filter(None, (told.zh, open_point.zh and f"待核查：{open_point.zh}"))),
                reason_en="; ".join(filter(None, (told.en, open_point.en and f"under review: {open_point.en}"))),
            )
        )
    return tuple(made)


def _passed_over(site: Candidate) -> Text:
    """Say why a site is not in the plan, as far as the plan itself tells."""
    if site.reach_kg_per_d is None or site.left_kg_per_d is None:
        return Text("", "")
    reach, left = site.reach_kg_per_d, site.left_kg_per_d
    if reach < WHOLE_KG:
        return Text("服务范围内没有需求", "no demand in reach")
    if left < WHOLE_KG:
        return Text(
            f"范围内 {reach:,.1f} kg/d 已由方案中的站点满足",
            f"the {reach:,.1f} kg/d in reach are served by stations of the plan",
        )
    return Text(
        f"范围内 {reach:,.1f} kg/d 中有 {left:,.1f} kg/d 未满足；限额之内方案在其他站址所得更多",
        f"{left:,.1f} of {reach:,.1f} kg/d in reach stay unserved; the plan gains more elsewhere",
    )
