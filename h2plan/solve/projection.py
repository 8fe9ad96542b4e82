"""The small program of a search over stations: all columns but the shares, and one for the ways of each year."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np
from scipy import sparse

from h2plan.problem import Floats
from h2plan.solve.program import Bools, Linear
from h2plan.solve.service import Service
from h2plan.solve.service_rows import CapacityRows, Row, WayRows


class Projection:
    """The small program: all columns but the shares, and one for the cost of ways of each year that has one."""

    def __init__(self, linear: Linear, services: Sequence[Service]) -> None:
        shares = np.zeros(linear.shape[1], dtype=np.bool_)
        shares[np.concatenate([service.column for service in services])] = True
        self.linear = linear
        self.columns = np.flatnonzero(~shares)
        self.number = np.full(linear.shape[1], -1, dtype=np.intp)
        self.number[self.columns] = np.arange(len(self.columns))
        self.ways = [WayRows(service, linear.cost[service.column]) for service in services]
        self.capacities = [
            CapacityRows(service, served_min=least(linear, service.served, ~shares)) for service in services
        ]
        self.thetas = np.cumsum([0] + [int(not way.free) for way in self.ways])[:-1] + len(self.columns)
        count = sum(not way.free for way in self.ways)
        touches = np.asarray(np.abs(linear.matrix[:, np.flatnonzero(shares)]).sum(axis=1)).ravel() > 0
        own = linear.keeping_rows(~touches)
        matrix = sparse.csr_array(own.matrix[:, self.columns])
        free = np.zeros(count)
        self.base = Linear(
            cost=np.append(linear.cost[self.columns], free + 1.0),
            offset=linear.offset,
            matrix=sparse.csr_array(sparse.hstack([matrix, sparse.csr_array((matrix.shape[0], count))])),
            row_lower=own.row_lower,
            row_upper=own.row_upper,
            lower=np.append(linear.lower[self.columns], free),
            upper=np.append(linear.upper[self.columns], free + np.inf),
            whole=np.append(linear.whole[self.columns], free > 0),
        )

    def program(self, rows: Sequence[tuple[int, Row]]) -> Linear:
        """Return the small program with rows, each of one year."""
        base = self.base
        rows = [(t, row.without_dust()) for t, row in rows]
        at = [
            np.append(self.number[row.columns], self.thetas[t]) if row.theta else self.number[row.columns]
            for t, row in rows
        ]
        data = [np.append(row.coefficients, row.theta) if row.theta else row.coefficients for _, row in rows]
        starts = np.cumsum([0] + [len(part) for part in at])
        added = sparse.csr_array(
            (np.concatenate([*data, []]), np.concatenate([*at, []]).astype(np.intp), starts),
            shape=(len(rows), base.shape[1]),
        )
        return replace(
            base,
            matrix=sparse.csr_array(sparse.vstack([base.matrix, added])),
            row_lower=np.append(base.row_lower, [row.lower for _, row in rows]),
            row_upper=np.append(base.row_upper, np.full(len(rows), np.inf)),
        )

    def spread(self, small: Floats) -> Floats:
        """Return a point of the small program in all columns; its shares are zero."""
        values = np.zeros(self.linear.shape[1])
        values[self.columns] = small[: len(self.columns)]
        return values

    def theta(self, small: Floats, t: int) -> float:
        return 0.0 if self.ways[t].free else float(small[self.thetas[t]])

    def gathered(self, values: Floats) -> Floats:
        """Return a point of the whole program in the columns of the small one."""
        small = np.zeros(self.base.shape[1])
        small[: len(self.columns)] = values[self.columns]
        for t, way in enumerate(self.ways):
            if not way.free:
                column = way.service.column
                small[self.thetas[t]] = float(self.linear.cost[column] @ values[column])
        return small


def least(linear: Linear, column: int, others: Bools) -> float:
    """Return what the rows say a column is at least, the other columns being as far as their bounds let them."""
    found = float(linear.lower[column])
    entries = sparse.csc_array(linear.matrix[:, [column]])
    rows = linear.matrix
    for r, a in zip(entries.indices.tolist(), entries.data.tolist(), strict=True):
        part = slice(rows.indptr[r], rows.indptr[r + 1])
        at, data = rows.indices[part], rows.data[part]
        if not others[at].all():
            continue
        rest = at != column
        low, high = linear.lower[at[rest]], linear.upper[at[rest]]
        side = linear.row_lower[r] if a > 0 else linear.row_upper[r]
        far = np.where((data[rest] > 0) == (a > 0), high, low)
        if np.isfinite(side) and np.isfinite(far).all():
            found = max(found, float((side - data[rest] @ far) / a))
    return found
