"""Siting law as a scenario gives it: rules, classes, thresholds and needs from tables, objects from layers."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TypeVar

from h2plan.domain_law import BuildingUse, ClassLimit, HazardThreshold, LandNeed, Rule
from h2plan.errors import Fault, InputError
from h2plan.geo.objects import Thing, read_things
from h2plan.project import Project
from h2plan.scenario_screen import ScreenLayer, ScreenSection
from h2plan.tables.read import read_table
from h2plan.tables.row import Row
from h2plan.tables.rows import LandNeedRow, MajorHazardRow, ProtectedBuildingRow, RuleRow, StationClassRow

RowT = TypeVar("RowT", bound=Row)
VERDICTS = ("bar", "warn", "allow")


@dataclass(frozen=True, slots=True, kw_only=True)
class Layer:
    """The objects of one layer, and how far they can be trusted."""

    things: tuple[Thing, ...]
    precision_m: float
    verified: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Law:
    """Everything the screen holds a site against. Rules come in the order in which they are reported."""

    rules: tuple[Rule, ...] = ()
    layers: Mapping[str, Layer]
    """Layer name to its objects; a rule whose layer is not here cannot be measured."""
    classes: tuple[ClassLimit, ...] = ()
    hazards: tuple[HazardThreshold, ...] = ()
    needs: tuple[LandNeed, ...] = ()
    outside_kinds: frozenset[str] = frozenset()


def read_law(project: Project) -> Law | None:
    """Read the law of a scenario; None if it names no rules and no layers.

    Raises:
        InputError: every fault of the tables and layers, a layer that nothing reads, a class or edition that is in
            no table.
    """
    section = project.scenario.screen
    if section.rules is None and not section.layers and section.land_needs is None:
        return None
    stated = tuple(row.to_rule() for row in _rows(project, section.rules, RuleRow))
    uses = tuple(row.to_use() for row in _rows(project, section.buildings, ProtectedBuildingRow))
    classes = tuple(row.to_class() for row in _rows(project, section.classes, StationClassRow))
    _check_layers(section, stated)
    _check_classes(section, stated, classes)
    layers: dict[str, Layer] = {}
    planned: list[Rule] = []
    for name, entry in section.layers.items():
        things = read_things(project.path(entry.file, where=f"screen.layers.{name}"), where=entry.file, crs=entry.crs)
        if entry.verdict is None:
            layers[name] = _layer(entry, objects_of(name, things, uses))
            continue
        for rule, members in planning_rules(name, entry, things):
            planned.append(rule)
            layers[rule.object] = _layer(entry, members)
    return Law(
        rules=(*planned, *stated),
        layers=layers,
        classes=tuple(limit for limit in classes if limit.edition == section.class_edition),
        hazards=tuple(row.to_threshold() for row in _rows(project, section.major_hazard, MajorHazardRow)),
        needs=tuple(row.to_need() for row in _rows(project, section.land_needs, LandNeedRow)),
        outside_kinds=frozenset(section.outside_kinds),
    )


def objects_of(layer: str, things: Sequence[Thing], uses: Sequence[BuildingUse]) -> tuple[Thing, ...]:
    """Leave out buildings whose use and amount say that they are too small to count; what says nothing counts."""
    least = {use.use: use.at_least for use in uses if use.object == layer}
    return tuple(thing for thing in things if not _too_small(thing, least))


def _too_small(thing: Thing, least: Mapping[str, float | None]) -> bool:
    wanted = least.get(thing.text("use"))
    amount = thing.properties.get("amount")
    return wanted is not None and isinstance(amount, (int, float)) and amount < wanted


def planning_rules(
    name: str, entry: ScreenLayer, things: Sequence[Thing]
) -> tuple[tuple[Rule, tuple[Thing, ...]], ...]:
    """Turn a planning layer into rules: one for each verdict that the layer or its features carry."""
    groups: dict[str, list[Thing]] = {verdict: [] for verdict in VERDICTS}
    for number, thing in enumerate(things, start=1):
        verdict = thing.text("verdict") or str(entry.verdict)
        if verdict not in groups:
            message = f"verdict {verdict!r} is none of {', '.join(VERDICTS)}"
            raise InputError(Fault(where=entry.file, row=number, message=message))
        groups[verdict].append(thing)
    return tuple(
        (_planning_rule(name, entry, verdict), tuple(members)) for verdict, members in groups.items() if members
    )


def _planning_rule(name: str, entry: ScreenLayer, verdict: str) -> Rule:
    zh, en = entry.title or name, entry.title_en or entry.title or name
    texts = {
        "bar": (f"{zh}内不得建站", f"no station inside {en}"),
        "warn": (f"{zh}内建站须先核查", f"inside {en}: to be looked into first"),
        "allow": (f"须在{zh}内建站", f"stations inside {en} only"),
    }[verdict]
    return Rule(
        id=name,
        clause=entry.document,
        object=f"{name}:{verdict}",
        object_zh=zh,
        object_en=en,
        metres=0.0,
        inside=verdict == "allow",
        warns=verdict == "warn",
        kinds=frozenset(entry.kinds),
        over_storage_kg=entry.over_storage_kg,
        text_zh=texts[0],
        text_en=texts[1],
        verified=True,
    )


def _layer(entry: ScreenLayer, things: tuple[Thing, ...]) -> Layer:
    return Layer(things=things, precision_m=entry.precision_m, verified=entry.verified)


def _rows(project: Project, file: str | None, row_type: type[RowT]) -> list[RowT]:
    if file is None:
        return []
    return read_table(project.path(file, where="screen"), row_type, root=project.root)


def _check_layers(section: ScreenSection, rules: Sequence[Rule]) -> None:
    """Refuse a layer that no rule reads: a slip of the pen would leave the rule unmeasured."""
    known = sorted({rule.object for rule in rules})
    faults = [
        Fault(
            where="screen.layers",
            column=name,
            message="is read by no rule and has no verdict",
            hint=f"objects of the rules: {', '.join(known) or 'none'}; a planning layer needs bar, warn or allow",
        )
        for name, entry in section.layers.items()
        if entry.verdict is None and name not in known
    ]
    if faults:
        raise InputError(faults)


def _check_classes(section: ScreenSection, rules: Sequence[Rule], classes: Sequence[ClassLimit]) -> None:
    """Refuse an edition or a class that the table of classes does not hold: the rule would never bind."""
    if section.classes is None:
        return
    editions = sorted({limit.edition for limit in classes})
    known = sorted({limit.station_class for limit in classes if limit.edition == section.class_edition})
    faults = []
    if section.class_edition not in editions:
        message, hint = f"'{section.class_edition}' is not in {section.classes}", f"editions: {', '.join(editions)}"
        faults.append(Fault(where="screen.class_edition", message=message, hint=hint))
    for rule in rules:
        if known and rule.station_class and rule.station_class not in known:
            message = f"station_class '{rule.station_class}' is not in {section.classes}"
            hint = f"classes: {', '.join(known)}"
            faults.append(Fault(where=str(section.rules), column=rule.id, message=message, hint=hint))
    if faults:
        raise InputError(faults)
