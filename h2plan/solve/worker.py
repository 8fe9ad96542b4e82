"""A process for each solve: progress and plans come back as they are found, and a stop or a kill loses none of them.

Two solves in two threads of a process deadlock or disturb each other in HiGHS, Ctrl-C inside it loses the incumbent,
and memory that runs out would take the whole program along. A process from a fork server has none of these faults.
"""

from __future__ import annotations

import multiprocessing
import os
import queue
import signal
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from multiprocessing.connection import Connection
from typing import Any, Literal

from h2plan.errors import EnvironmentFault, H2planError, InterruptedSolve, LimitReachedError
from h2plan.problem import Goal, Solution, StopReason
from h2plan.solve.highs import Progress

GRACE_S = 1.5
"""What a worker gets beyond its limit before it is killed."""
STOP_WITHIN_S = 10.0
"""What a worker gets to stop after Ctrl-C."""
START_WITHIN_S = 120.0
"""What a worker gets to import its libraries."""

Kind = Literal["building", "progress", "plan", "result", "error"]


@dataclass(frozen=True, kw_only=True)
class Report:
    """How a task tells its parent what happens. None of these calls raises or waits."""

    building: Callable[[], None] = lambda: None
    """The clock of the limit starts now."""
    progress: Callable[[Progress], None] = lambda _progress: None
    plan: Callable[[Callable[[], Solution]], None] = lambda _make: None
    """Sends what the argument returns; it is called outside the solver's thread."""
    should_stop: Callable[[], bool] = lambda: False


Task = Callable[..., Solution]
"""A top-level function task(report, *arguments) of plain data."""


@dataclass(kw_only=True)
class _Ended:
    """What the parent has heard so far."""

    begun: float | None = None
    plan: Solution | None = None
    interrupts: int = 0
    asked_at: float | None = None
    killed: bool = False


def run_in_worker(
    task: Task, arguments: tuple[Any, ...], *, limit_s: float, on_progress: Callable[[Progress], None] | None = None
) -> Solution:
    """Run a task in a process of its own and return its solution, or the last plan it had found.

    The first Ctrl-C asks it to stop, the second kills it. It is asked to stop at `limit_s` after it began to build,
    and killed `GRACE_S` later.

    Raises:
        H2planError: whatever the task raises of this kind.
        LimitReachedError: it was killed at its limit and had no plan.
        InterruptedSolve: it was stopped by the user and had no plan.
        EnvironmentFault: it died, for instance because the memory ran out.
    """
    context = multiprocessing.get_context("forkserver")
    context.set_forkserver_preload([task.__module__])  # imported once, inherited by every worker
    ours, theirs = context.Pipe()
    process = context.Process(target=_serve, args=(theirs, task, arguments), daemon=True)
    heard = _Ended()
    started = time.monotonic()
    with _counting_interrupts(heard):
        process.start()
        theirs.close()
        try:
            return _listen(ours, process, heard, limit_s=limit_s, started=started, on_progress=on_progress)
        finally:
            if process.is_alive():
                process.kill()
            process.join()
            ours.close()


def _listen(
    ours: Connection,
    process: Any,
    heard: _Ended,
    *,
    limit_s: float,
    started: float,
    on_progress: Callable[[Progress], None] | None,
) -> Solution:
    while True:
        if ours.poll(0.05):
            try:
                kind, content = ours.recv()
            except (EOFError, ConnectionResetError):
                return _after_death(process, heard, limit_s)
            if kind == "result":
                return _as_stopped(content, heard)
            if kind == "error":
                raise content
            _hear(kind, content, heard, on_progress)
        if _is_overdue(ours, heard, limit_s=limit_s, started=started):
            heard.killed = True
            process.kill()
            process.join()
            _drain(ours, heard)
            return _after_death(process, heard, limit_s)


def _hear(kind: Kind, content: Any, heard: _Ended, on_progress: Callable[[Progress], None] | None) -> None:
    if kind == "building":
        heard.begun = time.monotonic()
    elif kind == "plan":
        heard.plan = content
    elif on_progress is not None:
        on_progress(content)


def _drain(ours: Connection, heard: _Ended) -> None:
    """Take the plans that were sent before a kill."""
    try:
        while ours.poll(0):
            kind, content = ours.recv()
            if kind in ("plan", "result"):
                heard.plan = content
    except (EOFError, ConnectionResetError):
        return


