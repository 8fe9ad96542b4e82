"""Seconds and memory of each stage of a plan of Wuhan, and the same with 10 and 100 times the demand points.

More demand is made by setting copies of every demand point at seeded random places around it (within about 5 km, on the
same bank, kilograms shared), so that the total stays the same and only the size grows. Each size runs in a process of
its own; the solve has its own time limit, and what it reached by then stands in the table.

    python -m benchmarks.pipeline [--factors 1,10,100] [--solve-limit 20]
"""

from __future__ import annotations

import argparse
import dataclasses
import json
import resource
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np

from h2plan.demand import _gather
from h2plan.demand._fleet import Fleet
from h2plan.domain import Demand, DemandPoint
from h2plan.errors import H2planError
from h2plan.optimise import optimise
from h2plan.plan.assess import Provenance, assess
from h2plan.plan.files import to_json
from h2plan.prepare import Prepared, prepare
from h2plan.project import Project, load
from h2plan.solve.highs import SolverOptions

SCENARIO = Path(__file__).parent.parent / "scenarios" / "wuhan-2030.yaml"
SPREAD_DEGREES = 0.045
"""About 5 km."""


def grown(demand: Demand, *, factor: int, seed: int = 0) -> Demand:
    """Replace every demand point by `factor` points around it that share its vehicles and kilograms."""
    random = np.random.default_rng(seed)
    points: list[DemandPoint] = []
    for point in demand.points:
        shifts = random.uniform(-SPREAD_DEGREES, SPREAD_DEGREES, size=(factor, 2))
        shifts[0] = 0.0
        points.extend(_copy(point, number, factor, shift) for number, shift in enumerate(shifts))
    return dataclasses.replace(demand, points=tuple(points))


def _copy(point: DemandPoint, number: int, factor: int, shift: np.ndarray) -> DemandPoint:
    return dataclasses.replace(
        point,
        id=f"{point.id}#{number}",
        lon=point.lon + float(shift[0]),
        lat=point.lat + float(shift[1]),
        vehicles={year: count / factor for year, count in point.vehicles.items()},
        kg_per_d={year: kg.scaled(1 / factor) for year, kg in point.kg_per_d.items()},
    )


@contextmanager
def demand_multiplied(factor: int) -> Iterator[None]:
    """Within it, `prepare` puts `factor` demand points in the place of each."""
    gather = _gather.gather

    def larger(given: Project) -> tuple[Demand, Fleet]:
        demand, fleet = gather(given)
        return grown(demand, factor=factor), fleet

    _gather.gather = larger if factor > 1 else gather
    try:
        yield
    finally:
        _gather.gather = gather


def measure(factor: int, *, solve_limit_s: float) -> dict[str, float]:
    """Return CPU seconds of each stage, peak memory in MiB, and what the solve reached (in this process)."""
    marks: list[tuple[str, float]] = []
    project = load(SCENARIO)
    with demand_multiplied(factor):
        prepared = prepare(project, say=lambda stage: marks.append((stage, time.process_time())))
    found: dict[str, float] = {
        "rows": float(len(prepared.problem.demand_ids) + len(prepared.problem.unreached)),
        "pairs": float(len(prepared.problem.pairs.demand)),
    }
    _solve_and_assess(prepared, marks, found, solve_limit_s=solve_limit_s)
    marks.append(("end", time.process_time()))
    seconds = {f"{name} (CPU s)": later - start for (name, start), (_, later) in pairwise(marks)}
    unit = 1 << 20 if sys.platform == "darwin" else 1 << 10
    found["peak memory (MiB)"] = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / unit
    return {**seconds, **found}


def _solve_and_assess(
    prepared: Prepared, marks: list[tuple[str, float]], found: dict[str, float], *, solve_limit_s: float
) -> None:
    marks.append(("solve", time.process_time()))
    begun = time.perf_counter()
    solver = SolverOptions(gap=0.005, limit_s=solve_limit_s, threads=2, seed=0)
    try:
        solution = optimise(prepared.problem, model="network_design", options={}, solver=solver, in_process=True)
    except H2planError as error:
        print(f"solve: {error}", file=sys.stderr)
        return
    finally:
        found["solve (wall s)"] = time.perf_counter() - begun
    for goal in solution.goals:
        found[f"gap of {goal.name} (%)"] = float("nan") if goal.gap is None else 100 * goal.gap
    marks.append(("assess and write plan.json", time.process_time()))
    provenance = Provenance(inputs={}, versions={})
    to_json(assess(prepared, solution, alternatives=(), provenance=provenance, question={}, assumptions=()))


def main(arguments: list[str] | None = None) -> None:
    """Print the table, one column a factor."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--factors", default="1,10,100")
    parser.add_argument("--solve-limit", type=float, default=20.0)
    parser.add_argument("--one", type=int, help=argparse.SUPPRESS)
    asked = parser.parse_args(arguments)
    if asked.one is not None:
        print(json.dumps(measure(asked.one, solve_limit_s=asked.solve_limit)))
        return
    factors = [int(part) for part in asked.factors.split(",")]
    columns = {factor: _in_process(factor, asked.solve_limit) for factor in factors}
    names = list(dict.fromkeys(name for column in columns.values() for name in column))
    print(f"{'stage of a plan of Wuhan':44}" + "".join(f"{f'{factor}x demand':>14}" for factor in factors))
    for name in names:
        print(f"{name:44}" + "".join(_cell(columns[factor].get(name), name) for factor in factors))


def _in_process(factor: int, solve_limit_s: float) -> dict[str, Any]:
    command = [sys.executable, "-m", "benchmarks.pipeline", "--one", str(factor), "--solve-limit", str(solve_limit_s)]
    done = subprocess.run(command, capture_output=True, text=True, check=True)
    if done.stderr:
        print(done.stderr.strip(), file=sys.stderr)
    return dict(json.loads(done.stdout.splitlines()[-1]))


def _cell(value: float | None, name: str) -> str:
    if value is None:
        return f"{'–':>14}"
    return f"{value:14,.{0 if name in ('rows', 'pairs') or 'MiB' in name else 2}f}"


if __name__ == "__main__":
    main()
