"""One door for files from outside: what it reads the same, and what it keeps out."""

from __future__ import annotations

import json
import os
import shutil
import sqlite3
import subprocess
import sys
import zipfile
from pathlib import Path
from typing import Any

import geopandas
import openpyxl
import pytest
from shapely import Point, Polygon, box

from h2plan.errors import InputError
from h2plan.tables.collect import RowsRead, collect_rows
from h2plan.tables.mapping import ColumnMap
from h2plan.tables.open import Opened, Opening, open_table
from h2plan.tables.positions import Region
from h2plan.tables.rows import SiteRow
from tests.tables.kinds_of_file import HEADER, KINDS, ROWS, frame, layer, text_of, workbook, write

WUHAN = Region(113.3, 115.6, 29.6, 31.7)
EVERY_ROW = {
    "name_en": "x",
    "city": "武汉市",
    "bank": "none",
    "precision_m": "20",
    "source": "a test",
    "verified": "no",
}
POINT = {"type": "Point", "coordinates": [114.3, 30.5]}
SQUARE = [[114.3, 30.5], [114.301, 30.5], [114.301, 30.501], [114.3, 30.501], [114.3, 30.5]]
BOW_TIE = [[114.3, 30.5], [114.301, 30.501], [114.301, 30.5], [114.3, 30.501], [114.3, 30.5]]


def polygon(ring: Any) -> dict[str, Any]:
    return {"type": "Polygon", "coordinates": [ring]}


def sites(path: Path, *, crs: str | None = "wgs84", region: Region | None = None, **opening: Any) -> RowsRead[SiteRow]:
    every_row = {**EVERY_ROW, "kind": "fuel_station", "name": "a place"}
    opened = open_table(path, opening=Opening(**opening))
    mapping = ColumnMap(every_row=every_row)
    return collect_rows(opened, SiteRow, crs=crs, mapping=mapping, region=region, id_prefix="s")


def refusal(path: Path, **options: Any) -> str:
    with pytest.raises(InputError) as caught:
        sites(path, **options)
    assert all(fault.where.startswith(str(path)[:8]) or fault.where == path.name for fault in caught.value.faults)
    return str(caught.value)


@pytest.mark.parametrize("kind", KINDS)
def test_every_kind_of_file_gives_the_same_two_sites(tmp_path: Path, kind: str) -> None:
    encoding = "gb18030" if kind == "gb18030" else None
    rows = sites(write(tmp_path, kind), region=WUHAN, encoding=encoding).rows
    assert [(row.name, row.kind) for row in rows] == [("光谷加油站", "fuel_station"), ("阳逻服务区", "highway_service")]
    assert [(row.lon, row.lat) for row in rows] == [(row[2], row[3]) for row in ROWS]
    assert [row.id for row in rows] == ["s-0001", "s-0002"]


def test_gbk_is_read_when_declared_and_never_guessed(tmp_path: Path) -> None:
    assert "looks like GB18030" in refusal(write(tmp_path, "gb18030"))


def test_a_shapefile_without_its_code_page_must_be_told_the_encoding(tmp_path: Path) -> None:
    path = write(tmp_path, "shp")
    path.with_suffix(".cpg").unlink()
    assert "no .cpg file" in refusal(path)
    assert sites(path, encoding="gbk").rows[0].name == "光谷加油站"


def test_a_shapefile_of_plain_letters_needs_no_code_page(tmp_path: Path) -> None:
    path = tmp_path / "plain.shp"
    geopandas.GeoDataFrame({"name": ["a"]}, geometry=[Point(114.3, 30.5)], crs=4326).to_file(path)
    path.with_suffix(".cpg").unlink()
    assert sites(path).rows[0].name == "a"


@pytest.mark.parametrize("name", ["a.zip!b", "a;b"])
def test_a_name_that_gdal_would_take_for_another_file_is_refused(tmp_path: Path, name: str) -> None:
    path = write(tmp_path, "shp")
    for one in tmp_path.glob("t_shp.*"):
        shutil.copy(one, tmp_path / f"{name}{one.suffix}")
    assert "the address of another file" in refusal(path.with_name(f"{name}.shp"))


@pytest.mark.parametrize("name", ["油 站", "a%20b", "a#b", "a'b"])
@pytest.mark.parametrize("kind", ["shp", "gpkg"])
def test_an_odd_name_is_just_a_name(tmp_path: Path, kind: str, name: str) -> None:
    path = write(tmp_path, kind)
    for one in tmp_path.glob(f"t_{kind}.*"):
        shutil.copy(one, tmp_path / f"{name}{one.suffix}")
    assert len(sites(path.with_name(f"{name}.{kind}")).rows) == 2


