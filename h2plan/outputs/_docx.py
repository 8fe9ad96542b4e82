"""An HTML page of ours as an editable Word document on A4, laid out as Chinese official documents are.

Margins, type sizes and the page number follow GB/T 9704-2012 (format of official documents): 37 mm above, 35 mm below,
28 mm left, 26 mm right; the title in size 二号, the text in 三号 (smaller here, since tables take most of the room).
"""

from __future__ import annotations

import io
import zipfile
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import resvg_py
from docx import Document
from docx.enum.text import WD_ALIGN_PARAGRAPH
from docx.oxml import OxmlElement
from docx.oxml.ns import qn
from docx.shared import Mm, Pt, RGBColor
from lxml import html as markup

from h2plan.outputs._fonts import Font, chinese_font
from h2plan.outputs._labels import Language, Text
from h2plan.outputs._tables import width_of

MARGINS_MM = {"top_margin": 37, "bottom_margin": 35, "left_margin": 28, "right_margin": 26}
TEXT_WIDTH_MM = 210 - 28 - 26
TITLE_PT, SECTION_PT, HEAD_PT, TEXT_PT, TABLE_PT = 22, 15, 13, 12, 8
FIGURE_PX = 1600
SONG, HEI, FANG = "宋体", "黑体", "仿宋"
LATIN = "Times New Roman"
GREY = RGBColor(0x5C, 0x6A, 0x74)
MARKS = {"new": RGBColor(0x1B, 0x7A, 0x5A), "built": RGBColor(0x3F, 0x5F, 0x8A), "rest": RGBColor(0xB5, 0xBE, 0xC4)}
"""Class of a coloured mark in a legend to its colour."""
NARROWEST, WIDEST, EDGES = 6, 22, 4
"""Least and largest room of a column, and what its edges take, in narrow letters."""
MANY_COLUMNS, SMALL_PT = 9, 7
SHADE = "EEF3F5"
FIXED_TIME = (2000, 1, 1, 0, 0, 0)
"""Stands in the archive for the time of writing, so that equal plans give equal bytes."""
NO_FONT = Text(
    "（本机未安装中文字体，图中的中文文字未能绘出；安装思源黑体（Debian：fonts-noto-cjk）后重新生成。）",
    "(No Chinese font is installed here, so Chinese text in this figure is missing; install Noto Sans CJK "
    "(Debian: fonts-noto-cjk) and write the report again.)",
)
SKIPPED = frozenset({"style", "title", "meta", "head", "script"})
BLOCKS = frozenset({"section", "header", "div", "body", "html", "tbody", "main", "article", "nav", "footer"})


@dataclass(kw_only=True)
class Writer:
    """The document under construction."""

    document: Any
    language: Language
    font: Font | None
    pictures: int = field(default=0)


def write_docx(page: str, path: Path, *, language: Language) -> Path:
    """Write a page as a Word document; headings, tables, lists and figures keep their order.

    Figures become pictures. Where no Chinese font is at hand a line under each says what is missing.
    """
    document = Document()
    _lay_out(document, language)
    writer = Writer(document=document, language=language, font=chinese_font())
    root = markup.fromstring(page)
    body = root if root.tag == "body" else root.find(".//body")
    for child in body if body is not None else root:
        _block(writer, child)
    memory = io.BytesIO()
    document.save(memory)
    _fixed(memory, path)
    return path


def _lay_out(document: Any, language: Language) -> None:
    section = document.sections[0]
    section.page_width, section.page_height = Mm(210), Mm(297)
    for name, value in MARGINS_MM.items():
        setattr(section, name, Mm(value))
    for name, size, family in (("Normal", TEXT_PT, FANG), ("Title", TITLE_PT, SONG), ("Heading 1", SECTION_PT, HEI)):
        _set_font(document.styles[name], size, family)
    _set_font(document.styles["Heading 2"], HEAD_PT, HEI)
    normal = document.styles["Normal"].paragraph_format
    normal.line_spacing, normal.space_after = 1.35, Pt(4)
    document.core_properties.author = "h2plan"
    document.core_properties.language = "zh-CN" if language == "zh" else "en"
    document.core_properties.comments = ""
    _page_number(section.footer.paragraphs[0])


def _set_font(style: Any, size_pt: float, family: str) -> None:
    """Set Latin and East Asian names alike: without the latter Word draws Chinese in a font of its own choice."""
    style.font.name, style.font.size = LATIN, Pt(size_pt)
    style.font.color.rgb = RGBColor(0, 0, 0)
    fonts = style.element.get_or_add_rPr().get_or_add_rFonts()
    for name in ("w:asciiTheme", "w:hAnsiTheme", "w:eastAsiaTheme", "w:cstheme"):
        fonts.attrib.pop(qn(name), None)
    fonts.set(qn("w:eastAsia"), family)


