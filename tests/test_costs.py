"""Annuities by hand."""

from __future__ import annotations

import pytest

from h2plan.costs import annual_station_cost_cny, annuity
from h2plan.domain import StationSize


def test_at_no_interest_a_loan_is_paid_in_equal_parts() -> None:
    assert annuity(0.0, 20) == pytest.approx(0.05)


def test_after_one_year_the_loan_is_paid_with_its_interest() -> None:
    assert annuity(0.06, 1) == pytest.approx(1.06)


def test_two_payments_are_worth_the_loan() -> None:
    payment = annuity(0.1, 2)
    assert payment / 1.1 + payment / 1.21 == pytest.approx(1.0)


def test_a_tiny_rate_is_almost_no_rate() -> None:
    assert annuity(1e-12, 15) == pytest.approx(1 / 15)


@pytest.mark.parametrize(("rate", "years"), [(-0.01, 10), (0.06, 0)])
def test_a_negative_rate_or_no_life_is_refused(rate: float, years: float) -> None:
    with pytest.raises(ValueError, match=r"negative|positive"):
        annuity(rate, years)


def test_a_station_costs_its_annuity_and_its_operation() -> None:
    size = StationSize(
        id="S",
        capacity_kg_per_d=500,
        capex_cny=10e6,
        opex_cny_per_yr=1e6,
        life_yr=10,
        storage_kg=600,
        source="by hand",
        verified="no",
    )
    assert annual_station_cost_cny(size, 0.0) == pytest.approx(2e6)
