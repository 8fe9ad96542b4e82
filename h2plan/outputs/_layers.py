"""A plan as tables with places: what every list, layer and workbook of it is written from."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, fields, replace
from functools import partial
from types import NoneType, UnionType
from typing import Any, Literal, Union, get_args, get_origin, get_type_hints

import numpy as np
from pyproj import CRS

from h2plan.datums import from_wgs84
from h2plan.domain import Range, Source, UnplacedSite, Verdict
from h2plan.outputs._labels import LEVELS as DEMAND_LEVELS
from h2plan.outputs._labels import Text
from h2plan.outputs._levels import Edition, holds_rows, levels_of, rank, release, shows
from h2plan.outputs._ranking import RANKING, Ranked, ranked
from h2plan.outputs._tables import LEVELS, NESTED, Cell, field_label
from h2plan.plan.network_rows import (
    Build,
    Centre,
    Loss,
    RuleOutcome,
    SourceUse,
    StationEquipment,
    SupplyFlow,
    YearMoney,
)
from h2plan.plan.results import Allocation, Backdrop, Candidate, DemandRow, DistrictRow, Plan, Station

Kind = Literal["text", "real", "integer", "boolean"]
Shape = Literal["none", "point", "line"]
Point = tuple[float, float]
Lines = tuple[tuple[Point, ...], ...]
"""Where a row lies: one line of one point for a point, several lines for a route, nothing where it has no place."""
NOWHERE: Lines = ()
DEGREE_DIGITS, METRE_DIGITS = 7, 3
"""Decimals of written positions: about a centimetre in degrees, a millimetre in metres."""


@dataclass(frozen=True, slots=True, kw_only=True)
class LayerField:
    """One column of a layer: its name, its label in both languages, unit, level and kind of value."""

    name: str
    label: Text
    unit: str
    level: Edition
    kind: Kind


@dataclass(frozen=True, slots=True, kw_only=True)
class Layer:
    """One table of a plan; `places` holds where each row lies, in the datum the layer is in."""

    name: str
    title: Text
    fields: tuple[LayerField, ...]
    rows: tuple[tuple[Cell, ...], ...]
    shape: Shape = "none"
    places: tuple[Lines, ...] = ()

    def column(self, name: str) -> list[Cell]:
        """Return the cells of one field."""
        at = [field.name for field in self.fields].index(name)
        return [row[at] for row in self.rows]


TITLES: Mapping[str, Text] = {
    "stations": Text("加氢站", "stations"),
    "candidates": Text("候选站址", "candidates"),
    "demand": Text("需求点", "demand points"),
    "flows": Text("干线车流", "flows"),
    "allocations": Text("需求分配", "allocation"),
    "sources": Text("氢源", "hydrogen sources"),
    "centres": Text("储运中心", "storage centres"),
    "deliveries": Text("氢气配送", "deliveries"),
    "source_use": Text("氢源供应", "source use"),
    "districts": Text("行政区", "districts"),
    "builds": Text("建设时序", "builds"),
    "money": Text("分期资金", "money by year"),
    "losses": Text("失效影响", "losses"),
    "rules": Text("政策要求", "policy rules"),
    "equipment": Text("加注设备", "station equipment"),
    "screening": Text("选址筛选", "screening"),
    "unplaced": Text("位置不详站点", "without a position"),
    "figures": Text("主要指标", "figures"),
}
"""Name of a layer to its title."""
PERIOD = LayerField(name="period", label=Text("年份", "year"), unit="", level="public", kind="integer")
ALWAYS = frozenset({"stations", "candidates", "demand", "figures"})
"""Layers that stand in every file, with no rows too."""
OF_POINTS = frozenset({"place_id", "district", "lon", "lat", "precision_m"})
OF_FLOWS = frozenset({"origin", "destination", "route"})
FIGURE_FIELDS = (
    PERIOD,
    *(
        LayerField(name=name, label=label, unit="", level="public", kind="text")
        for name, label in (
            ("figure", Text("指标", "figure")),
            ("label", Text("中文名", "Chinese label")),
            ("label_en", Text("英文名", "English label")),
            ("unit", Text("单位", "unit")),
        )
    ),
    LayerField(name="value", label=Text("数值", "value"), unit="", level="public", kind="real"),
)


def layers(plan: Plan, backdrop: Backdrop, edition: Edition) -> tuple[Layer, ...]:
    """Return every table of a plan that an edition has, in WGS 84; rows of several years carry their year.

    Positions of stations, candidates and places are as exact as the edition allows; allocations and deliveries are
    straight lines between their ends, flows follow the road links of their route.
    """
    told = release(plan, edition)
    years = [told.at(period) for period in told.periods]
    route = _route(backdrop)

    def yearly(name: str, kind: type[Any], rows: str, **how: Any) -> Layer | None:
        by_year = [(year.period, getattr(year, rows)) for year in years]
        return _of_years(name, kind, by_year, edition=edition, **how)

    made = (
        yearly("stations", Station, "stations", at=_at, shape="point"),
        _candidates(told, edition),
        yearly("demand", DemandRow, "demand", keep=_is_placed, without=OF_FLOWS, at=_at, shape="point"),
        yearly("flows", DemandRow, "demand", keep=_is_flow, without=OF_POINTS, at=route, shape="line"),
        _allocations(years, yearly("allocations", Allocation, "allocations")),
        _table("sources", Source, told.sources, edition=edition, at=_at, shape="point"),
        yearly("centres", Centre, "centres", at=_at, shape="point"),
        _deliveries(years, yearly("deliveries", SupplyFlow, "deliveries")),
        yearly("source_use", SourceUse, "source_use"),
        yearly("districts", DistrictRow, "districts"),
        _table("builds", Build, told.builds, edition=edition),
        _table("money", YearMoney, told.money, edition=edition),
        yearly("losses", Loss, "losses"),
        yearly("rules", RuleOutcome, "rules"),
        yearly("equipment", StationEquipment, "equipment"),
        _table("screening", Verdict, told.verdicts, edition=edition),
        _table("unplaced", UnplacedSite, told.unplaced, edition=edition),
        _figures(years),
    )
    return tuple(layer for layer in made if layer is not None and (layer.rows or layer.name in ALWAYS))


def all_demand(plan: Plan, edition: Edition) -> Layer:
    """Return points and flows as one table; flows have no place."""
    told = release(plan, edition)
    by_year = [(period, told.at(period).demand) for period in told.periods]
    made = _of_years("demand", DemandRow, by_year, edition=edition, at=_at, shape="point")
    assert made is not None  # demand has public fields
    return made


def in_datum(layer: Layer, crs: str) -> Layer:
    """Return a layer with its places in another datum, rounded to about a centimetre.

    The columns `lon` and `lat` of points follow; in a system of metres they are called `x` and `y`.
    """
    if crs == "wgs84":
        return layer
    metres = not is_in_degrees(crs)
    points = [point for lines in layer.places for line in lines for point in line]
    x, y = from_wgs84([lon for lon, _ in points], [lat for _, lat in points], crs)
    digits = METRE_DIGITS if metres else DEGREE_DIGITS
    moved = iter(zip(np.round(x, digits).tolist(), np.round(y, digits).tolist(), strict=True))
    places = tuple(tuple(tuple(next(moved) for _ in line) for line in lines) for lines in layer.places)
    return (
        _follow(replace(layer, places=places), crs, metres=metres)
        if layer.shape == "point"
        else replace(layer, places=places)
    )


def is_in_degrees(crs: str) -> bool:
    """Tell whether positions in a datum are longitude and latitude."""
    return not crs.startswith("EPSG:") or bool(CRS.from_user_input(crs).is_geographic)


def _follow(layer: Layer, crs: str, *, metres: bool) -> Layer:
    """Put the places of a layer of points into its columns of positions, and name their datum."""
    names = [field.name for field in layer.fields]
    east, north = names.index("lon"), names.index("lat")
    told = list(layer.fields)
    shown = crs.upper()
    for at, new, zh, en in ((east, "x", "东坐标", "easting"), (north, "y", "北坐标", "northing")):
        old = told[at]
        label = (
            Text(f"{zh} {shown}", f"{en} {shown}")
            if metres
            else Text(f"{old.label.zh} {shown}", f"{old.label.en} {shown}")
        )
        told[at] = replace(old, name=new if metres else old.name, label=label, unit="m" if metres else "°")
    rows = []
    for row, place in zip(layer.rows, layer.places, strict=True):
        cells = list(row)
        if place:
            cells[east], cells[north] = place[0][0]
        rows.append(tuple(cells))
    return replace(layer, fields=tuple(told), rows=tuple(rows))


def _fields(row_type: type[Any], edition: Edition) -> Iterator[tuple[LayerField, Callable[[Any], Cell]]]:
    """Yield the columns of a row type that an edition shows, each with the way to read its cell."""
    hints, levels = get_type_hints(row_type), levels_of(row_type)
    for field in fields(row_type):
        if field.name in NESTED or not shows(row_type, field.name, edition):
            continue
        zh, unit = field_label(row_type, field, "zh")
        en, _ = field_label(row_type, field, "en")
        level = levels[field.name]
        if hints[field.name] is Range:
            for at in LEVELS:
                label = Text(f"{zh} {DEMAND_LEVELS[at].zh}", f"{en} {at}")
                made = LayerField(name=f"{field.name}_{at}", label=label, unit=unit, level=level, kind="real")
                yield made, partial(_end, name=field.name, at=at)
        else:
            kind = _kind(hints[field.name])
            made = LayerField(name=field.name, label=Text(zh, en), unit=unit, level=level, kind=kind)
            yield made, partial(_cell, name=field.name)


def _end(row: Any, *, name: str, at: Any) -> Cell:
    return float(getattr(row, name).at(at))


def _cell(row: Any, *, name: str) -> Cell:
    value = getattr(row, name)
    if name == "opens" and getattr(row, "built", False):
        return None  # `opens` is the year of the plan; what stands opened before it
    return ";".join(value) if isinstance(value, tuple) else value


def _kind(hint: Any) -> Kind:
    if get_origin(hint) in (Union, UnionType):
        hint = next(part for part in get_args(hint) if part is not NoneType)
    kinds: Mapping[Any, Kind] = {bool: "boolean", int: "integer", float: "real"}
    return kinds.get(hint, "text")


def _table(
    name: str,
    row_type: type[Any],
    rows: Sequence[Any],
    *,
    edition: Edition,
    at: Callable[[Any], Lines] | None = None,
    shape: Shape = "none",
    without: frozenset[str] = frozenset(),
) -> Layer | None:
    """Return rows as a layer; nothing where the edition has no such table."""
    if not holds_rows(row_type, edition):
        return None
    told = [(field, read) for field, read in _fields(row_type, edition) if field.name not in without]
    return Layer(
        name=name,
        title=TITLES[name],
        fields=tuple(field for field, _ in told),
        rows=tuple(tuple(read(row) for _, read in told) for row in rows),
        shape=shape,
        places=() if at is None else tuple(at(row) for row in rows),
    )


def _of_years(
    name: str,
    row_type: type[Any],
    by_year: Sequence[tuple[int, Sequence[Any]]],
    *,
    keep: Callable[[Any], bool] = lambda _row: True,
    **how: Any,
) -> Layer | None:
    """Return the rows of every year below each other, the year in front."""
    kept = [(period, row) for period, rows in by_year for row in rows if keep(row)]
    made = _table(name, row_type, [row for _, row in kept], **how)
    if made is None:
        return None
    rows = tuple((period, *row) for (period, _), row in zip(kept, made.rows, strict=True))
    return replace(made, fields=(PERIOD, *made.fields), rows=rows)


def _candidates(plan: Plan, edition: Edition) -> Layer | None:
    """Return the candidates by rank: score and reasons stand in front of what their table says."""
    order = ranked(plan)
    sites = [one.site for one in order]
    made = _table("candidates", Candidate, sites, edition=edition, at=_at, shape="point")
    if made is None:
        return None
    hints = get_type_hints(Ranked)
    own = [
        LayerField(name=name, label=label, unit=unit, level=level, kind=_kind(hints[name]))
        for name, (label, unit, level) in RANKING.items()
        if rank(level) <= rank(edition)
    ]
    rows = tuple(
        (*(getattr(one, field.name) for field in own), *row) for one, row in zip(order, made.rows, strict=True)
    )
    return replace(made, fields=(*own, *made.fields), rows=rows)


def _allocations(years: Sequence[Plan], made: Layer | None) -> Layer | None:
    """Draw who fills where as straight lines from the place of demand to the station; flows have none."""
    ends: dict[tuple[Cell, ...], Lines] = {}
    for year in years:
        stations = {row.site_id: (row.lon, row.lat) for row in year.stations}
        points = {row.id: (row.lon, row.lat) for row in year.demand if row.lon is not None and row.lat is not None}
        for row in year.allocations:
            if row.demand_id in points and row.site_id in stations:
                ends[year.period, row.demand_id, row.site_id] = ((points[row.demand_id], stations[row.site_id]),)
    if made is None:
        return None
    keys = zip(*(made.column(name) for name in ("period", "demand_id", "site_id")), strict=True)
    return replace(made, shape="line", places=tuple(ends.get(key, NOWHERE) for key in keys))


def _deliveries(years: Sequence[Plan], made: Layer | None) -> Layer | None:
    """Draw deliveries as straight lines from source or centre to centre or station."""
    if made is None:
        return None
    where: dict[Cell, Point] = {}
    for year in years:
        where |= {row.id: (row.lon, row.lat) for row in year.sources}
        where |= {row.site_id: (row.lon, row.lat) for row in year.centres}
        where |= {row.site_id: (row.lon, row.lat) for row in year.stations}
    ends = zip(made.column("origin"), made.column("destination"), strict=True)
    places = tuple(((where[a], where[b]),) if a in where and b in where else NOWHERE for a, b in ends)
    return replace(made, shape="line", places=places)


def _figures(years: Sequence[Plan]) -> Layer:
    """Return every figure of every year on a row of its own."""
    rows: list[tuple[Cell, ...]] = []
    for year in years:
        for field in fields(year.figures):
            value = getattr(year.figures, field.name)
            if isinstance(value, int | float):
                label, unit = field_label(type(year.figures), field, "zh")
                label_en, _ = field_label(type(year.figures), field, "en")
                rows.append((year.period, field.name, label, label_en, unit, float(value)))
    return Layer(name="figures", title=Text("主要指标", "figures"), fields=FIGURE_FIELDS, rows=tuple(rows))


def _is_placed(row: DemandRow) -> bool:
    return row.lon is not None and row.lat is not None


def _is_flow(row: DemandRow) -> bool:
    return not _is_placed(row)


def _at(row: Any) -> Lines:
    return NOWHERE if row.lon is None or row.lat is None else (((row.lon, row.lat),),)


def _route(backdrop: Backdrop) -> Callable[[DemandRow], Lines]:
    """Return the way from a flow to the lines of its road links; links that are not drawn are left out."""
    drawn = {line.id: line.coords for line in backdrop.roads}
    return lambda row: tuple(drawn[link] for link in row.route if link in drawn)
