"""The supply chain read anew: what each source sells in a year, where centres may stand, what each delivery costs."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace

from h2plan.domain import StorageCentre
from h2plan.errors import InputError
from h2plan.geo import access, travel
from h2plan.plan._check_case import Case
from h2plan.scenario_supply import ChainSection
from h2plan.tables.rows import DeliveryCostRow, DeliveryModeRow, SourceOutputRow, StorageCentreRow

ON_SITE = "on_site"
Pair = tuple[str, str]


@dataclass(frozen=True, slots=True, kw_only=True)
class Way:
    """One chosen mode of delivery with its cost."""

    mode: DeliveryModeRow
    cost: DeliveryCostRow
    other: DeliveryCostRow | None
    """A second fit of the cost, for comparison."""

    def takes(self, *, to_centre: bool) -> bool:
        return self.mode.to == "any" or (self.mode.to == "centre") == to_centre


@dataclass(frozen=True, slots=True, kw_only=True)
class Priced:
    """What one delivery may carry and costs."""

    cny_per_kg: float
    other_cny_per_kg: float
    """By the second fit; the same where there is none."""
    max_kg_per_d: float
    capex_cny: float
    fixed_cny_per_yr: float
    trailers_per_kg_per_d: float


def chain_of(case: Case) -> ChainSection | None:
    """The supply chain of the scenario; None where supply is no part of the model."""
    supply = case.scenario.supply
    return None if supply is None else supply.chain


def ways(case: Case, chain: ChainSection) -> list[Way]:
    """The modes that the plan may use."""
    modes = {row.id: row for row in case.table(chain.modes, DeliveryModeRow)}
    costs = {row.id: row for row in case.table(chain.costs, DeliveryCostRow)}
    fits = [name for choice in chain.delivery for name in (choice.cost, choice.other_cost) if name is not None]
    unknown = [choice.use for choice in chain.delivery if choice.use not in modes]
    unknown += [name for name in fits if name not in costs]
    if unknown:
        raise InputError(f"'{unknown[0]}' stands in no table", where="supply.chain.delivery")
    return [
        Way(
            mode=modes[choice.use],
            cost=costs[choice.cost],
            other=None if choice.other_cost is None else costs[choice.other_cost],
        )
        for choice in chain.delivery
    ]


def centres(case: Case, chain: ChainSection) -> Mapping[str, StorageCentreRow]:
    """Places where a centre may stand."""
    if chain.centres is None:
        return {}
    rows = case.table(chain.centres, StorageCentreRow, in_region=True, crs=chain.centres_crs)
    return {row.id: row for row in rows if row.status != "forbidden"}


def outputs(case: Case, chain: ChainSection) -> Mapping[str, SourceOutputRow]:
    """Source to its row in force in the year of the case; those that give nothing yet are left out."""
    in_force: dict[str, SourceOutputRow] = {}
    for row in sorted(case.table(chain.output, SourceOutputRow), key=lambda row: row.period):
        if row.period <= case.plan.period:
            in_force[row.source_id] = row
    return in_force


def for_sale_kg_per_d(chain: ChainSection, row: SourceOutputRow) -> float:
    """What is made less what is used, no more than is purified, no more than the bays can load."""
    purified = row.purified_kg_per_d
    if chain.level == "low" and row.purified_low_kg_per_d is not None:
        purified = row.purified_low_kg_per_d
    free = row.gross_kg_per_d - (0.0 if row.captive_kg_per_d is None else row.captive_kg_per_d)
    return min(free, purified, row.trailer_bay_kg_per_d)


def recovery(rate: float, years: float) -> float:
    """Capital recovery factor r / (1 - (1 + r)^-n)."""
    return rate / (1 - (1 + rate) ** -years) if rate > 0 else 1 / years


def priced(case: Case, chain: ChainSection, way: Way, *, km: float, to_centre: bool) -> Priced:
    """Cost by the straight line of the table, a pipe's capital by its length, vehicles by their cycle."""
    mode = way.mode
    fence = mode.mode == "pipeline" and not to_centre and km <= chain.over_the_fence_km
    capex = 0.0 if fence else mode.capex_cny + km * mode.capex_cny_per_km
    yearly = 0.0
    if mode.life_yr is not None:
        yearly = recovery(case.scenario.finance.discount_rate, mode.life_yr) + mode.opex_share_per_yr
    busy = 0.0
    if mode.payload_kg is not None and mode.speed_km_per_h is not None and mode.hours_per_d is not None:
        cycle_h = 2 * km / mode.speed_km_per_h + (mode.handling_h or 0.0)
        busy = cycle_h / mode.hours_per_d / mode.payload_kg
    return Priced(
        cny_per_kg=_on_line(way.cost, km),
        other_cny_per_kg=_on_line(way.other or way.cost, km),
        max_kg_per_d=chain.over_the_fence_kg_per_d if fence else mode.max_kg_per_d,
        capex_cny=capex,
        fixed_cny_per_yr=capex * yearly,
        trailers_per_kg_per_d=busy,
    )


def _on_line(cost: DeliveryCostRow, km: float) -> float:
    """Cost a kg on the straight line through two points; flat where there is one."""
    slope = 0.0
    if cost.far_km is not None and cost.far_cny_per_kg is not None and cost.far_km != cost.near_km:
        slope = (cost.far_cny_per_kg - cost.near_cny_per_kg) / (cost.far_km - cost.near_km)
    return cost.near_cny_per_kg + slope * (km - cost.near_km)


def centre_key(name: str) -> str:
    """A centre may carry the id of a site or a source."""
    return f"centre:{name}"


def centre_places(case: Case) -> list[StorageCentre]:
    """Centres as places to tie to the roads."""
    chain = chain_of(case)
    rows = centres(case, chain) if chain is not None else {}
    return [replace(row.to_centre(), id=centre_key(name)) for name, row in rows.items()]


def chain_km(
    case: Case, connected: access.Connected, *, sites: Sequence[str], closed: Mapping[str, Collection[str]]
) -> dict[Pair, float]:
    """Road km from each source and centre to each site and centre, open to vehicles with hydrogen.

    `sites` and the ends of the result are ids as the plan has them.
    """
    chain, supply = chain_of(case), case.scenario.supply
    if chain is None or supply is None:
        return {}
    if supply.truck_class not in closed:
        raise InputError(f"'{supply.truck_class}' is no vehicle class", where="supply.truck_class")
    placed = {source.id for source in case.sources}
    names = sorted(placed & {row.source_id for row in case.table(chain.output, SourceOutputRow)})
    ends = {centre_key(name): name for name in centres(case, chain)}
    origins = {**{f"source:{name}": name for name in names}, **ends}
    targets = {**{f"site:{name}": name for name in sites}, **ends}
    reach = travel.measure(
        connected,
        list(origins),
        targets=list(targets),
        limit=max((way.mode.radius_km for way in ways(case, chain)), default=0.0),
        metric="km",
        closed=frozenset(closed[supply.truck_class]) | set(chain.hazmat_closed),
    )
    return {(origins[a], targets[b]): km for (a, b), (_, km) in reach.by_ids().items()}
