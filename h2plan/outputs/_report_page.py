"""What reports and sheets share: words, numbers and money for their templates, and the files beside each page."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import partial
from math import isnan
from pathlib import Path
from typing import Literal

from jinja2 import Environment, PackageLoader, StrictUndefined

from h2plan.outputs._docx import write_docx
from h2plan.outputs._labels import Language, either, money, number, percent, size
from h2plan.outputs._pdf import chromium, print_pdf
from h2plan.outputs._report_text import word

MISSING = "–"
Wish = Literal["auto", "always", "never"]
"""A PDF where a Chromium is at hand, in any case, or not at all."""
WORD_FILTERS = (
    "kind",
    "level",
    "stopped",
    "goal",
    "sense",
    "model",
    "objective",
    "verified",
    "verdict",
    "vehicle_class",
)
CNY_PER_UNIT: Mapping[str, float] = {"zh": 1e4, "en": 1e6}
"""Tables give money in 万元 and in million CNY."""


def environment(language: Language, districts: Mapping[str, str]) -> Environment:
    """Return a template environment in which every text is escaped and every missing name is an error."""
    environment = Environment(
        loader=PackageLoader("h2plan.outputs", "templates"), autoescape=True, undefined=StrictUndefined
    )
    worded: dict[str, Callable[..., str]] = {
        group: partial(_word, group=group, language=language) for group in WORD_FILTERS
    }
    environment.filters.update(
        worded,
        n=_number,
        pct=_percent,
        amount=partial(amount, language=language),
        amount_or_none=lambda value: MISSING if value is None else amount(value, language),
        money=lambda value: money(value).at(language),
        money_or_none=lambda value: MISSING if isnan(value) else money(value).at(language),
        yes=lambda value: word("bool", str(value).lower(), language),
        district=lambda name: districts.get(name, name),
        size_of=lambda name: size(name).at(language),
        name_of=lambda row: either(row.name, row.name_en).at(language),
        capital=lambda text: text[:1].upper() + text[1:],
    )
    return environment


def _word(key: str, *, group: str, language: Language) -> str:
    return word(group, key, language)


def _number(value: float | None, digits: int = 0) -> str:
    return MISSING if value is None or isnan(value) else number(value, digits)


def _percent(value: float | None, digits: int = 1) -> str:
    return MISSING if value is None or isnan(value) else percent(value, digits)


def amount(value_cny: float, language: Language) -> str:
    """Write money in the unit of the report's tables; a figure that the edition withholds leaves a dash."""
    return MISSING if isnan(value_cny) else number(value_cny / CNY_PER_UNIT[language], 0 if language == "zh" else 2)


def publish(page: str, path: Path, *, language: Language, docx: bool, pdf: Wish) -> list[Path]:
    """Write a page, and beside it the Word document and the PDF that are asked for; return the paths.

    Raises:
        EnvironmentFault: a PDF is asked for and no Chromium is at hand.
    """
    path.write_text(page, encoding="utf-8", newline="\n")
    written = [path]
    if docx:
        written.append(write_docx(page, path.with_suffix(".docx"), language=language))
    if pdf == "always" or (pdf == "auto" and chromium() is not None):
        written.append(print_pdf(path, path.with_suffix(".pdf")))
    return written
