"""Every table of the plan as Parquet, those with places as GeoParquet, for analysis in Python, R and DuckDB."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from pyproj import CRS

from h2plan.errors import EnvironmentFault
from h2plan.outputs._export import PlacedOptions, epsg, file_stem, placed_layers
from h2plan.outputs._labels import Language
from h2plan.outputs._layers import Kind, Layer
from h2plan.outputs._tables import headed
from h2plan.plan.results import Backdrop, Plan

GEOMETRY_TYPES = {"point": ["Point"], "line": ["MultiLineString"]}
TYPES: dict[Kind, str] = {"text": "string", "real": "float64", "integer": "int64", "boolean": "bool_"}


class Options(PlacedOptions):
    """Edition and datum; field names and code words stay English, labels in the language stand beside the fields."""


def write(plan: Plan, backdrop: Backdrop, folder: Path, options: Options) -> list[Path]:
    """Write stations.parquet, candidates.parquet and so on; return their paths.

    Raises:
        EnvironmentFault: pyarrow is not installed.
    """
    try:
        import pyarrow.parquet as pq
    except ImportError as error:
        text = "Parquet files need pyarrow; install it with: pip install 'h2plan[parquet]'"
        raise EnvironmentFault(text) from error
    folder.mkdir(parents=True, exist_ok=True)
    written = []
    for layer in placed_layers(plan, backdrop, options):
        path = folder / f"{file_stem(layer.name, options)}.parquet"
        pq.write_table(_table(layer, plan, options), path)
        written.append(path)
    return written


def _table(layer: Layer, plan: Plan, options: Options) -> Any:
    """Return a layer as an Arrow table: label, unit and level of each field stand in its metadata."""
    import pyarrow as pa

    columns, fields = [], []
    for at, field in enumerate(layer.fields):
        kind = getattr(pa, TYPES[field.kind])()
        columns.append(pa.array([row[at] for row in layer.rows], type=kind))
        told = {"label": _label(layer, at, options.language), "unit": field.unit, "level": field.level}
        fields.append(pa.field(field.name, kind, metadata=told))
    about = {"edition": options.edition, "datum": options.crs, "scenario": plan.scenario}
    metadata = {"h2plan": json.dumps(about | {"attribution": list(plan.attributions)}, ensure_ascii=False)}
    if layer.shape != "none":
        from h2plan.outputs._vector import wkb

        columns.append(pa.array(wkb(layer).tolist(), type=pa.binary()))
        fields.append(pa.field("geometry", pa.binary()))
        metadata["geo"] = json.dumps(_geo(layer, options.crs))
    return pa.Table.from_arrays(columns, schema=pa.schema(fields, metadata=metadata))


def _label(layer: Layer, at: int, language: Language) -> str:
    field = layer.fields[at]
    return headed(field.label.at(language), field.unit, language)


def _geo(layer: Layer, crs: str) -> dict[str, Any]:
    """Return the metadata of GeoParquet 1.1; a datum without EPSG code is stated as undefined."""
    system = epsg(crs)
    column = {
        "encoding": "WKB",
        "geometry_types": GEOMETRY_TYPES[layer.shape],
        "crs": None if system is None else CRS.from_user_input(system).to_json_dict(),
    }
    return {"version": "1.1.0", "primary_column": "geometry", "columns": {"geometry": column}}
