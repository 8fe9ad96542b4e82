"""What the shipped road network of Wuhan and the city-centre area must say, read with the standard library alone."""

from __future__ import annotations

import csv
import json
import math
from collections import defaultdict
from collections.abc import Iterable, Mapping
from functools import cache
from itertools import pairwise
from pathlib import Path
from typing import get_args

import pytest

from h2plan.tables.rows_roads import RoadClass

DATA = Path(__file__).resolve().parents[2] / "data"
Row = Mapping[str, str]

MAP_EDGE_BEYOND_A_BRIDGE = "X162"  # its only link is the Qipanzhou bridge
YANGTZE_BRIDGES = [  # upstream to downstream
    "嘉鱼长江公路大桥",
    "军山长江大桥",
    "沌口长江大桥",
    "白沙洲大桥",
    "杨泗港长江大桥",
    "鹦鹉洲长江大桥",
    "武汉长江大桥",
    "武汉长江隧道",
    "三阳路长江隧道",
    "武汉长江二桥",
    "二七长江大桥",
    "天兴洲长江大桥",
    "青山长江大桥",
    "阳逻长江大桥",
    "双柳长江大桥",
    "黄冈长江大桥",
    "鄂东长江大桥",
    "棋盘洲长江公路大桥",
]
HAN_BRIDGES = {"四环线汉江桥", "长丰桥", "古田桥", "汉江湾桥", "知音桥", "月湖桥", "江汉桥", "晴川桥"}


@cache
def table(name: str) -> tuple[Row, ...]:
    with (DATA / name).open(encoding="utf-8-sig", newline="") as file:
        return tuple(csv.DictReader(file))


@cache
def by_id(name: str) -> dict[str, Row]:
    return {row["id"]: row for row in table(name)}


def components(links: Iterable[Row]) -> list[set[str]]:
    """The connected parts of the network that these links leave, over all nodes, largest first."""
    next_to: dict[str, list[str]] = defaultdict(list)
    for link in links:
        next_to[link["from_node"]].append(link["to_node"])
        next_to[link["to_node"]].append(link["from_node"])
    unseen = set(by_id("roads/nodes.csv"))
    parts = []
    while unseen:
        part, front = set[str](), [next(iter(unseen))]
        while front:
            node = front.pop()
            if node not in part:
                part.add(node)
                front.extend(next_to[node])
        unseen -= part
        parts.append(part)
    return sorted(parts, key=len, reverse=True)


def straight_km(a: Row, b: Row) -> float:
    """Great-circle distance on the mean earth radius, 6,371.0088 km."""
    lon_a, lat_a, lon_b, lat_b = (math.radians(float(x)) for x in (a["lon"], a["lat"], b["lon"], b["lat"]))
    half = math.sin((lat_b - lat_a) / 2) ** 2
    half += math.cos(lat_a) * math.cos(lat_b) * math.sin((lon_b - lon_a) / 2) ** 2
    return 2 * 6371.0088 * math.asin(math.sqrt(half))


def test_the_road_network_is_one_piece() -> None:
    assert len(components(table("roads/links.csv"))) == 1


def test_without_its_yangtze_links_the_network_is_two_banks() -> None:
    """Besides the two banks only the edge of the map beyond the Qipanzhou bridge is cut off."""
    parts = components(row for row in table("roads/links.csv") if row["river"] != "yangtze")
    left, right, *rest = sorted(parts, key=len, reverse=True)
    assert rest == [{MAP_EDGE_BEYOND_A_BRIDGE}]
    nodes = table("roads/nodes.csv")
    assert {n["id"] for n in nodes if n["bank"] == "left"} == left | {MAP_EDGE_BEYOND_A_BRIDGE}
    assert {n["id"] for n in nodes if n["bank"] == "right"} == right


def test_a_link_crosses_the_yangtze_exactly_when_its_ends_lie_on_different_banks() -> None:
    bank = {row["id"]: row["bank"] for row in table("roads/nodes.csv")}
    for row in table("roads/links.csv"):
        assert (row["river"] == "yangtze") == (bank[row["from_node"]] != bank[row["to_node"]]), row["id"]


def test_the_han_divides_the_left_bank_into_hankou_and_hanyang() -> None:
    parts = components(row for row in table("roads/links.csv") if not row["river"])
    hankou = next(part for part in parts if "D01" in part)
    hanyang = next(part for part in parts if "D10" in part)
    assert {"D02", "D08", "D11", "D13"} <= hankou
    assert {"D07"} <= hanyang
    assert not hankou & hanyang


def test_the_named_bridges_are_in_the_network() -> None:
    crossings = defaultdict(set)
    for row in table("roads/links.csv"):
        crossings[row["river"]].add(row["bridge"])
    assert crossings["yangtze"] == set(YANGTZE_BRIDGES)
    assert crossings["han"] >= HAN_BRIDGES
    assert crossings[""] == {""}


