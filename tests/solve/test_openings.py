"""A plan of several years whose openings a search left out in part costs what it costs with whole openings."""

from __future__ import annotations

from dataclasses import replace

import pytest

from h2plan.models import network_design
from h2plan.solve.goals import meet_goals
from h2plan.solve.highs import SolverOptions
from h2plan.solve.openings import in_full
from h2plan.solve.program import compile_model
from tests.models.phased import phased
from tests.models.supplied import random_supply


@pytest.mark.parametrize("seed", range(6))
def test_openings_left_out_come_back_whole(seed: int) -> None:
    one = replace(random_supply(seed), supply=None)
    kg = dict(zip(one.demand_ids, one.demand_kg_per_d.tolist(), strict=True))
    small = phased(one, [kg, {i: 2 * d for i, d in kg.items()}], upgrade_premium_share=0.2)
    model = network_design.build(small, network_design.Options(objective="cost"))
    program = compile_model(model)
    held = meet_goals(program, SolverOptions(gap=0.0, limit_s=60.0, threads=1)).held
    assert held is not None
    opens = program.columns_of(model.opens)
    stands = [program.columns_of(block.open) for block, _ in model.stages]
    assert any(held.values[n] > 0.5 for n in opens.values())
    lost = held.values.copy()
    lost[list(opens.values())] = 0.0
    poor = replace(held, values=lost, goals=(replace(held.goals[0], value=program.goals[0].value(lost)),))
    assert poor.goals[0].value > held.goals[0].value * (1 + 1e-6)
    whole = in_full(poor, program, opens=opens, stands=stands)
    assert whole.goals[0].value == pytest.approx(held.goals[0].value, rel=1e-9)
    assert whole.goals[0].bound == held.goals[0].bound
