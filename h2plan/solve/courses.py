"""The courses of a site: which of its columns is 1 in each year, as far as its own rows allow.

A course is nothing, then a small station, then a larger one, and so on. There are few, so they are listed; sites with
the same columns and rows are of one kind and share a list.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from scipy import sparse

from h2plan.problem import Floats, Ints
from h2plan.solve.program import Bools, Linear
from h2plan.solve.service import Service

COURSES_MAX = 2000
"""A site with more courses is not taken apart."""
WITHIN = 1e-9


@dataclass(frozen=True, kw_only=True, eq=False)
class Kind:
    """Sites with the same courses."""

    sites: Ints
    columns: Ints
    """By site and place: the whole columns of the site."""
    courses: Floats
    """By course and place: 0 or 1."""
    others: Ints
    """By site and place: columns that are not whole and stand in rows of the site alone."""
    least: Floats
    most: Floats
    """By course and place of `others`: how far they can go."""


@dataclass(frozen=True, kw_only=True, eq=False)
class SiteByItself:
    """What of a program belongs to one site alone."""

    site_ids: tuple[str, ...]
    kinds: tuple[Kind, ...]
    is_own_column: Bools
    is_own_row: Bools


def taken_apart(linear: Linear, services: Sequence[Service]) -> SiteByItself | None:
    """List the courses of every site; None where a site has too many of them, or a column of its own no bounds."""
    return _Lister(linear, services).listed()


class _Lister:
    """Finds which columns and rows belong to one site alone."""

    def __init__(self, linear: Linear, services: Sequence[Service]) -> None:
        self.linear, self.rows = linear, sparse.csr_array(linear.matrix)
        self.names = sorted({name for service in services for name in service.site_ids})
        number = {name: n for n, name in enumerate(self.names)}
        self.site = np.full(linear.shape[1], -1, dtype=np.intp)
        self.is_share = np.zeros(linear.shape[1], dtype=np.bool_)
        self.whole: list[list[int]] = [[] for _ in self.names]
        self.others: list[list[int]] = [[] for _ in self.names]
        self.own_rows: list[list[int]] = [[] for _ in self.names]
        for service in services:
            self.is_share[service.column] = True
            self.is_share[service.served] = True
            for n in np.argsort(service.adds_kg, kind="stable").tolist():
                j, column = number[service.site_ids[service.adds_site[n]]], int(service.adds_column[n])
                if self.site[column] < 0:
                    self.site[column] = j
                    self.whole[j].append(column)
        self._claim()

    def _claim(self) -> None:
        """Give each row, and each column that is not whole, to the one site whose whole columns stand beside it."""
        rows, whole = self.rows, self.linear.whole
        beside: list[tuple[int, Ints, int]] = []
        touches = np.asarray(np.abs(self.rows[:, np.flatnonzero(self.is_share)]).sum(axis=1)).ravel() > 0
        for r in np.flatnonzero(~touches).tolist():
            at = rows.indices[rows.indptr[r] : rows.indptr[r + 1]].astype(np.intp)
            sites = set(self.site[at[whole[at]]].tolist())
            if len(sites) == 1 and -1 not in sites:
                beside.append((r, at, sites.pop()))
        for _, at, j in beside:
            for column in at[~whole[at]].tolist():
                if self.site[column] < 0:
                    self.site[column] = j
                    self.others[j].append(column)
        for r, at, j in beside:
            if (self.site[at] == j).all():
                self.own_rows[j].append(r)

    def listed(self) -> SiteByItself | None:
        lists: dict[bytes, tuple[Floats, Floats, Floats] | None] = {}
        members: dict[bytes, list[int]] = {}
        for j in range(len(self.names)):
            if not self.whole[j]:
                continue
            local = self._local(j)
            if local.key not in lists:
                lists[local.key] = local.courses()
            if lists[local.key] is None:
                return None
            members.setdefault(local.key, []).append(j)
        is_own_row = np.zeros(self.rows.shape[0], dtype=np.bool_)
        is_own_row[[r for rows in self.own_rows for r in rows]] = True
        kinds = [self._kind(sites, lists[key]) for key, sites in members.items()]
        return SiteByItself(
            site_ids=tuple(self.names), kinds=tuple(kinds), is_own_column=self.site >= 0, is_own_row=is_own_row
        )

    def _kind(self, sites: Sequence[int], listed: tuple[Floats, Floats, Floats] | None) -> Kind:
        assert listed is not None
        return Kind(
            sites=np.array(sites, dtype=np.intp),
            columns=np.array([self.whole[j] for j in sites], dtype=np.intp),
            courses=listed[0],
            others=np.array([self.others[j] for j in sites], dtype=np.intp).reshape(len(sites), -1),
            least=listed[1],
            most=listed[2],
        )

    def _local(self, j: int) -> _Local:
        linear, rows = self.linear, np.array(self.own_rows[j], dtype=np.intp)
        columns = np.array([*self.whole[j], *self.others[j]], dtype=np.intp)
        return _Local(
            count=len(self.whole[j]),
            matrix=np.asarray(self.rows[rows][:, columns].todense(), dtype=np.float64).reshape(-1, len(columns)),
            low=linear.row_lower[rows],
            high=linear.row_upper[rows],
            least=linear.lower[columns],
            most=linear.upper[columns],
        )


@dataclass(frozen=True, kw_only=True, eq=False)
class _Local:
    """The rows of one site over its own columns, `count` whole ones first."""

    count: int
    matrix: Floats
    low: Floats
    high: Floats
    least: Floats
    most: Floats

    @property
    def key(self) -> bytes:
        """What tells the kind of a site."""
        numbers = [np.array([self.count, len(self.least)], dtype=np.float64), self.matrix.ravel()]
        return np.concatenate([*numbers, self.low, self.high, self.least, self.most]).tobytes()

    def courses(self) -> tuple[Floats, Floats, Floats] | None:
        """List the courses by trying the columns one after the other, and how far the others can go with each."""
        if not (np.isfinite(self.least).all() and np.isfinite(self.most).all()):
            return None
        found: list[Floats] = []
        stack = [(0, self.least, self.most)]
        while stack:
            n, least, most = stack.pop()
            if not self._may_hold(least, most):
                continue
            if n == self.count:
                found.append(least[:n])
                if len(found) > COURSES_MAX:
                    return None
                continue
            for value in (1.0, 0.0):
                if least[n] <= value <= most[n]:
                    low, high = least.copy(), most.copy()
                    low[n] = high[n] = value
                    stack.append((n + 1, low, high))
        limits = [self._pushed(course) for course in found]
        shape = (len(found), len(self.least) - self.count)
        return (
            np.array(found).reshape(len(found), self.count),
            np.array([low for low, _ in limits]).reshape(shape),
            np.array([high for _, high in limits]).reshape(shape),
        )

    def _may_hold(self, least: Floats, most: Floats) -> bool:
        lowest, highest = self._reach(least, most)
        return not ((lowest.sum(axis=1) > self.high + WITHIN) | (highest.sum(axis=1) < self.low - WITHIN)).any()

    def _reach(self, least: Floats, most: Floats) -> tuple[Floats, Floats]:
        """Return the least and the most that each entry of each row can add."""
        a = self.matrix
        return np.where(a > 0, a * least, a * most), np.where(a > 0, a * most, a * least)

    def _pushed(self, course: Floats) -> tuple[Floats, Floats]:
        """Return how far the columns that are not whole can go with a course, the others going as far as they may."""
        least = np.append(course, self.least[self.count :])
        most = np.append(course, self.most[self.count :])
        a = self.matrix
        lowest, highest = self._reach(least, most)
        rest_low, rest_high = lowest.sum(axis=1)[:, None] - lowest, highest.sum(axis=1)[:, None] - highest
        with np.errstate(divide="ignore", invalid="ignore"):
            down, up = (self.low[:, None] - rest_high) / a, (self.high[:, None] - rest_low) / a
        low = np.where(a > 0, down, np.where(a < 0, up, -np.inf)).max(axis=0, initial=-np.inf)
        high = np.where(a > 0, up, np.where(a < 0, down, np.inf)).min(axis=0, initial=np.inf)
        least, most = np.maximum(least, low)[self.count :], np.minimum(most, high)[self.count :]
        return np.minimum(least, most), most
