"""Tractors, lorries and forklifts based at logistics hubs, shared out by the hubs' activity."""

from __future__ import annotations

from h2plan.demand._context import ActiveOptions, Context, active_sites, lots_beyond, lots_of_fleet, spread
from h2plan.domain import Demand

USE = "logistics_hubs"


class Options(ActiveOptions):
    """The hubs and how busy each one is."""


def read(context: Context, options: Options) -> Demand:
    """Place the fleet of the use `logistics_hubs`, and what comes on top of the target, at the hubs.

    Raises:
        InputError: faults of the tables, a class or a year that is not there.
    """
    places, notes = active_sites(context, USE, file=options.file, crs=options.crs, activity=options.activity)
    lots = (*lots_of_fleet(context, USE), *lots_beyond(context, options.beyond_target, where=f"demand {USE}"))
    return Demand(points=spread(context, USE, places, lots=lots), flows=(), terminals=(), notes=tuple(notes))
