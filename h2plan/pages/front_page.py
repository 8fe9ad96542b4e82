"""A front as files: table, drawing, data, and one page that holds them all and loads nothing."""

from __future__ import annotations

import csv
import dataclasses
import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from markupsafe import Markup, escape

from h2plan.front import Front, Point
from h2plan.outputs._labels import Language
from h2plan.outputs._page import content_security_policy

TABLE, DATA, DRAWING, PAGE = "front.csv", "front.json", "front.svg", "front.html"
WIDTH_PX, HEIGHT_PX, MARGIN_PX = 760, 460, 70
TICKS = 5
LINE, PROVEN, LOOSE = "#1b7a5a", "#1b7a5a", "#ffffff"
WORDS = {
    "stations": ("加氢站总数", "stations"),
    "budget": ("新增投资(万元)", "new capital cost, 10,000 CNY"),
    "share": ("总成本(万元)", "cost, 10,000 CNY"),
    "served": ("需求满足率(%)", "share of demand served, %"),
    "legend": (
        "实心:在允许间隙内证明最优;空心:因时限或中断结束,未证明",
        "filled: proven within the gap allowed; hollow: ended by a limit or a stop, not proven",
    ),
    "yes": ("是", "yes"),
}


def write(front: Front, folder: Path, *, title: str, language: Language) -> list[Path]:
    """Write a front into a folder."""
    drawn = draw(front, title=title, language=language)
    written = {
        DATA: json.dumps(_data(front), ensure_ascii=False, indent=1, sort_keys=True) + "\n",
        DRAWING: str(drawn) + "\n",
        PAGE: _page(front, drawn, title=title, language=language),
    }
    for name, text in written.items():
        (folder / name).write_text(text, encoding="utf-8")
    with (folder / TABLE).open("w", encoding="utf-8-sig", newline="") as file:
        table = csv.writer(file, lineterminator="\r\n")
        table.writerow(_heads(language))
        table.writerows(_cells(point) for point in front.points)
    return [folder / name for name in (TABLE, DATA, DRAWING, PAGE)]


def _data(front: Front) -> dict[str, Any]:
    return {
        "axis": front.axis,
        "points": [dataclasses.asdict(point) for point in front.points],
        "beaten": [dataclasses.asdict(point) for point in front.beaten],
        "notes": list(front.notes),
    }


def _heads(language: Language) -> list[str]:
    heads = []
    for field in dataclasses.fields(Point):
        unit = f" ({field.metadata['unit']})" if field.metadata["unit"] else ""
        heads.append(f"{field.metadata[language]}{unit}")
    return heads


def _cells(point: Point) -> list[str]:
    return [_cell(getattr(point, field.name)) for field in dataclasses.fields(Point)]


def _cell(value: object) -> str:
    if value is None:
        return ""
    return f"{value:.6g}" if isinstance(value, float) and abs(value) < 1 else _long(value)


def _long(value: object) -> str:
    return f"{value:.2f}".rstrip("0").rstrip(".") if isinstance(value, float) else str(value)


# The drawing


@dataclass(frozen=True, kw_only=True)
class _Scale:
    """From figures to pixels along one axis."""

    least: float
    most: float
    start_px: float
    end_px: float

    @staticmethod
    def over(values: Iterable[float], start_px: float, end_px: float) -> _Scale:
        found = list(values) or [0.0]
        least, most = min(found), max(found)
        room = 0.05 * (most - least) or max(1.0, abs(most) * 0.05)
        return _Scale(least=max(0.0, least - room), most=most + room, start_px=start_px, end_px=end_px)

    def at(self, value: float) -> float:
        return self.start_px + (value - self.least) / (self.most - self.least) * (self.end_px - self.start_px)

    def ticks(self) -> list[float]:
        return [self.least + (self.most - self.least) * n / (TICKS - 1) for n in range(TICKS)]


