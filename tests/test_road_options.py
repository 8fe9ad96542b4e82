"""What a scenario may say about its roads, on the shipped network of Wuhan."""

from pathlib import Path

import pytest

from h2plan.errors import InputError
from h2plan.network import read_roads
from h2plan.prepare import Prepared, prepare
from h2plan.project import Project, load
from h2plan.tables.read import read_table
from h2plan.tables.rows import TruckRuleRow

ROOT = Path(__file__).parents[1]


def project(**roads: object) -> Project:
    plain = load(ROOT / "scenarios" / "wuhan-2030.yaml")
    section = type(plain.scenario.roads).model_validate({**plain.scenario.roads.model_dump(), **roads})
    return Project(scenario=plain.scenario.model_copy(update={"roads": section}), file=plain.file, root=plain.root)


@pytest.fixture(scope="module")
def plain() -> Prepared:
    return prepare(project())


def test_roads_that_opened_later_are_in_2030_and_not_in_2022() -> None:
    early, late = (read_roads(project(), year=year)[0] for year in (2022, 2030))
    added = {link.road for link in late.links} - {link.road for link in early.links}
    assert added == {"京武高速"}
    assert set(early.link_index) < set(late.link_index)


def test_speed_overrides_change_minutes_and_no_kilometre() -> None:
    (slow, *_), (usual, *_) = (
        read_roads(project(**more), year=2030) for more in ({"speed_overrides": {"motorway": 40}}, {})
    )
    assert slow.link_km.tolist() == usual.link_km.tolist()
    motorway = [n for n, link in enumerate(usual.links) if link.road_class == "motorway"]
    assert (slow.link_min[motorway] > usual.link_min[motorway]).all()
    with pytest.raises(InputError, match=r"wuhan-2030.yaml roads.speed_overrides, lane: is no class"):
        read_roads(project(speed_overrides={"lane": 20}), year=2030)


def test_a_rule_with_hours_closes_nothing_at_other_hours(tmp_path: Path) -> None:
    given = {row.id: row for row in read_table(Path("data/roads/truck_access.csv"), TruckRuleRow, root=ROOT)}
    assert given["outer-areas"].hours == ((420, 1320),)
    by_day, by_night = (
        {rule.id: rule for rule in read_roads(project(planning_hour=hour), year=2030)[1]} for hour in ("10:00", "23:00")
    )
    assert by_day["third-ring-and-inside"].links == by_night["third-ring-and-inside"].links != ()
    with pytest.raises(ValueError, match="planning_hour"):
        project(planning_hour="25:00")


def test_service_areas_become_two_half_sites_with_detours_of_their_own(plain: Prepared) -> None:
    split = prepare(project(service_areas="two_sites"))
    whole = {site.id for site in plain.gathered.sites if site.kind == "highway_service" and not site.is_built}
    ids = {site.id for site in split.gathered.sites}
    assert whole
    assert ids == {site.id for site in plain.gathered.sites} - whole | {
        f"{name}-{side}" for name in whole for side in "ab"
    }
    flows = [flow.id for flow in plain.demand.flows]
    sides = [
        [split.travel.get((flow, f"{name}-{side}"), (99.0, 0.0))[0] for side in "ab"]
        for name in whole
        for flow in flows
    ]
    near = [pair for pair in sides if min(pair) < 99]
    assert near
    assert any(max(pair) - min(pair) > 1 for pair in near)


def test_coming_back_costs_its_minutes_off_the_expressway_only(plain: Prepared) -> None:
    dear = prepare(project(reentry_min=3, reentry_cny=10))
    kinds = {site.id: site.kind for site in plain.gathered.sites}
    flows = {flow.id for flow in plain.demand.flows}
    pairs = {pair for pair in plain.travel if pair[0] in flows}
    assert {pair for pair in dear.travel if pair[0] in flows} < pairs
    more = {pair: dear.travel[pair][0] - plain.travel[pair][0] for pair in pairs & set(dear.travel)}
    assert {round(minutes, 6) for minutes in more.values()} == {0.0, 3.0}
    assert all(minutes == 0 for (_, site), minutes in more.items() if kinds[site] == "highway_service")
    charged = [pair for pair, minutes in more.items() if minutes > 0]
    for pair in charged[:20]:
        assert dear.access_cny_per_kg[pair] > plain.access_cny_per_kg[pair]


def test_left_alone_the_options_change_nothing(plain: Prepared) -> None:
    again = prepare(project(service_areas="one_site", reentry_min=0, planning_hour=None))
    assert again.travel == plain.travel
