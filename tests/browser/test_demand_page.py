"""The demand page as an analyst meets it, with the network cut."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser

from h2plan.estimating import Estimate, estimate
from h2plan.pages._changes import compare
from h2plan.pages._page import write_page
from h2plan.project import load
from tests.browser.conftest import Opened, open_file
from tests.outputs.hostile import poisoned
from tests.pages.poison import poison

pytestmark = pytest.mark.browser
SCENARIOS = Path(__file__).resolve().parents[2] / "scenarios"


@pytest.fixture(scope="module")
def phased() -> Estimate:
    return estimate(load(SCENARIOS / "wuhan-phased.yaml"))


@pytest.fixture(scope="module")
def folder(phased: Estimate, tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("demand-pages")
    one_year = estimate(load(SCENARIOS / "wuhan-2030.yaml"))
    changes = compare(phased, one_year)
    write_page(phased, folder / "demand.html", changes=changes, language="zh")
    write_page(poison(one_year), folder / "hostile.html", changes=poisoned(changes), language="zh")
    return folder


@pytest.fixture
def opened(browser: Browser, folder: Path) -> Iterator[Opened]:
    opened = open_file(browser, folder / "demand.html")
    yield opened
    assert opened.heard.complaints == []
    assert [url for url in opened.heard.requests if not url.startswith(("file:", "data:"))] == []
    opened.page.close()


def number(text: str) -> float:
    """The first number of a text."""
    found = re.search(r"[\d,]+(\.\d+)?", text)
    assert found is not None
    return float(found.group().replace(",", ""))


def slide(opened: Opened, place: int) -> None:
    """Move the slider to a year, as a hand would."""
    opened.page.locator("#year").fill(str(place))
    opened.settle()


def test_the_page_opens_without_a_network_at_the_year_of_the_target(opened: Opened, phased: Estimate) -> None:
    assert opened.page.locator("#years output").inner_text() == "2030"
    assert opened.page.locator("html").get_attribute("lang") == "zh-CN"
    total = phased.total(2030)
    assert number(opened.page.locator("#figure-total dd").inner_text()) == pytest.approx(total.base, abs=0.51)
    for wanted in (total.low, total.high):
        assert f"{wanted:,.0f}" in opened.page.locator("#figure-total small").inner_text()


def test_the_slider_changes_map_figures_charts_and_table(opened: Opened, phased: Estimate) -> None:
    for place, year in enumerate(phased.periods):
        slide(opened, place)
        assert opened.page.locator("#years output").inner_text() == str(year)
        shown = number(opened.page.locator("#figure-total dd").inner_text())
        assert shown == pytest.approx(phased.total(year).base, abs=0.51)
        cells = opened.page.locator("#cross tr.sum td").all_inner_texts()
        total = phased.total(year)
        assert [number(cell) for cell in cells[5:8]] == pytest.approx([total.low, total.base, total.high], abs=0.051)
        on_map = opened.page.evaluate("() => h2plan.page.shown.kg + h2plan.page.shown.flowKg")
        assert on_map == pytest.approx(total.base, abs=0.05)
        peak = opened.page.locator("#chart-hours .hint").inner_text().split(",", 1)[1]
        assert number(peak) == pytest.approx(phased.peak_kg_per_h(year).base, abs=0.51)


def test_the_page_holds_the_ledger(opened: Opened, phased: Estimate) -> None:
    shown = opened.page.evaluate(
        "() => h2plan.data.periods.map((_, t) => h2plan.data.cube.reduce((s, r) => s + (r[4] === t ? r[7] : 0), 0))"
    )
    assert shown == pytest.approx([phased.total(year).base for year in phased.periods], abs=0.01)


def test_a_class_put_out_leaves_the_sums_and_comes_back(opened: Opened, phased: Estimate) -> None:
    sums = phased.by("vehicle_class").query("period == 2030").set_index("vehicle_class")["kg_per_d_base"]
    first = opened.page.evaluate("() => h2plan.data.classes[0][0]")
    opened.page.locator('.chip[data-class="0"]').click()
    shown = number(opened.page.locator("#figure-shown dd").inner_text())
    assert shown == pytest.approx(sums.sum() - sums[first], abs=0.51)
    assert opened.page.locator('.chip[data-class="0"]').get_attribute("aria-pressed") == "false"
    opened.page.click("#all-classes")
    assert number(opened.page.locator("#figure-shown dd").inner_text()) == pytest.approx(sums.sum(), abs=0.51)


def test_the_language_switch_changes_every_heading_and_back(opened: Opened) -> None:
    def headings() -> list[str]:
        return opened.page.locator("h1, h2, th, dt").all_inner_texts()

    before = headings()
    opened.page.click("#language")
    english = headings()
    assert opened.page.locator("html").get_attribute("lang") == "en"
    assert [text for text in english if re.search(r"[\u4e00-\u9fff]", text)] == []
    opened.page.click("#language")
    assert headings() == before


def test_drafts_are_drawn_hollow_and_said_to_be_drafts(opened: Opened) -> None:
    assert opened.count("#chart-adoption .draft") == 1
    assert opened.page.locator("#chart-adoption .draft path").get_attribute("fill") == "#fff"
    assert "征求意见稿 7,000" in str(opened.page.locator("#chart-adoption svg").text_content())


def test_the_tornado_can_be_asked_for_the_peak(opened: Opened) -> None:
    assert "kg/d" in str(opened.page.locator("#chart-tornado svg").text_content())
    opened.page.click('[data-tornado="peak"]')
    assert opened.page.locator('[data-tornado="peak"]').get_attribute("class") == "tool on"
    assert "kg/h" in str(opened.page.locator("#chart-tornado svg").text_content())


def test_a_source_goes_from_the_map_and_comes_back(opened: Opened) -> None:
    places = "() => h2plan.page.shown.places"
    before = opened.page.evaluate(places)
    opened.page.locator('#legend input[data-layer="districts"]').click()
    assert opened.page.evaluate(places) < before
    opened.page.locator('#legend input[data-layer="districts"]').click()
    assert opened.page.evaluate(places) == before


def test_the_table_follows_the_source_and_the_district_asked_for(opened: Opened, phased: Estimate) -> None:
    opened.page.select_option("#choose-use", label="港口集疏运")
    wanted = phased.by("use").query("period == 2030 and use == 'ports'")["kg_per_d_base"].sum()
    shown = number(opened.page.locator("#cross tr.sum td").nth(6).inner_text())
    assert shown == pytest.approx(wanted, abs=0.051)


def test_the_map_canvas_is_not_blank(opened: Opened) -> None:
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


def test_what_changed_is_told_with_its_causes(opened: Opened) -> None:
    cells = opened.page.locator("#causes tbody td").all_inner_texts()
    before, fleet, mix, each, after = (float(re.sub("[,+±]", "", text).replace("−", "-")) for text in cells[1:6])
    assert before + fleet + mix + each == pytest.approx(after, abs=0.3)
    assert "data/demand/fleet_mix_phased.csv" in opened.page.locator("#settings").inner_text()


def test_nothing_is_wider_than_the_window(opened: Opened) -> None:
    for width in (1280, 1920):
        opened.page.set_viewport_size({"width": width, "height": 900})
        opened.settle()
        assert opened.page.evaluate("() => document.documentElement.scrollWidth") <= width


def test_hostile_names_run_nothing_wherever_they_are_shown(browser: Browser, folder: Path) -> None:
    opened = open_file(browser, folder / "hostile.html")
    box = opened.page.locator("#canvas .folium-map").bounding_box()
    assert box is not None
    for step in range(40):
        opened.page.mouse.move(box["x"] + 300 + 8 * step, box["y"] + 120 + 8 * step)
    opened.page.click("#language")
    opened.settle()
    assert opened.heard.dialogs == []
    assert opened.heard.complaints == []
    assert opened.count("main img, svg[onload], script[src]") == 0
    assert [url for url in opened.heard.requests if not url.startswith(("file:", "data:"))] == []
    opened.page.close()
