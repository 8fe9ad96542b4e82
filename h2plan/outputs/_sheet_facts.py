"""What stands on the sheet of one station: where, what and when, for whom, why, what the law says, and a small map."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from markupsafe import Markup

from h2plan import datums
from h2plan.domain import Verdict
from h2plan.outputs._charts import Dot, site_map
from h2plan.outputs._equipped import equipment_facts
from h2plan.outputs._labels import Language, Text, either
from h2plan.plan.results import Allocation, Backdrop, DemandRow, Plan, Station, in_order

SERVED_SHOWN = 10
"""Demand rows that a sheet lists, the largest first."""
MAP_KM = 6.0
"""From the station to the edge of its map."""
HEADS: Mapping[str, tuple[Text, ...]] = {
    "notice": (
        Text("序号", "No."),
        Text("名称", "Name"),
        Text("依托类型", "Kind of place"),
        Text("行政区", "District"),
        Text("投运年份", "Opens"),
        Text("能力 kg/d", "Capacity kg/d"),
        Text("坐标 °", "Position °"),
    ),
    "years": (
        Text("年份", "Year"),
        Text("日加注能力 kg/d", "Capacity kg/d"),
        Text("日加注量 kg/d", "Dispensed kg/d"),
        Text("利用率", "Utilisation"),
    ),
    "served": (
        Text("需求", "Demand"),
        Text("车型", "Vehicles"),
        Text("加注量 kg/d", "Dispensed kg/d"),
        Text("行程或绕行 min", "Way or detour min"),
    ),
    "clauses": (
        Text("条款", "Clause"),
        Text("对象", "Object"),
        Text("实测 m", "Measured m"),
        Text("要求 m", "Required m"),
        Text("结论", "Verdict"),
    ),
}
"""Column heads of the tables on a sheet."""
SHOWN_DATUMS: tuple[tuple[str, str], ...] = (("wgs84", "WGS 84"), ("cgcs2000", "CGCS2000"), ("gcj02", "GCJ-02"))


@dataclass(frozen=True, slots=True, kw_only=True)
class Position:
    """A position in one datum, degrees."""

    datum: str
    lon: float
    lat: float


@dataclass(frozen=True, slots=True, kw_only=True)
class YearAt:
    """The station in one year of the plan."""

    period: int
    size_id: str
    capacity_kg_per_d: float
    dispensed_kg_per_d: float
    utilisation: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Served:
    """A demand row that fills at the station."""

    name: str
    vehicle_class: str
    kg_per_d: float
    travel_min: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Sheet:
    """Everything on one sheet."""

    number: int
    station: Station
    positions: tuple[Position, ...]
    years: tuple[YearAt, ...]
    served: tuple[Served, ...]
    served_more: int
    served_more_kg_per_d: float
    verdict: Verdict | None
    equipped: tuple[tuple[str, str], ...]
    """Label and value of what it is equipped with, where the plan looks at it."""
    approval_months: int | None
    """Months of approvals that a new station still needs; None where nobody says."""
    map: Markup


def sheets(plan: Plan, backdrop: Backdrop, language: Language, *, map_title: str) -> list[Sheet]:
    """Return a sheet for every station of the plan's last year, in the order of every list."""
    stations = in_order(plan.stations)
    demand = {row.id: row for row in plan.demand}
    months = {site.site_id: site.approval_months for site in plan.candidates}
    verdicts = {verdict.site_id: verdict for verdict in plan.verdicts}
    given: dict[str, list[Allocation]] = {}
    for row in plan.allocations:
        given.setdefault(row.site_id, []).append(row)
    dots = [_dot(number, station, language) for number, station in enumerate(stations, start=1)]
    years = _years(plan)
    equipped = {row.site_id: equipment_facts(row) for row in plan.equipment}
    made = []
    for dot, station in zip(dots, stations, strict=True):
        rows = sorted(given.get(station.site_id, ()), key=lambda row: (-row.kg_per_d, row.demand_id))
        shown, rest = rows[:SERVED_SHOWN], rows[SERVED_SHOWN:]
        made.append(
            Sheet(
                number=dot.number,
                station=station,
                positions=positions(station.lon, station.lat),
                years=tuple(years.get(station.site_id, ())),
                served=tuple(_served(row, demand[row.demand_id], language) for row in shown),
                served_more=len(rest),
                served_more_kg_per_d=sum(row.kg_per_d for row in rest),
                verdict=verdicts.get(station.site_id),
                equipped=tuple((a.at(language), b.at(language)) for a, b in equipped.get(station.site_id, ())),
                approval_months=None if station.built else months.get(station.site_id),
                map=site_map(dot, dots, backdrop, reach_km=MAP_KM, title=f"{map_title} {dot.label}"),
            )
        )
    return made


def positions(lon: float, lat: float) -> tuple[Position, ...]:
    """Return a WGS-84 position in the datums that a Chinese office meets, degrees."""
    found = []
    for name, spoken in SHOWN_DATUMS:
        x, y = datums.from_wgs84(np.array([lon]), np.array([lat]), crs=name)
        found.append(Position(datum=spoken, lon=float(x[0]), lat=float(y[0])))
    return tuple(found)


def _years(plan: Plan) -> dict[str, list[YearAt]]:
    found: dict[str, list[YearAt]] = {}
    for period in plan.periods:
        for station in plan.at(period).stations:
            row = YearAt(
                period=period,
                size_id=station.size_id,
                capacity_kg_per_d=station.capacity_kg_per_d,
                dispensed_kg_per_d=station.dispensed_kg_per_d,
                utilisation=station.utilisation,
            )
            found.setdefault(station.site_id, []).append(row)
    return found


def _served(row: Allocation, wanted: DemandRow, language: Language) -> Served:
    return Served(
        name=either(wanted.name, wanted.name_en).at(language),
        vehicle_class=wanted.vehicle_class,
        kg_per_d=row.kg_per_d,
        travel_min=row.travel_min,
    )


def _dot(number: int, station: Station, language: Language) -> Dot:
    return Dot(
        number=number,
        label=either(station.name, station.name_en).at(language),
        lon=station.lon,
        lat=station.lat,
        capacity_kg_per_d=station.capacity_kg_per_d,
        precision_m=station.precision_m,
        built=station.built,
    )


def noticed(made: Sequence[Sheet]) -> list[Any]:
    """Return the sheets of what is proposed: stations that stand already need no notice."""
    return [sheet for sheet in made if not sheet.station.built]
