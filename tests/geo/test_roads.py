"""Checks of the road tables, years, truck rules and the graph they give."""

import networkx as nx
import pytest

from h2plan.domain_roads import TruckRule
from h2plan.errors import InputError
from h2plan.geo.exchange import from_networkx, to_networkx
from h2plan.geo.roads import build_network, check_rule_links, closed_links
from tests.geo.worlds import SPEEDS, link, network, node, random_network, random_one_way_network

CORNERS = [node("A", 0, 0), node("B", 10, 0), node("C", 10, 10)]
RULES = [
    TruckRule(id="old-bridge", name="旧桥", over_t=0, links=("AB",), default_on=True, grade="C"),
    TruckRule(id="weak-bridge", name="弱桥", over_t=30, links=("BC", "CD"), default_on=True, grade="C"),
    TruckRule(id="inner-city", name="内城", over_t=0, links=("CA",), default_on=False, grade="U"),
]


def test_all_faults_of_both_tables_come_together() -> None:
    nodes = [*CORNERS, node("A", 1, 1)]
    links = [
        link("k1", "A-X", 10),
        link("k2", "A-B", 0),
        link("k3", "B-C", 10, road_class="towpath"),
        link("k3", "B-C", -1, speed_km_per_h=0.0),
        link("k4", "C-C", 10, along_link="k9"),
    ]
    with pytest.raises(InputError) as refused:
        build_network(nodes, links, speeds_km_per_h={**SPEEDS, "lane": 0.0})
    text = str(refused.value)
    for said in (
        "nodes.csv, id: id 'A' stands 2 times",
        "links.csv, id: id 'k3' stands 2 times",
        "links.csv, to_node: link k1: node 'X' is not in nodes.csv",
        "links.csv, length_km: link k2: 0 km is not a positive length",
        "links.csv, length_km: link k3: -1 km is not a positive length",
        "links.csv, speed_km_per_h: link k3: 0 is not a speed",
        "links.csv, class: link k3: no speed is given for class 'towpath'",
        "links.csv, to_node: link k4 begins and ends at C",
        "links.csv, along_link: link k4 runs along the unknown link 'k9'",
        "speeds.csv, speed_km_per_h: class lane: 0 is not a speed",
    ):
        assert said in text
    assert len(refused.value.faults) == 10


def test_empty_tables_are_refused() -> None:
    with pytest.raises(InputError, match=r"nodes.csv: there are no nodes\n.*links.csv: there are no links"):
        build_network([], [], speeds_km_per_h=SPEEDS)


def test_a_position_outside_the_globe_is_refused() -> None:
    far = node("C", 10, 10)
    swapped = type(far)(id="C", kind="junction", lon=30.6, lat=114.3)
    with pytest.raises(InputError, match=r"node C: 30.6, 114.3 is no position in degrees"):
        network([*CORNERS[:2], swapped], [link("AB", "A-B", 10), link("BC", "B-C", 10)])


def test_a_length_in_the_wrong_unit_is_refused() -> None:
    with pytest.raises(InputError, match=r"link AB: 0.01 km is 0.00 of the straight line .* not in km"):
        network(CORNERS[:2], [link("AB", "A-B", 0.01)])


def test_a_link_slightly_shorter_than_the_straight_line_is_noted() -> None:
    roads = network(CORNERS, [link("AB", "A-B", 9.0), link("BC", "B-C", 9.9)])
    assert roads.notes == ("1 links are shorter than 0.97 of the straight line of their ends: AB (0.90)",)


def test_each_piece_that_nothing_joins_is_named() -> None:
    nodes = [*CORNERS, node("D", 20, 0), node("E", 25, 0), node("F", 30, 0)]
    with pytest.raises(InputError) as refused:
        network(nodes, [link("AB", "A-B", 10), link("BC", "B-C", 10), link("DE", "D-E", 5)])
    said = [fault.message for fault in refused.value.faults]
    assert said == ["2 nodes are not joined to the other 3: D, E", "1 nodes are not joined to the other 3: F"]


def test_the_class_gives_the_speed_unless_the_link_has_its_own() -> None:
    roads = network(CORNERS, [link("AB", "A-B", 10), link("BC", "B-C", 10, speed_km_per_h=40.0)])
    assert roads.link_min.tolist() == [10, 15]


def test_the_order_of_rows_changes_nothing() -> None:
    roads = random_network(3)
    turned = network(roads.nodes[::-1], roads.links[::-1])
    assert (turned.nodes, turned.links) == (roads.nodes, roads.links)
    assert turned.link_min.tolist() == roads.link_min.tolist()


def test_roads_of_later_years_are_left_out_with_the_nodes_only_they_touch() -> None:
    links = [link("AB", "A-B", 10), link("BC", "B-C", 10, opened_yr=2030), link("AB2", "A-B", 11, opened_yr=2025)]
    roads = network(CORNERS, links, year=2029)
    assert [one.id for one in roads.links] == ["AB", "AB2"]
    assert [one.id for one in roads.nodes] == ["A", "B"]
    assert roads.notes == ("left out because they open after 2029: 1 links (BC), 1 nodes",)
    assert len(network(CORNERS, links, year=2030).links) == 3
    assert len(network(CORNERS, links).links) == 3


