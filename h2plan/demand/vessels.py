"""River vessels that take hydrogen at quays, on top of the vehicles of the target."""

from __future__ import annotations

from h2plan.demand._context import ActiveOptions, Context, active_sites, lots_beyond, spread
from h2plan.domain import Demand
from h2plan.errors import InputError

USE = "vessels"


class Options(ActiveOptions):
    """The quays, how busy each one is, and how many vessels there are in `beyond_target`."""


def read(context: Context, options: Options) -> Demand:
    """Place vessels at quays by activity.

    Raises:
        InputError: faults of the tables, no number of vessels.
    """
    if not options.beyond_target:
        hint = "write beyond_target: {river_vessel: {2030: 4}}"
        raise InputError(f"the number of vessels by class and year is missing ({hint})", where="demand vessels")
    places, notes = active_sites(context, USE, file=options.file, crs=options.crs, activity=options.activity)
    lots = lots_beyond(context, options.beyond_target, where="demand vessels")
    return Demand(points=spread(context, USE, places, lots=lots), flows=(), terminals=(), notes=tuple(notes))
