"""Flows driven on one tank by the network design model: the plan passes, and kg moved between stops are found."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from h2plan.plan.files import read_plan
from h2plan.plan.verify import verify
from tests.plan.mutants import INSTANCES
from tests.plan.phased_project import plan_results

Raw = dict[str, Any]
FAR = "highways:west>port-e:tractor"


@pytest.fixture(scope="module")
def planned(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return plan_results(tmp_path_factory.mktemp("tours"), changes=INSTANCES["one year, tours"])


def test_a_plan_with_flows_on_tours_passes(planned: Path) -> None:
    certificate = verify(planned)
    assert certificate.failed == ()
    flows = {row.demand_id for row in read_plan(planned).allocations if ">" in row.demand_id}
    kept = next(check for check in certificate.checks if check.family == "model_kept")
    assert FAR in flows
    assert kept.rows >= 1 + 2 * len(flows)  # the tank of each lasts, and what it fills at each stop


def move(plan: Raw, share: float) -> None:
    """Fill a part of a flow at the other of its stations; the sum of the row is kept."""
    first, other = (row for row in plan["allocations"] if row["demand_id"] == FAR)
    wanted = next(row for row in plan["demand"] if row["id"] == FAR)["kg_per_d"]["base"]
    for row, more in ((first, -share), (other, share)):
        row["share"] += more
        row["kg_per_d"] = row["share"] * wanted


def scale_flow(plan: Raw, factor: float) -> None:
    for row in plan["allocations"]:
        if row["demand_id"] == FAR:
            row["share"], row["kg_per_d"] = row["share"] * factor, row["kg_per_d"] * factor


TAMPERED: dict[str, Callable[[Raw], None]] = {
    "a tenth of a flow filled elsewhere": lambda plan: move(plan, 0.1),
    "a hundredth of a flow filled elsewhere": lambda plan: move(plan, 0.01),
    "more vehicles than there are": lambda plan: scale_flow(plan, 1.02),
}


@pytest.mark.parametrize("what", TAMPERED)
def test_kilograms_that_no_drive_fills_are_found(planned: Path, tmp_path: Path, what: str) -> None:
    results = tmp_path / "results"
    shutil.copytree(planned, results)
    file = results / "plan.json"
    plan = json.loads(file.read_text(encoding="utf-8"))
    TAMPERED[what](plan)
    file.write_text(json.dumps(plan), encoding="utf-8")
    failed = {check.family: check for check in verify(results).failed}
    assert "model_kept" in failed
    assert "kg/d filled as driven" in failed["model_kept"].at


def test_fewer_vehicles_on_the_same_way_are_no_fault_of_driving(planned: Path, tmp_path: Path) -> None:
    results = tmp_path / "results"
    shutil.copytree(planned, results)
    file = results / "plan.json"
    plan = json.loads(file.read_text(encoding="utf-8"))
    scale_flow(plan, 0.9)
    file.write_text(json.dumps(plan), encoding="utf-8")
    assert "model_kept" not in {check.family for check in verify(results).failed}
