"""Sites from polygons: parcels, equipment areas, with their own area and reach."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field

from h2plan.fields import Datum, NotNegative, Section
from h2plan.geo.parcels import read_parcels
from h2plan.project import Project
from h2plan.sites._collected import Collected
from h2plan.tables.region import region_of


class Options(Section):
    """A layer of parcels and what holds for all of them."""

    file: str
    """GeoJSON polygons; their properties are columns of the site tables, such as id, name, kind, land_use."""
    crs: Datum
    """Datum of the coordinates."""
    survey_m: NotNegative = 0.0
    """Error of the polygons' own border, metres."""
    columns: Annotated[dict[str, str], Field(default_factory=dict)]
    """Columns that the features lack and that hold for all, such as kind, city, bank, source, verified."""


def collect(project: Project, options: Options) -> Collected:
    """Read each polygon as a site at a point inside it.

    Raises:
        InputError: every fault of the layer, each with the number of the feature.
    """
    path = project.path(options.file, where="sites")
    region = region_of(project.scenario.region)
    sites = read_parcels(
        path,
        where=options.file,
        crs=options.crs,
        given=options.columns,
        survey_m=options.survey_m,
        region=region,
    )
    return Collected(sites=sites)
