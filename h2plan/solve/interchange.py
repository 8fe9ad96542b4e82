"""Starting plans: greedy, then fast interchange, for covering and for travel."""

from __future__ import annotations

import time
from dataclasses import dataclass
from functools import cached_property

import numpy as np
from scipy import sparse

from h2plan.solve.rules import Bools, Floats, Ints, SiteRules

# Covering


@dataclass(frozen=True, kw_only=True, eq=False)
class Families:
    """Paths (or demand), each with sets of sites; a path is served where every one of its sets holds an open site.

    Demand that any one site in reach serves is a path with a single set.
    """

    member: sparse.csr_array
    """Sets by sites, 1 where the site is in the set."""
    path: Ints
    """The path of each set, rising; every path has a set."""
    weight: Floats

    @cached_property
    def first(self) -> Ints:
        """Return the first set of each path."""
        return np.searchsorted(self.path, np.arange(len(self.weight)))

    @cached_property
    def single(self) -> bool:
        """Return whether every path has one set only."""
        return len(self.path) == len(self.weight)

    @cached_property
    def by_site(self) -> sparse.csr_array:
        """Return sites by sets."""
        return sparse.csr_array(self.member.T)

    @cached_property
    def pairs(self) -> tuple[Ints, Ints, Ints]:
        """Return the path and the site of each (path, site) pair, and the pair of each entry of `member`."""
        sites = self.member.shape[1]
        of_set = np.repeat(np.arange(len(self.path)), np.diff(self.member.indptr))
        key, at = np.unique(self.path[of_set] * sites + self.member.indices, return_inverse=True)
        return key // sites, key % sites, at

    def least(self, by_set: Floats) -> Floats:
        """Return the least figure among the sets of each path."""
        return by_set if self.single else np.minimum.reduceat(by_set, self.first)

    def served(self, hits: Floats) -> Bools:
        """Return which paths are served, from the open sites in each set."""
        return self.least(hits) > 0.5

    def gains(self, hits: Floats) -> Floats:
        """Return the weight each site would add by opening alone."""
        missed = hits < 0.5
        if self.single:
            gained: Floats = self.by_site @ (self.weight * missed)
            return gained
        path, site, pair_of = self.pairs
        holes = np.bincount(self.path[missed], minlength=len(self.weight))
        entry = np.repeat(missed, np.diff(self.member.indptr))
        filled = np.bincount(pair_of[entry], minlength=len(path))
        whole = (filled > 0) & (filled == holes[path])
        added: Floats = np.bincount(
            site[whole], weights=self.weight[path[whole]], minlength=self.member.shape[1]
        ).astype(np.float64)
        return added

    def leanings(self, hits: Floats) -> Floats:
        """Return what each site adds if a path counted in part: the weight times the share of its holes filled."""
        missed = hits < 0.5
        holes = np.bincount(self.path[missed], minlength=len(self.weight))
        share = missed * (self.weight / np.maximum(holes, 1))[self.path]
        leaning: Floats = self.by_site @ share
        return leaning


def fill_cover(
    families: Families, rules: SiteRules, *, is_open: Bools, floor: float = np.inf, deadline: float = np.inf
) -> Bools:
    """Open the site that adds most, again and again, while the rules leave room and less than `floor` is served."""
    is_open = is_open.copy()
    hits = families.member @ is_open.astype(np.float64)
    while True:
        room = rules.room(is_open)
        if not room.any() or time.perf_counter() > deadline or families.weight @ families.served(hits) >= floor:
            return is_open
        worth = families.gains(hits) + 1e-3 * families.leanings(hits)
        j = int(np.argmax(np.where(room, worth, -1.0)))
        if worth[j] <= 0:
            return is_open
        is_open[j] = True
        hits += _column(families, j)


def swap_cover(families: Families, rules: SiteRules, *, is_open: Bools, deadline: float) -> Bools:
    """Close one site and open another while that serves more weight: 1-swaps until none helps."""
    is_open = is_open.copy()
    hits = families.member @ is_open.astype(np.float64)
    value = float(families.weight @ families.served(hits))
    idle, queue = 0, [int(i) for i in np.flatnonzero(is_open & (rules.lower < 0.5))]
    while queue and idle < len(queue) and time.perf_counter() < deadline:
        i = queue.pop(0)
        is_open[i] = False
        without = hits - _column(families, i)
        gains = np.where(rules.room(is_open), families.gains(without), -1.0)
        j = int(np.argmax(gains))
        after = float(families.weight @ families.served(without)) + gains[j]
        better = gains[j] >= 0 and after > value * (1 + 1e-12) + 1e-12
        into = j if better else i
        is_open[into] = True
        queue.append(into)
        idle += 1
        if better:
            hits, value, idle = without + _column(families, j), after, 0
    return is_open


