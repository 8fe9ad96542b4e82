"""What a lost station, source or centre costs: the most that can still be served, found anew."""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Collection, Iterator, Mapping

from h2plan.plan._check_capital import all_usable_kg_per_d
from h2plan.plan._check_case import Case
from h2plan.plan._check_chain import ON_SITE, for_sale_kg_per_d
from h2plan.plan._check_finding import Finding, at_most, equal, holds
from h2plan.plan._check_flow import FROM, TO, Node, most_kg_per_d
from h2plan.plan._check_pressure import can_fill
from h2plan.plan._check_supply import Chain, read_chain
from h2plan.plan._check_travel import Travel
from h2plan.plan.network_rows import Loss

DUST_KG_PER_D = 1e-6
"""What delivers less is not used."""
Key = tuple[str, str]
"""What is lost, and its id."""


def losses_hold(case: Case, travel: Travel) -> Iterator[Finding]:
    """Each loss that is looked at is told once, with the most that can still be served, and who runs dry."""
    chain = read_chain(case)
    told = {(row.what, row.lost_id): row for row in case.plan.losses}
    yield holds("losses: each once", len(told) == len(case.plan.losses))
    wanted: set[Key] = set()
    if case.scenario.resilience is not None:
        wanted |= {("station", station.site_id) for station in case.plan.stations}
    if chain is not None and case.plan.deliveries:
        standing = {centre.site_id for centre in case.plan.centres}
        busy = {row.origin for row in case.plan.deliveries if row.kg_per_d > DUST_KG_PER_D and row.mode != ON_SITE}
        wanted |= {("centre" if name in standing else "source", name) for name in busy}
    for what, name in sorted(wanted ^ set(told)):
        yield holds(f"{what} {name}: looked at and told", False)
    for (what, name), row in sorted(told.items()):
        if (what, name) in wanted and what == "station":
            yield from _station(case, travel, row)
        elif (what, name) in wanted and chain is not None:
            yield from _supply(case, travel, chain, row)
    yield from _shares(case)


def _shares(case: Case) -> Iterator[Finding]:
    """A hard share is kept; lost and still served add up."""
    section = case.scenario.resilience
    if section is not None and section.loss_share_min is not None:
        for row in case.plan.losses:
            if row.what == "station":
                short = max(0.0, section.loss_share_min - row.still_share - 1e-6)
                yield at_most(f"station {row.lost_id}: share still served", short, 0.0)


def _sums(row: Loss, *, still_kg_per_d: float, total_kg_per_d: float, exact: bool) -> Iterator[Finding]:
    at = f"{row.what} {row.lost_id}"
    still = min(still_kg_per_d, total_kg_per_d)
    if exact:
        yield equal(f"{at}: still served", row.served_kg_per_d, still, scale=total_kg_per_d)
    else:  # trailers are limited: the flow is a bound
        yield at_most(f"{at}: still served", row.served_kg_per_d, still)
    lost = total_kg_per_d - row.served_kg_per_d
    yield equal(f"{at}: lost", row.lost_kg_per_d, lost, scale=total_kg_per_d)
    share = row.served_kg_per_d / total_kg_per_d if total_kg_per_d else 1.0
    yield equal(f"{at}: share", row.still_share, share)


def _station(case: Case, travel: Travel, row: Loss) -> Iterator[Finding]:
    """What the plan serves looks for another station in the wider reach."""
    capacity = {name: kg for name, kg in all_usable_kg_per_d(case).items() if name != row.lost_id}
    served: defaultdict[str, float] = defaultdict(float)
    for given in case.plan.allocations:
        served[given.demand_id] += given.kg_per_d
    arcs: dict[tuple[Node, Node], float] = {}
    for name, kg in served.items():
        arcs[FROM, ("row", name)] = kg
    for demand, site in travel.wider:
        if demand in served and site in capacity and can_fill(case, demand, site):
            arcs[("row", demand), ("at", site)] = served[demand]
    for site, kg in capacity.items():
        arcs[("at", site), TO] = kg
    total = math.fsum(served.values())
    yield from _sums(row, still_kg_per_d=most_kg_per_d(arcs), total_kg_per_d=total, exact=True)
    name = next(station.name for station in case.plan.stations if station.site_id == row.lost_id)
    yield holds(f"station {row.lost_id}: name", row.name == name and not row.runs_dry)


def _supply(case: Case, travel: Travel, chain: Chain, row: Loss) -> Iterator[Finding]:
    """Other sources send by what stands, and drivers go to any open station in their reach."""
    centres = {centre.site_id for centre in case.plan.centres}
    wanted = {name: entry.kg_per_d.base for name, entry in case.demand.items()}
    arcs = supply_arcs(case, travel, chain, lost=row.lost_id, centres=centres - {row.lost_id}, wanted=wanted)
    total = math.fsum(flow.kg_per_d for flow in case.plan.deliveries if flow.destination not in centres)
    exact = chain.section.trailers_max is None
    yield from _sums(row, still_kg_per_d=most_kg_per_d(arcs), total_kg_per_d=total, exact=exact)
    yield holds(f"{row.what} {row.lost_id}: who runs dry", row.runs_dry == _runs_dry(case, row.lost_id, centres))


def supply_arcs(
    case: Case, travel: Travel, chain: Chain, *, lost: str, centres: Collection[str], wanted: Mapping[str, float]
) -> dict[tuple[Node, Node], float]:
    """What may pass from sources through centres, ways and stations to demand, by demand id; `lost` is left out."""
    capacity = all_usable_kg_per_d(case)
    sold = {name: for_sale_kg_per_d(chain.section, row) for name, row in chain.sells.items() if name != lost}
    arcs: dict[tuple[Node, Node], float] = {(FROM, ("source", name)): kg for name, kg in sold.items()}
    arcs |= {(("into", name), ("out of", name)): chain.places[name].capacity_kg_per_d for name in centres}
    for key, most in chain.standing(case, travel).items():
        if lost not in key[:2]:
            tail, head = _ends(key, centres)
            arcs |= {(tail, ("link", *key)): most, (("link", *key), head): most}
    arcs |= {(("station", name), ("at", name)): kg for name, kg in capacity.items()}
    open_ways = [(row, site) for row, site in travel.within if site in capacity and can_fill(case, row, site)]
    arcs |= {(("at", site), ("row", row)): capacity[site] for row, site in open_ways}
    arcs |= {(("row", name), TO): kg for name, kg in wanted.items()}
    return arcs


def _ends(key: tuple[str, str, str], centres: Collection[str]) -> tuple[Node, Node]:
    """Where a way begins and ends: at a source or a centre, or made on site; at a centre or a station."""
    origin, destination, mode = key
    tail: Node = FROM if mode == ON_SITE else ("out of" if origin in centres else "source", origin)
    return tail, ("into" if destination in centres else "station", destination)


def _runs_dry(case: Case, lost: str, centres: Collection[str]) -> tuple[str, ...]:
    """Stations whose every kilogram comes from what is lost, or from a centre that nothing else feeds."""
    feeds: defaultdict[str, set[str]] = defaultdict(set)
    for row in case.plan.deliveries:
        if row.kg_per_d > DUST_KG_PER_D:
            feeds[row.destination].add(row.origin)
    dead = {lost, *(name for name in centres if feeds[name] and feeds[name] <= {lost})}
    fed: Mapping[str, set[str]] = {name: origins for name, origins in feeds.items() if name not in centres}
    return tuple(sorted(name for name, origins in fed.items() if origins <= dead))
