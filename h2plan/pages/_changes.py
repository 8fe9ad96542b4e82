"""What differs between the demand of two scenarios, and why: vehicles, mix, kg of a vehicle, settings, tables."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from h2plan.domain import labelled
from h2plan.errors import InputError
from h2plan.estimating import Estimate
from h2plan.project import Project, input_files, sha256

SECTIONS = ("periods", "fleet", "targets", "adoption", "uncertainty", "demand")
"""Parts of a scenario that demand is made from."""
CUBE = ("vehicle_class", "use", "role", "district")
SAME_KG = 1e-9


@dataclass(frozen=True, slots=True, kw_only=True)
class Causes:
    """The change of a year in three parts that add up to it exactly, kg/d of the base case.

    `fleet`: as many vehicles more or fewer, each like the mean one before. `mix`: other shares of classes. `each`: what
    a vehicle of a class takes.
    """

    period: int = labelled("年份", "year")
    before: float = labelled("对照情景", "other scenario", "kg/d")
    fleet: float = labelled("车辆总数变化", "fleet size", "kg/d")
    mix: float = labelled("车型结构变化", "mix of classes", "kg/d")
    each: float = labelled("单车用氢变化", "kg of a vehicle", "kg/d")
    after: float = labelled("本情景", "this scenario", "kg/d")


@dataclass(frozen=True, slots=True, kw_only=True)
class ClassChange:
    """One vehicle class in both scenarios."""

    vehicle_class: str = labelled("车型", "vehicle class")
    period: int = labelled("年份", "year")
    vehicles_before: float = labelled("车辆数·对照", "vehicles, other", "veh")
    vehicles_after: float = labelled("车辆数·本情景", "vehicles, this", "veh")
    each_before: float | None = labelled("单车日用氢·对照", "kg of a vehicle, other", "kg/d")
    each_after: float | None = labelled("单车日用氢·本情景", "kg of a vehicle, this", "kg/d")
    kg_before: float = labelled("需求·对照", "demand, other", "kg/d")
    kg_after: float = labelled("需求·本情景", "demand, this", "kg/d")


@dataclass(frozen=True, slots=True, kw_only=True)
class CellChange:
    """One cell of class x kind x role x district x year in both scenarios, kg/d of the base case."""

    vehicle_class: str = labelled("车型", "vehicle class")
    use: str = labelled("需求来源", "demand source")
    role: str = labelled("方式", "filled at")
    district: str = labelled("行政区", "district")
    period: int = labelled("年份", "year")
    kg_before: float = labelled("需求·对照", "demand, other", "kg/d")
    kg_after: float = labelled("需求·本情景", "demand, this", "kg/d")


@dataclass(frozen=True, slots=True, kw_only=True)
class Setting:
    """A setting or a table that differs; blank where a scenario does not have it."""

    where: str = labelled("设置", "setting")
    before: str = labelled("对照情景", "other scenario")
    after: str = labelled("本情景", "this scenario")


@dataclass(frozen=True, slots=True, kw_only=True)
class Changes:
    """This scenario against another one, in the years that both have."""

    name: str
    other: str
    periods: tuple[int, ...]
    causes: tuple[Causes, ...]
    classes: tuple[ClassChange, ...]
    cells: tuple[CellChange, ...]
    settings: tuple[Setting, ...]


def compare(after: Estimate, before: Estimate) -> Changes:
    """Hold a demand against another one.

    Raises:
        InputError: the scenarios have no year in common.
    """
    name, other = after.project.scenario.name, before.project.scenario.name
    periods = tuple(year for year in after.periods if year in before.periods)
    if not periods:
        raise InputError(
            f"{name} has the years {_years(after)}, {other} has {_years(before)}: none in common",
            where="--against",
        )
    classes = tuple(_classes(after, before, periods))
    return Changes(
        name=name,
        other=other,
        periods=periods,
        causes=tuple(_causes([row for row in classes if row.period == year], year) for year in periods),
        classes=classes,
        cells=tuple(_cells(after, before, periods)),
        settings=(*_settings(after.project, before.project), *_tables(after.project, before.project)),
    )


def _years(estimate: Estimate) -> str:
    return ", ".join(str(year) for year in estimate.periods)


def _sums(estimate: Estimate, columns: tuple[str, ...]) -> dict[tuple[Any, ...], tuple[float, float]]:
    """Cell to (vehicles, kg/d)."""
    frame = estimate.by(*columns)
    keys = zip(*(frame[column].tolist() for column in (*columns, "period")), strict=True)
    return dict(zip(keys, zip(frame["vehicles"], frame["kg_per_d_base"], strict=True), strict=True))


def _classes(after: Estimate, before: Estimate, periods: tuple[int, ...]) -> Iterator[ClassChange]:
    now, then = _sums(after, ("vehicle_class",)), _sums(before, ("vehicle_class",))
    for name, year in sorted(now.keys() | then.keys()):
        if year not in periods:
            continue
        (vehicles_before, kg_before), (vehicles_after, kg_after) = (
            then.get((name, year), (0.0, 0.0)),
            now.get((name, year), (0.0, 0.0)),
        )
        yield ClassChange(
            vehicle_class=name,
            period=year,
            vehicles_before=vehicles_before,
            vehicles_after=vehicles_after,
            each_before=kg_before / vehicles_before if vehicles_before > 0 else None,
            each_after=kg_after / vehicles_after if vehicles_after > 0 else None,
            kg_before=kg_before,
            kg_after=kg_after,
        )


def _causes(rows: list[ClassChange], period: int) -> Causes:
    before = math.fsum(row.kg_before for row in rows)
    after = math.fsum(row.kg_after for row in rows)
    count_before = math.fsum(row.vehicles_before for row in rows)
    count_after = math.fsum(row.vehicles_after for row in rows)
    fleet = before * (count_after / count_before - 1) if count_before > 0 else after - before
    # What a class newly has counts as mix: there is no earlier kg of a vehicle to compare with.
    each = math.fsum(row.kg_after - row.vehicles_after * row.each_before for row in rows if row.each_before is not None)
    each = each if count_before > 0 else 0.0
    return Causes(period=period, before=before, fleet=fleet, mix=after - before - fleet - each, each=each, after=after)


def _cells(after: Estimate, before: Estimate, periods: tuple[int, ...]) -> Iterator[CellChange]:
    now, then = _sums(after, CUBE), _sums(before, CUBE)
    for key in sorted(now.keys() | then.keys()):
        name, use, role, district, year = key
        kg_before, kg_after = then.get(key, (0.0, 0.0))[1], now.get(key, (0.0, 0.0))[1]
        if year in periods and abs(kg_after - kg_before) > SAME_KG:
            yield CellChange(
                vehicle_class=name,
                use=use,
                role=role,
                district=district,
                period=year,
                kg_before=kg_before,
                kg_after=kg_after,
            )


def _settings(after: Project, before: Project) -> Iterator[Setting]:
    now, then = _flat_settings(after), _flat_settings(before)
    for where in dict.fromkeys((*then, *now)):
        if now.get(where, "") != then.get(where, ""):
            yield Setting(where=where, before=then.get(where, ""), after=now.get(where, ""))


def _flat_settings(project: Project) -> dict[str, str]:
    settings = project.scenario.model_dump(mode="json", include=set(SECTIONS))
    found = {}
    for section in SECTIONS:
        found.update(_flat(section, settings[section]))
    return found


def _flat(where: str, value: Any) -> dict[str, str]:
    if isinstance(value, Mapping):
        return {key: text for name, entry in value.items() for key, text in _flat(f"{where}.{name}", entry).items()}
    if isinstance(value, list) and any(isinstance(entry, Mapping) for entry in value):
        return _flat_sources(where, value)
    return {where: ", ".join(str(entry) for entry in value) if isinstance(value, list) else _shown(value)}


def _shown(value: Any) -> str:
    return "" if value is None else str(value)


def _flat_sources(where: str, entries: list[dict[str, Any]]) -> dict[str, str]:
    """Sources keep their name, so that their order does not matter; a second one of a name gets a number."""
    found: dict[str, str] = {}
    for entry in entries:
        place, turn = f"{where} {entry['use']}", 2
        while place in found:
            place, turn = f"{where} {entry['use']} ({turn})", turn + 1
        found[place] = "in use"
        found.update(_flat(place, {name: value for name, value in entry.items() if name != "use"}))
    return found


def _tables(after: Project, before: Project) -> Iterator[Setting]:
    """Tables that both scenarios read under one name but that hold different rows."""
    now, then = hashes(after), hashes(before)
    for file in sorted(now.keys() & then.keys()):
        if now[file] != then[file] and file.endswith(".csv"):
            yield Setting(where=file, before=f"sha256 {then[file][:12]}", after=f"sha256 {now[file][:12]}")


def hashes(project: Project) -> dict[str, str]:
    """Return the sha256 of the scenario and of every table it names, by path from the project folder."""
    return {file.relative_to(project.root).as_posix(): sha256(file) for file in input_files(project)}
