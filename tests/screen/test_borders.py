"""Every shipped clause at its border: 0.1 m short of it, 0.1 m beyond it, and beyond it by less than the error."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from h2plan.domain_law import Rule
from h2plan.screen.judge import Gap, StationClass, judge
from h2plan.tables.read import read_table
from h2plan.tables.rows import RuleRow
from tests.screen.places import ROOT, size

RULES = [row.to_rule() for row in read_table(ROOT / "data/rules/china.csv", RuleRow)]
SIZE = size(1000, 1000)


def said(rule: Rule, metres: float | None, *, precision_m: float = 0.0, layer_verified: bool = True) -> str:
    """Return the verdict of a rule on one size of the class that the rule binds."""
    gap = (
        None
        if metres is None
        else Gap(metres=metres, name="甲", document="", precision_m=precision_m, layer_verified=layer_verified)
    )
    klass = StationClass(rule.station_class or "any", verified=True)
    finding = judge(rule, gap, sizes=[SIZE], class_at={SIZE.id: klass}, precision_m=precision_m)
    return finding.clause.verdict


def metres_of(rule: Rule) -> float:
    """Return the metres of a rule; those that nobody has read are taken as 50 here."""
    return 50.0 if rule.metres is None else rule.metres


@pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule.id)
class TestAtTheBorder:
    """A rule that has been read in the standard, and a layer of the authority's own."""

    def test_a_tenth_of_a_metre_short_bars(self, rule: Rule) -> None:
        read = replace(rule, verified=True, metres=metres_of(rule))
        assert said(read, metres_of(rule) - 0.1) == "barred"

    def test_exactly_the_metres_required_bars(self, rule: Rule) -> None:
        read = replace(rule, verified=True, metres=metres_of(rule))
        assert said(read, metres_of(rule)) == "barred"

    def test_a_tenth_of_a_metre_more_passes_where_the_position_is_exact(self, rule: Rule) -> None:
        read = replace(rule, verified=True, metres=metres_of(rule))
        assert said(read, metres_of(rule) + 0.1) == "pass"

    def test_a_tenth_of_a_metre_more_is_for_review_where_the_position_is_known_to_five(self, rule: Rule) -> None:
        read = replace(rule, verified=True, metres=metres_of(rule))
        assert said(read, metres_of(rule) + 0.1, precision_m=5.0) == "review"
        assert said(read, metres_of(rule) + 5.1, precision_m=5.0) == "pass"

    def test_a_rule_that_nobody_has_read_is_for_review_either_way(self, rule: Rule) -> None:
        unread = replace(rule, verified=False, metres=metres_of(rule))
        assert {said(unread, metres_of(rule) + off) for off in (-0.1, 0.1, 5000.0)} == {"review"}

    def test_a_layer_that_is_not_the_authoritys_own_is_for_review_either_way(self, rule: Rule) -> None:
        read = replace(rule, verified=True, metres=metres_of(rule))
        assert {said(read, metres_of(rule) + off, layer_verified=False) for off in (-0.1, 5000.0)} == {"review"}

    def test_a_missing_layer_is_for_review(self, rule: Rule) -> None:
        assert said(replace(rule, verified=True), None) == "review"

    def test_metres_that_are_not_known_are_for_review(self, rule: Rule) -> None:
        assert said(replace(rule, verified=True, metres=None), 5000.0) == "review"


def test_the_only_figure_that_was_read_is_fifty_metres_to_important_public_buildings() -> None:
    read = {(rule.object, rule.metres) for rule in RULES if rule.verified}
    assert read == {("city_centre", 0.0), ("important_public_building", 50.0)}


def test_a_verdict_says_how_far_to_move() -> None:
    rule = next(rule for rule in RULES if rule.id == "gb50516-4.0.4A-public-building")
    gap = Gap(metres=30.0, name="第一医院", document="", precision_m=5.0, layer_verified=True)
    found = judge(rule, gap, sizes=[SIZE], class_at={SIZE.id: StationClass("III", verified=True)}, precision_m=5.0)
    clause = found.clause
    assert (clause.measured_m, clause.required_m, clause.precision_m) == (30.0, 50.0, 5.0)
    assert clause.object == "重要公共建筑物 第一医院"
    # 30 m + 25 m - 5 m of error = 50 m: anything more is legal.
    assert "25.0 m" in clause.remedy
    assert "25.0 m" in clause.remedy_zh


def test_a_verdict_within_the_error_says_how_well_to_survey() -> None:
    rule = next(rule for rule in RULES if rule.id == "gb50516-4.0.4A-public-building")
    gap = Gap(metres=53.0, name="", document="", precision_m=5.0, layer_verified=True)
    found = judge(rule, gap, sizes=[SIZE], class_at={SIZE.id: StationClass("III", verified=True)}, precision_m=5.0)
    assert found.clause.verdict == "review"
    assert "survey it to better than 3.0 m" in found.clause.remedy


def test_the_shipped_rules_name_no_path_of_a_machine() -> None:
    text = "".join(path.read_text(encoding="utf-8-sig") for path in sorted(Path(ROOT / "data/rules").glob("*.csv")))
    assert "/work" not in text
