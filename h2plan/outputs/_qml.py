"""Styles for QGIS (QML): symbols by kind and size, labels of stations, and field names in the reader's language."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from xml.sax.saxutils import quoteattr

from h2plan.outputs._labels import Language, Text
from h2plan.outputs._layers import Layer
from h2plan.outputs._tables import headed

HEAD = "<!DOCTYPE qgis PUBLIC 'http://mrcc.com/qgis.dtd' 'SYSTEM'>\n"
VERSION = "3.22.0"
GEOMETRY = {"point": "0", "line": "1"}
OUTLINE = "40,40,40,255"


@dataclass(frozen=True, slots=True, kw_only=True)
class Symbol:
    """How one class of rows is drawn: a marker or a line, its colour (r,g,b,alpha) and size in mm."""

    value: str
    label: Text
    colour: str
    size_mm: float
    marker: str = "circle"
    dash: str = "solid"
    size_by: str = ""
    """QGIS expression of the size, where it follows a number."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Style:
    """The symbols of a layer and the expression that tells them apart; blank where there is one only."""

    symbols: tuple[Symbol, ...]
    by: str = ""
    label: str = ""
    """Field that labels the rows."""


def _grows(field: str, *, full: float, largest_mm: float, least_mm: float) -> str:
    """Size by the square root of a number, so that areas compare; `full` has the largest size."""
    return f'scale_exp(coalesce("{field}", 0), 0, {full:g}, {least_mm:g}, {largest_mm:g}, 0.5)'


STATION_SIZE = _grows("capacity_kg_per_d", full=4000, largest_mm=6, least_mm=2.4)
STYLES: Mapping[str, Style] = {
    "stations": Style(
        by="CASE WHEN \"built\" THEN 'built' ELSE 'new' END",
        label="name",
        symbols=(
            Symbol(
                value="new",
                label=Text("新建加氢站", "new station"),
                colour="0,114,178,255",
                size_mm=3.6,
                size_by=STATION_SIZE,
            ),
            Symbol(
                value="built",
                label=Text("已建加氢站", "station that stands"),
                colour="90,90,90,255",
                size_mm=3.6,
                marker="square",
                size_by=STATION_SIZE,
            ),
        ),
    ),
    "candidates": Style(
        by="verdict",
        symbols=(
            Symbol(
                value="pass",
                label=Text("候选站址：通过", "candidate: pass"),
                colour="255,255,255,255",
                size_mm=1.8,
                marker="diamond",
            ),
            Symbol(
                value="review",
                label=Text("候选站址：待核查", "candidate: to be reviewed"),
                colour="240,228,66,255",
                size_mm=2.0,
                marker="triangle",
            ),
        ),
    ),
    "demand": Style(
        symbols=(
            Symbol(
                value="",
                label=Text("需求点", "demand"),
                colour="213,94,0,110",
                size_mm=2.0,
                size_by=_grows("kg_per_d_base", full=1000, largest_mm=7, least_mm=1),
            ),
        ),
    ),
    "flows": Style(
        symbols=(
            Symbol(
                value="",
                label=Text("干线车流", "flow"),
                colour="204,121,167,140",
                size_mm=0.6,
                size_by=_grows("kg_per_d_base", full=1000, largest_mm=2.5, least_mm=0.2),
            ),
        ),
    ),
    "allocations": Style(
        symbols=(Symbol(value="", label=Text("需求分配", "allocation"), colour="120,120,120,150", size_mm=0.2),)
    ),
    "sources": Style(
        label="name",
        symbols=(
            Symbol(
                value="",
                label=Text("氢源", "hydrogen source"),
                colour="0,158,115,255",
                size_mm=4.0,
                marker="triangle",
            ),
        ),
    ),
    "centres": Style(
        label="name",
        symbols=(
            Symbol(
                value="",
                label=Text("储运中心", "storage centre"),
                colour="230,159,0,255",
                size_mm=4.0,
                marker="pentagon",
            ),
        ),
    ),
    "deliveries": Style(
        symbols=(
            Symbol(
                value="",
                label=Text("氢气配送", "delivery"),
                colour="0,158,115,180",
                size_mm=0.4,
                dash="dash",
                size_by=_grows("kg_per_d", full=2000, largest_mm=2, least_mm=0.2),
            ),
        ),
    ),
}
"""Layer name to its style; the colour-blind can tell the colours apart (Okabe and Ito), and shapes repeat them."""


