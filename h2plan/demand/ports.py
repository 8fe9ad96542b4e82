"""Tractors based at ports: drayage between wharf, yard and city, shared out by throughput."""

from __future__ import annotations

from h2plan.demand._context import Context, active_sites, spread
from h2plan.domain import Demand
from h2plan.scenario import Datum, Section


class Options(Section):
    """The ports and how busy each one is."""

    file: str
    """CSV table of ports."""
    crs: Datum
    """Datum of its coordinates."""
    activity: str
    """CSV table of activity weights."""


def read(context: Context, options: Options) -> Demand:
    """Place the fleet of the use `ports` at the ports.

    Raises:
        InputError: faults of the tables.
    """
    places, notes = active_sites(context, "ports", file=options.file, crs=options.crs, activity=options.activity)
    return Demand(points=spread(context, "ports", places), flows=(), terminals=(), notes=tuple(notes))
