"""`h2plan import roads` and `import sites` from OpenStreetMap on the command line."""

import json
from pathlib import Path

import pytest
from typer.testing import CliRunner

from h2plan.cli import app
from h2plan.tables.read import read_table
from h2plan.tables.rows import SiteRow
from tests.geo.osm_maps import two_bank_city, write_pbf
from tests.geo.worlds import position


def test_a_map_is_imported_and_what_was_done_is_told(tmp_path: Path) -> None:
    source, out = two_bank_city(tmp_path / "city.osm.pbf"), tmp_path / "roads"
    done = CliRunner().invoke(app, ["import", "roads", str(source), "--out", str(out)])
    assert done.exit_code == 0, done.output
    assert "fell out: pieces that no road joins to the largest: 1, 1.0 km (孤路)" in done.stdout
    assert {path.name for path in out.iterdir()} == {
        "nodes.csv", "links.csv", "speeds.csv", "truck_access.csv", "report.txt",
    }  # fmt: skip


def test_a_map_without_rivers_says_that_it_knows_no_banks(tmp_path: Path) -> None:
    source = two_bank_city(tmp_path / "city.osm.pbf")
    rivers = tmp_path / "rivers.csv"
    (west, south), (east, north) = position(1, -50), position(1, 50)
    rivers.write_text(
        "river,name,name_en,seq,lon,lat,source\n"
        f"yangtze,长江,Yangtze,1,{west},{south},made\nyangtze,长江,Yangtze,2,{east},{north},made\n",
        encoding="utf-8-sig",
    )
    plain, marked = (
        CliRunner().invoke(app, ["import", "roads", str(source), "--out", str(tmp_path / name), *more])
        for name, more in (("plain", []), ("marked", ["--rivers", str(rivers)]))
    )
    assert plain.exit_code == marked.exit_code == 0, marked.output
    assert "nodes have no bank" in plain.stdout
    assert "nodes have no bank" in (tmp_path / "plain" / "report.txt").read_text(encoding="utf-8")
    assert "nodes have no bank" not in marked.stdout


def test_the_same_comes_as_json(tmp_path: Path) -> None:
    source, out = two_bank_city(tmp_path / "city.osm.pbf"), tmp_path / "roads"
    done = CliRunner().invoke(app, ["import", "roads", str(source), "--out", str(out), "--json"])
    said = json.loads(done.stdout)
    assert said["folder"] == str(out)
    assert said["links"] > 0
    assert "truck_access.csv" in said["files"]


def test_bad_input_ends_with_code_3_and_a_sentence(tmp_path: Path) -> None:
    source = two_bank_city(tmp_path / "city.osm.pbf")
    source.write_bytes(source.read_bytes()[:200])
    done = CliRunner().invoke(app, ["import", "roads", str(source), "--out", str(tmp_path / "roads")])
    assert done.exit_code == 3
    assert "cannot be read as OSM PBF" in done.stderr
    assert not (tmp_path / "roads").exists()


def test_places_of_a_map_become_a_site_table(tmp_path: Path) -> None:
    points = {
        1: (0, 0, {"amenity": "fuel", "name": "汉阳站"}),
        2: (3, 0, {"barrier": "toll_booth"}),
        10: (5, 0), 11: (5.4, 0), 12: (5.4, 0.1), 13: (5, 0.1),
    }  # fmt: skip
    source = write_pbf(
        tmp_path / "p.osm.pbf", points, {9: ([10, 11, 12, 13, 10], {"highway": "services", "name": "=服务区"})}
    )
    out = tmp_path / "sites.csv"
    command = ["import", "sites", str(source), "--out", str(out), "--set", "city=武汉市", "--set", "bank=none"]
    done = CliRunner().invoke(app, command)
    assert done.exit_code == 0, done.output
    rows = {row.id: row for row in read_table(out, SiteRow)}
    assert {name: (row.kind, row.name) for name, row in rows.items()} == {
        "osm-n1": ("fuel_station", "汉阳站"),
        "osm-n2": ("toll_gate", "osm-n2"),
        "osm-w9": ("highway_service", "服务区"),
    }
    assert (rows["osm-n1"].lon, rows["osm-n1"].lat) == pytest.approx(position(0, 0), abs=1e-6)


def test_a_map_without_such_places_is_refused(tmp_path: Path) -> None:
    source = write_pbf(tmp_path / "p.osm.pbf", {1: (0, 0, {"amenity": "cafe"})}, {})
    done = CliRunner().invoke(app, ["import", "sites", str(source), "--out", str(tmp_path / "s.csv")])
    assert done.exit_code == 3
    assert "holds no fuel station" in done.stderr
