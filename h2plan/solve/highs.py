"""The one door to HiGHS: numbers are checked on the way in, solutions on the way out, nothing is ignored."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from enum import Enum
from functools import cache
from typing import Any, Literal, cast

import highspy
import numpy as np
from scipy import sparse

from h2plan.errors import EnvironmentFault
from h2plan.problem import Floats
from h2plan.solve.program import Linear, refuse_unfit

TOLERANCE = 1e-5
"""Ten times HiGHS's own feasibility tolerance: what a returned solution may violate at most."""

_FEASIBLE = 2  # HiGHS: kSolutionStatusFeasible

_threads_of_process: list[int] = []


@dataclass(frozen=True, kw_only=True)
class SolverOptions:
    """How exactly and how long to solve. `limit_s` covers everything from the first build to the last incumbent."""

    gap: float = 0.001
    limit_s: float = 60.0
    threads: int = 2
    seed: int = 0
    nodes_max: int | None = None
    """Nodes of the search for each goal; stops it in a way that can be repeated."""
    method: Literal["auto", "direct", "cuts"] = "auto"
    """direct: the Pyomo model through HiGHS; cuts: h2plan's own search, where the model has one; auto: by size."""


class Status(Enum):
    """How a solve ended."""

    OPTIMAL = "optimal within the gap"
    FEASIBLE_LIMIT = "a limit stopped the search; a solution is held"
    NO_SOLUTION_LIMIT = "a limit stopped the search before any solution"
    INFEASIBLE_CONFIRMED = "no solution exists, found with and without presolve"
    INFEASIBLE_UNCONFIRMED = "no solution exists, found with presolve only"
    UNBOUNDED = "the objective has no bound"
    INTERRUPTED = "the user stopped the search"
    ERROR = "HiGHS failed"


@dataclass(frozen=True, kw_only=True)
class Progress:
    """Where a solve stands. Values are in the unit of the goal named by `stage`."""

    stage: str
    seconds: float
    incumbent: float | None = None
    bound: float | None = None
    gap: float | None = None


@dataclass(frozen=True, kw_only=True)
class Outcome:
    """What HiGHS found. `values`, `objective`: the best solution held, if any; `bound`: proven, if any."""

    status: Status
    values: Floats | None
    objective: float | None
    bound: float | None
    nodes: int
    seconds: float


@dataclass(frozen=True, kw_only=True)
class Hooks:
    """What a solve tells while it runs, and who may stop it. HiGHS stands in its search: none of these may raise."""

    news: Callable[[float | None, float | None], None] | None = None
    """Called with the incumbent's objective and the bound."""
    plan: Callable[[Floats], None] | None = None
    """Called with each better solution."""
    should_stop: Callable[[], bool] = lambda: False


SILENT = Hooks()


def version() -> str:
    """Return the version of HiGHS."""
    return str(_highs().version())


def _highs() -> Any:
    return cast("Any", highspy.Highs)()


def relative_gap(value: float | None, bound: float | None) -> float | None:
    """Return |bound - value| / |value|; None where it is not known."""
    if value is None or bound is None or not np.isfinite(bound):
        return None
    if value == bound:
        return 0.0
    return abs(bound - value) / abs(value) if value != 0 else None


def solve(
    linear: Linear,
    options: SolverOptions,
    *,
    start: Floats | None = None,
    hooks: Hooks = SILENT,
    extra: Mapping[str, Any] | None = None,
) -> Outcome:
    """Minimise a linear program, whole columns or not. An "infeasible" is confirmed by a second run without presolve.

    Raises:
        ValueError: numbers unfit for the solver.
        EnvironmentFault: HiGHS refused the model or an option, or has no memory.
    """
    begun = time.monotonic()
    highs = open_highs(linear, options, extra=extra)
    if start is not None:
        held = highspy.HighsSolution()
        held.col_value = start.tolist()
        _require(highs.setSolution(held), "setSolution")
    _listen(highs, hooks)
    run(highs)
    outcome = _read(highs, seconds=time.monotonic() - begun)
    if outcome.status is Status.INFEASIBLE_UNCONFIRMED and (extra or {}).get("presolve") != "off":
        left = replace(options, limit_s=max(1.0, options.limit_s - outcome.seconds))
        second = solve(
            linear, left, hooks=Hooks(should_stop=hooks.should_stop), extra={**(extra or {}), "presolve": "off"}
        )
        return replace(_confirmed(outcome, second), seconds=time.monotonic() - begun)
    return outcome


def _confirmed(first: Outcome, second: Outcome) -> Outcome:
    """Return what two runs together say: a solution that the second found refutes the first."""
    if second.status is Status.INFEASIBLE_UNCONFIRMED:
        return replace(first, status=Status.INFEASIBLE_CONFIRMED)
    return second if second.values is not None else first


