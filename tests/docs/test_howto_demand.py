"""The worked example of the page on demand runs as it stands, and prints what the page says it prints."""

from __future__ import annotations

import contextlib
import io
import re
from pathlib import Path
from typing import Any

import pytest

ROOT = Path(__file__).resolve().parents[2]
PAGE = ROOT / "docs" / "howto-demand.md"
STEP = re.compile(r"```python\n(.*?)```\n\n```text\n(.*?)```", re.DOTALL)


def test_the_example_prints_what_the_page_shows(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(ROOT)
    names: dict[str, Any] = {}
    steps = STEP.findall(PAGE.read_text(encoding="utf-8"))
    assert len(steps) == PAGE.read_text(encoding="utf-8").count("```python")
    printed = []
    for code, _ in steps:
        heard = io.StringIO()
        with contextlib.redirect_stdout(heard):
            exec(compile(code, str(PAGE), "exec"), names)
        printed.append(heard.getvalue())
    assert printed == [shown for _, shown in steps]
