"""What the map page draws and says, gathered from a plan as plain JSON values; a wording is a [zh, en] pair."""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from h2plan.domain import Verdict
from h2plan.outputs import _labels as words
from h2plan.outputs._labels import Text
from h2plan.outputs._report_text import verdict_reason
from h2plan.plan.results import Allocation, Backdrop, Candidate, DemandRow, Line, Plan, Station

IMPRECISE_M = 500.0
"""A place known to worse than this is drawn as a disc of its error."""
SERVED_SHOWN = 8
DEGREE_DIGITS = 5
ROAD_GROUPS: Mapping[str, str] = {"motorway": "motorway", "trunk": "trunk", "primary": "street", "secondary": "street"}
"""Road class to the group it is drawn with; every other class is an access road."""
LINE_GROUPS = ("river", "access", "street", "trunk", "motorway")
"""From the bottom to the top."""
SHAPES: Mapping[str, str] = {
    "port": "square",
    "quay": "square",
    "logistics_hub": "triangle",
    "depot": "triangle",
    "highway_service": "diamond",
    "interchange": "diamond",
    "toll_gate": "diamond",
    "fuel_station": "circle",
    "gas_station": "circle",
    "greenfield": "plus",
    "hydrogen_station": "circle",
}
SHAPE_NAMES: Mapping[str, Text] = {
    "square": Text("港区、码头", "port, quay"),
    "triangle": Text("物流枢纽、场站", "logistics hub, depot"),
    "diamond": Text("高速服务区、互通、收费站", "motorway place"),
    "circle": Text("加油、加气、加氢站", "fuel or gas station"),
    "plus": Text("新址", "greenfield"),
}


def map_data(plan: Plan, backdrop: Backdrop, *, title: str, approval_number: str, language: str) -> dict[str, Any]:
    """Everything the page needs besides the lines of the backdrop."""
    why = {verdict.site_id: _why(verdict) for verdict in plan.verdicts}
    names = {site.site_id: words.either(site.name, site.name_en) for site in plan.candidates}
    places, place_of = _places(plan.demand, names)
    demand = {row.id: row for row in plan.demand}
    given: dict[str, list[Allocation]] = defaultdict(list)
    for allocation in plan.allocations:
        given[allocation.site_id].append(allocation)
    sources = {source.id: words.either(source.name, source.name_en) for source in plan.sources}
    districts = {name: words.either(name, name_en) for name, name_en, _, _ in backdrop.seats}
    flows = [row for row in plan.demand if row.lon is None]
    return {
        "language": words.LANGUAGES.index("en" if language == "en" else "zh"),
        "title": words.same(title) if title else words.either(plan.title, plan.title_en),
        "subtitle": Text(f"{plan.city} · {plan.period} 年 · {plan.scenario}", f"{plan.scenario} · {plan.period}"),
        "approval": approval_number,
        "attribution": _attribution(plan, backdrop),
        "figures": _headline(plan),
        "bounds": bounds(plan),
        "stations": [
            _station(
                station,
                given[station.site_id],
                demand,
                place_of,
                source=sources.get(station.source_id),
                district=districts.get(station.district, words.same(station.district)),
            )
            for station in sorted(plan.stations, key=lambda station: (-station.dispensed_kg_per_d, station.site_id))
        ],
        "places": places,
        "candidates": [_candidate(candidate, why) for candidate in plan.candidates if not candidate.chosen],
        "sources": [
            {
                **_position(source.lon, source.lat, source.precision_m),
                "name": words.either(source.name, source.name_en),
                "kg": source.max_kg_per_d,
            }
            for source in plan.sources
        ],
        "seats": [[words.either(name, name_en), _deg(lat), _deg(lon)] for name, name_en, lon, lat in backdrop.seats],
        **_line_data(backdrop),
        "flows": {
            "count": len(flows),
            "kg": _kg(sum(row.kg_per_d.base for row in flows)),
            "served": _kg(sum(row.served_kg_per_d for row in flows)),
        },
        "unplaced": [words.either(site.name, site.name_en) for site in plan.unplaced if site.is_built],
        "kinds": _kinds(plan.demand),
        "shapes": SHAPE_NAMES,
    }


