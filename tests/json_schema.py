"""A check of a value against a JSON Schema, as far as h2plan's own schema goes; an unknown keyword is an error."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from typing import Any

Schema = Mapping[str, Any]
NOTES = frozenset({"title", "description", "default", "$defs", "$schema", "examples"})
KINDS: Mapping[str, Callable[[Any], bool]] = {
    "object": lambda value: isinstance(value, dict),
    "array": lambda value: isinstance(value, list),
    "string": lambda value: isinstance(value, str),
    "boolean": lambda value: isinstance(value, bool),
    "null": lambda value: value is None,
    "number": lambda value: isinstance(value, (int, float)) and not isinstance(value, bool),
    "integer": lambda value: isinstance(value, int) and not isinstance(value, bool),
}
PLAIN: Mapping[str, Callable[[Any, Any], bool]] = {
    "type": lambda value, kind: KINDS[kind](value),
    "const": lambda value, const: bool(value == const),
    "enum": lambda value, choices: value in choices,
    "pattern": lambda value, pattern: not isinstance(value, str) or re.search(pattern, value) is not None,
    "minimum": lambda value, least: not KINDS["number"](value) or value >= least,
    "maximum": lambda value, most: not KINDS["number"](value) or value <= most,
    "exclusiveMinimum": lambda value, bound: not KINDS["number"](value) or value > bound,
    "exclusiveMaximum": lambda value, bound: not KINDS["number"](value) or value < bound,
    "minItems": lambda value, least: not isinstance(value, list) or len(value) >= least,
    "maxItems": lambda value, most: not isinstance(value, list) or len(value) <= most,
    "minLength": lambda value, least: not isinstance(value, str) or len(value) >= least,
    "required": lambda value, names: not isinstance(value, dict) or set(names) <= set(value),
}
PARTS = frozenset({"properties", "additionalProperties", "patternProperties", "propertyNames", "items", "prefixItems"})
CHOICES = frozenset({"$ref", "oneOf", "anyOf", "allOf"})


def faults(value: Any, schema: Schema, *, root: Schema, at: str = "$") -> Iterator[str]:
    """Yield each place where a value breaks its schema."""
    unknown = set(schema) - NOTES - set(PLAIN) - PARTS - CHOICES
    if unknown:
        raise AssertionError(f"{at}: keywords {sorted(unknown)} are not known to this check")
    for keyword, holds in PLAIN.items():
        if keyword in schema and not holds(value, schema[keyword]):
            yield f"{at}: {value!r} breaks {keyword} {schema[keyword]!r}"
    yield from _choices(value, schema, root=root, at=at)
    if isinstance(value, dict):
        yield from _members(value, schema, root=root, at=at)
    if isinstance(value, list):
        first = schema.get("prefixItems", [])
        for number, entry in enumerate(value):
            part = first[number] if number < len(first) else schema.get("items", {})
            yield from faults(entry, part, root=root, at=f"{at}[{number}]")


def _choices(value: Any, schema: Schema, *, root: Schema, at: str) -> Iterator[str]:
    if "$ref" in schema:
        name = schema["$ref"].removeprefix("#/$defs/")
        yield from faults(value, root["$defs"][name], root=root, at=at)
    for part in schema.get("allOf", []):
        yield from faults(value, part, root=root, at=at)
    for keyword, allowed in (("oneOf", {1}), ("anyOf", None)):
        if keyword in schema:
            outcomes = [list(faults(value, part, root=root, at=at)) for part in schema[keyword]]
            fitting = sum(not outcome for outcome in outcomes)
            if not fitting or (allowed is not None and fitting not in allowed):
                yield f"{at}: fits {fitting} of {len(outcomes)} in {keyword}: {outcomes}"


def _members(value: Mapping[str, Any], schema: Schema, *, root: Schema, at: str) -> Iterator[str]:
    named, patterns = schema.get("properties", {}), schema.get("patternProperties", {})
    for key, entry in value.items():
        yield from faults(key, schema.get("propertyNames", {}), root=root, at=f"{at}, key {key}")
        parts = [named[key]] if key in named else []
        parts += [part for pattern, part in patterns.items() if re.search(pattern, key)]
        other = schema.get("additionalProperties", True)
        if not parts and other is False:
            yield f"{at}.{key}: not allowed"
        elif not parts and isinstance(other, dict):
            parts = [other]
        for part in parts:
            yield from faults(entry, part, root=root, at=f"{at}.{key}")
