"""The demand command: what it prints, what it writes, and how it ends."""

from __future__ import annotations

import functools
import json
from pathlib import Path

import pytest
from click.testing import Result
from typer.testing import CliRunner

from h2plan import pipeline
from h2plan.cli import app
from h2plan.optimise import optimise
from h2plan.pages.beside import FILES, PAGE
from h2plan.project import load
from tests.plan.tiny_project import write_project


def invoke(*arguments: str | Path) -> Result:
    return CliRunner().invoke(app, [str(argument) for argument in arguments])


@pytest.fixture
def scenario(tmp_path: Path) -> Path:
    return write_project(tmp_path / "project")


def test_the_demand_is_printed_and_written_to_the_results_of_the_scenario(scenario: Path) -> None:
    result = invoke("demand", scenario, "--language", "en")
    assert result.exit_code == 0, result.output
    project = load(scenario)
    folder = project.root / "results" / project.scenario.name
    assert {path.name for path in folder.iterdir()} == {*FILES, "run.json"}
    assert "total" in result.stdout
    assert "by district" in result.stdout


def test_json_is_one_document_whose_rows_add_up_to_the_total(scenario: Path) -> None:
    result = invoke("demand", scenario, "--json")
    told = json.loads(result.stdout)
    for year, figures in told["years"].items():
        for level, wanted in figures["kg_per_d"].items():
            rows = (row[f"kg_per_d_{level}"] for row in told["rows"] if row["period"] == int(year))
            assert sum(rows) == pytest.approx(wanted)
    assert [Path(file).name for file in told["files"]] == list(FILES)


def test_against_another_scenario_says_what_changed(scenario: Path) -> None:
    other = scenario.with_name("other.yaml")
    other.write_text(scenario.read_text(encoding="utf-8").replace("active_share_base: 0.5", "active_share_base: 0.4"))
    told = json.loads(invoke("demand", scenario, "--against", other, "--json").stdout)["changes"]
    before, after = told["causes"][0]["before"], told["causes"][0]["after"]
    assert told["settings"]
    assert sum(told["causes"][0][cause] for cause in ("fleet", "mix", "each")) == pytest.approx(after - before)
    assert "what changed against" in invoke("demand", scenario, "--against", other).stdout


def test_no_figure_is_cut_in_a_narrow_window(scenario: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("COLUMNS", "40")
    result = invoke("demand", scenario)
    figures = json.loads(invoke("demand", scenario, "--json").stdout)["years"]
    for told in figures.values():
        for level in ("low", "base", "high"):
            assert f"{told['kg_per_d'][level]:,.0f}" in result.stdout


def test_an_unknown_column_is_bad_input_and_nothing_is_written(scenario: Path) -> None:
    result = invoke("demand", scenario, "--by", "colour")
    assert result.exit_code == 3
    assert "no column colour" in result.stderr
    assert not (load(scenario).root / "results").exists()


def test_a_plan_keeps_the_demand_of_its_own_tables_and_drops_that_of_others(
    scenario: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(pipeline, "optimise", functools.partial(optimise, in_process=True))
    folder = load(scenario).root / "results" / load(scenario).scenario.name
    assert invoke("demand", scenario).exit_code == 0
    page = (folder / PAGE).read_bytes()
    assert invoke("plan", scenario).exit_code == 0
    assert (folder / PAGE).read_bytes() == page
    assert invoke("verify", folder).exit_code == 0
    scenario.write_text(scenario.read_text(encoding="utf-8") + "# changed since\n", encoding="utf-8")
    assert invoke("plan", scenario).exit_code == 0
    assert not (folder / PAGE).exists()


def test_help_explains_every_option() -> None:
    text = invoke("demand", "-h").stdout
    assert all(option in text for option in ("--against", "--by", "--out", "--language", "--json", "--quiet"))
