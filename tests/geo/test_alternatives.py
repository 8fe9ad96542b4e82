"""Other routes, stops along a route, and what the cache keeps."""

import itertools
from pathlib import Path

import networkx as nx
import numpy as np
import pytest

from h2plan.geo import cache
from h2plan.geo.access import Connected, connect
from h2plan.geo.along import stops_along
from h2plan.geo.alternatives import alternatives
from h2plan.geo.cache import both_ways, measure_cached
from h2plan.geo.routes import detours, trace
from h2plan.geo.travel import measure
from tests.geo.test_against_networkx import split_graph, world
from tests.geo.worlds import ACCESS, Drive, link, network, node, place, tied


def three_ways() -> Connected:
    """From W to E by the north in 10 min, by the middle in 11, by the south in 18; a bypass of the middle in 11.5."""
    nodes = [node("W", 0, 0), node("N", 4, 2), node("M", 4, 0), node("S", 4, -4), node("E", 8, 0), node("X", 6, 0.4)]
    links = [
        link("WN", "W-N", 5), link("NE", "N-E", 5), link("WM", "W-M", 5.5), link("ME", "M-E", 5.5),
        link("WS", "W-S", 9), link("SE", "S-E", 9), link("MX", "M-X", 3), link("XE", "X-E", 3),
    ]  # fmt: skip
    return tied(network(nodes, links), place("p", 0, 0), place("q", 8, 0), place("s", 4, 0))


WE = Drive("q", "p", "q")


def test_alternatives_come_in_order_and_differ_enough() -> None:
    found = alternatives(three_ways(), WE, count=3, most_shared=0.4, longest=2)
    assert [route.links for route in found] == [("WN", "NE"), ("WM", "ME"), ("WS", "SE")]
    assert [route.minutes for route in found] == pytest.approx([10, 11, 18], abs=1e-3)


def test_an_alternative_shares_at_most_what_it_may() -> None:
    found = alternatives(three_ways(), WE, count=3, most_shared=0.6, longest=2)
    assert [route.links for route in found] == [("WN", "NE"), ("WM", "ME"), ("WM", "MX", "XE")]


def test_an_alternative_is_at_most_so_much_longer_and_uses_no_closed_link() -> None:
    roads = three_ways()
    assert len(alternatives(roads, WE, count=9, most_shared=1.0)) == 3
    assert [route.links for route in alternatives(roads, WE, count=2, closed={"WN", "ME"})] == [("WM", "MX", "XE")]
    assert len(alternatives(roads, WE, count=1)) == 1


@pytest.mark.parametrize("one_way", [False, True])
@pytest.mark.parametrize("seed", range(4))
def test_the_best_ways_are_those_of_yen_on_the_split_graph(seed: int, one_way: bool) -> None:
    """With links of different ends, and ways that do not leave the road for a straight line."""
    roads, homes, sites, _ = world(seed, one_way=one_way)
    for home, site in itertools.product(homes[:3], sites[:2]):
        drive = Drive("q", home, site)
        (best,) = trace(roads, [drive])
        own = [roads.link[roads.spot_of[name]] for name in (home, site)]
        if own[0] == own[1] or not best.links:
            continue
        found = alternatives(roads, drive, count=4, longest=9, most_shared=1.0)
        full = split_graph(roads, frozenset())
        kept = nx.DiGraph()
        for a, b, key, data in full.subgraph(set(full) - (set(roads.spot_of) - {home, site})).edges(
            data=True, keys=True
        ):
            kept.add_edge(a, (a, b, key), minutes=data["minutes"])
            kept.add_edge((a, b, key), b, minutes=0)
        ways = itertools.islice(nx.shortest_simple_paths(kept, home, site, weight="minutes"), len(found))
        assert [route.minutes for route in found] == pytest.approx(
            [nx.path_weight(kept, way, "minutes") for way in ways]
        )


def test_stops_come_in_the_order_of_the_road_with_their_detours() -> None:
    nodes = [node(name, x, 0) for name, x in zip("ABC", (0, 10, 20), strict=True)]
    line = network([*nodes, node("T", 10, 3)], [link("AB", "A-B", 10), link("BC", "B-C", 10), link("BT", "B-T", 3)])
    roads = tied(
        line, place("p", 2, 0), place("q", 20, 0), place("first", 5, 0), place("on", 15, 0), place("off", 10, 3)
    )
    drive = Drive("q", "p", "q")
    (route,) = trace(roads, [drive])
    stops = stops_along(roads, drive, route=route, sites=["on", "off", "first"])
    assert [stop.site_id for stop in stops] == ["first", "off", "on"]
    assert [stop.km_from_start for stop in stops] == pytest.approx([3, 11, 13], abs=1e-3)
    assert [stop.detour_min for stop in stops] == pytest.approx([0, 6, 0], abs=1e-3)
    assert [(stop.leaves_at, stop.joins_at) for stop in stops] == [("p", "B"), ("B", "B"), ("B", "C")]


