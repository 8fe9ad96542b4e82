"""A made-up plan around Wuhan, with its backdrop, for tests of everything that is written from a plan."""

from __future__ import annotations

import dataclasses
import math
import random
from collections import defaultdict
from typing import Any, get_args

from h2plan.domain import Assumption, Range, SiteKind, Source, UnplacedSite, Verdict
from h2plan.plan.results import (
    Allocation,
    Alternative,
    Backdrop,
    Candidate,
    DemandRow,
    DistrictRow,
    Figures,
    GoalResult,
    LevelFigures,
    Line,
    Plan,
    Station,
)

SEATS = (
    ("江岸区", "Jiang'an", 114.304, 30.603),
    ("江汉区", "Jianghan", 114.266, 30.604),
    ("硚口区", "Qiaokou", 114.209, 30.585),
    ("汉阳区", "Hanyang", 114.213, 30.556),
    ("武昌区", "Wuchang", 114.311, 30.557),
    ("青山区", "Qingshan", 114.379, 30.642),
    ("洪山区", "Hongshan", 114.338, 30.502),
    ("东西湖区", "Dongxihu", 114.131, 30.622),
    ("蔡甸区", "Caidian", 114.082, 30.540),
    ("江夏区", "Jiangxia", 114.314, 30.379),
    ("黄陂区", "Huangpi", 114.370, 30.885),
    ("新洲区", "Xinzhou", 114.796, 30.845),
    ("汉南区", "Hannan", 114.079, 30.312),
)
CLASSES = ("bus_12m", "logistics_4_5t", "tractor_49t")
CAPACITY = {"S500": 500.0, "S1000": 1000.0, "S2000": 2000.0}
CAPEX = {"S500": 9.0e6, "S1000": 13.0e6, "S2000": 21.0e6}
CENTRE = (114.30, 30.59)


def _around(rng: random.Random, lon: float, lat: float, spread_deg: float) -> tuple[float, float]:
    return round(lon + rng.uniform(-1, 1) * spread_deg, 5), round(lat + rng.uniform(-1, 1) * spread_deg * 0.8, 5)


def _km(a: tuple[float, float], b: tuple[float, float]) -> float:
    return 111.2 * math.hypot((a[0] - b[0]) * math.cos(math.radians(30.6)), a[1] - b[1])


def _ring(radius_deg: float, count: int) -> list[tuple[float, float]]:
    angles = (2 * math.pi * i / count for i in range(count))
    return [(CENTRE[0] + radius_deg * 1.16 * math.cos(a), CENTRE[1] + radius_deg * math.sin(a)) for a in angles]


def sample_backdrop() -> Backdrop:
    """Three rings, eight radials, two rivers and the seats; the flows of `sample_plan` drive on the radials."""
    rings = (("二环线", "primary", 0.06), ("三环线", "trunk", 0.12), ("绕城高速", "motorway", 0.28))
    roads = []
    for number, (name, kind, radius) in enumerate(rings):
        nodes = _ring(radius, 16)
        for i, start in enumerate(nodes):
            coords = (start, nodes[(i + 1) % len(nodes)])
            roads.append(Line(id=f"R{number}-{i:02d}", name=name, kind=kind, coords=coords))
    for i, (inner, outer) in enumerate(zip(_ring(0.06, 8), _ring(0.55, 8), strict=True)):
        roads.append(Line(id=f"M{i}", name=f"G{i}放射高速", kind="motorway", coords=(inner, outer)))
    yangtze = ((113.95, 30.22), (114.08, 30.33), (114.20, 30.46), (114.28, 30.55), (114.35, 30.63), (114.55, 30.66))
    rivers = (
        Line(id="yangtze", name="长江", kind="river", coords=(*yangtze, (114.75, 30.58))),
        Line(id="han", name="汉江", kind="river", coords=((113.9, 30.60), (114.10, 30.58), (114.285, 30.565))),
    )
    return Backdrop(
        roads=tuple(roads),
        rivers=rivers,
        seats=SEATS,
        link_kg_per_d={f"M{i}": 150.0 + 220.0 * i for i in range(8)},
        attribution="© OpenStreetMap contributors (ODbL)",
    )


