"""The relaxation of a siting program with rows that round, solved again and again from its last basis, and its prices.

Links and rounding rows come in where they are broken; those that are tight in the end go into the search of whole
stations.
"""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import highspy
import numpy as np
from scipy import sparse

from h2plan.problem import Floats, Ints
from h2plan.solve.flow_rows import FlowRows
from h2plan.solve.highs import run, set_option
from h2plan.solve.program import Bools, Linear
from h2plan.solve.root import BROKEN_BY, Allowance, Root
from h2plan.solve.service import Service
from h2plan.solve.service_rows import Row

LINK_ROUNDS_MAX = 20
SLACK_FROM = 1e-6
WHOLE_WITHIN = 1e-4
"""A count this near to a whole number is one."""

Counts = tuple[tuple[float, float], ...]
"""How many stations at least and at most: of each capacity in turn, and in all."""


class Sharp:
    """The relaxation: rows that are never left out, then links (numbers of rows of the program) and rounding rows."""

    def __init__(self, linear: Linear, implied: Bools, service: Service, root: Root) -> None:
        self.linear, self.implied, self.service = linear, implied, service
        self.finder = FlowRows(service)
        self.highs: Any = root.highs
        self.first = int((~implied).sum())
        self.has_link = root.rows & implied
        self.tail: list[int | Row] = [-1] * int(self.has_link.sum())
        self.values, self.bound = root.values, root.bound
        self.dual = np.array(self.highs.getSolution().row_dual)
        self.is_empty = False
        self.is_current = True
        """Whether values, bound and prices are those of the limits that hold now; rows may have joined since."""
        self.groups = [service.adds_column[service.adds_kg == kg] for kg in np.unique(service.adds_kg)]
        if len(self.groups) > 1:
            self.groups.append(service.adds_column)
        self.count_at = len(self.tail) + self.first
        for group in self.groups:
            self.highs.addRow(0.0, float(len(group)), len(group), group.astype(np.int32), np.ones(len(group)))
            self.tail.append(-1)
        self.dual = np.append(self.dual, np.zeros(len(self.groups)))
        self.pairs_at = _by_site(service.site, len(service.standing_kg))

    def step(self, allowance: Allowance) -> bool:
        """Add the rounding rows that the point breaks and solve again; False where there are none, or no time."""
        fresh = self.finder.broken(self.values)
        if not fresh:
            return False
        self._add(fresh)
        for _ in range(LINK_ROUNDS_MAX):
            if not self.solve(allowance):
                return False
            broken = self._broken_links()
            if not broken.any():
                break
            self._add_links(broken)
        return True

    # Counts

    def no_limits(self) -> Counts:
        """Return the limits that hold for every plan."""
        return tuple((0.0, float(len(group))) for group in self.groups)

    def hold(self, limits: Counts) -> None:
        """Keep the counts within limits from now on."""
        self.is_current = False
        for n, (least, most) in enumerate(limits):
            self.highs.changeRowBounds(self.count_at + n, least, most)

    def uneven(self) -> int | None:
        """Return the count to branch on: of all stations, or the one farthest from whole; None where all are whole."""
        counts = np.array([self.values[group].sum() for group in self.groups])
        away = np.abs(counts - np.round(counts))
        if away.max(initial=0.0) <= WHOLE_WITHIN:
            return None
        return len(counts) - 1 if away[-1] > WHOLE_WITHIN else int(away.argmax())

    def halves(self, limits: Counts, number: int) -> list[Counts]:
        """Return the limits with one count at most what it is now rounded down, and at least that rounded up."""
        count = float(self.values[self.groups[number]].sum())
        least, most = limits[number]
        parts = [(least, float(np.floor(count))), (float(np.ceil(count)), most)]
        return [(*limits[:number], part, *limits[number + 1 :]) for part in parts]

    # Whole stations

    def program(self, limits: Counts) -> Linear:
        """Return the program with the links of the relaxation in place of all, the rounding rows that
        are tight in it, and limits on counts.
        """
        kept = self.linear.keeping_rows(~self.implied | self.has_link)
        tight = [row for row in self.tail if isinstance(row, Row) and row.lacks(self.values, 0.0) > -SLACK_FROM]
        columns = [*(row.columns for row in tight), *self.groups]
        data = [*(row.coefficients for row in tight), *(np.ones(len(group)) for group in self.groups)]
        starts = np.cumsum([0] + [len(each) for each in columns])
        matrix = sparse.csr_array(
            (np.concatenate(data), np.concatenate(columns), starts), shape=(len(columns), self.linear.shape[1])
        )
        lower, upper = np.array(limits).T
        return replace(
            kept,
            matrix=sparse.csr_array(sparse.vstack([kept.matrix, matrix])),
            row_lower=np.concatenate([kept.row_lower, [row.lower for row in tight], lower]),
            row_upper=np.concatenate([kept.row_upper, np.full(len(tight), np.inf), upper]),
        )

    def lost(self) -> Floats:
        """Return by how much the bound rises at least if a column is 1, by column entry of the service."""
        service, linear = self.service, self.linear
        if not self.is_current:
            return np.zeros(len(service.adds_column))
        price = np.zeros(linear.shape[0])
        price[~self.implied] = self.dual[: self.first]
        price[self._capacity_rows()] = 0.0
        reduced = linear.cost - linear.matrix.T @ price
        for row, dual in zip(self.tail, self.dual[self.first :].tolist(), strict=False):
            if isinstance(row, Row) and dual != 0.0:
                reduced[row.columns] -= dual * row.coefficients
        for group, dual in zip(self.groups, self.dual[self.count_at :].tolist(), strict=False):
            reduced[group] -= dual
        gain = self._knapsacks(np.minimum(reduced[service.column], 0.0))
        return np.asarray(np.maximum(0.0, reduced[service.adds_column] + gain))

    def _knapsacks(self, cost: Floats) -> Floats:
        """Return the best that each column entry can serve at these costs of whole pairs, none above zero."""
        service = self.service
        padded = np.append(cost, 0.0)[self.pairs_at]
        kg = np.append(service.kg[service.demand], 0.0)[self.pairs_at]
        per_kg = np.divide(padded, kg, out=np.zeros_like(padded), where=kg > 0)
        order = np.argsort(per_kg, axis=1)
        per_kg, kg = np.take_along_axis(per_kg, order, axis=1), np.take_along_axis(kg, order, axis=1)
        before = np.cumsum(kg, axis=1) - kg
        at = service.adds_site
        capacity = service.standing_kg[at] + service.adds_kg
        taken = np.clip(capacity[:, None] - before[at], 0.0, kg[at])
        return np.asarray((taken * per_kg[at]).sum(axis=1))

    def _capacity_rows(self) -> Ints:
        """Return the rows Σ_i d_i x_ij ≤ capacity of j."""
        service = self.service
        touched = np.asarray(np.abs(self.linear.matrix[:, service.column]).sum(axis=1)).ravel() > 0
        touched &= ~self.implied
        touched[service.all_row[service.all_row >= 0]] = False
        touched[service.served_row] = False
        return np.flatnonzero(touched)

    # The relaxation

    def solve(self, allowance: Allowance) -> bool:
        """Solve what is there now; False where that has no point (`is_empty`) or time ends."""
        self.is_empty = False
        if allowance.is_over:
            return False
        set_option(self.highs, "time_limit", self.highs.getRunTime() + max(allowance.left_s, 0.05))
        run(self.highs)
        status = self.highs.getModelStatus()
        self.is_empty = status == highspy.HighsModelStatus.kInfeasible
        if status != highspy.HighsModelStatus.kOptimal:
            return False
        solution = self.highs.getSolution()
        self.values, self.dual = np.array(solution.col_value), np.array(solution.row_dual)
        self.bound = float(self.highs.getInfo().objective_function_value)
        self.is_current = True
        return True

    def _broken_links(self) -> Bools:
        linear = self.linear
        over = linear.matrix @ self.values > linear.row_upper + BROKEN_BY
        return np.asarray(over & self.implied & ~self.has_link)

    def _add_links(self, broken: Bools) -> None:
        part = self.linear.keeping_rows(broken)
        matrix = sparse.csr_array(part.matrix)
        starts, columns = matrix.indptr[:-1].astype(np.int32), matrix.indices.astype(np.int32)
        self.highs.addRows(matrix.shape[0], part.row_lower, part.row_upper, matrix.nnz, starts, columns, matrix.data)
        self.has_link = self.has_link | broken
        self.tail += [-1] * int(broken.sum())

    def _add(self, rows: list[Row]) -> None:
        starts = np.cumsum([0] + [len(row.columns) for row in rows])
        columns = np.concatenate([row.columns for row in rows]).astype(np.int32)
        data = np.concatenate([row.coefficients for row in rows])
        lower, upper = np.array([row.lower for row in rows]), np.full(len(rows), np.inf)
        self.highs.addRows(len(rows), lower, upper, len(data), starts[:-1].astype(np.int32), columns, data)
        self.tail += rows


def _by_site(site: Ints, sites: int) -> Ints:
    """Return the pairs of each site as a rectangle, filled up with the number after the last pair."""
    counts = np.bincount(site, minlength=sites)
    order = np.argsort(site, kind="stable")
    place = np.arange(len(order)) - np.repeat(np.cumsum(counts) - counts, counts)
    table = np.full((sites, int(counts.max(initial=1))), len(site))
    table[site[order], place] = order
    return table
