"""The Word documents, opened again with python-docx."""

from __future__ import annotations

import os
import re
import zipfile
from pathlib import Path

import pytest
from docx import Document
from docx.oxml.ns import qn

from h2plan.errors import EnvironmentFault
from h2plan.outputs import _docx, _pdf, report
from h2plan.outputs._docx import write_docx
from h2plan.outputs._fonts import chinese_font
from h2plan.outputs._labels import Language, number
from h2plan.plan.results import Backdrop, Plan
from tests.outputs.hostile import HOSTILE, poisoned

PAGE = """<!doctype html><html><body><h1>题目</h1><h2>1 摘要</h2><p>共 <b>35 座</b> 站，<i class="new"></i>新建</p>
<ul><li>一</li><li>二</li></ul>
<table><thead><tr><th>名称</th><th class="n">kg/d</th></tr></thead>
<tbody><tr><td>甲</td><td class="n">500</td></tr><tr><td colspan="2">说明</td></tr></tbody></table>
<figure><figcaption>图 1</figcaption><svg viewBox="0 0 10 10"><rect width="10" height="10" fill="#00f"/></svg></figure>
</body></html>"""


def test_headings_text_lists_and_tables_keep_their_order_and_words(tmp_path: Path) -> None:
    made = Document(str(write_docx(PAGE, tmp_path / "page.docx", language="zh")))
    told = [(paragraph.style.name, paragraph.text) for paragraph in made.paragraphs if paragraph.text]
    assert told[:5] == [
        ("Title", "题目"),
        ("Heading 1", "1 摘要"),
        ("Normal", "共 35 座 站， ■ 新建"),
        ("List Bullet", "一"),
        ("List Bullet", "二"),
    ]
    (table,) = made.tables
    assert [[cell.text for cell in row.cells] for row in table.rows] == [
        ["名称", "kg/d"],
        ["甲", "500"],
        ["说明", "说明"],  # one cell over both columns
    ]
    assert len(made.inline_shapes) == 1


def test_what_is_bold_on_the_page_is_bold_in_the_document(tmp_path: Path) -> None:
    made = Document(str(write_docx(PAGE, tmp_path / "page.docx", language="zh")))
    runs = [run for paragraph in made.paragraphs for run in paragraph.runs]
    assert [run.text.strip() for run in runs if run.bold] == ["35 座"]


def test_the_page_is_a4_with_the_margins_of_official_documents(tmp_path: Path) -> None:
    (section,) = Document(str(write_docx(PAGE, tmp_path / "page.docx", language="zh"))).sections
    sizes = (section.page_width, section.page_height, section.top_margin, section.left_margin, section.right_margin)
    assert [round(size.mm) for size in sizes] == [210, 297, 37, 28, 26]


@pytest.mark.parametrize(("style", "family"), [("Normal", "仿宋"), ("Heading 1", "黑体"), ("Title", "宋体")])
def test_styles_name_a_chinese_font_for_chinese_text(tmp_path: Path, style: str, family: str) -> None:
    made = Document(str(write_docx(PAGE, tmp_path / "page.docx", language="zh")))
    assert made.styles[style].element.rPr.rFonts.get(qn("w:eastAsia")) == family


def test_equal_pages_give_equal_bytes(tmp_path: Path) -> None:
    first, second = (write_docx(PAGE, tmp_path / name, language="zh") for name in ("a.docx", "b.docx"))
    assert first.read_bytes() == second.read_bytes()


