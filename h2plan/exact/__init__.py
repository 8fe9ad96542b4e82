"""Quicker exact ways to models of the same name: a module here answers what `h2plan.models` states, or declines.

`optimise` asks the module that is named like the model, if there is one. It takes part by `solver.method` and size.
"""

from __future__ import annotations

import importlib
import pkgutil
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from types import ModuleType
from typing import Any, Literal

from h2plan.models._tours import Tour
from h2plan.problem import Goal, Limits, Problem

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
    needs: Mapping[str, Sequence[Sequence[str]]] = field(default_factory=dict)
    """Where trips are refuelled: the sets of sites of which each row needs one open each."""
    tours: Mapping[str, Tour] | None = None
    """Where trips are refuelled: the tour of each flow; None: every row is served at its nearest station."""


@dataclass(frozen=True, kw_only=True)
class Point:
    """One point of a curve: new stations, and what is proven of the first goal."""

    stations: Mapping[str, str]
    goal: Goal


def curve(
    model: str, problem: Problem, *, options: Any, steps: Sequence[Limits], asked: Asked
) -> Sequence[Point] | None:
    """Meet the first goal under each of these limits, which differ in `stations_max` and `budget_cny` only.

    None where the model has no such way or declines; `asked.limit_s` is for all points together.
    """
    module = answering(model)
    if module is None or not hasattr(module, "curve"):
        return None
    found: Sequence[Point] | None = module.curve(problem, options, steps=steps, asked=asked)
    return found


def answering(model: str) -> ModuleType | None:
    """Return the module that answers this model; None where there is none. It has `worth` and `answer`."""
    known = {entry.name for entry in pkgutil.iter_modules(__path__)}
    return importlib.import_module(f"h2plan.exact.{model}") if model in known and not model.startswith("_") else None


def ask(
    model: str, problem: Problem, *, options: Any, method: Method, asked: Asked
) -> tuple[Answer | None, Mapping[str, str]]:
    """Let branch and cut answer where the method allows; return its answer, if any, and which method serves and why."""
    if method == "direct":
        return None, {"method": "direct", "method_why": "asked for"}
    module = answering(model)
    if module is None:
        return None, {"method": "direct", "method_why": f"{model} has no branch and cut"}
    why = "asked for" if method == "cuts" else module.worth(problem)
    if why is None:
        return None, {"method": "direct", "method_why": "auto: small enough"}
    answer: Answer | None = module.answer(problem, options, asked=asked)
    if answer is None:
        return None, {
            "method": "direct",
            "method_why": "branch and cut declined, the model says what stands against it",
        }
    return answer, {"method": "cuts", "method_why": why if method == "cuts" else f"auto: {why}"}
