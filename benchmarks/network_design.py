"""The network design model side by side: h2plan's way of solving it, and the same model handed straight to HiGHS.

Run: python -m benchmarks network_design [--only NAMES] [--full] [--limit SECONDS]

Every case runs on one thread, each solver in a process of its own with the same limit of wall time; CPU seconds are
printed, as a busy machine gives less of them than the clock says. The gap is that of the last goal; beside it stands
when, in CPU seconds, it first fell below 5, 1 and 0.1 %. A case of two goals serves most, then costs least; handed
straight, the first goal is solved within half of the time and the second with the first held.
"""

from __future__ import annotations

import json
import subprocess
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import numpy as np

from h2plan.framing import bind
from h2plan.models import network_design
from h2plan.optimise import optimise
from h2plan.phases import Phasing
from h2plan.prepare import prepare
from h2plan.problem import Limits, Pairs, Problem, SiteArrays, SizeArrays
from h2plan.project import load
from h2plan.solve import highs
from h2plan.solve.goals import KEEP_WITHIN
from h2plan.solve.highs import Hooks, Progress, SolverOptions, relative_gap
from h2plan.solve.program import compile_model

GAP = 0.001
MARKS = (0.05, 0.01, 0.001)
SCENARIO = Path(__file__).parent.parent / "scenarios" / "wuhan-2030.yaml"
GROWTH = (0.35, 0.55, 0.8, 1.0)
"""Demand of the years as a share of the last; invented."""


def random_case(seed: int = 0, *, sites: int = 150, demand: int = 300, radius_km: float = 12.0) -> Problem:
    """Return sites and demand scattered over 60 km x 60 km; invented numbers of plausible size."""
    rng = np.random.default_rng(seed)
    where_site, where_demand = rng.uniform(0, 60, (sites, 2)), rng.uniform(0, 60, (demand, 2))
    km = np.hypot(*(where_demand[:, None] - where_site[None]).transpose(2, 0, 1))
    reached = np.flatnonzero((km <= radius_km).any(axis=1))
    i, j = np.nonzero(km[reached] <= radius_km)
    way = km[reached][i, j]
    capacity, capex = np.array([300.0, 500.0, 1000.0]), np.array([7e6, 10e6, 16e6])
    kg = rng.lognormal(4.0, 0.8, demand)
    return Problem(
        period=2030,
        demand_ids=tuple(f"d{n:04d}" for n in reached),
        demand_kg_per_d=kg[reached],
        sites=SiteArrays(
            ids=tuple(f"s{n:03d}" for n in range(sites)),
            built_kg_per_d=np.full(sites, np.nan),
            max_kg_per_d=np.full(sites, np.inf),
            land_cny_per_yr=rng.uniform(0, 2e5, sites),
            required=np.zeros(sites, dtype=np.bool_),
            forbidden=np.zeros(sites, dtype=np.bool_),
        ),
        sizes=SizeArrays(
            ids=("S300", "S500", "S1000"),
            capacity_kg_per_d=capacity,
            capex_cny=capex,
            annual_cost_cny_per_yr=0.14 * capex,
            opex_cny_per_yr=0.05 * capex,
        ),
        pairs=Pairs(demand=i, site=j, minutes=1.5 * way, km=way, access_cny_per_kg=0.3 * way),
        limits=Limits(stations_max=40),
        shortfall_cny_per_kg=40.0,
        operating_d_per_yr=300.0,
        total_kg_per_d=float(kg.sum()),
    )


def years_case() -> Problem:
    """Return four years of 200 sites and 400 demand rows, demand growing from year to year."""
    last = random_case(1, sites=200, demand=400)
    years = [
        replace(
            last,
            period=2024 + 2 * t,
            demand_kg_per_d=share * last.demand_kg_per_d,
            total_kg_per_d=share * last.total_kg_per_d,
            limits=Limits(),
        )
        for t, share in enumerate(GROWTH)
    ]
    count = len(years)
    return bind(
        years,
        Phasing(
            weight_yr=np.full(count, 2.0),
            budget_cny=np.full(count, np.inf),
            usable_share=np.triu(np.ones((count, count))),
        ),
    )


def wuhan(factor: int = 1) -> Problem:
    """Return Wuhan 2030, with `factor` demand points in the place of each."""
    from benchmarks.pipeline import demand_multiplied

    with demand_multiplied(factor):
        return prepare(load(SCENARIO)).problem


CASES: dict[str, tuple[Callable[[], Problem], str]] = {
    "random-150x300-cost": (random_case, "cost"),
    "random-150x300-coverage": (random_case, "coverage"),
    "wuhan-2030": (wuhan, "coverage"),
    "random-200x400-4-years-cost": (years_case, "cost"),
    "wuhan-2030-x10": (lambda: wuhan(10), "coverage"),
}
SMALL = ("random-150x300-cost", "random-150x300-coverage", "wuhan-2030")


