"""The first plan that a solve begins with: stations as given or chosen greedily, and what must be whole beside them."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from typing import Any, Literal

import numpy as np

from h2plan.problem import BUILT, Problem
from h2plan.solve.highs import SolverOptions
from h2plan.solve.program import Program
from h2plan.solve.search import completed
from h2plan.solve.start import greedy
from h2plan.solve.start_fits import fits_for, fitted
from h2plan.solve.start_rows import peaks_of, whole_rows
from h2plan.solve.start_years import greedy_years
from h2plan.usable import usable_by_year


def first_values(
    problem: Problem, model: Any, program: Program, stations: Sequence[Mapping[str, str]] | None
) -> dict[int, float]:
    """Return a first value for the columns of the given stations, or else of a greedy plan."""
    columns = [program.columns_of(block.open) for block in blocks(problem, model)]
    if stations is None:
        aim: Literal["coverage", "cost"] = "coverage" if program.goals[0].sense == "max" else "cost"
        stations = _greedy(problem, [_sizes_at(year) for year in columns], aim=aim)
    extends = [extend_columns(block, program) for block in blocks(problem, model)]
    columns = [{**of_year, **more} for of_year, more in zip(columns, extends, strict=True)]
    pairs = [(of_year, pair) for of_year, chosen in zip(columns, stations, strict=True) for pair in chosen.items()]
    first = {of_year[pair]: 1.0 for of_year, pair in pairs if pair in of_year}
    fits = fitted(problem, stations) if problem.keeps_pressure else None
    if fits is not None:
        first |= _first_fits(problem, model, program, stations, fits)
    return {**first, **_first_rows(problem, model, program, stations, fits)}


def better_start(
    given: dict[int, float], chosen: dict[int, float], program: Program, solver: SolverOptions
) -> dict[int, float]:
    """Return the better of two first values by the first goal: a plan under tighter limits may be far behind by now."""
    worth = []
    for first in (given, chosen):
        point = np.zeros(program.linear.shape[1])
        point[list(first)] = list(first.values())
        values = completed(program.linear, point, solver)
        worth.append(np.inf if values is None else program.linear.objective(values))
    return chosen if worth[1] < worth[0] else given


def _first_fits(
    problem: Problem,
    model: Any,
    program: Program,
    stations: Sequence[Mapping[str, str]],
    fits: Sequence[Collection[str]],
) -> dict[int, float]:
    """Return a first value for the columns of what is fitted for 70 MPa."""
    found: dict[int, float] = {}
    for block, chosen, sites in zip(blocks(problem, model), stations, fits, strict=True):
        columns = program.columns_of(block.fit)
        found |= {columns[j, chosen[j]]: 1.0 for j in sites if (j, chosen[j]) in columns}
    return found


def extend_columns(block: Any, program: Program) -> Mapping[tuple[str, str], int]:
    """Return the columns of extensions of standing stations; empty where none may be extended."""
    extend = getattr(block, "extend", None)
    return {} if extend is None else program.columns_of(extend)


def _first_rows(
    problem: Problem,
    model: Any,
    program: Program,
    stations: Sequence[Mapping[str, str]],
    fits: Sequence[Collection[str]] | None,
) -> dict[int, float]:
    """Return a first value for shares that must be whole: a row at one of the stations, or nowhere."""
    if not getattr(model, "stations_apart", False):
        return {}
    whole = [
        {pair: n for pair, n in columns.items() if program.linear.whole[n]}
        for columns in shares_of_years(problem, model, program)
    ]
    if not any(whole):
        return {}
    if fits is not None:
        open_to = [fits_for(year, sites) for year, sites in zip(problem.years, fits, strict=True)]
        whole = [{pair: n for pair, n in of.items() if can(*pair)} for of, can in zip(whole, open_to, strict=True)]
    standing = [{**standing_stations(problem), **year} for year in stations]
    usable = usable_by_year(problem, standing)
    peaks = [peaks_of(year, there) for year, there in zip(problem.years, standing, strict=True)]
    closest = bool(getattr(model, "nearest_only", False))
    rows = zip(whole, problem.years, usable, peaks, strict=True)
    return {
        columns[pair]: 1.0
        for columns, year, kg, peak in rows
        for pair in whole_rows(year, kg, pairs=columns.keys(), closest=closest, peak_kg_per_h=peak)
    }


def _sizes_at(columns: Mapping[tuple[str, str], int]) -> dict[str, tuple[str, ...]]:
    allowed: dict[str, tuple[str, ...]] = {}
    for j, k in columns:
        allowed[j] = (*allowed.get(j, ()), k)
    return allowed


def _greedy(
    problem: Problem, sizes_at: Sequence[Mapping[str, tuple[str, ...]]], *, aim: Literal["coverage", "cost"]
) -> list[dict[str, str]]:
    if problem.phasing is None:
        return [_apart(problem, greedy(problem, sizes_at[0], aim=aim))]
    return [_apart(problem, year) for year in greedy_years(problem.years, problem.phasing, sizes_at, aim=aim)]


def _apart(problem: Problem, stations: Mapping[str, str]) -> dict[str, str]:
    """Leave out of a first plan the stations that are too close to earlier ones."""
    sites = problem.sites
    near: dict[str, set[str]] = {}
    for a, b in problem.conflicts:
        near.setdefault(sites.ids[a], set()).add(sites.ids[b])
        near.setdefault(sites.ids[b], set()).add(sites.ids[a])
    taken = {j for j, kg in zip(sites.ids, sites.built_kg_per_d, strict=True) if not np.isnan(kg)}
    kept: dict[str, str] = {}
    for j, k in stations.items():
        if not near.get(j, set()) & taken:
            kept[j] = k
            taken.add(j)
    return kept


def standing_stations(problem: Problem) -> dict[str, str]:
    """Return what stands since before the plan, site id to the size id of such stations."""
    rows = zip(problem.sites.ids, problem.sites.built_kg_per_d, strict=True)
    return {j: BUILT for j, kg in rows if not np.isnan(kg)}


def blocks(problem: Problem, model: Any) -> list[Any]:
    """Return what holds the decisions of each year: the model itself where there is one."""
    return [model] if problem.phasing is None else list(model.year.values())


def shares_of_years(problem: Problem, model: Any, program: Program) -> list[dict[tuple[str, str], int]]:
    """Return the columns of the shares of each year of the network design model, which may be left out of a search."""
    if not getattr(model, "stations_apart", False):
        return []
    return [program.columns_of(block.serve) for block in blocks(problem, model)]
