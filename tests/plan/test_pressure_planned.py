"""35 and 70 MPa from the tables to the plan: told for each station, held by the re-check, shown by every output."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

from h2plan import plugins
from h2plan.cli import app
from h2plan.errors import InputError
from h2plan.plan import backdrop
from h2plan.plan.certificate import write_certificate
from h2plan.plan.files import read_plan
from h2plan.plan.network_rows import StationEquipment
from h2plan.plan.results import Plan
from h2plan.plan.verify import verify
from h2plan.prepare import prepare
from h2plan.project import load
from tests.plan.equipped_project import EQUIPMENT, TABLE, TAXIS, equipped, equipped_years, fitted_later, with_built
from tests.plan.phased_project import phased, plan_results
from tests.plan.tiny_project import FILES, SCENARIO, SCENARIO_FILE, with_input, write_project

Raw = dict[str, Any]


@pytest.fixture(scope="module")
def planned(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return plan_results(tmp_path_factory.mktemp("fitted"), changes=fitted_later())


@pytest.fixture
def results(planned: Path, tmp_path: Path) -> Path:
    copy = tmp_path / "results"
    shutil.copytree(planned, copy)
    return copy


def told(plan: Plan, period: int) -> dict[str, StationEquipment]:
    return {row.site_id: row for row in plan.at(period).equipment}


def test_a_station_is_fitted_later_than_it_opens_and_passes_its_re_check(planned: Path) -> None:
    plan, certificate = read_plan(planned), verify(planned)
    assert certificate.failed == ()
    assert "pressure_kept" in [check.family for check in certificate.checks]
    first, middle, last = (told(plan, year) for year in plan.periods)
    assert not any(row.at_70_mpa for row in first.values())
    name = next(name for name, row in middle.items() if row.at_70_mpa)
    assert (middle[name].fitted_yr, middle[name].fit_capex_cny) == (2028, 1e6)
    assert (last[name].fitted_yr, last[name].fit_capex_cny) == (2028, 2e6)
    builds = {(row.period, row.what): row for row in plan.builds if row.site_id == name}
    assert builds[2028, "fit"].capex_cny == 1e6
    # from S300 to S500: 4 M CNY with a premium of a fifth, and 1 M more for 70 MPa
    assert builds[2030, "upgrade"].capex_cny == pytest.approx(1.2 * 4e6 + 1e6)
    station = next(row for row in plan.stations if row.site_id == name)
    assert station.capex_cny == pytest.approx(6e6 + 1e6 + 5.8e6)


def test_taxis_fill_where_a_station_is_fitted_and_nowhere_else(planned: Path) -> None:
    plan = read_plan(planned)
    for year in plan.periods:
        at = plan.at(year)
        gives = {row.site_id for row in at.equipment if row.at_70_mpa}
        taxis = {row.id for row in at.demand if row.vehicle_class == "taxi"}
        served = [row for row in at.allocations if row.demand_id in taxis]
        assert {row.site_id for row in served} <= gives
        assert sum(row.high_kg_per_d or 0.0 for row in at.equipment) == pytest.approx(
            sum(row.kg_per_d for row in served)
        )
    assert sum(row.high_kg_per_d or 0.0 for row in plan.equipment) > 0


@pytest.mark.parametrize("said", ["yes", "no", ""])
def test_a_station_that_stands_has_what_its_row_says(tmp_path: Path, said: str) -> None:
    results = plan_results(tmp_path, changes=with_built(equipped(), said))
    old = told(read_plan(results), 2030)["h2-b"]
    assert (old.at_70_mpa, old.pressure_assumed) == (said == "yes", said == "")
    assert any("taken as 35 MPa only: 老站" in note for note in read_plan(results).notes) == (said == "")
    assert verify(results).failed == ()


def test_where_no_vehicle_needs_70_mpa_nothing_changes(tmp_path: Path) -> None:
    """The plan is the same to the byte but for its inputs, whether or not the scenario names its equipment."""
    named = SCENARIO.replace("station_sizes:", f"station_equipment: {EQUIPMENT}\nstation_sizes:")
    plain = plan_results(tmp_path / "plain", changes={SCENARIO_FILE: SCENARIO})
    more = plan_results(tmp_path / "more", changes={SCENARIO_FILE: named, EQUIPMENT: TABLE})
    texts = [json.loads((folder / "plan.json").read_text(encoding="utf-8")) for folder in (plain, more)]
    assert "equipment" not in texts[0]
    for text in texts:
        text.pop("inputs")
    assert json.dumps(texts[0]) == json.dumps(texts[1])
    assert "pressure_kept" not in [check.family for check in verify(plain).checks]
    assert verify(more).failed == ()


def test_without_a_table_pressure_is_set_aside_and_the_plan_says_so(tmp_path: Path) -> None:
    files = {**TAXIS, SCENARIO_FILE: SCENARIO}
    plan = read_plan(plan_results(tmp_path, changes=files))
    assert plan.equipment == ()
    note = next(note for note in plan.notes if "70 MPa" in note)
    assert note.startswith("150 kg/d of 2030 fill at 70 MPa; pressure is set aside")


def test_other_models_set_pressure_aside_and_say_so(tmp_path: Path) -> None:
    scenario = SCENARIO.replace(
        "model: {use: network_design, objective: coverage}", "model: {use: max_cover, size_id: S500}"
    )
    files = equipped(scenario.replace("  budget_cny: 20000000\n  served_share_min: 0.5\n", ""))
    results = plan_results(tmp_path, changes=files)
    plan = read_plan(results)
    assert plan.equipment == ()
    assert any("pressure is set aside" in note for note in plan.notes)
    assert verify(results).failed == ()


def decided_files(said: str) -> dict[str, str]:
    years = "years:\n  decided: {until: 2026, stations: data/decided.csv}\n  source: made up\n"
    rows = f"site_id,period,size_id,at_70_mpa\nport-e,2026,S300,{said}\n"
    return {**equipped_years(phased(years=years)), "data/decided.csv": rows}


@pytest.mark.parametrize("said", ["yes", "no"])
def test_what_is_decided_is_fitted_as_decided(tmp_path: Path, said: str) -> None:
    results = plan_results(tmp_path, changes=decided_files(said))
    assert told(read_plan(results), 2026)["port-e"].at_70_mpa == (said == "yes")
    assert verify(results).failed == ()


def _again(planned: Path, folder: Path, decided: str, *, table: str | None = None) -> Path:
    """Plan the same years with the first two decided, by the plan made before or by a table made from it."""
    files = fitted_later()
    files[SCENARIO_FILE] = files[SCENARIO_FILE].replace("years:\n", f"years:\n{decided}")
    write_certificate(planned, verify(planned))
    for name in ("plan.json", "certificate.json"):
        files[f"results/old/{name}"] = (planned / name).read_text(encoding="utf-8")
    if table is not None:
        files["data/decided.csv"] = table
    return plan_results(folder, changes=files)


def test_what_an_earlier_plan_has_fitted_is_decided(planned: Path, tmp_path: Path) -> None:
    results = _again(planned, tmp_path, "  decided_from: {plan: results/old, through: 2028}\n")
    plan, before = read_plan(results), read_plan(planned)
    for year in (2026, 2028):
        fits = [{name for name, row in told(of, year).items() if row.at_70_mpa} for of in (plan, before)]
        assert fits[0] == fits[1]
    assert verify(results).failed == ()


def test_a_table_made_of_an_earlier_plan_says_what_is_fitted(planned: Path, tmp_path: Path) -> None:
    write_certificate(planned, verify(planned))
    file = tmp_path / "decided.csv"
    run = CliRunner().invoke(app, ["decided", str(planned), "--through", "2028", "--out", str(file)])
    assert run.exit_code == 0, run.output
    table = file.read_text(encoding="utf-8")
    name = _fitted(json.loads((planned / "plan.json").read_text(encoding="utf-8")))
    assert f"{name},2028,S300,yes,tiny" in table.splitlines()
    assert f"{name}  S300  70 MPa" in run.output
    decided = "  decided: {until: 2028, stations: data/decided.csv}\n"
    results = _again(planned, tmp_path / "again", decided, table=table)
    assert told(read_plan(results), 2028)[name].at_70_mpa
    assert verify(results).failed == ()


def test_70_mpa_that_is_decided_but_cannot_be_fitted_is_refused(tmp_path: Path) -> None:
    files = decided_files("yes")
    files[EQUIPMENT] = TABLE.replace("1000000,80000", ",")
    with pytest.raises(InputError, match=r"port-e: is decided to fill at 70 MPa in 2026, and no cost is given"):
        plan_results(tmp_path, changes=files)


# Whoever changes the plan by hand is found out


def gear(plan: Raw, number: int) -> Raw:
    year = plan if number == 2 else plan["earlier"][number]
    return next(row for row in year["equipment"] if row["site_id"] == _fitted(plan))


def _fitted(plan: Raw) -> str:
    return str(next(row["site_id"] for row in plan["equipment"] if row["at_70_mpa"]))


def _low(plan: Raw) -> Raw:
    rows: list[Raw] = plan["equipment"]
    return next(row for row in rows if not row["at_70_mpa"])


def _send_taxis(plan: Raw) -> None:
    taxis = {row["id"] for row in plan["demand"] if row["vehicle_class"] == "taxi"}
    row = next(row for row in plan["allocations"] if row["demand_id"] in taxis)
    row["site_id"] = _low(plan)["site_id"]


TAMPERED: dict[str, tuple[str, Callable[[Raw], Any]]] = {
    "a station said to give 70 MPa that was not fitted": ("pressure_kept", lambda p: _low(p).update(at_70_mpa=True)),
    "70 MPa gone in the last year": ("pressure_kept", lambda p: gear(p, 2).update(at_70_mpa=False)),
    "70 MPa before it was fitted": ("money_kept", lambda p: gear(p, 0).update(at_70_mpa=True)),
    "taxis sent where they cannot fill": ("pressure_kept", _send_taxis),
    "70 MPa for nothing": ("pressure_kept", lambda p: gear(p, 1).update(fit_capex_cny=0.0)),
    "fitted in another year": ("pressure_kept", lambda p: gear(p, 2).update(fitted_yr=2026)),
    "more dispensed at 70 MPa": ("pressure_kept", lambda p: gear(p, 2).update(high_kg_per_d=99.0)),
    "what is not known called known": (
        "pressure_kept",
        lambda p: next(row for row in p["equipment"] if row["pressure_assumed"]).update(pressure_assumed=False),
    ),
    "a station without its equipment": ("pressure_kept", lambda p: p["equipment"].pop()),
    "equipment left out altogether": ("pressure_kept", lambda p: p.pop("equipment")),
    "fitting left out of what is built": (
        "builds_told",
        lambda p: p.update(builds=[row for row in p["builds"] if row["what"] != "fit"]),
    ),
    "fitting for less": (
        "builds_told",
        lambda p: next(row for row in p["builds"] if row["what"] == "fit").update(capex_cny=1.0),
    ),
    "a station cheaper by its 70 MPa": (
        "figures_add_up",
        lambda p: next(row for row in p["stations"] if row["site_id"] == _fitted(p)).update(capex_cny=10.8e6),
    ),
}


@pytest.mark.parametrize("name", TAMPERED)
def test_tampering_is_found(results: Path, name: str) -> None:
    family, spoil = TAMPERED[name]
    file = results / "plan.json"
    plan = json.loads(file.read_text(encoding="utf-8"))
    spoil(plan)
    file.write_text(json.dumps(plan), encoding="utf-8")
    assert family in {check.family for check in verify(results).failed}


def test_dearer_equipment_in_the_inputs_is_found(results: Path) -> None:
    table = TABLE.replace("1000000,80000", "1500000,80000")
    certificate = with_input(results, read_plan(results), EQUIPMENT, table)
    assert {"pressure_kept", "figures_add_up", "money_kept"} <= {check.family for check in certificate.failed}


def test_a_size_that_may_not_be_fitted_is_found(results: Path) -> None:
    table = TABLE.replace("2000000,160000", ",")
    certificate = with_input(results, read_plan(results), EQUIPMENT, table)
    assert "pressure_kept" in {check.family for check in certificate.failed}


# Bad input


@pytest.mark.parametrize(
    ("old", "new", "words"),
    [
        ("S500,2000000,160000", "S900,2000000,160000", "'S900' is no size of data/station_sizes.csv"),
        ("1000000,80000", ",80000", "fit_70_capex_cny: is blank, the other cost of 70 MPa is not"),
        ("1000000,80000", "-5,80000", "fit_70_capex_cny"),
        ("S500,2000000", "S300,2000000", "S300"),
    ],
)
def test_a_faulty_table_is_refused(tmp_path: Path, old: str, new: str, words: str) -> None:
    project = load(write_project(tmp_path, changes=equipped(table=TABLE.replace(old, new))))
    with pytest.raises(InputError) as refused:
        prepare(project)
    assert words in str(refused.value)


def test_pressure_of_a_station_that_does_not_stand_is_refused(tmp_path: Path) -> None:
    ports = (
        FILES["data/ports.csv"].replace("source,verified", "source,verified,built_70_mpa").replace("yes\n", "yes,no\n")
    )
    project = load(write_project(tmp_path, changes={**equipped(), "data/ports.csv": ports}))
    with pytest.raises(InputError, match="built_70_mpa: is no although built is no"):
        prepare(project)


def test_nobody_to_fill_at_70_mpa_is_refused_before_the_solver(tmp_path: Path) -> None:
    table = TABLE.replace("1000000,80000", ",").replace("2000000,160000", ",")
    with pytest.raises(InputError, match=r"120 kg/d need 70 MPa .* no site in their reach gives it or may be fitted"):
        plan_results(tmp_path, changes=equipped(table=table))


# What the reader sees


@pytest.mark.parametrize("language", ["zh", "en"])
def test_every_output_tells_of_pressure(planned: Path, tmp_path: Path, language: str) -> None:
    from openpyxl import load_workbook

    project = load(write_project(tmp_path / "project", changes=fitted_later()))
    plan = read_plan(planned)
    drawn = backdrop.draw(prepare(project), plan)
    out = tmp_path / "out"
    out.mkdir()
    for use in ("map", "report", "workbook", "sheets", "csv_tables"):
        module = plugins.find("outputs", use)
        raw = {"language": language, **({"edition": "internal"} if use != "map" else {})}
        known = module.Options.model_fields
        module.write(plan, drawn, out, module.Options(**{key: text for key, text in raw.items() if key in known}))
    words = {
        "zh": ("加注设备与压力", "加装70 MPa", "可加注70 MPa"),
        "en": ("Equipment and pressure", "fitted for 70 MPa", "Fills at 70 MPa"),
    }
    report = next(out.rglob("report*.html")).read_text(encoding="utf-8")
    assert all(word in report for word in words[language])
    sheet = load_workbook(next(out.rglob("plan*.xlsx")))["加注设备" if language == "zh" else "station equipment"]
    assert sheet.max_row == 1 + sum(len(plan.at(year).equipment) for year in plan.periods)
    sheets = next(out.rglob("sheets*.html")).read_text(encoding="utf-8")
    assert ("可加注70 MPa" if language == "zh" else "fills at 70 MPa") in sheets
    page = next(out.rglob("map*.html")).read_text(encoding="utf-8")
    assert "可加注70 MPa" in page or "70 MPa" in page