def shed_cover(families: Families, rules: SiteRules, *, is_open: Bools, cost: Floats, floor: float) -> Bools:
    """Close the dearest sites that are not needed to serve `floor`."""
    is_open = is_open.copy()
    hits = families.member @ is_open.astype(np.float64)
    for i in sorted(np.flatnonzero(is_open & (rules.lower < 0.5)), key=lambda i: -cost[i]):
        without = hits - _column(families, int(i))
        if families.weight @ families.served(without) >= floor:
            is_open[i] = False
            hits = without
    return is_open


def _column(families: Families, site: int) -> Floats:
    by_site = families.by_site
    column = np.zeros(by_site.shape[1])
    column[by_site.indices[by_site.indptr[site] : by_site.indptr[site + 1]]] = 1.0
    return column


# Travel


@dataclass(frozen=True, kw_only=True, eq=False)
class NearLists:
    """For each demand row the sites in rising distance; row i, column n: its n-th nearest site.

    Sites that are not in the list of a row are at least `beyond` away from it; inf says that none of them can serve
    it. Lists shorter than the widest end in distance inf.
    """

    site: Ints
    km: Floats
    beyond: Floats
    weight: Floats
    sites: int

    @cached_property
    def by_site(self) -> tuple[Ints, Ints]:
        """Return the entries of all lists in order of site, and where each site begins among them."""
        order = np.argsort(self.site, axis=None, kind="stable")
        return order, np.searchsorted(self.site.ravel()[order], np.arange(self.sites + 1))


def nearest_open(lists: NearLists, is_open: Bools, *, rank: int) -> tuple[Ints, Floats]:
    """Return the column in each list, and the distance, of the open site of this rank (1 or 2); the width where none.

    Where the list ends first the distance is `beyond`.
    """
    rows, width = lists.site.shape
    column = np.full(rows, width, dtype=np.intp)
    todo, begin, step = np.arange(rows), 0, 16
    count = np.zeros(rows, dtype=np.intp)
    while begin < width and len(todo):
        block = is_open[lists.site[todo, begin : begin + step]] & (lists.km[todo, begin : begin + step] < np.inf)
        running = block.cumsum(axis=1) + count[todo, None]
        hit = running[:, -1] >= rank
        column[todo[hit]] = begin + np.argmax(running[hit] >= rank, axis=1)
        count[todo] = running[:, -1]
        todo, begin, step = todo[~hit], begin + step, step * 2
    km = np.where(column < width, lists.km[np.arange(rows), np.minimum(column, width - 1)], lists.beyond)
    return column, km


def fill_median(lists: NearLists, rules: SiteRules, *, is_open: Bools, site_cost: Floats) -> Bools:
    """Open the site that saves most, again and again, while there is room and it saves more than it costs."""
    is_open = is_open.copy()
    known = np.minimum(nearest_open(lists, is_open, rank=1)[1], _finite_beyond(lists))
    worth = _saved(lists, np.arange(len(known)), known) - site_cost
    order, begin = lists.by_site
    width = lists.site.shape[1]
    while True:
        room = rules.room(is_open)
        j = int(np.argmax(np.where(room, worth, -np.inf)))
        if not room.any() or worth[j] <= 0:
            return is_open
        is_open[j] = True
        entry = order[begin[j] : begin[j + 1]]
        row, km = entry // width, lists.km.ravel()[entry]
        nearer = km < known[row]
        row, km = row[nearer], km[nearer]
        worth -= _saved(lists, row, known[row]) - _saved(lists, row, km)
        known[row] = km


def _saved(lists: NearLists, rows: Ints, known: Floats) -> Floats:
    """Return what each site saves these rows, which now have so far to go."""
    reach = int((lists.km[rows] < known[:, None]).sum(axis=1).max(initial=0))
    save = np.maximum(known[:, None] - lists.km[rows, :reach], 0.0) * lists.weight[rows, None]
    saved: Floats = np.bincount(lists.site[rows, :reach].ravel(), weights=save.ravel(), minlength=lists.sites).astype(
        np.float64
    )
    return saved


def _finite_beyond(lists: NearLists) -> Floats:
    longest = np.where(np.isfinite(lists.km), lists.km, 0.0).max(axis=1)
    return np.where(np.isfinite(lists.beyond), lists.beyond, 10 * longest + 1.0)


