"""Who wants hydrogen, where, and how much: each source by hand, and all of them together."""

from __future__ import annotations

import math
from collections.abc import Mapping
from pathlib import Path

import pytest

from h2plan.demand import _gather
from h2plan.domain import Demand, DemandPoint, Flow
from h2plan.errors import InputError
from h2plan.geo.crs import geodesic_km
from h2plan.project import load
from tests.plan.tiny_project import FILES, SCENARIO, SCENARIO_FILE, write_project

DISTRICTS = FILES["data/districts.csv"]
GATEWAYS = FILES["data/gateways.csv"]
ACTIVITY = FILES["data/activity.csv"]
DISTRICT_LINE = "  - {use: districts, file: data/districts.csv, crs: wgs84}"
TOWNS = """\
id,name,name_en,district,bank,lon,lat,precision_m,source,verified
t1,一镇,Town one,西区,none,114.31,30.6,500,made up,no
t2,二镇,Town two,西区,none,114.32,30.6,500,made up,no
t3,三镇,Town three,东区,none,114.61,30.6,500,made up,no
"""


def demand(folder: Path, *, scenario: str = SCENARIO, **tables: str) -> Demand:
    changes = {SCENARIO_FILE: scenario, **{f"data/{name}.csv": text for name, text in tables.items()}}
    return _gather.gather(load(write_project(folder, changes=changes)))[0]


def refusal(folder: Path, *, scenario: str = SCENARIO, **tables: str) -> str:
    with pytest.raises(InputError) as caught:
        demand(folder, scenario=scenario, **tables)
    return str(caught.value)


def changed(old: str, new: str) -> str:
    assert SCENARIO.count(old) == 1
    return SCENARIO.replace(old, new)


def by_id(found: Demand) -> Mapping[str, DemandPoint | Flow]:
    return {row.id: row for row in found.rows}


def vehicles(found: Demand, prefix: str) -> dict[str, float]:
    return {row.id.removeprefix(prefix): row.vehicles[2030] for row in found.rows if row.id.startswith(prefix)}


def kg(row: DemandPoint | Flow) -> tuple[float, float, float]:
    at = row.kg_per_d[2030]
    return at.low, at.base, at.high


# All together


def test_no_vehicle_is_lost_or_counted_twice(tmp_path: Path) -> None:
    assert math.fsum(row.vehicles[2030] for row in demand(tmp_path).rows) == pytest.approx(100, rel=1e-9)


def test_the_shipped_city_places_every_vehicle_of_its_target() -> None:
    project = load(Path(__file__).parents[2] / "scenarios" / "wuhan-2030.yaml")
    found, fleet = _gather.gather(project)
    assert math.fsum(row.vehicles[2030] for row in found.rows) == pytest.approx(3000, rel=1e-9)
    wanted = math.fsum(
        fleet.count(use, name, 2030) * fleet.kg_per_vehicle_d(name).base
        for use in fleet.uses
        for name in fleet.classes_of(use)
    )
    assert math.fsum(row.kg_per_d[2030].base for row in found.rows) == pytest.approx(wanted, rel=1e-9)
    assert len({row.id for row in found.rows}) == len(found.rows)


def test_kilograms_are_vehicles_times_consumption_times_distance_times_active_share(tmp_path: Path) -> None:
    """West has 24,000 of 40,000 people, so 24 of 40 buses: 24 x 10 kg/100 km x 100 km x 0.5 = 120 kg/d."""
    row = by_id(demand(tmp_path))["districts:d1:bus"]
    assert row.vehicles == {2030: pytest.approx(24)}
    assert kg(row) == pytest.approx((24 * 1.8, 120, 24 * 11.52))


def test_rows_are_sorted_and_say_what_they_rest_on(tmp_path: Path) -> None:
    found = demand(tmp_path)
    for rows in (found.points, found.flows):
        assert [row.id for row in rows] == sorted(row.id for row in rows)
    assert all("made up" in row.source for row in found.rows)


