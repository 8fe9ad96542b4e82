"""From the decisions of one year to what stands, who is served where, and every figure recomputed from its parts."""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from typing import NamedTuple

from h2plan.costs import lcoh_cny_per_kg
from h2plan.domain import Site, StationSize
from h2plan.largest_flow import most_served
from h2plan.plan import levels, reasons
from h2plan.plan.building import SiteCapital
from h2plan.plan.equipped import equipment, open_to
from h2plan.plan.losses import nearest_loads, station_losses
from h2plan.plan.network_rows import Loss, NearestLoad, RuleOutcome
from h2plan.plan.outcomes import Measured, outcomes
from h2plan.plan.results import Allocation, DemandRow, DistrictRow, Figures, Station, YearPlan
from h2plan.plan.source_losses import Standing, most_served_kg_per_d, source_losses, standing
from h2plan.plan.supplied import Supplied, supplied
from h2plan.prepare import Prepared
from h2plan.problem import BUILT, YearDecisions
from h2plan.screen import IMPRECISE_M

SHARE_DIGITS = 9
"""Shares below half a billionth are solver dust."""


def assess_year(
    prepared: Prepared,
    decisions: YearDecisions,
    capital: Mapping[str, SiteCapital],
    usable_kg_per_d: Mapping[str, float],
    *,
    centres_open: Mapping[str, int],
) -> YearPlan:
    """Turn the decisions of one year into what stands, who is served where, and figures.

    `capital` tells what each new station has cost up to that year, `usable_kg_per_d` what each station may be planned
    for in it, `centres_open` when each storage centre opens.
    """
    allocations = _allocations(prepared, decisions)
    demand = _demand_rows(prepared, allocations)
    stations = _stations(prepared, decisions, allocations, demand, capital)
    dispensed = {station.site_id: station.dispensed_kg_per_d for station in stations}
    supply = supplied(prepared, decisions, dispensed, centres_open=centres_open)
    stands = _standing(prepared, decisions, usable_kg_per_d)
    ways = open_to(prepared.problem, decisions, prepared.travel)
    wider = open_to(prepared.problem, decisions, prepared.wider)
    owed = _owed(prepared, stations, demand, allocations, usable_kg_per_d=usable_kg_per_d, ways=ways, wider=wider)
    most = _most(prepared, stands, usable_kg_per_d, reach=_reach(ways))
    return YearPlan(
        period=prepared.period,
        stations=stations,
        demand=demand,
        allocations=allocations,
        districts=_districts(stations, demand),
        figures=_figures(prepared, stations, demand, allocations, supply=supply, most=most),
        deliveries=supply.deliveries,
        source_use=supply.sources,
        centres=supply.centres,
        losses=(*owed.losses, *source_losses(prepared, stands, supply.deliveries)),
        rules=owed.rules,
        nearest=owed.nearest,
        equipment=equipment(prepared, decisions, stations, allocations, capital=capital),
    )


def _standing(prepared: Prepared, decisions: YearDecisions, usable_kg_per_d: Mapping[str, float]) -> Standing | None:
    """Return what stands for recourse; None where supply is no part of the model."""
    supply = prepared.problem.supply
    if supply is None:
        return None
    return standing(prepared.problem, supply, decisions, usable_kg_per_d=usable_kg_per_d)


def _most(
    prepared: Prepared,
    stands: Standing | None,
    usable_kg_per_d: Mapping[str, float],
    *,
    reach: Mapping[str, Sequence[str]],
) -> levels.Most:
    """Return what finds the most that the stations can serve of some demand, with what can be brought to them."""
    supply = prepared.problem.supply
    if supply is not None and stands is not None:
        return lambda wanted: most_served_kg_per_d(stands, supply, wanted)
    return lambda wanted: most_served(wanted, usable_kg_per_d, reach)


Ways = Mapping[tuple[str, str], tuple[float, float]]
"""(demand id, site id) to (minutes, km)."""


