"""A siting goal in which ways cost nothing, made small: demand that the same sites reach is one row. All of it exact.

Shares of demand rows that reach the same sites are as good as one share of them all: what a station serves of the group
is spread over its rows in equal parts. Of two columns that cost nothing, one is left out where the other does no less
in every row, as the smaller of two sizes does where neither count nor budget tells them apart.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
from scipy import sparse

from h2plan.problem import Floats, Ints
from h2plan.solve.highs import Hooks, Outcome, SolverOptions
from h2plan.solve.program import Bools, Linear
from h2plan.solve.reduce import Reduced, merge_demand
from h2plan.solve.search import search
from h2plan.solve.service import Service

ROOT_FROM_ROWS = 20_000
"""From so many implied rows on, the relaxation is solved first."""


@dataclass(frozen=True, kw_only=True, eq=False)
class _Year:
    """One year's demand after merging: pairs of group and site, their columns in the small program."""

    service: Service
    reduced: Reduced
    group: Ints
    site: Ints
    column: Ints

    @property
    def kg(self) -> Floats:
        return self.reduced.families.weight


def costs_nothing(linear: Linear, service: Service) -> bool:
    """Say whether the shares of a year cost nothing in the goal of a program."""
    return not linear.cost[service.column].any()


def merged_search(
    linear: Linear, services: Sequence[Service], *, options: SolverOptions, hooks: Hooks, start: Floats
) -> Outcome:
    """Solve a siting program whose shares cost nothing and stand in no rows but those of `services`."""
    small, is_implied, kept, years = _merge(without_total_row(linear, services), services)
    plan = hooks.plan
    if plan is not None:
        hooks = replace(hooks, plan=lambda values: plan(_spread(linear, values, kept, years)))
    found = search(
        small,
        is_implied,
        options=options,
        hooks=hooks,
        start=_gathered(start, small.shape[1], kept, years),
        root_from_rows=ROOT_FROM_ROWS,
    )
    return found if found.values is None else replace(found, values=_spread(linear, found.values, kept, years))


def _merge(linear: Linear, services: Sequence[Service]) -> tuple[Linear, Bools, Ints, list[_Year]]:
    """Return the small program, its implied rows, the columns it keeps, and how each year's demand was merged."""
    shares = np.concatenate([service.column for service in services])
    is_share = np.zeros(linear.shape[1], dtype=np.bool_)
    is_share[shares] = True
    kept = np.flatnonzero(~is_share)
    number = np.full(linear.shape[1], -1, dtype=np.intp)
    number[kept] = np.arange(len(kept))
    years, total = [], len(kept)
    for service in services:
        years.append(_year(service, total))
        total += len(years[-1].column)
    touches = np.asarray(np.abs(linear.matrix[:, shares]).sum(axis=1)).ravel() > 0
    own = linear.keeping_rows(~touches)
    parts = [_padded(own.matrix[:, kept], total)]
    lower, upper, is_implied = [own.row_lower], [own.row_upper], [np.zeros(len(own.row_lower), dtype=np.bool_)]
    for year in years:
        rows, low, high, implied_rows = _rows(year, number, total)
        parts.append(rows)
        lower.append(low)
        upper.append(high)
        is_implied.append(implied_rows)
    flows = total - len(kept)
    small = Linear(
        cost=np.append(linear.cost[kept], np.zeros(flows)),
        offset=linear.offset,
        matrix=sparse.csr_array(sparse.vstack(parts)),
        row_lower=np.concatenate(lower),
        row_upper=np.concatenate(upper),
        lower=np.append(linear.lower[kept], np.zeros(flows)),
        upper=np.append(linear.upper[kept], np.concatenate([year.kg[year.group] for year in years])),
        whole=np.append(linear.whole[kept], np.zeros(flows, dtype=np.bool_)),
    )
    served = [int(number[service.served]) for service in services]
    small, rows_implied = _served_left_out(small, np.concatenate(is_implied), years, served)
    return outdone_left_out(small), rows_implied, kept, years


