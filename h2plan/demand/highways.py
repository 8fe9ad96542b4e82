"""Tractors that drive between far cities, ports and hubs: flows by a gravity rule."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from itertools import product
from typing import Annotated

from pydantic import Field, model_validator

from h2plan.demand._context import Context, WeightedPlace, active_sites
from h2plan.domain import Demand, Flow, Terminal, Verified
from h2plan.errors import InputError
from h2plan.geo.crs import geodesic_km
from h2plan.scenario import Datum, NoBool, Positive, Section, Share
from h2plan.tables.read import read_table
from h2plan.tables.rows import GatewayRow

USE = "highways"


class Options(Section):
    """Who trades with whom, and how fast trade falls with distance."""

    gateways: str
    """CSV table of far cities and the road nodes they are entered at."""
    ports: str
    """CSV table of ports."""
    hubs: str
    """CSV table of logistics hubs."""
    activity: str
    """CSV table of activity weights of ports and hubs."""
    crs: Datum
    """Datum of all coordinates here."""
    gateway_hub_share: Share
    """Part of the vehicles that drive between a far city and a hub."""
    gateway_port_share: Share
    """Part that drives between a far city and a port."""
    hub_port_share: Share
    """Part that drives between a hub and a port."""
    decay: Annotated[float, Field(ge=0, le=10), NoBool] = 1.0
    """Exponent of distance in the gravity rule (h2plan assumption, unverified)."""
    distance_floor_km: Positive = 5.0
    """Shorter distances count as this: positions are no better."""

    @model_validator(mode="after")
    def _shares_add_up(self) -> Options:
        total = self.gateway_hub_share + self.gateway_port_share + self.hub_port_share
        if not math.isclose(total, 1, abs_tol=1e-9):
            raise ValueError(f"gateway_hub_share, gateway_port_share and hub_port_share add up to {total:.6g}, not 1")
        return self


def read(context: Context, options: Options) -> Demand:
    """Split the fleet of the use `highways` into flows.

    Inside each pair of groups, vehicles(o, d) ~ weight(o) x weight(d) / km(o, d)^decay: the unconstrained gravity rule
    (Wilson 1967, with a power law). Far cities weigh by population; those without one are named and left out.

    Raises:
        InputError: faults of the tables, a group of places that is empty.
    """
    hubs, hub_notes = active_sites(
        context, "logistics_hubs", file=options.hubs, crs=options.crs, activity=options.activity
    )
    ports, port_notes = active_sites(context, "ports", file=options.ports, crs=options.crs, activity=options.activity)
    cities, city_notes = _cities(context, options)
    groups = [
        (options.gateway_hub_share, cities, [_end(entry) for entry in hubs]),
        (options.gateway_port_share, cities, [_end(entry) for entry in ports]),
        (options.hub_port_share, [_end(entry) for entry in hubs], [_end(entry) for entry in ports]),
    ]
    shares: dict[tuple[str, str], float] = {}
    terminals: dict[str, Terminal] = {}
    for share, origins, destinations in groups:
        if share > 0:
            shares.update(_gravity(share, origins, destinations, options))
            terminals.update({end.id: end for end, _, _ in (*origins, *destinations)})
    flows = tuple(
        _flow(context, name, pair, share) for name in context.fleet.classes_of(USE) for pair, share in shares.items()
    )
    notes = (*hub_notes, *port_notes, *city_notes)
    return Demand(points=(), flows=flows, terminals=tuple(terminals.values()), notes=notes)


End = tuple[Terminal, float, Verified]
"""One end of a flow, its weight, and how well that is known."""


def _end(entry: WeightedPlace) -> End:
    place = entry.place
    terminal = Terminal(
        id=place.id,
        name=place.name,
        name_en=place.name_en,
        lon=place.lon,
        lat=place.lat,
        bank=place.bank,
        precision_m=place.precision_m,
        kind=entry.kind,
    )
    return terminal, entry.weight, entry.verified


def _cities(context: Context, options: Options) -> tuple[list[End], list[str]]:
    path = context.project.path(options.gateways, where="demand highways.gateways")
    rows = read_table(path, GatewayRow, root=context.project.root, crs=options.crs)
    ends: list[End] = []
    notes = []
    for row in rows:
        if row.lon is None or row.population is None:
            notes.append(f"{row.name}: population or position not known; no flows are made to this direction")
        else:
            ends.append((row.to_terminal(), float(row.population), row.verified))
    return ends, notes


def _gravity(
    share: float, origins: Sequence[End], destinations: Sequence[End], options: Options
) -> Mapping[tuple[str, str], float]:
    """Return the share of each pair; they add up to `share`."""
    pull: dict[tuple[str, str], float] = {}
    for (start, start_weight, _), (end, end_weight, _) in product(origins, destinations):
        km = max(float(geodesic_km(start.lon, start.lat, end.lon, end.lat)), options.distance_floor_km)
        pull[start.id, end.id] = start_weight * end_weight / km**options.decay
    total = math.fsum(pull.values())
    if total <= 0:
        raise InputError("no pair of places has weight at both ends", where="demand highways")
    return {pair: share * value / total for pair, value in pull.items() if value > 0}


def _flow(context: Context, vehicle_class: str, pair: tuple[str, str], share: float) -> Flow:
    fleet = context.fleet
    vehicles = {period: fleet.count(USE, vehicle_class, period) * share for period in fleet.vehicles}
    return Flow(
        id=f"{USE}:{pair[0]}>{pair[1]}:{vehicle_class}",
        origin=pair[0],
        destination=pair[1],
        vehicle_class=vehicle_class,
        vehicles=vehicles,
        kg_per_d=context.kg_per_d(vehicles, vehicle_class),
        source=f"gravity rule over population and activity; fleet: {fleet.source}",
        verified="no",
    )
