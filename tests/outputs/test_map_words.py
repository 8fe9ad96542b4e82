"""The wordings and the guards that every output shares."""

from __future__ import annotations

import json
from typing import get_args

import pytest

from h2plan.domain import Bank, Level, SiteKind, SiteStatus, Verified
from h2plan.outputs import _labels as words
from h2plan.outputs._map_data import SHAPES
from h2plan.outputs._safe import safe_json, safe_script, safe_text
from h2plan.plan.results import Station
from tests.outputs.hostile import HOSTILE


@pytest.mark.parametrize(
    ("kind", "known"),
    [
        (SiteKind, words.SITE_KINDS),
        (SiteKind, SHAPES),
        (SiteStatus, words.STATUSES),
        (Verified, words.VERIFIED),
        (Bank, words.BANKS),
        (Level, words.LEVELS),
    ],
)
def test_every_value_of_the_domain_has_a_wording(kind: object, known: dict[str, object]) -> None:
    assert set(get_args(kind)) <= set(known)


def test_a_heading_carries_its_unit() -> None:
    assert words.headers(Station, "zh")["capacity_kg_per_d"] == "日加注能力 (kg/d)"
    assert words.headers(Station, "en")["name"] == "name"


@pytest.mark.parametrize(
    ("cny", "zh", "en"),
    [
        (4.52e8, "4.52 亿元", "CNY 452 million"),
        (1.3e7, "1,300 万元", "CNY 13.00 million"),
        (0.0, "0 万元", "CNY 0.00 million"),
    ],
)
def test_money_is_said_in_yi_or_wan(cny: float, zh: str, en: str) -> None:
    assert words.money(cny) == (zh, en)


def test_a_name_stands_in_for_the_language_it_lacks() -> None:
    assert words.either("阳逻", "") == ("阳逻", "阳逻")
    assert words.word(words.VEHICLE_CLASSES, "sledge") == ("sledge", "sledge")


@pytest.mark.parametrize("payload", HOSTILE)
def test_safe_text_leaves_nothing_that_html_a_template_or_a_literal_reads(payload: str) -> None:
    assert not set("<>\"'`$\\{}\u2028\u2029") & set(safe_text(payload))


@pytest.mark.parametrize("payload", HOSTILE)
def test_safe_json_says_the_same_without_closing_a_script(payload: str) -> None:
    text = safe_json({"name": payload})
    assert json.loads(text) == {"name": payload}
    assert not set("<>&\u2028\u2029") & set(text)


def test_a_number_that_is_none_never_enters_the_page() -> None:
    with pytest.raises(ValueError, match="not JSON compliant"):
        safe_json({"kg": float("nan")})


def test_a_script_cannot_end_its_own_element() -> None:
    assert "</script" not in safe_script("'</script>'")
