"""All sources of demand of a scenario, checked to use every vehicle of the fleet once."""

from __future__ import annotations

import gc
import math
from collections.abc import Iterator, Sequence
from contextlib import contextmanager

from h2plan import plugins
from h2plan.demand._context import Context
from h2plan.demand._fleet import Fleet, read_fleet
from h2plan.demand._plausible import class_warnings, consumption_warnings
from h2plan.domain import Demand, DemandPoint, Flow, Terminal
from h2plan.errors import Fault, InputError
from h2plan.project import Project

CONSERVATION = 1e-9
OWN_VEHICLES = frozenset({"points", "vessels", "fuel_stations", "counts"})
"""Sources that may bring their own vehicles and need none of the fleet's."""


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
            with _without_collector():
                parts.append(module.read(context, options))
        except InputError as error:
            faults.extend(error.faults)
    if faults:
        raise InputError(faults)
    points: list[DemandPoint] = sorted((p for part in parts for p in part.points), key=lambda point: point.id)
    flows: list[Flow] = sorted((f for part in parts for f in part.flows), key=lambda flow: flow.id)
    terminals: dict[str, Terminal] = {end.id: end for part in parts for end in part.terminals}
    odd = (*class_warnings(fleet.classes, where=project.scenario.fleet.vehicles), *consumption_warnings(fleet))
    notes = (*fleet.notes, *(note for part in parts for note in part.notes), *odd)
    demand = Demand(
        points=tuple(points),
        flows=tuple(flows),
        terminals=tuple(terminals.values()),
        notes=tuple(dict.fromkeys(notes)),
    )
    _check_ids([row.id for row in demand.rows])
    _check_conserved(fleet, demand)
    return demand, fleet


@contextmanager
def _without_collector() -> Iterator[None]:
    """Hold the garbage collector: points are kept, and it would walk through a million of them over and over."""
    was_on = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if was_on:
            gc.enable()


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
        if use not in fleet.uses and use not in OWN_VEHICLES:
            message = f"the fleet mix has no vehicles for '{use}'"
            faults.append(Fault(where="demand", column=use, message=message, hint="drop the source or change the mix"))
    if faults:
        raise InputError(faults)


def _check_ids(ids: Sequence[str]) -> None:
    if len(set(ids)) < len(ids):
        seen: set[str] = set()
        twice = sorted({name for name in ids if name in seen or seen.add(name)})  # type: ignore[func-returns-value]
        raise InputError([Fault(where="demand", column=name, message="the id stands twice") for name in twice])


def _check_conserved(fleet: Fleet, demand: Demand) -> None:
    """Assert that the vehicles placed are the vehicles of the fleet, class by class."""
    counting = [row for row in demand.rows if row.counted == "in_target"]
    for period in fleet.periods:
        placed: dict[str, list[float]] = {name: [] for name in fleet.classes}
        for row in counting:
            placed[row.vehicle_class].append(row.vehicles[period])
        for name, counts in placed.items():
            wanted = sum(count for (_, of), count in fleet.vehicles[period].items() if of == name)
            found = math.fsum(counts)
            assert math.isclose(found, wanted, rel_tol=CONSERVATION, abs_tol=CONSERVATION), (
                f"{name} {period}: {found} vehicles placed, {wanted} wanted"
            )
