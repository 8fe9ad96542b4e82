"""The exact core against enumeration and against the whole mixed-integer program, on small random cases."""

from __future__ import annotations

import itertools
from collections.abc import Callable, Iterator

import highspy
import numpy as np
import pytest
from scipy import sparse

from h2plan.errors import InputError
from h2plan.solve.cuts import (
    Purpose,
    _cover,
    solve_capacitated,
    solve_corridor,
    solve_coverage,
    solve_median,
    solve_near,
)
from h2plan.solve.interchange import Families, NearLists
from h2plan.solve.rules import Found, Search, SiteRules, site_rules

SEEDS, SEEDS_DEEP = 60, 500
SITES = 8
Floats = np.ndarray


def random_rules(rng: np.random.Generator) -> SiteRules:
    """Draw counts, a budget, required and forbidden sites, and pairs too close; some sets of rules allow nothing."""
    required = [int(j) for j in rng.permutation(SITES)[: int(rng.integers(0, 2))]]
    forbidden = [j for j in range(SITES) if j not in required and rng.random() < 0.1]
    cost = rng.integers(1, 10, SITES).astype(float)
    return site_rules(
        SITES,
        at_most=int(rng.integers(2, 5)) if rng.random() < 0.7 else None,
        at_least=1 if rng.random() < 0.3 else None,
        cost=cost,
        budget=float(rng.integers(12, 30)) if rng.random() < 0.5 else None,
        required=required,
        forbidden=forbidden,
        conflicts=[(0, 1), (2, 5)] if rng.random() < 0.3 else [],
    )


def allowed_sets(rules: SiteRules) -> Iterator[np.ndarray]:
    """List every set of sites that the rules allow."""
    for choice in itertools.product((False, True), repeat=rules.sites):
        is_open = np.array(choice)
        if rules.allows(is_open):
            yield is_open


def random_families(rng: np.random.Generator, *, single: bool) -> Families:
    """Draw paths, each with one set of sites or with several."""
    paths = int(rng.integers(1, 25))
    counts = np.ones(paths, dtype=int) if single else rng.integers(1, 5, paths)
    path = np.repeat(np.arange(paths), counts)
    member = rng.random((len(path), SITES)) < rng.uniform(0.15, 0.5)
    member[np.arange(len(path)), rng.integers(0, SITES, len(path))] = True
    weight = rng.integers(1, 20, paths).astype(float) if rng.random() < 0.5 else rng.random(paths) * 10
    return Families(member=sparse.csr_array(member.astype(float)), path=path, weight=weight)


def whole_program(
    cost: Floats, matrix: sparse.csr_array, *, low: Floats, high: Floats, lower: Floats, upper: Floats, whole: int
) -> float | None:
    """Minimise by HiGHS alone, the first columns whole; None where nothing is feasible."""
    h = highspy.Highs()
    for name, value in {"output_flag": False, "threads": 1, "mip_rel_gap": 0.0, "mip_abs_gap": 0.0}.items():
        h.setOptionValue(name, value)
    lp = highspy.HighsLp()
    lp.num_col_, lp.num_row_ = len(cost), matrix.shape[0]
    lp.col_cost_, lp.col_lower_, lp.col_upper_ = cost, lower, upper
    lp.row_lower_, lp.row_upper_ = low, high
    lp.a_matrix_.format_ = highspy.MatrixFormat.kRowwise
    lp.a_matrix_.start_, lp.a_matrix_.index_, lp.a_matrix_.value_ = matrix.indptr, matrix.indices, matrix.data
    kinds = highspy.HighsVarType
    lp.integrality_ = [kinds.kInteger] * whole + [kinds.kContinuous] * (len(cost) - whole)
    h.passModel(lp)
    h.run()
    return float(h.getObjectiveValue()) if h.getModelStatus() == highspy.HighsModelStatus.kOptimal else None


def cover_program(families: Families, rules: SiteRules, floor: float | None, cost: Floats) -> float | None:
    """Write every row c ≤ Σ y at once."""
    sets, paths = len(families.path), len(families.weight)
    value = sparse.csr_array((np.ones(sets), (np.arange(sets), families.path)), shape=(sets, paths))
    rows = [
        sparse.hstack([-families.member, value]),
        sparse.hstack([rules.matrix, sparse.csr_array((rules.matrix.shape[0], paths))]),
    ]
    low, high = [np.full(sets, -np.inf), rules.row_lower], [np.zeros(sets), rules.row_upper]
    if floor is not None:
        rows.append(sparse.csr_array(np.concatenate([np.zeros(SITES), families.weight])[None, :]))
        low.append(np.array([floor]))
        high.append(np.array([np.inf]))
    goal = np.concatenate([np.zeros(SITES), -families.weight] if floor is None else [cost, np.zeros(paths)])
    least = whole_program(
        goal, sparse.csr_array(sparse.vstack(rows)), low=np.concatenate(low), high=np.concatenate(high),
        lower=np.concatenate([rules.lower, np.zeros(paths)]), upper=np.concatenate([rules.upper, np.ones(paths)]),
        whole=SITES,
    )  # fmt: skip
    return None if least is None else (-least if floor is None else least)


