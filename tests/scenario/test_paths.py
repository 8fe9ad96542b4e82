"""Paths of a scenario stay inside the project folder."""

from __future__ import annotations

from pathlib import Path

import pytest

from h2plan.errors import InputError
from h2plan.plan.files import copy_inputs
from h2plan.project import input_files, load, project_root, resolve_inside
from tests.plan.tiny_project import FILES, SCENARIO, SCENARIO_FILE, write_project


@pytest.fixture
def root(tmp_path: Path) -> Path:
    (tmp_path / "project" / "data").mkdir(parents=True)
    (tmp_path / "project" / "data" / "a.csv").write_text("id\n1\n")
    (tmp_path / "outside.csv").write_text("id\n1\n")
    return tmp_path / "project"


def refusal(root: Path, relative: str) -> str:
    with pytest.raises(InputError) as caught:
        resolve_inside(root, relative, where="x.yaml sites")
    message = str(caught.value)
    assert message.startswith("x.yaml sites: ")
    return message


def test_a_file_inside_is_found(root: Path) -> None:
    assert resolve_inside(root, "data/../data/./a.csv", where="") == (root / "data" / "a.csv").resolve()


@pytest.mark.parametrize("path", ["../outside.csv", "data/../../outside.csv", "/etc/passwd", "../project-two/a.csv"])
def test_a_way_out_is_refused(root: Path, path: str) -> None:
    assert "lies outside the project folder" in refusal(root, path)


def test_a_way_out_and_in_again_is_refused_where_it_crosses_a_link(root: Path) -> None:
    (root / "data" / "link").symlink_to(root.parent)
    assert "lies outside" in refusal(root, "data/link/outside.csv")


def test_a_link_that_leads_out_is_refused(root: Path) -> None:
    (root / "data" / "link.csv").symlink_to(root.parent / "outside.csv")
    assert "lies outside" in refusal(root, "data/link.csv")


def test_a_link_that_leads_to_itself_is_no_file(root: Path) -> None:
    (root / "data" / "loop.csv").symlink_to(root / "data" / "loop.csv")
    message = refusal(root, "data/loop.csv")
    assert "no usable path" in message or "there is no file" in message


def test_an_absolute_path_is_refused_even_inside_because_it_holds_on_one_machine_only(root: Path) -> None:
    assert "write it as 'data/a.csv'" in refusal(root, str(root / "data" / "a.csv"))


@pytest.mark.parametrize(
    "path", ["https://example.org/a.csv", "file:///etc/passwd", "zip://a.zip", "/vsicurl/http://x"]
)
def test_an_address_is_no_file(root: Path, path: str) -> None:
    assert "is no local file" in refusal(root, path)


@pytest.mark.parametrize("path", ["data/absent.csv", "data", "", "."])
def test_what_is_no_file_is_named(root: Path, path: str) -> None:
    assert "there is no file" in refusal(root, path)


@pytest.mark.parametrize("path", ["data/\0.csv", "data/" + "x" * 300 + ".csv"])
def test_what_cannot_be_a_path_is_bad_input(root: Path, path: str) -> None:
    message = refusal(root, path)
    assert "no usable path" in message or "there is no file" in message


def test_tables_are_told_from_scenarios_by_their_ending(root: Path) -> None:
    (root / "data" / "a.txt").write_text("id\n")
    assert "must end in .csv or .geojson" in refusal(root, "data/a.txt")


def test_the_root_is_the_nearest_folder_with_data(tmp_path: Path) -> None:
    (tmp_path / "data").mkdir()
    inner = tmp_path / "inner"
    (inner / "data").mkdir(parents=True)
    (inner / "scenarios").mkdir()
    assert project_root(inner / "scenarios" / "a.yaml") == inner.resolve()
    assert project_root(tmp_path / "a.yaml") == tmp_path.resolve()


def test_a_scenario_without_a_project_is_told_how_to_get_one(tmp_path: Path) -> None:
    file = tmp_path / "alone.yaml"
    file.write_text(SCENARIO, encoding="utf-8")
    with pytest.raises(InputError, match="no folder above it holds data/; start one with 'h2plan init'"):
        load(file)


def test_a_missing_table_is_told_with_its_section(tmp_path: Path) -> None:
    project = load(write_project(tmp_path))
    with pytest.raises(InputError, match=r"tiny.yaml fleet.mix: there is no file 'data/none.csv'"):
        project.path("data/none.csv", where="fleet.mix")


def test_the_inputs_of_a_scenario_are_the_files_it_names_and_itself(tmp_path: Path) -> None:
    project = load(write_project(tmp_path))
    names = {path.relative_to(project.root).as_posix() for path in input_files(project)}
    assert names == set(FILES)


def test_a_sentence_that_ends_like_a_file_is_a_sentence(tmp_path: Path) -> None:
    text = SCENARIO.replace(
        "truck_class: tractor\n  source: made up", "truck_class: tractor\n  source: from prices.csv"
    )
    project = load(write_project(tmp_path, changes={SCENARIO_FILE: text}))
    assert not [path for path in input_files(project) if path.name == "prices.csv"]


def test_a_linked_table_is_copied_under_the_name_the_scenario_uses(tmp_path: Path) -> None:
    file = write_project(tmp_path / "project")
    ports = tmp_path / "project" / "data" / "ports.csv"
    ports.rename(ports.with_name("ports-v2.csv"))
    ports.symlink_to("ports-v2.csv")
    project = load(file)
    hashes = copy_inputs(project.root, input_files(project), tmp_path / "results")
    copied = tmp_path / "results" / "inputs" / "data" / "ports.csv"
    assert "data/ports.csv" in hashes
    assert copied.is_file()
    assert not copied.is_symlink()
