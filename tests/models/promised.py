"""Problems with a policy, drawn from a seed, and what each choice of stations is worth under it."""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import partial
from itertools import pairwise
from typing import Any

import numpy as np
from scipy.optimize import Bounds, LinearConstraint, milp

from h2plan.phases import GapRule, Policy, ServeRule, SiteRule, Stretch
from h2plan.problem import Limits, Problem
from tests.models.oracle import Choice
from tests.models.small import scattered

SIZES = {"S200": (200.0, 5e6, 0.8e6), "S500": (500.0, 10e6, 1.5e6)}


def drawn(seed: int, *, policy: bool = True) -> tuple[Problem, dict[str, Any]]:
    """Return a problem of at most 3^5 = 243 choices with some promises, and options of the model."""
    rng = np.random.default_rng([seed, 77])
    sites, rows = int(rng.integers(3, 6)), int(rng.integers(3, 7))
    built = {"s000": 300.0} if rng.random() < 0.4 else None
    limits = Limits(
        stations_max=int(rng.integers(2, sites + 1)),
        utilisation_max=float(rng.choice([1.0, 0.75])),
        unplaced_built=0,
    )
    draw = partial(scattered, seed, sites=sites, demand=rows, sizes=SIZES, built=built, limits=limits, shortfall=60.0)
    small = draw(radius=14.0)
    if not len(small.pairs.demand):
        small = draw(radius=45.0)
    if not policy:
        return small, {}
    wider = scattered(seed, sites=sites, demand=rows, sizes=SIZES, radius=25.0)
    return with_policy(replace(small, wider=shared(small, wider)), rng), _options(rng)


def shared(small: Problem, wider: Problem) -> Any:
    """Return the pairs of the wider problem under the row numbers of the smaller one."""
    row_at = {name: n for n, name in enumerate(small.demand_ids)}
    rows = [wider.demand_ids[i] for i in wider.pairs.demand]
    keep = np.array([name in row_at for name in rows])
    pairs = wider.pairs
    return replace(
        pairs,
        demand=np.array([row_at[name] for name in rows if name in row_at], dtype=np.intp),
        site=pairs.site[keep],
        minutes=pairs.minutes[keep],
        km=pairs.km[keep],
        access_cny_per_kg=pairs.access_cny_per_kg[keep],
    )


def _options(rng: np.random.Generator) -> dict[str, Any]:
    return [{}, {}, {"sourcing": "single"}, {"closest": True}, {"sourcing": "single", "closest": True}][
        int(rng.integers(5))
    ]


