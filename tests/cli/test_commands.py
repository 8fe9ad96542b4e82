"""The commands: what they print, what they write, and how they end."""

from __future__ import annotations

import functools
import json
import subprocess
import sys
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from click.testing import Result
from rich.console import Console
from typer.testing import CliRunner

from h2plan import pipeline, plugins, starter, terminal
from h2plan.cli import app
from h2plan.errors import EnvironmentFault, InterruptedSolve, LimitReachedError
from h2plan.optimise import optimise
from tests.outputs.sample import sample_plan
from tests.plan.tiny_project import SCENARIO, SCENARIO_FILE, write_project

COMMANDS = ("init", "check", "plan", "verify", "export", "list", "schema")


def invoke(*arguments: str | Path) -> Result:
    return CliRunner().invoke(app, [str(argument) for argument in arguments])


@pytest.fixture
def scenario(tmp_path: Path) -> Path:
    return write_project(tmp_path / "project")


@pytest.fixture
def in_process(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(pipeline, "optimise", functools.partial(optimise, in_process=True))


def failing(monkeypatch: pytest.MonkeyPatch, error: BaseException) -> None:
    def fail(*_: Any, **__: Any) -> None:
        raise error

    monkeypatch.setattr(pipeline, "optimise", fail)


# Usage


def test_help_names_every_command_and_exit_code() -> None:
    result = invoke("--help")
    assert result.exit_code == 0
    assert all(command in result.stdout for command in COMMANDS)
    assert "3 bad input" in result.stdout


@pytest.mark.parametrize("command", COMMANDS)
def test_every_command_explains_itself(command: str) -> None:
    result = invoke(command, "-h")
    assert result.exit_code == 0
    assert "--json" in result.stdout


@pytest.mark.parametrize(
    "arguments", [["plam"], ["plan"], ["plan", "a.yaml", "--fast"], ["check", "a.yaml", "b.yaml"], []]
)
def test_wrong_usage_ends_with_2(arguments: list[str]) -> None:
    result = invoke(*arguments)
    assert result.exit_code == 2
    assert "Traceback" not in result.output


def test_the_module_answers_as_the_command_does() -> None:
    done = subprocess.run(
        [sys.executable, "-m", "h2plan", "nonsense"],
        capture_output=True,
        text=True,
        check=False,
        cwd=Path(__file__).parents[2],
    )
    assert done.returncode == 2
    assert "No such command" in done.stderr


def test_a_reader_that_stops_reading_is_no_bug(tmp_path: Path) -> None:
    command = f"{sys.executable} -m h2plan schema | head -c 10"
    done = subprocess.run(
        ["sh", "-c", command], capture_output=True, text=True, check=False, cwd=Path(__file__).parents[2]
    )
    assert done.stdout.startswith("{")
    assert "bug of h2plan" not in done.stderr


# list, schema, init


def test_list_shows_every_plug_in_with_its_sentence() -> None:
    result = invoke("list")
    assert result.exit_code == 0
    for package in plugins.VERBS:
        assert package in result.stdout.splitlines()
        for name in plugins.names(package):
            assert any(line.split()[:1] == [name] and len(line.split()) > 3 for line in result.stdout.splitlines())


def test_list_as_json_is_json() -> None:
    found = json.loads(invoke("list", "--json").stdout)
    assert {package: tuple(sorted(names)) for package, names in found.items()} == {
        package: plugins.names(package) for package in plugins.VERBS
    }


def test_schema_is_json_and_nothing_else() -> None:
    result = invoke("schema")
    assert result.exit_code == 0
    assert result.stderr == ""
    assert json.loads(result.stdout)["title"] == "Scenario"


def test_init_writes_a_project_that_holds_without_change(tmp_path: Path) -> None:
    result = invoke("init", "wuhan", "--out", tmp_path / "new", "--json")
    assert result.exit_code == 0
    assert json.loads(result.stdout)["scenarios"] == [
        "scenarios/demo-supply.yaml",
        "scenarios/demo-years.yaml",
        "scenarios/demo.yaml",
        "scenarios/wuhan-2025.yaml",
        "scenarios/wuhan-2030.yaml",
        "scenarios/wuhan-phased.yaml",
    ]
    assert invoke("check", tmp_path / "new" / "scenarios" / "demo.yaml").exit_code == 0


def test_init_says_what_to_do_next(tmp_path: Path) -> None:
    result = invoke("init", "--out", tmp_path / "new")
    assert "h2plan plan scenarios/wuhan-2030.yaml" in result.stdout


@pytest.mark.parametrize("kind", ["folder", "file"])
def test_init_never_writes_over_what_is_there(tmp_path: Path, kind: str) -> None:
    target = tmp_path / "mine"
    own = target / "thesis.txt" if kind == "folder" else target
    own.parent.mkdir(exist_ok=True)
    own.write_text("years of work")
    result = invoke("init", "wuhan", "--out", target)
    assert result.exit_code == 3
    assert "is there already and not empty; name another folder with --out" in result.stderr
    assert own.read_text() == "years of work"
    assert [path.name for path in tmp_path.rglob("*")] in (["mine", "thesis.txt"], ["mine"])


def test_init_fills_an_empty_folder(tmp_path: Path) -> None:
    (tmp_path / "new").mkdir()
    assert starter.copy_starter("wuhan", tmp_path / "new") == tmp_path / "new"
    assert (tmp_path / "new" / "data" / "roads" / "NOTICE").is_file()


def test_init_of_an_unknown_city_names_those_there_are(tmp_path: Path) -> None:
    result = invoke("init", "atlantis", "--out", tmp_path / "new")
    assert result.exit_code == 3
    assert "there is no starter 'atlantis'; there are: wuhan" in result.stderr


def test_init_where_nothing_can_be_written_is_a_fault_of_the_machine(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("x")
    result = invoke("init", "wuhan", "--out", tmp_path / "file" / "new")
    assert result.exit_code == 7
    assert "cannot write" in result.stderr


# check


def test_check_counts_what_it_read(scenario: Path) -> None:
    """Of six places three are barred: elsewhere, forbidden, in the lake. Pairs: 6 of points and 6 of flows."""
    result = invoke("check", scenario, "--json")
    assert result.exit_code == 0
    facts = json.loads(result.stdout)
    notes = facts.pop("notes")
    assert facts == {
        "ok": True,
        "scenario": "tiny",
        "sites": 3,
        "sites_barred": 3,
        "sites_to_review": 1,
        "rows_without_position": 1,
        "demand_rows": 8,
        "demand_out_of_reach": 1,
        "demand_kg_per_d": 800.0,
        "pairs_in_reach": 12,
    }
    assert any("失联站" in note for note in notes)


def test_check_says_so_when_there_is_no_fault(scenario: Path) -> None:
    result = invoke("check", scenario)
    assert result.exit_code == 0
    assert "no fault found" in result.stdout
    assert not (scenario.parents[1] / "results").exists()


@pytest.mark.parametrize("name", ["absent.yaml", "."])
def test_a_scenario_that_is_not_there_is_bad_input(tmp_path: Path, name: str) -> None:
    result = invoke("check", tmp_path / name)
    assert result.exit_code == 3
    assert "there is no such scenario file" in result.stderr


def test_a_scenario_outside_any_project_is_bad_input(tmp_path: Path) -> None:
    (tmp_path / "alone.yaml").write_text(SCENARIO, encoding="utf-8")
    result = invoke("check", tmp_path / "alone.yaml")
    assert result.exit_code == 3
    assert "no folder above it holds data/; start one with 'h2plan init'" in result.stderr


# plan and verify


@pytest.mark.usefixtures("in_process")
def test_plan_writes_results_that_verify(scenario: Path) -> None:
    result = invoke("plan", scenario)
    assert result.exit_code == 0, result.output
    folder = scenario.parents[1] / "results" / "tiny"
    assert f"results: {folder}" in result.stdout
    assert "certificate: pass" in result.stdout
    assert {"plan.json", "certificate.json", "run.json", "inputs", "stations.csv"} <= {p.name for p in folder.iterdir()}
    again = invoke("verify", folder, "--json")
    assert again.exit_code == 0
    assert json.loads(again.stdout)["verdict"] == "pass"


@pytest.mark.usefixtures("in_process")
def test_plan_as_json_prints_one_document_and_equal_runs_give_equal_plans(scenario: Path, tmp_path: Path) -> None:
    answers = [invoke("plan", scenario, "--json", "--out", tmp_path / name) for name in ("a", "b")]
    assert [answer.exit_code for answer in answers] == [0, 0]
    assert [json.loads(answer.stdout)["verdict"] for answer in answers] == ["pass", "pass"]
    assert [answer.stderr for answer in answers] == ["", ""]
    first, second = ((tmp_path / name / "plan.json").read_bytes() for name in ("a", "b"))
    assert first == second


@pytest.mark.usefixtures("in_process")
def test_a_title_with_brackets_is_a_title(tmp_path: Path) -> None:
    text = SCENARIO.replace("en: A small city", "en: 'A [/small] [bold]city'")
    result = invoke("plan", write_project(tmp_path, changes={SCENARIO_FILE: text}))
    assert result.exit_code == 0, result.output
    assert "A [/small] [bold]city" in result.stdout


@pytest.mark.usefixtures("in_process")
def test_quiet_prints_the_result_only(scenario: Path) -> None:
    result = invoke("plan", scenario, "--quiet")
    assert result.exit_code == 0
    assert result.stderr == ""
    assert "plan.json" not in result.stdout


@pytest.mark.usefixtures("in_process")
def test_results_that_were_changed_do_not_verify(scenario: Path) -> None:
    assert invoke("plan", scenario).exit_code == 0
    folder = scenario.parents[1] / "results" / "tiny"
    plan = folder / "plan.json"
    text = json.loads(plan.read_text(encoding="utf-8"))
    text["figures"]["served_kg_per_d"] += 1
    plan.write_text(json.dumps(text), encoding="utf-8")
    result = invoke("verify", folder)
    assert result.exit_code == 4
    assert "FAILED" in result.stdout


def test_verify_of_what_is_no_results_folder_is_bad_input(tmp_path: Path) -> None:
    result = invoke("verify", tmp_path)
    assert result.exit_code == 3
    assert "there is no plan.json here; give a results folder" in result.stderr


def test_limits_that_cannot_be_met_end_with_5(tmp_path: Path) -> None:
    text = SCENARIO.replace("served_share_min: 0.5", "served_share_min: 0.99")
    result = invoke("plan", write_project(tmp_path, changes={SCENARIO_FILE: text}))
    assert result.exit_code == 5
    assert "served_share_min 99.0%" in result.stderr
    assert not (tmp_path / "results").exists()


@pytest.mark.parametrize(
    ("error", "code"),
    [
        (LimitReachedError("no plan was found within limit_s = 10 s"), 6),
        (EnvironmentFault("the solver cannot be trusted"), 7),
        (InterruptedSolve("the run was stopped before any plan was found"), 130),
    ],
)
@pytest.mark.parametrize("as_json", [False, True])
def test_a_solve_without_a_plan_ends_with_its_code_and_writes_nothing(
    scenario: Path, monkeypatch: pytest.MonkeyPatch, error: Exception, code: int, as_json: bool
) -> None:
    failing(monkeypatch, error)
    result = invoke("plan", scenario, *(["--json"] if as_json else []))
    assert result.exit_code == code
    if as_json:
        assert json.loads(result.stdout) == {
            "ok": False,
            "error": type(error).__name__,
            "message": str(error),
            "faults": [],
        }
    else:
        assert str(error) in result.stderr
    assert "Traceback" not in result.output
    assert not (scenario.parents[1] / "results").exists()


def test_ctrl_c_ends_with_130(scenario: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    failing(monkeypatch, KeyboardInterrupt())
    result = invoke("plan", scenario)
    assert result.exit_code == 130
    assert "interrupted; nothing was written" in result.stderr


def test_too_little_memory_is_a_fault_of_the_machine(scenario: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    failing(monkeypatch, MemoryError())
    assert invoke("plan", scenario).exit_code == 7


def test_our_own_bugs_are_called_bugs(scenario: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    failing(monkeypatch, ZeroDivisionError("division by zero"))
    result = invoke("plan", scenario)
    assert result.exit_code == 1
    assert "this is a bug of h2plan, not of your input" in result.stderr


def test_a_folder_that_is_not_ours_is_refused_before_any_work(
    scenario: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    failing(monkeypatch, ZeroDivisionError("never reached"))
    (tmp_path / "thesis").mkdir()
    (tmp_path / "thesis" / "chapter.txt").write_text("years of work")
    result = invoke("plan", scenario, "--out", tmp_path / "thesis")
    assert result.exit_code == 7
    assert "holds no results of h2plan; it is left as it is" in result.stderr
    assert [path.name for path in (tmp_path / "thesis").iterdir()] == ["chapter.txt"]


@pytest.mark.usefixtures("in_process")
@pytest.mark.parametrize("outputs", [1, 0])
def test_a_disk_that_fills_leaves_the_old_results(
    scenario: Path, monkeypatch: pytest.MonkeyPatch, outputs: int
) -> None:
    results = scenario.parents[1] / "results"
    if outputs:
        assert invoke("plan", scenario).exit_code == 0
    before = {path: path.read_bytes() for path in results.rglob("*") if path.is_file()}

    def full(*_: Any, **__: Any) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(pipeline, "_write", full)
    result = invoke("plan", scenario)
    assert result.exit_code == 7
    assert "No space left on device" in result.stderr
    assert {path: path.read_bytes() for path in results.rglob("*") if path.is_file()} == before
    assert [path.name for path in results.iterdir()] == ["tiny"] * outputs


def with_alternative(folder: Path) -> Path:
    text = SCENARIO.replace("solver: {gap: 0", "alternatives: {least_cost_for_same_share: true}\nsolver: {gap: 0")
    return write_project(folder, changes={SCENARIO_FILE: text})


@pytest.mark.usefixtures("in_process")
def test_the_least_cost_alternative_serves_as_much(tmp_path: Path) -> None:
    answer = json.loads(invoke("plan", with_alternative(tmp_path), "--json").stdout)
    (other,) = answer["alternatives"]
    assert other["served_share"] == pytest.approx(answer["figures"]["served_share"], rel=1e-5)
    assert other["annual_cost_cny_per_yr"] <= answer["figures"]["annual_cost_cny_per_yr"] * (1 + 1e-2)


def test_a_plan_is_written_even_if_its_alternative_finds_none(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def solve_once(*arguments: Any, options: Any, **more: Any) -> Any:
        if options["objective"] == "cost":
            raise LimitReachedError("no plan was found within limit_s")
        return optimise(*arguments, options=options, in_process=True, **more)

    monkeypatch.setattr(pipeline, "optimise", solve_once)
    result = invoke("plan", with_alternative(tmp_path), "--json")
    assert result.exit_code == 0, result.output
    assert json.loads(result.stdout)["alternatives"] == []


def test_the_alternative_is_asked_of_a_model_that_knows_costs(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(pipeline, "optimise", functools.partial(optimise, in_process=True))
    file = with_alternative(tmp_path)
    text = file.read_text(encoding="utf-8").replace(
        "{use: network_design, objective: coverage}", "{use: max_cover, size_id: S500}"
    )
    file.write_text(text.replace("  utilisation_max: 0.75", "  utilisation_max: 1"), encoding="utf-8")
    result = invoke("plan", file, "--json")
    assert "unknown option" not in result.output
    assert result.exit_code in (0, 4), result.output


def test_the_table_of_stations_cuts_no_name_off_and_numbers_them_as_the_report_does(
    capsys: pytest.CaptureFixture[str],
) -> None:
    plan = sample_plan()
    long = "中国石化革新大道综合能源站" * 3
    plan = replace(plan, stations=(replace(plan.stations[0], name=long), *plan.stations[1:]))
    Console(width=terminal.PLAIN_WIDTH).print(terminal._stations(plan))
    printed = capsys.readouterr().out
    assert "…" not in printed
    cells = [line.split("│") for line in printed.splitlines() if line.startswith("│")]
    assert long in "".join(cell[2].strip() for cell in cells)
    used = [int(cell[6].strip().replace(",", "")) for cell in cells if cell[1].strip() and "(stands)" not in cell[2]]
    built = sum(station.built for station in plan.stations)
    assert used[built:] == sorted(used[built:], reverse=True)
