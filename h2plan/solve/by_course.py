"""A bound from prices, site by site over all years: each site on its own takes its best course.

All rows that several sites share are priced, as are the rows Σ_j x_ij ≤ 1. What is left falls apart by site, where a
course (`courses`) is worth its own cost and, year by year, the best demand to serve within its capacity, which sorting
finds. Any prices give a bound; subgradient steps raise it (M. Held, P. Wolfe, H. P. Crowder, Validation of subgradient
optimization, Mathematical Programming 6, 1974). The best one is at least that of the linear relaxation (A. M.
Geoffrion, Lagrangean relaxation for integer programming, Mathematical Programming Study 2, 1974), at a small part of
its time.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
from scipy import sparse

from h2plan.problem import Floats, Ints
from h2plan.solve.courses import Kind, SiteByItself, taken_apart
from h2plan.solve.program import Bools, Linear
from h2plan.solve.service import Service
from h2plan.solve.service_rows import WayRows

ROUNDING = 1e-9
RAISED_BY = 1e-5
"""A bound counts as raised by this share of it."""
PATIENCE, SHRINK, BOLD_MIN = 15, 2.0, 1e-3
"""After so many steps in vain they become smaller, until they are too small."""
SMOOTH = 0.8
"""Part of the last direction in the next."""
ROW_PACE = 0.05
"""How fast prices of shared rows move beside those of demand."""
FAR = 0.05
"""Without a plan, prices aim this share above the bound."""
TRIAL_ROUNDS = 80
FIRST_PARTS = (0.0, 0.5, 0.7, 0.85, 1.0, 1.2, 1.5, 2.0)
"""First prices leave each kilogram so many times what it costs at the start, and the best of these are taken."""


@dataclass(frozen=True, kw_only=True, eq=False)
class Prices:
    """What is paid for each demand row, per kg and year by year, and for each shared row, in rising units."""

    demand: tuple[Floats, ...]
    rows: Floats


@dataclass(frozen=True, kw_only=True, eq=False)
class Raised:
    """The best bound found, and its prices in the terms of the program."""

    bound: float
    demand: tuple[Floats, ...]
    """By year and demand row: the price of all of its demand."""
    served: Floats
    """By year: what a kg that is served is worth."""


@dataclass(frozen=True, kw_only=True, eq=False)
class _Answer:
    bound: float
    share: list[Floats]
    """By year: Σ_j x_ij of each demand row."""
    lacking: Floats
    """By shared row: what its activity falls short of the side that is priced; negative where it is too much."""
    values: Floats


@dataclass(frozen=True, kw_only=True, eq=False)
class _Held:
    """The capacity of the courses of a kind in one year."""

    place: Ints
    """By site: its number in that year's service, -1 where it has none."""
    capacity: Floats
    """By site and different capacity."""
    of_course: Ints
    """By course: which of these it has."""