def _candidates(rng: random.Random, count: int, chosen: int) -> tuple[Candidate, ...]:
    kinds: tuple[SiteKind, ...] = get_args(SiteKind)
    rows = []
    for i in range(count):
        name, name_en, lon, lat = SEATS[i % len(SEATS)]
        x, y = _around(rng, lon, lat, 0.05)
        rows.append(
            Candidate(
                site_id=f"site-{i:03d}",
                name=f"{name}{i}号站址",
                name_en=f"{name_en} site {i}",
                kind=kinds[i % len(kinds)],
                district=name,
                lon=x,
                lat=y,
                precision_m=3000.0 if i % 6 == 0 else 100.0,
                verdict="review" if i % 5 == 0 else "pass",
                chosen=i < chosen,
                max_kg_per_d=1000.0 if i % 4 == 0 else None,
                reach_kg_per_d=40.0 * (count - i),
                left_kg_per_d=0.0 if i % 2 else 12.5,
                source="table of sites, 2024",
                verified="no" if i % 6 == 0 else "yes",
            )
        )
    return tuple(rows)


def _points(rng: random.Random, count: int) -> list[DemandRow]:
    rows = []
    for i in range(count):
        place, vehicle_class = divmod(i, len(CLASSES))
        name, name_en, lon, lat = SEATS[place % len(SEATS)]
        x, y = _around(random.Random(place), lon, lat, 0.06)
        kg = round(rng.uniform(15, 190), 1)
        kind = ("districts", "ports", "logistics_hubs")[place % 3]
        rows.append(
            DemandRow(
                id=f"{kind}-{place:02d}-{CLASSES[vehicle_class]}",
                place_id=f"{kind}-{place:02d}",
                name=f"{name}第{place}处",
                name_en=f"{name_en} place {place}",
                kind=kind,
                district=name,
                vehicle_class=CLASSES[vehicle_class],
                vehicles=round(kg / 8, 1),
                kg_per_d=Range(kg * 0.7, kg, kg * 1.4),
                served_kg_per_d=0.0,
                reached=True,
                nearest_site="site-000",
                nearest_min=8.0,
                lon=x,
                lat=y,
                precision_m=2500.0 if place % 4 == 0 else 200.0,
                source="district yearbook 2024",
                verified="partly",
            )
        )
    return rows


def _flows(rng: random.Random, count: int) -> list[DemandRow]:
    rows = []
    for i in range(count):
        kg = round(rng.uniform(40, 260), 1)
        rows.append(
            DemandRow(
                id=f"flow-{i:02d}",
                place_id="",
                name=f"通道{i}",
                name_en=f"corridor {i}",
                kind="highways",
                district="",
                vehicle_class="tractor_49t",
                vehicles=round(kg / 30, 1),
                kg_per_d=Range(kg * 0.6, kg, kg * 1.5),
                served_kg_per_d=0.0,
                reached=True,
                nearest_site="site-001",
                nearest_min=3.0,
                lon=None,
                lat=None,
                precision_m=None,
                origin="武汉",
                destination=("孝感", "黄冈", "鄂州", "咸宁")[i % 4],
                route=(f"M{i % 8}", f"R2-{i % 16:02d}"),
                source="gateway table 2023",
                verified="no",
            )
        )
    return rows


def _serve(rows: list[DemandRow], sites: list[Candidate], room: dict[str, float]) -> tuple[list[Any], list[Any]]:
    """Send each row to its nearest stations with room; the last two points stay unserved, the third last unreached."""
    allocations, served = [], []
    *_, unreached, short, shortest = (row.id for row in rows if row.lon is not None)
    for row in rows:
        if row.id in (unreached, short, shortest):
            far = row.id == unreached
            served.append(dataclasses.replace(row, reached=not far, nearest_min=74.0 if far else 8.0))
            continue
        at = CENTRE if row.lon is None or row.lat is None else (row.lon, row.lat)
        left = row.kg_per_d.base
        for site in sorted(sites, key=lambda site: _km(at, (site.lon, site.lat))):
            kg = min(left, room[site.site_id])
            if kg <= 0:
                continue
            room[site.site_id] -= kg
            left -= kg
            km = _km(at, (site.lon, site.lat))
            allocations.append(
                Allocation(
                    demand_id=row.id,
                    site_id=site.site_id,
                    share=kg / row.kg_per_d.base,
                    kg_per_d=kg,
                    travel_min=km * 1.5,
                    km=km,
                )
            )
            if left <= 1e-9:
                break
        served.append(dataclasses.replace(row, served_kg_per_d=row.kg_per_d.base - left))
    return served, allocations


