"""What a siting program says of service: who can be served where, at what cost, by which capacity; read from its rows.

A program splits in two: the whole columns with the rows that bind them alone, and for each year the shares x_ij of
demand i served at site j. Where the shares stand in no other rows than the four below, all that the rest of the program
needs to know of them is how much can be served and what it costs (`service_rows`).

    Σ_j x_ij ≤ 1        Σ_i d_i x_ij ≤ capacity of j        Σ_ij d_i x_ij = served        rows that are implied by these
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from scipy import sparse

from h2plan.problem import Floats, Ints
from h2plan.solve.program import Bools, Linear

WITHIN = 1e-9
Shares = Sequence[Mapping[tuple[str, str], int]]
"""For each year (demand id, site id) to the column of a share."""


@dataclass(frozen=True, kw_only=True, eq=False)
class Service:
    """One year's shares as arrays: demand rows i, sites j, pairs n; capacity as a sum over columns of the program."""

    kg: Floats
    """By demand row: d_i."""
    demand: Ints
    site: Ints
    column: Ints
    """By pair: demand row, site, column of its share."""
    all_row: Ints
    """By demand row: its row Σ_j x_ij ≤ 1; -1 where there is none."""
    served: int
    """Column of what is served in all."""
    served_row: int
    served_sign: float
    """Sign with which shares stand in the row that counts them."""
    standing_kg: Floats
    """By site: capacity that needs no column."""
    adds_site: Ints
    adds_column: Ints
    adds_kg: Floats
    """Entry by entry: a column adds so many kg/d at a site. At most one column of a site is 1, unless it is `joint`."""
    joint: Bools
    """By site: several of its columns may be 1 together."""
    site_ids: tuple[str, ...]

    @property
    def total_kg(self) -> float:
        return float(self.kg.sum())

    def capacity(self, values: Floats) -> Floats:
        """Return the capacity of each site at a point."""
        added = np.bincount(self.adds_site, self.adds_kg * values[self.adds_column], minlength=len(self.standing_kg))
        return np.asarray(self.standing_kg + added, dtype=np.float64)


def read_services(linear: Linear, implied: Bools, shares: Shares) -> tuple[Service, ...] | None:
    """Read the service of each year from (demand id, site id) to column.

    None where shares stand in other rows too, or must be whole.
    """
    if any(linear.whole[column] for columns in shares for column in columns.values()):
        return None
    reader = _Reader(linear, implied)
    found = [reader.read(columns) for columns in shares if columns]
    services = [service for service in found if service is not None]
    if not services or len(services) < len(found) or reader.leftover(shares):
        return None
    return tuple(services)