class ByCourse:
    """A program as sites that choose their courses under prices."""

    def __init__(self, linear: Linear, implied: Bools, services: Sequence[Service], apart: SiteByItself) -> None:
        self.linear, self.services, self.kinds = linear, services, apart.kinds
        self.ways = [WayRows(service, linear.cost[service.column]) for service in services]
        is_share = np.zeros(linear.shape[1], dtype=np.bool_)
        is_share[np.concatenate([service.column for service in services])] = True
        touches = np.asarray(np.abs(linear.matrix[:, np.flatnonzero(is_share)]).sum(axis=1)).ravel() > 0
        self._read_rows(~(touches | apart.is_own_row | implied))
        is_share[[service.served for service in services]] = True
        self.rest = np.flatnonzero(~is_share & ~apart.is_own_column)
        number = {name: n for n, name in enumerate(apart.site_ids)}
        place = [_placed(service, number) for service in services]
        self.held = [
            [_held(kind, service, at) for service, at in zip(services, place, strict=True)] for kind in self.kinds
        ]
        owned = np.zeros(len(number), dtype=np.bool_)
        for kind in self.kinds:
            owned[kind.sites] = True
        self.fixed = [at[~owned & (at >= 0)] for at in place]
        self.pace = self._paces(len(number))

    def _read_rows(self, shared: Bools) -> None:
        """Take the rows that are priced, and limits on what is served as rows."""
        linear = self.linear
        bound = [s.served for s in self.services if linear.upper[s.served] < s.total_kg or linear.lower[s.served] > 0]
        limits = sparse.csr_array(
            (np.ones(len(bound)), (np.arange(len(bound)), bound)), shape=(len(bound), linear.shape[1])
        )
        self.rows = sparse.csr_array(sparse.vstack([linear.matrix[np.flatnonzero(shared)], limits]))
        self.columns = sparse.csr_array(self.rows.T)
        self.row_lower = np.append(linear.row_lower[shared], linear.lower[bound])
        self.row_upper = np.append(linear.row_upper[shared], linear.upper[bound])

    def _paces(self, sites: int) -> Floats:
        """Return how fast the price of each shared row moves: slower, the larger its numbers are."""
        largest = np.asarray(np.abs(self.rows).max(axis=1).todense()).ravel() if self.rows.shape[0] else np.zeros(0)
        side = np.where(np.isfinite(self.row_upper), np.abs(self.row_upper), np.abs(self.row_lower))
        size = np.maximum(np.maximum(np.where(np.isfinite(side), side, 0.0), largest), 1e-9)
        total = sum(service.total_kg for service in self.services)
        return np.asarray(ROW_PACE * total / (np.maximum(size, sites / 4) * size))

    @property
    def is_bounded(self) -> bool:
        """Whether every column that belongs to no site has bounds, without which prices may say nothing."""
        linear = self.linear
        return bool(np.isfinite(linear.lower[self.rest]).all() and np.isfinite(linear.upper[self.rest]).all())

    def answer(self, prices: Prices) -> _Answer:
        """Return the best answer of all sites to given prices; its value is a bound."""
        linear = self.linear
        reduced = linear.cost - self.columns @ prices.rows
        side = np.where(prices.rows > 0, self.row_lower, self.row_upper)
        bound = linear.offset + float(prices.rows @ np.where(prices.rows == 0, 0.0, side))
        values = np.zeros(linear.shape[1])
        values[self.rest] = np.where(reduced[self.rest] >= 0, linear.lower[self.rest], linear.upper[self.rest])
        bound += float(reduced[self.rest] @ values[self.rest])
        sorts = [
            _Sorted(way, service, price, float(reduced[service.served]))
            for way, service, price in zip(self.ways, self.services, prices.demand, strict=True)
        ]
        capacity = [np.zeros(len(service.standing_kg)) for service in self.services]
        for kind, held in zip(self.kinds, self.held, strict=True):
            bound += _choose(kind, held, reduced, sorts, values=values, capacity=capacity)
        share = []
        for t, (service, sort) in enumerate(zip(self.services, sorts, strict=True)):
            alone = self.fixed[t]
            capacity[t][alone] = service.standing_kg[alone]
            taken = sort.taken(capacity[t])
            bound += float((taken[alone] * sort.worth[alone]).sum()) - float(prices.demand[t] @ service.kg)
            values[service.served] = float(taken.sum())
            share.append(sort.share(taken))
        return _Answer(bound=bound, share=share, lacking=self._lacking(prices.rows, self.rows @ values), values=values)

    def _lacking(self, price: Floats, activity: Floats) -> Floats:
        broken = np.maximum(self.row_lower - activity, 0.0) + np.minimum(self.row_upper - activity, 0.0)
        side = np.where(price > 0, self.row_lower, self.row_upper)
        return np.asarray(np.where(price == 0, broken, np.where(np.isfinite(side), side, 0.0) - activity))

    def first(self, start: Floats | None) -> tuple[Prices, Prices]:
        """Return prices that leave each kilogram about what it costs in a plan, the best of a few; and none at all."""
        linear, rows = self.linear, np.zeros(self.rows.shape[0])
        worth = np.array([-linear.cost[service.served] for service in self.services])
        spent = 0.0
        if start is not None:
            served = np.array([start[service.served] for service in self.services])
            spent = float(linear.cost[linear.whole] @ start[linear.whole]) / max(1e-9, float(worth @ served))
        found = []
        for part in FIRST_PARTS:
            demand = []
            for t, (service, way) in enumerate(zip(self.services, self.ways, strict=True)):
                nearest = np.full(len(service.kg) + 1, np.inf)
                np.minimum.at(nearest, way.demand, way.cost_per_kg)
                demand.append(np.maximum(0.0, worth[t] - part * (nearest[:-1] + spent * worth[t])))
            found.append(Prices(demand=tuple(demand), rows=rows))
        nothing = Prices(demand=tuple(np.zeros(len(service.kg)) for service in self.services), rows=rows)
        return max(found, key=lambda prices: self.answer(prices).bound), nothing

    def raised(self, *, start: Floats | None, upper: float, rounds: int, is_over: Callable[[float], bool]) -> Raised:
        """Raise the bound towards `upper`, the objective of a known plan, until `is_over` says so of it."""
        tried = [
            self._climb(prices, upper=upper, rounds=min(rounds, TRIAL_ROUNDS), is_over=is_over)
            for prices in self.first(start)
        ]
        best, kept = max(tried, key=lambda pair: pair[0])
        if not is_over(best):
            best, kept = self._climb(kept, upper=upper, rounds=rounds, is_over=is_over)
        reduced = self.linear.cost - self.columns @ kept.rows
        return Raised(
            bound=best - ROUNDING * max(1.0, abs(best)),
            demand=tuple(price * s.kg for price, s in zip(kept.demand, self.services, strict=True)),
            served=-reduced[[service.served for service in self.services]],
        )

    def _climb(
        self, here: Prices, *, upper: float, rounds: int, is_over: Callable[[float], bool]
    ) -> tuple[float, Prices]:
        kept, best, bold, since = here, -np.inf, 1.0, 0
        ahead = self._still()
        for _ in range(rounds):
            found = self.answer(here)
            if not np.isfinite(best) or found.bound > best + RAISED_BY * abs(best):
                best, kept, since = found.bound, here, 0
            else:
                since += 1
            if is_over(best):
                break
            if since >= PATIENCE:
                bold, since, here, ahead = bold / SHRINK, 0, kept, self._still()
                if bold < BOLD_MIN:
                    break
                continue
            ahead = self._deflected(found, ahead)
            aim = upper if np.isfinite(upper) else best + FAR * abs(best)
            here = self._stepped(here, ahead, bold * max(aim - found.bound, RAISED_BY * max(1.0, abs(found.bound))))
        return best, kept

    def _still(self) -> tuple[list[Floats], Floats]:
        return [np.zeros(len(service.kg)) for service in self.services], np.zeros(self.rows.shape[0])

    def _deflected(self, found: _Answer, before: tuple[list[Floats], Floats]) -> tuple[list[Floats], Floats]:
        """Return what the priced rows lack, smoothed over the last steps."""
        shares = [share - 1.0 + SMOOTH * last for share, last in zip(found.share, before[0], strict=True)]
        return shares, found.lacking + SMOOTH * before[1]

    def _stepped(self, here: Prices, ahead: tuple[list[Floats], Floats], length: float) -> Prices:
        """Move the prices, each at its own pace (a Polyak step), and keep their signs."""
        squares = [float(service.kg @ d**2) for service, d in zip(self.services, ahead[0], strict=True)]
        norm = sum(squares) + float(self.pace @ ahead[1] ** 2)
        if norm <= 0:
            return here
        step = length / norm
        rows = here.rows + step * self.pace * ahead[1]
        rows = np.where(np.isfinite(self.row_lower), rows, np.minimum(rows, 0.0))
        rows = np.where(np.isfinite(self.row_upper), rows, np.maximum(rows, 0.0))
        demand = tuple(np.maximum(0.0, price + step * d) for price, d in zip(here.demand, ahead[0], strict=True))
        return Prices(demand=demand, rows=rows)


