"""The commands on results folders made earlier: map, report, compare."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import pytest
from typer.testing import CliRunner

from h2plan.cli import app
from h2plan.plan.certificate import write_certificate
from h2plan.plan.verify import verify
from tests.plan.tiny_project import write_results


@pytest.fixture(scope="module")
def certified(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = write_results(tmp_path_factory.mktemp("certified"))
    write_certificate(folder, verify(folder))
    return folder


def run(*arguments: str | Path, code: int = 0) -> str:
    ran = CliRunner().invoke(app, [str(argument) for argument in arguments])
    assert ran.exit_code == code, ran.output
    return ran.output


def test_a_map_is_drawn_again_in_another_language(certified: Path, tmp_path: Path) -> None:
    run("map", certified, "--language", "en", "--title", "My plan", "--out", tmp_path)
    page = (tmp_path / "map.html").read_text(encoding="utf-8")
    assert '<html lang="en">' in page
    assert "My plan" in page


def test_a_report_is_written_again_with_sheets(certified: Path, tmp_path: Path) -> None:
    told = json.loads(run("report", certified, "--edition", "public", "--sheets", "--out", tmp_path, "--json"))
    names = sorted(Path(file).name for file in told["files"])
    assert names == ["report-public.docx", "report-public.html", "sheets-public.docx", "sheets-public.html"]
    assert all(Path(file).is_file() for file in told["files"])


def test_results_that_did_not_pass_are_refused(certified: Path, tmp_path: Path) -> None:
    spoiled = tmp_path / "spoiled"
    shutil.copytree(certified, spoiled)
    (spoiled / "certificate.json").unlink()
    for command in ("map", "report"):
        assert "without a passed re-check nothing is made" in run(command, spoiled, code=4)
    assert "without a passed re-check nothing is made" in run("compare", certified, spoiled, code=4)


def test_a_folder_without_results_is_bad_input(tmp_path: Path) -> None:
    assert "there is no plan.json here" in run("report", tmp_path, code=3)


def test_two_results_are_compared_on_one_page(certified: Path, tmp_path: Path) -> None:
    other = tmp_path / "other"
    shutil.copytree(certified, other)
    out = run("compare", certified, other, "--out", tmp_path / "page")
    assert "every figure is the same" in out
    page = tmp_path / "page" / "comparison.html"
    assert page.is_file()
    told = json.loads(run("compare", certified, other, "--out", tmp_path / "page", "--json"))
    assert told["comparisons"][0]["stations"] == []
    assert told["comparisons"][0]["stations_same"] > 0


def test_a_plan_is_not_compared_with_itself(certified: Path) -> None:
    assert "1 different results folders were given; two or more are needed" in run(
        "compare", certified, certified, code=3
    )
