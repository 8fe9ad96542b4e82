"""Sums by hand in docs/: every number of them is that of a run of the demonstration they speak of."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator
from dataclasses import replace
from functools import cache
from pathlib import Path
from typing import Any

import pytest

from h2plan.optimise import optimise
from h2plan.plan import question
from h2plan.plan.assess import Provenance, assess
from h2plan.prepare import prepare
from h2plan.project import load
from h2plan.solve.highs import SolverOptions
from tests.plan.tiny_project import write_plan

ROOT = Path(__file__).resolve().parents[2]
NUMBER = re.compile(r"(?<![\w.])\d(?:[\d,]*\d)?(?:\.\d+)?")
Plan = dict[str, Any]


@pytest.fixture(scope="session")
def run(tmp_path_factory: pytest.TempPathFactory) -> Callable[[str], Plan]:
    """Return what plans a demonstration, once a session: its plan.json."""

    @cache
    def planned(name: str) -> Plan:
        project = load(ROOT / "scenarios" / f"{name}.yaml")
        scenario = project.scenario
        prepared = prepare(project)
        solution = optimise(
            prepared.problem,
            model=scenario.model.use,
            options=scenario.model.options,
            solver=replace(_exactly(scenario.solver.gap), seed=scenario.solver.seed),
            in_process=True,
        )
        assert solution.stopped == "optimal"
        plan = assess(
            prepared,
            solution,
            alternatives=(),
            provenance=Provenance(inputs={}, versions={"h2plan": "0"}),
            question=question.asked(scenario),
            assumptions=(),
        )
        folder = tmp_path_factory.mktemp(name)
        write_plan(folder, plan)
        found: Plan = json.loads((folder / "plan.json").read_text(encoding="utf-8"))
        return found

    return planned


def _exactly(gap: float) -> SolverOptions:
    """Return options that end by the gap however slow the machine is."""
    assert gap <= 1e-6, "a demonstration that the pages sum up is planned to the optimum"
    return SolverOptions(gap=gap, limit_s=600.0, threads=1)


def paragraphs(page: str, heading: str) -> Iterator[str]:
    """Yield the table, if there is one, and each numbered paragraph under a heading."""
    text = (ROOT / "docs" / page).read_text(encoding="utf-8")
    _, _, after = text.partition(f"## {heading}\n")
    assert after, f"{page} has no '{heading}'"
    section = after.split("\n## ")[0].split("\nWhat of the shipped")[0]
    head, *items = re.split(r"\n\d\. \*\*", section)
    rows = [line for line in head.splitlines() if line.startswith("| 2")]
    if rows:
        yield "\n".join(rows)
    yield from items


def numbers(text: str) -> list[str]:
    return NUMBER.findall(text)


def shown(*values: float, digits: int) -> list[str]:
    return [f"{value:,.{digits}f}" for value in values]


def whole(*values: float) -> list[str]:
    return shown(*values, digits=0)


def by_id(rows: list[dict[str, Any]], field: str = "site_id") -> dict[str, dict[str, Any]]:
    return {row[field]: row for row in rows}


def test_the_years_of_the_network_design_page_are_those_of_the_run(run: Callable[[str], Plan]) -> None:
    plan = run("demo-years")
    table, budget, ramp, cost = paragraphs("network-design.md", "Three sums by hand")
    years = [(*plan["earlier"], plan)[n] | {"money": row} for n, row in enumerate(plan["money"])]
    m = 1e6
    expected = []
    for year in years:
        money = year["money"]
        new = [build for build in plan["builds"] if build["period"] == money["period"]]
        (size,) = {build["capacity_added_kg_per_d"] for build in new}
        figures = year["figures"]
        expected += [str(money["period"]), str(len(new)), *whole(size, figures["stations"], figures["served_kg_per_d"])]
        expected += shown(money["spent_cny"] / m, money["left_cny"] / m, digits=1)
        expected += shown(money["annual_cost_cny_per_yr"] / m, digits=3) + shown(money["weight_yr"], digits=5)
    assert numbers(table) == expected

    first, second = (year["money"] for year in years)
    (price,) = {build["capex_cny"] / m for build in plan["builds"]}
    yearly = first["budget_cny"] / m / 2
    assert numbers(budget) == [
        *(*whole(yearly), "2026", "2027", "2026", "2027", *whole(first["budget_cny"] / m)),
        *(*shown(price, digits=1), *whole(first["spent_cny"] / m, first["left_cny"] / m)),
        *("2030", *whole(first["left_cny"] / m, second["budget_cny"] / m)),
        *whole(second["spent_cny"] / m, second["left_cny"] / m),
    ]
    assert first["budget_cny"] - first["spent_cny"] == pytest.approx(first["left_cny"])
    assert first["left_cny"] + second["budget_cny"] - second["spent_cny"] == pytest.approx(second["left_cny"])

    at = {build["site_id"]: build["period"] for build in plan["builds"]}
    kg = {
        period: {round(row["dispensed_kg_per_d"], 2) for row in plan["stations"] if at.get(row["site_id"]) == period}
        for period in (2027, 2030)
    }
    assert {row["name"][:2] for row in plan["stations"] if at.get(row["site_id"]) == 2027} == {"香炉", "阳逻"}
    assert {row["site_id"] for row in plan["stations"] if at.get(row["site_id"]) == 2030} == {
        "hub-transfar",
        "port-wuhu",
    }
    old, young = 2000 * 0.75 * 0.98, 2000 * 0.75 * 0.98 * 0.7
    assert kg == {2027: {round(old, 2)}, 2030: {round(young, 2)}}
    assert numbers(ramp) == [
        *("2030", "2027", "2,000", "0.75", "0.98", "1", *whole(old)),
        *("2030", "2,000", "0.75", "0.98", "0.7", *whole(young)),
    ]

    weights = shown(first["weight_yr"], second["weight_yr"], digits=5)
    assert first["weight_yr"] == pytest.approx(1 + 1 / 1.06 + 1 / 1.06**2)
    assert second["weight_yr"] == pytest.approx(first["weight_yr"] / 1.06**3)
    costs = [row["annual_cost_cny_per_yr"] / m for row in (first, second)]
    goal = by_id(plan["goals"], "name")["present_cost_cny"]["value"] / m
    parts = [float(weights[n]) * round(costs[n], 3) for n in range(2)]
    assert sum(round(part, 1) for part in parts) == pytest.approx(round(goal, 1))
    yearly_shown = shown(*costs, digits=3)
    assert numbers(cost) == [
        *(
            "6",
            "2027",
            "2029",
            "1",
            "1",
            "1.06",
            "1",
            "1.06",
            weights[0],
            "2030",
            "2032",
            weights[0],
            "1.06",
            weights[1],
        ),
        *(weights[0], yearly_shown[0], weights[1], yearly_shown[1], *shown(*parts, goal, digits=1)),
    ]


def test_the_sums_of_the_supply_page_are_those_of_the_run(run: Callable[[str], Plan]) -> None:
    plan = run("demo-supply")
    sold, tubes, levelised = paragraphs("supply.md", "Three places where the numbers add up by hand")
    into = by_id(plan["deliveries"], "destination")
    source = by_id(plan["source_use"], "source_id")
    qingshan = ("port-wuhu", "port-yangluo", "hub-shekou", "hub-xianglushan", "h2-gexin-avenue", "h2-qunli")
    kg = {name: row["kg_per_d"] for name, row in into.items()}
    for station in plan["stations"]:
        assert station["dispensed_kg_per_d"] == pytest.approx(kg.get(station["site_id"], 0.0), abs=1e-5)
    both = [source[name]["sold_kg_per_d"] for name in ("source-qingshan-joint", "source-gehua-zhongji")]
    assert {name for name, row in into.items() if row["origin"] == "source-qingshan-joint"} == set(qingshan)
    assert sum(kg[name] for name in qingshan) == pytest.approx(both[0])
    assert kg["port-wuhu"] == pytest.approx(kg["port-yangluo"])
    assert kg["hub-shekou"] == pytest.approx(kg["hub-xianglushan"])
    served = plan["figures"]["served_kg_per_d"]
    assert sum(both) == pytest.approx(served)
    assert numbers(sold) == shown(
        *(kg[name] for name in qingshan if name not in {"port-yangluo", "hub-xianglushan"}),
        *(*both, *both, served),
        digits=2,
    )

    leg = into["port-yangluo"]
    assert leg["cny_per_kg"] == pytest.approx(6.3 + (leg["km"] - 100) * 9.9 / 400)
    assert numbers(tubes) == [
        *("6.3", "100", "16.2", "500", "300", "6.3", "200", "16.2", "6.3", "400", f"{6.3 + 200 * 9.9 / 400:.2f}"),
        *shown(leg["km"], digits=2),
        *("6.3", *shown(100 - leg["km"], digits=2), "9.9", "400", *shown(leg["cny_per_kg"], digits=3)),
    ]

    figures = plan["figures"]
    station, supply = figures["station_cost_cny_per_yr"], figures["supply_cost_cny_per_yr"]
    assert (station + supply) / (served * 330) == pytest.approx(figures["lcoh_cny_per_kg"])
    assert numbers(levelised) == [
        *shown(station / 1e6, supply / 1e6, digits=3),
        *(*shown(served, digits=2), "330", *shown(figures["lcoh_cny_per_kg"], digits=2)),
    ]


def test_the_sums_of_the_policy_page_are_those_of_the_run(run: Callable[[str], Plan]) -> None:
    plan = run("demo-years")
    promise, loss, alone = paragraphs("policy-and-resilience.md", "Three sums from a run")
    district = by_id(plan["districts"], "district")["新洲区"]
    wants, served = district["demand_kg_per_d"], district["served_kg_per_d"]
    rules = {rule["about"]: rule for rule in plan["rules"]}
    assert rules["served_share"]["reached"] == f"{served / wants:.1%}"
    assert rules["served_share"]["asked"] == "≥ 30.0%"
    assert (rules["stations"]["reached"], rules["stations"]["asked"]) == (str(district["stations"]), "≥ 2")
    assert {row["site_id"] for row in plan["stations"] if row["district"] == "新洲区"} == {
        "hub-xianglushan",
        "port-yangluo",
    }
    assert numbers(promise) == [
        *shown(wants, served, served, wants, digits=2),
        *(f"{100 * served / wants:.1f}", "30.0", str(district["stations"]), "2"),
    ]

    worst, all_served = plan["losses"][0], plan["figures"]["served_kg_per_d"]
    assert worst["lost_id"] == "hub-xianglushan"
    gone = by_id(plan["stations"])["hub-xianglushan"]["dispensed_kg_per_d"]
    still = worst["served_kg_per_d"]
    assert all_served - gone == pytest.approx(still, abs=0.005)
    assert numbers(loss) == [
        *shown(all_served, gone, digits=2),
        *("30", *shown(all_served, gone, still, still, all_served, digits=2), f"{100 * worst['still_share']:.1f}"),
    ]

    load = by_id(plan["nearest"])["hub-transfar"]
    assert load["nearest_kg_per_d"] - load["usable_kg_per_d"] == pytest.approx(load["overload_kg_per_d"])
    assert numbers(alone) == shown(
        load["nearest_kg_per_d"], load["usable_kg_per_d"], load["overload_kg_per_d"], digits=2
    )
