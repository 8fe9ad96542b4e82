"""A project folder and the scenario read from it; every path stays inside the folder."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from pydantic import BaseModel, ValidationError
from ruamel.yaml import YAML
from ruamel.yaml.constructor import DuplicateKeyError
from ruamel.yaml.error import MarkedYAMLError, YAMLError

from h2plan.errors import Fault, InputError
from h2plan.scenario import Scenario

MAX_SCENARIO_BYTES = 1_000_000
MAX_DEPTH = 20


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


def resolve_inside(root: Path, relative: str, *, where: str) -> Path:
    """Resolve a path that must stay inside `root`, links followed."""
    if re.match(r"^[a-zA-Z][a-zA-Z0-9+.-]*://", relative) or relative.startswith("/vsi"):
        raise InputError(f"'{relative}' is no local file; copy it into the project folder", where=where)
    path = (root / relative).resolve()
    if not path.is_relative_to(root.resolve()):
        raise InputError(f"'{relative}' lies outside the project folder; copy it into data/", where=where)
    if not path.is_file():
        raise InputError(f"there is no file '{relative}' in the project folder", where=where)
    return path


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
    """Read a YAML 1.2 mapping; duplicate keys, aliases and merge keys are refused.

    Raises:
        InputError: the file is missing, too large, too deep, or is no mapping.
    """
    where = str(file)
    if not file.is_file():
        raise InputError("there is no such scenario file", where=where)
    if file.stat().st_size > MAX_SCENARIO_BYTES:
        raise InputError("larger than 1 MB; put tables into files of their own", where=where)
    try:
        text = file.read_text(encoding="utf-8-sig")
        yaml = YAML(typ="safe", pure=True)
        yaml.version = (1, 2)
        _refuse_aliases(text, where)
        raw = yaml.load(text)
    except UnicodeDecodeError:
        raise InputError("is not UTF-8 text; save it as UTF-8", where=where) from None
    except DuplicateKeyError as error:
        raise InputError(_yaml_fault(where, error, "the same key stands twice")) from None
    except MarkedYAMLError as error:
        raise InputError(_yaml_fault(where, error, str(error.problem or "is not valid YAML"))) from None
    except (YAMLError, RecursionError) as error:
        raise InputError(f"is not valid YAML: {type(error).__name__}", where=where) from None
    if not isinstance(raw, dict):
        raise InputError("must be a mapping of keys to values", where=where)
    return raw


def _refuse_aliases(text: str, where: str) -> None:
    depth = 0
    for event in YAML(typ="safe", pure=True).parse(text):
        kind = type(event).__name__
        anchored = getattr(event, "anchor", None) is not None
        if kind == "AliasEvent" or anchored:
            line = event.start_mark.line + 1
            raise InputError(f"line {line}: anchors and aliases are not allowed; write the value out", where=where)
        depth += kind in ("MappingStartEvent", "SequenceStartEvent")
        depth -= kind in ("MappingEndEvent", "SequenceEndEvent")
        if depth > MAX_DEPTH:
            raise InputError(f"is nested deeper than {MAX_DEPTH} levels", where=where)


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
        message = f"{message[:1].lower()}{message[1:]}, got {value!r}"
    return Fault(where=name, column=key, message=message, value=repr(value)[:80], hint=hint)


def input_files(project: Project) -> tuple[Path, ...]:
    """Return every file a scenario depends on: itself, and each table and layer it names."""
    found = {project.file}
    for text in _texts(project.scenario.model_dump(mode="json")):
        if text.endswith((".csv", ".geojson")):
            found.add(project.path(text, where="inputs"))
    return tuple(sorted(found))


def _texts(value: object) -> list[str]:
    if isinstance(value, str):
        return [value]
    if isinstance(value, dict):
        return [text for entry in value.values() for text in _texts(entry)]
    if isinstance(value, (list, tuple)):
        return [text for entry in value for text in _texts(entry)]
    return []
