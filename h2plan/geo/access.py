"""Places tied to the road network: the gates through which each of them enters it."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from h2plan.domain import Place, Terminal
from h2plan.errors import Fault, InputError
from h2plan.geo.crs import geodesic_km
from h2plan.geo.roads import Bools, Floats, Ints, RoadNetwork, bank_codes
from h2plan.geo.snap import NO_ACCESS_CLASSES, SNAP_LIMIT_KM, Points, Snaps, snap

Heading = Literal["", "forward", "backward"]
"""The only direction in which a place serves its link: forward is from_node to to_node; blank is both."""
Spot = tuple[float, float, str, tuple[str, ...], bool, Heading]


@dataclass(frozen=True, slots=True, kw_only=True)
class Access:
    """How a place reaches the road: along an assumed road of `detour_factor` times the straight line.

    Far cities with entry nodes reach those over `entry_factor` times the straight line at `entry_km_per_h`.
    """

    detour_factor: float
    off_road_km_per_h: float
    entry_factor: float
    entry_km_per_h: float
    limit_km: float = SNAP_LIMIT_KM
    no_access_classes: frozenset[str] = NO_ACCESS_CLASSES


@dataclass(frozen=True, kw_only=True, eq=False)
class Gates:
    """Ways from spots to road nodes; spot s has the rows start[s] to start[s + 1], by rising node."""

    start: Ints
    spot: Ints
    node: Ints
    minutes: Floats
    km: Floats
    link: Ints
    """The link that is driven in part, or -1."""
    outward: Bools
    """Whether one may leave the spot through this gate: not against a one-way link."""
    inward: Bools
    """Whether one may come to the spot through it."""


@dataclass(frozen=True, kw_only=True, eq=False)
class Connected:
    """A network and the places tied to it. Places at one position share a spot; arrays have the shape (spots,)."""

    network: RoadNetwork
    access: Access
    spot_of: Mapping[str, int]
    names: Mapping[str, str]
    lon: Floats
    lat: Floats
    bank: NDArray[np.int8]
    road_bank: NDArray[np.int8]
    """Bank of the road that the spot joins: where its own is not known, the river still lies between."""
    x_m: Floats
    y_m: Floats
    link: Ints
    """The link on which the spot stands, or -1."""
    share: Floats
    """How far along that link, 0..1."""
    leg_km: Floats
    """From the spot to the road (0 for spots with entry nodes: they have several)."""
    leg_min: Floats
    forward: Bools
    """Whether the spot's link may be driven towards its to_node from or to the spot."""
    backward: Bools
    gates: Gates
    snaps: Snaps
    """Where the places without entry nodes join the road, by id of the first place of each spot."""

    @property
    def is_directed(self) -> bool:
        """Whether there and back may differ: one-way links, or places on one carriageway."""
        on_link = self.link >= 0
        return self.network.is_directed or bool((~(self.forward & self.backward) & on_link).any())

    def spots(self, ids: Sequence[str], *, where: str = "places") -> Ints:
        """Spot of each id. Raises InputError for ids that were not connected."""
        if unknown := sorted({name for name in ids if name not in self.spot_of}):
            raise InputError(
                Fault(where=where, value=name, message=f"{name!r} is not tied to the road network") for name in unknown
            )
        return np.fromiter((self.spot_of[name] for name in ids), dtype=np.intp, count=len(ids))