def _page_number(paragraph: Any) -> None:
    """Write — n — in the middle of the foot."""
    paragraph.alignment = WD_ALIGN_PARAGRAPH.CENTER
    paragraph.add_run("— ")
    run = paragraph.add_run()
    for kind, text in (("begin", None), (None, "PAGE"), ("end", None)):
        if text is not None:
            element = OxmlElement("w:instrText")
            element.set(qn("xml:space"), "preserve")
            element.text = text
        else:
            element = OxmlElement("w:fldChar")
            element.set(qn("w:fldCharType"), str(kind))
        run._r.append(element)
    paragraph.add_run(" —")


# Blocks


def _block(writer: Writer, element: Any) -> None:
    tag = element.tag if isinstance(element.tag, str) else ""
    if not tag or tag in SKIPPED:
        return
    if tag in BLOCKS:
        _container(writer, element)
    elif tag in WRITERS:
        WRITERS[tag](writer, element)
    else:
        _paragraph(writer, element)


def _container(writer: Writer, element: Any) -> None:
    classes = _classes(element)
    if "tiles" in classes:
        _tiles(writer, element)
        return
    if "sheet" in classes and writer.document.paragraphs:
        writer.document.add_page_break()
    if (element.text or "").strip():
        writer.document.add_paragraph(element.text.strip())
    for child in element:
        _block(writer, child)


def _heading(writer: Writer, element: Any) -> None:
    if element.tag == "h1":
        title = writer.document.add_paragraph(_plain(element), style="Title")
        title.alignment = WD_ALIGN_PARAGRAPH.CENTER
        return
    writer.document.add_heading(_plain(element), level=1 if element.tag == "h2" else 2)


def _paragraph(writer: Writer, element: Any, *, style: str | None = None) -> None:
    text = _plain(element)
    if not text:
        return
    paragraph = writer.document.add_paragraph(style=style)
    classes = _classes(element)
    for piece in _runs(element):
        run = paragraph.add_run(piece.text)
        run.bold = piece.bold or "sketch" in classes
        if classes & {"soft", "key"}:
            run.font.color.rgb, run.font.size = GREY, Pt(TEXT_PT - 2)
        if piece.mark is not None:
            run.font.color.rgb = piece.mark


def _list(writer: Writer, element: Any) -> None:
    style = "List Number" if element.tag == "ol" else "List Bullet"
    for item in element.iter("li"):
        _paragraph(writer, item, style=style)


def _figure(writer: Writer, element: Any) -> None:
    """Draw the figure as a picture, its caption below as official documents have it."""
    for drawing in element.iter("svg"):
        _picture(writer, drawing)
    for name in ("figcaption", "p"):
        for child in element.iter(name):
            _paragraph(writer, child)


def _picture(writer: Writer, drawing: Any) -> None:
    font = writer.font
    text = markup.tostring(drawing, encoding="unicode", with_tail=False)
    # The parser of HTML writes names in small letters; SVG knows these attributes by their own spelling only.
    text = text.replace("viewbox=", "viewBox=").replace("<svg ", '<svg xmlns="http://www.w3.org/2000/svg" ', 1)
    family = None if font is None else font.family
    picture = resvg_py.svg_to_bytes(
        svg_string=text,
        width=FIGURE_PX,
        background="#ffffff",
        font_family=family,
        sans_serif_family=family,
        font_files=None if font is None else [str(font.file)],
        skip_system_fonts=font is not None,
    )
    writer.document.add_picture(io.BytesIO(bytes(picture)), width=Mm(TEXT_WIDTH_MM))
    writer.document.paragraphs[-1].alignment = WD_ALIGN_PARAGRAPH.CENTER
    writer.pictures += 1
    if font is None:
        writer.document.add_paragraph(NO_FONT.at(writer.language))


def _tiles(writer: Writer, element: Any) -> None:
    rows = [[_plain(child) for child in tile] for tile in element if isinstance(tile.tag, str)]
    _grid(writer, [[label, value] for value, label in (row for row in rows if len(row) == 2)], head=0, numeric={1})


def _pairs(writer: Writer, element: Any) -> None:
    names, values = [_plain(name) for name in element.iter("dt")], [_plain(value) for value in element.iter("dd")]
    _grid(writer, [list(pair) for pair in zip(names, values, strict=True)], head=0, numeric=set())


def _table(writer: Writer, element: Any) -> None:
    lines = list(element.iter("tr"))
    cells = [[cell for cell in line if cell.tag in ("th", "td")] for line in lines]
    width = max((sum(int(cell.get("colspan", "1")) for cell in row) for row in cells), default=0)
    if not width:
        return
    numeric = {n for row in cells for n, cell in enumerate(row) if "n" in _classes(cell) and cell.tag == "th"}
    head = sum(all(cell.tag == "th" for cell in row) for row in cells)
    rows = [_spread(row, width) for row in cells]
    _grid(writer, rows, head=head, numeric=numeric)


