"""Buses, sanitation and city logistics: shared out over districts by population, then over towns or grid cells."""

from __future__ import annotations

from collections.abc import Sequence

from pydantic import model_validator

from h2plan.demand._context import Context, WeightedPlace, spread
from h2plan.demand._grid import read_grid
from h2plan.demand._people import (
    at_seat_and_towns,
    over_grid,
    population_once,
    read_districts,
    refuse_unknown_districts,
)
from h2plan.demand._plausible import outliers
from h2plan.domain import Demand
from h2plan.fields import Datum, Positive, Section, Share
from h2plan.tables.read import read_table
from h2plan.tables.region import region_of
from h2plan.tables.rows import DistrictRow, TownRow

USE = "districts"


class Options(Section):
    """The districts, and how their demand is spread inside them."""

    file: str
    """CSV table of districts with seat and population."""
    crs: Datum
    """Datum of its coordinates, and of the towns' and the grid's."""
    towns: str | None = None
    """CSV table of towns; blank: all demand of a district stands at its seat."""
    seat_share: Share = 1.0
    """Part of a district's demand that stands at its seat; its towns share the rest equally."""
    grid: str | None = None
    """CSV grid of weights (id, district, lon, lat, weight) instead of towns."""
    grid_precision_m: Positive = 1000.0
    """How well the cells stand for the places of demand: half their width, or more."""

    @model_validator(mode="after")
    def _one_way_of_spreading(self) -> Options:
        if self.towns is not None and self.grid is not None:
            raise ValueError("give towns or grid, not both")
        if self.towns is None and self.seat_share != 1:
            raise ValueError("seat_share below 1 needs a table of towns")
        return self


def read(context: Context, options: Options) -> Demand:
    """Place the fleet of the use `districts` at seats, towns or grid cells.

    Raises:
        InputError: faults of the tables, nobody counted, a town or a cell in an unknown district.
    """
    rows = read_districts(context, options.file, crs=options.crs, where="demand districts")
    people = population_once(rows, where=options.file)
    notes = outliers({row.name: people[row.id] for row in rows}, where=options.file, column="population")
    notes += _without_depots(context)
    if options.grid is not None:
        project = context.project
        path = project.path(options.grid, where="demand districts.grid")
        grid = read_grid(path, root=project.root, region=region_of(project.scenario.region), crs=options.crs)
        places, more = over_grid(rows, people, grid, where=options.grid, precision_m=options.grid_precision_m)
        notes += more
    else:
        towns = _towns(context, options, rows)
        places = [
            place
            for row in rows
            if people[row.id] > 0
            for place in at_seat_and_towns(row, people[row.id], towns, options.seat_share)
        ]
    return Demand(points=spread(context, USE, _weighing(places)), flows=(), terminals=(), notes=tuple(notes))


def _weighing(places: Sequence[WeightedPlace]) -> list[WeightedPlace]:
    return [place for place in places if place.weight > 0]


def _towns(context: Context, options: Options, districts: Sequence[DistrictRow]) -> Sequence[TownRow]:
    if options.towns is None:
        return []
    project = context.project
    path = project.path(options.towns, where="demand districts.towns")
    towns = read_table(path, TownRow, root=project.root, region=region_of(project.scenario.region), crs=options.crs)
    refuse_unknown_districts(towns, districts, where=options.towns)
    return towns


def _without_depots(context: Context) -> list[str]:
    """Say which classes live at depots but are spread by population, because their depots are not known."""
    fleet, last = context.fleet, context.fleet.periods[-1]
    counts = {name: fleet.count(USE, name, last) for name in fleet.classes_of(USE)}
    return [
        f"{fleet.classes[name].name_en}: the depots of {count} vehicles ({last}) are not known; "
        "they are spread by population"
        for name, count in counts.items()
        if count > 0 and fleet.classes[name].home == "depot"
    ]
