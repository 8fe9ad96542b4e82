"""Dispensers and the busiest hour from the tables to the plan: told for each station, held by the re-check, shown."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from h2plan import plugins
from h2plan.errors import InputError
from h2plan.plan import backdrop
from h2plan.plan.files import read_plan
from h2plan.plan.verify import verify
from h2plan.prepare import prepare
from h2plan.project import load
from tests.plan.equipped_project import EQUIPMENT, HOURS, PEAKS, PROFILES, equipped, fitted_later, hourly
from tests.plan.phased_project import plan_results
from tests.plan.tiny_project import FILES, SCENARIO, SCENARIO_FILE, with_input, write_project

Raw = dict[str, Any]
NO_TAXIS = {
    **FILES,
    SCENARIO_FILE: SCENARIO.replace("station_sizes:", f"station_equipment: {EQUIPMENT}\nstation_sizes:"),
}


@pytest.fixture(scope="module")
def planned(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return plan_results(tmp_path_factory.mktemp("hours"), changes=hourly(fitted_later()))


@pytest.fixture
def results(planned: Path, tmp_path: Path) -> Path:
    copy = tmp_path / "results"
    shutil.copytree(planned, copy)
    return copy


def test_every_station_is_told_with_its_busiest_hour_and_passes(planned: Path) -> None:
    plan, certificate = read_plan(planned), verify(planned)
    assert certificate.failed == ()
    assert {"pressure_kept", "peak_hour_kept"} <= {check.family for check in certificate.checks}
    classes = {"bus": 0.1, "tractor": 0.05, "taxi": 1 / 24}
    for year in plan.periods:
        at = plan.at(year)
        by_id = {row.id: row for row in at.demand}
        for row in at.equipment:
            given = [given for given in at.allocations if given.site_id == row.site_id]
            load = sum(each.kg_per_d * classes[by_id[each.demand_id].vehicle_class] for each in given)
            assert row.peak_kg_per_h == pytest.approx(load)
            assert row.peak_max_kg_per_h is not None
            assert row.peak_use == pytest.approx(load / row.peak_max_kg_per_h)
            assert load <= row.peak_max_kg_per_h * (1 + 1e-6)
    sizes = {station.site_id: station.size_id for station in plan.stations}
    for row in plan.equipment:
        wanted = {"S300": (1, 12.0), "S500": (2, 18.0), "built": (None, 8.0)}[sizes[row.site_id]]
        # 200 kg/d stand at h2-b, and S300 holds them: 12 x 200 / 300 = 8
        assert (row.dispensers, row.peak_max_kg_per_h) == (wanted[0], pytest.approx(wanted[1]))


def test_hours_without_pressure_tell_nothing_of_pressure(tmp_path: Path) -> None:
    plan = read_plan(plan_results(tmp_path, changes=hourly(NO_TAXIS)))
    assert plan.equipment
    assert all(row.at_70_mpa is None and row.peak_kg_per_h is not None for row in plan.equipment)
    assert plan.question["peak_hour"] == "yes"
    assert any("do not say what they give in their busiest hour" in note for note in plan.notes)


def test_fewer_kg_are_served_where_an_hour_is_short(tmp_path: Path) -> None:
    short = PEAKS.replace("S500,2,18,", "S500,2,6,").replace("S300,1,12,", "S300,1,4,")
    files = {**NO_TAXIS, SCENARIO_FILE: NO_TAXIS[SCENARIO_FILE].replace("  served_share_min: 0.5\n", "")}
    roomy, tight = (
        plan_results(tmp_path / name, changes=hourly(files, table=table))
        for name, table in (("a", PEAKS), ("b", short))
    )
    assert read_plan(tight).figures.served_kg_per_d < read_plan(roomy).figures.served_kg_per_d
    assert verify(tight).failed == ()
    assert max(row.peak_use or 0.0 for row in read_plan(tight).equipment) == pytest.approx(1.0)


def test_what_a_station_that_stands_says_counts(tmp_path: Path) -> None:
    head, *rows = FILES["data/hydrogen_stations.csv"].splitlines()
    told = "\n".join(
        [
            f"{head},built_peak_kg_per_h,built_dispensers",
            *(f"{row},{'5,1' if row[:4] == 'h2-b' else ','}" for row in rows),
        ]
    )
    results = plan_results(tmp_path, changes=hourly({**NO_TAXIS, "data/hydrogen_stations.csv": told + "\n"}))
    old = next(row for row in read_plan(results).equipment if row.site_id == "h2-b")
    assert (old.dispensers, old.peak_max_kg_per_h, old.peak_assumed) == (1, 5.0, False)
    assert verify(results).failed == ()


# Whoever changes the plan by hand is found out


def first(plan: Raw) -> Raw:
    rows: list[Raw] = plan["equipment"]
    return next(row for row in rows if row["dispensers"] is not None)


TAMPERED: dict[str, Callable[[Raw], Any]] = {
    "a busiest hour with less in it": lambda p: first(p).update(peak_kg_per_h=1.0),
    "a busiest hour that could give more": lambda p: first(p).update(peak_max_kg_per_h=99.0),
    "less use than there is": lambda p: first(p).update(peak_use=0.1),
    "one dispenser more": lambda p: first(p).update(dispensers=9),
    "nothing told of an hour": lambda p: first(p).update(peak_kg_per_h=None),
    "what is assumed called known": lambda p: next(r for r in p["equipment"] if r["peak_assumed"]).update(
        peak_assumed=False
    ),
}


@pytest.mark.parametrize("name", TAMPERED)
def test_tampering_is_found(results: Path, name: str) -> None:
    file = results / "plan.json"
    plan = json.loads(file.read_text(encoding="utf-8"))
    TAMPERED[name](plan)
    file.write_text(json.dumps(plan), encoding="utf-8")
    assert "peak_hour_kept" in {check.family for check in verify(results).failed}


@pytest.mark.parametrize(
    ("file", "text"),
    [
        (EQUIPMENT, PEAKS.replace("S500,2,18,", "S500,2,9,")),
        (HOURS, PROFILES.replace("depot,8,0.1,", "depot,8,0.4,")),
    ],
)
def test_other_equipment_or_hours_in_the_inputs_are_found(results: Path, file: str, text: str) -> None:
    certificate = with_input(results, read_plan(results), file, text)
    assert "peak_hour_kept" in {check.family for check in certificate.failed}


# Bad input


@pytest.mark.parametrize(
    ("old", "new", "words"),
    [
        ("S500,2,18,", "S500,,,", "S500: limits.peak_hour asks for the busiest hour, and no peak_kg_per_h is given"),
        ("S500,2,18,", "S500,2,,", "peak_kg_per_h: is blank, the other figure of the busiest hour is not"),
        ("S500,2,18,", "S500,0,18,", "dispensers"),
        ("S500,2,18,", "S500,2,-1,", "peak_kg_per_h"),
    ],
)
def test_a_faulty_table_is_refused(tmp_path: Path, old: str, new: str, words: str) -> None:
    project = load(write_project(tmp_path, changes=hourly(table=PEAKS.replace(old, new))))
    with pytest.raises(InputError) as refused:
        prepare(project)
    assert words in str(refused.value)


@pytest.mark.parametrize("left_out", [f"  profiles: {HOURS}\n", f"station_equipment: {EQUIPMENT}\n"])
def test_hours_that_nobody_knows_are_refused(tmp_path: Path, left_out: str) -> None:
    files = hourly()
    file = write_project(tmp_path, changes={**files, SCENARIO_FILE: files[SCENARIO_FILE].replace(left_out, "")})
    with pytest.raises(InputError, match=r"limits.peak_hour needs station_equipment and fleet.profiles"):
        load(file)


def test_a_model_that_looks_at_no_hours_is_refused(tmp_path: Path) -> None:
    files = hourly()
    other = files[SCENARIO_FILE].replace(
        "model: {use: network_design, objective: coverage}", "model: {use: max_cover, size_id: S500}"
    )
    with pytest.raises(InputError, match="the model max_cover looks at no hours"):
        prepare(load(write_project(tmp_path, changes={**files, SCENARIO_FILE: other})))


def test_a_table_alone_asks_for_nothing(tmp_path: Path) -> None:
    """Dispensers in the table change nothing until the limits ask for the busiest hour."""
    plain = plan_results(tmp_path / "plain", changes=equipped())
    more = plan_results(tmp_path / "more", changes=equipped(table=PEAKS))
    texts = [json.loads((folder / "plan.json").read_text(encoding="utf-8")) for folder in (plain, more)]
    for text in texts:
        text.pop("inputs")
    assert json.dumps(texts[0]) == json.dumps(texts[1])


# What the reader sees


@pytest.mark.parametrize("language", ["zh", "en"])
def test_every_output_tells_of_the_busiest_hour(planned: Path, tmp_path: Path, language: str) -> None:
    project = load(write_project(tmp_path / "project", changes=hourly(fitted_later())))
    plan = read_plan(planned)
    drawn = backdrop.draw(prepare(project), plan)
    out = tmp_path / "out"
    out.mkdir()
    for use in ("map", "report", "sheets", "csv_tables"):
        module = plugins.find("outputs", use)
        known = module.Options.model_fields
        raw = {"language": language, "edition": "internal"}
        module.write(plan, drawn, out, module.Options(**{key: text for key, text in raw.items() if key in known}))
    report = next(out.rglob("report*.html")).read_text(encoding="utf-8")
    wanted = {
        "zh": ("高峰小时加注量", "按站级推算", "8.0*"),
        "en": ("Busiest hour kg/h", "taken by their size", "8.0*"),
    }
    assert all(word in report for word in wanted[language])
    sheets = next(out.rglob("sheets*.html")).read_text(encoding="utf-8")
    assert ("高峰小时加注量" if language == "zh" else "dispensed in the busiest hour") in sheets
    table = next(path for path in out.rglob("*.csv") if "equipment" in path.name or "加注设备" in path.name)
    assert ("高峰小时利用率" if language == "zh" else "use in the busiest hour") in table.read_text(
        encoding="utf-8-sig"
    )
