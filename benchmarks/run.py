"""Runs side by side: each solver on each case in a process of its own, one thread, and one table of the figures."""

from __future__ import annotations

import importlib.util
import json
import os
import subprocess
import sys
from collections.abc import Iterable
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[1]
Figures = dict[str, Any]
KILL_AFTER = 4.0
"""A run is ended at so many times its limit, reading and building included."""


def python_of(solver: str) -> str | None:
    """Return the interpreter that has this solver; None where it is not installed."""
    if solver != "spopt":
        return sys.executable
    elsewhere = os.environ.get("BENCH_SPOPT_PYTHON")
    if elsewhere:
        return elsewhere
    return sys.executable if importlib.util.find_spec("spopt") else None


def run(case: dict[str, Any], solver: str, *, limit_s: float) -> Figures:
    """Run one solver on one case; what went wrong stands in `note`."""
    about = {"family": case["family"], "case": case["name"], "solver": solver}
    python = python_of(solver)
    if python is None:
        return {**about, "note": f"{solver} is not installed: pip install 'h2plan[bench]', or set BENCH_SPOPT_PYTHON"}
    threads = dict.fromkeys(("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"), "1")
    try:
        done = subprocess.run(
            [python, "-m", "benchmarks.measure"],
            input=json.dumps({**case, "solver": solver, "limit_s": limit_s}),
            capture_output=True, text=True, cwd=ROOT, timeout=60 + KILL_AFTER * limit_s, check=False,
            env={**os.environ, **threads, "PYTHONPATH": str(ROOT)},
        )  # fmt: skip
    except subprocess.TimeoutExpired:
        return {**about, "note": f"ended after {60 + KILL_AFTER * limit_s:.0f} s"}
    if done.returncode != 0:
        said = done.stderr.strip().splitlines()
        return {**about, "note": f"failed: {said[-1] if said else done.returncode}"}
    return {**about, **json.loads(done.stdout.splitlines()[-1])}


def compare(case: dict[str, Any], *, peers: Iterable[str], limit_s: float) -> list[Figures]:
    """Run h2plan and the peers on one case; peers get their ratios to h2plan."""
    ours = run(case, "h2plan", limit_s=limit_s)
    figures = [ours]
    for peer in peers:
        theirs = run(case, peer, limit_s=limit_s)
        if "cpu_s" in theirs and "cpu_s" in ours:
            theirs["times_cpu"] = theirs["cpu_s"] / max(ours["cpu_s"], 1e-9)
            theirs["times_process_cpu"] = theirs["process_cpu_s"] / max(ours["process_cpu_s"], 1e-9)
            theirs["times_memory"] = theirs["peak_mb"] / max(ours["peak_mb"], 1e-9)
        figures.append(theirs)
    return figures


COLUMNS = (
    ("case", "{}"), ("solver", "{}"), ("value", "{:.10g}"), ("published", "{:.10g}"), ("gap", "{:.4%}"),
    ("stopped", "{}"), ("nodes", "{}"), ("cpu_s", "{:.2f}"), ("process_cpu_s", "{:.2f}"), ("wall_s", "{:.2f}"),
    ("peak_mb", "{:.0f}"), ("times_cpu", "{:.0f}×"), ("times_memory", "{:.1f}×"), ("note", "{}"),
)  # fmt: skip


def table(figures: list[Figures]) -> str:
    """Return the figures as a Markdown table."""
    lines = ["| " + " | ".join(name for name, _ in COLUMNS) + " |", "| " + " | ".join("---" for _ in COLUMNS) + " |"]
    for row in figures:
        cells = [form.format(row[name]) if row.get(name) is not None else "" for name, form in COLUMNS]
        lines.append("| " + " | ".join(cells) + " |")
    return "\n".join(lines)
