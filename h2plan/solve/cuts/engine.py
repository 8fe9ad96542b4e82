"""Branch and cut over one linear program: best bound first with plunging, rows from a separator, sites fixed early.

Every model here is: minimise site_cost @ y + value_cost @ v over sites y in {0, 1} and values v, where the rules bind
y alone and a separator knows the rows that tie v to y. The search keeps these promises:

- The bound is the least over open nodes, the one being worked on included. A node stays open until its linear program,
  solved to the end, says otherwise; when time runs out it is put back.
- A whole y is separated to the end before it may close a node. Its value is computed from the data, not read from the
  linear program; should the two differ, the lower one stays in the bound.
- A step between possible objective values is used only where the caller knows the data to be whole numbers.
"""

from __future__ import annotations

import heapq
import math
import time
from dataclasses import dataclass, field, replace
from typing import Protocol

import numpy as np
from scipy import sparse

from h2plan.solve.cuts.branching import PseudoCosts
from h2plan.solve.cuts.hot_lp import Basis, HotLp, LpPoint, Rows, stacked
from h2plan.solve.cuts.lead import Lead
from h2plan.solve.rules import WHOLE, Bools, Floats, Found, Ints, Search, SiteRules, Stopped

ROOT_ROUNDS_PER_DROP = 5
NODE_ROUNDS = 3
NODES_PER_HEURISTIC = 20
NODES_BETWEEN = 60
"""So many nodes, after the root, go into looking for plans only."""
AGREED = 0.5
"""There, sites of the best plan with such a share stay open."""
LOOKING = -1
"""The number of the node from which that begins; the root is 0."""
ROWS_OVER_ROOT = 1.5
"""In the tree, slack cuts go once there are so many times the rows that the root ended with."""
RELATIVE = 1e-9
AGREES = 1e-6


class Separator(Protocol):
    """What the engine asks of a model. All arrays are in the order of sites and of values."""

    def cut(self, y: Floats, v: Floats) -> Rows | None:
        """Return rows over (y, v) that this point violates; None where there is none."""

    def forget(self, closed: Bools) -> None:
        """Learn that these sites stay closed: later rows may leave them out."""

    def settle(self, is_open: Bools) -> float:
        """Return the objective of opening exactly these sites; inf where that meets no purpose of the model."""

    def improve(self, is_open: Bools, deadline: float) -> Bools:
        """Return an allowed set of sites near this allowed one, at least as good."""

    def round(self, y: Floats) -> Bools | None:
        """Return an allowed set of sites that follows these shares; None where none is found."""


@dataclass(frozen=True, kw_only=True, eq=False)
class Master:
    """The linear program without its cuts."""

    site_cost: Floats
    value_cost: Floats
    value_lower: Floats
    value_upper: Floats
    rules: SiteRules
    value_rows: Rows | None = None
    """Rows over (y, v) that always stand."""
    step: float = 0.0
    """Objective values are multiples of this; 0 where that is not known."""


@dataclass(frozen=True, order=True)
class _Node:
    bound: float
    order: int
    closed: Ints = field(compare=False)
    opened: Ints = field(compare=False)
    basis: Basis | None = field(compare=False, default=None)
    """Where the parent ended."""


def branch_and_cut(
    master: Master,
    separator: Separator,
    *,
    search: Search,
    starts: tuple[Bools, ...] = (),
    lead: Lead | None = None,
    begun: float | None = None,
    carried: Carried | None = None,
) -> Found:
    """Find the cheapest allowed set of sites. `begun` is the moment (perf_counter) from which seconds count.

    `carried` is what the search of a master left that differs in the bounds of its rows and columns only.
    """
    begun = time.perf_counter() if begun is None else begun
    carried = carry(master, search.threads) if carried is None else carried
    carried.lp.set_bounds(*_column_bounds(master))
    rows = _standing_rows(master)
    carried.lp.set_row_bounds(rows.lower, rows.upper)
    tree = _Tree(master, separator, search=search, begun=begun, carried=carried)
    for start in starts:
        tree.search_near(start)
    floor = tree.floor() if lead is None else tree.follow(lead)
    return tree.found(tree.explore(floor))


@dataclass(frozen=True, kw_only=True, eq=False)
class Carried:
    """What one search leaves to the next of its kind: the program with its cuts, and what branching was worth."""

    lp: HotLp
    pseudo: PseudoCosts


def carry(master: Master, threads: int) -> Carried:
    """Return the linear program of a master without cuts."""
    cost = np.concatenate([master.site_cost, master.value_cost])
    lower, upper = _column_bounds(master)
    lp = HotLp(cost, lower, upper=upper, rows=_standing_rows(master), threads=threads)
    return Carried(lp=lp, pseudo=PseudoCosts(master.rules.sites))


def _column_bounds(master: Master) -> tuple[Floats, Floats]:
    rules = master.rules
    lower, upper = np.concatenate([rules.lower, master.value_lower]), np.concatenate([rules.upper, master.value_upper])
    return lower, upper


