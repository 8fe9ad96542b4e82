"""Set covering after reduction: rows and sites that others imply or outdo go, HiGHS solves what is left."""

from __future__ import annotations

import time
from dataclasses import dataclass

import numpy as np
from scipy import sparse

from h2plan.exact import Answer, Asked
from h2plan.exact._stations import (
    Stations,
    cost_goal,
    many_pairs,
    new_stations,
    served_floor,
    solving_for,
)
from h2plan.models._parts import CNY_PER_UNIT
from h2plan.models.set_cover import Options
from h2plan.problem import Goal, Ints, Problem
from h2plan.solve.highs import Outcome
from h2plan.solve.reduce import merge_demand
from h2plan.solve.rules import SiteRules
from h2plan.solve.sites_only import Needs, Solving, cheapest_sites, implied_away, without_outdone

worth = many_pairs


@dataclass(frozen=True, kw_only=True, eq=False)
class _Case:
    stations: Stations
    rules: SiteRules
    needs: Needs


def answer(problem: Problem, options: Options, *, asked: Asked) -> Answer | None:
    """Solve the goals; None leaves it to the Pyomo model: nothing allowed, too few sites in reach, no cover."""
    ends = time.monotonic() + asked.limit_s
    case = _case(problem, options.size_id, copies=options.copies)
    if case is None:
        return None
    found = _goals(case, options, solving_for(asked), ends=ends)
    if found is None:
        return None
    chosen, goals = found
    return Answer(
        stations=case.stations.named(problem, chosen, options.size_id),
        goals=goals,
        rows=case.rules.matrix.shape[0] + len(case.needs.least),
        columns=int((case.rules.upper > 0.5).sum()),
        nonzeros=int(case.rules.matrix.nnz + case.needs.member.nnz),
    )


def _goals(case: _Case, options: Options, solving: Solving, *, ends: float) -> tuple[Ints, tuple[Goal, ...]] | None:
    """Fewest, then cheapest; or cheapest at once."""
    cost, rules, needs = case.stations.cost_cny, case.rules, case.needs
    first: Outcome | None = None
    chosen: Ints | None = None
    if options.objective == "count":
        half = (ends - time.monotonic()) / 2
        first = cheapest_sites(rules, np.ones(rules.sites), needs=needs, solving=solving, limit_s=half)
        if first.values is None:
            return None
        chosen = np.flatnonzero(first.values > 0.5)
        at_most = Needs(member=sparse.csr_array(-np.ones((1, rules.sites))), least=np.array([-float(len(chosen))]))
        needs = needs.and_also(at_most)
    left = ends - time.monotonic()
    least = cheapest_sites(rules, cost / CNY_PER_UNIT, needs=needs, solving=solving, limit_s=left)
    chosen = chosen if least.values is None else np.flatnonzero(least.values > 0.5)
    if chosen is None:
        return None
    cheapest = cost_goal(least, value=float(cost[chosen].sum()), unit=CNY_PER_UNIT)
    if first is None:
        return chosen, (cheapest,)
    return chosen, (cost_goal(first, value=float(len(chosen)), unit=1.0, name="stations_new"), cheapest)


def _case(problem: Problem, size_id: str, *, copies: int) -> _Case | None:
    """Return what must be in reach of whom, reduced; None where somebody has too few sites, or too little is served."""
    stations = new_stations(problem, size_id)
    if stations is None:
        return None
    pairs, kg = problem.pairs, problem.demand_kg_per_d
    standing = ~np.isnan(problem.sites.built_kg_per_d)
    usable = ((stations.column[pairs.site] >= 0) | standing[pairs.site]) & (kg[pairs.demand] > 0)
    in_reach = np.bincount(pairs.demand[usable], minlength=len(kg))
    if ((in_reach > 0) & (in_reach < copies)).any() or float(kg[in_reach > 0].sum()) < served_floor(problem):
        return None
    stands = np.bincount(pairs.demand[usable & standing[pairs.site]], minlength=len(kg))
    left = np.where(in_reach > 0, copies - stands, 0)
    new = usable & ~standing[pairs.site] & (left[pairs.demand] > 0)
    at = (pairs.demand[new], stations.column[pairs.site[new]])
    member = sparse.csr_array((np.ones(int(new.sum())), at), shape=(len(kg), stations.rules.sites))
    rules, needs = _reduced(stations, Needs(member=member, least=left.astype(np.float64)))
    return _Case(stations=stations, rules=rules, needs=needs)


def _reduced(stations: Stations, needs: Needs) -> tuple[SiteRules, Needs]:
    """Merge rows with the same sites in reach, drop implied ones and outdone sites."""
    merged = [
        needs.keeping(np.flatnonzero(needs.least == copies)) for copies in np.unique(needs.least[needs.least > 0])
    ]
    parts = []
    for part in merged:
        reduced = merge_demand(part.member, part.least)
        member = reduced.families.member
        parts.append(implied_away(Needs(member=member, least=np.full(member.shape[0], part.least[0]))))
    if not parts:
        return stations.rules, Needs(member=needs.member[:0], least=needs.least[:0])
    whole = parts[0]
    for part in parts[1:]:
        whole = whole.and_also(part)
    if len(np.unique(stations.capex_cny)) > 1:
        return stations.rules, whole  # a budget may feel a site that another outdoes less than that other
    return without_outdone(stations.rules, whole, stations.cost_cny), whole
