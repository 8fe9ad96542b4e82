"""All sources of demand of a scenario, checked to use every vehicle of the fleet once."""

from __future__ import annotations

import math

from h2plan import plugins
from h2plan.demand._context import Context
from h2plan.demand._fleet import Fleet, read_fleet
from h2plan.domain import Demand, DemandPoint, Flow, Terminal
from h2plan.errors import Fault, InputError
from h2plan.project import Project

CONSERVATION = 1e-9


def gather(project: Project) -> tuple[Demand, Fleet]:
    """Read every source of demand.

    Raises:
        InputError: faults of the tables; a use of the fleet that no source reads, or that two sources read.
    """
    fleet = read_fleet(project)
    _check_uses(project, fleet)
    context = Context(project=project, fleet=fleet)
    parts: list[Demand] = []
    faults: list[Fault] = []
    for number, entry in enumerate(project.scenario.demand):
        module = plugins.find("demand", entry.use)
        try:
            options = plugins.options(module, entry.options, where=f"demand[{number}] ({entry.use})")
            parts.append(module.read(context, options))
        except InputError as error:
            faults.extend(error.faults)
    if faults:
        raise InputError(faults)
    points: list[DemandPoint] = sorted((p for part in parts for p in part.points), key=lambda point: point.id)
    flows: list[Flow] = sorted((f for part in parts for f in part.flows), key=lambda flow: flow.id)
    terminals: dict[str, Terminal] = {end.id: end for part in parts for end in part.terminals}
    notes = tuple(dict.fromkeys(note for part in parts for note in part.notes))
    demand = Demand(points=tuple(points), flows=tuple(flows), terminals=tuple(terminals.values()), notes=notes)
    _check_conserved(project, demand)
    return demand, fleet


def _check_uses(project: Project, fleet: Fleet) -> None:
    read = [entry.use for entry in project.scenario.demand]
    faults = [
        Fault(where="demand", column=use, message="stands twice: its vehicles would be counted twice")
        for use in sorted({use for use in read if read.count(use) > 1})
    ]
    for use in fleet.uses:
        if use not in read:
            message = f"the fleet mix has vehicles for '{use}', but no source of demand reads them"
            faults.append(Fault(where="demand", column=use, message=message, hint="add the source or change the mix"))
    for use in read:
        if use not in fleet.uses:
            message = f"the fleet mix has no vehicles for '{use}'"
            faults.append(Fault(where="demand", column=use, message=message, hint="drop the source or change the mix"))
    if faults:
        raise InputError(faults)


def _check_conserved(project: Project, demand: Demand) -> None:
    """Assert that the vehicles placed are the vehicles of the target."""
    for period in project.scenario.periods:
        placed = math.fsum(row.vehicles[period] for row in demand.rows)
        target = project.scenario.targets.fcev[period]
        assert math.isclose(placed, target, rel_tol=CONSERVATION), f"{placed} vehicles placed, {target} wanted"
