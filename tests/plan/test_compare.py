"""Two plans side by side: what was asked, figures and stations, only what differs."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import pytest

from h2plan.errors import InputError
from h2plan.plan.compare import compare
from h2plan.plan.results import Plan, Station
from tests.outputs.sample import sample_plan


@pytest.fixture(scope="module")
def plan() -> Plan:
    return sample_plan()


def changed(plan: Plan, edits: Mapping[str, Mapping[str, Any]]) -> Plan:
    """Return the plan with fields of some stations set anew."""

    def one(station: Station) -> Station:
        return replace(station, **edits.get(station.site_id, {}))

    return replace(plan, scenario="other", stations=tuple(one(station) for station in plan.stations))


def test_a_plan_differs_in_nothing_from_itself(plan: Plan) -> None:
    found = compare(plan, plan)
    assert (found.asked, found.inputs, found.figures, found.stations) == ((), (), (), ())
    assert found.stations_same == len(plan.stations)
    assert found.kg_served_elsewhere == 0


def test_stations_are_added_dropped_resized_and_moved_in_time(plan: Plan) -> None:
    new = [station for station in plan.stations if not station.built]
    larger, smaller, later, dropped = new[:4]
    other = changed(
        plan,
        {
            larger.site_id: {"capacity_kg_per_d": larger.capacity_kg_per_d + 500},
            smaller.site_id: {"capacity_kg_per_d": smaller.capacity_kg_per_d - 100},
            later.site_id: {"opens": later.opens + 2},
        },
    )
    other = replace(other, stations=tuple(row for row in other.stations if row.site_id != dropped.site_id))
    found = compare(plan, other)
    assert {row.site_id: row.change for row in found.stations} == {
        larger.site_id: "larger",
        smaller.site_id: "smaller",
        later.site_id: "later",
        dropped.site_id: "dropped",
    }
    assert compare(other, plan).counts == {"added": 1, "larger": 1, "smaller": 1, "earlier": 1}


def test_only_figures_that_differ_are_told(plan: Plan) -> None:
    other = replace(plan, figures=replace(plan.figures, capex_cny=plan.figures.capex_cny + 1e6))
    (change,) = compare(plan, other).figures
    assert (change.period, change.name, change.unit) == (plan.period, "capex_cny", "CNY")
    assert change.second - change.first == pytest.approx(1e6)


def test_what_was_asked_differently_stands_beside_each_other(plan: Plan) -> None:
    first, second = (replace(plan, question={"stations_max": n, "period": "2030"}) for n in ("35", "40"))
    (asked,) = compare(first, second).asked
    assert (asked.name, asked.first, asked.second) == ("stations_max", "35", "40")


def test_hydrogen_that_goes_elsewhere_is_counted_once(plan: Plan) -> None:
    moved = plan.allocations[0]
    target = next(s.site_id for s in plan.stations if s.site_id not in {row.site_id for row in (moved,)})
    kept = tuple(row for row in plan.allocations if (row.demand_id, row.site_id) != (moved.demand_id, target))
    first = replace(plan, allocations=kept)
    second = replace(plan, allocations=(replace(moved, site_id=target), *kept[1:]))
    assert compare(first, second).kg_served_elsewhere == pytest.approx(moved.kg_per_d)


def test_plans_of_different_cities_or_years_are_refused(plan: Plan) -> None:
    with pytest.raises(InputError, match=rf"plans 襄阳市, but {plan.scenario} plans {plan.city}"):
        compare(plan, replace(plan, city="襄阳市"))
    with pytest.raises(InputError, match=r"there is no year in common"):
        compare(plan, replace(plan, period=plan.period + 5))
