"""From any road file to the tables of a project: open, read, mark rivers, clean, write, and say what was done."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from h2plan.errors import InputError
from h2plan.geo.banks import mark_rivers
from h2plan.geo.clean import Cleaned, Finding, clean
from h2plan.geo.edge_files import kind_of, open_gpkg, open_graphml, open_parquet
from h2plan.geo.edge_lists import EdgeTable, node_table, roads_of_edges
from h2plan.geo.osm import read_pbf_roads
from h2plan.geo.osm_tags import CLASSES, MAIN
from h2plan.geo.own_tables import read_own_roads
from h2plan.geo.raw_roads import Position, Progress, RawRoads, silent
from h2plan.geo.write_roads import write_roads
from h2plan.tables.read import read_table
from h2plan.tables.rows_roads import RiverRow

NO_BANKS = "no river was given: nodes have no bank, so places join the nearest road even across a river; see --rivers"


@dataclass(frozen=True, kw_only=True)
class ImportOptions:
    """What to take from a road file."""

    every_class: bool = False
    """Take streets below tertiary too."""
    layer: str | None = None
    crs: str | None = None
    """Datum of the lines, where the file does not say it."""
    nodes: Path | None = None
    """Table of nodes (Parquet) of an edge list without lines."""
    rivers: Path | None = None
    """Table of rivers (rivers.csv): marks bridges and banks."""
    main_river: str = "yangtze"
    """The river whose banks are told apart."""
    merge: bool = True
    """Merge links at nodes where nothing branches."""
    source: str = ""
    """Credit of the data, where the file does not say it."""


@dataclass(frozen=True, kw_only=True)
class Imported:
    """What an import made."""

    folder: Path
    files: tuple[Path, ...]
    links: int
    nodes: int
    km: float
    findings: tuple[Finding, ...]
    notes: tuple[str, ...]


def import_roads(path: Path, out: Path, *, options: ImportOptions, on_progress: Progress = silent) -> Imported:
    """Read a road file and write nodes.csv, links.csv, truck_access.csv, speeds.csv and report.txt into a new folder.

    Raises InputError for a file that cannot be used and for a folder that holds something already, EnvironmentFault
    for a missing package or a folder that cannot be written.
    """
    where = str(path)
    if out.exists() and (not out.is_dir() or any(out.iterdir())):
        raise InputError("is there already and not empty; name another folder with --out", where=str(out))
    raw = read_roads_file(path, options=options, on_progress=on_progress)
    if options.rivers is not None:
        raw = mark_rivers(raw, _rivers(options.rivers, options.main_river), main=options.main_river)
    elif not raw.banks:
        raw = replace(raw, notes=(*raw.notes, NO_BANKS))
    on_progress("links before cleaning", len(raw.ways))
    cleaned: Cleaned = clean(raw, where=where, merge=options.merge)
    on_progress("links", len(cleaned.roads.ways))
    files = write_roads(cleaned, out, origin=path.name)
    return Imported(
        folder=out,
        files=files,
        links=len(cleaned.roads.ways),
        nodes=len(cleaned.roads.positions),
        km=sum(way.length_km for way in cleaned.roads.ways),
        findings=cleaned.findings,
        notes=raw.notes,
    )


def read_roads_file(path: Path, *, options: ImportOptions, on_progress: Progress = silent) -> RawRoads:
    """Read a road file of any kind we know, told by its first bytes."""
    where = str(path)
    kind = kind_of(path, where=where)
    if kind == "csv":
        return read_own_roads(path, where=where)
    if kind == "pbf":
        highways: Collection[str] = frozenset(CLASSES) if options.every_class else MAIN
        return read_pbf_roads(path, where=where, highways=highways, on_progress=on_progress)
    on_progress(f"reading {kind}", 0)
    if kind == "gpkg":
        table = open_gpkg(path, layer=options.layer, crs=options.crs, where=where)
    elif kind == "parquet":
        table = open_parquet(path, crs=options.crs, where=where)
    else:
        table = open_graphml(path, where=where)
    return roads_of_edges(
        _with_nodes(table, options),
        where=where,
        source=options.source or f"{path.name}, source not stated",
        highways=None if options.every_class else MAIN,
        on_progress=on_progress,
    )


def _with_nodes(table: EdgeTable, options: ImportOptions) -> EdgeTable:
    if options.nodes is None:
        return table
    where = str(options.nodes)
    if kind_of(options.nodes, where=where) != "parquet":
        raise InputError("the table of nodes must be a Parquet file", where=where)
    columns = open_parquet(options.nodes, crs=options.crs, where=where).columns
    positions, kinds = node_table(columns, where=where)
    return EdgeTable(columns=table.columns, lines=table.lines, nodes=positions, kinds=kinds)


def _rivers(path: Path, main: str) -> Mapping[str, Sequence[Position]]:
    rows = sorted(read_table(path, RiverRow), key=lambda row: (row.river, row.seq))
    rivers: dict[str, list[Position]] = {}
    for row in rows:
        rivers.setdefault(row.river, []).append((row.lon, row.lat))
    if main not in rivers:
        raise InputError(f"has no river '{main}'; it has: {', '.join(rivers)}", where=str(path))
    return rivers