def without_total_row(linear: Linear, services: Sequence[Service]) -> Linear:
    """Leave out rows that the capacity rows of a year add up to; they only lead the search astray here."""
    matrix = sparse.csr_array(linear.matrix)
    drop = np.zeros(matrix.shape[0], dtype=np.bool_)
    for service in services:
        total = np.zeros(matrix.shape[1])
        np.add.at(total, service.adds_column, -service.adds_kg)
        total[service.served] = 1.0
        standing = float(service.standing_kg.sum())
        rows = np.flatnonzero(np.asarray(np.abs(matrix[:, [service.served]]).sum(axis=1)).ravel() == 1.0)
        for r in rows.tolist():
            row = np.asarray(matrix[[r]].todense()).ravel()
            drop[r] |= np.allclose(row, total, rtol=1e-9) and linear.row_upper[r] >= standing * (1 - 1e-9)
    return linear.keeping_rows(~drop)


def _served_left_out(
    small: Linear, implied: Bools, years: Sequence[_Year], served: Sequence[int]
) -> tuple[Linear, Bools]:
    """Let the flows themselves count what is served, where nothing else asks for it."""
    matrix = sparse.csc_array(small.matrix)
    cost, drop = small.cost.copy(), np.zeros(len(implied), dtype=np.bool_)
    for year, column in zip(years, served, strict=True):
        rows = matrix.indices[matrix.indptr[column] : matrix.indptr[column + 1]]
        if len(rows) == 1:
            cost[year.column] += cost[column]
            cost[column] = 0.0
            drop[rows] = True
    return replace(small, cost=cost).keeping_rows(~drop), implied[~drop]


def _padded(matrix: sparse.csr_array, columns: int) -> sparse.csr_array:
    blank = sparse.csr_array((matrix.shape[0], columns - matrix.shape[1]))
    return sparse.csr_array(sparse.hstack([matrix, blank]))


def _year(service: Service, first: int) -> _Year:
    shape = (len(service.kg), len(service.standing_kg))
    member = sparse.csr_array((np.ones(len(service.site)), (service.demand, service.site)), shape=shape)
    reduced = merge_demand(member, service.kg)
    entries = reduced.families.member.tocoo()
    return _Year(
        service=service,
        reduced=reduced,
        group=entries.row.astype(np.intp),
        site=entries.col.astype(np.intp),
        column=first + np.arange(entries.nnz),
    )


def _rows(year: _Year, number: Ints, total: int) -> tuple[sparse.csr_array, Floats, Floats, Bools]:
    """Return the rows of one year: Σ_j f_gj ≤ d_g; Σ_g f_gj ≤ capacity; Σ f = served; f_gj ≤ what its columns allow."""
    service, kg = year.service, year.kg
    groups, sites, pairs = len(kg), len(service.standing_kg), len(year.column)
    adds = number[service.adds_column]
    first_pair = groups + sites + 1
    tight_row, tight_column, tight = _tight(year, adds)
    row = [year.group, groups + year.site, groups + service.adds_site, np.full(pairs + 1, groups + sites)]
    row += [first_pair + np.arange(pairs), first_pair + tight_row]
    column = [year.column, year.column, adds, np.append(year.column, number[service.served])]
    column += [year.column, tight_column]
    data = [np.ones(pairs), np.ones(pairs), -service.adds_kg, np.append(np.ones(pairs), -1.0), np.ones(pairs), -tight]
    matrix = sparse.csr_array(
        (np.concatenate(data), (np.concatenate(row), np.concatenate(column))), shape=(first_pair + pairs, total)
    )
    standing = np.minimum(kg[year.group], service.standing_kg[year.site])
    upper = np.concatenate([kg, service.standing_kg, [0.0], standing])
    lower = np.full(len(upper), -np.inf)
    lower[groups + sites] = 0.0
    return matrix, lower, upper, np.arange(len(upper)) >= first_pair


