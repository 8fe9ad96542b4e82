"""Names that a careless page, sheet or file would run, put into every text of a plan."""

from __future__ import annotations

import dataclasses
import zlib
from collections.abc import Mapping
from typing import Any, Literal, get_origin, get_type_hints

HOSTILE = (
    "<img src=x onerror=alert(1)>",
    "</script><script>alert(1)</script>",
    "${alert(1)}",
    "\\\\`+alert(1)+`",
    "\"'><svg onload=alert(1)>",
    "{{7*7}}{%raw%}]]>--><!--<script>",
    "\u2028\u2029',alert(1),'",
)
"""What a name may hold that a careless page would run."""


def poisoned(value: Any) -> Any:
    """Add a hostile tail to every text in a plan or backdrop, ids too; equal texts stay equal."""
    if isinstance(value, str):
        return value + HOSTILE[zlib.crc32(value.encode()) % len(HOSTILE)]
    if isinstance(value, tuple):
        return tuple(poisoned(item) for item in value)
    if isinstance(value, Mapping):
        return {poisoned(key): poisoned(item) for key, item in value.items()}
    if dataclasses.is_dataclass(value) and not isinstance(value, type):
        hints = get_type_hints(type(value))
        free = [field.name for field in dataclasses.fields(value) if get_origin(hints[field.name]) is not Literal]
        return dataclasses.replace(value, **{name: poisoned(getattr(value, name)) for name in free})
    return value
