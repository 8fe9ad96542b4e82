"""The numbers of the demand page are those of the ledger."""

from __future__ import annotations

import json
import math
from collections import defaultdict
from itertools import pairwise
from typing import Any

import pytest

from h2plan.estimating import Estimate
from h2plan.network import read_roads
from h2plan.outputs._safe import safe_json
from h2plan.pages._page_data import page_data
from h2plan.plan.backdrop import sketch

LEVELS = ("low", "base", "high")


@pytest.fixture(scope="module")
def data(phased: Estimate) -> dict[str, Any]:
    network, _, _ = read_roads(phased.project, year=phased.periods[-1])
    drawn = sketch(phased.project, network, link_kg_per_d={})
    found = json.loads(safe_json(page_data(phased, drawn, changes=None, language="zh")))
    assert isinstance(found, dict)
    return found


def test_the_rows_of_the_page_add_up_to_the_ledger(data: dict[str, Any], phased: Estimate) -> None:
    for place, year in enumerate(phased.periods):
        rows = [row for row in data["cube"] if row[4] == place]
        total = phased.total(year)
        for column, level in zip((6, 7, 8), LEVELS, strict=True):
            ledger = math.fsum(row.kg_per_d.at(level) for row in phased.ledger if row.period == year)  # type: ignore[arg-type]
            assert math.fsum(row[column] for row in rows) == pytest.approx(total.at(level), abs=1e-3)  # type: ignore[arg-type]
            assert ledger == pytest.approx(total.at(level), abs=1e-6)  # type: ignore[arg-type]
        vehicles = math.fsum(row.vehicles for row in phased.ledger if row.period == year)
        assert math.fsum(row[5] for row in rows) == pytest.approx(vehicles, abs=1e-3)


def test_every_cell_of_the_page_is_the_sum_of_its_ledger_rows(data: dict[str, Any], phased: Estimate) -> None:
    cells: dict[tuple[Any, ...], float] = defaultdict(float)
    for row in phased.ledger:
        cells[row.vehicle_class, row.use, row.role, row.district, row.period] += row.kg_per_d.base
    lists = [[key for key, _ in data[name]] for name in ("classes", "uses", "roles", "districts")]
    lists.append(data["periods"])
    for row in data["cube"]:
        key = tuple(names[place] for names, place in zip(lists, row[:5], strict=True))
        assert row[7] == pytest.approx(cells.pop(key), abs=1e-5)
    assert not cells


def test_places_and_flows_on_the_map_hold_every_kilogram(data: dict[str, Any], phased: Estimate) -> None:
    for place, year in enumerate(phased.periods):
        kg = math.fsum(one[2] for item in (*data["places"], *data["flows"]) for one in item["kg"] if one[1] == place)
        assert kg == pytest.approx(phased.total(year).base, abs=0.01)


def test_hours_add_up_to_the_day_and_reach_the_peak(data: dict[str, Any], phased: Estimate) -> None:
    for shown, year in zip(data["years"], phased.periods, strict=True):
        by_hour = [math.fsum(hour) for hour in zip(*shown["hours"].values(), strict=True)]
        assert math.fsum(by_hour) == pytest.approx(phased.total(year).base, abs=0.01)
        assert max(by_hour) == pytest.approx(phased.peak_kg_per_h(year).base, abs=1e-3)


def test_signed_kilograms_are_told_apart_by_whether_their_depot_is_known(
    data: dict[str, Any], phased: Estimate
) -> None:
    for shown, year in zip(data["years"], phased.periods, strict=True):
        rows = (row for row in phased.ledger if row.period == year and row.status == "signed")
        placed = math.fsum(row.kg_per_d.base for row in rows)
        assert shown["signed"] - shown["signedElsewhere"] == pytest.approx(placed, abs=1e-5)


def test_what_the_kilograms_rest_on_leaves_none_out(data: dict[str, Any], phased: Estimate) -> None:
    for place, year in enumerate(phased.periods):
        told = math.fsum(row[4][place] for row in data["provenance"])
        assert told == pytest.approx(phased.total(year).base, abs=0.01)


def test_quantiles_rise_and_lie_between_all_low_and_all_high(data: dict[str, Any]) -> None:
    for year in data["years"]:
        assert year["quantiles"] == sorted(year["quantiles"])
        assert year["total"][0] <= year["quantiles"][0]
        assert year["quantiles"][-1] <= year["total"][2]
        assert sum(year["histogram"]["counts"]) == data["draws"]


def test_the_longest_bar_of_the_tornado_comes_first_and_all_share_one_base(data: dict[str, Any]) -> None:
    for year in data["years"]:
        lengths = [abs(bar["kg"][1] - bar["kg"][0]) for bar in year["tornado"]]
        assert all(longer >= shorter - 1e-6 for longer, shorter in pairwise(lengths))
        assert all(bar["kg"][2] == pytest.approx(year["total"][1], abs=1e-3) for bar in year["tornado"])


def test_a_draft_target_is_marked_as_a_draft(data: dict[str, Any]) -> None:
    drafts = [row for row in data["adoption"]["published"] if row[2]]
    assert [(row[0], row[1]) for row in drafts] == [(2027, 7000)]
    assert {row[2] for row in data["adoption"]["published"] if row[0] == 2025} == {False}


def test_the_curve_passes_through_what_stood_and_through_every_year_of_the_scenario(data: dict[str, Any]) -> None:
    curve = dict(data["adoption"]["curve"])
    known = [*data["adoption"]["standing"], *(row[:2] for row in data["adoption"]["figures"])]
    assert known
    assert {year: curve[year] for year, _ in known} == dict(known)
    values = [curve[year] for year in sorted(curve)]
    assert values == sorted(values)


def test_every_wording_has_both_languages(data: dict[str, Any]) -> None:
    for name in ("classes", "uses", "roles", "districts"):
        assert [key for key, (zh, en) in data[name] if not zh or not en] == []