def test_a_use_that_no_source_reads_is_a_fault(tmp_path: Path) -> None:
    message = refusal(tmp_path, scenario=changed(DISTRICT_LINE + "\n", ""))
    assert (
        "demand, districts: the fleet mix has vehicles for 'districts', but no source of demand reads them" in message
    )


def test_a_use_that_is_read_twice_is_a_fault(tmp_path: Path) -> None:
    message = refusal(tmp_path, scenario=changed(DISTRICT_LINE, f"{DISTRICT_LINE}\n{DISTRICT_LINE}"))
    assert "demand, districts: stands twice: its vehicles would be counted twice" in message


def test_a_source_without_vehicles_is_a_fault(tmp_path: Path) -> None:
    text = FILES["data/fleet_mix.csv"].replace("1,bus,districts", "1,bus,highways")
    assert "demand, districts: the fleet mix has no vehicles for 'districts'" in refusal(tmp_path, fleet_mix=text)


def test_faults_of_two_sources_come_together(tmp_path: Path) -> None:
    with pytest.raises(InputError) as caught:
        demand(tmp_path, districts=DISTRICTS.replace("24000", "many"), gateways=GATEWAYS.replace("1000000", "many"))
    assert {fault.where for fault in caught.value.faults} == {"data/districts.csv", "data/gateways.csv"}


@pytest.mark.parametrize(
    "table", ["districts", "activity", "gateways", "fleet_mix", "hubs", "ports", "vehicle_classes"]
)
def test_the_order_of_a_table_changes_nothing(tmp_path: Path, table: str) -> None:
    more = {
        "activity": ACTIVITY + "hub-b,logistics_hubs,2,made up,no\n",
        "gateways": GATEWAYS + "north,北方市,Northern city,114.0,32.0,1000,500000,A;F,made up,no\n",
    }
    tables = {name: more.get(name, FILES[f"data/{name}.csv"]) for name in {*more, table}}
    head, *rows = tables[table].splitlines()
    turned = {**tables, table: "\n".join([head, *reversed(rows), ""])}
    first, second = demand(tmp_path / "a", **tables), demand(tmp_path / "b", **turned)
    assert [row.id for row in first.rows] == [row.id for row in second.rows]
    for one, other in zip(first.rows, second.rows, strict=True):
        assert other.vehicles[2030] == pytest.approx(one.vehicles[2030], rel=1e-12)
        assert kg(other) == pytest.approx(kg(one), rel=1e-12)
    assert sorted(end.id for end in first.terminals) == sorted(end.id for end in second.terminals)


# Districts


def test_districts_share_by_population(tmp_path: Path) -> None:
    assert vehicles(demand(tmp_path), "districts:") == pytest.approx({"d1:bus": 24, "d2:bus": 8, "d3:bus": 8})


def test_people_counted_in_another_row_are_counted_once(tmp_path: Path) -> None:
    """Of the 24,000 of West, the 8,000 of Far are a part: 16, 8 and 8 of 32 parts of 40 buses."""
    text = DISTRICTS.replace("8000,yes,,114.0", "8000,no,d1,114.0")
    found = vehicles(demand(tmp_path, districts=text), "districts:")
    assert found == pytest.approx({"d1:bus": 20, "d2:bus": 10, "d3:bus": 10})


@pytest.mark.parametrize("holder", ["d2", "d3", "nowhere"])
def test_a_row_cannot_be_counted_in_itself_or_in_fewer_people(tmp_path: Path, holder: str) -> None:
    text = DISTRICTS.replace("8000,yes,,114.0", f"8001,no,{holder},114.0")
    message = refusal(tmp_path, districts=text)
    assert f"data/districts.csv row 4, counted_in: '{holder}' is no other district here, or has fewer people" in message


