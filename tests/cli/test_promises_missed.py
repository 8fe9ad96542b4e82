"""A plan that misses a policy rule is written, says so, and ends with exit code 8."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

from h2plan import pipeline
from h2plan.cli import app
from h2plan.pipeline import Outcome
from h2plan.plan.certificate import Certificate
from h2plan.plan.network_rows import RuleOutcome
from h2plan.plan.results import Plan
from h2plan.terminal import missed_rules
from tests.outputs.phased import phased_plan


def with_rules(*, met: bool) -> Plan:
    plan = phased_plan()
    rule = RuleOutcome(name="新洲区", about="served_share", asked="40 %", reached="35 %", met=met, hard=False)
    first = replace(plan.earlier[0], rules=(rule,))
    return replace(plan, earlier=(first, *plan.earlier[1:]), rules=(replace(rule, met=True),))


def outcome(plan: Plan) -> Outcome:
    certificate = Certificate(
        verdict="pass",
        scenario=plan.scenario,
        **{name: getattr(plan, name) for name in ("periods",) if "periods" in Certificate.__dataclass_fields__},
        period=plan.period,
        checks=(),
        plan_sha256="",
        inputs={},
        versions={},
        seed=0,
        status="optimal",
        goals=(),
    )
    return Outcome(plan=plan, certificate=certificate, folder=Path("results"), files=(), seconds={})


def test_a_rule_missed_in_any_year_is_found_with_its_year() -> None:
    plan = with_rules(met=False)
    assert [(year, rule.name) for year, rule in missed_rules(plan)] == [(plan.periods[0], "新洲区")]
    assert missed_rules(with_rules(met=True)) == []


@pytest.mark.parametrize(("met", "code"), [(True, 0), (False, 8)])
def test_the_exit_code_says_whether_a_promise_is_missed(
    monkeypatch: pytest.MonkeyPatch, *, met: bool, code: int
) -> None:
    made = outcome(with_rules(met=met))

    def plan(*_: Any, **__: Any) -> Outcome:
        return made

    monkeypatch.setattr(pipeline, "plan", plan)
    ran = CliRunner().invoke(app, ["plan", "any.yaml"])
    assert ran.exit_code == code
    assert ("missed in 2026: 新洲区: 35 % against 40 %" in ran.output) is not met