def with_policy(small: Problem, rng: np.random.Generator) -> Problem:
    """Draw each kind of promise with even odds."""
    ids = small.sites.ids
    group = frozenset(str(j) for j in rng.choice(ids, size=max(1, len(ids) // 2), replace=False))
    demand = frozenset(small.demand_ids[: max(1, len(small.demand_ids) // 2)])
    total = float(sum(kg for i, kg in zip(small.demand_ids, small.demand_kg_per_d, strict=True) if i in demand))
    sites, serve, gaps = [], [], []
    if rng.random() < 0.5:
        sites.append(SiteRule(name="group", sites=group, stations_min=1, share_max=0.7))
    if rng.random() < 0.3:
        sites.append(SiteRule(name="large", sites=group, capacity_min_kg_per_d=450.0))
    if rng.random() < 0.5:
        serve.append(ServeRule(name="half", demand=demand, share_min=0.4, total_kg_per_d=total))
    if rng.random() < 0.4:
        at_km = {j: float(rng.uniform(0, 100)) for j in ids}
        road = Stretch(length_km=100.0, at_km=at_km, ring=bool(rng.random() < 0.3))
        gaps.append(
            GapRule(name="road", gap_km=70.0, stretches=(road,), station_min_kg_per_d=float(rng.choice([0, 400])))
        )
    loss = float(rng.choice([0.3, 0.6, 0.9, 1.0])) if rng.random() < 0.6 else None
    backup = 0.3 if rng.random() < 0.2 else None
    policy = Policy(
        sites=tuple(sites), serve=tuple(serve), gaps=tuple(gaps), loss_share_min=loss, backup_share_min=backup
    )
    return replace(small, policy=policy)


def capacity(small: Problem, j: int, k: int | None) -> float:
    return float(small.sites.built_kg_per_d[j] if k is None else small.sizes.capacity_kg_per_d[k])


def keeps_sites(small: Problem, chosen: Choice) -> bool:
    """Say whether a choice of stations keeps every promise that looks at stations alone."""
    kg = {small.sites.ids[j]: capacity(small, j, k) for j, k in chosen.items()}
    return (
        all(_keeps(rule, kg) for rule in small.policy.sites)
        and all(_no_gap(rule, kg) for rule in small.policy.gaps)
        and _backed(small, chosen) >= (small.policy.backup_share_min or 0.0) * small.total_kg_per_d - 1e-6
    )


def _keeps(rule: SiteRule, kg: dict[str, float]) -> bool:
    count = sum(j in rule.sites for j in kg)
    return (
        count >= (rule.stations_min or 0)
        and (rule.share_max is None or count <= rule.share_max * len(kg) + 1e-9)
        and sum(room for j, room in kg.items() if j in rule.sites) >= (rule.capacity_min_kg_per_d or 0.0)
    )


def _no_gap(rule: GapRule, kg: dict[str, float]) -> bool:
    """Walk along the road from station to station."""
    road = rule.stretches[0]
    at = sorted(km for j, km in road.at_km.items() if kg.get(j, -1.0) >= rule.station_min_kg_per_d)
    if road.ring:
        stops = [*at, at[0] + road.length_km] if at else [0.0, road.length_km]
    else:
        stops = [0.0, *at, road.length_km]
    return all(b - a <= rule.gap_km + 1e-9 for a, b in pairwise(stops))


def _backed(small: Problem, chosen: Choice) -> float:
    count = np.zeros(len(small.demand_ids))
    for i, j in zip(small.pairs.demand, small.pairs.site, strict=True):
        count[i] += int(j) in chosen
    return float(small.demand_kg_per_d[count >= 2].sum())


class _Rows:
    """Linear conditions on columns by number."""

    def __init__(self) -> None:
        self.rows: list[tuple[dict[int, float], float, float]] = []

    def keep(self, entries: dict[int, float], *, least: float = -np.inf, most: float = np.inf) -> None:
        self.rows.append((entries, least, most))

    def matrix(self, width: int) -> LinearConstraint:
        found = np.zeros((len(self.rows), width))
        for n, (entries, _, _) in enumerate(self.rows):
            for column, weight in entries.items():
                found[n, column] += weight
        return LinearConstraint(found, [least for _, least, _ in self.rows], [most for *_, most in self.rows])


def dispatch(
    small: Problem, chosen: Choice, *, single: bool, closest: bool, floor_kg: float
) -> tuple[float, float] | None:
    """Return (kg/d, cost of the way less the price of what is served).

    For a floor of 0 kg/d it is the most that can be served, otherwise the least cost of serving that much.
    """
    open_pairs = [n for n in range(len(small.pairs.demand)) if int(small.pairs.site[n]) in chosen]
    pairs = [n for n in open_pairs if not closest or not _passes(small, n, open_pairs)]
    served = {n: float(small.demand_kg_per_d[small.pairs.demand[p]]) for n, p in enumerate(pairs)}
    lost = list(chosen) if small.policy.loss_share_min is not None else []
    after = [(away, i, j) for away in lost for i, j in sorted(_wide(small)) if j in chosen and j != away]
    rows = _Rows()
    given = _Given(small=small, chosen=chosen, pairs=pairs, served=served)
    _serve(rows, given, floor_kg)
    for away in lost:
        flows = {(i, j): len(pairs) + n for n, (gone, i, j) in enumerate(after) if gone == away}
        _outlast(rows, given, flows)
    width = len(pairs) + len(after)
    if not width:
        return (0.0, 0.0) if all(least <= 1e-9 for _, least, _ in rows.rows) else None
    found = milp(
        _cost(small, pairs, served, width, floor_kg),
        constraints=rows.matrix(width),
        bounds=Bounds(np.zeros(width), np.array([1.0] * len(pairs) + [np.inf] * len(after))),
        integrality=np.array([float(single)] * len(pairs) + [0.0] * len(after)),
        options={"mip_rel_gap": 0.0},
    )
    if found.x is None:
        return None
    return float(sum(w * found.x[n] for n, w in served.items())), float(found.fun)


def _cost(small: Problem, pairs: list[int], served: dict[int, float], width: int, floor_kg: float) -> Any:
    cost = np.zeros(width)
    for n, w in served.items():
        way = small.pairs.access_cny_per_kg[pairs[n]] - small.shortfall_cny_per_kg
        cost[n] = -w if floor_kg == 0.0 else w * small.operating_d_per_yr * way
    return cost


@dataclass(frozen=True)
class _Given:
    small: Problem
    chosen: Choice
    pairs: list[int]
    served: dict[int, float]


def _serve(rows: _Rows, given: _Given, floor_kg: float) -> None:
    small, chosen, pairs, served = given.small, given.chosen, given.pairs, given.served
    for i in range(len(small.demand_ids)):
        rows.keep({n: 1.0 for n, p in enumerate(pairs) if small.pairs.demand[p] == i}, most=1.0)
    for j, k in chosen.items():
        at_j = {n: w for n, w in served.items() if int(small.pairs.site[pairs[n]]) == j}
        rows.keep(at_j, most=small.limits.utilisation_max * capacity(small, j, k))
    rows.keep(served, least=floor_kg)
    for rule in small.policy.serve:
        inside = {n: w for n, w in served.items() if small.demand_ids[small.pairs.demand[pairs[n]]] in rule.demand}
        rows.keep(inside, least=rule.share_min * rule.total_kg_per_d)


def _outlast(rows: _Rows, given: _Given, flows: dict[tuple[int, int], int]) -> None:
    """One station is lost: hydrogen flows of their own, from what each row is served to the stations that are left."""
    small, chosen, pairs, served = given.small, given.chosen, given.pairs, given.served
    for i in range(len(small.demand_ids)):
        taken = {n: -w for n, w in served.items() if small.pairs.demand[pairs[n]] == i}
        rows.keep({**taken, **{c: 1.0 for (row, _), c in flows.items() if row == i}}, most=0.0)
    for j, k in chosen.items():
        room = small.limits.utilisation_max * capacity(small, j, k)
        rows.keep({c: 1.0 for (_, site), c in flows.items() if site == j}, most=room)
    share = small.policy.loss_share_min
    assert share is not None
    rows.keep({**dict.fromkeys(flows.values(), 1.0), **{n: -share * w for n, w in served.items()}}, least=0.0)


def _wide(small: Problem) -> set[tuple[int, int]]:
    every = [small.pairs] if small.wider is None else [small.pairs, small.wider]
    return {(int(i), int(j)) for pairs in every for i, j in zip(pairs.demand, pairs.site, strict=True)}


def _passes(small: Problem, n: int, open_pairs: list[int]) -> bool:
    """Say whether a pair drives past an open station."""
    pairs = small.pairs
    return any(pairs.demand[m] == pairs.demand[n] and pairs.minutes[m] < pairs.minutes[n] for m in open_pairs)
