"""What a station hands out in its opening hours, how many fill back to back, and how many dispensers it needs."""

from __future__ import annotations

import math
from pathlib import Path

import pytest

from h2plan.errors import InputError
from h2plan.throughput import (
    Equipment,
    dispenser_table,
    dispensers_needed,
    erlang_b,
    erlang_c,
    fills_back_to_back,
    rated_kg_per_d,
    wait_after_buffer_min,
    waiting_min,
)


def equipment(**changes: float) -> Equipment:
    values = {"open_h_per_d": 12.0, "compressor_kg_per_h": 40.0, "buffer_kg": 60.0, **changes}
    return Equipment(pressure_mpa=35, dispensers=1, **values)


def test_a_day_is_what_the_compressor_gives_while_open_and_the_buffer_once() -> None:
    """40 kg/h x 12 h + 60 kg filled overnight."""
    assert rated_kg_per_d(equipment()) == 540


def test_a_station_open_day_and_night_has_no_time_to_fill_a_buffer() -> None:
    assert rated_kg_per_d(equipment(open_h_per_d=24.0)) == 960


def test_two_trucks_fill_back_to_back_then_the_next_one_waits() -> None:
    """A fill of 30 kg in 7 min draws 25.3 kg net from 60 kg: after two, 9.3 kg are left."""
    assert fills_back_to_back(equipment(), kg_per_fill=30, fill_min=7) == 2
    assert wait_after_buffer_min(equipment(), kg_per_fill=30, fill_min=7) == pytest.approx(45 - 7)


def test_a_compressor_faster_than_the_nozzle_never_runs_out() -> None:
    strong = equipment(compressor_kg_per_h=300.0)
    assert fills_back_to_back(strong, kg_per_fill=30, fill_min=7) == math.floor(12 * 60 / 7)
    assert wait_after_buffer_min(strong, kg_per_fill=30, fill_min=7) == 0


def test_erlang_formulas_agree_with_textbook_values() -> None:
    """One server: B = a / (1 + a), C = a. Two servers, load 1: B = 0.2, C = 1/3."""
    assert erlang_b(0.5, 1) == pytest.approx(1 / 3)
    assert erlang_c(0.5, 1) == pytest.approx(0.5)
    assert erlang_b(1, 2) == pytest.approx(0.2)
    assert erlang_c(1, 2) == pytest.approx(1 / 3)


def test_one_dispenser_waits_as_a_single_queue_does() -> None:
    """M/M/1: load x service / (1 - load) = 0.5 x 10 / 0.5."""
    assert waiting_min(0.5, 1, fill_min=10) == pytest.approx(10)


def test_dispensers_rise_with_the_peak_and_keep_the_target() -> None:
    table = dispenser_table([0, 30, 60, 120, 300, 600], pressure_mpa=35, kg_per_fill=30, fill_min=10, target_min=3)
    counts = [row.dispensers for row in table]
    assert counts == sorted(counts)
    assert all(row.waiting_min <= 3 and row.utilisation < 1 for row in table)
    assert counts[0] == 1


def test_a_load_that_needs_more_dispensers_than_any_station_has_is_refused() -> None:
    with pytest.raises(InputError, match="needs more than 1 dispensers"):
        erlang_c(1.0, 1)
    with pytest.raises(InputError, match="beyond 200 dispensers"):
        dispensers_needed(1e6, kg_per_fill=1, fill_min=60, target_min=0.01)


# Anchors: figures published of real stations and fleets


def test_fifty_buses_at_six_kilograms_are_the_first_station_of_wuhan() -> None:
    """300 kg/d for about 50 buses a day (m.xinnengyuan100.com 62263): 6 kg each, 100 km at 6 kg/100 km."""
    assert 50 * 100 * 6.0 / 100 == 300


def test_fifty_large_vehicles_at_ten_kilograms_fill_at_a_station_of_500_kg_in_twelve_hours() -> None:
    """Tielong, phase 1: 500 kg in 12 h serves 50 large vehicles (guochahui.net 44772)."""
    tielong = equipment(compressor_kg_per_h=500 / 12, buffer_kg=0.0)
    assert rated_kg_per_d(tielong) == pytest.approx(50 * 10)


def test_the_corridor_fleet_takes_117_km_a_day_at_ten_kilograms(tmp_path: Path) -> None:
    """Hanyi corridor: 160 t over 1.60 million km with 30 tractors in about 457 days."""
    from h2plan.tables.read import read_table
    from h2plan.tables.rows import VehicleClassRow

    root = Path(__file__).parents[1]
    rows = read_table(root / "data/demand/vehicle_classes.csv", VehicleClassRow, root=root)
    tractor = next(row for row in rows if row.id == "tractor_49t").to_vehicle_class()
    assert pytest.approx(tractor.kg_per_100_km.base) == 160_000 / 1.60e6 * 100
    assert pytest.approx(tractor.km_per_d.low, rel=0.01) == 1.60e6 / 30 / 457
    assert tractor.km_per_d.low * tractor.kg_per_100_km.base / 100 == pytest.approx(11.7)


def test_shipped_equipment_keeps_the_wait_that_it_names() -> None:
    """Fills of 30 kg in 7 minutes, 5 minutes of waiting on average: as `assumptions` of the table says."""
    from pathlib import Path

    from h2plan.tables.read import read_table
    from h2plan.tables.rows import SizeEquipmentRow

    root = Path(__file__).parents[1]
    rows = read_table(root / "data" / "sites" / "station_equipment.csv", SizeEquipmentRow, root=root)
    assert rows
    for row in rows:
        assert row.peak_kg_per_h is not None
        for more, count in ((0.0, row.dispensers), (1.0, (row.dispensers or 0) + 1)):
            needed = dispensers_needed(row.peak_kg_per_h + more, kg_per_fill=30, fill_min=7, target_min=5)
            assert needed == count
