"""Files get their final names when all of them are whole, or none does."""

from __future__ import annotations

import errno
from pathlib import Path

import pytest

from h2plan.errors import EnvironmentFault
from h2plan.plan.publish import fresh_files


def test_what_was_written_stands_under_its_final_name_and_replaces_its_namesake(tmp_path: Path) -> None:
    (tmp_path / "a.csv").write_text("old", encoding="utf-8")
    with fresh_files(tmp_path) as folder:
        (folder / "a.csv").write_text("new", encoding="utf-8")
        (folder / "b.csv").write_text("b", encoding="utf-8")
    assert {file.name: file.read_text(encoding="utf-8") for file in tmp_path.iterdir()} == {
        "a.csv": "new",
        "b.csv": "b",
    }


def write_and_fail(out: Path, error: BaseException) -> None:
    with fresh_files(out) as folder:
        (folder / "a.csv").write_text("half", encoding="utf-8")
        raise error


@pytest.mark.parametrize(
    ("number", "words"), [(errno.ENOSPC, "the disk is full"), (errno.EFBIG, "larger than this disk or user may have")]
)
def test_a_full_disk_leaves_what_stood_there(tmp_path: Path, number: int, words: str) -> None:
    (tmp_path / "a.csv").write_text("old", encoding="utf-8")
    with pytest.raises(EnvironmentFault, match=words):
        write_and_fail(tmp_path, OSError(number, "system words"))
    assert [(file.name, file.read_text(encoding="utf-8")) for file in tmp_path.iterdir()] == [("a.csv", "old")]


def test_an_interrupted_run_leaves_nothing_behind(tmp_path: Path) -> None:
    with pytest.raises(KeyboardInterrupt):
        write_and_fail(tmp_path / "out", KeyboardInterrupt())
    assert list((tmp_path / "out").iterdir()) == []


def test_a_file_that_another_program_holds_is_told_by_name(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def locked(self: Path, target: Path) -> None:
        raise PermissionError(errno.EACCES, "Access is denied", str(target))

    monkeypatch.setattr(Path, "replace", locked)
    told = r"plan\.xlsx cannot be replaced: it is open in another program"
    with pytest.raises(EnvironmentFault, match=told), fresh_files(tmp_path) as folder:
        (folder / "plan.xlsx").write_text("x", encoding="utf-8")
    assert list(tmp_path.iterdir()) == []


def test_a_file_where_the_folder_should_be_is_a_sentence(tmp_path: Path) -> None:
    (tmp_path / "out").write_text("x", encoding="utf-8")
    with pytest.raises(EnvironmentFault, match="a file stands where a folder is needed"), fresh_files(tmp_path / "out"):
        pytest.fail("no folder can be given")


def test_a_folder_of_the_same_name_is_left_alone(tmp_path: Path) -> None:
    (tmp_path / "a.csv").mkdir()
    with pytest.raises(EnvironmentFault, match="is a folder"), fresh_files(tmp_path) as folder:
        (folder / "a.csv").write_text("x", encoding="utf-8")
