"""The same two fuel stations written as every kind of file that can be read."""

from __future__ import annotations

import json
import zipfile
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import geopandas
import openpyxl
import pyarrow as pa
import pyarrow.parquet as pq
from shapely import Point

HEADER = ["名称", "类型", "经度", "纬度"]
ROWS: list[list[Any]] = [["光谷加油站", "加油站", 114.4012345, 30.5], ["阳逻服务区", "服务区", 114.55, 30.6612345]]
KINDS = ("csv", "gb18030", "xlsx", "geojson", "gpkg", "shp", "kml", "kmz", "parquet", "geoparquet")


def frame(rows: Sequence[Sequence[Any]] = ROWS) -> geopandas.GeoDataFrame:
    points = [Point(row[2], row[3]) for row in rows]
    return geopandas.GeoDataFrame(
        {"名称": [row[0] for row in rows], "类型": [row[1] for row in rows]}, geometry=points, crs=4326
    )


def text_of(rows: Sequence[Sequence[Any]] = ROWS) -> str:
    return "".join(",".join(map(str, row)) + "\n" for row in [HEADER, *rows])


def workbook(path: Path, rows: Sequence[Sequence[Any]], *, sheet: str = "站点") -> Path:
    book = openpyxl.Workbook()
    book.active.title = sheet
    for row in rows:
        book.active.append(list(row))
    book.save(path)
    return path


def layer(path: Path, *geometries: Any, **properties: Sequence[Any]) -> Path:
    """A GeoJSON file with these geometries."""
    columns = {name: list(values) for name, values in properties.items()}
    features = [
        {"type": "Feature", "properties": {name: columns[name][n] for name in columns}, "geometry": geometry}
        for n, geometry in enumerate(geometries)
    ]
    path.write_text(json.dumps({"type": "FeatureCollection", "features": features}), encoding="utf-8")
    return path


def write(folder: Path, kind: str) -> Path:
    """Write the two stations as one kind of file."""
    suffix = {"gb18030": "csv", "geoparquet": "parquet"}.get(kind, kind)
    path = folder / f"t_{kind}.{suffix}"
    if kind in ("csv", "gb18030"):
        path.write_text(text_of(), encoding="utf-8-sig" if kind == "csv" else kind)
    elif kind == "xlsx":
        workbook(path, [HEADER, *ROWS])
    elif kind == "parquet":
        pq.write_table(pa.table({name: [row[n] for row in ROWS] for n, name in enumerate(HEADER)}), path)
    elif kind == "geoparquet":
        frame().to_parquet(path)
    elif kind == "shp":
        frame().to_file(path, encoding="GBK")
    elif kind == "kmz":
        with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
            archive.write(write(folder, "kml"), "doc.kml")
    else:
        driver = {"geojson": "GeoJSON", "gpkg": "GPKG", "kml": "KML"}[kind]
        frame().to_file(path, driver=driver, engine="pyogrio")
    return path
