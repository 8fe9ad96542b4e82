"""Truck rules that name roads, classes, a ring or hours instead of links."""

from pathlib import Path

import pytest

from h2plan.domain_roads import TruckRule, minute_of_day
from h2plan.errors import InputError
from h2plan.geo.roads import closed_links, overridden
from h2plan.geo.truck_rules import resolve_rules
from h2plan.tables.read import read_table
from h2plan.tables.rows import RoadLinkRow, RoadNodeRow, TruckRuleRow
from tests.geo.worlds import link, node

ROOT = Path(__file__).parents[2]
NODES = [node("A", 0, 0), node("B", 10, 0), node("C", 10, 10), node("D", 0, 10), node("E", 5, 5), node("F", 20, 5)]
LINKS = [
    link("AB", "A-B", 10, road="环线/高架"),
    link("BC", "B-C", 10, road="环线"),
    link("CD", "C-D", 10, road="环线", road_class="motorway"),
    link("DA", "D-A", 10, road="环线"),
    link("AE", "A-E", 8),
    link("EC", "E-C", 8, road="中山路"),
    link("CF", "C-F", 12, road="中山路"),
]


def rule(**more: object) -> TruckRule:
    return TruckRule(id="r", name="规定", over_t=0, default_on=True, grade="U", **more)  # type: ignore[arg-type]


def closed(**more: object) -> set[str]:
    return set(resolve_rules([rule(**more)], LINKS, nodes=NODES, where="rules.csv")[0].links)


def test_a_rule_closes_the_links_it_names_and_those_it_chooses() -> None:
    assert closed(links=("AE",)) == {"AE"}
    assert closed(roads=("中山路",)) == {"EC", "CF"}
    assert closed(links=("AE",), roads=("中山路",)) == {"AE", "EC", "CF"}
    assert closed(road_classes=("motorway",)) == {"CD"}
    assert closed(roads=("环线",), road_classes=("motorway",)) == {"CD"}


def test_a_road_that_shares_a_link_with_another_is_found_there() -> None:
    assert closed(roads=("高架",)) == {"AB"}


def test_a_ring_holds_its_own_links_and_those_within_it() -> None:
    assert closed(inside="环线") == {"AB", "BC", "CD", "DA", "AE", "EC"}
    assert closed(inside="环线", roads=("中山路",)) == {"EC"}


def test_a_rule_that_names_nothing_of_the_network_is_refused() -> None:
    with pytest.raises(InputError, match=r"roads: rule r: no link of the network has '解放路'"):
        closed(roads=("解放路",), road_classes=("motorway",))
    with pytest.raises(InputError, match=r"inside: the links of '中山路' do not close to a ring"):
        closed(inside="中山路")


@pytest.mark.parametrize(
    ("clock", "holds"), [(None, True), ("06:59", False), ("07:00", True), ("21:59", True), ("22:00", False)]
)
def test_a_rule_holds_at_its_hours_and_at_any_time_if_none_is_planned(clock: str | None, holds: bool) -> None:
    by_day = rule(links=("AB",), hours=((420, 1320),))
    found = closed_links([by_day], is_truck=True, mass_t=18, minute=minute_of_day(clock))
    assert bool(found) == holds


def test_a_rule_may_run_over_midnight() -> None:
    by_night = rule(links=("AB",), hours=((1320, 360),))
    assert [by_night.holds_at(hour * 60) for hour in (21, 22, 0, 5, 6)] == [False, True, True, True, False]


RULES = "id,name,closed_to,over_t,default,links,hours,grade,source\nr,规定,trucks,0,on,AB,{},U,made\n"


def test_hours_are_read_as_minutes_of_the_day(tmp_path: Path) -> None:
    path = tmp_path / "rules.csv"
    for text, hours in (
        ("07:00-22:00;23:00-01:30", ((420, 1320), (1380, 90))),
        ("all day", ()),
        ("全天", ()),
        ("", ()),
    ):
        path.write_text(RULES.format(text), encoding="utf-8")
        assert read_table(path, TruckRuleRow)[0].to_rule().hours == hours


@pytest.mark.parametrize("text", ["nearly none", "7-22", "07:00-07:00", "07:61-08:00", "25:00-26:00"])
def test_hours_that_are_none_are_refused(text: str, tmp_path: Path) -> None:
    path = tmp_path / "rules.csv"
    path.write_text(RULES.format(text), encoding="utf-8")
    with pytest.raises(InputError, match=r"row 2, hours: .* is no span of hours"):
        read_table(path, TruckRuleRow)


def test_speeds_are_overridden_by_class_and_unknown_classes_refused() -> None:
    assert overridden({"trunk": 55.0, "motorway": 80.0}, {"trunk": 45.0}, where="s") == {
        "trunk": 45.0,
        "motorway": 80.0,
    }
    with pytest.raises(InputError, match=r"s, lane: is no class of the table of speeds \(classes: trunk\)"):
        overridden({"trunk": 55.0}, {"lane": 20.0}, where="s")


def test_the_third_ring_of_wuhan_closes_itself_and_what_lies_within() -> None:
    nodes = [row.to_node() for row in read_table(Path("data/roads/nodes.csv"), RoadNodeRow, root=ROOT)]
    links = [row.to_link() for row in read_table(Path("data/roads/links.csv"), RoadLinkRow, root=ROOT)]
    given = [row.to_rule() for row in read_table(Path("data/roads/truck_access.csv"), TruckRuleRow, root=ROOT)]
    rules = {one.id: one for one in resolve_rules(given, links, nodes=nodes, where="truck_access.csv")}
    ring = rules["third-ring-and-inside"]
    assert not ring.default_on
    roads = {one.id: one for one in links}
    assert {one.id for one in links if "三环线" in one.road.split("/")} <= set(ring.links)
    assert {one.id for one in links if "二环线" in one.road.split("/")} <= set(ring.links)
    assert not any("四环线" in roads[name].road.split("/") for name in ring.links)
