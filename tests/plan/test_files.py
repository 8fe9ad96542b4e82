"""A plan as a file, and results that are there as a whole or not at all."""

from __future__ import annotations

import errno
import json
import os
import shutil
import subprocess
import sys
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from h2plan.errors import EnvironmentFault, InputError
from h2plan.plan.files import (
    PLAN_FILE,
    RUN_FILE,
    copy_inputs,
    fresh_folder,
    read_plan,
    refuse_foreign,
    sha256,
    to_json,
)
from tests.outputs.sample import sample_plan

# The plan as JSON


def write(folder: Path, text: str) -> Path:
    (folder / PLAN_FILE).write_text(text, encoding="utf-8")
    return folder


def test_a_plan_is_read_as_it_was_written(tmp_path: Path) -> None:
    plan = sample_plan()
    assert read_plan(write(tmp_path, to_json(plan))) == plan


def test_writing_what_was_read_gives_equal_bytes(tmp_path: Path) -> None:
    once = to_json(read_plan(write(tmp_path, to_json(sample_plan()))))
    assert to_json(read_plan(write(tmp_path, once))) == once


def test_equal_plans_give_equal_bytes_whatever_the_order_of_their_mappings() -> None:
    plan = sample_plan()
    turned = replace(plan, question=dict(reversed(plan.question.items())), inputs=dict(reversed(plan.inputs.items())))
    assert to_json(turned) == to_json(plan)


def test_chinese_stands_in_the_file_as_chinese() -> None:
    assert "武汉" in to_json(sample_plan())


def test_a_number_that_is_not_finite_is_not_written() -> None:
    plan = sample_plan()
    with pytest.raises(ValueError, match="not JSON compliant"):
        to_json(replace(plan, figures=replace(plan.figures, capex_cny=float("nan"))))


Tamper = Callable[[dict[str, Any]], Any]
TAMPERED: dict[str, Tamper] = {
    "text for a number": lambda plan: plan["figures"].update(capex_cny="1"),
    "truth for a number": lambda plan: plan["figures"].update(capex_cny=True),
    "truth for a count": lambda plan: plan["figures"].update(stations=True),
    "a fraction for a count": lambda plan: plan["figures"].update(stations=3.5),
    "a number for truth": lambda plan: plan["stations"][0].update(built=1),
    "a number for text": lambda plan: plan.update(title=7),
    "nothing for text": lambda plan: plan.update(title=None),
    "a number too large": lambda plan: plan["figures"].update(capex_cny=10**400),
    "an unknown kind": lambda plan: plan["stations"][0].update(kind="casino"),
    "a list for a choice": lambda plan: plan["stations"][0].update(kind=["port"]),
    "a field too many": lambda plan: plan.update(more=1),
    "a field too few": lambda plan: plan.pop("seed"),
    "a list for a mapping": lambda plan: plan.update(question=[]),
    "a number in a mapping of texts": lambda plan: plan["question"].update(period=2030),
    "a mapping for a list": lambda plan: plan.update(stations={}),
    "a text for a list": lambda plan: plan.update(notes="x"),
    "a list for an object": lambda plan: plan.update(figures=[]),
    "nothing for a list": lambda plan: plan.update(allocations=None),
}


@pytest.mark.parametrize("what", TAMPERED)
def test_a_plan_of_another_shape_is_refused(tmp_path: Path, what: str) -> None:
    plain = json.loads(to_json(sample_plan()))
    TAMPERED[what](plain)
    with pytest.raises(InputError, match=r"plan\.json: is no plan that this version can read"):
        read_plan(write(tmp_path, json.dumps(plain)))


@pytest.mark.parametrize("value", ["NaN", "Infinity", "1e999"])
def test_a_plan_with_numbers_that_are_not_finite_is_refused(tmp_path: Path, value: str) -> None:
    plain = json.loads(to_json(sample_plan()))
    plain["figures"]["capex_cny"] = 424242.125
    text = json.dumps(plain).replace("424242.125", value)
    with pytest.raises(InputError, match="a finite number is needed"):
        read_plan(write(tmp_path, text))


