"""The siting screen: which sites may carry a new station, and the rule and metres behind every verdict.

The screen knows the plan's area, the user's marks, and polygons closed to new stations. Clearances to buildings are
not measured: no layer of buildings is part of the inputs, so a `pass` says no more than the rules named with it.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from h2plan.domain import Site, Verdict
from h2plan.errors import Fault, InputError
from h2plan.geo.layers import Area, signed_distances_m
from h2plan.scenario import BarredArea

IMPRECISE_M = 500.0
"""A position known worse than this never passes: no distance measured from it can be trusted."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Screening:
    """Sites that stay candidates, and the verdict on every site."""

    kept: tuple[Site, ...]
    verdicts: tuple[Verdict, ...]


def screen(
    sites: Sequence[Site],
    areas: Sequence[tuple[BarredArea, Sequence[Area]]],
    *,
    city: str,
    required: frozenset[str],
    forbidden: frozenset[str],
    drop_reviews: bool,
) -> Screening:
    """Set aside the sites that lie outside the plan, are forbidden, or stand in a barred area.

    Stations that stand always stay. A distance counts only if it is larger than the error of the position.

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
    _refuse_barred_requirements(sites, verdicts, required)
    stays = {"pass"} if drop_reviews else {"pass", "review"}
    kept = tuple(s for s, v in zip(sites, verdicts, strict=True) if v.verdict in stays or s.id in required)
    return Screening(kept=kept, verdicts=tuple(verdicts))


def _verdict(site: Site, borders: Sequence[tuple[BarredArea, float]], *, city: str, forbidden: bool) -> Verdict:
    if site.city != city:
        return Verdict(
            site_id=site.id, verdict="barred", rule="plan area", reason=f"lies in {site.city}, not in {city}"
        )
    if forbidden:
        return Verdict(site_id=site.id, verdict="barred", rule="user", reason="forbidden by the user")
    if site.is_built:
        return Verdict(site_id=site.id, verdict="pass", rule="built", reason="the station stands already")
    for area, metres in borders:
        if metres <= 0:
            return Verdict(
                site_id=site.id, verdict="barred", rule=area.rule, reason=area.reason, measured_m=round(metres, 1)
            )
    near = [(area, metres) for area, metres in borders if metres <= site.precision_m]
    if near:
        area, metres = min(near, key=lambda entry: entry[1])
        reason = f"{metres:,.0f} m outside, but the position is known to {site.precision_m:,.0f} m only: {area.reason}"
        return Verdict(site_id=site.id, verdict="review", rule=area.rule, reason=reason, measured_m=round(metres, 1))
    if site.precision_m > IMPRECISE_M:
        reason = f"the position is known to {site.precision_m:,.0f} m only; survey it before anything is decided"
        return Verdict(site_id=site.id, verdict="review", rule="position", reason=reason)
    reason = "in no barred area; clearances to buildings not measured"
    return Verdict(site_id=site.id, verdict="pass", rule="barred areas", reason=reason)


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
