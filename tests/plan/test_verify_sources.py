"""Every source of demand and every way of spreading it can be planned, re-checked, and tampered with in vain."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import pytest

from h2plan import pipeline
from h2plan.plan.certificate import Certificate
from h2plan.plan.files import read_plan
from h2plan.plan.verify import verify
from tests.plan.tiny_project import FILES, SCENARIO, SCENARIO_FILE, with_input, write_project

Tables = Mapping[str, str]
DISTRICTS = "  - {use: districts, file: data/districts.csv, crs: wgs84}\n"
LAST_SHARE = "    hub_port_share: 0.2\n"
FLEET = "  source: made up\ntargets"
OPERATORS = """\
depot_id,operator,depot,district,vehicle_class,period,vehicles,status,station_id,lon,lat,precision_m,source,verified
dep-1,公交集团,一场,西区,bus,2026,7,signed,port-e,114.4,30.6,50,contract,yes
dep-1,公交集团,一场,西区,bus,2029,10,signed,port-e,114.4,30.6,50,contract,yes
dep-2,货运公司,二场,东区,tractor,2026,11,intended,,114.6,30.6,50,letter,partly
dep-3,无址公司,未知,,bus,2026,5,signed,,,,,contract,yes
"""
POINTS = """\
id,name,vehicle_class,vehicles,kg_per_d,station_id,lon,lat,precision_m,source,verified
p1,物流站,tractor,3,,ic-d,114.5,30.6,100,sales,yes
p2,公交站,bus,,60,,114.3,30.6,100,sales,yes
"""
FUEL = """\
id,name,name_en,kind,city,district,bank,lon,lat,precision_m,source,verified
f1,一站,One,fuel_station,小城市,西区,none,114.4,30.6,100,made up,yes
f2,二站,Two,fuel_station,小城市,东区,none,114.6,30.6,100,made up,yes
f3,三站,Three,fuel_station,小城市,东区,none,,,,made up,no
"""
SALES = "site_id,diesel_t_per_yr,source,verified\nf1,300,made up,no\nf2,100,made up,no\nf3,100,made up,no\n"
COUNTS = """\
id,link,period,trucks_per_d,source,verified
1,AB,2020,900,made up,no
2,AB,2025,600,made up,no
3,DE,2025,300,made up,no
"""
GRID = "id,district,lon,lat,weight\nc1,西区,114.3,30.6,1\nc2,西区,114.4,30.6,3\nc3,东区,114.6,30.6,2\n"
CITIES = FILES["data/gateways.csv"] + "east,东方市,Eastern city,116.0,30.6,1000,3000000,E,made up,no\n"
HUBS = FILES["data/activity.csv"] + "hub-b,logistics_hubs,1,made up,no\n"
TRIPS = "origin,destination,vehicles_per_d,source,verified\nwest,port-e,30,made up,no\nhub-c,port-e,10,made up,no\n"
MONTHS = "profile,month,factor,source,verified\n" + "".join(
    f"cold,{month},{1.5 if month == 1 else 1.2 if month == 2 else 0.93},made up,no\n" for month in range(1, 13)
)
COLD_BUSES = FILES["data/vehicle_classes.csv"].replace("pressure_mpa,", "pressure_mpa,profile,")
COLD_BUSES = COLD_BUSES.replace("20,35,", "20,35,cold,").replace("30,35,", "30,35,,")


def source(line: str) -> str:
    return SCENARIO.replace(DISTRICTS, f"{DISTRICTS}  - {{{line}, crs: wgs84}}\n")


def flows(*options: str) -> str:
    return SCENARIO.replace(LAST_SHARE, LAST_SHARE + "".join(f"    {option}\n" for option in options))


def fleet(text: str, *options: str) -> str:
    return text.replace(FLEET, "".join(f"  {option}\n" for option in options) + FLEET)


QUAYS = HUBS + "port-e,vessels,1,made up,no\n"
MIX_OF_COUNTS = FILES["data/fleet_mix.csv"].replace("tractor,logistics_hubs", "tractor,counts")
MIX_OF_POINTS = FILES["data/fleet_mix.csv"].replace("tractor,logistics_hubs", "tractor,points")
NO_HUBS = "  - {use: logistics_hubs, file: data/hubs.csv, crs: wgs84, activity: data/activity.csv}\n"
ROADS = {"gateways": CITIES, "activity": HUBS}
PEOPLE = "districts: data/districts.csv"
TRADE = SCENARIO.replace("hub_port_share: 0.2", "hub_port_share: 0.1\n    gateway_district_share: 0.1\n    " + PEOPLE)
THROUGH = ("through_vehicles: {2030: 40}", "through_class: tractor", "through_fill_share: 0.25")
WAYS: dict[str, tuple[str, Tables]] = {
    "depots": (fleet(source("use: depots"), "operators: data/operators.csv"), {"operators": OPERATORS}),
    "points on top": (source("use: points, file: data/points.csv"), {"points": POINTS}),
    "points of the target": (
        source("use: points, file: data/points.csv, counted: in_target").replace(NO_HUBS, ""),
        {"points": POINTS.replace("p2,公交站,bus,,60", "p2,货运站,tractor,1,"), "fleet_mix": MIX_OF_POINTS},
    ),
    "fuel stations": (
        source(
            "use: fuel_stations, file: data/fuel.csv, sales: data/sales.csv, vehicle_class: tractor, "
            "substitution: {2030: 0.1}"
        ),
        {"fuel": FUEL, "sales": SALES},
    ),
    "counts of the target": (
        source("use: counts, file: data/counts.csv").replace(NO_HUBS, ""),
        {"counts": COUNTS, "fleet_mix": MIX_OF_COUNTS},
    ),
    "counts on top": (
        source(
            "use: counts, file: data/counts.csv, counted: beyond_target, vehicle_class: tractor, hydrogen_share: 0.1"
        ),
        {"counts": COUNTS},
    ),
    "vessels": (
        source("use: vessels, file: data/ports.csv, activity: data/activity.csv, beyond_target: {tractor: {2030: 2}}"),
        {"activity": QUAYS},
    ),
    "machines on top": (
        SCENARIO.replace(NO_HUBS, NO_HUBS.replace("}", ", beyond_target: {bus: {2030: 8}}}")),
        {"activity": HUBS},
    ),
    "a grid": (SCENARIO.replace("districts.csv, crs", "districts.csv, grid: data/grid.csv, crs"), {"grid": GRID}),
    "a part at the base": (flows("base_share: 0.4"), ROADS),
    "all at the base": (flows("base_share: 1.0"), ROADS),
    "distances by road": (flows("distance: road", "form: exponential", "decay: 0.02"), ROADS),
    "distances by road, both sides kept": (flows("distance: road", "balance: both"), ROADS),
    "traffic that passes through": (flows(*THROUGH), ROADS),
    "districts that trade": (TRADE, ROADS),
    "a table of trips": (flows("od: data/trips.csv", "base_share: 0.2"), {"trips": TRIPS}),
    "the busiest month": (
        fleet(SCENARIO, "months: data/months.csv", "sizing_month: busiest"),
        {"months": MONTHS, "vehicle_classes": COLD_BUSES},
    ),
    "the second busiest month with points": (
        fleet(source("use: points, file: data/points.csv"), "months: data/months.csv", "sizing_month: second_busiest"),
        {"months": MONTHS, "vehicle_classes": COLD_BUSES, "points": POINTS},
    ),
}
LEFT_TO_THE_PLAN: dict[str, tuple[str, Tables]] = {
    "mean_km": (
        flows("balance: both", "mean_km: 168.6", "base_share: 0.4")
        .replace("gateway_hub_share: 0.5", "gateway_hub_share: 1.0")
        .replace("gateway_port_share: 0.3", "gateway_port_share: 0.0")
        .replace("hub_port_share: 0.2", "hub_port_share: 0.0"),
        ROADS,
    ),
    "counts": (flows("counts: data/counts.csv", "base_share: 0.4"), {**ROADS, "counts": COUNTS}),
}


def planned(folder: Path, way: tuple[str, Tables]) -> Path:
    """Plan the tiny city with changes; a plan that fails its re-check is not published."""
    text = way[0].replace("served_share_min: 0.5", "served_share_min: 0.1")
    changes = {SCENARIO_FILE: text, **{f"data/{name}.csv": table for name, table in way[1].items()}}
    return pipeline.plan(write_project(folder, changes=changes)).folder


Raw = dict[str, Any]
Plans = Callable[[str], Path]


@pytest.fixture(scope="module")
def plans(tmp_path_factory: pytest.TempPathFactory) -> Plans:
    """The results of a way of making demand, planned once; nobody may spoil them."""
    made: dict[str, Path] = {}

    def results(way: str) -> Path:
        if way not in made:
            made[way] = planned(tmp_path_factory.mktemp("way"), {**WAYS, **LEFT_TO_THE_PLAN}[way])
        return made[way]

    return results


def spoilt(results: Path, folder: Path, change: Callable[[dict[str, Raw]], object]) -> set[str]:
    """Change the demand rows of a copy, by id; returns the families that fail."""
    copy = folder / "results"
    shutil.copytree(results, copy)
    file = copy / "plan.json"
    plan = json.loads(file.read_text(encoding="utf-8"))
    change({row["id"]: row for row in plan["demand"]})
    file.write_text(json.dumps(plan), encoding="utf-8")
    return failed(verify(copy))


def failed(certificate: Certificate) -> set[str]:
    return {check.family for check in certificate.failed}


def note(certificate: Certificate) -> str:
    return next(check.note for check in certificate.checks if check.family == "demand_follows_tables")


def move(rows: dict[str, Raw], giver: str, taker: str, vehicles: float) -> None:
    """Move vehicles of one class with their hydrogen, so that every sum stays."""
    for name, number in ((giver, -vehicles), (taker, vehicles)):
        row = rows[name]
        factor = (row["vehicles"] + number) / row["vehicles"]
        row["vehicles"] *= factor
        for level in ("low", "base", "high"):
            row["kg_per_d"][level] *= factor


@pytest.mark.parametrize("way", WAYS)
def test_a_plan_of_this_source_is_published_with_its_demand_found_anew(plans: Plans, way: str) -> None:
    certificate = verify(plans(way))
    assert certificate.verdict == "pass"
    assert note(certificate) == ""


@pytest.mark.parametrize("way", LEFT_TO_THE_PLAN)
def test_what_is_left_to_the_plan_stands_in_the_certificate(plans: Plans, way: str) -> None:
    certificate = verify(plans(way))
    assert certificate.verdict == "pass"
    assert f"{way}) not re-derived" in note(certificate)


ROWS_CHANGED: dict[str, tuple[str, Callable[[dict[str, Raw]], object]]] = {
    "buses driven out of their depot": ("depots", lambda r: move(r, "depots:dep-1:bus", "districts:d1:bus", 2.0)),
    "tractors driven out of their depot": (
        "depots",
        lambda r: move(r, "depots:dep-2:tractor", "ports:port-e:tractor", 1.0),
    ),
    "tractors of another use taken for the depot": (
        "depots",
        lambda r: move(r, "logistics_hubs:hub-c:tractor", "ports:port-e:tractor", 2.0),
    ),
    "a depot moved": ("depots", lambda r: r["depots:dep-2:tractor"].update(lon=114.5)),
    "a point more": ("points on top", lambda r: r["points:p2:bus"].update(vehicles=13.0)),
    "a point moved": ("points on top", lambda r: r["points:p1:tractor"].update(lat=30.61)),
    "points unlike their table": (
        "points of the target",
        lambda r: move(r, "points:p1:tractor", "points:p2:tractor", 1.0),
    ),
    "diesel sold elsewhere": (
        "fuel stations",
        lambda r: move(r, "fuel_stations:f1:tractor:beyond", "fuel_stations:f2:tractor:beyond", 0.1),
    ),
    "trucks counted elsewhere": (
        "counts of the target",
        lambda r: move(r, "counts:link-AB:tractor", "counts:link-DE:tractor", 1.0),
    ),
    "a counted link moved": ("counts on top", lambda r: r["counts:link-DE:tractor:beyond"].update(lon=114.66)),
    "a vessel more": ("vessels", lambda r: r["vessels:port-e:tractor:beyond"].update(vehicles=3.0)),
    "people in another cell": ("a grid", lambda r: move(r, "districts:c1:bus", "districts:c2:bus", 1.0)),
    "less at the base": (
        "a part at the base",
        lambda r: move(r, "highways:port-e:tractor", "highways:west>port-e:tractor", 0.5),
    ),
    "a nearer road": (
        "distances by road",
        lambda r: move(r, "highways:west>hub-c:tractor", "highways:east>hub-c:tractor", 0.1),
    ),
    "more passing through": (
        "traffic that passes through",
        lambda r: r["highways:east>west:tractor:through"].update(vehicles=11.0),
    ),
    "trips unlike their table": (
        "a table of trips",
        lambda r: move(r, "highways:west>port-e:tractor", "highways:hub-c>port-e:tractor", 1.0),
    ),
    "a summer month": ("the busiest month", lambda r: r["districts:d1:bus"]["kg_per_d"].update(base=111.6)),
    "a city with other trade": (
        "mean_km",
        lambda r: move(r, "highways:west>hub-c:tractor", "highways:east>hub-c:tractor", 0.1),
    ),
    "another base": ("mean_km", lambda r: move(r, "highways:hub-b:tractor", "highways:hub-c:tractor", 0.1)),
    "flows at the base": (
        "counts",
        lambda r: move(r, "highways:west>port-e:tractor", "highways:port-e:tractor", 0.1),
    ),
    "a flow below zero": (
        "counts",
        lambda r: move(r, "highways:west>port-e:tractor", "highways:west>hub-c:tractor", 20.0),
    ),
    "a flow from nowhere": ("counts", lambda r: r["highways:west>hub-c:tractor"].update(origin="nowhere")),
    "thirstier flows": ("counts", lambda r: r["highways:west>hub-c:tractor"]["kg_per_d"].update(high=9e3)),
}


@pytest.mark.parametrize("change", ROWS_CHANGED)
def test_demand_changed_by_hand_fails_whatever_its_source(plans: Plans, tmp_path: Path, change: str) -> None:
    way, spoil = ROWS_CHANGED[change]
    assert "demand_follows_tables" in spoilt(plans(way), tmp_path, spoil)


def test_what_comes_on_top_cannot_pass_for_the_target(plans: Plans, tmp_path: Path) -> None:
    """Vehicles moved from the target to what comes on top leave the figure as it is, not the target."""
    found = spoilt(
        plans("machines on top"),
        tmp_path,
        lambda r: move(r, "districts:d1:bus", "logistics_hubs:hub-c:bus:beyond", 1.0),
    )
    assert {"vehicles_conserved", "demand_follows_tables"} <= found


INPUTS_CHANGED: dict[str, tuple[str, str, str, str, str]] = {
    "more vehicles at a depot": ("depots", "demand_follows_tables", "data/operators.csv", "2029,10", "2029,12"),
    "another contract": ("depots", "serve_within_reach", "data/operators.csv", "signed,port-e", "signed,h2-b"),
    "a depot farther away": ("depots", "serve_within_reach", "data/operators.csv", "114.4,30.6,50", "114.0,30.6,50"),
    "more hydrogen at a point": ("points on top", "demand_follows_tables", "data/points.csv", ",60,", ",61,"),
    "points of the target": (
        "points on top",
        "vehicles_conserved",
        SCENARIO_FILE,
        "points.csv,",
        "points.csv, counted: in_target,",
    ),
    "more diesel": ("fuel stations", "demand_follows_tables", "data/sales.csv", "f3,100", "f3,110"),
    "more of it replaced": ("fuel stations", "demand_follows_tables", SCENARIO_FILE, "2030: 0.1", "2030: 0.2"),
    "an older count": ("counts on top", "demand_follows_tables", "data/counts.csv", "AB,2025", "AB,2019"),
    "more machines": ("machines on top", "demand_follows_tables", SCENARIO_FILE, "2030: 8", "2030: 9"),
    "heavier cells": ("a grid", "demand_follows_tables", "data/grid.csv", "114.4,30.6,3", "114.4,30.6,4"),
    "more at the base": ("a part at the base", "demand_follows_tables", SCENARIO_FILE, "share: 0.4", "share: 0.5"),
    "more traffic": ("traffic that passes through", "demand_follows_tables", SCENARIO_FILE, "2030: 40", "2030: 41"),
    "other months": ("the busiest month", "demand_follows_tables", "data/months.csv", "cold,1,1.5", "cold,1,1.6"),
    "a source nobody knows": ("points on top", "demand_follows_tables", SCENARIO_FILE, "use: points", "use: dreams"),
    "an option nobody knows": (
        "points on top",
        "demand_follows_tables",
        SCENARIO_FILE,
        "points.csv,",
        "points.csv, x: 1,",
    ),
}


@pytest.mark.parametrize("change", INPUTS_CHANGED)
def test_demand_fails_with_tables_it_was_not_made_from(plans: Plans, tmp_path: Path, change: str) -> None:
    way, family, name, old, new = INPUTS_CHANGED[change]
    copy = tmp_path / "results"
    shutil.copytree(plans(way), copy)
    text = (copy / "inputs" / name).read_text(encoding="utf-8")
    assert old in text
    assert family in failed(with_input(copy, read_plan(copy), name, text.replace(old, new)))
