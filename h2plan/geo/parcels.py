"""Parcels and equipment areas as sites: a point inside stands for the polygon, and its reach is part of the error."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
import shapely
from pydantic import ValidationError

from h2plan.domain import Site
from h2plan.errors import Fault, InputError
from h2plan.geo.crs import local_plane
from h2plan.geo.objects import SURFACES, Thing, read_things
from h2plan.tables.positions import Region, off_region
from h2plan.tables.row import headers_of
from h2plan.tables.rows import SiteRow


def read_parcels(
    path: Path, *, where: str, crs: str, given: Mapping[str, str], survey_m: float, region: Region
) -> tuple[Site, ...]:
    """Read polygons as sites. Features carry columns of the site tables; `given` fills columns that they lack.

    The site stands at a point inside the polygon. Its `precision_m` is the error of the survey and the way to the
    farthest corner, since the station may stand anywhere inside; its `land_m2` is the area, unless a column says less.

    Raises:
        InputError: every fault of the layer and of its columns, each with the number of the feature.
    """
    sites: list[Site] = []
    faults: list[Fault] = []
    seen: set[str] = set()
    for number, thing in enumerate(read_things(path, where=where, crs=crs), start=1):
        try:
            site = _site(thing, given=given, survey_m=survey_m, region=region, seen=seen)
        except ValidationError as error:
            faults += [_fault(entry, where=where, number=number) for entry in error.errors(include_url=False)]
        except InputError as error:
            faults += [Fault(where=where, row=number, message=fault.message, hint=fault.hint) for fault in error.faults]
        else:
            sites.append(site)
    if faults:
        raise InputError(faults)
    return tuple(sites)


def _site(thing: Thing, *, given: Mapping[str, str], survey_m: float, region: Region, seen: set[str]) -> Site:
    if int(shapely.get_type_id(thing.shape)) not in SURFACES:
        raise InputError("the geometry is no polygon; read points from a table")
    cells = {**given, **_cells(thing)}
    inside = thing.shape.representative_point()
    area_m2, reach_m = _extent(thing.shape, inside)
    cells["lon"], cells["lat"] = f"{inside.x:.7f}", f"{inside.y:.7f}"
    cells["precision_m"] = f"{survey_m + reach_m:.1f}"
    cells.setdefault("land_m2", f"{area_m2:.0f}")
    row = SiteRow.model_validate(cells)
    outside = list(off_region(vars(row), region))
    if outside:
        raise InputError(outside[0].message)
    if row.id in seen:
        raise InputError(f"the id '{row.id}' stands already in an earlier feature")
    seen.add(row.id)
    return row.to_site()


def _cells(thing: Thing) -> dict[str, str]:
    """Take the properties that a site table knows, under their English or Chinese header."""
    named = {header: field for field, headers in headers_of(SiteRow).items() for header in headers}
    return {
        named[key]: str(value) for key, value in thing.properties.items() if key in named and value not in (None, "")
    }


def _extent(polygon: Any, inside: Any) -> tuple[float, float]:
    """Area in m², and metres from the point to the farthest corner."""
    plane = local_plane([inside.x], [inside.y])
    metric = shapely.transform(polygon, lambda xy: np.column_stack(plane.to_xy(xy[:, 0], xy[:, 1])))
    x_m, y_m = plane.to_xy([inside.x], [inside.y])
    corners = shapely.get_coordinates(metric) - np.array([float(x_m[0]), float(y_m[0])])
    return float(metric.area), float(np.hypot(corners[:, 0], corners[:, 1]).max())


def _fault(entry: Mapping[str, Any], *, where: str, number: int) -> Fault:
    column = str(entry["loc"][0]) if entry["loc"] else None
    if entry["type"] == "missing":
        hint = "give it as a property of the feature, or under `columns` of the scenario"
        return Fault(where=where, row=number, column=column, message="is missing", hint=hint)
    context = entry.get("ctx", {})
    message = str(context.get("message") or entry["msg"])
    return Fault(where=where, row=number, column=column, message=message, hint=context.get("hint"))
