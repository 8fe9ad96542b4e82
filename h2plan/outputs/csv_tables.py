"""Every table of the plan as CSV, one file each, for spreadsheets and scripts."""

from __future__ import annotations

from pathlib import Path

from h2plan.outputs._csv import TextMode, write_csv
from h2plan.outputs._export import PlacedOptions, file_stem, placed_layers
from h2plan.plan.results import Backdrop, Plan


class Options(PlacedOptions):
    """How the tables are written."""

    text: TextMode = "guarded"
    """guarded: text that a spreadsheet would run as a formula gets an apostrophe before it; exact: text as it is,
    for machines only."""


def write(plan: Plan, backdrop: Backdrop, folder: Path, options: Options) -> list[Path]:
    """Write stations.csv, candidates.csv and so on, fields.csv and provenance.csv; return their paths."""
    folder.mkdir(parents=True, exist_ok=True)
    return [
        write_csv(folder / f"{file_stem(layer.name, options)}.csv", layer, language=options.language, text=options.text)
        for layer in placed_layers(plan, backdrop, options)
    ]