class _Owed(NamedTuple):
    losses: tuple[Loss, ...]
    rules: tuple[RuleOutcome, ...]
    nearest: tuple[NearestLoad, ...]


def _owed(
    prepared: Prepared,
    stations: Sequence[Station],
    demand: Sequence[DemandRow],
    allocations: Sequence[Allocation],
    *,
    usable_kg_per_d: Mapping[str, float],
    ways: Ways,
    wider: Ways,
) -> _Owed:
    """Say what a lost station costs, how the policy is met, and where drivers would go by themselves."""
    scenario, usable = prepared.project.scenario, usable_kg_per_d
    reach, far = _reach(ways), _reach([*ways, *wider])
    lost = () if scenario.resilience is None else station_losses(stations, demand, far, usable_kg_per_d=usable)
    measured = Measured(
        stations=stations,
        demand=demand,
        unplaced=prepared.problem.limits.unplaced_built,
        reach=reach,
        losses=lost,
        operating_d_per_yr=scenario.finance.operating_d_per_yr,
    )
    loads = nearest_loads(stations, demand, allocations, ways, usable_kg_per_d=usable)
    return _Owed(losses=lost, rules=outcomes(prepared.problem.policy, measured), nearest=loads)


def _reach(pairs: Iterable[tuple[str, str]]) -> dict[str, list[str]]:
    reach: dict[str, list[str]] = defaultdict(list)
    for demand_id, site_id in pairs:
        reach[demand_id].append(site_id)
    return reach


def _allocations(prepared: Prepared, decisions: YearDecisions) -> tuple[Allocation, ...]:
    kg = {row.id: row.kg_per_d[prepared.period].base for row in prepared.demand.rows}
    travel = prepared.travel
    rows = []
    for (demand_id, site_id), exact in sorted(decisions.serve.items()):
        share = round(exact, SHARE_DIGITS)
        if share > 0:
            minutes, km = travel[demand_id, site_id]
            rows.append(
                Allocation(
                    demand_id=demand_id,
                    site_id=site_id,
                    share=share,
                    kg_per_d=share * kg[demand_id],
                    travel_min=minutes,
                    km=km,
                )
            )
    return tuple(rows)


def _demand_rows(prepared: Prepared, allocations: Sequence[Allocation]) -> tuple[DemandRow, ...]:
    served: dict[str, float] = defaultdict(float)
    for row in allocations:
        served[row.demand_id] += row.kg_per_d
    reached = {demand_id for demand_id, _ in prepared.travel}
    period = prepared.period
    rows = []
    for point in prepared.demand.points:
        nearest, minutes = prepared.nearest.get(point.id, ("", None))
        rows.append(
            DemandRow(
                id=point.id,
                place_id=point.place_id,
                name=point.name,
                name_en=point.name_en,
                kind=point.kind,
                district=point.district,
                vehicle_class=point.vehicle_class,
                vehicles=point.vehicles[period],
                kg_per_d=point.kg_per_d[period],
                served_kg_per_d=served[point.id],
                reached=point.id in reached,
                nearest_site=nearest,
                nearest_min=minutes,
                lon=point.lon,
                lat=point.lat,
                precision_m=point.precision_m,
                source=point.source,
                verified=point.verified,
            )
        )
    names = {end.id: end for end in prepared.demand.terminals}
    for flow in prepared.demand.flows:
        start, end = names[flow.origin], names[flow.destination]
        nearest, minutes = prepared.nearest.get(flow.id, ("", None))
        rows.append(
            DemandRow(
                id=flow.id,
                place_id="",
                name=f"{start.name} — {end.name}",
                name_en=f"{start.name_en or start.name} – {end.name_en or end.name}",
                kind="highways",
                district="",
                vehicle_class=flow.vehicle_class,
                vehicles=flow.vehicles[period],
                kg_per_d=flow.kg_per_d[period],
                served_kg_per_d=served[flow.id],
                reached=flow.id in reached,
                nearest_site=nearest,
                nearest_min=minutes,
                lon=None,
                lat=None,
                precision_m=None,
                origin=flow.origin,
                destination=flow.destination,
                route=prepared.routes[flow.id],
                source=flow.source,
                verified=flow.verified,
            )
        )
    return tuple(sorted(rows, key=lambda row: row.id))


