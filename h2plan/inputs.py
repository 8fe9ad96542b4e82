"""Every table of a scenario, read together, so that the faults of all of them come at once."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from h2plan.demand import _gather as demand_gather
from h2plan.demand._fleet import Fleet
from h2plan.domain import Demand, SizeEquipment, Source, StationSize
from h2plan.domain_roads import TruckRule
from h2plan.errors import Fault, InputError
from h2plan.geo import roads
from h2plan.network import read_networks
from h2plan.project import Project
from h2plan.screen.law import Law, read_law
from h2plan.screen.run import Barred, read_barred, read_sizes
from h2plan.sites import _gather as sites_gather
from h2plan.supplying import ChainTables, read_chain
from h2plan.tables.read import read_table
from h2plan.tables.region import region_of
from h2plan.tables.rows import SizeEquipmentRow, SourceRow

Say = Callable[[str], None]


def silent(_stage: str) -> None:
    """Say nothing of a stage."""


@dataclass(frozen=True, kw_only=True)
class Inputs:
    """What the tables of a scenario hold."""

    gathered: sites_gather.Gathered
    areas: Barred
    law: Law | None
    demand: Demand
    fleet: Fleet
    sizes: tuple[StationSize, ...]
    equipment: Mapping[str, SizeEquipment] | None
    """By size; None: what stations are equipped with is set aside."""
    networks: Mapping[int, roads.RoadNetwork]
    """The roads of each period; those with the same links are one object."""
    rules: tuple[TruckRule, ...]
    speeds: Mapping[str, float]
    sources: tuple[Source, ...]
    source_notes: tuple[str, ...]
    chain: ChainTables | None
    """None where supply is no part of the model."""

    @property
    def network(self) -> roads.RoadNetwork:
        """The roads of the last period."""
        return self.networks[max(self.networks)]


def read_inputs(project: Project, *, say: Say = silent) -> Inputs:
    """Read every table.

    Raises:
        InputError: every fault of every table.
    """
    periods = project.scenario.periods
    readers: dict[str, Callable[[], dict[str, Any]]] = {
        "sites": lambda: {"gathered": sites_gather.gather(project)},
        "areas": lambda: {"areas": read_barred(project)},
        "law": lambda: {"law": read_law(project)},
        "demand": lambda: dict(zip(("demand", "fleet"), demand_gather.gather(project), strict=True)),
        "sizes": lambda: {"sizes": read_sizes(project)},
        "equipment": lambda: {"equipment": _equipment(project)},
        "roads": lambda: dict(zip(("networks", "rules", "speeds"), read_networks(project, years=periods), strict=True)),
        "sources": lambda: dict(zip(("sources", "source_notes"), _sources(project), strict=True)),
        "supply": lambda: {"chain": read_chain(project)},
    }
    found: dict[str, Any] = {}
    faults: list[Fault] = []
    for name, reader in readers.items():
        say(name)
        try:
            found.update(reader())
        except InputError as error:
            faults.extend(error.faults)
    if faults:
        raise InputError(dict.fromkeys(faults))  # a table that two sections read tells its faults once
    return Inputs(**found)


def _equipment(project: Project) -> dict[str, SizeEquipment] | None:
    """Read what each size is equipped with."""
    table = project.scenario.station_equipment
    if table is None:
        return None
    rows = read_table(project.path(table, where="station_equipment"), SizeEquipmentRow, root=project.root)
    known = {size.id for size in read_sizes(project)}
    faults = [
        Fault(
            where=table,
            row=number,
            column="size_id",
            value=row.size_id,
            message=f"'{row.size_id}' is no size of {project.scenario.station_sizes}",
            hint=f"there are: {', '.join(sorted(known))}",
        )
        for number, row in enumerate(rows, start=2)
        if row.size_id not in known
    ]
    if faults:
        raise InputError(faults)
    return {row.size_id: row.to_equipment() for row in rows}


def _sources(project: Project) -> tuple[tuple[Source, ...], tuple[str, ...]]:
    supply = project.scenario.supply
    if supply is None:
        return (), ()
    path = project.path(supply.sources, where="supply.sources")
    region = region_of(project.scenario.region)
    rows = read_table(path, SourceRow, root=project.root, region=region, crs=supply.crs)
    notes = tuple(
        f"{row.name}: a hydrogen source without a known position; not used" for row in rows if row.lon is None
    )
    return tuple(row.to_source() for row in rows if row.lon is not None), notes
