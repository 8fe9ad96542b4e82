"""What the map page draws and says, gathered from a plan as plain JSON values; a wording is a [zh, en] pair.

Points come as columns, so that tens of thousands stay small; what changes with the year stands in `years`.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from h2plan.domain import Verdict
from h2plan.outputs import _labels as words
from h2plan.outputs._columns import Texts, deg, gaps, kg, sparse, steps
from h2plan.outputs._labels import Text
from h2plan.outputs._lines import in_order, line_columns, own_columns
from h2plan.outputs._map_years import BANDS_MIN, MODES, STATUS, Known, off_m, position, year_data
from h2plan.outputs._report_text import verdict_reason
from h2plan.plan.results import Backdrop, Candidate, DemandRow, Plan

STATES = ("served", "part", "unserved", "unreached")
"""A place's state is written as its place in this list."""
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
Spot = tuple[float, float, str]
"""lon, lat and kind: rows of one source kind at one spot are one symbol."""


@dataclass(frozen=True, kw_only=True)
class Heading:
    """What stands at the head of the page and in its corners."""

    title: str
    approval_number: str
    language: str
    public: bool


def map_data(
    plan: Plan, backdrop: Backdrop, heading: Heading, *, own: Sequence[Mapping[str, Any]] = ()
) -> dict[str, Any]:
    """Everything the page draws and says. `own`: file, names and kind of each layer of the user's."""
    texts = Texts()
    years = [plan.at(period) for period in plan.periods]
    rows = _by_spot(years)
    names = {site.site_id: words.either(site.name, site.name_en) for site in plan.candidates}
    known = Known(
        texts=texts,
        lines=in_order(backdrop),
        backdrop=backdrop,
        place_of={row.id: at for at, found in enumerate(rows.values()) for year in found for row in year},
        sources={source.id: words.either(source.name, source.name_en) for source in plan.sources},
        districts={name: words.either(name, name_en) for name, name_en, _, _ in backdrop.seats},
        spots=_spots(plan, years),
    )
    befores = (None, *years[:-1])
    return {
        "language": words.LANGUAGES.index("en" if heading.language == "en" else "zh"),
        "title": words.same(heading.title) if heading.title else words.either(plan.title, plan.title_en),
        "subtitle": Text(f"{plan.city} · {{}} 年 · {plan.scenario}", f"{plan.scenario} · {{}}"),
        "approval": heading.approval_number,
        "public": heading.public,
        "attribution": list(dict.fromkeys(text for text in (backdrop.attribution, *plan.attributions) if text)),
        "bounds": bounds(years),
        "years": [year_data(year, before, known) for year, before in zip(years, befores, strict=True)],
        "places": _places(rows, years, names, texts),
        "candidates": _candidates(plan, years, texts),
        "sources": [
            {
                **position(source.lon, source.lat, source.precision_m),
                "id": source.id,
                "name": words.either(source.name, source.name_en),
                "kg": source.max_kg_per_d,
            }
            for source in plan.sources
        ],
        "seats": [[words.either(name, name_en), deg(lat), deg(lon)] for name, name_en, lon, lat in backdrop.seats],
        "lines": line_columns(backdrop, texts),
        "own": [{**layer, "lines": own_columns(backdrop.own[layer["file"]], texts)} for layer in own],
        "unplaced": [words.either(site.name, site.name_en) for site in plan.unplaced if site.is_built],
        "kinds": _kinds(plan.demand),
        "shapes": SHAPE_NAMES,
        "statuses": STATUS,
        "modes": MODES,
        "bands": BANDS_MIN,
        "texts": texts.table(),
    }


def bounds(years: Sequence[Plan]) -> list[list[float]]:
    """South-west and north-east corner of what the plan is about: its stations, else its demand, as [lat, lon]."""
    points = [(station.lat, station.lon) for year in years for station in year.stations]
    if not points:
        points = [(row.lat, row.lon) for row in years[-1].demand if row.lat is not None and row.lon is not None]
    points = points or [(place.lat, place.lon) for place in years[-1].candidates] or [(-60.0, -170.0), (75.0, 170.0)]
    lats, lons = zip(*points, strict=True)
    return [[deg(min(lats) - 0.01), deg(min(lons) - 0.01)], [deg(max(lats) + 0.01), deg(max(lons) + 0.01)]]


def _spots(plan: Plan, years: Sequence[Plan]) -> dict[str, tuple[float, float, Text]]:
    """Everything that hydrogen may come from or go to, by id."""
    found: dict[str, tuple[float, float, Text]] = {}
    for year in years:
        for station in year.stations:
            found[station.site_id] = station.lon, station.lat, words.either(station.name, station.name_en)
        for centre in year.centres:
            found[centre.site_id] = centre.lon, centre.lat, words.either(centre.name, centre.name_en)
    for source in plan.sources:
        found[source.id] = source.lon, source.lat, words.either(source.name, source.name_en)
    return found


def _by_spot(years: Sequence[Plan]) -> dict[Spot, list[list[DemandRow]]]:
    """Spot to the rows that stand there in each year; the largest spot of the last year comes first."""
    spots: dict[Spot, list[list[DemandRow]]] = {}
    for number, year in enumerate(years):
        for row in year.demand:
            if row.lon is not None and row.lat is not None:
                spot = deg(row.lon), deg(row.lat), row.kind
                spots.setdefault(spot, [[] for _ in years])[number].append(row)
    return spots


