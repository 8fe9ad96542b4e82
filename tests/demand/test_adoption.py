"""The fleet over the years: known years kept, never falling, drafts marked, a missed goal told."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from h2plan.adoption import adopt, bass_share, bent, monotone
from h2plan.errors import InputError
from h2plan.project import load
from h2plan.scenario import Scenario

ROOT = Path(__file__).parents[2]
YEARS = tuple(range(2024, 2041))
LOGISTIC = {"curve": "logistic", "saturation": 12000, "midpoint_yr": 2033, "rate_per_yr": 0.4, "source": "made up"}
BASS = {
    "curve": "bass",
    "saturation": 12000,
    "begin_yr": 2018,
    "innovation_per_yr": 0.003,
    "imitation_per_yr": 0.4,
    "source": "made up",
}
TABLE = {"curve": "table", "source": "made up"}
CURVES = {"logistic": LOGISTIC, "bass": BASS, "table": TABLE}


def scenario(*, adoption: dict[str, Any] | None, targets: dict[str, Any], periods: tuple[int, ...]) -> Scenario:
    raw = load(ROOT / "scenarios/wuhan-2030.yaml").scenario.model_dump()
    return Scenario.model_validate({**raw, "adoption": adoption, "targets": targets, "periods": periods})


@pytest.mark.parametrize("curve", CURVES)
def test_every_curve_meets_the_known_years_exactly(curve: str) -> None:
    targets = {"fcev": {2030: 3000, 2035: 8001}, "standing": {2022: 186}}
    made = adopt(scenario(adoption=CURVES[curve], targets=targets, periods=(2022, 2030, 2035)))
    assert [figure.vehicles for figure in made] == [186, 3000, 8001]


@pytest.mark.parametrize("curve", CURVES)
@settings(max_examples=25, deadline=None)
@given(rises=st.lists(st.integers(0, 5000), min_size=2, max_size=4))
def test_a_fleet_that_grows_between_known_years_never_falls_in_between(curve: str, rises: list[int]) -> None:
    total, known = 100, {2025: 100}
    for n, rise in enumerate(rises, start=1):
        total += rise
        known[2025 + 4 * n] = total
    made = adopt(scenario(adoption=CURVES[curve], targets={"fcev": known}, periods=YEARS))
    fleet = [figure.vehicles for figure in made]
    assert fleet == sorted(fleet)


def test_the_calibration_factor_is_the_fleet_over_the_bare_curve() -> None:
    """The bare logistic has half of 12,000 in 2033; the target of that year is 3,000."""
    made = adopt(scenario(adoption=LOGISTIC, targets={"fcev": {2033: 3000}}, periods=(2033,)))
    assert made[0].factor == pytest.approx(0.5)


def test_bass_follows_his_formula() -> None:
    """With p = q the curve is (1 - e) / (1 + e), e = exp(-2 p t)."""
    assert bass_share(0, innovation_per_yr=0.1, imitation_per_yr=0.1) == 0
    e = 2.718281828459045**-1
    assert bass_share(5, innovation_per_yr=0.1, imitation_per_yr=0.1) == pytest.approx((1 - e) / (1 + e))


def test_a_straight_series_is_interpolated_straight() -> None:
    assert monotone([(2020, 0), (2025, 50), (2030, 100)], 2027) == pytest.approx(70)
    assert monotone([(2020, 5)], 2040) == 5


def test_a_curve_that_is_still_empty_cannot_be_scaled() -> None:
    with pytest.raises(InputError, match="has no vehicles yet in 2020"):
        bent([(2020, 10)], lambda year: max(0.0, year - 2022), 2030)


def test_a_target_below_the_standing_fleet_is_refused() -> None:
    with pytest.raises(InputError, match=r"targets.fcev, 2030: 100 vehicles are fewer than the 186 that stood in 2022"):
        adopt(scenario(adoption=TABLE, targets={"fcev": {2030: 100}, "standing": {2022: 186}}, periods=(2030,)))


def test_a_draft_target_is_marked_as_a_draft() -> None:
    targets = {"fcev": {2027: 7000}, "draft": [2027]}
    made = adopt(scenario(adoption=None, targets=targets, periods=(2027,)))
    assert made[0].is_draft
    assert "a draft, not adopted" in made[0].sentence


def test_a_back_cast_tells_by_how_much_the_goal_was_missed() -> None:
    made = adopt(load(ROOT / "scenarios/wuhan-2025.yaml").scenario)[0]
    assert made.vehicles + made.missed == 3000
    assert made.vehicles < 1000
    assert "short of the target of 3,000" in made.sentence


def test_a_period_without_a_target_needs_a_curve() -> None:
    with pytest.raises(ValueError, match=r"targets.fcev has no value for 2030"):
        scenario(adoption=None, targets={"fcev": {2028: 10}}, periods=(2028, 2030))


def test_a_curve_without_its_parameters_is_refused() -> None:
    with pytest.raises(ValueError, match="the curve logistic needs saturation"):
        scenario(adoption={"curve": "logistic", "source": "x"}, targets={"fcev": {2030: 1}}, periods=(2030,))
