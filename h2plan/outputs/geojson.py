"""Every table with places as GeoJSON, one file each, for web maps."""

from __future__ import annotations

from pathlib import Path

from h2plan.outputs._export import PlacedOptions, file_stem, placed_layers
from h2plan.outputs._geojson import feature_collection
from h2plan.plan.results import Backdrop, Plan


class Options(PlacedOptions):
    """Edition and datum; field names and code words stay English."""


def write(plan: Plan, backdrop: Backdrop, folder: Path, options: Options) -> list[Path]:
    """Write stations.geojson, candidates.geojson and so on; return their paths."""
    folder.mkdir(parents=True, exist_ok=True)
    written = []
    for layer in placed_layers(plan, backdrop, options):
        if layer.shape != "none" and layer.rows:
            path = folder / f"{file_stem(layer.name, options)}.geojson"
            path.write_text(feature_collection(layer, plan, options), encoding="utf-8", newline="\n")
            written.append(path)
    return written
