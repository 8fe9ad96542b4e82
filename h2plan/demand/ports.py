"""Tractors based at ports: drayage between wharf, yard and city, and yard machines, shared out by throughput."""

from __future__ import annotations

from h2plan.demand._context import ActiveOptions, Context, active_sites, lots_beyond, lots_of_fleet, spread
from h2plan.domain import Demand

USE = "ports"


class Options(ActiveOptions):
    """The ports and how busy each one is."""


def read(context: Context, options: Options) -> Demand:
    """Place the fleet of the use `ports`, and what comes on top of the target, at the ports.

    Raises:
        InputError: faults of the tables, a class or a year that is not there.
    """
    places, notes = active_sites(context, USE, file=options.file, crs=options.crs, activity=options.activity)
    lots = (*lots_of_fleet(context, USE), *lots_beyond(context, options.beyond_target, where=f"demand {USE}"))
    return Demand(points=spread(context, USE, places, lots=lots), flows=(), terminals=(), notes=tuple(notes))
