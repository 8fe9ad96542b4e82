"""The siting screen: which sites may carry a new station, and the rule and metres behind every verdict.

The screen knows the plan's area, the user's marks, polygons closed to new stations, and, where the scenario names its
tables, siting law: what is not verified or cannot be measured neither passes nor bars a site, it leaves it at review.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Literal

import numpy as np

from h2plan.domain import OpenPoint, Site, StationSize, Verdict
from h2plan.errors import Fault, InputError
from h2plan.geo.layers import Area, signed_distances_m
from h2plan.scenario_screen import BarredArea
from h2plan.screen.hold import hold, measure
from h2plan.screen.law import Law

IMPRECISE_M = 500.0
"""A position known worse than this never passes: no distance measured from it can be trusted."""

OUTSIDE = "outside"
"""City of a site that the shipped tables place beyond Wuhan, without saying in which city."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Screening:
    """Sites that stay candidates, and the verdict on every site."""

    kept: tuple[Site, ...]
    verdicts: tuple[Verdict, ...]
    points: tuple[OpenPoint, ...] = ()
    """What is open for all sites alike."""


def screen(
    sites: Sequence[Site],
    areas: Sequence[tuple[BarredArea, Sequence[Area]]],
    *,
    city: str,
    required: frozenset[str],
    forbidden: frozenset[str],
    drop_reviews: bool,
    law: Law | None = None,
    sizes: Sequence[StationSize] = (),
    extend_standing: bool = False,
) -> Screening:
    """Set aside the sites that lie outside the plan, are forbidden, stand in a barred area, or that the law bars.

    Sites that stay carry the largest size that no verified clause bars.

    Stations that stand always stay; where they may be extended they carry the largest size that the law leaves, none in
    a barred area. A distance counts only if it is larger than the error of the position.

    Raises:
        InputError: a required site is barred, or a station that stands is forbidden.
    """
    _refuse_forbidden_stations(sites, city=city, forbidden=forbidden)
    lon, lat = np.array([site.lon for site in sites]), np.array([site.lat for site in sites])
    measured = [(area, signed_distances_m(polygons, lon, lat)) for area, polygons in areas] if sites else []
    verdicts = []
    for number, site in enumerate(sites):
        borders = [(area, float(distances_m[number])) for area, distances_m in measured]
        verdicts.append(_verdict(site, borders, city=city, forbidden=site.id in forbidden))
    if law is not None and sizes:
        verdicts = _held(sites, verdicts, law, sizes)
    if extend_standing:
        inside = [any(float(distances_m[n]) <= 0 for _, distances_m in measured) for n in range(len(sites))]
        verdicts = _may_grow(sites, verdicts, inside, law, sizes)
    _refuse_barred_requirements(sites, verdicts, required)
    stays = {"pass"} if drop_reviews else {"pass", "review"}
    kept = tuple(_bounded(s, v) for s, v in zip(sites, verdicts, strict=True) if v.verdict in stays or s.id in required)
    return Screening(kept=kept, verdicts=tuple(verdicts))


def _held(sites: Sequence[Site], verdicts: Sequence[Verdict], law: Law, sizes: Sequence[StationSize]) -> list[Verdict]:
    """Hold against the law what may still be built: no station that stands, nothing that is barred already."""
    open_to = [
        number
        for number, (site, verdict) in enumerate(zip(sites, verdicts, strict=True))
        if verdict.verdict != "barred" and not site.is_built
    ]
    measured = measure(law, [sites[number] for number in open_to])
    held = list(verdicts)
    for place, number in enumerate(open_to):
        held[number] = hold(verdicts[number], sites[number], place, law=law, measured=measured, sizes=sizes)
    return held


def _may_grow(
    sites: Sequence[Site],
    verdicts: Sequence[Verdict],
    inside: Sequence[bool],
    law: Law | None,
    sizes: Sequence[StationSize],
) -> list[Verdict]:
    """Say of each standing station in the plan the largest size that it may be extended to; its verdict stays."""
    standing = [n for n, (s, v) in enumerate(zip(sites, verdicts, strict=True)) if s.is_built and v.verdict != "barred"]
    legal = {n: sites[n].max_kg_per_d for n in standing}
    if law is not None and sizes:
        measured = measure(law, [sites[n] for n in standing])
        for place, n in enumerate(standing):
            said = hold(verdicts[n], sites[n], place, law=law, measured=measured, sizes=sizes)
            legal[n] = 0.0 if said.verdict == "barred" else said.max_kg_per_d
    bounds = {n: 0.0 if inside[n] else legal[n] for n in standing}
    return [replace(v, max_kg_per_d=bounds[n]) if n in bounds else v for n, v in enumerate(verdicts)]


