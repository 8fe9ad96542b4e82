"""The whole way from a scenario file to a results folder; the only place where all steps meet."""

from __future__ import annotations

import importlib.metadata
import json
import platform
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from functools import partial
from pathlib import Path

from h2plan import plugins
from h2plan.alternatives import NO_PLAN, Ask, ask_further
from h2plan.errors import Fault, InputError, VerificationError
from h2plan.fields import PlugIn
from h2plan.front import MODEL as FRONT_MODEL
from h2plan.front import Asked, Axis, Front, trace
from h2plan.in_turn import Built, in_turn
from h2plan.inputs import Say, silent
from h2plan.optimise import optimise
from h2plan.outputs._labels import Language
from h2plan.outputs._screening import write_screening
from h2plan.pages import front_page
from h2plan.pages.beside import carry
from h2plan.plan import assumptions, backdrop, question
from h2plan.plan.assess import Provenance, assess
from h2plan.plan.certificate import Certificate
from h2plan.plan.files import RUN_FILE, copy_inputs, fresh_folder, refuse_foreign, to_json
from h2plan.plan.results import Plan
from h2plan.plan.verify import verify
from h2plan.prepare import Prepared, prepare
from h2plan.problem import Problem, Solution
from h2plan.project import CERTIFICATE_FILE, PLAN_FILE, Project, input_files, load
from h2plan.refuse import check as check_limits
from h2plan.scenario import Scenario
from h2plan.screen.run import Screened, screen_sites
from h2plan.solve.highs import Progress, SolverOptions

PACKAGES = ("h2plan", "pyomo", "highspy", "numpy", "scipy", "shapely", "folium")
OnProgress = Callable[[Progress], None]


@dataclass(frozen=True, kw_only=True)
class Outcome:
    """What a run left behind."""

    plan: Plan
    certificate: Certificate
    folder: Path
    files: tuple[Path, ...]
    seconds: Mapping[str, float]


def plan(
    file: Path,
    *,
    out: Path | None = None,
    say: Say = silent,
    on_progress: OnProgress | None = None,
) -> Outcome:
    """Plan a scenario: prepare, solve, assess, verify, write. The results folder is swapped in whole at the end.

    Raises:
        InputError: a fault of an input.
        InfeasibleError: no plan meets every limit.
        LimitReachedError: the time limit came before any plan.
        VerificationError: the plan failed its re-check; nothing is published.
        EnvironmentFault: the results cannot be written.
    """
    clock = _Clock(say)
    clock.stage("scenario")
    project = check(file)
    final = out if out is not None else project.root / "results" / project.scenario.name
    refuse_foreign(final.resolve())
    _refuse_own_ground(project, final)
    prepared = prepare(project, say=clock.stage)
    ask = partial(_solve, prepared, on_progress=on_progress)
    first, used_s = _year_by_year(prepared, ask=ask, stage=clock.stage)
    clock.stage("solve")
    limit_s = project.scenario.solver.limit_s
    solution = ask(prepared.problem, start=first.stations, limit_s=max(limit_s - used_s, limit_s / 2))
    others = ask_further(prepared, solution, ask=ask, stage=clock.stage, year_by_year=first.built)
    with fresh_folder(final) as folder:
        clock.stage("assess")
        hashes = copy_inputs(project.root, input_files(project), folder)
        made = assess(
            prepared,
            solution,
            alternatives=others.rows,
            notes=(*first.notes, *others.notes),
            provenance=Provenance(inputs=hashes, versions=versions()),
            question=question.asked(project.scenario),
            assumptions=assumptions.collect(prepared),
        )
        (folder / PLAN_FILE).write_text(to_json(made), encoding="utf-8")
        clock.stage("verify")
        certificate = verify(folder)
        (folder / CERTIFICATE_FILE).write_text(to_json(certificate), encoding="utf-8")
        _refuse_failed(certificate)
        clock.stage("write")
        written = _write(prepared, made, folder)
        carry(final, folder, hashes)
        clock.stage("done")
        (folder / RUN_FILE).write_text(_run(made, solution, clock.seconds), encoding="utf-8")
    files = tuple(final / path.relative_to(folder) for path in written)
    return Outcome(plan=made, certificate=certificate, folder=final, files=files, seconds=clock.seconds)


