"""Demand as one value: every kilogram is traced, sums hold at every step, ranges can be drawn."""

from __future__ import annotations

import math
from pathlib import Path

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

import h2plan
from h2plan.errors import InputError
from h2plan.estimating import STATION_PEAKS, Estimate, estimate
from h2plan.project import load
from tests.demand.small_city import FILES, KG_OF_BUS, KG_OF_TRACTOR, LINES, TOTAL_KG, changed, city

ROOT = Path(__file__).parents[2]
WUHAN = ("wuhan-2030", "wuhan-2025", "wuhan-phased")


@pytest.fixture(scope="module")
def phased() -> Estimate:
    return estimate(load(ROOT / "scenarios/wuhan-phased.yaml"))


def test_the_total_is_fleet_times_distance_times_consumption(tmp_path: Path) -> None:
    assert city(tmp_path).total(2030).base == pytest.approx(TOTAL_KG, rel=1e-12)


@pytest.mark.parametrize("name", WUHAN)
def test_every_vehicle_and_kilogram_of_the_shipped_scenarios_is_in_the_ledger(name: str) -> None:
    made = h2plan.estimate(load(ROOT / f"scenarios/{name}.yaml"))
    for period in made.periods:
        rows = [row for row in made.ledger if row.period == period]
        counted = math.fsum(row.vehicles for row in rows if row.counted == "in_target")
        assert counted == pytest.approx(made.fleet.total(period), rel=1e-9)
        for vehicle_class in {row.vehicle_class for row in rows}:
            mine = [row for row in rows if row.vehicle_class == vehicle_class]
            each = made.fleet.kg_per_vehicle_d(vehicle_class, period).base
            wanted = each * math.fsum(row.vehicles for row in mine)
            assert math.fsum(row.kg_per_d.base for row in mine) == pytest.approx(wanted, rel=1e-9)
        assert math.fsum(row.kg_per_d.base for row in rows) == pytest.approx(made.total(period).base, rel=1e-12)


@pytest.mark.parametrize("name", WUHAN)
def test_every_row_says_what_it_rests_on_and_low_base_high_rise(name: str) -> None:
    for row in estimate(load(ROOT / f"scenarios/{name}.yaml")).ledger:
        assert row.assumption
        assert row.source
        assert row.kg_per_d.low <= row.kg_per_d.base <= row.kg_per_d.high
        assert row.peak_kg_per_h.low <= row.peak_kg_per_h.base <= row.peak_kg_per_h.high


@pytest.mark.parametrize("base_share", [0, 0.25, 1])
def test_a_kilogram_is_taken_at_the_base_or_on_the_way_and_never_twice(tmp_path: Path, base_share: float) -> None:
    text = changed(flow_shares=f"{LINES['flow_shares']}\n    base_share: {base_share}")
    made = city(tmp_path, scenario=text)
    mine = [row for row in made.ledger if row.use == "highways"]
    assert math.fsum(row.kg_per_d.base for row in mine) == pytest.approx(20 * KG_OF_TRACTOR, rel=1e-9)
    at_base = math.fsum(row.vehicles for row in mine if row.role == "base")
    assert at_base == pytest.approx(20 * base_share)
    assert {row.name for row in mine if row.role == "base"} <= {"甲园区", "乙园区", "港区"}


def test_the_frame_sums_to_the_total_by_every_column(tmp_path: Path) -> None:
    made = city(tmp_path)
    assert made.to_frame()["kg_per_d_base"].sum() == pytest.approx(TOTAL_KG)
    by_district = made.by("district").set_index("district")["kg_per_d_base"]
    assert by_district["西区"] == pytest.approx(30 * KG_OF_BUS + 15 * KG_OF_TRACTOR)
    assert by_district.sum() == pytest.approx(TOTAL_KG)
    with pytest.raises(InputError, match="no column colour"):
        made.by("colour")


def test_through_traffic_comes_on_top_and_only_crosses(tmp_path: Path) -> None:
    """60 vehicles a day fill half of their hydrogen here: 30 x 20 kg. West, east and north make three pairs."""
    more = "\n    through_vehicles: {2030: 60}\n    through_class: tractor"
    made = city(tmp_path, scenario=changed(flow_shares=LINES["flow_shares"] + more))
    through = [row for row in made.ledger if row.role == "through"]
    assert {(row.origin, row.destination) for row in through} == {
        ("east", "north"),
        ("east", "west"),
        ("north", "west"),
    }
    assert math.fsum(row.kg_per_d.base for row in through) == pytest.approx(30 * KG_OF_TRACTOR)
    assert made.total(2030).base == pytest.approx(TOTAL_KG + 30 * KG_OF_TRACTOR)
    assert {row.counted for row in through} == {"beyond_target"}


