"""New sites by rule: at interchanges and toll gates, along roads, around places; a spacing apart."""

from __future__ import annotations

import dataclasses
from collections.abc import Sequence
from typing import Literal

import numpy as np
from pydantic import model_validator

from h2plan.domain import Site, SiteKind
from h2plan.fields import Datum, NotNegative, Positive, Section
from h2plan.geo.crs import geodesic_km
from h2plan.geo.layers import read_areas, signed_distances_m
from h2plan.geo.made import along_roads, around_places, refuse_lost_ends
from h2plan.project import Project
from h2plan.sites._collected import Collected
from h2plan.tables.read import read_table
from h2plan.tables.region import region_of
from h2plan.tables.rows import RoadLinkRow, RoadNodeRow, SiteRow, TownRow


class Options(Section):
    """Where new stations are thinkable although no host stands there."""

    file: str | None = None
    """CSV table of expressway places; blank: none are made at such places."""
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
    along: tuple[str, ...] = ()
    """Names of roads, as the column `road` of the links has them, along which sites are made."""
    every_km: Positive = 5.0
    """Distance between two sites along a road."""
    around: str | None = None
    """CSV table of places (as data/demand/towns.csv) around which sites are made, by the roads nearest to a ring."""
    ring_km: Positive = 2.0
    """Radius of the ring."""
    made_precision_m: NotNegative = 1000.0
    """Sites along roads and around places stand for a search area of this radius (h2plan assumption, unverified)."""

    @model_validator(mode="after")
    def _something_to_make(self) -> Options:
        if self.file is None and not self.along and self.around is None:
            raise ValueError("nothing is made: give file, along or around")
        return self


def collect(project: Project, options: Options) -> Collected:
    """Make a site at each place that the rule admits; each carries the rule in its note.

    Raises:
        InputError: every fault of the table or of a polygon layer.
    """
    sites = [*_at_places(project, options), *_by_roads(project, options)]
    outside = _outside(project, sites, options.outside, crs=options.outside_crs or options.crs)
    spaced = _spaced(outside, spacing_km=options.spacing_km)
    ways = [*(options.at if options.file else ()), *options.along, *filter(None, [options.around])]
    note = (
        f"{len(spaced)} sites made by rule at {', '.join(ways)}; {len(sites) - len(outside)} lay inside an "
        f"excluded area, {len(outside) - len(spaced)} nearer than {options.spacing_km:g} km to another"
    )
    return Collected(sites=tuple(spaced), notes=(note,))


def _at_places(project: Project, options: Options) -> list[Site]:
    """Make a site at each expressway place of the kinds asked for that has a way out."""
    if options.file is None:
        return []
    path = project.path(options.file, where="sites")
    region = region_of(project.scenario.region)
    rows = read_table(path, SiteRow, root=project.root, region=region, crs=options.crs)
    admitted = [row for row in rows if row.kind in options.at and (row.exit or "unknown") in options.exits]
    rule = f"made by rule: {', '.join(options.at)}; exit {'/'.join(options.exits)}"
    sites = [row.to_site() for row in admitted if row.lon is not None]
    return [dataclasses.replace(site, note=f"{site.note}; {rule}".lstrip("; ")) for site in sites]


def _by_roads(project: Project, options: Options) -> list[Site]:
    """Make sites along the named roads and by the roads around the given places."""
    if not options.along and options.around is None:
        return []
    region = region_of(project.scenario.region)
    section, city = project.scenario.roads, project.scenario.region.city
    root, crs = project.root, section.crs
    node_path, link_path = project.path(section.nodes, where="roads"), project.path(section.links, where="roads")
    node_rows = read_table(node_path, RoadNodeRow, root=root, region=region, crs=crs)
    link_rows = read_table(link_path, RoadLinkRow, root=root, region=region, crs=crs)
    nodes, links = {row.id: row.to_node() for row in node_rows}, [row.to_link() for row in link_rows]
    refuse_lost_ends(nodes, links, where=section.links)
    made = along_roads(
        nodes,
        links,
        roads=options.along,
        every_km=options.every_km,
        precision_m=options.made_precision_m,
        city=city,
    )
    if options.around is None:
        return list(made)
    path = project.path(options.around, where="sites")
    towns = read_table(path, TownRow, root=project.root, region=region, crs=options.crs)
    ring = around_places(
        nodes,
        links,
        places=[(town.to_place(), town.district) for town in towns],
        ring_km=options.ring_km,
        precision_m=options.made_precision_m,
        city=city,
    )
    return [*made, *ring]


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
