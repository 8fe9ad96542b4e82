"""What is still served when one station is lost, and where drivers would go if nobody told them."""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence

from h2plan.largest_flow import most_served
from h2plan.plan.network_rows import Loss, NearestLoad
from h2plan.plan.results import Allocation, DemandRow, Station


def station_losses(
    stations: Sequence[Station],
    demand: Sequence[DemandRow],
    reach: Mapping[str, Collection[str]],
    *,
    usable_kg_per_d: Mapping[str, float],
) -> tuple[Loss, ...]:
    """Return what each station costs when it is lost, worst first.

    The kilograms that the plan serves look for another station within `reach`, the wider one that holds meanwhile;
    every other station gives what may be planned for in that year. The most that finds one is a largest flow.
    """
    served = {row.id: row.served_kg_per_d for row in demand if row.served_kg_per_d > 0}
    total = math.fsum(served.values())
    losses = []
    for station in stations:
        left = {site: kg for site, kg in usable_kg_per_d.items() if site != station.site_id}
        still = min(total, most_served(served, left, reach))
        losses.append(
            Loss(
                what="station",
                lost_id=station.site_id,
                name=station.name,
                name_en=station.name_en,
                served_kg_per_d=still,
                lost_kg_per_d=total - still,
                still_share=still / total if total else 1.0,
            )
        )
    return tuple(sorted(losses, key=lambda loss: (loss.still_share, loss.lost_id)))


def nearest_loads(
    stations: Sequence[Station],
    demand: Sequence[DemandRow],
    allocations: Sequence[Allocation],
    travel: Mapping[tuple[str, str], tuple[float, float]],
    *,
    usable_kg_per_d: Mapping[str, float],
) -> tuple[NearestLoad, ...]:
    """Return what each station is sent if every point of demand goes whole to the open station fewest minutes away.

    Flows fill where the plan has them fill: their stops hang together. Who is under contract has one station in reach.
    """
    standing = {station.site_id for station in stations}
    near: defaultdict[str, list[tuple[float, str]]] = defaultdict(list)
    for (name, site), (minutes, _) in travel.items():
        if site in standing:
            near[name].append((minutes, site))
    flows = {row.id for row in demand if row.origin}
    sent: defaultdict[str, list[float]] = defaultdict(list)
    for row in demand:
        if row.id not in flows and near[row.id]:
            sent[min(near[row.id])[1]].append(row.kg_per_d.base)
    for given in allocations:
        if given.demand_id in flows:
            sent[given.site_id].append(given.kg_per_d)
    return tuple(
        _load(station, math.fsum(sent[station.site_id]), usable=usable_kg_per_d[station.site_id])
        for station in stations
    )


def _load(station: Station, kg: float, *, usable: float) -> NearestLoad:
    return NearestLoad(
        site_id=station.site_id,
        name=station.name,
        name_en=station.name_en,
        planned_kg_per_d=station.dispensed_kg_per_d,
        nearest_kg_per_d=kg,
        usable_kg_per_d=usable,
        overload_kg_per_d=max(0.0, kg - usable),
    )


def nearest_note(loads: Sequence[NearestLoad]) -> tuple[str, ...]:
    """Say how many stations would be overloaded if drivers were left alone."""
    over = [load for load in loads if load.overload_kg_per_d > 1e-6 * max(1.0, load.usable_kg_per_d)]
    if not over:
        return ()
    kg = math.fsum(load.overload_kg_per_d for load in over)
    worst = max(over, key=lambda load: (load.overload_kg_per_d, load.site_id))
    text = (
        f"if every driver went to the nearest station, {len(over)} of {len(loads)} would be asked for {kg:,.0f} kg/d "
        f"more than may be planned for, most at {worst.name} ({worst.overload_kg_per_d:,.0f} kg/d); "
        "the plan sends drivers where there is room"
    )
    return (text,)
