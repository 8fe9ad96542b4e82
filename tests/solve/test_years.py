"""Search over the stations of several years: the same optimum as the whole program, and prices that prove bounds."""

from __future__ import annotations

from dataclasses import replace
from itertools import product

import numpy as np
import pytest

from h2plan.problem import Limits, Problem
from h2plan.solve import highs
from h2plan.solve.by_course import Prices, by_course
from h2plan.solve.courses import taken_apart
from h2plan.solve.goals import meet_goals
from h2plan.solve.highs import SILENT, SolverOptions
from h2plan.solve.program import Linear, Program
from h2plan.solve.service import Service, read_services
from h2plan.solve.years import years_search
from tests.models.phased import phased
from tests.models.small import scattered
from tests.solve.hard import SIZES
from tests.solve.test_projected import compiled

EXACT = SolverOptions(gap=0.0, limit_s=120.0, threads=1)
NEARLY = replace(EXACT, gap=1e-4)
YOUNG = np.array([[0.6, 0.8, 1.0], [0.0, 0.6, 0.8], [0.0, 0.0, 0.6]])
WAYS = (
    {},
    {"usable_share": YOUNG},
    {"budget_cny": [16e6, 12e6, 9e6], "upgrade_premium_share": 0.2},
    {"upgrades": False, "usable_share": YOUNG},
    {"budget_cny": [20e6, 8e6, 20e6], "carry_over": False},
    {"closing": True},
    {"closing": True, "upgrades": False, "budget_cny": [25e6, 12e6, 12e6]},
    {"upgrade_premium_share": 0.3, "frozen": {(2026, "s1"): "S300"}},
)
"""What may link the years."""
APART = [seed for seed, ways in enumerate(WAYS) if "closing" not in ways]
"""Seeds of problems that prices take apart: what a station that closes has cost has no upper limit."""


def three_years(seed: int, *, shares: tuple[float, ...] = (0.4, 0.7, 1.0)) -> Problem:
    """Return three years of a small problem; the seed says what links them."""
    limits = Limits(stations_max=4 if seed % 3 else None, utilisation_max=0.9)
    small = scattered(seed, sites=5, demand=10, sizes=SIZES, radius=12, shortfall=25, limits=limits)
    kg = dict(zip(small.demand_ids, small.demand_kg_per_d.tolist(), strict=True))
    parts = [{i: share * amount for i, amount in kg.items()} for share in shares]
    ways = dict(WAYS[seed % len(WAYS)])
    if "frozen" in ways:
        ways["frozen"] = {(phased(small, parts).years[0].period, small.sites.ids[1]): small.sizes.ids[0]}
    made = phased(small, parts, **ways)  # type: ignore[arg-type]
    if seed % 5 == 0:
        apart = np.array([[1, 2]], dtype=np.intp)
        made = replace(made, conflicts=apart, earlier=tuple(replace(year, conflicts=apart) for year in made.earlier))
    return made


def read(seed: int, objective: str) -> tuple[Program, Linear, tuple[Service, ...]]:
    program, shares = compiled(three_years(seed), objective)
    goal = program.goals[0]
    services = read_services(program.linear, program.implied, shares)
    assert services is not None
    return program, replace(program.linear, cost=goal.cost, offset=goal.offset), services


def agree(made: Problem, objective: str) -> None:
    """Compare every goal with what HiGHS says of the whole program, and the bound with the optimum."""
    program, shares = compiled(made, objective)
    whole = meet_goals(program, EXACT, root_from_rows=10**9)
    found = meet_goals(program, NEARLY, start={}, shares=shares, root_from_rows=0)
    assert whole.held is not None
    assert found.held is not None
    for goal, best in zip(found.held.goals, whole.held.goals, strict=True):
        assert goal.stopped == "optimal"
        assert goal.value == pytest.approx(best.value, rel=1.1e-4)
        assert goal.bound is not None
        low, high = sorted((goal.value, goal.bound))
        assert low * (1 - 3e-6) <= best.value <= high * (1 + 3e-6)
    activity = program.linear.matrix @ found.held.values
    assert (activity <= program.linear.row_upper + 1e-5).all()
    assert (activity >= program.linear.row_lower - 1e-5).all()


@pytest.mark.parametrize("objective", ["cost", "coverage"])
@pytest.mark.parametrize("seed", range(len(WAYS)))
def test_stations_of_three_years_alone_lead_to_the_same_optimum(seed: int, objective: str) -> None:
    agree(three_years(seed), objective)


