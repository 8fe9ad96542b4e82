"""Tasks for a worker: top-level functions of plain data, some of them hard, some of them ill-behaved."""

from __future__ import annotations

import os
import signal
import sys
import time

from h2plan.errors import InfeasibleError
from h2plan.optimise import optimise, solve_problem
from h2plan.problem import Goal, Problem, Solution
from h2plan.solve.highs import Progress, SolverOptions
from h2plan.solve.worker import Report
from tests.models.small import scattered

SIZES = {"S200": (200.0, 5e6, 0.8e6), "S500": (500.0, 10e6, 1.5e6), "S900": (900.0, 16e6, 2.3e6)}


def hard_problem() -> Problem:
    """A problem that no limit of a test is long enough to prove."""
    return scattered(7, sites=60, demand=200, sizes=SIZES, radius=9, shortfall=40)


def solution(value: float) -> Solution:
    goal = Goal(name="cost", sense="min", value=value, bound=None, gap=None, stopped="interrupted", nodes=0)
    return Solution(model="none", open={"s": "S200"}, serve={}, goals=(goal,), seconds=0.0, solver="none")


def answer(report: Report, value: float) -> Solution:
    report.building()
    report.progress(Progress(stage="halfway", seconds=0.5))
    return solution(value)


def find_a_plan_and_hang(report: Report, value: float) -> Solution:
    report.building()
    report.plan(lambda: solution(value))
    time.sleep(600)
    raise AssertionError


def hang(report: Report) -> Solution:
    report.building()
    time.sleep(600)
    raise AssertionError


def die(report: Report) -> Solution:
    report.building()
    os.kill(os.getpid(), signal.SIGKILL)
    raise AssertionError


def run_out_of_memory(report: Report) -> Solution:
    raise MemoryError


def find_nothing(report: Report) -> Solution:
    raise InfeasibleError("nothing fits")


def end_when_asked(report: Report) -> Solution:
    report.building()
    while not report.should_stop():
        time.sleep(0.01)
    return solution(1.0)


def interrupt_myself(times: int) -> None:
    """Run a hard solve and press Ctrl-C once the first plan is there; the last line says what came of it."""
    sent = []

    def press(progress: Progress) -> None:
        if progress.incumbent is not None and progress.stage == "annual_cost_cny" and len(sent) < times:
            sent.append(1)
            os.kill(os.getpid(), signal.SIGINT)

    plan = optimise(
        hard_problem(),
        model="network_design",
        options={"objective": "cost"},
        solver=SolverOptions(gap=0.0, limit_s=60, threads=1),
        on_progress=press,
    )
    sys.stdout.write(f"{plan.stopped} {len(plan.open)} {plan.goals[0].value}\n")


__all__ = ["solve_problem"]

if __name__ == "__main__":
    interrupt_myself(int(sys.argv[1]))