def test_a_district_without_people_wants_nothing(tmp_path: Path) -> None:
    found = demand(tmp_path, districts=DISTRICTS.replace("8000,yes,,114.0", "0,yes,,114.0"))
    assert vehicles(found, "districts:") == pytest.approx({"d1:bus": 30, "d2:bus": 10})


def test_nobody_anywhere_is_a_fault(tmp_path: Path) -> None:
    text = DISTRICTS.replace("24000", "0").replace("8000", "0")
    assert "demand districts: the weights of its places add up to zero" in refusal(tmp_path, districts=text)


def with_towns(seat_share: float) -> str:
    options = f"towns: data/towns.csv, seat_share: {seat_share}"
    return changed(DISTRICT_LINE, DISTRICT_LINE.replace("crs: wgs84", f"crs: wgs84, {options}"))


def test_towns_share_equally_what_does_not_stand_at_the_seat(tmp_path: Path) -> None:
    """West: 24 buses, half at the seat, 6 in each of 2 towns. East: 8, 4 and 4. Far has no town: all at its seat."""
    found = vehicles(demand(tmp_path, scenario=with_towns(0.5), towns=TOWNS), "districts:")
    assert found == pytest.approx({"d1:bus": 12, "t1:bus": 6, "t2:bus": 6, "d2:bus": 4, "t3:bus": 4, "d3:bus": 8})


def test_a_seat_share_of_zero_leaves_the_seat_empty(tmp_path: Path) -> None:
    found = vehicles(demand(tmp_path, scenario=with_towns(0), towns=TOWNS), "districts:")
    assert found == pytest.approx({"t1:bus": 12, "t2:bus": 12, "t3:bus": 8, "d3:bus": 8})


def test_a_town_of_an_unknown_district_is_named_with_its_row(tmp_path: Path) -> None:
    message = refusal(tmp_path, scenario=with_towns(0.5), towns=TOWNS.replace("东区", "北区"))
    assert "data/towns.csv row 4, district: '北区' is no district of this plan" in message


def test_a_seat_share_below_one_needs_towns(tmp_path: Path) -> None:
    text = changed(DISTRICT_LINE, DISTRICT_LINE.replace("crs: wgs84", "crs: wgs84, seat_share: 0.5"))
    assert "seat_share below 1 needs a table of towns" in refusal(tmp_path, scenario=text)


# Ports and hubs


def test_hubs_share_by_activity(tmp_path: Path) -> None:
    text = ACTIVITY + "hub-b,logistics_hubs,1,made up,no\n"
    found = vehicles(demand(tmp_path, activity=text), "logistics_hubs:")
    assert found == pytest.approx({"hub-c:tractor": 15, "hub-b:tractor": 5})


def test_a_place_of_no_activity_wants_nothing(tmp_path: Path) -> None:
    text = ACTIVITY + "hub-b,logistics_hubs,0,made up,no\n"
    assert vehicles(demand(tmp_path, activity=text), "logistics_hubs:") == pytest.approx({"hub-c:tractor": 20})


def test_activity_of_a_place_without_position_is_named_and_falls_to_the_others(tmp_path: Path) -> None:
    hubs = FILES["data/hubs.csv"] + "hub-x,无名园,Lost hub,logistics_hub,小城市,东区,none,,,,made up,no\n"
    text = ACTIVITY + "hub-x,logistics_hubs,9,made up,no\n"
    found = demand(tmp_path, hubs=hubs, activity=text)
    assert vehicles(found, "logistics_hubs:") == pytest.approx({"hub-c:tractor": 20})
    assert found.notes.count("无名园: has activity but no position; its part falls to the other places") == 1


def test_activity_of_an_unknown_place_is_a_fault(tmp_path: Path) -> None:
    text = ACTIVITY + "hub-x,logistics_hubs,9,made up,no\n"
    assert "data/activity.csv row 4, site_id: 'hub-x' does not stand in data/hubs.csv" in refusal(
        tmp_path, activity=text
    )