def _places(
    rows: Mapping[Spot, Sequence[Sequence[DemandRow]]], years: Sequence[Plan], names: Mapping[str, Text], texts: Texts
) -> dict[str, Any]:
    """Demand as columns, one entry a symbol; `kg`, `short` (what is not served) and `state` have one list a year."""
    kinds = {kind: number for number, (kind, _) in enumerate(_kinds(row for year in years for row in year.demand))}
    any_row = [next(row for year in found for row in year) for found in rows.values()]
    totals = [[sum(row.kg_per_d.base for row in year) for year in found] for found in rows.values()]
    served = [[sum(row.served_kg_per_d for row in year) for year in found] for found in rows.values()]
    last = [found[-1] or next(year for year in found if year) for found in rows.values()]
    return {
        "lon": steps(lon for lon, _, _ in rows),
        "lat": steps(lat for _, lat, _ in rows),
        "off": sparse(max(off_m(row.precision_m) for row in found) for found in last),
        "name": gaps(texts.number(words.either(row.name, row.name_en)) for row in any_row),
        "kind": [kinds[kind] for _, _, kind in rows],
        "kg": [[kg(values[y]) for values in totals] for y in range(len(years))],
        "short": [sparse(kg(a[y] - b[y]) for a, b in zip(totals, served, strict=True)) for y in range(len(years))],
        "state": ["".join(map(str, (_state(found[y]) for found in rows.values()))) for y in range(len(years))],
        "nearest": {str(at): near for at, found in enumerate(last) if (near := _nearest(found, names, texts))},
        "rows": [_classes(found, texts) for found in rows.values()],
    }


def _classes(years: Sequence[Sequence[DemandRow]], texts: Texts) -> Any:
    """What each vehicle class wants and gets: [class, [kg, served, … by year], …]; the number of the only one."""
    classes = sorted({row.vehicle_class for year in years for row in year})
    numbers = [texts.number(words.word(words.VEHICLE_CLASSES, name)) for name in classes]
    if len(classes) == 1:
        return numbers[0]
    found: list[Any] = []
    for name, number in zip(classes, numbers, strict=True):
        rows = [[row for row in year if row.vehicle_class == name] for year in years]
        loads = ((sum(r.kg_per_d.base for r in year), sum(r.served_kg_per_d for r in year)) for year in rows)
        found += [number, [kg(value) for pair in loads for value in pair]]
    return found


def _kinds(rows: Iterable[DemandRow]) -> list[list[Any]]:
    """[kind, label] of the demand sources that stand at places, in the order of the legend."""
    found = dict.fromkeys(row.kind for row in rows if row.lon is not None)
    known = [kind for kind in words.DEMAND_KINDS if kind in found]
    kinds = known + sorted(kind for kind in found if kind not in known)
    return [[kind, words.word(words.DEMAND_KINDS, kind)] for kind in kinds]


def _nearest(rows: Sequence[DemandRow], names: Mapping[str, Text], texts: Texts) -> list[int] | None:
    """[site name, minutes] of the site nearest to a place that none reaches."""
    row = next((row for row in rows if not row.reached), None)
    if row is None or row.nearest_min is None:
        return None
    name = names.get(row.nearest_site, words.same(row.nearest_site))
    return [texts.number(name), round(row.nearest_min)]


def _state(rows: Sequence[DemandRow]) -> int:
    total_kg, served_kg = sum(row.kg_per_d.base for row in rows), sum(row.served_kg_per_d for row in rows)
    unreached_kg = sum(row.kg_per_d.base for row in rows if not row.reached)
    if unreached_kg > 0.5 * total_kg:
        return STATES.index("unreached")
    if total_kg == 0 or math.isclose(served_kg, total_kg, rel_tol=0.005):
        return STATES.index("served")
    return STATES.index("part" if served_kg > 0.005 * total_kg else "unserved")


def _candidates(plan: Plan, years: Sequence[Plan], texts: Texts) -> dict[str, Any]:
    """Sites that took part as columns; `chosen` tells in which years each one is a station, one bit a year."""
    why = {verdict.site_id: _why(verdict) for verdict in plan.verdicts}
    chosen = [{station.site_id for station in year.stations} for year in years]
    always = set.intersection(*chosen)
    sites: list[Candidate] = [site for site in plan.candidates if site.site_id not in always]
    shapes = sorted(SHAPE_NAMES)  # the page holds them in this order
    return {
        "lon": steps(site.lon for site in sites),
        "lat": steps(site.lat for site in sites),
        "off": sparse(off_m(site.precision_m) for site in sites),
        "id": [site.site_id for site in sites],
        "name": gaps(texts.number(words.either(site.name, site.name_en)) for site in sites),
        "kind": [texts.number(words.word(words.SITE_KINDS, site.kind)) for site in sites],
        "shape": [shapes.index(SHAPES[site.kind]) for site in sites],
        "verdict": [texts.number(words.word(words.VERDICTS, site.verdict)) for site in sites],
        "why": [texts.number(why.get(site.site_id, words.same(""))) for site in sites],
        "barred": [int(site.verdict == "barred") for site in sites],
        "chosen": [sum((site.site_id in found) << y for y, found in enumerate(chosen)) for site in sites],
    }


def _why(verdict: Verdict) -> Text:
    """Why a site has its verdict, with the clause and the largest size that the law leaves."""
    most = "" if verdict.max_kg_per_d is None else f"≤ {words.number(verdict.max_kg_per_d)} kg/d"
    said = (verdict_reason(verdict, "zh"), verdict_reason(verdict, "en"))
    return Text(*(" · ".join(filter(None, (verdict.rule, text, most))) for text in said))
