"""OpenStreetMap extracts become our road tables."""

import sys
from pathlib import Path

import networkx as nx
import numpy as np
import pytest

from h2plan.domain import Place
from h2plan.domain_roads import RoadLink, TruckRule
from h2plan.errors import EnvironmentFault, InputError
from h2plan.geo.access import connect
from h2plan.geo.exchange import to_networkx
from h2plan.geo.import_roads import Imported, ImportOptions, import_roads
from h2plan.geo.osm import read_pbf_roads
from h2plan.geo.roads import RoadNetwork, build_network, closed_links
from h2plan.geo.routes import trace
from h2plan.tables.read import read_table
from h2plan.tables.rows import RoadLinkRow, RoadNodeRow, SpeedRow, TruckRuleRow
from tests.geo.osm_maps import two_bank_city, write_pbf
from tests.geo.worlds import ACCESS, Drive, position


def read_back(folder: Path, *, year: int | None = None) -> tuple[RoadNetwork, list[TruckRule]]:
    speeds: dict[str, float] = {
        row.road_class: row.speed_km_per_h for row in read_table(folder / "speeds.csv", SpeedRow)
    }
    nodes = [row.to_node() for row in read_table(folder / "nodes.csv", RoadNodeRow)]
    links = [row.to_link() for row in read_table(folder / "links.csv", RoadLinkRow)]
    rules = [row.to_rule() for row in read_table(folder / "truck_access.csv", TruckRuleRow)]
    return build_network(nodes, links, speeds_km_per_h=speeds, year=year), rules


RIVERS = "river,name,name_en,seq,bridge,link,lon,lat,source\n" + "\n".join(
    f"yangtze,长江,Yangtze,{n},b,l,{position(5, y)[0]},{position(5, y)[1]},made" for n, y in ((1, -9), (2, 5), (3, 19))
)


@pytest.fixture
def city(tmp_path: Path) -> Imported:
    rivers = tmp_path / "rivers.csv"
    rivers.write_text(RIVERS, encoding="utf-8")
    source = two_bank_city(tmp_path / "city.osm.pbf")
    return import_roads(source, tmp_path / "roads", options=ImportOptions(rivers=rivers))


def by_road(roads: RoadNetwork) -> dict[str, RoadLink]:
    return {link.id.split("-")[0]: link for link in roads.links}


def test_ways_are_cut_where_they_meet_and_merged_where_nothing_branches(city: Imported) -> None:
    roads, _ = read_back(city.folder)
    links = by_road(roads)
    assert (links["w100"].from_node, links["w100"].to_node) == ("n1", "n3")
    assert links["w100"].via[0] == pytest.approx(position(3, 2.5), abs=1e-6)
    assert links["w100"].length_km == pytest.approx(5, rel=1e-4)
    assert len([link for link in roads.links if link.id.startswith("w101")]) == 2


def test_tags_become_columns(city: Imported) -> None:
    roads, _ = read_back(city.folder)
    links = by_road(roads)
    bridge, motorway, tunnel, ramp = (links[name] for name in ("w110", "w111", "w113", "w114"))
    assert (bridge.road_class, bridge.bridge, bridge.river) == ("trunk", "南桥", "yangtze")
    assert (motorway.road, motorway.oneway, motorway.toll, motorway.bridge) == ("G4 京港澳", True, True, "yes")
    assert (tunnel.tunnel, tunnel.river) == ("yes", "yangtze")
    assert ramp.road_class == "slip_road"
    assert links["w102"].speed_km_per_h == pytest.approx(32.2)
    assert links["w115"].opened_yr == 2029
    kinds = {node.id: (node.kind, node.name) for node in roads.nodes}
    assert kinds["n4"] == ("interchange", "东互通")
    assert kinds["n13"] == ("toll_gate", "东站")


def test_banks_are_told_from_the_river_and_its_crossings(city: Imported) -> None:
    roads, _ = read_back(city.folder)
    banks = {node.id: node.bank for node in roads.nodes}
    assert {name: banks[name] for name in ("n1", "n5", "n2", "n6")} == {
        "n1": "left", "n5": "left", "n2": "right", "n6": "right",
    }  # fmt: skip
    assert sorted({link.id.split("-")[0] for link in roads.links if link.river}) == ["w110", "w111", "w112", "w113"]


def test_a_lorry_crosses_by_the_bridge_that_is_open_to_it(city: Imported) -> None:
    roads, rules = read_back(city.folder)
    assert [(rule.id, rule.over_t) for rule in rules] == [("hgv-no", 0), ("maxweight-20", 20)]
    ends = [
        Place(id=node.id, name="", lon=node.lon, lat=node.lat, bank=node.bank, precision_m=10)
        for node in roads.nodes
        if node.id in ("n1", "n2")
    ]
    tied = connect(roads, ends, access=ACCESS, on_road={"n1", "n2"})
    used = {}
    for mass_t in (0.0, 18.0, 49.0):
        closed = closed_links(rules, is_truck=mass_t > 0, mass_t=mass_t)
        (there,) = trace(tied, [Drive("q", "n1", "n2")], closed=closed)
        (back,) = trace(tied, [Drive("q", "n2", "n1")], closed=closed)
        assert not {*there.links, *back.links} & closed
        rivers = {name: roads.links[roads.link_index[name]].river for name in (*there.links, *back.links)}
        used[mass_t] = [next(name.split("-")[0] for name in way.links if rivers[name]) for way in (there, back)]
    assert used == {0.0: ["w110", "w110"], 18.0: ["w111", "w112"], 49.0: ["w111", "w112"]}


