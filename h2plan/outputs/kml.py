"""The plan as KML for Ovital, Google Earth and the like: stations, candidates, demand and supply in folders."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from xml.sax.saxutils import escape, quoteattr

from h2plan.outputs._csv import spoken
from h2plan.outputs._export import NOTICE, ExportOptions, file_stem
from h2plan.outputs._labels import Language
from h2plan.outputs._layers import Layer, Lines, layers
from h2plan.outputs._levels import EDITION_NAMES
from h2plan.outputs._tables import Cell, headed, rounded
from h2plan.plan.results import Backdrop, Plan

FOLDERS = ("stations", "candidates", "sources", "centres", "deliveries", "demand", "flows")
"""Layers in the order of the folders; all but the first begin hidden where many rows would cover them."""
SHOWN = frozenset({"stations", "sources", "centres"})
STYLES = {
    "stations": ("ffb27200", 1.1),
    "candidates": ("ff42e4f0", 0.6),
    "sources": ("ff739e00", 1.1),
    "centres": ("ff009fe6", 1.1),
    "demand": ("96005ed5", 0.5),
    "deliveries": ("b4739e00", 1.5),
    "flows": ("96a779cc", 1.5),
}
"""Colour (aabbggrr) and scale of a marker, or width of a line."""
DIGITS = 7


class Options(ExportOptions):
    """Language and edition; KML is WGS 84 by its standard."""


def write(plan: Plan, backdrop: Backdrop, folder: Path, options: Options) -> list[Path]:
    """Write plan.kml; return its path."""
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / f"{file_stem('plan', options)}.kml"
    path.write_text("\n".join(_document(plan, backdrop, options)) + "\n", encoding="utf-8", newline="\n")
    return [path]


def _document(plan: Plan, backdrop: Backdrop, options: Options) -> Iterator[str]:
    told = {layer.name: layer for layer in layers(plan, backdrop, options.edition)}
    title = plan.title if options.language == "zh" else plan.title_en
    about = "; ".join(
        (EDITION_NAMES[options.edition].at(options.language), NOTICE.at(options.language), *plan.attributions)
    )
    yield '<?xml version="1.0" encoding="UTF-8"?>'
    yield '<kml xmlns="http://www.opengis.net/kml/2.2"><Document>'
    yield f"<name>{_text(title)}</name><description>{_text(about)}</description>"
    for name in FOLDERS:
        if name in told:
            yield _style(told[name])
    for name in FOLDERS:
        if name in told and told[name].rows:
            yield from _folder(told[name], options.language)
    yield "</Document></kml>"


def _style(layer: Layer) -> str:
    colour, size = STYLES[layer.name]
    if layer.shape == "line":
        drawn = f"<LineStyle><color>{colour}</color><width>{size:g}</width></LineStyle>"
    else:
        drawn = f"<IconStyle><color>{colour}</color><scale>{size:g}</scale></IconStyle>"
    return f'<Style id="{layer.name}">{drawn}</Style>'


def _folder(layer: Layer, language: Language) -> Iterator[str]:
    shown = int(layer.name in SHOWN)
    yield f"<Folder><name>{_text(layer.title.at(language))}</name><visibility>{shown}</visibility>"
    names = [field.name for field in layer.fields]
    for row, place in zip(layer.rows, layer.places, strict=True):
        if place:
            yield f"<Placemark><name>{_text(_name(row, names, language))}</name><visibility>{shown}</visibility>"
            yield f"<styleUrl>#{layer.name}</styleUrl>{_data(layer, row, language)}"
            yield f"{_geometry(layer, place)}</Placemark>"
    yield "</Folder>"


def _name(row: tuple[Cell, ...], names: list[str], language: Language) -> str:
    """Return what a placemark is called: its name in the reader's language, or its two ends."""
    wanted = ("name_en", "name") if language == "en" else ("name", "name_en")
    told = [str(row[names.index(name)]) for name in wanted if name in names and row[names.index(name)]]
    if told:
        return told[0]
    return " - ".join(str(row[names.index(name)]) for name in ("origin", "destination") if name in names)


def _data(layer: Layer, row: tuple[Cell, ...], language: Language) -> str:
    cells = []
    for field, value in zip(layer.fields, row, strict=True):
        if value is not None and value != "":
            head = _text(headed(field.label.at(language), field.unit, language))
            told = _text(rounded(spoken(value, field, language), field.unit))
            data = f"<displayName>{head}</displayName><value>{told}</value>"
            cells.append(f"<Data name={quoteattr(field.name)}>{data}</Data>")
    return f"<ExtendedData>{''.join(cells)}</ExtendedData>"


def _geometry(layer: Layer, place: Lines) -> str:
    if layer.shape == "point":
        return f"<Point><coordinates>{_pairs(place[0])}</coordinates></Point>"
    lines = "".join(f"<LineString><coordinates>{_pairs(line)}</coordinates></LineString>" for line in place)
    return f"<MultiGeometry>{lines}</MultiGeometry>"


def _pairs(line: tuple[tuple[float, float], ...]) -> str:
    return " ".join(f"{round(lon, DIGITS)},{round(lat, DIGITS)}" for lon, lat in line)


def _text(value: Cell) -> str:
    """Return a cell as text of an XML document; characters that XML 1.0 cannot hold become U+FFFD."""
    return escape("".join(char if _allowed(ord(char)) else "\ufffd" for char in str(value)))


def _allowed(code: int) -> bool:
    return code in (9, 10, 13) or 32 <= code < 0xD800 or 0xE000 <= code < 0xFFFE or code > 0xFFFF
