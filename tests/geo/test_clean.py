"""Cleaning road maps that are small enough to draw."""

import networkx as nx
import numpy as np
import pytest

from h2plan.errors import InputError
from h2plan.geo.clean import Cleaned, clean
from h2plan.geo.raw_roads import RawRoads, Traits, Way
from tests.geo.worlds import position

STREET, LANE = Traits(road_class="primary", road="中山路"), Traits(road_class="tertiary")
ONE_WAY = Traits(road_class="primary", oneway=True)


def way(name: str, ends: str, km: float, *, traits: Traits = STREET, via: tuple[tuple[float, float], ...] = ()) -> Way:
    a, b = ends.split("-")
    return Way(id=name, from_node=a, to_node=b, length_km=km, traits=traits, via=via)


def cleaned(*ways: Way, merge: bool = True, **more: object) -> Cleaned:
    """Nodes stand on the corners of a polygon, in the order of their names: a map needs positions, not these."""
    names = sorted({end for one in ways for end in (one.from_node, one.to_node)})
    at = {name: position(np.cos(n), np.sin(n)) for n, name in enumerate(names)}
    return clean(RawRoads(positions=at, ways=ways, source="made", **more), where="map", merge=merge)  # type: ignore[arg-type]


def said(result: Cleaned) -> dict[str, int]:
    return {finding.what.split(":")[-1].strip(): finding.count for finding in result.findings if finding.count}


def ends(result: Cleaned) -> dict[str, tuple[str, str, float]]:
    return {one.id: (one.from_node, one.to_node, round(one.length_km, 6)) for one in result.roads.ways}


def test_a_chain_becomes_one_link_as_long_as_its_parts() -> None:
    result = cleaned(way("1", "A-B", 1.0004), way("2", "C-B", 2.0004), way("3", "C-D", 3.0004))
    assert ends(result) == {"1": ("A", "D", 6.0012)}
    assert result.roads.ways[0].via[1] == position(np.cos(2), np.sin(2))


def test_a_chain_breaks_where_the_road_changes_or_a_gate_stands() -> None:
    parts = (
        way("1", "A-B", 1),
        way("2", "B-C", 1, traits=LANE),
        way("3", "C-D", 1, traits=LANE),
        way("4", "D-E", 1, traits=LANE),
    )
    assert ends(cleaned(*parts)) == {"1": ("A", "B", 1), "2": ("B", "E", 3)}
    assert ends(cleaned(*parts, kinds={"C": "toll_gate"})) == {
        "1": ("A", "B", 1),
        "2": ("B", "C", 1),
        "3": ("C", "E", 2),
    }


def test_one_way_links_merge_in_their_direction_only() -> None:
    ring = (way("1", "A-B", 1, traits=ONE_WAY), way("2", "B-C", 1, traits=ONE_WAY), way("3", "C-A", 1))
    assert ends(cleaned(*ring)) == {"1": ("A", "C", 2), "3": ("C", "A", 1)}
    against = (way("1", "B-A", 1, traits=ONE_WAY), way("2", "C-B", 1, traits=ONE_WAY), way("3", "C-A", 1))
    assert ends(cleaned(*against)) == {"1": ("C", "A", 2), "3": ("C", "A", 1)}


def test_a_ring_keeps_a_second_node_because_no_link_may_end_where_it_begins() -> None:
    ring = cleaned(way("1", "A-B", 1), way("2", "B-C", 1), way("3", "C-D", 1), way("4", "D-A", 1), way("5", "A-E", 1))
    assert sum(one.length_km for one in ring.roads.ways) == 5
    assert all(one.from_node != one.to_node for one in ring.roads.ways)
    assert len(ring.roads.ways) == 3


def test_loops_zero_lengths_and_repeats_are_told_and_mended() -> None:
    result = cleaned(
        way("1", "A-B", 0),
        way("2", "B-C", 2, traits=LANE),
        way("3", "C-B", 2, traits=LANE),
        way("4", "B-C", 2.5, traits=LANE),
        way("5", "A-A", 1),
        way("6", "C-C", 3, via=(position(5, 5), position(6, 5))),
        merge=False,
    )
    assert said(result) == {
        "loops cut in two": 1,
        "loops without shape dropped": 1,
        "zero lengths replaced by the straight line": 1,
        "repeats dropped": 1,
        "dangling ends, kept": 1,
    }
    lengths = {name: km for name, (_, _, km) in ends(result).items()}
    assert lengths.keys() == {"1", "2", "4", "6a", "6b"}
    assert lengths["1"] == pytest.approx(2 * np.sin(0.5), rel=1e-3)
    assert lengths["6a"] + lengths["6b"] == pytest.approx(3)


def test_pieces_traps_and_sources_fall_out_with_their_names() -> None:
    result = cleaned(
        way("1", "A-B", 1),
        way("2", "B-C", 1),
        way("3", "C-D", 4, traits=ONE_WAY),
        way("4", "E-A", 5, traits=ONE_WAY),
        way("5", "X-Y", 2, traits=Traits(road_class="primary", road="孤路")),
        merge=False,
    )
    assert [str(finding) for finding in result.findings if finding.what.startswith("fell out")] == [
        "fell out: pieces that no road joins to the largest: 1, 2.0 km (孤路)",
        "fell out: roads one can enter and not leave: 1, 4.0 km (3)",
        "fell out: roads one can leave and not come back to: 1, 5.0 km (4)",
    ]
    assert set(result.roads.positions) == {"A", "B", "C"}


def test_nothing_left_is_an_error() -> None:
    with pytest.raises(InputError, match="map: no road is left after cleaning"):
        cleaned(way("1", "A-A", 1))


@pytest.mark.parametrize("seed", range(20))
def test_merging_changes_no_distance_and_no_metre(seed: int) -> None:
    """Random sparse maps with one-way chains: every pair of nodes that stay is as far apart as before."""
    rng = np.random.default_rng(seed)
    count = 30
    pairs = [(n, (n + 1) % count) for n in range(count)] + [
        tuple(rng.choice(count, 2, replace=False)) for _ in range(6)
    ]
    ways = [
        way(str(n), f"n{a}-n{b}", float(rng.uniform(0.1, 3)), traits=ONE_WAY if n < count and seed % 2 else LANE)
        for n, (a, b) in enumerate(pairs)
    ]
    before, after = cleaned(*ways, merge=False).roads, cleaned(*ways).roads
    assert sum(one.length_km for one in after.ways) == pytest.approx(
        sum(one.length_km for one in before.ways), abs=1e-9
    )
    assert len(after.ways) < len(before.ways)
    wanted, found = (dict(nx.all_pairs_dijkstra_path_length(graph_of(roads))) for roads in (before, after))
    for a, distances in found.items():
        assert distances == pytest.approx({b: wanted[a][b] for b in distances})


def graph_of(roads: RawRoads) -> nx.DiGraph:
    graph = nx.DiGraph()
    for one in roads.ways:
        for a, b in ((one.from_node, one.to_node), *([] if one.traits.oneway else [(one.to_node, one.from_node)])):
            if not graph.has_edge(a, b) or graph[a][b]["weight"] > one.length_km:
                graph.add_edge(a, b, weight=one.length_km)
    return graph
