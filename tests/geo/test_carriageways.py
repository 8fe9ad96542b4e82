"""Service areas as two half-sites, and stops off the expressway."""

import pytest

from h2plan.domain import Site
from h2plan.geo.access import connect
from h2plan.geo.carriageways import halves
from h2plan.geo.reentry import reentries
from h2plan.geo.roads import RoadNetwork
from h2plan.geo.routes import detours
from tests.geo.worlds import ACCESS, Drive, link, network, node, place, position, tied


def area(name: str, x_km: float, y_km: float) -> Site:
    lon, lat = position(x_km, y_km)
    return Site(
        id=name, name="服务区", lon=lon, lat=lat, precision_m=50, kind="highway_service", source="made", verified="no"
    )  # type: ignore[call-arg]


def centre_line() -> RoadNetwork:
    """A motorway of three links from west to east, 30 km long, with interchanges every 10 km."""
    nodes = [node(name, x, 0, kind="interchange") for name, x in zip("ABCD", (0, 10, 20, 30), strict=True)]
    return network(nodes, [link(f"{a}{b}", f"{a}-{b}", 10, road_class="motorway") for a, b in ("AB", "BC", "CD")])


def two_carriageways() -> RoadNetwork:
    """The same as two one-way carriageways 40 m apart, eastbound in the south, with turning places at the ends."""
    nodes = [
        node(f"{n}{side}", x, y)
        for side, y in (("e", 0), ("w", 0.04))
        for n, x in zip("ABCD", (0, 10, 20, 30), strict=True)
    ]
    east = [link(f"{a}{b}-e", f"{a}e-{b}e", 10, road_class="motorway", oneway=True) for a, b in ("AB", "BC", "CD")]
    west = [link(f"{b}{a}-w", f"{b}w-{a}w", 10, road_class="motorway", oneway=True) for a, b in ("AB", "BC", "CD")]
    turns = [link(f"turn-{n}", f"{n}e-{n}w", 0.5, road_class="motorway") for n in "ABCD"]
    return network(nodes, [*east, *west, *turns])


@pytest.mark.parametrize("roads", [centre_line(), two_carriageways()], ids=["centre line", "carriageways"])
def test_each_half_serves_one_direction_and_the_other_turns_at_the_next_interchange(roads: RoadNetwork) -> None:
    found, headings = halves(roads, [area("s", 14, 0.02)], limit_km=1)
    sites = found["s"]
    assert [site.id for site in sites] == ["s-a", "s-b"]
    turn_min = 0.0 if headings else 2 * 0.25
    ends = [place("west", 0, 0), place("east", 30, 0)]
    on_road = {"west", "east", *(site.id for site in sites)}
    world = connect(roads, [*ends, *sites], access=ACCESS, on_road=on_road, headings=headings)
    there = detours(
        world, [Drive("eastward", "west", "east"), Drive("westward", "east", "west")], sites=["s-a", "s-b"], limit=99
    )
    minutes = {
        (there.trip_ids[t], there.site_ids[s]): m for t, s, m in zip(there.trip, there.site, there.minutes, strict=True)
    }
    own = [min(minutes[drive, half] for half in ("s-a", "s-b")) for drive in ("eastward", "westward")]
    other = [max(minutes[drive, half] for half in ("s-a", "s-b")) for drive in ("eastward", "westward")]
    assert own == pytest.approx([0, 0], abs=0.3)
    # On to the interchange, back past the site to the one before, and on again: twice the 10 km between them.
    assert other == pytest.approx([10 + turn_min, 10 + turn_min], abs=0.6)
    assert {minutes["eastward", "s-a"] < 1, minutes["westward", "s-a"] < 1} == {True, False}


def test_halves_stand_on_their_carriageways() -> None:
    roads = two_carriageways()
    found, headings = halves(roads, [area("s", 14, 0.01)], limit_km=1)
    assert headings == {}
    assert [(site.lon, site.lat) for site in found["s"]] == pytest.approx(
        [pytest.approx(position(14, y), abs=1e-6) for y in (0, 0.04)]
    )


def test_a_half_site_at_a_node_stands_a_little_way_along_its_first_link() -> None:
    found, headings = halves(centre_line(), [area("s", 10, 0)], limit_km=1)
    assert headings == {"s-a": "forward", "s-b": "backward"}
    assert [site.lon for site in found["s"]] == pytest.approx([position(x, 0)[0] for x in (9.985, 9.995)], abs=1e-6)
    assert [site.name for site in found["s"]] == ["服务区(A侧)", "服务区(B侧)"]


def test_one_carriageway_alone_leaves_the_site_whole() -> None:
    nodes = [node("A", 0, 0), node("B", 10, 0), node("C", 5, 8)]
    links = [link("AB", "A-B", 10, oneway=True), link("BC", "B-C", 10, oneway=True), link("CA", "C-A", 10, oneway=True)]
    site = area("s", 5, 0)
    assert halves(network(nodes, links), [site], limit_km=1) == ({"s": (site,)}, {})


def test_a_stop_off_the_expressway_leaves_it_and_enters_it_again() -> None:
    nodes = [
        node("A", 0, 0, kind="interchange"),
        node("B", 10, 0, kind="interchange"),
        node("C", 20, 0, kind="interchange"),
        node("T", 10, 3),
        node("U", 20, 3),
    ]
    links = [
        link("AB", "A-B", 10, road_class="motorway"),
        link("BC", "B-C", 10, road_class="motorway"),
        link("BT", "B-T", 3),
        link("TU", "T-U", 10),
    ]
    world = tied(
        network(nodes, links),
        place("west", 0, 0), place("east", 20, 0), place("village", 20, 3),
        place("town", 10, 3), place("area", 10, 0),
    )  # fmt: skip
    drives = [Drive("through", "west", "east"), Drive("off", "west", "village"), Drive("back", "east", "west")]
    found = reentries(world, drives, sites=["town", "area"], on_expressway={"area"})
    assert found.tolist() == [[True, False], [False, False], [True, False]]
