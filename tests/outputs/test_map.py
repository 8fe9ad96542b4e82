"""The map file: what it holds, what it never holds, and what it refuses."""

from __future__ import annotations

import base64
import dataclasses
import hashlib
import itertools
import json
import re
from importlib import resources
from pathlib import Path
from typing import Any

import folium
import pytest
from pydantic import ValidationError

from h2plan.errors import EnvironmentFault
from h2plan.outputs import _compare_page, _page
from h2plan.outputs import map as siting_map
from h2plan.outputs._lines import in_order
from h2plan.outputs._map_data import SHAPES, STATES
from h2plan.outputs._page import asset
from h2plan.outputs.map import Options, write
from h2plan.plan.results import Backdrop, DemandRow, Plan
from tests.outputs.hostile import HOSTILE, poisoned

SHIPPED = {*siting_map.SCRIPTS, *_compare_page.SCRIPTS, "page.css", "page.html", "compare.css", "compare.html"}
DATA = re.compile(r'<script type="application/json" id="h2plan-data">(.*?)</script>', re.DOTALL)
SCRIPT = re.compile(r"<script>(.*?)</script>", re.DOTALL)


def drawn(plan: Plan, backdrop: Backdrop, folder: Path, **options: Any) -> str:
    (path,) = write(plan, backdrop, folder, Options(**options))
    return path.read_text(encoding="utf-8")


def data_of(page: str) -> dict[str, Any]:
    found = DATA.search(page)
    assert found is not None
    data: dict[str, Any] = json.loads(found.group(1))
    return data


def unstep(steps: list[int]) -> list[float]:
    """Steps of 1e-5 degree as degrees."""
    return [value / 1e5 for value in itertools.accumulate(steps)]


@pytest.fixture(scope="module")
def page(plan: Plan, backdrop: Backdrop, tmp_path_factory: pytest.TempPathFactory) -> str:
    return drawn(plan, backdrop, tmp_path_factory.mktemp("map"))


@pytest.fixture(scope="module")
def hostile_page(plan: Plan, backdrop: Backdrop, tmp_path_factory: pytest.TempPathFactory) -> str:
    folder = tmp_path_factory.mktemp("hostile")
    return drawn(poisoned(plan), poisoned(backdrop), folder, approval_number="".join(HOSTILE), title="".join(HOSTILE))


def test_the_page_fetches_nothing(page: str) -> None:
    markup = SCRIPT.sub("", page)
    assert not re.findall(r"<[^>]*\b(?:src|href)\s*=", markup)
    assert not re.findall(r"url\((?!data:|#)", markup)
    assert not re.findall(r"@import|sourceMappingURL", page)


def test_the_policy_lets_exactly_the_scripts_of_the_page_run(page: str) -> None:
    policy = re.search(r'Content-Security-Policy" content="([^"]*)"', page)
    assert policy is not None
    pinned = set(re.findall(r"'sha256-([^']+)'", policy.group(1)))
    scripts = SCRIPT.findall(page)
    assert pinned == {base64.b64encode(hashlib.sha256(code.encode()).digest()).decode() for code in scripts}
    assert page.count("<script") == len(scripts) + 1
    assert "default-src 'none'" in policy.group(1)
    assert "unsafe-eval" not in policy.group(1)


def test_a_hostile_name_stands_in_the_data_block_only(hostile_page: str) -> None:
    rest = DATA.sub("", hostile_page)
    for payload in HOSTILE:
        assert payload not in rest
    assert "alert(1)" not in "".join(SCRIPT.findall(rest))
    assert "$" not in re.findall(r"<title>(.*?)</title>", rest, re.DOTALL)[0]


def test_a_hostile_name_cannot_leave_the_data_block(plan: Plan, hostile_page: str) -> None:
    found = DATA.search(hostile_page)
    assert found is not None
    assert not set("<>&\u2028\u2029") & set(found.group(1))
    names = {station["name"][0] for station in data_of(hostile_page)["years"][0]["stations"]}
    assert names == {poisoned(station.name) for station in plan.stations}


def test_equal_plans_are_written_as_equal_bytes(plan: Plan, backdrop: Backdrop, tmp_path: Path, page: str) -> None:
    assert drawn(plan, backdrop, tmp_path) == page


def test_the_page_weighs_at_most_half_a_megabyte_besides_its_data(page: str) -> None:
    assert len(page.encode()) - len(DATA.findall(page)[0].encode()) < 500_000


