"""The tables of a plan with their places."""

from __future__ import annotations

import dataclasses
import math

import pytest

from h2plan.outputs._layers import Layer, in_datum, layers
from h2plan.outputs._levels import EDITIONS, Edition
from h2plan.outputs._ranking import ranked, score_kg_per_d
from h2plan.plan.network_rows import Centre, SourceUse, SupplyFlow
from h2plan.plan.results import Backdrop, Plan, YearPlan


def by_name(plan: Plan, backdrop: Backdrop, edition: Edition = "internal") -> dict[str, Layer]:
    return {layer.name: layer for layer in layers(plan, backdrop, edition)}


def two_years(plan: Plan) -> Plan:
    """The plan, and 2028 before it with its first five stations only."""
    before = YearPlan(
        period=2028,
        stations=plan.stations[:5],
        demand=plan.demand,
        allocations=tuple(row for row in plan.allocations if row.site_id == plan.stations[0].site_id),
        districts=plan.districts,
        figures=dataclasses.replace(plan.figures, stations=6),
    )
    return dataclasses.replace(plan, earlier=(before,))


def supplied(plan: Plan) -> Plan:
    """The plan with one storage centre between its first source and its first station."""
    centre = Centre(
        site_id="centre-1",
        name="储运中心",
        name_en="Centre",
        district="青山区",
        lon=114.5,
        lat=30.6,
        precision_m=100.0,
        opens=2030,
        built=False,
        capacity_kg_per_d=5000.0,
        handled_kg_per_d=300.0,
        capex_cny=1e7,
        annual_cost_cny_per_yr=1e6,
    )
    flow = SupplyFlow(
        origin="source-0",
        destination="centre-1",
        mode="tube_trailer",
        kg_per_d=300.0,
        km=12.0,
        cny_per_kg=4.0,
        fixed_cny_per_yr=0.0,
        trailers=1.5,
    )
    use = SourceUse(
        source_id="source-0",
        name="青山副产氢",
        name_en="Qingshan by-product",
        available_kg_per_d=4000.0,
        sold_kg_per_d=300.0,
        price_cny_per_kg=18.0,
        stations=1,
        verified="partly",
    )
    onward = dataclasses.replace(flow, origin="centre-1", destination=plan.stations[0].site_id)
    return dataclasses.replace(plan, centres=(centre,), deliveries=(flow, onward), source_use=(use,))


def test_every_row_of_the_plan_stands_in_its_layer_at_its_place(plan: Plan, backdrop: Backdrop) -> None:
    told = by_name(plan, backdrop)
    assert told["stations"].column("site_id") == [row.site_id for row in plan.stations]
    assert told["stations"].places == tuple((((row.lon, row.lat),),) for row in plan.stations)
    placed = [row.id for row in plan.demand if row.lon is not None]
    assert told["demand"].column("id") == placed
    assert told["flows"].column("id") == [row.id for row in plan.demand if row.lon is None]
    assert sorted(told["candidates"].column("site_id"), key=str) == sorted(row.site_id for row in plan.candidates)
    assert all(len(layer.places) in (0, len(layer.rows)) for layer in told.values())
    assert all(len(row) == len(layer.fields) for layer in told.values() for row in layer.rows)


def test_a_flow_follows_the_road_links_of_its_route(plan: Plan, backdrop: Backdrop) -> None:
    flow = next(row for row in plan.demand if row.route)
    told = by_name(plan, backdrop)["flows"]
    drawn = {line.id: line.coords for line in backdrop.roads}
    assert told.places[told.column("id").index(flow.id)] == tuple(drawn[link] for link in flow.route)


def test_an_allocation_runs_from_the_demand_to_its_station_and_a_flow_has_no_line(
    plan: Plan, backdrop: Backdrop
) -> None:
    told = by_name(plan, backdrop)["allocations"]
    points = {row.id: (row.lon, row.lat) for row in plan.demand}
    stations = {row.site_id: (row.lon, row.lat) for row in plan.stations}
    for demand, site, place in zip(told.column("demand_id"), told.column("site_id"), told.places, strict=True):
        if points[str(demand)][0] is None:
            assert place == ()
        else:
            assert place == ((points[str(demand)], stations[str(site)]),)


