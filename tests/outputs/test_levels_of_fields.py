"""What each edition of a plan shows."""

from __future__ import annotations

import dataclasses
import json
import math

import pytest

from h2plan.outputs import _levels
from h2plan.outputs._levels import EDITIONS, FIELD_LEVELS, Edition, levels_of, release, shows
from h2plan.plan.files import to_json
from h2plan.plan.network_rows import Loss, SourceUse
from h2plan.plan.results import Allocation, DemandRow, Plan, Station, YearPlan


def fleet_plan(plan: Plan) -> Plan:
    """The plan with its first demand row made an operator's depot."""
    depot = dataclasses.replace(
        plan.demand[0],
        id="depots:d-1:bus_12m",
        place_id="d-1",
        name="某公交场站",
        name_en="A bus depot",
        kind="depots",
        lon=114.12345,
        lat=30.54321,
        precision_m=50.0,
        source="contract 7",
    )
    return dataclasses.replace(plan, demand=(depot, *plan.demand[1:]))


@pytest.mark.parametrize("row_type", FIELD_LEVELS, ids=lambda kind: kind.__name__)
def test_every_field_has_one_level_and_what_is_withheld_can_be_blank(row_type: type) -> None:
    levels = levels_of(row_type)
    assert set(levels) == {field.name for field in dataclasses.fields(row_type)}
    for edition in EDITIONS:
        if _levels.holds_rows(row_type, edition):
            for name in levels:
                if not shows(row_type, name, edition):
                    _levels._blank(row_type, name)


def test_every_table_of_a_plan_has_levels() -> None:
    kinds = {part for owner in (Plan, YearPlan) for part in _row_types(owner) if dataclasses.is_dataclass(part)} - {
        YearPlan
    }
    assert kinds <= set(FIELD_LEVELS)


def _row_types(owner: type) -> set[type]:
    from typing import get_args, get_type_hints

    return {part for hint in get_type_hints(owner).values() for part in get_args(hint) if isinstance(part, type)}


def test_the_sensitive_edition_is_the_plan(plan: Plan) -> None:
    assert release(plan, "sensitive") == plan


def test_the_public_edition_shows_no_cost_of_a_station_no_allocation_and_no_site_that_was_not_chosen(
    plan: Plan,
) -> None:
    told = release(plan, "public")
    assert all(math.isnan(station.capex_cny) for station in told.stations)
    assert {station.delivery_cny_per_kg for station in told.stations} == {None}
    assert not told.allocations
    assert all(site.chosen for site in told.candidates)
    assert {row.site_id for row in told.verdicts} <= {station.site_id for station in plan.stations}
    assert {row.reason for row in told.verdicts} == {""}
    assert told.figures == plan.figures
    assert not told.notes
    assert not told.inputs


def test_a_withheld_number_cannot_be_written_by_mistake(plan: Plan) -> None:
    with pytest.raises(ValueError, match="not JSON compliant"):
        to_json(release(plan, "public"))


@pytest.mark.parametrize("edition", ["public", "internal"])
def test_the_position_of_a_source_is_coarse_below_the_sensitive_edition(plan: Plan, edition: Edition) -> None:
    exact = dataclasses.replace(plan.sources[0], lon=114.44321, lat=30.63789, precision_m=10.0)
    told = release(dataclasses.replace(plan, sources=(exact,)), edition).sources[0]
    assert (told.lon, told.lat, told.precision_m) == (114.44, 30.64, 1000.0)


def test_the_public_edition_keeps_a_fleets_hydrogen_but_neither_its_name_nor_its_place(plan: Plan) -> None:
    named = fleet_plan(plan)
    why = dataclasses.replace(named.stations[0], why="日加注：某公交场站 225 kg/d", why_en="A bus depot 225 kg/d")
    named = dataclasses.replace(named, stations=(why, *named.stations[1:]))
    first = release(named, "public").stations[0]
    assert (first.why, first.why_en) == ("日加注：车队1 225 kg/d", "fleet 1 225 kg/d")
    told = release(named, "public").demand
    assert math.fsum(row.kg_per_d.base for row in told) == math.fsum(row.kg_per_d.base for row in named.demand)
    assert (told[0].id, told[0].name, told[0].lon, told[0].precision_m) == (
        "fleet-1:bus_12m",
        "车队1",
        114.12,
        1000.0,
    )
    text = json.dumps([dataclasses.asdict(row) for row in told], ensure_ascii=False)
    assert "公交场站" not in text
    assert "contract 7" not in text
    assert release(named, "internal").demand[0] == named.demand[0]


def test_a_fleet_has_the_same_number_in_every_year(plan: Plan) -> None:
    named = fleet_plan(plan)
    other = dataclasses.replace(named.demand[0], id="depots:a-0:bus_12m", place_id="a-0")
    before = YearPlan(
        period=2028,
        stations=plan.stations,
        demand=(other, *named.demand),
        allocations=(),
        districts=plan.districts,
        figures=plan.figures,
    )
    told = release(dataclasses.replace(named, earlier=(before,)), "public")
    assert [row.place_id for row in told.earlier[0].demand[:2]] == ["fleet-1", "fleet-2"]
    assert told.demand[0].place_id == told.at(2028).demand[1].place_id == "fleet-2"


def test_contract_prices_are_for_the_sensitive_edition_and_losses_stay_inside_the_office() -> None:
    assert [edition for edition in EDITIONS if shows(SourceUse, "price_cny_per_kg", edition)] == ["sensitive"]
    assert [edition for edition in EDITIONS if _levels.holds_rows(Loss, edition)] == ["internal", "sensitive"]
    assert [edition for edition in EDITIONS if _levels.holds_rows(Allocation, edition)] == ["internal", "sensitive"]
    assert all(shows(kind, "name", "public") for kind in (Station, DemandRow))


def test_the_question_does_not_name_barred_sites_in_public(plan: Plan) -> None:
    asked = dataclasses.replace(plan, question={"stations_max": "35", "forbidden": "site-9"})
    assert release(asked, "public").question == {"stations_max": "35"}
    assert release(asked, "internal").question == asked.question


def test_only_the_internal_edition_has_the_plain_file_name() -> None:
    assert [_levels.named("plan", edition) for edition in EDITIONS] == ["plan-public", "plan", "plan-sensitive"]
