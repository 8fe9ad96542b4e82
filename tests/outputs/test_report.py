"""The report, read as a reader and as an attacker would."""

from __future__ import annotations

import dataclasses
import re
from collections.abc import Callable
from html.parser import HTMLParser
from importlib import resources
from pathlib import Path
from typing import Any

import pytest

from h2plan.domain import OpenPoint
from h2plan.outputs import report
from h2plan.outputs._charts import Bar, Dot, bars, overview_map
from h2plan.outputs._labels import Language, money, number, percent
from h2plan.outputs._report_facts import refusals
from h2plan.outputs._report_text import plain_reason
from h2plan.plan.network_rows import Loss, RuleOutcome, YearMoney
from h2plan.plan.results import Backdrop, Plan
from tests.outputs.hostile import poisoned
from tests.outputs.phased import phased_backdrop, phased_plan

LANGUAGES: tuple[Language, ...] = ("zh", "en")
Page = Callable[..., str]


class Reader(HTMLParser):
    """Collects the tags, attributes and text of a page."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self.text = ""
        self.feed(page)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attrs)))

    def handle_data(self, data: str) -> None:
        self.text += data


@pytest.fixture
def page(tmp_path: Path, backdrop: Backdrop) -> Page:
    def write(plan: Plan, language: Language = "zh", *, behind: Backdrop = backdrop, approval: str = "") -> str:
        options = report.Options(language=language, approval_number=approval, docx=False)
        (path,) = report.write(plan, behind, tmp_path, options)
        return path.read_text(encoding="utf-8")

    return write


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_answer_stands_on_the_page_as_the_plan_has_it(plan: Plan, page: Page, language: Language) -> None:
    text = Reader(page(plan, language)).text
    figures = plan.figures
    for value in (
        number(figures.stations),
        number(figures.demand_kg_per_d),
        number(figures.served_kg_per_d),
        number(figures.unserved_kg_per_d),
        number(figures.unreached_kg_per_d),
        number(figures.capacity_kg_per_d),
        percent(figures.served_share),
        percent(figures.utilisation),
        money(figures.capex_cny).at(language),
        number(figures.mean_travel_min, 1),
        number(figures.mean_detour_min, 1),
        number(figures.station_cost_cny_per_kg, 2),
        number(figures.kg_on_presumed_or_imprecise),
    ):
        assert value in text


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_number_of_every_demand_level_appears(plan: Plan, page: Page, language: Language) -> None:
    text = Reader(page(plan, language)).text
    for row in plan.figures.levels:
        assert number(row.demand_kg_per_d) in text
        assert number(row.served_kg_per_d) in text
        assert percent(row.served_share) in text
        assert percent(row.utilisation) in text


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_station_has_its_row_and_its_dot(plan: Plan, page: Page, language: Language) -> None:
    read = Reader(page(plan, language))
    for station in plan.stations:
        assert (station.name if language == "zh" else station.name_en) in read.text
    rows = [attrs for tag, attrs in read.tags if tag == "tbody" and attrs.get("class") == "one"]
    assert len(rows) == len(plan.stations)
    discs = sum(station.precision_m > 500 for station in plan.stations)
    assert sum(tag == "circle" for tag, _ in read.tags) == len(plan.stations) + discs


def test_stations_that_stand_come_first_then_those_that_dispense_most(plan: Plan, page: Page) -> None:
    order = sorted(plan.stations, key=lambda station: (not station.built, -station.dispensed_kg_per_d, station.site_id))
    listed = re.findall(r'<tr><td class="n">\d+</td><td>([^<]*)</td>', page(plan))
    assert listed == [station.name for station in order]


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_page_asks_for_nothing_from_outside_and_holds_no_script(plan: Plan, page: Page, language: Language) -> None:
    text = page(plan, language)
    read = Reader(text)
    assert not {"script", "link", "img", "iframe", "object", "a", "base"} & {tag for tag, _ in read.tags}
    assert not {"src", "href", "xlink:href", "data"} & {name for _, attrs in read.tags for name in attrs}
    assert "url(" not in text
    assert "@import" not in text
    policies = [attrs["content"] for _, attrs in read.tags if attrs.get("http-equiv") == "Content-Security-Policy"]
    assert policies[0] is not None
    assert policies[0].startswith("default-src 'none'; style-src 'unsafe-inline'; img-src data:")


@pytest.mark.parametrize("language", LANGUAGES)
def test_hostile_names_add_no_element_and_no_attribute(
    plan: Plan, backdrop: Backdrop, page: Page, language: Language
) -> None:
    plain = Reader(page(plan, language))
    hostile = Reader(page(poisoned(plan), language, behind=poisoned(backdrop)))
    assert {tag for tag, _ in hostile.tags} == {tag for tag, _ in plain.tags}
    names = {name for _, attrs in hostile.tags for name in attrs}
    assert names == {name for _, attrs in plain.tags for name in attrs}
    assert not any(name.startswith("on") for name in names)
    assert "<img src=x onerror=alert(1)>" in hostile.text
    assert "{{7*7}}" in hostile.text


def test_both_languages_have_the_same_sentences() -> None:
    folder = resources.files("h2plan.outputs").joinpath("templates")
    zh, en = (
        re.findall(r"macro (\w+\([^)]*\))", folder.joinpath(f"report_{language}.j2").read_text(encoding="utf-8"))
        for language in LANGUAGES
    )
    assert zh == en


@pytest.mark.parametrize("language", LANGUAGES)
def test_an_empty_plan_is_reported_too(plan: Plan, page: Page, language: Language) -> None:
    figures = dataclasses.replace(
        plan.figures, stations=0, stations_unplaced=0, demand_kg_per_d=0.0, served_kg_per_d=0.0, levels=()
    )
    tables = ("stations", "candidates", "demand", "allocations", "districts", "verdicts", "unplaced", "alternatives")
    lists = ("assumptions", "notes", "attributions", "goals", "sources")
    blank: dict[str, Any] = dict.fromkeys((*tables, *lists), ())
    empty = dataclasses.replace(plan, figures=figures, **blank | {"question": {}})
    nothing = Backdrop(roads=(), rivers=(), seats=(), link_kg_per_d={}, attribution="")
    assert "<svg" in page(empty, language, behind=nothing)


def test_assumptions_sources_limits_and_input_digests_are_named(plan: Plan, page: Page) -> None:
    text = Reader(page(plan)).text
    for row in plan.assumptions:
        assert row.where in text
        assert row.note in text
    for name in (*plan.inputs, *plan.attributions, *plan.notes, *(row.name for row in plan.sources)):
        assert name in text
    assert "5.00 亿元" in text  # budget_cny of the question
    assert "certificate.json" in text


def test_the_least_cost_plan_is_compared_by_its_number_of_stations(plan: Plan, page: Page) -> None:
    named = dataclasses.replace(plan.alternatives[0], name="least_cost_for_same_share", stations=30)
    text = Reader(page(dataclasses.replace(plan, alternatives=(named,)), "en")).text
    assert "The cheapest plan that serves the same share" in text
    assert f"{plan.figures.stations - 30} fewer than this plan" in text


def test_an_unfinished_proof_is_said_and_the_bound_is_credited_to_the_solver(plan: Plan, page: Page) -> None:
    text = Reader(page(dataclasses.replace(plan, stopped="feasible_limit"), "en")).text
    assert "limit reached, proof not complete" in text
    assert "by HiGHS, not re-proved" in text


@pytest.mark.parametrize(("approval", "shown"), [("GS(2030)0001号", "GS(2030)0001号"), ("", "待填")])
def test_the_map_approval_number_is_printed_or_left_to_fill_in(
    plan: Plan, page: Page, approval: str, shown: str
) -> None:
    assert shown in Reader(page(plan, approval=approval)).text


def test_sites_set_aside_for_the_same_reason_share_a_row(plan: Plan) -> None:
    (row,) = refusals(plan, "review", "zh")
    assert row.sites == sum(verdict.verdict == "review" for verdict in plan.verdicts)
    assert row.names.endswith(" 等")


@pytest.mark.parametrize(
    ("said", "zh"),
    [
        ("lies in 鄂州市, not in 武汉市", "位于鄂州市\uff0c不在武汉市范围内"),
        ("lies outside 武汉市", "不在武汉市范围内"),
        (
            "the position is known to 3,000 m only; survey it before anything is decided",
            "位置误差达 3,000 m\uff0c须先实测再定",
        ),
        ("自定规则", "自定规则"),
    ],
)
def test_a_known_reason_of_the_screen_is_put_into_chinese(said: str, zh: str) -> None:
    assert plain_reason(said, "zh") == zh
    assert plain_reason(said, "en") == said


def test_a_bar_is_as_long_as_its_share_of_the_longest() -> None:
    rows = [
        Bar(label="a", parts=(1.0, 3.0), note="", colours=("r", "g")),
        Bar(label="b", parts=(2.0,), note="", colours=("r",)),
    ]
    widths = [float(width) for width in re.findall(r'width="([\d.]+)" height="11"', bars(rows, title="t"))]
    assert widths[1] == pytest.approx(3 * widths[0], abs=0.1)
    assert widths[2] == pytest.approx(2 * widths[0], abs=0.1)


def test_the_disc_of_an_imprecise_place_has_the_radius_of_its_error() -> None:
    def dot(number: int, lon: float, precision_m: float) -> Dot:
        return Dot(
            number=number, label="x", lon=lon, lat=0.0, capacity_kg_per_d=1.0, precision_m=precision_m, built=False
        )

    # Two places on the equator, 1 degree (111.32 km) apart: an error of 11.132 km is a tenth of their distance.
    nothing = Backdrop(roads=(), rivers=(), seats=(), link_kg_per_d={}, attribution="")
    drawn = overview_map([dot(1, 0.0, 11_132.0), dot(2, 1.0, 10.0)], nothing, title="t", names=[])
    circles = [(float(x), float(r)) for x, r in re.findall(r'<circle cx="([\d.]+)" cy="[\d.]+" r="([\d.]+)"', drawn)]
    disc, first, second = circles
    assert disc[0] == first[0]
    assert disc[1] == pytest.approx((second[0] - first[0]) / 10, abs=0.02)


def test_equal_plans_give_equal_bytes(plan: Plan, page: Page) -> None:
    assert page(plan) == page(plan)


def test_hydrogen_that_rests_on_reviews_and_what_is_open_for_all_are_said(plan: Plan, page: Page) -> None:
    point = OpenPoint(
        about="school",
        rules="r1",
        sites=7,
        text_zh="缺少学校图层",
        text="no layer of schools",
        remedy_zh="提供",
        remedy="supply",
    )
    first = dataclasses.replace(plan.stations[0], verdict="review", dispensed_kg_per_d=4321.0)
    rest = tuple(dataclasses.replace(station, verdict="pass") for station in plan.stations[1:])
    written = page(dataclasses.replace(plan, stations=(first, *rest), points=(point,)), "en")
    assert "sites under review: 4,321 kg/d" in written
    assert "no layer of schools" in written
    assert "supply" in written


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_plan_of_several_years_tells_each_year_its_money_supply_and_losses(page: Page, language: Language) -> None:
    plan = network_plan()
    written = page(plan, language, behind=phased_backdrop(plan))
    text = Reader(written).text
    for period in plan.periods:
        figures = plan.at(period).figures
        assert number(figures.served_kg_per_d) in text
        assert percent(figures.served_share) in text
    for money_row in plan.money:
        assert number(money_row.weight_yr, 2) in text
    for use in plan.source_use:
        assert number(use.sold_kg_per_d) in text
    worst = plan.losses[0]
    assert number(worst.lost_kg_per_d) in text
    assert all(rule.name in text for rule in plan.rules)
    sections = [int(found) for found in re.findall(r"<h2>(\d+) ", written)]
    assert sections == list(range(1, 14))


def test_a_plan_of_one_year_has_no_empty_sections(plan: Plan, page: Page) -> None:
    text = Reader(page(plan, "zh")).text
    assert not [head for head in ("分年度方案", "氢气供应", "保供韧性与政策要求") if head in text]


def network_plan() -> Plan:
    """The made-up plan of several years with money, a lost station and two rules."""
    plan = phased_plan()
    money_rows = tuple(
        YearMoney(
            period=period,
            budget_cny=2e8,
            carried_cny=1e7,
            spent_cny=1.5e8,
            left_cny=6e7,
            annual_cost_cny_per_yr=8e7,
            supply_cost_cny_per_yr=2e7,
            weight_yr=1.89,
            present_value_cny=1.512e8,
        )
        for period in plan.periods
    )
    station = plan.stations[0]
    loss = Loss(
        what="station",
        lost_id=station.site_id,
        name=station.name,
        name_en=station.name_en,
        served_kg_per_d=9876.0,
        lost_kg_per_d=1234.0,
        still_share=0.889,
        runs_dry=(station.site_id,),
    )
    rules = tuple(
        RuleOutcome(name=f"rule {kind}", asked="80 %", reached="75 %", met=False, hard=hard)
        for kind, hard in (("floor", True), ("pledge", False))
    )
    return dataclasses.replace(plan, money=money_rows, losses=(loss,), rules=rules)