def by_course(linear: Linear, implied: Bools, services: Sequence[Service]) -> ByCourse | None:
    """Take a program apart; None where its sites have too many courses or a column has no bounds."""
    apart = taken_apart(linear, services)
    if apart is None:
        return None
    found = ByCourse(linear, implied, services, apart)
    return found if found.is_bounded else None


def _placed(service: Service, number: dict[str, int]) -> Ints:
    place = np.full(len(number), -1, dtype=np.intp)
    place[[number[name] for name in service.site_ids]] = np.arange(len(service.site_ids))
    return place


def _held(kind: Kind, service: Service, place: Ints) -> _Held:
    """Return the capacity that the courses of a kind have in one year."""
    adds = np.zeros(int(max(kind.columns.max(initial=0), service.adds_column.max(initial=0))) + 1)
    adds[service.adds_column] = service.adds_kg
    kg = adds[kind.columns]
    used = (kg != 0).any(axis=0)
    different, of_course = np.unique(kind.courses[:, used], axis=0, return_inverse=True)
    at = place[kind.sites]
    standing = np.where(at >= 0, service.standing_kg[np.maximum(at, 0)], 0.0)
    capacity = np.where(at[:, None] >= 0, standing[:, None] + kg[:, used] @ different.T, 0.0)
    return _Held(place=at, capacity=capacity, of_course=of_course.ravel())


