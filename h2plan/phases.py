"""What binds the years of a plan together, and what it owes to a policy: arrays by period, rules by id."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
Ints = NDArray[np.intp]


@dataclass(frozen=True, kw_only=True)
class Phasing:
    """How building goes on from period to period. Periods t stand in rising order; sites j as in the problem."""

    weight_yr: Floats
    """By period: what a yearly cost of that period counts in the first year's money, in years. The discounted years
    that the period lasts, Σ (1 + r)^-(year - first year); 1 where one year is planned."""
    budget_cny: Floats
    """By period: new capital that becomes available for it, undiscounted; inf where nothing limits it."""
    carry_over: bool = True
    """Whether what a period leaves may be spent later."""
    upgrade_premium_share: float = 0.0
    """An upgrade from k to l costs (1 + premium) (capex_l - capex_k)."""
    upgrades: bool = True
    """Whether a station may be larger in a later period."""
    closing: bool = False
    """Whether a station may be smaller or gone in a later period."""
    opens_from: Ints = field(default_factory=lambda: np.empty(0, dtype=np.intp))
    """By site: the first period in which a new station can open, for the approvals it still needs."""
    usable_share: Floats = field(default_factory=lambda: np.ones((1, 1)))
    """[t opened, t now]: share of the utilisation limit that capacity added in one period may be planned for in a
    later one (ramp and outage); rises along a row."""
    standing_share: float = 1.0
    """The same for what stands since before the plan: outage alone."""
    frozen: Mapping[tuple[int, str], str] = field(default_factory=dict)
    """(period, site id) to the size id that stands there then, '' for none: years already decided."""


@dataclass(frozen=True, kw_only=True)
class SiteRule:
    """What a policy asks of the stations at a set of sites: a district, a polygon, a host kind, an owner."""

    name: str
    """What the planner calls it; shown in reports and errors."""
    sites: frozenset[str]
    stations_min: int | None = None
    stations_max: int | None = None
    share_min: float | None = None
    """Least share of all stations, those that stand included."""
    share_max: float | None = None
    capacity_min_kg_per_d: float | None = None
    penalty_cny_per_yr: float | None = None
    """Price of each station (or whole missing target) short; None: the rule is hard."""


@dataclass(frozen=True, kw_only=True)
class ServeRule:
    """A least share of the demand of a group (a district, a corridor, an operator) that must be served."""

    name: str
    demand: frozenset[str]
    share_min: float
    total_kg_per_d: float
    """All demand of the group, out of reach included: the base of the share."""
    penalty_cny_per_kg: float | None = None
    """Price of each kilogram short; None: the rule is hard."""


@dataclass(frozen=True, kw_only=True)
class GapRule:
    """No stretch of a road longer than `gap_km` without a station: every window holds one at least."""

    name: str
    gap_km: float
    windows: tuple[frozenset[str], ...]
    """Site ids that lie in each stretch."""


@dataclass(frozen=True, kw_only=True)
class Policy:
    """What a plan owes beyond its limits in one period."""

    sites: tuple[SiteRule, ...] = ()
    serve: tuple[ServeRule, ...] = ()
    gaps: tuple[GapRule, ...] = ()
    worst_district_share: bool = False
    """Whether the share of the worst-served group of `serve` is a goal of its own."""
    loss_share_min: float | None = None
    """Share of what is served that must still be served after any one station is lost; None: only reported."""
