"""From a problem to a solution: check what arithmetic can refuse, build, solve, and name the decisions by id."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, replace
from functools import partial
from typing import Any

import numpy as np

from h2plan import by_price, exact, plugins
from h2plan.errors import (
    EnvironmentFault,
    H2planError,
    InfeasibleError,
    InputError,
    InterruptedSolve,
    LimitReachedError,
)
from h2plan.models import _tours as tours
from h2plan.models._resilience import separator
from h2plan.models._supply import read_supply
from h2plan.problem import Floats, Problem, Solution, YearDecisions
from h2plan.refuse import check, limits_in_words, standing
from h2plan.solve import highs
from h2plan.solve.goals import Found, Held, Listener, meet_goals
from h2plan.solve.guide import Guide, make_guide
from h2plan.solve.highs import Progress, SolverOptions, Status
from h2plan.solve.lazy import remembered
from h2plan.solve.openings import in_full
from h2plan.solve.program import Linear, Program, ProgramGoal, compile_model
from h2plan.solve.worker import Report, run_in_worker
from h2plan.starting import (
    better_start,
    blocks,
    extend_columns,
    first_values,
    shares_of_years,
    standing_stations,
)

OnProgress = Callable[[Progress], None]
SHARE_DIGITS = 1e-9
"""A share below this is none."""


def optimise(
    problem: Problem,
    *,
    model: str,
    options: Mapping[str, Any],
    solver: SolverOptions,
    on_progress: OnProgress | None = None,
    in_process: bool = False,
    start: Sequence[Mapping[str, str]] | None = None,
) -> Solution:
    """Solve a problem with the model of that name, in a process of its own unless `in_process`.

    `start` gives the new stations of each year to begin with, site id to size id, for instance those of a plan under
    tighter limits; without it a greedy choice is the start.

    Raises:
        InputError: an unknown model or option, or limits that contradict the sites; says which numbers.
        InfeasibleError: no plan meets the limits; names the share that can be served.
        LimitReachedError: the time ended before any plan was found.
        InterruptedSolve: the user stopped the run before any plan was found.
        EnvironmentFault: memory, or a solver that cannot be trusted.
    """
    plugins.options(plugins.find("models", model), options, where="model")
    check(problem, model=model)
    raw = dict(options)
    if in_process:
        told = Report() if on_progress is None else Report(progress=on_progress)
        return solve_problem(told, problem, model, raw, solver, start)
    arguments = (problem, model, raw, solver, None if start is None else [dict(year) for year in start])
    return run_in_worker(solve_problem, arguments, limit_s=solver.limit_s, on_progress=on_progress)


def solve_problem(  # noqa: PLR0917  # a worker hands over plain positional data
    report: Report,
    problem: Problem,
    model: str,
    raw: dict[str, Any],
    solver: SolverOptions,
    start: Sequence[Mapping[str, str]] | None = None,
) -> Solution:
    """Build and solve; the body of a worker. Raises what `optimise` raises."""
    module = plugins.find("models", model)
    options = plugins.options(module, raw, where="model")
    report.building()
    begun = time.monotonic()
    highs.self_test(threads=solver.threads)
    report.progress(Progress(stage="building", seconds=0.0))
    left_s = max(0.1, solver.limit_s - (time.monotonic() - begun))
    asked = exact.Asked(
        gap=solver.gap,
        limit_s=left_s,
        threads=solver.threads,
        nodes_max=solver.nodes_max,
        should_stop=report.should_stop,
        start=None if start is None else start[-1],
    )
    quick, why = exact.ask(model, problem, options=options, method=solver.method, asked=asked)
    about: dict[str, Any] = {"model": model, "options": {**raw, **asdict(solver), **why}}
    if quick is not None:
        return _answered(quick, problem, about=about, begun=begun)
    led = None
    if by_price.is_worth(problem, closest=bool(getattr(options, "closest", False))):
        quiet = replace(report, plan=lambda _make: None)  # a plan without deliveries is none
        led = by_price.lead(problem, solver, solve=lambda asked, by: solve_problem(quiet, asked, model, raw, by, start))
        start = start if led is None else led.stations
    built = module.build(problem, options)
    program = _compiled(built)
    name = partial(_named, problem=problem, built=built, program=program, about=about, begun=begun)
    first = first_values(problem, built, program, start)
    if start is not None and led is None:
        greedy = first_values(problem, built, program, None)
        first = better_start(first, greedy, program, _left(solver, begun, share=0.2))
    separate = remembered(separator(program, getattr(built, "stages", ())))
    shares = shares_of_years(problem, built, program)
    settled = None
    if led is not None:
        by = _left(solver, begun, share=0.5)
        held = by_price.as_led(built.stages, program, first)
        settled = led.settle(program, held, by, separate=separate, first=first, shares=shares, progress=report.progress)
    if settled is not None:
        report.plan(partial(name, settled))
        if by_price.is_proven(settled) or report.should_stop():
            return name(settled)
        first = by_price.whole(program, settled)
    found = meet_goals(
        program,
        _left(solver, begun),
        start=first,
        guide=_guide(problem, built, program),
        separate=separate,
        shares=shares,
        cuts=separate.cuts,
        proven=() if settled is None else by_price.proven_first(settled),
        listener=Listener(
            progress=report.progress,
            plan=lambda held: report.plan(lambda: name(by_price.best(led, settled, held, gap=solver.gap))),
            should_stop=report.should_stop,
        ),
    )
    if found.held is None and settled is None:
        raise _failure(found, problem, program, built, solver)
    return name(by_price.best(led, settled, found.held, gap=solver.gap))


def _left(solver: SolverOptions, begun: float, *, share: float = 1.0) -> SolverOptions:
    """Return the options with a share of the time that is left."""
    return replace(solver, limit_s=max(0.1, share * (solver.limit_s - (time.monotonic() - begun))))


def _answered(answer: exact.Answer, problem: Problem, *, about: Mapping[str, Any], begun: float) -> Solution:
    """Return the decisions of branch and cut, rows served by their tours or at the nearest station."""
    stations = {**standing_stations(problem), **answer.stations}
    return Solution(
        open=dict(sorted(stations.items())),
        serve=_nearest(problem, stations) if answer.tours is None else _on_tours(problem, answer, stations),
        goals=answer.goals,
        seconds=time.monotonic() - begun,
        solver=f"HiGHS {highs.version()}",
        rows=answer.rows,
        columns=answer.columns,
        nonzeros=answer.nonzeros,
        **about,
    )


def _compiled(model: Any) -> Program:
    try:
        return compile_model(model)
    except ValueError as error:
        raise InputError(str(error), where="problem") from error


def _guide(problem: Problem, model: Any, program: Program) -> Guide | None:
    """Return a guide for the network design model without conflicts: it knows no other."""
    if not getattr(model, "guided", False) or len(problem.conflicts) or problem.phasing is not None:
        return None
    opens, serves = program.columns_of(model.open), program.columns_of(model.serve)
    supplied = None if problem.supply is None else model.chain.least_cny_per_kg()
    return make_guide(problem, program, open_columns=opens, serve_columns=serves, supplied_cny_per_kg=supplied)


# Decisions by id


def _named(
    held: Held, *, problem: Problem, built: Any, program: Program, about: Mapping[str, Any], begun: float
) -> Solution:
    """Return the decisions of a point by id; `about` fills the fields that say how it was found."""
    opens = getattr(built, "opens", None)
    if opens is not None:
        stands = [program.columns_of(block.open) for block in blocks(problem, built)]
        held = in_full(held, program, opens=program.columns_of(opens), stands=stands)
    years = [
        _of_year(year, block, held=held, program=program)
        for year, block in zip(problem.years, blocks(problem, built), strict=True)
    ]
    last = years[-1]
    rows, columns, nonzeros = program.linear.shape
    return Solution(
        open=last.open,
        serve=last.serve,
        deliver=last.deliver,
        centres=last.centres,
        at_70_mpa=last.at_70_mpa,
        earlier=tuple(years[:-1]),
        goals=held.goals,
        seconds=time.monotonic() - begun,
        solver=f"HiGHS {highs.version()}",
        rows=rows,
        columns=columns,
        nonzeros=nonzeros,
        **about,
    )


def _of_year(problem: Problem, block: Any, *, held: Held, program: Program) -> YearDecisions:
    """Return what is decided for one year."""
    columns = {**program.columns_of(block.open), **extend_columns(block, program)}
    chosen = {j: k for (j, k), n in columns.items() if held.values[n] > 0.5}
    stations = {**standing_stations(problem), **chosen}
    deliver, centres = read_supply(
        problem, block, lambda found: {key: float(held.values[n]) for key, n in program.columns_of(found).items()}
    )
    return YearDecisions(
        period=problem.period,
        open=dict(sorted(stations.items())),
        serve=_serve(problem, block, stations, held=held, program=program),
        deliver=deliver,
        centres=centres,
        at_70_mpa=_fitted(problem, block, held=held, program=program),
    )


def _fitted(problem: Problem, block: Any, *, held: Held, program: Program) -> frozenset[str]:
    """Return the sites whose stations fill at 70 MPa, those that stand since before the plan included."""
    given = problem.sites.at_70_mpa
    if given is None or not hasattr(block, "fit"):
        return frozenset()
    rows = zip(problem.sites.ids, given, problem.sites.built_kg_per_d, strict=True)
    built = {j for j, is_so, kg in rows if is_so and not np.isnan(kg)}
    return frozenset(built | {j for (j, _), n in program.columns_of(block.fit).items() if held.values[n] > 0.5})


def _serve(
    problem: Problem, block: Any, stations: Mapping[str, str], *, held: Held, program: Program
) -> dict[tuple[str, str], float]:
    how = block.model().assignment
    if how == "nearest":
        return _nearest(problem, stations)
    if how == "tours":
        return _on_tours(problem, block, stations)
    return _shares(held.values, program.columns_of(block.serve), stations)


def _shares(
    values: Floats, columns: Mapping[tuple[str, str], int], stations: Mapping[str, str]
) -> dict[tuple[str, str], float]:
    """Return the shares served at open stations; a sum that tolerance lifts over one is brought back to one."""
    shares = {
        pair: min(1.0, float(values[n]))
        for pair, n in sorted(columns.items())
        if pair[1] in stations and values[n] > SHARE_DIGITS
    }
    total: dict[str, float] = {}
    for (i, _), share in shares.items():
        total[i] = total.get(i, 0.0) + share
    return {(i, j): share / max(1.0, total[i]) for (i, j), share in shares.items()}


def _on_tours(problem: Problem, built: Any, stations: Mapping[str, str]) -> dict[tuple[str, str], float]:
    """Give each covered flow to the stops of its tour, and each covered point to its nearest station."""
    covered = {i for i, sets in built.needs.items() if all(any(j in stations for j in sites) for sites in sets)}
    serve = {pair: share for pair, share in _nearest(problem, stations).items() if pair[0] not in built.tours}
    for i in sorted(covered & built.tours.keys()):
        shares = tours.shares_at(built.tours[i], stations)
        assert shares is not None, f"{i} is covered, but no tank lasts"
        serve.update({(i, j): share for j, share in sorted(shares.items())})
    return serve


def _nearest(problem: Problem, stations: Mapping[str, str]) -> dict[tuple[str, str], float]:
    """Give each row with an open station in reach whole to the nearest one: fewest minutes, then the first id."""
    best: dict[str, tuple[float, str]] = {}
    pairs = problem.pairs
    for i, j, minutes in zip(pairs.demand, pairs.site, pairs.minutes, strict=True):
        row, site = problem.demand_ids[i], problem.sites.ids[j]
        if site in stations and problem.demand_kg_per_d[i] > 0:
            best[row] = min(best.get(row, (np.inf, "")), (float(minutes), site))
    return {(row, site): 1.0 for row, (_, site) in sorted(best.items())}


# When there is no plan


def _failure(found: Found, problem: Problem, program: Program, built: Any, solver: SolverOptions) -> H2planError:
    if found.status is Status.NO_SOLUTION_LIMIT:
        return LimitReachedError(f"no plan was found within limit_s = {solver.limit_s:g} s; give it more time")
    if found.status is Status.INTERRUPTED:
        return InterruptedSolve("the run was stopped before any plan was found")
    if found.status in (Status.INFEASIBLE_CONFIRMED, Status.INFEASIBLE_UNCONFIRMED):
        return InfeasibleError(_why_infeasible(problem, program, built, solver) + _everyone(problem, built, solver))
    return EnvironmentFault(f"HiGHS {highs.version()} ended without a plan: {found.status.value}")


def _why_infeasible(problem: Problem, program: Program, built: Any, solver: SolverOptions) -> str:
    """Say which limit cannot be met and, for a floor, how much can be served within the others."""
    if problem.phasing is not None:
        return _why_years_infeasible(problem)
    floor = problem.limits.served_share_min
    others = limits_in_words(problem)
    if floor is None:
        return f"no plan meets the limits together ({others})"
    column = program.positions[id(built.served)]
    cost = np.zeros(program.linear.shape[1])
    cost[column] = -1.0
    most = ProgramGoal(name="served_kg_per_d", sense="max", cost=cost, offset=0.0, sign=-1.0, unit=1.0)
    relaxed = replace(program, linear=_without_floor(program, built), goals=(most,))
    found = meet_goals(relaxed, replace(solver, gap=1e-4, limit_s=min(20.0, solver.limit_s)))
    if found.held is None:
        return f"no plan meets the limits together ({others}), whatever the floor of {floor:.1%}"
    goal = found.held.goals[0]
    reached = goal.value / problem.total_kg_per_d
    at_most = "" if goal.bound is None else f", none serves more than {goal.bound / problem.total_kg_per_d:.1%}"
    return (
        f"served_share_min {floor:.1%} cannot be met within the other limits ({others}): "
        f"a plan that serves {reached:.1%} of all demand exists{at_most}"
    )


def _why_years_infeasible(problem: Problem) -> str:
    each = [f"{year.period}: {limits_in_words(year, floor=year.limits.served_share_min)}" for year in problem.years]
    assert problem.phasing is not None
    budgets = [f"{cny:,.0f}" for cny in problem.phasing.budget_cny if np.isfinite(cny)]
    money = f"; new capital by period: {', '.join(budgets)} CNY" if budgets else ""
    return f"no plan meets the limits of all years together ({'; '.join(each)}{money})"


def _everyone(problem: Problem, built: Any, solver: SolverOptions) -> str:
    """Where everyone must be reached, say how many stations that takes at least."""
    if not getattr(built, "everyone", False):
        return ""
    limits = replace(problem.limits, stations_max=None, budget_cny=None, served_share_min=None)
    module = plugins.find("models", "set_cover")
    options = module.Options(size_id=problem.sizes.ids[0])
    fewest = _compiled(module.build(replace(problem, limits=limits), options))
    found = meet_goals(replace(fewest, goals=fewest.goals[:1]), replace(solver, limit_s=min(20.0, solver.limit_s)))
    if found.held is None:
        return "; no number of stations reaches everyone"
    count = round(found.held.goals[0].value) + standing(problem)
    return f"; to reach everyone takes stations_max {count}, or a longer service radius"


def _without_floor(program: Program, built: Any) -> Linear:
    """Return the program without its served-share floor, which is the one lower limit on the served kilograms."""
    column = program.positions[id(built.served)]
    matrix = program.linear.matrix
    single = np.diff(matrix.indptr) == 1
    on_served = np.asarray(np.abs(matrix[:, [column]].toarray()[:, 0]) > 0)
    return program.linear.keeping_rows(~(single & on_served))