class _Sorted:
    """One year's demand at each site in rising cost per kg under prices; what costs more than nothing is left."""

    def __init__(self, way: WayRows, service: Service, price: Floats, served: float) -> None:
        worth = np.minimum(way.cost_per_kg + np.append(price, 0.0)[way.demand] + served, 0.0)
        order = np.argsort(worth, axis=1)
        self.service = service
        self.worth = np.take_along_axis(worth, order, axis=1)
        self.kg = np.where(self.worth < 0, np.take_along_axis(way.kg, order, axis=1), 0.0)
        self.before = np.cumsum(self.kg, axis=1) - self.kg
        self.demand = np.take_along_axis(way.demand, order, axis=1)

    def gain(self, place: Ints, capacity: Floats) -> Floats:
        """Return by site and capacity what the best demand within it is worth, ≤ 0; 0 where a site has no place."""
        at = np.maximum(place, 0)
        worth, kg, before = self.worth[at], self.kg[at], self.before[at]
        columns = [(np.clip(capacity[:, [u]] - before, 0.0, kg) * worth).sum(axis=1) for u in range(capacity.shape[1])]
        return np.asarray(np.where(place[:, None] >= 0, np.array(columns).T, 0.0))

    def taken(self, capacity: Floats) -> Floats:
        """Return the kg taken at each site, place by place."""
        return np.asarray(np.clip(capacity[:, None] - self.before, 0.0, self.kg))

    def share(self, taken: Floats) -> Floats:
        kg = self.service.kg
        return np.asarray(np.bincount(self.demand.ravel(), weights=taken.ravel(), minlength=len(kg) + 1)[:-1] / kg)


def _choose(
    kind: Kind,
    held: Sequence[_Held],
    reduced: Floats,
    sorts: Sequence[_Sorted],
    *,
    values: Floats,
    capacity: Sequence[Floats],
) -> float:
    """Take the best course of each site of a kind: write it into `values` and `capacity`, return what all are worth."""
    value = reduced[kind.columns] @ kind.courses.T
    others = reduced[kind.others]
    value = value + np.maximum(others, 0.0) @ kind.least.T + np.minimum(others, 0.0) @ kind.most.T
    for year, sort in zip(held, sorts, strict=True):
        value = value + sort.gain(year.place, year.capacity)[:, year.of_course]
    best = value.argmin(axis=1)
    rows = np.arange(len(best))
    values[kind.columns] = kind.courses[best]
    values[kind.others] = np.where(others >= 0, kind.least[best], kind.most[best])
    for year, kg in zip(held, capacity, strict=True):
        stands = year.place >= 0
        kg[year.place[stands]] = year.capacity[rows, year.of_course[best]][stands]
    return float(value[rows, best].sum())
