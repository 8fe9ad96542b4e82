"""What is bought, brought and kept ready in one year of a plan: deliveries, sources, centres, and their money."""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Collection, Mapping
from dataclasses import dataclass

from h2plan.delivering import DeliveryLink, Supply
from h2plan.plan.network_rows import Centre, SourceUse, SupplyFlow
from h2plan.prepare import Prepared
from h2plan.problem import YearDecisions
from h2plan.supplying import LinkKey

Flows = Mapping[LinkKey, float]


@dataclass(frozen=True, slots=True, kw_only=True)
class Supplied:
    """The supply of one year."""

    deliveries: tuple[SupplyFlow, ...] = ()
    sources: tuple[SourceUse, ...] = ()
    centres: tuple[Centre, ...] = ()
    cost_cny_per_yr: float = 0.0
    other_cost_cny_per_yr: float | None = None
    """The same deliveries by the second fit of what delivery costs."""


def supplied(
    prepared: Prepared,
    decisions: YearDecisions,
    dispensed_kg_per_d: Mapping[str, float],
    *,
    centres_open: Mapping[str, int],
) -> Supplied:
    """Turn the deliveries of one year into rows and money; nothing where supply is no part of the model.

    `centres_open` gives the year in which each centre opens.
    """
    supply, chain = prepared.problem.supply, prepared.chain
    if supply is None or chain is None:
        return Supplied()
    flows = trimmed(supply, decisions.deliver, dispensed_kg_per_d)
    links = {link.key: link for link in supply.links}
    deliveries = tuple(_flow(links[key], kg) for key, kg in sorted(flows.items()))
    sources = _source_rows(prepared, supply, flows)
    centres = _centre_rows(prepared, supply, decisions, flows, centres_open)
    days = prepared.project.scenario.finance.operating_d_per_yr
    other = chain.other_cny_per_kg(links[key] for key in flows)
    return Supplied(
        deliveries=deliveries,
        sources=sources,
        centres=centres,
        cost_cny_per_yr=cost_cny_per_yr(deliveries, sources, centres, days),
        other_cost_cny_per_yr=cost_cny_per_yr(deliveries, sources, centres, days, other) if chain.has_other else None,
    )


def trimmed(supply: Supply, deliver: Flows, dispensed_kg_per_d: Mapping[str, float]) -> dict[LinkKey, float]:
    """Bring deliveries to the exact kilograms: a solver balances to a tolerance, a plan to the last digit.

    What reaches a station is scaled to what it dispenses, then what reaches a centre to what it hands on.
    """
    centres = {centre.id for centre in supply.centres}
    to_stations = {key: kg for key, kg in deliver.items() if key[1] not in centres}
    found = _scaled(to_stations, dispensed_kg_per_d)
    out: dict[str, float] = defaultdict(float)
    for (origin, _, _), kg in found.items():
        out[origin] += kg
    found.update(_scaled({key: kg for key, kg in deliver.items() if key[1] in centres}, out))
    return found


def _scaled(flows: Flows, wanted: Mapping[str, float]) -> dict[LinkKey, float]:
    into: dict[str, list[float]] = defaultdict(list)
    for (_, destination, _), kg in flows.items():
        into[destination].append(kg)
    total = {name: math.fsum(kg) for name, kg in into.items()}
    return {
        key: kg * wanted.get(key[1], 0.0) / total[key[1]] if total[key[1]] > 0 else 0.0 for key, kg in flows.items()
    }


def cost_cny_per_yr(
    deliveries: tuple[SupplyFlow, ...],
    sources: tuple[SourceUse, ...],
    centres: tuple[Centre, ...],
    days: float,
    other: Mapping[LinkKey, float] | None = None,
) -> float:
    """Add up hydrogen bought, hydrogen brought, links laid and centres that stand."""
    bought = math.fsum(row.sold_kg_per_d * row.price_cny_per_kg for row in sources)
    brought = math.fsum(
        row.kg_per_d * (row.cny_per_kg if other is None else other[row.origin, row.destination, row.mode])
        for row in deliveries
    )
    kept = [row.fixed_cny_per_yr for row in deliveries] + [row.annual_cost_cny_per_yr for row in centres]
    return days * (bought + brought) + math.fsum(kept)


def _flow(link: DeliveryLink, kg_per_d: float) -> SupplyFlow:
    return SupplyFlow(
        origin=link.origin,
        destination=link.destination,
        mode=link.mode,
        kg_per_d=kg_per_d,
        km=link.km,
        cny_per_kg=link.cny_per_kg,
        fixed_cny_per_yr=link.fixed_cny_per_yr,
        trailers=link.trailers_per_kg_per_d * kg_per_d,
    )


def _source_rows(prepared: Prepared, supply: Supply, flows: Flows) -> tuple[SourceUse, ...]:
    """One row a source with its share of the stations: straight, or through a centre that it feeds."""
    places = {source.id: source for source in prepared.sources}
    chain = prepared.chain
    assert chain is not None
    rows = []
    for terms in supply.sources:
        row = chain.tables.output_of(terms.id, prepared.period)
        assert row is not None, f"{terms.id} sells before its first year"
        rows.append(
            SourceUse(
                source_id=terms.id,
                name=places[terms.id].name,
                name_en=places[terms.id].name_en,
                available_kg_per_d=terms.available_kg_per_d,
                sold_kg_per_d=math.fsum(kg for (origin, _, _), kg in flows.items() if origin == terms.id),
                price_cny_per_kg=terms.price_cny_per_kg,
                stations=len(fed_by(flows, terms.id, centres={centre.id for centre in supply.centres})),
                verified=row.verified,
            )
        )
    return tuple(rows)


def fed_by(flows: Flows, origin: str, *, centres: Collection[str]) -> frozenset[str]:
    """Return the stations that get hydrogen from a source or centre, straight or through a centre."""
    beyond = {key[1] for key, kg in flows.items() if key[0] == origin and kg > 0}
    through = beyond & set(centres)
    return frozenset(beyond - through | {key[1] for key, kg in flows.items() if key[0] in through and kg > 0})


def _centre_rows(
    prepared: Prepared, supply: Supply, decisions: YearDecisions, flows: Flows, opens: Mapping[str, int]
) -> tuple[Centre, ...]:
    chain = prepared.chain
    assert chain is not None
    terms = {centre.id: centre for centre in supply.centres}
    return tuple(
        Centre(
            site_id=place.id,
            name=place.name,
            name_en=place.name_en,
            district=place.district,
            lon=place.lon,
            lat=place.lat,
            precision_m=place.precision_m,
            opens=opens[place.id],
            built=place.built,
            capacity_kg_per_d=place.capacity_kg_per_d,
            handled_kg_per_d=math.fsum(kg for (origin, _, _), kg in flows.items() if origin == place.id),
            capex_cny=terms[place.id].capex_cny,
            annual_cost_cny_per_yr=terms[place.id].annual_cost_cny_per_yr,
        )
        for place in chain.tables.centres
        if place.id in decisions.centres
    )
