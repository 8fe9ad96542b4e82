"""The road network as arrays: links with length, minutes and direction, checked before anything is measured."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from h2plan.domain_roads import RoadLink, RoadNode, TruckRule
from h2plan.errors import Fault, InputError
from h2plan.geo.crs import LocalPlane, geodesic_km, local_plane
from h2plan.geo.pieces import link_graph, pieces

Floats = NDArray[np.float64]
Ints = NDArray[np.intp]
Bools = NDArray[np.bool_]
Metric = Literal["min", "km"]

BANKS = ("none", "left", "right")
"""A bank as a number is its place here."""

SHORT_SHARE = 0.97
"""Links shorter than this share of the straight line are noted: node positions are good to about 100 m."""
WRONG_SHARE = 0.5
"""Links shorter than this share of the straight line stop the run."""
SLACK_KM = 0.3
"""Straight lines below this say nothing about a length: nodes of one interchange were merged. h2plan assumption."""


@dataclass(frozen=True, kw_only=True, eq=False)
class RoadNetwork:
    """Nodes and links in the order of their ids, and the links as arrays of shape (links,)."""

    nodes: tuple[RoadNode, ...]
    links: tuple[RoadLink, ...]
    link_from: Ints
    link_to: Ints
    link_km: Floats
    link_min: Floats
    crosses_river: Bools
    """Links over a river, or with one end on each bank."""
    plane: LocalPlane
    notes: tuple[str, ...] = ()

    @cached_property
    def node_index(self) -> Mapping[str, int]:
        return {node.id: n for n, node in enumerate(self.nodes)}

    @cached_property
    def link_index(self) -> Mapping[str, int]:
        return {link.id: n for n, link in enumerate(self.links)}

    @cached_property
    def node_lon(self) -> Floats:
        return np.array([node.lon for node in self.nodes], dtype=float)

    @cached_property
    def node_lat(self) -> Floats:
        return np.array([node.lat for node in self.nodes], dtype=float)

    @cached_property
    def oneway(self) -> Bools:
        """True for links that are driven from link_from to link_to only; shape (links,)."""
        return np.fromiter((link.oneway for link in self.links), dtype=bool, count=len(self.links))

    @cached_property
    def is_directed(self) -> bool:
        """Whether any link is one-way, so that there and back may differ."""
        return bool(self.oneway.any())

    @cached_property
    def node_bank(self) -> NDArray[np.int8]:
        """Position of each node's bank in BANKS."""
        return bank_codes(node.bank for node in self.nodes)

    def open_links(self, closed: Collection[str] = frozenset()) -> Bools:
        """True for every link that is not among the closed ids; ids that the network lacks are ignored."""
        is_open = np.ones(len(self.links), dtype=bool)
        is_open[[self.link_index[link_id] for link_id in closed if link_id in self.link_index]] = False
        return is_open


def bank_codes(banks: Iterable[str]) -> NDArray[np.int8]:
    """Banks as their places in BANKS."""
    return np.fromiter((BANKS.index(bank) for bank in banks), dtype=np.int8)


def build_network(
    nodes: Sequence[RoadNode],
    links: Sequence[RoadLink],
    *,
    speeds_km_per_h: Mapping[str, float],
    where: str = "data/roads",
    year: int | None = None,
) -> RoadNetwork:
    """Check the tables and lay them out as arrays; links that open after `year` are left out.

    The result does not depend on the order of the rows. Raises InputError with every fault of the two tables, or
    with the pieces of a network that is not connected.
    """
    nodes = sorted(nodes, key=lambda node: node.id)
    links = sorted(links, key=lambda link: link.id)
    faults = [*_node_faults(nodes, f"{where}/nodes.csv"), *_link_faults(links, nodes, f"{where}/links.csv")]
    faults += _speed_faults(links, speeds_km_per_h, f"{where}/links.csv", f"{where}/speeds.csv")
    if faults:
        raise InputError(faults)
    shares = _length_shares(nodes, links)
    if wrong := [_wrong_length(link, share, f"{where}/links.csv") for link, share in shares if share < WRONG_SHARE]:
        raise InputError(wrong)
    notes = _short_notes(shares)
    nodes, links, dropped = _opened_by(nodes, links, year)
    network = _lay_out(nodes, links, speeds_km_per_h, notes + dropped)
    if pieces := _loose_pieces(network, f"{where}/nodes.csv", year):
        raise InputError(pieces)
    return network


def overridden(speeds_km_per_h: Mapping[str, float], overrides: Mapping[str, float], *, where: str) -> dict[str, float]:
    """Speeds by class with some replaced. Raises InputError for classes that the table lacks."""
    if unknown := sorted(set(overrides) - set(speeds_km_per_h)):
        hint = f"classes: {', '.join(sorted(speeds_km_per_h))}"
        raise InputError(
            Fault(where=where, column=name, value=name, message="is no class of the table of speeds", hint=hint)
            for name in unknown
        )
    return {**speeds_km_per_h, **overrides}


