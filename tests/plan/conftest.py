"""The results of the made-up city, written once and copied for each test that spoils them."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from tests.plan.tiny_project import write_results


@pytest.fixture(scope="session")
def written_results(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_results(tmp_path_factory.mktemp("tiny"))


@pytest.fixture
def results(written_results: Path, tmp_path: Path) -> Path:
    """A results folder that a test may spoil."""
    copy = tmp_path / "results"
    shutil.copytree(written_results, copy)
    return copy
