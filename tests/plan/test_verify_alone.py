"""The re-check runs where no model and no solver can be imported."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
VERIFY_ALONE = """
import json, sys
from importlib.abc import MetaPathFinder
from pathlib import Path

BARRED = (
    "pyomo", "highspy", "h2plan.problem", "h2plan.prepare", "h2plan.optimise", "h2plan.models", "h2plan.solve",
    "h2plan.screen", "h2plan.sites", "h2plan.demand", "h2plan.outputs", "h2plan.pipeline", "h2plan.plugins",
    "h2plan.phases", "h2plan.phasing", "h2plan.delivering", "h2plan.supplying", "h2plan.measuring", "h2plan.framing",
    "h2plan.promises", "h2plan.largest_flow", "h2plan.plan.levels", "h2plan.plan.outcomes", "h2plan.plan.losses",
    "h2plan.plan.supplied", "h2plan.plan.source_losses",
    "h2plan.plan.assess_year", "h2plan.plan.building",
    "h2plan.plan.assess", "h2plan.plan.assumptions", "h2plan.plan.backdrop",
)

class Bar(MetaPathFinder):
    def find_spec(self, name, path=None, target=None):
        if any(name == barred or name.startswith(barred + ".") for barred in BARRED):
            raise ImportError(f"{name} is barred from the re-check")
        return None

for name in ("pyomo", "highspy"):
    sys.modules[name] = None
sys.meta_path.insert(0, Bar())
from h2plan.plan.verify import verify

certificate = verify(Path(sys.argv[1]))
own = sorted(name for name in sys.modules if name.startswith("h2plan"))
print(json.dumps({"verdict": certificate.verdict, "modules": own}))
"""
MAY_BE_LOADED = (
    "h2plan.adoption",
    "h2plan.costs",
    "h2plan.datums",
    "h2plan.domain",
    "h2plan.domain_law",
    "h2plan.domain_roads",
    "h2plan.earlier",
    "h2plan.errors",
    "h2plan.fields",
    "h2plan.geo",
    "h2plan.plan",
    "h2plan.plan.certificate",
    "h2plan.plan.files",
    "h2plan.plan.network_rows",
    "h2plan.plan.results",
    "h2plan.plan.verify",
    "h2plan.project",
    "h2plan.scenario",
    "h2plan.scenario_policy",
    "h2plan.scenario_screen",
    "h2plan.scenario_supply",
    "h2plan.scenario_years",
    "h2plan.tables",
)


def test_a_plan_is_verified_without_model_solver_or_any_step_of_planning(written_results: Path) -> None:
    run = [sys.executable, "-c", VERIFY_ALONE, str(written_results)]
    ran = subprocess.run(run, cwd=ROOT, capture_output=True, text=True, encoding="utf-8", check=False)
    assert ran.returncode == 0, ran.stderr
    said = json.loads(ran.stdout.splitlines()[-1])
    assert said["verdict"] == "pass"
    others = [name for name in said["modules"] if name != "h2plan" and not name.startswith("h2plan.plan._check_")]
    assert [name for name in others if not _allowed(name)] == []


def _allowed(name: str) -> bool:
    return name in MAY_BE_LOADED or name.startswith(("h2plan.datums.", "h2plan.geo.", "h2plan.tables."))
