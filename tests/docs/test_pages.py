"""The pages of docs/: they build, their links lead somewhere, their examples fit the commands and the schema."""

from __future__ import annotations

import importlib.util
import re
import shlex
from collections.abc import Iterator
from pathlib import Path
from types import ModuleType
from typing import Any

import click
import pytest
import typer
from ruamel.yaml import YAML

from h2plan import plugins
from h2plan.cli import app
from h2plan.outputs._dictionary import TABLES, dictionary
from h2plan.outputs._levels import FIELD_LEVELS
from tests.json_schema import faults

ROOT = Path(__file__).resolve().parents[2]
PAGES = sorted((ROOT / "docs").glob("*.md"))
OURS = ("index", "tutorial", "howto-lists", "howto-lock-and-bar", "howto-phases", "gaps-and-certificates")
BLOCK = re.compile(r"```(sh|yaml)\n(.*?)```", re.DOTALL)


def blocks(kind: str, pages: tuple[str, ...] = OURS) -> Iterator[tuple[str, str]]:
    for name in pages:
        for found, text in BLOCK.findall((ROOT / "docs" / f"{name}.md").read_text(encoding="utf-8")):
            if found == kind:
                yield name, text


def commands() -> list[tuple[str, str]]:
    lines = ((name, line) for name, text in blocks("sh") for line in text.splitlines())
    return [(name, line) for name, line in lines if line.startswith("h2plan ")]


@pytest.fixture(scope="module")
def builder() -> ModuleType:
    spec = importlib.util.spec_from_file_location("build_docs", ROOT / "scripts" / "build_docs.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def test_every_page_becomes_html_that_loads_nothing_from_outside(builder: ModuleType, tmp_path: Path) -> None:
    written = builder.build(ROOT / "docs", tmp_path / "site")
    assert {path.stem for path in written} == {path.stem for path in PAGES}
    for path in written:
        text = path.read_text(encoding="utf-8")
        assert not re.search(r"<(script|link|img|iframe)[^>]*(src|href)=\"(https?:)?//", text), path.name
        assert "<h1>" in text


def test_a_link_that_leads_nowhere_stops_the_build(builder: ModuleType, tmp_path: Path) -> None:
    (tmp_path / "index.md").write_text("# A\n\n[b](b.md)\n", encoding="utf-8")
    with pytest.raises(FileNotFoundError, match=r"index\.md: the link to b\.md leads nowhere"):
        builder.build(tmp_path, tmp_path / "site")


def test_the_data_dictionary_is_that_of_the_types() -> None:
    page = (ROOT / "docs" / "data-dictionary.md").read_text(encoding="utf-8")
    assert page == dictionary(), "run: make docs"


def test_the_data_dictionary_has_every_type_and_field() -> None:
    page = dictionary()
    assert all(f"## {kind.__name__}" in page for kind in FIELD_LEVELS)
    assert set(TABLES) <= {kind.__name__ for kind in FIELD_LEVELS}
    assert "| `capacity_kg_per_d` | kg/d | 日加注能力 | capacity | public 公开 |" in page
    assert "| `price_cny_per_kg` | CNY/kg | 出厂价 | price at the gate | sensitive 敏感 |" in page


def test_the_index_leads_to_every_page() -> None:
    index = (ROOT / "docs" / "index.md").read_text(encoding="utf-8")
    assert [path.name for path in PAGES if path.name != "index.md" and f"({path.name})" not in index] == []


@pytest.mark.parametrize(("page", "line"), commands())
def test_the_commands_of_the_pages_exist_with_these_options(page: str, line: str) -> None:
    words = shlex.split(line)[1:]
    group: Any = typer.main.get_command(app)
    with click.Context(group) as context:
        command = group.get_command(context, words[0])
        assert command is not None, line
        command.make_context(words[0], words[1:], parent=context)  # parses; nothing runs


@pytest.mark.parametrize(("page", "text"), list(blocks("yaml")))
def test_the_scenario_parts_of_the_pages_fit_the_schema(page: str, text: str) -> None:
    schema = plugins.complete_schema()
    part = YAML(typ="safe", pure=True).load(text)
    assert set(part) <= set(schema["properties"])
    for key, value in part.items():
        # Years are numbers in YAML and text in JSON.
        assert list(faults(_plain(value), schema["properties"][key], root=schema)) == [], key


def _plain(value: Any) -> Any:
    return {str(key): _plain(entry) for key, entry in value.items()} if isinstance(value, dict) else value
