"""What each candidate could do for demand: the kilograms in its reach, and those that the plan leaves unserved."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import replace
from math import fsum

from h2plan.plan.results import Candidate, DemandRow


def weigh(
    candidates: Iterable[Candidate], *, reach: Iterable[tuple[str, str]], demand: Sequence[DemandRow]
) -> tuple[Candidate, ...]:
    """Return the candidates with the demand in reach of each, base level, and the unserved part of it.

    `reach`: pairs of demand id and site id, each once. A kilogram counts at every site that reaches it.
    """
    wanted = {row.id: row.kg_per_d.base for row in demand}
    left = {row.id: max(0.0, row.kg_per_d.base - row.served_kg_per_d) for row in demand}
    near: defaultdict[str, list[str]] = defaultdict(list)
    for demand_id, site_id in reach:
        if demand_id in wanted:
            near[site_id].append(demand_id)
    return tuple(
        replace(
            site,
            reach_kg_per_d=fsum(wanted[row] for row in near[site.site_id]),
            left_kg_per_d=fsum(left[row] for row in near[site.site_id]),
        )
        for site in candidates
    )
