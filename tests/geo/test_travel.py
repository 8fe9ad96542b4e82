"""Minutes and km between places on networks small enough to do in the head."""

import numpy as np
import pytest

from h2plan.errors import InputError
from h2plan.geo.access import Access, connect
from h2plan.geo.travel import Reach, measure, nearest
from tests.geo.worlds import (
    ACCESS,
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


def near(minutes: float, km: float) -> object:
    return pytest.approx((minutes, km), rel=1e-5, abs=1e-5)


def test_two_places_on_one_link_are_the_road_between_them_and_their_legs_apart() -> None:
    roads = tied(street(), place("p", 2, 1), place("q", 7, -2))
    figures = measure(roads, ["p"], targets=["q"]).by_ids()
    assert figures["p", "q"] == near(2 * 1 + 5 + 2 * 2, 1 + 5 + 2)


def test_many_places_on_one_link_are_measured_from_place_to_place() -> None:
    places = [place(name, x, 0) for name, x in zip("abcde", (1, 2, 4, 8, 9), strict=True)]
    figures = measure(tied(street(), *places), ["a"], targets=list("bcde"), metric="km").by_ids()
    assert [figures["a", name][1] for name in "bcde"] == pytest.approx([1, 3, 7, 8], abs=1e-5)


def test_the_leg_to_the_road_is_the_straight_line_times_the_detour_factor() -> None:
    access = Access(detour_factor=1.5, off_road_km_per_h=20, entry_factor=1, entry_km_per_h=60)
    roads = tied(street(), place("p", 0, 4), place("q", 10, 0), access=access)
    assert measure(roads, ["p"], targets=["q"]).by_ids()["p", "q"] == near(18 + 10, 6 + 10)


def test_the_fastest_path_is_not_the_shortest_and_both_figures_belong_to_it() -> None:
    nodes = [node("A", 0, 0), node("B", 10, 0)]
    roads = network(nodes, [link("street", "A-B", 10), link("motorway", "A-B", 16, road_class="motorway")])
    ends = tied(roads, place("p", 0, 0), place("q", 10, 0))
    assert measure(ends, ["p"], targets=["q"], metric="min").by_ids()["p", "q"] == near(8, 16)
    assert measure(ends, ["p"], targets=["q"], metric="km").by_ids()["p", "q"] == near(10, 10)


def test_going_round_beats_a_slow_link_even_between_two_places_on_it() -> None:
    nodes = [node("A", 0, 0), node("B", 10, 0)]
    links = [link("lane", "A-B", 10, road_class="lane"), link("motorway", "A-B", 12, road_class="motorway")]
    roads = connect(network(nodes, links), [place("p", 1, 0), place("q", 9, 0)], access=ACCESS)
    assert measure(roads, ["p"], targets=["q"]).by_ids()["p", "q"] == near(2 + 6 + 2, 1 + 12 + 1)


def test_places_at_one_position_are_no_distance_apart() -> None:
    roads = tied(street(), place("port", 3, 2), place("site", 3, 2))
    assert measure(roads, ["port"], targets=["site", "port"]).by_ids() == {
        ("port", "site"): (0, 0),
        ("port", "port"): (0, 0),
    }


def test_neighbours_drive_straight_across_if_that_is_no_longer_than_their_legs() -> None:
    roads = tied(street(), place("p", 3, 2), place("q", 4, 2), place("r", 9, 2))
    figures = measure(roads, ["p"], targets=["q", "r"]).by_ids()
    assert figures["p", "q"] == near(2, 1)
    assert figures["p", "r"] == near(4 + 6 + 4, 2 + 6 + 2)


def test_nobody_drives_straight_across_a_river() -> None:
    roads = tied(two_banks(), place("p", 4.5, 5, bank="left"), place("q", 5.5, 5, bank="right"))
    figures = measure(roads, ["p"], targets=["q"]).by_ids()
    assert figures["p", "q"] == near(1 + 5 + 2 + 5 + 1, 0.5 + 5 + 2 + 5 + 0.5)


def test_nobody_drives_straight_across_a_river_even_where_the_banks_of_places_are_not_known() -> None:
    roads = tied(two_banks(), place("p", 4.5, 5), place("q", 5.5, 5))
    figures = measure(roads, ["p"], targets=["q"]).by_ids()
    assert figures["p", "q"] == near(1 + 5 + 2 + 5 + 1, 0.5 + 5 + 2 + 5 + 0.5)


def test_nobody_drives_through_a_place() -> None:
    nodes = [node("A", 0, 0), node("B", 0, 20), node("C", 30, 0), node("D", 30, 20)]
    links = [link("AC", "A-C", 30), link("CD", "C-D", 20), link("BD", "B-D", 30)]
    city = gateway("city", 0, 10, ("A", "B"))
    roads = tied(network(nodes, links), city, place("p", 0, 0), place("q", 0, 20))
    assert measure(roads, ["p"], targets=["q"]).by_ids()["p", "q"] == near(80, 80)


def test_a_far_city_is_entered_at_the_best_of_its_nodes() -> None:
    access = Access(detour_factor=1, off_road_km_per_h=30, entry_factor=1.2, entry_km_per_h=120)
    city = gateway("city", 5, 50, ("A", "B"))
    roads = tied(street(), city, place("p", 2, 0), place("q", 9, 0), access=access)
    entry_km = 1.2 * np.hypot(5, 50)
    figures = measure(roads, ["p", "q"], targets=["city"]).by_ids()
    assert figures["p", "city"] == near(2 + entry_km / 2, 2 + entry_km)
    assert figures["q", "city"] == near(1 + entry_km / 2, 1 + entry_km)


def test_a_bridge_closed_to_heavy_trucks_sends_them_to_the_next() -> None:
    roads = tied(two_banks(), place("p", 4, 1, bank="left"), place("q", 6, 1, bank="right"))
    figures = measure(roads, ["p"], targets=["q"]).by_ids()
    heavy = measure(roads, ["p"], targets=["q"], closed={"bridge-0"}).by_ids()
    assert figures["p", "q"] == near(4, 4)
    assert heavy["p", "q"] == near(20, 20)


def test_closed_links_that_the_network_lacks_are_no_matter() -> None:
    roads = tied(street(), place("p", 0, 0), place("q", 10, 0))
    assert measure(roads, ["p"], targets=["q"], closed={"elsewhere"}).by_ids()["p", "q"] == near(10, 10)


@pytest.mark.parametrize(
    ("limit", "reached"), [(0.2, ["a"]), (0.3, ["a", "b"]), (0.29999, ["a"]), (0.6, ["a", "b", "c"])]
)
def test_the_limit_itself_is_within_the_limit(limit: float, reached: list[str]) -> None:
    nodes = [node(name, n / 10, 0) for n, name in enumerate("ABCDEFG")]
    roads = network(
        nodes, [link(f"k{n}", f"{a}-{b}", 0.1) for n, (a, b) in enumerate(zip("ABCDEF", "BCDEFG", strict=True))]
    )
    ends = [place("p", 0, 0), place("a", 0.1, 0), place("b", 0.3, 0), place("c", 0.6, 0)]
    reach = measure(tied(roads, *ends), ["p"], targets=["a", "b", "c"], limit=limit)
    assert [reach.target_ids[t] for t in reach.target] == reached


@pytest.mark.parametrize("metric", ["min", "km"])
@pytest.mark.parametrize("seed", range(4))
def test_a_limit_keeps_exactly_the_pairs_within_it(seed: int, metric: str) -> None:
    homes, sites = random_places(seed, 9, "h"), random_places(seed + 50, 6, "s")
    roads = tied(random_network(seed), *homes, *sites)
    ids = [one.id for one in homes], [one.id for one in sites]
    everything = measure(roads, ids[0], targets=ids[1], metric=metric).by_ids()  # type: ignore[arg-type]
    assert len(everything) == 54
    which = 0 if metric == "min" else 1
    limit = float(np.median([figures[which] for figures in everything.values()]))
    within = measure(roads, ids[0], targets=ids[1], metric=metric, limit=limit).by_ids()  # type: ignore[arg-type]
    assert within == {pair: pytest.approx(f) for pair, f in everything.items() if f[which] <= limit}


def pairs(reach: Reach) -> dict[tuple[str, str], object]:
    return {pair: pytest.approx(figures, rel=1e-12) for pair, figures in reach.by_ids().items()}


def test_there_is_as_far_as_back_whichever_side_is_larger() -> None:
    homes, sites = random_places(1, 12, "h"), random_places(2, 5, "s")
    roads = tied(random_network(1), *homes, *sites)
    there = measure(roads, [one.id for one in homes], targets=[one.id for one in sites], limit=30)
    back = measure(roads, [one.id for one in sites], targets=[one.id for one in homes], limit=30)
    assert there.by_ids() == {(h, s): figures for (s, h), figures in pairs(back).items()}


def test_the_order_of_places_changes_nothing_but_the_order_of_pairs() -> None:
    homes, sites = random_places(4, 9, "h"), random_places(5, 6, "s")
    names = [one.id for one in homes], [one.id for one in sites]
    one = measure(tied(random_network(4), *homes, *sites), names[0], targets=names[1], limit=25)
    turned = tied(random_network(4), *sites[::-1], *homes[::-1])
    other = measure(turned, names[0][::-1], targets=names[1][::-1], limit=25)
    assert one.by_ids() == other.by_ids()
    assert list(zip(one.origin, one.target, strict=True)) == sorted(zip(one.origin, one.target, strict=True))


def test_places_at_one_position_are_reached_together() -> None:
    roads = tied(street(), *(place(f"d{n}", 2, 1) for n in range(3)), place("s0", 6, 0), place("s1", 6, 0))
    reach = measure(roads, ["d0", "d1", "d2"], targets=["s0", "s1"], limit=20)
    assert len(reach.km) == 6
    assert set(reach.by_ids().values()) == {(reach.minutes[0], reach.km[0])}


def test_nothing_to_measure_gives_no_pairs() -> None:
    roads = tied(street(), place("p", 2, 1))
    assert measure(roads, [], targets=["p"]).km.size == 0
    assert measure(roads, ["p"], targets=[]).km.size == 0


def test_the_nearest_target_is_found_however_far() -> None:
    roads = tied(street(100), place("p", 0, 0), place("q", 90, 0), place("s", 40, 0), place("t", 70, 0))
    found = nearest(roads, ["p", "q"], targets=["t", "s"])
    assert found.target_ids == ("s", "t")
    assert found.minutes == pytest.approx([40, 20], rel=1e-4)


@pytest.mark.parametrize("seed", range(4))
def test_the_nearest_is_the_least_of_all_pairs_whichever_side_is_larger(seed: int) -> None:
    some, many = [one.id for one in random_places(seed, 4, "a")], [one.id for one in random_places(seed + 9, 11, "b")]
    roads = tied(random_network(seed), *random_places(seed, 4, "a"), *random_places(seed + 9, 11, "b"))
    for origins, targets in ((some, many), (many, some)):
        found = nearest(roads, origins, targets=targets)
        everything = measure(roads, origins, targets=targets).by_ids()
        for name, best, minutes, km in zip(origins, found.target_ids, found.minutes, found.km, strict=True):
            assert everything[name, best] == pytest.approx((minutes, km))
            assert minutes == pytest.approx(min(everything[name, target][0] for target in targets))


def test_a_place_with_no_path_to_any_target_is_named() -> None:
    roads = tied(
        two_banks(), place("p", 4, 1, bank="left"), place("q", 6, 1, bank="right"), place("s", 4, 3, bank="left")
    )
    with pytest.raises(InputError, match=r"q \(place q\): no open road leads to any target"):
        nearest(roads, ["p", "q"], targets=["s"], closed={"bridge-0", "bridge-1"})


def test_a_place_on_a_closed_link_is_cut_off() -> None:
    roads = tied(two_banks(), place("p", 4, 1, bank="left"), place("s", 6, 3, bank="right"))
    with pytest.raises(InputError, match=r"p \(place p\): no open road"):
        nearest(roads, ["p"], targets=["s"], closed={"left-street"})


def test_an_id_for_two_positions_is_refused() -> None:
    with pytest.raises(InputError, match="'p' is the id of two places with different positions"):
        tied(street(), place("p", 2, 0), place("p", 3, 0))


def test_an_id_given_twice_for_one_place_is_that_place() -> None:
    roads = tied(street(), place("p", 2, 0), place("p", 2, 0), place("q", 3, 0))
    assert sorted(roads.spot_of) == ["p", "q"]


def test_an_entry_node_that_the_network_lacks_is_named() -> None:
    with pytest.raises(InputError, match=r"entry_nodes: far \(city far\): entry node 'X9' is not in the road network"):
        tied(street(), gateway("far", 0, 90, ("A", "X9")))


def test_measuring_a_place_that_was_not_tied_is_refused() -> None:
    with pytest.raises(InputError, match="'ghost' is not tied to the road network"):
        measure(tied(street(), place("p", 2, 0)), ["p"], targets=["ghost"])