def assert_proven(found: Found, expected: float | None, by_highs: float | None) -> None:
    """The engine found and proved what enumeration and the whole program say."""
    if expected is None:
        assert found.stopped == "infeasible"
        assert found.value is None
        assert by_highs is None
        return
    assert found.stopped == "optimal"
    assert found.value == pytest.approx(expected, rel=1e-7, abs=1e-7)
    assert found.bound == pytest.approx(expected, rel=1e-6, abs=1e-6)
    assert by_highs == pytest.approx(expected, rel=1e-6, abs=1e-6)


def check_most(seed: int, engine: Callable[..., Found], *, single: bool) -> None:
    rng = np.random.default_rng(seed)
    rules, families = random_rules(rng), random_families(rng, single=single)

    def served(is_open: np.ndarray) -> float:
        return float(families.weight @ families.served(families.member @ is_open.astype(float)))

    best = max((served(is_open) for is_open in allowed_sets(rules)), default=None)
    found = engine(families, rules, purpose=Purpose(aim="most"), search=Search())
    assert_proven(found, best, cover_program(families, rules, None, np.zeros(SITES)))
    if found.open is not None:
        is_open = np.isin(np.arange(SITES), found.open)
        assert rules.allows(is_open)
        assert served(is_open) == pytest.approx(found.value)


def check_cheapest(seed: int, engine: Callable[..., Found], *, single: bool) -> None:
    rng = np.random.default_rng(10_000 + seed)
    rules, families = random_rules(rng), random_families(rng, single=single)
    cost = rng.integers(1, 9, SITES).astype(float) if rng.random() < 0.5 else rng.random(SITES) + 0.1
    floor = float(rng.uniform(0.2, 0.9) * families.weight.sum())

    def served(is_open: np.ndarray) -> float:
        return float(families.weight @ families.served(families.member @ is_open.astype(float)))

    enough = [float(cost @ is_open) for is_open in allowed_sets(rules) if served(is_open) >= floor]
    purpose = Purpose(aim="cheapest", floor=floor, site_cost=cost)
    found = engine(families, rules, purpose=purpose, search=Search())
    assert_proven(found, min(enough, default=None), cover_program(families, rules, floor, cost))


def lists_of(km: Floats, weight: Floats, width: int | None = None) -> NearLists:
    """Sort each row; only the nearest `width` where that is given."""
    order = np.argsort(km, axis=1, kind="stable")
    ranked = np.take_along_axis(km, order, axis=1)
    beyond = np.full(len(km), np.inf) if width is None else ranked[:, min(width, km.shape[1] - 1)]
    return NearLists(site=order[:, :width], km=ranked[:, :width], beyond=beyond, weight=weight, sites=km.shape[1])


def median_program(km: Floats, weight: Floats, rules: SiteRules, site_cost: Floats) -> float | None:
    """Write x_ij ≤ y_j for every pair."""
    n, m = km.shape
    pair_i, pair_j = np.repeat(np.arange(n), m), np.tile(np.arange(m), n)
    once = sparse.csr_array((np.ones(n * m), (pair_i, m + np.arange(n * m))), shape=(n, m + n * m))
    pairs = np.arange(n * m)
    at = (np.concatenate([pairs, pairs]), np.concatenate([m + pairs, pair_j]))
    link = sparse.csr_array((np.repeat([1.0, -1.0], n * m), at), shape=(n * m, m + n * m))
    bound = sparse.hstack([rules.matrix, sparse.csr_array((rules.matrix.shape[0], n * m))])
    return whole_program(
        np.concatenate([site_cost, (weight[:, None] * km).ravel()]),
        sparse.csr_array(sparse.vstack([once, link, bound])),
        low=np.concatenate([np.ones(n), np.full(n * m, -np.inf), rules.row_lower]),
        high=np.concatenate([np.ones(n), np.zeros(n * m), rules.row_upper]),
        lower=np.concatenate([rules.lower, np.zeros(n * m)]), upper=np.concatenate([rules.upper, np.ones(n * m)]),
        whole=m,
    )  # fmt: skip