@dataclass(kw_only=True)
class Course:
    """CPU seconds at which the gap of a goal first fell below each mark."""

    begun: float = field(default_factory=time.process_time)
    goal: str = ""
    reached: dict[float, float] = field(default_factory=dict)

    def hear(self, goal: str, gap: float | None) -> None:
        if goal != self.goal:
            self.goal, self.reached = goal, {}
        for mark in MARKS:
            if gap is not None and gap <= mark:
                self.reached.setdefault(mark, self.seconds)

    @property
    def seconds(self) -> float:
        return time.process_time() - self.begun


def ours(problem: Problem, objective: str, *, limit_s: float) -> dict[str, Any]:
    """Solve a case by h2plan."""
    course = Course()

    def hear(news: Progress) -> None:
        course.hear(news.stage, news.gap)

    found = optimise(
        problem,
        model="network_design",
        options={"objective": objective},
        solver=SolverOptions(gap=GAP, limit_s=limit_s, threads=1),
        on_progress=hear,
        in_process=True,
    )
    goals = [{"goal": goal.name, "value": goal.value, "gap": goal.gap} for goal in found.goals]
    return {"goals": goals, "cpu_s": course.seconds, "reached": course.reached}


def straight(problem: Problem, objective: str, *, limit_s: float) -> dict[str, Any]:
    """Solve a case by handing the whole model to HiGHS, goal after goal."""
    course, begun = Course(), time.monotonic()
    options = network_design.Options.model_validate({"objective": objective})
    program = compile_model(network_design.build(problem, options))
    linear, goals = program.linear, []
    for n, goal in enumerate(program.goals):
        left = max(1.0, limit_s - (time.monotonic() - begun))
        is_last = n == len(program.goals) - 1
        found = highs.solve(
            replace(linear, cost=goal.cost, offset=goal.offset),
            SolverOptions(gap=GAP, limit_s=left if is_last else left / 2, threads=1),
            hooks=Hooks(news=lambda value, bound, name=goal.name: course.hear(name, relative_gap(value, bound))),
        )
        value = None if found.objective is None else goal.in_unit(found.objective)
        goals.append({"goal": goal.name, "value": value, "gap": relative_gap(found.objective, found.bound)})
        course.hear(goal.name, goals[-1]["gap"])
        if found.objective is None:
            break
        kept = found.objective - goal.offset + KEEP_WITHIN * max(1.0, abs(found.objective))
        linear = linear.with_rows([goal.cost], upper=[kept])
    return {"goals": goals, "cpu_s": course.seconds, "reached": course.reached}


def told(name: str, solver: str, found: dict[str, Any]) -> str:
    """Return one line of the table for each goal."""
    marks = ", ".join(f"{float(mark):.1%} at {seconds:.1f}" for mark, seconds in found["reached"].items())
    lines = []
    for goal in found["goals"]:
        value = "no plan" if goal["value"] is None else f"{goal['value']:,.1f}"
        gap = "–" if goal["gap"] is None else f"{goal['gap']:.3%}"
        lines.append(f"{name:28} {solver:9} {goal['goal']:22} {value:>18} {gap:>9}")
    return "\n".join(lines) + f"   {found['cpu_s']:.1f} CPU s ({marks or 'no mark reached'})"


def main(*, only: str = "", full: bool = False, limit_s: float = 60.0) -> None:
    """Print a line for each case, solver and goal."""
    names = [name for name in only.split(",") if name] or list(CASES if full else SMALL)
    missing = sorted(set(names) - CASES.keys())
    if missing:
        sys.exit(f"no such case: {', '.join(missing)}; there are: {', '.join(CASES)}")
    print(f"{'case':28} {'solver':9} {'goal':22} {'value':>18} {'gap':>9}   CPU")
    for name in names:
        for solver in ("h2plan", "straight"):
            command = [sys.executable, "-m", "benchmarks.network_design", name, solver, str(limit_s)]
            done = subprocess.run(command, capture_output=True, text=True, check=False)
            if done.returncode != 0:
                print(f"{name:28} {solver:9} {done.stderr.strip().splitlines()[-1:]}", flush=True)
                continue
            print(told(name, solver, json.loads(done.stdout.splitlines()[-1])), flush=True)


def one(name: str, solver: str, limit_s: float) -> None:
    """Run one case by one solver and print what it found as JSON."""
    make, objective = CASES[name]
    run = ours if solver == "h2plan" else straight
    print(json.dumps(run(make(), objective, limit_s=limit_s)))


if __name__ == "__main__":
    one(sys.argv[1], sys.argv[2], float(sys.argv[3]))
