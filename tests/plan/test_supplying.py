"""From tables to supply: what sources sell in a year, which ways there are, and what the tables may not say."""

from __future__ import annotations

from pathlib import Path

import pytest

from h2plan.delivering import DeliveryLink
from h2plan.errors import InputError
from h2plan.prepare import Prepared
from h2plan.tables.rows import DeliveryCostRow
from tests.plan.tiny_project import SCENARIO_FILE
from tests.plan.tiny_supply import CHAIN, SUPPLIED, prepared, with_text


@pytest.fixture(scope="module")
def city(tmp_path_factory: pytest.TempPathFactory) -> Prepared:
    return prepared(tmp_path_factory.mktemp("supply"))


def links(found: Prepared) -> dict[tuple[str, str, str], DeliveryLink]:
    assert found.problem.supply is not None
    return {link.key: link for link in found.problem.supply.links}


def for_sale(found: Prepared) -> dict[str, float]:
    assert found.problem.supply is not None
    return {source.id: source.available_kg_per_d for source in found.problem.supply.sources}


def test_what_feeds_stations_is_the_least_of_free_purified_and_loaded(city: Prepared) -> None:
    assert for_sale(city) == {"plant": 400.0, "works": 180.0}


def test_the_careful_level_takes_the_low_purified_output_where_there_is_one(tmp_path: Path) -> None:
    low = with_text(SCENARIO_FILE, "output: data/output.csv\n", "output: data/output.csv\n    level: low\n")
    assert for_sale(prepared(tmp_path, changes=low)) == {"plant": 200.0, "works": 180.0}


def test_a_row_holds_until_the_next_and_a_source_gives_nothing_before_its_first(city: Prepared) -> None:
    assert city.chain is not None
    years = {year: {s.id: s.available_kg_per_d for s in city.chain.supply(year).sources} for year in (2026, 2030, 2031)}
    assert years == {
        2026: {"works": 180.0},
        2030: {"plant": 400.0, "works": 180.0},
        2031: {"dream": 1000.0, "plant": 900.0, "works": 180.0},
    }
    assert "未来厂: gives nothing before 2031" in city.notes


def test_trailers_take_the_roads_of_trucks_and_pay_by_the_line(city: Prepared) -> None:
    link = links(city)["plant", "ic-d", "tube_trailer"]
    assert link.km == pytest.approx(30)
    assert link.cny_per_kg == pytest.approx(7)
    # an hour of driving and two of handling, of twelve hours a day, for 300 kg
    assert link.trailers_per_kg_per_d == pytest.approx(3 / (12 * 300))
    assert not link.is_fixed


def test_the_second_fit_prices_the_same_ways(city: Prepared) -> None:
    assert city.chain is not None
    other = city.chain.other_cny_per_kg(links(city).values())
    assert other["plant", "ic-d", "tube_trailer"] == pytest.approx(9)
    assert other["plant", "hub", "tube_trailer"] == pytest.approx(2)


def test_modes_reach_as_far_as_their_radius_and_lead_where_they_may(city: Prepared) -> None:
    keys = set(links(city))
    assert ("plant", "port-e", "tube_trailer") not in keys  # 40 km, above 35
    assert ("hub", "port-e", "tube_trailer") in keys  # 30 km
    assert ("works", "hub", "tube_trailer") in keys
    assert ("works", "port-e", "pipeline") not in keys  # the works have no pipe
    assert not [key for key in keys if key[0] == key[1]]


def test_a_pipe_over_the_fence_costs_nothing_to_have_and_a_longer_one_by_the_km(city: Prepared) -> None:
    fence, pipe = links(city)["plant", "h2-b", "pipeline"], links(city)["plant", "hub", "pipeline"]
    assert (fence.capex_cny, fence.fixed_cny_per_yr, fence.max_kg_per_d) == (0.0, 0.0, 160.0)
    assert pipe.capex_cny == pytest.approx(100_000 + 10 * 1_000_000)
    assert pipe.fixed_cny_per_yr == pytest.approx(pipe.capex_cny * (1 / 20 + 0.02))  # no interest in this city
    assert pipe.max_kg_per_d == 5000.0


def test_only_so_many_nearest_origins_are_offered_where_asked(tmp_path: Path) -> None:
    one = with_text(SCENARIO_FILE, "trailers_max: 5\n", "trailers_max: 5\n    nearest: 1\n")
    kept = [key for key in links(prepared(tmp_path, changes=one)) if key[1:] == ("port-e", "tube_trailer")]
    assert kept == [("works", "port-e", "tube_trailer")]


