"""What the same stations can hand out when demand is lower or higher than planned for."""

from __future__ import annotations

import math
import random
from collections.abc import Mapping, Sequence
from dataclasses import replace

import numpy as np
import pytest
from scipy.optimize import linprog

from h2plan.domain import Level, Range
from h2plan.largest_flow import most_served
from h2plan.plan.levels import figures_at
from h2plan.plan.results import DemandRow, LevelFigures, Station
from tests.outputs.sample import sample_plan

STATION: Station = sample_plan().stations[0]
ROW: DemandRow = sample_plan().demand[0]
GRAM = 1e-3
Reach = Mapping[str, Sequence[str]]


def station(name: str, capacity: float) -> Station:
    return replace(STATION, site_id=name, capacity_kg_per_d=capacity)


def row(name: str, low: float, base: float, high: float) -> DemandRow:
    return replace(ROW, id=name, kg_per_d=Range(low, base, high))


def figures(
    level: Level, rows: Sequence[DemandRow], stations: Sequence[Station], reach: Reach, *, usable: float = 1.0
) -> LevelFigures:
    kg = {one.site_id: usable * one.capacity_kg_per_d for one in stations}
    return figures_at(level, rows, stations, lambda wanted: most_served(wanted, kg, reach))


def served(rows: Sequence[DemandRow], stations: Sequence[Station], reach: Reach, *, usable: float = 1.0) -> float:
    return figures("base", rows, stations, reach, usable=usable).served_kg_per_d


def test_a_station_hands_out_no_more_than_its_usable_capacity() -> None:
    found = figures("base", [row("a", 1, 90, 200)], [station("s", 100)], {"a": ["s"]}, usable=0.75)
    assert found.demand_kg_per_d == 90
    assert found.served_kg_per_d == 75
    assert found.served_share == pytest.approx(75 / 90)
    assert found.utilisation == 0.75


@pytest.mark.parametrize(("level", "expected"), [("low", 40), ("base", 60), ("high", 100)])
def test_each_level_has_its_own_demand(level: Level, expected: float) -> None:
    found = figures(level, [row("a", 40, 60, 150)], [station("s", 100)], {"a": ["s"]}, usable=1)
    assert found.level == level
    assert found.served_kg_per_d == expected


def test_demand_moves_on_where_its_place_is_wanted_by_others() -> None:
    """Row a reaches both stations, row b only the first: a must leave it to b."""
    rows, reach = [row("a", 0, 100, 0), row("b", 0, 100, 0)], {"a": ["one", "two"], "b": ["one"]}
    assert served(rows, [station("one", 100), station("two", 100)], reach) == 200


def test_a_thousand_small_rows_lose_no_gram_to_rounding() -> None:
    """Each row wants 0.0009 kg/d more than 16 kg/d; rounded to grams they would lose 0.9 kg/d together."""
    rows = [row(f"r{n}", 0, 16.0009, 0) for n in range(1000)]
    reach = {entry.id: ["s"] for entry in rows}
    assert served(rows, [station("s", 20_000)], reach) == pytest.approx(16_000.9, abs=0.02)


def test_demand_out_of_reach_is_wanted_and_not_served() -> None:
    found = figures("base", [row("a", 0, 30, 0), row("b", 0, 70, 0)], [station("s", 500)], {"a": ["s"]}, usable=1)
    assert (found.demand_kg_per_d, found.served_kg_per_d) == (100, 30)


def test_sites_without_a_station_serve_nobody() -> None:
    assert served([row("a", 0, 30, 0)], [station("s", 500)], {"a": ["elsewhere"]}) == 0


def test_nothing_wanted_or_nothing_built_is_no_division_by_zero() -> None:
    found = figures("base", [row("a", 0, 0, 0)], [], {}, usable=1)
    assert (found.served_share, found.utilisation) == (0, 0)
    assert figures("base", [], [station("s", 1)], {}, usable=1).served_kg_per_d == 0


def random_case(seed: int) -> tuple[list[DemandRow], list[Station], dict[str, list[str]]]:
    rng = random.Random(seed)
    stations = [station(f"s{j}", rng.uniform(10, 300)) for j in range(rng.randint(1, 6))]
    rows = [
        row(f"d{i}", base * rng.random(), base, base * (1 + rng.random()))
        for i, base in enumerate(rng.uniform(0, 200) for _ in range(rng.randint(1, 10)))
    ]
    reach = {one.id: [s.site_id for s in stations if rng.random() < 0.4] for one in rows}
    return rows, stations, reach


def by_linear_programme(rows: Sequence[DemandRow], stations: Sequence[Station], reach: Reach, usable: float) -> float:
    pairs = [(i, j) for i, one in enumerate(rows) for j, s in enumerate(stations) if s.site_id in reach[one.id]]
    if not pairs:
        return 0.0
    matrix = np.zeros((len(rows) + len(stations), len(pairs)))
    for n, (i, j) in enumerate(pairs):
        matrix[i, n] = matrix[len(rows) + j, n] = 1
    limits = [one.kg_per_d.base for one in rows] + [s.capacity_kg_per_d * usable for s in stations]
    return -float(linprog(-np.ones(len(pairs)), A_ub=matrix, b_ub=limits).fun)


@pytest.mark.parametrize("seed", range(60))
def test_the_flow_is_the_optimum_of_the_transport_problem(seed: int) -> None:
    rows, stations, reach = random_case(seed)
    slack = GRAM * (len(rows) + len(stations))
    exact = by_linear_programme(rows, stations, reach, 0.75)
    found = served(rows, stations, reach, usable=0.75)
    assert exact - slack <= found <= exact + 1e-9 * max(1.0, exact)


@pytest.mark.parametrize("seed", range(30))
def test_served_hydrogen_never_falls_when_demand_rises(seed: int) -> None:
    rows, stations, reach = random_case(seed)
    levels = [figures(level, rows, stations, reach, usable=0.75) for level in ("low", "base", "high")]
    amounts = [found.served_kg_per_d for found in levels]
    assert amounts == sorted(amounts)
    assert all(f.served_kg_per_d <= f.demand_kg_per_d + 1e-9 for f in levels)


@pytest.mark.parametrize("seed", range(10))
def test_the_order_of_rows_and_stations_changes_nothing(seed: int) -> None:
    rows, stations, reach = random_case(seed)
    turned = {name: [*reversed(sites)] for name, sites in reversed(reach.items())}
    assert served(rows[::-1], stations[::-1], turned) == served(rows, stations, reach)


def test_a_site_named_twice_in_reach_counts_once() -> None:
    assert served([row("a", 0, 500, 0)], [station("s", 100)], {"a": ["s", "s"]}) == 100


def test_a_large_region_does_not_overflow() -> None:
    """Nine thousand tonnes a day: more grams than 32 bits count."""
    rows = [row(f"d{i}", 0, 3e6, 0) for i in range(3)]
    reach = {one.id: [f"s{n}"] for n, one in enumerate(rows)}
    assert served(rows, [station(f"s{n}", 4e6) for n in range(3)], reach) == pytest.approx(9e6, rel=1e-6)


def test_the_share_is_that_of_all_demand() -> None:
    rows, stations, reach = random_case(3)
    found = figures("base", rows, stations, reach, usable=0.75)
    assert found.served_share == pytest.approx(found.served_kg_per_d / math.fsum(one.kg_per_d.base for one in rows))