def test_rows_of_several_years_carry_their_year(plan: Plan, backdrop: Backdrop) -> None:
    told = by_name(two_years(plan), backdrop)
    assert told["stations"].column("period") == [2028] * 5 + [2030] * len(plan.stations)
    figures = told["figures"]
    stations = {
        period: value
        for period, name, value in zip(*map(figures.column, ("period", "figure", "value")), strict=True)
        if name == "stations"
    }
    assert stations == {2028: 6.0, 2030: float(plan.figures.stations)}
    opens = dict(zip(told["candidates"].column("site_id"), told["candidates"].column("opens"), strict=True))
    new = next(row.site_id for row in plan.stations[:5] if not row.built)
    assert opens[new] == 2028


def test_deliveries_run_from_source_to_centre_to_station(plan: Plan, backdrop: Backdrop) -> None:
    told = by_name(supplied(plan), backdrop, "sensitive")
    source, first = plan.sources[0], plan.stations[0]
    assert told["deliveries"].places == (
        (((source.lon, source.lat), (114.5, 30.6)),),
        (((114.5, 30.6), (first.lon, first.lat)),),
    )


@pytest.mark.parametrize("edition", EDITIONS)
def test_an_edition_has_no_field_and_no_table_above_its_level(plan: Plan, backdrop: Backdrop, edition: Edition) -> None:
    told = by_name(supplied(plan), backdrop, edition)
    levels = {field.level for layer in told.values() for field in layer.fields}
    assert max(EDITIONS.index(level) for level in levels) == EDITIONS.index(edition)
    assert ("allocations" in told, "deliveries" in told) == ((edition != "public"),) * 2
    cells = [cell for layer in told.values() for row in layer.rows for cell in row]
    assert not any(isinstance(cell, float) and math.isnan(cell) for cell in cells)  # no withheld number came through


def test_candidates_are_ranked_by_what_a_station_alone_could_serve(plan: Plan) -> None:
    order = ranked(plan)
    scores = [one.score_kg_per_d or 0.0 for one in order]
    assert scores == sorted(scores, reverse=True)
    assert [one.rank for one in order] == list(range(1, len(plan.candidates) + 1))


def test_the_score_is_demand_in_reach_cut_at_the_largest_legal_size(plan: Plan) -> None:
    site = dataclasses.replace(plan.candidates[0], reach_kg_per_d=700.0, max_kg_per_d=500.0)
    assert score_kg_per_d(site) == 500.0
    assert score_kg_per_d(dataclasses.replace(site, max_kg_per_d=None)) == 700.0
    assert score_kg_per_d(dataclasses.replace(site, reach_kg_per_d=None)) is None


@pytest.mark.parametrize(
    ("reach", "left", "reason"),
    [
        (0.0, 0.0, "no demand in reach"),
        (50.0, 0.0, "the 50.0 kg/d in reach are served by stations of the plan"),
        (
            50.0,
            20.0,
            "20.0 of 50.0 kg/d in reach stay unserved; the plan gains more elsewhere",
        ),
        (None, None, ""),
    ],
)
def test_a_site_that_was_not_chosen_says_why(plan: Plan, reach: float | None, left: float | None, reason: str) -> None:
    other = dataclasses.replace(
        plan.candidates[-1], site_id="site-x", chosen=False, reach_kg_per_d=reach, left_kg_per_d=left, verdict="pass"
    )
    (one,) = ranked(dataclasses.replace(plan, candidates=(other,)))
    assert one.reason_en == reason


def test_a_site_under_review_says_what_is_open(plan: Plan) -> None:
    told = {one.site.site_id: one for one in ranked(plan)}
    assert told["site-000"].reason_en.endswith("; under review: 学校图层缺失")
    assert told["site-000"].reason.startswith(f"{plan.stations[0].why}；待核查：")


def test_another_datum_moves_places_by_the_known_offset_and_rounds_them(plan: Plan, backdrop: Backdrop) -> None:
    told = by_name(plan, backdrop)["stations"]
    moved = in_datum(told, "gcj02")
    away = [abs(a[0][0][0] - b[0][0][0]) for a, b in zip(told.places, moved.places, strict=True)]
    assert all(0.004 < degrees < 0.007 for degrees in away)  # GCJ-02 lies about 0.0055 degrees east of WGS 84 in Wuhan
    assert in_datum(told, "wgs84").places == told.places
    x, y = in_datum(told, "EPSG:4547").places[0][0][0]
    assert 400_000 < x < 600_000
    assert 3_300_000 < y < 3_450_000