def _is_overdue(ours: Connection, heard: _Ended, *, limit_s: float, started: float) -> bool:
    """Ask the worker to stop where it is time to, and say whether it must be killed."""
    now = time.monotonic()
    if heard.begun is None and now > started + START_WITHIN_S:
        return True
    ends = None if heard.begun is None else heard.begun + limit_s
    if heard.asked_at is None and (heard.interrupts or (ends is not None and now > ends)):
        heard.asked_at = now
        try:
            ours.send("stop")
        except (BrokenPipeError, ConnectionResetError):
            return False  # it is dead, which the next receive tells
    if heard.interrupts >= 2:
        return True
    if heard.interrupts and heard.asked_at is not None and now > heard.asked_at + STOP_WITHIN_S:
        return True
    return ends is not None and now > ends + GRACE_S


def _after_death(process: Any, heard: _Ended, limit_s: float) -> Solution:
    """Return the last plan of a worker that ended without a result, or say what happened to it."""
    process.join()
    if heard.interrupts:
        if heard.plan is None:
            raise InterruptedSolve("the run was stopped before any plan was found")
        return _as_stopped(heard.plan, heard)
    if heard.killed and heard.begun is not None:
        if heard.plan is None:
            raise LimitReachedError(f"no plan was found within limit_s = {limit_s:g} s; give it more time")
        return _as_stopped(heard.plan, heard)
    code = process.exitcode
    how = f"by signal {-code} (the memory may have run out)" if code is not None and code < 0 else f"with code {code}"
    known = "no plan had been found" if heard.plan is None else f"the last plan had {_told(heard.plan.goals[0])}"
    raise EnvironmentFault(f"the solver process ended {how} before it answered; {known}")


def _told(goal: Goal) -> str:
    return f"{goal.name} = {goal.value:,.1f}"


def _as_stopped(solution: Solution, heard: _Ended) -> Solution:
    """Say who stopped the goals that were kept from their proof: Ctrl-C, or the limit."""
    reason: StopReason = "interrupted" if heard.interrupts else "feasible_limit"
    goals = tuple(goal if goal.stopped == "optimal" else replace(goal, stopped=reason) for goal in solution.goals)
    return replace(solution, goals=goals)


@contextmanager
def _counting_interrupts(heard: _Ended) -> Iterator[None]:
    """Count Ctrl-C instead of raising, while the worker runs; outside the main thread nothing can be counted."""
    if threading.current_thread() is not threading.main_thread():
        yield
        return

    def count(_signum: int, _frame: Any) -> None:
        heard.interrupts += 1

    before = signal.signal(signal.SIGINT, count)
    try:
        yield
    finally:
        signal.signal(signal.SIGINT, before)


# In the worker


def _serve(theirs: Connection, task: Task, arguments: tuple[Any, ...]) -> None:
    """Run the task; one thread sends what it reports, another hears the parent."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C reaches the whole process group; the parent decides
    outbox: queue.SimpleQueue[tuple[Kind, Callable[[], Any]] | None] = queue.SimpleQueue()
    stop = threading.Event()
    threading.Thread(target=_hear_parent, args=(theirs, stop), daemon=True).start()
    mouth = threading.Thread(target=_send, args=(theirs, outbox), daemon=True)
    mouth.start()
    report = Report(
        building=lambda: outbox.put(("building", lambda: None)),
        progress=lambda progress: outbox.put(("progress", lambda: progress)),
        plan=lambda make: outbox.put(("plan", make)),
        should_stop=stop.is_set,
    )
    try:
        solution = task(report, *arguments)
        outbox.put(("result", lambda: solution))
    except H2planError as error:
        told = error
        outbox.put(("error", lambda: told))
    except MemoryError:
        fault = EnvironmentFault("the memory ran out while the model was built; use fewer sites or a shorter radius")
        outbox.put(("error", lambda: fault))
    outbox.put(None)
    mouth.join()


def _send(theirs: Connection, outbox: queue.SimpleQueue[tuple[Kind, Callable[[], Any]] | None]) -> None:
    while (message := outbox.get()) is not None:
        kind, make = message
        theirs.send((kind, make()))


def _hear_parent(theirs: Connection, stop: threading.Event) -> None:
    try:
        while True:
            theirs.recv()
            stop.set()
    except (EOFError, OSError):
        os._exit(1)  # the parent is gone: nobody waits for a plan