# Highways


def flows(found: Demand) -> dict[tuple[str, str], float]:
    return {(flow.origin, flow.destination): flow.vehicles[2030] for flow in found.flows}


def test_each_pair_of_groups_gets_its_share_of_the_flows(tmp_path: Path) -> None:
    assert flows(demand(tmp_path)) == pytest.approx(
        {("west", "hub-c"): 10, ("west", "port-e"): 6, ("hub-c", "port-e"): 4}
    )


TWO_CITIES = GATEWAYS + "north,北方市,Northern city,114.0,32.0,1000,3000000,A;F,made up,no\n"


def test_flows_fall_with_distance_and_rise_with_weight(tmp_path: Path) -> None:
    found = flows(demand(tmp_path, gateways=TWO_CITIES))
    west, north = geodesic_km(112.0, 30.6, 114.5, 30.6), geodesic_km(114.0, 32.0, 114.5, 30.6)
    assert found["north", "hub-c"] / found["west", "hub-c"] == pytest.approx(3 * float(west / north))
    assert found["north", "hub-c"] + found["west", "hub-c"] == pytest.approx(10)
    assert math.fsum(found.values()) == pytest.approx(20, rel=1e-9)


def test_a_double_weight_pulls_twice_as_many(tmp_path: Path) -> None:
    first = flows(demand(tmp_path / "a", gateways=TWO_CITIES))
    second = flows(demand(tmp_path / "b", gateways=TWO_CITIES.replace("3000000", "6000000")))
    for place in ("hub-c", "port-e"):
        before, after = (found["north", place] / found["west", place] for found in (first, second))
        assert after == pytest.approx(2 * before)


def test_without_decay_distance_says_nothing(tmp_path: Path) -> None:
    text = changed("hub_port_share: 0.2", "hub_port_share: 0.2\n    decay: 0")
    found = flows(demand(tmp_path, scenario=text, gateways=TWO_CITIES))
    assert found["north", "hub-c"] == pytest.approx(3 * found["west", "hub-c"])


def test_a_decay_beyond_all_reason_is_refused(tmp_path: Path) -> None:
    text = changed("hub_port_share: 0.2", "hub_port_share: 0.2\n    decay: 1000")
    assert "demand[3] (highways), decay" in refusal(tmp_path, scenario=text)


def test_a_city_without_population_or_position_is_named_and_left_out(tmp_path: Path) -> None:
    text = GATEWAYS + "n,北方市,North,114.0,32.0,1000,,A,made up,no\ns,南方市,South,,,,5,A,made up,no\n"
    found = demand(tmp_path, gateways=text)
    assert {end for pair in flows(found) for end in pair} == {"west", "hub-c", "port-e"}
    for name in ("北方市", "南方市"):
        assert f"{name}: population or position not known; no flows are made to this direction" in found.notes


def test_no_city_at_all_is_a_fault(tmp_path: Path) -> None:
    message = refusal(tmp_path, gateways=GATEWAYS.replace("1000000", ""))
    assert "demand highways: no pair of places has weight at both ends" in message


def test_a_group_of_no_share_needs_no_places(tmp_path: Path) -> None:
    text = changed("gateway_hub_share: 0.5", "gateway_hub_share: 0").replace("port_share: 0.3", "port_share: 0")
    text = text.replace("hub_port_share: 0.2", "hub_port_share: 1")
    found = demand(tmp_path, scenario=text, gateways=GATEWAYS.replace("1000000", ""))
    assert flows(found) == pytest.approx({("hub-c", "port-e"): 20})
    assert {end.id for end in found.terminals} == {"hub-c", "port-e"}


def test_far_cities_enter_at_their_road_nodes(tmp_path: Path) -> None:
    terminals = {end.id: end for end in demand(tmp_path).terminals}
    assert terminals["west"].entry_nodes == ("F",)
    assert terminals["hub-c"].entry_nodes == ()