@settings(max_examples=15, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(factor=st.integers(2, 50))
def test_a_fleet_so_many_times_larger_wants_so_many_times_the_hydrogen(tmp_path: Path, factor: int) -> None:
    one = city(tmp_path / "one")
    many = city(tmp_path / "many", scenario=changed(targets=f"targets: {{fcev: {{2030: {100 * factor}}}}}"))
    assert [row.demand_id for row in one.ledger] == [row.demand_id for row in many.ledger]
    for few, lot in zip(one.ledger, many.ledger, strict=True):
        assert lot.kg_per_d.base == pytest.approx(factor * few.kg_per_d.base, rel=1e-9)


def test_the_low_estimate_of_wuhan_meets_the_national_fleets_and_the_high_anchor_lies_above(phased: Estimate) -> None:
    """2.4 kg a registered vehicle-day is what China's demonstration fleets took."""
    national, nominal = phased.anchors(2030)
    assert phased.total(2030).low == pytest.approx(national.kg_per_d, rel=0.1)
    assert phased.total(2030).base < nominal.kg_per_d


def test_demand_grows_over_the_years_class_by_class_and_activity_ramps_up(phased: Estimate) -> None:
    sums = [phased.total(period).base for period in phased.periods]
    assert sums == sorted(sums)
    each = [phased.fleet.kg_per_vehicle_d("tractor_49t", period).base for period in phased.periods]
    assert each == pytest.approx([8.4, 10.2, 12, 12])


def test_published_targets_stand_beside_demand_drafts_marked(phased: Estimate) -> None:
    assert {(row.what, row.value) for row in phased.published if row.status == "draft"} == {
        ("fcev", 7000),
        ("stations", 100),
    }


def test_the_peak_of_the_city_is_not_the_sum_of_peaks_at_different_hours(tmp_path: Path) -> None:
    """Buses fill in hour 1 alone, tractors in hour 12 alone: the larger one is the peak."""
    made = city(tmp_path, scenario=with_tables("profiles: data/hours.csv"), files={"data/hours.csv": hours()})
    assert made.peak_kg_per_h(2030).base == pytest.approx(60 * KG_OF_TRACTOR)
    assert made.hourly(2030)["bus"][1] == pytest.approx(40 * KG_OF_BUS)


def with_tables(*lines: str) -> str:
    return changed(fleet_source="".join(f"  {line}\n" for line in lines) + LINES["fleet_source"])


def hours(**wrong: str) -> str:
    full = {("night", 1): "1", ("day", 12): "1"}
    rows = [
        f"{name},{hour},{full.get((name, hour), '0')},made up,no" for name in ("night", "day") for hour in range(24)
    ]
    text = "profile,hour,share,source,verified\n" + "\n".join(rows) + "\n"
    for old, new in wrong.items():
        text = text.replace(old.replace("_", ","), new)
    return text


def months(**low: float) -> str:
    rows = []
    for profile in ("night", "day"):
        small = low.get(profile, 1.0)
        factors = [small, (2 - small), *([1.0] * 10)]
        rows += [f"{profile},{n},{factor},made up,no" for n, factor in enumerate(factors, start=1)]
    return "profile,month,factor,source,verified\n" + "\n".join(rows) + "\n"


@pytest.mark.parametrize(("which", "factor"), [("mean", 1.0), ("second_busiest", 1.0), ("busiest", 1.25)])
def test_demand_is_stated_for_the_month_that_is_asked_for(tmp_path: Path, which: str, factor: float) -> None:
    text = with_tables("months: data/months.csv", f"sizing_month: {which}")
    made = city(tmp_path, scenario=text, files={"data/months.csv": months(night=0.75, day=0.75)})
    assert made.total(2030).base == pytest.approx(factor * TOTAL_KG)
    assert made.monthly(2030)[1] == pytest.approx(0.75 * TOTAL_KG)
    assert made.monthly(2030)[3] == pytest.approx(TOTAL_KG)


def test_a_profile_that_does_not_sum_to_one_is_refused_with_its_sum(tmp_path: Path) -> None:
    table = {"data/hours.csv": hours(night_1_1="night,1,0.9")}
    with pytest.raises(InputError, match=r"data/hours.csv, share: the 24 shares of 'night' add up to 0.9, not to 1"):
        city(tmp_path, scenario=with_tables("profiles: data/hours.csv"), files=table)


def test_a_profile_that_is_not_there_is_told_with_the_class(tmp_path: Path) -> None:
    table = {"data/hours.csv": hours(), "data/classes.csv": FILES["data/classes.csv"].replace(",day,", ",noon,")}
    with pytest.raises(InputError, match=r"data/classes.csv row 3, profile: 'noon' is no profile"):
        city(tmp_path, scenario=with_tables("profiles: data/hours.csv"), files=table)


# Uncertainty


def test_draws_repeat_with_their_seed_and_differ_with_another(phased: Estimate) -> None:
    one, same, other = phased.draws(200, 7), phased.draws(200, 7), phased.draws(200, 8)
    assert np.array_equal(one.kg_per_d[2030], same.kg_per_d[2030])
    assert not np.array_equal(one.kg_per_d[2030], other.kg_per_d[2030])


def test_draws_stay_within_their_ranges_and_fill_every_stratum(phased: Estimate) -> None:
    made = phased.draws(100, 1)
    frame = made.to_frame()
    for n, parameter in enumerate(made.parameters):
        column = made.values[:, n]
        assert (column >= parameter.value.low - 1e-12).all()
        assert (column <= parameter.value.high + 1e-12).all()
        assert len(np.unique(column)) == 100 or parameter.value.low == parameter.value.high
        assert parameter.id in frame.columns


def test_consumptions_vary_together_and_the_fleet_alone(phased: Estimate) -> None:
    made = phased.draws(2000, 3)
    ids = [parameter.id for parameter in made.parameters]
    ranks = np.argsort(np.argsort(made.values, axis=0), axis=0)
    together = np.corrcoef(ranks, rowvar=False)
    buses = together[ids.index("kg_per_100_km:bus_12m"), ids.index("kg_per_100_km:tractor_49t")]
    assert buses == pytest.approx(0.5, abs=0.06)
    assert together[ids.index("fleet"), ids.index("kg_per_100_km:bus_12m")] == pytest.approx(0, abs=0.06)


@pytest.mark.parametrize("distribution", ["triangular", "uniform", "normal"])
def test_a_distribution_has_its_mean(tmp_path: Path, distribution: str) -> None:
    """A symmetric range has its mean in the middle, whatever the distribution: 50 to 150 km a day."""
    text = changed(stations=f"{LINES['stations']}\nuncertainty: {{distribution: {distribution}}}")
    made = city(tmp_path, scenario=text).draws(1000, 0)
    column = [parameter.id for parameter in made.parameters].index("km_per_d:bus")
    assert made.values[:, column].mean() == pytest.approx(100, rel=1e-3)


def test_the_longest_bar_of_the_tornado_comes_first_and_each_end_is_one_change(tmp_path: Path) -> None:
    """Tractors take 1,200 of 1,440 kg/d; 150 to 250 km instead of 200 moves them by a quarter each way."""
    bars = city(tmp_path).tornado(2030)
    lengths = [bar.length_kg_per_d for bar in bars]
    assert lengths == sorted(lengths, reverse=True)
    km = next(bar for bar in bars if bar.parameter == "km_per_d:tractor")
    assert (km.kg_per_d_low, km.kg_per_d_high) == pytest.approx((TOTAL_KG - 300, TOTAL_KG + 300))
    peak = next(bar for bar in bars if bar.parameter == "peak")
    assert peak.length_kg_per_d == 0
    assert peak.length_peak_kg_per_h > 0


def test_a_range_for_a_parameter_that_is_not_there_is_refused(tmp_path: Path) -> None:
    text = changed(stations=f"{LINES['stations']}\nuncertainty: {{parameters: {{colour: {{low: 0, high: 1}}}}}}")
    with pytest.raises(InputError, match=r"uncertainty.parameters, colour: is no parameter"):
        _ = city(tmp_path, scenario=text).parameters


def test_no_draws_are_refused(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="draws must be 1 to 1,000,000, got 0"):
        city(tmp_path).draws(0, 1)


def test_several_periods_are_estimated_at_once(tmp_path: Path) -> None:
    text = changed(periods="periods: [2030, 2035]", targets="targets: {fcev: {2030: 100, 2035: 200}}")
    made = city(tmp_path, scenario=text)
    assert made.total(2035).base == pytest.approx(2 * made.total(2030).base)
    with pytest.raises(InputError, match="2040 is no period"):
        made.total(2040)


def test_dispensers_keep_the_waiting_target_at_every_peak_load_and_pressures_stand_apart(phased: Estimate) -> None:
    rows = phased.dispensers(2030, target_min=3)
    assert {row.pressure_mpa for row in rows} == {35, 70}
    assert all(row.waiting_min <= 3 for row in rows)
    for pressure in (35, 70):
        counts = [row.dispensers for row in rows if row.pressure_mpa == pressure]
        assert counts == sorted(counts)
        assert len(counts) == len(STATION_PEAKS)


def test_dispensers_are_busy_for_the_minutes_of_the_fills_whatever_is_mixed(phased: Estimate) -> None:
    """100 kg/h in fills of k kg and m minutes keep 100 / k x m / 60 dispensers busy; the pump of a quay is no part."""
    (row, _) = phased.dispensers(2030, peaks_kg_per_h=[100.0])
    classes, busy_min, kg = phased.fleet.classes, 0.0, 0.0
    for name, hours in phased.hourly(2030).items():
        if classes[name].pressure_mpa == 35 and classes[name].km_per_d.base > 0:
            kg += math.fsum(hours)
            busy_min += math.fsum(hours) / classes[name].kg_per_fill * (classes[name].fill_min or 0.0)
    assert row.dispensers * row.utilisation == pytest.approx(100 * busy_min / 60 / kg)
