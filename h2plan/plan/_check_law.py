"""Siting law applied anew: for each site the verdict and the largest size, from the saved tables and layers alone."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np

from h2plan.domain import Site
from h2plan.errors import InputError
from h2plan.geo.objects import Thing, nearest, read_things
from h2plan.plan._check_case import Case
from h2plan.scenario_screen import ScreenLayer
from h2plan.tables.rows import (
    LandNeedRow,
    ProtectedBuildingRow,
    RuleRow,
    StationClassRow,
    StationSizeRow,
)

BAR, REVIEW = "bar", "review"
BESIDE_TANKS = ("fuel_station", "gas_station")


@dataclass(frozen=True, kw_only=True)
class LawSays:
    """What the law makes of one site."""

    verdict: str
    largest_kg_per_d: float | None
    metres: Mapping[str, tuple[float, ...]] = field(default_factory=dict)
    """Rule or planning layer to the distances of the nearest object, one a verdict of the layer; negative inside."""


@dataclass(frozen=True, kw_only=True)
class _Clause:
    """A rule, or one verdict of a planning layer, with its distances to every site."""

    name: str
    metres: Sequence[float] | None
    wanted_m: float | None
    margin_m: float
    sure: bool
    inside: bool = False
    warns: bool = False
    station_class: str = ""
    combined: bool | None = None
    kinds: tuple[str, ...] = ()
    over_storage_kg: float = 0.0


def law_anew(case: Case, sites: Sequence[Site]) -> dict[str, LawSays]:
    """Apply rules, planning layers, classes and needs of land to each site; empty if the scenario names none."""
    section = case.scenario.screen
    if not sites or (section.rules is None and not section.layers and section.land_needs is None):
        return {}
    clauses = [*_planning(case, sites), *_stated(case, sites)]
    classes = case.table(section.classes, StationClassRow) if section.classes else []
    classes = [row for row in classes if row.edition == section.class_edition]
    needs = case.table(section.land_needs, LandNeedRow) if section.land_needs else []
    found = {}
    for number, site in enumerate(sites):
        if site.kind in section.outside_kinds:
            found[site.id] = LawSays(verdict=REVIEW, largest_kg_per_d=site.max_kg_per_d)
            continue
        marks = {
            size.id: [
                *(_mark(clause, number, site, size, classes) for clause in clauses),
                *(_land_mark(need, site, size) for need in needs),
                _class_mark(site, size, classes),
            ]
            for size in case.sizes.values()
        }
        found[site.id] = _said(case, site, marks, _distances(clauses, number, site))
    return found


def _said(case: Case, site: Site, marks: Mapping[str, list[str]], metres: Mapping[str, tuple[float, ...]]) -> LawSays:
    left = [size for size in case.sizes.values() if BAR not in marks[size.id]]
    if not left:
        return LawSays(verdict="barred", largest_kg_per_d=0.0, metres=metres)
    bound = np.inf if site.max_kg_per_d is None else site.max_kg_per_d
    small = [size for size in left if size.capacity_kg_per_d <= bound]
    top = max(small or left, key=lambda size: size.capacity_kg_per_d)
    verdict = REVIEW if REVIEW in marks[top.id] else "pass"
    return LawSays(verdict=verdict, largest_kg_per_d=float(min(top.capacity_kg_per_d, bound)), metres=metres)


def _distances(clauses: Sequence[_Clause], number: int, site: Site) -> dict[str, tuple[float, ...]]:
    found: dict[str, tuple[float, ...]] = {}
    for clause in clauses:
        if clause.metres is not None and np.isfinite(clause.metres[number]) and _binds(clause, site):
            found[clause.name] = (*found.get(clause.name, ()), clause.metres[number])
    return found


def _binds(clause: _Clause, site: Site) -> bool:
    combined = bool(site.land.tank_m3) or site.kind in BESIDE_TANKS
    return clause.combined in (None, combined) and (not clause.kinds or site.kind in clause.kinds)


def _mark(clause: _Clause, number: int, site: Site, size: StationSizeRow, classes: Sequence[StationClassRow]) -> str:
    """What a clause makes of one size at one site: bar, review, or nothing."""
    if not _binds(clause, site) or size.storage_kg <= clause.over_storage_kg:
        return ""
    label, known = _class_of(site, size, classes)
    of_class = clause.station_class in ("", label)
    if clause.station_class and known and not of_class:
        return ""
    if clause.metres is None or clause.wanted_m is None:
        return REVIEW
    spare_m = -clause.metres[number] if clause.inside else clause.metres[number] - clause.wanted_m
    if spare_m > site.precision_m + clause.margin_m:
        return "" if clause.sure else REVIEW
    broken = spare_m <= 0 and clause.sure and not clause.warns
    return BAR if broken and of_class and (known or not clause.station_class) else REVIEW


def _class_of(site: Site, size: StationSizeRow, classes: Sequence[StationClassRow]) -> tuple[str | None, bool]:
    """Class by storage, and whether its limits were read: hydrogen alone by bounds, beside petrol by the formula."""
    combined = bool(site.land.tank_m3) or site.kind in BESIDE_TANKS
    rows = [row for row in classes if (row.host == "combined") == combined]
    if not rows or (combined and site.land.tank_m3 is None):
        return None, False
    sure = all(row.verified == "yes" for row in rows)
    if combined:
        tank_m3 = site.land.tank_m3 or 0.0
        fits = {
            row.hydrogen_kg or 0.0: row.station_class
            for row in rows
            if tank_m3 / (row.petrol_m3 or 1.0) + size.storage_kg / (row.hydrogen_kg or 1.0) <= 1
        }
        return (fits[min(fits)] if fits else ""), sure
    label = next(
        (
            row.station_class
            for row in rows
            if (row.storage_over_kg or 0.0) < size.storage_kg <= (row.storage_max_kg or np.inf)
        ),
        "",
    )
    return label, sure


def _class_mark(site: Site, size: StationSizeRow, classes: Sequence[StationClassRow]) -> str:
    label, sure = _class_of(site, size, classes)
    if label is None or label:
        return ""
    return BAR if sure else REVIEW


def _land_mark(need: LandNeedRow, site: Site, size: StationSizeRow) -> str:
    value = getattr(site.land, need.column)
    elsewhere = need.kinds and site.kind not in need.kinds
    if value in (None, "") or elsewhere or size.capacity_kg_per_d < need.from_kg_per_d:
        return ""
    if isinstance(value, str):
        met = value in (need.one_of or ())
    else:
        met = (need.at_least is None or value >= need.at_least) and (need.at_most is None or value <= need.at_most)
    return "" if met else (BAR if need.verified == "yes" else REVIEW)


def _stated(case: Case, sites: Sequence[Site]) -> list[_Clause]:
    section = case.scenario.screen
    rows = case.table(section.rules, RuleRow) if section.rules else []
    measured = {
        name: _metres(_counted(case, name, _things(case, entry)), sites)
        for name, entry in section.layers.items()
        if entry.verdict is None
    }
    return [
        _Clause(
            name=row.id,
            metres=measured.get(row.object),
            wanted_m=row.metres,
            margin_m=section.layers[row.object].precision_m if row.object in measured else 0.0,
            sure=row.verified == "yes" and row.object in measured and section.layers[row.object].verified,
            station_class=row.station_class,
            combined=None if row.host is None else row.host == "combined",
        )
        for row in rows
    ]


def _planning(case: Case, sites: Sequence[Site]) -> list[_Clause]:
    clauses = []
    for name, entry in case.scenario.screen.layers.items():
        if entry.verdict is None:
            continue
        things = _things(case, entry)
        for verdict in ("bar", "warn", "allow"):
            members = [thing for thing in things if (thing.text("verdict") or entry.verdict) == verdict]
            if members:
                clauses.append(
                    _Clause(
                        name=name,
                        metres=_metres(members, sites),
                        wanted_m=0.0,
                        margin_m=entry.precision_m,
                        sure=entry.verified,
                        inside=verdict == "allow",
                        warns=verdict == "warn",
                        kinds=tuple(entry.kinds),
                        over_storage_kg=entry.over_storage_kg,
                    )
                )
    return clauses


def _things(case: Case, entry: ScreenLayer) -> tuple[Thing, ...]:
    return read_things(case.project.path(entry.file, where="inputs"), where=entry.file, crs=entry.crs)


def _counted(case: Case, layer: str, things: Sequence[Thing]) -> list[Thing]:
    """Drop buildings that say of themselves that they are too small."""
    file = case.scenario.screen.buildings
    rows = case.table(file, ProtectedBuildingRow) if file else []
    least = {row.use: row.at_least for row in rows if row.object == layer and row.at_least is not None}
    kept = []
    for thing in things:
        amount = thing.properties.get("amount")
        small = isinstance(amount, (int, float)) and amount < least.get(thing.text("use"), -np.inf)
        if not small:
            kept.append(thing)
    return kept


def _metres(things: Sequence[Thing], sites: Sequence[Site]) -> list[float]:
    if not things:
        return [np.inf] * len(sites)
    lon, lat = np.array([site.lon for site in sites]), np.array([site.lat for site in sites])
    found = [float(metres) for metres in nearest(things, lon, lat).metres]
    if any(np.isnan(found)):
        raise InputError("a distance to a layer is no number", where="screen.layers")
    return found