def _stations(
    prepared: Prepared,
    decisions: YearDecisions,
    allocations: Sequence[Allocation],
    demand: Sequence[DemandRow],
    capital: Mapping[str, SiteCapital],
) -> tuple[Station, ...]:
    sites = {site.id: site for site in prepared.screening.kept}
    sizes = {size.id: size for size in prepared.sizes}
    at_site: dict[str, list[Allocation]] = defaultdict(list)
    for row in allocations:
        at_site[row.site_id].append(row)
    by_id = {row.id: row for row in demand}
    stations = [
        _station(
            prepared,
            sites[site_id],
            None if size_id == BUILT else sizes[size_id],
            at_site[site_id],
            by_id,
            capital=capital.get(site_id),
        )
        for site_id, size_id in decisions.open.items()
    ]
    return tuple(sorted(stations, key=lambda station: (not station.built, station.site_id)))


def _station(
    prepared: Prepared,
    site: Site,
    size: StationSize | None,
    allocations: Sequence[Allocation],
    demand: Mapping[str, DemandRow],
    *,
    capital: SiteCapital | None,
) -> Station:
    capacity_kg_per_d = size.capacity_kg_per_d if size is not None else site.built_kg_per_d
    assert capacity_kg_per_d is not None, f"{site.id} is open without a size"
    dispensed_kg_per_d = math.fsum(row.kg_per_d for row in allocations)
    delivery = prepared.delivery.get(site.id)
    why = reasons.why_here(site, allocations, demand)
    return Station(
        site_id=site.id,
        name=site.name,
        name_en=site.name_en,
        kind=site.kind,
        district=site.district,
        lon=site.lon,
        lat=site.lat,
        precision_m=site.precision_m,
        built=site.is_built,
        required=site.id in prepared.gathered.required,
        opens=prepared.period if capital is None else capital.opens,
        size_id=BUILT if size is None else size.id,
        capacity_kg_per_d=capacity_kg_per_d,
        dispensed_kg_per_d=dispensed_kg_per_d,
        utilisation=dispensed_kg_per_d / capacity_kg_per_d,
        capex_cny=0.0 if capital is None else capital.capex_cny,
        annual_cost_cny_per_yr=0.0 if capital is None else capital.annual_cost_cny_per_yr,
        demand_served=len(allocations),
        source_id=delivery.source_id if delivery else "",
        source_km=delivery.km if delivery else None,
        delivery_cny_per_kg=delivery.cny_per_kg if delivery else None,
        verdict=prepared.verdict_of[site.id].verdict,
        why=why.zh,
        why_en=why.en,
        verified=site.verified,
        assumptions=site.assumptions,
        source=site.source,
        owner=site.owner,
    )


def _districts(stations: Sequence[Station], demand: Sequence[DemandRow]) -> tuple[DistrictRow, ...]:
    names = sorted({s.district for s in stations} | {row.district for row in demand})
    return tuple(
        DistrictRow(
            district=name,
            stations=sum(s.district == name for s in stations),
            capacity_kg_per_d=math.fsum(s.capacity_kg_per_d for s in stations if s.district == name),
            demand_kg_per_d=math.fsum(row.kg_per_d.base for row in demand if row.district == name),
            served_kg_per_d=math.fsum(row.served_kg_per_d for row in demand if row.district == name),
        )
        for name in names
    )


