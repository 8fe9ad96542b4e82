"""Quicker exact ways to models of the same name: a module here answers what `h2plan.models` states, or declines.

`optimise` asks the module that is named like the model, if there is one. It takes part by `solver.method` and size.
"""

from __future__ import annotations

import importlib
import pkgutil
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from types import ModuleType
from typing import Literal

from h2plan.problem import Goal

Method = Literal["auto", "direct", "cuts"]


@dataclass(frozen=True, kw_only=True)
class Asked:
    """How exactly and how long; seconds count from now."""

    gap: float
    limit_s: float
    threads: int
    nodes_max: int | None
    should_stop: Callable[[], bool]
    start: Mapping[str, str] | None = None
    """Stations of a plan to begin with, site id to size id."""


@dataclass(frozen=True, kw_only=True)
class Answer:
    """New stations and what is proven of them, goal by goal, as the model of the same name would say."""

    stations: Mapping[str, str]
    """Site id to size id, stations that stand left out."""
    goals: tuple[Goal, ...]
    rows: int
    columns: int
    nonzeros: int


def answering(model: str) -> ModuleType | None:
    """Return the module that answers this model; None where there is none. It has `worth` and `answer`."""
    known = {entry.name for entry in pkgutil.iter_modules(__path__)}
    return importlib.import_module(f"h2plan.exact.{model}") if model in known and not model.startswith("_") else None
