"""Why a station stands where it stands, in a sentence for a planner."""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from h2plan.domain import Site
from h2plan.plan.results import Allocation, DemandRow

MOST_NAMED = 3


@dataclass(frozen=True, slots=True)
class Reason:
    """One sentence in two languages."""

    zh: str
    en: str


def why_here(site: Site, allocations: Sequence[Allocation], demand: Mapping[str, DemandRow]) -> Reason:
    """Say how much hydrogen is handed out here, for whom, and how far they come."""
    kg = math.fsum(row.kg_per_d for row in allocations)
    if kg <= 0:
        stands = ("已建站，本方案未分配需求", "stands already; the plan sends no demand here")
        asked = ("必建站址或满足最少站数，本方案未分配需求", "required, or asked for by stations_min; serves nobody")
        return Reason(*stands) if site.is_built else Reason(*asked)
    whom: dict[tuple[str, str], float] = defaultdict(float)
    for row in allocations:
        wanted = demand[row.demand_id]
        flow = bool(wanted.origin)
        whom[("过境及集疏运车流", "flows on the road") if flow else (wanted.name, wanted.name_en or wanted.name)] += (
            row.kg_per_d
        )
    largest = sorted(whom.items(), key=lambda entry: (-entry[1], entry[0]))[:MOST_NAMED]
    zh = "、".join(f"{name} {part:,.0f} kg/d" for (name, _), part in largest)
    en = ", ".join(f"{name} {part:,.0f} kg/d" for (_, name), part in largest)
    minutes = math.fsum(row.kg_per_d * row.travel_min for row in allocations) / kg
    return Reason(
        f"日加注 {kg:,.0f} kg：{zh}；平均行程或绕行 {minutes:.1f} 分钟",
        f"dispenses {kg:,.0f} kg/d: {en}; {minutes:.1f} min of travel or detour on average",
    )
