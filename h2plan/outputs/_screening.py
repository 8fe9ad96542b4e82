"""The siting screen as tables and as a map layer: every site, every clause looked at, and what is open for all."""

from __future__ import annotations

import csv
import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

import xlsxwriter

from h2plan.domain import Clause, OpenPoint, Site, Verdict
from h2plan.outputs._guard import guard
from h2plan.outputs._labels import Language, Text
from h2plan.outputs._report_text import plain_rule, verdict_reason, word
from h2plan.outputs._tables import Cell, headed, rounded, width_of
from h2plan.sites._merge import MergedRow

CREATED = datetime(2000, 1, 1, tzinfo=UTC).replace(tzinfo=None)
"""Written into the workbook instead of the clock, so that equal screenings give equal bytes."""
WIDTH_MIN, WIDTH_MAX = 8, 60
DEGREE_DIGITS = 6
CLAUSE_VERDICTS: Mapping[str, Text] = {"warn": Text("提示", "flagged")}


@dataclass(frozen=True, slots=True, kw_only=True)
class Sheet:
    """One table: its file name, its name in a workbook, headers and rows."""

    file: str
    name: str
    headers: tuple[str, ...]
    rows: tuple[tuple[Cell, ...], ...]


def write_screening(
    sites: Sequence[Site],
    verdicts: Sequence[Verdict],
    folder: Path,
    *,
    points: Sequence[OpenPoint],
    merged: Sequence[MergedRow],
    language: Language,
) -> list[Path]:
    """Write screening.csv, clauses.csv, open_points.csv, merged.csv, screening.xlsx and screening.geojson."""
    of = {verdict.site_id: verdict for verdict in verdicts}
    rows = [(site, of[site.id]) for site in sites]
    sheets = (
        _verdicts(rows, language),
        _clauses(rows, language),
        _points(points, language),
        _merged(merged, language),
    )
    folder.mkdir(parents=True, exist_ok=True)
    written = [_write_csv(folder / sheet.file, sheet) for sheet in sheets if sheet.rows]
    layer = folder / "screening.geojson"
    layer.write_text(_geojson(rows), encoding="utf-8", newline="\n")
    return [*written, _write_book(folder / "screening.xlsx", sheets), layer]


def verdict_word(verdict: str, language: Language) -> str:
    """Say a verdict on a site or a clause."""
    if verdict in CLAUSE_VERDICTS:
        return CLAUSE_VERDICTS[verdict].at(language)
    return word("verdict", verdict, language)


def _heads(language: Language, *heads: tuple[str, str, str]) -> tuple[str, ...]:
    return tuple(headed(zh if language == "zh" else en, unit, language) for zh, en, unit in heads)


ID, NAME = ("站点编号", "site id", ""), ("名称", "name", "")
LIMIT = ("最大允许能力", "largest allowed capacity", "kg/d")
MEASURES = (
    ("条款", "clause", ""),
    ("对象", "object", ""),
    ("实测距离", "measured distance", "m"),
    ("要求距离", "required distance", "m"),
    ("位置误差", "position error", "m"),
    ("理由", "reason", ""),
    ("如何合规", "what would make it legal", ""),
)


def _verdicts(rows: Sequence[tuple[Site, Verdict]], language: Language) -> Sheet:
    zh = language == "zh"
    heads = (
        ID,
        NAME,
        ("类型", "kind", ""),
        ("行政区", "district", ""),
        ("结论", "verdict", ""),
        LIMIT,
        ("规则", "rule", ""),
        *MEASURES,
        ("经度", "longitude", "°"),
        ("纬度", "latitude", "°"),
    )
    return Sheet(
        file="screening.csv",
        name="选址筛选" if zh else "screening",
        headers=_heads(language, *heads),
        rows=tuple(
            (
                site.id,
                site.name if zh else site.name_en or site.name,
                word("kind", site.kind, language),
                site.district,
                verdict_word(found.verdict, language),
                found.max_kg_per_d,
                plain_rule(found.rule, language),
                found.clause,
                found.object if zh else found.object_en or found.object,
                found.measured_m,
                found.required_m,
                site.precision_m if found.precision_m is None else found.precision_m,
                verdict_reason(found, language),
                found.remedy_zh if zh else found.remedy,
                rounded(site.lon, "°"),
                rounded(site.lat, "°"),
            )
            for site, found in rows
        ),
    )


def _clauses(rows: Sequence[tuple[Site, Verdict]], language: Language) -> Sheet:
    return Sheet(
        file="clauses.csv",
        name="逐条核对" if language == "zh" else "clauses",
        headers=_heads(language, ID, NAME, ("规则", "rule", ""), ("结论", "verdict", ""), LIMIT, *MEASURES),
        rows=tuple(
            (site.id, site.name if language == "zh" else site.name_en or site.name, *_clause(clause, language))
            for site, found in rows
            for clause in found.clauses
        ),
    )


