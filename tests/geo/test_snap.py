"""Where places join the road."""

import numpy as np
import pytest
import shapely

from h2plan.domain import Place
from h2plan.errors import InputError
from h2plan.geo.roads import RoadNetwork, bank_codes
from h2plan.geo.snap import Points, Snaps, joined_roads, snap
from tests.geo.worlds import (
    CENTRE,
    link,
    network,
    node,
    place,
    position,
    random_network,
    random_places,
    street,
    two_banks,
)


def points(*places: Place, on_road: bool = False) -> Points:
    return Points(
        ids=tuple(one.id for one in places),
        names=tuple(one.name for one in places),
        lon=np.array([one.lon for one in places]),
        lat=np.array([one.lat for one in places]),
        bank=bank_codes(one.bank for one in places),
        on_road=np.full(len(places), on_road),
    )


def joined(roads: RoadNetwork, snaps: Snaps) -> list[str]:
    """Link or node id of each snap."""
    return [roads.links[k].id if k >= 0 else roads.nodes[n].id for k, n in zip(snaps.link, snaps.node, strict=True)]


def test_a_place_joins_the_foot_of_its_perpendicular() -> None:
    snaps = snap(street(), points(place("p", 3, 2)))
    assert snaps.share == pytest.approx([0.3], abs=1e-5)
    assert snaps.distance_m == pytest.approx([2000], rel=1e-6)
    assert (snaps.lon[0], snaps.lat[0]) == pytest.approx(position(3, 0), abs=1e-6)


def test_a_place_beyond_the_end_of_a_road_joins_its_last_node() -> None:
    roads = street()
    snaps = snap(roads, points(place("p", -3, 4), place("q", 13, 0), place("r", 10, 0)))
    assert joined(roads, snaps) == ["A", "B", "B"]
    assert snaps.distance_m == pytest.approx([5000, 3000, 0], abs=0.01)
    assert np.isnan(snaps.share).all()


def test_a_bend_is_where_its_shape_points_are() -> None:
    bend = network([node("A", 0, 0), node("B", 10, 0)], [link("AB", "A-B", 20, via=(position(0, 5), position(10, 5)))])
    snaps = snap(bend, points(place("p", 5, 6)))
    assert snaps.distance_m == pytest.approx([1000], rel=1e-5)
    assert snaps.share == pytest.approx([0.5], abs=1e-6)


def test_a_place_never_joins_across_the_river() -> None:
    roads = two_banks()
    snaps = snap(roads, points(place("p", 5.9, 5, bank="left"), place("q", 5.9, 5, bank="right")))
    assert joined(roads, snaps) == ["left-street", "right-street"]
    assert snaps.distance_m == pytest.approx([1900, 100], rel=1e-4)


def test_nobody_joins_a_bridge_even_where_the_bank_is_not_known() -> None:
    roads = two_banks()
    assert joined(roads, snap(roads, points(place("p", 5.2, 0.1)))) == ["right-street"]


def motorway_world() -> RoadNetwork:
    """A motorway along y = 0 with an interchange at its middle; a street along y = 6 from its east end."""
    nodes = [
        node("W", 0, 0),
        node("M", 10, 0, kind="interchange"),
        node("E", 20, 0),
        node("S", 20, 6),
        node("T", 0, 6),
    ]
    links = [
        link("m1", "W-M", 10, road_class="motorway"),
        link("m2", "M-E", 10, road_class="motorway"),
        link("s1", "E-S", 6),
        link("s2", "S-T", 20),
    ]
    return network(nodes, links)


def test_a_motorway_is_entered_at_its_interchanges_only() -> None:
    roads = motorway_world()
    near_middle, near_west = place("p", 9, 1), place("q", 2, 1)
    assert joined(roads, snap(roads, points(near_middle, near_west))) == ["M", "s2"]


def test_a_place_that_stands_on_the_motorway_joins_it_anywhere() -> None:
    roads = motorway_world()
    snaps = snap(roads, points(place("service", 4, 0.1), on_road=True))
    assert joined(roads, snaps) == ["m1"]
    assert snaps.share == pytest.approx([0.4], abs=1e-5)


def test_which_roads_have_no_access_is_the_callers_choice() -> None:
    roads = motorway_world()
    assert joined(roads, snap(roads, points(place("q", 3, 1)), no_access_classes=frozenset())) == ["m1"]


def test_every_place_beyond_the_limit_is_named_with_its_distance_and_road() -> None:
    with pytest.raises(InputError) as refused:
        snap(street(), points(place("p", 3, 7), place("q", 4, 1), place("r", -8, 0)), limit_km=5, where="ports.csv")
    assert [str(fault) for fault in refused.value.faults] == [
        (
            "ports.csv: p (place p): 7.0 km from link AB, the nearest road it may join "
            "(the limit is 5 km: correct its position or bank, or add the road)"
        ),
        (
            "ports.csv: r (place r): 8.0 km from node A, the nearest road it may join "
            "(the limit is 5 km: correct its position or bank, or add the road)"
        ),
    ]


def test_a_place_whose_bank_has_no_road_is_named() -> None:
    nodes = [node("A", 0, 0, bank="left"), node("B", 10, 0, bank="left")]
    with pytest.raises(InputError, match=r"p \(place p\): no road on the right bank can be joined"):
        snap(network(nodes, [link("AB", "A-B", 10)]), points(place("p", 3, 0, bank="right")))


def test_of_equally_near_roads_the_first_by_id_is_joined() -> None:
    nodes = [node("A", 0, 0), node("B", 10, 0)]
    roads = network(nodes, [link("z", "A-B", 10), link("a", "A-B", 10), link("m", "B-A", 10)])
    assert joined(roads, snap(roads, points(place("p", 4, 1)))) == ["a"]


def test_no_points_give_no_snaps() -> None:
    assert snap(street(), points()).link.size == 0


@pytest.mark.parametrize("seed", range(5))
def test_the_road_joined_is_the_nearest_of_all(seed: int) -> None:
    roads, places = random_network(seed), random_places(seed, 12, "p")
    snaps = snap(roads, points(*places), no_access_classes=frozenset())
    xy = {one.id: CENTRE.to_xy(one.lon, one.lat) for one in roads.nodes}
    lines = [shapely.LineString([xy[one.from_node], xy[one.to_node]]) for one in roads.links]
    here = [shapely.Point(*CENTRE.to_xy(one.lon, one.lat)) for one in places]
    assert snaps.distance_m == pytest.approx([min(line.distance(p) for line in lines) for p in here], abs=0.1)


def test_where_a_place_joins_is_told_with_its_distance_and_road() -> None:
    roads = network([node("A", 0, 0), node("B", 10, 0)], [link("AB", "A-B", 10, road="中山路")])
    told = joined_roads(roads, snap(roads, points(place("p", 3, 2), place("q", -1, 0))))
    assert [(name, round(metres), road, called) for name, metres, road, called in told] == [
        ("p", 2000, "AB", "中山路"),
        ("q", 1000, "A", ""),
    ]
