"""What the map page shows of one year: stations, who is served where, corridors, supply, service areas."""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from h2plan.outputs import _labels as words
from h2plan.outputs._columns import Texts, deg, gaps, kg
from h2plan.outputs._equipped import equipment_facts
from h2plan.outputs._labels import Text
from h2plan.plan.results import Allocation, Backdrop, DemandRow, Figures, Line, Plan, Reached, Station

IMPRECISE_M = 500.0
"""A place known to worse than this is drawn as a disc of its error."""
SERVED_SHOWN = 8
BANDS_MIN = (5, 10, 15, 20, 30)
"""Upper ends of the bands of travel time that service areas are drawn in."""
STATUS: Mapping[str, Text] = {
    "new": Text("本年新建", "new this year"),
    "upgraded": Text("本年扩容", "upgraded this year"),
    "extended": Text("已建站本年扩容", "standing station extended this year"),
    "standing": Text("此前各年建成", "of an earlier year"),
    "built": Text("现状已建", "built already"),
}
MODES: Mapping[str, Text] = {
    "tube_trailer": Text("管束车", "tube trailer"),
    "liquid": Text("液氢", "liquid"),
    "pipeline": Text("管道", "pipeline"),
    "on_site": Text("站内制氢", "on site"),
}


@dataclass(frozen=True, kw_only=True)
class Known:
    """What holds for every year of a plan, by id."""

    texts: Texts
    lines: Sequence[Line]
    """In the order of their numbers on the page."""
    backdrop: Backdrop
    place_of: Mapping[str, int]
    """Demand row to its symbol."""
    sources: Mapping[str, Text]
    districts: Mapping[str, Text]
    spots: Mapping[str, tuple[float, float, Text]]
    """Everything that hydrogen may come from or go to: lon, lat, name."""


GROWN = ("upgrade", "extend")
"""What makes a station larger."""


def year_data(plan: Plan, before: Plan | None, known: Known) -> dict[str, Any]:
    """Everything that changes with the year; `before` is the plan in the year before, if there is one."""
    given: dict[str, list[Allocation]] = defaultdict(list)
    for allocation in plan.allocations:
        given[allocation.site_id].append(allocation)
    stood = {} if before is None else {station.site_id: station for station in before.stations}
    upgraded = {build.site_id for build in plan.builds if build.what in GROWN and build.period == plan.period}
    ranked = sorted(plan.stations, key=lambda station: (-station.dispensed_kg_per_d, station.site_id))
    demand = {row.id: row for row in plan.demand}
    equipped = {row.site_id: equipment_facts(row) for row in plan.equipment}
    flows = [row for row in plan.demand if row.lon is None]
    deliveries, undrawn = _deliveries(plan, known)
    return {
        "period": plan.period,
        "figures": _headline(plan.figures),
        "stations": [
            {
                **_station(station, known, equipped.get(station.site_id, [])),
                "status": _status(station, stood.get(station.site_id), upgraded),
                **_serving(given[station.site_id], demand, known),
            }
            for station in ranked
        ],
        "flows": {
            "count": len(flows),
            "kg": kg(sum(row.kg_per_d.base for row in flows)),
            "served": kg(sum(row.served_kg_per_d for row in flows)),
        },
        "corridors": _corridors(flows, known),
        "deliveries": deliveries,
        "undrawn": undrawn,
        "centres": [_centre(centre) for centre in plan.centres],
        "sold": {use.source_id: kg(use.sold_kg_per_d) for use in plan.source_use},
        "reach": _reach(known, plan.period, [station.site_id for station in ranked]),
    }


def position(lon: float, lat: float, precision_m: float | None) -> dict[str, float]:
    """Where a symbol stands, and the radius of its disc in metres, 0 for none."""
    return {"lon": deg(lon), "lat": deg(lat), "off": off_m(precision_m)}


def off_m(precision_m: float | None) -> int:
    """Return the radius of the disc of an imprecise place, 0 where it is precise enough."""
    return round(precision_m) if precision_m is not None and precision_m > IMPRECISE_M else 0


