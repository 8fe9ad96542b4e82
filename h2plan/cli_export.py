"""The command that writes lists and layers of a plan made earlier."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Literal

import typer

from h2plan.cli_errors import errors, print_json


def export(
    results: Annotated[Path, typer.Argument(help="Results folder, for instance results/wuhan-2030.")],
    *,
    formats: Annotated[
        list[str], typer.Option("--format", "-f", help="gpkg, xlsx, csv, geojson, parquet, kml, shp; may be repeated.")
    ],
    crs: Annotated[
        str, typer.Option("--crs", help="Datum: wgs84, cgcs2000, gcj02 (Amap, Tencent), bd09 (Baidu), EPSG:n.")
    ] = "wgs84",
    edition: Annotated[
        Literal["public", "internal", "sensitive"],
        typer.Option("--edition", help="What may be shown: public (公示版), internal (内部版), sensitive (敏感版)."),
    ] = "internal",
    language: Annotated[Literal["zh", "en"], typer.Option("--language", help="Language of headers and words.")] = "zh",
    raw: Annotated[
        bool, typer.Option("--raw", help="CSV: text exactly as it is, formulas too. For machines only.")
    ] = False,
    out: Annotated[Path | None, typer.Option("--out", help="Folder; default: export/ in the results folder.")] = None,
    as_json: Annotated[
        bool, typer.Option("--json", help="Write one JSON document to standard output, nothing else.")
    ] = False,
) -> None:
    """Write the lists of a plan made earlier: GeoPackage, Excel, CSV, GeoJSON, Parquet, KML or Shapefile."""
    with errors(as_json=as_json):
        from h2plan.exporting import export as write

        done = write(results, formats=formats, crs=crs, edition=edition, language=language, raw=raw, out=out)
        if as_json:
            print_json({"ok": True, "folder": str(done.folder), "files": [str(path) for path in done.files]})
            return
        for path in done.files:
            typer.echo(path)