def check_median(seed: int) -> None:
    rng = np.random.default_rng(20_000 + seed)
    rules, rows = random_rules(rng), int(rng.integers(1, 20))
    whole = rng.random() < 0.5
    km = rng.integers(0, 30, (rows, SITES)).astype(float) if whole else rng.random((rows, SITES)) * 30
    weight = rng.integers(1, 9, rows).astype(float) if whole else rng.random(rows) + 0.1
    site_cost = np.zeros(SITES) if rng.random() < 0.5 else np.round(rng.random(SITES) * 60)

    def cost(is_open: np.ndarray) -> float:
        return float(weight @ km[:, is_open].min(axis=1) + site_cost @ is_open)

    best = min((cost(is_open) for is_open in allowed_sets(rules) if is_open.any()), default=None)
    found = solve_median(lists_of(km, weight), rules, site_cost=site_cost, search=Search())
    assert_proven(found, best, median_program(km, weight, rules, site_cost))


@pytest.mark.parametrize("seed", range(SEEDS))
def test_coverage_equals_enumeration_and_the_whole_program(seed: int) -> None:
    check_most(seed, solve_coverage, single=True)
    check_cheapest(seed, solve_coverage, single=True)


@pytest.mark.parametrize("seed", range(SEEDS))
def test_corridors_equal_enumeration_and_the_whole_program(seed: int) -> None:
    check_most(seed, solve_corridor, single=False)
    check_cheapest(seed, solve_corridor, single=False)


@pytest.mark.parametrize("seed", range(SEEDS))
def test_nearest_sites_equal_enumeration_and_the_whole_program(seed: int) -> None:
    check_median(seed)


@pytest.mark.deep
@pytest.mark.parametrize("seed", range(SEEDS, SEEDS + SEEDS_DEEP))
def test_every_engine_equals_enumeration_many_times(seed: int) -> None:
    check_most(seed, solve_coverage, single=True)
    check_cheapest(seed, solve_coverage, single=True)
    check_most(seed, solve_corridor, single=False)
    check_cheapest(seed, solve_corridor, single=False)
    check_median(seed)


# Larger than enumeration, with the head start


def hard_families(seed: int, *, paths: int = 120, sites: int = 24) -> Families:
    """Draw paths with sets of about four sites, enough that the search branches."""
    rng = np.random.default_rng(seed)
    member = np.zeros((paths, sites))
    member[np.repeat(np.arange(paths), 4), rng.integers(0, sites, 4 * paths)] = 1.0
    return Families(
        member=sparse.csr_array(member), path=np.arange(paths), weight=rng.integers(1, 50, paths).astype(float)
    )


