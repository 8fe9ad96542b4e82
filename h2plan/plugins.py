"""Plug-ins are found by file name: `use: ports` under `demand` is h2plan/demand/ports.py."""

from __future__ import annotations

import difflib
import importlib
import pkgutil
from collections.abc import Mapping
from types import ModuleType
from typing import Any

from pydantic import BaseModel, ValidationError

from h2plan.errors import Fault, InputError
from h2plan.scenario import Scenario

VERBS: Mapping[str, str] = {"sites": "collect", "demand": "read", "models": "build", "outputs": "write"}
"""Each kind of plug-in and the one verb its modules offer beside `Options`."""


def names(package: str) -> tuple[str, ...]:
    """Return the plug-ins of a package, sorted: its public modules."""
    folder = importlib.import_module(f"h2plan.{package}").__path__
    return tuple(sorted(entry.name for entry in pkgutil.iter_modules(folder) if not entry.name.startswith("_")))


def find(package: str, name: str) -> ModuleType:
    """Import the plug-in `name` of a package.

    Raises:
        InputError: there is no such plug-in; lists those there are.
    """
    known = names(package)
    if name not in known:
        near = difflib.get_close_matches(name, known, n=1)
        hint = f"did you mean '{near[0]}'?" if near else f"there are: {', '.join(known)}"
        raise InputError(Fault(where=f"{package}: use: {name}", message="there is no such plug-in", hint=hint))
    return importlib.import_module(f"h2plan.{package}.{name}")


def options(module: ModuleType, raw: Mapping[str, Any], *, where: str) -> BaseModel:
    """Validate a plug-in's options.

    Raises:
        InputError: every option that is unknown, missing or out of range.
    """
    schema: type[BaseModel] = module.Options
    try:
        return schema.model_validate(dict(raw))
    except ValidationError as error:
        known = list(schema.model_fields)
        raise InputError([_fault(entry, where, known) for entry in error.errors(include_url=False)]) from None


def _fault(entry: Mapping[str, Any], where: str, known: list[str]) -> Fault:
    key = ".".join(str(part) for part in entry["loc"]) or None
    if entry["type"] == "extra_forbidden":
        near = difflib.get_close_matches(str(key), known, n=1)
        hint = f"did you mean '{near[0]}'?" if near else f"options: {', '.join(known) or 'none'}"
        return Fault(where=where, column=key, message="unknown option", hint=hint)
    if entry["type"] == "missing":
        return Fault(where=where, column=key, message="is missing")
    message = entry["msg"].removeprefix("Value error, ")
    return Fault(where=where, column=key, message=f"{message}, got {entry.get('input')!r}")


def check_options(scenario: Scenario) -> list[Fault]:
    """Validate the options of every plug-in a scenario uses; returns all faults."""
    faults: list[Fault] = []
    sections = [
        *(("sites", f"sites[{n}]", entry) for n, entry in enumerate(scenario.sites)),
        *(("demand", f"demand[{n}]", entry) for n, entry in enumerate(scenario.demand)),
        ("models", "model", scenario.model),
        *(("outputs", f"outputs[{n}]", entry) for n, entry in enumerate(scenario.outputs)),
    ]
    for package, where, entry in sections:
        try:
            options(find(package, entry.use), entry.options, where=f"{where} ({entry.use})")
        except InputError as error:
            faults.extend(error.faults)
    return faults


def complete_schema() -> dict[str, Any]:
    """Return the JSON Schema of a scenario file, the options of every plug-in included."""
    schema = Scenario.model_json_schema()
    definitions = schema.setdefault("$defs", {})
    for package, key in (("sites", "sites"), ("demand", "demand"), ("models", "model"), ("outputs", "outputs")):
        variants = [_variant(package, name, definitions) for name in names(package)]
        choice = {"oneOf": variants}
        entry = schema["properties"][key]
        text = {"description": entry["description"]} if "description" in entry else {}
        listed = {"type": "array", "minItems": 1, "items": choice}
        schema["properties"][key] = {**text, **(choice if key == "model" else listed)}
    definitions.pop("PlugIn", None)
    schema["$schema"] = "https://json-schema.org/draft/2020-12/schema"
    return schema


def _variant(package: str, name: str, definitions: dict[str, Any]) -> dict[str, Any]:
    module = find(package, name)
    own = module.Options.model_json_schema(ref_template="#/$defs/{model}")
    definitions.update(own.pop("$defs", {}))
    own["title"] = f"{package}: {name}"
    own["description"] = (module.__doc__ or "").strip().splitlines()[0]
    own["properties"] = {"use": {"const": name}, **own.get("properties", {})}
    own["required"] = ["use", *own.get("required", [])]
    own["additionalProperties"] = False
    return dict(own)
