"""Serving: hydrogen is given once, at open stations only, and every sum agrees with its parts."""

from __future__ import annotations

import math
from collections.abc import Iterator

from h2plan.plan._check_case import Case
from h2plan.plan._check_finding import Finding, at_least, at_most, equal, holds
from h2plan.plan.results import DemandRow


def serve_only_from_open(case: Case) -> Iterator[Finding]:
    """Shares lie in 0..1, add up to at most 1 a row, and are served at open stations; kilograms follow from them."""
    plan = case.plan
    open_sites = {station.site_id for station in plan.stations}
    pairs = [(row.demand_id, row.site_id) for row in plan.allocations]
    yield holds("allocations: each pair once", len(set(pairs)) == len(pairs))
    share: dict[str, list[float]] = {}
    served: dict[str, list[float]] = {}
    for row in plan.allocations:
        at = f"{row.demand_id} at {row.site_id}"
        yield holds(f"{at}: open", row.site_id in open_sites)
        yield at_least(f"{at}: share", row.share, 0.0)
        yield at_most(f"{at}: share", row.share, 1.0)
        wanted = case.demand.get(row.demand_id)
        yield holds(f"{at}: a demand row", wanted is not None)
        if wanted is not None:
            yield equal(f"{at}: kg/d", row.kg_per_d, row.share * wanted.kg_per_d.base)
        share.setdefault(row.demand_id, []).append(row.share)
        served.setdefault(row.demand_id, []).append(row.kg_per_d)
    for wanted in plan.demand:
        yield from _row_sums(wanted, math.fsum(share.get(wanted.id, ())), math.fsum(served.get(wanted.id, ())))
    yield from _station_sums(case)


def _row_sums(wanted: DemandRow, share: float, served_kg_per_d: float) -> Iterator[Finding]:
    yield at_most(f"{wanted.id}: all shares", share, 1.0)
    yield equal(f"{wanted.id}: served kg/d", wanted.served_kg_per_d, served_kg_per_d)


def _station_sums(case: Case) -> Iterator[Finding]:
    for station in case.plan.stations:
        name, given = station.site_id, case.given.get(station.site_id, ())
        dispensed = math.fsum(row.kg_per_d for row in given)
        yield equal(f"{name}: dispensed kg/d", station.dispensed_kg_per_d, dispensed)
        yield holds(f"{name}: demand rows served", station.demand_served == len(given))
        yield holds(f"{name}: has a capacity", station.capacity_kg_per_d > 0)
        if station.capacity_kg_per_d > 0:
            yield equal(f"{name}: utilisation", station.utilisation, dispensed / station.capacity_kg_per_d)
