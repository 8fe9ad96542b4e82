"""Every node within a limit equals networkx, whatever the order and the size of the blocks."""

import networkx as nx
import numpy as np
import pytest

from h2plan.geo import within
from h2plan.geo.exchange import to_networkx
from h2plan.geo.paths import lay_arcs
from h2plan.geo.within import pairs_within
from tests.geo.worlds import CENTRE, random_one_way_network


@pytest.mark.parametrize("turned", [False, True])
@pytest.mark.parametrize("cells", [1, 10_000])
@pytest.mark.parametrize("seed", range(4))
def test_nodes_within_a_limit_are_those_of_networkx(
    seed: int, cells: int, turned: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(within, "CELLS", cells)
    monkeypatch.setattr(within, "SOURCES_WITHIN", 7)
    roads = random_one_way_network(seed, 20)
    graph = to_networkx(roads)
    graph = graph.reverse() if turned else graph
    sources = np.array([3, 0, 17, 19, 5, 8, 12, 1, 9])
    x, y = CENTRE.to_xy(roads.node_lon[sources], roads.node_lat[sources])
    found = pairs_within(lay_arcs(roads, "km", frozenset(), turned=turned), sources, limit=12, x=x, y=y)
    wanted = {
        (place, roads.node_index[name]): km
        for place, n in enumerate(sources)
        for name, km in nx.single_source_dijkstra_path_length(graph, roads.nodes[n].id, cutoff=12, weight="km").items()
    }
    pairs = zip(found.source.tolist(), found.node.tolist(), strict=True)
    assert dict(zip(pairs, found.cost, strict=True)) == pytest.approx(wanted)


def test_no_sources_reach_nothing() -> None:
    arcs = lay_arcs(random_one_way_network(0), "km", frozenset())
    none = np.empty(0)
    found = pairs_within(arcs, np.empty(0, dtype=np.intp), limit=5, x=none, y=none)
    assert found.cost.size == 0
