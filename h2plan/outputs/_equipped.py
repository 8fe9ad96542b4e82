"""What a station is equipped with, as pairs of label and value for the map and the sheets of stations."""

from __future__ import annotations

from h2plan.outputs import _labels as words
from h2plan.outputs._labels import Text
from h2plan.plan.network_rows import StationEquipment


def equipment_facts(row: StationEquipment) -> list[list[Text]]:
    """Return [label, value] of what the plan says; what it does not look at is left out."""
    facts = {**({} if row.at_70_mpa is None else _pressure(row)), **({} if row.peak_kg_per_h is None else _hour(row))}
    return [[words.label(StationEquipment, name), value] for name, value in facts.items()]


def _pressure(row: StationEquipment) -> dict[str, Text]:
    if not row.at_70_mpa:
        assumed = row.pressure_assumed
        return {
            "at_70_mpa": Text("否(未知,按35 MPa计)", "no (not known, taken as 35 MPa)") if assumed else Text("否", "no")
        }
    since = (
        Text("是", "yes") if row.fitted_yr is None else Text(f"是({row.fitted_yr}年起)", f"yes (since {row.fitted_yr})")
    )
    return {"at_70_mpa": since, "high_kg_per_d": words.kg_per_d(row.high_kg_per_d or 0.0)}


def _hour(row: StationEquipment) -> dict[str, Text]:
    most, load = row.peak_max_kg_per_h or 0.0, row.peak_kg_per_h or 0.0
    use = words.percent(row.peak_use or 0.0, 0)
    kg_per_h = f"{words.number(load, 1)} / {words.number(most, 1)} kg/h"
    told = Text(
        f"{kg_per_h}({use}{',按站级推算' if row.peak_assumed else ''})",
        f"{kg_per_h} ({use}{', by size' if row.peak_assumed else ''})",
    )
    count = {} if row.dispensers is None else {"dispensers": words.same(str(row.dispensers))}
    return {**count, "peak_kg_per_h": told}