def _clause(clause: Clause, language: Language) -> tuple[Cell, ...]:
    zh = language == "zh"
    return (
        plain_rule(clause.rule, language),
        verdict_word(clause.verdict, language),
        clause.max_kg_per_d,
        clause.clause,
        clause.object if zh else clause.object_en,
        clause.measured_m,
        clause.required_m,
        clause.precision_m,
        clause.reason_zh if zh else clause.reason,
        clause.remedy_zh if zh else clause.remedy,
    )


def _points(points: Sequence[OpenPoint], language: Language) -> Sheet:
    zh = language == "zh"
    heads = (
        ("事项", "about", ""),
        ("未决内容", "what is open", ""),
        ("涉及站址数", "sites", ""),
        ("如何解决", "how to close it", ""),
        ("涉及规则", "rules", ""),
    )
    return Sheet(
        file="open_points.csv",
        name="共同未决事项" if zh else "open for all sites",
        headers=_heads(language, *heads),
        rows=tuple(
            (
                point.about,
                point.text_zh if zh else point.text,
                point.sites,
                point.remedy_zh if zh else point.remedy,
                point.rules,
            )
            for point in points
        ),
    )


def _merged(merged: Sequence[MergedRow], language: Language) -> Sheet:
    zh = language == "zh"
    heads = (
        ("保留", "kept", ""),
        ("名称", "name", ""),
        ("并入", "merged into it", ""),
        ("并入名称", "its name", ""),
        ("相距", "apart", "m"),
        ("为何同一处", "why one place", ""),
        ("为何保留", "why this row won", ""),
    )
    return Sheet(
        file="merged.csv",
        name="合并站址" if zh else "merged rows",
        headers=_heads(language, *heads),
        rows=tuple(
            (row.kept, row.kept_name, row.gone, row.gone_name, row.apart_m, row.same_because, row.won_because)
            for row in merged
        ),
    )


def _write_csv(path: Path, sheet: Sheet) -> Path:
    with path.open("w", encoding="utf-8-sig", newline="") as file:
        writer = csv.writer(file, lineterminator="\r\n")
        writer.writerow(sheet.headers)
        writer.writerows([guard(cell) if isinstance(cell, str) else cell for cell in row] for row in sheet.rows)
    return path


def _write_book(path: Path, sheets: Sequence[Sheet]) -> Path:
    settings = {"strings_to_formulas": False, "strings_to_urls": False, "strings_to_numbers": False}
    with xlsxwriter.Workbook(str(path), settings) as book:
        book.set_properties({"created": CREATED})
        head = book.add_format({"bold": True, "bg_color": "#E3ECF2", "bottom": 1, "text_wrap": True})
        for sheet in sheets:
            page = book.add_worksheet(sheet.name)
            page.freeze_panes(1, 2)
            page.autofilter(0, 0, max(len(sheet.rows), 1), len(sheet.headers) - 1)
            for column, header in enumerate(sheet.headers):
                page.write_string(0, column, header, head)
                page.set_column(column, column, _width(sheet, column))
            for number, column, cell in _cells(sheet):
                if isinstance(cell, str):
                    page.write_string(number, column, cell)
                else:
                    page.write_number(number, column, cell)
    return path


def _cells(sheet: Sheet) -> Iterator[tuple[int, int, str | float]]:
    for number, row in enumerate(sheet.rows, start=1):
        for column, cell in enumerate(row):
            if cell is not None:
                yield number, column, cell


def _width(sheet: Sheet, column: int) -> int:
    longest = max((width_of(str(row[column] or "")) for row in sheet.rows), default=0)
    return max(WIDTH_MIN, min(WIDTH_MAX, max(longest, width_of(sheet.headers[column]) // 2 + 3) + 1))


def _geojson(rows: Sequence[tuple[Site, Verdict]]) -> str:
    """Return the sites as a GeoJSON FeatureCollection, WGS-84, with the verdict in both languages."""
    features = [
        {
            "type": "Feature",
            "id": site.id,
            "geometry": {
                "type": "Point",
                "coordinates": [round(site.lon, DEGREE_DIGITS), round(site.lat, DEGREE_DIGITS)],
            },
            "properties": {
                "name": site.name,
                "name_en": site.name_en,
                "kind": site.kind,
                "precision_m": site.precision_m,
                "verdict": found.verdict,
                "max_kg_per_d": found.max_kg_per_d,
                "rule": found.rule,
                "clause": found.clause,
                "object": found.object,
                "measured_m": found.measured_m,
                "required_m": found.required_m,
                "reason": found.reason,
                "reason_zh": verdict_reason(found, "zh"),
                "remedy": found.remedy,
                "remedy_zh": found.remedy_zh,
            },
        }
        for site, found in rows
    ]
    return json.dumps({"type": "FeatureCollection", "features": features}, ensure_ascii=False, indent=1) + "\n"
