"""A first plan's rows of demand where each has one station: large rows first, to the nearest station with room."""

from __future__ import annotations

from collections.abc import Collection, Mapping

from h2plan.problem import BUILT, Problem

Pair = tuple[str, str]


def whole_rows(
    year: Problem,
    usable_kg_per_d: Mapping[str, float],
    *,
    pairs: Collection[Pair],
    closest: bool,
    peak_kg_per_h: Mapping[str, float] | None = None,
) -> list[Pair]:
    """Give each row of demand whole to one open station with room for it, or to none; return the pairs that serve.

    `usable_kg_per_d` gives the open stations with what they may be planned for. With `closest` a row has no other
    station than the one fewest minutes away. `peak_kg_per_h` gives what the open stations give in their busiest hour,
    where that is a limit.
    """
    near: dict[str, list[tuple[float, str]]] = {}
    for i, j, minutes in zip(year.pairs.demand, year.pairs.site, year.pairs.minutes, strict=True):
        row, site = year.demand_ids[i], year.sites.ids[j]
        if site in usable_kg_per_d and (row, site) in pairs:
            near.setdefault(row, []).append((float(minutes), site))
    kg = dict(zip(year.demand_ids, year.demand_kg_per_d.tolist(), strict=True))
    needs, rooms = [kg], [dict(usable_kg_per_d)]
    if peak_kg_per_h is not None and year.peak_kg_per_h is not None:
        needs.append(dict(zip(year.demand_ids, year.peak_kg_per_h.tolist(), strict=True)))
        rooms.append(dict(peak_kg_per_h))
    found = []
    for row in sorted(near, key=lambda name: (-kg[name], name)):
        stations = sorted(near[row])
        offered = [site for minutes, site in stations if not closest or minutes <= stations[0][0]]
        fits = (s for s in offered if all(room[s] >= need[row] for need, room in zip(needs, rooms, strict=True)))
        site = next(fits, None)
        if site is not None:
            for need, room in zip(needs, rooms, strict=True):
                room[site] -= need[row]
            found.append((row, site))
    return found


def peaks_of(year: Problem, stations: Mapping[str, str]) -> dict[str, float] | None:
    """Return what each open station gives in its busiest hour, kg/h, by site; None where hours are set aside.

    `stations` gives site id to size id, `built` for one that stands since before the plan.
    """
    by_size, built = year.sizes.peak_kg_per_h, year.sites.built_peak_kg_per_h
    if by_size is None or built is None:
        return None
    size, stands = (
        dict(zip(year.sizes.ids, by_size.tolist(), strict=True)),
        dict(zip(year.sites.ids, built, strict=True)),
    )
    return {j: float(stands[j]) if k == BUILT else size[k] for j, k in stations.items()}
