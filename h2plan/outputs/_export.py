"""What the files of a plan share: their options, their names, and the provenance that stands in each."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict

from h2plan.domain import OpenPoint
from h2plan.fields import Datum
from h2plan.outputs._labels import Language, Text
from h2plan.outputs._layers import Layer, LayerField, in_datum, layers
from h2plan.outputs._levels import EDITION_NAMES, LEVEL_NAMES, Edition, named, release
from h2plan.outputs._report_text import word
from h2plan.outputs._tables import Cell
from h2plan.plan.results import Backdrop, Plan

EPSG_OF: Mapping[str, str] = {"wgs84": "EPSG:4326", "cgcs2000": "EPSG:4490"}
DATUM_NAMES: Mapping[str, Text] = {
    "wgs84": Text("WGS 84 经纬度", "WGS 84, degrees"),
    "cgcs2000": Text("CGCS2000 经纬度", "CGCS2000, degrees"),
    "gcj02": Text(
        "GCJ-02 经纬度（高德、腾讯地图，约偏移 0.5 km）", "GCJ-02, degrees (Amap, Tencent; about 0.5 km off WGS 84)"
    ),
    "bd09": Text("BD-09 经纬度（百度地图，约偏移 1 km）", "BD-09, degrees (Baidu; about 1 km off WGS 84)"),
}
NOTICE = Text("规划示意，非法定规划成果", "planning sketch, no statutory plan")


class ExportOptions(BaseModel):
    """How a plan is written as files."""

    model_config = ConfigDict(extra="forbid", frozen=True, use_attribute_docstrings=True)

    language: Literal["zh", "en"] = "zh"
    """Language of titles, headers and of code words meant for readers; field names of map formats stay English."""
    edition: Edition = "internal"
    """public (公示版), internal (内部版) or sensitive (敏感版): what the file may show, see the page on editions."""


class PlacedOptions(ExportOptions):
    """How a plan is written as files with positions."""

    crs: Datum = "wgs84"
    """Datum of the positions: wgs84, cgcs2000, gcj02, bd09 or EPSG:n; other than wgs84 stands in the file's name."""


def file_stem(stem: str, options: ExportOptions) -> str:
    """Return a file's name without its ending: edition and datum stand in it where they are not the usual ones."""
    crs = getattr(options, "crs", "wgs84")
    datum = "" if crs == "wgs84" else f"-{crs.replace(':', '').lower()}"
    return f"{named(stem, options.edition)}{datum}"


def epsg(crs: str) -> str | None:
    """Return the EPSG name of a datum; GCJ-02 and BD-09 have none."""
    return EPSG_OF.get(crs, crs if crs.startswith("EPSG:") else None)


def datum_name(crs: str, language: Language) -> str:
    """Name a datum for the reader."""
    return DATUM_NAMES[crs].at(language) if crs in DATUM_NAMES else crs


def placed_layers(plan: Plan, backdrop: Backdrop, options: PlacedOptions) -> tuple[Layer, ...]:
    """Return the tables of a plan that an edition has, in the datum asked for, with field table and provenance last."""
    made = tuple(in_datum(layer, options.crs) for layer in layers(plan, backdrop, options.edition))
    sources = provenance(plan, options.language, edition=options.edition, crs=options.crs)
    return (*made, field_table(made), provenance_layer(sources))


def field_table(made: Sequence[Layer]) -> Layer:
    """Return what each field of each layer means: label in both languages, unit, level."""
    rows = [
        (layer.name, field.name, field.label.zh, field.label.en, field.unit, field.level, LEVEL_NAMES[field.level].zh)
        for layer in made
        for field in layer.fields
    ]
    heads = (
        ("layer", Text("图层", "layer")),
        ("field", Text("字段", "field")),
        ("label", Text("中文名", "Chinese label")),
        ("label_en", Text("英文名", "English label")),
        ("unit", Text("单位", "unit")),
        ("level", Text("级别", "level")),
        ("level_zh", Text("密级", "level (Chinese)")),
    )
    return Layer(name="fields", title=Text("字段说明", "fields"), fields=_texts(heads), rows=tuple(rows))


def provenance_layer(rows: Sequence[tuple[Cell, ...]]) -> Layer:
    """Return the provenance as a table."""
    heads = (
        ("part", Text("分组", "group")),
        ("item", Text("项目", "item")),
        ("value", Text("内容", "value")),
        ("note", Text("说明", "note")),
    )
    texts = tuple(tuple("" if cell is None else str(cell) for cell in row) for row in rows)
    return Layer(name="provenance", title=Text("依据与来源", "sources"), fields=_texts(heads), rows=texts)


def _texts(heads: Sequence[tuple[str, Text]]) -> tuple[LayerField, ...]:
    return tuple(LayerField(name=name, label=label, unit="", level="public", kind="text") for name, label in heads)


def provenance(plan: Plan, language: Language, *, edition: Edition, crs: str | None = None) -> list[tuple[Cell, ...]]:
    """Return what the plan rests on: question, inputs with their sha256, versions, sources, assumptions, notes.

    `plan` is the plan as its edition may show it, or the whole plan: only what the edition has is told.
    """
    plan = release(plan, edition)
    zh = language == "zh"
    rows: list[tuple[Cell, ...]] = [
        *_pairs("情景" if zh else "scenario", _identity(plan, language)),
        ("版本级别" if zh else "edition", edition, EDITION_NAMES[edition].at(language), ""),
        *([("坐标系" if zh else "datum", crs, datum_name(crs, language), "")] if crs else []),
        *_pairs("规划问题" if zh else "question", plan.question),
        *_pairs("输入文件 sha256" if zh else "input file, sha256", plan.inputs),
        *_pairs("软件版本" if zh else "version", plan.versions),
        *_pairs("数据来源（行数）" if zh else "data source (rows)", _source_counts(plan)),
        *(("未经核实的假设" if zh else "unverified assumption", a.where, a.value, a.note) for a in plan.assumptions),
        *(_point(point, language) for point in plan.points),
        *(("署名" if zh else "attribution", "", text, "") for text in plan.attributions),
        *(("说明" if zh else "note", "", text, "") for text in plan.notes),
        ("声明" if zh else "notice", "", NOTICE.at(language), ""),
    ]
    return rows


def _point(point: OpenPoint, language: Language) -> tuple[Cell, ...]:
    """Say what the siting law leaves open for many sites, and how to close it."""
    if language == "zh":
        return "共同未决事项", point.about, point.text_zh, point.remedy_zh
    return "open for many sites", point.about, point.text, point.remedy


def _identity(plan: Plan, language: Language) -> dict[str, Cell]:
    names = ("scenario", "title", "title_en", "city", "period", "model", "objective", "seed")
    told: dict[str, Cell] = {name: getattr(plan, name) for name in names}
    if len(plan.periods) > 1:
        told["periods"] = ", ".join(map(str, plan.periods))
    return told | {"stopped": word("stopped", plan.stopped, language)}


def _source_counts(plan: Plan) -> dict[str, Cell]:
    tables: tuple[Sequence[Any], ...] = (plan.candidates, plan.stations, plan.demand, plan.sources, plan.unplaced)
    return dict(sorted(Counter(row.source for table in tables for row in table if row.source).items()))


def _pairs(group: str, items: Mapping[str, Cell]) -> list[tuple[Cell, ...]]:
    return [(group, item, value, "") for item, value in items.items()]
