"""Depots, points, fuel stations, counts, vessels, grids and tables of trips: each by hand, and what they refuse."""

from __future__ import annotations

import math
from pathlib import Path

import pytest

from h2plan.errors import InputError
from h2plan.estimating import Estimate
from tests.demand.small_city import FILES, KG_OF_BUS, KG_OF_TRACTOR, LINES, TOTAL_KG, changed, city

OPERATORS = """\
depot_id,operator,depot,vehicle_class,period,vehicles,status,station_id,lon,lat,precision_m,source,verified
dep-1,公交集团,一场,bus,2024,10,signed,hub-a,113.9,30.5,50,contract,yes
dep-1,公交集团,一场,bus,2028,16,signed,hub-a,113.9,30.5,50,contract,yes
dep-2,公交集团,二场,bus,2026,4,intended,,114.1,30.5,50,letter,partly
dep-3,无址公司,未知,bus,2026,5,signed,,,,,contract,yes
"""
WITH_DEPOTS = {
    "fleet_source": f"  operators: data/operators.csv\n{LINES['fleet_source']}",
    "districts": f"{LINES['districts']}\n  - {{use: depots, crs: wgs84}}",
}


def kg(made: Estimate, use: str) -> dict[str, float]:
    return {row.demand_id.removeprefix(f"{use}:"): row.kg_per_d.base for row in made.ledger if row.use == use}


def refusal(folder: Path, scenario: str, **tables: str) -> str:
    with pytest.raises(InputError) as caught:
        city(folder, scenario=scenario, files={f"data/{name}.csv": text for name, text in tables.items()})
    return str(caught.value)


# Depots


def test_vehicles_known_by_depot_stand_there_and_the_rest_follows_people(tmp_path: Path) -> None:
    """Of 40 buses 16 and 4 are at depots in 2030; 20 are shared out 3 to 1 by population."""
    made = city(tmp_path, scenario=changed(**WITH_DEPOTS), files={"data/operators.csv": OPERATORS})
    assert kg(made, "depots") == pytest.approx({"dep-1:bus": 16 * KG_OF_BUS, "dep-2:bus": 4 * KG_OF_BUS})
    assert kg(made, "districts") == pytest.approx({"d1:bus": 15 * KG_OF_BUS, "d2:bus": 5 * KG_OF_BUS})
    assert made.total(2030).base == pytest.approx(TOTAL_KG)


def test_signed_demand_counts_contracts_with_and_without_a_known_depot(tmp_path: Path) -> None:
    made = city(tmp_path, scenario=changed(**WITH_DEPOTS), files={"data/operators.csv": OPERATORS})
    assert made.signed_kg_per_d(2030) == pytest.approx((16 + 5) * KG_OF_BUS)
    assert any("无址公司: 5 bus (signed) without a known depot" in note for note in made.demand.notes)


def test_buses_spread_by_population_are_said_to_be_so(tmp_path: Path) -> None:
    assert any("the depots of 40 vehicles (2030) are not known" in note for note in city(tmp_path).demand.notes)


def test_operators_cannot_run_more_than_the_fleet_has(tmp_path: Path) -> None:
    message = refusal(tmp_path, changed(**WITH_DEPOTS), operators=OPERATORS.replace("2028,16", "2028,60"))
    assert "operators run 69 bus in 2030, the fleet mix gives that class 40" in message


def test_operators_without_a_known_depot_cannot_run_more_than_the_fleet_has_either(tmp_path: Path) -> None:
    message = refusal(
        tmp_path, changed(**WITH_DEPOTS), operators=OPERATORS.replace("2026,5,signed", "2026,5000,signed")
    )
    assert "operators run 5020 bus in 2030, the fleet mix gives that class 40" in message


def test_an_operator_of_an_unknown_class_is_told_with_its_row(tmp_path: Path) -> None:
    message = refusal(tmp_path, changed(**WITH_DEPOTS), operators=OPERATORS.replace("二场,bus", "二场,tram"))
    assert "data/operators.csv row 4, vehicle_class: 'tram' is no vehicle class" in message


def test_a_contract_with_an_unknown_station_is_refused(tmp_path: Path) -> None:
    message = refusal(tmp_path, changed(**WITH_DEPOTS), operators=OPERATORS.replace("hub-a", "hub-z"))
    assert "data/operators.csv row 3, station_id: 'hub-z' is no site of this scenario" in message


def test_a_contract_of_an_operator_without_a_known_depot_is_checked_too(tmp_path: Path) -> None:
    operators = OPERATORS.replace("5,signed,,", "5,signed,hub-z,")
    message = refusal(tmp_path, changed(**WITH_DEPOTS), operators=operators)
    assert "data/operators.csv row 5, station_id: 'hub-z' is no site of this scenario" in message


