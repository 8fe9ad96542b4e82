"""The textbook models in Pyomo through its stock HiGHS interface."""

from __future__ import annotations

from typing import Any

import numpy as np
import pyomo.environ as pyo
from pyomo.contrib.solver.solvers.highs import Highs

from benchmarks import instances
from benchmarks.ours import trips_of
from benchmarks.textbook import all_arc_sets, cover_rows


def _solve(model: Any, limit_s: float) -> dict[str, Any]:
    solver = Highs()
    solver.config.time_limit = limit_s
    solver.config.load_solutions = False
    solver.config.raise_exception_on_nonoptimal_result = False
    solver.config.solver_options = {"mip_rel_gap": 0.0, "threads": 1}
    results = solver.solve(model)
    value, bound = results.incumbent_objective, results.objective_bound
    gap = abs(bound - value) / max(abs(value), 1e-9) if value is not None and bound is not None else None
    stopped = "optimal" if results.termination_condition.name == "convergenceCriteriaSatisfied" else "limit"
    return {"value": value, "bound": bound, "gap": gap, "stopped": stopped, "nodes": None, "rows": None}


def max_cover(instance: instances.Cover, limit_s: float) -> dict[str, Any]:
    """One row for each point."""
    member = cover_rows(instance)
    model = pyo.ConcreteModel()
    sites, points = range(member.shape[1]), range(member.shape[0])
    model.y = pyo.Var(sites, domain=pyo.Binary)
    model.c = pyo.Var(points, bounds=(0, 1))
    near = np.split(member.indices, member.indptr[1:-1])
    model.cover = pyo.Constraint(points, rule=lambda m, i: m.c[i] - sum(m.y[int(j)] for j in near[i]) <= 0)
    model.count = pyo.Constraint(expr=sum(model.y[j] for j in sites) <= instance.stations)
    model.most = pyo.Objective(expr=sum(float(instance.weight[i]) * model.c[i] for i in points), sense=pyo.maximize)
    return _solve(model, limit_s)


def flow_refuelling(instance: instances.Flows, limit_s: float) -> dict[str, Any]:
    """One row for each arc of each tour."""
    member, path = all_arc_sets(trips_of(instance))
    model = pyo.ConcreteModel()
    sites, sets = range(instance.nodes), range(len(path))
    model.y = pyo.Var(sites, domain=pyo.Binary)
    model.c = pyo.Var(range(len(instance.weight)), bounds=(0, 1))
    near = np.split(member.indices, member.indptr[1:-1])
    model.keep_driving = pyo.Constraint(
        sets, rule=lambda m, n: m.c[int(path[n])] - sum(m.y[int(j)] for j in near[n]) <= 0
    )
    model.count = pyo.Constraint(expr=sum(model.y[j] for j in sites) <= instance.stations)
    weights = enumerate(instance.weight)
    model.most = pyo.Objective(expr=sum(float(w) * model.c[q] for q, w in weights), sense=pyo.maximize)
    return _solve(model, limit_s)


def p_median(instance: instances.Median, limit_s: float) -> dict[str, Any]:
    """Write x_ij ≤ y_j for every pair."""
    n, m = instance.km.shape
    model = pyo.ConcreteModel()
    model.y = pyo.Var(range(m), domain=pyo.Binary)
    model.x = pyo.Var(range(n), range(m), bounds=(0, 1))
    model.once = pyo.Constraint(range(n), rule=lambda b, i: sum(b.x[i, j] for j in range(m)) == 1)
    model.link = pyo.Constraint(range(n), range(m), rule=lambda b, i, j: b.x[i, j] <= b.y[j])
    model.count = pyo.Constraint(expr=sum(model.y[j] for j in range(m)) == instance.stations)
    cost = instance.weight[:, None] * instance.km
    model.least = pyo.Objective(expr=sum(float(cost[i, j]) * model.x[i, j] for i in range(n) for j in range(m)))
    return _solve(model, limit_s)
