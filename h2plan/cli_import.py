"""The commands `h2plan import …`: other people's road maps and places become our tables."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from h2plan.cli_errors import errors, print_json

import_app = typer.Typer(
    no_args_is_help=True,
    rich_markup_mode=None,
    help="Turn a road map or a list of places into the tables of a project.",
)


@import_app.callback()
def imports() -> None:
    """Turn a road map or a list of places into the tables of a project."""


@import_app.command("roads")
def roads(
    file: Annotated[
        Path,
        typer.Argument(
            help="OSM PBF, GraphML or GeoPackage of OSMnx, Parquet or GeoPackage edge list, or our links.csv."
        ),
    ],
    out: Annotated[Path, typer.Option("--out", help="New folder for the tables, such as data/roads/mycity.")],
    every_class: Annotated[bool, typer.Option("--all", help="Take residential streets too.")] = False,
    layer: Annotated[str | None, typer.Option(help="Layer of a GeoPackage.")] = None,
    crs: Annotated[str | None, typer.Option(help="Datum of the lines, if the file does not say: EPSG:n.")] = None,
    nodes: Annotated[Path | None, typer.Option(help="Parquet table of nodes, for edges without lines.")] = None,
    rivers: Annotated[Path | None, typer.Option(help="rivers.csv: marks bridges and the banks of nodes.")] = None,
    river: Annotated[str, typer.Option(help="The river whose banks are told apart.")] = "yangtze",
    merge: Annotated[bool, typer.Option(help="Merge links where nothing branches.")] = True,
    source: Annotated[str, typer.Option(help="Credit of the data, if the file does not say it.")] = "",
    as_json: Annotated[bool, typer.Option("--json", help="Write one JSON document to standard output.")] = False,
    quiet: Annotated[bool, typer.Option("--quiet", "-q", help="No progress.")] = False,
) -> None:
    """Import a road map: read, clean and write it as nodes.csv, links.csv, speeds.csv and a report."""
    with errors(as_json=as_json):
        from h2plan import terminal
        from h2plan.geo.import_roads import ImportOptions, import_roads

        options = ImportOptions(
            every_class=every_class,
            layer=layer,
            crs=crs,
            nodes=nodes,
            rivers=rivers,
            main_river=river,
            merge=merge,
            source=source,
        )
        with terminal.watch(quiet=quiet or as_json) as screen:
            done = import_roads(file, out, options=options, on_progress=screen.counted)
        facts = {"folder": str(done.folder), "nodes": done.nodes, "links": done.links, "km": round(done.km, 3)}
        said = [str(finding) for finding in done.findings if finding.count]
        if as_json:
            print_json({**facts, "files": [path.name for path in done.files], "report": said, "notes": [*done.notes]})
            return
        for line in (*said, *(f"note: {note}" for note in done.notes)):
            typer.echo(line)
        typer.echo(f"left: {done.nodes:,} nodes, {done.links:,} links, {done.km:,.1f} km")
        typer.echo(f"tables: {', '.join(path.name for path in done.files)} in {done.folder}")