def _tight(year: _Year, adds: Ints) -> tuple[Ints, Ints, Floats]:
    """Return for each pair and each column at its site what the column lets the group have at most."""
    service = year.service
    order = np.argsort(service.adds_site, kind="stable")
    counts = np.bincount(service.adds_site, minlength=len(service.standing_kg))
    starts = np.cumsum(counts) - counts
    times = counts[year.site]
    pair = np.repeat(np.arange(len(year.site)), times)
    place = np.arange(len(pair)) - np.repeat(np.cumsum(times) - times, times)
    entry = order[starts[year.site[pair]] + place]
    return pair, adds[entry], np.minimum(year.kg[year.group[pair]], service.adds_kg[entry])


def outdone_left_out(linear: Linear) -> Linear:
    """Close each whole column that costs nothing where another one like it does no less in every row."""
    matrix = sparse.csc_array(linear.matrix)
    is_packing = np.asarray(linear.matrix.min(axis=1).todense()).ravel() >= 0
    free = linear.whole & (linear.cost == 0) & (linear.lower == 0) & (linear.upper == 1)
    alike: dict[bytes, list[int]] = {}
    for c in np.flatnonzero(free).tolist():
        part = slice(matrix.indptr[c], matrix.indptr[c + 1])
        alike.setdefault(np.sort(matrix.indices[part]).tobytes(), []).append(c)
    upper = linear.upper.copy()
    for columns in alike.values():
        for c in columns:
            if any(
                _outdoes(linear, matrix, other, worse=c, is_packing=is_packing) and upper[other] > 0
                for other in columns
                if other != c
            ):
                upper[c] = 0.0
    return linear.within(upper=upper)


def _outdoes(linear: Linear, matrix: sparse.csc_array, better: int, *, worse: int, is_packing: Bools) -> bool:
    """Say whether one column may take the other's place in every row, the two never being 1 together."""
    parts = [slice(matrix.indptr[c], matrix.indptr[c + 1]) for c in (better, worse)]
    orders = [np.argsort(matrix.indices[part]) for part in parts]
    rows = matrix.indices[parts[0]][orders[0]]
    more = matrix.data[parts[0]][orders[0]] - matrix.data[parts[1]][orders[1]]
    harms = ((more > 0) & np.isfinite(linear.row_upper[rows])) | ((more < 0) & np.isfinite(linear.row_lower[rows]))
    both = matrix.data[parts[0]][orders[0]] + matrix.data[parts[1]][orders[1]]
    return bool(not harms.any() and ((both > linear.row_upper[rows]) & is_packing[rows]).any())


def _gathered(values: Floats, columns: int, kept: Ints, years: Sequence[_Year]) -> Floats:
    """Return a point of the whole program in the columns of the small one."""
    small = np.zeros(columns)
    small[: len(kept)] = values[kept]
    for year in years:
        service = year.service
        shape = (len(year.kg), len(service.standing_kg))
        amounts = values[service.column] * service.kg[service.demand]
        flow = sparse.csr_array((amounts, (year.reduced.group_of[service.demand], service.site)), shape=shape)
        small[year.column] = flow.toarray()[year.group, year.site]
    return small


def _spread(linear: Linear, small: Floats, kept: Ints, years: Sequence[_Year]) -> Floats:
    """Return a point of the small program in the columns of the whole one."""
    values = np.zeros(linear.shape[1])
    values[kept] = small[: len(kept)]
    for year in years:
        service = year.service
        share = np.zeros((len(year.kg), len(service.standing_kg)))
        share[year.group, year.site] = small[year.column] / year.kg[year.group]
        values[service.column] = share[year.reduced.group_of[service.demand], service.site]
        values[service.served] = float(small[year.column].sum())
    return np.asarray(np.clip(values, linear.lower, linear.upper))
