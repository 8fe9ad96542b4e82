"""What every source of demand is given, and how it turns vehicles into kilograms."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from h2plan.demand._fleet import Fleet
from h2plan.domain import DemandPoint, Place, Range, Verified
from h2plan.errors import InputError
from h2plan.project import Project
from h2plan.tables.read import read_table
from h2plan.tables.region import region_of
from h2plan.tables.rows import ActivityRow, SiteRow


@dataclass(frozen=True, slots=True, kw_only=True)
class Context:
    """The scenario and its fleet."""

    project: Project
    fleet: Fleet

    def kg_per_d(self, vehicles: Mapping[int, float], vehicle_class: str) -> dict[int, Range]:
        """Hydrogen wanted by so many vehicles of a class, kg/d by period."""
        each = self.fleet.kg_per_vehicle_d(vehicle_class)
        return {period: each.scaled(count) for period, count in vehicles.items()}


@dataclass(frozen=True, slots=True, kw_only=True)
class WeightedPlace:
    """A place and its share in the demand of a use."""

    place: Place
    kind: str
    district: str
    weight: float
    source: str
    verified: Verified


def spread(context: Context, use: str, places: Sequence[WeightedPlace]) -> tuple[DemandPoint, ...]:
    """Spread the vehicles of a use over places by weight; every vehicle and kilogram is kept.

    Raises:
        InputError: the weights add up to nothing.
    """
    total = math.fsum(entry.weight for entry in places)
    if total <= 0:
        raise InputError("the weights of its places add up to zero", where=f"demand {use}")
    points: list[DemandPoint] = []
    for vehicle_class in context.fleet.classes_of(use):
        points.extend(
            _point(context, use, vehicle_class, entry, entry.weight / total) for entry in places if entry.weight > 0
        )
    return tuple(points)


def _point(context: Context, use: str, vehicle_class: str, entry: WeightedPlace, share: float) -> DemandPoint:
    place, fleet = entry.place, context.fleet
    vehicles = {period: fleet.count(use, vehicle_class, period) * share for period in fleet.vehicles}
    return DemandPoint(
        id=f"{use}:{place.id}:{vehicle_class}",
        place_id=place.id,
        name=place.name,
        name_en=place.name_en,
        lon=place.lon,
        lat=place.lat,
        bank=place.bank,
        precision_m=place.precision_m,
        kind=entry.kind,
        district=entry.district,
        vehicle_class=vehicle_class,
        vehicles=vehicles,
        kg_per_d=context.kg_per_d(vehicles, vehicle_class),
        source=f"{entry.source}; fleet: {fleet.source}",
        verified=entry.verified,
    )


def active_sites(
    context: Context, use: str, *, file: str, crs: str, activity: str
) -> tuple[list[WeightedPlace], list[str]]:
    """Read the places of a site table that have an activity weight for a use.

    Returns the placed ones, and a sentence for each place that has weight but no position.

    Raises:
        InputError: faults of the tables, a weight for a place that the site table does not hold.
    """
    project = context.project
    region = region_of(project.scenario.region)
    sites = read_table(project.path(file, where=f"demand {use}"), SiteRow, root=project.root, region=region, crs=crs)
    rows = {row.id: row for row in sites}
    path = project.path(activity, where=f"demand {use}")
    weights = [row for row in read_table(path, ActivityRow, root=project.root) if row.use == use]
    unknown = sorted(row.site_id for row in weights if row.site_id not in rows)
    if unknown:
        raise InputError(f"gives weight to {', '.join(unknown)}, which {file} does not hold", where=activity)
    places, notes = [], []
    for weight in weights:
        row = rows[weight.site_id]
        if row.lon is None:
            notes.append(f"{row.name}: has activity but no position; its part falls to the other places")
            continue
        site = row.to_site()
        places.append(
            WeightedPlace(
                place=site,
                kind=use,
                district=site.district,
                weight=weight.weight,
                source=weight.source,
                verified=weight.verified,
            )
        )
    return places, notes
