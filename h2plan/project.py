"""A project folder and the scenario read from it; every path stays inside the folder."""

from __future__ import annotations

import difflib
import hashlib
import os
import re
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from pydantic import BaseModel, ValidationError
from ruamel.yaml import YAML
from ruamel.yaml.constructor import DuplicateKeyError
from ruamel.yaml.error import MarkedYAMLError, YAMLError
from ruamel.yaml.reader import ReaderError

from h2plan.errors import Fault, InputError
from h2plan.scenario import Scenario

MAX_SCENARIO_BYTES = 1_000_000
MAX_DEPTH = 20
TABLES = (".csv", ".geojson")
"""What a scenario may name: a results folder tells its inputs from its scenario by these endings."""
PLAN_FILE, CERTIFICATE_FILE = "plan.json", "certificate.json"
CERTIFIED = (PLAN_FILE, CERTIFICATE_FILE)
"""What is kept of an earlier plan that decides the first years."""


@dataclass(frozen=True, slots=True)
class Project:
    """A scenario, the file it came from, and the folder its paths are relative to."""

    scenario: Scenario
    file: Path
    root: Path

    def path(self, relative: str, *, where: str) -> Path:
        """Resolve a path of the scenario.

        Raises:
            InputError: the path leaves the project folder (links followed), or is no local file.
        """
        return resolve_inside(self.root, relative, where=f"{self.file.name} {where}")

    def earlier_plan(self) -> Path | None:
        """Return the results folder whose plan decides the first years; None where no earlier plan does.

        Raises:
            InputError: it lies outside the project folder, or holds no plan.
        """
        asked = self.scenario.phased.decided_from
        if asked is None:
            return None
        where = f"{self.file.name} years.decided_from.plan"
        folder = resolve_inside(self.root, f"{asked.plan}/{PLAN_FILE}", where=where, ends=(PLAN_FILE,)).parent
        if (folder / CERTIFICATE_FILE).exists():
            resolve_inside(self.root, f"{asked.plan}/{CERTIFICATE_FILE}", where=where, ends=(CERTIFICATE_FILE,))
        return folder


def resolve_inside(root: Path, relative: str, *, where: str, ends: tuple[str, ...] = TABLES) -> Path:
    """Resolve a path that must stay inside `root`, links followed; the path returned keeps the name it is given.

    The name is kept so that a copy of the inputs holds the file where the scenario looks for it.
    """
    if re.match(r"^[a-zA-Z][a-zA-Z0-9+.-]*://", relative) or relative.startswith("/vsi"):
        raise InputError(f"'{relative}' is no local file; copy it into the project folder", where=where)
    home = root.resolve()
    path = Path(os.path.normpath(home / relative))
    try:
        inside = path.is_relative_to(home) and path.resolve().is_relative_to(home)
        found = inside and path.is_file()
    except (OSError, RuntimeError, ValueError) as error:
        raise InputError(f"{relative[:80]!r} is no usable path: {error}", where=where) from None
    if not inside:
        raise InputError(f"'{relative}' lies outside the project folder; copy it into data/", where=where)
    if Path(relative).is_absolute():
        short = path.relative_to(home).as_posix()
        raise InputError(f"'{relative}' is an absolute path; write it as '{short}'", where=where)
    if not found:
        message = f"there is no file '{relative}' in the project folder"
        raise InputError(Fault(where=where, message=message, hint=_similar(path)))
    if not path.name.endswith(ends):
        raise InputError(f"'{relative}' must end in {' or '.join(ends)}", where=where)
    return path


def _similar(path: Path) -> str | None:
    names = [entry.name for entry in path.parent.iterdir()] if path.parent.is_dir() else []
    near = difflib.get_close_matches(path.name, sorted(names), n=1)
    return f"did you mean '{near[0]}'?" if near else None


def load(file: Path) -> Project:
    """Read and validate a scenario file.

    Raises:
        InputError: every fault of the file at once.
    """
    raw = read_yaml(file)
    root = project_root(file)
    try:
        scenario = Scenario.model_validate(raw)
    except ValidationError as error:
        raise InputError(_faults(file, error)) from None
    return Project(scenario=scenario, file=file.resolve(), root=root)


def project_root(file: Path) -> Path:
    """Return the nearest folder above the scenario file that holds `data/`."""
    for folder in file.resolve().parents:
        if (folder / "data").is_dir():
            return folder
    raise InputError("no folder above it holds data/; start one with 'h2plan init'", where=str(file))