def _status(station: Station, stood: Station | None, upgraded: set[str]) -> str:
    grown = stood is not None and station.capacity_kg_per_d > stood.capacity_kg_per_d
    if station.site_id in upgraded or grown:
        return "extended" if station.built else "upgraded"
    if station.built:
        return "built"
    return "new" if stood is None else "standing"


def _headline(figures: Figures) -> list[list[Text]]:
    """[label, value, small print] of the key figures."""
    return [
        [
            Text("加氢站", "stations"),
            words.same(str(figures.stations)),
            Text(
                f"新建 {figures.stations_new} · 已建 {figures.stations_built}",
                f"{figures.stations_new} new · {figures.stations_built} built",
            ),
        ],
        [
            Text("需求满足率", "demand served"),
            words.same(words.percent(figures.served_share)),
            Text(
                f"{words.number(figures.served_kg_per_d)} / {words.number(figures.demand_kg_per_d)} kg/d",
                f"{words.number(figures.served_kg_per_d)} of {words.number(figures.demand_kg_per_d)} kg/d",
            ),
        ],
        [
            Text("总加注能力", "capacity"),
            words.kg_per_d(figures.capacity_kg_per_d),
            Text(
                f"平均利用率 {words.percent(figures.utilisation, 0)}",
                f"mean utilisation {words.percent(figures.utilisation, 0)}",
            ),
        ],
        [
            Text("新增投资", "new capital cost"),
            words.money(figures.capex_cny),
            Text(
                f"年总成本 {words.money(figures.annual_cost_cny_per_yr).zh}",
                f"{words.money(figures.annual_cost_cny_per_yr).en} a year in all",
            ),
        ],
    ]


def _station(station: Station, known: Known, equipped: Sequence[list[Text]]) -> dict[str, Any]:
    return {
        **position(station.lon, station.lat, station.precision_m),
        "id": station.site_id,
        "name": words.either(station.name, station.name_en),
        "kind": words.word(words.SITE_KINDS, station.kind),
        "district": known.districts.get(station.district, words.same(station.district)),
        "built": station.built,
        "required": station.required,
        "opens": station.opens,
        "size": words.size(station.size_id),
        "capacity": kg(station.capacity_kg_per_d),
        "used": kg(station.dispensed_kg_per_d),
        "utilisation": round(station.utilisation, 4),
        "facts": [*_facts(station, known.sources.get(station.source_id)), *equipped],
        "why": words.either(station.why, station.why_en),
        "assumptions": station.assumptions,
        "source": station.source,
    }


def _facts(station: Station, source: Text | None) -> list[list[Text]]:
    """[label, value] rows of the station sheet; what an edition withholds is blank or no number and left out."""
    facts = {
        "size_id": words.size(station.size_id),
        **({} if station.built else {"opens": words.same(str(station.opens))}),
        **{
            name: words.money(value)
            for name in ("capex_cny", "annual_cost_cny_per_yr")
            if math.isfinite(value := getattr(station, name))
        },
        "verdict": words.word(words.VERDICTS, station.verdict),
        "verified": words.word(words.VERIFIED, station.verified),
    }
    if source is not None and station.source_km is not None:
        km = words.number(station.source_km, 1)
        facts["source_id"] = Text(f"{source.zh}({km} km)", f"{source.en} ({km} km)")
    if station.delivery_cny_per_kg is not None:
        price = words.number(station.delivery_cny_per_kg, 1)
        facts["delivery_cny_per_kg"] = Text(f"{price} 元/kg", f"CNY {price}/kg")
    return [[words.label(Station, name), value] for name, value in facts.items()]


