"""Service areas: minutes from the middle of a road to the nearest station, on roads whose minutes one can add."""

from __future__ import annotations

import numpy as np
import pytest

from h2plan.geo.travel import measure
from h2plan.plan.service_area import minutes_by_link
from tests.geo.worlds import link, network, node, place, random_network, random_places, tied

NODES = [node(name, x, 0) for name, x in zip("ABCD", (0, 10, 20, 30), strict=True)]


def row_of_streets(**more: object) -> list[object]:
    return [link(ends, ends, 10, **more) for ends in ("A-B", "B-C", "C-D")]


def test_the_middle_of_a_street_is_half_of_it_beyond_its_nearer_end() -> None:
    found = minutes_by_link(tied(network(NODES, row_of_streets()), place("west", 0, 0)), ["west"])
    assert {name: minutes for name, (_, minutes) in found.items()} == pytest.approx(
        {"A-B": 5, "B-C": 15, "C-D": 25}, abs=1e-4
    )


def test_each_street_belongs_to_the_station_that_is_nearer() -> None:
    roads = tied(network(NODES, row_of_streets()), place("west", 0, 0), place("east", 30, 0))
    found = minutes_by_link(roads, ["west", "east"])
    assert {name: site for name, (site, _) in found.items() if name != "B-C"} == {"A-B": "west", "C-D": "east"}
    assert found["B-C"][1] == pytest.approx(15, abs=1e-4)


def test_a_station_on_a_street_is_driven_to_along_it_and_its_leg() -> None:
    found = minutes_by_link(tied(network(NODES, row_of_streets()), place("on", 14, 1)), ["on"])
    assert found["B-C"][1] == pytest.approx(1 + 2, abs=1e-4)
    assert found["A-B"][1] == pytest.approx(5 + 4 + 2, abs=1e-4)


def test_a_one_way_street_is_left_by_its_end_however_near_its_beginning_is() -> None:
    ring = network(NODES, [*row_of_streets(oneway=True), link("D-A", "D-A", 30, oneway=True)])
    found = minutes_by_link(tied(ring, place("west", 0, 0)), ["west"])
    assert {name: minutes for name, (_, minutes) in found.items()} == pytest.approx(
        {"A-B": 55, "B-C": 45, "C-D": 35, "D-A": 15}, abs=1e-3
    )


def test_a_closed_street_is_left_out_and_nobody_drives_through_it() -> None:
    roads = tied(network(NODES, row_of_streets()), place("west", 0, 0))
    assert minutes_by_link(roads, ["west"], closed={"B-C"}).keys() == {"A-B"}


@pytest.mark.parametrize("seed", range(4))
def test_a_street_is_never_farther_than_the_ways_from_its_ends_allow(seed: int) -> None:
    roads, stations = random_network(seed), random_places(seed, 5, "s")
    ends = [place(n.id, *_plane(n)) for n in roads.nodes]
    connected = tied(roads, *stations, *ends)
    ids = [station.id for station in stations]
    ways = measure(connected, [end.id for end in ends], targets=ids).by_ids()
    found = minutes_by_link(connected, ids)
    assert found.keys() == {one.id for one in roads.links}
    for one, half in zip(roads.links, np.asarray(roads.link_min) / 2, strict=True):
        best = min(ways[end, site][0] for end in (one.from_node, one.to_node) for site in ids)
        assert best - half - 1e-3 <= found[one.id][1] <= best + half + 1e-3


def _plane(one: object) -> tuple[float, float]:
    from tests.geo.worlds import CENTRE

    x_m, y_m = CENTRE.to_xy(one.lon, one.lat)  # type: ignore[attr-defined]
    return float(x_m) / 1000, float(y_m) / 1000