@pytest.mark.parametrize("one_way", [False, True])
@pytest.mark.parametrize("seed", range(6))
def test_on_the_best_route_the_detour_is_that_of_all_pairs(seed: int, one_way: bool) -> None:
    roads, homes, sites, closed = world(seed, one_way=one_way)
    reached = measure(roads, homes, targets=homes, closed=closed).by_ids()
    drives = [Drive(f"{a}-{b}", a, b) for a, b in itertools.pairwise(homes) if (a, b) in reached]
    wanted = detours(roads, drives, sites=sites, limit=40, closed=closed)
    rows = {
        (wanted.trip_ids[t], wanted.site_ids[s]): m
        for t, s, m in zip(wanted.trip, wanted.site, wanted.minutes, strict=True)
    }
    found = {}
    for drive, route in zip(drives, trace(roads, drives, closed=closed), strict=True):
        for stop in stops_along(roads, drive, route=route, sites=sites, limit=40, closed=closed):
            found[drive.id, stop.site_id] = stop.detour_min
    assert found == pytest.approx(rows, abs=1e-6)


def test_little_is_measured_and_not_kept(tmp_path: Path) -> None:
    roads, homes, sites, _ = world(1)
    measure_cached(tmp_path, roads, homes, targets=sites, limit=20)
    assert not list(tmp_path.iterdir())


@pytest.fixture
def keeping(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(cache, "WORTH_PAIRS", 1)


@pytest.mark.usefixtures("keeping")
@pytest.mark.parametrize("metric", ["min", "km"])
def test_the_cache_gives_what_was_measured(metric: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    roads, homes, sites, closed = world(1, one_way=True)
    asked = {"targets": sites, "limit": 20.0, "metric": metric, "closed": closed}
    fresh = measure(roads, homes, **asked)  # type: ignore[arg-type]
    assert measure_cached(tmp_path, roads, homes, **asked).by_ids() == fresh.by_ids()  # type: ignore[arg-type]
    monkeypatch.setattr(cache, "measure", None)
    again = measure_cached(tmp_path, roads, homes, **asked)  # type: ignore[arg-type]
    assert again.by_ids() == fresh.by_ids()


@pytest.mark.usefixtures("keeping")
def test_what_differs_is_measured_anew(tmp_path: Path) -> None:
    roads, homes, sites, closed = world(1)
    measure_cached(tmp_path, roads, homes, targets=sites, limit=20)
    measure_cached(tmp_path, roads, homes, targets=sites, limit=21)
    measure_cached(tmp_path, roads, homes, targets=sites, limit=20, closed=closed)
    measure_cached(tmp_path, roads, homes[:-1], targets=sites, limit=20)
    measure_cached(tmp_path, world(2)[0], homes, targets=sites, limit=20)
    assert len(list(tmp_path.glob(f"reach-v{cache.VERSION}-*.npz"))) == 5
    assert not list(tmp_path.glob(".part-*"))


@pytest.mark.usefixtures("keeping")
def test_a_broken_entry_or_a_folder_that_cannot_be_written_only_costs_time(tmp_path: Path) -> None:
    roads, homes, sites, _ = world(1)
    fresh = measure_cached(tmp_path, roads, homes, targets=sites, limit=20).by_ids()
    (entry,) = tmp_path.glob("*.npz")
    entry.write_bytes(entry.read_bytes()[:40])
    assert measure_cached(tmp_path, roads, homes, targets=sites, limit=20).by_ids() == fresh
    occupied = tmp_path / "file"
    occupied.write_text("no folder")
    assert measure_cached(occupied, roads, homes, targets=sites, limit=20).by_ids() == fresh
    assert measure_cached(None, roads, homes, targets=sites, limit=20).by_ids() == fresh


@pytest.mark.parametrize("one_way", [False, True])
def test_both_ways_are_measured_each_in_its_direction(one_way: bool, tmp_path: Path) -> None:
    roads, homes, sites, closed = world(2, one_way=one_way)
    there, back = both_ways(roads, homes, targets=sites, limit=30, closed=closed, folder=tmp_path)
    wanted = measure(roads, sites, targets=homes, limit=30, closed=closed).by_ids()
    assert {pair: f[0] for pair, f in back.by_ids().items()} == pytest.approx(
        {(h, s): f[0] for (s, h), f in wanted.items()}
    )
    assert np.all(np.diff(back.origin) >= 0)
    assert (there is back) == (not one_way)


def test_a_place_on_a_one_way_street_is_left_by_its_end_and_reached_by_its_beginning() -> None:
    nodes = [node("A", 0, 0), node("B", 10, 0), node("C", 5, 5)]
    links = [link("AB", "A-B", 10, oneway=True), link("BC", "B-C", 10), link("CA", "C-A", 10)]
    roads = connect(network(nodes, links), [place("p", 4, 0), place("q", 6, 0)], access=ACCESS)
    found = measure(roads, ["p", "q"], targets=["p", "q"], metric="km").by_ids()
    assert found["p", "q"][1] == pytest.approx(2, abs=1e-3)
    assert found["q", "p"][1] == pytest.approx(4 + 20 + 4, abs=1e-3)
