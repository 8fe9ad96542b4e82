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