def test_every_station_is_on_the_map_and_chosen_sites_are_no_candidates(plan: Plan, page: str) -> None:
    data = data_of(page)
    assert {station["id"] for station in data["years"][0]["stations"]} == {one.site_id for one in plan.stations}
    assert len(data["candidates"]["id"]) == sum(not candidate.chosen for candidate in plan.candidates)


def test_every_candidate_keeps_its_symbol(plan: Plan, page: str) -> None:
    data = data_of(page)
    kinds = {candidate.site_id: candidate.kind for candidate in plan.candidates}
    drawn = zip(data["candidates"]["id"], data["candidates"]["shape"], strict=True)
    assert {site: list(data["shapes"])[shape] for site, shape in drawn} == {
        site: SHAPES[kinds[site]] for site in data["candidates"]["id"]
    }


def test_a_column_of_positions_is_the_place_to_a_metre(plan: Plan, page: str) -> None:
    columns = data_of(page)["candidates"]
    at = dict(zip(columns["id"], zip(unstep(columns["lon"]), unstep(columns["lat"]), strict=True), strict=True))
    for site in plan.candidates:
        if not site.chosen:
            assert at[site.site_id] == pytest.approx((site.lon, site.lat), abs=6e-6)


def test_demand_of_one_spot_is_one_symbol_and_nothing_is_lost(plan: Plan, page: str) -> None:
    places = data_of(page)["places"]
    points = [row for row in plan.demand if row.lon is not None]
    assert len(places["name"]) == len({(row.lon, row.lat, row.kind) for row in points})
    assert sum(places["kg"][0]) == pytest.approx(sum(row.kg_per_d.base for row in points), rel=1e-3)
    by_class = sum(sum(pair[0] for pair in rows[1::2]) for rows in places["rows"] if isinstance(rows, list))
    assert sum(places["short"][0].values()) == pytest.approx(
        sum(row.kg_per_d.base - row.served_kg_per_d for row in points), abs=0.5
    )
    alone = sum(kg for kg, rows in zip(places["kg"][0], places["rows"], strict=True) if isinstance(rows, int))
    assert by_class + alone == pytest.approx(sum(row.kg_per_d.base for row in points), rel=1e-3)


def test_a_line_is_drawn_from_a_station_to_each_place_it_serves(plan: Plan, page: str) -> None:
    names = {row.id: row for row in plan.demand}
    for station in data_of(page)["years"][0]["stations"]:
        given = [allocation for allocation in plan.allocations if allocation.site_id == station["id"]]
        points = [allocation for allocation in given if names[allocation.demand_id].lon is not None]
        assert sum(station["lines"][1]) == pytest.approx(sum(row.kg_per_d for row in points), abs=1)
        assert station["flows"][0] == len(given) - len(points)


def test_only_a_place_known_to_worse_than_500_m_gets_a_disc(plan: Plan, page: str) -> None:
    radius = {station["id"]: station["off"] for station in data_of(page)["years"][0]["stations"]}
    for station in plan.stations:
        assert radius[station.site_id] == (station.precision_m if station.precision_m > 500 else 0)


@pytest.mark.parametrize(
    ("served_share", "reached", "state"),
    [(1.0, True, "served"), (0.4, True, "part"), (0.0, True, "unserved"), (0.0, False, "unreached")],
)
def test_a_place_says_how_far_it_is_served(
    plan: Plan, backdrop: Backdrop, tmp_path: Path, *, served_share: float, reached: bool, state: str
) -> None:
    def changed(row: DemandRow) -> DemandRow:
        return dataclasses.replace(row, served_kg_per_d=served_share * row.kg_per_d.base, reached=reached)

    rows = tuple(changed(row) for row in plan.demand[:3])
    data = data_of(drawn(dataclasses.replace(plan, demand=rows, allocations=()), backdrop, tmp_path))
    assert set(data["places"]["state"][0]) == {str(STATES.index(state))}


def test_a_corridor_carries_what_its_flows_want_and_get(plan: Plan, backdrop: Backdrop, page: str) -> None:
    data = data_of(page)
    rows = data["years"][0]["corridors"]
    lines = [line.id for line in in_order(backdrop)]
    found = {lines[number]: (wanted, served) for number, wanted, served in zip(*[iter(rows)] * 3, strict=True)}
    for link in ("M0", "M5"):
        flows = [row for row in plan.demand if link in row.route]
        assert found[link][0] == pytest.approx(sum(row.kg_per_d.base for row in flows), abs=0.06)
        assert found[link][1] == pytest.approx(sum(row.served_kg_per_d for row in flows), abs=0.06)


