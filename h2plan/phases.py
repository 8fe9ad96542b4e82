"""What binds the years of a plan together, and what it owes to a policy: arrays by period, rules by id."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import pairwise

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
    fitted: Mapping[tuple[int, str], bool] = field(default_factory=dict)
    """(period, site id) to whether a new station there fills at 70 MPa then: years already decided."""

    def steps(self, t: int) -> Floats:
        """Return s_τt - s_τ+1,t for τ = 0 … t: what of the capacity that stands in τ may be planned for in t.

        Capacity added in τ counts s_τt of itself, so that Σ_τ s_τt (C_τ - C_τ-1) is Σ_τ (s_τt - s_τ+1,t) C_τ.
        """
        share = np.append(self.usable_share[: t + 1, t], 0.0)
        steps: Floats = share[:-1] - share[1:]
        return steps


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
    """Price of each station that is missing or too many, or of the whole capacity asked for; None: no price."""
    binding: bool = True
    """Whether a plan must meet the rule or pay its price; otherwise the plan only says whether it does."""
    stands_elsewhere: int = 0
    """Stations of this set that stand at no known position: they count."""

    @property
    def is_hard(self) -> bool:
        return self.binding and self.penalty_cny_per_yr is None


@dataclass(frozen=True, kw_only=True)
class ServeRule:
    """A least share of the demand of a group (a district, a corridor, an operator) that must be served."""

    name: str
    demand: frozenset[str]
    share_min: float
    total_kg_per_d: float
    """All demand of the group, out of reach included: the base of the share."""
    penalty_cny_per_kg: float | None = None
    """Price of each kilogram short; None: no price."""
    binding: bool = True
    """As for stations."""

    @property
    def is_hard(self) -> bool:
        return self.binding and self.penalty_cny_per_kg is None


@dataclass(frozen=True, kw_only=True)
class Stretch:
    """An unbroken piece of a road and the sites along it."""

    length_km: float
    at_km: Mapping[str, float]
    """Site id to its km from the beginning of the piece."""
    ring: bool = False
    """Whether its end is its beginning."""


@dataclass(frozen=True, kw_only=True)
class Window:
    """A part of a road that is as long as a gap may be."""

    from_km: float
    to_km: float
    sites: frozenset[str]


@dataclass(frozen=True, kw_only=True)
class GapRule:
    """No part of a road longer than `gap_km` without a station; the ends of the road count as ends of a gap."""

    name: str
    gap_km: float
    stretches: tuple[Stretch, ...]
    station_min_kg_per_d: float = 0.0
    """Smaller stations do not count."""
    penalty_cny_per_yr: float | None = None
    """Price of each window without a station; None: no price."""
    binding: bool = True
    """As for stations."""

    @property
    def is_hard(self) -> bool:
        return self.binding and self.penalty_cny_per_yr is None

    @property
    def windows(self) -> tuple[Window, ...]:
        """Return the parts of which each must hold a station, so that no gap is longer than allowed.

        A gap begins at the end of the road or at a station. From each such place s, if the road goes on for more than
        the gap, the part (s, s + gap] must hold a station; a part that holds all sites of another says nothing new.
        """
        return tuple(window for stretch in self.stretches for window in _least(_windows(stretch, self.gap_km)))

    def largest_gap_km(self, stations: Collection[str]) -> float:
        """Return the longest part of the road without one of these stations; 0 for a road of no length."""
        return max((_largest_gap_km(stretch, stations) for stretch in self.stretches), default=0.0)


KM = 1e-9
"""Sums of the same km in another order differ by less."""


def _windows(stretch: Stretch, gap_km: float) -> list[Window]:
    if stretch.length_km <= gap_km + KM:
        return []
    at = sorted((km, site) for site, km in stretch.at_km.items())
    if stretch.ring:
        starts = sorted({km for km, _ in at}) or [0.0]
        at = [*at, *((km + stretch.length_km, site) for km, site in at)]
        end = np.inf
    else:
        starts, end = sorted({0.0, *(km for km, _ in at)}), stretch.length_km
    return [
        Window(
            from_km=start,
            to_km=start + gap_km,
            sites=frozenset(site for km, site in at if _after(km, start, first=n == 0) and km <= start + gap_km + KM),
        )
        for n, start in enumerate(starts)
        if end - start > gap_km + KM
    ]


def _after(km: float, start: float, *, first: bool) -> bool:
    """Say whether a site lies in a part that begins at `start`: the beginning of the road itself counts."""
    return km > start + KM or (first and start == 0.0 and km <= KM)


def _least(windows: Sequence[Window]) -> list[Window]:
    """Leave out each part that holds all sites of another one; of equal ones the first stays."""
    return [
        window
        for n, window in enumerate(windows)
        if not any(
            other.sites < window.sites or (other.sites == window.sites and m < n) for m, other in enumerate(windows)
        )
    ]


def _largest_gap_km(stretch: Stretch, stations: Collection[str]) -> float:
    open_km = sorted(km for site, km in stretch.at_km.items() if site in stations)
    if not open_km:
        return stretch.length_km
    between = [later - before for before, later in pairwise(open_km)]
    if stretch.ring:
        return max([*between, open_km[0] + stretch.length_km - open_km[-1]])
    return max([*between, open_km[0], stretch.length_km - open_km[-1]])


@dataclass(frozen=True, kw_only=True)
class Policy:
    """What a plan owes beyond its limits in one period."""

    sites: tuple[SiteRule, ...] = ()
    serve: tuple[ServeRule, ...] = ()
    gaps: tuple[GapRule, ...] = ()
    districts: tuple[ServeRule, ...] = ()
    """Groups with demand in reach, of which the worst-served may be a goal; their floors stand in `serve`."""
    backup_share_min: float | None = None
    """Share of all demand that must have two stations in its reach."""
    loss_share_min: float | None = None
    """Share of what is served that must still be served after any one station is lost; None: only reported."""

    @property
    def rules(self) -> tuple[SiteRule | ServeRule | GapRule, ...]:
        """Every rule, binding or not."""
        return (*self.sites, *self.serve, *self.gaps)

    @property
    def is_priced(self) -> bool:
        """Whether some rule has a price."""
        return any(rule.binding and not rule.is_hard for rule in self.rules)

    @property
    def binds(self) -> bool:
        """Whether anything here changes what a plan may do or what it costs."""
        floors = (self.backup_share_min, self.loss_share_min)
        return any(rule.binding for rule in self.rules) or any(floor is not None for floor in floors)