def closed_links(
    rules: Sequence[TruckRule],
    *,
    is_truck: bool,
    mass_t: float,
    switched: Mapping[str, bool] | None = None,
    minute: int | None = None,
    where: str = "data/roads/truck_access.csv",
) -> frozenset[str]:
    """Ids of the links this vehicle may not use.

    A rule holds if it is on by default, unless `switched` says otherwise by rule id, and at `minute` of the day if its
    hours include it (None: whatever its hours); it closes its links to trucks heavier than its `over_t`. Raises
    InputError when `switched` names no rule of the table.
    """
    switched = switched or {}
    known = {rule.id for rule in rules}
    if unknown := sorted(set(switched) - known):
        hint = f"known rules: {', '.join(sorted(known)) or 'none'}"
        raise InputError(
            Fault(where=where, column="id", value=name, message=f"there is no truck rule {name!r}", hint=hint)
            for name in unknown
        )
    if not is_truck:
        return frozenset()
    on = [rule for rule in rules if switched.get(rule.id, rule.default_on) and rule.holds_at(minute)]
    holding = [rule for rule in on if mass_t > rule.over_t]
    return frozenset(link_id for rule in holding for link_id in rule.links)


def check_rule_links(
    rules: Sequence[TruckRule], links: Sequence[RoadLink], *, where: str = "data/roads/truck_access.csv"
) -> None:
    """Raise InputError for every link that a truck rule names and the table of links lacks."""
    known = {link.id for link in links}
    faults = [
        Fault(where=where, column="links", value=link_id, message=f"rule {rule.id} names the unknown link {link_id!r}")
        for rule in rules
        for link_id in rule.links
        if link_id not in known
    ]
    if faults:
        raise InputError(faults)


def _repeated(ids: Iterable[str], where: str) -> Iterator[Fault]:
    for name, count in sorted(Counter(ids).items()):
        if count > 1:
            yield Fault(where=where, column="id", value=name, message=f"id {name!r} stands {count} times")


def _node_faults(nodes: Sequence[RoadNode], where: str) -> Iterator[Fault]:
    if not nodes:
        yield Fault(where=where, message="there are no nodes")
    yield from _repeated((node.id for node in nodes), where)
    for node in nodes:
        if not (-180 <= node.lon <= 180 and -90 < node.lat < 90):
            yield Fault(where=where, message=f"node {node.id}: {node.lon}, {node.lat} is no position in degrees")


def _link_faults(links: Sequence[RoadLink], nodes: Sequence[RoadNode], where: str) -> Iterator[Fault]:
    if not links:
        yield Fault(where=where, message="there are no links")
    yield from _repeated((link.id for link in links), where)
    node_ids, link_ids = {node.id for node in nodes}, {link.id for link in links}
    for link in links:
        for column, name in (("from_node", link.from_node), ("to_node", link.to_node)):
            if name not in node_ids:
                message = f"link {link.id}: node {name!r} is not in nodes.csv"
                yield Fault(where=where, column=column, value=name, message=message)
        if link.from_node == link.to_node:
            message = f"link {link.id} begins and ends at {link.to_node}"
            yield Fault(where=where, column="to_node", message=message, hint="split it with a node in between")
        if not 0 < link.length_km < np.inf:
            message = f"link {link.id}: {link.length_km:g} km is not a positive length"
            yield Fault(where=where, column="length_km", value=str(link.length_km), message=message)
        if link.along_link and link.along_link not in link_ids:
            message = f"link {link.id} runs along the unknown link {link.along_link!r}"
            yield Fault(where=where, column="along_link", value=link.along_link, message=message)


def _speed_faults(
    links: Sequence[RoadLink], speeds_km_per_h: Mapping[str, float], where: str, where_speeds: str
) -> Iterator[Fault]:
    for name, speed in sorted(speeds_km_per_h.items()):
        if not 0 < speed < np.inf:
            yield Fault(where=where_speeds, column="speed_km_per_h", message=f"class {name}: {speed:g} is not a speed")
    for link in links:
        if link.speed_km_per_h is not None and not 0 < link.speed_km_per_h < np.inf:
            message = f"link {link.id}: {link.speed_km_per_h:g} is not a speed"
            yield Fault(where=where, column="speed_km_per_h", value=str(link.speed_km_per_h), message=message)
        if link.road_class not in speeds_km_per_h:
            message = f"link {link.id}: no speed is given for class {link.road_class!r}"
            hint = f"classes with a speed: {', '.join(sorted(speeds_km_per_h))}"
            yield Fault(where=where, column="class", value=link.road_class, message=message, hint=hint)


