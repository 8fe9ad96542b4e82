"""A mix burns what fleets of record burn, or the reader is warned; captive fleets keep to their station."""

from __future__ import annotations

from pathlib import Path

import pytest

from h2plan.contracts import captive, free_notes, hold
from h2plan.demand._plausible import mean_kg_per_100_km, outliers
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
