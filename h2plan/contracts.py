"""Captive fleets: vehicles under contract fill at the station they are contracted to, and nowhere else."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence

from h2plan.demand._fleet import Fleet
from h2plan.domain import DemandPoint
from h2plan.errors import Fault, InputError

Pair = tuple[str, str]
"""Demand id and site id."""


def check_contracts(fleet: Fleet, *, known: Collection[str], where: str) -> None:
    """Refuse contracts with stations that are not there, those of operators without a known depot included.

    Raises:
        InputError: every such contract, with its row of the operators' table.
    """
    faults = [
        Fault(
            where=where,
            row=entry.number,
            column="station_id",
            value=entry.row.station_id,
            message=f"'{entry.row.station_id}' is no site of this scenario",
            hint="write the id of a site of its tables, or leave it blank",
        )
        for entry in (*fleet.operated, *fleet.unplaced)
        if entry.row.station_id and entry.row.station_id not in known
    ]
    if faults:
        raise InputError(sorted(faults, key=lambda fault: fault.row or 0))


def captive(points: Sequence[DemandPoint], *, known: Collection[str]) -> tuple[DemandPoint, ...]:
    """Return the points that are under contract.

    Raises:
        InputError: a contract names a station that no table of sites holds.
    """
    bound = tuple(point for point in points if point.station_id)
    faults = [
        Fault(
            where="contracts",
            column=point.id,
            value=point.station_id,
            message=f"'{point.station_id}' is no site of this scenario",
            hint="write the id of a site in station_id, or leave it blank",
        )
        for point in bound
        if point.station_id not in known
    ]
    if faults:
        raise InputError(faults)
    return bound


def hold(
    reach: Mapping[Pair, tuple[float, float]],
    bound: Sequence[DemandPoint],
    *,
    measured: Mapping[Pair, tuple[float, float]],
) -> dict[Pair, tuple[float, float]]:
    """Leave each captive point its own station only, however far; `measured` holds the way there.

    A point whose station the screen has set aside keeps every station in its reach.
    """
    station = {point.id: point.station_id for point in bound if (point.id, point.station_id) in measured}
    held = {pair: figures for pair, figures in reach.items() if pair[0] not in station}
    held.update({(name, site): measured[name, site] for name, site in station.items()})
    return held


def free_notes(bound: Sequence[DemandPoint], *, sites: Collection[str]) -> tuple[str, ...]:
    """Say of each contract that cannot be held why its vehicles are free to choose."""
    return tuple(
        f"{point.name}: contracted to {point.station_id}, which has no position or is set aside; "
        "its vehicles may fill anywhere in reach"
        for point in bound
        if point.station_id not in sites
    )


def refuse_too_large(
    bound: Sequence[DemandPoint],
    largest_kg_per_d: Mapping[str, float],
    *,
    periods: Sequence[int],
    utilisation_max: float,
    where: str,
) -> None:
    """Refuse contracts for more than the largest station that may stand there, within its utilisation limit.

    `largest_kg_per_d` maps the sites of the plan to the largest capacity that law, land and the sizes allow.

    Raises:
        InputError: every station that is contracted for too much, in any of the years.
    """
    faults = []
    for station in sorted({point.station_id for point in bound if point.station_id in largest_kg_per_d}):
        rows = [point for point in bound if point.station_id == station]
        kg, year = max((sum(point.kg_per_d[period].base for point in rows), period) for period in periods)
        room = utilisation_max * largest_kg_per_d[station]
        if kg > room * (1 + 1e-9):
            message = (
                f"contracts for {kg:,.0f} kg/d in {year} are above what its largest legal station may be planned for: "
                f"{largest_kg_per_d[station]:,.0f} kg/d x {utilisation_max:g} = {room:,.0f} kg/d"
            )
            hint = "split the contracts among stations, or leave station_id blank for some"
            faults.append(Fault(where=where, column=station, message=message, hint=hint))
    if faults:
        raise InputError(faults)
