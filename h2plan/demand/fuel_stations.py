"""Hydrogen in place of the diesel that fuel stations sell: sales by station times the part that is replaced."""

from __future__ import annotations

from collections.abc import Sequence

from pydantic import Field

from h2plan.demand._context import (
    ByYear,
    Context,
    Lot,
    WeightedPlace,
    lots_of_fleet,
    read_sites,
    refuse_unknown,
    spread,
)
from h2plan.demand._plausible import outliers
from h2plan.domain import Counted, Demand
from h2plan.errors import InputError
from h2plan.fields import Datum, Positive, Section
from h2plan.tables.read import read_table
from h2plan.tables.rows import FuelSalesRow

USE = "fuel_stations"
DIESEL_MJ_PER_KG = 43.0
"""Net calorific value of gas/diesel oil: IPCC Guidelines 2006, volume 2, table 1.2."""
HYDROGEN_MJ_PER_KG = 120.0
"""Net calorific value of hydrogen, rounded: 119.96 (ISO 14687 and usual tables)."""


class Options(Section):
    """Stations, their diesel sales, and how much of it hydrogen replaces."""

    file: str
    """CSV table of fuel stations."""
    crs: Datum
    """Datum of its coordinates."""
    sales: str
    """CSV table of diesel sold by station."""
    counted: Counted = "beyond_target"
    """in_target: the fleet's vehicles of the use `fuel_stations` are spread by sales; no substitution is needed."""
    substitution: ByYear = Field(default_factory=dict)
    """Part of the diesel, by year, that hydrogen replaces."""
    vehicle_class: str | None = None
    """The class whose vehicles burn that diesel."""
    efficiency_ratio: Positive = 1.3
    """Efficiency of the fuel-cell drive over the diesel's (h2plan assumption, unverified)."""


def read(context: Context, options: Options) -> Demand:
    """Place demand at fuel stations by their diesel sales.

    On top of the target: kg H2 = t diesel x 1000 x 43.0 / 120 / efficiency ratio x part replaced / 365.

    Raises:
        InputError: faults of the tables, sales of an unknown station, no substitution where it is needed.
    """
    places, sold, notes = _selling(context, options)
    lots = lots_of_fleet(context, USE) if options.counted == "in_target" else (_own(context, options, sold),)
    return Demand(points=spread(context, USE, places, lots=lots), flows=(), terminals=(), notes=tuple(notes))


def _selling(context: Context, options: Options) -> tuple[Sequence[WeightedPlace], float, list[str]]:
    """Return the stations that sell diesel, all sales in t/yr, and notes."""
    project = context.project
    sites = {row.id: row for row in read_sites(context, options.file, crs=options.crs, where="demand fuel_stations")}
    path = project.path(options.sales, where="demand fuel_stations.sales")
    rows = read_table(path, FuelSalesRow, root=project.root)
    named = ((number, "site_id", row.site_id) for number, row in enumerate(rows, start=2))
    refuse_unknown(named, sites, where=options.sales, of=options.file)
    notes = outliers({row.site_id: row.diesel_t_per_yr for row in rows}, where=options.sales, column="diesel_t_per_yr")
    places = []
    for row in rows:
        site = sites[row.site_id]
        if site.lon is None:
            notes.append(f"{site.name}: sells diesel but has no position; its part falls to the other stations")
            continue
        places.append(
            WeightedPlace(
                place=site.to_site(),
                kind=USE,
                district=site.district,
                weight=row.diesel_t_per_yr,
                source=row.source,
                verified=row.verified,
                by=f"diesel sold ({options.sales})",
            )
        )
    return places, sum(row.diesel_t_per_yr for row in rows), notes


def _own(context: Context, options: Options, sold_t_per_yr: float) -> Lot:
    fleet, name = context.fleet, options.vehicle_class
    where = "demand fuel_stations"
    if name is None:
        raise InputError("vehicle_class is missing: whose diesel is replaced?", where=where)
    context.check_class(name, where=f"{where}.vehicle_class")
    missing = [str(year) for year in fleet.periods if year not in options.substitution]
    if missing:
        raise InputError(f"has no number for {', '.join(missing)}", where=f"{where}.substitution")
    high = [str(year) for year, part in options.substitution.items() if part > 1]
    if high:
        raise InputError(f"a part above 1 in {', '.join(high)}", where=f"{where}.substitution")
    kg = sold_t_per_yr * 1000 * DIESEL_MJ_PER_KG / HYDROGEN_MJ_PER_KG / options.efficiency_ratio / 365
    vehicles = {
        year: kg * options.substitution[year] / fleet.kg_per_vehicle_d(name, year).base for year in fleet.periods
    }
    parts = ", ".join(f"{year}: {part:g}" for year, part in sorted(options.substitution.items()))
    return Lot(
        vehicle_class=name,
        vehicles=vehicles,
        assumption=f"diesel sold x part replaced ({parts}) / {options.efficiency_ratio:g} efficiency ratio",
        source="substitution and efficiency ratio: h2plan assumption, unverified",
        counted="beyond_target",
    )