@pytest.mark.parametrize("large", [0, 10**9])
def test_a_head_start_changes_no_optimum(large: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(_cover, "LARGE", large)
    for seed in range(3):
        families = hard_families(seed)
        rules = site_rules(24, at_most=6)
        for engine in (solve_coverage, solve_corridor):
            most = engine(families, rules, purpose=Purpose(aim="most"), search=Search())
            assert most.stopped == "optimal"
            assert most.value is not None
            enough = Purpose(aim="cheapest", floor=most.value, site_cost=np.ones(24))
            least = engine(families, site_rules(24), purpose=enough, search=Search())
            assert least.stopped == "optimal"
            assert least.value is not None
            assert least.value <= 6
            fewer = engine(
                families, site_rules(24, at_most=int(least.value) - 1), purpose=Purpose(aim="most"), search=Search()
            )
            assert fewer.value is not None
            assert fewer.value < most.value


def test_one_more_site_never_covers_less_and_a_start_from_the_plan_before_agrees() -> None:
    families, before = hard_families(3), None
    values = []
    for count in range(2, 7):
        rules = site_rules(24, at_most=count)
        cold = solve_coverage(families, rules, purpose=Purpose(aim="most"), search=Search())
        warm = solve_coverage(families, rules, purpose=Purpose(aim="most"), search=Search(start=before))
        assert warm.value == cold.value
        values.append(cold.value)
        before = cold.open
    assert values == sorted(values)


def test_a_limit_ends_the_search_with_the_plan_kept_and_a_bound_that_holds() -> None:
    families, rules = hard_families(1, paths=3000, sites=200), site_rules(200, at_most=20)
    found = solve_corridor(families, rules, purpose=Purpose(aim="most"), search=Search(limit_s=0.3))
    assert found.stopped == "limit"
    assert found.value is not None
    assert found.bound is not None
    assert found.bound >= found.value


def test_a_node_limit_leaves_the_open_nodes_in_the_bound() -> None:
    families, rules = hard_families(2), site_rules(24, at_most=6)
    whole = solve_coverage(families, rules, purpose=Purpose(aim="most"), search=Search())
    stopped = solve_coverage(families, rules, purpose=Purpose(aim="most"), search=Search(nodes_max=1))
    assert whole.value is not None
    assert stopped.bound is not None
    assert stopped.bound >= whole.value


def test_who_cancels_gets_what_was_found() -> None:
    families, rules = hard_families(2), site_rules(24, at_most=6)
    found = solve_coverage(families, rules, purpose=Purpose(aim="most"), search=Search(cancelled=lambda: True))
    assert found.stopped == "interrupted"
    assert found.open is not None


def test_an_unknown_gap_is_said_to_be_unknown() -> None:
    nothing = Found(value=None, bound=10.0, open=None, stopped="limit", nodes=0, seconds=0.0, rows=0)
    assert nothing.gap is None


# Short lists


def test_lists_of_the_nearest_sites_prove_the_optimum_of_whole_lists() -> None:
    for seed in range(4):
        rng = np.random.default_rng(seed)
        km, weight = rng.random((30, 30)) * 10, rng.integers(1, 9, 30).astype(float)
        rules = site_rules(30, at_most=5, at_least=1)
        whole = solve_median(lists_of(km, weight), rules, site_cost=np.zeros(30), search=Search())

        def nearest(width: int, km: Floats = km, weight: Floats = weight) -> NearLists:
            return lists_of(km, weight, width if width < 30 else None)

        short = solve_near(nearest, rules, width=2, site_cost=np.zeros(30), search=Search())
        assert short.value == pytest.approx(whole.value)
        assert short.bound == pytest.approx(whole.value)


# Capacities


def check_capacitated(seed: int) -> None:
    rng = np.random.default_rng(30_000 + seed)
    sites, rows = 6, int(rng.integers(2, 9))
    demand = rng.integers(1, 10, rows).astype(float)
    capacity = rng.integers(5, 25, sites).astype(float)
    cost = rng.integers(1, 60, (rows, sites)).astype(float)
    site_cost = rng.integers(0, 80, sites).astype(float)
    rules = site_rules(sites, at_most=int(rng.integers(2, 6)) if rng.random() < 0.5 else None)
    if capacity.sum() < demand.sum():
        with pytest.raises(InputError, match="lack"):
            solve_capacitated(cost, demand, capacity=capacity, site_cost=site_cost, rules=rules, search=Search())
        return
    pairs = np.arange(rows * sites)
    i, j = np.repeat(np.arange(rows), sites), np.tile(np.arange(sites), rows)
    wide = sites + rows * sites
    once = sparse.csr_array((np.ones(len(pairs)), (i, sites + pairs)), shape=(rows, wide))
    held = sparse.csr_array(
        (
            np.concatenate([demand[i], -capacity]),
            (np.concatenate([j, np.arange(sites)]), np.concatenate([sites + pairs, np.arange(sites)])),
        ),
        shape=(sites, wide),
    )
    bound = sparse.hstack([rules.matrix, sparse.csr_array((rules.matrix.shape[0], rows * sites))])
    expected = whole_program(
        np.concatenate([site_cost, cost.ravel()]), sparse.csr_array(sparse.vstack([once, held, bound])),
        low=np.concatenate([np.ones(rows), np.full(sites, -np.inf), rules.row_lower]),
        high=np.concatenate([np.ones(rows), np.zeros(sites), rules.row_upper]),
        lower=np.zeros(wide), upper=np.ones(wide), whole=sites,
    )  # fmt: skip
    found = solve_capacitated(cost, demand, capacity=capacity, site_cost=site_cost, rules=rules, search=Search())
    if expected is None:
        assert found.stopped == "infeasible"
        return
    assert found.stopped == "optimal"
    assert found.value == pytest.approx(expected, rel=1e-6, abs=1e-6)
    assert found.bound == pytest.approx(expected, rel=1e-6, abs=1e-6)


@pytest.mark.parametrize("seed", range(SEEDS // 2))
def test_capacities_equal_the_whole_program(seed: int) -> None:
    check_capacitated(seed)


@pytest.mark.deep
@pytest.mark.parametrize("seed", range(SEEDS, SEEDS + SEEDS_DEEP))
def test_capacities_equal_the_whole_program_many_times(seed: int) -> None:
    check_capacitated(seed)


# Rules that contradict each other


@pytest.mark.parametrize(
    ("rules", "said"),
    [
        ({"at_most": 1, "required": [0, 1]}, "allow 2 or more"),
        ({"at_least": 9}, "ask for 8 or fewer"),
        ({"required": [0], "forbidden": [0]}, "both required and forbidden"),
        ({"cost": np.full(8, 5.0), "budget": 4.0, "required": [0]}, "allow 5 or more"),
    ],
)
def test_rules_that_contradict_each_other_name_a_number_that_would_do(rules: dict[str, object], said: str) -> None:
    with pytest.raises(InputError, match=said):
        site_rules(8, **rules)
