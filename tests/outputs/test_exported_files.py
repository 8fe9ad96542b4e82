"""Every file of a plan opens with its field's library and says what the plan says."""

from __future__ import annotations

import csv
import dataclasses
import json
import os
import sqlite3
import xml.etree.ElementTree as ET
from collections.abc import Callable
from contextlib import closing
from pathlib import Path
from types import ModuleType
from typing import Any

import geopandas as gpd
import openpyxl
import pandas as pd
import pyarrow.parquet as pq
import pyogrio
import pytest
import shapely

from h2plan.outputs import csv_tables, geojson, geopackage, geoparquet, kml, shapefile, site_list, workbook
from h2plan.outputs._export import placed_layers
from h2plan.outputs._layers import TITLES, Layer
from h2plan.outputs._levels import EDITIONS
from h2plan.outputs._qml import STYLES, qml
from h2plan.outputs.shapefile import NAME_LONGEST, _short
from h2plan.plan.results import Backdrop, Plan
from tests.outputs.hostile import poisoned
from tests.outputs.test_layers import supplied, two_years

FORMATS: tuple[ModuleType, ...] = (
    geopackage,
    csv_tables,
    geojson,
    geoparquet,
    kml,
    shapefile,
    site_list,
    workbook,
)
KML = "{http://www.opengis.net/kml/2.2}"
Write = Callable[..., list[Path]]


@pytest.fixture(scope="module")
def full(plan: Plan) -> Plan:
    """Two years, with supply."""
    return supplied(two_years(plan))


def _write(module: ModuleType, plan: Plan, backdrop: Backdrop, folder: Path, **options: Any) -> dict[str, Path]:
    written = module.write(plan, backdrop, folder, module.Options.model_validate(options))
    return {path.name: path for path in written}


def _layers(plan: Plan, backdrop: Backdrop, **options: Any) -> dict[str, Layer]:
    made = placed_layers(plan, backdrop, geopackage.Options.model_validate(options))
    return {layer.name: layer for layer in made}


def _name(module: ModuleType) -> str:
    return module.__name__.rpartition(".")[2]


@pytest.mark.parametrize("module", FORMATS, ids=_name)
def test_equal_plans_give_equal_bytes(module: ModuleType, full: Plan, backdrop: Backdrop, tmp_path: Path) -> None:
    first = _write(module, full, backdrop, tmp_path / "a")
    second = _write(module, full, backdrop, tmp_path / "b")
    assert first.keys() == second.keys()
    assert first
    assert [name for name in first if first[name].read_bytes() != second[name].read_bytes()] == []


@pytest.mark.parametrize("module", FORMATS, ids=_name)
def test_the_public_edition_says_so_in_its_name_and_holds_no_cost_of_a_station(
    module: ModuleType, full: Plan, backdrop: Backdrop, tmp_path: Path
) -> None:
    written = _write(module, full, backdrop, tmp_path, edition="public")
    assert all(path.stem.endswith("-public") for path in written.values())
    # Packed formats could hide it here: the test of the layers themselves looks at every field.
    cost = f"{full.stations[1].annual_cost_cny_per_yr:.0f}".encode()
    for path in written.values():
        assert cost not in path.read_bytes()


@pytest.mark.parametrize("module", FORMATS, ids=_name)
def test_hostile_names_are_written_and_read_again(
    module: ModuleType, plan: Plan, backdrop: Backdrop, tmp_path: Path
) -> None:
    bad = poisoned(plan)
    written = _write(module, bad, poisoned(backdrop), tmp_path)
    wanted = [station.name for station in bad.stations]
    found = _names_again(module, written)
    if module is shapefile:  # GBK has no line separators: they become question marks
        wanted = [name.encode("gbk", "replace").decode("gbk") for name in wanted]
    if module is kml:  # XML reads every kind of line end as one
        wanted = [name.replace("\r", "\n") for name in wanted]
    assert found == wanted


def _names_again(module: ModuleType, written: dict[str, Path]) -> list[str]:
    """Read the names of the stations back."""
    if module in (csv_tables, site_list):
        with written["stations.csv"].open(encoding="utf-8-sig", newline="") as file:
            return [row["名称"] for row in csv.DictReader(file)]
    if module is workbook:
        sheet = openpyxl.load_workbook(written["plan.xlsx"])["加氢站"]
        heads = [cell.value for cell in sheet[1]]
        return [row[heads.index("名称")].value for row in sheet.iter_rows(min_row=2)]
    if module is kml:
        folder = ET.parse(written["plan.kml"]).getroot().find(f"{KML}Document/{KML}Folder")
        assert folder is not None
        return [str(mark.findtext(f"{KML}name")) for mark in folder.iter(f"{KML}Placemark")]
    if module is geoparquet:
        return list(pq.read_table(written["stations.parquet"])["name"].to_pylist())
    files = {geopackage: "plan.gpkg", geojson: "stations.geojson", shapefile: "stations.shp"}
    layer = "stations" if module is geopackage else None
    return list(pyogrio.read_dataframe(written[files[module]], layer=layer)["name"])