@pytest.mark.parametrize("end", [".dbf", ".shx"])
def test_a_missing_companion_of_a_shapefile_is_named(tmp_path: Path, end: str) -> None:
    path = write(tmp_path, "shp")
    path.with_suffix(end).unlink()
    assert f"its {end} file is missing" in refusal(path)


def test_a_layer_must_be_named_when_there_are_several(tmp_path: Path) -> None:
    path = tmp_path / "two.gpkg"
    for name in ("stations", "ports"):
        frame().to_file(path, layer=name, engine="pyogrio")
    assert "holds 2 layers: ports, stations" in refusal(path)
    assert "has no layer 'x'" in refusal(path, layer="x")
    assert len(sites(path, layer="ports").rows) == 2


def test_a_sheet_must_be_named_when_two_hold_something(tmp_path: Path) -> None:
    path = workbook(tmp_path / "t.xlsx", [HEADER, *ROWS])
    book = openpyxl.load_workbook(path)
    book.create_sheet("empty")
    book.save(path)
    assert len(sites(path).rows) == 2
    book.create_sheet("more").append(["名称"])
    book.save(path)
    assert "holds 2 sheets: 站点, more" in refusal(path)
    assert len(sites(path, layer="站点").rows) == 2


def test_a_folder_of_placemarks_must_be_named_when_there_are_several(tmp_path: Path) -> None:
    mark = "<Placemark><name>a</name><Point><coordinates>114.3,30.5,0</coordinates></Point></Placemark>"
    path = tmp_path / "t.kml"
    folders = "".join(f"<Folder><name>{name}</name>{mark}</Folder>" for name in ("old", "new"))
    path.write_text(f'<kml xmlns="http://www.opengis.net/kml/2.2"><Document>{folders}</Document></kml>', "utf-8")
    assert "holds 2 folders: old, new" in refusal(path)
    assert len(sites(path, layer="new").rows) == 1


def test_a_parcel_stands_at_a_point_inside_it_with_its_area_and_reach(tmp_path: Path) -> None:
    path = layer(tmp_path / "p.geojson", polygon(SQUARE), name=["地块"])
    (row,) = sites(path).rows
    assert row.lon is not None
    assert row.lat is not None
    assert Polygon(SQUARE).contains(Point(row.lon, row.lat))
    # 0.001° is 110.9 m north and 96.0 m east at 30.5° N; half the diagonal is 73.3 m, and the outline is good to 20 m.
    assert row.land_m2 == pytest.approx(95.99 * 110.87, rel=1e-3)
    assert row.precision_m == pytest.approx(73.3 + 20, abs=1)


def test_a_parcel_in_metres_is_the_same_parcel(tmp_path: Path) -> None:
    parcels = geopandas.GeoDataFrame({"name": ["地块"]}, geometry=[box(114.3, 30.5, 114.301, 30.501)], crs=4490)
    path = tmp_path / "p.gpkg"
    parcels.to_crs(4547).to_file(path, engine="pyogrio")
    (row,) = sites(path, crs=None).rows
    assert (row.lon, row.lat) == pytest.approx((114.3005, 30.5005), abs=1e-5)


@pytest.mark.parametrize(
    ("geometry", "told"),
    [
        (None, "has no geometry"),
        (polygon(BOW_TIE), "crosses or touches itself"),
        ({"type": "Point", "coordinates": []}, "its Point is empty"),
        ({"type": "LineString", "coordinates": SQUARE}, "is a LineString: a point or a polygon is needed"),
        ({"type": "MultiPoint", "coordinates": SQUARE[:2]}, "is a MultiPoint"),
        ({"type": "Point", "coordinates": ["a", "b"]}, "cannot be read"),
        (polygon([[y, x] for x, y in SQUARE]), "lon and lat look swapped"),
        (polygon([[x * 1e5, y * 1e5] for x, y in SQUARE]), "metres of a projection"),
    ],
)
def test_a_shape_that_is_no_place_is_told_with_its_feature(tmp_path: Path, geometry: Any, told: str) -> None:
    path = layer(tmp_path / "t.geojson", POINT, geometry, name=["好", "坏"])
    message = refusal(path)
    assert "feature 2 '坏'" in message
    assert told in message


def test_a_number_beyond_the_largest_is_no_coordinate(tmp_path: Path) -> None:
    path = layer(tmp_path / "t.geojson", POINT)
    path.write_text(path.read_text("utf-8").replace("114.3", "1e999"), encoding="utf-8")
    assert "feature 1: has a coordinate that is no number" in refusal(path)
    path.write_text(path.read_text("utf-8").replace("1e999", "NaN"), encoding="utf-8")
    assert "is not GeoJSON: NaN is no number" in refusal(path)


