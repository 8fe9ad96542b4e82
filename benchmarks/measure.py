"""One run in a process of its own: a JSON case on standard input, a JSON line of figures on standard output."""

from __future__ import annotations

import json
import resource
import sys
import time
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from benchmarks import instances

Case = Mapping[str, Any]
Figures = dict[str, Any]


def load(case: Case) -> Any:
    """Read or generate the instance of a case."""
    folder = Path(case["folder"]) if case.get("folder") else None
    kind = case["kind"]
    if kind == "pmed":
        assert folder is not None
        path = folder / "pmed" / f"{case['name']}.txt"
        return instances.read_pmed(path, instances.published_optima(folder / "pmed").get(case["name"]))
    if kind == "cap":
        assert folder is not None
        optima = instances.published_optima(folder / "cap")
        capacity = None if case["capacity"] is None else float(case["capacity"])
        return instances.read_cap(folder / "cap" / case["file"], capacity, optima.get(case["name"]))
    if kind == "mclp":
        assert folder is not None
        return instances.read_mclp(folder / "mclp" / case["file"], case["radius"], case["stations"])
    if kind == "plane_cover":
        return instances.plane_cover(
            case["sites"], case["points"], radius=case["radius"], stations=case["stations"], seed=case.get("seed", 1)
        )
    if kind == "flows":
        return instances.delaunay_flows(
            case["nodes"], case["paths"], range_km=case["range_km"], stations=case["stations"], seed=case.get("seed", 1)
        )
    return case  # kind "plane_median": points are generated where distances are needed


def runner(solver: str, family: str) -> Callable[[Any, float], Figures]:
    """Return the function that runs this solver on this family."""
    if solver == "alone":
        from benchmarks.ours import curve_alone

        return curve_alone
    if solver == "h2plan":
        from benchmarks import ours as module
    elif solver == "spopt":
        from benchmarks import peer_spopt as module  # type: ignore[no-redef]
    elif solver == "pyomo":
        from benchmarks import peer_pyomo as module  # type: ignore[no-redef]
    else:
        from benchmarks import peer_highs as module  # type: ignore[no-redef]
    function: Callable[[Any, float], Figures] = getattr(module, family)
    return function


def peak_mb() -> float:
    """Return the most memory held by this process; Linux counts the parent's in getrusage, so its own page is read."""
    status = Path("/proc/self/status")
    if status.exists():
        for line in status.read_text(encoding="utf-8").splitlines():
            if line.startswith("VmHWM"):
                return float(line.split()[1]) / 1024
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


def main() -> None:
    """Run the case and print the figures; imports and the reading of the instance are not part of `cpu_s`."""
    case = json.load(sys.stdin)
    run = runner(case["solver"], case["family"])
    instance = load(case)
    cpu, wall = time.process_time(), time.perf_counter()
    figures = run(instance, case["limit_s"])
    figures["cpu_s"] = time.process_time() - cpu
    figures["wall_s"] = time.perf_counter() - wall
    figures["process_cpu_s"] = time.process_time()
    figures["peak_mb"] = peak_mb()
    figures["published"] = getattr(instance, "published", None)
    print(json.dumps(figures))


if __name__ == "__main__":
    main()
