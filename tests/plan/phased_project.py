"""The made-up city of `tiny_project` planned for several years and solved by the real models, in about a second."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from h2plan.optimise import optimise
from h2plan.plan import question
from h2plan.plan.assess import Provenance, assess
from h2plan.plan.files import copy_inputs
from h2plan.prepare import prepare
from h2plan.project import input_files, load
from h2plan.solve.highs import SolverOptions
from tests.plan.tiny_project import FILES, SCENARIO, SCENARIO_FILE, write_plan, write_project
from tests.plan.tiny_supply import SUPPLIED

YEARS = """\
years:
  last_lasts_yr: 5
  budget_cny_per_yr: {2026: 7000000, 2027: 2500000}
  upgrade_premium_share: 0.2
  usable_share_by_age: [0.8, 0.9, 1.0]
  outage_share: 0.05
  limits: {2026: {served_share_min: 0.3}, 2030: {served_share_min: 0.6}}
  source: made up
"""
"""Spent: 7 M in 2026 and 2 x 2.5 M for each of 2028 and 2030. Young stations may be planned for in part."""


def phased(text: str = SCENARIO, *, years: str = YEARS) -> str:
    """Return the scenario of the tiny city for 2026, 2028 and 2030."""
    changes = {
        "periods: [2030]\n": f"periods: [2026, 2028, 2030]\n{years}",
        "targets: {fcev: {2030: 100}}": "targets: {fcev: {2026: 50, 2028: 70, 2030: 100}}",
        "  budget_cny: 20000000\n  served_share_min: 0.5\n": "",
        "discount_rate: 0\n": "discount_rate: 0.05\n",
        "forbidden: [hub-c]": "forbidden: []",
        "objective: coverage": "objective: cost",
        "limit_s: 10,": "limit_s: 300,",
    }
    for old, new in changes.items():
        assert old in text, old
        text = text.replace(old, new)
    return text


def phased_supply() -> dict[str, str]:
    """Return the files of the city with a supply chain, planned for the same years; the plant sells from 2025."""
    output = SUPPLIED["data/output.csv"].replace("plant,2028,", "plant,2025,")
    return {**SUPPLIED, SCENARIO_FILE: phased(SUPPLIED[SCENARIO_FILE]), "data/output.csv": output}


POLICY = """\
policy:
  districts:
    - {district: 东区, stations_min: 1, served_share_min: 0.5}
    - {district: 西区, served_share_min: 0.99, holds: priced, penalty_cny_per_kg: 5}
    - {district: 远区, stations_min: 1, served_share_min: 0.9, holds: reported}
  hosts:
    - {name: hubs and ports, kinds: [port, logistics_hub], share_max: 0.4, holds: priced, penalty_cny_per_yr: 1000}
    - {kinds: [hydrogen_station], stations_min: 2}
  areas:
    - name: centre
      file: data/allowed.geojson
      crs: wgs84
      capacity_min_kg_per_d: 300
      from_year: 2028
      holds: reported
  corridors:
    - road: G1
      within_km: 3
      gap_max_km: 25
      served_share_min: 0.3
      holds: priced
      penalty_cny_per_yr: 5000
      penalty_cny_per_kg: 2
  backup_share_min: 0.05
resilience: {radius_min: 40, loss_share_min: 0.4}
"""
"""The road through the city is called G1; the far district can promise nothing that is kept."""


def phased_policy(policy: str = POLICY) -> dict[str, str]:
    """Return the files of the city with a supply chain and a policy."""
    files = phased_supply()
    head, *rows = FILES["data/links.csv"].splitlines()
    named = [f"{row},{'' if row.startswith('CD-long') else 'G1'}" for row in rows]
    return {
        **files,
        SCENARIO_FILE: files[SCENARIO_FILE].replace("supply:\n", f"{policy}supply:\n", 1),
        "data/links.csv": "\n".join([f"{head},road", *named]) + "\n",
    }


def plan_results(folder: Path, *, changes: Mapping[str, str] | None = None) -> Path:
    """Plan a project of these files as a run would, in this process, and return its results folder."""
    project = load(write_project(folder / "project", changes=changes or {SCENARIO_FILE: phased()}))
    scenario = project.scenario
    prepared = prepare(project)
    solution = optimise(
        prepared.problem,
        model=scenario.model.use,
        options=scenario.model.options,
        solver=SolverOptions(gap=scenario.solver.gap, limit_s=scenario.solver.limit_s, threads=1, seed=0),
        in_process=True,
    )
    results = folder / "results" / scenario.name
    results.mkdir(parents=True)
    inputs = copy_inputs(project.root, input_files(project), results)
    plan = assess(
        prepared,
        solution,
        alternatives=(),
        provenance=Provenance(inputs=inputs, versions={"h2plan": "0"}),
        question=question.asked(scenario),
        assumptions=(),
    )
    write_plan(results, plan)
    return results
