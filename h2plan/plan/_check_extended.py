"""How large a standing station may become, worked out anew: barred areas, siting law, what its table allows."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from h2plan.plan._check_case import Case
from h2plan.plan._check_law import law_anew
from h2plan.plan._check_places import distances_m, read_places


def largest_anew(case: Case, name: str) -> float | None:
    """Return the largest capacity to which the station of a place may be extended; None where nothing limits it."""
    return _largest(case).get(name)


def _largest(case: Case) -> Mapping[str, float | None]:
    """Every standing station with its largest capacity; 0 inside a barred area, and where the law leaves no size."""
    return case.once("extends to", lambda: _work_out(case))


def _work_out(case: Case) -> Mapping[str, float | None]:
    places = read_places(case, [verdict.site_id for verdict in case.whole.verdicts])
    standing = [rows[0] for rows in places.rows.values() if rows[0].is_built]
    sites = [replace(s, land=places.land(s.id), max_kg_per_d=places.max_kg_per_d(s.id)) for s in standing]
    law = law_anew(case, sites)
    areas = case.scenario.screen.barred
    inside = [[metres <= 0 for metres in distances_m(case, area.file, sites, crs=area.crs)] for area in areas]
    return {
        site.id: 0.0
        if any(layer[n] for layer in inside)
        else law[site.id].largest_kg_per_d
        if site.id in law
        else site.max_kg_per_d
        for n, site in enumerate(sites)
    }
