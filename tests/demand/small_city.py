"""A made-up city for tests of demand: two districts, two hubs, a port, three far cities, round numbers."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from h2plan.estimating import Estimate, estimate
from h2plan.project import load

SCENARIO = """\
name: small
title: {zh: 小城, en: A small city}
region: {city: 小城市, lon: [113.0, 115.0], lat: [30.0, 31.0]}
periods: [2030]
roads: {nodes: data/nodes.csv, links: data/links.csv, speeds: data/speeds.csv, crs: wgs84}
sites:
  - {use: table, file: data/hubs.csv, crs: wgs84}
fleet:
  vehicles: data/classes.csv
  mix: data/mix.csv
  active_share_low: 0.5
  active_share_base: 1
  active_share_high: 1
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
limits: {service_radius_min: 12}
finance:
  {discount_rate: 0, operating_d_per_yr: 300, vehicle_time_cny_per_h: 60, shortfall_cny_per_kg: 50, source: made up}
model: {use: network_design}
outputs:
  - {use: site_list}
"""

FILES: Mapping[str, str] = {
    "data/nodes.csv": """\
id,kind,lon,lat,bank,precision_m,source,verified
W,end,113.2,30.5,none,10,made up,no
A,junction,113.8,30.5,none,10,made up,no
B,junction,114.2,30.5,none,10,made up,no
E,end,114.8,30.5,none,10,made up,no
N,end,114.0,30.9,none,10,made up,no
""",
    "data/links.csv": """\
id,from_node,to_node,class,length_km,source,precision_m
WA,W,A,primary,60,made up,10
AB,A,B,primary,40,made up,10
BE,B,E,primary,60,made up,10
AN,A,N,primary,50,made up,10
BN,B,N,primary,50,made up,10
""",
    "data/speeds.csv": """\
class,speed_km_per_h,source,verified
motorway,60,made up,no
primary,60,made up,no
off_road,30,made up,no
""",
    "data/districts.csv": """\
id,name,name_en,level,population,in_population_sum,counted_in,lon,lat,bank,precision_m,source,verified
d1,西区,West,district,30000,yes,,113.8,30.5,none,500,made up,yes
d2,东区,East,district,10000,yes,,114.2,30.5,none,500,made up,yes
""",
    "data/towns.csv": """\
id,name,name_en,district,bank,lon,lat,precision_m,source,verified
t1,西镇,West town,西区,none,113.7,30.5,500,made up,yes
""",
    "data/hubs.csv": """\
id,name,name_en,kind,city,district,bank,lon,lat,precision_m,source,verified
hub-a,甲园区,Hub A,logistics_hub,小城市,西区,none,113.81,30.5,100,made up,partly
hub-b,乙园区,Hub B,logistics_hub,小城市,东区,none,114.19,30.5,100,made up,partly
""",
    "data/ports.csv": """\
id,name,name_en,kind,city,district,bank,lon,lat,precision_m,source,verified
port-p,港区,Port,port,小城市,东区,none,114.195,30.5,900,made up,yes
""",
    "data/activity.csv": """\
site_id,use,weight,source,verified
port-p,ports,1,made up,no
hub-a,logistics_hubs,3,made up,no
hub-b,logistics_hubs,1,made up,no
""",
    "data/gateways.csv": """\
id,name,name_en,lon,lat,precision_m,population,entry_nodes,source,verified
west,西方市,Western city,112.0,30.5,1000,2000000,W,made up,no
east,东方市,Eastern city,116.0,30.5,1000,1000000,E,made up,no
north,北方市,Northern city,114.0,32.0,1000,1000000,N,made up,no
""",
    "data/classes.csv": """\
id,name,name_en,is_truck,mass_t,kg_per_100_km_low,kg_per_100_km_base,kg_per_100_km_high,km_per_d_low,km_per_d_base,\
km_per_d_high,range_km,kg_per_fill,pressure_mpa,profile,home,source,verified
bus,公交车,Bus,no,18,5,6,7,50,100,150,300,20,35,night,depot,made up,no
tractor,牵引车,Tractor,yes,49,8,10,12,150,200,250,300,30,35,day,anywhere,made up,no
""",
    "data/mix.csv": """\
id,vehicle_class,use,share,source,verified
1,bus,districts,0.4,made up,no
2,tractor,ports,0.2,made up,no
3,tractor,logistics_hubs,0.2,made up,no
4,tractor,highways,0.2,made up,no
""",
}

KG_OF_BUS, KG_OF_TRACTOR = 6.0, 20.0
TOTAL_KG = 40 * KG_OF_BUS + 60 * KG_OF_TRACTOR
"""40 buses x 100 km x 6 kg/100 km and 60 tractors x 200 km x 10 kg/100 km: 240 + 1,200 kg/d."""


def write_city(folder: Path, *, scenario: str = SCENARIO, files: Mapping[str, str] | None = None) -> Path:
    """Write the project and return its scenario file; `files` replaces or adds tables."""
    for name, text in {**FILES, **(files or {})}.items():
        file = folder / name
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(text, encoding="utf-8")
    path = folder / "scenarios" / "small.yaml"
    path.parent.mkdir(exist_ok=True)
    path.write_text(scenario, encoding="utf-8")
    return path


def city(folder: Path, *, scenario: str = SCENARIO, files: Mapping[str, str] | None = None) -> Estimate:
    """Estimate the demand of the small city."""
    return estimate(load(write_city(folder, scenario=scenario, files=files)))


def changed(**parts: str) -> str:
    """Return the scenario with the text of some of its lines replaced: `old__` is the name of a replacement below."""
    text = SCENARIO
    for name, new in parts.items():
        old = LINES[name]
        assert text.count(old) == 1, old
        text = text.replace(old, new)
    return text


LINES: Mapping[str, str] = {
    "periods": "periods: [2030]",
    "targets": "targets: {fcev: {2030: 100}}",
    "fleet_source": "  source: made up\ntargets",
    "districts": "  - {use: districts, file: data/districts.csv, crs: wgs84}",
    "ports": "  - {use: ports, file: data/ports.csv, crs: wgs84, activity: data/activity.csv}",
    "flow_shares": "    gateway_hub_share: 0.5\n    gateway_port_share: 0.3\n    hub_port_share: 0.2",
    "stations": "station_sizes: data/station_sizes.csv",
}
"""Lines of the scenario that tests change, each of which stands once."""
