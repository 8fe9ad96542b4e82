"""What the report says beyond the plan's own tables: groups, orders and rows, all summed from the plan."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from markupsafe import Markup

from h2plan.domain import OpenPoint
from h2plan.outputs._charts import BUILT, NEW, REST, Bar, Dot, bars, overview_map
from h2plan.outputs._labels import Language, Text, either, money, number, percent
from h2plan.outputs._report_text import NO_DISTRICT, plain_rule, verdict_reason, word
from h2plan.plan.results import Backdrop, DistrictRow, LevelFigures, Plan, Station, in_order

NAMES_SHOWN = 12
"""Sites named in one row of the screening table; the workbook names them all."""
BARS_SHOWN = 60
IMPRECISE_M = 500.0
WORDED_ANSWERS = {"model": "model", "model.objective": "objective", "review": "review"}
SHARE_ANSWERS = frozenset({"served_share_min", "utilisation_max", "active_share_base", "discount_rate", "solver.gap"})
YEAR_ANSWERS = frozenset({"period"})


@dataclass(frozen=True, slots=True, kw_only=True)
class Numbered:
    """A station with its number in the report: built first, then by hydrogen dispensed."""

    number: int
    name: str
    district: str
    station: Station


@dataclass(frozen=True, slots=True, kw_only=True)
class StationGroup:
    """Stations that share a host kind or a size."""

    label: str
    stations: int
    new: int
    capacity_kg_per_d: float
    dispensed_kg_per_d: float
    capex_cny: float


@dataclass(frozen=True, slots=True, kw_only=True)
class DemandGroup:
    """Demand rows of one source kind."""

    label: str
    rows: int
    vehicles: float
    demand_kg_per_d: float
    served_kg_per_d: float
    served_share: float | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Refusal:
    """Sites that one rule set aside, or left open, for the same reason."""

    rule: str
    reason: str
    sites: int
    names: str


@dataclass(frozen=True, slots=True, kw_only=True)
class District:
    """A district's row with its readable name and the share of its demand that is served."""

    name: str
    row: DistrictRow
    share: float | None


def share(part: float, whole: float) -> float | None:
    """Return part / whole; None where there is no whole."""
    return part / whole if whole > 0 else None


def numbered(plan: Plan, districts: Mapping[str, str], language: Language) -> list[Numbered]:
    """Return the stations in the order of the report."""
    return [
        Numbered(
            number=place,
            name=either(station.name, station.name_en).at(language),
            district=districts.get(station.district, station.district),
            station=station,
        )
        for place, station in enumerate(in_order(plan.stations), start=1)
    ]


def district_names(backdrop: Backdrop, language: Language) -> dict[str, str]:
    """Return the readable name of each district that has a seat."""
    return {name: either(name, english).at(language) for name, english, *_ in backdrop.seats}


def district_rows(rows: Iterable[DistrictRow], names: Mapping[str, str], language: Language) -> list[District]:
    """Return the districts by demand, largest first; what belongs to no district comes last."""
    order = sorted(rows, key=lambda row: (not row.district, -row.demand_kg_per_d, row.district))
    return [
        District(
            name=names.get(row.district, row.district) or NO_DISTRICT.at(language),
            row=row,
            share=share(row.served_kg_per_d, row.demand_kg_per_d),
        )
        for row in order
    ]


def by_kind(stations: Iterable[Station], language: Language) -> list[StationGroup]:
    """Sum the stations by the kind of place they stand at, most stations first."""
    groups = _gather(stations, "kind")
    rows = [_station_group(word("kind", kind, language), group) for kind, group in groups.items()]
    return sorted(rows, key=lambda row: (-row.stations, row.label))


def by_size(stations: Iterable[Station], language: Language) -> list[StationGroup]:
    """Sum the stations by capacity, smallest first."""
    groups = _gather(stations, "capacity_kg_per_d")
    return [_station_group(f"{number(size)} kg/d", groups[size]) for size in sorted(groups)]


def by_demand_kind(plan: Plan, language: Language) -> list[DemandGroup]:
    """Sum the demand by where it comes from, largest first."""
    rows = []
    for kind, group in _gather(plan.demand, "kind").items():
        wanted = sum(row.kg_per_d.base for row in group)
        served = sum(row.served_kg_per_d for row in group)
        rows.append(
            DemandGroup(
                label=word("kind", kind, language),
                rows=len(group),
                vehicles=sum(row.vehicles for row in group),
                demand_kg_per_d=wanted,
                served_kg_per_d=served,
                served_share=share(served, wanted),
            )
        )
    return sorted(rows, key=lambda row: (-row.demand_kg_per_d, row.label))


def refusals(plan: Plan, verdict: str, language: Language) -> list[Refusal]:
    """Group the sites of one verdict by rule and reason, largest group first."""
    rows: Sequence[Any] = (*plan.candidates, *plan.stations)
    names = {row.site_id: either(row.name, row.name_en).at(language) for row in rows}
    groups: dict[tuple[str, str], list[str]] = defaultdict(list)
    for found in plan.verdicts:
        if found.verdict == verdict:
            groups[plain_rule(found.rule, language), verdict_reason(found, language)].append(
                names.get(found.site_id, found.site_id)
            )
    rows_made = [
        Refusal(rule=rule, reason=reason, sites=len(group), names=_listed(group, language))
        for (rule, reason), group in groups.items()
    ]
    return sorted(rows_made, key=lambda row: (-row.sites, row.rule, row.reason))


