"""What a plan says of its supply: deliveries to the last kilogram, money, centres, and what a loss costs."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from h2plan.costs import lcoh_cny_per_kg
from h2plan.plan.assess import Provenance, assess
from h2plan.plan.network_rows import Loss
from h2plan.plan.results import Plan
from h2plan.prepare import Prepared
from h2plan.problem import Solution
from tests.plan.tiny_supply import DELIVER, prepared, supplied_solution

DAYS = 300


@pytest.fixture(scope="module")
def city(tmp_path_factory: pytest.TempPathFactory) -> Prepared:
    return prepared(tmp_path_factory.mktemp("supplied"))


def planned(city: Prepared, solution: Solution) -> Plan:
    nothing = Provenance(inputs={}, versions={})
    return assess(city, solution, alternatives=(), provenance=nothing, question={}, assumptions=())


@pytest.fixture(scope="module")
def plan(city: Prepared) -> Plan:
    return planned(city, supplied_solution())


def loss(plan: Plan, name: str) -> Loss:
    return next(row for row in plan.losses if row.lost_id == name)


def test_every_kilogram_dispensed_is_delivered(plan: Plan) -> None:
    arrives = {(row.origin, row.destination, row.mode): row.kg_per_d for row in plan.deliveries}
    assert arrives == pytest.approx(DELIVER)
    assert {row.source_id: row.sold_kg_per_d for row in plan.source_use} == {
        "plant": pytest.approx(330),
        "works": pytest.approx(160),
    }
    assert {row.source_id: row.stations for row in plan.source_use} == {"plant": 3, "works": 1}


def test_deliveries_are_brought_to_the_last_digit(city: Prepared) -> None:
    rough = replace(supplied_solution(), deliver={key: kg * (1 + 1e-6) for key, kg in DELIVER.items()})
    plan = planned(city, rough)
    for station in plan.stations:
        arrives = sum(row.kg_per_d for row in plan.deliveries if row.destination == station.site_id)
        assert arrives == pytest.approx(station.dispensed_kg_per_d, rel=1e-12)
    into = sum(row.kg_per_d for row in plan.deliveries if row.destination == "hub")
    assert into == pytest.approx(plan.centres[0].handled_kg_per_d, rel=1e-12)


def test_the_money_of_supply_adds_up_by_hand(plan: Plan) -> None:
    bought = 330 * 20 + 160 * 25
    # over the fence 0.5; 30 km 7; to the centre 2; 30 km from there 7; on the spot 5 less a CNY for 10 km
    brought = 150 * 0.5 + 80 * 7 + 100 * 2 + 100 * 7 + 160 * 4
    centre = 2_000_000 / 20 + 50_000
    figures = plan.figures
    assert figures.supply_cost_cny_per_yr == pytest.approx(DAYS * (bought + brought) + centre)
    # the second fit: 9 over 30 km, 4.5 on the spot
    other = 150 * 0.5 + 80 * 9 + 100 * 2 + 100 * 9 + 160 * 4.5
    assert figures.supply_cost_other_cny_per_yr == pytest.approx(DAYS * (bought + other) + centre)
    assert figures.supply_capex_cny == pytest.approx(2_000_000)
    assert figures.annual_cost_cny_per_yr == pytest.approx(
        figures.station_cost_cny_per_yr
        + figures.access_cost_cny_per_yr
        + figures.shortfall_cost_cny_per_yr
        + DAYS * (bought + brought)
        + centre
    )
    assert figures.lcoh_cny_per_kg == pytest.approx(
        (figures.station_cost_cny_per_yr + DAYS * (bought + brought) + centre) / (490 * DAYS)
    )


def test_trailers_are_counted_by_their_hours(plan: Plan) -> None:
    # 3 hours a round trip of 30 km, 2 on the spot, 2 h 20 min to the centre with twice the payload; 12 hours a day
    busy = (80 * 3 + 100 * 3 + 160 * 2) / (12 * 300) + 100 * (2 + 20 / 60) / (12 * 600)
    assert plan.figures.trailers == pytest.approx(busy)


def test_a_centre_is_built_and_told(plan: Plan) -> None:
    (centre,) = plan.centres
    assert (centre.site_id, centre.opens, centre.built) == ("hub", 2030, False)
    assert centre.handled_kg_per_d == pytest.approx(100)
    (built,) = plan.builds
    assert (built.what, built.site_id, built.capex_cny) == ("centre", "hub", 2_000_000.0)


def test_a_laid_pipe_is_built_once_and_kept_at_nothing(city: Prepared) -> None:
    laid = {**DELIVER, ("plant", "hub", "pipeline"): 0.0}
    plan = planned(city, replace(supplied_solution(), deliver=laid))
    assert [(row.what, row.site_id) for row in plan.builds] == [("centre", "hub"), ("link", "hub")]
    pipe = next(row for row in plan.deliveries if (row.destination, row.mode) == ("hub", "pipeline"))
    assert (pipe.kg_per_d, pipe.fixed_cny_per_yr) == (0.0, pytest.approx(10_100_000 * 0.07))


def test_a_lost_source_leaves_what_the_others_bring(plan: Plan) -> None:
    # without the plant the works bring their 180 kg/d, to E, to D and through the centre
    plant = loss(plan, "plant")
    assert plant.served_kg_per_d == pytest.approx(180)
    assert plant.lost_kg_per_d == pytest.approx(490 - 180)
    assert plant.runs_dry == ("h2-b", "ic-d")  # E still gets the 160 kg/d of the works
    # without the works the plant has 400 kg/d for sale
    works = loss(plan, "works")
    assert works.served_kg_per_d == pytest.approx(400)
    assert works.runs_dry == ()
    assert plan.losses[0].lost_id == "plant"


def test_a_lost_centre_leaves_the_straight_ways(plan: Plan) -> None:
    # 150 over the fence at B or by trailer, 80 or more at D from the plant; the works bring 180 to E
    hub = loss(plan, "hub")
    assert hub.what == "centre"
    assert hub.runs_dry == ()
    assert hub.served_kg_per_d <= 490
    assert hub.still_share == pytest.approx(hub.served_kg_per_d / 490)


def test_levelised_cost_is_all_yearly_cost_by_the_kilogram() -> None:
    assert lcoh_cny_per_kg(2_000_000, 7_000_000, kg_per_yr=300_000) == pytest.approx(30)


def test_a_plan_without_a_chain_has_no_supply(tmp_path: Path) -> None:
    from tests.plan.tiny_project import SCENARIO, SCENARIO_FILE, hand_made_solution

    plan = planned(prepared(tmp_path, changes={SCENARIO_FILE: SCENARIO}), hand_made_solution())
    assert plan.deliveries == plan.source_use == plan.centres == plan.losses == plan.builds == ()
    assert plan.figures.supply_cost_cny_per_yr is None
    assert plan.figures.lcoh_cny_per_kg is None
