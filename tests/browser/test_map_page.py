"""The map page as a planner meets it, with the network cut."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser

from h2plan.outputs.map import Options, write
from tests.browser.conftest import Opened, open_file
from tests.outputs.sample import sample_backdrop, sample_plan

pytestmark = pytest.mark.browser
PLAN = sample_plan()
BY_LOAD = sorted(PLAN.stations, key=lambda station: (-station.dispensed_kg_per_d, station.site_id))
STATION = ".leaflet-marker-icon.station"


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("pages")
    write(PLAN, sample_backdrop(), folder, Options())
    return folder


@pytest.fixture
def opened(browser: Browser, folder: Path) -> Iterator[Opened]:
    opened = open_file(browser, folder / "map.html")
    yield opened
    assert opened.heard.complaints == []
    assert opened.outside() == []
    opened.page.close()


def press(opened: Opened, index: int) -> None:
    """Choose a station by keyboard: a marker under another one cannot be clicked."""
    opened.page.locator(STATION).nth(index).focus()
    opened.page.keyboard.press("Enter")


def test_the_page_opens_without_a_network_and_asks_for_nothing(opened: Opened) -> None:
    assert opened.outside() == []
    assert opened.page.locator("#title").inner_text() == PLAN.title


def test_every_station_is_drawn_and_listed(opened: Opened) -> None:
    assert opened.count(STATION) == len(PLAN.stations)
    assert opened.count("#panel .station-row") == len(PLAN.stations)
    assert opened.count(f"{STATION} rect") == 2 * sum(station.built for station in PLAN.stations)


def test_the_canvas_is_not_blank(opened: Opened) -> None:
    colours = opened.page.evaluate(
        """() => {
            const canvas = document.querySelector(".leaflet-overlay-pane canvas");
            const pixels = canvas.getContext("2d").getImageData(0, 0, canvas.width, canvas.height).data;
            const seen = new Set();
            for (let i = 0; i < pixels.length; i += 4) if (pixels[i + 3] > 200) seen.add(pixels.slice(i, i + 3).join());
            return seen.size;
        }"""
    )
    assert colours > 50


def test_the_language_switch_changes_every_text_and_back(opened: Opened) -> None:
    opened.page.click("#language")
    assert opened.page.locator("#title").inner_text() == PLAN.title_en
    assert "Legend" in opened.page.locator("#legend summary").inner_text()
    assert opened.page.locator("html").get_attribute("lang") == "en"
    opened.page.click("#language")
    assert opened.page.locator("#title").inner_text() == PLAN.title


def test_a_click_on_a_station_opens_its_sheet_and_lights_its_lines(opened: Opened) -> None:
    first = opened.page.locator("#panel .station-row").first
    name = first.locator(".name").inner_text()
    first.locator(".name").click()
    assert opened.page.locator("#panel h2").inner_text() == name
    assert opened.count("#panel .serves li") > 0
    assert opened.count(f"{STATION}.lit") == 1
    opened.page.click("#panel .back")
    assert opened.count("#panel .station-row") == len(PLAN.stations)


def test_a_marker_answers_to_the_mouse_and_to_the_keyboard(opened: Opened) -> None:
    alone = next(i for i, s in enumerate(BY_LOAD) if s.district == "新洲区")
    opened.page.locator(STATION).nth(alone).click()
    assert opened.page.locator("#panel h2").inner_text() == BY_LOAD[alone].name
    press(opened, 0)
    assert opened.page.locator("#panel h2").inner_text() == BY_LOAD[0].name


def test_an_imprecise_station_says_so(opened: Opened) -> None:
    index = next(i for i, station in enumerate(BY_LOAD) if station.precision_m > 500)
    press(opened, index)
    assert "3.0 km" in opened.page.locator("#panel .warning").inner_text()


def test_each_layer_goes_and_comes_with_its_check_box(opened: Opened) -> None:
    shown = "(name) => h2plan.page.isOn(name)"
    names = [box.get_attribute("data-layer") for box in opened.page.locator("#legend input[data-layer]").all()]
    assert len(names) >= 12
    for name in names:
        box = opened.page.locator(f'#legend input[data-layer="{name}"]')
        before = box.is_checked()
        assert opened.page.evaluate(shown, name) == before
        box.click()
        assert opened.page.evaluate(shown, name) != before
        box.click()
        assert opened.page.evaluate(shown, name) == before
    opened.page.uncheck('input[data-layer="stations"]')
    assert opened.count(STATION) == 0
    opened.page.check('input[data-layer="stations"]')
    assert opened.count(STATION) == len(PLAN.stations)


def test_the_approval_number_can_be_typed_in(opened: Opened) -> None:
    blank = opened.page.locator("#approval span")
    assert blank.inner_text() == "(待填)"
    blank.click(click_count=3)
    opened.page.keyboard.type("GS(2030)1")
    opened.page.click("#language")
    assert "GS(2030)1" in opened.page.locator("#approval").inner_text()


def test_the_stations_are_in_view_beside_the_legend(opened: Opened) -> None:
    legend = opened.page.locator("#legend").bounding_box()
    canvas = opened.page.locator("#canvas").bounding_box()
    assert legend is not None
    assert canvas is not None
    for index in range(opened.count(STATION)):
        box = opened.page.locator(STATION).nth(index).bounding_box()
        assert box is not None
        assert legend["x"] + legend["width"] < box["x"] < canvas["x"] + canvas["width"]
        assert canvas["y"] < box["y"] < canvas["y"] + canvas["height"]
