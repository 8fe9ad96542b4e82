"""A plan made again keeps what an earlier plan has decided, or says why it cannot."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import pytest
from typer.testing import CliRunner

from h2plan import pipeline
from h2plan.cli import app
from h2plan.earlier import read_earlier
from h2plan.errors import InputError, VerificationError
from h2plan.plan.certificate import Certificate, write_certificate
from h2plan.plan.files import read_plan
from h2plan.plan.verify import verify
from h2plan.prepare import prepare
from h2plan.problem import Problem
from h2plan.project import load, sha256
from tests.plan.phased_project import YEARS, phased, plan_results
from tests.plan.tiny_project import FILES, SCENARIO_FILE, with_input, write_project

PLAN, CERTIFICATE = "results/old/plan.json", "results/old/certificate.json"
FROM = "  decided_from: {plan: results/old, through: 2028}\n"
DECIDED = [(2026, "open", "port-e"), (2028, "open", "hub-c")]
"""What the earlier plan opens until 2028, both S300; it upgrades hub-c in 2030."""


def again(*, decided: str = FROM, years: str = YEARS) -> str:
    return phased(years=years.replace("years:\n", f"years:\n{decided}"))


@pytest.fixture(scope="module")
def earlier(tmp_path_factory: pytest.TempPathFactory) -> Path:
    results = plan_results(tmp_path_factory.mktemp("earlier"))
    write_certificate(results, verify(results))
    assert [(row.period, row.what, row.site_id) for row in read_plan(results).builds if row.period < 2030] == DECIDED
    return results


@pytest.fixture(scope="module")
def files(earlier: Path) -> dict[str, str]:
    """A project that holds the earlier plan and decides its first two years by it."""
    kept = {PLAN: "plan.json", CERTIFICATE: "certificate.json"}
    return {SCENARIO_FILE: again(), **{to: (earlier / name).read_text(encoding="utf-8") for to, name in kept.items()}}


def problem(folder: Path, files: dict[str, str]) -> Problem:
    return prepare(load(write_project(folder, changes=files))).problem


def decided(problem: Problem, period: int) -> dict[str, str]:
    assert problem.phasing is not None
    return {name: size for (year, name), size in problem.phasing.frozen.items() if year == period and size}


@pytest.fixture(scope="module")
def replanned(files: dict[str, str], tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Money is short after 2026: planned freely, the hub could not open in 2028."""
    poor = again().replace("2027: 2500000}", "2027: 2500000, 2029: 0}")
    return plan_results(tmp_path_factory.mktemp("again"), changes={**files, SCENARIO_FILE: poor})


def test_the_decided_years_are_those_of_the_earlier_plan_and_the_rest_is_planned_anew(replanned: Path) -> None:
    builds = read_plan(replanned).builds
    assert [(row.period, row.what, row.site_id) for row in builds if row.frozen] == DECIDED
    assert all(row.frozen == (row.period <= 2028) for row in builds)
    assert not [row for row in builds if row.period == 2030]  # 1 M CNY is left, and nothing costs so little


def test_the_earlier_plan_is_among_the_inputs_and_the_new_one_passes_without_the_old_folder(replanned: Path) -> None:
    plan = read_plan(replanned)
    assert {PLAN, CERTIFICATE} <= set(plan.inputs)
    assert all((replanned / "inputs" / name).is_file() for name in (PLAN, CERTIFICATE))
    assert verify(replanned).failed == ()


def test_a_plan_that_builds_otherwise_than_the_kept_one_decided_is_found(replanned: Path, tmp_path: Path) -> None:
    """The kept plan is changed with its certificate and its recorded hash, as if the new one had been made from it."""
    results = tmp_path / "results"
    shutil.copytree(replanned, results)
    old = results / "inputs" / PLAN
    changed = json.loads(old.read_text(encoding="utf-8"))
    changed["earlier"][0]["stations"] = [row for row in changed["earlier"][0]["stations"] if row["built"]]
    text = json.dumps(changed)
    without = with_input(results, read_plan(results), PLAN, text)
    approvals = next(check for check in without.failed if check.family == "approvals_kept")
    assert "the certificate belongs to another plan.json" in approvals.note
    write_certificate(results / "inputs" / "results" / "old", _passed(old))
    signed = (results / "inputs" / CERTIFICATE).read_text(encoding="utf-8")
    certificate = with_input(results, read_plan(results), CERTIFICATE, signed)
    found = next(check for check in certificate.failed if check.family == "approvals_kept")
    assert found.at == "2026: port-e: as decided"