def read_yaml(file: Path) -> dict[str, Any]:
    """Read a YAML 1.2 mapping; duplicate keys, aliases, merge keys, tags and directives are refused.

    Raises:
        InputError: the file is missing, too large, too deep, or is no mapping.
    """
    where = str(file)
    text = _text_of(file, where)
    try:
        _refuse_extras(text, where)
        raw = YAML(typ="safe", pure=True).load(text)
    except DuplicateKeyError as error:
        raise InputError(_yaml_fault(where, error, "the same key stands twice")) from None
    except MarkedYAMLError as error:
        raise InputError(_yaml_fault(where, error, str(error.problem or "is not valid YAML"))) from None
    except ReaderError as error:
        line = text.count("\n", 0, error.position) + 1
        raise InputError(f"line {line}: holds a character that is no text", where=where) from None
    except (YAMLError, RecursionError, ValueError) as error:
        raise InputError(f"is not valid YAML: {str(error) or type(error).__name__}", where=where) from None
    if not isinstance(raw, dict):
        raise InputError("must be a mapping of keys to values", where=where)
    return raw


def _text_of(file: Path, where: str) -> str:
    try:
        if not file.is_file():
            raise InputError("there is no such scenario file", where=where)
        if file.stat().st_size > MAX_SCENARIO_BYTES:
            raise InputError("larger than 1 MB; put tables into files of their own", where=where)
        return file.read_text(encoding="utf-8-sig")
    except UnicodeDecodeError:
        raise InputError("is not UTF-8 text; save it as UTF-8", where=where) from None
    except OSError as error:
        raise InputError(f"cannot be read: {error.strerror}", where=where) from None


def _refuse_extras(text: str, where: str) -> None:
    """Refuse what makes a YAML file mean more than it shows."""
    depth = 0
    for event in YAML(typ="safe", pure=True).parse(text):
        fault = _extra(event)
        if fault is not None:
            raise InputError(f"line {event.start_mark.line + 1}: {fault}", where=where)
        kind = type(event).__name__
        depth += kind in ("MappingStartEvent", "SequenceStartEvent")
        depth -= kind in ("MappingEndEvent", "SequenceEndEvent")
        if depth > MAX_DEPTH:
            raise InputError(f"is nested deeper than {MAX_DEPTH} levels", where=where)


def _extra(event: Any) -> str | None:
    """Return what is not allowed about an event of the parser, if anything."""
    kind = type(event).__name__
    if kind == "AliasEvent" or getattr(event, "anchor", None) is not None:
        return "anchors and aliases are not allowed; write the value out"
    if kind == "DocumentStartEvent" and (event.version or event.tags):
        return "directives are not allowed; a scenario is YAML 1.2"
    if getattr(event, "tag", None) is not None:
        return f"the tag {event.tag} is not allowed; write the plain value"
    value = getattr(event, "value", "")
    if value == "<<" and event.style is None:
        return "merge keys are not allowed; write the keys out"
    if "\0" in value or any("\ud800" <= letter <= "\udfff" for letter in value):
        return "holds a character that is no text"
    return None


def _yaml_fault(where: str, error: MarkedYAMLError, message: str) -> Fault:
    mark = error.problem_mark or error.context_mark
    place = f"{where} line {mark.line + 1}" if mark else where
    if isinstance(error, DuplicateKeyError):
        found = re.search(r'found duplicate key "([^"]+)"', str(error))
        if found:
            message = f"the key '{found.group(1)}' stands twice"
    return Fault(where=place, message=message)


def _faults(file: Path, error: ValidationError) -> list[Fault]:
    return [_fault(file.name, entry) for entry in error.errors(include_url=False)]


def _fault(name: str, entry: Mapping[str, Any]) -> Fault:
    key = ".".join(str(part) for part in entry["loc"]) or "scenario"
    message = entry["msg"].removeprefix("Value error, ")
    value = entry.get("input")
    hint = None
    if entry["type"] == "extra_forbidden":
        message, hint = "unknown key", "see 'h2plan schema' for the keys"
    elif entry["type"] == "missing":
        message = "is missing"
    elif not isinstance(value, (dict, list, tuple, BaseModel)):
        message = f"{message[:1].lower()}{message[1:]}, got {repr(value)[:80]}"
    return Fault(where=name, column=key, message=message, value=repr(value)[:80], hint=hint)


def input_files(project: Project) -> tuple[Path, ...]:
    """Return every file a scenario depends on: itself, each table and layer it names, an earlier plan it builds on.

    A sentence that ends in '.csv' but names no file of the project is a sentence.
    """
    found = {project.file}
    for text in _texts(project.scenario.model_dump(mode="json")):
        if text.endswith(TABLES):
            with suppress(InputError):
                found.add(project.path(text, where="inputs"))
    with suppress(InputError):
        earlier = project.earlier_plan()
        found |= set() if earlier is None else {earlier / name for name in CERTIFIED if (earlier / name).is_file()}
    return tuple(sorted(found))


def sha256(file: Path) -> str:
    """Return the sha256 of a file, hexadecimal."""
    with file.open("rb") as stream:
        return hashlib.file_digest(stream, "sha256").hexdigest()


def _texts(value: object) -> list[str]:
    if isinstance(value, str):
        return [value]
    if isinstance(value, dict):
        return [text for entry in value.values() for text in _texts(entry)]
    if isinstance(value, (list, tuple)):
        return [text for entry in value for text in _texts(entry)]
    return []