@dataclass(frozen=True, kw_only=True)
class ScreenOutcome:
    """What a screen left behind."""

    screened: Screened
    folder: Path
    files: tuple[Path, ...]


def screen(file: Path, *, out: Path | None = None, language: Language = "zh") -> ScreenOutcome:
    """Screen every site of a scenario against siting law; write tables and a map layer into a fresh folder.

    Raises:
        InputError: a fault of an input, a required site that is barred, no site left.
        EnvironmentFault: the folder cannot be written.
    """
    project = check(file)
    final = out if out is not None else project.root / "results" / f"{project.scenario.name}-screening"
    refuse_foreign(final.resolve())
    screened = screen_sites(project)
    with fresh_folder(final) as folder:
        written = write_screening(
            screened.gathered.sites,
            screened.screening.verdicts,
            folder,
            points=screened.screening.points,
            merged=screened.gathered.merged,
            language=language,
        )
        finished = {"finished": datetime.now(tz=UTC).isoformat(timespec="seconds")}
        (folder / RUN_FILE).write_text(json.dumps({"screening": project.scenario.name, **finished}), encoding="utf-8")
    files = tuple(final / path.relative_to(folder) for path in written)
    return ScreenOutcome(screened=screened, folder=final, files=files)


@dataclass(frozen=True, kw_only=True)
class FrontOutcome:
    """What tracing a front left behind."""

    front: Front
    folder: Path
    files: tuple[Path, ...]


def pareto(
    file: Path,
    *,
    axis: Axis,
    steps: int,
    out: Path | None = None,
    language: Language = "zh",
    say: Say = silent,
    on_progress: OnProgress | None = None,
) -> FrontOutcome:
    """Plan a scenario along one limit and write the points that no other beats into a fresh folder.

    Raises:
        InputError: a fault of an input, another model than network_design, a limit with nothing to vary.
        InfeasibleError: the ends of the range have no plan.
        LimitReachedError: no plan was found for them in time.
        EnvironmentFault: the folder cannot be written.
    """
    project = check(file)
    scenario = project.scenario
    if scenario.model.use != FRONT_MODEL:
        raise InputError(f"a front is traced with {FRONT_MODEL}, not with {scenario.model.use}", where="model.use")
    final = out if out is not None else project.root / "results" / f"{scenario.name}-pareto"
    refuse_foreign(final.resolve())
    prepared = prepare(project, say=say)
    asked = Asked(
        axis=axis,
        steps=steps,
        options=scenario.model.options,
        solver=_solver(scenario),
        say=say,
        on_progress=on_progress,
    )
    front = trace(prepared.problem, asked)
    with fresh_folder(final) as folder:
        copy_inputs(project.root, input_files(project), folder)
        written = front_page.write(
            front, folder, title=scenario.title.zh if language == "zh" else scenario.title.en, language=language
        )
        finished = {"finished": datetime.now(tz=UTC).isoformat(timespec="seconds")}
        (folder / RUN_FILE).write_text(json.dumps({"pareto": scenario.name, **finished}), encoding="utf-8")
    return FrontOutcome(front=front, folder=final, files=tuple(final / path.relative_to(folder) for path in written))


def check(file: Path) -> Project:
    """Load a scenario and validate the options of every plug-in it uses.

    Raises:
        InputError: every fault of the scenario.
    """
    project = load(file)
    faults = plugins.check_options(project.scenario)
    if faults:
        raise InputError([replace(fault, where=f"{file.name} {fault.where}") for fault in faults])
    return project


def versions() -> dict[str, str]:
    """Return the versions of the packages that a plan depends on."""
    return {name: importlib.metadata.version(name) for name in PACKAGES}


def _solve(
    prepared: Prepared,
    problem: Problem,
    *,
    on_progress: OnProgress | None,
    model: PlugIn | None = None,
    limit_s: float | None = None,
    gap: float | None = None,
    start: Sequence[Mapping[str, str]] | None = None,
) -> Solution:
    scenario = prepared.project.scenario
    solver = _solver(scenario)
    solver = replace(
        solver, gap=solver.gap if gap is None else gap, limit_s=solver.limit_s if limit_s is None else limit_s
    )
    asked = scenario.model if model is None else model
    return optimise(
        problem, model=asked.use, options=asked.options, solver=solver, on_progress=on_progress, start=start
    )


