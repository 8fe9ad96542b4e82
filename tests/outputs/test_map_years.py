"""The map of a plan of several years: what each year holds, and what an edition and a layer of one's own add."""

from __future__ import annotations

import dataclasses
import json
import re
from pathlib import Path
from typing import Any

import pytest
from pydantic import ValidationError

from h2plan.errors import EnvironmentFault, InputError
from h2plan.outputs._columns import Texts, gaps, path, steps
from h2plan.outputs._compare_page import FIGURES, write_comparison
from h2plan.outputs._labels import Text
from h2plan.outputs._lines import in_order
from h2plan.outputs._map_options import TileServer
from h2plan.outputs._map_years import BANDS_MIN
from h2plan.outputs.map import Options, OwnLayer, write
from h2plan.plan.outlines import read_outlines
from h2plan.plan.results import Backdrop, Plan
from tests.outputs.phased import YEARS, phased_backdrop, phased_plan
from tests.outputs.test_map import data_of, unstep

ZONE = OwnLayer(file="data/zone.geojson", kind="area", name="示范区", name_en="zone")


@pytest.fixture(scope="module")
def phased() -> Plan:
    return phased_plan()


@pytest.fixture(scope="module")
def under(phased: Plan) -> Backdrop:
    return phased_backdrop(phased)


def page_of(plan: Plan, backdrop: Backdrop, folder: Path, **options: Any) -> str:
    (file,) = write(plan, backdrop, folder, Options(**options))
    return file.read_text(encoding="utf-8")


