"""Routes, detours and loads on networks small enough to do in the head."""

import numpy as np
import pytest

from h2plan.errors import InputError
from h2plan.geo.roads import RoadNetwork
from h2plan.geo.routes import Detours, detours, link_loads, trace
from h2plan.geo.travel import measure
from tests.geo.worlds import (
    Drive,
    gateway,
    link,
    network,
    node,
    place,
    random_network,
    random_places,
    street,
    tied,
    two_banks,
)

PQ = [Drive("q1", "p", "q")]


def figures(found: Detours) -> dict[tuple[str, str], tuple[float, float]]:
    rows = zip(found.trip, found.site, found.minutes, found.km, strict=True)
    return {(found.trip_ids[t], found.site_ids[s]): (float(m), float(km)) for t, s, m, km in rows}


def grid() -> RoadNetwork:
    """A 3 x 3 grid of 1 km streets; node '12' is 1 km east and 2 km north. The middle row is a motorway."""
    names = [f"{x}{y}" for x in range(3) for y in range(3)]
    links = [
        link(f"h{x}{y}", f"{x}{y}-{x + 1}{y}", 1, road_class="motorway" if y == 1 else "street")
        for x in range(2)
        for y in range(3)
    ]
    links += [link(f"v{x}{y}", f"{x}{y}-{x}{y + 1}", 1) for x in range(3) for y in range(2)]
    return network([node(name, int(name[0]), int(name[1]), kind="interchange") for name in names], links)


def test_a_route_lists_its_links_in_driving_order() -> None:
    roads = tied(grid(), place("p", 0, 1), place("q", 2, 2))
    (route,) = trace(roads, PQ)
    assert route.links == ("h01", "h11", "v21")
    assert (route.minutes, route.km) == pytest.approx((2, 3), abs=1e-4)
    (back,) = trace(roads, [Drive("back", "q", "p")])
    assert back.links == route.links[::-1]


def test_a_route_names_the_links_it_drives_in_part() -> None:
    nodes = [node("A", 0, 0), node("B", 10, 0), node("C", 20, 0)]
    roads = tied(network(nodes, [link("AB", "A-B", 10), link("BC", "B-C", 10)]), place("p", 7, 0), place("q", 11, 0))
    (route,) = trace(roads, PQ)
    assert route.links == ("AB", "BC")
    assert route.km == pytest.approx(4, abs=1e-4)


def test_a_route_within_one_link_is_that_link_and_one_off_the_road_is_none() -> None:
    roads = tied(street(), place("p", 2, 0), place("q", 9, 0), place("near", 2, 1), place("by", 2.5, 1))
    assert [route.links for route in trace(roads, [*PQ, Drive("q2", "near", "by")])] == [("AB",), ()]


def test_a_far_city_drives_in_at_the_node_of_the_best_route() -> None:
    roads = tied(street(), gateway("city", -20, 0, ("A", "B")), place("q", 8, 0))
    (route,) = trace(roads, [Drive("q1", "city", "q")])
    assert route.links == ("AB",)
    assert route.km == pytest.approx(28, abs=1e-3)


def test_a_trip_to_where_it_begins_has_no_length() -> None:
    (route,) = trace(tied(street(), place("p", 2, 1)), [Drive("q1", "p", "p")])
    assert (route.links, route.minutes, route.km) == ((), 0, 0)


def test_a_heavy_truck_takes_the_open_bridge() -> None:
    roads = tied(two_banks(), place("p", 4, 1, bank="left"), place("q", 6, 1, bank="right"))
    (light,), (heavy,) = trace(roads, PQ), trace(roads, PQ, closed={"bridge-0"})
    assert light.links == ("left-street", "bridge-0", "right-street")
    assert heavy.links == ("left-street", "bridge-1", "right-street")


def test_routes_come_in_the_order_of_the_trips() -> None:
    roads = tied(grid(), *(place(f"p{x}{y}", x, y) for x in range(3) for y in range(3)))
    drives = [Drive(f"{a}-{b}", f"p{a}", f"p{b}") for a in ("22", "00", "11") for b in ("01", "20")]
    routes = trace(roads, drives)
    assert [route.trip_id for route in routes] == [drive.id for drive in drives]
    for drive, route in zip(drives, routes, strict=True):
        assert trace(roads, [drive]) == (route,)