@pytest.mark.parametrize("text", ["", "{", "[]", "null", "3", "[" * 100_000, "\ufffe"])
def test_what_is_no_plan_is_refused(tmp_path: Path, text: str) -> None:
    with pytest.raises(InputError, match="is no plan that this version can read"):
        read_plan(write(tmp_path, text))


def test_a_folder_without_a_plan_is_told(tmp_path: Path) -> None:
    with pytest.raises(InputError, match=r"there is no plan.json here; give a results folder"):
        read_plan(tmp_path / "nowhere")


def test_inputs_are_copied_with_their_place_and_their_hash(tmp_path: Path) -> None:
    (tmp_path / "root" / "data").mkdir(parents=True)
    table = tmp_path / "root" / "data" / "a.csv"
    table.write_bytes(b"id\r\n1\r\n")
    hashes = copy_inputs(tmp_path / "root", [table, table], tmp_path / "out")
    assert hashes == {"data/a.csv": sha256(table)}
    assert (tmp_path / "out" / "inputs" / "data" / "a.csv").read_bytes() == b"id\r\n1\r\n"


# The results folder


def results(folder: Path, text: str) -> None:
    with fresh_folder(folder) as fresh:
        (fresh / RUN_FILE).write_text(text)
        (fresh / "sub").mkdir()
        (fresh / "sub" / f"{text}.txt").write_text(text)


def beside(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.parent.iterdir())


def dead_pid() -> int:
    """The id of a process that has ended."""
    process = subprocess.run([sys.executable, "-c", "import os; print(os.getpid())"], capture_output=True, check=True)
    return int(process.stdout)


@pytest.fixture
def final(tmp_path: Path) -> Path:
    return tmp_path / "results" / "wuhan"


def test_results_appear_under_the_final_name_when_all_is_done(final: Path) -> None:
    with fresh_folder(final) as fresh:
        (fresh / RUN_FILE).write_text("x")
        assert not final.exists()
    assert beside(final) == ["wuhan"]
    assert final.stat().st_mode & 0o777 == 0o755


def test_a_second_run_replaces_the_first_whole(final: Path) -> None:
    for text in ("one", "two"):
        results(final, text)
    assert (final / RUN_FILE).read_text() == "two"
    assert [path.name for path in (final / "sub").iterdir()] == ["two.txt"]
    assert beside(final) == ["wuhan"]


@pytest.mark.parametrize("error", [KeyboardInterrupt, RuntimeError, InputError("x"), MemoryError])
def test_a_run_that_breaks_off_leaves_the_old_results(final: Path, error: Any) -> None:
    results(final, "one")
    with pytest.raises(BaseException) as caught, fresh_folder(final) as fresh:  # noqa: PT011, PT012
        (fresh / "half").write_text("written")
        raise error
    assert isinstance(caught.value, error if isinstance(error, type) else type(error))
    assert (final / RUN_FILE).read_text() == "one"
    assert beside(final) == ["wuhan"]


def test_a_first_run_that_breaks_off_leaves_nothing(final: Path) -> None:
    with pytest.raises(RuntimeError), fresh_folder(final) as fresh:  # noqa: PT012
        (fresh / "half").write_text("written")
        raise RuntimeError
    assert beside(final) == []


def test_a_full_disk_is_a_fault_of_the_machine_and_publishes_nothing(final: Path) -> None:
    results(final, "one")
    with pytest.raises(EnvironmentFault, match="writing the results failed: No space left on device"):  # noqa: SIM117, PT012
        with fresh_folder(final) as fresh:
            (fresh / "half").write_text("written")
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
    assert (final / RUN_FILE).read_text() == "one"
    assert beside(final) == ["wuhan"]


