"""What is known before the first simplex step: a bound, sites that cannot matter, and the rows that seem to.

A first-order method (HiPDLP, in HiGHS) gives multipliers for all rows at once. They need not be exact: any multipliers
of the right sign give a bound when the relaxed problem is solved again here, over the sites alone, by simplex.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, cast

import numpy as np
from scipy import sparse

from h2plan.solve.cuts.hot_lp import HotLp, LpPoint, Rows
from h2plan.solve.interchange import Families
from h2plan.solve.rules import Floats, SiteRules


@dataclass(frozen=True, kw_only=True, eq=False)
class Lead:
    """A head start for the search."""

    point: LpPoint | None = None
    """A bound with the reduced cost of each site; its x is over the sites alone."""
    shares: Floats | None = None
    """Shares of sites near the optimum of the linear program."""
    rows: Rows | None = None


@dataclass(frozen=True, kw_only=True, eq=False)
class Multipliers:
    """Shares of sites, a price for every set, and a price for the floor."""

    shares: Floats
    by_set: Floats
    of_floor: float


def bound_over_sites(cost: Floats, rules: SiteRules, *, constant: float, threads: int) -> LpPoint:
    """Minimise `cost @ y + constant` over the rules relaxed to shares."""
    rows = Rows(matrix=rules.matrix, lower=rules.row_lower, upper=rules.row_upper)
    lp = HotLp(cost, rules.lower, upper=rules.upper, rows=rows, threads=threads)
    point = lp.solve(np.inf)
    return LpPoint(
        status=point.status, objective=point.objective + constant, x=point.x, reduced_cost=point.reduced_cost
    )


def relax_cover(
    families: Families,
    rules: SiteRules,
    *,
    site_cost: Floats,
    value_cost: Floats,
    floor: float,
    prices: Multipliers,
    threads: int,
) -> LpPoint:
    """Price the rows c_q ≤ Σ_{j in K} y_j and the floor: what is left falls apart into values and sites."""
    by_set = np.maximum(prices.by_set, 0.0)
    of_floor = max(prices.of_floor, 0.0)
    by_path = np.bincount(families.path, weights=by_set, minlength=len(families.weight))
    left = value_cost - of_floor * families.weight + by_path
    constant = float(np.minimum(left, 0.0).sum())
    if of_floor > 0:
        constant += of_floor * floor
    return bound_over_sites(site_cost - families.by_site @ by_set, rules, constant=constant, threads=threads)


def first_order_point(
    families: Families,
    rules: SiteRules,
    *,
    site_cost: Floats,
    value_cost: Floats,
    floor: float | None,
    tolerance: float,
    seconds: float,
    threads: int,
) -> Multipliers | None:
    """Solve the whole linear program roughly by HiPDLP, to a relative tolerance; None where it returns no point."""
    import highspy

    h: Any = cast("Any", highspy.Highs)()
    options: dict[str, Any] = {
        "output_flag": False, "presolve": "off", "solver": "hipdlp", "run_crossover": "off", "threads": threads,
        "pdlp_optimality_tolerance": tolerance,
    }  # fmt: skip
    if np.isfinite(seconds):
        options["time_limit"] = max(seconds, 0.01)
    for name, value in options.items():
        h.setOptionValue(name, value)
    sets, paths = len(families.path), len(families.weight)
    value = sparse.csr_array((np.ones(sets), families.path, np.arange(sets + 1)), shape=(sets, paths))
    blocks: list[list[Any]] = [[-families.member, value], [rules.matrix, None]]
    lower = [np.full(sets, -np.inf), rules.row_lower]
    upper = [np.zeros(sets), rules.row_upper]
    if floor is not None:
        blocks.append([None, sparse.csr_array(families.weight[None, :])])
        lower.append(np.array([floor]))
        upper.append(np.array([np.inf]))
    matrix = sparse.csr_array(sparse.block_array([row for row in blocks if row[0] is None or row[0].shape[0]]))
    lp = highspy.HighsLp()
    lp.num_col_, lp.num_row_ = rules.sites + paths, matrix.shape[0]
    lp.col_cost_ = np.concatenate([site_cost, value_cost])
    lp.col_lower_ = np.concatenate([rules.lower, np.zeros(paths)])
    lp.col_upper_ = np.concatenate([rules.upper, np.ones(paths)])
    lp.row_lower_, lp.row_upper_ = np.concatenate(lower), np.concatenate(upper)
    lp.a_matrix_.format_ = highspy.MatrixFormat.kRowwise
    lp.a_matrix_.start_, lp.a_matrix_.index_ = matrix.indptr, matrix.indices
    lp.a_matrix_.value_ = matrix.data
    if h.passModel(lp) == highspy.HighsStatus.kError:
        raise RuntimeError("HiGHS refused the linear program")
    h.run()
    solution = h.getSolution()
    shares, dual = np.array(solution.col_value), np.array(solution.row_dual)
    if len(shares) != lp.num_col_ or len(dual) != lp.num_row_ or not np.isfinite(dual).all():
        return None
    of_floor = float(dual[-1]) if floor is not None else 0.0
    return Multipliers(shares=np.clip(shares[: rules.sites], 0, 1), by_set=-dual[:sets], of_floor=of_floor)