def _stations(sites: list[Candidate], sizes: dict[str, str], allocations: list[Allocation]) -> tuple[Station, ...]:
    kg: dict[str, list[float]] = defaultdict(list)
    for allocation in allocations:
        kg[allocation.site_id].append(allocation.kg_per_d)
    stations = []
    for i, site in enumerate(sites):
        size, built = sizes[site.site_id], site.kind == "hydrogen_station"
        stations.append(
            Station(
                site_id=site.site_id,
                name=site.name,
                name_en=site.name_en,
                kind=site.kind,
                district=site.district,
                lon=site.lon,
                lat=site.lat,
                precision_m=site.precision_m,
                built=built,
                required=i == 1,
                opens=2022 if built else 2030,
                size_id=size,
                capacity_kg_per_d=CAPACITY[size],
                dispensed_kg_per_d=sum(kg[site.site_id]),
                utilisation=sum(kg[site.site_id]) / CAPACITY[size],
                capex_cny=0.0 if built else CAPEX[size],
                annual_cost_cny_per_yr=0.15 * CAPEX[size],
                demand_served=len(kg[site.site_id]),
                source_id="source-0",
                source_km=round(_km((site.lon, site.lat), (114.44, 30.63)), 1),
                delivery_cny_per_kg=6.2,
                verdict=site.verdict,
                why="周边港口与物流需求集中;离主通道近",
                why_en="port and logistics demand near by; close to the main corridor",
                verified=site.verified,
                assumptions="用地面积为假设值" if i % 3 == 0 else "",
                source=site.source,
            )
        )
    return tuple(stations)


def _districts(stations: tuple[Station, ...], demand: list[DemandRow]) -> tuple[DistrictRow, ...]:
    rows = []
    for name, *_ in SEATS:
        here = [station for station in stations if station.district == name]
        wanted = [row for row in demand if row.district == name]
        rows.append(
            DistrictRow(
                district=name,
                stations=len(here),
                capacity_kg_per_d=sum(station.capacity_kg_per_d for station in here),
                demand_kg_per_d=sum(row.kg_per_d.base for row in wanted),
                served_kg_per_d=sum(row.served_kg_per_d for row in wanted),
            )
        )
    return tuple(rows)


def _level(level: Any, wanted_kg: float, served_kg: float, capacity_kg: float) -> LevelFigures:
    got = min(served_kg, capacity_kg)
    share, utilisation = got / wanted_kg, got / capacity_kg
    return LevelFigures(
        level=level, demand_kg_per_d=wanted_kg, served_kg_per_d=got, served_share=share, utilisation=utilisation
    )


def _figures(stations: tuple[Station, ...], demand: list[DemandRow], unplaced: int) -> Figures:
    wanted, served = sum(row.kg_per_d.base for row in demand), sum(row.served_kg_per_d for row in demand)
    unreached = sum(row.kg_per_d.base for row in demand if not row.reached)
    capacity = sum(s.capacity_kg_per_d for s in stations)
    station_cost, built = sum(s.annual_cost_cny_per_yr for s in stations), sum(s.built for s in stations)
    levels = (("low", 0.7), ("base", 1.0), ("high", 1.4))
    return Figures(
        stations=len(stations) + unplaced,
        stations_built=built + unplaced,
        stations_unplaced=unplaced,
        stations_new=len(stations) - built,
        vehicles=sum(row.vehicles for row in demand),
        demand_kg_per_d=wanted,
        served_kg_per_d=served,
        unserved_kg_per_d=wanted - served - unreached,
        unreached_kg_per_d=unreached,
        served_share=served / wanted,
        capacity_kg_per_d=capacity,
        utilisation=served / capacity,
        capex_cny=sum(station.capex_cny for station in stations),
        station_cost_cny_per_yr=station_cost,
        access_cost_cny_per_yr=3.1e6,
        shortfall_cost_cny_per_yr=0.8e6,
        annual_cost_cny_per_yr=station_cost + 3.9e6,
        station_cost_cny_per_kg=station_cost / (served * 330),
        mean_travel_min=7.4,
        mean_detour_min=3.2,
        kg_on_presumed_or_imprecise=sum(s.dispensed_kg_per_d for s in stations if s.precision_m > 500),
        levels=tuple(_level(level, wanted * factor, served * factor, capacity) for level, factor in levels),
    )


