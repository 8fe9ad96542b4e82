"""Curves of counts and budgets: every point equals the same question asked alone, and the best of all choices."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from h2plan.solve.cuts import (
    Purpose,
    solve_corridor,
    solve_cover_curve,
    solve_coverage,
    solve_median,
    solve_median_curve,
)
from h2plan.solve.rules import Search, SiteRules, site_rules
from tests.solve.test_cuts import SITES, allowed_sets, hard_families, lists_of, random_families

SEEDS, SEEDS_DEEP = 16, 500


def steps_of(rng: np.random.Generator, *, least: int = 0) -> list[SiteRules]:
    """Draw counts, or budgets over costs of the sites, with a required and a forbidden site now and then."""
    fixed = {
        "required": [0] if rng.random() < 0.3 else [],
        "forbidden": [1] if rng.random() < 0.3 else [],
        "at_least": least or None,
    }
    if rng.random() < 0.5:
        return [site_rules(SITES, at_most=n, **fixed) for n in range(1, 7)]
    cost = rng.integers(1, 10, SITES).astype(float)
    return [site_rules(SITES, cost=cost, budget=float(b), **fixed) for b in (9, 14, 15, 22, 30)]


def check_cover(seed: int) -> None:
    rng = np.random.default_rng(40_000 + seed)
    single = bool(rng.random() < 0.5)
    families, steps = random_families(rng, single=single), steps_of(rng)
    alone = solve_coverage if single else solve_corridor
    for rules, point in zip(steps, solve_cover_curve(families, steps, search=Search()), strict=True):
        best = max(
            float(families.weight @ families.served(families.member @ is_open.astype(float)))
            for is_open in allowed_sets(rules)
        )
        asked = alone(families, rules, purpose=Purpose(aim="most"), search=Search())
        assert (point.stopped, asked.stopped) == ("optimal", "optimal")
        assert [point.value, point.bound, asked.value] == pytest.approx([best] * 3, rel=1e-6, abs=1e-6)
        assert rules.allows(np.isin(np.arange(SITES), point.open))


def check_median(seed: int) -> None:
    rng = np.random.default_rng(50_000 + seed)
    steps = steps_of(rng, least=1)
    km, weight = np.round(rng.random((12, SITES)) * 30, int(rng.integers(0, 4))), rng.integers(1, 9, 12).astype(float)
    site_cost = np.zeros(SITES) if rng.random() < 0.5 else np.round(rng.random(SITES) * 60)
    lists = lists_of(km, weight)
    found = solve_median_curve(lists, steps, site_cost=site_cost, search=Search())
    for rules, point in zip(steps, found, strict=True):
        best = min(
            float(weight @ km[:, is_open].min(axis=1) + site_cost @ is_open)
            for is_open in allowed_sets(rules)
            if is_open.any()
        )
        asked = solve_median(lists, rules, site_cost=site_cost, search=Search())
        assert (point.stopped, asked.stopped) == ("optimal", "optimal")
        assert [point.value, point.bound, asked.value] == pytest.approx([best] * 3, rel=1e-6, abs=1e-6)


@pytest.mark.parametrize("seed", range(SEEDS))
def test_every_point_of_a_coverage_curve_equals_the_question_asked_alone(seed: int) -> None:
    check_cover(seed)


@pytest.mark.parametrize("seed", range(SEEDS // 2))
def test_every_point_of_a_median_curve_equals_the_question_asked_alone(seed: int) -> None:
    check_median(seed)


@pytest.mark.deep
@pytest.mark.parametrize("seed", range(SEEDS, SEEDS + SEEDS_DEEP))
def test_every_point_of_every_curve_equals_the_question_asked_alone_many_times(seed: int) -> None:
    check_cover(seed)
    check_median(seed)


def test_points_that_branch_agree_with_the_question_asked_alone_in_any_order() -> None:
    families = hard_families(4)
    counts = [6, 2, 5, 3, 8]
    steps = [site_rules(24, at_most=count) for count in counts]
    found = solve_cover_curve(families, steps, search=Search())
    assert max(point.nodes for point in found) > 1
    for rules, point in zip(steps, found, strict=True):
        alone = solve_coverage(families, rules, purpose=Purpose(aim="most"), search=Search())
        assert point.value == alone.value
        assert point.bound == alone.value


def test_a_curve_out_of_time_has_a_plan_and_a_bound_that_holds_at_every_point() -> None:
    families = hard_families(1, paths=3000, sites=200)
    steps = [site_rules(200, at_most=count) for count in (15, 20, 25)]
    for point in solve_cover_curve(families, steps, search=Search(limit_s=0.6)):
        assert point.stopped == "limit"
        assert point.value is not None
        assert point.bound is not None
        assert point.bound >= point.value


def test_points_that_differ_in_more_than_counts_and_budgets_are_refused() -> None:
    steps = [site_rules(24, at_most=3), site_rules(24, at_most=4, required=[1])]
    with pytest.raises(ValueError, match="counts and budgets only"):
        solve_cover_curve(hard_families(1), steps, search=Search())
    with pytest.raises(ValueError, match="counts and budgets only"):
        solve_cover_curve(hard_families(1), [site_rules(24), replace(steps[0])], search=Search())