@pytest.fixture(scope="module")
def data(phased: Plan, under: Backdrop, tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    return data_of(page_of(phased, under, tmp_path_factory.mktemp("years"), layers=(ZONE,)))


def unpacked(texts: dict[str, Any]) -> list[tuple[str, str]]:
    """The wordings of a page, from their columns."""
    found, zh, en = [], "", ""
    for (count, rest), (count_en, rest_en) in zip(
        zip(*texts["zh"], strict=True), zip(*texts["en"], strict=True), strict=True
    ):
        zh = zh[:count] + rest
        en = zh if count_en < 0 else en[:count_en] + rest_en
        found.append((zh, en))
    return found


def test_each_year_has_its_stations_and_the_last_is_that_of_the_plan(phased: Plan, data: dict[str, Any]) -> None:
    assert [year["period"] for year in data["years"]] == list(YEARS)
    for period, year in zip(YEARS, data["years"], strict=True):
        wanted = {station.site_id for station in phased.at(period).stations}
        assert {station["id"] for station in year["stations"]} == wanted
    counts = [len(year["stations"]) for year in data["years"]]
    assert counts == sorted(counts)
    assert counts[0] < counts[-1]


def test_a_station_is_new_once_and_standing_afterwards(data: dict[str, Any]) -> None:
    seen: set[str] = set()
    for year in data["years"]:
        for station in year["stations"]:
            if not station["built"] and station["status"] != "upgraded":
                assert station["status"] == ("standing" if station["id"] in seen else "new")
        seen |= {station["id"] for station in year["stations"]}


def test_a_station_that_grows_is_upgraded_in_that_year_only(phased: Plan, data: dict[str, Any]) -> None:
    grown = next(build.site_id for build in phased.builds if build.what == "upgrade")
    status = [next(s["status"] for s in year["stations"] if s["id"] == grown) for year in data["years"]]
    assert status == ["new", "upgraded", "standing"]


def test_a_site_is_a_candidate_until_it_opens(phased: Plan, data: dict[str, Any]) -> None:
    columns = data["candidates"]
    chosen = dict(zip(columns["id"], columns["chosen"], strict=True))
    for y, period in enumerate(YEARS):
        stations = {station.site_id for station in phased.at(period).stations}
        for site, bits in chosen.items():
            assert bool(bits >> y & 1) == (site in stations)
    always = {station.site_id for station in phased.at(YEARS[0]).stations}
    assert not always & chosen.keys()


def test_demand_of_each_year_is_told_by_place(phased: Plan, data: dict[str, Any]) -> None:
    for y, period in enumerate(YEARS):
        rows = [row for row in phased.at(period).demand if row.lon is not None]
        wanted, served = sum(row.kg_per_d.base for row in rows), sum(row.served_kg_per_d for row in rows)
        assert sum(data["places"]["kg"][y]) == pytest.approx(wanted, rel=2e-3)
        assert sum(data["places"]["short"][y].values()) == pytest.approx(wanted - served, abs=6)


def test_service_areas_tell_the_band_and_the_station_of_each_road(
    phased: Plan, under: Backdrop, data: dict[str, Any]
) -> None:
    lines = in_order(under)
    for period, year in zip(YEARS, data["years"], strict=True):
        reached, told = under.reached[period].links, year["reach"]
        for number, line in enumerate(lines):
            band = int(told["bands"][number])
            if line.id not in reached:
                assert (band, told["nearest"][number]) == (len(BANDS_MIN), -1)
                continue
            site, minutes = reached[line.id]
            assert year["stations"][told["nearest"][number]]["id"] == site
            assert [0.0, *BANDS_MIN][band] < minutes or band == 0
            assert minutes <= [*BANDS_MIN, 1e9][band]


def test_every_delivery_between_known_places_is_drawn_and_the_others_counted(
    phased: Plan, under: Backdrop, data: dict[str, Any], tmp_path: Path
) -> None:
    assert len(data["years"][-1]["deliveries"]) == len(phased.deliveries)
    lost = dataclasses.replace(phased.deliveries[0], origin="nowhere")
    changed = dataclasses.replace(phased, deliveries=(lost, *phased.deliveries[1:]))
    year = data_of(page_of(changed, under, tmp_path))["years"][-1]
    assert (year["undrawn"], len(year["deliveries"])) == (1, len(phased.deliveries) - 1)


def test_a_layer_of_ones_own_is_on_the_page_with_its_names(data: dict[str, Any]) -> None:
    (layer,) = data["own"]
    assert layer["name"] == ["示范区", "zone"]
    assert [area for area, _, _ in layer["lines"]] == [1, 0]
    texts = unpacked(data["texts"])
    assert texts[layer["lines"][0][2]] == ("示范区", "示范区")
    assert layer["lines"][1][2] == -1


def test_the_public_edition_withholds_what_is_internal(phased: Plan, under: Backdrop, tmp_path: Path) -> None:
    moved = tuple(dataclasses.replace(source, lon=114.44371, precision_m=10.0) for source in phased.sources)
    (file,) = write(dataclasses.replace(phased, sources=moved), under, tmp_path, Options(edition="public"))
    page = file.read_text(encoding="utf-8")
    data = data_of(page)
    assert file.name == "map-public.html"
    assert data["public"] is True
    assert all(year["deliveries"] == [] and year["sold"] == {} for year in data["years"])
    facts = {label for station in data["years"][-1]["stations"] for (_, label), _ in station["facts"]}
    assert "annual cost" not in facts
    assert "size" in facts
    assert {source["lon"] for source in data["sources"]} == {114.44}
    assert all(source["off"] >= 1000 for source in data["sources"])


@pytest.mark.parametrize(
    "texts",
    [
        [Text("江岸区1号", "Jiang'an 1"), Text("江岸区12号", "Jiang'an 12"), Text("江汉区", "江汉区")],
        [Text("a", "a"), Text("", ""), Text("𠮷野1", "Yoshino 1"), Text("𠮷野2", "Yoshino 2"), Text("b", "c")],
        [],
    ],
)
def test_wordings_come_back_from_their_columns(texts: list[Text]) -> None:
    table = Texts()
    numbers = [table.number(text) for text in texts]
    back = unpacked(json.loads(json.dumps(table.table())))
    assert [back[number] for number in numbers] == [tuple(text) for text in texts]


def test_steps_add_up_to_the_places_they_came_from() -> None:
    assert unstep(steps([114.30001, 113.2, -3.5])) == [114.30001, 113.2, -3.5]
    assert unstep(path(((114.3, 30.5), (114.31, 30.4)))[::2]) == [114.3, 114.31]
    assert gaps([3, 4, 9]) == [3, 1, 5]


# ── tiles ─────────────────────────────────────────────────────────────────────────────────────────────────────────────


def policy(page: str) -> str:
    found = re.search(r"img-src ([^;]*);", page)
    assert found is not None
    return found.group(1)


def test_without_tiles_no_picture_may_come_from_anywhere(phased: Plan, under: Backdrop, tmp_path: Path) -> None:
    page = page_of(phased, under, tmp_path)
    assert policy(page) == "data:"
    assert data_of(page)["tiles"] is None


@pytest.mark.parametrize(
    ("tiles", "host", "datum"),
    [
        ({"use": "amap"}, "https://webrd01.is.autonavi.com", "gcj02"),
        ({"use": "tianditu"}, "https://t0.tianditu.gov.cn", "wgs84"),
        ({"use": "own", "url": "http://maps.local:8080/{z}/{x}/{y}.png"}, "http://maps.local:8080", "wgs84"),
    ],
)
def test_the_policy_is_widened_to_the_host_of_the_tiles_alone(
    phased: Plan, under: Backdrop, tmp_path: Path, *, tiles: dict[str, str], host: str, datum: str
) -> None:
    page = page_of(phased, under, tmp_path, tiles=tiles)
    assert policy(page) == f"data: {host}"
    assert "connect-src 'none'" in page
    assert data_of(page)["tiles"]["datum"] == datum


def test_a_key_stands_in_the_page_only_where_that_is_asked(
    phased: Plan, under: Backdrop, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("MAP_KEY", "sesame")
    asked = {"use": "tianditu", "key_variable": "MAP_KEY"}
    assert "sesame" not in page_of(phased, under, tmp_path, tiles=asked)
    assert data_of(page_of(phased, under, tmp_path, tiles={**asked, "write_key": True}))["tiles"]["key"] == "sesame"
    monkeypatch.delenv("MAP_KEY")
    with pytest.raises(EnvironmentFault, match="MAP_KEY is not set"):
        page_of(phased, under, tmp_path, tiles={**asked, "write_key": True})


@pytest.mark.parametrize(
    ("bad", "why"),
    [
        ({"use": "own"}, "needs a url"),
        ({"use": "amap", "url": "http://a.b/{z}/{x}/{y}"}, "url belongs to use: own"),
        ({"use": "own", "url": "ftp://a.b/{z}/{x}/{y}"}, "http"),
        ({"use": "own", "url": "https://{s}.a.b/{z}/{x}/{y}"}, "written out"),
        ({"use": "own", "url": "https://u:p@a.b/{z}/{x}/{y}"}, "written out"),
        ({"use": "own", "url": "https://a.b; script-src *//{z}/{x}/{y}"}, "written out"),
        ({"use": "own", "url": "https://a.b/{z}/{x}"}, "lacks {y}"),
        ({"use": "own", "url": "https://a.b/{z}/{x}/{y}{r}"}, "{r}"),
        ({"use": "tianditu", "write_key": True}, "key_variable"),
    ],
)
def test_tiles_that_cannot_be_meant_are_refused(bad: dict[str, Any], why: str) -> None:
    with pytest.raises(ValidationError, match=re.escape(why)):
        TileServer.model_validate(bad)


# ── layers of one's own ───────────────────────────────────────────────────────────────────────────────────────────────


def layer_file(folder: Path, *geometries: dict[str, Any] | None) -> Path:
    features = [
        {"type": "Feature", "properties": {"name": f"n{i}"}, "geometry": geometry}
        for i, geometry in enumerate(geometries)
    ]
    file = folder / "layer.geojson"
    file.write_text(json.dumps({"type": "FeatureCollection", "features": features}), encoding="utf-8")
    return file


SQUARE = [[114.0, 30.0], [114.1, 30.0], [114.1, 30.1], [114.0, 30.0]]


def test_lines_and_rims_are_read_with_their_names(tmp_path: Path) -> None:
    hole = [[114.02, 30.01], [114.03, 30.01], [114.03, 30.02], [114.02, 30.01]]
    file = layer_file(
        tmp_path,
        {"type": "LineString", "coordinates": SQUARE[:2]},
        {"type": "Polygon", "coordinates": [SQUARE, hole]},
    )
    lines = read_outlines(file, where="layer.geojson", crs="wgs84")
    assert [(line.name, line.kind, len(line.coords)) for line in lines] == [
        ("n0", "line", 2),
        ("n1", "area", 4),
        ("n1", "area", 4),
    ]


def test_a_layer_in_gcj02_is_brought_to_wgs84(tmp_path: Path) -> None:
    file = layer_file(tmp_path, {"type": "LineString", "coordinates": SQUARE[:2]})
    (line,) = read_outlines(file, where="layer.geojson", crs="gcj02")
    lon, lat = line.coords[0]
    assert 300 < 96_500 * abs(lon - 114.0) + 111_000 * abs(lat - 30.0) < 900


def test_every_feature_that_cannot_be_drawn_is_named(tmp_path: Path) -> None:
    file = layer_file(
        tmp_path,
        None,
        {"type": "Point", "coordinates": [114.0, 30.0]},
        {"type": "LineString", "coordinates": [[500_000, 3_300_000], [500_100, 3_300_000]]},
    )
    with pytest.raises(InputError) as caught:
        read_outlines(file, where="layer.geojson", crs="wgs84")
    told = str(caught.value)
    for part in ("no geometry", "is a Point", "are no degrees"):
        assert part in told


# ── comparison ────────────────────────────────────────────────────────────────────────────────────────────────────────


def test_the_comparison_holds_the_figures_and_stations_of_every_plan_and_year(
    phased: Plan, under: Backdrop, tmp_path: Path
) -> None:
    other = dataclasses.replace(phased, scenario="other", stations=phased.stations[3:])
    file = write_comparison([phased, other], [under, under], tmp_path, language="en")
    data = data_of(file.read_text(encoding="utf-8"))
    for plan, told in zip((phased, other), data["plans"], strict=True):
        assert [year["period"] for year in told["years"]] == list(plan.periods)
        assert {s["id"] for s in told["years"][-1]["stations"]} == {s.site_id for s in plan.stations}
        assert told["years"][-1]["figures"] == [getattr(plan.figures, name) for name in FIGURES]


def test_one_plan_alone_cannot_be_compared(phased: Plan, under: Backdrop, tmp_path: Path) -> None:
    with pytest.raises(InputError, match="two plans or more"):
        write_comparison([phased], [under], tmp_path)
    assert list(tmp_path.iterdir()) == []
