"""A mix burns what fleets of record burn, or the reader is warned; captive fleets keep to their station."""

from __future__ import annotations

import dataclasses
from pathlib import Path

import pytest

from h2plan.contracts import captive, free_notes, hold
from h2plan.demand._plausible import CHECK, class_warnings, mean_kg_per_100_km, outliers
from h2plan.domain import DemandPoint, Range
from h2plan.estimating import estimate
from h2plan.project import load
from tests.demand.small_city import FILES, city

ROOT = Path(__file__).parents[2]


@pytest.mark.parametrize("name", ["wuhan-2030", "wuhan-2025", "wuhan-phased"])
def test_the_mixes_of_wuhan_burn_what_fleets_of_record_burn(name: str) -> None:
    """The demonstration fleets average 6.7 kg/100 km (20,000 t over 300 million km)."""
    assert not estimate(load(ROOT / f"scenarios/{name}.yaml")).warnings


def test_a_mix_of_the_national_mean_is_plausible(tmp_path: Path) -> None:
    text = FILES["data/classes.csv"].replace("18,5,6,7,", "18,5,6.7,7,").replace("49,8,10,12,", "49,6,6.7,12,")
    made = city(tmp_path, files={"data/classes.csv": text})
    assert mean_kg_per_100_km(made.fleet, 2030) == pytest.approx(6.7)
    assert not made.warnings


@pytest.mark.parametrize(("low", "base", "high"), [(1, 2, 3), (20, 30, 40)])
def test_a_mix_outside_four_to_eleven_warns(tmp_path: Path, low: float, base: float, high: float) -> None:
    text = FILES["data/classes.csv"].replace("18,5,6,7,", f"18,{low},{base},{high},")
    text = text.replace("49,8,10,12,", f"49,{low},{base},{high},")
    made = city(tmp_path, files={"data/classes.csv": text})
    assert any(f"it averages {base:.1f} kg/100 km, outside 4 to 11" in note for note in made.warnings)


def test_two_values_have_no_median_worth_the_name() -> None:
    assert outliers({"a": 1, "b": 1e9}, where="x", column="y") == []


@pytest.mark.parametrize("slip", [1000.0, 0.001])
def test_a_value_a_thousand_times_off_is_told_with_the_median_even_if_its_right_value_is_not_the_median(
    slip: float,
) -> None:
    right = {"a": 3.0, "b": 10.0, "c": 30.0, "d": 12.0, "e": 9.0}
    assert outliers(right, where="x.csv", column="y") == []
    for name, value in right.items():
        (told,) = outliers({**right, name: value * slip}, where="x.csv", column="y")
        assert told.startswith(f"{CHECK}x.csv, y: {name} has ")
        assert "the median is" in told


@pytest.mark.parametrize("column", ["kg_per_100_km", "km_per_d", "kg_per_fill"])
def test_a_class_in_metres_or_grams_is_told_with_the_median_of_its_table(column: str) -> None:
    classes = dict(estimate(load(ROOT / "scenarios/wuhan-2030.yaml")).fleet.classes)
    assert class_warnings(classes, where="classes.csv") == []
    tractor = classes["tractor_49t"]
    value = getattr(tractor, column)
    wrong = value.scaled(1000) if isinstance(value, Range) else value * 1000
    classes["tractor_49t"] = dataclasses.replace(tractor, **{column: wrong})
    (told,) = class_warnings(classes, where="classes.csv")
    assert f"{column}" in told
    assert "tractor_49t has" in told


def point(name: str, station: str) -> DemandPoint:
    return DemandPoint(
        id=name,
        name=name,
        lon=0,
        lat=0,
        precision_m=1,
        place_id=name,
        kind="depots",
        vehicle_class="bus",
        vehicles={2030: 1},
        kg_per_d={2030: Range(1, 1, 1)},
        source="x",
        verified="no",
        station_id=station,
    )


def test_a_captive_fleet_keeps_to_its_station_however_far() -> None:
    bound = captive([point("a", "s9"), point("b", "")], known={"s1", "s9"})
    reach = {("a", "s1"): (5.0, 4.0), ("b", "s1"): (6.0, 5.0)}
    held = hold(reach, bound, measured={("a", "s9"): (40.0, 50.0)})
    assert held == {("a", "s9"): (40.0, 50.0), ("b", "s1"): (6.0, 5.0)}


def test_a_station_that_is_set_aside_frees_its_fleet_and_says_so() -> None:
    bound = captive([point("a", "s9")], known={"s9"})
    assert hold({("a", "s1"): (5.0, 4.0)}, bound, measured={}) == {("a", "s1"): (5.0, 4.0)}
    assert "a: contracted to s9" in free_notes(bound, sites={"s1"})[0]
