"""A made-up city on one road, small enough to be checked in the head: for tests of plans and of their re-check.

    F --- 30 km --- A --- 10 --- B --- 10 --- C === 10 or 20 === D --- 10 --- E        1 km = 1 min everywhere

A station stands at B, one more stands somewhere unknown. Sites: the hub at C, the port at E, interchanges at D and
(in the closed centre) at A. Trucks may not use the short road from C to D. Nobody reaches F within 12 minutes.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path

from h2plan.plan import question
from h2plan.plan.assess import Provenance, assess
from h2plan.plan.certificate import Certificate
from h2plan.plan.files import copy_inputs, to_json
from h2plan.plan.results import Alternative, Plan
from h2plan.plan.verify import verify
from h2plan.prepare import prepare
from h2plan.problem import BUILT, Goal, Solution
from h2plan.project import PLAN_FILE, input_files, load

SCENARIO_FILE = "scenarios/tiny.yaml"

SCENARIO = """\
name: tiny
title: {zh: 小城, en: A small city}
region: {city: 小城市, lon: [113.9, 115.0], lat: [30.0, 31.0]}
periods: [2030]
roads:
  nodes: data/nodes.csv
  links: data/links.csv
  speeds: data/speeds.csv
  truck_access: data/truck_access.csv
  crs: wgs84
  off_road_factor: 1.5
  attribution: © nobody
sites:
  - {use: table, file: data/hydrogen_stations.csv, crs: wgs84}
  - {use: table, file: data/hubs.csv, crs: wgs84}
  - {use: table, file: data/ports.csv, crs: wgs84}
  - {use: generate, file: data/junctions.csv, crs: wgs84, outside: [data/centre.geojson], spacing_km: 3}
screen:
  barred:
    - {file: data/lake.geojson, crs: wgs84, rule: lake, reason: open water}
fleet:
  vehicles: data/vehicle_classes.csv
  mix: data/fleet_mix.csv
  active_share_low: 0.4
  active_share_base: 0.5
  active_share_high: 0.8
  source: made up
targets: {fcev: {2030: 100}}
demand:
  - {use: districts, file: data/districts.csv, crs: wgs84}
  - {use: ports, file: data/ports.csv, crs: wgs84, activity: data/activity.csv}
  - {use: logistics_hubs, file: data/hubs.csv, crs: wgs84, activity: data/activity.csv}
  - use: highways
    gateways: data/gateways.csv
    ports: data/ports.csv
    hubs: data/hubs.csv
    activity: data/activity.csv
    crs: wgs84
    gateway_hub_share: 0.5
    gateway_port_share: 0.3
    hub_port_share: 0.2
station_sizes: data/station_sizes.csv
limits:
  service_radius_min: 12
  detour_max_min: 5
  stations_max: 4
  stations_min: 2
  budget_cny: 20000000
  served_share_min: 0.5
  utilisation_max: 0.75
  required: [port-e]
  forbidden: [hub-c]
supply:
  sources: data/sources.csv
  crs: wgs84
  delivery_base_cny_per_kg: 4
  delivery_cny_per_kg_km: 0.1
  truck_class: tractor
  source: made up
finance:
  discount_rate: 0
  operating_d_per_yr: 300
  vehicle_time_cny_per_h: 60
  shortfall_cny_per_kg: 50
  source: made up
model: {use: network_design, objective: coverage}
solver: {gap: 0, limit_s: 10, threads: 1, seed: 0}
outputs:
  - {use: site_list, language: zh}
"""


def _square(west: float, south: float, east: float, north: float) -> str:
    ring = f"[[{west},{south}],[{east},{south}],[{east},{north}],[{west},{north}],[{west},{south}]]"
    geometry = f'{{"type":"Polygon","coordinates":[{ring}]}}'
    feature = f'{{"type":"Feature","properties":{{"name":"square"}},"geometry":{geometry}}}'
    return f'{{"type":"FeatureCollection","features":[{feature}]}}\n'


FILES: Mapping[str, str] = {
    SCENARIO_FILE: SCENARIO,
    "data/nodes.csv": """\