def test_all_bad_shapes_of_a_layer_come_together(tmp_path: Path) -> None:
    path = layer(tmp_path / "t.geojson", None, POINT, polygon(BOW_TIE))
    with pytest.raises(InputError) as caught:
        sites(path)
    assert [fault.row for fault in caught.value.faults] == [1, 3]


def test_swapped_positions_look_swapped(tmp_path: Path) -> None:
    path = tmp_path / "t.csv"
    path.write_text(text_of([["a", "加油站", 30.5, 114.3]]), encoding="utf-8")
    assert "looks swapped" in refusal(path)
    assert "looks swapped" in refusal(path, region=WUHAN)


def test_a_layer_without_a_datum_must_be_told_one(tmp_path: Path) -> None:
    path = write(tmp_path, "gpkg")
    with sqlite3.connect(path) as base:
        base.execute("UPDATE gpkg_geometry_columns SET srs_id = -1")  # undefined Cartesian, by the standard
    base.close()
    assert "does not say in which datum it is" in refusal(path, crs=None)
    assert len(sites(path, crs="gcj02").rows) == 2


def test_metres_cannot_be_declared_to_be_degrees(tmp_path: Path) -> None:
    path = tmp_path / "t.gpkg"
    frame().to_crs(4547).to_file(path, engine="pyogrio")
    assert "is in EPSG:4547 by its own account, but gcj02 was declared" in refusal(path, crs="gcj02")
    for row, (_, _, lon, lat) in zip(sites(path, crs=None).rows, ROWS, strict=True):
        assert (row.lon, row.lat) == pytest.approx((lon, lat), abs=1e-9)


def test_a_formula_that_was_never_computed_is_named_by_its_cell(tmp_path: Path) -> None:
    path = workbook(tmp_path / "t.xlsx", [HEADER, ["a", "加油站", "=100+14.3", 30.5]])
    message = refusal(path)
    assert "row 2, C2: holds a formula without a saved value" in message


def test_whole_numbers_and_dates_of_a_workbook_keep_their_look(tmp_path: Path) -> None:
    path = workbook(tmp_path / "t.xlsx", [["编号", *HEADER], [7, "a", "加油站", 114.3, 30.5]])
    assert sites(path).rows[0].id == "7"


ZIPPED_ZEROS_MB = 300


def bomb(path: Path, name: str) -> Path:
    with (
        zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive,
        archive.open(name, "w", force_zip64=True) as inner,
    ):
        for _ in range(ZIPPED_ZEROS_MB):
            inner.write(b"\0" * 1_000_000)
    return path


@pytest.mark.parametrize(("file", "name"), [("b.xlsx", "xl/workbook.xml"), ("b.kmz", "doc.kml")])
def test_an_archive_that_would_burst_is_refused_before_it_is_unpacked(tmp_path: Path, file: str, name: str) -> None:
    path = bomb(tmp_path / file, name)
    assert path.stat().st_size < 1_000_000
    assert "unpacks to 300 MB" in refusal(path)


VRT = """<OGRVRTDataSource><OGRVRTLayer name="passwd"><SrcDataSource>CSV:/etc/passwd</SrcDataSource>
<SrcLayer>passwd</SrcLayer></OGRVRTLayer></OGRVRTDataSource>"""


@pytest.mark.parametrize("name", ["t.geojson", "t.kml", "t.shp", "t.gpkg", "t.csv", "t.parquet"])
def test_a_virtual_file_by_any_name_is_not_read(tmp_path: Path, name: str) -> None:
    path = tmp_path / name
    for text in (VRT, "\ufeff\n " + VRT):
        path.write_text(text, encoding="utf-8")
        assert "GDAL virtual file" in refusal(path)


def test_the_command_line_keeps_gdal_from_virtual_files_altogether(tmp_path: Path) -> None:
    (tmp_path / "t.vrt").write_text(VRT, encoding="utf-8")
    code = (
        "import sys; sys.argv = ['h2plan', '--help']\n"
        "from h2plan.cli import main\n"
        "try: main()\n"
        "except SystemExit: pass\n"
        "import pyogrio; print('VRT' in pyogrio.list_drivers() or 'OGR_VRT' in pyogrio.list_drivers())"
    )
    root = Path(__file__).resolve().parents[2]
    environment = {**os.environ, "PYTHONPATH": str(root)}
    run = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, env=environment, check=True)
    assert run.stdout.splitlines()[-1] == "False"


