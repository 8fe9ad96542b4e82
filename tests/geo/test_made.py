"""Sites made by rule on roads that can be measured in the head."""

from __future__ import annotations

import pyproj
import pytest

from h2plan.domain import Bank, Place
from h2plan.domain_roads import RoadLink, RoadNode
from h2plan.errors import InputError
from h2plan.geo.made import along_roads, around_places, refuse_lost_ends

GEOD = pyproj.Geod(ellps="WGS84")
LON, LAT = 114.3, 30.6


def east(km: float) -> float:
    """Return the longitude so many km east of the origin."""
    return float(GEOD.fwd(LON, LAT, 90.0, km * 1000)[0])


def node(id_: str, lon: float, lat: float = LAT, bank: Bank = "none") -> RoadNode:
    return RoadNode(id=id_, kind="junction", lon=lon, lat=lat, bank=bank)


def link(id_: str, start: str, end: str, *, road: str = "环线", road_class: str = "trunk") -> RoadLink:
    return RoadLink(id=id_, from_node=start, to_node=end, road=road, road_class=road_class, length_km=1.0)


NODES = {"a": node("a", LON), "b": node("b", east(6)), "c": node("c", east(11), bank="left")}
LINKS = [link("ab", "a", "b"), link("bc", "b", "c"), link("x", "a", "c", road="别路")]


def along(**more: object) -> list[float]:
    """Return how far from the origin, in km, sites are made along the ring of 11 km."""
    asked = {"roads": ["环线"], "every_km": 5.0, "precision_m": 1000.0, "city": "城", **more}
    sites = along_roads(NODES, LINKS, **asked)  # type: ignore[arg-type]
    return sorted(round(GEOD.inv(LON, LAT, site.lon, site.lat)[2] / 1000, 2) for site in sites)


def test_every_five_km_of_eleven_make_two_sites_over_the_joint_of_two_links() -> None:
    assert along() in ([5.0, 10.0], [1.0, 6.0])  # from either end


def test_every_four_km_of_eleven_make_two_sites() -> None:
    assert along(every_km=4.0) in ([4.0, 8.0], [3.0, 7.0])


def test_a_road_shorter_than_the_step_makes_none() -> None:
    assert along(every_km=12.0) == []


def test_every_site_says_which_rule_made_it() -> None:
    site = along_roads(NODES, LINKS, roads=["环线"], every_km=5, precision_m=800, city="城")[0]
    assert (site.id, site.kind, site.precision_m, site.verified) == ("along-环线-001", "greenfield", 800, "no")
    assert site.note == "made by rule: every 5 km along 环线"


def test_an_unknown_road_is_refused_with_the_nearest_names() -> None:
    with pytest.raises(InputError, match="no link is part of '二环线'") as caught:
        along_roads(NODES, LINKS, roads=["二环线"], every_km=5, precision_m=0, city="城")
    assert "环线" in str(caught.value.faults[0].hint)


def place(bank: Bank = "none", *, north_km: float = 0.0) -> Place:
    lon, lat, _ = GEOD.fwd(east(3), LAT, 0.0, north_km * 1000)
    return Place(id="t", name="镇", lon=lon, lat=lat, bank=bank, precision_m=100)


def around(spot: Place, links: list[RoadLink] = LINKS) -> list[float]:
    sites = around_places(NODES, links, places=[(spot, "区")], ring_km=2.0, precision_m=0, city="城")
    return sorted(round(GEOD.inv(LON, LAT, site.lon, site.lat)[2] / 1000, 1) for site in sites)


def test_around_a_place_on_a_road_sites_stand_on_the_road_two_km_to_each_side_and_beside_it() -> None:
    # North and south of the place the nearest road is the one through the place itself, exactly 2 km off.
    assert around(place()) in ([1.0, 3.0, 3.0, 5.0], [1.0, 3.0, 5.0], [1.0, 5.0])


def test_a_place_far_from_every_road_gets_no_site() -> None:
    assert around(place(north_km=5.0)) == []


def test_no_site_is_made_across_the_river() -> None:
    banks = {"a": node("a", LON, bank="left"), "b": node("b", east(6), bank="left")}
    sites = around_places(banks, LINKS[:1], places=[(place("right"), "区")], ring_km=2.0, precision_m=0, city="城")
    assert sites == ()


def test_motorways_have_no_frontage() -> None:
    assert around(place(), [link("ab", "a", "b", road_class="motorway")]) == []


def test_a_link_that_ends_nowhere_is_named() -> None:
    with pytest.raises(InputError, match="ends at the node 'z'"):
        refuse_lost_ends(NODES, [link("az", "a", "z")], where="links.csv")
