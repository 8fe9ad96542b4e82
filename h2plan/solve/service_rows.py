"""What stations can serve, and what the ways to them cost, as rows over stations alone.

*Capacity rows.* For any set A of demand rows, with N(j) the demand in reach of site j and C_c what column c adds there,

    served ≤ Σ_{i not in A} d_i + Σ_j Σ_c min(C_c, d(A ∩ N(j))) y_c

for a station serves of A no more than it holds and no more than there is. Where at least F must be served, A must get
d(A) - (D - F), and a coefficient above that is brought down to it. A smallest cut of the network demand → site finds A
(D. R. Fulkerson, L. R. Ford, Maximal flow through a network, Canadian Journal of Mathematics 8, 1956; the coefficients
are the effective capacities of K. Aardal, Y. Pochet, L. A. Wolsey, Capacitated facility location: valid inequalities
and facets, Mathematics of Operations Research 20, 1995).

*Way rows.* For any prices λ_i ≥ 0 of Σ_j x_ij ≤ 1 and μ of what is served, the cost θ of all ways is

    θ ≥ μ served - Σ_i λ_i + Σ_j Σ_c (G_j(standing_j + C_c) - G_j(standing_j)) y_c + Σ_j G_j(standing_j)

where G_j(C) = min Σ_i (c_ij + λ_i - μ d_i) x_i with Σ_i d_i x_i ≤ C, 0 ≤ x_i ≤ 1 is a knapsack that sorting solves;
it is convex and falls with C, so that the sum over columns stays below even where several are 1 (M. Fischetti,
I. Ljubić, M. Sinnl, Benders decomposition without separability, European Journal of Operational Research 253, 2016).
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
from scipy import sparse
from scipy.sparse.csgraph import breadth_first_order, connected_components, maximum_flow

from h2plan.problem import Floats, Ints
from h2plan.solve.program import Bools
from h2plan.solve.reduce import merge_demand
from h2plan.solve.service import Service

FLOW_UNITS = 1e8
"""Flows are counted in whole parts of all demand; the smallest cut is only where to look, its row is exact."""
FLOOR_FROM = 0.05
"""A floor that leaves less than this share of demand takes the place of what is served."""
DUST = 1e-7
"""A smaller coefficient of a station is left out."""
BROKEN_BY = 1e-6
"""A row counts as broken when a point breaks it by this share of all demand, or of the cost."""


@dataclass(frozen=True, kw_only=True, eq=False)
class Row:
    """lower ≤ Σ coefficient · column, over columns of the program; `theta` times the cost of ways is added."""

    columns: Ints
    coefficients: Floats
    lower: float
    theta: float = 0.0

    def without_dust(self) -> Row:
        """Return the row without coefficients that HiGHS would not take; each may only make the row weaker."""
        dust = np.abs(self.coefficients) < DUST
        most = float(np.maximum(self.coefficients[dust], 0.0).sum())
        return replace(
            self, columns=self.columns[~dust], coefficients=self.coefficients[~dust], lower=self.lower - most
        )

    def lacks(self, values: Floats, theta: float) -> float:
        """Return by how much a point falls short of the row."""
        return self.lower - float(self.coefficients @ values[self.columns]) - self.theta * theta


def is_tight(service: Service, served_min: float) -> bool:
    """Say whether a floor leaves hardly any demand out."""
    return served_min > (1 - FLOOR_FROM) * service.total_kg


class CapacityRows:
    """Finds broken capacity rows of one year. Demand that the same sites reach is one."""

    def __init__(self, service: Service, *, served_min: float) -> None:
        self.service = service
        self.sites = len(service.standing_kg)
        shape = (len(service.kg), self.sites)
        member = sparse.csr_array((np.ones(len(service.site)), (service.demand, service.site)), shape=shape)
        families = merge_demand(member, service.kg).families
        self.member, self.kg = families.member, families.weight
        entries = self.member.tocoo()
        self.group, self.at = entries.row.astype(np.intp), entries.col.astype(np.intp)
        self.spare_kg = max(0.0, service.total_kg - served_min)
        self.has_floor = is_tight(service, served_min)
        order = np.argsort(self.at, kind="stable")
        self.pairs_at = np.split(order, np.searchsorted(self.at[order], np.arange(1, self.sites)))

    def first(self) -> list[Row]:
        """Return rows worth having at once: of all demand, and of each group that the floor cannot do without."""
        alone = np.flatnonzero(self.kg > self.spare_kg) if self.has_floor else np.empty(0, dtype=np.intp)
        sets = [np.ones(len(self.kg), dtype=np.bool_)]
        sets += [np.arange(len(self.kg)) == g for g in alone]
        return [row for among in sets for row in self._rows(among)]

    def broken(self, values: Floats) -> list[Row]:
        """Return capacity rows that a point breaks, of smallest cuts and of their parts."""
        tolerance = BROKEN_BY * self.service.total_kg
        rows = [row for among in self._sets(values) for row in self._rows(among)]
        return [row for row in rows if row.lacks(values, 0.0) > tolerance]

    def _rows(self, among: Bools) -> list[Row]:
        """Return the rows of a set of groups: with what is served, and with the floor in its place."""
        if not among.any():
            return []
        service = self.service
        mine = among[self.group]
        kg = np.bincount(self.at[mine], weights=self.kg[self.group[mine]], minlength=self.sites)
        needed = float(self.kg[among].sum() - np.minimum(service.standing_kg, kg).sum())
        adds = np.minimum(service.adds_kg, kg[service.adds_site])
        used = adds > 0
        columns, adds = service.adds_column[used], adds[used]
        floor = needed - self.spare_kg
        if self.has_floor:  # what is served hardly moves above its floor, so that the other form says no more
            return [Row(columns=columns, coefficients=np.minimum(adds, floor) / floor, lower=1.0)] if floor > 0 else []
        everything = np.append(columns, service.served)
        return [Row(columns=everything, coefficients=np.append(adds, -1.0), lower=needed - service.total_kg)]

    def _sets(self, values: Floats) -> list[Bools]:
        """Return the sets behind the two extreme smallest cuts, whole and in connected parts."""
        sets = []
        open_sites = self.service.capacity(values) > 1e-9
        for among in self._smallest_cuts(values):
            sets.append(among)
            for sites in (open_sites, np.ones(self.sites, dtype=np.bool_)):
                sets += self._parts(among, sites)
        return sets

    def _parts(self, among: Bools, sites: Bools) -> list[Bools]:
        groups = np.flatnonzero(among)
        inner = sparse.csr_array(self.member[groups][:, np.flatnonzero(sites)])
        both = sparse.csr_array(sparse.block_array([[None, inner], [inner.T, None]])) if inner.nnz else None
        if both is None:
            return []
        count, label = connected_components(both, directed=False)
        parts = []
        for n in range(count):
            part = np.zeros(len(self.kg), dtype=np.bool_)
            part[groups[label[: len(groups)] == n]] = True
            parts.append(part)
        return parts

    def _smallest_cuts(self, values: Floats) -> tuple[Bools, Bools]:
        """Return the groups on the source's side of the first and of the last smallest cut."""
        service = self.service
        y = np.maximum(values[service.adds_column], 0.0)
        capacity = service.capacity(np.maximum(values, 0.0))
        way = np.minimum(self.kg[self.group], service.standing_kg[self.at])
        for c in np.flatnonzero(y > 1e-9):
            here = self.pairs_at[service.adds_site[c]]
            way[here] += np.minimum(self.kg[self.group[here]], service.adds_kg[c]) * y[c]
        groups = len(self.kg)
        source, sink = groups + self.sites, groups + self.sites + 1
        tail = np.concatenate([np.full(groups, source), self.group, groups + np.arange(self.sites)])
        head = np.concatenate([np.arange(groups), groups + self.at, np.full(self.sites, sink)])
        amount = np.concatenate([self.kg, way, capacity]) * (FLOW_UNITS / max(service.total_kg, 1e-9))
        shape = (sink + 1, sink + 1)
        whole = np.minimum(np.rint(amount), 2 * FLOW_UNITS).astype(np.int32)
        network = sparse.csr_matrix((whole, (tail, head)), shape=shape)
        left = network - maximum_flow(network, source, sink).flow
        left.data = np.maximum(left.data, 0)
        left.eliminate_zeros()
        first = np.zeros(sink + 1, dtype=np.bool_)
        first[breadth_first_order(left, source, return_predecessors=False)] = True
        last = np.ones(sink + 1, dtype=np.bool_)
        last[breadth_first_order(sparse.csr_matrix(left.T), sink, return_predecessors=False)] = False
        return first[:groups], last[:groups]


