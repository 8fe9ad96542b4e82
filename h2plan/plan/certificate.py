"""The certificate of a plan: what was re-checked, how far off the worst row was, and what nobody re-proved."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from h2plan.plan.files import to_json
from h2plan.plan.results import GoalResult
from h2plan.project import CERTIFICATE_FILE

BOUND_NOTE = "bound: by HiGHS, not re-proved"


@dataclass(frozen=True, slots=True, kw_only=True)
class Check:
    """One family of conditions, checked row by row from the saved inputs."""

    family: str
    passed: bool
    worst: float
    """Largest violation, relative to the size of the number; 1 where a fact does not hold."""
    at: str
    """The row of the largest violation; blank where nothing is violated."""
    rows: int
    """How many conditions were checked."""
    rows_by_year: Mapping[str, int]
    """Year to the conditions that belong to it alone; empty in a plan of one year."""
    tolerance: float
    note: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ReportedGoal:
    """One objective: its value as computed anew from the plan, and what the solver says of it."""

    name: str
    sense: Literal["max", "min"]
    value: float
    bound: float | None
    gap: float | None
    stopped: str
    proof: str
    """What is proven of it, and by whom."""


def proof(goal: GoalResult) -> str:
    """Say in words what is proven of a goal: by this re-check its value, by the solver how near the best it is."""
    better = "more" if goal.sense == "max" else "less"
    if goal.bound is None:
        return "value computed anew; no bound is known, so that nothing says how much better another plan may be"
    if goal.gap is None:
        return "value and bound reported by HiGHS; a gap says nothing at a value of 0"
    return f"value computed anew; HiGHS says that no plan has {better} than {goal.bound:,.2f}: gap {goal.gap:.4%}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Certificate:
    """The outcome of a re-check. It belongs to one plan.json, named by its sha256."""

    verdict: Literal["pass", "fail"]
    scenario: str
    period: int
    """The last year of the plan."""
    periods: tuple[int, ...]
    """Every year that was checked."""
    checks: tuple[Check, ...]
    plan_sha256: str
    inputs: Mapping[str, str]
    """Path inside `inputs/` to sha256, as found."""
    versions: Mapping[str, str]
    """What the plan says it was made with."""
    seed: int
    status: str
    """Why the solver stopped."""
    goals: tuple[ReportedGoal, ...]
    bound_note: str = BOUND_NOTE

    @property
    def failed(self) -> tuple[Check, ...]:
        return tuple(check for check in self.checks if not check.passed)


def write_certificate(folder: Path, certificate: Certificate) -> Path:
    """Write certificate.json into a results folder; equal certificates give equal bytes."""
    file = folder / CERTIFICATE_FILE
    file.write_text(to_json(certificate), encoding="utf-8")
    return file
