"""How the stations do under low, base and high demand: the most that can be served, found anew."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, Sequence

from h2plan.domain import Level
from h2plan.plan._check_capital import all_usable_kg_per_d
from h2plan.plan._check_case import Case
from h2plan.plan._check_finding import Finding, at_least, at_most, equal, holds
from h2plan.plan._check_flow import FROM, TO, Node, most_kg_per_d
from h2plan.plan._check_losses import supply_arcs
from h2plan.plan._check_pressure import can_fill
from h2plan.plan._check_supply import read_chain
from h2plan.plan._check_travel import Travel
from h2plan.plan.results import LevelFigures

LEVELS: tuple[Level, ...] = ("low", "base", "high")
LARGEST_KG_PER_D = 2e6
"""More at one place is no demand and no station, and more grams than the largest flow can count."""


def levels_hold(case: Case, travel: Travel) -> Iterator[Finding]:
    """At each level the figure is the most that the stations can serve; at base no less than the plan serves.

    Stations give what may be planned for in the year, of what the supply chain can bring where there is one.
    """
    plan = case.plan
    kg = [kg for row in plan.demand for kg in (row.kg_per_d.low, row.kg_per_d.base, row.kg_per_d.high)]
    kg += [station.capacity_kg_per_d for station in plan.stations]
    sensible = all(0 <= number <= LARGEST_KG_PER_D for number in kg)
    yield holds("levels: demand and capacity that a largest flow can be made of", sensible)
    if not sensible:
        return
    yield holds("levels: low, base, high", tuple(row.level for row in plan.figures.levels) == LEVELS)
    installed = math.fsum(station.capacity_kg_per_d for station in plan.stations)
    usable = all_usable_kg_per_d(case)
    for row in plan.figures.levels:
        wanted = {entry.id: entry.kg_per_d.at(row.level) for entry in plan.demand}
        total = math.fsum(wanted.values())
        yield equal(f"level {row.level}: demand", row.demand_kg_per_d, total)
        yield from _most(case, travel, row, wanted=wanted, usable=usable)
        yield equal(f"level {row.level}: served share", row.served_share, _ratio(row.served_kg_per_d, total))
        yield equal(f"level {row.level}: utilisation", row.utilisation, _ratio(row.served_kg_per_d, installed))
        if row.level == "base":
            within = math.fsum(min(station.dispensed_kg_per_d, usable[station.site_id]) for station in plan.stations)
            yield at_least("level base: no less than the plan serves", row.served_kg_per_d, within)


def _ratio(part: float, whole: float) -> float:
    return part / whole if whole else 0.0


def _most(
    case: Case, travel: Travel, row: LevelFigures, *, wanted: Mapping[str, float], usable: Mapping[str, float]
) -> Iterator[Finding]:
    chain, at = read_chain(case), f"level {row.level}: served"
    if chain is None:
        open_ways = [pair for pair in travel.within if pair[1] in usable and can_fill(case, *pair)]
        most = most_kg_per_d(_arcs(open_ways, wanted=wanted, usable=usable))
    else:
        centres = {centre.site_id for centre in case.plan.centres}
        most = most_kg_per_d(supply_arcs(case, travel, chain, lost="", centres=centres, wanted=wanted))
    if chain is not None and chain.section.trailers_max is not None:  # the flow is a bound
        yield at_most(at, row.served_kg_per_d, most)
    else:
        yield equal(at, row.served_kg_per_d, most)


def _arcs(
    open_ways: Sequence[tuple[str, str]], *, wanted: Mapping[str, float], usable: Mapping[str, float]
) -> Mapping[tuple[Node, Node], float]:
    arcs: dict[tuple[Node, Node], float] = {(FROM, ("row", name)): kg for name, kg in wanted.items()}
    arcs |= {(("row", name), ("at", site)): wanted.get(name, 0.0) for name, site in open_ways}
    arcs |= {(("at", site), TO): kg for site, kg in usable.items()}
    return arcs