# GeoPackage


@pytest.fixture(scope="module")
def package(full: Plan, backdrop: Backdrop, tmp_path_factory: pytest.TempPathFactory) -> Path:
    return _write(geopackage, full, backdrop, tmp_path_factory.mktemp("gpkg"), edition="sensitive")[
        "plan-sensitive.gpkg"
    ]


def test_the_geopackage_holds_every_table_row_by_row(package: Path, full: Plan, backdrop: Backdrop) -> None:
    told = _layers(full, backdrop, edition="sensitive")
    assert set(pyogrio.list_layers(package)[:, 0]) == {*told, "layer_styles"}
    for name, layer in told.items():
        frame = pyogrio.read_dataframe(package, layer=name)
        assert len(frame) == len(layer.rows), name
        for field in layer.fields:
            column = [None if pd.isna(value) else value for value in frame[field.name].astype(object)]
            assert column == layer.column(field.name), (name, field.name)


def test_places_of_the_geopackage_are_those_of_the_plan(package: Path, full: Plan, backdrop: Backdrop) -> None:
    frame = gpd.read_file(package, layer="stations")
    assert frame.crs is not None
    assert frame.crs.to_epsg() == 4326
    stations = [row for period in full.periods for row in full.at(period).stations]
    assert [(point.x, point.y) for point in frame.geometry] == [(row.lon, row.lat) for row in stations]
    lines = gpd.read_file(package, layer="allocations").geometry
    placed = _layers(full, backdrop, edition="sensitive")["allocations"].places
    assert [line is not None for line in lines] == [bool(place) for place in placed]


def test_qgis_finds_a_default_style_and_a_label_for_every_column(package: Path, full: Plan, backdrop: Backdrop) -> None:
    told = _layers(full, backdrop, edition="sensitive")
    spatial = {name for name, layer in told.items() if layer.shape != "none"}
    with closing(sqlite3.connect(package)) as database:
        styles = dict(database.execute("SELECT f_table_name, styleQML FROM layer_styles WHERE useAsDefault = 1"))
        kinds = dict(database.execute("SELECT table_name, data_type FROM gpkg_contents"))
        labels = database.execute("SELECT table_name, column_name, title FROM gpkg_data_columns").fetchall()
        assert database.execute("PRAGMA integrity_check").fetchone() == ("ok",)
    assert styles.keys() == spatial
    assert kinds["layer_styles"] == "attributes"
    assert {(table, column) for table, column, _ in labels} == {
        (name, field.name) for name, layer in told.items() for field in layer.fields
    }
    assert ("stations", "capacity_kg_per_d", "日加注能力 (kg/d)") in labels


@pytest.mark.parametrize("language", ["zh", "en"])
def test_a_style_is_sound_xml_and_names_only_fields_that_are_there(
    full: Plan, backdrop: Backdrop, language: Any
) -> None:
    told = _layers(full, backdrop, edition="public")
    for layer in told.values():
        if layer.shape != "none":
            root = ET.fromstring(qml(layer, language).partition("\n")[2])
            names = [field.name for field in layer.fields]
            assert [alias.get("field") for alias in root.iter("alias")] == names
            used = "".join(
                str(option.get("value")) for option in root.iter("Option") if option.get("name") == "expression"
            )
            asked = set(used.split('"')[1::2])
            assert asked <= set(names)


def test_every_layer_with_places_has_a_style(full: Plan, backdrop: Backdrop) -> None:
    told = _layers(full, backdrop, edition="sensitive")
    assert {name for name, layer in told.items() if layer.shape != "none"} == set(STYLES)
    assert set(TITLES) >= set(told) - {"fields", "provenance"}


