"""Tractors that drive between far cities, ports, hubs and districts: flows by gravity or by a table of trips."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import Annotated, Literal

from pydantic import Field, model_validator

from h2plan.demand._context import ByYear, Context, active_sites
from h2plan.demand._counts import pull_pairs
from h2plan.demand._flows import (
    End,
    Group,
    Pair,
    Roads,
    Rule,
    end_at,
    passing,
    refuse_unknown_ends,
    share_out,
    straight_km,
)
from h2plan.demand._gravity import FIT, Floats
from h2plan.demand._people import district_places
from h2plan.domain import Demand, DemandPoint, Flow
from h2plan.errors import InputError
from h2plan.fields import Datum, NoBool, Positive, Section, Share
from h2plan.tables.read import read_table
from h2plan.tables.rows import GatewayRow, OdRow

USE = "highways"


class Options(Section):
    """Who trades with whom, and how fast trade falls with distance."""

    gateways: str
    """CSV table of far cities and the road nodes they are entered at."""
    far_gateways: str | None = None
    """CSV table of more far cities, in the same form: directions beyond the neighbouring provinces."""
    ports: str
    """CSV table of ports."""
    hubs: str
    """CSV table of logistics hubs."""
    activity: str
    """CSV table of activity weights of ports and hubs."""
    districts: str | None = None
    """CSV table of districts; needed where districts trade."""
    crs: Datum
    """Datum of all coordinates here."""
    gateway_hub_share: Share
    """Part of the vehicles that drive between a far city and a hub."""
    gateway_port_share: Share
    """Part that drives between a far city and a port."""
    hub_port_share: Share
    """Part that drives between a hub and a port."""
    gateway_district_share: Share = 0.0
    """Part that drives between a far city and a district."""
    hub_district_share: Share = 0.0
    """Part that drives between a hub and a district."""
    balance: Literal["total", "both"] = "total"
    """total: only the number of vehicles is met; both: also every origin's and every destination's part."""
    form: Literal["power", "exponential"] = "power"
    """Shape of the decay: km^-decay or exp(-decay x km)."""
    decay: Annotated[float, Field(ge=0, le=10), NoBool] = 1.0
    """Decay of trade with distance (h2plan assumption, unverified)."""
    mean_km: Positive | None = None
    """Mean distance of a trip that the decay is calibrated to; needs balance: both."""
    distance: Literal["straight", "road"] = "straight"
    """Distances as the crow flies, or over the roads and the entry nodes of far cities."""
    distance_floor_km: Positive = 5.0
    """Shorter distances count as this: positions are no better."""
    base_share: Share = 0.0
    """Part of each vehicle's hydrogen that it takes at its base, the hub, port or district at an end of its flow; the
    rest is taken on the way."""
    od: str | None = None
    """CSV table of vehicles a day between places; replaces the gravity rule."""
    counts: str | None = None
    """CSV table of trucks counted on links; pulls the matrix towards them."""
    through_vehicles: ByYear = Field(default_factory=dict)
    """Vehicles a day, by year, that pass between far cities; they are registered elsewhere and come on top of the
    target."""
    through_class: str | None = None
    """Their vehicle class."""
    through_fill_share: Share = 0.5
    """Part of their hydrogen that they take around the city (h2plan assumption, unverified)."""

    @model_validator(mode="after")
    def _fits_together(self) -> Options:
        shares = (
            self.gateway_hub_share,
            self.gateway_port_share,
            self.hub_port_share,
            self.gateway_district_share,
            self.hub_district_share,
        )
        if not math.isclose(math.fsum(shares), 1, abs_tol=1e-9):
            raise ValueError(
                "gateway_hub_share, gateway_port_share, hub_port_share, gateway_district_share and hub_district_share "
                f"add up to {math.fsum(shares):.6g}, not 1"
            )
        if self.gateway_district_share + self.hub_district_share > 0 and self.districts is None:
            raise ValueError("districts trade, but no table of districts is given")
        if self.mean_km is not None and self.balance != "both":
            raise ValueError("mean_km calibrates a balanced matrix; set balance: both")
        if self.through_vehicles and self.through_class is None:
            raise ValueError("through_vehicles needs through_class")
        return self


def read(context: Context, options: Options) -> Demand:
    """Split the fleet of the use `highways` into flows, and add what passes through.

    Far cities weigh by population, hubs and ports by activity, districts by population; far cities without population
    or position are named and left out.

    Raises:
        InputError: faults of the tables, a group of places that is empty, a matrix that does not converge.
    """
    cities, notes = _cities(context, options)
    groups, more = _groups(context, options, cities)
    ends = {end.id: end for end in (*cities, *(e for g in groups for e in (*g.origins, *g.destinations)))}
    roads = _roads(context, options, ends.values())
    if options.od is not None:
        shares, how = _table(context, options, ends)
    else:
        shares, how = _gravity(groups, options, roads)
    sentences = [*notes, *more, *how]
    if options.counts is not None and roads is not None:
        shares, fit = pull_pairs(context, shares, roads, file=options.counts)
        sentences += fit
    flows, points = _placed(context, options, shares, ends)
    passing_by, also = _through(context, options, cities, roads)
    flows += passing_by
    used = {name for flow in flows for name in (flow.origin, flow.destination)}
    return Demand(
        points=tuple(points),
        flows=tuple(flows),
        terminals=tuple(end.terminal for end in ends.values() if end.id in used),
        notes=(*sentences, *also),
    )


def _cities(context: Context, options: Options) -> tuple[list[End], list[str]]:
    rows: list[GatewayRow] = []
    for key, file in (("gateways", options.gateways), ("far_gateways", options.far_gateways)):
        if file is None:
            continue
        path = context.project.path(file, where=f"demand highways.{key}")
        rows += read_table(path, GatewayRow, root=context.project.root, crs=options.crs)
    ends: list[End] = []
    notes = []
    for row in rows:
        if row.lon is None or row.population is None:
            notes.append(f"{row.name}: population or position not known; no flows are made to this direction")
        else:
            ends.append(End(terminal=row.to_terminal(), weight=float(row.population), verified=row.verified))
    return ends, notes


def _groups(context: Context, options: Options, cities: Sequence[End]) -> tuple[list[Group], list[str]]:
    hubs, hub_notes = active_sites(
        context, "logistics_hubs", file=options.hubs, crs=options.crs, activity=options.activity
    )
    ports, port_notes = active_sites(context, "ports", file=options.ports, crs=options.crs, activity=options.activity)
    at_hubs, at_ports = tuple(map(end_at, hubs)), tuple(map(end_at, ports))
    at_districts: tuple[End, ...] = ()
    if options.districts is not None:
        at_districts = tuple(
            map(end_at, district_places(context, options.districts, crs=options.crs, where="demand highways.districts"))
        )
    groups = (
        Group(name="gateway_hub", share=options.gateway_hub_share, origins=tuple(cities), destinations=at_hubs),
        Group(name="gateway_port", share=options.gateway_port_share, origins=tuple(cities), destinations=at_ports),
        Group(name="hub_port", share=options.hub_port_share, origins=at_hubs, destinations=at_ports),
        Group(
            name="gateway_district",
            share=options.gateway_district_share,
            origins=tuple(cities),
            destinations=at_districts,
        ),
        Group(name="hub_district", share=options.hub_district_share, origins=at_hubs, destinations=at_districts),
    )
    return [group for group in groups if group.share > 0], [*hub_notes, *port_notes]


def _roads(context: Context, options: Options, ends: object) -> Roads | None:
    classes = context.fleet.classes_of(USE)
    if not classes or (options.distance == "straight" and options.counts is None):
        return None
    return Roads(context, ends, vehicle_class=classes[-1])  # type: ignore[arg-type]


def _km(options: Options, roads: Roads | None, origins: Sequence[End], destinations: Sequence[End]) -> Floats:
    if options.distance == "road" and roads is not None:
        return roads.km(origins, destinations)
    return straight_km(origins, destinations)


def _rule(options: Options) -> Rule:
    return Rule(
        balance=options.balance,
        form=options.form,
        decay=options.decay,
        mean_km=options.mean_km,
        floor_km=options.distance_floor_km,
    )


def _gravity(groups: Sequence[Group], options: Options, roads: Roads | None) -> tuple[dict[Pair, float], list[str]]:
    shares: dict[Pair, float] = {}
    sentences = []
    for group in groups:
        found, how = share_out(group, _km(options, roads, group.origins, group.destinations), _rule(options))
        shares.update(found)
        if options.balance == "both":
            sentences.append(f"{FIT}of {group.name}: {how}")
    return shares, sentences


def _table(context: Context, options: Options, ends: Mapping[str, End]) -> tuple[dict[Pair, float], list[str]]:
    where = options.od or ""
    rows = read_table(context.project.path(where, where="demand highways.od"), OdRow, root=context.project.root)
    refuse_unknown_ends(
        ((number, (row.origin, row.destination)) for number, row in enumerate(rows, start=2)), ends, where=where
    )
    total = math.fsum(row.vehicles_per_d for row in rows)
    if total <= 0:
        raise InputError("no vehicles drive between any two places", where=where)
    shares = {(row.origin, row.destination): row.vehicles_per_d / total for row in rows if row.vehicles_per_d > 0}
    factor = {
        year: sum(counts.get((USE, name), 0) for name in context.fleet.classes_of(USE)) / total
        for year, counts in context.fleet.vehicles.items()
    }
    scaled = ", ".join(f"{year}: {value:.3g}" for year, value in factor.items())
    return shares, [f"{FIT}of {where}: it gives {total:,.0f} vehicles a day; scaled to the fleet ({scaled})"]


def _placed(
    context: Context, options: Options, shares: Mapping[Pair, float], ends: Mapping[str, End]
) -> tuple[list[Flow], list[DemandPoint]]:
    """Give each pair its vehicles: the part that fills at the base, and the part that fills on the way."""
    flows, points = [], []
    rule = f"table {options.od}" if options.od is not None else f"gravity rule ({options.balance} constrained)"
    at_base: dict[str, float] = {}
    for pair, share in shares.items():
        base = _base(pair, ends)
        at_base[base] = at_base.get(base, 0.0) + share * options.base_share
    for name in context.fleet.classes_of(USE):
        reason = f"{context.fleet.assumption(USE, name)}; {rule}"
        if options.base_share < 1:
            way = 1 - options.base_share
            flows += [_flow(context, name, pair, share * way, reason=reason) for pair, share in shares.items()]
        if options.base_share > 0:
            points += [_point(context, name, ends[base], share, reason=reason) for base, share in at_base.items()]
    return flows, points


def _base(pair: Pair, ends: Mapping[str, End]) -> str:
    """A vehicle is based at the end that is no far city; between two places of the plan, where it starts."""
    return pair[1] if ends[pair[0]].terminal.kind == "gateway" else pair[0]


def _flow(context: Context, vehicle_class: str, pair: Pair, share: float, *, reason: str) -> Flow:
    fleet = context.fleet
    vehicles = {period: fleet.count(USE, vehicle_class, period) * share for period in fleet.periods}
    return Flow(
        id=f"{USE}:{pair[0]}>{pair[1]}:{vehicle_class}",
        origin=pair[0],
        destination=pair[1],
        vehicle_class=vehicle_class,
        vehicles=vehicles,
        kg_per_d=context.kg_per_d(vehicles, vehicle_class),
        source=f"gravity rule over population and activity; fleet: {fleet.source}",
        verified="no",
        assumption=reason,
    )


def _point(context: Context, vehicle_class: str, end: End, share: float, *, reason: str) -> DemandPoint:
    fleet, place = context.fleet, end.terminal
    vehicles = {period: fleet.count(USE, vehicle_class, period) * share for period in fleet.periods}
    return DemandPoint(
        id=f"{USE}:{place.id}:{vehicle_class}",
        place_id=place.id,
        name=place.name,
        name_en=place.name_en,
        lon=place.lon,
        lat=place.lat,
        bank=place.bank,
        precision_m=place.precision_m,
        kind=USE,
        district=end.district,
        vehicle_class=vehicle_class,
        vehicles=vehicles,
        kg_per_d=context.kg_per_d(vehicles, vehicle_class),
        source=f"base of its flows; fleet: {fleet.source}",
        verified="no",
        assumption=f"{reason}; part filled at the base",
    )


def _through(
    context: Context, options: Options, cities: Sequence[End], roads: Roads | None
) -> tuple[list[Flow], list[str]]:
    name = options.through_class
    if not options.through_vehicles or name is None:
        return [], []
    context.check_class(name, where="demand highways.through_class")
    missing = [str(year) for year in context.fleet.periods if year not in options.through_vehicles]
    if missing:
        raise InputError(f"has no number for {', '.join(missing)}", where="demand highways.through_vehicles")
    shares, how = passing(cities, _km(options, roads, cities, cities), _rule(options))
    reason = (
        f"vehicles of other cities passing through, on top of the target; {options.through_fill_share:g} of their "
        "hydrogen is taken here (h2plan assumption, unverified)"
    )
    flows = []
    for pair, share in shares.items():
        part = share * options.through_fill_share
        vehicles = {year: options.through_vehicles[year] * part for year in context.fleet.periods}
        flows.append(
            Flow(
                id=f"{USE}:{pair[0]}>{pair[1]}:{name}:through",
                origin=pair[0],
                destination=pair[1],
                vehicle_class=name,
                vehicles=vehicles,
                kg_per_d=context.kg_per_d(vehicles, name),
                source="scenario: through_vehicles; gravity rule over population",
                verified="no",
                assumption=reason,
                counted="beyond_target",
                through=True,
            )
        )
    return flows, [f"{FIT}of through traffic: {how}"]
