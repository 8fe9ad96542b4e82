"""New sites by rule: at interchanges and toll gates outside given areas, a spacing apart."""

from __future__ import annotations

import dataclasses
from collections.abc import Sequence
from typing import Literal

import numpy as np

from h2plan.domain import Site, SiteKind
from h2plan.geo.crs import geodesic_km
from h2plan.geo.layers import read_areas, signed_distances_m
from h2plan.project import Project
from h2plan.scenario import Datum, NotNegative, Section
from h2plan.sites._collected import Collected
from h2plan.tables.read import read_table
from h2plan.tables.region import region_of
from h2plan.tables.rows import SiteRow


class Options(Section):
    """Where new stations are thinkable although no host stands there."""

    file: str
    """CSV table of expressway places."""
    crs: Datum
    """Datum of its coordinates."""
    at: tuple[SiteKind, ...] = ("interchange", "toll_gate")
    """Kinds of place at which a site is made."""
    exits: tuple[Literal["yes", "no", "unknown"], ...] = ("yes", "unknown")
    """Take places whose `exit` column says one of these: a junction of two expressways has no way out."""
    outside: tuple[str, ...] = ()
    """GeoJSON polygons in which no site is made."""
    outside_crs: Datum | None = None
    """Datum of these polygons; blank: that of the table."""
    spacing_km: NotNegative = 0.0
    """Least distance between two made sites, straight line."""


def collect(project: Project, options: Options) -> Collected:
    """Make a site at each place that the rule admits; each carries the rule in its note.

    Raises:
        InputError: every fault of the table or of a polygon layer.
    """
    path = project.path(options.file, where="sites")
    region = region_of(project.scenario.region)
    rows = read_table(path, SiteRow, root=project.root, region=region, crs=options.crs)
    admitted = [row for row in rows if row.kind in options.at and (row.exit or "unknown") in options.exits]
    sites = [row.to_site() for row in admitted if row.lon is not None]
    outside = _outside(project, sites, options.outside, crs=options.outside_crs or options.crs)
    spaced = _spaced(outside, spacing_km=options.spacing_km)
    rule = f"made by rule: {', '.join(options.at)}; exit {'/'.join(options.exits)}"
    made = tuple(dataclasses.replace(site, note=f"{site.note}; {rule}".lstrip("; ")) for site in spaced)
    note = (
        f"{len(made)} sites made by rule at {', '.join(options.at)}; {len(sites) - len(outside)} lay inside an "
        f"excluded area, {len(outside) - len(spaced)} nearer than {options.spacing_km:g} km to another"
    )
    return Collected(sites=made, notes=(note,))


def _outside(project: Project, sites: Sequence[Site], files: Sequence[str], *, crs: str) -> list[Site]:
    if not sites:
        return []
    lon, lat = np.array([site.lon for site in sites]), np.array([site.lat for site in sites])
    keep = np.ones(len(sites), dtype=bool)
    for file in files:
        areas = read_areas(project.path(file, where="sites.outside"), where=file, crs=crs)
        keep &= signed_distances_m(areas, lon, lat) > 0
    return [site for site, kept in zip(sites, keep, strict=True) if kept]


def _spaced(sites: Sequence[Site], *, spacing_km: float) -> list[Site]:
    """Keep sites in the order of their ids, leaving out those too near to one kept before."""
    kept: list[Site] = []
    for site in sorted(sites, key=lambda site: site.id):
        if spacing_km == 0 or all(
            geodesic_km(site.lon, site.lat, other.lon, other.lat) >= spacing_km for other in kept
        ):
            kept.append(site)
    return kept
