"""Demand read anew from the tables: every source of the scenario, and what of it is not re-derived."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from pydantic import Field

from h2plan.errors import InputError
from h2plan.fields import Datum, PlugIn, Section
from h2plan.plan._check_case import Case, read_options
from h2plan.plan._check_fleet import DEPOTS, POINTS
from h2plan.plan._check_flows import FLOWS, FlowOptions, active, flow_rows, not_derived
from h2plan.plan._check_own import (
    COUNTS,
    FUEL_STATIONS,
    CountOptions,
    DepotOptions,
    FuelOptions,
    PointOptions,
    counts,
    depots,
    fuel_stations,
    points,
)
from h2plan.plan._check_people import DistrictOptions, districts
from h2plan.plan._check_wanted import ByYear, Total, Wanted, lots_beyond, lots_of_fleet, over

ACTIVE = frozenset({"ports", "logistics_hubs", "vessels"})
"""Sources that are spread over sites by activity."""
VESSELS = "vessels"
"""They bring their own vehicles only."""


class _ActiveOptions(Section):
    file: str
    crs: Datum
    activity: str
    beyond_target: dict[str, ByYear] = Field(default_factory=dict)


@dataclass(frozen=True, kw_only=True)
class Spread:
    """Who wants hydrogen where: id to the row that the tables ask for."""

    rows: Mapping[str, Wanted]
    totals: Sequence[Total]


def read_spread(case: Case) -> Spread:
    """Read every demand source of the scenario.

    Raises:
        InputError: a source or an option that the re-check does not know; faults of the tables.
    """
    rows: dict[str, Wanted] = {}
    totals: list[Total] = []
    for number, entry in enumerate(case.scenario.demand):
        where = f"demand[{number}]"
        if entry.use == FLOWS:
            flows = flow_rows(case, read_options(FlowOptions, entry, where=where))
            rows.update(flows.rows)
            totals += flows.totals
        else:
            rows.update(_rows(case, entry, where=where))
    return Spread(rows=rows, totals=tuple(totals))


def not_re_derived(case: Case) -> str:
    """Say which spreads are left to the plan; blank if none."""
    return "; ".join(
        said for entry in case.scenario.demand if entry.use == FLOWS and (said := not_derived(entry.options))
    )


def _rows(case: Case, entry: PlugIn, *, where: str) -> Mapping[str, Wanted]:
    if entry.use in ACTIVE:
        return _by_activity(case, entry.use, read_options(_ActiveOptions, entry, where=where))
    if entry.use == "districts":
        found = districts(case, read_options(DistrictOptions, entry, where=where))
        return over(entry.use, found, lots_of_fleet(case, entry.use))
    if entry.use == DEPOTS:
        read_options(DepotOptions, entry, where=where)
        return depots(case)
    if entry.use == POINTS:
        return points(case, read_options(PointOptions, entry, where=where))
    if entry.use == FUEL_STATIONS:
        return fuel_stations(case, read_options(FuelOptions, entry, where=where))
    if entry.use == COUNTS:
        return counts(case, read_options(CountOptions, entry, where=where))
    raise InputError(f"the re-check does not know the source of demand '{entry.use}'", where=where)


def _by_activity(case: Case, use: str, options: _ActiveOptions) -> Mapping[str, Wanted]:
    places = active(case, use, file=options.file, crs=options.crs, activity=options.activity)
    of_fleet = lots_of_fleet(case, use) if use != VESSELS else []
    return over(use, places, [*of_fleet, *lots_beyond(case, options.beyond_target, where=f"demand {use}")])