def test_a_missing_future_road_that_splits_the_network_is_said_to_be_the_cause() -> None:
    nodes = [*CORNERS, node("D", 20, 10)]
    links = [link("AB", "A-B", 10), link("BC", "B-C", 10, opened_yr=2030), link("CD", "C-D", 10)]
    with pytest.raises(InputError, match=r"2 nodes are not joined to the other 2: .*roads that open after 2026"):
        network(nodes, links, year=2026)


def test_a_link_crosses_if_it_is_over_a_river_or_its_ends_are_on_two_banks() -> None:
    nodes = [node("A", 0, 0, bank="left"), node("B", 5, 0, bank="right"), node("C", 9, 0), node("D", 12, 0)]
    links = [link("AB", "A-B", 5), link("BC", "B-C", 4), link("CD", "C-D", 3, river="han")]
    assert network(nodes, links).crosses_river.tolist() == [True, False, True]


@pytest.mark.parametrize(
    ("is_truck", "mass_t", "expected"),
    [
        (False, 18.0, set()),
        (True, 4.5, {"AB"}),
        (True, 30.0, {"AB"}),
        (True, 30.1, {"AB", "BC", "CD"}),
    ],
)
def test_rules_close_links_to_trucks_heavier_than_their_limit(
    is_truck: bool, mass_t: float, expected: set[str]
) -> None:
    assert closed_links(RULES, is_truck=is_truck, mass_t=mass_t) == expected


def test_rules_are_switched_by_id() -> None:
    switched = {"inner-city": True, "old-bridge": False}
    assert closed_links(RULES, is_truck=True, mass_t=18, switched=switched) == {"CA"}


def test_switching_an_unknown_rule_is_refused_with_the_known_ones() -> None:
    with pytest.raises(InputError, match=r"no truck rule 'bridge' \(known rules: inner-city, old-bridge, weak-bridge"):
        closed_links(RULES, is_truck=True, mass_t=18, switched={"bridge": True})


def test_a_rule_that_names_an_unknown_link_is_refused() -> None:
    with pytest.raises(InputError, match="links: rule weak-bridge names the unknown link 'CD'"):
        check_rule_links(RULES, [link("AB", "A-B", 1), link("BC", "B-C", 1), link("CA", "C-A", 1)])


def test_the_graph_of_networkx_has_every_open_link_once() -> None:
    links = [link("AB", "A-B", 10), link("AB2", "A-B", 12), link("BC", "B-C", 10, road="中山路")]
    graph = to_networkx(network(CORNERS, links), closed={"AB"})
    assert sorted(graph.nodes) == ["A", "B", "C"]
    assert sorted(key for *_, key in graph.edges(keys=True)) == ["AB2", "BC"]
    said = graph.edges["B", "C", "BC"]
    assert (said["minutes"], said["km"], said["road"], said["road_class"]) == (10, 10, "中山路", "street")


def test_nodes_one_can_enter_and_not_leave_are_named_as_are_those_one_cannot_come_back_to() -> None:
    nodes = [*CORNERS, node("D", 20, 10), node("E", 0, 10)]
    round_trip = [
        link("AB", "A-B", 10, oneway=True),
        link("BC", "B-C", 10, oneway=True),
        link("CA", "C-A", 15, oneway=True),
    ]
    with pytest.raises(InputError) as refused:
        network(nodes, [*round_trip, link("CD", "C-D", 10, oneway=True), link("EC", "E-C", 10, oneway=True)])
    assert [fault.message for fault in refused.value.faults] == [
        "1 nodes can be entered from and not left to the other 3: D",
        "1 nodes can be left to and not entered from the other 3: E",
    ]


@pytest.mark.parametrize("seed", range(4))
def test_a_network_survives_its_way_through_networkx(seed: int) -> None:
    for roads in (random_network(seed), random_one_way_network(seed)):
        again = from_networkx(to_networkx(roads), speeds_km_per_h=SPEEDS)
        assert (again.nodes, again.links) == (roads.nodes, roads.links)
        assert again.link_min.tolist() == roads.link_min.tolist()


def test_a_graph_without_lengths_is_refused_edge_by_edge() -> None:
    graph: nx.DiGraph[str] = nx.DiGraph([("A", "B")])
    graph.add_node("A", lon=114.3, lat=30.6)
    with pytest.raises(InputError) as refused:
        from_networkx(graph, speeds_km_per_h=SPEEDS)
    assert [str(fault) for fault in refused.value.faults] == [
        "graph, lon: node B has no lon",
        "graph, lat: node B has no lat",
        "graph, length_km: edge A - B has no length_km",
        "graph, road_class: edge A - B has no road_class",
    ]
