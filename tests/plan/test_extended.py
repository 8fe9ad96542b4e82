"""Stations that stand are extended where the scenario allows it: built, paid, shown, re-checked, refused."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from h2plan.errors import InfeasibleError, InputError
from h2plan.extending import extends_at, steps
from h2plan.optimise import optimise
from h2plan.outputs._map_years import STATUS, _status
from h2plan.outputs._report_network import WHAT, years
from h2plan.plan.certificate import write_certificate
from h2plan.plan.files import read_plan
from h2plan.plan.results import Plan
from h2plan.plan.verify import verify
from h2plan.prepare import prepare
from h2plan.problem import Problem
from h2plan.project import load
from h2plan.refuse_years import check_years
from h2plan.solve.highs import SolverOptions
from h2plan.terminal_years import years as table_of_years
from tests.plan.phased_project import YEARS, phased, phased_policy, phased_supply, plan_results
from tests.plan.tiny_project import FILES, SCENARIO_FILE, with_input, write_project

Raw = dict[str, Any]
EXTENDING = "years:\n  extend_standing: true\n"
GROWING = YEARS.replace("years:\n", EXTENDING).replace("7000000", "14000000")
LAST = 2


@pytest.fixture(scope="module")
def planned(tmp_path_factory: pytest.TempPathFactory) -> Path:
    results = plan_results(tmp_path_factory.mktemp("extended"), changes={SCENARIO_FILE: phased(years=GROWING)})
    write_certificate(results, verify(results))
    return results


@pytest.fixture
def results(planned: Path, tmp_path: Path) -> Path:
    copy = tmp_path / "results"
    shutil.copytree(planned, copy)
    return copy


def problem(folder: Path, **changes: str) -> Problem:
    files = {name.replace("__", "/"): text for name, text in changes.items()}
    return prepare(load(write_project(folder, changes={SCENARIO_FILE: phased(years=GROWING), **files}))).problem


def test_a_standing_station_is_extended_at_the_cost_of_the_difference(planned: Path) -> None:
    """200 kg/d are worth 4 M CNY on the line from nothing to S300 (6 M); with 20 % premium the rest costs 2.4 M."""
    plan = read_plan(planned)
    first = plan.builds[0]
    assert (first.period, first.what, first.site_id) == (2026, "extend", "h2-b")
    assert (first.size_before, first.size_after, first.capacity_added_kg_per_d) == ("built", "S300", 100.0)
    assert first.capex_cny == pytest.approx(2.4e6)
    assert plan.money[0].spent_cny == pytest.approx(8.4e6)  # and the port, 6 M
    station = next(row for row in plan.stations if row.site_id == "h2-b")
    assert (station.built, station.size_id, station.capacity_kg_per_d) == (True, "S300", 300.0)
    recovery = 0.05 / (1 - 1.05**-10)
    running = 400_000 * (1 - 200 / 300)  # operation on the same line
    assert station.annual_cost_cny_per_yr == pytest.approx(2.4e6 * recovery + running)
    assert station.dispensed_kg_per_d <= 0.95 * 0.75 * (200 + 100) * (1 + 1e-6)


def test_young_capacity_alone_is_still_on_its_ramp(planned: Path) -> None:
    """In 2026 the 200 that stand count whole, the 100 added by 0.8."""
    station = next(row for row in read_plan(planned).at(2026).stations if row.site_id == "h2-b")
    assert station.dispensed_kg_per_d <= 0.75 * 0.95 * (200 + 0.8 * 100) * (1 + 1e-6)


def test_the_plan_passes_and_counts_no_new_station(planned: Path) -> None:
    assert verify(planned).failed == ()
    figures = read_plan(planned).figures
    assert (figures.stations_built, figures.stations_new) == (2, 2)  # one of the two at no known position


def test_without_the_option_what_stands_stays(tmp_path: Path) -> None:
    results = plan_results(tmp_path, changes={SCENARIO_FILE: phased(years=GROWING.replace(EXTENDING, "years:\n"))})
    plan = read_plan(results)
    assert {row.what for row in plan.builds} <= {"open", "upgrade"}
    assert {row.size_id for row in plan.stations if row.built} == {"built"}


def test_map_report_and_terminal_say_extended(planned: Path) -> None:
    plan = read_plan(planned)
    station = next(row for row in plan.at(2026).stations if row.site_id == "h2-b")
    assert _status(station, None, {"h2-b"}) == "extended"
    assert STATUS["extended"].zh == "已建站本年扩容"
    assert WHAT["extend"].zh == "已建站扩能"
    assert [year.upgraded for year in years(plan)] == [1, 0, 1]
    assert [str(cell) for cell in table_of_years(plan).columns[2].cells] == ["1", "0", "1"]


@pytest.mark.parametrize("capacity", [100.0, 200.0, 300.0, 400.0, 500.0, 700.0])
def test_what_stands_is_worth_what_lies_on_the_line_between_the_sizes(tmp_path: Path, capacity: float) -> None:
    rows = FILES["data/hydrogen_stations.csv"].replace("100,yes,200", f"100,yes,{capacity:g}")
    year = problem(tmp_path, **{"data__hydrogen_stations.csv": rows})
    worth = float(np.interp(capacity, [0.0, 300.0, 500.0], [0.0, 6e6, 10e6]))
    found = {k: step.capex_cny for (_, k), step in steps(year).items()}
    assert found == pytest.approx({k: cny - worth for k, kg, cny in SIZES if kg > capacity})


SIZES = (("S300", 300.0, 6e6), ("S500", 500.0, 10e6))


def limited(largest: str) -> str:
    head, first, *rest = FILES["data/hydrogen_stations.csv"].splitlines()
    return "\n".join([f"{head},max_kg_per_d", f"{first},{largest}", *(f"{row}," for row in rest)]) + "\n"


def test_land_bounds_an_extension(tmp_path: Path) -> None:
    assert extends_at(problem(tmp_path / "free")) == {"h2-b": ("S300", "S500")}
    assert extends_at(problem(tmp_path / "a", **{"data__hydrogen_stations.csv": limited("400")})) == {"h2-b": ("S300",)}
    assert extends_at(problem(tmp_path / "b", **{"data__hydrogen_stations.csv": limited("250")})) == {}


def test_nothing_grows_in_a_barred_area(tmp_path: Path) -> None:
    over = FILES["data/lake.geojson"].replace("114.64", "114.38").replace("114.66", "114.42")
    assert extends_at(problem(tmp_path, **{"data__lake.geojson": over})) == {}


@pytest.mark.parametrize(
    ("old", "new"),
    [
        (EXTENDING, EXTENDING + "  upgrades: false\n"),
        (EXTENDING, EXTENDING + "  closing: true\n"),
    ],
)
def test_an_extension_goes_with_upgrades_and_without_closing(tmp_path: Path, old: str, new: str) -> None:
    text = phased(years=EXTENDING + "  source: made up\n").replace(old, new)
    with pytest.raises(InputError, match="extend_standing is an upgrade of what stands"):
        load(write_project(tmp_path, changes={SCENARIO_FILE: text}))


def test_a_floor_beyond_every_extension_is_refused_with_numbers(tmp_path: Path) -> None:
    text = phased(years=GROWING).replace(
        "2030: {served_share_min: 0.6}", "2030: {served_share_min: 0.95, stations_max: 3}"
    )
    asked = prepare(load(write_project(tmp_path, changes={SCENARIO_FILE: text}))).problem
    with pytest.raises(InfeasibleError, match="the largest stations within the limits dispense 750 kg/d"):
        optimise(
            asked,
            model="network_design",
            options={},
            solver=SolverOptions(gap=0.0, limit_s=30.0, threads=1, seed=0),
            in_process=True,
        )


@pytest.mark.parametrize(("field", "named"), [("at_70_mpa", "demand at 70 MPa"), ("peak_kg_per_h", "limits.peak_hour")])
def test_what_an_extension_brings_of_pressure_and_hours_is_refused_not_guessed(
    tmp_path: Path, field: str, named: str
) -> None:
    free = problem(tmp_path)
    assert free.phasing is not None
    none = np.zeros(len(free.sizes.ids))
    sizes = replace(free.sizes, fit_70_capex_cny=none, fit_70_cny_per_yr=none)
    asked = replace(free, sizes=sizes, **{field: np.zeros(len(free.demand_ids))})  # type: ignore[arg-type]
    with pytest.raises(InputError, match=f"extend_standing: is not known together with {named}"):
        check_years([*free.earlier, asked], free.phasing)


def of_year(plan: Raw, number: int) -> Raw:
    return plan if number == LAST else plan["earlier"][number]


def station(plan: Raw, number: int) -> Raw:
    return next(row for row in of_year(plan, number)["stations"] if row["site_id"] == "h2-b")


def extension(plan: Raw) -> Raw:
    return next(row for row in plan["builds"] if row["what"] == "extend")


TAMPERED: dict[str, tuple[str, Callable[[Raw], object]]] = {
    "larger than its size": ("one_size_per_site", lambda p: station(p, LAST).update(capacity_kg_per_d=320.0)),
    "called new": ("sites_real", lambda p: station(p, LAST).update(built=False)),
    "extended for nothing": ("figures_add_up", lambda p: station(p, 1).update(capex_cny=0.0)),
    "run for nothing": ("figures_add_up", lambda p: station(p, 1).update(annual_cost_cny_per_yr=0.0)),
    "as it stood again": (
        "stations_follow",
        lambda p: station(p, LAST).update(size_id="built", capacity_kg_per_d=200.0),
    ),
    "smaller than it was": (
        "one_size_per_site",
        lambda p: station(p, LAST).update(size_id="S300", capacity_kg_per_d=200.0),
    ),
    "an extension left out": ("builds_told", lambda p: p["builds"].remove(extension(p))),
    "an extension without its premium": ("builds_told", lambda p: extension(p).update(capex_cny=2e6)),
    "an extension called an upgrade": ("builds_told", lambda p: extension(p).update(what="upgrade")),
    "an extension from another size": ("builds_told", lambda p: extension(p).update(size_before="S300")),
    "an extension of more": ("builds_told", lambda p: extension(p).update(capacity_added_kg_per_d=300.0)),
    "money that does not count it": ("money_kept", lambda p: p["money"][0].update(spent_cny=6e6)),
    "a larger legal size": (
        "sites_real",
        lambda p: next(v for v in p["verdicts"] if v["site_id"] == "h2-b").update(max_kg_per_d=900.0),
    ),
}
QUICK = frozenset({"extended for nothing", "an extension left out", "a larger legal size", "as it stood again"})


@pytest.mark.parametrize(
    "what", [pytest.param(what, marks=() if what in QUICK else (pytest.mark.deep,)) for what in TAMPERED]
)
def test_a_change_by_hand_is_found_in_its_family(results: Path, what: str) -> None:
    family, change = TAMPERED[what]
    file = results / "plan.json"
    plan = json.loads(file.read_text(encoding="utf-8"))
    change(plan)
    file.write_text(json.dumps(plan), encoding="utf-8")
    assert family in {check.family for check in verify(results).failed}


@pytest.mark.parametrize(
    ("family", "name", "text"),
    [
        ("one_size_per_site", SCENARIO_FILE, phased(years=GROWING.replace(EXTENDING, "years:\n"))),
        ("one_size_per_site", "data/hydrogen_stations.csv", limited("250")),
        ("money_kept", SCENARIO_FILE, phased(years=GROWING.replace("share: 0.2", "share: 0.3"))),
    ],
)
def test_a_plan_that_extends_what_its_inputs_do_not_allow_is_found(
    results: Path, family: str, name: str, text: str
) -> None:
    certificate = with_input(results, read_plan(results), name, text)
    assert family in {check.family for check in certificate.failed}


@pytest.mark.parametrize("files", [phased_supply, phased_policy])
def test_extensions_go_with_supply_and_policy(tmp_path: Path, files: Callable[[], dict[str, str]]) -> None:
    """One more station is allowed beside the two that stand, so that one of these is extended."""
    changes = files()
    text = changes[SCENARIO_FILE]
    assert YEARS in text
    text = text.replace(YEARS, GROWING).replace("stations_max: 4", "stations_max: 3")
    results = plan_results(tmp_path, changes={**changes, SCENARIO_FILE: text})
    assert verify(results).failed == ()
    assert "extend" in {row.what for row in read_plan(results).builds}


def test_an_extension_that_an_earlier_plan_decided_stands(planned: Path, tmp_path: Path) -> None:
    kept = {f"results/old/{name}": (planned / name).read_text(encoding="utf-8") for name in CERTIFIED}
    decided = EXTENDING + "  decided_from: {plan: results/old, through: 2028}\n"
    text = phased(years=GROWING.replace(EXTENDING, decided))
    again = plan_results(tmp_path / "again", changes={SCENARIO_FILE: text, **kept})
    plan: Plan = read_plan(again)
    assert [(row.period, row.what, row.site_id) for row in plan.builds if row.frozen] == [
        (2026, "extend", "h2-b"),
        (2026, "open", "port-e"),
        (2028, "open", "hub-c"),
    ]
    assert verify(again).failed == ()
    standing = text.replace("  extend_standing: true\n", "")
    with pytest.raises(InputError, match="h2-b: 200 kg/d stand there by now, and 300 kg/d are decided"):
        prepare(load(write_project(tmp_path / "not", changes={SCENARIO_FILE: standing, **kept})))


CERTIFIED = ("plan.json", "certificate.json")