def _spread(row: list[Any], width: int) -> list[str | None]:
    """Return the texts of a row; None continues the cell before it."""
    texts: list[str | None] = []
    for cell in row:
        texts.append(_plain(cell))
        texts.extend([None] * (int(cell.get("colspan", "1")) - 1))
    return [*texts, *[""] * (width - len(texts))]


def _grid(writer: Writer, rows: list[list[Any]], *, head: int, numeric: set[int]) -> None:
    if not rows:
        return
    table = writer.document.add_table(rows=len(rows), cols=len(rows[0]))
    table.style = "Table Grid"
    table.autofit = False
    size_pt = SMALL_PT if len(rows[0]) >= MANY_COLUMNS else TABLE_PT
    for column, width in zip(table.columns, _widths(rows), strict=True):
        column.width = width
    for number, (row, line) in enumerate(zip(rows, table.rows, strict=True)):
        cells = line.cells
        for place, text in enumerate(row):
            if text is None:
                continue
            span = next((n for n in range(place + 1, len(row)) if row[n] is not None), len(row))
            cell = cells[place] if span == place + 1 else cells[place].merge(cells[span - 1])
            _cell(cell, text, size_pt=size_pt, bold=number < head, right=place in numeric and number >= head)
            if number < head:
                _shade(cell)
        _keep_whole(line, repeat=number < head)
    writer.document.add_paragraph().paragraph_format.space_after = Pt(2)


def _cell(cell: Any, text: str, *, size_pt: float, bold: bool, right: bool) -> None:
    paragraph = cell.paragraphs[0]
    paragraph.paragraph_format.line_spacing, paragraph.paragraph_format.space_after = 1.0, Pt(0)
    if right:
        paragraph.alignment = WD_ALIGN_PARAGRAPH.RIGHT
    run = paragraph.add_run(text)
    run.bold, run.font.size = bold, Pt(size_pt)


def _shade(cell: Any) -> None:
    shade = OxmlElement("w:shd")
    for name, value in (("w:val", "clear"), ("w:color", "auto"), ("w:fill", SHADE)):
        shade.set(qn(name), value)
    cell._tc.get_or_add_tcPr().append(shade)


def _keep_whole(line: Any, *, repeat: bool) -> None:
    """Let no row break over a page, and let the heads stand on every page."""
    properties = line._tr.get_or_add_trPr()
    properties.append(OxmlElement("w:cantSplit"))
    if repeat:
        properties.append(OxmlElement("w:tblHeader"))


WRITERS = {
    "h1": _heading,
    "h2": _heading,
    "h3": _heading,
    "p": _paragraph,
    "ul": _list,
    "ol": _list,
    "figure": _figure,
    "svg": _picture,
    "table": _table,
    "dl": _pairs,
}


# Text


def _classes(element: Any) -> frozenset[str]:
    return frozenset((element.get("class") or "").split())


def _plain(element: Any) -> str:
    return " ".join("".join(element.itertext()).split())


@dataclass(frozen=True, slots=True, kw_only=True)
class Piece:
    """A stretch of text in one look; `mark` colours a mark of a legend."""

    text: str
    bold: bool = False
    mark: RGBColor | None = None


def _runs(element: Any) -> list[Piece]:
    """Return a paragraph in pieces; white space is folded as in HTML."""
    folded: list[Piece] = []
    ended = True
    for piece in _pieces(element, bold=False):
        words = " ".join(piece.text.split())
        lead = " " if piece.text[:1].isspace() and not ended else ""
        trail = " " if words and piece.text[-1:].isspace() else ""
        if words or lead:
            folded.append(replace(piece, text=lead + words + trail))
            ended = bool(trail) or not words
    return folded


def _pieces(node: Any, *, bold: bool) -> Iterator[Piece]:
    mark = next((MARKS[name] for name in MARKS if name in _classes(node)), None) if node.tag == "i" else None
    if mark is not None:
        yield Piece(text=" ■ ", mark=mark)
    yield Piece(text=node.text or "", bold=bold)
    for child in node:
        if isinstance(child.tag, str):
            yield from _pieces(child, bold=bold or child.tag in ("b", "strong"))
        yield Piece(text=child.tail or "", bold=bold)


def _widths(rows: list[list[Any]]) -> list[Any]:
    """Share the width of the text among columns by what their longest plain cell holds."""
    plain = [row for row in rows if None not in row] or rows
    longest = [max(width_of(row[n] or "") for row in plain[1:] or plain) for n in range(len(rows[0]))]
    weights = [EDGES + min(WIDEST, max(NARROWEST, length)) for length in longest]
    return [Mm(TEXT_WIDTH_MM * weight / sum(weights)) for weight in weights]


def _fixed(memory: io.BytesIO, path: Path) -> None:
    """Write the archive anew with one fixed time for every part."""
    with zipfile.ZipFile(memory) as made, zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as fixed:
        for name in made.namelist():
            entry = zipfile.ZipInfo(name, date_time=FIXED_TIME)
            entry.compress_type = zipfile.ZIP_DEFLATED
            fixed.writestr(entry, made.read(name))
