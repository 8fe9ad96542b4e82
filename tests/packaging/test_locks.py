"""The locks name every package with its checksum, and no machine or registry."""

from __future__ import annotations

import re
import tomllib
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
LOCKS = ("requirements.lock", "requirements-dev.lock")
PIN = re.compile(r"^([a-z0-9][a-z0-9.-]*)==([^ ;\\]+)", re.MULTILINE)


def text_of(name: str) -> str:
    """Read a file at the root of the checkout."""
    return (ROOT / name).read_text(encoding="utf-8")


def pins(name: str) -> dict[str, str]:
    """Map every package of a lock to its version."""
    return dict(PIN.findall(text_of(name)))


def wanted(requirements: list[str]) -> set[str]:
    """Name the packages of a list of requirements as a lock spells them."""
    names = (re.match(r"[A-Za-z0-9._-]+", requirement) for requirement in requirements)
    return {re.sub(r"[-_.]+", "-", name.group()).lower() for name in names if name}


def test_every_dependency_stands_in_its_lock() -> None:
    project = tomllib.loads(text_of("pyproject.toml"))
    core = project["project"]["dependencies"] + project["dependency-groups"]["build"]
    dev = core + project["project"]["optional-dependencies"]["dev"]
    assert wanted(core) - pins("requirements.lock").keys() == set()
    assert wanted(dev) - pins("requirements-dev.lock").keys() == set()


def test_the_tests_run_on_the_very_versions_that_users_get() -> None:
    assert pins("requirements.lock").items() <= pins("requirements-dev.lock").items()


def test_every_pin_has_a_checksum() -> None:
    for lock in LOCKS:
        entries = re.split(r"^(?=[a-z0-9])", text_of(lock), flags=re.MULTILINE)
        assert [entry for entry in entries if entry.strip() and "--hash=sha256:" not in entry] == []


def test_a_lock_names_no_registry_and_no_folder_of_a_machine() -> None:
    for lock in LOCKS:
        assert re.findall(r"://|@ file|index-url|find-links|(?<![\w.])/\w+", text_of(lock)) == []
