"""From the solver's decisions to a plan: every figure recomputed from its parts."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, fields

from h2plan.domain import Assumption, Site
from h2plan.phasing import approval_months
from h2plan.plan.assess_year import assess_year
from h2plan.plan.building import builds, capital_by_year, money
from h2plan.plan.levels import more_possible
from h2plan.plan.losses import nearest_note
from h2plan.plan.results import Alternative, Candidate, DemandRow, GoalResult, Plan, Station, YearPlan
from h2plan.plan.supply_builds import centres_opening, supply_builds
from h2plan.plan.worth import weigh
from h2plan.prepare import Prepared
from h2plan.problem import Solution, decided
from h2plan.usable import usable_by_year


@dataclass(frozen=True, slots=True, kw_only=True)
class Provenance:
    """What a plan was made from and with."""

    inputs: Mapping[str, str]
    versions: Mapping[str, str]


def assess(
    prepared: Prepared,
    solution: Solution,
    *,
    alternatives: Sequence[Alternative],
    notes: Sequence[str] = (),
    provenance: Provenance,
    question: Mapping[str, str],
    assumptions: Sequence[Assumption],
) -> Plan:
    """Turn decisions into a plan: stations, who is served where, figures, and what they rest on."""
    scenario = prepared.project.scenario
    decisions = decided(solution, prepared.period)
    capital = capital_by_year(prepared, decisions)
    usable = usable_by_year(prepared.problem, [year.open for year in decisions])
    centres = centres_opening(decisions)
    years = [
        assess_year(*of_year, centres_open=centres)
        for of_year in zip(prepared.years, decisions, capital, usable, strict=True)
    ]
    built = (*(builds(prepared, decisions) if len(years) > 1 else ()), *supply_builds(prepared.years, decisions))
    last = years[-1]
    own = {field.name: getattr(last, field.name) for field in fields(YearPlan)}
    chosen = {station.site_id for station in last.stations}
    return Plan(
        scenario=scenario.name,
        title=scenario.title.zh,
        title_en=scenario.title.en,
        city=scenario.region.city,
        **own,
        model=solution.model,
        objective=solution.goals[0].name,
        question=dict(question),
        unplaced=prepared.gathered.unplaced,
        candidates=weigh(
            (_candidate(prepared, site, site.id in chosen) for site in prepared.screening.kept),
            reach=prepared.travel,
            demand=last.demand,
        ),
        verdicts=prepared.screening.verdicts,
        points=prepared.screening.points,
        sources=prepared.sources,
        alternatives=tuple(alternatives),
        goals=tuple(_goal(goal.__dict__) for goal in solution.goals),
        stopped=solution.stopped,
        assumptions=tuple(assumptions),
        notes=(
            *prepared.notes,
            *_signed(prepared, last.demand),
            *notes,
            *_overfull(last.stations, usable[-1]),
            *more_possible(years, solution, options=scenario.model.options, policy=prepared.problem.policy),
            *nearest_note(last.nearest),
        ),
        attributions=tuple(dict.fromkeys(text for text in (scenario.roads.attribution,) if text)),
        inputs=dict(provenance.inputs),
        versions=dict(provenance.versions),
        seed=scenario.solver.seed,
        builds=built,
        money=money(prepared, years, built) if len(years) > 1 else (),
        earlier=tuple(years[:-1]),
    )


def _signed(prepared: Prepared, demand: Sequence[DemandRow]) -> tuple[str, ...]:
    """Say what the plan is worth on signed demand alone, and how much is signed by operators without a known depot."""
    signed = {row.id for row in prepared.demand.points if row.status == "signed"}
    rows = [row for row in demand if row.id in signed]
    found = []
    if rows:
        wanted, served = math.fsum(row.kg_per_d.base for row in rows), math.fsum(row.served_kg_per_d for row in rows)
        found.append(f"signed demand alone: {wanted:,.0f} kg/d, of which {served:,.0f} kg/d are served")
    fleet, year = prepared.fleet, prepared.period
    elsewhere = math.fsum(
        entry.vehicles[year] * fleet.kg_per_vehicle_d(entry.row.vehicle_class, year).base
        for entry in fleet.unplaced
        if entry.row.status == "signed"
    )
    if elsewhere > 0:
        found.append(
            f"signed demand without a known depot: {elsewhere:,.0f} kg/d; it is spread with the rest of its class, "
            "so that the plan cannot say what part of it is served"
        )
    return tuple(found)


def _overfull(stations: Sequence[Station], usable_kg_per_d: Mapping[str, float]) -> tuple[str, ...]:
    """Say so where a model that does not look at capacity sends a station more than it may dispense."""
    over = [
        (station, usable_kg_per_d[station.site_id])
        for station in stations
        if station.dispensed_kg_per_d > usable_kg_per_d[station.site_id] * (1 + 1e-6)
    ]
    if not over:
        return ()
    kg = math.fsum(station.dispensed_kg_per_d - usable for station, usable in over)
    return (f"{len(over)} stations are sent {kg:,.0f} kg/d more than they may dispense: the model leaves capacity out",)


def _goal(fields: Mapping[str, object]) -> GoalResult:
    return GoalResult(**fields)  # type: ignore[arg-type]


def _candidate(prepared: Prepared, site: Site, chosen: bool) -> Candidate:
    return Candidate(
        site_id=site.id,
        name=site.name,
        name_en=site.name_en,
        kind=site.kind,
        district=site.district,
        lon=site.lon,
        lat=site.lat,
        precision_m=site.precision_m,
        verdict=prepared.verdict_of[site.id].verdict,
        chosen=chosen,
        max_kg_per_d=site.max_kg_per_d,
        approval_months=approval_months(prepared.project.scenario, site),
        source=site.source,
        verified=site.verified,
    )