def drawn_lines(backdrop: Backdrop) -> dict[str, dict[str, Line]]:
    """The lines of each group by a name of our own, which is all that folium is told of them."""
    found: dict[str, list[Line]] = {group: [] for group in LINE_GROUPS}
    found["river"].extend(backdrop.rivers)
    for road in backdrop.roads:
        found[ROAD_GROUPS.get(road.kind, "access")].append(road)
    return {
        group: {f"{group}-{number}": line for number, line in enumerate(lines)}
        for group, lines in found.items()
        if lines
    }


def bounds(plan: Plan) -> list[list[float]]:
    """South-west and north-east corner of what the plan is about: its stations, else its demand, as [lat, lon]."""
    points = [(station.lat, station.lon) for station in plan.stations]
    points = points or [(row.lat, row.lon) for row in plan.demand if row.lat is not None and row.lon is not None]
    points = points or [(place.lat, place.lon) for place in plan.candidates] or [(-60.0, -170.0), (75.0, 170.0)]
    lats, lons = zip(*points, strict=True)
    return [[_deg(min(lats)) - 0.01, _deg(min(lons)) - 0.01], [_deg(max(lats)) + 0.01, _deg(max(lons)) + 0.01]]


def _line_data(backdrop: Backdrop) -> dict[str, dict[str, Any]]:
    """Name and corridor load of the drawn lines."""
    lines = {key: line for group in drawn_lines(backdrop).values() for key, line in group.items()}
    load = {key: backdrop.link_kg_per_d.get(line.id, 0.0) for key, line in lines.items()}
    return {
        "lines": {key: words.word(words.RIVERS, line.name) for key, line in lines.items() if line.name},
        "links": {key: _kg(kg) for key, kg in load.items() if kg > 0},
    }


def _deg(value: float) -> float:
    return round(value, DEGREE_DIGITS)


def _kg(value: float) -> float:
    return round(value, 1)


def _position(lon: float, lat: float, precision_m: float | None) -> dict[str, float]:
    off = precision_m if precision_m is not None and precision_m > IMPRECISE_M else 0.0
    return {"lon": _deg(lon), "lat": _deg(lat), "off": round(off)}


def _attribution(plan: Plan, backdrop: Backdrop) -> list[str]:
    return list(dict.fromkeys(text for text in (backdrop.attribution, *plan.attributions) if text))


def _headline(plan: Plan) -> list[list[Text]]:
    """[label, value, small print] of the key figures."""
    figures = plan.figures
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


def _places(rows: Iterable[DemandRow], names: Mapping[str, Text]) -> tuple[list[dict[str, Any]], dict[str, int]]:
    """Rows of one source kind at one spot as one symbol, and the index of the symbol of each row."""
    spots: dict[tuple[float, float, str], list[DemandRow]] = defaultdict(list)
    for row in rows:
        if row.lon is not None and row.lat is not None:
            spots[_deg(row.lon), _deg(row.lat), row.kind].append(row)
    places = [_place(lon, lat, kind, found, names) for (lon, lat, kind), found in spots.items()]
    return places, {row.id: index for index, found in enumerate(spots.values()) for row in found}


def _place(lon: float, lat: float, kind: str, rows: Sequence[DemandRow], names: Mapping[str, Text]) -> dict[str, Any]:
    total, served = sum(row.kg_per_d.base for row in rows), sum(row.served_kg_per_d for row in rows)
    out_of_reach = [row for row in rows if not row.reached]
    return {
        **_position(lon, lat, max(row.precision_m or 0.0 for row in rows)),
        "name": words.either(rows[0].name, rows[0].name_en),
        "kind": kind,
        "kg": _kg(total),
        "served": _kg(served),
        "state": _state(total, served, unreached_kg=sum(row.kg_per_d.base for row in out_of_reach)),
        "nearest": _nearest(out_of_reach[0], names) if out_of_reach else None,
        "rows": [
            [words.word(words.VEHICLE_CLASSES, row.vehicle_class), _kg(row.kg_per_d.base), _kg(row.served_kg_per_d)]
            for row in sorted(rows, key=lambda row: -row.kg_per_d.base)
        ],
    }


