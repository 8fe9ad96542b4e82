"""An estimate whose every free text holds what a careless page would run."""

from __future__ import annotations

import dataclasses
from typing import Any

from h2plan.estimating import Estimate
from tests.outputs.hostile import poisoned

TEXTS = ("name", "name_en", "district", "operator", "source", "assumption")


def poison(estimate: Estimate) -> Estimate:
    """Poison names, districts, operators, sources, assumptions, notes, class names and the title."""

    def spoil(row: Any) -> Any:
        names = [field.name for field in dataclasses.fields(row) if field.name in TEXTS]
        return dataclasses.replace(row, **{name: poisoned(getattr(row, name)) for name in names})

    demand = dataclasses.replace(
        estimate.demand,
        points=tuple(map(spoil, estimate.demand.points)),
        flows=tuple(map(spoil, estimate.demand.flows)),
        terminals=tuple(map(spoil, estimate.demand.terminals)),
        notes=tuple(note + poisoned("") for note in estimate.demand.notes),
    )
    classes = {name: spoil(vehicle) for name, vehicle in estimate.fleet.classes.items()}
    scenario = estimate.project.scenario
    title = scenario.title.model_copy(update={"zh": poisoned("武汉"), "en": poisoned("Wuhan")})
    region = scenario.region.model_copy(update={"city": poisoned("武汉市"), "city_en": poisoned("Wuhan")})
    targets = scenario.targets.model_copy(update={"source": poisoned("a law")})
    changed = scenario.model_copy(update={"title": title, "region": region, "targets": targets})
    project = dataclasses.replace(estimate.project, scenario=changed)
    return Estimate(project=project, demand=demand, fleet=dataclasses.replace(estimate.fleet, classes=classes))