def test_a_disk_that_fills_while_inputs_are_copied_publishes_nothing(
    final: Path, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    def full(*_: object) -> None:
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    (tmp_path / "a.csv").write_text("id\n")
    monkeypatch.setattr(shutil, "copyfile", full)
    with pytest.raises(EnvironmentFault, match="is unchanged"), fresh_folder(final) as fresh:
        copy_inputs(tmp_path, [tmp_path / "a.csv"], fresh)
    assert beside(final) == []


def test_a_failed_swap_puts_the_old_results_back(final: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    results(final, "one")
    rename = Path.rename

    def refusing(path: Path, target: Path) -> Path:
        if ".new-" in path.name:
            raise OSError(errno.EIO, os.strerror(errno.EIO))
        return rename(path, target)

    monkeypatch.setattr(Path, "rename", refusing)
    with pytest.raises(EnvironmentFault, match="is unchanged"):
        results(final, "two")
    assert (final / RUN_FILE).read_text() == "one"
    assert beside(final) == ["wuhan"]


@pytest.mark.parametrize("kind", ["folder", "file"])
def test_what_h2plan_has_not_written_is_never_replaced(final: Path, kind: str) -> None:
    final.parent.mkdir()
    own = final / "thesis.txt" if kind == "folder" else final
    own.parent.mkdir(exist_ok=True)
    own.write_text("years of work")
    entered = False
    with pytest.raises(EnvironmentFault, match="holds no results of h2plan; it is left as it is"), fresh_folder(final):
        entered = True
    assert not entered
    assert own.read_text() == "years of work"
    assert beside(final) == ["wuhan"]


def test_an_empty_folder_may_be_filled(final: Path) -> None:
    final.mkdir(parents=True)
    refuse_foreign(final)
    results(final, "one")
    assert (final / RUN_FILE).read_text() == "one"


def test_results_behind_a_link_are_replaced_where_they_are(final: Path, tmp_path: Path) -> None:
    elsewhere = tmp_path / "disk" / "wuhan"
    results(elsewhere, "one")
    final.parent.mkdir()
    final.symlink_to(elsewhere)
    results(final, "two")
    assert final.is_symlink()
    assert (elsewhere / RUN_FILE).read_text() == "two"
    assert beside(elsewhere) == ["wuhan"]


def test_what_a_killed_run_left_is_swept(final: Path) -> None:
    results(final, "one")
    pid = dead_pid()
    for name in (f".wuhan.new-{pid}-x1", f".wuhan.old-{pid}"):
        (final.parent / name).mkdir()
        (final.parent / name / "half").write_text("x")
    results(final, "two")
    assert beside(final) == ["wuhan"]


def test_old_results_come_back_if_the_run_was_killed_between_the_renames(final: Path) -> None:
    results(final, "one")
    final.rename(final.parent / f".wuhan.old-{dead_pid()}")
    with pytest.raises(RuntimeError), fresh_folder(final):
        raise RuntimeError
    assert (final / RUN_FILE).read_text() == "one"
    assert beside(final) == ["wuhan"]


def test_a_run_that_is_still_alive_is_left_alone(final: Path) -> None:
    final.parent.mkdir()
    other = final.parent / f".wuhan.new-{os.getppid()}-x1"
    other.mkdir()
    results(final, "one")
    assert beside(final) == [other.name, "wuhan"]


@pytest.mark.parametrize("name", [".wuhan.new-", ".wuhan.new-²-x", ".wuhan.new-x", ".wuhan2.new-1-x", ".other.old-1"])
def test_folders_of_other_names_are_left_alone(final: Path, name: str) -> None:
    (final.parent / name).mkdir(parents=True)
    results(final, "one")
    assert (final.parent / name).is_dir()


def test_a_name_with_brackets_is_swept_as_well(tmp_path: Path) -> None:
    final = tmp_path / "results" / "plan [a]"
    final.parent.mkdir()
    (final.parent / f".plan [a].new-{dead_pid()}-x").mkdir()
    results(final, "one")
    assert beside(final) == ["plan [a]"]


def test_two_runs_of_different_scenarios_do_not_meet(tmp_path: Path) -> None:
    one, two = tmp_path / "results" / "a", tmp_path / "results" / "b"
    with fresh_folder(one) as first, fresh_folder(two) as second:
        (first / RUN_FILE).write_text("a")
        (second / RUN_FILE).write_text("b")
    assert [(path / RUN_FILE).read_text() for path in (one, two)] == ["a", "b"]


def test_a_place_that_cannot_hold_results_is_a_fault_of_the_machine(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("x")
    with pytest.raises(EnvironmentFault, match="cannot write beside"), fresh_folder(tmp_path / "file" / "wuhan"):
        pass