def sample_plan(*, stations: int = 35, candidates: int = 80, points: int = 130, flows: int = 20) -> Plan:
    """A plan whose figures add up: 35 stations, 150 demand rows, built and new, precise and not, one row unreached."""
    rng = random.Random(2030)
    sites = _candidates(rng, candidates, stations)
    chosen = [site for site in sites if site.chosen]
    sizes = {site.site_id: tuple(CAPACITY)[i % 3] for i, site in enumerate(chosen)}
    room = {site: 0.95 * CAPACITY[size] for site, size in sizes.items()}
    demand, allocations = _serve(_points(rng, points) + _flows(rng, flows), chosen, room)
    built = _stations(chosen, sizes, allocations)
    goal = GoalResult(name="coverage", sense="max", value=9.1e3, bound=9.1e3, gap=0.0, stopped="gap", nodes=1)
    return Plan(
        scenario="sample-2030",
        title="武汉市加氢站布局规划(样例)",
        title_en="Hydrogen stations of Wuhan (sample)",
        city="武汉",
        period=2030,
        model="network_design",
        objective="coverage",
        question={"stations_max": str(stations + 1), "service_radius_min": "15", "budget_cny": "500000000"},
        stations=built,
        unplaced=(
            UnplacedSite(
                id="h2-09",
                name="位置不详加氢站",
                name_en="Station without a position",
                kind="hydrogen_station",
                district="青山区",
                city="武汉",
                is_built=True,
                built_kg_per_d=500.0,
                source="news, 2023",
                note="address not published",
            ),
        ),
        candidates=sites,
        verdicts=_verdicts(sites),
        demand=tuple(demand),
        allocations=tuple(allocations),
        districts=_districts(built, demand),
        sources=(
            _source("source-0", "青山副产氢", "Qingshan by-product", at=(114.44, 30.63), kg=40_000.0),
            _source("source-1", "化工区制氢", "Chemical park", at=(114.60, 30.70), kg=None),
        ),
        figures=_figures(built, demand, 1),
        alternatives=(
            Alternative(
                name="cost",
                stations=30,
                stations_new=26,
                served_share=0.95,
                capex_cny=3.1e8,
                annual_cost_cny_per_yr=5.5e7,
                gap=0.0008,
                stopped="gap",
            ),
        ),
        goals=(goal,),
        stopped="gap",
        assumptions=(Assumption(where="demand.districts", value="0.35", note="share of hydrogen trucks"),),
        notes=("两个同址站址已合并",),
        attributions=("© OpenStreetMap contributors (ODbL)", "GeoNames (CC BY 4.0)"),
        inputs={"scenario.yaml": "0" * 64},
        versions={"h2plan": "1.0.0", "highspy": "1.15.1"},
        seed=0,
    )


def _verdicts(sites: tuple[Candidate, ...]) -> tuple[Verdict, ...]:
    review = (
        Verdict(site_id=site.site_id, verdict="review", rule="GB 50516", reason="学校图层缺失", measured_m=180.0)
        for site in sites[::5]
    )
    barred = Verdict(
        site_id="site-900", verdict="barred", rule="长江保护法", reason="距岸线不足1公里", measured_m=300.0
    )
    return (*review, barred)


def _source(id_: str, name: str, name_en: str, *, at: tuple[float, float], kg: float | None) -> Source:
    return Source(
        id=id_,
        name=name,
        name_en=name_en,
        lon=at[0],
        lat=at[1],
        precision_m=2000.0,
        kind="by-product",
        max_kg_per_d=kg,
        source="company news 2022",
        verified="partly",
    )
