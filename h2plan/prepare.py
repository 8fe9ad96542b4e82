"""From a scenario to a problem: read, screen, measure the roads, frame. No solver is needed for any of it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property

import numpy as np

from h2plan import contracts, road_options, supplying
from h2plan.costs import annual_station_cost_cny
from h2plan.deciding import decide
from h2plan.demand._fleet import Fleet
from h2plan.domain import Demand, DemandPoint, Site, SizeEquipment, Source, StationSize, Verdict
from h2plan.domain_roads import TruckRule
from h2plan.equipping import Gear, equip, hours_notes, pressure_notes
from h2plan.errors import InputError
from h2plan.framing import DemandRowIn, Reach, bind, frame
from h2plan.geo import fit, roads, routes
from h2plan.geo.crs import geodesic_km
from h2plan.inputs import Inputs, Say, read_inputs, silent
from h2plan.measuring import Delivery, Measured, measure
from h2plan.phasing import phase
from h2plan.problem import Floats, Limits, Problem
from h2plan.project import Project
from h2plan.promises import Ground, closed_to_builders, owing
from h2plan.scenario import Scenario
from h2plan.screen import Screening
from h2plan.screen.run import notes_of, screen_places
from h2plan.sites import _gather as sites_gather
from h2plan.supplying import Chain

WITH_SUPPLY = frozenset({"network_design"})
"""Models that know what sources sell and how hydrogen reaches the stations."""
WITH_EQUIPMENT = frozenset({"network_design"})
"""Models that know who fills at 70 MPa and where that is given, and what a station gives in its busiest hour."""
SEVERAL_YEARS = frozenset({"network_design"})
"""Models that plan several years together."""
MEASURED_SITES = 2_000
"""The distances between more sites than this are measured only where a limit asks for them."""


@dataclass(frozen=True, kw_only=True)
class Prepared:
    """Everything between the input files and the model."""

    project: Project
    period: int
    gathered: sites_gather.Gathered
    screening: Screening
    demand: Demand
    fleet: Fleet
    sizes: tuple[StationSize, ...]
    size_cost_cny_per_yr: Mapping[str, float]
    network: roads.RoadNetwork
    rules: tuple[TruckRule, ...]
    travel: Mapping[tuple[str, str], tuple[float, float]]
    """(demand id, site id) in reach to (minutes, km): one way for points, the detour for flows."""
    routes: Mapping[str, tuple[str, ...]]
    """Flow id to the links of its route."""
    link_kg_per_d: Mapping[str, float]
    nearest: Mapping[str, tuple[str, float]]
    """Demand out of reach to its nearest site and the minutes there."""
    sources: tuple[Source, ...]
    delivery: Mapping[str, Delivery]
    chain: Chain | None
    """Sources, centres and ways of delivery; None where supply is no part of the model."""
    problem: Problem
    """Of the last period, with those before in it."""
    notes: tuple[str, ...]
    earlier: tuple[Prepared, ...] = ()
    """The periods before this one, in order, each as if it stood for itself."""
    equipment: Mapping[str, SizeEquipment] = field(default_factory=dict)
    """By size; empty where what stations are equipped with is set aside."""
    wider: Mapping[tuple[str, str], tuple[float, float]] = field(default_factory=dict)
    """The same as `travel` while a station is lost; empty where that is not looked at."""

    @property
    def years(self) -> tuple[Prepared, ...]:
        """Every period in order, this one last."""
        return (*self.earlier, self)

    @cached_property
    def verdict_of(self) -> Mapping[str, Verdict]:
        return {verdict.site_id: verdict for verdict in self.screening.verdicts}

    @cached_property
    def access_cny_per_kg(self) -> Mapping[tuple[str, str], float]:
        pairs, demand, sites = self.problem.pairs, self.problem.demand_ids, self.problem.sites.ids
        return {
            (demand[i], sites[j]): float(price)
            for i, j, price in zip(pairs.demand, pairs.site, pairs.access_cny_per_kg, strict=True)
        }


def prepare(project: Project, *, say: Say = silent) -> Prepared:
    """Read every table, screen the sites, measure travel, and frame the problem of every period as one.

    Raises:
        InputError: any fault of an input, with file, row, column, value and hint.
    """
    scenario = project.scenario
    _check_years(project)
    _check_supply(project)
    _check_hours(project)
    inputs = read_inputs(project, say=say)
    gathered, _ = road_options.halved(project, inputs.gathered, inputs.network)
    say("screen")
    screening = screen_places(project, gathered, areas=inputs.areas, law=inputs.law, sizes=inputs.sizes)
    contracts.check_contracts(inputs.fleet, known=gathered.ids, where=scenario.fleet.operators or "fleet.operators")
    _check_contract_sizes(scenario, inputs, screening, known=gathered.ids)
    costs = {size.id: annual_station_cost_cny(size, scenario.finance.discount_rate) for size in inputs.sizes}
    measured: dict[int, Measured] = {}
    years: list[Prepared] = []
    for period in scenario.periods:
        network = inputs.networks[period]
        if id(network) not in measured:
            measured[id(network)] = measure(project, inputs, network=network, sites=screening.kept, say=say)
        ways = measured[id(network)]
        years.append(
            _prepared(project, inputs, ways, period=period, gathered=gathered, screening=screening, costs=costs)
        )
    if len(years) == 1:
        return years[0]
    decided = decide(project, screening.kept, known=gathered.ids, sizes=inputs.sizes, verdicts=screening.verdicts)
    phasing = phase(project, screening.kept, known=gathered.ids, decided=decided)
    problem = bind([year.problem for year in years], phasing)
    return replace(years[-1], problem=problem, earlier=tuple(years[:-1]))


def _check_contract_sizes(scenario: Scenario, inputs: Inputs, screening: Screening, *, known: frozenset[str]) -> None:
    """Refuse contracts beyond the largest station that may stand where they hold."""
    top = max((size.capacity_kg_per_d for size in inputs.sizes), default=0.0)
    may_grow = scenario.phased.extend_standing
    legal = {site.id: min(top, np.inf if site.max_kg_per_d is None else site.max_kg_per_d) for site in screening.kept}
    largest = {
        site.id: max(site.built_kg_per_d or 0.0, 0.0 if site.is_built and not may_grow else legal[site.id])
        for site in screening.kept
    }
    contracts.refuse_too_large(
        contracts.captive(inputs.demand.points, known=known),
        largest,
        periods=scenario.periods,
        utilisation_max=scenario.limits.utilisation_max,
        where=scenario.fleet.operators or "fleet.operators",
    )


def _check_supply(project: Project) -> None:
    """Refuse supply as a part of a model that knows none."""
    scenario = project.scenario
    supply = scenario.supply
    if supply is not None and supply.chain is not None and scenario.model.use not in WITH_SUPPLY:
        hint = f"take supply.chain out of the scenario, or use {', '.join(sorted(WITH_SUPPLY))}"
        raise InputError(f"the model {scenario.model.use} takes no part of supply; {hint}", where="supply.chain")


def _check_hours(project: Project) -> None:
    """Refuse the busiest hour as a limit of a model that knows none."""
    scenario = project.scenario
    if scenario.limits.peak_hour and scenario.model.use not in WITH_EQUIPMENT:
        hint = f"set it to false, or use {', '.join(sorted(WITH_EQUIPMENT))}"
        message = f"the model {scenario.model.use} looks at no hours; {hint}"
        raise InputError(message, where="limits.peak_hour")


def _check_years(project: Project) -> None:
    """Refuse several years where the model knows one."""
    scenario = project.scenario
    if len(scenario.periods) > 1 and scenario.model.use not in SEVERAL_YEARS:
        years, models = ", ".join(map(str, scenario.periods)), ", ".join(sorted(SEVERAL_YEARS))
        hint = f"leave one year in the scenario, or use {models}"
        raise InputError(f"{years}: the model {scenario.model.use} plans one year at a time; {hint}", where="periods")


def _prepared(
    project: Project,
    inputs: Inputs,
    ways: Measured,
    *,
    period: int,
    gathered: sites_gather.Gathered,
    screening: Screening,
    costs: Mapping[str, float],
) -> Prepared:
    """Put together what one period needs."""
    demand = inputs.demand
    problem = _frame(project, period, sites=screening.kept, gathered=gathered, inputs=inputs, costs=costs, ways=ways)
    ground = Ground(
        project=project,
        period=period,
        sites=screening.kept,
        unplaced=gathered.unplaced,
        demand=demand,
        reached={demand_id for demand_id, _ in ways.reach},
        network=ways.network,
        routes={route.trip_id: route.links for route in ways.traced},
    )
    problem = owing(problem, ground, wider=ways.wider)
    looks = inputs.equipment is not None and project.scenario.model.use in WITH_EQUIPMENT
    if inputs.equipment is not None and looks:
        problem = equip(problem, _gear(project, inputs, screening))
    if ways.chain is not None:
        problem = replace(problem, supply=ways.chain.supply(period))
    kg = {flow.id: flow.kg_per_d[period].base for flow in demand.flows}
    bound = contracts.captive(demand.points, known=gathered.ids)
    return Prepared(
        project=project,
        period=period,
        gathered=gathered,
        screening=screening,
        demand=demand,
        fleet=inputs.fleet,
        sizes=inputs.sizes,
        size_cost_cny_per_yr=costs,
        network=ways.network,
        rules=inputs.rules,
        travel=ways.reach,
        routes={route.trip_id: route.links for route in ways.traced},
        link_kg_per_d=routes.link_loads(ways.network, ways.traced, weights=kg),
        nearest=ways.nearest,
        sources=inputs.sources,
        delivery=ways.delivery,
        chain=ways.chain,
        problem=problem,
        equipment=inputs.equipment or {},
        wider=ways.wider,
        notes=(
            *notes_of(gathered),
            *demand.notes,
            *contracts.free_notes(bound, sites=[site.id for site in screening.kept]),
            *inputs.source_notes,
            *ways.network.notes,
            *fit.datum_notes(project, ways.network),
            *ways.notes,
            *pressure_notes(demand, inputs.fleet.classes, screening.kept, period=period, kept=looks),
            *hours_notes(screening.kept, kept=problem.keeps_hours),
            *(() if ways.chain is None else supplying.notes_of(ways.chain, period)),
        ),
    )


def _gear(project: Project, inputs: Inputs, screening: Screening) -> Gear:
    scenario, fleet = project.scenario, inputs.fleet
    hours = {name: fleet.profiles.peak_share(name) for name in fleet.classes}
    return Gear(
        demand=inputs.demand,
        classes=inputs.fleet.classes,
        sites=screening.kept,
        sizes=inputs.sizes,
        equipment=inputs.equipment or {},
        discount_rate=scenario.finance.discount_rate,
        peak_share=hours if scenario.limits.peak_hour else {},
    )


def _site_km(sites: Sequence[Site], spacing_km: float | None) -> Floats | None:
    if spacing_km is None and len(sites) > MEASURED_SITES:
        return None
    lon, lat = np.array([site.lon for site in sites]), np.array([site.lat for site in sites])
    return geodesic_km(lon[:, None], lat[:, None], lon[None, :], lat[None, :])


def _frame(
    project: Project,
    period: int,
    *,
    sites: Sequence[Site],
    gathered: sites_gather.Gathered,
    inputs: Inputs,
    costs: Mapping[str, float],
    ways: Measured,
) -> Problem:
    scenario = project.scenario
    limits, finance = scenario.limits_in(period), scenario.finance
    is_last = period == scenario.periods[-1]
    reach, tolls, fleet = ways.reach, ways.tolls, inputs.fleet
    city = scenario.region.city
    rows = [
        DemandRowIn(
            id=row.id,
            kg_per_d=row.kg_per_d[period].base,
            kg_per_fill=fleet.classes[row.vehicle_class].kg_per_fill,
            visits_are_round_trips=isinstance(row, DemandPoint),
        )
        for row in inputs.demand.rows
    ]
    figures = np.array(list(reach.values()), dtype=np.float64).reshape(-1, 2)
    return frame(
        rows,
        sites,
        period=period,
        sizes=inputs.sizes,
        size_cost_cny_per_yr=costs,
        reach=Reach(
            demand_ids=[i for i, _ in reach],
            site_ids=[j for _, j in reach],
            minutes=figures[:, 0],
            km=figures[:, 1],
            toll_cny=np.array([tolls.get(pair, 0.0) for pair in reach], dtype=np.float64),
        ),
        limits=Limits(
            stations_max=limits.stations_max,
            stations_min=limits.stations_min,
            budget_cny=limits.budget_cny if is_last else None,
            served_share_min=limits.served_share_min,
            utilisation_max=limits.utilisation_max,
            unplaced_built=sum(row.is_built and row.city == city for row in gathered.unplaced),
        ),
        required=gathered.required if is_last else frozenset(),
        forbidden=gathered.forbidden | closed_to_builders(scenario.policy, sites, required=gathered.required),
        vehicle_time_cny_per_h=finance.vehicle_time_cny_per_h,
        shortfall_cny_per_kg=finance.shortfall_cny_per_kg,
        operating_d_per_yr=finance.operating_d_per_yr,
        trips={name: trip for name, trip in ways.trips.items() if trip.length_km > 0},
        site_km=_site_km(sites, limits.spacing_km),
        spacing_km=limits.spacing_km,
        build_share={str(kind): share for kind, share in finance.build_share.items()},
        extend_standing=scenario.phased.extend_standing,
    )
