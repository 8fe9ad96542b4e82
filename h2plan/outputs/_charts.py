"""Small still figures for the report, drawn as inline SVG: bars, stacked bars and an overview map."""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from markupsafe import Markup, escape

from h2plan.outputs._tables import width_of
from h2plan.plan.results import Backdrop, Line

WIDTH_PX = 700
LABEL_PX, NOTE_PX = 200, 150
ROW_PX, BAR_PX = 17, 11
NEW, BUILT, REST = "#1b7a5a", "#3f5f8a", "#d5dade"
LABEL_COLUMNS = 30
"""Narrow columns of text that fit left of a bar."""
MAP_HEIGHT_PX = 740
SITE_MAP_PX = 330.0
MARGIN_SHARE = 0.05
RADIUS_MIN_PX, RADIUS_MAX_PX = 6.5, 11.0
IMPRECISE_M = 500.0
"""A place known worse than this is drawn with a disc of its position error."""
KM_PER_DEG = 111.32
STEP_PX = 1.2
"""Bends of a road closer together than this are left out."""
ROAD_WIDTHS = {"motorway": 1.3, "trunk": 0.8}
NOT_DRAWN = frozenset({"access", "join"})
SCALE_KM = (1, 2, 5, 10, 20, 50, 100, 200, 500)


@dataclass(frozen=True, slots=True, kw_only=True)
class Bar:
    """One row of a bar chart. `parts` are lengths on a scale common to all rows."""

    label: str
    parts: tuple[float, ...]
    note: str
    colours: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Dot:
    """A station on the overview map."""

    number: int
    label: str
    lon: float
    lat: float
    capacity_kg_per_d: float
    precision_m: float
    built: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Frame:
    """Where the map window lies, and how degrees become pixels."""

    west: float
    north: float
    px_per_deg_lon: float
    px_per_deg_lat: float
    height_px: float

    def at(self, lon: float, lat: float) -> tuple[float, float]:
        return (lon - self.west) * self.px_per_deg_lon, (self.north - lat) * self.px_per_deg_lat

    @property
    def px_per_km(self) -> float:
        return self.px_per_deg_lat / KM_PER_DEG


def bars(rows: Sequence[Bar], *, title: str, full: float | None = None) -> Markup:
    """Draw horizontal bars; `full` is the length of the whole scale, by default the longest row."""
    longest = full if full is not None else max((sum(row.parts) for row in rows), default=0.0)
    scale = (WIDTH_PX - LABEL_PX - NOTE_PX) / longest if longest > 0 else 0.0
    return _svg((_bar(row, place, scale) for place, row in enumerate(rows)), height=len(rows) * ROW_PX + 4, title=title)


def _bar(row: Bar, place: int, scale: float) -> Markup:
    top = place * ROW_PX + 3
    middle = top + BAR_PX - 2
    drawn = [_text(_cut(row.label), LABEL_PX - 8, middle, anchor="end")]
    left = float(LABEL_PX)
    for part, colour in zip(row.parts, row.colours, strict=True):
        width = max(part, 0.0) * scale
        drawn.append(_tag("rect", x=left, y=top, width=width, height=BAR_PX, fill=colour))
        left += width
    drawn.append(_text(row.note, left + 6, middle, anchor="start"))
    return Markup("").join(drawn)


def overview_map(dots: Sequence[Dot], backdrop: Backdrop, *, title: str, names: Sequence[str]) -> Markup:
    """Draw roads, rivers, district seats (labelled with `names`) and numbered stations; positions are WGS-84 degrees.

    The window holds every station and every seat. The discs round imprecise stations have the radius of their
    position error on the scale of the map. With neither station nor seat there is nothing to draw.
    """
    seats = [(lon, lat) for _, _, lon, lat in backdrop.seats]
    places = [(dot.lon, dot.lat) for dot in dots] + seats
    if not places:
        return Markup("")
    frame = _frame(places)
    layers = [
        _tag("rect", x=0, y=0, width=WIDTH_PX, height=frame.height_px, fill="#fbfcfc", stroke="#c9d1d6"),
        *(_road_layer(backdrop.roads, kind, frame) for kind in _road_kinds(backdrop.roads)),
        _path(backdrop.rivers, frame, stroke="#7fb2dd", width=4.0),
        *(_seat(name, frame.at(*seat)) for name, seat in zip(names, seats, strict=True)),
        *(_disc(dot, frame) for dot in dots if dot.precision_m > IMPRECISE_M),
        *_dots(dots, frame),
        _scale_bar(frame),
    ]
    return _svg(layers, height=frame.height_px, title=title)