def swap_median(lists: NearLists, rules: SiteRules, *, is_open: Bools, site_cost: Floats, deadline: float) -> Bools:
    """Close one site and open another, or open or close one, while that shortens the way plus the cost of sites.

    Gains, losses and what a pair changes are summed over the lists only as far as the second nearest open site
    (M. Resende, R. Werneck, A fast swap-based local search procedure for location problems, Annals of Operations
    Research 150, 2007).
    """
    is_open = is_open.copy()
    far = _finite_beyond(lists)
    while time.perf_counter() < deadline:
        move = _best_moves(lists, rules, is_open=is_open, site_cost=site_cost, far=far)
        if not move:
            break
        before = _median_cost(lists, is_open, site_cost, far)
        together = is_open.copy()
        for out, into in move:
            together[[n for n in (out,) if n >= 0]] = False
            together[[n for n in (into,) if n >= 0]] = True
        single = is_open.copy()
        single[[n for n in move[0][:1] if n >= 0]] = False
        single[[n for n in move[0][1:] if n >= 0]] = True
        chosen = min((together, single), key=lambda plan: _median_cost(lists, plan, site_cost, far))
        if not rules.allows(chosen):
            chosen = single
        if not rules.allows(chosen) or _median_cost(lists, chosen, site_cost, far) >= before * (1 - 1e-12):
            break
        is_open = chosen
    return is_open


def _median_cost(lists: NearLists, is_open: Bools, site_cost: Floats, far: Floats) -> float:
    km = np.minimum(nearest_open(lists, is_open, rank=1)[1], far)
    return float(lists.weight @ km + site_cost @ is_open)


def _best_moves(
    lists: NearLists, rules: SiteRules, *, is_open: Bools, site_cost: Floats, far: Floats
) -> list[tuple[int, int]]:
    """Return pairs (close, open) that each help, best first, no site twice; -1 stands for nothing."""
    column1, km1 = nearest_open(lists, is_open, rank=1)
    column2, km2 = nearest_open(lists, is_open, rank=2)
    km1, km2 = np.minimum(km1, far), np.minimum(km2, far)
    width = lists.site.shape[1]
    served = column1 < width
    home = lists.site[np.arange(len(column1)), np.minimum(column1, width - 1)]
    opens = np.flatnonzero(is_open)
    slot = np.full(lists.sites, -1, dtype=np.intp)
    slot[opens] = np.arange(len(opens))
    reach = int(column2.max(initial=0)) + 1
    row, column = np.nonzero(np.arange(min(reach, width))[None, :] < column2[:, None])
    site, km, weight = lists.site[row, column], lists.km[row, column], lists.weight[row]
    gain = np.bincount(site, weights=weight * np.maximum(km1[row] - km, 0.0), minlength=lists.sites) - site_cost
    loss = np.bincount(home[served], weights=(lists.weight * (km2 - km1))[served], minlength=lists.sites) - site_cost
    mine = served[row]
    spared = weight * np.maximum(km2[row] - np.maximum(km, km1[row]), 0.0)
    both = np.bincount(
        slot[home[row[mine]]] * lists.sites + site[mine], weights=spared[mine], minlength=len(opens) * lists.sites
    )
    delta = gain[None, :] - loss[opens][:, None] + both.reshape(len(opens), lists.sites)
    delta[:, is_open | (rules.upper < 0.5)] = -np.inf
    delta[rules.lower[opens] > 0.5] = -np.inf
    return _pick(delta, gain, loss, opens=opens, is_open=is_open, rules=rules)


def _pick(
    delta: Floats, gain: Floats, loss: Floats, *, opens: Ints, is_open: Bools, rules: SiteRules
) -> list[tuple[int, int]]:
    least = 1e-9
    if rules.room(is_open).any() and (best := float(np.where(rules.room(is_open), gain, -1.0).max())) > least:
        return [(-1, int(np.argmax(np.where(rules.room(is_open), gain, -1.0))))] if best > least else []
    free = opens[rules.lower[opens] < 0.5]
    if len(free) and -loss[free].min() > least:
        return [(int(free[np.argmin(loss[free])]), -1)]
    if not delta.size:
        return []
    into = delta.argmax(axis=1)
    worth = delta[np.arange(len(opens)), into]
    moves: list[tuple[int, int]] = []
    taken: set[int] = set()
    for n in np.argsort(-worth):
        if worth[n] <= least or len(moves) >= max(1, len(opens) // 10):
            break
        if int(into[n]) not in taken:
            taken.add(int(into[n]))
            moves.append((int(opens[n]), int(into[n])))
    return moves
