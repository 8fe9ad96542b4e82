"""How the same stations do under low, base and high demand: the most hydrogen that they can hand out."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

from h2plan.domain import Level
from h2plan.phases import Policy
from h2plan.plan.results import DemandRow, LevelFigures, Station, YearPlan
from h2plan.problem import Solution

Most = Callable[[Mapping[str, float]], float]
"""From the kg/d wanted by demand id to the most kg/d that can be served."""


def figures_at(
    level: Level,
    demand: Sequence[DemandRow],
    stations: Sequence[Station],
    most: Most,
) -> LevelFigures:
    """Return how the stations do at a level of demand; `most` says what they can hand out then."""
    wanted = {row.id: row.kg_per_d.at(level) for row in demand}
    served = most(wanted)
    total = sum(wanted.values())
    installed = sum(station.capacity_kg_per_d for station in stations)
    return LevelFigures(
        level=level,
        demand_kg_per_d=total,
        served_kg_per_d=served,
        served_share=served / total if total else 0.0,
        utilisation=served / installed if installed else 0.0,
    )


MORE_SHARE = 1e-3
"""A part of all demand by which a plan may stay below what its stations could serve without a word."""
_BINDS: Mapping[tuple[str, object], str] = {
    ("sourcing", "single"): "each row of demand has one station",
    ("closest", True): "each row fills at the open station nearest to it",
    ("flows", "tours"): "flows fill where their tank asks",
}
"""Options that bind who fills where."""


def more_possible(
    years: Sequence[YearPlan], solution: Solution, *, options: Mapping[str, object], policy: Policy
) -> tuple[str, ...]:
    """Say for each year by how much its stations could serve more at base demand than the plan does, and why not."""
    why = "; ".join(_why_not(solution, options, policy))
    found = []
    for year in years:
        figures = year.figures
        could = next(row.served_kg_per_d for row in figures.levels if row.level == "base")
        more = could - figures.served_kg_per_d
        if more > MORE_SHARE * figures.demand_kg_per_d:
            found.append(
                f"in {year.period} the stations could serve {could:,.0f} kg/d at base demand, "
                f"{more:,.0f} kg/d more than the plan does: {why}"
            )
    return tuple(found)


def _why_not(solution: Solution, options: Mapping[str, object], policy: Policy) -> list[str]:
    """Return what keeps a plan from serving all that its stations could."""
    first = solution.goals[0]
    found = [text for (name, value), text in _BINDS.items() if options.get(name) == value]
    if first.sense == "min":
        found.append("its goal is least cost")
    elif not first.name.endswith("served_kg_per_d"):
        found.append(f"its first goal is {first.name}")
    if policy.binds:
        found.append("policy and resilience bind who is served")
    if first.gap is None or first.gap > MORE_SHARE:
        found.append("the first goal is met within its gap only")
    return found or ["the goals after the first settle who is served"]
