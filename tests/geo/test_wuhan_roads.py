"""The shipped road tables of Wuhan, measured."""

from pathlib import Path

import pytest

from h2plan.domain import Place
from h2plan.domain_roads import TruckRule
from h2plan.geo.access import Access, Connected, connect
from h2plan.geo.roads import RoadNetwork, build_network, check_rule_links, closed_links
from h2plan.geo.routes import trace
from h2plan.geo.travel import measure
from h2plan.tables.read import read_table
from h2plan.tables.rows import RoadLinkRow, RoadNodeRow, SpeedRow, TruckRuleRow
from tests.geo.worlds import Drive

ROOT = Path(__file__).parents[2]
ROADS = Path("data/roads")
ACCESS = Access(detour_factor=1.3, off_road_km_per_h=20, entry_factor=1.2, entry_km_per_h=70)


@pytest.fixture(scope="module")
def rules() -> list[TruckRule]:
    return [row.to_rule() for row in read_table(ROADS / "truck_access.csv", TruckRuleRow, root=ROOT)]


@pytest.fixture(scope="module")
def wuhan(rules: list[TruckRule]) -> RoadNetwork:
    nodes = [row.to_node() for row in read_table(ROADS / "nodes.csv", RoadNodeRow, root=ROOT)]
    links = [row.to_link() for row in read_table(ROADS / "links.csv", RoadLinkRow, root=ROOT)]
    speeds: dict[str, float] = {
        row.road_class: row.speed_km_per_h for row in read_table(ROADS / "speeds.csv", SpeedRow, root=ROOT)
    }
    check_rule_links(rules, links)
    return build_network(nodes, links, speeds_km_per_h=speeds)


@pytest.fixture(scope="module")
def seats(wuhan: RoadNetwork) -> Connected:
    """The seats of the districts, by the first two characters of their names."""
    centres = [one for one in wuhan.nodes if one.kind == "district_centre" and "政府" in one.name]
    places = [
        Place(id=one.name[:2], name=one.name, lon=one.lon, lat=one.lat, bank=one.bank, precision_m=100)
        for one in centres
    ]
    return connect(wuhan, places, access=ACCESS)


@pytest.mark.parametrize(
    ("origin", "target", "km"),
    [
        ("江岸", "武昌", 9.2),
        ("硚口", "汉阳", 5.6),
        ("江岸", "江汉", 4.9),
        ("江汉", "武昌", 10.1),
        ("汉阳", "武昌", 13.0),
    ],
)
def test_seats_are_as_far_apart_as_the_streets_are_long(seats: Connected, origin: str, target: str, km: float) -> None:
    found = measure(seats, [origin], targets=[target], metric="km").by_ids()[origin, target][1]
    assert found == pytest.approx(km, rel=0.1)


def test_a_heavy_truck_crosses_the_yangtze_by_no_closed_link(
    wuhan: RoadNetwork, seats: Connected, rules: list[TruckRule]
) -> None:
    closed = closed_links(rules, is_truck=True, mass_t=49)
    drive = [Drive("q", "江岸", "武昌")]
    (truck,) = trace(seats, drive, metric="km", closed=closed)
    (bus,) = trace(seats, drive, metric="km", closed=closed_links(rules, is_truck=False, mass_t=18))
    assert not set(truck.links) & closed
    assert set(bus.links) & closed
    assert bus.km < truck.km
    assert any(wuhan.links[wuhan.link_index[name]].river == "yangtze" for name in truck.links)


def test_trucks_of_49_t_reach_every_seat_from_every_other(seats: Connected, rules: list[TruckRule]) -> None:
    closed = closed_links(rules, is_truck=True, mass_t=49)
    names = sorted(seats.spot_of)
    assert len(measure(seats, names, targets=names, closed=closed).km) == len(names) ** 2
