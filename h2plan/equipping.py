"""What stations are equipped with, laid on a problem: who needs 70 MPa, where it is given, what fitting it costs."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np

from h2plan.costs import annuity
from h2plan.domain import Demand, Site, SizeEquipment, StationSize, VehicleClass
from h2plan.problem import Problem, SizeArrays

HIGH_MPA = 70
"""Vehicles whose class names at least this pressure cannot fill at a dispenser of 35 MPa."""


@dataclass(frozen=True, kw_only=True)
class Gear:
    """What a scenario says of equipment."""

    demand: Demand
    classes: Mapping[str, VehicleClass]
    sites: Sequence[Site]
    sizes: Sequence[StationSize]
    equipment: Mapping[str, SizeEquipment]
    discount_rate: float

    @property
    def at_70_mpa(self) -> frozenset[str]:
        """Demand that needs 70 MPa in some period."""
        return high_pressure(self.demand, self.classes)


def high_pressure(demand: Demand, classes: Mapping[str, VehicleClass]) -> frozenset[str]:
    """Return the demand rows whose vehicles need 70 MPa and that want hydrogen in some period."""
    return frozenset(
        row.id
        for row in demand.rows
        if classes[row.vehicle_class].pressure_mpa >= HIGH_MPA and any(kg.base > 0 for kg in row.kg_per_d.values())
    )


def equip(problem: Problem, gear: Gear) -> Problem:
    """Return the problem of a period with the pressure of its demand, stations and sizes; as it is if none needs 70."""
    high = gear.at_70_mpa
    if not high:
        return problem
    given = {site.id: bool(site.built_70_mpa) for site in gear.sites}
    return replace(
        problem,
        at_70_mpa=np.array([name in high for name in problem.demand_ids], dtype=np.bool_),
        sites=replace(problem.sites, at_70_mpa=np.array([given[j] for j in problem.sites.ids], dtype=np.bool_)),
        sizes=_fitting(problem.sizes, gear),
    )


def _fitting(sizes: SizeArrays, gear: Gear) -> SizeArrays:
    """Lay the costs of 70 MPa on the sizes: its capital lasts as long as the station."""
    life = {size.id: size.life_yr for size in gear.sizes}
    capex, yearly = np.full(len(sizes.ids), np.nan), np.full(len(sizes.ids), np.nan)
    for n, name in enumerate(sizes.ids):
        of = gear.equipment.get(name)
        if of is not None and of.fit_70_capex_cny is not None and of.fit_70_opex_cny_per_yr is not None:
            capex[n] = of.fit_70_capex_cny
            yearly[n] = of.fit_70_capex_cny * annuity(gear.discount_rate, life[name]) + of.fit_70_opex_cny_per_yr
    return replace(sizes, fit_70_capex_cny=capex, fit_70_cny_per_yr=yearly)


def pressure_notes(
    demand: Demand, classes: Mapping[str, VehicleClass], sites: Sequence[Site], *, kept: bool, period: int
) -> tuple[str, ...]:
    """Say what is assumed of pressure; nothing where no vehicle needs 70 MPa.

    `kept` says whether the model looks at it.
    """
    high = high_pressure(demand, classes)
    if not high:
        return ()
    kg = float(sum(row.kg_per_d[period].base for row in demand.rows if row.id in high))
    if not kept:
        told = f"{kg:,.0f} kg/d of {period} fill at 70 MPa; pressure is set aside: any station may serve them"
        return (f"{told} (network_design with station_equipment keeps it)",)
    unknown = sorted(site.name for site in sites if site.is_built and site.built_70_mpa is None)
    told = f"{len(unknown)} stations that stand do not say whether they fill at 70 MPa and are taken as 35 MPa only"
    return (f"{told}: {', '.join(unknown)}",) if unknown else ()
