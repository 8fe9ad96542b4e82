"""A matrix of trips pulled to trucks counted on links, and how well it fits."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from scipy import sparse

from h2plan.demand._context import Context, refuse_unknown
from h2plan.demand._flows import Pair, Roads
from h2plan.demand._gravity import FIT, geh, pull_to_counts
from h2plan.errors import InputError
from h2plan.geo import routes
from h2plan.tables.read import read_table
from h2plan.tables.rows import LinkCountRow

GOOD_GEH = 5.0
"""A link counts as fitting below this; 85 % of links should (UK Design Manual for Roads and Bridges)."""


@dataclass(frozen=True, slots=True, kw_only=True)
class _Trip:
    id: str
    origin: str
    destination: str


def pull_pairs(
    context: Context, shares: Mapping[Pair, float], roads: Roads, *, file: str
) -> tuple[dict[Pair, float], list[str]]:
    """Change the shares of pairs as little as possible so that links carry trucks in the proportion counted.

    Counts are of all trucks and the matrix is of fuel-cell trucks, so only the pattern is taken: one factor between the
    two is fitted and reported. Returns the shares, which still add up to what they did, and sentences on the fit.

    Raises:
        InputError: faults of the table, links that are not in the network, no counted link on any route.
    """
    rows = _latest(read_counts(context, file), max(context.fleet.periods))
    links = {link.id for link in roads.connected.network.links}
    refuse_unknown(((number, "link", row.link) for number, row in rows), links, where=file, of="the road network")
    pairs = sorted(shares)
    usage = _usage(pairs, roads, [row.link for _, row in rows])
    before = np.array([shares[pair] for pair in pairs])
    counted = np.array([row.trucks_per_d for _, row in rows])
    flow = usage @ before
    used = flow > 0
    if not used.any():
        raise InputError("no route uses a counted link", where=file)
    factor = float(flow[used].sum() / counted[used].sum())
    pulled = pull_to_counts(before, sparse.csr_array(usage[np.flatnonzero(used)]), counted[used] * factor)
    fit = geh(pulled.modelled / factor / 24, counted[used] / 24)
    good = float((fit < GOOD_GEH).mean())
    idle = [row.link for (_, row), on in zip(rows, used, strict=True) if not on]
    said = (
        f"{FIT}pulled to {int(used.sum())} link counts in {pulled.rounds} rounds; GEH below {GOOD_GEH:g} on {good:.0%} "
        f"of them, largest {fit.max():.1f}; the matrix as a whole stands for {1 / factor:,.0f} counted trucks"
    )
    sentences = [said]
    if idle:
        sentences.append(f"{FIT}not pulled everywhere: no route uses the counted links {', '.join(idle)}")
    return dict(zip(pairs, map(float, pulled.trips), strict=True)), sentences


def read_counts(context: Context, file: str) -> list[tuple[int, LinkCountRow]]:
    """Read a table of link counts, each row with its number.

    Raises:
        InputError: faults of the table.
    """
    path = context.project.path(file, where="demand counts")
    return list(enumerate(read_table(path, LinkCountRow, root=context.project.root), start=2))


def _latest(rows: Sequence[tuple[int, LinkCountRow]], period: int) -> list[tuple[int, LinkCountRow]]:
    """Keep the newest count of each link that is not after the period."""
    newest: dict[str, tuple[int, LinkCountRow]] = {}
    for number, row in rows:
        old = newest.get(row.link)
        if row.period <= period and (old is None or old[1].period < row.period):
            newest[row.link] = (number, row)
    return sorted(newest.values())


def _usage(pairs: Sequence[Pair], roads: Roads, links: Sequence[str]) -> sparse.csr_array:
    """Which pair drives over which counted link, shape (links, pairs)."""
    trips = [_Trip(id=f"{a}>{b}", origin=a, destination=b) for a, b in pairs]
    at = {link: n for n, link in enumerate(links)}
    traced = routes.trace(roads.connected, trips, closed=roads.closed)
    cells = [(at[link], n) for n, route in enumerate(traced) for link in set(route.links) if link in at]
    row, column = (np.array([cell[axis] for cell in cells], dtype=np.intp) for axis in (0, 1))
    return sparse.csr_array((np.ones(len(cells)), (row, column)), shape=(len(links), len(pairs)))
