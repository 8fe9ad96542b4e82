"""Numbers that look wrong: in another unit than their neighbours, or a fleet that burns too much or too little."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from statistics import median

from h2plan.demand._fleet import Fleet
from h2plan.domain import VehicleClass

FACTOR = 100.0
"""A value this far from the median of its column is probably in another unit. A slip of the unit is a factor of 1,000,
and the right values of a column lie up to about ten times from its median."""
CHECK = "check "
"""How a note begins that asks the reader to look again."""
LEAST_ROWS = 3
PLAUSIBLE_KG_PER_100_KM = (4.0, 11.0)
"""Mean of a mixed fleet; the national demonstration fleets average 6.7 (20,000 t over 300 million km)."""


def outliers(values: Mapping[str, float], *, where: str, column: str) -> list[str]:
    """Warn of each value that is a hundred times above or below the median of those above zero."""
    above = [value for value in values.values() if value > 0]
    if len(above) < LEAST_ROWS:
        return []
    middle = median(above)
    return [
        f"{CHECK}{where}, {column}: {name} has {value:g}, the median is {middle:g}; is the unit right?"
        for name, value in values.items()
        if value > 0 and not middle / FACTOR < value < middle * FACTOR
    ]


def class_warnings(classes: Mapping[str, VehicleClass], *, where: str) -> list[str]:
    """Warn of classes that drive or burn far more or less than the others of their table."""
    columns: dict[str, Callable[[VehicleClass], float]] = {
        "kg_per_100_km_base": lambda vehicle: vehicle.kg_per_100_km.base,
        "km_per_d_base": lambda vehicle: vehicle.km_per_d.base,
        "kg_per_h_base": lambda vehicle: vehicle.kg_per_h.base,
        "kg_per_fill": lambda vehicle: vehicle.kg_per_fill,
    }
    return [
        warning
        for column, value in columns.items()
        for warning in outliers({name: value(row) for name, row in classes.items()}, where=where, column=column)
    ]


def mean_kg_per_100_km(fleet: Fleet, period: int) -> float | None:
    """Return the consumption of all vehicles that drive, weighted by their kilometres; None if none drives."""
    kg, km = [], []
    for (_, name), count in fleet.vehicles[period].items():
        vehicle = fleet.classes[name]
        kg.append(count * vehicle.kg_per_100_km.base * vehicle.km_per_d.base)
        km.append(count * vehicle.km_per_d.base)
    return math.fsum(kg) / math.fsum(km) if math.fsum(km) > 0 else None


def consumption_warnings(fleet: Fleet) -> list[str]:
    """Warn of each period in which the mix burns less or more than any fleet of record."""
    low, high = PLAUSIBLE_KG_PER_100_KM
    warnings = []
    for period in fleet.periods:
        mean = mean_kg_per_100_km(fleet, period)
        if mean is not None and not low <= mean <= high:
            warnings.append(
                f"{CHECK}the fleet mix of {period}: it averages {mean:.1f} kg/100 km, outside {low:g} to {high:g}; "
                "the national demonstration fleets average 6.7"
            )
    return warnings
