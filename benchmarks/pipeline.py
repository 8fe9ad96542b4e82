"""Seconds and memory of each stage of a plan of Wuhan, and of the stages before the solver at 10x and 100x demand.

More demand is made by setting copies of every demand point at seeded random places around it (within 5 km, same bank,
kilograms shared), so that the total stays the same and only the size grows.

    python -m benchmarks.pipeline
"""

from __future__ import annotations

import dataclasses
import resource
import sys
import time
from itertools import pairwise
from pathlib import Path

import numpy as np

from h2plan.demand import _gather
from h2plan.demand._fleet import Fleet
from h2plan.domain import Demand, DemandPoint
from h2plan.prepare import prepare
from h2plan.project import Project, load

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


def stages(project: Project, *, factor: int) -> dict[str, float]:
    """Return CPU seconds of each stage up to the framed problem, with demand grown by a factor."""
    gather = _gather.gather

    def larger(given: Project) -> tuple[Demand, Fleet]:
        demand, fleet = gather(given)
        return grown(demand, factor=factor), fleet

    marks: list[tuple[str, float]] = []
    _gather.gather = larger if factor > 1 else gather
    try:
        prepared = prepare(project, say=lambda stage: marks.append((stage, time.process_time())))
    finally:
        _gather.gather = gather
    marks.append(("end", time.process_time()))
    seconds = {name: later - start for (name, start), (_, later) in pairwise(marks)}
    seconds["rows"] = float(len(prepared.problem.demand_ids) + len(prepared.problem.unreached))
    seconds["pairs"] = float(len(prepared.problem.pairs.demand))
    return seconds


def main(factors: tuple[int, ...] = (1, 10, 100)) -> None:
    """Print the table, one column a factor; then a whole plan in wall seconds."""
    project = load(SCENARIO)
    columns = {factor: stages(project, factor=factor) for factor in factors}
    print("stages before the solver, CPU s")
    print(f"{'stage':24}" + "".join(f"{f'{factor}x':>12}" for factor in factors))
    for name in columns[1]:
        digits = 0 if name in ("rows", "pairs") else 2
        print(f"{name:24}" + "".join(f"{columns[factor][name]:12,.{digits}f}" for factor in factors))
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / (1 if sys.platform == "darwin" else 1024)
    print(f"peak memory of this process: {peak:,.0f} MiB")


if __name__ == "__main__":
    main()
