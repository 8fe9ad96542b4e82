"""The map of several years as a planner uses it: slider, table, search, ruler, layers, paper, and hostile names."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
from playwright.sync_api import Browser

from h2plan.datums._shift import gcj02_to_wgs84, wgs84_to_gcj02
from h2plan.outputs._compare_page import write_comparison
from h2plan.outputs.map import Options, OwnLayer, write
from tests.browser.conftest import Opened, open_file
from tests.outputs.hostile import HOSTILE, poisoned
from tests.outputs.phased import YEARS, phased_backdrop, phased_plan

pytestmark = pytest.mark.browser
PLAN = phased_plan()
BACKDROP = phased_backdrop(PLAN)
OTHER = dataclasses.replace(
    PLAN,
    scenario="other",
    stations=(
        dataclasses.replace(PLAN.stations[2], capacity_kg_per_d=9000.0),
        dataclasses.replace(PLAN.stations[3], capacity_kg_per_d=10.0),
        *PLAN.stations[4:],
    ),
)
ZONE = OwnLayer(file="data/zone.geojson", kind="area", name="示范区", name_en="zone")
STATION = ".leaflet-marker-icon.station"
ROWS = "#panel .station-row"


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("year-pages")
    write(PLAN, BACKDROP, folder, Options(layers=(ZONE,)))
    write(PLAN, BACKDROP, folder, Options(file="amap.html", tiles={"use": "amap"}))  # type: ignore[arg-type]
    write_comparison([PLAN, OTHER], [BACKDROP, BACKDROP], folder)
    hostile = {name: poisoned(lines) for name, lines in BACKDROP.own.items()}
    under = dataclasses.replace(poisoned(BACKDROP), own=hostile)
    layer = ZONE.model_copy(update={"name": "".join(HOSTILE), "name_en": "".join(HOSTILE)})
    options = Options(file="hostile.html", approval_number=poisoned("GS"), layers=(layer,))
    write(poisoned(PLAN), under, folder, options)
    write_comparison([poisoned(PLAN), poisoned(OTHER)], [under, under], folder, file="hostile-comparison.html")
    return folder


def opening(browser: Browser, path: Path) -> Iterator[Opened]:
    opened = open_file(browser, path)
    yield opened
    assert opened.heard.complaints == []
    assert opened.heard.dialogs == []
    assert opened.outside() == []
    opened.page.close()


@pytest.fixture(scope="module")
def shared(browser: Browser, folder: Path) -> Iterator[Opened]:
    yield from opening(browser, folder / "map.html")


@pytest.fixture
def opened(shared: Opened) -> Iterator[Opened]:
    """The page, brought back to how it opens after each test: opening it takes longest."""
    yield shared
    shared.page.evaluate(
        """() => {
            Object.assign(h2plan.table, { sort: 3, way: -1, text: "", status: "", inView: false });
            if (h2plan.measuring) h2plan.toggleRuler();
            if (h2plan.tongue) document.getElementById("language").click();
            h2plan.choose(null);
            h2plan.setYear(h2plan.data.years.length - 1);
            h2plan.fit(false);
        }"""
    )


@pytest.fixture(scope="module")
def compared(browser: Browser, folder: Path) -> Iterator[Opened]:
    yield from opening(browser, folder / "comparison.html")


def slide(opened: Opened, place: int) -> None:
    opened.page.locator("#year").fill(str(place))
    opened.settle()


def test_the_slider_changes_stations_table_and_figures(opened: Opened) -> None:
    for place, year in enumerate(YEARS):
        slide(opened, place)
        there = PLAN.at(year)
        assert opened.page.locator("#year-shown").inner_text() == str(year)
        assert opened.count(STATION) == opened.count(ROWS) == len(there.stations)
        assert opened.page.locator("#figures dd").first.inner_text() == str(there.figures.stations)
        assert str(year) in opened.page.locator("#subtitle").inner_text()


def test_a_station_keeps_its_sheet_through_the_years_and_loses_it_before_it_opens(opened: Opened) -> None:
    grown = next(build.site_id for build in PLAN.builds if build.what == "upgrade")
    late = next(station for station in PLAN.stations if station.opens == YEARS[-1])
    capacity = []
    for place in range(3):
        slide(opened, place)
        opened.page.evaluate("(id) => { h2plan.choose(h2plan.now().byId.get(id)); }", grown)
        capacity.append(opened.page.locator("#panel .loads b").nth(1).inner_text())
    assert [text.split()[0] for text in capacity] == ["500", "2,000", "2,000"]
    opened.page.evaluate("(id) => { h2plan.choose(h2plan.now().byId.get(id)); }", late.site_id)
    assert opened.page.locator("#panel h2").inner_text() == late.name
    slide(opened, 0)
    assert opened.count(ROWS) == len(PLAN.at(YEARS[0]).stations)


def test_brackets_change_the_year_and_play_runs_to_the_end(opened: Opened) -> None:
    opened.page.locator("#language").focus()
    opened.page.keyboard.press("[")
    assert opened.page.locator("#year-shown").inner_text() == str(YEARS[1])
    opened.page.keyboard.press("]")
    assert opened.page.locator("#year-shown").inner_text() == str(YEARS[2])
    opened.page.locator("#year").focus()
    opened.page.keyboard.press("Home")
    assert opened.page.locator("#year-shown").inner_text() == str(YEARS[0])
    opened.page.click("#play")
    assert opened.page.locator("#play").get_attribute("aria-label") == "暂停"
    opened.page.wait_for_function("(year) => document.getElementById('year-shown').textContent === year", arg="2030")
    opened.page.wait_for_function("() => !h2plan.playing")


def test_the_table_sorts_by_its_headings(opened: Opened) -> None:
    def column(number: int) -> list[float]:
        cells = opened.page.locator(f"{ROWS} td:nth-child({number})").all_inner_texts()
        return [float(cell.replace(",", "").strip().rstrip("%")) for cell in cells]

    assert column(5) == sorted(column(5), reverse=True)
    opened.page.click('#panel [data-column="colCapacity"]')
    assert column(4) == sorted(column(4), reverse=True)
    opened.page.click('#panel [data-column="colCapacity"]')
    assert column(4) == sorted(column(4))
    assert opened.page.locator("#panel th[aria-sort=ascending]").count() == 1


def test_the_filter_leaves_rows_out_and_lets_their_stations_step_back(opened: Opened) -> None:
    opened.page.fill("#filter", "汉阳区")
    wanted = [station for station in PLAN.stations if station.district == "汉阳区"]
    assert opened.count(ROWS) == len(wanted)
    assert opened.count(f"{STATION}.dim") == len(PLAN.stations) - len(wanted)
    opened.page.fill("#filter", "")
    opened.page.select_option("#status", "built")
    assert opened.count(ROWS) == sum(station.built for station in PLAN.stations)
    opened.page.select_option("#status", "")
    assert opened.count(f"{STATION}.dim") == 0


def test_table_and_map_light_each_other(opened: Opened) -> None:
    row = opened.page.locator(ROWS).nth(2)
    row.hover()
    assert opened.count(f"{STATION}.lit") == 1
    id_ = opened.page.locator(ROWS).nth(4).get_attribute("data-id")
    opened.page.evaluate("(id) => { h2plan.page.markers[id].fire('mouseover'); }", id_)
    assert opened.page.locator(f"{ROWS}.lit").get_attribute("data-id") == id_
    row.locator(".name").click()
    assert opened.page.locator("#panel h2").inner_text() == opened.page.evaluate("() => h2plan.say(h2plan.chosen.name)")


@pytest.mark.parametrize(
    ("asked", "kind", "sheet"),
    [
        (PLAN.stations[4].name, "加氢站", True),
        (PLAN.stations[4].site_id, "加氢站", True),
        ("Xinzhou place", "需求点", True),
        ("site 70", "候选站址", True),
        ("白浒山", "储运中心", False),
        ("Jiangxia", "地名", False),
    ],
)
def test_the_search_finds_everything_with_a_name_in_either_language(
    opened: Opened, *, asked: str, kind: str, sheet: bool
) -> None:
    opened.page.fill("#search", asked)
    hit = opened.page.locator("#hits .hit", has=opened.page.locator(f"small:text-is('{kind}')")).first
    hit.click()
    assert (opened.count("#panel .back") == 1) == sheet
    assert opened.count("#hits li") == 0


def test_a_search_without_a_hit_says_so(opened: Opened) -> None:
    opened.page.fill("#search", "no such place")
    assert opened.page.locator("#hits").inner_text() == "没有找到"
    opened.page.fill("#search", "")


def test_the_ruler_measures_the_way_on_the_ground(opened: Opened) -> None:
    opened.page.click("#ruler")
    box = opened.page.locator("#canvas .folium-map").bounding_box()
    assert box is not None
    spots = [(box["x"] + 420, box["y"] + 250), (box["x"] + 620, box["y"] + 250)]
    opened.page.mouse.click(*spots[0])
    opened.page.wait_for_timeout(350)
    opened.page.mouse.click(*spots[1])
    told = opened.page.locator(".length b").inner_text()
    metres = opened.page.evaluate("() => h2plan.measuring.corners[0].distanceTo(h2plan.measuring.corners[1])")
    assert told == f"{metres / 1000:.2f} km"
    per_pixel = opened.page.evaluate(
        "() => 40075016.686 * Math.cos(30.6 * Math.PI / 180) / 256 / Math.pow(2, h2plan.page.map.getZoom())"
    )
    assert metres == pytest.approx(200 * per_pixel, rel=0.01)
    opened.page.keyboard.press("Escape")
    opened.page.wait_for_selector(".length", state="detached")
    assert opened.page.locator("#ruler").get_attribute("aria-pressed") == "false"


def test_a_demand_place_tells_who_serves_it_on_a_click(opened: Opened) -> None:
    found = opened.page.evaluate(
        """() => {
            const layer = h2plan.page.layers.demand, seen = layer._seen, size = h2plan.page.map.getSize();
            for (let k = 0; k < seen.length; k += 4) {
                const at = L.point(seen[k + 1], seen[k + 2]);
                const clear = at.x > 300 && at.x < size.x - 90 && at.y > 90 && at.y < size.y - 120;
                const icons = Array.from(document.querySelectorAll(".leaflet-marker-icon"));
                const far = icons.every((icon) => L.DomUtil.getPosition(icon).distanceTo(
                    h2plan.page.map.containerPointToLayerPoint(at)) > 30);
                const hit = layer.at(at) === seen[k] && h2plan.servers(seen[k]).length;
                if (clear && far && hit) return [seen[k], at.x, at.y];
            }
            return null;
        }"""
    )
    assert found is not None
    row, x, y = found
    box = opened.page.locator("#canvas .folium-map").bounding_box()
    assert box is not None
    opened.page.mouse.move(box["x"] + x - 2, box["y"] + y)
    opened.page.mouse.move(box["x"] + x, box["y"] + y)
    assert opened.count(".leaflet-tooltip .note") == 1
    opened.page.mouse.click(box["x"] + x, box["y"] + y)
    opened.page.wait_for_function("() => h2plan.chosen && h2plan.chosen.is === 'place'")
    assert opened.page.evaluate("() => h2plan.chosen.row") == row
    assert "由谁服务" in opened.page.locator("#panel").inner_text()


def test_service_areas_and_utilisation_explain_themselves_in_the_legend(opened: Opened) -> None:
    box = opened.page.locator('#legend input[data-layer="reach"]')
    assert not box.is_checked()
    box.click()
    assert "≤ 5 min" in opened.page.locator("#legend").inner_text()
    assert "49 吨牵引车" in opened.page.locator("#legend").inner_text()
    opened.page.locator('#legend input[data-layer="reach"]').click()
    opened.page.select_option("#colouring", "use")
    assert "20%–40%" in opened.page.locator("#legend").inner_text()
    opened.page.select_option("#colouring", "status")
    assert "本年扩容" in opened.page.locator("#legend").inner_text()


def test_every_text_has_its_other_language(opened: Opened) -> None:
    opened.page.evaluate("() => document.querySelector('#legend details').setAttribute('open', '')")
    opened.page.click("#language")
    shown = opened.page.locator("#legend, #tools, #panel thead, #panel .hint, #panel h2").all_inner_texts()
    assert [
        text for text in shown if any("一" <= letter <= "鿿" for letter in text.replace("中文", "").replace("文A", ""))
    ] == []
    opened.page.click("#language")
    assert "图例" in opened.page.locator("#legend summary").inner_text()


def test_on_paper_the_controls_are_gone_and_every_station_is_in_the_table(opened: Opened) -> None:
    opened.page.emulate_media(media="print")
    assert opened.page.locator("#tools").is_hidden()
    assert opened.page.locator("#years").is_hidden()
    assert opened.page.locator("#legend").is_visible()
    assert opened.page.locator("#sketch").is_visible()
    assert opened.page.locator(ROWS).last.is_visible()
    opened.page.emulate_media(media="screen")


def test_nothing_is_wider_than_the_window(opened: Opened) -> None:
    for width, height in ((1920, 1080), (1280, 800)):
        opened.page.set_viewport_size({"width": width, "height": height})
        opened.settle()
        assert opened.page.evaluate("() => document.documentElement.scrollWidth") <= width
        for part in ("#figures", "#tools", "#find", "#years"):
            box = opened.page.locator(part).bounding_box()
            assert box is not None
            assert box["x"] >= 0
            assert box["x"] + box["width"] <= width


# ── the comparison ────────────────────────────────────────────────────────────────────────────────────────────────────


def test_the_comparison_tells_what_became_of_every_station(compared: Opened) -> None:
    count = "(change) => h2plan.page.rows.filter((row) => row.change === change).length"
    counted = {change: compared.page.evaluate(count, change) for change in ("added", "dropped", "grown", "shrunk")}
    assert counted == {"added": 0, "dropped": 2, "grown": 1, "shrunk": 1}
    assert compared.count("#panel .differs .station-row") == 4
    compared.page.uncheck("#only")
    assert compared.count("#panel .differs .station-row") == len(PLAN.stations)
    compared.page.check("#only")


def test_the_three_maps_move_together(compared: Opened) -> None:
    compared.page.evaluate("() => { h2plan.page.maps[0].setView([30.7, 114.5], 11, { animate: false }); }")
    views = compared.page.evaluate("() => h2plan.page.maps.map((map) => [map.getCenter().lat, map.getZoom()])")
    assert [view[1] for view in views] == [11, 11, 11]
    assert [view[0] for view in views] == pytest.approx([30.7] * 3, abs=1e-3)
    compared.page.click("#fit")


def test_the_comparison_shows_an_earlier_year_and_the_other_language(compared: Opened) -> None:
    compared.page.select_option("#pick-year", "2026")
    assert compared.page.evaluate("() => h2plan.page.rows.every((row) => row.change === 'same')")
    compared.page.select_option("#pick-year", "2030")
    compared.page.click("#language")
    assert compared.page.locator("#title").inner_text() == "Plans compared"
    compared.page.click("#language")


def test_a_row_of_the_comparison_lights_its_station_on_every_map(compared: Opened) -> None:
    compared.page.locator("#panel .station-row", has_text="扩大").locator(".name").click()
    assert compared.count(f"{STATION}.lit") == 3


# ── safety and datum ──────────────────────────────────────────────────────────────────────────────────────────────────


def test_hostile_names_run_nothing_wherever_they_are_shown(browser: Browser, folder: Path) -> None:
    opened = open_file(browser, folder / "hostile.html")
    for layer in ("reach", "supply"):
        opened.page.locator(f'#legend input[data-layer="{layer}"]').click()
    box = opened.page.locator("#canvas .folium-map").bounding_box()
    assert box is not None
    for step in range(30):
        opened.page.mouse.move(box["x"] + 260 + 20 * step, box["y"] + 120 + 17 * step)
    for place in range(3):
        slide(opened, place)
        opened.page.evaluate("() => h2plan.stations().forEach((one) => h2plan.page.markers[one.id].openTooltip())")
        opened.page.evaluate("() => h2plan.stations().forEach((one) => h2plan.choose(one))")
    for kind in ("candidate", "place"):
        choose = f"() => h2plan.data.{kind}s.name.forEach((_, i) => h2plan.choose(h2plan.{kind}(i)))"
        opened.page.evaluate(choose)
    opened.page.evaluate("() => h2plan.choose(null)")
    for asked in ("img", "alert", "script"):
        opened.page.fill("#search", asked)
        assert opened.count("#hits .hit") > 0
    opened.page.click("#language")
    opened.settle()
    assert_nothing_ran(opened)


def test_hostile_names_run_nothing_in_the_comparison(browser: Browser, folder: Path) -> None:
    opened = open_file(browser, folder / "hostile-comparison.html")
    opened.page.uncheck("#only")
    opened.page.evaluate(
        "() => h2plan.page.drawn.forEach((drawn) => Object.values(drawn).forEach((one) => one.openTooltip()))"
    )
    opened.page.click("#language")
    opened.settle()
    assert_nothing_ran(opened)


def assert_nothing_ran(opened: Opened) -> None:
    assert opened.heard.dialogs == []
    assert opened.heard.complaints == []
    assert opened.outside() == []
    assert opened.count("main img, header img, svg[onload], script[src]") == 0
    opened.page.close()


def test_over_shifted_tiles_data_and_clicks_stay_wgs84(browser: Browser, folder: Path) -> None:
    opened = open_file(browser, folder / "amap.html")
    lon, lat = np.array([114.3, 113.95, 121.5, 87.6, 2.35]), np.array([30.6, 30.2, 31.2, 43.8, 48.85])
    there = np.stack(wgs84_to_gcj02(lon, lat), axis=1)
    back = np.stack(gcj02_to_wgs84(lon, lat), axis=1)
    pairs = np.stack([lon, lat], axis=1).tolist()
    assert np.allclose(
        opened.page.evaluate("(all) => all.map((one) => h2plan.toGcj(...one))", pairs), there, atol=1e-11
    )
    assert np.allclose(
        opened.page.evaluate("(all) => all.map((one) => h2plan.fromGcj(...one))", pairs), back, atol=1e-9
    )
    trip = """([lon, lat]) => {
        const map = h2plan.page.map, at = map.unproject(map.project([lat, lon], 14), 14);
        return [at.lng, at.lat];
    }"""
    assert opened.page.evaluate(trip, [114.3, 30.6]) == pytest.approx([114.3, 30.6], abs=1e-9)
    asked = opened.outside()
    assert asked
    assert all(url.startswith("https://webrd01.is.autonavi.com/") for url in asked)
    opened.page.close()
