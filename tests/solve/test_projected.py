"""Search over stations alone: the same optimum as the whole program, and rows that no plan breaks."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from h2plan.models import network_design
from h2plan.problem import Limits, Problem
from h2plan.solve import highs
from h2plan.solve.goals import meet_goals
from h2plan.solve.highs import SILENT, Hooks, SolverOptions, Status
from h2plan.solve.merged import costs_nothing, merged_search
from h2plan.solve.program import Floats, Linear, Program, compile_model
from h2plan.solve.projected import projected_search
from h2plan.solve.service import Service, read_services
from h2plan.solve.service_rows import CapacityRows, WayRows
from tests.models.phased import phased
from tests.models.small import problem, scattered
from tests.solve.hard import SIZES

EXACT = SolverOptions(gap=0.0, limit_s=120.0, threads=1)
NEARLY = replace(EXACT, gap=1e-4)
CASES = range(6)
DEEP = range(6, 300)


def case(seed: int) -> Problem:
    """Return a small problem; the seed says which limits it has and what stands already."""
    budget = 28e6 if seed % 3 == 1 else None
    floor = (None, 0.2, 0.35)[seed % 3] if seed % 2 else None
    limits = Limits(stations_max=4 + seed % 2, budget_cny=budget, served_share_min=floor, utilisation_max=0.9)
    made = scattered(seed, sites=9, demand=24, sizes=SIZES, radius=9, shortfall=25, limits=limits)
    built = np.full(9, np.nan)
    if seed % 4 == 0:
        built[seed % 9] = 300.0
    forbidden = np.arange(9) == (seed + 3) % 9
    conflicts = np.array([[1, 2]]) if seed % 5 == 0 else np.empty((0, 2), dtype=np.intp)
    return replace(
        made, sites=replace(made.sites, built_kg_per_d=built, forbidden=forbidden), conflicts=conflicts.astype(np.intp)
    )


def compiled(made: Problem, objective: str) -> tuple[Program, list[dict[tuple[str, str], int]]]:
    model = network_design.build(made, network_design.Options(objective=objective))  # type: ignore[arg-type]
    program = compile_model(model)
    blocks = [model] if made.phasing is None else list(model.year.values())
    return program, [program.columns_of(block.serve) for block in blocks]


def read(seed: int) -> tuple[Linear, Program, tuple[Service, ...]]:
    program, shares = compiled(case(seed), "cost")
    services = read_services(program.linear, program.implied, shares)
    assert services is not None
    return program.linear, program, services


def agree(made: Problem, objective: str) -> None:
    """Compare every goal: what was found, and that its bound lies beyond the known optimum by no more than the gap."""
    program, shares = compiled(made, objective)
    whole = meet_goals(program, EXACT, root_from_rows=10**9)
    assert whole.held is not None
    if objective == "coverage":
        found = meet_goals(program, NEARLY, start={}, shares=shares, root_from_rows=0)
        assert found.held is not None
        values, known = found.held.values, whole.held.goals
        pairs = [(goal.value, goal.bound) for goal in found.held.goals]
    else:
        services = read_services(program.linear, program.implied, shares)
        assert services is not None
        outcome = projected_search(program.linear, program.implied, services, options=NEARLY, hooks=SILENT, start=None)
        assert outcome.values is not None
        assert outcome.bound is not None
        values, known, goal = outcome.values, whole.held.goals, program.goals[0]
        pairs = [(goal.value(values), goal.in_unit(outcome.bound))]
    for (value, bound), best in zip(pairs, known, strict=True):
        assert value == pytest.approx(best.value, rel=1.1e-4)
        assert bound is not None
        low, high = sorted((value, bound))
        assert low * (1 - 3e-6) <= best.value <= high * (1 + 3e-6)
    activity = program.linear.matrix @ values
    assert (activity <= program.linear.row_upper + 1e-5).all()
    assert (activity >= program.linear.row_lower - 1e-5).all()


@pytest.mark.parametrize("objective", ["cost", "coverage"])
@pytest.mark.parametrize("seed", CASES)
def test_stations_alone_lead_to_the_same_optimum(seed: int, objective: str) -> None:
    agree(case(seed), objective)


@pytest.mark.deep
@pytest.mark.parametrize("objective", ["cost", "coverage"])
@pytest.mark.parametrize("seed", DEEP)
def test_stations_alone_lead_to_the_same_optimum_in_many_cases(seed: int, objective: str) -> None:
    agree(case(seed), objective)


def two_years(seed: int) -> Problem:
    """Return two years of a small problem: demand doubles; by turns stations grow, are young, or meet a budget."""
    small = scattered(seed, sites=6, demand=14, sizes=SIZES, radius=11, shortfall=25, limits=Limits(stations_max=4))
    kg = dict(zip(small.demand_ids, small.demand_kg_per_d.tolist(), strict=True))
    young = np.array([[0.7, 1.0], [0.0, 0.7]])
    more = ({}, {"usable_share": young}, {"budget_cny": [16e6, 12e6], "upgrade_premium_share": 0.2})[seed % 3]
    return phased(small, [{i: amount / 2 for i, amount in kg.items()}, kg], **more)  # type: ignore[arg-type]


@pytest.mark.parametrize("objective", ["cost", "coverage"])
@pytest.mark.parametrize("seed", range(3))
def test_stations_of_two_years_alone_lead_to_the_same_optimum(seed: int, objective: str) -> None:
    agree(two_years(seed), objective)


@pytest.mark.deep
@pytest.mark.parametrize("objective", ["cost", "coverage"])
@pytest.mark.parametrize("seed", range(3, 60))
def test_stations_of_two_years_alone_lead_to_the_same_optimum_in_many_cases(seed: int, objective: str) -> None:
    agree(two_years(seed), objective)


def plans(linear: Linear, rng: np.random.Generator, count: int) -> list[Floats]:
    """Return feasible points with random stations, each the cheapest for random prices of its shares."""
    found = []
    while len(found) < count:
        cost = np.where(linear.whole, rng.normal(0, 1, linear.shape[1]), rng.normal(0, 0.2, linear.shape[1]))
        point = highs.solve(replace(linear, cost=cost), replace(EXACT, gap=0.05)).values
        assert point is not None
        found.append(point)
    return found


@pytest.mark.parametrize("seed", range(6))
def test_no_capacity_row_cuts_off_a_plan(seed: int) -> None:
    linear, _, (service,) = read(seed)
    rng = np.random.default_rng(seed)
    known = plans(linear, rng, 8)
    for floor in (0.0, min(float(point[service.served]) for point in known)):
        rows = CapacityRows(service, served_min=floor)
        found = rows.first()
        for _ in range(12):
            point = np.where(linear.whole, rng.uniform(0, 0.4, linear.shape[1]), 0.0)
            point[service.served] = service.total_kg
            found += rows.broken(point)
        assert len(found) > 3
        assert all(row.lacks(point, 0.0) <= 1e-6 * service.total_kg for row in found for point in known)


@pytest.mark.parametrize("joint", [False, True])
@pytest.mark.parametrize("seed", range(4))
def test_no_way_row_exceeds_what_the_ways_of_a_plan_cost(seed: int, joint: bool) -> None:
    linear, _, (service,) = read(seed)
    service = replace(service, joint=np.full_like(service.joint, joint))
    rng = np.random.default_rng(seed)
    known = plans(linear, rng, 6)
    rows = WayRows(service, linear.cost[service.column])
    for _ in range(20):
        price = rng.uniform(0, 60, len(service.kg)) * (rng.uniform(size=len(service.kg)) < 0.5)
        row = rows.row(price, float(rng.uniform(-0.5, 3)), known[0])
        for point in known:
            cost = float(linear.cost[service.column] @ point[service.column])
            assert row.lacks(point, cost) <= 1e-6 * max(1.0, cost)


def test_the_prices_of_the_best_transport_make_a_way_row_exact() -> None:
    reach = {("a", "s"): 1.0, ("b", "s"): 2.0, ("b", "t"): 1.0}
    made = problem({"a": 100.0, "b": 200.0}, reach, sizes={"S250": (250.0, 1e7, 1e6)})
    program, shares = compiled(made, "cost")
    services = read_services(program.linear, program.implied, shares)
    assert services is not None
    (service,) = services
    # One station at s serves a and 150 kg of b, for 1 and 2 CNY a kg: 400 CNY a day, 300 days, in 10,000 CNY.
    point = np.zeros(program.linear.shape[1])
    point[service.adds_column[0]] = 1.0
    point[service.served] = 250.0
    rows = WayRows(service, program.linear.cost[service.column])
    row = rows.row(np.zeros(2), 2.0 * 300 / 1e4, point)
    assert row.lacks(point, 0.0) == pytest.approx(400 * 300 / 1e4)


def test_shares_in_a_row_of_another_kind_are_left_to_the_whole_program() -> None:
    program, shares = compiled(case(2), "cost")
    row = np.zeros(program.linear.shape[1])
    row[[shares[0][pair] for pair in list(shares[0])[:2]]] = 1.0
    more = program.linear.with_rows([row], upper=[1.5])
    assert read_services(program.linear, program.implied, shares) is not None
    assert read_services(more, np.append(program.implied, False), shares) is None


def test_rows_that_have_one_station_are_left_to_the_whole_program() -> None:
    made = case(2)
    model = network_design.build(made, network_design.Options(sourcing="single"))
    program = compile_model(model)
    shares = [program.columns_of(model.serve)]
    assert read_services(program.linear, program.implied, shares) is None
    found = meet_goals(program, EXACT, start={}, shares=shares, root_from_rows=0)
    assert found.held is not None
    whole = found.held.values[list(shares[0].values())]
    assert np.abs(whole - np.round(whole)).max() < 1e-9


def test_merged_demand_and_left_out_sizes_serve_as_much() -> None:
    program, shares = compiled(case(4), "coverage")
    services = read_services(program.linear, program.implied, shares)
    assert services is not None
    assert all(costs_nothing(program.linear, service) for service in services)
    whole = highs.solve(program.linear, EXACT)
    start = np.zeros(program.linear.shape[1])
    merged = merged_search(program.linear, services, options=EXACT, hooks=SILENT, start=start)
    assert whole.objective is not None
    assert merged.values is not None
    assert program.linear.objective(merged.values) == pytest.approx(whole.objective, rel=1e-7)
    assert merged.bound == pytest.approx(whole.objective, rel=1e-6)


def test_a_search_over_stations_that_is_stopped_keeps_its_start_and_a_bound() -> None:
    linear, program, services = read(3)
    start = highs.solve(linear, replace(EXACT, gap=0.3)).values
    assert start is not None
    heard: list[float] = []
    hooks = Hooks(plan=lambda values: heard.append(linear.objective(values)), should_stop=lambda: bool(heard))
    found = projected_search(linear, program.implied, services, options=EXACT, hooks=hooks, start=start)
    assert found.status is Status.INTERRUPTED
    assert found.objective == pytest.approx(heard[0])
