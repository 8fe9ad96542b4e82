"""A bound from Lagrange multipliers: each site on its own chooses its best size, prices hold the whole together.

The rows Σ_j x_ij ≤ 1, the floor on what is served and the budget are priced; what is left falls apart by site, where
the best size and the best demand to serve follow by sorting. Any prices give a bound; subgradient steps raise it. It is
at least the bound of the linear relaxation, at a hundredth of its time (G. Cornuéjols, R. Sridharan, J. M. Thizy,
European Journal of Operational Research 50, 1991; M. Held, P. Wolfe, H. P. Crowder, Mathematical Programming 6, 1974).
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from h2plan.problem import Floats, Ints
from h2plan.solve.program import Bools


@dataclass(frozen=True, kw_only=True)
class Siting:
    """A capacitated siting problem as arrays: sites j x sizes k, pairs n. Costs in any one unit."""

    demand_kg: Floats
    pair_demand: Ints
    pair_site: Ints
    pair_cost_per_kg: Floats
    capacity_kg: Floats
    """By site and size; 0 where the size may not stand. A station that stands is a size of its own at no cost."""
    cost: Floats
    """By site and size."""
    capex: Floats
    """By site and size."""
    forced: Bools
    """Sites that are open in every plan."""
    standing: Bools
    """Sites that count in no limit."""
    price_per_kg: float
    """What a served kg is worth."""
    new_max: int
    new_min: int
    budget: float
    """inf where there is none."""
    floor_kg: float


@dataclass(frozen=True, kw_only=True)
class Prices:
    """Multipliers: of each demand row per kg, of the floor per kg, of the budget per unit of money."""

    demand: Floats
    floor: float
    budget: float


@dataclass(frozen=True, kw_only=True)
class _Point:
    """The best answer of all sites to given prices."""

    bound: float
    size: NDArray[np.intp]
    """Chosen size of each site, -1 where none."""
    excess: Floats
    """By site and size: what the bound becomes at least if this one must be open."""
    share: Floats
    """Σ_j x_ij of each demand row."""
    served_kg: float
    spent: float


class _Layout:
    """Pairs laid out by site in a rectangle, padded with empty demand, so that one sort serves all sites."""

    def __init__(self, siting: Siting) -> None:
        sites = siting.capacity_kg.shape[0]
        counts = np.bincount(siting.pair_site, minlength=sites)
        width = int(counts.max(initial=1))
        order = np.argsort(siting.pair_site, kind="stable")
        column = np.arange(len(order)) - np.repeat(np.cumsum(counts) - counts, counts)
        row = siting.pair_site[order]
        self.demand = np.full((sites, width), len(siting.demand_kg))
        self.cost = np.zeros((sites, width))
        self.demand[row, column] = siting.pair_demand[order]
        self.cost[row, column] = siting.pair_cost_per_kg[order]
        self.kg = np.append(siting.demand_kg, 0.0)[self.demand]
        self.rows = np.arange(sites)


def _answer(siting: Siting, layout: _Layout, prices: Prices) -> _Point:
    worth = siting.price_per_kg + prices.floor
    per_kg = layout.cost + np.append(prices.demand, 0.0)[layout.demand] - worth
    order = np.argsort(per_kg, axis=1)
    rows = layout.rows[:, None]
    sorted_cost, kg = np.minimum(per_kg[rows, order], 0.0), layout.kg[rows, order]
    before = np.cumsum(kg, axis=1) - kg
    fixed = siting.cost + prices.budget * siting.capex
    value = np.full(siting.capacity_kg.shape, np.inf)
    for k in range(siting.capacity_kg.shape[1]):
        capacity = siting.capacity_kg[:, k]
        taken = np.clip(capacity[:, None] - before, 0.0, kg)
        value[:, k] = np.where(capacity > 0, fixed[:, k] + (taken * sorted_cost).sum(axis=1), np.inf)
    size = value.argmin(axis=1)
    best = value[layout.rows, size]
    opened = _chosen(siting, best)
    capacity = np.where(opened, siting.capacity_kg[layout.rows, size], 0.0)
    taken = np.where(sorted_cost < 0, np.clip(capacity[:, None] - before, 0.0, kg), 0.0)
    share = np.bincount(
        layout.demand[rows, order].ravel(),
        weights=np.divide(taken, kg, out=np.zeros_like(taken), where=kg > 0).ravel(),
        minlength=len(siting.demand_kg) + 1,
    )[:-1].astype(np.float64)
    spent = float(siting.capex[layout.rows, size][opened].sum())
    budget = prices.budget * siting.budget if prices.budget > 0 else 0.0
    bound = (
        float(best[opened].sum()) - float(prices.demand @ siting.demand_kg) + prices.floor * siting.floor_kg - budget
    )
    excess = bound + _detour(siting, value, best, opened)
    return _Point(
        excess=excess,
        bound=bound,
        size=np.where(opened, size, -1),
        share=share,
        served_kg=float(taken.sum()),
        spent=spent,
    )


def _chosen(siting: Siting, value: Floats) -> Bools:
    """Open what is forced, then what pays most, within the limits on the number of new stations."""
    opened = siting.forced | (siting.standing & np.isfinite(value))
    free = np.flatnonzero(~opened & np.isfinite(value))
    free = free[np.argsort(value[free], kind="stable")]
    new = int((opened & ~siting.standing).sum())
    paying = int((value[free] < 0).sum())
    take = min(max(paying, siting.new_min - new), max(0, siting.new_max - new), len(free))
    opened[free[:take]] = True
    return opened


def _detour(siting: Siting, value: Floats, best: Floats, opened: Bools) -> Floats:
    """Return what it costs, at these prices, to insist on each size at each site."""
    chosen = opened & ~siting.standing & ~siting.forced
    is_full = int((opened & ~siting.standing).sum()) >= siting.new_max
    room = float(best[chosen].max(initial=-np.inf)) if is_full else 0.0
    instead = np.where(opened, best, room)
    return np.where(np.isfinite(value), value - instead[:, None], np.inf)


@dataclass(frozen=True, kw_only=True)
class Relaxation:
    """The best bound found, and how often each site and size was chosen near it."""

    bound: float
    weight: Floats
    """By site and size, 0-1: an average over the steps (F. Barahona, R. Anbil, Mathematical Programming 87, 2000)."""
    excess: Floats
    """By site and size: no plan with it costs less than this."""
    prices: Prices


def relax(siting: Siting, *, upper: float, slack: float, rounds: int, start: Prices | None = None) -> Relaxation:
    """Raise the bound by subgradient steps until it is within `slack` of `upper`, the objective of a known plan."""
    layout = _Layout(siting)
    rows = len(siting.demand_kg)
    first = [start] if start is not None else _first_prices(siting)
    best, here = max(((_answer(siting, layout, prices), prices) for prices in first), key=lambda pair: pair[0].bound)
    kept, bold, since = here, 1.0, 0
    excess = best.excess
    weight = _picked(best, siting)
    direction: tuple[Floats, float, float] = (np.zeros(rows), 0.0, 0.0)
    for _ in range(rounds):
        if upper - best.bound <= slack:
            break
        point = _answer(siting, layout, here)
        excess = np.maximum(excess, point.excess)
        weight = 0.95 * weight + 0.05 * _picked(point, siting)
        if point.bound > best.bound + 1e-7 * abs(best.bound):
            best, kept, since = point, here, 0
        else:
            since += 1
        if since >= 15:
            bold, since, here = bold / 1.5, 0, kept
            direction = (np.zeros(rows), 0.0, 0.0)
            if bold < 1e-3:
                break
            continue
        direction = _deflected(siting, point, direction)
        here = _stepped(siting, here, direction, bold * max(upper - point.bound, 1e-9 * abs(upper)))
    return Relaxation(bound=best.bound, weight=weight, excess=excess, prices=kept)


def _picked(point: _Point, siting: Siting) -> Floats:
    picked = np.zeros(siting.capacity_kg.shape)
    opened = np.flatnonzero(point.size >= 0)
    picked[opened, point.size[opened]] = 1.0
    return picked


def _first_prices(siting: Siting) -> list[Prices]:
    """Return prices that leave each kilogram none or some of what its cheapest station and way cost."""
    with np.errstate(divide="ignore", invalid="ignore"):
        station = np.where(siting.capacity_kg > 0, siting.cost / siting.capacity_kg, np.inf).min(axis=1)
    way = np.full(len(siting.demand_kg), np.inf)
    np.minimum.at(way, siting.pair_demand, siting.pair_cost_per_kg + station[siting.pair_site])
    way = np.where(np.isfinite(way), way, siting.price_per_kg)
    floor = max(0.0, float(way.max(initial=0.0)) - siting.price_per_kg) if siting.floor_kg > 0 else 0.0
    worth = siting.price_per_kg + floor
    return [
        Prices(demand=np.maximum(0.0, worth - part * way), floor=floor, budget=0.0) for part in (0.0, 1.0, 1.3, 2.0)
    ]


def _deflected(siting: Siting, point: _Point, before: tuple[Floats, float, float]) -> tuple[Floats, float, float]:
    """Return the violation of the priced rows, smoothed over the last steps."""
    now = (point.share - 1.0, siting.floor_kg - point.served_kg, point.spent - siting.budget)
    now = (now[0], now[1] / max(1.0, float(siting.demand_kg.sum())), now[2])
    spent = 0.0 if np.isinf(siting.budget) else now[2] / (siting.budget or 1.0)
    return (now[0] + 0.3 * before[0], now[1] + 0.3 * before[1], spent + 0.3 * before[2])


def _stepped(siting: Siting, here: Prices, direction: tuple[Floats, float, float], length: float) -> Prices:
    """Move the prices along the violation, each scaled to its own unit (a Polyak step)."""
    total = max(1.0, float(siting.demand_kg.sum()))
    budget = siting.budget if np.isfinite(siting.budget) and siting.budget > 0 else 1.0
    has_floor = siting.floor_kg > 0
    norm = (
        float(siting.demand_kg @ direction[0] ** 2) + total * direction[1] ** 2 * has_floor + budget * direction[2] ** 2
    )
    if norm <= 0:
        return here
    step = length / norm
    return replace(
        here,
        demand=np.maximum(0.0, here.demand + step * direction[0]),
        floor=max(0.0, here.floor + step * direction[1]) if has_floor else 0.0,
        budget=max(0.0, here.budget + step * direction[2]) if np.isfinite(siting.budget) else 0.0,
    )