def open_highs(linear: Linear, options: SolverOptions, *, extra: Mapping[str, Any] | None = None) -> Any:
    """Return a HiGHS object that holds exactly this program.

    Raises:
        ValueError: numbers unfit for the solver.
        EnvironmentFault: HiGHS refused the model or an option.
    """
    refuse_unfit(linear)
    _one_thread_count(options.threads)
    highs = _highs()
    settings: dict[str, Any] = {
        "output_flag": True,  # False would also silence the progress callbacks
        "log_to_console": False,
        "threads": options.threads,
        "random_seed": options.seed,
        "mip_rel_gap": options.gap,
        "mip_abs_gap": 1e-6 if options.gap > 0 else 0.0,
        "time_limit": max(options.limit_s, 0.05),
        **({} if options.nodes_max is None else {"mip_max_nodes": options.nodes_max}),
        **(extra or {}),
    }
    for name, value in settings.items():
        set_option(highs, name, value)
    _require(highs.passModel(_highs_lp(linear)), "passModel")
    rows, columns, nonzeros = linear.shape
    held = (highs.getNumRow(), highs.getNumCol(), highs.getNumNz())
    if held != (rows, columns, nonzeros):
        raise EnvironmentFault(f"HiGHS holds {held} rows, columns, non-zeros of {(rows, columns, nonzeros)}")
    return highs


def set_option(highs: Any, name: str, value: float | str | bool) -> None:
    """Set one option of HiGHS.

    Raises:
        EnvironmentFault: HiGHS knows no such option, or the value is out of its range.
    """
    if highs.setOptionValue(name, value) != highspy.HighsStatus.kOk:
        raise EnvironmentFault(f"HiGHS {version()} refuses the option {name} = {value!r}")


def run(highs: Any) -> None:
    """Run HiGHS.

    Raises:
        EnvironmentFault: the memory is exhausted.
    """
    try:
        highs.run()
    except MemoryError as error:
        raise EnvironmentFault(
            "the memory was exhausted while solving; use fewer sites, or a larger machine"
        ) from error


def _one_thread_count(threads: int) -> None:
    """Restart HiGHS's task pool when the number of threads changes: it is kept per process, and a change is ignored."""
    if _threads_of_process != [threads]:
        if _threads_of_process:
            highspy.Highs.resetGlobalScheduler(True)
        _threads_of_process[:] = [threads]


def _require(status: highspy.HighsStatus, call: str) -> None:
    if status != highspy.HighsStatus.kOk:
        raise EnvironmentFault(f"HiGHS {version()} answers {status.name} to {call}")


def _highs_lp(linear: Linear) -> highspy.HighsLp:
    matrix = sparse.csr_array(linear.matrix)
    lp = highspy.HighsLp()
    lp.num_row_, lp.num_col_ = matrix.shape
    lp.col_cost_, lp.offset_ = linear.cost, linear.offset
    lp.col_lower_, lp.col_upper_ = linear.lower, linear.upper
    lp.row_lower_, lp.row_upper_ = linear.row_lower, linear.row_upper
    lp.a_matrix_.format_ = highspy.MatrixFormat.kRowwise
    lp.a_matrix_.start_, lp.a_matrix_.index_, lp.a_matrix_.value_ = matrix.indptr, matrix.indices, matrix.data
    if linear.whole.any():
        kinds = (highspy.HighsVarType.kContinuous, highspy.HighsVarType.kInteger)
        lp.integrality_ = [kinds[int(whole)] for whole in linear.whole]
    return lp


def _listen(highs: Any, hooks: Hooks) -> None:
    """Subscribe to HiGHS's callbacks."""

    def stop(event: Any) -> None:
        if hooks.should_stop():
            event.interrupt()

    for callback in (highs.cbMipInterrupt, highs.cbSimplexInterrupt, highs.cbIpmInterrupt):
        callback.subscribe(stop)
    news, plan = hooks.news, hooks.plan
    if news is not None:
        highs.cbMipLogging.subscribe(
            lambda event: news(_finite(event.data_out.mip_primal_bound), _finite(event.data_out.mip_dual_bound))
        )
    if plan is not None:
        highs.cbMipImprovingSolution.subscribe(
            lambda event: plan(np.array(event.data_out.mip_solution, dtype=np.float64))
        )


def _finite(number: float) -> float | None:
    return float(number) if abs(number) < highspy.kHighsInf else None


