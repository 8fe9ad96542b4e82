"""The made-up city with a supply chain: a plant at B, works at E, a place for a storage centre at C.

Trailers take the long road from C to D, so that it is 30 km from B to D and 40 km to E. Delivery costs 5 CNY/kg over
10 km and 7 over 30 km by the first fit, 6 and 9 by the second.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path

from h2plan.prepare import Prepared, prepare
from h2plan.problem import Solution
from h2plan.project import load
from tests.plan.tiny_project import FILES, SCENARIO, SCENARIO_FILE, _square, hand_made_solution, write_project

CHAIN = """\
  chain:
    output: data/output.csv
    modes: data/modes.csv
    costs: data/costs.csv
    delivery:
      - {use: tube, cost: tube_a, other_cost: tube_b}
      - {use: bulk, cost: bulk}
      - {use: pipe, cost: pipe}
    centres: data/centres.csv
    centre_areas: [data/allowed.geojson]
    over_the_fence_km: 1
    over_the_fence_kg_per_d: 160
    trailers_max: 5
"""
SUPPLIED: Mapping[str, str] = {
    SCENARIO_FILE: SCENARIO.replace("  source: made up\nfinance:", "  source: made up\n" + CHAIN + "finance:"),
    "data/sources.csv": FILES["data/sources.csv"]
    + "works,化工厂,Works,by_product,小城市,none,114.7,30.6,100,made up,no\n"
    + "dream,未来厂,Future,by_product,小城市,none,114.5,30.6,100,made up,no\n",
    "data/output.csv": """\
source_id,period,gross_kg_per_d,captive_kg_per_d,purified_kg_per_d,purified_low_kg_per_d,trailer_bay_kg_per_d,\
smallest_kg_per_d,price_cny_per_kg,modes,source,verified
plant,2028,500,100,450,200,420,,20,tube_trailer;pipeline,made up,no
plant,2031,900,0,900,,900,,20,tube_trailer,made up,no
works,2025,1000,,180,,300,20,25,tube_trailer,made up,partly
dream,2031,1000,,1000,,1000,,1,tube_trailer,made up,no
""",
    "data/modes.csv": """\
id,name,name_en,mode,to,payload_kg,speed_km_per_h,handling_h,hours_per_d,radius_km,max_kg_per_d,capex_cny,\
capex_cny_per_km,opex_share_per_yr,life_yr,source,verified
tube,管束车,tube trailer,tube_trailer,station,300,60,2,12,35,1000,,,,,made up,no
bulk,大管束车,large trailer,tube_trailer,centre,600,60,2,12,100,1000,,,,,made up,no
pipe,管道,pipe,pipeline,any,,,,,12,5000,100000,1000000,0.02,20,made up,no
""",
    "data/costs.csv": """\
id,mode,near_km,near_cny_per_kg,far_km,far_cny_per_kg,source,verified
tube_a,tube_trailer,10,5,30,7,made up,no
tube_b,tube_trailer,10,6,30,9,made up,no
bulk,tube_trailer,0,2,,,made up,no
pipe,pipeline,0,0.5,,,made up,no
""",
    "data/centres.csv": """\
id,name,name_en,district,city,bank,lon,lat,precision_m,status,built,capacity_kg_per_d,capex_cny,opex_cny_per_yr,\
life_yr,source,verified
hub,储运中心,Centre,东区,小城市,none,114.5,30.6,100,candidate,no,300,2000000,50000,20,made up,no
""",
    "data/allowed.geojson": _square(114.48, 30.58, 114.52, 30.62),
}
DELIVER = {
    ("plant", "h2-b", "pipeline"): 150.0,
    ("plant", "ic-d", "tube_trailer"): 80.0,
    ("plant", "hub", "tube_trailer"): 100.0,
    ("hub", "port-e", "tube_trailer"): 100.0,
    ("works", "port-e", "tube_trailer"): 160.0,
}
"""Everything that the stations of the made-up city dispense: 150 at B, 80 at D, 260 at E."""


def prepared(folder: Path, *, changes: Mapping[str, str] | None = None) -> Prepared:
    """Prepare the made-up city with its supply; `changes` replaces files."""
    return prepare(load(write_project(folder, changes={**SUPPLIED, **(changes or {})})))


def supplied_solution() -> Solution:
    """The decisions written down by hand, with deliveries."""
    return replace(hand_made_solution(), deliver=DELIVER, centres=("hub",))


def with_text(file: str, old: str, new: str) -> dict[str, str]:
    """Return one file of the project with a part of its text replaced."""
    assert old in SUPPLIED[file], f"{file} does not hold {old!r}"
    return {file: SUPPLIED[file].replace(old, new)}
