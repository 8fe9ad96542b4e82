"""Sites read anew from the tables: the rows a scenario takes, and the place of the plan that each stands for."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Literal

import numpy as np

from h2plan.domain import Site, SiteKind, UnplacedSite
from h2plan.errors import InputError
from h2plan.geo.access import Heading
from h2plan.geo.crs import geodesic_km
from h2plan.geo.layers import read_areas, signed_distances_m
from h2plan.plan._check_case import Case, read_options
from h2plan.plan._check_roads import halves
from h2plan.scenario import Datum, NotNegative, PlugIn, Section
from h2plan.tables.rows import SiteRow

SAME_DEGREES = 1e-5
"""About a metre: positions that round to the same multiple are one place."""
IMPRECISE_M = 500.0
"""A position known worse than this is for review."""
_WORSE = {"yes": 0, "partly": 1, "no": 2}


class _TableOptions(Section):
    file: str
    crs: Datum
    kinds: tuple[SiteKind, ...] | None = None


class _GenerateOptions(Section):
    file: str
    crs: Datum
    at: tuple[SiteKind, ...] = ("interchange", "toll_gate")
    exits: tuple[Literal["yes", "no", "unknown"], ...] = ("yes", "unknown")
    outside: tuple[str, ...] = ()
    outside_crs: Datum | None = None
    spacing_km: NotNegative = 0.0


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

    def max_kg_per_d(self, place: str) -> float | None:
        """Largest station that any row of the place allows."""
        return min((row.max_kg_per_d for row in self.rows[place] if row.max_kg_per_d is not None), default=None)


def read_places(case: Case, ids: Sequence[str]) -> Places:
    """Read every site source of the scenario and find the rows behind the ids of the plan.

    A station that stands carries a place before a site that is thought of, then the better verified row, then the
    earlier one. Rows of the same name in a city, or at the same metre, stand for one place.
    """
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
    places = _stand_for([whole.get(name, name) for name in ids], ranked, tuple(unplaced))
    return _in_halves(places, {name: found for name, found in parts.items() if name in places.rows}, headings)


def _in_halves(places: Places, parts: Mapping[str, tuple[Site, ...]], headings: Mapping[str, Heading]) -> Places:
    """The places with each service area as its halves; a row of the whole stands for the first of them."""
    rows: dict[str, tuple[Site, ...]] = {}
    for name, found in places.rows.items():
        rows |= {half.id: (half, *found[1:]) for half in parts.get(name, (found[0],))}
    home = {row: parts[place][0].id if place in parts else place for row, place in places.home.items()}
    return replace(places, rows=rows, home=home, headings=headings)


def _stand_for(ids: Sequence[str], ranked: Sequence[Site], unplaced: tuple[UnplacedSite, ...]) -> Places:
    wanted = set(ids)
    rows: dict[str, list[Site]] = {}
    names: dict[tuple[str, str], str] = {}
    cells: dict[tuple[int, int], str] = {}
    doubled: set[str] = set()
    for site in ranked:
        if site.id in wanted and site.id not in rows:
            rows[site.id] = [site]
            if names.setdefault((site.city, site.name), site.id) != site.id:
                doubled.add(site.id)
            if cells.setdefault(_cell(site), site.id) != site.id:
                doubled.add(site.id)
    home: dict[str, str] = {}
    lost: list[str] = []
    for site in ranked:
        place = site.id if site.id in rows else names.get((site.city, site.name), cells.get(_cell(site)))
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


def _cell(site: Site) -> tuple[int, int]:
    return round(site.lon / SAME_DEGREES), round(site.lat / SAME_DEGREES)


def _taken(case: Case, entry: PlugIn, *, where: str) -> tuple[list[Site], list[UnplacedSite]]:
    if entry.use == "table":
        table = read_options(_TableOptions, entry, where=where)
        rows = case.table(table.file, SiteRow, in_region=True, crs=table.crs)
        rows = [row for row in rows if table.kinds is None or row.kind in table.kinds]
        return [row.to_site() for row in rows if row.is_placed], [
            row.to_unplaced() for row in rows if not row.is_placed
        ]
    if entry.use == "generate":
        return _made_by_rule(case, read_options(_GenerateOptions, entry, where=where)), []
    raise InputError(f"the re-check does not know the source of sites '{entry.use}'", where=where)


def _made_by_rule(case: Case, rule: _GenerateOptions) -> list[Site]:
    rows = case.table(rule.file, SiteRow, in_region=True, crs=rule.crs)
    fit = [row for row in rows if row.kind in rule.at and (row.exit or "unknown") in rule.exits and row.is_placed]
    sites = sorted((row.to_site() for row in fit), key=lambda site: site.id)
    for file in rule.outside:
        metres = distances_m(case, file, sites, crs=rule.outside_crs or rule.crs)
        sites = [site for site, away_m in zip(sites, metres, strict=True) if away_m > 0]
    kept: list[Site] = []
    for site in sites:
        if rule.spacing_km == 0 or not kept or _nearest_km(site, kept) >= rule.spacing_km:
            kept.append(site)
    return kept


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
