"""Rows of the road network: nodes, links, speeds, truck rules and rivers."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Annotated, Any, ClassVar, Literal

from pydantic import BeforeValidator

from h2plan.domain import Bank, Verified
from h2plan.domain_roads import RoadLink, RoadNode, TruckRule
from h2plan.tables.cells import (
    Amount,
    CellFault,
    Id,
    Ids,
    Number,
    Positive,
    Text,
    Whole,
    Year,
    YesNo,
    column,
    parse_number,
    refuse,
    shown,
)
from h2plan.tables.positions import check_position, off_globe
from h2plan.tables.row import Check, Row

NodeKind = Literal[
    "junction",
    "interchange",
    "toll_gate",
    "service_area",
    "boundary",
    "district_centre",
    "bridge",
    "airport_access",
    "access_point",
    "end",
]
RoadClass = Literal[
    "motorway",
    "ramp",
    "trunk",
    "primary",
    "secondary",
    "tertiary",
    "slip_road",
    "residential",
    "access",
    "join",
]
ALL_DAY = frozenset({"all day", "全天"})
_SPAN = re.compile(r"(\d{1,2}):(\d{2})-(\d{1,2}):(\d{2})", re.ASCII)


def parse_via(value: object) -> object:
    """Read 'lon lat;lon lat' into a tuple of (lon, lat) in degrees."""
    if not isinstance(value, str):
        return value
    return tuple(_vertex(part, place) for place, part in enumerate(value.split(";"), start=1))


def _vertex(part: str, place: int) -> tuple[float, float]:
    pair = part.split()
    if len(pair) != 2:
        raise refuse(f"point {place}, {shown(part)}, is not 'lon lat'", "write lon, a space, lat; points joined by ';'")
    lon, lat = (parse_number(text) for text in pair)
    fault = next(off_globe(lon, lat), None)
    if fault is not None:
        raise refuse(f"point {place}, {fault.column}: {fault.message}", fault.hint)
    return lon, lat


def parse_hours(value: object) -> object:
    """Read '07:00-22:00;…' into spans of minutes after midnight; 'all day' and a blank are no span."""
    if not isinstance(value, str):
        return value
    return () if value in ALL_DAY else tuple(_span(part.strip()) for part in value.split(";"))


def _span(text: str) -> tuple[int, int]:
    found = _SPAN.fullmatch(text)
    if found is None:
        raise refuse(f"{shown(text)} is no span of hours", "write 07:00-22:00, joined by ';', or all day")
    begin, end = (int(hour) * 60 + int(minute) for hour, minute in (found.groups()[:2], found.groups()[2:]))
    if max(begin, end) > 24 * 60 or begin == end or int(found[2]) > 59 or int(found[4]) > 59:
        raise refuse(f"{shown(text)} is no span of hours of a day", "write 07:00-22:00; 22:00-06:00 runs over midnight")
    return begin, end


Hours = Annotated[tuple[tuple[int, int], ...], BeforeValidator(parse_hours)]
Via = Annotated[tuple[tuple[Number, Number], ...], BeforeValidator(parse_via)]


def check_ends(values: Mapping[str, Any]) -> Iterator[CellFault]:
    """Yield a fault for a link that ends where it begins."""
    if "from_node" in values and values["from_node"] == values.get("to_node"):
        yield CellFault("to_node", f"{shown(values['to_node'])} is also from_node", "a link joins two nodes")


class RoadNodeRow(Row):
    """A node of the road network."""

    checks: ClassVar[tuple[Check, ...]] = (check_position,)

    id: Id
    name: str = ""
    name_en: str = ""
    kind: NodeKind
    lon: Number
    lat: Number
    bank: Bank
    city: str = ""
    precision_m: Amount
    source: Text
    verified: Verified

    def to_node(self) -> RoadNode:
        return RoadNode(
            id=self.id,
            name=self.name,
            name_en=self.name_en,
            kind=self.kind,
            lon=self.lon,
            lat=self.lat,
            bank=self.bank,
        )


class RoadLinkRow(Row):
    """A link of the road network between two nodes, driven both ways unless it is one-way."""

    checks: ClassVar[tuple[Check, ...]] = (check_ends,)
    lines: ClassVar[tuple[str, ...]] = ("via",)

    id: Id
    from_node: Id
    to_node: Id
    road: str = ""
    road_class: RoadClass = column(header="class")
    length_km: Positive
    speed_km_per_h: Positive | None = None
    oneway: YesNo | None = None
    bridge: str = ""
    bridge_en: str = ""
    tunnel: str = ""
    toll: YesNo | None = None
    river: Id | None = None
    opened_yr: Year | None = None
    along_link: Id | None = None
    via: Via = ()
    quality: str = ""
    source: Text
    precision_m: Amount

    def to_link(self) -> RoadLink:
        return RoadLink(
            id=self.id,
            from_node=self.from_node,
            to_node=self.to_node,
            road=self.road,
            road_class=self.road_class,
            length_km=self.length_km,
            speed_km_per_h=self.speed_km_per_h,
            oneway=self.oneway == "yes",
            bridge=self.bridge,
            tunnel=self.tunnel,
            toll=self.toll == "yes",
            river=self.river or "",
            opened_yr=self.opened_yr,
            along_link=self.along_link or "",
            via=self.via,
        )


class SpeedRow(Row):
    """The speed of a road class, and of the way from a place to the road."""

    key: ClassVar[tuple[str, ...]] = ("road_class",)

    road_class: Literal[RoadClass, "off_road"] = column(header="class")
    speed_km_per_h: Positive
    source: Text
    verified: Verified
    design_min_km_per_h: Positive | None = None
    """Design speeds that the standard of `design_source` allows for such roads; the planning speed stays below."""
    design_max_km_per_h: Positive | None = None
    limit_km_per_h: Positive | None = None
    """Speed limit for lorries by `design_source`, where it sets one."""
    design_source: str = ""


class TruckRuleRow(Row):
    """A rule that closes links to trucks above a mass, at all or at certain hours."""

    id: Id
    name: Text
    name_en: str = ""
    closed_to: Literal["trucks"]
    over_t: Amount
    default: Literal["on", "option"]
    links: Ids = ()
    roads: Ids = ()
    road_classes: Ids = column((), header="classes")
    inside: str = ""
    hours: Hours = ()
    grade: Literal["A", "B", "C", "U"]
    source: Text
    note: str = ""

    def to_rule(self) -> TruckRule:
        return TruckRule(
            id=self.id,
            name=self.name,
            name_en=self.name_en,
            over_t=self.over_t,
            links=self.links,
            roads=self.roads,
            road_classes=self.road_classes,
            inside=self.inside,
            hours=self.hours,
            default_on=self.default == "on",
            grade=self.grade,
        )


class RiverRow(Row):
    """One point of a river's schematic line, best the middle of a bridge, numbered upstream to downstream."""

    key: ClassVar[tuple[str, ...]] = ("river", "seq")
    checks: ClassVar[tuple[Check, ...]] = (check_position,)

    river: Id
    name: Text
    name_en: Text
    seq: Whole
    bridge: str = ""
    link: str = ""
    """One link that crosses there; blank before the roads are imported."""
    lon: Number
    lat: Number
    source: Text
