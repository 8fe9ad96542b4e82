"""Programs in which the sites are all that is decided: their rules, and sets of sites of which some must be open."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace

import numpy as np
from scipy import sparse

from h2plan.solve.highs import Hooks, Outcome, SolverOptions, Status, solve
from h2plan.solve.interchange import Families
from h2plan.solve.program import Linear
from h2plan.solve.reduce import minimal_sets, outdone_sites
from h2plan.solve.rules import Bools, Floats, Ints, SiteRules

ROWS_COMPARED = 6000
"""Up to so many rows each is compared with each; the memory for that grows with the square."""


@dataclass(frozen=True, kw_only=True, eq=False)
class Needs:
    """Row n: of the sites in `member[n]` at least `least[n]` must be open."""

    member: sparse.csr_array
    least: Floats

    def keeping(self, rows: Ints | Bools) -> Needs:
        """Return the same with some rows only."""
        return Needs(member=sparse.csr_array(self.member[rows]), least=self.least[rows])

    def and_also(self, more: Needs) -> Needs:
        """Return these needs and more."""
        member = sparse.csr_array(sparse.vstack([self.member, more.member]))
        return Needs(member=member, least=np.append(self.least, more.least))


@dataclass(frozen=True, kw_only=True, eq=False)
class Solving:
    """How exactly, and who may say stop."""

    options: SolverOptions
    should_stop: Callable[[], bool]


def cheapest_sites(
    rules: SiteRules, cost: Floats, *, needs: Needs | None = None, solving: Solving, limit_s: float
) -> Outcome:
    """Find the cheapest sites within the rules that meet every need."""
    sites = rules.sites
    matrix, low, high = rules.matrix, rules.row_lower, rules.row_upper
    if needs is not None:
        matrix = sparse.csr_array(sparse.vstack([matrix, needs.member]))
        low, high = np.append(low, needs.least), np.append(high, np.full(len(needs.least), np.inf))
    linear = Linear(
        cost=cost, offset=0.0, matrix=matrix, row_lower=low, row_upper=high, lower=rules.lower, upper=rules.upper,
        whole=np.ones(sites, dtype=np.bool_),
    )  # fmt: skip
    options = replace(solving.options, limit_s=max(0.1, limit_s))
    return solve(linear, options, hooks=Hooks(should_stop=solving.should_stop))


def room(
    rules: SiteRules, *, needs: Needs | None = None, solving: Solving, limit_s: float
) -> tuple[bool | None, Ints | None]:
    """Say whether the rules leave a choice that meets every need, and which; None: no answer in time."""
    any_plan = replace(solving, options=replace(solving.options, gap=1.0))
    found = cheapest_sites(rules, np.ones(rules.sites), needs=needs, solving=any_plan, limit_s=limit_s)
    if found.values is not None:
        return True, np.flatnonzero(found.values > 0.5)
    return (False, None) if found.status is Status.INFEASIBLE_CONFIRMED else (None, None)


def implied_away(needs: Needs) -> Needs:
    """Drop the rows that another row implies: it needs as many of some of the same sites. Equal needs only."""
    if len(needs.least) > ROWS_COMPARED or len(np.unique(needs.least)) > 1:
        return needs
    return needs.keeping(minimal_sets(needs.member, np.zeros(len(needs.least), dtype=np.intp)))


def without_outdone(rules: SiteRules, needs: Needs, cost: Floats) -> SiteRules:
    """Close sites that another outdoes: it meets all their needs for no more. Where one open site meets each need."""
    if len(needs.least) == 0 or (needs.least > 1).any() or np.isfinite(rules.row_lower).any():
        return rules  # with a least count a site that is outdone may be needed all the same
    in_pairs = np.asarray((rules.matrix[rules.row_upper == 1.0] != 0).sum(axis=0)).ravel() > 0
    fixed = (rules.lower > 0.5) | (rules.upper < 0.5) | in_pairs
    families = Families(member=needs.member, path=np.arange(len(needs.least)), weight=np.ones(len(needs.least)))
    return replace(rules, upper=np.where(outdone_sites(families, cost, fixed=fixed), 0.0, rules.upper))