def connect(
    network: RoadNetwork,
    places: Sequence[Place],
    *,
    access: Access,
    on_road: Collection[str] = frozenset(),
    headings: Mapping[str, Heading] | None = None,
    where: str = "places",
) -> Connected:
    """Tie places to the network; a terminal with entry nodes is tied to these, any other place to the nearest road.

    `on_road` names the places that stand on the network (service areas, interchanges, toll gates); `headings` those of
    them that serve one carriageway of their link only. An id may come twice if it is the same place. Raises InputError
    naming every place that cannot be tied.
    """
    headings = headings or {}
    by_id = {place.id: place for place in sorted(places, key=lambda place: place.id)}
    faults = [*_moved(places, by_id, where), *_unknown_entries(by_id.values(), network, where)]
    if faults:
        raise InputError(faults)
    spot_of: dict[str, int] = {}
    firsts: dict[Spot, Place] = {}
    numbers: dict[Spot, int] = {}
    for place in by_id.values():
        spot = _spot(place, place.id in on_road, headings.get(place.id, ""))
        firsts.setdefault(spot, place)
        spot_of[place.id] = numbers.setdefault(spot, len(numbers))
    lon, lat = np.array([spot[0] for spot in firsts], dtype=float), np.array([spot[1] for spot in firsts], dtype=float)
    entered = np.array([bool(spot[3]) for spot in firsts], dtype=bool)
    snaps = _snap_spots(network, firsts, access=access, where=where)
    legs = _Legs.of(network, snaps, snapped=np.flatnonzero(~entered), firsts=[*firsts], access=access)
    x_m, y_m = network.plane.to_xy(lon, lat)
    return Connected(
        network=network,
        access=access,
        spot_of=spot_of,
        names={place.id: place.name for place in by_id.values()},
        lon=lon,
        lat=lat,
        bank=bank_codes(spot[2] for spot in firsts),
        road_bank=_road_bank(network, legs),
        x_m=x_m,
        y_m=y_m,
        link=legs.link,
        share=legs.share,
        leg_km=legs.km,
        leg_min=legs.minutes,
        forward=legs.forward,
        backward=legs.backward,
        gates=_gates(network, [*firsts], legs, access),
        snaps=snaps,
    )


def _entry_nodes(place: Place) -> tuple[str, ...]:
    return tuple(sorted(set(place.entry_nodes))) if isinstance(place, Terminal) else ()


def _spot(place: Place, on_road: bool, heading: Heading) -> Spot:
    entries = _entry_nodes(place)
    return place.lon, place.lat, place.bank, entries, on_road and not entries, heading


def _moved(places: Sequence[Place], by_id: Mapping[str, Place], where: str) -> Iterator[Fault]:
    """Ids that stand for two different places."""
    moved = {place.id for place in places if _spot(place, False, "") != _spot(by_id[place.id], False, "")}
    for name in sorted(moved):
        yield Fault(where=where, value=name, message=f"{name!r} is the id of two places with different positions")


def _unknown_entries(places: Collection[Place], network: RoadNetwork, where: str) -> Iterator[Fault]:
    for place in places:
        for name in _entry_nodes(place):
            if name not in network.node_index:
                message = f"{place.id} ({place.name}): entry node {name!r} is not in the road network"
                yield Fault(where=where, column="entry_nodes", value=name, message=message)


def _snap_spots(network: RoadNetwork, firsts: Mapping[Spot, Place], *, access: Access, where: str) -> Snaps:
    snapped = {spot: place for spot, place in firsts.items() if not spot[3]}
    points = Points(
        ids=tuple(place.id for place in snapped.values()),
        names=tuple(place.name for place in snapped.values()),
        lon=np.array([spot[0] for spot in snapped], dtype=float),
        lat=np.array([spot[1] for spot in snapped], dtype=float),
        bank=bank_codes(spot[2] for spot in snapped),
        on_road=np.array([spot[4] for spot in snapped], dtype=bool),
    )
    return snap(network, points, limit_km=access.limit_km, no_access_classes=access.no_access_classes, where=where)


