"""Who trades with whom: the ends of flows, the distance between them, and the matrices of trips."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from h2plan.demand._context import Context, WeightedPlace
from h2plan.demand._gravity import Floats, calibrate, deterrence, furness
from h2plan.domain import Terminal, Verified
from h2plan.errors import Fault, InputError
from h2plan.geo import access, travel
from h2plan.geo.crs import geodesic_km
from h2plan.network import closed_to, connect, read_roads

Pair = tuple[str, str]


@dataclass(frozen=True, slots=True, kw_only=True)
class End:
    """One end of flows: a far city, or a place of the plan with the district it lies in."""

    terminal: Terminal
    weight: float
    verified: Verified
    district: str = ""

    @property
    def id(self) -> str:
        return self.terminal.id


@dataclass(frozen=True, slots=True, kw_only=True)
class Group:
    """Ends that trade with each other, and their part of the vehicles."""

    name: str
    share: float
    origins: tuple[End, ...]
    destinations: tuple[End, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Rule:
    """How trade falls with distance."""

    balance: str
    form: str
    decay: float
    mean_km: float | None
    floor_km: float


def end_at(entry: WeightedPlace) -> End:
    """Return a place as an end of flows."""
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
    return End(terminal=terminal, weight=entry.weight, verified=entry.verified, district=entry.district)


def straight_km(origins: Sequence[End], destinations: Sequence[End]) -> Floats:
    """Geodesic distances, shape (origins, destinations)."""
    lon, lat = (np.array([getattr(end.terminal, axis) for end in origins]) for axis in ("lon", "lat"))
    to_lon, to_lat = (np.array([getattr(end.terminal, axis) for end in destinations]) for axis in ("lon", "lat"))
    shape = (len(origins), len(destinations))
    columns = (np.broadcast_to(c, shape) for c in (lon[:, None], lat[:, None], to_lon, to_lat))
    return np.asarray(geodesic_km(*columns), dtype=np.float64).reshape(shape)


class Roads:
    """The ends tied to the road network: distances by road, and routes for counts; read when first asked for."""

    def __init__(self, context: Context, ends: Iterable[End], *, vehicle_class: str) -> None:
        project = context.project
        network, rules, speeds = read_roads(project, year=max(context.fleet.periods))
        self.closed = closed_to(context.fleet.classes[vehicle_class], rules, project.scenario.roads)
        self.connected: access.Connected = connect(project, network, speeds, [end.terminal for end in ends])

    def km(self, origins: Sequence[End], destinations: Sequence[End]) -> Floats:
        """Distances by road, shape (origins, destinations); inf where there is no way."""
        ids, to = [end.id for end in origins], [end.id for end in destinations]
        reach = travel.measure(self.connected, ids, targets=to, metric="km", closed=self.closed)
        found = np.full((len(ids), len(to)), np.inf)
        found[reach.origin, reach.target] = reach.km
        return found


def share_out(group: Group, km: Floats, rule: Rule) -> tuple[Mapping[Pair, float], str]:
    """Divide the share of a group over its pairs; returns them and a sentence on how the matrix was made.

    `total`: share ~ weight x weight x f(km), scaled once (Wilson 1967, unconstrained). `both`: every origin and every
    destination keeps its own part of the group (doubly constrained).

    Raises:
        InputError: no pair has weight at both ends; the margins cannot be met.
    """
    sent = np.array([end.weight for end in group.origins])
    taken = np.array([end.weight for end in group.destinations])
    if not (sent.sum() > 0 and taken.sum() > 0):
        raise InputError(f"no pair of places has weight at both ends ({group.name})", where="demand highways")
    floored = np.maximum(km, rule.floor_km)
    if rule.balance == "total":
        pull = sent[:, None] * taken * deterrence(floored, rule.decay, form=rule.form)
        return _by_pair(group, pull * (group.share / pull.sum())), f"decay {rule.decay:g}, scaled to the total"
    trips, sentence = _balanced(group, sent, taken, floored, rule)
    return _by_pair(group, trips), sentence


def _balanced(group: Group, sent: Floats, taken: Floats, km: Floats, rule: Rule) -> tuple[Floats, str]:
    origins, destinations = group.share * sent / sent.sum(), group.share * taken / taken.sum()
    names = [end.id for end in group.origins], [end.id for end in group.destinations]
    reachable = np.isfinite(km).astype(np.float64)
    known = np.where(np.isfinite(km), km, 1.0)
    if rule.mean_km is not None:
        found = calibrate(
            known, origins, destinations, names=names, mean_km=rule.mean_km, form=rule.form, allowed=reachable
        )
        balanced, decay = found.balanced, found.decay
        how = f"decay {decay:.4g} calibrated to a mean of {found.mean_km:.4g} km"
    else:
        seed = deterrence(known, rule.decay, form=rule.form) * reachable
        balanced, how = furness(seed, origins, destinations, names=names), f"decay {rule.decay:g} given"
    return balanced.trips, f"{how}; Furness met both margins to {balanced.error:.1g} in {balanced.sweeps} sweeps"


def _by_pair(group: Group, trips: Floats) -> Mapping[Pair, float]:
    return {
        (start.id, end.id): float(trips[i, j])
        for i, start in enumerate(group.origins)
        for j, end in enumerate(group.destinations)
        if trips[i, j] > 0
    }


def passing(cities: Sequence[End], km: Floats, rule: Rule) -> tuple[Mapping[Pair, float], str]:
    """Divide traffic between far cities that passes the city; the pairs add up to 1.

    Two cities that leave by the same entry node do not pass. Each pair stands once, in the order of the ids.

    Raises:
        InputError: fewer than two directions.
    """
    ordered = np.argsort([end.id for end in cities])
    apart = np.array([[not set(a.terminal.entry_nodes) & set(b.terminal.entry_nodes) for b in cities] for a in cities])
    weights = np.array([end.weight for end in cities])
    linked = apart.any(axis=1)
    weights = np.where(linked, weights, 0.0)
    if weights.sum() <= 0:
        raise InputError("through traffic needs far cities in two directions", where="demand highways")
    pull = weights[:, None] * weights * deterrence(np.maximum(km, rule.floor_km), rule.decay, form=rule.form) * apart
    once = {
        (cities[i].id, cities[j].id): float(pull[i, j])
        for a, i in enumerate(ordered)
        for j in ordered[a + 1 :]
        if pull[i, j] > 0
    }
    total = math.fsum(once.values())
    return {pair: value / total for pair, value in once.items()}, f"decay {rule.decay:g}, scaled to the total"


def refuse_unknown_ends(pairs: Iterable[tuple[int, Pair]], known: Mapping[str, End], *, where: str) -> None:
    """Refuse rows of an OD table that name an end that is no gateway, hub, port or district.

    Raises:
        InputError: every such cell.
    """
    faults = [
        Fault(
            where=where,
            row=row,
            column=column,
            value=name,
            message=f"'{name}' is no far city, hub, port or district with a position and a weight",
            hint="use the ids of the tables that the source highways names",
        )
        for row, pair in pairs
        for column, name in zip(("origin", "destination"), pair, strict=True)
        if name not in known
    ]
    if faults:
        raise InputError(faults)