_STATUS = {
    highspy.HighsModelStatus.kOptimal: Status.OPTIMAL,
    highspy.HighsModelStatus.kModelEmpty: Status.OPTIMAL,
    highspy.HighsModelStatus.kTimeLimit: Status.FEASIBLE_LIMIT,
    highspy.HighsModelStatus.kIterationLimit: Status.FEASIBLE_LIMIT,
    highspy.HighsModelStatus.kSolutionLimit: Status.FEASIBLE_LIMIT,
    highspy.HighsModelStatus.kInfeasible: Status.INFEASIBLE_UNCONFIRMED,
    highspy.HighsModelStatus.kUnboundedOrInfeasible: Status.INFEASIBLE_UNCONFIRMED,
    highspy.HighsModelStatus.kUnbounded: Status.UNBOUNDED,
    highspy.HighsModelStatus.kInterrupt: Status.INTERRUPTED,
}


def _read(highs: Any, *, seconds: float) -> Outcome:
    """Read the end of a run; a solution counts only if HiGHS calls it feasible and it is so within tolerance."""
    info = highs.getInfo()
    status = _STATUS.get(highs.getModelStatus(), Status.ERROR)
    is_mip = bool(highs.getLp().integrality_)
    sound = (
        info.primal_solution_status == _FEASIBLE
        and info.max_primal_infeasibility <= TOLERANCE
        and (not is_mip or info.max_integrality_violation <= TOLERANCE)
    )
    values = np.array(highs.getSolution().col_value, dtype=np.float64) if sound else None
    if status is Status.OPTIMAL and values is None:
        status = Status.ERROR
    if status is Status.FEASIBLE_LIMIT and values is None:
        status = Status.NO_SOLUTION_LIMIT
    bound: float | None = _finite(info.mip_dual_bound) if is_mip else None
    if not is_mip and status is Status.OPTIMAL:
        bound = float(info.objective_function_value)
    if status in (Status.INFEASIBLE_UNCONFIRMED, Status.UNBOUNDED, Status.ERROR):
        bound = None
    return Outcome(
        status=status,
        values=values,
        objective=float(info.objective_function_value) if sound else None,
        bound=bound,
        nodes=max(0, int(info.mip_node_count)) if is_mip else 0,
        seconds=seconds,
    )


@cache
def self_test(*, threads: int) -> None:
    """Solve three tiny siting problems whose optima are known by hand; once a process and number of threads.

    HiGHS 1.14.0 gave wrong optima for models that join a fixed charge to an exclusive choice (repaired in 1.15.0, pull
    request 2961 of ERGO-Code/HiGHS); a solver that does so again must not plan anything.

    Raises:
        EnvironmentFault: an optimum is not the known one.
    """
    for linear, known in _canaries():
        found = solve(linear, SolverOptions(gap=0.0, limit_s=10.0, threads=threads))
        if found.objective is None or abs(found.objective - known) > 1e-6:
            raise EnvironmentFault(f"HiGHS {version()} finds {found.objective} where the optimum is {known}")


def _canaries() -> list[tuple[Linear, float]]:
    """Return tiny programs with their optima: a knapsack, a fixed charge with exclusion, and sizes with exclusion."""
    knapsack = _small(cost=[-8, -11, -6, -4], rows=[[5, 7, 4, 3]], at_most=[14], upper=[1, 1, 1, 1], whole=4)
    # One of two sites may open, for 3 or 5; 10 kg to serve at 1 or 0.5 a kg: 5 + 5 is less than 3 + 10.
    exclusive = _small(
        cost=[3, 5, 1, 0.5],
        rows=[[-100, 0, 1, 0], [0, -100, 0, 1], [1, 1, 0, 0], [0, 0, -1, -1]],
        at_most=[0, 0, 1, -10],
        upper=[1, 1, 100, 100],
        whole=2,
    )
    # Two sites, sizes of 5 and 12 kg for 7 and 10, or 6 and 10; 16 kg to serve: large at the first, small at the other.
    sizes = _small(
        cost=[7, 10, 6, 10, 0, 0],
        rows=[
            [-5, -12, 0, 0, 1, 0],
            [0, 0, -5, -12, 0, 1],
            [1, 1, 0, 0, 0, 0],
            [0, 0, 1, 1, 0, 0],
            [0, 0, 0, 0, -1, -1],
        ],
        at_most=[0, 0, 1, 1, -16],
        upper=[1, 1, 1, 1, 12, 12],
        whole=4,
    )
    return [(knapsack, -21.0), (exclusive, 10.0), (sizes, 16.0)]


def _small(
    *,
    cost: Sequence[float],
    rows: Sequence[Sequence[float]],
    at_most: Sequence[float],
    upper: Sequence[float],
    whole: int,
) -> Linear:
    """Return a program whose first `whole` columns are whole."""
    return Linear(
        cost=np.array(cost, dtype=np.float64),
        offset=0.0,
        matrix=sparse.csr_array(np.array(rows, dtype=np.float64)),
        row_lower=np.full(len(rows), -np.inf),
        row_upper=np.array(at_most, dtype=np.float64),
        lower=np.zeros(len(cost)),
        upper=np.array(upper, dtype=np.float64),
        whole=np.arange(len(cost)) < whole,
    )