@dataclass(frozen=True, kw_only=True, eq=False)
class _Legs:
    """From each spot to where it joins the road, shape (spots,)."""

    link: Ints
    node: Ints
    share: Floats
    km: Floats
    minutes: Floats
    forward: Bools
    """Whether the link may be driven towards its to_node by who comes from or goes to this spot."""
    backward: Bools

    @staticmethod
    def of(network: RoadNetwork, snaps: Snaps, *, snapped: Ints, firsts: Sequence[Spot], access: Access) -> _Legs:
        count = len(firsts)
        link, node = np.full(count, -1, dtype=np.intp), np.full(count, -1, dtype=np.intp)
        share, km = np.full(count, np.nan), np.zeros(count)
        link[snapped], node[snapped], share[snapped] = snaps.link, snaps.node, snaps.share
        km[snapped] = snaps.distance_m / 1000 * access.detour_factor
        heading = np.array([spot[5] for spot in firsts], dtype=np.str_)
        one_way = np.append(network.oneway, False)[link]
        return _Legs(
            link=link,
            node=node,
            share=share,
            km=km,
            minutes=km / access.off_road_km_per_h * 60,
            forward=heading != "backward",
            backward=(heading != "forward") & ~one_way,
        )


def _road_bank(network: RoadNetwork, legs: _Legs) -> NDArray[np.int8]:
    """Bank of the link or node that each spot joins; none for spots with entry nodes and on crossings."""
    link_bank = np.maximum(network.node_bank[network.link_from], network.node_bank[network.link_to])
    on_link = np.append(np.where(network.crosses_river, 0, link_bank), 0)[legs.link]
    at_node = np.append(network.node_bank, 0)[legs.node]
    return np.asarray(np.maximum(on_link, at_node), dtype=np.int8)


def _gates(network: RoadNetwork, spots: Sequence[Spot], legs: _Legs, access: Access) -> Gates:
    """Both ends of the link for a spot on a link, the node for one at a node, else the entry nodes.

    From a spot on a one-way link one drives on to its end only, and comes to it from its beginning only.
    """
    on = np.flatnonzero(legs.link >= 0)
    link, share = legs.link[on], legs.share[on]
    at = np.flatnonzero(legs.node >= 0)
    entry_spot, entry_node = _entries(network, spots)
    entry_km = access.entry_factor * geodesic_km(
        np.array([spots[s][0] for s in entry_spot]),
        np.array([spots[s][1] for s in entry_spot]),
        network.node_lon[entry_node],
        network.node_lat[entry_node],
    )
    elsewhere = np.ones(at.size + entry_km.size, dtype=bool)
    spot = np.concatenate([on, on, at, entry_spot])
    node = np.concatenate([network.link_from[link], network.link_to[link], legs.node[at], entry_node])
    part = np.concatenate([share, 1 - share, np.zeros(at.size), np.zeros(entry_km.size)])
    driven = np.concatenate([link, link, np.full(elsewhere.size, -1, dtype=np.intp)])
    backward, forward = legs.backward[on], legs.forward[on]
    leg_km = np.concatenate([legs.km[spot[: spot.size - entry_km.size]], entry_km])
    leg_min = np.concatenate([legs.minutes[spot[: spot.size - entry_km.size]], entry_km / access.entry_km_per_h * 60])
    on_link = driven >= 0
    leg_km[on_link] += part[on_link] * network.link_km[driven[on_link]]
    leg_min[on_link] += part[on_link] * network.link_min[driven[on_link]]
    order = np.lexsort((node, spot))
    start = np.searchsorted(spot[order], np.arange(len(spots) + 1))
    return Gates(
        start=start,
        spot=spot[order],
        node=node[order],
        minutes=leg_min[order],
        km=leg_km[order],
        link=driven[order],
        outward=np.concatenate([backward, forward, elsewhere])[order],
        inward=np.concatenate([forward, backward, elsewhere])[order],
    )


def _entries(network: RoadNetwork, spots: Sequence[Spot]) -> tuple[Ints, Ints]:
    pairs = [(s, network.node_index[name]) for s, spot in enumerate(spots) for name in spot[3]]
    flat = np.array(pairs, dtype=np.intp).reshape(-1, 2)
    return flat[:, 0], flat[:, 1]
