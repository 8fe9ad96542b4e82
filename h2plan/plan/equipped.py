"""What each station of a plan is equipped with, and which ways that leaves to drivers who need 70 MPa."""

from __future__ import annotations

import math
from collections.abc import Collection, Mapping, Sequence
from dataclasses import replace
from typing import TypeVar

from h2plan.plan.building import SiteCapital
from h2plan.plan.network_rows import StationEquipment
from h2plan.plan.results import Allocation, Station
from h2plan.prepare import Prepared
from h2plan.problem import BUILT, Problem, YearDecisions
from h2plan.solve.start_rows import peaks_of

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
    if not (prepared.problem.keeps_pressure or prepared.problem.keeps_hours):
        return ()
    rows = tuple(StationEquipment(site_id=s.site_id, name=s.name, name_en=s.name_en) for s in stations)
    if prepared.problem.keeps_pressure:
        high = high_rows(prepared.problem)
        silent = {site.id for site in prepared.screening.kept if site.is_built and site.built_70_mpa is None}
        rows = tuple(
            _at_pressure(row, decisions, allocations, high=high, capital=capital.get(row.site_id), silent=silent)
            for row in rows
        )
    if prepared.problem.keeps_hours:
        rows = tuple(_in_its_hour(row, prepared, decisions, allocations) for row in rows)
    return rows


def _in_its_hour(
    row: StationEquipment, prepared: Prepared, decisions: YearDecisions, allocations: Sequence[Allocation]
) -> StationEquipment:
    """Tell what a station gives in its busiest hour, and what it could."""
    problem = prepared.problem
    assert problem.peak_kg_per_h is not None
    wanted = dict(zip(problem.demand_ids, problem.peak_kg_per_h.tolist(), strict=True))
    size = decisions.open[row.site_id]
    most = peaks_of(problem, {row.site_id: size})
    assert most is not None
    load = math.fsum(given.share * wanted[given.demand_id] for given in allocations if given.site_id == row.site_id)
    site = next(site for site in prepared.screening.kept if site.id == row.site_id)
    return replace(
        row,
        dispensers=site.built_dispensers if size == BUILT else prepared.equipment[size].dispensers,
        peak_kg_per_h=load,
        peak_max_kg_per_h=most[row.site_id],
        peak_use=load / most[row.site_id],
        peak_assumed=size == BUILT and site.built_peak_kg_per_h is None,
    )


def _at_pressure(
    row: StationEquipment,
    decisions: YearDecisions,
    allocations: Sequence[Allocation],
    *,
    high: Collection[str],
    capital: SiteCapital | None,
    silent: Collection[str],
) -> StationEquipment:
    name = row.site_id
    return replace(
        row,
        at_70_mpa=name in decisions.at_70_mpa,
        pressure_assumed=name in silent,
        fitted_yr=None if capital is None else capital.fitted_yr,
        fit_capex_cny=0.0 if capital is None else capital.fit_cny,
        high_kg_per_d=math.fsum(a.kg_per_d for a in allocations if a.site_id == name and a.demand_id in high),
    )