class _Tree:
    """The state of one search."""

    def __init__(self, master: Master, separator: Separator, *, search: Search, begun: float, carried: Carried) -> None:
        self.master, self.separator, self.search, self.begun = master, separator, search, begun
        rules = master.rules
        self.m = rules.sites
        self.lower, self.upper = rules.lower.copy(), rules.upper.copy()
        self.lp, self.pseudo = carried.lp, carried.pseudo
        self.best: Bools | None = None
        self.value = self.residue = np.inf
        self.nodes = self.made = self.rows_at_root = 0
        self.heap: list[_Node] = []
        self.tried: set[bytes] = set()
        self.pseudo.waiting.clear()

    # The search

    def explore(self, floor: float) -> Stopped:
        """Work on nodes until none is left or a limit is met."""
        none = np.empty(0, dtype=np.intp)
        stopped = self.explore_from(_Node(floor, 0, none, none), self.search.nodes_max)
        if stopped is not None:
            return stopped
        return "optimal" if self.best is not None else "infeasible"

    def explore_from(self, first: _Node, nodes_max: int | None) -> Stopped | None:
        """Work on this node and those of the heap; None when none is left."""
        current: _Node | None = first
        while current is not None or self.heap:
            plunging = current is not None
            node = heapq.heappop(self.heap) if current is None else current
            current = None
            if node.bound >= self.cutoff():
                continue
            stopped = self.limit_met(node, nodes_max)
            if stopped is not None:
                heapq.heappush(self.heap, node)
                return stopped
            if node.basis is not None and not plunging:
                self.lp.go_back(node.basis)
            point = self.work(node)
            self.nodes += 1
            if point.status == "stopped":
                heapq.heappush(self.heap, replace(node, bound=max(node.bound, point.objective)))
                return "interrupted" if self.search.cancelled() else "limit"
            current = self.close_or_branch(node, point)
        return None

    def look_between(self, y: Floats) -> None:
        """Search a while among the sites that these shares or the best plan open: better plans, no bound.

        E. Danna, E. Rothberg, C. Le Pape, Exploring relaxation induced neighborhoods to improve MIP solutions,
        Mathematical Programming 102 (2005).
        """
        if self.best is None or is_whole(y):
            return
        waiting, self.heap = self.heap, []
        most = self.nodes + NODES_BETWEEN
        most = most if self.search.nodes_max is None else min(most, self.search.nodes_max)
        shut = np.flatnonzero((y <= WHOLE) & ~self.best)
        agreed = np.flatnonzero((y >= AGREED) & self.best)
        self.explore_from(_Node(self.floor(), LOOKING, shut, agreed), most)
        self.heap = waiting

    def follow(self, lead: Lead) -> float:
        """Use a head start: look near its shares, fix sites by its bound, begin with its rows."""
        if lead.shares is not None:
            self.search_near(self.separator.round(lead.shares))
        if lead.rows is not None:
            self.lp.add(lead.rows)
        if lead.point is None or lead.point.status != "optimal":
            return self.floor()
        self.fix_for_good(lead.point)
        return max(self.floor(), lead.point.objective)

    def floor(self) -> float:
        """Return what no plan can undercut, from the bounds of the columns alone."""
        master = self.master
        low = np.minimum(master.site_cost * self.lower, master.site_cost * self.upper).sum()
        with np.errstate(invalid="ignore"):
            ends = np.stack([master.value_cost * master.value_lower, master.value_cost * master.value_upper])
        return float(low + np.nanmin(np.where(np.isnan(ends), 0.0, ends), axis=0).sum())

    def limit_met(self, node: _Node, nodes_max: int | None) -> Stopped | None:
        if self.search.cancelled():
            return "interrupted"
        if self.seconds_left() <= 0:
            return "limit"
        if nodes_max is not None and self.nodes >= nodes_max:
            return "nodes"
        gap = (self.value - min(node.bound, self.bound())) / max(abs(self.value), RELATIVE)
        return "optimal" if np.isfinite(self.value) and gap <= self.search.gap else None

    def work(self, node: _Node) -> LpPoint:
        """Solve a node's linear program with its cuts: to the end at the root and where y is whole."""
        lower, upper = self.lower.copy(), self.upper.copy()
        upper[node.closed] = 0.0
        lower[node.opened] = 1.0
        self.lp.set_bounds(lower, upper)
        rounds, reached = 0, -np.inf
        while True:
            point = self.lp.solve(self.seconds_left())
            if point.status == "stopped":
                return replace(point, objective=reached)
            if point.status == "infeasible" or point.objective >= self.cutoff():
                return point
            reached = max(reached, point.objective)
            y = point.x[: self.m]
            if node.order and rounds >= NODE_ROUNDS and not is_whole(y):
                return point
            rows = self.separator.cut(y, point.x[self.m :])
            if rows is None:
                return point
            rounds += 1
            if not node.order and rounds % ROOT_ROUNDS_PER_DROP == 0:
                self.pause_at_root(point)
            self.lp.add(rows)

    def pause_at_root(self, point: LpPoint) -> None:
        """Every few rounds of the root look near the point, fix sites and drop slack cuts."""
        self.search_near(self.separator.round(point.x[: self.m]))
        self.fix_for_good(point)
        self.lp.drop_slack()

    def close_or_branch(self, node: _Node, point: LpPoint) -> _Node | None:
        """Close the node, or split it and return the child to plunge into."""
        self.pseudo.learn(node.order, point)
        if point.status == "infeasible" or point.objective >= self.cutoff():
            return None
        y = point.x[: self.m]
        if node.order == 0 or self.nodes % NODES_PER_HEURISTIC == 0:
            self.search_near(self.separator.round(y))
        if node.order == 0:
            self.fix_for_good(point)
            self.lp.drop_slack()
            self.rows_at_root = self.lp.rows
            self.look_between(y)
        elif self.lp.rows > ROWS_OVER_ROOT * self.rows_at_root + 500:
            self.lp.drop_slack()
        if is_whole(y):
            whole = y > 0.5
            self.offer(whole)
            if self.separator.settle(whole) > point.objective + AGREES * max(1.0, abs(point.objective)):
                self.residue = min(self.residue, point.objective)
            return None
        return self.split(node, point)

    def split(self, node: _Node, point: LpPoint) -> _Node:
        """Branch on one site; what reduced costs fix holds in both children."""
        y = point.x[: self.m]
        closed, opened = self.fix(point)
        closed, opened = np.union1d(node.closed, closed), np.union1d(node.opened, opened)
        j = self.pseudo.choose(y)
        self.pseudo.expect(self.made + 1, j, y[j], point.objective)
        bound = max(node.bound, point.objective)
        basis = self.lp.basis()
        down = _Node(bound, self.made + 1, np.append(closed, j), opened, basis)
        up = _Node(bound, self.made + 2, closed, np.append(opened, j), basis)
        self.made += 2
        follow, wait = (up, down) if y[j] >= 0.5 else (down, up)
        heapq.heappush(self.heap, wait)
        return follow

    # What is known

    def seconds_left(self) -> float:
        return self.search.limit_s - (time.perf_counter() - self.begun)

    def cutoff(self) -> float:
        """A node at or above this holds nothing better than the best plan."""
        if not np.isfinite(self.value):
            return np.inf
        slack = RELATIVE * max(1.0, abs(self.value))
        return self.value - self.master.step + max(slack, 1e-6) if self.master.step else self.value - slack

    def bound(self) -> float:
        """Return the least that any plan may still cost."""
        low = min(self.residue, self.heap[0].bound) if self.heap else self.residue
        if self.master.step and np.isfinite(low):
            low = self.master.step * math.ceil(low / self.master.step - 1e-6)
        return min(low, self.value)

    def offer(self, is_open: Bools | None) -> None:
        """Keep a set of sites if it is allowed and better."""
        if is_open is None or not self.master.rules.allows(is_open):
            return
        value = self.separator.settle(is_open)
        if value < self.value:
            self.best, self.value = is_open.copy(), value

    def search_near(self, is_open: Bools | None) -> None:
        """Offer a set of sites and, once each, the local optimum near it."""
        if is_open is None or not self.master.rules.allows(is_open):
            return
        self.offer(is_open)
        key = np.packbits(is_open).tobytes()
        if key not in self.tried and self.seconds_left() > 0:
            self.tried.add(key)
            self.offer(self.separator.improve(is_open, time.perf_counter() + self.seconds_left()))

    def fix(self, point: LpPoint) -> tuple[Ints, Ints]:
        """Return the sites that are closed, and open, in every better plan below this point."""
        slack = self.cutoff() - point.objective + 1e-7 * max(1.0, abs(point.objective))
        y, reduced = point.x[: self.m], point.reduced_cost[: self.m]
        return np.flatnonzero((y <= WHOLE) & (reduced > slack)), np.flatnonzero((y >= 1 - WHOLE) & (-reduced > slack))

    def fix_for_good(self, point: LpPoint) -> None:
        closed, opened = self.fix(point)
        news = bool((self.upper[closed] > 0).any())
        self.upper[closed] = 0.0
        self.lower[opened] = 1.0
        if news:
            self.separator.forget(self.upper < 0.5)

    def found(self, stopped: Stopped) -> Found:
        low = self.bound()
        return Found(
            value=self.value if self.best is not None else None,
            bound=low if np.isfinite(low) else None,
            open=np.flatnonzero(self.best) if self.best is not None else None,
            stopped=stopped,
            nodes=self.nodes,
            seconds=time.perf_counter() - self.begun,
            rows=self.lp.rows,
        )


def is_whole(y: Floats) -> bool:
    """Say whether every share is 0 or 1."""
    return bool((np.abs(y - np.round(y)) <= WHOLE).all())


def _standing_rows(master: Master) -> Rows:
    rules = master.rules
    blank = sparse.csr_array((rules.matrix.shape[0], len(master.value_cost)))
    matrix = sparse.csr_array(sparse.hstack([rules.matrix, blank]))
    rows = Rows(matrix=matrix, lower=rules.row_lower, upper=rules.row_upper)
    return rows if master.value_rows is None else stacked(rows, master.value_rows)
