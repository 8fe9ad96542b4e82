"""How a plan meets its policy: every rule, binding or not, measured from the rows of the plan."""

from __future__ import annotations

import math
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass

from h2plan.phases import GapRule, Policy, ServeRule, SiteRule
from h2plan.plan.network_rows import Loss, RuleAbout, RuleOutcome
from h2plan.plan.results import DemandRow, Station

MET_WITHIN = 1e-6
"""A limit that is missed by this share of its value is met: the tolerance of the solver."""


@dataclass(frozen=True, kw_only=True)
class Measured:
    """What rules are measured on, in one year of a plan."""

    stations: Sequence[Station]
    demand: Sequence[DemandRow]
    unplaced: int
    """Stations that stand without a position."""
    reach: Mapping[str, Collection[str]]
    """Demand id to the sites in its reach."""
    losses: Sequence[Loss]
    operating_d_per_yr: float

    @property
    def total_kg_per_d(self) -> float:
        return math.fsum(row.kg_per_d.base for row in self.demand)

    def served(self, ids: Collection[str]) -> float:
        """Sum what is served of some demand, kg/d."""
        return math.fsum(row.served_kg_per_d for row in self.demand if row.id in ids)


def outcomes(policy: Policy, plan: Measured) -> tuple[RuleOutcome, ...]:
    """Return how the plan meets each limit of each rule, in the order of the policy."""
    found = [entry for rule in policy.sites for entry in _of_stations(rule, plan)]
    found += [_of_demand(rule, plan) for rule in policy.serve]
    found += [_of_gap(rule, plan) for rule in policy.gaps]
    if policy.backup_share_min is not None:
        found.append(_floor("backup", "backup_share", policy.backup_share_min, backup_share(plan), percent))
    if policy.loss_share_min is not None:
        worst = min((loss.still_share for loss in plan.losses if loss.what == "station"), default=1.0)
        found.append(_floor("loss of a station", "loss_share", policy.loss_share_min, worst, percent))
    return tuple(found)


def backup_share(plan: Measured) -> float:
    """Return the share of all demand that has two stations in its reach."""
    stations, total = {station.site_id for station in plan.stations}, plan.total_kg_per_d
    twice = (row.kg_per_d.base for row in plan.demand if len(stations & set(plan.reach.get(row.id, ()))) > 1)
    return math.fsum(twice) / total if total else 0.0


def priced_cny_per_yr(rules: Sequence[RuleOutcome]) -> float:
    """Return the price of everything that is missed."""
    return math.fsum(rule.penalty_cny_per_yr for rule in rules)


# Numbers in words that need no language


def percent(value: float) -> str:
    """Write a share."""
    return f"{value:.1%}"


def whole(value: float) -> str:
    """Write a count or kilograms."""
    return f"{value:,.0f}"


def km(value: float) -> str:
    """Write a distance."""
    return f"{value:,.1f} km"


def _floor(name: str, about: RuleAbout, limit: float, value: float, write: Callable[[float], str]) -> RuleOutcome:
    return _outcome(name, about, limit=limit, value=value, at_least=True, write=write, hard=True)


def _outcome(
    name: str,
    about: RuleAbout,
    *,
    limit: float,
    value: float,
    at_least: bool,
    write: Callable[[float], str],
    hard: bool,
    price: float = 0.0,
) -> RuleOutcome:
    """Compare a value with its limit; `price` is that of what is missed, in units of the value."""
    missed = max(0.0, limit - value if at_least else value - limit)
    met = missed <= MET_WITHIN * max(1.0, abs(limit))
    return RuleOutcome(
        name=name,
        about=about,
        asked=f"{'≥' if at_least else '≤'} {write(limit)}",
        reached=write(value),
        met=met,
        hard=hard,
        penalty_cny_per_yr=0.0 if met else price * missed,
    )


def _of_stations(rule: SiteRule, plan: Measured) -> list[RuleOutcome]:
    there = [station for station in plan.stations if station.site_id in rule.sites]
    count, every = len(there) + rule.stands_elsewhere, len(plan.stations) + plan.unplaced
    price = (rule.penalty_cny_per_yr or 0.0) if rule.binding else 0.0
    kg = math.fsum(station.capacity_kg_per_d for station in there)
    share = count / every if every else 0.0
    limits: list[tuple[float | None, RuleAbout, float, bool, Callable[[float], str], float]] = [
        (rule.stations_min, "stations", count, True, whole, price),
        (rule.stations_max, "stations", count, False, whole, price),
        (rule.share_min, "share_of_stations", share, True, percent, price * every),
        (rule.share_max, "share_of_stations", share, False, percent, price * every),
        (rule.capacity_min_kg_per_d, "capacity_kg_per_d", kg, True, whole, price / (rule.capacity_min_kg_per_d or 1.0)),
    ]
    return [
        _outcome(
            rule.name,
            about,
            limit=limit,
            value=value,
            at_least=at_least,
            write=write,
            hard=rule.is_hard,
            price=unit_price,
        )
        for limit, about, value, at_least, write, unit_price in limits
        if limit is not None
    ]


def _of_demand(rule: ServeRule, plan: Measured) -> RuleOutcome:
    total = rule.total_kg_per_d
    price = (rule.penalty_cny_per_kg or 0.0) * plan.operating_d_per_yr * total if rule.binding else 0.0
    return _outcome(
        rule.name,
        "served_share",
        limit=rule.share_min,
        value=plan.served(rule.demand) / total if total else 1.0,
        at_least=True,
        write=percent,
        hard=rule.is_hard,
        price=price,
    )


def _of_gap(rule: GapRule, plan: Measured) -> RuleOutcome:
    large = {s.site_id for s in plan.stations if s.capacity_kg_per_d >= rule.station_min_kg_per_d}
    gap = rule.largest_gap_km(large)
    missed = sum(not window.sites & large for window in rule.windows)
    met = gap <= rule.gap_km * (1 + MET_WITHIN)
    return RuleOutcome(
        name=rule.name,
        about="gap_km",
        asked=f"≤ {km(rule.gap_km)}",
        reached=km(gap),
        met=met,
        hard=rule.is_hard,
        penalty_cny_per_yr=(rule.penalty_cny_per_yr or 0.0) * missed if rule.binding and not met else 0.0,
    )
