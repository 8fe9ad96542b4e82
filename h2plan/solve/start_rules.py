"""What hard rules on stations ask of a greedy choice: where one more must still open, and where one may."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

import numpy as np

from h2plan.phases import GapRule, SiteRule
from h2plan.problem import Problem

SAME = 1e-9
Sites = frozenset[int]


@dataclass(frozen=True, kw_only=True)
class Owed:
    """Sites of which one must still be opened, and the least that it must hold."""

    sites: Sites
    least_kg_per_d: float = 0.0


@dataclass(frozen=True, kw_only=True)
class StationRules:
    """Hard rules that look at stations alone, by the places of sites; floors of demand are left to the solver."""

    kg_per_d: Mapping[int, float]
    """What stands since before the plan."""
    size_kg_per_d: tuple[float, ...]
    unplaced: int
    rules: tuple[tuple[SiteRule, Sites], ...]
    windows: tuple[Owed, ...]
    near: Mapping[int, Sites]
    """Sites that are too close to each other."""
    every: Sites

    def owed(self, chosen: Mapping[int, int]) -> Iterator[Owed]:
        """Yield what the rules still ask for, given site to size of the new stations."""
        kg = {**self.kg_per_d, **{j: self.size_kg_per_d[k] for j, k in chosen.items()}}
        for rule, members in self.rules:
            count, share = self._count(rule, members, kg), self._share(rule, members, kg)
            if count < (rule.stations_min or 0) or share < (rule.share_min or 0.0) - SAME:
                yield Owed(sites=members)
            if rule.share_max is not None and share > rule.share_max + SAME:
                yield Owed(sites=self.every - members)
            missing = (rule.capacity_min_kg_per_d or 0.0) - sum(kg[j] for j in members & kg.keys())
            if missing > SAME:
                yield Owed(sites=members, least_kg_per_d=min(missing, max(self.size_kg_per_d)))
        for window in self.windows:
            if not any(kg.get(j, -1.0) >= window.least_kg_per_d for j in window.sites):
                yield window

    def may_open(self, j: int, chosen: Mapping[int, int], *, shares: bool = True) -> bool:
        """Say whether one more station at a site keeps every cap, the distances and, if asked, the shares."""
        kg = {**self.kg_per_d, **dict.fromkeys(chosen, 0.0)}
        if self.near.get(j, frozenset()) & kg.keys():
            return False
        kg[j] = 0.0
        for rule, members in self.rules:
            if j in members and rule.stations_max is not None and self._count(rule, members, kg) > rule.stations_max:
                return False
            share = self._share(rule, members, kg)
            if shares and j in members and rule.share_max is not None and share > rule.share_max + SAME:
                return False
            if shares and j not in members and rule.share_min is not None and share < rule.share_min - SAME:
                return False
        return True

    def _count(self, rule: SiteRule, members: Sites, kg: Mapping[int, float]) -> int:
        return len(members & kg.keys()) + rule.stands_elsewhere

    def _share(self, rule: SiteRule, members: Sites, kg: Mapping[int, float]) -> float:
        total = len(kg) + self.unplaced
        return self._count(rule, members, kg) / total if total else (rule.share_min or 0.0)


def station_rules(problem: Problem) -> StationRules:
    """Read the hard rules of a problem that look at stations alone."""
    at = {name: n for n, name in enumerate(problem.sites.ids)}
    built = problem.sites.built_kg_per_d.tolist()
    near: dict[int, set[int]] = {}
    for a, b in problem.conflicts.tolist():
        near.setdefault(a, set()).add(b)
        near.setdefault(b, set()).add(a)
    return StationRules(
        kg_per_d={j: kg for j, kg in enumerate(built) if not np.isnan(kg)},
        size_kg_per_d=tuple(problem.sizes.capacity_kg_per_d.tolist()),
        unplaced=problem.limits.unplaced_built,
        rules=tuple((rule, _places(rule.sites, at)) for rule in problem.policy.sites if rule.is_hard),
        windows=tuple(window for rule in problem.policy.gaps if rule.is_hard for window in _windows(rule, at)),
        near={j: frozenset(sites) for j, sites in near.items()},
        every=frozenset(at.values()),
    )


def _windows(rule: GapRule, at: Mapping[str, int]) -> Iterator[Owed]:
    for window in rule.windows:
        yield Owed(sites=_places(window.sites, at), least_kg_per_d=rule.station_min_kg_per_d)


def _places(names: frozenset[str], at: Mapping[str, int]) -> Sites:
    return frozenset(at[name] for name in names if name in at)
