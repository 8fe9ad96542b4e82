"""Tractors and lorries based at logistics hubs, shared out by the hubs' activity."""

from __future__ import annotations

from h2plan.demand._context import Context, active_sites, spread
from h2plan.domain import Demand
from h2plan.scenario import Datum, Section


class Options(Section):
    """The hubs and how busy each one is."""

    file: str
    """CSV table of logistics hubs."""
    crs: Datum
    """Datum of its coordinates."""
    activity: str
    """CSV table of activity weights."""


def read(context: Context, options: Options) -> Demand:
    """Place the fleet of the use `logistics_hubs` at the hubs.

    Raises:
        InputError: faults of the tables.
    """
    places, notes = active_sites(
        context, "logistics_hubs", file=options.file, crs=options.crs, activity=options.activity
    )
    return Demand(points=spread(context, "logistics_hubs", places), flows=(), terminals=(), notes=tuple(notes))
