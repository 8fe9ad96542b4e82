"""The wordings of the demand page and its tables."""

from __future__ import annotations

import re
from importlib import resources

import pytest

from h2plan.estimating import Estimate
from h2plan.outputs._page import asset as shared
from h2plan.pages import _words
from h2plan.pages._page import SCRIPTS, SHARED_SCRIPTS, asset

WORDING = re.compile(r"^  (\w+): \[(\"(?:[^\"\\]|\\.)*\"), (\"(?:[^\"\\]|\\.)*\")\],$", re.MULTILINE)


def known() -> dict[str, tuple[str, str]]:
    return {name: (zh, en) for name, zh, en in WORDING.findall(shared("base.js") + asset("words.js"))}


def test_every_wording_that_the_page_asks_for_is_there() -> None:
    code = "\n".join(asset(name) for name in SCRIPTS if name != "words.js")
    asked = set(re.findall(r"(?:h2plan\.word|\bw)\(\"(\w+)\"", code))
    assert len(asked) > 50
    assert asked - known().keys() == set()


def test_no_wording_of_the_page_lacks_a_gap_in_one_language() -> None:
    uneven = [name for name, (zh, en) in known().items() if zh.count("{}") != en.count("{}")]
    assert set(uneven) <= {"tableHint"}


def test_no_file_of_the_page_is_left_unused() -> None:
    found = {entry.name for entry in resources.files("h2plan.pages").joinpath("assets").iterdir()}
    assert found == {*SCRIPTS, "demand.css", "demand.html"}
    assert len({*SCRIPTS, *SHARED_SCRIPTS}) == len(SCRIPTS) + len(SHARED_SCRIPTS)


def test_every_column_of_a_sum_has_a_label_with_its_unit(phased: Estimate) -> None:
    labels = {name: _words.column_label(name) for name in phased.by("use", "role", "district").columns}
    assert labels["kg_per_d_high"] == ("日加氢需求·高 (kg/d)", "demand, high (kg/d)")
    assert all(text.zh != text.en for text in labels.values())


@pytest.mark.parametrize("name", ["fleet", "active_share", "peak", "km_per_d:bus_12m", "h_per_d:forklift"])
def test_every_parameter_has_a_label_in_both_languages(phased: Estimate, name: str) -> None:
    text = _words.parameter_label(name, phased.class_names)
    assert text.zh != text.en
    assert "_" not in text.zh + text.en


def test_every_parameter_of_the_tornado_is_known(phased: Estimate) -> None:
    assert {parameter.id.partition(":")[0] for parameter in phased.parameters} <= _words.PARAMETERS.keys()
