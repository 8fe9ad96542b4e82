"""Rows of siting law: rules, station classes, hazard thresholds, protected buildings, needs of land and access."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, ClassVar, Literal, get_args

from h2plan.domain import SiteKind
from h2plan.domain_law import BuildingUse, ClassLimit, HazardThreshold, Host, LandNeed, Rule
from h2plan.tables.cells import Amount, CellFault, Id, Ids, Positive, Text, YesNo
from h2plan.tables.row import Check, Row

LandColumn = Literal[
    "tank_m3",
    "land_m2",
    "spare_m2",
    "land_use",
    "tenure",
    "distance_10kv_m",
    "spare_kva",
    "trailer_turning_m",
    "left_turn_ban",
    "height_limit_m",
    "mass_limit_t",
    "queue_m",
]
TEXT_COLUMNS = frozenset({"land_use", "tenure", "left_turn_ban"})


class RuleRow(Row):
    """A clause: what must stay how far from what, for which station class. Blank metres: the figure is not known."""

    id: Id
    clause: Text
    object: Id
    object_zh: Text
    object_en: Text
    station_class: str = ""
    host: Host | None = None
    metres: Amount | None = None
    text_zh: Text
    text_en: Text
    remedy_zh: str = ""
    remedy_en: str = ""
    source: Text
    verified: YesNo

    def to_rule(self) -> Rule:
        return Rule(
            id=self.id,
            clause=self.clause,
            object=self.object,
            object_zh=self.object_zh,
            object_en=self.object_en,
            station_class=self.station_class,
            host=self.host,
            metres=self.metres,
            text_zh=self.text_zh,
            text_en=self.text_en,
            remedy_zh=self.remedy_zh,
            remedy_en=self.remedy_en,
            verified=self.verified == "yes",
        )


def check_class(values: Mapping[str, Any]) -> Iterator[CellFault]:
    """Yield a fault when a class has neither storage bounds nor a formula, or one half of a formula."""
    wanted = ("petrol_m3", "hydrogen_kg") if values.get("host") == "combined" else ("storage_max_kg",)
    for field in wanted:
        if field in values and values[field] is None:
            yield CellFault(field, "is blank", f"a {values.get('host')} class needs it")


class StationClassRow(Row):
    """A station class: storage bounds for hydrogen alone, V/petrol_m3 + G/hydrogen_kg <= 1 beside petrol."""

    checks: ClassVar[tuple[Check, ...]] = (check_class,)

    id: Id
    edition: Text
    host: Host
    station_class: Text
    storage_over_kg: Amount | None = None
    storage_max_kg: Positive | None = None
    vessel_max_kg: Positive | None = None
    petrol_m3: Positive | None = None
    hydrogen_kg: Positive | None = None
    text_zh: Text
    text_en: Text
    source: Text
    verified: YesNo

    def to_class(self) -> ClassLimit:
        return ClassLimit(
            edition=self.edition,
            host=self.host,
            station_class=self.station_class,
            storage_over_kg=self.storage_over_kg or 0.0,
            storage_max_kg=self.storage_max_kg,
            petrol_m3=self.petrol_m3,
            hydrogen_kg=self.hydrogen_kg,
            verified=self.verified == "yes",
        )


class MajorHazardRow(Row):
    """Storage from which a station is a major hazard installation."""

    id: Id
    clause: Text
    substance_zh: Text
    substance_en: Text
    threshold_kg: Positive
    text_zh: Text
    text_en: Text
    source: Text
    verified: YesNo

    def to_threshold(self) -> HazardThreshold:
        return HazardThreshold(
            id=self.id,
            clause=self.clause,
            threshold_kg=self.threshold_kg,
            text_zh=self.text_zh,
            text_en=self.text_en,
            verified=self.verified == "yes",
        )


class ProtectedBuildingRow(Row):
    """From which size a building of one use counts; blank: always."""

    id: Id
    use: Id
    building_class: Text
    object: Id
    at_least: Positive | None = None
    unit: str = ""
    text_zh: Text
    text_en: Text
    source: Text
    verified: YesNo

    def to_use(self) -> BuildingUse:
        return BuildingUse(use=self.use, object=self.object, at_least=self.at_least)


def check_need(values: Mapping[str, Any]) -> Iterator[CellFault]:
    """Yield a fault when a need asks for nothing, for text of a number, or for a kind that is none."""
    if {"column", "at_least", "at_most", "one_of"} - set(values):
        return
    text = values["column"] in TEXT_COLUMNS
    if text and not values["one_of"]:
        yield CellFault("one_of", "is blank", f"{values['column']} holds words: list those that will do")
    if not text and values["at_least"] is None and values["at_most"] is None:
        yield CellFault("at_least", "is blank, and so is at_most", "give one of them")
    strange = [kind for kind in values.get("kinds") or () if kind not in get_args(SiteKind)]
    if strange:
        yield CellFault("kinds", f"{strange[0]!r} is no kind of site", f"kinds: {', '.join(get_args(SiteKind))}")


class LandNeedRow(Row):
    """What a station of at least `from_kg_per_d` needs of one column of the site tables."""

    checks: ClassVar[tuple[Check, ...]] = (check_need,)

    id: Id
    column: LandColumn
    from_kg_per_d: Amount
    at_least: Amount | None = None
    at_most: Amount | None = None
    one_of: Ids | None = None
    kinds: Ids | None = None
    text_zh: Text
    text_en: Text
    source: Text
    verified: YesNo

    def to_need(self) -> LandNeed:
        named = self.kinds or ()
        return LandNeed(
            id=self.id,
            column=self.column,
            from_kg_per_d=self.from_kg_per_d,
            at_least=self.at_least,
            at_most=self.at_most,
            one_of=self.one_of or (),
            kinds=frozenset(kind for kind in get_args(SiteKind) if kind in named),
            text_zh=self.text_zh,
            text_en=self.text_en,
            verified=self.verified == "yes",
        )