def _serving(given: Sequence[Allocation], demand: Mapping[str, DemandRow], known: Known) -> dict[str, Any]:
    """Whom a station serves: its largest rows in words, its corridor flows in sum, places and kg/d of all points."""
    ranked = sorted(given, key=lambda allocation: (-allocation.kg_per_d, allocation.demand_id))
    lines: dict[int, float] = defaultdict(float)
    on_the_road = [allocation for allocation in given if allocation.demand_id not in known.place_of]
    for allocation in given:
        if allocation.demand_id in known.place_of:
            lines[known.place_of[allocation.demand_id]] += allocation.kg_per_d
    return {
        "serves": [_served(allocation, demand[allocation.demand_id]) for allocation in ranked[:SERVED_SHOWN]],
        "more": max(0, len(ranked) - SERVED_SHOWN),
        "flows": [len(on_the_road), kg(sum(allocation.kg_per_d for allocation in on_the_road))],
        "lines": [gaps(sorted(lines)), [kg(load) for _, load in sorted(lines.items())]],
    }


def _served(allocation: Allocation, row: DemandRow) -> list[Any]:
    """[name, vehicle class, kg/d, minutes, whether it is a flow]."""
    name = words.either(row.name, row.name_en)
    vehicles = words.word(words.VEHICLE_CLASSES, row.vehicle_class)
    return [name, vehicles, kg(allocation.kg_per_d), round(allocation.travel_min, 1), row.lon is None]


def _corridors(flows: Iterable[DemandRow], known: Known) -> list[float]:
    """[line, kg/d wanted, kg/d served, …] of the lines that flows drive on."""
    wanted: dict[str, float] = defaultdict(float)
    served: dict[str, float] = defaultdict(float)
    for row in flows:
        for link in row.route:
            wanted[link] += row.kg_per_d.base
            served[link] += row.served_kg_per_d
    numbers = [(number, line.id) for number, line in enumerate(known.lines) if wanted.get(line.id, 0.0) > 0]
    return [value for number, link in numbers for value in (number, kg(wanted[link]), kg(served[link]))]


def _deliveries(plan: Plan, known: Known) -> tuple[list[dict[str, Any]], int]:
    """The deliveries between places that have a position, and the number of the others."""
    drawn = [flow for flow in plan.deliveries if flow.origin in known.spots and flow.destination in known.spots]
    rows = [
        {
            "ends": [
                [deg(value) for value in (lat, lon)]
                for lon, lat, _ in (known.spots[flow.origin], known.spots[flow.destination])
            ],
            "names": [known.spots[flow.origin][2], known.spots[flow.destination][2]],
            "ids": [flow.origin, flow.destination],
            "mode": flow.mode,
            "kg": kg(flow.kg_per_d),
            "km": round(flow.km, 1),
        }
        for flow in drawn
    ]
    return rows, len(plan.deliveries) - len(drawn)


def _centre(centre: Any) -> dict[str, Any]:
    shown = {"handled": centre.handled_kg_per_d} if math.isfinite(centre.handled_kg_per_d) else {}
    return {
        **position(centre.lon, centre.lat, centre.precision_m),
        "id": centre.site_id,
        "name": words.either(centre.name, centre.name_en),
        "capacity": kg(centre.capacity_kg_per_d),
        "opens": centre.opens,
        "built": centre.built,
        **{name: kg(value) for name, value in shown.items()},
    }


def _reach(known: Known, period: int, stations: Sequence[str]) -> dict[str, Any] | None:
    """Each line's band of minutes to its nearest station as one digit (the last: beyond), and that station's place."""
    reached: Reached | None = known.backdrop.reached.get(period)
    if reached is None:
        return None
    place = {station: number for number, station in enumerate(stations)}
    bands, nearest = [], []
    for line in known.lines:
        found = reached.links.get(line.id)
        minutes = math.inf if found is None else found[1]
        bands.append(str(sum(minutes > band for band in BANDS_MIN)))
        nearest.append(-1 if found is None else place.get(found[0], -1))
    vehicles = words.word(words.VEHICLE_CLASSES, reached.vehicle_class)
    return {"bands": "".join(bands), "nearest": nearest, "vehicles": vehicles}
