"""The plan as one GeoPackage: every table with its places, styled for QGIS, the master of all lists."""

from __future__ import annotations

import sqlite3
from collections.abc import Sequence
from contextlib import closing
from pathlib import Path

from h2plan.errors import EnvironmentFault
from h2plan.outputs._export import PlacedOptions, datum_name, epsg, file_stem, placed_layers
from h2plan.outputs._labels import Language
from h2plan.outputs._layers import Layer
from h2plan.outputs._levels import EDITION_NAMES
from h2plan.outputs._qml import qml
from h2plan.outputs._tables import headed
from h2plan.outputs._vector import WRITTEN_AT, steady_gdal, write_vector
from h2plan.plan.results import Backdrop, Plan

STYLES = """
CREATE TABLE layer_styles (
  id INTEGER PRIMARY KEY AUTOINCREMENT NOT NULL, f_table_catalog TEXT(256), f_table_schema TEXT(256),
  f_table_name TEXT(256), f_geometry_column TEXT(256), styleName TEXT(30), styleQML TEXT, styleSLD TEXT,
  useAsDefault BOOLEAN, description TEXT, owner TEXT(30), ui TEXT(30), update_time DATETIME)
"""
"""The table that QGIS looks for; it reads QML from it, no SLD."""
COLUMNS = """
CREATE TABLE IF NOT EXISTS gpkg_data_columns (
  table_name TEXT NOT NULL, column_name TEXT NOT NULL, name TEXT, title TEXT, description TEXT, mime_type TEXT,
  constraint_name TEXT, CONSTRAINT pk_gdc PRIMARY KEY (table_name, column_name),
  CONSTRAINT gdc_tn UNIQUE (table_name, name))
"""
CONSTRAINTS = """
CREATE TABLE IF NOT EXISTS gpkg_data_column_constraints (
  constraint_name TEXT NOT NULL, constraint_type TEXT NOT NULL, value TEXT, min NUMERIC, min_is_inclusive BOOLEAN,
  max NUMERIC, max_is_inclusive BOOLEAN, description TEXT,
  CONSTRAINT gdcc_ntv UNIQUE (constraint_name, constraint_type, value))
"""
SCHEMA_EXTENSION = ("gpkg_schema", "http://www.geopackage.org/spec121/#extension_schema", "read-write")
VERSION = "1.2"
"""Of the standard: QGIS 3.22 and others of its day warn of newer ones."""
UNDEFINED_DEGREES = "0"
"""GeoPackage's number for degrees of a datum that has no EPSG code."""


class Options(PlacedOptions):
    """Language of titles and styles, edition and datum; field names stay English."""


def write(plan: Plan, backdrop: Backdrop, folder: Path, options: Options) -> list[Path]:
    """Write plan.gpkg; equal plans give equal bytes."""
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / f"{file_stem('plan', options)}.gpkg"
    path.unlink(missing_ok=True)
    made = placed_layers(plan, backdrop, options)
    with steady_gdal():
        for number, layer in enumerate(made):
            write_vector(
                path,
                layer,
                driver="GPKG",
                crs=epsg(options.crs),
                names=[field.name for field in layer.fields],
                layer=layer.name,
                append=number > 0,
                dataset_options={"VERSION": VERSION},
                layer_options=_settings(layer, options),
            )
    try:
        with closing(sqlite3.connect(path)) as database, database:
            _describe(database, made, options.language)
            _style(database, made, options.language)
    except sqlite3.Error as error:
        raise EnvironmentFault(f"{path.name}: cannot be written: {error}") from error
    return [path]


def _settings(layer: Layer, options: Options) -> dict[str, str]:
    told = {"IDENTIFIER": layer.title.at(options.language), "DESCRIPTION": _about(layer, options)}
    return told if layer.shape == "none" or epsg(options.crs) else {**told, "SRID": UNDEFINED_DEGREES}


def _about(layer: Layer, options: Options) -> str:
    parts = [layer.title.at(options.language), EDITION_NAMES[options.edition].at(options.language)]
    if layer.shape != "none":
        parts.append(datum_name(options.crs, options.language))
    return "; ".join(parts)


def _describe(database: sqlite3.Connection, made: Sequence[Layer], language: Language) -> None:
    """Give every column its label and unit by the schema extension, which QGIS shows instead of the field name."""
    database.execute(COLUMNS)
    database.execute(CONSTRAINTS)
    for layer in made:
        labels = [headed(field.label.at(language), field.unit, language) for field in layer.fields]
        database.executemany(
            "INSERT INTO gpkg_data_columns (table_name, column_name, title, description) VALUES (?, ?, ?, ?)",
            [(layer.name, field.name, label, field.level) for field, label in zip(layer.fields, labels, strict=True)],
        )
    for table in ("gpkg_data_columns", "gpkg_data_column_constraints"):
        database.execute("INSERT INTO gpkg_extensions VALUES (?, NULL, ?, ?, ?)", (table, *SCHEMA_EXTENSION))


def _style(database: sqlite3.Connection, made: Sequence[Layer], language: Language) -> None:
    """Store a default style for each layer with places, and register the table so that others show it."""
    database.execute(STYLES)
    for layer in made:
        if layer.shape == "none":
            continue
        database.execute(
            "INSERT INTO layer_styles (f_table_catalog, f_table_schema, f_table_name, f_geometry_column, styleName, "
            "styleQML, styleSLD, useAsDefault, description, owner, ui, update_time) "
            "VALUES ('', '', ?, 'geom', ?, ?, '', 1, ?, '', NULL, ?)",
            (layer.name, f"h2plan {layer.name}", qml(layer, language), layer.title.at(language), WRITTEN_AT),
        )
    database.execute(
        "INSERT INTO gpkg_contents (table_name, data_type, identifier, description, last_change, srs_id) "
        "VALUES ('layer_styles', 'attributes', 'layer_styles', '', ?, 0)",
        (WRITTEN_AT,),
    )
