"""Truck rules made concrete: which links a rule closes when it names roads, classes or a ring instead of links."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import replace

import numpy as np
import shapely

from h2plan.domain_roads import RoadLink, RoadNode, TruckRule
from h2plan.errors import Fault, InputError


def resolve_rules(
    rules: Sequence[TruckRule], links: Sequence[RoadLink], *, nodes: Sequence[RoadNode], where: str
) -> tuple[TruckRule, ...]:
    """The rules with all their links named.

    A link belongs to a road if its name is one of those joined by '/' in the link's `road`. Inside a ring are the
    links of the ring itself and those whose both ends lie within it. Raises InputError for roads and classes that no
    link has, and for a ring whose links do not close.
    """
    faults = [fault for rule in rules for fault in _unknown(rule, links, where)]
    if faults:
        raise InputError(faults)
    rings = {rule.inside for rule in rules if rule.inside}
    within = {ring: _within_ring(ring, links, nodes=nodes, where=where) for ring in sorted(rings)}
    return tuple(_resolved(rule, links, within) for rule in rules)


def roads_of(link: RoadLink) -> frozenset[str]:
    """Names of the roads that a link is part of."""
    return frozenset(link.road.split("/")) - {""}


def _resolved(rule: TruckRule, links: Sequence[RoadLink], within: Mapping[str, Collection[str]]) -> TruckRule:
    if not (rule.roads or rule.road_classes or rule.inside):
        return rule
    chosen = (
        link.id
        for link in links
        if (not rule.roads or roads_of(link) & set(rule.roads))
        and (not rule.road_classes or link.road_class in rule.road_classes)
        and (not rule.inside or link.id in within[rule.inside])
    )
    return replace(rule, links=tuple(sorted({*rule.links, *chosen})))


def _unknown(rule: TruckRule, links: Sequence[RoadLink], where: str) -> Iterator[Fault]:
    roads = frozenset().union(*(roads_of(link) for link in links))
    classes = frozenset(link.road_class for link in links)
    named = [("roads", name, roads) for name in rule.roads]
    named += [("classes", name, classes) for name in rule.road_classes]
    named += [("inside", rule.inside, roads)] if rule.inside else []
    for column, name, known in named:
        if name not in known:
            message = f"rule {rule.id}: no link of the network has {name!r}"
            yield Fault(where=where, column=column, value=name, message=message)


def _within_ring(ring: str, links: Sequence[RoadLink], *, nodes: Sequence[RoadNode], where: str) -> frozenset[str]:
    at = {node.id: (node.lon, node.lat) for node in nodes}
    own = [link for link in links if ring in roads_of(link)]
    lines = [shapely.LineString([at[link.from_node], *link.via, at[link.to_node]]) for link in own]
    polygons = list(shapely.polygonize(lines).geoms)
    if not polygons:
        message = f"the links of {ring!r} do not close to a ring"
        raise InputError(Fault(where=where, column="inside", value=ring, message=message))
    area = shapely.union_all(polygons)
    shapely.prepare(area)
    names = sorted(at)
    inside = dict(
        zip(names, shapely.intersects_xy(area, *np.array([at[name] for name in names]).T).tolist(), strict=True)
    )
    own_ids = {link.id for link in own}
    return frozenset(
        link.id for link in links if link.id in own_ids or (inside[link.from_node] and inside[link.to_node])
    )
