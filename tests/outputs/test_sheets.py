"""The station sheets and the public notice."""

from __future__ import annotations

from pathlib import Path

import pytest

from h2plan import datums
from h2plan.outputs import sheets
from h2plan.outputs._labels import Language
from h2plan.outputs._sheet_facts import SERVED_SHOWN, positions
from h2plan.outputs._sheet_facts import sheets as facts
from h2plan.plan.results import Backdrop, Plan
from tests.outputs.hostile import poisoned
from tests.outputs.phased import phased_backdrop, phased_plan
from tests.outputs.test_report import Reader


@pytest.mark.parametrize("language", ["zh", "en"])
def test_every_station_has_a_sheet_with_its_name_and_places(
    plan: Plan, backdrop: Backdrop, tmp_path: Path, language: Language
) -> None:
    (page,) = sheets.write(plan, backdrop, tmp_path, sheets.Options(language=language))
    read = Reader(page.read_text(encoding="utf-8"))
    assert sum(tag == "section" for tag, _ in read.tags) == len(plan.stations)
    for station in plan.stations:
        assert (station.name if language == "zh" else station.name_en) in read.text
        for place in positions(station.lon, station.lat):
            assert f"{place.lon:.5f}" in read.text


def test_a_position_stands_in_three_datums() -> None:
    wgs84, cgcs2000, gcj02 = positions(114.3, 30.6)
    assert (wgs84.lon, wgs84.lat) == (cgcs2000.lon, cgcs2000.lat) == (114.3, 30.6)
    lon, lat = datums.to_wgs84([gcj02.lon], [gcj02.lat], crs="gcj02")
    assert (float(lon[0]), float(lat[0])) == pytest.approx((114.3, 30.6), abs=1e-8)
    assert abs(gcj02.lon - 114.3) > 0.003  # some hundred metres off


def test_whom_a_station_serves_adds_up_to_what_it_dispenses(plan: Plan, backdrop: Backdrop) -> None:
    for sheet in facts(plan, backdrop, "en", map_title=""):
        shown = sum(row.kg_per_d for row in sheet.served)
        assert len(sheet.served) <= SERVED_SHOWN
        assert shown + sheet.served_more_kg_per_d == pytest.approx(sheet.station.dispensed_kg_per_d)


def test_a_sheet_shows_the_station_in_every_year_it_stands() -> None:
    plan = phased_plan()
    for sheet in facts(plan, phased_backdrop(plan), "zh", map_title=""):
        assert [row.period for row in sheet.years] == [
            period
            for period in plan.periods
            if sheet.station.site_id in {station.site_id for station in plan.at(period).stations}
        ]
        assert sheet.years[-1].capacity_kg_per_d == sheet.station.capacity_kg_per_d


def test_the_public_edition_opens_with_the_notice_of_what_is_new(
    plan: Plan, backdrop: Backdrop, tmp_path: Path
) -> None:
    (page,) = sheets.write(plan, backdrop, tmp_path, sheets.Options(edition="public"))
    text = Reader(page.read_text(encoding="utf-8")).text
    assert page.name == "sheets-public.html"
    assert "公示" in text
    notice = text.split("公示时间")[0]
    for station in plan.stations:
        assert (station.name in notice) is not station.built


def test_the_public_edition_holds_no_cost_of_a_station(plan: Plan, backdrop: Backdrop, tmp_path: Path) -> None:
    internal, public = (
        sheets.write(plan, backdrop, tmp_path, sheets.Options(edition=edition))[0].read_text(encoding="utf-8")
        for edition in ("internal", "public")
    )
    new = next(station for station in plan.stations if not station.built)
    told = f"{new.capex_cny / 1e4:,.0f} 万元"
    assert told in internal
    assert told not in public


def test_hostile_names_stay_text(plan: Plan, backdrop: Backdrop, tmp_path: Path) -> None:
    (page,) = sheets.write(poisoned(plan), poisoned(backdrop), tmp_path, sheets.Options(edition="public"))
    read = Reader(page.read_text(encoding="utf-8"))
    tags = {tag for tag, _ in read.tags}
    assert not tags & {"script", "img", "iframe", "object"}
    assert not [name for _, attributes in read.tags for name in attributes if name.startswith("on")]