def test_the_view_is_framed_by_the_stations(plan: Plan, page: str) -> None:
    (south, west), (north, east) = data_of(page)["bounds"]
    assert all(south < station.lat < north and west < station.lon < east for station in plan.stations)
    assert east - west < max(s.lon for s in plan.stations) - min(s.lon for s in plan.stations) + 0.05


def test_a_plan_without_stations_is_still_drawn(plan: Plan, backdrop: Backdrop, tmp_path: Path) -> None:
    empty = dataclasses.replace(plan, stations=(), allocations=(), demand=(), candidates=(), sources=())
    bare = dataclasses.replace(backdrop, roads=(), rivers=(), link_kg_per_d={})
    assert data_of(drawn(empty, bare, tmp_path))["years"][0]["stations"] == []


def test_the_page_credits_openstreetmap_and_calls_itself_a_sketch(page: str) -> None:
    assert "© OpenStreetMap contributors (ODbL)" in data_of(page)["attribution"]
    assert "规划示意图 / planning sketch" in page


def test_file_title_language_and_approval_number_are_the_users(plan: Plan, backdrop: Backdrop, tmp_path: Path) -> None:
    options = Options(file="siting.html", title="A", language="en", approval_number="GS 1")
    (path,) = write(plan, backdrop, tmp_path, options)
    page = path.read_text(encoding="utf-8")
    data = data_of(page)
    assert path == tmp_path / "siting.html"
    assert (data["title"], data["approval"], data["language"]) == (["A", "A"], "GS 1", 1)
    assert '<html lang="en">' in page


@pytest.mark.parametrize("bad", [{"file": "../map.html"}, {"file": "map.txt"}, {"language": "fr"}, {"colour": "red"}])
def test_an_option_that_cannot_be_meant_is_refused(bad: dict[str, str]) -> None:
    with pytest.raises(ValidationError):
        Options.model_validate(bad)


def test_an_asset_without_a_local_copy_stops_the_writing(
    plan: Plan, backdrop: Backdrop, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(_page.LeafletMap, "default_js", folium.Map.default_js)
    with pytest.raises(EnvironmentFault, match="no local copy"):
        drawn(plan, backdrop, tmp_path)


def test_our_own_files_name_no_host() -> None:
    for name in SHIPPED:
        hosts = set(re.findall(r"https?://([\w.]+)", asset(name)))
        assert hosts <= {"www.w3.org"}


def test_no_file_of_the_pages_is_left_unused() -> None:
    found = {entry.name for entry in resources.files("h2plan.outputs").joinpath("assets").iterdir()}
    assert found == SHIPPED


NEWER = (
    r"\.at\(",
    r"Object\.hasOwn\b",
    r"structuredClone",
    r"\.replaceAll\(",
    r"\.findLast",
    r"\?\?=",
    r"\|\|=",
    r"&&=",
)
NEWER_STYLES = (r":has\(", r"\binset:", r"aspect-ratio", r"@container", r"\bgap:.*grid-lanes")


def test_the_pages_use_nothing_that_chromium_86_lacks() -> None:
    for name in SHIPPED:
        for word in NEWER if name.endswith(".js") else NEWER_STYLES:
            found = [
                hit
                for hit in re.findall(rf".*{word}.*", asset(name))
                if not re.search(r"(layer|entry\[0\])\.at\(", hit)
            ]
            assert found == [], f"{name}: {found}"


def test_every_wording_that_the_pages_ask_for_is_there() -> None:
    code = "\n".join(asset(name) for name in SHIPPED if name.endswith(".js"))
    known = set(re.findall(r"^  (\w+): \[\"", code, re.MULTILINE))
    asked = set(re.findall(r"h2plan\.word\(\"(\w+)\"", code))
    assert len(asked) > 60
    assert asked - known == set()


def test_no_two_files_of_a_page_give_the_same_name_to_two_things() -> None:
    for scripts in (siting_map.SCRIPTS, _compare_page.SCRIPTS):
        code = "\n".join(asset(name) for name in scripts)
        names = re.findall(r"^(?:function|const|let) (\w+)", code, re.MULTILINE)
        assert sorted(names) == sorted(set(names))