def site_map(dot: Dot, dots: Sequence[Dot], backdrop: Backdrop, *, reach_km: float, title: str) -> Markup:
    """Draw one station in the middle, as far as `reach_km` above and below it, with roads, rivers and other stations.

    The window widens where the position is known worse than it would show.
    """
    half_km = max(reach_km, 1.3 * dot.precision_m / 1000)
    px_per_deg = SITE_MAP_PX / 2 / half_km * KM_PER_DEG
    px_per_deg_lon = px_per_deg * math.cos(math.radians(dot.lat))
    frame = Frame(
        west=dot.lon - WIDTH_PX / 2 / px_per_deg_lon,
        north=dot.lat + SITE_MAP_PX / 2 / px_per_deg,
        px_per_deg_lon=px_per_deg_lon,
        px_per_deg_lat=px_per_deg,
        height_px=SITE_MAP_PX,
    )
    near = [other for other in dots if other.number != dot.number and _inside(other, frame)]
    x, y = frame.at(dot.lon, dot.lat)
    colour = BUILT if dot.built else NEW
    layers = [
        _tag("rect", x=0, y=0, width=WIDTH_PX, height=SITE_MAP_PX, fill="#fbfcfc", stroke="#c9d1d6"),
        *(_road_layer(backdrop.roads, kind, frame) for kind in _road_kinds(backdrop.roads)),
        _path(backdrop.rivers, frame, stroke="#7fb2dd", width=6.0),
        *(_disc(one, frame) for one in (dot, *near) if one.precision_m > IMPRECISE_M),
        *_dots(near, frame),
        _tag("circle", cx=x, cy=y, r=RADIUS_MAX_PX + 4, fill="none", stroke=colour, stroke_width=2),
        *_dots([dot], frame),
        _scale_bar(frame),
    ]
    return _svg(layers, height=SITE_MAP_PX, title=title)


def _inside(dot: Dot, frame: Frame) -> bool:
    x, y = frame.at(dot.lon, dot.lat)
    return 0 <= x <= WIDTH_PX and 0 <= y <= frame.height_px


def _frame(places: Sequence[tuple[float, float]]) -> Frame:
    lons, lats = [lon for lon, _ in places], [lat for _, lat in places]
    middle_lon, middle_lat = (min(lons) + max(lons)) / 2, (min(lats) + max(lats)) / 2
    shrink = math.cos(math.radians(middle_lat))
    # The floor keeps the scale finite when all places coincide.
    wide = max((max(lons) - min(lons)) * shrink, 0.02) * (1 + 2 * MARGIN_SHARE)
    tall = max(max(lats) - min(lats), 0.02) * (1 + 2 * MARGIN_SHARE)
    px_per_deg = min(WIDTH_PX / wide, MAP_HEIGHT_PX / tall)
    height_px = max(tall * px_per_deg, WIDTH_PX / 2)
    return Frame(
        west=middle_lon - WIDTH_PX / 2 / (px_per_deg * shrink),
        north=middle_lat + height_px / 2 / px_per_deg,
        px_per_deg_lon=px_per_deg * shrink,
        px_per_deg_lat=px_per_deg,
        height_px=height_px,
    )


def _road_kinds(roads: Iterable[Line]) -> list[str]:
    """Return the road classes to draw, the narrow ones first so that the wide ones lie on top."""
    return sorted({road.kind for road in roads} - NOT_DRAWN, key=lambda kind: (ROAD_WIDTHS.get(kind, 0.0), kind))


def _road_layer(roads: Iterable[Line], kind: str, frame: Frame) -> Markup:
    stroke = "#a9b1b7" if kind == "motorway" else "#d3d9dd"
    return _path([road for road in roads if road.kind == kind], frame, stroke=stroke, width=ROAD_WIDTHS.get(kind, 0.5))


def _path(lines: Iterable[Line], frame: Frame, *, stroke: str, width: float) -> Markup:
    steps = "".join(_steps([frame.at(lon, lat) for lon, lat in line.coords], frame) for line in lines)
    if not steps:
        return Markup("")
    return _tag("path", d=steps, fill="none", stroke=stroke, stroke_width=width, stroke_linejoin="round")


