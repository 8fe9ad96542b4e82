"""The text of each formulation on one small case, to be read by eye when it changes."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pyomo.environ as pyo
import pytest

from h2plan import plugins
from h2plan.delivering import CentreTerms, SourceTerms, Supply
from h2plan.problem import Limits, Problem
from tests.models.corridor import corridor
from tests.models.phased import phased
from tests.models.small import problem
from tests.models.supplied import pipe, tube

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
APART = replace(
    problem(
        {"depot": 300, "port": 120},
        {("depot", "east"): 6, ("depot", "old"): 3, ("port", "east"): 2, ("port", "west"): 4},
        sizes=SIZES,
        built={"old": 100.0},
        limits=Limits(stations_max=3, utilisation_max=0.9),
    ),
    site_km=np.array([[0.0, 3.0, 1.0], [3.0, 0.0, 2.0], [1.0, 2.0, 0.0]]),
    conflicts=np.array([[0, 2]]),
)
ROAD = corridor(
    {"haul": (90.0, 60.0, 100.0, {"east": 20.0, "old": 45.0, "west": 60.0})},
    points={"port": (120.0, ["east", "west"])},
    sizes=SIZES,
    built={"old": 100.0},
    limits=Limits(stations_max=2, served_share_min=0.4),
)
SUPPLIED = replace(
    CASE,
    supply=Supply(
        sources=(
            SourceTerms(id="plant", available_kg_per_d=400.0, smallest_kg_per_d=50.0, price_cny_per_kg=20.0),
            SourceTerms(id="works", available_kg_per_d=900.0, price_cny_per_kg=25.0),
        ),
        centres=(CentreTerms(id="hub", capacity_kg_per_d=300.0, capex_cny=4e6, annual_cost_cny_per_yr=5e5),),
        links=(
            tube("plant", "hub", 2, trailers_per_kg_per_d=0.002),
            tube("hub", "east", 3, trailers_per_kg_per_d=0.001),
            tube("works", "east", 6, trailers_per_kg_per_d=0.004),
            tube("works", "old", 7, trailers_per_kg_per_d=0.005),
            pipe("plant", "west", 0.5, 4e5),
        ),
        trailers_max=4,
    ),
)
YEARS = phased(
    problem({"depot": 300}, {("depot", "east"): 6, ("depot", "old"): 3}, sizes=SIZES, built={"old": 100.0}),
    [{"depot": 150.0}, {"depot": 400.0}],
    weights_yr=[2.0, 5.0],
    budget_cny=[4e6, 8e6],
    upgrade_premium_share=0.1,
    usable_share=np.array([[0.6, 0.9], [0.0, 0.6]]),
    standing_share=0.95,
    frozen={(2026, "east"): ""},
)
CLOSING = phased(
    problem({"depot": 300}, {("depot", "east"): 6}, sizes=SIZES),
    [{"depot": 400.0}, {"depot": 150.0}],
    budget_cny=[4e6, 8e6],
    carry_over=False,
    closing=True,
    upgrades=False,
)
MODELS: list[tuple[str, Problem, dict[str, Any], str]] = [
    ("network_design", CASE, {"objective": "coverage"}, "network_design_coverage"),
    ("network_design", CASE, {"objective": "cost"}, "network_design_cost"),
    ("network_design", SUPPLIED, {"objective": "cost"}, "network_design_supply"),
    ("network_design", YEARS, {"objective": "cost"}, "network_design_years"),
    ("network_design", CLOSING, {"objective": "cost"}, "network_design_closing"),
    ("max_cover", CASE, {"size_id": "S200"}, "max_cover"),
    ("max_cover", CASE, {"size_id": "S200", "backup": True}, "max_cover_backup"),
    ("set_cover", APART, {"size_id": "S200"}, "set_cover"),
    ("p_median", APART, {"size_id": "S200"}, "p_median"),
    ("p_center", APART, {"size_id": "S200"}, "p_center"),
    ("p_dispersion", APART, {"size_id": "S200"}, "p_dispersion"),
    ("capacitated", APART, {"sourcing": "single", "closest": True}, "capacitated"),
    ("flow_refuelling", ROAD, {"size_id": "S200"}, "flow_refuelling"),
    ("flow_refuelling_kg", ROAD, {}, "flow_refuelling_kg"),
    ("flow_refuelling_kg", ROAD, {"tour": "one_way"}, "flow_refuelling_kg_one_way"),
]
DEFINITIONS = {"count_served", "count_covered"}
"""They define `served`."""


@pytest.mark.parametrize(("model", "case", "raw", "name"), MODELS, ids=[name for *_, name in MODELS])
def test_the_formulation_reads_as_it_did(
    model: str, case: Problem, raw: dict[str, Any], name: str, tmp_path: Path
) -> None:
    module = plugins.find("models", model)
    built = module.build(case, plugins.options(module, raw, where="model"))
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
    for model, case, raw, _ in MODELS:
        module = plugins.find("models", model)
        built = module.build(case, plugins.options(module, raw, where="model"))
        for constraint in built.component_objects(pyo.Constraint):
            if constraint.local_name not in DEFINITIONS:
                assert constraint.local_name in (module.__doc__ or ""), f"{model}: {constraint.name}"
