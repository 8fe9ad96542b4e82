"""One sheet a station on A4, and in the public edition the notice that goes before them."""

from __future__ import annotations

from pathlib import Path
from typing import Literal

from pydantic import BaseModel, ConfigDict

from h2plan.outputs._labels import either
from h2plan.outputs._levels import EDITION_NAMES, Edition, named, release
from h2plan.outputs._report_facts import district_names
from h2plan.outputs._report_page import Wish, environment, publish
from h2plan.outputs._report_text import plain_rule, verdict_reason
from h2plan.outputs._sheet_facts import HEADS, noticed, sheets
from h2plan.plan.results import Backdrop, Plan


class Options(BaseModel):
    """How the sheets are written."""

    model_config = ConfigDict(extra="forbid", frozen=True, use_attribute_docstrings=True)

    language: Literal["zh", "en"] = "zh"
    """Language of the sheets."""
    approval_number: str = ""
    """Map approval number (审图号); blank: to be filled in."""
    edition: Edition = "internal"
    """public (公示版): with a public notice before the sheets; internal (内部版); sensitive (敏感版)."""
    docx: bool = False
    """Write sheets.docx, too."""
    pdf: Wish = "never"
    """sheets.pdf: auto where a Chromium is at hand; always: an error where there is none."""


def write(plan: Plan, backdrop: Backdrop, folder: Path, options: Options) -> list[Path]:
    """Write sheets.html and what else is asked for; return the paths.

    Raises:
        EnvironmentFault: a PDF is asked for and no Chromium is at hand.
    """
    folder.mkdir(parents=True, exist_ok=True)
    language = options.language
    shown = release(plan, options.edition)
    districts = district_names(backdrop, language)
    made = sheets(shown, backdrop, language, map_title="位置示意图" if language == "zh" else "Where it lies:")
    page = (
        environment(language, districts)
        .get_template("sheets.html.j2")
        .render(
            language=language,
            title=either(shown.title, shown.title_en).at(language),
            plan=shown,
            f=shown.figures,
            heads={name: [cell.at(language) for cell in cells] for name, cells in HEADS.items()},
            sheets=made,
            noticed=noticed(made),
            public=options.edition == "public",
            edition=EDITION_NAMES[options.edition].at(language),
            approval_number=options.approval_number,
            attribution=backdrop.attribution,
            rule=lambda verdict: plain_rule(verdict.rule, language),
            reason=lambda verdict: verdict_reason(verdict, language),
        )
    )
    path = folder / f"{named('sheets', options.edition)}.html"
    return publish(page, path, language=language, docx=options.docx, pdf=options.pdf)
