"""How the same stations do under low, base and high demand: the largest flow of hydrogen they can hand out."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from h2plan.domain import Level
from h2plan.largest_flow import most_served
from h2plan.plan.results import DemandRow, LevelFigures, Station


def figures_at(
    level: Level,
    demand: Sequence[DemandRow],
    stations: Sequence[Station],
    reach: Mapping[str, Sequence[str]],
    *,
    utilisation_max: float,
) -> LevelFigures:
    """Return the most kg/d that the stations can serve at a level of demand.

    A transport problem: demand row to station where in reach, capacity x utilisation_max at each station, solved as a
    maximum flow (Dinic 1970) in small whole units. `reach` maps demand ids to the site ids within reach.
    """
    wanted = {row.id: row.kg_per_d.at(level) for row in demand}
    capacity = {station.site_id: station.capacity_kg_per_d * utilisation_max for station in stations}
    served = most_served(wanted, capacity, reach)
    total = sum(wanted.values())
    installed = sum(station.capacity_kg_per_d for station in stations)
    return LevelFigures(
        level=level,
        demand_kg_per_d=total,
        served_kg_per_d=served,
        served_share=served / total if total else 0.0,
        utilisation=served / installed if installed else 0.0,
    )