def qml(layer: Layer, language: Language) -> str:
    """Return the style of a layer with places as a QML document."""
    style = STYLES[layer.name]
    kind = "marker" if layer.shape == "point" else "line"
    symbols = "".join(_symbol(symbol, number, kind) for number, symbol in enumerate(style.symbols))
    if style.by:
        categories = "".join(
            f'<category render="true" symbol="{number}" value={quoteattr(symbol.value)} type="string" '
            f"label={quoteattr(symbol.label.at(language))}/>"
            for number, symbol in enumerate(style.symbols)
        )
        renderer = (
            f'<renderer-v2 type="categorizedSymbol" attr={quoteattr(style.by)} forceraster="0" symbollevels="0" '
            f'enableorderby="0"><categories>{categories}</categories><symbols>{symbols}</symbols></renderer-v2>'
        )
    else:
        renderer = (
            '<renderer-v2 type="singleSymbol" forceraster="0" symbollevels="0" enableorderby="0">'
            f"<symbols>{symbols}</symbols></renderer-v2>"
        )
    aliases = "".join(
        f'<alias index="{number}" field={quoteattr(field.name)} '
        f"name={quoteattr(headed(field.label.at(language), field.unit, language))}/>"
        for number, field in enumerate(layer.fields, start=1)  # the feature id stands first
    )
    return (
        f'{HEAD}<qgis version="{VERSION}" styleCategories="Symbology|Labeling|Fields" '
        f'labelsEnabled="{int(bool(style.label))}">\n'
        f"{renderer}\n{_labels(style.label)}<aliases>{aliases}</aliases>\n"
        f"<layerGeometryType>{GEOMETRY[layer.shape]}</layerGeometryType>\n</qgis>\n"
    )


def _symbol(symbol: Symbol, number: int, kind: str) -> str:
    if kind == "marker":
        drawn, grows = "SimpleMarker", "size"
        options = {
            "color": symbol.colour,
            "name": symbol.marker,
            "outline_color": OUTLINE,
            "outline_width": "0.2",
            "outline_width_unit": "MM",
            "size": f"{symbol.size_mm:g}",
            "size_unit": "MM",
        }
    else:
        drawn, grows = "SimpleLine", "outlineWidth"
        options = {
            "line_color": symbol.colour,
            "line_style": symbol.dash,
            "line_width": f"{symbol.size_mm:g}",
            "line_width_unit": "MM",
        }
    told = "".join(f'<Option type="QString" name="{name}" value={quoteattr(v)}/>' for name, v in options.items())
    return (
        f'<symbol type="{kind}" name="{number}" alpha="1" clip_to_extent="1" force_rhr="0">'
        f'<layer class="{drawn}" enabled="1" locked="0" pass="0"><Option type="Map">{told}</Option>'
        f"{_defined(grows, symbol.size_by)}</layer></symbol>"
    )


def _defined(name: str, expression: str) -> str:
    """Let a property of a symbol follow an expression."""
    if not expression:
        return ""
    return (
        '<data_defined_properties><Option type="Map"><Option type="QString" name="name" value=""/>'
        f'<Option type="Map" name="properties"><Option type="Map" name="{name}">'
        '<Option type="bool" name="active" value="true"/>'
        f'<Option type="QString" name="expression" value={quoteattr(expression)}/>'
        '<Option type="int" name="type" value="3"/></Option></Option>'
        '<Option type="QString" name="type" value="collection"/></Option></data_defined_properties>'
    )


def _labels(field: str) -> str:
    if not field:
        return ""
    return (
        '<labeling type="simple"><settings calloutType="simple">'
        f'<text-style fieldName={quoteattr(field)} isExpression="0" fontSize="8" fontSizeUnit="Point" '
        'textColor="30,30,30,255" namedStyle="Regular">'
        '<text-buffer bufferDraw="1" bufferSize="0.8" bufferSizeUnits="MM" bufferColor="255,255,255,220"/>'
        "</text-style></settings></labeling>\n"
    )
