"""Pressure: which vehicles need 70 MPa, and at which stations, as the plan tells, they cannot fill."""

from __future__ import annotations

from collections.abc import Mapping

from h2plan.plan._check_case import Case
from h2plan.plan.results import Plan
from h2plan.tables.rows import SizeEquipmentRow

HIGH_MPA = 70
KEEPS = frozenset({"network_design"})
"""Models that look at pressure where a scenario names its equipment."""


def equipment_table(case: Case) -> Mapping[str, SizeEquipmentRow]:
    """What each size is equipped with, by size; empty where the scenario names no table."""
    table = case.scenario.station_equipment
    return {} if table is None else {row.size_id: row for row in case.table(table, SizeEquipmentRow)}


def keeps_pressure(case: Case) -> bool:
    """Whether some vehicles of the plan need 70 MPa and its scenario says what stations are equipped with."""
    return case.once("pressure", lambda: _keeps(case))


def _keeps(case: Case) -> bool:
    if case.scenario.station_equipment is None or case.scenario.model.use not in KEEPS:
        return False
    for plan in (case.whole.at(year) for year in case.whole.periods):
        high = needs_high(case, plan)
        if any(row.kg_per_d.base > 0 and row.id in high for row in plan.demand):
            return True
    return False


def needs_high(case: Case, plan: Plan) -> frozenset[str]:
    """Rows of demand whose vehicles need 70 MPa."""
    classes = {name for name, vehicle in case.classes.items() if vehicle.pressure_mpa >= HIGH_MPA}
    return frozenset(row.id for row in plan.demand if row.vehicle_class in classes)


def closed_pairs(case: Case) -> tuple[frozenset[str], frozenset[str]]:
    """Return the rows that need 70 MPa in the year, and the stations where, as the plan tells, they cannot fill."""
    if not keeps_pressure(case):
        return frozenset(), frozenset()
    gives = {row.site_id for row in case.plan.equipment if row.at_70_mpa}
    return needs_high(case, case.plan), frozenset(s.site_id for s in case.plan.stations if s.site_id not in gives)


def can_fill(case: Case, demand: str, site: str) -> bool:
    """Whether a row of demand can fill at a station, as far as pressure goes."""
    high, low = case.once(("closed", case.plan.period), lambda: closed_pairs(case))
    return not (demand in high and site in low)