class _Reader:
    """Tells the rows of a program apart."""

    def __init__(self, linear: Linear, implied: Bools) -> None:
        self.linear = linear
        self.by_column = sparse.csc_array(linear.matrix)
        self.by_row = sparse.csr_array(linear.matrix)
        self.implied = implied
        self.known = implied.copy()
        self.exclusive = self._exclusive_rows()

    def _exclusive_rows(self) -> dict[int, int]:
        """Return for each column a row Σ ≤ 1 over whole columns that it stands in."""
        linear, rows = self.linear, self.by_row
        found: dict[int, int] = {}
        for r in np.flatnonzero((np.abs(linear.row_upper - 1.0) < WITHIN) & ~self.implied):
            part = slice(rows.indptr[r], rows.indptr[r + 1])
            if (rows.data[part] == 1.0).all() and linear.whole[rows.indices[part]].all():
                for column in rows.indices[part].tolist():
                    found.setdefault(column, int(r))
        return found

    def read(self, columns: Mapping[tuple[str, str], int]) -> Service | None:
        demand_ids, demand = np.unique([i for i, _ in columns], return_inverse=True)
        site_ids, site = np.unique([j for _, j in columns], return_inverse=True)
        column = np.array(list(columns.values()), dtype=np.intp)
        number = np.full(self.linear.shape[1], -1, dtype=np.intp)
        number[column] = np.arange(len(column))
        touched = np.unique(self.by_column[:, column].indices)
        touched = touched[~self.implied[touched]]
        counted = [r for r in touched if self.linear.row_lower[r] == self.linear.row_upper[r]]
        if len(counted) != 1:
            return None
        served_row = int(counted[0])
        count = self._count(served_row, number, demand, len(demand_ids))
        if count is None:
            return None
        served, sign, kg = count
        all_row = np.full(len(demand_ids), -1, dtype=np.intp)
        standing = np.full(len(site_ids), np.nan)
        adds: list[tuple[int, int, float]] = []
        for r in touched[touched != served_row].tolist():
            if not self._place(r, number, demand, site=site, kg=kg, all_row=all_row, standing=standing, adds=adds):
                return None
        if any(amount < 0 for _, _, amount in adds) or (all_row < 0).any() or np.isnan(standing).any():
            return None
        self.known[touched] = True
        adds_site = np.array([a[0] for a in adds], dtype=np.intp)
        adds_column = np.array([a[1] for a in adds], dtype=np.intp)
        return Service(
            kg=kg,
            demand=demand.astype(np.intp),
            site=site.astype(np.intp),
            column=column,
            all_row=all_row,
            served=served,
            served_row=served_row,
            served_sign=sign,
            standing_kg=standing,
            adds_site=adds_site,
            adds_column=adds_column,
            adds_kg=np.array([a[2] for a in adds], dtype=np.float64),
            joint=self._joint(adds_site, adds_column, len(site_ids)),
            site_ids=tuple(site_ids.tolist()),
        )

    def _count(self, row: int, number: Ints, demand: Ints, rows: int) -> tuple[int, float, Floats] | None:
        """Read served = Σ d_i x_ij: the column of what is served, the sign of the shares there, and d."""
        indices, data = self._entries(row)
        mine = number[indices] >= 0
        if (~mine).sum() != 1 or self.linear.row_upper[row] != 0 or mine.sum() != len(demand):
            return None
        scale = float(data[~mine][0])
        amounts = -data[mine] / scale
        kg = np.zeros(rows)
        kg[demand[number[indices[mine]]]] = amounts
        if (amounts <= 0).any() or not np.allclose(kg[demand[number[indices[mine]]]], amounts, rtol=1e-9):
            return None
        return int(indices[~mine][0]), -scale, kg

    def _place(
        self,
        row: int,
        number: Ints,
        demand: Ints,
        *,
        site: Ints,
        kg: Floats,
        all_row: Ints,
        standing: Floats,
        adds: list[tuple[int, int, float]],
    ) -> bool:
        """Take a row as Σ_j x_ij ≤ 1 or as the capacity of a site; say whether it is one of them."""
        indices, data = self._entries(row)
        mine = number[indices] >= 0
        pairs = number[indices[mine]]
        if self.linear.row_lower[row] > -np.inf:
            return False
        if mine.all() and (data == 1.0).all() and self.linear.row_upper[row] == 1.0:
            if len(np.unique(demand[pairs])) > 1:
                return False
            all_row[demand[pairs[0]]] = row
            return True
        if len(np.unique(site[pairs])) > 1 or not np.allclose(data[mine], kg[demand[pairs]], rtol=1e-9):
            return False
        j = int(site[pairs[0]])
        if not np.isnan(standing[j]):  # a second row of this shape is no capacity
            return False
        standing[j] = self.linear.row_upper[row]
        adds += [(j, int(c), -float(a)) for c, a in zip(indices[~mine], data[~mine], strict=True) if a != 0]
        return bool(self.linear.whole[indices[~mine]].all())

    def _entries(self, row: int) -> tuple[Ints, Floats]:
        part = slice(self.by_row.indptr[row], self.by_row.indptr[row + 1])
        return self.by_row.indices[part].astype(np.intp), self.by_row.data[part]

    def _joint(self, site: Ints, column: Ints, sites: int) -> Bools:
        """Say where several columns may be 1 together: they share no row Σ ≤ 1."""
        joint = np.zeros(sites, dtype=np.bool_)
        for j in range(sites):
            rows = {self.exclusive.get(c, -1 - c) for c in column[site == j].tolist()}
            joint[j] = len(rows) > 1
        return joint

    def leftover(self, shares: Shares) -> bool:
        """Say whether any share stands in a row that no service took."""
        columns = np.array([c for each in shares for c in each.values()], dtype=np.intp)
        return bool((~self.known[np.unique(self.by_column[:, columns].indices)]).any())
