"""A solve in a process of its own: what comes back when it ends, is stopped, is killed or dies."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from h2plan.errors import EnvironmentFault, InfeasibleError, LimitReachedError
from h2plan.optimise import optimise
from h2plan.solve.highs import Progress, SolverOptions
from h2plan.solve.worker import run_in_worker
from tests.models.small import problem
from tests.solve import hard

ROOT = Path(__file__).parents[2]


def test_a_worker_answers_and_tells_its_progress() -> None:
    heard: list[Progress] = []
    assert run_in_worker(hard.answer, (5.0,), limit_s=60, on_progress=heard.append).goals[0].value == 5.0
    assert [progress.stage for progress in heard] == ["halfway"]


def test_the_worker_finds_the_plan_that_this_process_finds() -> None:
    small = problem({"a": 150, "b": 300}, {("a", "s"): 5, ("b", "s"): 2, ("b", "t"): 1})
    solver = SolverOptions(gap=0.0, limit_s=60, threads=1)
    here = optimise(small, model="network_design", options={}, solver=solver, in_process=True)
    there = optimise(small, model="network_design", options={}, solver=solver)
    assert (here.open, here.serve, here.goals) == (there.open, there.serve, there.goals)


def test_an_error_of_the_task_comes_back_as_itself() -> None:
    with pytest.raises(InfeasibleError, match="nothing fits"):
        run_in_worker(hard.find_nothing, (), limit_s=60)


def test_a_kill_at_the_limit_keeps_the_last_plan() -> None:
    kept = run_in_worker(hard.find_a_plan_and_hang, (7.0,), limit_s=0.5)
    assert kept.goals[0].value == 7.0
    assert kept.stopped == "feasible_limit"


def test_a_kill_at_the_limit_without_a_plan_says_so() -> None:
    with pytest.raises(LimitReachedError, match=r"no plan was found within limit_s = 0\.2 s"):
        run_in_worker(hard.hang, (), limit_s=0.2)


def test_a_worker_that_is_asked_to_stop_ends_by_itself() -> None:
    ended = run_in_worker(hard.end_when_asked, (), limit_s=0.3)
    assert ended.goals[0].value == 1.0
    assert ended.stopped == "feasible_limit"


def test_a_worker_that_dies_is_a_fault_of_the_environment() -> None:
    with pytest.raises(EnvironmentFault, match="ended by signal 9"):
        run_in_worker(hard.die, (), limit_s=60)


def test_memory_that_runs_out_is_a_fault_of_the_environment() -> None:
    with pytest.raises(EnvironmentFault, match="memory ran out"):
        run_in_worker(hard.run_out_of_memory, (), limit_s=60)


@pytest.mark.parametrize("times", [1, 2])
def test_ctrl_c_keeps_the_plan_found_so_far(times: int) -> None:
    command = [sys.executable, "-m", "tests.solve.hard", str(times)]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False, timeout=120)
    assert done.returncode == 0, done.stderr
    stopped, stations, value = done.stdout.split()
    assert stopped == "interrupted"
    assert int(stations) > 0
    assert float(value) > 0
