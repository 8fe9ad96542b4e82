"""Whatever a file of any kind holds, opening it gives rows or our input error, and nothing else."""

from __future__ import annotations

import json
import shutil
from contextlib import suppress
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from h2plan.errors import InputError
from h2plan.tables.collect import collect_rows
from h2plan.tables.local_system import read_local_system
from h2plan.tables.mapping import ColumnMap, read_mapping
from h2plan.tables.open import Opening, open_table
from h2plan.tables.rows import SiteRow
from tests.tables.kinds_of_file import KINDS, write

EVERY_ROW = {"name_en": "x", "city": "c", "bank": "none", "precision_m": "2", "source": "s", "verified": "no"}
QUICK = settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.too_slow])


@pytest.fixture(scope="module")
def sound(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    folder = tmp_path_factory.mktemp("sound")
    return {kind: write(folder, kind) for kind in KINDS}


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("any")


def attempt(path: Path, **opening: Any) -> InputError | int:
    """Open a file and read it as sites, by its own datum or as GCJ-02."""
    try:
        opened = open_table(path, opening=Opening(**opening))
        crs = opened.contents.crs or "gcj02"
        mapping = ColumnMap(every_row={**EVERY_ROW, "name": "n", "kind": "depot"})
        return len(collect_rows(opened, SiteRow, crs=crs, mapping=mapping, id_prefix="s").rows)
    except InputError as error:
        return error


@pytest.mark.parametrize("suffix", ["csv", "xlsx", "geojson", "gpkg", "shp", "kml", "kmz", "parquet"])
@QUICK
@given(data=st.binary(max_size=300))
def test_any_bytes_by_any_name(folder: Path, suffix: str, data: bytes) -> None:
    path = folder / f"t.{suffix}"
    path.write_bytes(data)
    found = attempt(path)
    # Two words on two lines are a table of one place without a name; no other format takes words.
    assert suffix == "csv" or (isinstance(found, InputError) and found.faults[0].message)


MAGIC = {
    "xlsx": b"PK\x03\x04",
    "kmz": b"PK\x03\x04",
    "gpkg": b"SQLite format 3\0",
    "shp": b"\x00\x00\x27\x0a",
    "parquet": b"PAR1",
    "kml": b"<kml>",
    "geojson": b'{"type": "FeatureCollection", "features": [',
}


@pytest.mark.parametrize("suffix", sorted(MAGIC))
@QUICK
@given(data=st.binary(max_size=300))
def test_any_bytes_behind_the_right_beginning(folder: Path, suffix: str, data: bytes) -> None:
    path = folder / f"m.{suffix}"
    path.write_bytes(MAGIC[suffix] + data)
    assert isinstance(attempt(path), InputError)


@pytest.mark.parametrize("kind", KINDS)
@QUICK
@given(draw=st.data())
def test_a_damaged_file(sound: dict[str, Path], folder: Path, kind: str, draw: st.DataObject) -> None:
    """A few bytes of a sound file are changed, or it is cut short."""
    damaged = bytearray(sound[kind].read_bytes())
    for place, value in draw.draw(
        st.lists(st.tuples(st.integers(0, len(damaged) - 1), st.integers(0, 255)), max_size=8)
    ):
        damaged[place] = value
    path = folder / sound[kind].name
    path.write_bytes(damaged[: draw.draw(st.one_of(st.none(), st.integers(0, len(damaged))))])
    if kind == "shp":
        for end in (".dbf", ".shx", ".prj", ".cpg"):
            shutil.copy(sound[kind].with_suffix(end), path.with_suffix(end))
    attempt(path, encoding="gb18030" if kind == "gb18030" else None)


@pytest.mark.parametrize("end", [".dbf", ".shx", ".prj", ".cpg"])
@QUICK
@given(draw=st.data())
def test_a_damaged_companion(sound: dict[str, Path], folder: Path, end: str, draw: st.DataObject) -> None:
    path = folder / f"c{end[1:]}.shp"
    for one in (".shp", ".dbf", ".shx", ".prj", ".cpg"):
        shutil.copy(sound["shp"].with_suffix(one), path.with_suffix(one))
    damaged = bytearray(path.with_suffix(end).read_bytes())
    for place, value in draw.draw(
        st.lists(st.tuples(st.integers(0, len(damaged) - 1), st.integers(0, 255)), max_size=8)
    ):
        damaged[place] = value
    path.with_suffix(end).write_bytes(damaged[: draw.draw(st.one_of(st.none(), st.integers(0, len(damaged))))])
    attempt(path)


ANY_JSON = st.recursive(
    st.none() | st.booleans() | st.floats() | st.text(max_size=5) | st.integers(),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
    max_leaves=12,
)
KIND = st.sampled_from(["Point", "MultiPoint", "Polygon", "MultiPolygon", "GeometryCollection", "LineString", "x"])


@QUICK
@given(kind=KIND, coordinates=ANY_JSON, properties=ANY_JSON)
def test_any_feature(folder: Path, kind: str, coordinates: Any, properties: Any) -> None:
    geometry = {"type": kind, "coordinates": coordinates, "geometries": coordinates}
    feature = {"type": "Feature", "properties": properties, "geometry": geometry}
    path = folder / "f.geojson"
    path.write_text(json.dumps({"type": "FeatureCollection", "features": [feature, properties]}), encoding="utf-8")
    attempt(path)


@QUICK
@given(text=st.text(max_size=60))
def test_any_coordinates_of_a_placemark(folder: Path, text: str) -> None:
    safe = "".join(letter for letter in text if letter.isprintable() and letter not in "<&>")
    path = folder / "p.kml"
    mark = f"<Placemark><name>a</name><Point><coordinates>{safe}</coordinates></Point></Placemark>"
    path.write_text(f"<kml><Document>{mark}</Document></kml>", encoding="utf-8", errors="ignore")
    attempt(path)


YAML_KEYS = st.sampled_from(["columns", "values", "every_row", "dx_m", "semi_major_m", "convention"])


@QUICK
@given(text=st.one_of(st.text(max_size=80), st.dictionaries(YAML_KEYS, ANY_JSON, max_size=3).map(json.dumps)))
def test_any_mapping_and_any_parameters(folder: Path, text: str) -> None:
    path = folder / "m.yaml"
    path.write_text(text, encoding="utf-8", errors="surrogatepass")
    for read in (read_mapping, read_local_system):
        with suppress(InputError):
            read(path)