def _passed(plan: Path) -> Certificate:
    return Certificate(
        verdict="pass",
        scenario="tiny",
        period=2030,
        periods=(2026, 2028, 2030),
        checks=(),
        plan_sha256=sha256(plan),
        inputs={},
        versions={},
        seed=0,
        status="optimal",
        goals=(),
    )


def test_a_kept_plan_that_was_changed_by_hand_is_found(replanned: Path, tmp_path: Path) -> None:
    results = tmp_path / "results"
    shutil.copytree(replanned, results)
    file = results / "inputs" / PLAN
    file.write_text(file.read_text(encoding="utf-8") + "\n", encoding="utf-8")
    assert "inputs_unchanged" in {check.family for check in verify(results).failed}


def test_at_a_site_that_the_table_names_the_table_alone_counts(files: dict[str, str], tmp_path: Path) -> None:
    by_hand = FROM + "  decided: {until: 2028, stations: data/decided.csv}\n"
    table = {"data/decided.csv": "site_id,period,size_id\nhub-c,2026,S500\n"}
    made = problem(tmp_path, {**files, SCENARIO_FILE: again(decided=by_hand), **table})
    assert decided(made, 2026) == {"port-e": "S300", "hub-c": "S500"}
    assert decided(made, 2028) == {"port-e": "S300", "hub-c": "S500"}


def test_a_station_that_is_given_up_is_left_out(files: dict[str, str], tmp_path: Path) -> None:
    text = again(decided=FROM.replace("through: 2028", "through: 2028, without: [port-e]"))
    made = problem(tmp_path, {**files, SCENARIO_FILE: text})
    assert decided(made, 2026) == {}
    assert decided(made, 2028) == {"hub-c": "S300"}


def test_a_decision_that_was_carried_out_is_none_any_more(files: dict[str, str], tmp_path: Path) -> None:
    head, row = FILES["data/ports.csv"].splitlines()
    built = {"data/ports.csv": f"{head},built,built_kg_per_d\n{row},yes,300\n"}
    assert decided(problem(tmp_path, {**files, **built}), 2028) == {"hub-c": "S300"}
    other = {"data/ports.csv": f"{head},built,built_kg_per_d\n{row},yes,500\n"}
    with pytest.raises(InputError, match=r"port-e: 500 kg/d stand there by now, and 300 kg/d are decided"):
        problem(tmp_path / "other", {**files, **other})


HUB = "hub-c,物流园,Hub,logistics_hub,小城市,东区,none,114.5,30.6,100,made up,partly\n"
REFUSED: dict[str, tuple[dict[str, str], str]] = {
    "a year that the plan has not": (
        {SCENARIO_FILE: again(years=YEARS).replace("periods: [2026, 2028, 2030]", "periods: [2026, 2027, 2030]")
         .replace("through: 2028", "through: 2027").replace("2028: 70", "2027: 70")},
        r"2027 is no year of results/old; it has: 2026, 2028, 2030",
    ),
    "a site that is gone": (
        {"data/hubs.csv": FILES["data/hubs.csv"].replace(HUB, ""), "data/activity.csv": "site_id,use,weight,source,"
         "verified\nport-e,ports,1,made up,no\nhub-b,logistics_hubs,3,made up,no\n"},
        r"hub-c: no site table holds it any more",
    ),
    "a site that is barred now": (
        {SCENARIO_FILE: again().replace("forbidden: []", "forbidden: [hub-c]")},
        r"hub-c: the site is barred now: forbidden by the user",
    ),
    "a size that is unknown": (
        {"data/station_sizes.csv": FILES["data/station_sizes.csv"].replace("S300", "S301")},
        r"S300: the earlier plan builds S300 \(300 kg/d\), which is no size now; there are: S301, S500",
    ),
    "a size that means another": (
        {"data/station_sizes.csv": FILES["data/station_sizes.csv"].replace("S300,300", "S300,350")},
        r"S300 is 350 kg/d today and was 300 kg/d in the earlier plan",
    ),
    "more than the site allows now": (
        {"data/ports.csv": FILES["data/ports.csv"].replace(",900,500,", ",900,250,")},
        r"port-e: 300 kg/d are decided, and the site allows 250 kg/d now",
    ),
    "a station given up that nobody decided": (
        {SCENARIO_FILE: again(decided=FROM.replace("2028}", "2028, without: [ic-d]}"))},
        r"'ic-d' has no new station in results/old until 2028",
    ),
    "a folder without a plan": (
        {SCENARIO_FILE: again(decided=FROM.replace("results/old", "results/older"))},
        r"there is no file 'results/older/plan.json' in the project folder",
    ),
    "a folder outside the project": (
        {SCENARIO_FILE: again(decided=FROM.replace("results/old", "../old"))},
        r"lies outside the project folder",
    ),
    "two last years": (
        {SCENARIO_FILE: again(decided=FROM + "  decided: {until: 2026, stations: data/decided.csv}\n")},
        r"decided.until 2026 and decided_from.through 2028 must be the same year",
    ),
    "the last year": (
        {SCENARIO_FILE: again(decided=FROM.replace("through: 2028", "through: 2030"))},
        r"decided_from.through 2030 must be a period before the last: 2026, 2028",
    ),
}  # fmt: skip


