"""The list of stations and candidates, for spreadsheets (CSV) and for map programs (GeoJSON)."""

from __future__ import annotations

from pathlib import Path

from h2plan.outputs._csv import TextMode, write_csv
from h2plan.outputs._export import PlacedOptions, file_stem
from h2plan.outputs._geojson import feature_collection
from h2plan.outputs._layers import in_datum, layers
from h2plan.plan.results import Backdrop, Plan


class Options(PlacedOptions):
    """How the lists are written; GeoJSON keeps English field names and code words."""

    text: TextMode = "guarded"
    """guarded: text that a spreadsheet would run as a formula gets an apostrophe before it; exact: text as it is,
    for machines only."""


def write(plan: Plan, backdrop: Backdrop, folder: Path, options: Options) -> list[Path]:
    """Write stations.csv, candidates.csv and stations.geojson; return their paths."""
    folder.mkdir(parents=True, exist_ok=True)
    told = {layer.name: in_datum(layer, options.crs) for layer in layers(plan, backdrop, options.edition)}
    written = [
        write_csv(folder / f"{file_stem(name, options)}.csv", told[name], language=options.language, text=options.text)
        for name in ("stations", "candidates")
    ]
    features = folder / f"{file_stem('stations', options)}.geojson"
    features.write_text(feature_collection(told["stations"], plan, options), encoding="utf-8", newline="\n")
    return [*written, features]
