"""Opening the files that hold edge lists: what they are is told from their first bytes, never from their name."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pyproj
import shapely
from numpy.typing import NDArray
from shapely.errors import GEOSException

from h2plan.errors import EnvironmentFault, Fault, InputError
from h2plan.geo.edge_lists import EdgeTable, node_table
from h2plan.geo.raw_roads import Position

MAX_BYTES = 2_000_000_000
MAX_GRAPHML_BYTES = 500_000_000
MAGIC = {b"SQLite format 3\0": "gpkg", b"PAR1": "parquet"}
WGS84 = "EPSG:4326"


def kind_of(path: Path, *, where: str) -> str:
    """What a road file is: gpkg, parquet, graphml, pbf or csv, by its first bytes. Raises InputError for all else."""
    if not path.is_file():
        raise InputError("there is no such file", where=where)
    if path.stat().st_size > MAX_BYTES:
        raise InputError("is larger than 2 GB; cut the region out first", where=where)
    with path.open("rb") as stream:
        head = stream.read(4096)
    for magic, kind in MAGIC.items():
        if head.startswith(magic):
            return kind
    if b"OSMHeader" in head[:64]:
        return "pbf"
    if b"<graphml" in head:
        return "graphml"
    first_line = head.removeprefix(b"\xef\xbb\xbf").splitlines()[0] if head else b""
    if b"from_node" in first_line.split(b","):
        return "csv"
    hint = "OSM PBF, GraphML or GeoPackage of OSMnx, a Parquet or GeoPackage edge list, or our links.csv can be read"
    raise InputError(Fault(where=where, message="is none of the road files h2plan knows", hint=hint))


def open_gpkg(path: Path, *, layer: str | None, crs: str | None, where: str) -> EdgeTable:
    """Edges of a GeoPackage: the layer named, or `edges`, or the only one; its `nodes` layer gives the nodes."""
    import pyogrio

    try:
        layers = [str(name) for name, _ in pyogrio.list_layers(path)]
        chosen = _layer(layers, layer, where)
        meta, lines, columns = _gpkg_layer(path, chosen)
        lines = None if lines is None else to_wgs84(lines, crs or meta.get("crs"), where=where)
        nodes: Mapping[str, Position] | None = None
        kinds: Mapping[str, str] | None = None
        if "nodes" in layers and chosen != "nodes":
            _, _, rows = _gpkg_layer(path, "nodes")
            nodes, kinds = _node_positions(rows, where)
    except (pyogrio.errors.DataSourceError, pyogrio.errors.DataLayerError) as error:
        raise InputError(f"cannot be read as GeoPackage: {error}", where=where) from None
    return EdgeTable(columns=columns, lines=lines, nodes=nodes, kinds=kinds)


def _node_positions(
    rows: Mapping[str, Sequence[Any]], where: str
) -> tuple[Mapping[str, Position] | None, Mapping[str, str] | None]:
    """None where the layer has no ids: the lines then tell where nodes are."""
    has_ids = any(name in rows for name in ("osmid", "id", "node"))
    return node_table(rows, where=where) if has_ids and ({"x", "y"} <= set(rows)) else (None, None)


def _layer(layers: Sequence[str], layer: str | None, where: str) -> str:
    if layer is not None:
        if layer not in layers:
            raise InputError(f"has no layer '{layer}'; it has: {', '.join(layers)}", where=where)
        return layer
    if "edges" in layers:
        return "edges"
    if len(layers) == 1:
        return layers[0]
    raise InputError(f"has several layers; name one with --layer: {', '.join(layers)}", where=where)


def _gpkg_layer(path: Path, layer: str) -> tuple[dict[str, Any], NDArray[np.object_] | None, dict[str, list[Any]]]:
    from pyogrio import raw

    meta, _, wkb, values = raw.read(path, layer=layer)
    columns = {str(name): column.tolist() for name, column in zip(meta["fields"], values, strict=True)}
    return meta, None if wkb is None else np.asarray(shapely.from_wkb(wkb), dtype=object), columns


def open_parquet(path: Path, *, crs: str | None, where: str) -> EdgeTable:
    """Edges of a Parquet file; a column `geometry` holds WKB, as in GeoParquet."""
    try:
        import pyarrow as pa
        from pyarrow import parquet
    except ImportError:
        message = "reading Parquet needs the pyarrow package; install it with: pip install 'h2plan[parquet]'"
        raise EnvironmentFault(message) from None
    try:
        table = parquet.read_table(path)
    except (pa.ArrowException, OSError, ValueError) as error:
        raise InputError(f"cannot be read as Parquet: {error}", where=where) from None
    columns = {name: table.column(name).to_pylist() for name in table.column_names if name != "geometry"}
    lines = None
    if "geometry" in table.column_names:
        geo = json.loads((table.schema.metadata or {}).get(b"geo", b"{}"))
        said = crs or _geoparquet_crs(geo)
        lines = to_wgs84(_from_wkb(table.column("geometry").to_pylist(), where), said, where=where)
    return EdgeTable(columns=columns, lines=lines)


def _from_wkb(values: Sequence[Any], where: str) -> NDArray[np.object_]:
    try:
        return np.asarray(shapely.from_wkb(values), dtype=object)
    except (GEOSException, TypeError) as error:
        raise InputError(f"the column geometry is not WKB: {error}", where=where) from None


def _geoparquet_crs(geo: Mapping[str, Any]) -> str | None:
    """The datum of a GeoParquet file; left out it means WGS 84 by the format, without any metadata it is not known."""
    if "columns" not in geo:
        return None
    said = geo["columns"].get(geo.get("primary_column", "geometry"), {}).get("crs", WGS84)
    return said if isinstance(said, str) or said is None else json.dumps(said)


def to_wgs84(lines: NDArray[np.object_], crs: str | None, *, where: str) -> NDArray[np.object_]:
    """Lines as WGS-84 degrees. Raises InputError when the datum is not known, or a line is missing or no line."""
    wrong = [n for n, kind in enumerate(shapely.get_type_id(lines)) if kind not in (1, 5)]
    if wrong:
        raise InputError(
            Fault(where=where, row=n + 1, column="geometry", message="is no line", hint="an edge needs its line")
            for n in wrong[:1000]
        )
    if crs is None:
        hint = "name it with --crs, such as EPSG:4326"
        raise InputError(Fault(where=where, column="crs", message="the datum of the lines is not known", hint=hint))
    try:
        known = pyproj.CRS.from_user_input({"wgs84": WGS84, "cgcs2000": "EPSG:4490"}.get(crs, crs))
    except pyproj.exceptions.CRSError:
        message = f"unknown datum {crs[:80]!r}"
        raise InputError(Fault(where=where, column="crs", value=crs[:80], message=message)) from None
    if known.equals(pyproj.CRS(WGS84), ignore_axis_order=True):
        return lines
    shift = pyproj.Transformer.from_crs(known, WGS84, always_xy=True)
    moved = shapely.transform(lines, lambda xy: np.column_stack(shift.transform(xy[:, 0], xy[:, 1])))
    return np.asarray(moved, dtype=object)


def open_graphml(path: Path, *, where: str) -> EdgeTable:
    """Edges and nodes of a GraphML file as OSMnx saves it: lengths in m, nodes with x and y, lines as WKT."""
    from xml.etree.ElementTree import ParseError

    import networkx as nx

    if path.stat().st_size > MAX_GRAPHML_BYTES:
        raise InputError("is larger than 500 MB; save it as GeoPackage", where=where)
    with path.open("rb") as stream:
        if any(b"<!ENTITY" in block or b"<!DOCTYPE" in block for block in iter(lambda: stream.read(1 << 20), b"")):
            raise InputError("declares XML entities, which a graph does not need; they are not read", where=where)
    try:
        graph: Any = nx.read_graphml(path, force_multigraph=True)
    except (ParseError, nx.NetworkXError, KeyError, ValueError, TypeError) as error:
        raise InputError(f"cannot be read as GraphML: {error}", where=where) from None
    said = str(graph.graph.get("crs", WGS84))
    nodes, kinds = _graph_nodes(graph, said, where)
    edges = [(a, b, data) for a, b, data in graph.edges(data=True)]
    names = sorted({name for _, _, data in edges for name in data})
    columns: dict[str, list[Any]] = {name: [data.get(name, "") for _, _, data in edges] for name in names}
    columns |= {"u": [a for a, _, _ in edges], "v": [b for _, b, _ in edges]}
    shapes = _graph_lines(edges, graph, said, where)
    return EdgeTable(columns=columns, lines=shapes, nodes=nodes, kinds=kinds)


def _graph_nodes(graph: Any, crs: str, where: str) -> tuple[dict[str, Position], dict[str, str]]:
    lacking = [name for name, data in graph.nodes(data=True) if "x" not in data or "y" not in data]
    if lacking:
        raise InputError(
            Fault(where=where, column="x", value=str(name), message=f"node {name} has no x and y")
            for name in lacking[:1000]
        )
    columns: dict[str, list[Any]] = {"osmid": [], "x": [], "y": [], "highway": []}
    for name, data in graph.nodes(data=True):
        row = {"osmid": name, "x": _degree(data["x"], name, where), "y": _degree(data["y"], name, where)}
        for column, value in {**row, "highway": data.get("highway", "")}.items():
            columns[column].append(value)
    shift = pyproj.Transformer.from_crs(crs, WGS84, always_xy=True)
    columns["x"], columns["y"] = (list(values) for values in shift.transform(columns["x"], columns["y"]))
    return node_table(columns, where=where)


def _degree(value: object, name: object, where: str) -> float:
    try:
        return float(str(value))
    except ValueError:
        message = f"node {name}: {value!r} is no coordinate"
        raise InputError(Fault(where=where, column="x", value=str(value), message=message)) from None


def _graph_lines(
    edges: Sequence[tuple[Any, Any, Mapping[str, Any]]], graph: Any, crs: str, where: str
) -> NDArray[np.object_]:
    """The line of each edge, straight where the file gives none."""
    lines = []
    for a, b, data in edges:
        ends = [(_degree(graph.nodes[name][axis], name, where)) for name in (a, b) for axis in ("x", "y")]
        lines.append(data.get("geometry") or f"LINESTRING ({ends[0]} {ends[1]}, {ends[2]} {ends[3]})")
    try:
        shapes = np.asarray(shapely.from_wkt(lines), dtype=object)
    except (GEOSException, TypeError) as error:
        raise InputError(f"a geometry is not WKT: {error}", where=where) from None
    return to_wgs84(shapes, crs, where=where)
