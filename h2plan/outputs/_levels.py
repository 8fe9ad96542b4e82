"""Who may see what: the level of every field and row of a plan, and the plan as one edition of it may show it.

public (公开) is what a notice of a siting plan has to say: where, what size, which year, why, how sure. internal (内部)
is what a planning office works with: the cost of each station, who is served where, places that were looked at and not
chosen, fleets by operator. sensitive (敏感) is what a supplier or the safety of supply wants kept: contract prices,
the exact positions of hydrogen sources and storage centres, what fails when one of them is lost.

An edition carries its own level and those below it. The levels are an h2plan proposal, derived from what notices of
planning show; an office that knows better sets the stricter edition.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import fields, replace
from math import nan
from types import NoneType, UnionType
from typing import Any, Literal, TypeVar, Union, get_args, get_origin, get_type_hints

from h2plan.domain import Assumption, OpenPoint, Range, Source, UnplacedSite, Verdict
from h2plan.outputs._labels import Text
from h2plan.plan.network_rows import (
    Build,
    Centre,
    Loss,
    NearestLoad,
    RuleOutcome,
    SourceUse,
    StationEquipment,
    SupplyFlow,
    YearMoney,
)
from h2plan.plan.results import (
    Allocation,
    Alternative,
    Candidate,
    DemandRow,
    DistrictRow,
    Figures,
    GoalResult,
    LevelFigures,
    Plan,
    Station,
    YearPlan,
)

Edition = Literal["public", "internal", "sensitive"]
"""A level, and the edition that carries everything up to it."""
EDITIONS: tuple[Edition, ...] = ("public", "internal", "sensitive")
EDITION_NAMES: Mapping[Edition, Text] = {
    "public": Text("公示版", "public edition"),
    "internal": Text("内部版", "internal edition"),
    "sensitive": Text("敏感版", "sensitive edition"),
}
LEVEL_NAMES: Mapping[Edition, Text] = {
    "public": Text("公开", "public"),
    "internal": Text("内部", "internal"),
    "sensitive": Text("敏感", "sensitive"),
}
EVERY_FIELD = "*"
"""Stands for the fields of a row type that are named at no other level."""

FIELD_LEVELS: Mapping[type, Mapping[Edition, str]] = {
    Station: {
        "public": EVERY_FIELD,
        "internal": "capex_cny annual_cost_cny_per_yr source_id source_km delivery_cny_per_kg",
    },
    Candidate: {"public": EVERY_FIELD, "internal": "approval_months"},
    UnplacedSite: {"public": EVERY_FIELD, "internal": "note"},
    Verdict: {
        "public": EVERY_FIELD,
        "internal": "reason measured_m object object_en required_m precision_m reason_zh remedy remedy_zh clauses",
    },
    DemandRow: {"public": EVERY_FIELD, "internal": "nearest_site nearest_min"},
    Allocation: {"internal": EVERY_FIELD},
    DistrictRow: {"public": EVERY_FIELD},
    Source: {"public": EVERY_FIELD, "internal": "max_kg_per_d note"},
    Figures: {"public": EVERY_FIELD},
    LevelFigures: {"public": EVERY_FIELD},
    Alternative: {"public": EVERY_FIELD},
    GoalResult: {"public": EVERY_FIELD},
    Assumption: {"public": EVERY_FIELD},
    OpenPoint: {"public": EVERY_FIELD},
    Build: {"public": EVERY_FIELD, "internal": "capex_cny"},
    YearMoney: {"public": EVERY_FIELD, "internal": "supply_cost_cny_per_yr"},
    SupplyFlow: {"internal": EVERY_FIELD, "sensitive": "cny_per_kg fixed_cny_per_yr"},
    SourceUse: {"internal": EVERY_FIELD, "sensitive": "available_kg_per_d price_cny_per_kg"},
    Centre: {"public": EVERY_FIELD, "internal": "handled_kg_per_d capex_cny annual_cost_cny_per_yr"},
    Loss: {"internal": EVERY_FIELD},
    RuleOutcome: {"internal": EVERY_FIELD},
    StationEquipment: {"public": EVERY_FIELD, "internal": "fit_capex_cny"},
    NearestLoad: {"internal": EVERY_FIELD},
}
"""Row type to level to the names of its fields; a row type without a public field stays out of the public edition."""

FLEETS = frozenset({"depots", "points"})
"""Kinds of demand rows that can be one operator's vehicles; without their names below `internal`."""
COARSE_DEGREES = 2
"""Decimals of a coarsened position: a hundredth of a degree, about 1 km."""
COARSE_M = 1000.0
"""Least stated error of a coarsened position."""
PLACES = frozenset({"lon", "lat", "precision_m"})
COARSE_BELOW: Mapping[type, Edition] = {Source: "sensitive", Centre: "internal"}
"""Row types whose positions are coarsened in the editions below."""
ANONYMOUS = Text("车队", "fleet")
ASKED_INTERNALLY = frozenset({"required", "forbidden"})
"""Parts of the question that name sites."""