def _length_shares(nodes: Sequence[RoadNode], links: Sequence[RoadLink]) -> list[tuple[RoadLink, float]]:
    """Length of each link over the straight distance of its ends; inf where that distance says nothing."""
    at = {node.id: (node.lon, node.lat) for node in nodes}
    ends = np.array([(*at[link.from_node], *at[link.to_node]) for link in links])
    straight_km = geodesic_km(ends[:, 0], ends[:, 1], ends[:, 2], ends[:, 3])
    return [
        (link, link.length_km / float(km) if km > SLACK_KM else np.inf)
        for link, km in zip(links, straight_km, strict=True)
    ]


def _wrong_length(link: RoadLink, share: float, where: str) -> Fault:
    message = f"link {link.id}: {link.length_km:g} km is {share:.2f} of the straight line between its ends"
    hint = "the length is not in km, or an end is misplaced"
    return Fault(where=where, column="length_km", value=str(link.length_km), message=message, hint=hint)


def _short_notes(shares: Sequence[tuple[RoadLink, float]]) -> tuple[str, ...]:
    short = [f"{link.id} ({share:.2f})" for link, share in shares if share < SHORT_SHARE]
    if not short:
        return ()
    return (f"{len(short)} links are shorter than {SHORT_SHARE} of the straight line of their ends: {_some(short)}",)


def _opened_by(
    nodes: Sequence[RoadNode], links: Sequence[RoadLink], year: int | None
) -> tuple[Sequence[RoadNode], Sequence[RoadLink], tuple[str, ...]]:
    """Leave out the links that open after the year, and the nodes that only they touch."""
    later = [link for link in links if year is not None and link.opened_yr is not None and link.opened_yr > year]
    if not later:
        return nodes, links, ()
    gone = {link.id for link in later}
    links = [link for link in links if link.id not in gone]
    touched = {name for link in links for name in (link.from_node, link.to_node)}
    orphans = {name for link in later for name in (link.from_node, link.to_node)} - touched
    nodes = [node for node in nodes if node.id not in orphans]
    note = f"left out because they open after {year}: {len(gone)} links ({_some(sorted(gone))}), {len(orphans)} nodes"
    return nodes, links, (note,)


def _lay_out(
    nodes: Sequence[RoadNode], links: Sequence[RoadLink], speeds_km_per_h: Mapping[str, float], notes: tuple[str, ...]
) -> RoadNetwork:
    at = {node.id: n for n, node in enumerate(nodes)}
    link_from = np.array([at[link.from_node] for link in links], dtype=np.intp)
    link_to = np.array([at[link.to_node] for link in links], dtype=np.intp)
    link_km = np.array([link.length_km for link in links], dtype=float)
    # A published design speed caps the planning speed of the class and never raises it: trucks do not drive it by day.
    speed = np.array(
        [min(link.speed_km_per_h or np.inf, speeds_km_per_h[link.road_class]) for link in links], dtype=float
    )
    bank = bank_codes(node.bank for node in nodes)
    over_water = np.array([bool(link.river) for link in links], dtype=bool)
    return RoadNetwork(
        nodes=tuple(nodes),
        links=tuple(links),
        link_from=link_from,
        link_to=link_to,
        link_km=link_km,
        link_min=link_km / speed * 60.0,
        crosses_river=over_water | opposite(bank[link_from], bank[link_to]),
        plane=local_plane([node.lon for node in nodes], [node.lat for node in nodes]),
        notes=notes,
    )


def opposite(bank: NDArray[np.int8], other: NDArray[np.int8]) -> Bools:
    """True where one bank is left and the other right; the arrays broadcast."""
    return np.asarray((bank != other) & (bank > 0) & (other > 0))


def _loose_pieces(network: RoadNetwork, where: str, year: int | None) -> list[Fault]:
    """One fault for each piece of the network that no link joins to the largest one, or that leads one way only."""
    hint = "add the missing link"
    if year is not None:
        hint += f"; roads that open after {year} are left out"
    graph = link_graph(len(network.nodes), network.link_from, link_to=network.link_to, oneway=network.oneway)
    names = [node.id for node in network.nodes]
    faults = []
    for piece in pieces(graph)[1:]:
        said, told = {
            "apart": ("are not joined to", hint),
            "trap": ("can be entered from and not left to", "one-way links lead in only: add a link out"),
            "source": ("can be left to and not entered from", "one-way links lead out only: add a link in"),
        }[piece.kind]
        ids = [names[n] for n in piece.nodes]
        message = f"{len(ids)} nodes {said} the other {piece.others}: {_some(ids)}"
        faults.append(Fault(where=where, column="id", value=ids[0], message=message, hint=told))
    return faults


def _some(names: Sequence[str], most: int = 10) -> str:
    return ", ".join(names[:most]) + (f" and {len(names) - most} more" if len(names) > most else "")