def test_a_river_line_runs_through_its_bridges_downstream() -> None:
    rivers = table("roads/rivers.csv")
    assert [row["bridge"] for row in rivers if row["river"] == "yangtze"] == YANGTZE_BRIDGES
    for river in ("yangtze", "han"):
        steps = [int(row["seq"]) for row in rivers if row["river"] == river]
        assert steps == list(range(1, len(steps) + 1))
    links = by_id("roads/links.csv")
    assert all(links[row["link"]]["bridge"] == row["bridge"] for row in rivers)


@pytest.mark.parametrize(
    ("road", "published_km"), [("G4201绕城高速", 188), ("四环线", 148), ("三环线", 91), ("二环线", 48)]
)
def test_a_ring_road_is_as_long_as_published(road: str, published_km: float) -> None:
    """Links carry every road they belong to, joined by '/'; a section of two rings counts for both.

    Arterial links repeat expressway links and carry no road name, so nothing counts twice.
    """
    links = [row for row in table("roads/links.csv") if road in row["road"].split("/")]
    assert all(not row["along_link"] for row in links)
    assert sum(float(row["length_km"]) for row in links) == pytest.approx(published_km, rel=0.03)


@pytest.mark.parametrize("road", ["G4201绕城高速", "四环线", "三环线", "二环线"])
def test_a_ring_road_closes(road: str) -> None:
    """No node of a ring has a single ring link."""
    ends: dict[str, int] = defaultdict(int)
    for row in table("roads/links.csv"):
        if road in row["road"].split("/"):
            ends[row["from_node"]] += 1
            ends[row["to_node"]] += 1
    assert min(ends.values()) >= 2


def test_a_link_is_no_shorter_than_the_straight_line() -> None:
    nodes = by_id("roads/nodes.csv")
    for row in table("roads/links.csv"):
        straight = straight_km(nodes[row["from_node"]], nodes[row["to_node"]])
        assert float(row["length_km"]) >= 0.97 * straight, row["id"]


def test_a_repeated_link_repeats_a_link_of_the_expressway_network() -> None:
    links = by_id("roads/links.csv")
    for row in links.values():
        if row["along_link"]:
            assert row["id"].startswith("AL")
            assert links[row["along_link"]]["along_link"] == ""


def test_every_link_class_has_a_speed() -> None:
    speeds = {row["class"]: float(row["speed_km_per_h"]) for row in table("roads/speeds.csv")}
    assert set(speeds) == {*get_args(RoadClass), "off_road"}
    assert set(speeds) >= {row["class"] for row in table("roads/links.csv")}
    assert min(speeds.values()) > 0


def test_a_truck_rule_closes_the_whole_bridge_it_names() -> None:
    links_of = defaultdict(set)
    for row in table("roads/links.csv"):
        links_of[row["bridge"]].add(row["id"])
    for rule in table("roads/truck_access.csv"):
        if rule["default"] == "on":
            assert set(rule["links"].split(";")) == links_of[rule["name"]], rule["id"]
        else:
            assert rule["links"] == ""


def test_trucks_of_49_t_can_still_cross_the_yangtze() -> None:
    closed = {
        link
        for rule in table("roads/truck_access.csv")
        if rule["default"] == "on" and float(rule["over_t"]) < 49
        for link in rule["links"].split(";")
    }
    assert len(components(row for row in table("roads/links.csv") if row["id"] not in closed)) == 1


# --- rules ---------------------------------------------------------------------------------------------------------


def test_the_city_centre_is_one_closed_ring_around_both_old_towns() -> None:
    collection = json.loads((DATA / "rules/city_centre.geojson").read_text(encoding="utf-8"))
    (feature,) = collection["features"]
    (ring,) = feature["geometry"]["coordinates"]
    assert ring[0] == ring[-1]
    assert feature["properties"]["verdict"] == "bar"
    assert feature["properties"]["verified"] == "no"
    twice_area = sum(a[0] * b[1] - b[0] * a[1] for a, b in pairwise(ring))
    area_km2 = twice_area / 2 * 111.2**2 * math.cos(math.radians(30.57))
    assert area_km2 == pytest.approx(138, rel=0.02)  # positive: anticlockwise, as RFC 7946 asks


def test_a_planning_speed_is_no_faster_than_the_standard_and_the_limit_allow() -> None:
    rows = table("roads/speeds.csv")
    assert sum(bool(row["design_source"]) for row in rows) >= 6
    for row in rows:
        for column in ("design_max_km_per_h", "limit_km_per_h"):
            if row[column]:
                assert float(row["speed_km_per_h"]) <= float(row[column]), row["class"]