def test_a_road_under_construction_is_there_from_its_opening_year(city: Imported) -> None:
    roads_2022, _ = read_back(city.folder, year=2028)
    roads_2030, _ = read_back(city.folder, year=2030)
    assert {link.id.split("-")[0] for link in {*roads_2030.links} - {*roads_2022.links}} == {"w115"}


def test_what_fell_out_is_named(city: Imported) -> None:
    report = (city.folder / "report.txt").read_text(encoding="utf-8")
    assert "fell out: pieces that no road joins to the largest: 1, 1.0 km (孤路)" in report
    assert "fell out: roads one can enter and not leave: 1, 2.0 km (w121-0)" in report
    assert "OpenStreetMap (ODbL 1.0)" in report


def test_residential_streets_come_when_asked_for(city: Imported, tmp_path: Path) -> None:
    again = import_roads(tmp_path / "city.osm.pbf", tmp_path / "all", options=ImportOptions(every_class=True))
    roads, _ = read_back(again.folder)
    assert {link.id.split("-")[0] for link in roads.links} - {"w121", "w130"} >= {"w100"}
    assert {"w130", "w121"} & {link.id.split("-")[0] for link in roads.links}
    assert not any(link.road_class == "residential" for link in read_back(city.folder)[0].links)


@pytest.mark.parametrize("seed", range(2))
def test_routes_on_an_imported_map_are_those_of_networkx(seed: int, tmp_path: Path) -> None:
    """A grid of 15 x 15 nodes, half of its streets one-way in turn; 100 random routes each."""
    rng = np.random.default_rng(seed)
    size = 15
    points = {
        1 + x * size + y: (x + rng.uniform(-0.2, 0.2), y + rng.uniform(-0.2, 0.2))
        for x in range(size)
        for y in range(size)
    }
    classes = ("motorway", "primary", "tertiary")
    ways = {}
    for n in range(size):
        tags = {
            "highway": classes[n % 3],
            "oneway": ("yes", "-1", "no")[int(rng.integers(3))] if n % (size - 1) else "no",
        }
        ways[1000 + n] = ([1 + n * size + y for y in range(size)], tags)
        ways[2000 + n] = ([1 + x * size + n for x in range(size)], tags)
    made = import_roads(write_pbf(tmp_path / "g.pbf", points, ways), tmp_path / "out", options=ImportOptions())
    speeds = {"motorway": 80.0, "primary": 35.0, "tertiary": 25.0}
    nodes = [row.to_node() for row in read_table(made.folder / "nodes.csv", RoadNodeRow)]
    roads = build_network(
        nodes, [row.to_link() for row in read_table(made.folder / "links.csv", RoadLinkRow)], speeds_km_per_h=speeds
    )
    assert roads.is_directed
    places = [Place(id=node.id, name="", lon=node.lon, lat=node.lat, precision_m=1) for node in nodes]
    tied = connect(roads, places, access=ACCESS, on_road={one.id for one in places})
    ends = rng.choice(len(nodes), (100, 2))
    drives = [Drive(str(n), nodes[a].id, nodes[b].id) for n, (a, b) in enumerate(ends)]
    graph = to_networkx(roads)
    for drive, route in zip(drives, trace(tied, drives), strict=True):
        wanted = nx.dijkstra_path_length(graph, drive.origin, drive.destination, weight="minutes")
        assert route.minutes == pytest.approx(wanted, abs=1e-6)


def test_a_file_cut_short_is_our_error(tmp_path: Path) -> None:
    whole = two_bank_city(tmp_path / "city.osm.pbf").read_bytes()
    for share in (0.3, 0.6, 0.95):
        cut = tmp_path / f"cut-{share}.osm.pbf"
        cut.write_bytes(whole[: int(len(whole) * share)])
        with pytest.raises(InputError, match=r"cannot be read as OSM PBF.*cut short or damaged"):
            read_pbf_roads(cut, where="cut.osm.pbf")


def test_what_is_no_pbf_or_holds_no_roads_is_refused(tmp_path: Path) -> None:
    text = tmp_path / "x.osm.pbf"
    text.write_text("<osm/>")
    with pytest.raises(InputError, match="does not begin with an OSM header"):
        read_pbf_roads(text, where="x.osm.pbf")
    with pytest.raises(InputError, match="there is no such file"):
        read_pbf_roads(tmp_path / "none.pbf", where="none.pbf")
    empty = write_pbf(tmp_path / "e.osm.pbf", {1: (0, 0)}, {})
    with pytest.raises(InputError, match="holds no roads of the classes motorway"):
        read_pbf_roads(empty, where="e.osm.pbf")


def test_a_way_whose_nodes_are_missing_ends_where_they_begin(tmp_path: Path) -> None:
    points = {1: (0, 0), 2: (1, 0), 3: (2, 0), 5: (4, 0), 6: (5, 0)}
    ways = {1: ([1, 2, 3, 4, 5, 6], {"highway": "primary"})}
    raw = read_pbf_roads(write_pbf(tmp_path / "g.pbf", points, ways), where="g.pbf")
    assert [(way.from_node, way.to_node) for way in raw.ways] == [("n1", "n3"), ("n5", "n6")]
    assert raw.notes == ("1 nodes of roads are not in the file: the roads end there",)


def test_without_osmium_the_extra_is_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    source = two_bank_city(tmp_path / "city.osm.pbf")
    monkeypatch.setitem(sys.modules, "osmium", None)
    with pytest.raises(EnvironmentFault, match=r"pip install 'h2plan\[osm\]'"):
        read_pbf_roads(source, where="city.osm.pbf")


def test_a_folder_in_use_is_not_overwritten(city: Imported, tmp_path: Path) -> None:
    with pytest.raises(InputError, match="already and not empty"):
        import_roads(tmp_path / "city.osm.pbf", city.folder, options=ImportOptions())
