"""Reach: nobody is served farther away than the limits allow, and who counts as unreached really is."""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Iterator

from h2plan.plan._check_case import Case
from h2plan.plan._check_finding import Finding, at_most, equal, holds
from h2plan.plan._check_travel import Travel

DIFFERENCE_SCALE_MIN = 60.0
"""A detour is a difference of trips of hours: its rounding is measured against an hour."""


def serve_within_reach(case: Case, travel: Travel) -> Iterator[Finding]:
    """Minutes and km of every allocation are those of the roads, and within the radius or the detour allowed;
    who is under contract fills at its station, however far."""
    limits = case.scenario.limits
    metric, radius = limits.radius
    for row in case.plan.allocations:
        at = f"{row.demand_id} to {row.site_id}"
        way = travel.way((row.demand_id, row.site_id))
        wanted = case.demand.get(row.demand_id)
        yield holds(f"{at}: a way", way is not None)
        if way is None or wanted is None:
            continue
        minutes, km = way
        if wanted.origin:
            yield at_most(f"{at}: detour", minutes, limits.detour_max_min)
        elif wanted.id in travel.held:
            yield holds(f"{at}: the station of its contract", (row.demand_id, row.site_id) in travel.within)
        else:
            yield at_most(f"{at}: radius", minutes if metric == "min" else km, radius)
        scale = DIFFERENCE_SCALE_MIN if wanted.origin else 0.0
        yield equal(f"{at}: minutes", row.travel_min, minutes, scale=scale)
        yield equal(f"{at}: km", row.km, km, scale=scale)


def unreached_have_no_site(case: Case, travel: Travel) -> Iterator[Finding]:
    """A row counts as reached if and only if a candidate is in reach; an unreached point names how far it is."""
    reached = {demand for demand, _ in travel.within}
    candidates = {row.site_id for row in case.plan.candidates}
    for row in case.plan.demand:
        yield holds(f"{row.id}: in reach of a site", row.reached == (row.id in reached))
        minutes = travel.nearest_min.get(row.id)
        yield holds(f"{row.id}: minutes to the nearest site given", (row.nearest_min is None) == (minutes is None))
        named = row.nearest_site in candidates if minutes is not None else row.nearest_site == ""
        yield holds(f"{row.id}: nearest site", named)
        if row.nearest_min is not None and minutes is not None:
            yield equal(f"{row.id}: minutes to the nearest site", row.nearest_min, minutes)
        if not row.reached:
            yield holds(f"{row.id}: unreached and not served", row.served_kg_per_d == 0)
    if case.plan.period == case.whole.period:
        yield from _candidates_reach(case, travel)


def _candidates_reach(case: Case, travel: Travel) -> Iterator[Finding]:
    """A candidate's demand in reach in the last year, and what of it is unserved, are sums over the rows there."""
    reach, left = defaultdict(list), defaultdict(list)
    for demand, name in travel.within:
        row = case.demand[demand]
        reach[name].append(row.kg_per_d.base)
        left[name].append(max(0.0, row.kg_per_d.base - row.served_kg_per_d))
    for site in case.plan.candidates:
        name = site.site_id
        yield equal(f"{name}: demand in reach", site.reach_kg_per_d or 0.0, math.fsum(reach[name]))
        yield equal(f"{name}: of this unserved", site.left_kg_per_d or 0.0, math.fsum(left[name]), scale=1.0)
