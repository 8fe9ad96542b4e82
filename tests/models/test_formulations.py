"""The text of each formulation on one small case, to be read by eye when it changes."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pyomo.environ as pyo
import pytest

from h2plan import plugins
from h2plan.problem import Limits
from tests.models.small import problem

HERE = Path(__file__).parent
SIZES = {"S200": (200.0, 5e6, 0.8e6), "S500": (500.0, 10e6, 1.5e6)}
CASE = problem(
    {"depot": 600, "port": 120},
    {("depot", "east"): 6, ("depot", "old"): 3, ("port", "east"): 2, ("port", "west"): 4},
    sizes=SIZES,
    built={"old": 100.0},
    largest={"west": 300.0},
    required=["east"],
    unreached_kg=30,
    limits=Limits(stations_max=3, stations_min=2, budget_cny=12e6, served_share_min=0.4, utilisation_max=0.9),
)


@pytest.mark.parametrize(
    ("model", "raw", "name"),
    [
        ("network_design", {"objective": "coverage"}, "network_design_coverage"),
        ("network_design", {"objective": "cost"}, "network_design_cost"),
        ("max_cover", {"size_id": "S200"}, "max_cover"),
    ],
)
def test_the_formulation_reads_as_it_did(model: str, raw: dict[str, Any], name: str, tmp_path: Path) -> None:
    module = plugins.find("models", model)
    built = module.build(CASE, plugins.options(module, raw, where="model"))
    parts = []
    for spec in built.goals:
        for other in built.goals:
            (other.objective.activate if other is spec else other.objective.deactivate)()
        file = tmp_path / f"{spec.name}.lp"
        built.write(str(file), io_options={"symbolic_solver_labels": True})
        parts.append(f"\\ goal {spec.name} ({spec.sense})\n{file.read_text(encoding='utf-8')}")
    kept = HERE / "lp" / f"{name}.lp"
    assert "\n".join(parts) == kept.read_text(encoding="utf-8")


def test_every_constraint_is_described_in_its_formulation() -> None:
    for model, raw in (("network_design", {}), ("max_cover", {"size_id": "S200"})):
        module = plugins.find("models", model)
        built = module.build(CASE, plugins.options(module, raw, where="model"))
        for constraint in built.component_objects(pyo.Constraint):
            if constraint.name not in {"count_served", "count_covered"}:  # they define `served`
                assert constraint.name in (module.__doc__ or ""), f"{model}: {constraint.name}"
