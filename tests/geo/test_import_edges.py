"""Files of OSMnx and plain edge lists become our road tables."""

import sys
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import networkx as nx
import numpy as np
import pyarrow as pa
import pyogrio
import pytest
import shapely
from pyarrow import parquet

from h2plan.errors import EnvironmentFault, InputError
from h2plan.geo.edge_files import kind_of
from h2plan.geo.import_roads import ImportOptions, import_roads, read_roads_file
from h2plan.geo.raw_roads import RawRoads
from h2plan.tables.read import read_table
from h2plan.tables.rows import RoadLinkRow
from tests.geo.worlds import position

PLACES = {1: (0.0, 0.0), 2: (3.0, 0.0), 3: (3.0, 4.0), 4: (0.0, 4.0)}
EDGES = [
    {"u": 1, "v": 2, "highway": "primary", "oneway": False, "length": 3100.0, "name": "中山路"},
    {"u": 2, "v": 1, "highway": "primary", "oneway": False, "length": 3100.0, "name": "中山路"},
    {"u": 2, "v": 3, "highway": "['secondary', 'tertiary']", "oneway": True, "length": 4000.0, "name": ""},
    {"u": 3, "v": 1, "highway": "tertiary", "oneway": True, "length": 5200.0, "name": "斜路"},
    {"u": 3, "v": 4, "highway": "residential", "oneway": False, "length": 3000.0, "name": ""},
]


def line(edge: dict[str, object]) -> shapely.LineString:
    return shapely.LineString([position(*PLACES[edge["u"]]), position(*PLACES[edge["v"]])])  # type: ignore[index]


def write_gpkg(path: Path, edges: list[dict[str, object]], *, nodes: bool = True) -> Path:
    """As OSMnx saves it: layers nodes and edges, EPSG:4326."""
    if nodes:
        at = [position(*xy) for xy in PLACES.values()]
        pyogrio.raw.write(
            path,
            shapely.to_wkb([shapely.Point(p) for p in at]),
            [np.array([*PLACES]), np.array([p[0] for p in at]), np.array([p[1] for p in at])],
            fields=["osmid", "x", "y"],
            layer="nodes",
            geometry_type="Point",
            crs="EPSG:4326",
        )
    names = list(edges[0])
    columns = [
        np.array([edge[name] for edge in edges], dtype=object if name in ("highway", "name") else None)
        for name in names
    ]
    pyogrio.raw.write(
        path,
        shapely.to_wkb([line(edge) for edge in edges]),
        columns,
        fields=names,
        layer="edges",
        geometry_type="LineString",
        crs="EPSG:4326",
        append=nodes,
    )
    return path


def write_graphml(path: Path, edges: list[dict[str, object]]) -> Path:
    """As OSMnx saves it: every value is text."""
    graph = nx.MultiDiGraph(crs="epsg:4326")
    for name, xy in PLACES.items():
        lon, lat = position(*xy)
        graph.add_node(str(name), x=str(lon), y=str(lat))
    for edge in edges:
        rest = {name: str(value) for name, value in edge.items() if name not in ("u", "v")}
        graph.add_edge(str(edge["u"]), str(edge["v"]), osmid="77", **rest)
    nx.write_graphml(graph, path)
    return path


def write_parquet(path: Path, edges: list[dict[str, object]], *, geometry: bool = True) -> Path:
    columns = {name: pa.array([edge[name] for edge in edges]) for name in edges[0]}
    table = pa.table(columns)
    if geometry:
        table = table.append_column("geometry", pa.array(shapely.to_wkb([line(edge) for edge in edges]).tolist()))
        meta = b'{"version": "1.0.0", "primary_column": "geometry", "columns": {"geometry": {"encoding": "WKB"}}}'
        table = table.replace_schema_metadata({b"geo": meta})
    parquet.write_table(table, path)
    return path


def read(path: Path, **options: object) -> RawRoads:
    return read_roads_file(path, options=ImportOptions(**options))  # type: ignore[arg-type]


Write = Callable[[Path, list[dict[str, object]]], Path]


@pytest.mark.parametrize("write", [write_gpkg, write_graphml, write_parquet])
def test_every_kind_of_file_says_the_same(write: Write, tmp_path: Path) -> None:
    roads = read(write(tmp_path / "roads.bin" if write is not write_gpkg else tmp_path / "r.gpkg", EDGES))
    said = {
        (way.from_node, way.to_node): (way.length_km, way.traits.road_class, way.traits.oneway, way.traits.road)
        for way in roads.ways
    }
    assert said == {
        ("n1", "n2"): (3.1, "primary", False, "中山路"),
        ("n2", "n3"): (4.0, "secondary", True, ""),
        ("n3", "n1"): (5.2, "tertiary", True, "斜路"),
    }
    for name, at in roads.positions.items():
        assert at == pytest.approx(position(*PLACES[int(name[1:])]), abs=1e-6)
    assert "1 edges are of classes that are not taken" in roads.notes


