"""h2plan export: lists of a plan made earlier, or a sentence that says why there are none."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner, Result

from h2plan.cli import app
from h2plan.exporting import FORMATS
from h2plan.plan.certificate import write_certificate
from h2plan.plan.verify import verify
from tests.plan.tiny_project import write_results

LIMITED = """
import resource, signal, sys
signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
resource.setrlimit(resource.RLIMIT_FSIZE, (int(sys.argv[1]), resource.RLIM_INFINITY))
sys.argv = ["h2plan", *sys.argv[2:]]
from h2plan.cli import main
main()
"""


@pytest.fixture(scope="module")
def results(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = write_results(tmp_path_factory.mktemp("exported"))
    write_certificate(folder, verify(folder))
    return folder


def run(*arguments: object) -> Result:
    return CliRunner().invoke(app, ["export", *map(str, arguments)])


def names(folder: Path) -> set[str]:
    return {file.name for file in folder.iterdir()}


def test_every_format_is_written_from_the_results_folder_alone(results: Path, tmp_path: Path) -> None:
    wanted = [part for name in FORMATS for part in ("--format", name)]
    done = run(results, *wanted, "--out", tmp_path, "--edition", "public", "--json")
    assert done.exit_code == 0, done.output
    told: dict[str, Any] = json.loads(done.stdout)
    files = {Path(file).name for file in told["files"]}
    assert files == names(tmp_path)
    assert {"plan-public.gpkg", "plan-public.xlsx", "plan-public.kml", "stations-public.csv"} <= files
    assert {"stations-public.geojson", "stations-public.parquet", "stations-public.shp"} <= files


def test_the_usual_place_is_a_folder_of_the_results(results: Path) -> None:
    done = run(results, "-f", "csv")
    assert done.exit_code == 0
    assert str(results / "export" / "stations.csv") in done.stdout.splitlines()


def test_raw_text_is_for_machines_and_changes_nothing_else(results: Path, tmp_path: Path) -> None:
    assert run(results, "-f", "csv", "--raw", "--out", tmp_path / "raw").exit_code == 0
    assert run(results, "-f", "csv", "--out", tmp_path / "safe").exit_code == 0
    assert names(tmp_path / "raw") == names(tmp_path / "safe")


@pytest.mark.parametrize(
    ("arguments", "code", "words"),
    [
        (("-f", "dwg"), 3, "'dwg' is no format (there are: gpkg, xlsx, csv, geojson, parquet, kml, shp)"),
        (("-f", "csv", "--crs", "gcj20"), 3, "datum 'gcj20' is not known (known: wgs84"),
        (("-f", "csv", "--crs", "EPSG:99999"), 3, "no system of longitude and latitude or of metres has this number"),
        (("-f", "kml", "--crs", "gcj02"), 3, "kml files hold WGS 84 only, by the standard of the format"),
        ((), 2, "Missing option"),
        (("-f", "csv", "--edition", "secret"), 2, "'secret'"),
    ],
)
def test_what_cannot_be_written_is_refused_before_anything_is(
    results: Path, tmp_path: Path, arguments: tuple[str, ...], code: int, words: str
) -> None:
    done = run(results, *arguments, "--out", tmp_path / "none")
    assert done.exit_code == code
    assert words in " ".join(done.stderr.split())
    assert not (tmp_path / "none").exists()


def test_a_plan_without_a_passed_certificate_is_refused(tmp_path: Path) -> None:
    folder = write_results(tmp_path)
    done = run(folder, "-f", "csv", "--out", tmp_path / "none")
    assert done.exit_code == 4
    assert "without a passed re-check nothing is made from a plan" in done.stderr
    assert not (tmp_path / "none").exists()


def test_a_folder_without_a_plan_is_bad_input(tmp_path: Path) -> None:
    done = run(tmp_path, "-f", "csv")
    assert done.exit_code == 3
    assert "there is no plan.json here" in done.stderr


def test_a_file_in_the_place_of_the_folder_is_the_machines_fault(results: Path, tmp_path: Path) -> None:
    (tmp_path / "out").write_text("x", encoding="utf-8")
    done = run(results, "-f", "csv", "--out", tmp_path / "out")
    assert done.exit_code == 7
    assert "a file stands where a folder is needed" in done.stderr


@pytest.mark.skipif(sys.platform == "win32", reason="limits of file sizes are a POSIX matter")
@pytest.mark.parametrize("name", ["gpkg", *(pytest.param(n, marks=pytest.mark.deep) for n in FORMATS if n != "gpkg")])
def test_a_disk_without_room_leaves_the_old_file_and_nothing_new(results: Path, tmp_path: Path, name: str) -> None:
    """A process that may write 1,500 bytes to a file stands for a full disk."""
    (tmp_path / "plan.gpkg").write_text("old", encoding="utf-8")
    command = [sys.executable, "-c", LIMITED, "1500", "export", str(results), "-f", name, "--out", str(tmp_path)]
    done = subprocess.run(command, check=False, capture_output=True, text=True, timeout=120)
    assert done.returncode == 7, done.stderr
    assert "this is a bug" not in done.stderr
    assert names(tmp_path) == {"plan.gpkg"}
    assert (tmp_path / "plan.gpkg").read_text(encoding="utf-8") == "old"