def test_the_example_row_of_the_template_is_refused() -> None:
    from h2plan.tables.read import read_table
    from h2plan.tables.rows import OperatorRow

    root = Path(__file__).parents[2]
    with pytest.raises(InputError, match="is the example row of the template"):
        read_table(root / "data/demand/templates/operators_template.csv", OperatorRow, root=root)


# Points

POINTS = """\
id,name,vehicle_class,vehicles,kg_per_d,lon,lat,precision_m,source,verified
p1,物流站,tractor,3,,114.0,30.5,100,sales,yes
p2,公交站,bus,,60,114.1,30.5,100,sales,yes
"""


def with_points(options: str = "") -> str:
    return changed(districts=f"{LINES['districts']}\n  - {{use: points, file: data/points.csv, crs: wgs84{options}}}")


def test_points_come_on_top_as_vehicles_or_as_kilograms(tmp_path: Path) -> None:
    made = city(tmp_path, scenario=with_points(), files={"data/points.csv": POINTS})
    assert kg(made, "points") == pytest.approx({"p1:tractor": 3 * KG_OF_TRACTOR, "p2:bus": 60})
    assert {row.counted for row in made.ledger if row.use == "points"} == {"beyond_target"}


def test_points_in_the_target_share_the_fleet_of_their_class(tmp_path: Path) -> None:
    text = POINTS.replace("p2,公交站,bus,,60", "p2,货运站,tractor,1,")
    mix = FILES["data/mix.csv"].replace("2,tractor,ports", "2,tractor,points")
    scenario = with_points(", counted: in_target").replace(LINES["ports"] + "\n", "")
    made = city(tmp_path, scenario=scenario, files={"data/points.csv": text, "data/mix.csv": mix})
    assert kg(made, "points") == pytest.approx({"p1:tractor": 15 * KG_OF_TRACTOR, "p2:tractor": 5 * KG_OF_TRACTOR})


def test_a_point_of_an_unknown_class_is_told_with_its_row(tmp_path: Path) -> None:
    message = refusal(tmp_path, with_points(), points=POINTS.replace("bus", "tram"))
    assert "data/points.csv row 3, vehicle_class: 'tram' does not stand in data/classes.csv" in message


def test_vehicles_and_kilograms_of_a_point_exclude_each_other(tmp_path: Path) -> None:
    message = refusal(tmp_path, with_points(), points=POINTS.replace("tractor,3,,", "tractor,3,9,"))
    assert "data/points.csv row 2, vehicles: exactly one of vehicles and kg_per_d is needed" in message


def test_a_value_a_thousand_times_off_its_neighbours_is_questioned(tmp_path: Path) -> None:
    more = "".join(f"q{n},站{n},tractor,{value},,114.0,30.5,100,x,no\n" for n, value in enumerate((2, 4, 5000)))
    made = city(tmp_path, scenario=with_points(), files={"data/points.csv": POINTS + more})
    assert [note for note in made.warnings if "q2 has 5000, the median is 4" in note]


# Fuel stations, counts, vessels

FUEL = """\
id,name,name_en,kind,city,district,bank,lon,lat,precision_m,source,verified
f1,一站,One,fuel_station,小城市,西区,none,113.9,30.5,100,made up,yes
f2,二站,Two,fuel_station,小城市,东区,none,114.1,30.5,100,made up,yes
"""
SALES = "site_id,diesel_t_per_yr,source,verified\nf1,3000,made up,no\nf2,1000,made up,no\n"


def with_fuel() -> str:
    options = "substitution: {2030: 0.01}, vehicle_class: tractor, efficiency_ratio: 1"
    line = f"  - {{use: fuel_stations, file: data/fuel.csv, crs: wgs84, sales: data/sales.csv, {options}}}"
    return changed(districts=f"{LINES['districts']}\n{line}")


def test_diesel_becomes_hydrogen_of_the_same_energy(tmp_path: Path) -> None:
    """4,000 t x 1 % x 43 / 120 = 14,333 kg a year, three quarters of it at the first station."""
    made = city(tmp_path, scenario=with_fuel(), files={"data/fuel.csv": FUEL, "data/sales.csv": SALES})
    found = kg(made, "fuel_stations")
    assert math.fsum(found.values()) == pytest.approx(40_000 * 43 / 120 / 365)
    assert found["f1:tractor:beyond"] == pytest.approx(3 * found["f2:tractor:beyond"])


def test_sales_of_an_unknown_station_are_told_with_their_row(tmp_path: Path) -> None:
    message = refusal(tmp_path, with_fuel(), fuel=FUEL, sales=SALES.replace("f2", "f9"))
    assert "data/sales.csv row 3, site_id: 'f9' does not stand in data/fuel.csv" in message


