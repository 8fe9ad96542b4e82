"""`h2plan import roads` on the command line."""

import json
from pathlib import Path

from typer.testing import CliRunner

from h2plan.cli import app
from tests.geo.osm_maps import two_bank_city


def test_a_map_is_imported_and_what_was_done_is_told(tmp_path: Path) -> None:
    source, out = two_bank_city(tmp_path / "city.osm.pbf"), tmp_path / "roads"
    done = CliRunner().invoke(app, ["import", "roads", str(source), "--out", str(out)])
    assert done.exit_code == 0, done.output
    assert "fell out: pieces that no road joins to the largest: 1, 1.0 km (孤路)" in done.stdout
    assert {path.name for path in out.iterdir()} == {
        "nodes.csv", "links.csv", "speeds.csv", "truck_access.csv", "report.txt",
    }  # fmt: skip


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
