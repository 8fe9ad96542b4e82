"""What each station of a plan is equipped with, and which ways that leaves to drivers who need 70 MPa."""

from __future__ import annotations

import math
from collections.abc import Collection, Mapping, Sequence
from typing import TypeVar

from h2plan.plan.building import SiteCapital
from h2plan.plan.network_rows import StationEquipment
from h2plan.plan.results import Allocation, Station
from h2plan.prepare import Prepared
from h2plan.problem import Problem, YearDecisions

Way = TypeVar("Way")


def high_rows(problem: Problem) -> frozenset[str]:
    """Return the demand rows that need 70 MPa; none where pressure is set aside."""
    if problem.at_70_mpa is None:
        return frozenset()
    return frozenset(i for i, is_so in zip(problem.demand_ids, problem.at_70_mpa, strict=True) if is_so)


def open_to(
    problem: Problem, decisions: YearDecisions, travel: Mapping[tuple[str, str], Way]
) -> dict[tuple[str, str], Way]:
    """Return the pairs of a reach without those of vehicles that need 70 MPa at stations that do not give it."""
    high, low = high_rows(problem), decisions.open.keys() - decisions.at_70_mpa
    return {pair: way for pair, way in travel.items() if not (pair[0] in high and pair[1] in low)}


def equipment(
    prepared: Prepared,
    decisions: YearDecisions,
    stations: Sequence[Station],
    allocations: Sequence[Allocation],
    *,
    capital: Mapping[str, SiteCapital],
) -> tuple[StationEquipment, ...]:
    """Return a row for each station, in their order; none where what they are equipped with is set aside."""
    if not prepared.problem.keeps_pressure:
        return ()
    high = high_rows(prepared.problem)
    silent = {site.id for site in prepared.screening.kept if site.is_built and site.built_70_mpa is None}
    return tuple(
        _row(station, decisions, allocations, high=high, capital=capital.get(station.site_id), silent=silent)
        for station in stations
    )


def _row(
    station: Station,
    decisions: YearDecisions,
    allocations: Sequence[Allocation],
    *,
    high: Collection[str],
    capital: SiteCapital | None,
    silent: Collection[str],
) -> StationEquipment:
    name = station.site_id
    return StationEquipment(
        site_id=name,
        name=station.name,
        name_en=station.name_en,
        at_70_mpa=name in decisions.at_70_mpa,
        pressure_assumed=name in silent,
        fitted_yr=None if capital is None else capital.fitted_yr,
        fit_capex_cny=0.0 if capital is None else capital.fit_cny,
        high_kg_per_d=math.fsum(row.kg_per_d for row in allocations if row.site_id == name and row.demand_id in high),
    )