def test_lines_give_the_lengths_and_the_nodes_where_the_file_has_neither(tmp_path: Path) -> None:
    plain = [
        {"u": edge["u"], "v": edge["v"], "highway": edge["highway"]}
        for edge in EDGES
        if edge["u"] != 2 or edge["v"] != 1
    ]
    roads = read(write_gpkg(tmp_path / "plain.gpkg", plain, nodes=False), every_class=True)
    assert [round(way.length_km, 3) for way in roads.ways] == pytest.approx([3, 4, 5, 3], rel=1e-3)
    for name, at in roads.positions.items():
        assert at == pytest.approx(position(*PLACES[int(name[1:])]), abs=1e-6)
    assert not any(way.traits.oneway for way in roads.ways)
    assert "the file does not say which roads are one-way: every road is driven both ways" in roads.notes


def test_an_edge_list_without_lines_takes_its_nodes_from_a_table(tmp_path: Path) -> None:
    edges = write_parquet(tmp_path / "edges.parquet", EDGES, geometry=False)
    nodes = tmp_path / "nodes.parquet"
    at = [position(*xy) for xy in PLACES.values()]
    parquet.write_table(pa.table({"osmid": [*PLACES], "x": [p[0] for p in at], "y": [p[1] for p in at]}), nodes)
    assert len(read(edges, nodes=nodes).positions) == 3
    with pytest.raises(InputError, match="the positions of the nodes are not known"):
        read(edges)


def test_roads_without_lengths_are_refused(tmp_path: Path) -> None:
    plain = [{"u": 1, "v": 2, "highway": "primary"}]
    with pytest.raises(InputError, match=r"length: roads without lengths \(add a column length in metres"):
        read(write_parquet(tmp_path / "e.parquet", plain, geometry=False))


@pytest.mark.parametrize(("length", "shown"), [(None, "None"), (float("nan"), "nan"), (-5.0, r"-5\.0")])
def test_a_length_that_is_none_is_named_with_its_row(length: float | None, shown: str, tmp_path: Path) -> None:
    edges = [EDGES[0], {**EDGES[2], "length": length}]
    with pytest.raises(InputError, match=rf"row 2, length: {shown} is not a length in metres"):
        read(write_parquet(tmp_path / "e.parquet", edges))


def test_columns_that_are_missing_are_named_together(tmp_path: Path) -> None:
    path = tmp_path / "e.parquet"
    parquet.write_table(pa.table({"from": [1], "highway": ["primary"]}), path)
    with pytest.raises(
        InputError, match=r"u: is missing: an edge needs u, v and highway .*from, highway[\s\S]* v: is missing"
    ):
        read(path)


def test_a_file_is_known_by_its_first_bytes_and_not_by_its_name(tmp_path: Path) -> None:
    wrong = tmp_path / "roads.gpkg"
    wrong.write_text(
        "<OGRVRTDataSource><OGRVRTLayer><SrcDataSource>/etc/passwd</SrcDataSource></OGRVRTLayer></OGRVRTDataSource>"
    )
    with pytest.raises(InputError, match="is none of the road files h2plan knows"):
        kind_of(wrong, where="roads.gpkg")
    with pytest.raises(InputError, match="there is no such file"):
        kind_of(tmp_path / "none", where="none")


def test_a_graph_that_declares_entities_is_not_read(tmp_path: Path) -> None:
    path = write_graphml(tmp_path / "g.graphml", EDGES)
    path.write_text('<!DOCTYPE x [<!ENTITY a "b">]>' + path.read_text(encoding="utf-8"), encoding="utf-8")
    with pytest.raises(InputError, match="declares XML entities"):
        read(path)


@pytest.mark.parametrize("name", ["e.parquet", "g.graphml", "r.gpkg"])
def test_a_file_cut_short_is_our_error(name: str, tmp_path: Path) -> None:
    write: Write = {"e": write_parquet, "g": write_graphml, "r": write_gpkg}[name[0]]
    path = write(tmp_path / name, EDGES)
    path.write_bytes(path.read_bytes()[: path.stat().st_size // 2])
    with pytest.raises(InputError):
        read(path)


def test_lines_without_a_datum_are_refused_until_it_is_named(tmp_path: Path) -> None:
    path = write_parquet(tmp_path / "e.parquet", EDGES)
    parquet.write_table(parquet.read_table(path).replace_schema_metadata({}), path)
    with pytest.raises(InputError, match="the datum of the lines is not known"):
        read(path)
    assert len(read(path, crs="wgs84").ways) == 3
    with pytest.raises(InputError, match="unknown datum 'EPSG:0'"):
        read(path, crs="EPSG:0")


def test_without_pyarrow_the_extra_is_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = write_parquet(tmp_path / "e.parquet", EDGES)
    monkeypatch.setitem(sys.modules, "pyarrow", None)
    with pytest.raises(EnvironmentFault, match=r"pip install 'h2plan\[parquet\]'"):
        read(path)


def test_our_own_tables_come_through_cleaning_as_they_were(tmp_path: Path) -> None:
    path = Path(__file__).parents[2] / "data" / "roads" / "links.csv"
    made = import_roads(path, tmp_path / "again", options=ImportOptions())
    before, after = (
        {row.id: row.to_link() for row in read_table(p, RoadLinkRow)} for p in (path, made.folder / "links.csv")
    )
    assert {name: replace(link, via=()) for name, link in after.items()} == {
        name: replace(link, via=()) for name, link in before.items()
    }
