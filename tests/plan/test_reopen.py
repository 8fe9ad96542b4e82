"""A results folder made earlier is opened again only with the certificate that its plan passed."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import pytest

from h2plan.errors import InputError, VerificationError
from h2plan.plan.backdrop import draw
from h2plan.plan.certificate import write_certificate
from h2plan.plan.files import read_plan
from h2plan.plan.reopen import backdrop_of, reopen, roads_of
from h2plan.plan.verify import verify
from h2plan.prepare import prepare
from h2plan.project import load
from tests.plan.tiny_project import SCENARIO_FILE


@pytest.fixture
def certified(results: Path) -> Path:
    write_certificate(results, verify(results))
    return results


def test_a_plan_that_passed_is_read(certified: Path) -> None:
    assert reopen(certified) == read_plan(certified)


def test_without_a_certificate_nothing_is_made(results: Path) -> None:
    with pytest.raises(VerificationError, match=r"there is no certificate\.json; without a passed re-check nothing"):
        reopen(results)


def test_a_failed_plan_is_refused_with_what_failed(certified: Path) -> None:
    file = certified / "certificate.json"
    found = json.loads(file.read_text(encoding="utf-8"))
    found["verdict"], found["checks"][2]["passed"] = "fail", False
    file.write_text(json.dumps(found), encoding="utf-8")
    with pytest.raises(VerificationError, match=rf"failed its re-check \({found['checks'][2]['family']}\)"):
        reopen(certified)


@pytest.mark.parametrize("text", ["", "[]", "{", '"pass"'])
def test_what_is_no_certificate_is_refused(certified: Path, text: str) -> None:
    (certified / "certificate.json").write_text(text, encoding="utf-8")
    with pytest.raises(VerificationError, match=r"certificate"):
        reopen(certified)


def test_a_plan_changed_after_its_re_check_is_refused(certified: Path) -> None:
    file = certified / "plan.json"
    file.write_text(file.read_text(encoding="utf-8") + "\n", encoding="utf-8")
    with pytest.raises(VerificationError, match=r"belongs to another plan\.json"):
        reopen(certified)


def test_a_folder_without_a_plan_is_bad_input(tmp_path: Path) -> None:
    with pytest.raises(InputError, match=r"there is no plan\.json here"):
        reopen(tmp_path)


def test_the_map_is_drawn_from_the_saved_inputs_as_it_was_when_the_plan_was_made(certified: Path) -> None:
    plan = reopen(certified)
    before = sorted(certified.rglob("*"))
    prepared = prepare(load(certified / "inputs" / SCENARIO_FILE))
    assert backdrop_of(certified, plan) == draw(prepared, plan)
    assert sorted(certified.rglob("*")) == before  # no cache among the inputs
    assert roads_of(certified, plan) == replace(draw(prepared, plan), reached={})
