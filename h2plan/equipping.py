"""What stations are equipped with, laid on a problem: who needs 70 MPa, where it is given, what fitting it costs."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np

from h2plan.costs import annuity
from h2plan.domain import Demand, Site, SizeEquipment, StationSize, VehicleClass
from h2plan.errors import Fault, InputError
from h2plan.problem import Floats, Problem, SizeArrays

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
    peak_share: Mapping[str, float]
    """Vehicle class to the part of a day that falls into its busiest hour; empty where hours are set aside."""

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
    """Return the problem of a period with the pressure and the busiest hours of its demand, stations and sizes.

    Pressure is left out if no vehicle needs 70 MPa, hours if the limits do not ask for them.

    Raises:
        InputError: hours are asked for, and the equipment of a size does not say what it gives in one.
    """
    return _with_hours(_with_pressure(problem, gear), gear)


def _with_hours(problem: Problem, gear: Gear) -> Problem:
    if not gear.peak_share:
        return problem
    peak = {name: of.peak_kg_per_h for name, of in gear.equipment.items() if of.peak_kg_per_h is not None}
    silent = [name for name in problem.sizes.ids if name not in peak]
    if silent:
        message = "limits.peak_hour asks for the busiest hour, and no peak_kg_per_h is given for it"
        raise InputError([Fault(where="station_equipment", column=name, message=message) for name in silent])
    share = {row.id: gear.peak_share[row.vehicle_class] for row in gear.demand.rows}
    by_size = np.array([peak[name] for name in problem.sizes.ids])
    sites = {site.id: site for site in gear.sites}
    built = [built_peak_kg_per_h(sites[j], problem.sizes.capacity_kg_per_d, by_size) for j in problem.sites.ids]
    return replace(
        problem,
        peak_kg_per_h=problem.demand_kg_per_d * np.array([share[i] for i in problem.demand_ids], dtype=np.float64),
        sizes=replace(problem.sizes, peak_kg_per_h=by_size),
        sites=replace(problem.sites, built_peak_kg_per_h=np.array(built, dtype=np.float64)),
    )


def built_peak_kg_per_h(site: Site, capacity_kg_per_d: Floats, peak_kg_per_h: Floats) -> float:
    """Return what a station that stands gives in its busiest hour, kg/h; NaN where nothing stands.

    Where its row does not say, in the proportion of the smallest size that holds its capacity, or else of the largest.
    Sizes are in rising capacity.
    """
    if site.built_kg_per_d is None:
        return np.nan
    if site.built_peak_kg_per_h is not None:
        return site.built_peak_kg_per_h
    n = min(int(np.searchsorted(capacity_kg_per_d, site.built_kg_per_d)), len(capacity_kg_per_d) - 1)
    return float(peak_kg_per_h[n] * site.built_kg_per_d / capacity_kg_per_d[n])


def _with_pressure(problem: Problem, gear: Gear) -> Problem:
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


def hours_notes(sites: Sequence[Site], *, kept: bool) -> tuple[str, ...]:
    """Say which stations that stand do not tell what they give in their busiest hour."""
    unknown = sorted(site.name for site in sites if site.is_built and site.built_peak_kg_per_h is None)
    if not kept or not unknown:
        return ()
    told = f"{len(unknown)} stations that stand do not say what they give in their busiest hour"
    return (f"{told}; taken in the proportion of the smallest size that holds them: {', '.join(unknown)}",)
