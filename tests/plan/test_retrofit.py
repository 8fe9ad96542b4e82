"""What a station costs at another kind of host is an assumption, and every plan says so."""

from __future__ import annotations

from pathlib import Path

from h2plan.plan.assumptions import collect
from h2plan.prepare import prepare
from h2plan.project import load
from tests.plan.tiny_project import SCENARIO, SCENARIO_FILE, write_project

SHARES = "  shortfall_cny_per_kg: 50\n  build_share: {port: 0.9, logistics_hub: 0.8}\n"


def test_shares_of_capital_by_host_stand_among_the_assumptions(tmp_path: Path) -> None:
    text = SCENARIO.replace("  shortfall_cny_per_kg: 50\n", SHARES)
    prepared = prepare(load(write_project(tmp_path, changes={SCENARIO_FILE: text})))
    told = next(row for row in collect(prepared) if row.where == "finance.build_share")
    assert (told.value, told.note) == ("logistics_hub 0.8, port 0.9", "made up")