def _solver(scenario: Scenario) -> SolverOptions:
    section = scenario.solver
    return SolverOptions(
        gap=section.gap, limit_s=section.limit_s, threads=section.threads, seed=section.seed, method=section.method
    )


@dataclass(frozen=True, kw_only=True)
class _First:
    """What is built in each year as chosen one year after the other; None where that is not asked or leads nowhere."""

    built: tuple[Built, ...] | None = None
    notes: tuple[str, ...] = ()

    @property
    def stations(self) -> tuple[Mapping[str, str], ...] | None:
        return None if self.built is None else tuple(year.stations for year in self.built)


def _year_by_year(prepared: Prepared, *, ask: Ask, stage: Say) -> tuple[_First, float]:
    """Plan year after year: the first plan of several years, and the seconds it took. Half the time limit at most."""
    problem = prepared.problem
    if problem.phasing is None:
        return _First(), 0.0
    stage("year by year")
    begun = time.monotonic()
    solver = prepared.project.scenario.solver
    each_s = solver.limit_s / 2 / len(problem.years)
    check_limits(problem, model=prepared.project.scenario.model.use)
    try:
        first = _First(built=in_turn(problem, partial(ask, limit_s=each_s)))
    except NO_PLAN as error:
        first = _First(notes=(f"planned year by year, the years lead nowhere: {error}",))
    return first, time.monotonic() - begun


def _refuse_own_ground(project: Project, final: Path) -> None:
    """Refuse to write results over the earlier plan that they rest on."""
    earlier = project.earlier_plan()
    if earlier is not None and earlier.resolve() == final.resolve():
        message = f"{final} holds the earlier plan that decides the first years; the new one would take its place"
        hint = "give the scenario another name, or another folder with --out"
        raise InputError(Fault(where="years.decided_from.plan", message=message, hint=hint))


def _refuse_failed(certificate: Certificate) -> None:
    failed = [entry for entry in certificate.checks if not entry.passed]
    if certificate.verdict != "pass":
        lines = [f"{entry.family}: {entry.worst:g} at {entry.at} {entry.note}".rstrip() for entry in failed]
        raise VerificationError("the plan failed its re-check and is not published:\n" + "\n".join(lines))


def _write(prepared: Prepared, made: Plan, folder: Path) -> list[Path]:
    drawn = backdrop.draw(prepared, made)
    written = [folder / PLAN_FILE, folder / CERTIFICATE_FILE]
    for number, entry in enumerate(prepared.project.scenario.outputs):
        module = plugins.find("outputs", entry.use)
        options = plugins.options(module, entry.options, where=f"outputs[{number}] ({entry.use})")
        written.extend(module.write(made, drawn, folder, options))
    return written


def _run(made: Plan, solution: Solution, seconds: Mapping[str, float]) -> str:
    """What changes from run to run stands here and nowhere else."""
    facts = {
        "scenario": made.scenario,
        "finished": datetime.now(UTC).isoformat(timespec="seconds"),
        "machine": {"system": platform.system(), "python": platform.python_version(), "arch": platform.machine()},
        "seconds": {stage: round(value, 3) for stage, value in seconds.items()},
        "solve_seconds": round(solution.seconds, 3),
        "solver": solution.solver,
        "solver_options": dict(solution.options),
        "model_size": {"rows": solution.rows, "columns": solution.columns, "nonzeros": solution.nonzeros},
    }
    return json.dumps(facts, ensure_ascii=False, indent=1, sort_keys=True) + "\n"


class _Clock:
    """Seconds of each stage, told to the user as it begins."""

    def __init__(self, say: Say) -> None:
        self._say = say
        self._begun: tuple[str, float] | None = None
        self.seconds: dict[str, float] = {}

    def stage(self, name: str) -> None:
        now = time.perf_counter()
        if self._begun is not None:
            before, start = self._begun
            self.seconds[before] = self.seconds.get(before, 0.0) + now - start
        self._begun = (name, now)
        if name != "done":
            self._say(name)
