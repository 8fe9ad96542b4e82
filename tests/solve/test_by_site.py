"""Search site by site: the same optimum as the whole program, rows that no plan breaks, prices that say no too much."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from h2plan.solve import highs
from h2plan.solve.by_site import fits, search_by_site
from h2plan.solve.flow_rows import FlowRows
from h2plan.solve.highs import SILENT, Hooks, Status
from h2plan.solve.program import Floats, Linear
from h2plan.solve.root import Allowance, tighten
from h2plan.solve.sharp import Sharp
from tests.solve.test_projected import EXACT, NEARLY, plans, read

CASES = range(8)
DEEP = range(8, 300)
FOREVER = Allowance(ends=np.inf, should_stop=lambda: False)


def agree(seed: int) -> None:
    """Compare the search with plain HiGHS."""
    linear, program, services = read(seed)
    known = highs.solve(linear, EXACT)
    found = search_by_site(linear, program.implied, services[0], options=NEARLY, hooks=SILENT, start=None)
    assert known.objective is not None
    assert found.status is Status.OPTIMAL
    assert found.values is not None
    assert found.bound is not None
    assert linear.objective(found.values) == pytest.approx(known.objective, rel=1.1e-4)
    assert found.bound <= known.objective * (1 + 3e-6)
    activity = linear.matrix @ found.values
    assert (activity <= linear.row_upper + 1e-5).all()
    assert (activity >= linear.row_lower - 1e-5).all()
    assert np.abs(found.values[linear.whole] - np.round(found.values[linear.whole])).max() < 1e-5


@pytest.mark.parametrize("seed", CASES)
def test_site_by_site_leads_to_the_same_optimum(seed: int) -> None:
    agree(seed)


@pytest.mark.deep
@pytest.mark.parametrize("seed", DEEP)
def test_site_by_site_leads_to_the_same_optimum_in_many_cases(seed: int) -> None:
    agree(seed)


@pytest.mark.parametrize("seed", range(6))
def test_no_rounding_row_cuts_off_a_plan(seed: int) -> None:
    linear, _, (service,) = read(seed)
    rng = np.random.default_rng(seed)
    known = plans(linear, rng, 8)
    rows = FlowRows(service)
    found = []
    for _ in range(60):
        among, sites = rng.uniform(size=len(service.kg)) < 0.5, rng.uniform(size=len(service.standing_kg)) < 0.6
        row = rows.row(among, sites, float(rng.uniform(50, 700)))
        found += [] if row is None else [row]
    broken = rows.broken(relaxed(linear))
    assert len(found) > 20
    assert all(row.lacks(point, 0.0) <= 1e-6 for row in [*found, *broken] for point in known)


def relaxed(linear: Linear) -> Floats:
    """Return the cheapest point in which stations need not be whole."""
    point = highs.solve(linear.relaxed(), EXACT).values
    assert point is not None
    return point


def test_a_rounding_row_is_broken_by_the_point_it_was_found_for() -> None:
    count = 0
    for seed in range(6):
        linear, _, (service,) = read(seed)
        point = relaxed(linear)
        rows = FlowRows(service).broken(point)
        assert all(row.lacks(point, 0.0) > 1e-4 for row in rows)
        count += len(rows)
    assert count > 5


@pytest.mark.parametrize("seed", range(4))
def test_no_plan_with_a_station_costs_less_than_the_bound_and_what_the_station_loses(seed: int) -> None:
    linear, program, (service,) = read(seed)
    root = tighten(linear, program.implied, options=EXACT, allowance=FOREVER, good_enough=lambda _: False)
    assert root is not None
    sharp = Sharp(linear, program.implied, service, root)
    for _ in range(3):
        sharp.step(FOREVER)
    lost = sharp.lost()
    assert lost.max() > 0
    for n in np.flatnonzero(lost > 0)[:8].tolist():
        lower = linear.lower.copy()
        lower[service.adds_column[n]] = 1.0
        best = highs.solve(linear.within(lower=lower), EXACT)
        assert best.objective is None or best.objective >= sharp.bound + lost[n] - 1e-5 * abs(best.objective)


def test_counts_that_no_plan_has_are_empty() -> None:
    linear, program, (service,) = read(2)
    root = tighten(linear, program.implied, options=EXACT, allowance=FOREVER, good_enough=lambda _: False)
    assert root is not None
    sharp = Sharp(linear, program.implied, service, root)
    most = sharp.no_limits()[-1][1]
    sharp.hold((*sharp.no_limits()[:-1], (most, most)))  # more than the limit on stations
    assert not sharp.solve(FOREVER)
    assert sharp.is_empty
    assert not sharp.lost().any()


def test_a_search_site_by_site_that_is_stopped_keeps_its_start() -> None:
    linear, program, services = read(3)
    assert fits(services)
    start = highs.solve(linear, replace(EXACT, gap=0.3)).values
    assert start is not None
    heard: list[float] = []
    hooks = Hooks(plan=lambda values: heard.append(linear.objective(values)), should_stop=lambda: bool(heard))
    found = search_by_site(linear, program.implied, services[0], options=EXACT, hooks=hooks, start=start)
    assert found.status is Status.INTERRUPTED
    assert found.objective == pytest.approx(heard[0])