@pytest.mark.parametrize(("crs", "number"), [("cgcs2000", 4490), ("EPSG:4547", 4547), ("gcj02", None)])
def test_another_datum_stands_in_the_file_and_in_its_name(
    full: Plan, backdrop: Backdrop, tmp_path: Path, crs: str, number: int | None
) -> None:
    ((name, path),) = _write(geopackage, full, backdrop, tmp_path, crs=crs).items()
    assert name == f"plan-{crs.replace(':', '').lower()}.gpkg"
    frame = gpd.read_file(path, layer="stations")
    with closing(sqlite3.connect(path)) as database:
        (system,) = database.execute("SELECT srs_id FROM gpkg_contents WHERE table_name = 'stations'").fetchone()
    assert system == (number or 0)
    first = full.at(2028).stations[0]
    away_m = {"cgcs2000": 0.0, "EPSG:4547": 0.0, "gcj02": 583.0}[crs]
    back = frame.to_crs(4326) if crs == "EPSG:4547" else frame
    point = back.geometry.iloc[0]
    metres = 111_200 * shapely.Point(0.8605 * point.x, point.y).distance(shapely.Point(0.8605 * first.lon, first.lat))
    assert metres == pytest.approx(away_m, abs=50)


# Others


def test_geojson_is_read_with_ids_and_its_datum(full: Plan, plan: Plan, backdrop: Backdrop, tmp_path: Path) -> None:
    written = _write(geojson, full, backdrop, tmp_path, crs="EPSG:4547")
    frame = gpd.read_file(written["deliveries-epsg4547.geojson"])
    assert frame.crs is not None
    assert frame.crs.to_epsg() == 4547
    one_year = json.loads(_write(geojson, plan, backdrop, tmp_path)["stations.geojson"].read_text(encoding="utf-8"))
    assert [feature["id"] for feature in one_year["features"]] == [row.site_id for row in plan.stations]
    assert one_year["h2plan"]["edition"] == "internal"
    two = json.loads(_write(geojson, full, backdrop, tmp_path)["stations.geojson"].read_text(encoding="utf-8"))
    assert "id" not in two["features"][0]  # a station of two years has two rows


def test_geoparquet_is_read_by_geopandas_with_units_beside(full: Plan, backdrop: Backdrop, tmp_path: Path) -> None:
    written = _write(geoparquet, full, backdrop, tmp_path)
    frame = gpd.read_parquet(written["stations.parquet"])
    assert frame.crs is not None
    assert frame.crs.to_epsg() == 4326
    assert list(frame["capacity_kg_per_d"]) == _layers(full, backdrop)["stations"].column("capacity_kg_per_d")
    field = pq.read_schema(written["stations.parquet"]).field("capacity_kg_per_d")
    assert field.metadata == {b"label": "日加注能力 (kg/d)".encode(), b"unit": b"kg/d", b"level": b"public"}
    figures = pq.read_table(written["figures.parquet"])
    assert figures.num_rows == len(_layers(full, backdrop)["figures"].rows)
    assert (
        gpd.read_parquet(_write(geoparquet, full, backdrop, tmp_path, crs="gcj02")["stations-gcj02.parquet"]).crs
        is None
    )


def test_kml_holds_a_placemark_for_every_place(full: Plan, backdrop: Backdrop, tmp_path: Path) -> None:
    path = _write(kml, full, backdrop, tmp_path, language="en")["plan.kml"]
    told = _layers(full, backdrop)
    document = ET.parse(path).getroot().find(f"{KML}Document")
    assert document is not None
    counts = {one.findtext(f"{KML}name"): len(one.findall(f"{KML}Placemark")) for one in document.iter(f"{KML}Folder")}
    assert counts == {
        told[name].title.en: sum(bool(place) for place in told[name].places)
        for name in kml.FOLDERS
        if name in told and told[name].rows
    }
    names = [row[0] for row in pyogrio.list_layers(path)]
    frame = pyogrio.read_dataframe(path, layer=names[0])
    stations = told["stations"]
    assert [(point.x, point.y) for point in frame.geometry] == [place[0][0] for place in stations.places]


def test_what_xml_cannot_hold_becomes_a_replacement_character(plan: Plan, backdrop: Backdrop, tmp_path: Path) -> None:
    named = dataclasses.replace(plan, stations=(dataclasses.replace(plan.stations[0], name="a\x00b\x0b\ufffe"),))
    path = _write(kml, named, backdrop, tmp_path)["plan.kml"]
    assert "<name>a\ufffdb\ufffd\ufffd</name>" in path.read_text(encoding="utf-8")
    ET.parse(path)


def test_a_shapefile_is_gbk_with_short_names_and_reads_so_without_its_cpg(
    full: Plan, backdrop: Backdrop, tmp_path: Path
) -> None:
    written = _write(shapefile, full, backdrop, tmp_path)
    told = _layers(full, backdrop)["stations"]
    assert written["stations.cpg"].read_text(encoding="ascii").strip() in ("GBK", "936")
    frame = gpd.read_file(written["stations.shp"])
    assert list(frame["name"]) == told.column("name")
    assert list(frame["cap_kgd"]) == told.column("capacity_kg_per_d")
    written["stations.cpg"].unlink()
    assert list(gpd.read_file(written["stations.shp"])["name"]) != told.column("name")  # mojibake, as the page says
    assert list(gpd.read_file(written["stations.shp"], encoding="GBK")["name"]) == told.column("name")