def _figures(
    prepared: Prepared,
    stations: Sequence[Station],
    demand: Sequence[DemandRow],
    allocations: Sequence[Allocation],
    *,
    supply: Supplied,
    most: levels.Most,
) -> Figures:
    scenario = prepared.project.scenario
    total = math.fsum(row.kg_per_d.base for row in demand)
    served = math.fsum(row.kg_per_d for row in allocations)
    unreached = math.fsum(row.kg_per_d.base for row in demand if not row.reached)
    capacity = math.fsum(s.capacity_kg_per_d for s in stations)
    station_cost = math.fsum(s.annual_cost_cny_per_yr for s in stations)
    access_price = prepared.access_cny_per_kg
    days = scenario.finance.operating_d_per_yr
    access = days * math.fsum(access_price[row.demand_id, row.site_id] * row.kg_per_d for row in allocations)
    shortfall = days * scenario.finance.shortfall_cny_per_kg * (total - served)
    flows = {row.id for row in demand if row.origin}
    unplaced = prepared.problem.limits.unplaced_built
    built = sum(s.built for s in stations)
    shaky = {s.site_id for s in stations if s.precision_m > IMPRECISE_M or s.verified == "no"}
    return Figures(
        stations=len(stations) + unplaced,
        stations_built=built + unplaced,
        stations_unplaced=unplaced,
        stations_new=len(stations) - built,
        vehicles=math.fsum(row.vehicles for row in demand),
        demand_kg_per_d=total,
        served_kg_per_d=served,
        unserved_kg_per_d=total - unreached - served,
        unreached_kg_per_d=unreached,
        served_share=served / total if total else 0.0,
        capacity_kg_per_d=capacity,
        utilisation=served / capacity if capacity else 0.0,
        capex_cny=math.fsum(s.capex_cny for s in stations),
        station_cost_cny_per_yr=station_cost,
        access_cost_cny_per_yr=access,
        shortfall_cost_cny_per_yr=shortfall,
        annual_cost_cny_per_yr=station_cost + access + shortfall + supply.cost_cny_per_yr,
        **_supply_figures(prepared, supply, station_cost_cny_per_yr=station_cost, kg_per_yr=served * days),
        station_cost_cny_per_kg=station_cost / (served * days) if served else 0.0,
        mean_travel_min=_mean_min([row for row in allocations if row.demand_id not in flows]),
        mean_detour_min=_mean_min([row for row in allocations if row.demand_id in flows]),
        kg_on_presumed_or_imprecise=math.fsum(row.kg_per_d for row in allocations if row.site_id in shaky),
        levels=tuple(levels.figures_at(level, demand, stations, most) for level in ("low", "base", "high")),
    )


def _supply_figures(
    prepared: Prepared, supply: Supplied, *, station_cost_cny_per_yr: float, kg_per_yr: float
) -> dict[str, float | None]:
    """Return the figures of supply; those that nobody asked for stay None."""
    if prepared.problem.supply is None:
        return {}
    capex = {link.key: link.capex_cny for link in prepared.problem.supply.links}
    laid = [capex[row.origin, row.destination, row.mode] for row in supply.deliveries]
    cost = supply.cost_cny_per_yr
    return {
        "supply_cost_cny_per_yr": cost,
        "supply_cost_other_cny_per_yr": supply.other_cost_cny_per_yr,
        "supply_capex_cny": math.fsum([*laid, *(centre.capex_cny for centre in supply.centres)]),
        "supply_cost_cny_per_kg": cost / kg_per_yr if kg_per_yr else None,
        "lcoh_cny_per_kg": lcoh_cny_per_kg(station_cost_cny_per_yr, cost, kg_per_yr=kg_per_yr) if kg_per_yr else None,
        "trailers": math.fsum(row.trailers for row in supply.deliveries),
    }


def _mean_min(allocations: Sequence[Allocation]) -> float:
    kg = math.fsum(row.kg_per_d for row in allocations)
    return math.fsum(row.kg_per_d * row.travel_min for row in allocations) / kg if kg else 0.0