id,kind,lon,lat,bank,precision_m,source,verified
A,junction,114.3,30.6,none,10,made up,no
B,junction,114.4,30.6,none,10,made up,no
C,junction,114.5,30.6,none,10,made up,no
D,interchange,114.6,30.6,none,10,made up,no
E,junction,114.7,30.6,none,10,made up,no
F,end,114.0,30.6,none,10,made up,no
""",
    "data/links.csv": """\
id,from_node,to_node,class,length_km,opened_yr,source,precision_m
FA,F,A,primary,30,,made up,10
AB,A,B,primary,10,,made up,10
BC,B,C,primary,10,,made up,10
CD,C,D,primary,10,,made up,10
CD-long,C,D,primary,20,,made up,10
DE,D,E,primary,10,,made up,10
FE-later,F,E,primary,70,2031,made up,10
""",
    "data/speeds.csv": """\
class,speed_km_per_h,source,verified
primary,60,made up,no
motorway,60,made up,no
off_road,30,made up,no
""",
    "data/truck_access.csv": """\
id,name,closed_to,over_t,default,links,grade,source
bridge,桥,trucks,0,on,CD,U,made up
""",
    "data/hydrogen_stations.csv": """\
id,name,name_en,kind,city,bank,lon,lat,precision_m,built,built_kg_per_d,source,verified
h2-b,老站,Old station,hydrogen_station,小城市,none,114.4,30.6,100,yes,200,made up,yes
h2-lost,失联站,Lost station,hydrogen_station,小城市,none,,,,yes,,made up,no
h2-away,外地站,Station elsewhere,hydrogen_station,外地市,none,114.45,30.7,100,yes,500,made up,yes
""",
    "data/hubs.csv": """\
id,name,name_en,kind,city,district,bank,lon,lat,precision_m,source,verified
hub-c,物流园,Hub,logistics_hub,小城市,东区,none,114.5,30.6,100,made up,partly
hub-b,老站,Old station again,logistics_hub,小城市,西区,none,114.41,30.6,100,made up,partly
""",
    "data/ports.csv": """\
id,name,name_en,kind,city,district,bank,lon,lat,precision_m,max_kg_per_d,land_cny_per_yr,source,verified
port-e,港区,Port,port,小城市,东区,none,114.7,30.6,900,500,20000,made up,yes
""",
    "data/junctions.csv": """\
id,name,name_en,kind,city,district,bank,lon,lat,precision_m,exit,source,verified
ic-a,甲互通,Interchange A,interchange,小城市,西区,none,114.3,30.6,100,yes,made up,no
ic-d,丁互通,Interchange D,interchange,小城市,东区,none,114.6,30.6,100,yes,made up,no
ic-d2,丁匝道,Ramp of D,interchange,小城市,东区,none,114.61,30.6,100,unknown,made up,no
ic-w,水上互通,Interchange in the lake,interchange,小城市,东区,none,114.65,30.6,100,yes,made up,no
""",
    "data/centre.geojson": _square(114.28, 30.58, 114.32, 30.62),
    "data/lake.geojson": _square(114.64, 30.58, 114.66, 30.62),
    "data/districts.csv": """\
id,name,name_en,level,population,in_population_sum,counted_in,lon,lat,bank,precision_m,source,verified
d1,西区,West,district,24000,yes,,114.3,30.6,none,500,made up,yes
d2,东区,East,district,8000,yes,,114.6,30.6,none,500,made up,yes
d3,远区,Far,district,8000,yes,,114.0,30.6,none,500,made up,yes
""",
    "data/vehicle_classes.csv": """\
id,name,name_en,is_truck,mass_t,kg_per_100_km_low,kg_per_100_km_base,kg_per_100_km_high,km_per_d_low,km_per_d_base,\
km_per_d_high,range_km,kg_per_fill,pressure_mpa,source,verified
bus,公交车,Bus,no,18,5,10,12,90,100,120,300,20,35,made up,no
tractor,牵引车,Tractor,yes,49,8,10,12,150,200,250,300,30,35,made up,no
""",
    "data/fleet_mix.csv": """\