COUNTS = """\
id,link,period,trucks_per_d,source,verified
c1,WA,2024,1000,made up,no
c2,BE,2024,3000,made up,no
"""


def test_counted_trucks_draw_the_fleet_by_their_kilometres(tmp_path: Path) -> None:
    """Both links are 60 km long: 1 to 3."""
    line = "  - {use: counts, file: data/counts.csv, crs: wgs84}"
    mix = FILES["data/mix.csv"].replace("2,tractor,ports", "2,tractor,counts")
    text = changed(ports=line)
    made = city(tmp_path, scenario=text, files={"data/counts.csv": COUNTS, "data/mix.csv": mix})
    assert kg(made, "counts") == pytest.approx(
        {"link-WA:tractor": 5 * KG_OF_TRACTOR, "link-BE:tractor": 15 * KG_OF_TRACTOR}
    )


def test_a_count_on_an_unknown_link_is_told_with_its_row(tmp_path: Path) -> None:
    text = changed(districts=f"{LINES['districts']}\n  - {{use: counts, file: data/counts.csv, crs: wgs84}}")
    assert "data/counts.csv row 2, link: 'XX' does not stand in" in refusal(
        tmp_path, text, counts=COUNTS.replace("WA", "XX")
    )


def test_vessels_are_shared_over_quays_and_need_a_number(tmp_path: Path) -> None:
    quays = "site_id,use,weight,source,verified\nport-p,vessels,1,made up,no\n"
    line = "  - {use: vessels, file: data/ports.csv, crs: wgs84, activity: data/quays.csv%s}"
    full = changed(districts=f"{LINES['districts']}\n{line % ', beyond_target: {tractor: {2030: 2}}'}")
    made = city(tmp_path, scenario=full, files={"data/quays.csv": quays})
    assert kg(made, "vessels") == pytest.approx({"port-p:tractor:beyond": 2 * KG_OF_TRACTOR})
    bare = changed(districts=f"{LINES['districts']}\n{line % ''}")
    assert "the number of vessels by class and year is missing" in refusal(tmp_path / "bare", bare, quays=quays)


def test_what_works_by_the_hour_takes_kilograms_by_the_hour(tmp_path: Path) -> None:
    """2 kg/h x 8 h = 16 kg a day, 5 of them at the port."""
    head, *rows = FILES["data/classes.csv"].splitlines()
    columns = ",kg_per_h_low,kg_per_h_base,kg_per_h_high,h_per_d_low,h_per_d_base,h_per_d_high"
    crane = "crane,吊车,Crane,no,30,,,,,,,,15,35,day,depot,made up,no,1,2,3,4,8,10"
    text = "\n".join([head + columns, *(f"{row},,,,,," for row in rows), crane, ""])
    scenario = changed(ports=LINES["ports"].replace("}", ", beyond_target: {crane: {2030: 5}}}"))
    made = city(tmp_path, scenario=scenario, files={"data/classes.csv": text})
    assert kg(made, "ports")["port-p:crane:beyond"] == pytest.approx(5 * 16)


def test_half_a_consumption_is_told_with_its_row(tmp_path: Path) -> None:
    text = FILES["data/classes.csv"].replace("18,5,6,7,", "18,,6,7,")
    message = refusal(tmp_path, changed(), classes=text)
    assert "data/classes.csv row 2, kg_per_100_km_low: is blank although its companions are given" in message


# Grid


GRID = "id,district,lon,lat,weight\nc1,西区,113.80,30.50,1\nc2,西区,113.81,30.50,3\nc3,东区,114.20,30.50,7\n"
WITH_GRID = {"districts": LINES["districts"].replace("crs", "grid: data/grid.csv, crs")}


def test_a_grid_keeps_the_total_of_each_district(tmp_path: Path) -> None:
    """West has 30 of 40 buses: 7.5 and 22.5 in its two cells; east has one cell."""
    made = city(tmp_path, scenario=changed(**WITH_GRID), files={"data/grid.csv": GRID})
    found = {name.split(":")[0]: value / KG_OF_BUS for name, value in kg(made, "districts").items()}
    assert found == pytest.approx({"c1": 7.5, "c2": 22.5, "c3": 10}, rel=1e-9)


def test_a_district_without_cells_stays_at_its_seat(tmp_path: Path) -> None:
    made = city(tmp_path, scenario=changed(**WITH_GRID), files={"data/grid.csv": GRID.rsplit("c3", 1)[0]})
    assert kg(made, "districts")["d2:bus"] == pytest.approx(10 * KG_OF_BUS)
    assert any("东区: no cell of data/grid.csv lies in it" in note for note in made.demand.notes)


