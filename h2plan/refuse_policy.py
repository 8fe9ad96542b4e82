"""What arithmetic can refuse of a policy before anything is built: rules that sites, demand or limits break."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass

import numpy as np

from h2plan.errors import InfeasibleError
from h2plan.extending import extends_at
from h2plan.phases import GapRule, ServeRule, SiteRule
from h2plan.problem import Problem

ROUNDING = 1e-9
Allowed = Mapping[str, tuple[str, ...]]
"""Sites where a new station may stand, each with its sizes."""


def check_policy(problem: Problem, allowed: Allowed) -> None:
    """Refuse hard rules that no plan can keep.

    Raises:
        InfeasibleError: every such rule, with what would do.
    """
    facts = _Facts.of(problem, allowed)
    policy = problem.policy
    faults = [fault for rule in policy.sites if rule.is_hard for fault in _site_faults(rule, facts)]
    faults += [fault for rule in policy.serve if rule.is_hard for fault in _serve_faults(rule, facts)]
    faults += [fault for rule in policy.gaps if rule.is_hard for fault in _gap_faults(rule, facts)]
    faults += _backup_faults(facts)
    faults += _loss_faults(facts)
    faults = faults or _together_faults([rule for rule in policy.sites if rule.is_hard], facts)
    if faults:
        raise InfeasibleError("; ".join(faults))


@dataclass(frozen=True, kw_only=True)
class _Facts:
    """What rules are held against."""

    problem: Problem
    largest: Mapping[str, float]
    """Site that has a station or may get one to its largest capacity, kg/d."""
    stand: frozenset[str]
    required: frozenset[str]
    reach: Mapping[str, frozenset[str]]
    """Demand row to the usable sites in its reach."""
    kg: Mapping[str, float]

    @staticmethod
    def of(problem: Problem, allowed: Allowed) -> _Facts:
        sites = problem.sites
        capacity = dict(zip(problem.sizes.ids, problem.sizes.capacity_kg_per_d.tolist(), strict=True))
        largest = {j: max(capacity[k] for k in sizes) for j, sizes in allowed.items()}
        built = {j: float(kg) for j, kg in zip(sites.ids, sites.built_kg_per_d, strict=True) if not np.isnan(kg)}
        usable = largest.keys() | built.keys()
        reach: defaultdict[str, set[str]] = defaultdict(set)
        for i, j in zip(problem.pairs.demand, problem.pairs.site, strict=True):
            if sites.ids[j] in usable:
                reach[problem.demand_ids[i]].add(sites.ids[j])
        return _Facts(
            problem=problem,
            largest={**largest, **built, **{j: max(capacity[k] for k in ks) for j, ks in extends_at(problem).items()}},
            stand=frozenset(built),
            required=frozenset(j for j, must in zip(sites.ids, sites.required, strict=True) if must) - built.keys(),
            reach={row: frozenset(names) for row, names in reach.items()},
            kg=dict(zip(problem.demand_ids, problem.demand_kg_per_d.tolist(), strict=True)),
        )

    @property
    def sure(self) -> frozenset[str]:
        """Sites that have a station in every plan."""
        return self.stand | self.required

    @property
    def stations_most(self) -> int:
        """Stations at most, those without a position included."""
        most = len(self.largest) + self.problem.limits.unplaced_built
        limit = self.problem.limits.stations_max
        return most if limit is None else min(most, limit)


def _names(sites: Iterable[str], *, at_most: int = 5) -> str:
    ordered = sorted(sites)
    more = "" if len(ordered) <= at_most else f" and {len(ordered) - at_most} more"
    return ", ".join(ordered[:at_most]) + more


def _site_faults(rule: SiteRule, facts: _Facts) -> list[str]:
    usable = [j for j in rule.sites if j in facts.largest]
    most = len(usable) + rule.stands_elsewhere
    sure = rule.sites & facts.sure
    least = len(sure) + rule.stands_elsewhere
    found = []
    if rule.stations_min is not None and rule.stations_min > most:
        found.append(
            f"policy '{rule.name}' asks for {rule.stations_min} stations, but {most} at most can stand there; "
            f"lower stations_min to {most} or add sites"
        )
    if rule.stations_max is not None and rule.stations_max < least:
        found.append(
            f"policy '{rule.name}' allows {rule.stations_max} stations, but {least} stand or are required there "
            f"({_names(sure)}); raise stations_max to {least}"
        )
    kg = sum(facts.largest[j] for j in usable)
    if rule.capacity_min_kg_per_d is not None and rule.capacity_min_kg_per_d > kg * (1 + ROUNDING):
        found.append(
            f"policy '{rule.name}' asks for {rule.capacity_min_kg_per_d:,.0f} kg/d of capacity, but the largest "
            f"stations that may stand there have {kg:,.0f}"
        )
    return [*found, *_share_faults(rule, facts, most=most, least=least)]


def _share_faults(rule: SiteRule, facts: _Facts, *, most: int, least: int) -> list[str]:
    """The share is highest with every site of the rule and no other choice, and lowest the other way round."""
    found = []
    elsewhere = len(facts.sure - rule.sites) + facts.problem.limits.unplaced_built - rule.stands_elsewhere
    highest = min(most, max(0, facts.stations_most - elsewhere))
    if rule.share_min is not None and highest < rule.share_min * (highest + elsewhere) - ROUNDING:
        share = highest / (highest + elsewhere)
        found.append(
            f"policy '{rule.name}' asks for {rule.share_min:.1%} of all stations, but {highest} at most can "
            f"stand there beside {elsewhere} elsewhere: {share:.1%}"
        )
    if rule.share_max is not None and least > rule.share_max * facts.stations_most + ROUNDING:
        found.append(
            f"policy '{rule.name}' allows {rule.share_max:.1%} of all stations, but {least} stand or are required "
            f"there ({_names(rule.sites & facts.sure)}) and there can be {facts.stations_most} in all: "
            f"{least / facts.stations_most:.1%}"
        )
    return found


def _serve_faults(rule: ServeRule, facts: _Facts) -> list[str]:
    if rule.total_kg_per_d <= 0:
        return []
    reached = sum(facts.kg[i] for i in rule.demand if i in facts.reach)
    share = reached / rule.total_kg_per_d
    if rule.share_min <= share + ROUNDING:
        return []
    lost = [i for i in rule.demand if i not in facts.reach]
    return [
        (
            f"policy '{rule.name}' asks to serve {rule.share_min:.1%} of its demand, but {share:.1%} is in reach of a "
            f"site that may have a station (out of reach: {_names(lost)}); lower served_share_min to {share:.4f} "
            "or add sites"
        )
    ]


def _gap_faults(rule: GapRule, facts: _Facts) -> list[str]:
    large = {j for j, kg in facts.largest.items() if kg >= rule.station_min_kg_per_d}
    empty = [window for window in rule.windows if not window.sites & large]
    if not empty:
        return []
    parts = ", ".join(f"km {window.from_km:.1f} to {window.to_km:.1f}" for window in empty[:5])
    size = f" of {rule.station_min_kg_per_d:,.0f} kg/d or more" if rule.station_min_kg_per_d > 0 else ""
    least = rule.largest_gap_km(large)
    return [
        (
            f"policy '{rule.name}' allows gaps of {rule.gap_km:g} km, but no station{size} can stand on {parts}; with "
            f"a station at every site the largest gap is {least:.1f} km: raise gap_max_km to that or add sites"
        )
    ]


def _backup_faults(facts: _Facts) -> list[str]:
    floor, total = facts.problem.policy.backup_share_min, facts.problem.total_kg_per_d
    if floor is None or total <= 0:
        return []
    share = sum(facts.kg[i] for i, sites in facts.reach.items() if len(sites) > 1) / total
    if floor <= share + ROUNDING:
        return []
    return [
        (
            f"policy.backup_share_min {floor:.1%} is above what has two sites in its reach: {share:.1%} of all demand; "
            f"lower it to {share:.4f} or lengthen the service radius"
        )
    ]


def _loss_faults(facts: _Facts) -> list[str]:
    """Without its largest station the largest choice of stations must still hold the share of what the floor asks."""
    share, limits = facts.problem.policy.loss_share_min, facts.problem.limits
    if share is None or limits.served_share_min is None:
        return []
    asked = share * limits.served_share_min * facts.problem.total_kg_per_d
    stand = [facts.largest[j] for j in facts.stand]
    new = sorted((kg for j, kg in facts.largest.items() if j not in facts.stand), reverse=True)
    room = max(0, facts.stations_most - len(stand) - limits.unplaced_built)
    standing = [*stand, *new[:room]]
    left = limits.utilisation_max * (sum(standing) - max(standing, default=0.0))
    if asked <= left * (1 + ROUNDING):
        return []
    return [
        (
            f"resilience.loss_share_min {share:.1%} of served_share_min {limits.served_share_min:.1%} asks for "
            f"{asked:,.0f} kg/d after a loss, but the {len(standing)} largest stations that may stand dispense "
            f"{left:,.0f} kg/d without their largest"
        )
    ]


def _together_faults(rules: Collection[SiteRule], facts: _Facts) -> list[str]:
    """Rules on sites of their own need their stations side by side: together they must fit into the count."""
    most = facts.problem.limits.stations_max
    asked = [rule for rule in rules if rule.stations_min]
    if most is None or sum(len(rule.sites) for rule in asked) > len(frozenset().union(*(r.sites for r in asked))):
        return []
    stand = len(facts.stand) + facts.problem.limits.unplaced_built
    more = {
        rule.name: max(0, (rule.stations_min or 0) - len(rule.sites & facts.stand) - rule.stands_elsewhere)
        for rule in asked
    }
    needed = stand + sum(more.values())
    if needed <= most:
        return []
    return [
        (
            f"stations_max {most} is below the {stand} stations that stand and the {sum(more.values())} more that the "
            f"policy asks for ({_names(name for name, count in more.items() if count)}); {needed} would do"
        )
    ]