@pytest.mark.parametrize("what", REFUSED)
def test_an_earlier_plan_that_does_not_fit_is_refused_with_names_and_numbers(
    files: dict[str, str], tmp_path: Path, what: str
) -> None:
    changes, message = REFUSED[what]
    with pytest.raises(InputError, match=message):
        problem(tmp_path, {**files, **changes})


def test_a_plan_of_another_city_is_refused(files: dict[str, str], tmp_path: Path) -> None:
    renamed = {name: text.replace("小城市", "别城市") for name, text in {**FILES, **files}.items() if name != PLAN}
    with pytest.raises(InputError, match="results/old is a plan of 小城市, not of 别城市"):
        problem(tmp_path, {**renamed, PLAN: files[PLAN]})


@pytest.mark.parametrize("change", ["no certificate", "another plan"])
def test_only_a_plan_that_passed_its_re_check_decides(files: dict[str, str], tmp_path: Path, change: str) -> None:
    spoiled = dict(files)
    if change == "no certificate":
        del spoiled[CERTIFICATE]
    else:
        spoiled[PLAN] += "\n"
    with pytest.raises(VerificationError, match=r"no certificate\.json|belongs to another plan\.json"):
        problem(tmp_path, spoiled)


def test_results_never_take_the_place_of_the_plan_that_they_rest_on(files: dict[str, str], tmp_path: Path) -> None:
    file = write_project(tmp_path, changes={**files, "results/old/run.json": "{}"})
    with pytest.raises(InputError, match="holds the earlier plan that decides the first years"):
        pipeline.plan(file, out=tmp_path / "results" / "old")


def test_the_decided_part_of_a_scenario_is_printed_and_its_table_written(earlier: Path, tmp_path: Path) -> None:
    def run(*options: str, code: int = 0) -> str:
        ran = CliRunner().invoke(app, ["decided", str(earlier), *options])
        assert ran.exit_code == code, ran.output
        return ran.output

    named = run("--through", "2028").splitlines()
    assert named[:2] == ["years:", f"  decided_from: {{plan: {earlier.as_posix()}, through: 2028}}"]
    assert named[2:] == ["  # 2026  port-e  S300", "  # 2028  hub-c  S300"]
    table = tmp_path / "decided.csv"
    assert f"decided: {{until: 2030, stations: {table.as_posix()}}}" in run("--through", "2030", "--out", str(table))
    assert table.read_text(encoding="utf-8").splitlines()[1:] == [
        "port-e,2026,S300,tiny",
        "hub-c,2028,S300,tiny",
        "hub-c,2030,S500,tiny",
    ]
    assert "is there already" in run("--through", "2030", "--out", str(table), code=3)
    assert "2029 is no year of the plan; it has: 2026, 2028, 2030" in run("--through", "2029", code=3)
    assert read_earlier(earlier).at(2029) == {"port-e": "S300", "hub-c": "S300"}