def test_a_geopackage_cannot_compute_for_ever(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("h2plan.tables.formats._gpkg._STEPS_MAX", 2)
    path = write(tmp_path, "gpkg")
    with sqlite3.connect(path) as base:
        endless = "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n) SELECT sum(i) AS name FROM n"
        base.execute(f"CREATE VIEW endless AS {endless}")
        base.execute(
            "INSERT INTO gpkg_contents (table_name, data_type, identifier) VALUES ('endless', 'attributes', 'endless')"
        )
    base.close()
    assert "is no sound GeoPackage: interrupted" in refusal(path, layer="endless")


@pytest.mark.parametrize(
    ("name", "told"),
    [
        ("https://example.org/sites.csv", "is an address"),
        ("/vsicurl/https://example.org/s.gpkg", "only plain local files"),
        ("/vsizip/a.zip/s.shp", "only plain local files"),
        ("nowhere.csv", "does not exist"),
    ],
)
def test_only_local_files_are_read(name: str, told: str) -> None:
    with pytest.raises(InputError, match=told):
        open_table(Path(name))


def test_inside_a_project_nothing_outside_is_read(tmp_path: Path) -> None:
    (tmp_path / "project").mkdir()
    write(tmp_path, "csv")
    with pytest.raises(InputError, match="outside the project folder"):
        open_table(Path("../csv.csv"), root=tmp_path / "project")


@pytest.mark.parametrize("kind", KINDS)
def test_a_file_over_the_cap_is_refused(tmp_path: Path, kind: str) -> None:
    assert "is larger than" in refusal(write(tmp_path, kind), max_bytes=50)


@pytest.mark.parametrize("kind", ["xlsx", "gpkg", "shp", "geoparquet", "kmz"])
def test_a_name_that_says_another_format_is_refused(tmp_path: Path, kind: str) -> None:
    path = tmp_path / "renamed.csv"
    shutil.copy(write(tmp_path, kind), path)
    assert "is called .csv but is not a CSV table" in refusal(path)


@pytest.mark.parametrize(
    ("name", "data", "told"),
    [
        ("t.xls", b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", "old .xls workbook"),
        ("t.doc", b"hello", "ends in .doc, which is not read"),
        ("t.dbf", b"\x03", "name the .shp file"),
        ("t.gpkg", b"hello", "is not a GeoPackage"),
        ("t.gpkg", b"SQLite format 3\0" + b"\xff" * 200, "no sound GeoPackage"),
        ("t.kml", b"<html></html>", "XML file, but not KML"),
        ("t.kml", b'<!DOCTYPE kml [<!ENTITY a "b">]><kml>&a;</kml>', "declares a document type"),
        ("t.kml", b"<kml></kml>", "holds no placemarks"),
        ("t.kml", b"<kml><Placemark>", "cannot be read as KML"),
        ("t.geojson", b"{", "is not GeoJSON"),
        ("t.geojson", b"hello", "is not GeoJSON"),
        ("t.geojson", b"{}", "holds no features"),
        ("t.parquet", b"PAR1PAR1", "cannot be read as Parquet"),
        ("t.csv", b"", "is empty"),
        ("t.zip", b"PK\x03\x04", "cannot be read as a zip archive"),
    ],
)
def test_what_is_no_table_is_said_to_be_none(tmp_path: Path, name: str, data: bytes, told: str) -> None:
    path = tmp_path / name
    path.write_bytes(data)
    assert told in refusal(path)


def test_a_plain_zip_must_be_unpacked_first(tmp_path: Path) -> None:
    path = tmp_path / "t.zip"
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("t.csv", "a")
    assert "unpack it and name the file inside" in refusal(path)


def test_the_old_datum_member_of_geojson_is_understood(tmp_path: Path) -> None:
    path = layer(tmp_path / "t.geojson", POINT)
    document = json.loads(path.read_text("utf-8"))
    for name, crs in (
        ("urn:ogc:def:crs:OGC:1.3:CRS84", "wgs84"),
        ("urn:ogc:def:crs:EPSG::4490", "cgcs2000"),
        ("EPSG:4547", "EPSG:4547"),
        ("mine", None),
    ):
        path.write_text(json.dumps({**document, "crs": {"type": "name", "properties": {"name": name}}}), "utf-8")
        assert open_table(path).contents.crs == crs


def test_an_opened_layer_counts_features_and_a_table_rows(tmp_path: Path) -> None:
    def unit(kind: str) -> str:
        opened: Opened = open_table(write(tmp_path, kind))
        return opened.unit

    assert (unit("csv"), unit("gpkg")) == ("row", "feature")
