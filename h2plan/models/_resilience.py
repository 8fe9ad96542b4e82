"""What a plan keeps when any one station is lost, in one year: rows that are brought in only when a plan breaks them.

After station l is lost, the kilograms s_i = d_i Σ_j x_ij that the plan serves look for another station within a wider
reach W_i. The most that finds one is a largest flow; it is at least the share σ of what is served exactly if for every
set A of demand rows

    Σ_{j in W(A), j ≠ l} u C_j + Σ_{i not in A} s_i ≥ σ Σ_i s_i      with W(A) the union of the W_i of A

(largest flow, smallest cut: L. R. Ford, D. R. Fulkerson, Maximal flow through a network, Canadian Journal of
Mathematics 8, 1956). Each such row is linear in y and x, and every plan that keeps the share keeps it, so that rows may
be brought in one by one: where there are many sites. With few, the flows themselves are variables, which needs no
rounds. The row of all demand is in the model from the start: all stations but the largest hold σ of what is served.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pyomo.environ as pyo
from pyomo.repn import generate_standard_repn

from h2plan.largest_flow import with_smallest_cut
from h2plan.models._parts import Network
from h2plan.problem import Floats, Ints, Problem
from h2plan.solve.lazy import Cut, Separate, never
from h2plan.solve.program import Program

BROKEN_SHARE = 1e-6
"""A share of what is served that a row may be short of before it counts as broken."""
ROWS_A_CUT = 60
"""Stations for whose loss one set of demand is written down at once."""


FLOWS_MAX = 60_000
"""Flows after losses that are written out as variables; beyond, rows are brought in as plans break them."""


def outlast_each(block: Any, net: Network) -> None:
    """z_lcj: kg/d of demand c, rows with equal wider reach as one, that station j serves after station l is lost.

    Σ_j z_lcj ≤ Σ_{i in c} s_i, Σ_c z_lcj ≤ u C_j for j ≠ l, Σ_cj z_lcj ≥ σ · served, for every l; only with few sites.
    """
    share = net.problem.policy.loss_share_min
    if share is None or not _is_written_out(net):
        return
    groups = _groups(net)
    sites = sorted(block.usable_kg)
    flows = [(away, c, j) for away in sites for c, (_, reach) in groups.items() for j in sorted(reach) if j != away]
    block.after_loss = pyo.Var(flows, bounds=(0.0, None))
    served: defaultdict[str, Any] = defaultdict(float)
    group_of = {i: c for c, (rows, _) in groups.items() for i in rows}
    for i, j in net.access:
        served[group_of[i]] += net.demand_kg[i] * block.serve[i, j]
    from_group: defaultdict[tuple[str, str], list[Any]] = defaultdict(list)
    at_site: defaultdict[tuple[str, str], list[Any]] = defaultdict(list)
    away_all: defaultdict[str, list[Any]] = defaultdict(list)
    for away, c, j in flows:
        flow = block.after_loss[away, c, j]
        from_group[away, c].append(flow)
        at_site[away, j].append(flow)
        away_all[away].append(flow)
    block.serve_after_loss = pyo.Constraint(
        list(from_group), rule=lambda _, away, c: sum(from_group[away, c]) - served[c] <= 0
    )
    block.respect_capacity_after_loss = pyo.Constraint(
        list(at_site), rule=lambda m, away, j: sum(at_site[away, j]) - m.usable_kg[j] <= 0
    )
    block.outlast_each = pyo.Constraint(sites, rule=lambda m, away: share * m.served - sum(away_all.get(away, ())) <= 0)


def _groups(net: Network) -> dict[str, tuple[list[str], frozenset[str]]]:
    """Return rows of demand with equal wider reach as one: first row to all rows and their usable sites."""
    reach, usable = wider_reach(net.problem), net.sizes_at.keys() | net.built_kg.keys()
    found: defaultdict[frozenset[str], list[str]] = defaultdict(list)
    for i in net.demand_kg:
        found[reach[i] & usable].append(i)
    return {rows[0]: (rows, sites) for sites, rows in found.items()}


def _is_written_out(net: Network) -> bool:
    pairs = sum(len(sites) for _, sites in _groups(net).values())
    return pairs * (len(net.sizes_at) + len(net.built_kg)) <= FLOWS_MAX


def outlast_largest(block: Any, net: Network) -> None:
    """Without its largest station the rest can hold the share: z ≥ u C_j for every j, Σ_j u C_j - z ≥ σ · served."""
    share = net.problem.policy.loss_share_min
    if share is None:
        return
    block.largest_kg = pyo.Var(bounds=(0.0, None))
    block.largest_of_all = pyo.Constraint(list(block.usable_kg), rule=lambda m, j: m.usable_kg[j] - m.largest_kg <= 0)
    block.outlast_largest = pyo.Constraint(
        expr=share * block.served - sum(block.usable_kg.values()) + block.largest_kg <= 0
    )


def wider_reach(problem: Problem) -> dict[str, frozenset[str]]:
    """Return for each demand row the sites in reach while a station is lost: no fewer than otherwise."""
    found: defaultdict[str, set[str]] = defaultdict(set)
    for pairs in (problem.pairs, problem.wider):
        if pairs is not None:
            for i, j in zip(pairs.demand, pairs.site, strict=True):
                found[problem.demand_ids[i]].add(problem.sites.ids[j])
    return {row: frozenset(sites) for row, sites in found.items()}


def separator(program: Program, years: Sequence[tuple[Any, Network]]) -> Separate:
    """Return what names the rows that a point of the program breaks, by year."""
    losses = [
        _read(program, block, net)
        for block, net in years
        if net.problem.policy.loss_share_min is not None and not _is_written_out(net)
    ]
    if not losses:
        return never
    columns = program.linear.shape[1]
    return lambda values: [cut for loss in losses for cut in loss.broken(values, columns)]


@dataclass(frozen=True, kw_only=True, eq=False)
class _Line:
    """A linear expression of a program."""

    columns: Ints
    weights: Floats
    constant: float = 0.0

    def value(self, values: Floats) -> float:
        return self.constant + float(self.weights @ values[self.columns])


@dataclass(frozen=True, kw_only=True)
class _Losses:
    """One year of a program: what is served of each group of rows, what each station may dispense, who may go where.

    Rows with equal wider reach are one group: of a set A that breaks its row, the set of all rows whose wider reach
    lies within that of A breaks its own by no less.
    """

    share: float
    total: int
    """Column of what is served in all."""
    served: Mapping[str, _Line]
    """By group of rows, named by its first row."""
    dispensed: Mapping[str, _Line]
    usable: Mapping[str, _Line]
    reach: Mapping[str, frozenset[str]]
    """By group: stations in its wider reach."""

    def broken(self, values: Floats, columns: int) -> list[Cut]:
        wanted = {c: kg for c, line in self.served.items() if (kg := line.value(values)) > 0}
        capacity = {j: kg for j, line in self.usable.items() if (kg := line.value(values)) > BROKEN_SHARE}
        total = sum(wanted.values())
        sets: set[frozenset[str]] = set()
        for lost in self._may_break(values, total):
            left = {j: kg for j, kg in capacity.items() if j != lost}
            held_back = with_smallest_cut(wanted, left, self.reach).held_back
            near = {j for c in held_back for j in self.reach[c]}
            rows = frozenset(c for c, reach in self.reach.items() if reach <= near) if near else held_back
            kept = sum(left.get(j, 0.0) for j in near) + sum(kg for c, kg in wanted.items() if c not in rows)
            if kept < self.share * total - BROKEN_SHARE * max(1.0, total):
                sets.add(rows)
        return [
            self._cut(rows, lost, columns) for rows in sorted(sets, key=sorted) for lost in self._worst(rows, capacity)
        ]

    def _may_break(self, values: Floats, total: float) -> list[str]:
        """Return the stations whose loss may break the share: what all others dispense stays as it is."""
        spare = (1.0 - self.share) * total
        given = {j: line.value(values) for j, line in self.dispensed.items()}
        return sorted((j for j, kg in given.items() if kg > spare), key=lambda j: (-given[j], j))

    def _near(self, rows: frozenset[str]) -> list[str]:
        return sorted({j for c in rows for j in self.reach[c] if j in self.usable})

    def _worst(self, rows: frozenset[str], capacity: Mapping[str, float]) -> list[str]:
        """Return the stations in reach of some rows, the largest that stand now first."""
        near = self._near(rows)
        return sorted(near, key=lambda j: (-capacity.get(j, 0.0), j))[:ROWS_A_CUT]

    def _cut(self, rows: frozenset[str], lost: str, columns: int) -> Cut:
        """Σ_{i in A} s_i - (1 - σ) · served - Σ_{j in W(A), j ≠ l} u C_j ≤ 0: short, as A is a part of the city."""
        row, constant = np.zeros(columns), 0.0
        row[self.total] = self.share - 1.0
        parts = [(self.served[c], 1.0) for c in sorted(rows)]
        parts += [(self.usable[j], -1.0) for j in self._near(rows) if j != lost]
        for line, factor in parts:
            np.add.at(row, line.columns, factor * line.weights)
            constant += factor * line.constant
        return Cut(row=row, upper=-constant)


def _read(program: Program, block: Any, net: Network) -> _Losses:
    share = net.problem.policy.loss_share_min
    assert share is not None
    groups = _groups(net)
    group_of = {i: c for c, (rows, _) in groups.items() for i in rows}
    of_group: defaultdict[str, list[tuple[int, float]]] = defaultdict(list)
    at_site: defaultdict[str, list[tuple[int, float]]] = defaultdict(list)
    for (i, j), column in sorted(program.columns_of(block.serve).items()):
        of_group[group_of[i]].append((column, net.demand_kg[i]))
        at_site[j].append((column, net.demand_kg[i]))
    return _Losses(
        share=share,
        total=program.positions[id(block.served)],
        served={c: _line_of(terms) for c, terms in sorted(of_group.items())},
        dispensed={j: _line_of(terms) for j, terms in sorted(at_site.items())},
        usable={j: _line(program, expression) for j, expression in sorted(block.usable_kg.items())},
        reach={c: reach for c, (_, reach) in groups.items() if c in of_group},
    )


def _line_of(terms: Sequence[tuple[int, float]], constant: float = 0.0) -> _Line:
    return _Line(
        columns=np.array([column for column, _ in terms], dtype=np.intp),
        weights=np.array([weight for _, weight in terms], dtype=np.float64),
        constant=constant,
    )


def _line(program: Program, expression: Any) -> _Line:
    found = generate_standard_repn(expression, compute_values=True)
    terms = [
        (program.positions[id(variable)], float(weight))
        for variable, weight in zip(found.linear_vars, found.linear_coefs, strict=True)
        if id(variable) in program.positions
    ]
    return _line_of(terms, float(found.constant))