Row = TypeVar("Row")
Fleets = Mapping[tuple[str, str], tuple[int, Text]]
"""(kind, place id) of a fleet to the number that stands for it, and its own name."""


def rank(level: Edition) -> int:
    """Return how much a level may show; a higher number shows more."""
    return EDITIONS.index(level)


def levels_of(row_type: type[Any]) -> Mapping[str, Edition]:
    """Return the level of every field of a row type.

    Raises:
        KeyError: the row type has no levels; give it a line in `FIELD_LEVELS`.
    """
    told = FIELD_LEVELS[row_type]
    named: dict[str, Edition] = {name: level for level, names in told.items() for name in names.split()}
    rest = named.pop(EVERY_FIELD)
    known = {field.name for field in fields(row_type)}
    if odd := sorted(set(named) - known):
        raise KeyError(f"{row_type.__name__} has no field {', '.join(odd)}")
    return {field.name: named.get(field.name, rest) for field in fields(row_type)}


def shows(row_type: type[Any], field: str, edition: Edition) -> bool:
    """Tell whether an edition shows a field."""
    return rank(levels_of(row_type)[field]) <= rank(edition)


def holds_rows(row_type: type[Any], edition: Edition) -> bool:
    """Tell whether an edition has the table of a row type at all."""
    return any(shows(row_type, name, edition) for name in levels_of(row_type))


def named(stem: str, edition: Edition) -> str:
    """Return the stem of a file's name: the internal edition has the plain one, the others say what they are."""
    return stem if edition == "internal" else f"{stem}-{edition}"


def release(plan: Plan, edition: Edition) -> Plan:
    """Return the plan as an edition may show it: fields blanked, rows withheld, positions coarsened.

    A withheld number is NaN and a withheld text blank, so that a writer that forgets to leave its column out (ask
    `shows`) fails instead of printing it. Figures of the whole plan stay: they are not to be summed from rows here.
    """
    internal = rank(edition) >= rank("internal")
    asked = plan.question if internal else {k: v for k, v in plan.question.items() if k not in ASKED_INTERNALLY}
    years: tuple[Plan | YearPlan, ...] = (plan, *plan.earlier)
    fleets = _fleets(years)
    return replace(
        plan,
        **_of_year(plan, edition, fleets),
        question=asked,
        unplaced=_rows(plan.unplaced, edition),
        candidates=tuple(site for site in plan.candidates if internal or site.chosen),
        verdicts=_verdicts(plan.verdicts, years, edition),
        sources=_rows(plan.sources, edition),
        notes=plan.notes if internal else (),
        inputs=plan.inputs if internal else {},
        builds=_rows(plan.builds, edition),
        money=_rows(plan.money, edition),
        earlier=tuple(replace(year, **_of_year(year, edition, fleets)) for year in plan.earlier),
    )


def _of_year(year: Plan | YearPlan, edition: Edition, fleets: Fleets) -> dict[str, Any]:
    """Return the rows that each year of a plan has of its own."""
    return {
        "stations": _stations(year.stations, edition, fleets),
        "demand": _demand(year.demand, edition, fleets),
        "allocations": _rows(year.allocations, edition),
        "deliveries": _rows(year.deliveries, edition),
        "source_use": _rows(year.source_use, edition),
        "centres": _rows(year.centres, edition),
        "losses": _rows(year.losses, edition),
        "rules": _rows(year.rules, edition),
        "equipment": _rows(year.equipment, edition),
    }