def _steps(points: Sequence[tuple[float, float]], frame: Frame) -> str:
    """Return the path of one line, bends too close together left out; blank where the line is outside the window."""
    if not any(0 <= x <= WIDTH_PX and 0 <= y <= frame.height_px for x, y in points):
        return ""
    kept = [points[0]]
    for point in points[1:-1]:
        if math.dist(point, kept[-1]) >= STEP_PX:
            kept.append(point)
    kept.append(points[-1])
    return "M" + "L".join(f"{x:.1f} {y:.1f}" for x, y in kept)


def _seat(name: str, at: tuple[float, float]) -> Markup:
    mark = _tag("rect", x=at[0] - 1.5, y=at[1] - 1.5, width=3, height=3, fill="#7a858c")
    return mark + _text(name, at[0], at[1] - 5, anchor="middle", size=10.5, fill="#66727a", halo=True)


def _disc(dot: Dot, frame: Frame) -> Markup:
    x, y = frame.at(dot.lon, dot.lat)
    radius = dot.precision_m / 1000 * frame.px_per_km
    colour = BUILT if dot.built else NEW
    return _tag("circle", cx=x, cy=y, r=radius, fill=colour, fill_opacity=0.08, stroke=colour, stroke_opacity=0.35)


def _dots(dots: Sequence[Dot], frame: Frame) -> Iterable[Markup]:
    """Draw the stations, large ones first so that small ones stay in sight."""
    largest = max((dot.capacity_kg_per_d for dot in dots), default=0.0) or 1.0
    for dot in sorted(dots, key=lambda dot: (-dot.capacity_kg_per_d, dot.number)):
        x, y = frame.at(dot.lon, dot.lat)
        radius = max(RADIUS_MIN_PX, RADIUS_MAX_PX * math.sqrt(dot.capacity_kg_per_d / largest))
        hint = Markup("<title>{}</title>").format(dot.label)
        fill = BUILT if dot.built else NEW
        circle = _tag("circle", hint, cx=x, cy=y, r=radius, fill=fill, stroke="#fff", stroke_width=1)
        yield circle + _text(str(dot.number), x, y + 3.1, anchor="middle", size=8.5, fill="#fff")


def _scale_bar(frame: Frame) -> Markup:
    room_px = WIDTH_PX / 4
    km = max((km for km in SCALE_KM if km * frame.px_per_km <= room_px), default=SCALE_KM[0])
    left, base, length = 14.0, frame.height_px - 14, km * frame.px_per_km
    steps = f"M{left} {base - 5}V{base}H{left + length:.1f}V{base - 5}"
    bar = _tag("path", d=steps, fill="none", stroke="#333", stroke_width=1.2)
    return bar + _text(f"{km} km", left + length / 2, base - 4, anchor="middle", size=10.5, halo=True)


def _cut(label: str) -> str:
    """Shorten a label to the room left of a bar."""
    if width_of(label) <= LABEL_COLUMNS:
        return label
    kept = label
    while kept and width_of(kept) > LABEL_COLUMNS - 1:
        kept = kept[:-1]
    return kept + "…"


def _text(
    text: str, x: float, y: float, *, anchor: str, size: float = 11, fill: str = "#333", halo: bool = False
) -> Markup:
    edge: dict[str, str | float] = {"paint_order": "stroke", "stroke": "#fff", "stroke_width": 2.5} if halo else {}
    return _tag("text", escape(text), x=x, y=y, text_anchor=anchor, font_size=size, fill=fill, **edge)


def _tag(name: str, content: Markup = Markup(""), /, **attributes: str | float) -> Markup:
    written = Markup("").join(
        Markup(' {}="{}"').format(key.replace("_", "-"), value if isinstance(value, str) else _short(value))
        for key, value in attributes.items()
    )
    return Markup("<{0}{1}>{2}</{0}>").format(name, written, content)


def _short(value: float) -> str:
    return f"{value:.2f}".rstrip("0").rstrip(".")


def _svg(drawn: Iterable[Markup], *, height: float, title: str) -> Markup:
    start = Markup('<svg viewBox="0 0 {} {:.0f}" role="img" aria-label="{}">').format(WIDTH_PX, height, title)
    return start + Markup("\n").join(drawn) + Markup("</svg>")