@pytest.mark.parametrize(
    ("old", "new", "says"),
    [
        ("113.81", "abc", "data/grid.csv row 3, lon: 'abc' is not a number"),
        ("113.81", "99", "data/grid.csv row 3, lon: 99 lies outside the region"),
        (",3\n", ",-3\n", "data/grid.csv row 3, weight: -3 must not be negative"),
        ("c2", "c1", "data/grid.csv row 3, id: 'c1' stands already in row 2"),
        ("东区", "北区", "data/grid.csv, district: '北区' is no district of this plan"),
        ("weight\n", "gewicht\n", "data/grid.csv row 1, weight: is missing from the header"),
        (",7\n", ",0\n", "data/grid.csv, weight: the cells of 东区 weigh nothing"),
    ],
)
def test_a_bad_grid_is_refused_where_it_is_bad(tmp_path: Path, old: str, new: str, says: str) -> None:
    assert says in refusal(tmp_path, changed(**WITH_GRID), grid=GRID.replace(old, new))


# Flows


def flows(made: Estimate) -> dict[tuple[str, str], float]:
    return {(row.origin, row.destination): row.vehicles for row in made.ledger if row.role == "flow"}


@pytest.mark.parametrize("distance", ["straight", "road"])
def test_doubly_constrained_flows_keep_the_part_of_every_end(tmp_path: Path, distance: str) -> None:
    """20 tractors: 10 between cities and hubs. West has half of the people, hub A three quarters of the activity."""
    more = f"\n    balance: both\n    distance: {distance}"
    made = city(tmp_path, scenario=changed(flow_shares=LINES["flow_shares"] + more))
    found = flows(made)
    to_hubs = {pair: value for pair, value in found.items() if pair[0] != "hub-a" and pair[1].startswith("hub")}
    assert math.fsum(v for (a, _), v in to_hubs.items() if a == "west") == pytest.approx(5, rel=1e-8)
    assert math.fsum(v for (_, b), v in to_hubs.items() if b == "hub-a") == pytest.approx(7.5, rel=1e-8)
    assert math.fsum(found.values()) == pytest.approx(20, rel=1e-9)
    assert any("Furness met both margins" in note for note in made.fits)


def test_districts_trade_when_they_are_given_a_share(tmp_path: Path) -> None:
    shares = "    gateway_hub_share: 0.5\n    gateway_port_share: 0.3\n    hub_port_share: 0\n"
    more = "    hub_district_share: 0.2\n    districts: data/districts.csv\n    balance: both"
    found = flows(city(tmp_path, scenario=changed(flow_shares=shares + more)))
    assert math.fsum(v for (_, b), v in found.items() if b == "d1") == pytest.approx(3, rel=1e-8)


OD = "origin,destination,vehicles_per_d,source,verified\nwest,hub-a,300,survey,yes\neast,port-p,100,survey,yes\n"
WITH_OD = {"flow_shares": LINES["flow_shares"] + "\n    od: data/od.csv"}


def test_a_table_of_trips_replaces_the_gravity_rule(tmp_path: Path) -> None:
    made = city(tmp_path, scenario=changed(**WITH_OD), files={"data/od.csv": OD})
    assert flows(made) == pytest.approx({("west", "hub-a"): 15, ("east", "port-p"): 5})


def test_a_trip_to_an_unknown_gateway_is_told_with_its_row(tmp_path: Path) -> None:
    message = refusal(tmp_path, changed(**WITH_OD), od=OD.replace("east", "south"))
    assert "data/od.csv row 3, origin: 'south' is no far city, hub, port or district" in message


def test_link_counts_pull_the_flows_and_the_fit_is_told(tmp_path: Path) -> None:
    """Three times as many trucks come from the east as from the west."""
    text = changed(flow_shares=LINES["flow_shares"] + "\n    counts: data/counts.csv")
    made = city(tmp_path, scenario=text, files={"data/counts.csv": COUNTS})
    found = flows(made)
    west, east = (math.fsum(v for (a, _), v in found.items() if a == city_) for city_ in ("west", "east"))
    assert east == pytest.approx(3 * west, rel=1e-3)
    assert math.fsum(found.values()) == pytest.approx(20, rel=1e-9)
    assert any("GEH below 5 on 100% of them" in note for note in made.fits)


def test_a_count_calibrated_matrix_needs_links_that_exist(tmp_path: Path) -> None:
    text = changed(flow_shares=LINES["flow_shares"] + "\n    counts: data/counts.csv")
    assert "data/counts.csv row 2, link: 'XX' does not stand in the road network" in refusal(
        tmp_path, text, counts=COUNTS.replace("WA", "XX")
    )
