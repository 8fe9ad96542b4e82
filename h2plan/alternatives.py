"""Further questions asked of the same data: the cheapest plan for the same share, and the years planned otherwise."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Protocol

from h2plan.errors import InfeasibleError, InputError, InterruptedSolve, LimitReachedError
from h2plan.extending import extended
from h2plan.fields import PlugIn
from h2plan.in_turn import Built, Stations, at_once, held_to, new_stations
from h2plan.plan.building import capital_by_year
from h2plan.plan.results import Alternative
from h2plan.plan.supply_builds import supply_builds
from h2plan.prepare import Prepared
from h2plan.problem import Problem, Solution, YearDecisions, decided

LEAST_COST = PlugIn.model_validate({"use": "network_design", "objective": "cost"})
"""Asked for the least-cost alternative, whichever model made the plan."""
NO_PLAN = (InfeasibleError, InputError, LimitReachedError, InterruptedSolve)
"""What an alternative may end in: the plan itself stands all the same."""


class Ask(Protocol):
    """Solve a problem as the scenario says, or with another model, time, gap and start."""

    def __call__(
        self,
        problem: Problem,
        *,
        model: PlugIn | None = None,
        limit_s: float | None = None,
        gap: float | None = None,
        start: Sequence[Stations] | None = None,
    ) -> Solution: ...


@dataclass(frozen=True, kw_only=True)
class Asked:
    """What was found, and sentences on what was not or on what it means."""

    rows: tuple[Alternative, ...] = ()
    notes: tuple[str, ...] = ()

    def __add__(self, other: Asked) -> Asked:
        return Asked(rows=self.rows + other.rows, notes=self.notes + other.notes)


def ask_further(
    prepared: Prepared,
    solution: Solution,
    *,
    ask: Ask,
    stage: Callable[[str], None],
    year_by_year: Sequence[Built] | None = None,
) -> Asked:
    """Ask what the scenario wants to know beside the plan; without an answer, say so in a note.

    `year_by_year` gives what is built in each year as found one year after the other.
    """
    section = prepared.project.scenario.alternatives
    found = Asked()
    if solution.stopped == "interrupted":
        wanted = section.least_cost_for_same_share or section.year_by_year or section.all_at_once
        return Asked(notes=("no other plan was looked for: the run was interrupted",) if wanted else ())
    if section.least_cost_for_same_share:
        stage("least-cost alternative")
        found += _least_cost(prepared, solution, ask=ask)
    if prepared.problem.phasing is None:
        return found
    if section.year_by_year and year_by_year is not None:
        stage("year by year")
        asked = held_to(prepared.problem, year_by_year)
        found += _otherwise(prepared, solution, asked, ask=ask, name="year_by_year", words="year by year")
    if section.all_at_once:
        stage("all at once")
        asked = at_once(prepared.problem, new_stations(solution.open))
        found += _otherwise(prepared, solution, asked, ask=ask, name="all_at_once", words="all in the first year")
    return found


def _least_cost(prepared: Prepared, solution: Solution, *, ask: Ask) -> Asked:
    """Ask how many stations the cheapest plan needs that serves the same share."""
    section, problem = prepared.project.scenario.alternatives, prepared.problem
    years = decided(solution, problem.period)
    asked = [_serving(year, found) for year, found in zip(problem.years, years, strict=True)]
    try:
        cheapest = ask(
            replace(asked[-1], earlier=tuple(asked[:-1])),
            model=LEAST_COST,
            limit_s=section.limit_s,
            gap=section.gap,
            start=[new_stations(year.open) for year in years],
        )
    except NO_PLAN as error:
        return Asked(notes=(f"no least-cost plan for the same share was found: {error}",))
    return Asked(rows=(_row(prepared, cheapest, name="least_cost_for_same_share", gap=cheapest.goals[-1].gap),))


def _serving(year: Problem, found: YearDecisions) -> Problem:
    """Return a year that must serve as much as was found, with any number of stations."""
    share = _served_kg(year, found.serve) / year.total_kg_per_d if year.total_kg_per_d > 0 else 0.0
    limits = replace(year.limits, stations_max=None, stations_min=None, served_share_min=share * (1 - 1e-6))
    return replace(year, limits=limits)


def _otherwise(prepared: Prepared, solution: Solution, asked: Problem, *, ask: Ask, name: str, words: str) -> Asked:
    """Price stations that are decided for every year, and say what planning the years together is worth."""
    section = prepared.project.scenario.alternatives
    try:
        found = ask(asked, limit_s=section.limit_s, gap=section.gap)
    except NO_PLAN as error:
        return Asked(notes=(f"the years planned {words} could not be worked out: {error}",))
    row = _row(prepared, found, name=name, gap=None)
    return Asked(rows=(row,), notes=(_worth(prepared, solution, found, words=words),))


def _worth(prepared: Prepared, solution: Solution, other: Solution, *, words: str) -> str:
    """Compare two plans of the same years by all their goals."""
    year = prepared.problem.years[0].period
    mine = {goal.name: goal for goal in solution.goals}
    parts = []
    for goal in other.goals:
        own = mine[goal.name]
        more = own.value - goal.value
        share = more / abs(goal.value) if goal.value else 0.0
        if goal.name == "present_cost_cny":
            parts.append(f"{own.value:,.0f} against {goal.value:,.0f} CNY in the money of {year} ({share:+.2%})")
        else:
            parts.append(f"{own.value:,.1f} against {goal.value:,.1f} kg/d served on average ({share:+.2%})")
    gap = solution.goals[-1].gap
    proven = "no bound is known" if gap is None else f"the plan is within {gap:.2%} of the best"
    return f"planned together instead of {words}: {'; '.join(parts)}; {proven}"


def _row(prepared: Prepared, solution: Solution, *, name: str, gap: float | None) -> Alternative:
    """Sum up another plan: its last year, its share and cost as means of the years weighted by how long they last."""
    years = decided(solution, prepared.period)
    spent = [site.spent_cny for of_year in capital_by_year(prepared, years) for site in of_year.values()]
    problem, phasing = prepared.problem, prepared.problem.phasing
    weights = [1.0] if phasing is None else phasing.weight_yr.tolist()
    rows = list(zip(weights, problem.years, years, strict=True))
    served = math.fsum(weight * _served_kg(year, found.serve) for weight, year, found in rows)
    wanted = math.fsum(weight * year.total_kg_per_d for weight, year, _ in rows)
    return Alternative(
        name=name,
        stations=len(solution.open) + problem.limits.unplaced_built,
        stations_new=len(new_stations(solution.open)) - len(extended(problem, solution.open)),
        served_share=served / wanted if wanted else 0.0,
        capex_cny=math.fsum(spent),
        supply_capex_cny=_supply_capex_cny(prepared, years),
        annual_cost_cny_per_yr=solution.goals[-1].value / math.fsum(weights),
        gap=gap,
        stopped=solution.stopped,
    )


def _supply_capex_cny(prepared: Prepared, years: Sequence[YearDecisions]) -> float | None:
    """Sum the capital of centres and laid links, of all years; None where supply is no part of the model."""
    if prepared.problem.supply is None:
        return None
    return math.fsum(row.capex_cny for row in supply_builds(prepared.years, years))


def _served_kg(year: Problem, serve: Mapping[tuple[str, str], float]) -> float:
    kg = dict(zip(year.demand_ids, year.demand_kg_per_d, strict=True))
    return float(sum(part * kg[i] for (i, _), part in serve.items()))