def test_a_missing_chinese_font_is_said_under_every_figure(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(_docx, "chinese_font", lambda: None)
    made = Document(str(write_docx(PAGE, tmp_path / "page.docx", language="en")))
    assert sum("No Chinese font is installed" in paragraph.text for paragraph in made.paragraphs) == 1


def test_the_best_font_of_a_folder_is_taken(tmp_path: Path) -> None:
    assert chinese_font([tmp_path, tmp_path / "missing"]) is None
    for name in ("simhei.ttf", "NotoSansCJK-Bold.ttc", "NotoSansCJK-Regular.ttc", "readme.txt"):
        (tmp_path / name).write_bytes(b"")
    found = chinese_font([tmp_path])
    assert found is not None
    assert (found.family, found.file.name) == ("Noto Sans CJK SC", "NotoSansCJK-Regular.ttc")


@pytest.mark.parametrize("language", ["zh", "en"])
def test_the_report_has_its_figures_in_word_too(
    plan: Plan, backdrop: Backdrop, tmp_path: Path, language: Language
) -> None:
    page, document = report.write(plan, backdrop, tmp_path, report.Options(language=language))
    assert (page.name, document.name) == ("report.html", "report.docx")
    made = Document(str(document))
    text = "\n".join(paragraph.text for paragraph in made.paragraphs)
    cells = {cell.text for table in made.tables for row in table.rows for cell in row.cells}
    assert number(plan.figures.served_kg_per_d) in text
    assert number(plan.figures.demand_kg_per_d) in cells
    assert {station.name if language == "zh" else station.name_en for station in plan.stations} <= cells
    assert len(made.inline_shapes) >= 4


def test_hostile_names_stay_text_in_word(plan: Plan, backdrop: Backdrop, tmp_path: Path) -> None:
    _, document = report.write(poisoned(plan), poisoned(backdrop), tmp_path, report.Options())
    with zipfile.ZipFile(document) as archive:
        names = archive.namelist()
        body = archive.read("word/document.xml").decode("utf-8")
    assert not [name for name in names if "vba" in name.lower() or "embeddings" in name]
    assert "<script" not in body
    fields = re.findall(r"<w:instrText[^>]*>([^<]*)", body)
    assert fields == []  # the page number stands in the foot; no name makes a field
    assert any(payload[:12].replace("<", "&lt;") in body for payload in HOSTILE)


def test_a_pdf_that_nobody_can_print_is_refused_with_what_to_do(
    plan: Plan, backdrop: Backdrop, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(_pdf, "BROWSERS", ())
    monkeypatch.delenv(_pdf.CHROMIUM, raising=False)
    with pytest.raises(EnvironmentFault, match=r"no Chromium was found to print report\.pdf; install one"):
        report.write(plan, backdrop, tmp_path, report.Options(docx=False, pdf="always"))


def test_without_a_browser_pdf_auto_leaves_the_pdf_out(
    plan: Plan, backdrop: Backdrop, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("h2plan.outputs._report_page.chromium", lambda: None)
    written = report.write(plan, backdrop, tmp_path, report.Options(docx=False, pdf="auto"))
    assert [path.name for path in written] == ["report.html"]


def test_a_browser_that_gives_no_pdf_is_said(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    program = tmp_path / "browser"
    program.write_text("#!/bin/sh\necho 'no display' >&2\n", encoding="utf-8")
    program.chmod(0o755)
    monkeypatch.setenv(_pdf.CHROMIUM, str(program))
    page = tmp_path / "page.html"
    page.write_text(PAGE, encoding="utf-8")
    with pytest.raises(EnvironmentFault, match=r"gave no PDF of page\.html: no display"):
        _pdf.print_pdf(page, tmp_path / "page.pdf")


@pytest.mark.browser
def test_the_pdf_is_a_pdf_of_a4_pages(plan: Plan, backdrop: Backdrop, tmp_path: Path) -> None:
    if _pdf.chromium() is None:
        if os.environ.get("CI"):
            pytest.fail("chromium is not installed, and CI is set; install Debian's chromium")
        pytest.skip("chromium is not installed")
    options = report.Options(docx=False, pdf="always")
    printed = report.write(plan, backdrop, tmp_path, options)[-1].read_bytes()
    assert printed[:5] == b"%PDF-"
    boxes = set(re.findall(rb"/MediaBox\s*\[\s*0 0 ([\d.]+) ([\d.]+)\s*\]", printed))
    assert {(round(float(wide) / 72 * 25.4), round(float(tall) / 72 * 25.4)) for wide, tall in boxes} == {(210, 297)}