def _rows(rows: Sequence[Row], edition: Edition) -> tuple[Row, ...]:
    """Blank what the edition does not show, and coarsen positions where their type asks for it."""
    if not rows:
        return ()
    kind: type[Any] = type(rows[0])
    if not holds_rows(kind, edition):
        return ()
    blanks = {name: _blank(kind, name) for name in levels_of(kind) if not shows(kind, name, edition)}
    coarse = kind in COARSE_BELOW and rank(edition) < rank(COARSE_BELOW[kind])
    return tuple(_changed(row, blanks | (_coarse(row) if coarse else {})) for row in rows)


def _changed(row: Any, changes: Mapping[str, Any]) -> Any:
    return replace(row, **changes) if changes else row


def _coarse(row: Any) -> dict[str, Any]:
    return {
        "lon": round(row.lon, COARSE_DEGREES),
        "lat": round(row.lat, COARSE_DEGREES),
        "precision_m": max(row.precision_m, COARSE_M),
    }


def _verdicts(rows: tuple[Verdict, ...], years: Sequence[Plan | YearPlan], edition: Edition) -> tuple[Verdict, ...]:
    """Return the screen's verdicts; the public edition has those of stations only."""
    if rank(edition) >= rank("internal"):
        return _rows(rows, edition)
    chosen = {station.site_id for year in years for station in year.stations}
    return _rows([row for row in rows if row.site_id in chosen], edition)


def _fleets(years: Sequence[Plan | YearPlan]) -> Fleets:
    """Number the places of fleets, the same in every year."""
    rows = {(row.kind, row.place_id): row for year in years for row in year.demand if row.kind in FLEETS}
    return {
        place: (count, Text(rows[place].name, rows[place].name_en)) for count, place in enumerate(sorted(rows), start=1)
    }


def _stations(rows: tuple[Station, ...], edition: Edition, fleets: Fleets) -> tuple[Station, ...]:
    """Return the stations; below `internal` the reasons why they stand there name no fleet either."""
    told = _rows(rows, edition)
    if rank(edition) >= rank("internal") or not fleets:
        return told
    return tuple(replace(row, why=_unnamed(row.why, fleets), why_en=_unnamed(row.why_en, fleets)) for row in told)


def _unnamed(text: str, fleets: Fleets) -> str:
    names = [(name, str(number), ANONYMOUS.zh) for number, (name, _) in fleets.values()]
    names += [(name, f" {number}", ANONYMOUS.en) for number, (_, name) in fleets.values()]
    for name, number, word in sorted(names, key=lambda entry: -len(entry[0])):
        text = text.replace(name, f"{word}{number}") if name else text
    return text


def _demand(rows: tuple[DemandRow, ...], edition: Edition, fleets: Fleets) -> tuple[DemandRow, ...]:
    """Return the demand; below `internal` the fleet of one operator has no name and no exact place, but its kg."""
    told = _rows(rows, edition)
    if rank(edition) >= rank("internal"):
        return told
    return tuple(_anonymous(row, fleets[row.kind, row.place_id][0]) if row.kind in FLEETS else row for row in told)


def _anonymous(row: DemandRow, number: int) -> DemandRow:
    place: dict[str, Any] = {} if row.lon is None or row.lat is None or row.precision_m is None else _coarse(row)
    return replace(
        row,
        id=f"fleet-{number}:{row.vehicle_class}",
        place_id=f"fleet-{number}",
        name=f"{ANONYMOUS.zh}{number}",
        name_en=f"{ANONYMOUS.en} {number}",
        source="",
        **place,
    )


def _blank(row_type: type[Any], field: str) -> Any:
    """Return what stands for a withheld value."""
    kind = get_type_hints(row_type)[field]
    if get_origin(kind) in (Union, UnionType) and NoneType in get_args(kind):
        return None
    if get_origin(kind) is tuple:
        return ()
    made = _BLANKS.get(kind)
    if made is None:
        raise TypeError(f"{row_type.__name__}.{field}: a {kind} cannot be withheld; make the field public")
    return made()


_BLANKS: Mapping[Any, Callable[[], Any]] = {
    str: str,
    float: lambda: nan,
    Range: lambda: Range(nan, nan, nan),
}