def test_the_field_table_beside_a_shapefile_explains_every_short_name(
    full: Plan, backdrop: Backdrop, tmp_path: Path
) -> None:
    written = _write(shapefile, full, backdrop, tmp_path, edition="sensitive")
    with written["shapefile-fields-sensitive.csv"].open(encoding="utf-8-sig", newline="") as file:
        rows = list(csv.reader(file))[1:]
    for path in written.values():
        if path.suffix == ".shp":
            layer = path.stem.removesuffix("-sensitive")
            fields = set(pyogrio.read_info(path)["fields"])
            assert fields == {row[1] for row in rows if row[0] == layer}


def test_no_short_name_is_too_long_or_used_twice(full: Plan, backdrop: Backdrop) -> None:
    for layer in _layers(full, backdrop, edition="sensitive").values():
        if layer.shape != "none":
            names = [_short(field.name) for field in layer.fields]
            assert all(len(name) <= NAME_LONGEST and name.isascii() for name in names), names
            assert len(set(names)) == len(names)


def test_long_text_of_a_shapefile_is_cut_between_characters(plan: Plan, backdrop: Backdrop, tmp_path: Path) -> None:
    named = dataclasses.replace(plan, stations=(dataclasses.replace(plan.stations[0], why="a" + "站" * 200),))
    frame = gpd.read_file(_write(shapefile, named, backdrop, tmp_path)["stations.shp"])
    assert list(frame["why"]) == ["a" + "站" * 126]  # 254 bytes hold 1 + 2 x 126, and one is left


def test_the_workbook_of_several_years_has_a_year_column_and_the_sheets_of_supply(
    full: Plan, backdrop: Backdrop, tmp_path: Path
) -> None:
    path = _write(workbook, full, backdrop, tmp_path, language="en", edition="sensitive")["plan-sensitive.xlsx"]
    book = openpyxl.load_workbook(path)
    assert {"source use", "storage centres", "deliveries"} <= set(book.sheetnames)
    stations = book["stations"]
    assert [cell.value for cell in stations[1]][:2] == ["year", "site id"]
    assert [row[0].value for row in stations.iter_rows(min_row=2)] == _layers(full, backdrop)["stations"].column(
        "period"
    )
    heads = [cell.value for cell in book["figures"][1]]
    assert heads == ["group", "figure", "unit", "2028", "2030"]
    first = next(book["figures"].iter_rows(min_row=2, values_only=True))
    assert first[3:] == (6, full.figures.stations)
    items = {row[1]: row[2] for row in book["sources"].iter_rows(min_row=2, values_only=True)}
    assert items["sensitive"] == "sensitive edition"


def test_a_workbook_in_metres_says_so_in_its_headers(plan: Plan, backdrop: Backdrop, tmp_path: Path) -> None:
    path = _write(workbook, plan, backdrop, tmp_path, crs="EPSG:4547")["plan-epsg4547.xlsx"]
    sheet = openpyxl.load_workbook(path)["加氢站"]
    heads = [cell.value for cell in sheet[1]]
    east = sheet.cell(row=2, column=heads.index("东坐标 EPSG:4547 (m)") + 1).value
    assert 400_000 < east < 600_000


@pytest.mark.parametrize("edition", EDITIONS)
def test_every_table_is_a_csv_with_the_meaning_of_its_fields_beside(
    full: Plan, backdrop: Backdrop, tmp_path: Path, edition: Any
) -> None:
    written = _write(csv_tables, full, backdrop, tmp_path, edition=edition)
    told = _layers(full, backdrop, edition=edition)
    ending = "" if edition == "internal" else f"-{edition}"
    assert set(written) == {f"{name}{ending}.csv" for name in told}
    for name, layer in told.items():
        with written[f"{name}{ending}.csv"].open(encoding="utf-8-sig", newline="") as file:
            assert len(list(csv.reader(file))) == 1 + len(layer.rows), name


def test_nothing_is_left_of_gdals_settings(full: Plan, backdrop: Backdrop, tmp_path: Path) -> None:
    _write(geopackage, full, backdrop, tmp_path)
    assert pyogrio.get_gdal_config_option("OGR_CURRENT_DATE") is None
    assert "OGR_CURRENT_DATE" not in os.environ