def point(found: OpenPoint, language: Language) -> tuple[str, int, str]:
    """Say what is open for many sites at once, for how many, and how to close it."""
    zh = language == "zh"
    return (found.text_zh if zh else found.text), found.sites, (found.remedy_zh if zh else found.remedy)


def question_rows(plan: Plan, language: Language) -> list[tuple[str, str]]:
    """Say each limit and option that was asked in plain words."""
    return [(question(key).at(language), answer(key, value).at(language)) for key, value in plan.question.items()]


def question(key: str) -> Text:
    """Return what a limit or option is called."""
    return Text(word("question", key, "zh"), word("question", key, "en"))


def answer(key: str, value: str) -> Text:
    """Return the value of a limit or option as a reader would write it."""
    return Text(_answer(key, value, "zh"), _answer(key, value, "en"))


def doubtful(stations: Iterable[Station]) -> dict[str, int]:
    """Count the stations whose place is presumed, or known worse than 500 m, or still under review."""
    listed = list(stations)
    return {
        "unverified": sum(station.verified == "no" for station in listed),
        "imprecise": sum(station.precision_m > IMPRECISE_M for station in listed),
        "review": sum(station.verdict == "review" for station in listed),
    }


def utilisation_chart(rows: Sequence[Numbered], *, title: str) -> Markup:
    """Draw the utilisation of the first stations of the report, on a scale of 0 to 100 %."""
    drawn = [
        Bar(
            label=f"{row.number}  {row.name}",
            parts=(row.station.utilisation, max(0.0, 1.0 - row.station.utilisation)),
            note=f"{percent(row.station.utilisation)} · {number(row.station.capacity_kg_per_d)} kg/d",
            colours=(BUILT if row.station.built else NEW, REST),
        )
        for row in rows[:BARS_SHOWN]
    ]
    return bars(drawn, title=title, full=1.0)


def district_chart(rows: Iterable[DistrictRow], names: Mapping[str, str], language: Language, *, title: str) -> Markup:
    """Draw served and unserved demand of each district in the order of the table."""
    return bars(
        [
            _served_bar(district.name, district.row.served_kg_per_d, district.row.demand_kg_per_d)
            for district in district_rows(rows, names, language)
            if district.row.demand_kg_per_d > 0
        ],
        title=title,
    )


def level_chart(levels: Iterable[LevelFigures], language: Language, *, title: str) -> Markup:
    """Draw served and unserved demand at each demand level."""
    rows = [(word("level", row.level, language), row.served_kg_per_d, row.demand_kg_per_d) for row in levels]
    return served_chart(rows, title=title)


def served_chart(rows: Iterable[tuple[str, float, float]], *, title: str) -> Markup:
    """Draw served and unserved demand of labelled rows: (label, served kg/d, wanted kg/d)."""
    return bars([_served_bar(label, served, wanted) for label, served, wanted in rows], title=title)


def plan_map(rows: Sequence[Numbered], backdrop: Backdrop, language: Language, *, title: str) -> Markup:
    """Draw the overview map with the numbers of the report."""
    dots = [
        Dot(
            number=row.number,
            label=row.name,
            lon=row.station.lon,
            lat=row.station.lat,
            capacity_kg_per_d=row.station.capacity_kg_per_d,
            precision_m=row.station.precision_m,
            built=row.station.built,
        )
        for row in rows
    ]
    names = [either(name, english).at(language) for name, english, *_ in backdrop.seats]
    return overview_map(dots, backdrop, title=title, names=names)


def _served_bar(label: str, served: float, wanted: float) -> Bar:
    part = share(served, wanted)
    note = f"{number(served)} / {number(wanted)}" + (f" · {percent(part)}" if part is not None else "")
    return Bar(label=label, parts=(served, max(0.0, wanted - served)), note=note, colours=(NEW, REST))


def _gather(rows: Iterable[Any], name: str) -> dict[Any, list[Any]]:
    groups: dict[Any, list[Any]] = defaultdict(list)
    for row in rows:
        groups[getattr(row, name)].append(row)
    return groups


def _station_group(label: str, group: Sequence[Station]) -> StationGroup:
    return StationGroup(
        label=label,
        stations=len(group),
        new=sum(not station.built for station in group),
        capacity_kg_per_d=sum(station.capacity_kg_per_d for station in group),
        dispensed_kg_per_d=sum(station.dispensed_kg_per_d for station in group),
        capex_cny=sum(station.capex_cny for station in group),
    )


def _listed(names: Sequence[str], language: Language) -> str:
    comma = "、" if language == "zh" else ", "
    shown = comma.join(names[:NAMES_SHOWN])
    if len(names) <= NAMES_SHOWN:
        return shown
    return f"{shown} 等" if language == "zh" else f"{shown} and others"


def _answer(key: str, value: str, language: Language) -> str:
    if key in WORDED_ANSWERS:
        return word(WORDED_ANSWERS[key], value, language)
    try:
        amount = float(value.replace(",", ""))
    except ValueError:
        return value or "–"
    if key.endswith("_cny"):
        return money(amount).at(language)
    if key in SHARE_ANSWERS:
        return percent(amount)
    return value if key in YEAR_ANSWERS else _plain(amount)


def _plain(amount: float) -> str:
    """Write a number with as many decimals as it has, four at most."""
    return number(amount, 4).rstrip("0").rstrip(".")
