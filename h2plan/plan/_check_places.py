"""Sites read anew from the tables: the rows a scenario takes, and the place of the plan that each stands for."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import reduce
from typing import Annotated, Literal

import numpy as np
from pydantic import Field

from h2plan.domain import Land, Site, SiteKind, UnplacedSite
from h2plan.errors import InputError
from h2plan.fields import Datum, NotNegative, PlugIn, Positive, Section
from h2plan.geo.access import Heading
from h2plan.geo.alike import Grid, apart_m, likeness, plain_name
from h2plan.geo.crs import geodesic_km
from h2plan.geo.layers import read_areas, signed_distances_m
from h2plan.geo.made import along_roads, around_places
from h2plan.geo.parcels import read_parcels
from h2plan.plan._check_case import Case, read_options
from h2plan.plan._check_roads import halves
from h2plan.scenario_screen import MergeSection
from h2plan.tables.region import region_of
from h2plan.tables.rows import RoadLinkRow, RoadNodeRow, SiteRow, TownRow

IMPRECISE_M = 500.0
"""A position known worse than this is for review."""
_WORSE = {"yes": 0, "partly": 1, "no": 2}


class _TableOptions(Section):
    file: str
    crs: Datum
    kinds: tuple[SiteKind, ...] | None = None


class _PolygonOptions(Section):
    file: str
    crs: Datum
    survey_m: NotNegative = 0.0
    columns: Annotated[dict[str, str], Field(default_factory=dict)]


class _GenerateOptions(Section):
    file: str | None = None
    crs: Datum
    at: tuple[SiteKind, ...] = ("interchange", "toll_gate")
    exits: tuple[Literal["yes", "no", "unknown"], ...] = ("yes", "unknown")
    outside: tuple[str, ...] = ()
    outside_crs: Datum | None = None
    spacing_km: NotNegative = 0.0
    along: tuple[str, ...] = ()
    every_km: Positive = 5.0
    around: str | None = None
    ring_km: Positive = 2.0
    made_precision_m: NotNegative = 1000.0


@dataclass(frozen=True, kw_only=True)
class Places:
    """What the tables say of the places that a plan names."""

    rows: Mapping[str, tuple[Site, ...]]
    """Place id to every row that stands for it; the first is the row that carries the id."""
    doubled: frozenset[str]
    """Ids of the plan that share name or position with another of its ids."""
    lost: tuple[str, ...]
    """Rows that stand for no place of the plan."""
    home: Mapping[str, str]
    """Id of every row to the place it stands for."""
    unplaced: tuple[UnplacedSite, ...]
    headings: Mapping[str, Heading] = field(default_factory=dict)
    """The direction that a half of a service area serves."""

    def status(self, place: str) -> str:
        """What the status column says: the row that carries the id first, then the others."""
        return next((row.status for row in self.rows[place] if row.status != "candidate"), "candidate")

    def land(self, place: str) -> Land:
        """What is known of the land: from the first row that says it."""
        return reduce(Land.filled, (row.land for row in self.rows[place]))

    def approval_months_left(self, place: str) -> int | None:
        """Months of approvals: the most that any row of the place says."""
        said = (row.approval_months_left for row in self.rows[place])
        return max((months for months in said if months is not None), default=None)

    def max_kg_per_d(self, place: str) -> float | None:
        """Largest station that any row of the place allows."""
        return min((row.max_kg_per_d for row in self.rows[place] if row.max_kg_per_d is not None), default=None)


def read_places(case: Case, ids: Sequence[str]) -> Places:
    """Read every site source of the scenario and find the rows behind the ids of the plan.

    A station that stands carries a place before a site that is thought of, then the better verified row, then the
    earlier one. Rows of the same name in a city, or at the same metre, stand for one place.
    """
    return case.once(("places", tuple(ids)), lambda: _read_places(case, ids))


def _read_places(case: Case, ids: Sequence[str]) -> Places:
    sites: list[Site] = []
    unplaced: list[UnplacedSite] = []
    for number, entry in enumerate(case.scenario.sites):
        placed, without = _taken(case, entry, where=f"sites[{number}]")
        sites += placed
        unplaced += without
    order = sorted(range(len(sites)), key=lambda n: (not sites[n].is_built, _WORSE[sites[n].verified], n))
    ranked = [sites[n] for n in order]
    parts, headings = halves(case, ranked)
    whole = {half.id: name for name, found in parts.items() for half in found}
    places = _stand_for(case.scenario.merge, [whole.get(name, name) for name in ids], ranked, tuple(unplaced))
    return _in_halves(places, {name: found for name, found in parts.items() if name in places.rows}, headings)


def _in_halves(places: Places, parts: Mapping[str, tuple[Site, ...]], headings: Mapping[str, Heading]) -> Places:
    """The places with each service area as its halves; a row of the whole stands for the first of them."""
    rows: dict[str, tuple[Site, ...]] = {}
    for name, found in places.rows.items():
        rows |= {half.id: (half, *found[1:]) for half in parts.get(name, (found[0],))}
    home = {row: parts[place][0].id if place in parts else place for row, place in places.home.items()}
    return replace(places, rows=rows, home=home, headings=headings)


def _stand_for(
    merging: MergeSection, ids: Sequence[str], ranked: Sequence[Site], unplaced: tuple[UnplacedSite, ...]
) -> Places:
    wanted = set(ids)
    rows: dict[str, list[Site]] = {}
    known = _Known(merging)
    doubled: set[str] = set()
    for site in ranked:
        if site.id in wanted and site.id not in rows:
            rows[site.id] = [site]
            if known.home(site) is not None:
                doubled.add(site.id)
            known.add(site)
    home: dict[str, str] = {}
    lost: list[str] = []
    for site in ranked:
        place = site.id if site.id in rows else known.home(site)
        if place is None:
            lost.append(site.id)
            continue
        home[site.id] = place
        if site is not rows[place][0]:
            rows[place].append(site)
    return Places(
        rows={place: tuple(found) for place, found in rows.items()},
        doubled=frozenset(doubled),
        lost=tuple(lost),
        home=home,
        unplaced=unplaced,
    )


class _Known:
    """Places that carry an id of the plan, by name and by position."""

    def __init__(self, merging: MergeSection) -> None:
        self._merging = merging
        self._reach_m = max(merging.same_place_m, merging.similar_m)
        self._names: dict[tuple[str, str], str] = {}
        self._places: list[Site] = []
        self._grid = Grid(self._reach_m)

    def add(self, site: Site) -> None:
        self._names.setdefault((site.city, self._plain(site)), site.id)
        self._grid.add(len(self._places), site)
        self._places.append(site)

    def home(self, site: Site) -> str | None:
        """The place that a row stands for: of its name in its city, else the nearest that is near enough and alike."""
        name = self._plain(site)
        if (site.city, name) in self._names:
            return self._names[site.city, name]
        near = sorted((apart_m(self._places[number], site), number) for number in self._grid.near(site))
        for metres, number in near:
            other = self._places[number]
            alike = likeness(name, self._plain(other)) >= self._merging.likeness
            if metres <= self._merging.same_place_m or (metres <= self._merging.similar_m and alike):
                return other.id
        return None

    def _plain(self, site: Site) -> str:
        return plain_name(site.name, self._merging.drop_words)


def _taken(case: Case, entry: PlugIn, *, where: str) -> tuple[list[Site], list[UnplacedSite]]:
    if entry.use == "table":
        table = read_options(_TableOptions, entry, where=where)
        rows = case.table(table.file, SiteRow, in_region=True, crs=table.crs)
        rows = [row for row in rows if table.kinds is None or row.kind in table.kinds]
        return [row.to_site() for row in rows if row.is_placed], [
            row.to_unplaced() for row in rows if not row.is_placed
        ]
    if entry.use == "polygons":
        layer = read_options(_PolygonOptions, entry, where=where)
        sites = read_parcels(
            case.project.path(layer.file, where="inputs"),
            where=layer.file,
            crs=layer.crs,
            given=layer.columns,
            survey_m=layer.survey_m,
            region=region_of(case.scenario.region),
        )
        return list(sites), []
    if entry.use == "generate":
        return _made_by_rule(case, read_options(_GenerateOptions, entry, where=where)), []
    raise InputError(f"the re-check does not know the source of sites '{entry.use}'", where=where)


def _made_by_rule(case: Case, rule: _GenerateOptions) -> list[Site]:
    rows = case.table(rule.file, SiteRow, in_region=True, crs=rule.crs) if rule.file is not None else []
    fit = [row for row in rows if row.kind in rule.at and (row.exit or "unknown") in rule.exits and row.is_placed]
    made = [*(row.to_site() for row in fit), *_made_by_roads(case, rule)]
    sites = sorted(made, key=lambda site: site.id)
    for file in rule.outside:
        metres = distances_m(case, file, sites, crs=rule.outside_crs or rule.crs)
        sites = [site for site, away_m in zip(sites, metres, strict=True) if away_m > 0]
    kept: list[Site] = []
    for site in sites:
        if rule.spacing_km == 0 or not kept or _nearest_km(site, kept) >= rule.spacing_km:
            kept.append(site)
    return kept


def _made_by_roads(case: Case, rule: _GenerateOptions) -> list[Site]:
    """Sites along roads and around places, by the same geometry as planning."""
    if not rule.along and rule.around is None:
        return []
    section, city = case.scenario.roads, case.scenario.region.city
    nodes = {row.id: row.to_node() for row in case.table(section.nodes, RoadNodeRow, crs=section.crs)}
    links = [row.to_link() for row in case.table(section.links, RoadLinkRow, crs=section.crs)]
    towns = case.table(rule.around, TownRow, crs=rule.crs) if rule.around is not None else []
    radius_m = rule.made_precision_m
    places = [(town.to_place(), town.district) for town in towns]
    along = along_roads(nodes, links, roads=rule.along, every_km=rule.every_km, precision_m=radius_m, city=city)
    ring = around_places(nodes, links, places=places, ring_km=rule.ring_km, precision_m=radius_m, city=city)
    return [*along, *ring]


def _nearest_km(site: Site, others: Sequence[Site]) -> float:
    lons, lats = [other.lon for other in others], [other.lat for other in others]
    return float(geodesic_km(site.lon, site.lat, lons, lats).min())


def distances_m(case: Case, file: str, sites: Sequence[Site], *, crs: str) -> list[float]:
    """Metres of each site to the polygons of a layer in a datum, negative inside."""
    if not sites:
        return []
    areas = read_areas(case.project.path(file, where="inputs"), where=file, crs=crs)
    lon, lat = np.array([site.lon for site in sites]), np.array([site.lat for site in sites])
    return [float(metres) for metres in signed_distances_m(areas, lon, lat)]
