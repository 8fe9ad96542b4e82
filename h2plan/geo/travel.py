"""Travel between places over the network: the pairs within a limit, and the nearest target of each origin."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np

from h2plan.errors import Fault, InputError
from h2plan.geo.access import Connected
from h2plan.geo.blocks import Block, blocks
from h2plan.geo.paths import ROUNDING
from h2plan.geo.roads import Floats, Ints, Metric


@dataclass(frozen=True, kw_only=True, eq=False)
class Reach:
    """Pairs within the limit: row n goes from origin_ids[origin[n]] to target_ids[target[n]], sorted by both."""

    origin_ids: tuple[str, ...]
    target_ids: tuple[str, ...]
    origin: Ints
    target: Ints
    minutes: Floats
    km: Floats
    """One way; both figures belong to the same path."""

    def by_ids(self) -> Mapping[tuple[str, str], tuple[float, float]]:
        """(origin id, target id) to (minutes, km)."""
        figures = zip(self.origin, self.target, self.minutes, self.km, strict=True)
        return {(self.origin_ids[o], self.target_ids[t]): (float(m), float(km)) for o, t, m, km in figures}


@dataclass(frozen=True, kw_only=True, eq=False)
class Nearest:
    """The nearest target of each origin, in the order of the origins."""

    origin_ids: tuple[str, ...]
    target_ids: tuple[str, ...]
    """The target of each origin, not a list of all targets."""
    minutes: Floats
    km: Floats


@dataclass(frozen=True, kw_only=True, eq=False)
class _Crowd:
    """Places grouped by spot: those of unique spot u are members[start[u]:start[u + 1]]."""

    spots: Ints
    members: Ints
    start: Ints

    @staticmethod
    def of(spots: Ints) -> _Crowd:
        unique, inverse = np.unique(spots, return_inverse=True)
        members = np.argsort(inverse, kind="stable")
        return _Crowd(
            spots=unique, members=members, start=np.searchsorted(inverse[members], np.arange(len(unique) + 1))
        )


def measure(
    connected: Connected,
    origins: Sequence[str],
    *,
    targets: Sequence[str],
    limit: float = np.inf,
    metric: Metric = "min",
    closed: Collection[str] = frozenset(),
) -> Reach:
    """Minutes and km of every origin-target pair whose `metric` is at most `limit` (minutes or km).

    Paths minimise the metric and avoid the closed links; the other figure is summed along the same path. The search
    starts from the side with fewer positions: from the targets it runs against the traffic, which changes nothing.
    """
    from_crowd, to_crowd = (_Crowd.of(connected.spots(ids)) for ids in (origins, targets))
    turned = len(to_crowd.spots) < len(from_crowd.spots)
    sources, sinks = (to_crowd, from_crowd) if turned else (from_crowd, to_crowd)
    parts = [
        _within(block, limit)
        for block in blocks(
            connected, sources.spots, targets=sinks.spots, metric=metric, closed=closed, limit=limit, turned=turned
        )
    ]
    none = np.empty(0, dtype=np.intp), np.empty(0, dtype=np.intp), np.empty(0), np.empty(0)
    source, sink, cost, other = (np.concatenate(column) for column in zip(none, *parts, strict=True))
    a, b, row = _spread(source, sink, sources=sources, sinks=sinks)
    origin, target = (b, a) if turned else (a, b)
    order = np.lexsort((target, origin))
    figures = cost[row[order]], other[row[order]]
    minutes, km = figures if metric == "min" else figures[::-1]
    return Reach(
        origin_ids=tuple(origins),
        target_ids=tuple(targets),
        origin=origin[order],
        target=target[order],
        minutes=minutes,
        km=km,
    )


def nearest(
    connected: Connected,
    origins: Sequence[str],
    *,
    targets: Sequence[str],
    metric: Metric = "min",
    closed: Collection[str] = frozenset(),
    way: Literal["to", "from"] = "to",
    where: str = "places",
) -> Nearest:
    """The nearest target of each origin, however far; `way` says whether one drives there ("to") or comes ("from").

    Of equally near targets the first by id is taken. Raises InputError naming the origins without a path to any.
    """
    from_spots, to_spots = connected.spots(origins), connected.spots(targets)
    from_unique, inverse = np.unique(from_spots, return_inverse=True)
    to_unique, first_target = np.unique(to_spots, return_index=True)
    best, best_other = np.full(len(from_unique), np.inf), np.full(len(from_unique), np.nan)
    which = np.full(len(from_unique), -1, dtype=np.intp)
    turned = len(to_unique) < len(from_unique)
    sources, sinks = (to_unique, from_unique) if turned else (from_unique, to_unique)
    against = turned != (way == "from")
    for block in blocks(connected, sources, targets=sinks, metric=metric, closed=closed, limit=np.inf, turned=against):
        cost, other = (block.cost.T, block.other.T) if turned else (block.cost, block.other)
        rows = np.arange(len(from_unique)) if turned else block.rows
        columns = block.rows if turned else np.arange(len(to_unique))
        at = cost.argmin(axis=1) if columns.size else np.empty(0, dtype=np.intp)
        found = cost[np.arange(len(rows)), at] if columns.size else np.full(len(rows), np.inf)
        better = found < best[rows]
        won = rows[better]
        best[won], best_other[won] = found[better], other[np.flatnonzero(better), at[better]]
        which[won] = columns[at[better]]
    _refuse_cut_off(connected, [name for name, s in zip(origins, inverse, strict=True) if which[s] < 0], where)
    figures = best[inverse], best_other[inverse]
    minutes, km = figures if metric == "min" else figures[::-1]
    names = tuple(targets[first_target[which[s]]] for s in inverse)
    return Nearest(origin_ids=tuple(origins), target_ids=names, minutes=minutes, km=km)


def _within(block: Block, limit: float) -> tuple[Ints, Ints, Floats, Floats]:
    """Cells of a block within the limit, as (source, target, cost, other)."""
    row, column = np.nonzero(np.isfinite(block.cost) & (block.cost <= limit + ROUNDING))
    return block.rows[row], block.columns[column], block.cost[row, column], block.other[row, column]


def _spread(source: Ints, sink: Ints, *, sources: _Crowd, sinks: _Crowd) -> tuple[Ints, Ints, Ints]:
    """Pairs of spots as pairs of the places that share them, with the row each comes from."""
    wide = np.diff(sinks.start)[sink]
    count = np.diff(sources.start)[source] * wide
    row = np.repeat(np.arange(len(source)), count)
    within = np.arange(row.size) - np.repeat(np.cumsum(count) - count, count)
    a = sources.members[sources.start[source[row]] + within // wide[row]]
    b = sinks.members[sinks.start[sink[row]] + within % wide[row]]
    return a, b, row


def _refuse_cut_off(connected: Connected, names: Sequence[str], where: str) -> None:
    if names:
        hint = "check the closed links around it, or where it joins the road"
        raise InputError(
            Fault(
                where=where,
                value=name,
                message=f"{name} ({connected.names[name]}): no open road leads to any target",
                hint=hint,
            )
            for name in names
        )
