"""What was aimed at, and what a round of benchmarks reached, side by side."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

Figures = dict[str, Any]
Reached = Callable[[dict[tuple[str, str], Figures]], str | None]


def _row(rows: dict[tuple[str, str], Figures], case: str, solver: str = "h2plan") -> Figures | None:
    found = rows.get((case, solver))
    return found if found is not None and "cpu_s" in found else None


def _state(row: Figures) -> str:
    gap = row.get("gap")
    return "proven" if row["stopped"] == "optimal" and gap is not None and gap <= 1e-6 else (
        f"gap {gap:.4%}" if gap is not None else "gap unknown"
    )  # fmt: skip


def _plain(case: str) -> Reached:
    def reached(rows: dict[tuple[str, str], Figures]) -> str | None:
        row = _row(rows, case)
        return None if row is None else (
            f"{_state(row)}, {row['cpu_s']:.2f} CPU s ({row['wall_s']:.1f} s of wall time), {row['peak_mb']:.0f} MB"
        )  # fmt: skip

    return reached


def _against(case: str, peer: str) -> Reached:
    def reached(rows: dict[tuple[str, str], Figures]) -> str | None:
        ours, theirs = _row(rows, case), _row(rows, case, peer)
        if ours is None or theirs is None:
            return None
        least = "" if theirs["stopped"] in {"optimal", "unknown"} else "at least (the peer met its limit) "
        return (
            f"{least}{theirs['cpu_s'] / ours['cpu_s']:.0f}× CPU ({theirs['cpu_s']:.1f} against {ours['cpu_s']:.2f} s; "
            f"whole process {theirs['process_cpu_s'] / ours['process_cpu_s']:.0f}×), "
            f"memory {ours['peak_mb']:.0f} against {theirs['peak_mb']:.0f} MB; ours {_state(ours)}"
        )

    return reached


def _pmed(rows: dict[tuple[str, str], Figures]) -> str | None:
    names = [f"pmed{n}" for n in range(1, 21)]
    found = [row for name in names if (row := _row(rows, name)) is not None]
    if len(found) < len(names):
        return None
    right = sum(row["value"] == row["published"] and _state(row) == "proven" for row in found)
    return f"{right} of 20 proven at the published value, {sum(row['cpu_s'] for row in found):.2f} CPU s together"


def _curve(case: str) -> Reached:
    def reached(rows: dict[tuple[str, str], Figures]) -> str | None:
        ours, alone = _row(rows, case), _row(rows, case, "alone")
        if ours is None or alone is None:
            return None
        points = ours["points"]
        each = alone["cpu_s"] / points
        same = abs(ours["value"] - alone["value"]) <= 1e-9 * abs(alone["value"])
        agree = "same optima" if same else "OTHER VALUES"
        return (
            f"{ours['cpu_s'] / each:.1f} single solves ({points} points in {ours['cpu_s']:.2f} CPU s, one by one "
            f"{alone['cpu_s']:.2f}; {agree}); {_state(ours)}"
        )

    return reached


GOALS: tuple[tuple[str, str, Reached], ...] = (
    ("pmed1-20, published values, all proven", "≤ 8 CPU s together", _pmed),
    ("pmed20 against spopt", "≥ 150× CPU, ≤ 1/10 memory", _against("pmed20", "spopt")),
    ("MCLP 1,000 × 10,000 against spopt", "≥ 60×", _against("plane-1000x10000-R1.5-p50", "spopt")),
    ("MCLP 1,000 × 10,000 against Pyomo", "≥ 12×", _against("plane-1000x10000-R1.5-p50", "pyomo")),
    ("MCLP 1,000 × 100,000", "proven in 8 CPU s", _plain("plane-1000x100000-R1.5-p50")),
    ("MCLP 100 × 10,000,000, pairs and merge included", "≤ 45 s, ≤ 3 GB", _plain("plane-100x10000000-R5.5-p10")),
    ("FRLM 1,000 × 3,000, R 300, p 20 against AC-PC", "proven, ≥ 30×",
     _against("delaunay-1000x3000-R300-p20", "highs")),
    ("FRLM 5,000 × 10,000, p 40", "frontier: 0.1 % in 120 s", _plain("delaunay-5000x10000-R300-p40")),
    ("UFL capa", "proven in 1.5 s", _plain("capa-uncapacitated")),
    ("CFLP capa-8000", "frontier: proven in 120 s", _plain("capa-8000")),
    ("20-point coverage curve, 100 × 10,000", "< 5 single solves", _curve("plane-100x10000-R5.5-p1..20")),
    ("20-point coverage curve, 1,000 × 10,000", "< 5 single solves", _curve("plane-1000x10000-R1.5-p1..20")),
    ("20-point coverage curve, 1,000 × 100,000", "< 5 single solves", _curve("plane-1000x100000-R1.5-p1..20")),
    ("20-point p-median curve, 200 × 200", "none", _curve("plane-200-p1..20")),
    ("p-median 5,000 × 5,000, p 500", "≤ 0.01 % in 60 s, ≤ 1 GB", _plain("plane-5000-p500")),
)  # fmt: skip


def goals_table(figures: list[Figures]) -> str:
    """Return the goals that this round can speak about."""
    rows = {(row["case"], row["solver"]): row for row in figures}
    lines = ["| work | goal | reached |", "| --- | --- | --- |"]
    for work, goal, reached in GOALS:
        said = reached(rows)
        if said is not None:
            lines.append(f"| {work} | {goal} | {said} |")
    return "\n".join(lines) if len(lines) > 2 else "none of the goals is part of this round"
