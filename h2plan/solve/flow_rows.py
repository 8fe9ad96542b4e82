"""Rows that say how whole stations round: stations for a set of demand, less what leaks out of it.

For any set A of demand rows and any set J of sites, what is served of A elsewhere or not at all is

    t = Σ_{i in A} d_i - Σ_{i in A, j in J} d_i x_ij ≥ 0        and        Σ_{j in J} Σ_c a_c y_c + t ≥ b

with a_c = min(C_c, d(A in reach of j)), for a station serves of A no more than it holds and no more than there is
(K. Aardal, Y. Pochet, L. A. Wolsey, Capacitated facility location: valid inequalities and facets, Mathematics of
Operations Research 20, 1995); b = d(A), as no site in J has a station already. Divided by δ > 0 and rounded, with
f = b/δ - ⌊b/δ⌋, this gives

    Σ_{j in J} Σ_c F(a_c) y_c + t / (δ f) ≥ ⌈b/δ⌉,        F(a) = ⌊a/δ⌋ + min(1, (a/δ - ⌊a/δ⌋) / f)

(mixed-integer rounding: G. L. Nemhauser, L. A. Wolsey, A recursive procedure to generate all cuts for 0-1 mixed integer
programs, Mathematical Programming 46, 1990; how A, J and δ are looked for is after H. Marchand, L. A. Wolsey,
Aggregation and mixed integer rounding to solve MIPs, Operations Research 49, 2001). A site belongs in J where its
stations weigh less than what it serves of A does. Sets grow around each site that is open in part by the site that
shares most demand with them.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from scipy import sparse

from h2plan.problem import Floats, Ints
from h2plan.solve.program import Bools
from h2plan.solve.service import Service
from h2plan.solve.service_rows import Row

GROW_MAX = 10
"""Sites that join the first one of a set."""
SERVED_FROM = (0.5, 0.01)
"""Demand belongs to a set of sites when they serve this share of it."""
ROWS_MAX = 30
"""Rows of one round: the deepest ones, of sets that differ."""
ALIKE_FROM = 0.9
FRACTION_MIN = 0.02
"""A right-hand side closer than this to a whole number rounds by nothing worth having."""
ADDS_MIN_SHARE = 0.05
"""Divisors are capacities, and what open stations can add to a set unless it is less than this share of the largest."""
BROKEN_BY = 1e-3
OPEN_FROM = 1e-6


@dataclass(frozen=True, kw_only=True, eq=False)
class _Found:
    """A broken row of the set `among`; `depth` is its violation by the length of the row where the point is."""

    depth: float
    among: Bools
    sites: Bools
    divisor: float
    weight: Floats
    """F by column entry."""


class FlowRows:
    """Finds broken rows of one year in which at most one column of a site is 1."""

    def __init__(self, service: Service) -> None:
        self.service = service
        self.sites = len(service.standing_kg)
        self.shape = (self.sites, len(service.kg))
        self.member = sparse.csr_array((np.ones(len(service.site)), (service.site, service.demand)), shape=self.shape)
        self.free = (service.standing_kg == 0) & ~service.joint
        self.capacities = np.unique(service.adds_kg)

    def broken(self, values: Floats) -> list[Row]:
        """Return the deepest rows that a point breaks, of sets that differ."""
        service = self.service
        y, x = values[service.adds_column], values[service.column]
        found = [each for among in self._sets(x, y) if (each := self._deepest(among, x, y)) is not None]
        found.sort(key=lambda each: -each.depth)
        chosen: list[_Found] = []
        for each in found:
            if not any(_alike(each.among, other.among) for other in chosen):
                chosen.append(each)
            if len(chosen) == ROWS_MAX:
                break
        return [self._row(each) for each in chosen]

    def row(self, among: Bools, sites: Bools, divisor: float) -> Row | None:
        """Return the row of a set, or None where it rounds by nothing."""
        fraction = _fraction(float(self.service.kg[among].sum()) / divisor)
        if fraction is None:
            return None
        weight = self._weight(self._adds(among), divisor, fraction)
        return self._row(_Found(depth=0.0, among=among, sites=sites & self.free, divisor=divisor, weight=weight))

    def _adds(self, among: Bools) -> Floats:
        reach = self.member @ (self.service.kg * among)
        return np.asarray(np.minimum(self.service.adds_kg, reach[self.service.adds_site]))

    @staticmethod
    def _weight(adds: Floats, divisor: float, fraction: float) -> Floats:
        parts = adds / divisor
        whole = np.floor(parts + 1e-12)
        return np.asarray(whole + np.minimum(1.0, np.maximum(parts - whole, 0.0) / fraction))

    def _row(self, found: _Found) -> Row:
        service = self.service
        needed = float(service.kg[found.among].sum()) / found.divisor
        fraction = needed - np.floor(needed)
        at = found.sites[service.adds_site] & (found.weight > 0)
        pairs = found.among[service.demand] & found.sites[service.site]
        flow = service.kg[service.demand[pairs]] / (fraction * found.divisor)
        return Row(
            columns=np.concatenate([service.adds_column[at], service.column[pairs]]),
            coefficients=np.concatenate([found.weight[at], -flow]),
            lower=float(np.ceil(needed) - needed / fraction),
        )

    def _sets(self, x: Floats, y: Floats) -> Iterator[Bools]:
        """Yield all demand, and the sets that grow around each site that is open in part; none twice."""
        service = self.service
        share = sparse.csr_array((x, (service.site, service.demand)), shape=self.shape).toarray()
        there: Floats = np.bincount(service.adds_site, y, minlength=self.sites).astype(np.float64)
        opened = np.flatnonzero((there > OPEN_FROM) | (service.standing_kg > 0))
        seen: set[bytes] = set()
        for among in self._grown(share, opened, there):
            key = among.tobytes()
            if key not in seen and among.any():
                seen.add(key)
                yield among

    def _grown(self, share: Floats, opened: Ints, there: Floats) -> Iterator[Bools]:
        yield np.ones(self.shape[1], dtype=np.bool_)
        rest = share[opened]
        for n in np.flatnonzero(np.abs(there[opened] - np.round(there[opened])) > OPEN_FROM).tolist():
            inside = rest[n].copy()
            waiting = np.ones(len(opened), dtype=np.bool_)
            waiting[n] = False
            for _ in range(GROW_MAX):
                for least in SERVED_FROM:
                    yield inside >= least
                outside = self.service.kg * (inside > OPEN_FROM) * np.maximum(1.0 - inside, 0.0)
                shared = np.where(waiting, rest @ outside, 0.0)
                if shared.max(initial=0.0) <= OPEN_FROM:
                    break
                other = int(shared.argmax())
                waiting[other] = False
                inside = inside + rest[other]

    def _deepest(self, among: Bools, x: Floats, y: Floats) -> _Found | None:
        """Return the deepest row of a set over divisors, if the point breaks any."""
        service = self.service
        within = among[service.demand]
        kg = service.kg[service.demand] * within
        flow = np.bincount(service.site, kg * x, minlength=self.sites)
        total = float(service.kg[among].sum())
        unserved = max(0.0, total - float(flow.sum()))
        adds = self._adds(among)
        part = (y > OPEN_FROM) & (y < 1 - OPEN_FROM) & (adds > ADDS_MIN_SHARE * self.capacities[-1])
        best: _Found | None = None
        for divisor in np.unique(np.concatenate([self.capacities, adds[part].round(3)])).tolist():
            fraction = _fraction(total / divisor)
            if fraction is None:
                continue
            weight = self._weight(adds, divisor, fraction)
            stations = np.bincount(service.adds_site, weight * y, minlength=self.sites)
            leak = flow / (fraction * divisor)
            sites = (stations <= leak + 1e-12) & self.free
            lacks = float(np.ceil(total / divisor)) - float(np.where(sites, stations, leak).sum())
            lacks -= unserved / (fraction * divisor)
            if lacks <= BROKEN_BY:
                continue
            used = weight[sites[service.adds_site] & (y > OPEN_FROM)]
            flows = kg[sites[service.site] & (x > OPEN_FROM)] / (fraction * divisor)
            depth = lacks / float(np.sqrt((used**2).sum() + (flows**2).sum()) + 1e-9)
            if best is None or depth > best.depth:
                best = _Found(depth=depth, among=among, sites=sites, divisor=divisor, weight=weight)
        return best


def _fraction(number: float) -> float | None:
    """Return what a number is above a whole one; None where it is all but whole."""
    fraction = number - float(np.floor(number))
    return fraction if FRACTION_MIN <= fraction <= 1 - FRACTION_MIN else None


def _alike(one: Bools, other: Bools) -> bool:
    return bool((one & other).sum() > ALIKE_FROM * max(one.sum(), other.sum()))