def test_links_closed_to_hydrogen_turn_trailers_away(tmp_path: Path) -> None:
    shut = with_text(SCENARIO_FILE, "trailers_max: 5\n", "trailers_max: 5\n    hazmat_closed: [CD-long]\n")
    found = links(prepared(tmp_path, changes=shut))
    assert ("plant", "ic-d", "tube_trailer") not in found
    assert ("plant", "h2-b", "tube_trailer") in found


def test_a_centre_costs_its_annuity_and_operation(city: Prepared) -> None:
    assert city.problem.supply is not None
    (hub,) = city.problem.supply.centres
    assert hub.annual_cost_cny_per_yr == pytest.approx(2_000_000 / 20 + 50_000)


def test_one_published_distance_is_a_flat_cost_and_two_are_a_line() -> None:
    given = {
        "id": "x",
        "mode": "liquid",
        "near_km": 100,
        "near_cny_per_kg": 10.5,
        "source": "made up",
        "verified": "no",
    }
    assert DeliveryCostRow.model_validate(given).at_km(700) == 10.5
    line = DeliveryCostRow.model_validate({**given, "far_km": 500, "far_cny_per_kg": 14.5})
    assert line.at_km(300) == pytest.approx(12.5)


BAD = {
    "an unknown mode": (
        with_text(SCENARIO_FILE, "use: bulk", "use: ship"),
        "there is no mode 'ship'.*bulk, pipe, tube",
    ),
    "an unknown cost": (with_text(SCENARIO_FILE, "cost: bulk}", "cost: c}"), "there is no cost 'c'"),
    "a cost of another mode": (with_text(SCENARIO_FILE, "cost: bulk}", "cost: pipe}"), "'pipe' is a cost of pipeline"),
    "two modes of a kind to the same places": (
        with_text("data/modes.csv", "large trailer,tube_trailer,centre", "large trailer,tube_trailer,any"),
        "tube and bulk are both tube_trailer to the same places",
    ),
    "a centre outside": (
        {"data/allowed.geojson": SUPPLIED["data/allowed.geojson"].replace("114.48", "114.505")},
        r"hub \(储运中心\) stands 4\d\d m outside every area",
    ),
    "an output of nobody": (with_text("data/output.csv", "dream", "nobody"), "nobody is no placed source"),
    "a source nobody can reach": (
        with_text("data/output.csv", "dream,2031,1000,,1000,,1000,,1,tube_trailer", "dream,2025,9,,9,,9,,1,liquid"),
        "dream reaches no site and no centre by the modes chosen",
    ),
    "an unknown road": (
        with_text(SCENARIO_FILE, "trailers_max: 5\n", "trailers_max: 5\n    hazmat_closed: [XY]\n"),
        "there is no road link 'XY'",
    ),
    "more captive than gross": (with_text("data/output.csv", "500,100,450", "500,600,450"), "600 is above gross"),
    "a smallest feed above output": (
        with_text("data/output.csv", "180,,300,20", "180,,300,200"),
        "200 is above what is for sale, 180",
    ),
    "a trailer without payload": (with_text("data/modes.csv", "station,300,60", "station,,60"), "payload_kg.*is blank"),
    "a capital cost without a life": (with_text("data/modes.csv", "0.02,20", "0.02,"), "life_yr.*is blank"),
    "a way of sending that nobody knows": (
        with_text("data/output.csv", "tube_trailer;pipeline", "tube_trailer;drone"),
        "'drone' is none of",
    ),
    "a model without supply": (
        with_text(SCENARIO_FILE, "use: network_design, objective: coverage", "use: max_cover, size_id: S300"),
        "the model max_cover takes no part of supply",
    ),
    "centres without areas": (
        with_text(SCENARIO_FILE, "    centre_areas: [data/allowed.geojson]\n", ""),
        "centres need centre_areas",
    ),
    "a mode named twice": (
        with_text(SCENARIO_FILE, "{use: bulk, cost: bulk}", "{use: tube, cost: tube_b}"),
        "delivery names a mode twice: tube",
    ),
}


@pytest.mark.parametrize("what", BAD)
def test_what_the_tables_may_not_say_is_told(what: str, tmp_path: Path) -> None:
    changes, words = BAD[what]
    with pytest.raises(InputError, match=words):
        prepared(tmp_path, changes=changes)


def test_without_a_chain_supply_stays_indicative(tmp_path: Path) -> None:
    found = prepared(tmp_path, changes={SCENARIO_FILE: SUPPLIED[SCENARIO_FILE].replace(CHAIN, "")})
    assert found.chain is None
    assert found.problem.supply is None
    assert found.delivery["ic-d"].cny_per_kg == pytest.approx(4 + 0.1 * 10)  # 10 km from the works