id,vehicle_class,use,share,source,verified
1,bus,districts,0.4,made up,no
2,tractor,ports,0.2,made up,no
3,tractor,logistics_hubs,0.2,made up,no
4,tractor,highways,0.2,made up,no
""",
    "data/activity.csv": """\
site_id,use,weight,source,verified
port-e,ports,1,made up,no
hub-c,logistics_hubs,3,made up,no
""",
    "data/gateways.csv": """\
id,name,name_en,lon,lat,precision_m,population,entry_nodes,source,verified
west,西方市,Western city,112.0,30.6,1000,1000000,F,made up,no
""",
    "data/station_sizes.csv": """\
id,capacity_kg_per_d,capex_cny,opex_cny_per_yr,life_yr,storage_kg,source,verified
S300,300,6000000,400000,10,360,made up,no
S500,500,10000000,600000,10,600,made up,no
""",
    "data/sources.csv": """\
id,name,name_en,kind,city,bank,lon,lat,precision_m,source,verified
plant,制氢厂,Plant,electrolysis,小城市,none,114.4,30.6,100,made up,no
""",
}

OPEN = {"h2-b": BUILT, "port-e": "S500", "ic-d": "S300"}
SERVE = {
    ("districts:d1:bus", "h2-b"): 1.0,
    ("logistics_hubs:hub-c:tractor", "h2-b"): 0.15,
    ("districts:d2:bus", "ic-d"): 1.0,
    ("highways:hub-c>port-e:tractor", "ic-d"): 1.0,
    ("ports:port-e:tractor", "port-e"): 1.0,
    ("highways:west>port-e:tractor", "port-e"): 1.0,
}
"""Served: 120 + 30 of 200 at B, 40 + 40 of 300 at D, 200 + 60 of 500 at E: 490 of 800 kg/d."""
SERVED_KG_PER_D = 490.0


def write_project(folder: Path, *, changes: Mapping[str, str] | None = None) -> Path:
    """Write the project and return its scenario file; `changes` replaces or adds files."""
    for name, text in {**FILES, **(changes or {})}.items():
        file = folder / name
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(text, encoding="utf-8")
    return folder / SCENARIO_FILE


def hand_made_solution() -> Solution:
    """Decisions written down by hand, with a bound that says nothing better than 500 kg/d can be served."""
    goal = Goal(
        name="served_kg_per_d",
        sense="max",
        value=SERVED_KG_PER_D,
        bound=500.0,
        gap=10 / 490,
        stopped="feasible_limit",
        nodes=1,
    )
    return Solution(model="network_design", open=OPEN, serve=SERVE, goals=(goal,), seconds=0.0, solver="by hand")


def write_results(folder: Path, *, changes: Mapping[str, str] | None = None, solution: Solution | None = None) -> Path:
    """Write a results folder of the tiny project as a run would leave it, without any solver."""
    project = load(write_project(folder / "project", changes=changes))
    prepared = prepare(project)
    results = folder / "results" / project.scenario.name
    results.mkdir(parents=True)
    inputs = copy_inputs(project.root, input_files(project), results)
    plan = assess(
        prepared,
        solution if solution is not None else hand_made_solution(),
        alternatives=(_alternative(),),
        provenance=Provenance(inputs=inputs, versions={"h2plan": "0"}),
        question=question.asked(project.scenario),
        assumptions=(),
    )
    write_plan(results, plan)
    return results


def write_plan(results: Path, plan: Plan) -> None:
    (results / PLAN_FILE).write_text(to_json(plan), encoding="utf-8")


def with_input(results: Path, plan: Plan, name: str, text: str) -> Certificate:
    """Verify with another text of one input whose hash the plan records, as if the plan had been made from it."""
    from h2plan.project import sha256

    file = results / "inputs" / name
    file.write_text(text, encoding="utf-8")
    write_plan(results, replace(plan, inputs={**plan.inputs, name: sha256(file)}))
    return verify(results)


def _alternative() -> Alternative:
    return Alternative(
        name="least_cost_for_same_share",
        stations=4,
        stations_new=2,
        served_share=SERVED_KG_PER_D / 800,
        capex_cny=16e6,
        annual_cost_cny_per_yr=1.0,
        gap=None,
        stopped="optimal",
    )
