"""The ways of each demand row to the stations that may serve it: what the median and the centre have in common."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from h2plan.exact._stations import Stations, new_stations
from h2plan.models._rings import SAME_MIN
from h2plan.problem import Floats, Ints, Problem
from h2plan.solve.interchange import NearLists


@dataclass(frozen=True, kw_only=True, eq=False)
class Ways:
    """The last column stands for what is open anyway: the nearest station that stands, or being left to nobody."""

    stations: Stations
    lists: NearLists
    served_kg: float

    def within(self, minutes: float) -> NearLists:
        """Return the lists without ways longer than that."""
        return replace(self.lists, km=np.where(self.lists.km <= minutes, self.lists.km, np.inf))


def ways_to_stations(problem: Problem, size_id: str, *, unserved_min: float | None = None) -> Ways | None:
    """Return the ways; None where nothing may stand, or minutes for nobody are below a way in reach."""
    stations = new_stations(problem, size_id, always=1)
    if stations is None:
        return None
    pairs, kg = problem.pairs, problem.demand_kg_per_d
    standing = ~np.isnan(problem.sites.built_kg_per_d)
    use = ((stations.column[pairs.site] >= 0) | standing[pairs.site]) & (kg[pairs.demand] > 0)
    minutes = np.round(pairs.minutes, SAME_MIN)
    if not use.any() or (unserved_min is not None and unserved_min < pairs.minutes[use].max()):
        return None
    anyway = np.full(len(kg), np.inf if unserved_min is None else unserved_min)
    stands = use & standing[pairs.site]
    np.minimum.at(anyway, pairs.demand[stands], minutes[stands])
    rows = np.unique(pairs.demand[use])
    backed = rows[np.isfinite(anyway[rows])]
    new = use & ~standing[pairs.site]
    lists = _lists(
        np.searchsorted(rows, np.concatenate([pairs.demand[new], backed])),
        np.concatenate([stations.column[pairs.site[new]], np.full(len(backed), len(stations.sites))]),
        minutes=np.concatenate([minutes[new], anyway[backed]]),
        weight=kg[rows],
        sites=stations.rules.sites,
    )
    return Ways(stations=stations, lists=lists, served_kg=float(kg[rows].sum()))


def _lists(row: Ints, site: Ints, *, minutes: Floats, weight: Floats, sites: int) -> NearLists:
    order = np.lexsort((site, minutes, row))
    row, site, minutes = row[order], site[order], minutes[order]
    rank = np.arange(len(row)) - np.searchsorted(row, row)
    shape = (len(weight), int(rank.max()) + 1)
    ranked, km = np.zeros(shape, dtype=np.intp), np.full(shape, np.inf)
    ranked[row, rank], km[row, rank] = site, minutes
    return NearLists(site=ranked, km=km, beyond=np.full(len(weight), np.inf), weight=weight, sites=sites)