def _kinds(rows: Iterable[DemandRow]) -> list[list[Any]]:
    """[kind, label] of the demand sources that stand at places, in the order of the legend."""
    found = dict.fromkeys(row.kind for row in rows if row.lon is not None)
    known = [kind for kind in words.DEMAND_KINDS if kind in found]
    kinds = known + sorted(kind for kind in found if kind not in known)
    return [[kind, words.word(words.DEMAND_KINDS, kind)] for kind in kinds]


def _nearest(row: DemandRow, names: Mapping[str, Text]) -> list[Any] | None:
    """[site name, minutes] of the site nearest to a row that none reaches."""
    if row.nearest_min is None:
        return None
    return [names.get(row.nearest_site, words.same(row.nearest_site)), round(row.nearest_min)]


def _state(total_kg: float, served_kg: float, *, unreached_kg: float) -> str:
    if unreached_kg > 0.5 * total_kg:
        return "unreached"
    if total_kg == 0 or math.isclose(served_kg, total_kg, rel_tol=0.005):
        return "served"
    return "part" if served_kg > 0.005 * total_kg else "unserved"


def _why(verdict: Verdict) -> Text:
    """Why a site has its verdict, with the largest size that the law leaves."""
    most = "" if verdict.max_kg_per_d is None else f"≤ {words.number(verdict.max_kg_per_d)} kg/d"
    said = (verdict_reason(verdict, "zh"), verdict_reason(verdict, "en"))
    return Text(*(" · ".join(filter(None, (text, most))) for text in said))


def _candidate(candidate: Candidate, why: Mapping[str, Text]) -> dict[str, Any]:
    return {
        **_position(candidate.lon, candidate.lat, candidate.precision_m),
        "name": words.either(candidate.name, candidate.name_en),
        "kind": words.word(words.SITE_KINDS, candidate.kind),
        "shape": SHAPES[candidate.kind],
        "verdict": words.word(words.VERDICTS, candidate.verdict),
        "why": why.get(candidate.site_id, words.same("")),
        "barred": candidate.verdict == "barred",
    }


def _station(
    station: Station,
    given: Sequence[Allocation],
    demand: Mapping[str, DemandRow],
    place_of: Mapping[str, int],
    *,
    source: Text | None,
    district: Text,
) -> dict[str, Any]:
    ranked = sorted(given, key=lambda allocation: (-allocation.kg_per_d, allocation.demand_id))
    lines: dict[int, float] = defaultdict(float)
    on_the_road = [allocation for allocation in given if allocation.demand_id not in place_of]
    for allocation in given:
        if allocation.demand_id in place_of:
            lines[place_of[allocation.demand_id]] += allocation.kg_per_d
    return {
        **_position(station.lon, station.lat, station.precision_m),
        "id": station.site_id,
        "name": words.either(station.name, station.name_en),
        "kind": words.word(words.SITE_KINDS, station.kind),
        "district": district,
        "built": station.built,
        "required": station.required,
        "capacity": _kg(station.capacity_kg_per_d),
        "used": _kg(station.dispensed_kg_per_d),
        "utilisation": round(station.utilisation, 4),
        "facts": _facts(station, source),
        "why": words.either(station.why, station.why_en),
        "assumptions": station.assumptions,
        "source": station.source,
        "serves": [_served(allocation, demand[allocation.demand_id]) for allocation in ranked[:SERVED_SHOWN]],
        "more": max(0, len(ranked) - SERVED_SHOWN),
        "flows": [len(on_the_road), _kg(sum(allocation.kg_per_d for allocation in on_the_road))],
        "lines": [[place, _kg(kg)] for place, kg in sorted(lines.items())],
    }


def _facts(station: Station, source: Text | None) -> list[list[Text]]:
    """[label, value] rows of the station sheet."""
    facts = {
        "size_id": words.same(station.size_id),
        "opens": words.same(str(station.opens)),
        "capex_cny": words.money(station.capex_cny),
        "annual_cost_cny_per_yr": words.money(station.annual_cost_cny_per_yr),
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


def _served(allocation: Allocation, row: DemandRow) -> list[Any]:
    """[name, vehicle class, kg/d, minutes, whether it is a flow]."""
    name = words.either(row.name, row.name_en)
    vehicles = words.word(words.VEHICLE_CLASSES, row.vehicle_class)
    return [name, vehicles, _kg(allocation.kg_per_d), round(allocation.travel_min, 1), row.lon is None]