def test_a_flow_without_a_path_is_named_with_both_ends() -> None:
    roads = tied(two_banks(), place("p", 4, 1, bank="left"), place("q", 6, 1, bank="right"))
    closed = {"bridge-0", "bridge-1"}
    said = r"flows: flow q1: no open road leads from p \(place p\) to q \(place q\)"
    with pytest.raises(InputError, match=said):
        trace(roads, PQ, closed=closed)
    with pytest.raises(InputError, match=said):
        detours(roads, PQ, sites=["p"], limit=10, closed=closed)


def test_a_site_on_the_way_costs_its_leg_there_and_back() -> None:
    roads = tied(
        street(), place("p", 1, 0), place("q", 9, 0), place("on", 5, 0), place("off", 5, 1), place("past", 10, 0)
    )
    found = figures(detours(roads, PQ, sites=["on", "off", "past"], limit=10))
    assert found["q1", "on"] == pytest.approx((0, 0), abs=1e-6)
    assert found["q1", "off"] == pytest.approx((4, 2), abs=1e-4)
    assert found["q1", "past"] == pytest.approx((2, 2), abs=1e-4)


def test_a_site_where_the_flow_begins_or_ends_costs_nothing() -> None:
    roads = tied(street(), place("p", 1, 3), place("q", 9, 2), place("s", 1, 3), place("t", 9, 2))
    assert figures(detours(roads, PQ, sites=["s", "t"], limit=0)) == {("q1", "s"): (0, 0), ("q1", "t"): (0, 0)}


def test_only_detours_within_the_limit_are_kept_the_limit_included() -> None:
    roads = tied(street(), place("p", 0, 0), place("q", 5, 0), place("far", 8, 0), place("near", 6, 0))
    assert figures(detours(roads, PQ, sites=["far", "near"], limit=3)).keys() == {("q1", "near")}
    assert figures(detours(roads, PQ, sites=["far", "near"], limit=6.001)).keys() == {("q1", "far"), ("q1", "near")}


def test_a_site_that_no_road_reaches_is_no_stop() -> None:
    roads = tied(
        two_banks(), place("p", 4, 1, bank="left"), place("q", 4, 9, bank="left"), place("s", 6, 5, bank="right")
    )
    assert detours(roads, PQ, sites=["s"], limit=np.inf, closed={"bridge-0", "bridge-1"}).km.size == 0


@pytest.mark.parametrize("seed", range(6))
def test_a_detour_is_the_way_over_the_site_less_the_direct_way_and_never_negative(seed: int) -> None:
    ends, sites = random_places(seed, 6, "e"), [one.id for one in random_places(seed + 30, 7, "s")]
    roads = tied(random_network(seed), *ends, *random_places(seed + 30, 7, "s"))
    drives = [Drive(f"{a.id}-{b.id}", a.id, b.id) for a in ends for b in ends if a.id != b.id]
    names = [one.id for one in ends]
    between, to_site = (measure(roads, names, targets=other).by_ids() for other in (names, sites))
    found = figures(detours(roads, drives, sites=sites, limit=np.inf))
    assert len(found) == len(drives) * len(sites)
    for drive in drives:
        for site in sites:
            parts = (
                to_site[drive.origin, site],
                to_site[drive.destination, site],
                between[drive.origin, drive.destination],
            )
            minutes, km = (there + on - direct for there, on, direct in zip(*parts, strict=True))
            assert found[drive.id, site][0] >= 0
            assert found[drive.id, site] == pytest.approx((max(0, minutes), km), abs=1e-8)


def test_the_load_of_a_link_is_the_weight_of_the_routes_over_it() -> None:
    roads = tied(grid(), place("p", 0, 1), place("q", 2, 2), place("r", 2, 1))
    routes = trace(roads, [*PQ, Drive("q2", "r", "p")])
    assert link_loads(roads.network, routes, weights={"q1": 10, "q2": 5}) == {"h01": 15, "h11": 15, "v21": 10}


def test_a_link_that_repeats_an_expressway_loads_the_expressway_once() -> None:
    nodes = [node("A", 0, 0), node("M", 5, 0), node("B", 10, 0), node("C", 14, 0)]
    links = [
        link("expressway", "A-B", 11, road_class="motorway", speed_km_per_h=30.0),
        link("half-1", "A-M", 5, along_link="expressway"),
        link("half-2", "M-B", 5, along_link="expressway"),
        link("BC", "B-C", 4),
    ]
    roads = tied(network(nodes, links), place("p", 0, 0), place("q", 14, 0))
    routes = trace(roads, PQ)
    assert routes[0].links == ("half-1", "half-2", "BC")
    assert link_loads(roads.network, routes, weights={"q1": 7}) == {"BC": 7, "expressway": 7}
