"""Where drivers who are free to choose would go if nobody told them, counted anew."""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Iterator, Mapping

from h2plan.plan._check_capital import usable_kg_per_d
from h2plan.plan._check_case import Case
from h2plan.plan._check_finding import Finding, equal, holds
from h2plan.plan._check_pressure import can_fill
from h2plan.plan._check_travel import Travel


def nearest_told(case: Case, travel: Travel) -> Iterator[Finding]:
    """Points go whole to the open station fewest minutes away, flows as the plan has them; each station is told."""
    told = {row.site_id: row for row in case.plan.nearest}
    stations = {station.site_id: station for station in case.plan.stations}
    yield holds("nearest: each station once", len(told) == len(case.plan.nearest) and set(told) == set(stations))
    sent = _sent(case, travel)
    for name, load in sorted(told.items()):
        if name in stations:
            usable = usable_kg_per_d(case, stations[name])
            kg = math.fsum(sent.get(name, ()))
            yield equal(f"{name}: planned", load.planned_kg_per_d, stations[name].dispensed_kg_per_d)
            yield equal(f"{name}: sent if all go to the nearest", load.nearest_kg_per_d, kg)
            yield equal(f"{name}: usable", load.usable_kg_per_d, usable)
            yield equal(f"{name}: overload", load.overload_kg_per_d, max(0.0, kg - usable), scale=usable)


def _sent(case: Case, travel: Travel) -> Mapping[str, list[float]]:
    stations = {station.site_id for station in case.plan.stations}
    flows = {row.id for row in case.plan.demand if row.origin}
    best: dict[str, tuple[float, str]] = {}
    for (demand, site), (minutes, _) in travel.within.items():
        if site in stations and demand not in flows and can_fill(case, demand, site):
            best[demand] = min(best.get(demand, (math.inf, "")), (minutes, site))
    sent: defaultdict[str, list[float]] = defaultdict(list)
    for demand, (_, site) in best.items():
        sent[site].append(case.demand[demand].kg_per_d.base)
    for given in case.plan.allocations:
        if given.demand_id in flows:
            sent[given.site_id].append(given.kg_per_d)
    return sent