def _bounded(site: Site, verdict: Verdict) -> Site:
    return site if verdict.max_kg_per_d is None else replace(site, max_kg_per_d=verdict.max_kg_per_d)


def _verdict(site: Site, borders: Sequence[tuple[BarredArea, float]], *, city: str, forbidden: bool) -> Verdict:
    if site.city != city:
        where = f"lies outside {city}" if site.city == OUTSIDE else f"lies in {site.city}, not in {city}"
        return Verdict(site_id=site.id, verdict="barred", rule="plan area", reason=where)
    if forbidden:
        return _barred_by_user(site)
    if site.is_built:
        return Verdict(site_id=site.id, verdict="pass", rule="built", reason="the station stands already")
    for area, metres in borders:
        if metres <= 0:
            return _at_border(site, area, metres, verdict="barred", reason=area.reason)
    near = [(area, metres) for area, metres in borders if metres <= site.precision_m]
    if near:
        area, metres = min(near, key=lambda entry: entry[1])
        reason = f"{metres:,.0f} m outside, but the position is known to {site.precision_m:,.0f} m only: {area.reason}"
        return _at_border(site, area, metres, verdict="review", reason=reason)
    if site.precision_m > IMPRECISE_M:
        return Verdict(
            site_id=site.id,
            verdict="review",
            rule="position",
            reason=f"the position is known to {site.precision_m:,.0f} m only; survey it before anything is decided",
            remedy=f"survey it to {IMPRECISE_M:,.0f} m or better",
            remedy_zh=f"测量至误差不大于 {IMPRECISE_M:,.0f} m",
        )
    reason = "in no barred area; clearances to buildings not measured"
    return Verdict(site_id=site.id, verdict="pass", rule="barred areas", reason=reason)


def _barred_by_user(site: Site) -> Verdict:
    return Verdict(
        site_id=site.id,
        verdict="barred",
        rule="user",
        reason="forbidden by the user",
        remedy="take it off limits.forbidden, or clear its status",
        remedy_zh="从 limits.forbidden 中去掉，或清除其状态",
    )


def _at_border(
    site: Site, area: BarredArea, metres: float, *, verdict: Literal["barred", "review"], reason: str
) -> Verdict:
    """Say how far a site stands from a barred area, and how far it would have to."""
    away_m = site.precision_m - metres
    survey = ("", "") if metres <= 0 else (f", or survey it to {metres:,.0f} m", f"，或测量至误差小于 {metres:,.0f} m")
    return Verdict(
        site_id=site.id,
        verdict=verdict,
        rule=area.rule,
        reason=reason,
        measured_m=round(metres, 1),
        remedy=f"move away by more than {away_m:,.0f} m{survey[0]}",
        remedy_zh=f"再移开 {away_m:,.0f} m 以上{survey[1]}",
    )


def _refuse_forbidden_stations(sites: Sequence[Site], *, city: str, forbidden: frozenset[str]) -> None:
    faults = [
        Fault(
            where="limits.forbidden",
            column=site.id,
            message=f"{site.name} stands already",
            hint="a station that stands always stays; take its row out of the site table to plan without it",
        )
        for site in sites
        if site.id in forbidden and site.is_built and site.city == city
    ]
    if faults:
        raise InputError(faults)


def _refuse_barred_requirements(sites: Sequence[Site], verdicts: Sequence[Verdict], required: frozenset[str]) -> None:
    by_id: Mapping[str, Verdict] = {verdict.site_id: verdict for verdict in verdicts}
    names = {site.id: site.name for site in sites}
    faults = [
        Fault(
            where="limits.required",
            column=site_id,
            message=f"{names[site_id]} is barred by '{by_id[site_id].rule}': {by_id[site_id].reason}",
            hint="take it off the required list or change the rule",
        )
        for site_id in sorted(required)
        if by_id[site_id].verdict == "barred"
    ]
    if faults:
        raise InputError(faults)
