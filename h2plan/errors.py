"""What h2plan raises on purpose; anything else that escapes is a bug.

Exit code 8 is no error: a plan is written, and it misses a policy rule that is priced or only reported.

H2planError                 exit code
├── InputError              3    a file, a scenario or a value is not usable; carries every fault found
├── VerificationError       4    a plan failed its independent re-check, or has no certificate
├── InfeasibleError         5    the limits contradict each other; says which and by how much
├── LimitReachedError       6    a time limit ended the solve before any plan was found
├── EnvironmentFault        7    disk, memory or a missing tool
└── InterruptedSolve        130  the user stopped the run before any plan was found
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

MAX_FAULTS_SHOWN = 50


@dataclass(frozen=True, slots=True, kw_only=True)
class Fault:
    """One thing wrong with an input: where it stands, what is wrong, what to do."""

    where: str
    message: str
    row: int | None = None
    column: str | None = None
    value: str | None = None
    hint: str | None = None

    def __str__(self) -> str:
        place = self.where
        if self.row is not None:
            place += f" row {self.row}"
        if self.column is not None:
            place += f", {self.column}"
        text = f"{place}: {self.message}"
        return f"{text} ({self.hint})" if self.hint else text


class H2planError(Exception):
    """Root of all errors that h2plan raises on purpose."""

    exit_code = 1


class InputError(H2planError):
    """An input cannot be used. `faults` holds all of them, at most 50 a file are shown."""

    exit_code = 3

    def __init__(self, faults: Iterable[Fault] | Fault | str, *, where: str = "input") -> None:
        if isinstance(faults, str):
            faults = (Fault(where=where, message=faults),)
        elif isinstance(faults, Fault):
            faults = (faults,)
        self.faults: tuple[Fault, ...] = tuple(faults)
        super().__init__("\n".join(self._lines()))

    def _lines(self) -> list[str]:
        shown: dict[str, int] = {}
        lines = []
        for fault in self.faults:
            shown[fault.where] = shown.get(fault.where, 0) + 1
            if shown[fault.where] <= MAX_FAULTS_SHOWN:
                lines.append(str(fault))
        for where, count in shown.items():
            if count > MAX_FAULTS_SHOWN:
                lines.append(f"{where}: {count - MAX_FAULTS_SHOWN} more faults not shown")
        return lines


class VerificationError(H2planError):
    """A plan does not hold when it is recomputed from its saved inputs."""

    exit_code = 4


class InfeasibleError(H2planError):
    """No plan meets every limit; the message names the limit and a number that would work."""

    exit_code = 5


class LimitReachedError(H2planError):
    """The time limit ended the solve before a plan was found."""

    exit_code = 6


class EnvironmentFault(H2planError):
    """The machine lacks something: disk, memory, a tool."""

    exit_code = 7


class InterruptedSolve(H2planError):
    """The user stopped the run before any plan was found."""

    exit_code = 130
