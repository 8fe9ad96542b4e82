"""A first plan's rows of demand where each has one station: large rows first, to the nearest station with room."""

from __future__ import annotations

from collections.abc import Collection, Mapping

from h2plan.problem import Problem

Pair = tuple[str, str]


def whole_rows(
    year: Problem, usable_kg_per_d: Mapping[str, float], *, pairs: Collection[Pair], closest: bool
) -> list[Pair]:
    """Give each row of demand whole to one open station with room for it, or to none; return the pairs that serve.

    `usable_kg_per_d` gives the open stations with what they may be planned for. With `closest` a row has no other
    station than the one fewest minutes away.
    """
    near: dict[str, list[tuple[float, str]]] = {}
    for i, j, minutes in zip(year.pairs.demand, year.pairs.site, year.pairs.minutes, strict=True):
        row, site = year.demand_ids[i], year.sites.ids[j]
        if site in usable_kg_per_d and (row, site) in pairs:
            near.setdefault(row, []).append((float(minutes), site))
    kg = dict(zip(year.demand_ids, year.demand_kg_per_d.tolist(), strict=True))
    room, found = dict(usable_kg_per_d), []
    for row in sorted(near, key=lambda name: (-kg[name], name)):
        stations = sorted(near[row])
        offered = [site for minutes, site in stations if not closest or minutes <= stations[0][0]]
        site = next((site for site in offered if room[site] >= kg[row]), None)
        if site is not None:
            room[site] -= kg[row]
            found.append((row, site))
    return found