def draw(front: Front, *, title: str, language: Language) -> Markup:
    """Draw what is spent against what is served, as one SVG that stands alone."""
    places = [(_spent(front, point), 100 * point.served_share) for point in front.points]
    across = _Scale.over((x for x, _ in places), MARGIN_PX, WIDTH_PX - 20)
    up = _Scale.over((y for _, y in places), HEIGHT_PX - MARGIN_PX, 30)
    drawn = [
        *_axes(across, up, _word(front.axis, language), _word("served", language)),
        _line([(across.at(x), up.at(y)) for x, y in places]),
        *(_dot(point, across.at(x), up.at(y)) for point, (x, y) in zip(front.points, places, strict=True)),
        _text(_word("legend", language), MARGIN_PX, HEIGHT_PX - 8, anchor="start"),
    ]
    head = Markup(
        '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {} {}" role="img" aria-label="{}" '
        'font-family="sans-serif">'
    ).format(WIDTH_PX, HEIGHT_PX, title)
    return head + Markup("\n").join(drawn) + Markup("</svg>")


def _spent(front: Front, point: Point) -> float:
    if front.axis == "stations":
        return float(point.stations)
    return (point.capex_cny if front.axis == "budget" else point.cost_cny) / 1e4


def _word(key: str, language: Language) -> str:
    return WORDS[key][0 if language == "zh" else 1]


def _axes(across: _Scale, up: _Scale, below: str, beside: str) -> list[Markup]:
    box = Markup('<path d="M{0} {1}V{2}H{3}" fill="none" stroke="#555"/>').format(
        MARGIN_PX, 30, HEIGHT_PX - MARGIN_PX, WIDTH_PX - 20
    )
    ticks = [_text(f"{x:,.0f}", across.at(x), HEIGHT_PX - MARGIN_PX + 18, anchor="middle") for x in across.ticks()]
    ticks += [_text(f"{y:.1f}", MARGIN_PX - 8, up.at(y) + 4, anchor="end") for y in up.ticks()]
    return [
        box,
        *ticks,
        _text(below, (MARGIN_PX + WIDTH_PX) / 2, HEIGHT_PX - MARGIN_PX + 38, anchor="middle"),
        _text(beside, 8, 20, anchor="start"),
    ]


def _line(places: Sequence[tuple[float, float]]) -> Markup:
    steps = " ".join(f"{x:.1f},{y:.1f}" for x, y in places)
    return Markup('<polyline points="{}" fill="none" stroke="{}" stroke-width="1.5"/>').format(steps, LINE)


def _dot(point: Point, x: float, y: float) -> Markup:
    proven = point.stopped == "optimal"
    words = f"{point.stations} / {point.served_share:.1%} / {point.capex_cny / 1e4:,.0f}"
    return Markup('<circle cx="{:.1f}" cy="{:.1f}" r="4.5" fill="{}" stroke="{}"><title>{}</title></circle>').format(
        x, y, PROVEN if proven else LOOSE, LINE, words
    )


def _text(text: str, x: float, y: float, *, anchor: str) -> Markup:
    return Markup('<text x="{:.1f}" y="{:.1f}" text-anchor="{}" font-size="12" fill="#333">{}</text>').format(
        x, y, anchor, text
    )


# The page


def _page(front: Front, drawn: Markup, *, title: str, language: Language) -> str:
    head = Markup("").join(Markup("<th>{}</th>").format(text) for text in _heads(language))
    rows = Markup("").join(
        Markup("<tr>{}</tr>").format(Markup("").join(Markup("<td>{}</td>").format(cell) for cell in _cells(point)))
        for point in front.points
    )
    notes = Markup("").join(Markup("<li>{}</li>").format(note) for note in front.notes)
    policy = content_security_policy("")
    return str(
        Markup(
            '<!doctype html>\n<html lang="{}"><head><meta charset="utf-8">\n'
            '<meta http-equiv="Content-Security-Policy" content="{}">\n<title>{}</title>\n<style>{}</style></head>\n'
            "<body><h1>{}</h1>\n{}\n<table><thead><tr>{}</tr></thead><tbody>{}</tbody></table>\n<ul>{}</ul></body></html>\n"
        ).format(language, policy, title, STYLE, escape(title), drawn, head, rows, notes)
    )


STYLE = Markup(
    "body{font-family:sans-serif;max-width:1100px;margin:1.5em auto;color:#222}svg{max-width:760px;width:100%}"
    "table{border-collapse:collapse;font-size:13px}td,th{border:1px solid #ccc;padding:3px 7px;text-align:right}"
)
