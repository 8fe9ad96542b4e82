"""spopt with HiGHS through PuLP: an optional peer, in an environment of its own if need be."""

from __future__ import annotations

from typing import Any

import numpy as np
import pulp
from spopt.locate import MCLP, PMedian

from benchmarks import instances


def _solver(limit_s: float) -> Any:
    return pulp.HiGHS(msg=False, timeLimit=limit_s, threads=1, gapRel=0.0)


def p_median(instance: instances.Median, limit_s: float) -> dict[str, Any]:
    """Solve from the matrix."""
    model = PMedian.from_cost_matrix(instance.km, weights=instance.weight, p_facilities=instance.stations)
    return _result(model.solve(_solver(limit_s), results=False))


def max_cover(instance: instances.Cover, limit_s: float) -> dict[str, Any]:
    """Solve from the dense matrix of distances, which is what spopt takes."""
    km = np.linalg.norm(instance.points[:, None] - instance.sites[None], axis=2)
    model = MCLP.from_cost_matrix(
        km, weights=instance.weight, service_radius=instance.radius, p_facilities=instance.stations
    )
    return _result(model.solve(_solver(limit_s), results=False))


def _result(model: Any) -> dict[str, Any]:
    value = pulp.value(model.problem.objective)
    # PuLP reports success at a time limit too: what it calls optimal is not shown as a proof.
    return {"value": value, "bound": None, "gap": None, "stopped": "unknown", "nodes": None, "rows": None}
