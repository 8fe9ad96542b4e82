"""Tables with places as Shapefiles for older programs: GBK text, ASCII field names, and a table of their meaning."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

from h2plan.outputs._csv import write_csv
from h2plan.outputs._export import PlacedOptions, epsg, field_table, file_stem, placed_layers
from h2plan.outputs._layers import Layer, LayerField
from h2plan.outputs._tables import Cell
from h2plan.outputs._vector import steady_gdal, write_vector
from h2plan.plan.results import Backdrop, Plan

ENCODING = "GBK"
NAME_LONGEST, TEXT_LONGEST = 10, 254
"""What dBASE allows: characters of a field name, bytes of a text."""
PARTS = (".shp", ".shx", ".dbf", ".prj", ".cpg")
WRITTEN_ON = "2000-01-01"
SHORT = {
    "annual_cost_cny_per_yr": "ann_cny_yr",
    "approval_months": "appr_mon",
    "assumptions": "assumed",
    "capacity_kg_per_d": "cap_kgd",
    "delivery_cny_per_kg": "dlv_cny_kg",
    "demand_served": "rows_servd",
    "destination": "dest",
    "dispensed_kg_per_d": "disp_kgd",
    "fixed_cny_per_yr": "fix_cny_yr",
    "handled_kg_per_d": "hand_kgd",
    "kg_per_d_base": "kgd_base",
    "kg_per_d_high": "kgd_high",
    "kg_per_d_low": "kgd_low",
    "left_kg_per_d": "left_kgd",
    "max_kg_per_d": "max_kgd",
    "nearest_min": "near_min",
    "nearest_site": "near_site",
    "precision_m": "prec_m",
    "reach_kg_per_d": "reach_kgd",
    "score_kg_per_d": "score_kgd",
    "served_kg_per_d": "served_kgd",
    "utilisation": "util",
    "vehicle_class": "veh_class",
}
"""Field names that dBASE would cut to its ten characters."""


class Options(PlacedOptions):
    """Edition and datum; the language is that of the field table."""


def write(plan: Plan, backdrop: Backdrop, folder: Path, options: Options) -> list[Path]:
    """Write stations.shp and so on, each with .shx, .dbf, .prj and .cpg, and shapefile-fields.csv; return all paths.

    A reader that loses the .cpg takes the text for Latin letters: tell it that the encoding is GBK.
    """
    folder.mkdir(parents=True, exist_ok=True)
    told = [layer for layer in placed_layers(plan, backdrop, options) if layer.shape != "none" and layer.rows]
    written: list[Path] = []
    with steady_gdal():
        for layer in told:
            path = folder / f"{file_stem(layer.name, options)}.shp"
            write_vector(
                path,
                _in_gbk(layer),
                driver="ESRI Shapefile",
                crs=epsg(options.crs),
                names=[_short(field.name) for field in layer.fields],
                encoding=ENCODING,
                layer_options={"DBF_DATE_LAST_UPDATE": WRITTEN_ON},
            )
            written.extend(file for part in PARTS if (file := path.with_suffix(part)).is_file())
    fields = folder / f"{file_stem('shapefile-fields', options)}.csv"
    write_csv(fields, _field_table(told), language=options.language, text="guarded")
    return [*written, fields]


def _short(name: str) -> str:
    """Return a field's name as dBASE takes it."""
    return SHORT.get(name, name)


def _in_gbk(layer: Layer) -> Layer:
    """Return a layer whose texts fit: characters that GBK lacks become '?', long texts are cut between characters."""
    return replace(layer, rows=tuple(tuple(_fit(cell) for cell in row) for row in layer.rows))


def _fit(cell: Cell) -> Cell:
    if not isinstance(cell, str):
        return cell
    return cell.encode(ENCODING, "replace")[:TEXT_LONGEST].decode(ENCODING, "ignore")


def _field_table(told: Sequence[Layer]) -> Layer:
    """Return the field table with the short name in front."""
    made = field_table(told)
    names = [_short(field.name) for layer in told for field in layer.fields]
    head: LayerField = replace(made.fields[1], name="short")
    rows = tuple((row[0], name, *row[1:]) for row, name in zip(made.rows, names, strict=True))
    return replace(made, fields=(made.fields[0], head, *made.fields[1:]), rows=rows)
