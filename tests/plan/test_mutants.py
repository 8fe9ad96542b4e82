"""Every bug that is seeded on purpose is seen, by the re-check or by the value of the plan."""

from __future__ import annotations

from functools import cache
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest

from h2plan.errors import H2planError
from h2plan.plan.files import read_plan
from h2plan.plan.results import GoalResult, Plan
from h2plan.plan.verify import verify
from tests.plan.mutants import INSTANCES, MUTANTS, OPTIMUM, Mutant
from tests.plan.phased_project import plan_results

QUICK = (
    "stations dispense more than they can",
    "budgets by year forgotten",
    "years are not discounted",
    "the model counts capital in thousands",
    "what is left is lost",
    "an upgrade costs the whole size",
)
SAME = 1e-7
"""Values nearer to each other than this, relative, are the same."""


@cache
def honest(instance: str) -> Plan:
    """The plan of the unspoilt code, which passes its re-check."""
    with TemporaryDirectory() as folder:
        results = plan_results(Path(folder), changes=INSTANCES[instance])
        assert verify(results).failed == (), instance
        return read_plan(results)


def is_worse(goal: GoalResult, best: GoalResult) -> bool:
    more = (best.value - goal.value) if goal.sense == "max" else (goal.value - best.value)
    return more > SAME * abs(best.value)


def seen(mutant: Mutant, folder: Path) -> set[str]:
    """Who sees a bug: families of the re-check, the optimum, or planning itself, which refuses to go on."""
    best = honest(mutant.on)
    with pytest.MonkeyPatch.context() as patch:
        mutant.spoil(patch)
        try:
            results = plan_results(folder, changes=INSTANCES[mutant.on])
        except H2planError:
            return {"refused"}
    found = {check.family for check in verify(results).failed}
    plan = read_plan(results)
    assert plan != best, f"{mutant.name} changes nothing on '{mutant.on}': give it an instance where it matters"
    if not found and is_worse(plan.goals[0], best.goals[0]):
        return {OPTIMUM}
    return found


def case(mutant: Mutant) -> object:
    marks = () if mutant.name in QUICK else (pytest.mark.deep,)
    return pytest.param(mutant, id=mutant.name, marks=marks)


@pytest.mark.parametrize("mutant", [case(mutant) for mutant in MUTANTS])
def test_a_seeded_bug_is_seen(mutant: Mutant, tmp_path: Path) -> None:
    assert mutant.found in seen(mutant, tmp_path)


def test_there_are_enough_bugs_and_each_has_its_own_name() -> None:
    assert len(MUTANTS) >= 30
    assert len({mutant.name for mutant in MUTANTS}) == len(MUTANTS)
    assert {mutant.on for mutant in MUTANTS} == set(INSTANCES)
    assert set(QUICK) <= {mutant.name for mutant in MUTANTS}