@pytest.mark.parametrize("objective", ["cost", "coverage"])
@pytest.mark.parametrize("seed", [1, 2])
def test_the_first_years_may_want_nothing(seed: int, objective: str) -> None:
    agree(three_years(seed, shares=(0.0, 0.0, 1.0)), objective)


@pytest.mark.deep
@pytest.mark.parametrize("objective", ["cost", "coverage"])
@pytest.mark.parametrize("seed", range(len(WAYS), 80))
def test_stations_of_three_years_alone_lead_to_the_same_optimum_in_many_cases(seed: int, objective: str) -> None:
    agree(three_years(seed), objective)


@pytest.mark.parametrize("objective", ["cost", "coverage"])
@pytest.mark.parametrize("seed", APART)
def test_no_prices_say_more_than_the_optimum(seed: int, objective: str) -> None:
    program, linear, services = read(seed, objective)
    best = highs.solve(linear, EXACT).objective
    apart = by_course(linear, program.implied, services)
    assert best is not None
    assert apart is not None
    rng = np.random.default_rng(seed)
    scale = abs(best) / sum(service.total_kg for service in services)
    for size in (0.0, 0.1, 1.0, 3.0):
        rows = rng.normal(0, size * scale, len(apart.row_lower))
        rows = np.where(np.isfinite(apart.row_lower), rows, np.minimum(rows, 0.0))
        rows = np.where(np.isfinite(apart.row_upper), rows, np.maximum(rows, 0.0))
        demand = tuple(rng.exponential(size * scale + 1e-9, len(service.kg)) for service in services)
        assert apart.answer(Prices(demand=demand, rows=rows)).bound <= best + 1e-6 * abs(best)


@pytest.mark.parametrize("objective", ["cost", "coverage"])
@pytest.mark.parametrize("seed", APART)
def test_raised_prices_come_near_the_relaxation_or_pass_it(seed: int, objective: str) -> None:
    program, linear, services = read(seed, objective)
    best, relaxed = highs.solve(linear, EXACT).objective, highs.solve(linear.relaxed(), EXACT).objective
    apart = by_course(linear, program.implied, services)
    assert best is not None
    assert relaxed is not None
    assert apart is not None
    found = apart.raised(start=None, upper=best, rounds=800, is_over=lambda _: False)
    assert relaxed - 0.02 * abs(relaxed) <= found.bound <= best + 1e-6 * abs(best)


@pytest.mark.parametrize("seed", APART)
def test_the_courses_of_a_site_are_all_that_its_rows_allow(seed: int) -> None:
    _, linear, services = read(seed, "cost")
    apart = taken_apart(linear, services)
    assert apart is not None
    kind = apart.kinds[0]
    columns, others = kind.columns[0], kind.others[0]
    rows = np.flatnonzero(apart.is_own_row)
    mine = [r for r in rows if set(linear.matrix[[r]].indices.tolist()) <= {*columns.tolist(), *others.tolist()}]
    known = {tuple(course) for course in kind.courses.tolist()}
    for course in product((0.0, 1.0), repeat=len(columns)):
        held = linear.keeping_rows(np.isin(np.arange(linear.shape[0]), mine)).relaxed()
        lower, upper = np.zeros(linear.shape[1]), np.zeros(linear.shape[1])
        lower[others], upper[others] = linear.lower[others], linear.upper[others]
        lower[columns] = upper[columns] = course
        inside = (np.array(course) >= linear.lower[columns]).all() and (np.array(course) <= linear.upper[columns]).all()
        allowed = inside and _has_point(held.within(lower=lower, upper=upper))
        assert allowed == (course in known), course


def _has_point(linear: Linear) -> bool:
    """Say whether the bounds leave a point; rows of a site hold each at most a few columns that are not whole."""
    return highs.solve(replace(linear, cost=np.zeros(linear.shape[1])), EXACT).values is not None


def test_a_site_with_too_many_courses_is_not_taken_apart(monkeypatch: pytest.MonkeyPatch) -> None:
    _, linear, services = read(0, "cost")
    assert taken_apart(linear, services) is not None
    monkeypatch.setattr("h2plan.solve.courses.COURSES_MAX", 3)
    assert taken_apart(linear, services) is None
    assert (
        years_search(
            linear, np.zeros(linear.shape[0], dtype=np.bool_), services, options=EXACT, hooks=SILENT, start=None
        )
        is None
    )
