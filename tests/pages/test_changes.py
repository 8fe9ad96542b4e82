"""What changed between two scenarios, and why."""

from __future__ import annotations

import dataclasses
import math

import pytest

from h2plan.domain import Range
from h2plan.errors import InputError
from h2plan.estimating import Estimate
from h2plan.pages._changes import compare


def altered(estimate: Estimate, *, vehicles: float, kg_per_vehicle: float) -> Estimate:
    """Multiply the vehicles of every row, and the hydrogen of each of them."""

    def change(row: object) -> object:
        kg: dict[int, Range] = row.kg_per_d  # type: ignore[attr-defined]
        return dataclasses.replace(  # type: ignore[type-var]
            row,
            vehicles={year: value * vehicles for year, value in row.vehicles.items()},  # type: ignore[attr-defined]
            kg_per_d={year: value.scaled(vehicles * kg_per_vehicle) for year, value in kg.items()},
        )

    demand = dataclasses.replace(
        estimate.demand,
        points=tuple(map(change, estimate.demand.points)),  # type: ignore[arg-type]
        flows=tuple(map(change, estimate.demand.flows)),  # type: ignore[arg-type]
    )
    return Estimate(project=estimate.project, demand=demand, fleet=estimate.fleet)


def test_a_scenario_differs_in_nothing_from_itself(one_year: Estimate) -> None:
    changes = compare(one_year, one_year)
    assert changes.cells == ()
    assert changes.settings == ()
    (cause,) = changes.causes
    assert (cause.fleet, cause.mix, cause.each) == (0, 0, 0)
    assert cause.before == cause.after


def test_twice_the_vehicles_is_a_matter_of_fleet_alone(one_year: Estimate) -> None:
    (cause,) = compare(altered(one_year, vehicles=2, kg_per_vehicle=1), one_year).causes
    assert cause.fleet == pytest.approx(cause.before)
    assert cause.mix == pytest.approx(0, abs=1e-6)
    assert cause.each == pytest.approx(0, abs=1e-6)


def test_half_the_kg_of_each_vehicle_is_a_matter_of_use_alone(one_year: Estimate) -> None:
    (cause,) = compare(altered(one_year, vehicles=1, kg_per_vehicle=0.5), one_year).causes
    assert cause.each == pytest.approx(-cause.before / 2)
    assert cause.fleet == pytest.approx(0, abs=1e-6)


def test_causes_and_cells_add_up_to_the_change_exactly(phased: Estimate, one_year: Estimate) -> None:
    changes = compare(phased, one_year)
    assert changes.periods == (2030,)
    (cause,) = changes.causes
    delta = phased.total(2030).base - one_year.total(2030).base
    assert cause.after - cause.before == pytest.approx(delta)
    assert math.fsum((cause.fleet, cause.mix, cause.each)) == pytest.approx(delta)
    assert math.fsum(row.kg_after - row.kg_before for row in changes.cells) == pytest.approx(delta)
    assert math.fsum(row.kg_after - row.kg_before for row in changes.classes) == pytest.approx(delta)


def test_settings_that_differ_are_named_with_both_values(phased: Estimate, one_year: Estimate) -> None:
    settings = {row.where: (row.before, row.after) for row in compare(phased, one_year).settings}
    assert settings["fleet.mix"] == ("data/demand/fleet_mix.csv", "data/demand/fleet_mix_phased.csv")
    assert settings["demand vessels"] == ("", "in use")
    assert all(before != after for before, after in settings.values())


def test_scenarios_without_a_common_year_are_refused_with_the_years_of_both(phased: Estimate) -> None:
    early = dataclasses.replace(
        phased, fleet=dataclasses.replace(phased.fleet, vehicles={2025: phased.fleet.vehicles[2026]})
    )
    with pytest.raises(InputError, match=r"2026, 2028, 2030, 2035.* 2025: none in common"):
        compare(phased, early)