class WayRows:
    """Writes the way row of one year for given prices."""

    def __init__(self, service: Service, cost: Floats) -> None:
        """`cost` is what each pair costs if all of its demand is served there."""
        self.service = service
        self.free = not (cost > 0).any()
        sites = len(service.standing_kg)
        counts = np.bincount(service.site, minlength=sites)
        order = np.argsort(service.site, kind="stable")
        place = np.arange(len(order)) - np.repeat(np.cumsum(counts) - counts, counts)
        at = service.site[order]
        self.demand = np.full((sites, int(counts.max(initial=1))), len(service.kg))
        self.cost_per_kg = np.zeros(self.demand.shape)
        self.demand[at, place] = service.demand[order]
        self.cost_per_kg[at, place] = cost[order] / service.kg[service.demand[order]]
        self.kg = np.append(service.kg, 0.0)[self.demand]

    def row(self, price: Floats, served_price: float, values: Floats) -> Row:
        """Write the row of prices: λ_i by demand row for all of it, μ per kg; sharp at `values` for joint sites."""
        service = self.service
        served_price = 0.0 if abs(served_price) < DUST else served_price
        per_kg = np.append(price / service.kg, 0.0)
        worth = np.minimum(self.cost_per_kg + per_kg[self.demand] - served_price, 0.0)
        order = np.argsort(worth, axis=1)
        worth = np.take_along_axis(worth, order, axis=1)
        kg = np.take_along_axis(self.kg, order, axis=1)
        sort = _Knapsacks(worth=worth, kg=kg, before=np.cumsum(kg, axis=1) - kg)
        at, standing = service.adds_site, service.standing_kg
        least = sort.gain(np.arange(len(standing)), standing)
        adds = sort.gain(at, standing[at] + service.adds_kg) - least[at]
        if service.joint.any():  # the tangent of G_j at the capacity of the point is exact there
            capacity = service.capacity(values)
            slope = sort.slope(capacity)
            tangent = sort.gain(np.arange(len(standing)), capacity) - slope * (capacity - standing)
            least = np.where(service.joint, tangent, least)
            adds = np.where(service.joint[at], slope[at] * service.adds_kg, adds)
        used = np.abs(adds) > 0
        return Row(
            columns=np.append(service.adds_column[used], service.served),
            coefficients=np.append(-adds[used], -served_price),
            lower=float(least.sum() - price.sum()),
            theta=1.0,
        )


@dataclass(frozen=True, kw_only=True, eq=False)
class _Knapsacks:
    """One knapsack a site, its demand in rising cost per kg."""

    worth: Floats
    kg: Floats
    before: Floats

    def gain(self, sites: Ints, capacity: Floats) -> Floats:
        """Return G_j at these capacities."""
        taken = np.clip(capacity[:, None] - self.before[sites], 0.0, self.kg[sites])
        return np.asarray((taken * self.worth[sites]).sum(axis=1))

    def slope(self, capacity: Floats) -> Floats:
        """Return what one more kg would be worth at these capacities, by site."""
        full = (self.before + self.kg <= capacity[:, None]).sum(axis=1)
        rows = np.arange(len(capacity))
        last = self.worth.shape[1] - 1
        return np.asarray(np.where(full <= last, self.worth[rows, np.minimum(full, last)], 0.0))
